"""A passage as a reader sees it, in words that can be compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.gates.words import Passage

_WORD = re.compile(r"\w+(?:['’-]\w+)*['’]?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    text: str  #: as it stands there
    plain: str  #: folded: no capitals, no accents


def fold(text: str) -> str:
    """``text`` without capitals, accents and letter forms that only differ in looks."""
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def words(passage: Passage) -> Iterator[Word]:
    for match in _WORD.finditer(passage.text):
        yield Word(text=match[0], plain=fold(match[0]))
