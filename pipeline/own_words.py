"""Language and direction of what an author wrote: they stay as they are in a mail in any language."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

from pipeline.languages import Direction, direction, first_strong
from pipeline.model import School


class Own(TypedDict):
    """How a page shows what an author wrote, whatever the reader's language."""

    home: str  #: its language
    direction: Direction  #: of its text as a whole
    side: str  #: where its lines begin
    flow: Callable[[str], Direction]  #: of one of its texts


def own_words(language: str, text: str, school: School) -> Own:
    """By the language that the author named, or else by the letters of each text."""
    home = language or school.language

    def flow(text: str) -> Direction:
        return (None if language else first_strong(text)) or direction(home)

    return {"home": home, "direction": flow(text), "side": flow(text).side, "flow": flow}
