"""The languages our own sentences are in, and which way a language is written."""

from __future__ import annotations

import unicodedata
from enum import StrEnum

#: Each has a catalogue under ``locale``; the first two are those that everything is first written in.
LANGUAGES = ("nl", "en", "de", "fr", "pl", "tr", "uk", "ar")

#: Primary subtags that are written from right to left unless a script is named (CLDR, script metadata).
_RIGHT_TO_LEFT = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"}
)
_SCRIPTS = frozenset({"adlm", "arab", "hebr", "mand", "nkoo", "rohg", "syrc", "thaa"})


class Direction(StrEnum):
    """As in HTML's ``dir``."""

    LTR = "ltr"
    RTL = "rtl"

    @property
    def side(self) -> str:
        """Where a line begins."""
        return "right" if self is Direction.RTL else "left"


def direction(tag: str) -> Direction:
    """Which way a language is written, by its tag (RFC 5646): ``ar``, ``uz-arab``, ``nl-be``."""
    primary, *rest = tag.lower().split("-")
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), None)
    backwards = script in _SCRIPTS if script else primary in _RIGHT_TO_LEFT
    return Direction.RTL if backwards else Direction.LTR


def first_strong(text: str) -> Direction | None:
    """The direction of the first letter that has one, as HTML's ``dir="auto"`` finds it (UAX #9, P2)."""
    for character in text:
        match unicodedata.bidirectional(character):
            case "L":
                return Direction.LTR
            case "R" | "AL":
                return Direction.RTL
            case _:
                continue
    return None
