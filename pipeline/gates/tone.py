"""Rule 14: coarse, threatening, discriminating or sexual language.

Whole words and rows of words, so that hoera is no hoer; with the inflections and compounds that the lists
give, and seen through masks: kl00tzak, k*t, f.u.c.k, kuuut.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from pipeline.gates.lists import lines
from pipeline.gates.masks import unmasked
from pipeline.gates.patterns import ToneWords, compiled
from pipeline.gates.reading import Block, blocks
from pipeline.gates.words import Finding, Gate, Passage

#: The languages that we have words of.
LANGUAGES = ("nl", "en", "de", "fr", "pl", "tr", "uk", "ar")


def tone_words(
    languages: Collection[str], extra: Collection[str] = (), never: Collection[str] = ()
) -> ToneWords:
    """What is not said in these languages, with a school's own additions and without its exceptions.

    Both may use the signs of the lists (``lists/tone_nl.txt``): ``word*``, ``*word``, ``two words``. Of a
    language that we have no list of there is nothing. Made once for the same words.
    """
    return _tone_words(frozenset(languages), frozenset(extra), frozenset(never))


@lru_cache(maxsize=64)
def _tone_words(languages: frozenset[str], extra: frozenset[str], never: frozenset[str]) -> ToneWords:
    ours = [line for code in LANGUAGES if code in languages for line in lines(f"tone_{code}.txt")]
    return compiled([*ours, *sorted(extra), *(f"- {word}" for word in sorted(never))])


def find_tone(passages: Sequence[Passage], words: ToneWords) -> tuple[Finding, ...]:
    """Every one of ``words`` in the passages; the subject is the word in its plain form."""
    found = {
        (passage, subject, written): None
        for passage in passages
        for block in _readings(passage)
        for subject, written in _found(block, words)
    }
    return tuple(
        Finding(gate=Gate.TONE, subject=subject, words=written, place=passage.place, photo=passage.photo)
        for passage, subject, written in found
    )


def _readings(passage: Passage) -> Iterator[Block]:
    """As it is read; and as it is written where Markdown takes the stars of ``f*ck`` for emphasis."""
    yield from blocks(passage)
    if passage.place == "text" and any(sign in passage.text for sign in "*_~"):
        yield from blocks(Passage(place="", text=passage.text))


@lru_cache(maxsize=4_096)
def _found(block: Block, words: ToneWords) -> tuple[tuple[str, str], ...]:
    return tuple(_look(block, words))


def _look(block: Block, words: ToneWords) -> Iterator[tuple[str, str]]:
    for hit in words.found(block.words):
        yield hit.subject, block.between(hit.first, hit.last)
    if not block.respelled:
        yield from ((subject, written[:80]) for subject, written in unmasked(block.text, words))
