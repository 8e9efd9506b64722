"""A passage as its reader sees it, cut into words that can be compared."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from pipeline.gates.folding import fold, seen
from pipeline.gates.markup import visible
from pipeline.gates.words import Passage

_WORD = re.compile(r"[^\W\d_]+")
_END = re.compile(r"[.!?…]")
_HUMP = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_]")
_SPACED = re.compile(r"(?<![^\W_])[^\W_](?:([ ._*\-])[^\W_])(?:\1[^\W_])+(?![^\W_])")

#: After these a full stop ends no sentence.
_SHORT = frozenset(
    [
        *("max", "min", "bijv", "bv", "dr", "drs", "ds", "dhr", "mevr", "mw", "mr", "mrs", "ms", "ir", "ing"),
        *("prof", "st", "jl", "blz", "nr", "tel", "evt", "incl", "excl", "ca", "ong", "resp", "zgn", "enz"),
        *("gr", "vd", "vgl", "jan", "feb", "aug", "sept", "okt", "nov", "dec"),
    ]
)
_OF_PHOTOS = frozenset(("caption", "alt"))
#: So many words, most of them with a capital and no other longer than so many letters: capitals tell nothing.
_FEW, _MOST, _LITTLE = 3, 0.7, 5


class Word(NamedTuple):
    text: str  #: as it stands there
    plain: str  #: folded
    start: int  #: in its block's text
    end: int
    gap: str  #: what stands between the word before it in its block and this one
    sentence: int  #: number in its block
    first: bool  #: begins a sentence, a line or a quotation: a capital there tells nothing
    capital: bool  #: has a capital that tells something


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Block:
    """A paragraph, heading, cell, title or caption; equal to itself only, so that caches find it fast."""

    text: str
    words: tuple[Word, ...]
    respelled: bool = False  #: words taken apart or together that the text has elsewhere already
    photo: bool = False  #: a caption or what stands for a picture

    def chunk(self, at: int) -> str:
        """What stands around word ``at`` between blanks: ``#sanne``, ``foto/sanne-op-reis.jpg``."""
        word = self.words[at]
        begin = max(self.text.rfind(blank, 0, word.start) for blank in " \n\t") + 1
        return self.text[begin : word.start] + self.text[word.start :].split(maxsplit=1)[0]

    def between(self, first: int, last: int) -> str:
        """The text from word ``first`` up to and with word ``last``, at most 80 characters."""
        return " ".join(self.text[self.words[first].start : self.words[last].end].split())[:80]


@lru_cache(maxsize=4_096)
def places(block: Block) -> Mapping[str, list[int]]:
    """Where each word stands, by its plain form."""
    found = defaultdict(list)
    for at, word in enumerate(block.words):
        found[word.plain].append(at)
    return found


@lru_cache(maxsize=4_096)
def in_sentence(block: Block, number: int) -> tuple[Word, ...]:
    """The words of one sentence."""
    start, stop = (bisect_left(block.words, number + more, key=lambda word: word.sentence) for more in (0, 1))
    return block.words[start:stop]


def blocks(passage: Passage) -> tuple[Block, ...]:
    """What ``passage`` says, block by block; kept, since the rules read a post again and again."""
    return _blocks(passage.text, passage.place == "text", passage.place in _OF_PHOTOS)


@lru_cache(maxsize=2_048)
def _blocks(source: str, markdown: bool, photo: bool) -> tuple[Block, ...]:
    texts = [seen(text) for text in (visible(source) if markdown else source.split("\n\n"))]
    plain = [_block(text, photo=photo) for text in texts]
    return (
        *filter(lambda block: block.words, plain),
        *(other for block in plain for other in _respelled(block)),
    )


def _respelled(block: Block) -> Iterator[Block]:
    """``SanneIsJarig`` as three words, ``S a n n e`` as one."""
    for word in block.words:
        text = word.text
        if not text.islower() and not text.istitle() and len(parts := _HUMP.findall(text)) > 1:
            yield _block(" ".join(parts), respelled=True)
    for match in _SPACED.finditer(block.text):
        yield _block(match[0].replace(match[1], ""), respelled=True)


def _block(text: str, *, respelled: bool = False, photo: bool = False) -> Block:
    found = list(_WORD.finditer(text))
    if not found:
        return Block(text=text, words=(), respelled=respelled, photo=photo)
    texts = [match[0] for match in found]
    gaps = ["", *(text[before.end() : word.start()] for before, word in pairwise(found))]
    starts = _sentence_starts(texts, gaps)
    loud = _loud(texts, gaps, starts)
    words, sentence = [], -1
    for match, word, gap, start in zip(found, texts, gaps, starts, strict=True):
        sentence += start
        first = start or (gap != " " and _begins(gap))
        capital = not first and word[0].isupper() and sentence not in loud
        words.append(Word(word, fold(word), *match.span(), gap, sentence, first, capital))
    return Block(text=text, words=tuple(words), respelled=respelled, photo=photo)


def _begins(gap: str) -> bool:
    """A line or a quotation."""
    return "\n" in gap or gap.endswith(('"', "“", "„", "«", " '"))


def _sentence_starts(words: list[str], gaps: list[str]) -> list[bool]:
    later = [gap != " " and _ends_sentence(before, gap) for before, gap in zip(words, gaps[1:], strict=False)]
    return [True, *later] if words else []


def _ends_sentence(before: str, gap: str) -> bool:
    stop = _END.search(gap)
    if not stop or not re.search(r"\s|[\"'”)\]]", gap[stop.end() :]):
        return False
    return stop[0] != "." or (len(before) > 1 and before.lower() not in _SHORT)


def _loud(words: list[str], gaps: list[str], starts: list[bool]) -> set[int]:
    """The sentences that are in capitals, or in which Most Words Begin With One and are no list of names."""
    begins = [at for at, start in enumerate(starts) if start]
    upper = [word[0].isupper() for word in words]
    return {
        number
        for number, (begin, end) in enumerate(pairwise([*begins, len(words)]))
        if sum(upper[begin:end]) >= _MOST * (end - begin)
        if _is_loud(words[begin:end], gaps[begin + 1 : end])
    }


def _is_loud(words: list[str], gaps: list[str]) -> bool:
    """Of a sentence in which most words begin with a capital."""
    if len(words) > 1 and all(map(str.isupper, words)):
        return True
    if len(words) < _FEW or any("," in gap for gap in gaps):
        return False
    return all(word[0].isupper() or len(word) <= _LITTLE for word in words)
