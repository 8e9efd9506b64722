"""Rule 14: coarse, threatening, discriminating or sexual language."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.gates.reading import fold, words as words_of
from pipeline.gates.words import Finding, Gate, Passage


@dataclass(frozen=True, kw_only=True, slots=True)
class ToneWords:
    """What is not said in a letter to parents, ready to look for."""

    plain: frozenset[str]


def tone_words(
    languages: Collection[str], extra: Collection[str] = (), never: Collection[str] = ()
) -> ToneWords:
    """The words of ``languages``, with a school's own additions and without its exceptions."""
    return _tone_words(frozenset(languages), frozenset(extra), frozenset(never))


@lru_cache(maxsize=64)
def _tone_words(languages: frozenset[str], extra: frozenset[str], never: frozenset[str]) -> ToneWords:
    plain = {"klootzak", "klootzakken"} | set(map(fold, extra))
    return ToneWords(plain=frozenset(plain - set(map(fold, never))))


def find_tone(passages: Sequence[Passage], words: ToneWords) -> tuple[Finding, ...]:
    """Every one of ``words`` in the passages."""
    return tuple(
        Finding(
            gate=Gate.TONE, subject=word.plain, words=word.text[:80], place=passage.place, photo=passage.photo
        )
        for passage in passages
        for word in words_of(passage)
        if word.plain in words.plain
    )
