"""What each command does, thinly: arguments in, one call, words and an exit status out."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """contract.md, "Exit status"."""

    DONE = 0
    NEEDS_A_PERSON = 1
    BAD_INPUT = 2
    TRY_AGAIN = 75
