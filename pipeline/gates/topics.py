"""What in a sentence is personal: results, behaviour, health or care."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from pipeline.gates.folding import fold
from pipeline.gates.lists import document
from pipeline.gates.patterns import ToneWords, compiled
from pipeline.gates.reading import Block, Word

#: Whose lists are always asked besides the language of the post.
ALWAYS = ("nl", "en")


@dataclass(frozen=True, kw_only=True, slots=True)
class Personal:
    """Words of a sentence that are personal if they are said of a pupil."""

    topic: str  #: "results", "behaviour", "health", "care"
    first: int  #: word of the block
    words: str
    mild: bool  #: an everyday word too


@dataclass(frozen=True, kw_only=True, slots=True)
class _Topic:
    name: str
    plain: ToneWords
    mild: ToneWords
    written: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Speech:
    """Words that tell of whom a sentence speaks."""

    told: frozenset[str]  #: of a play, a story, an animal
    all: frozenset[str]
    pronouns: frozenset[str]
    own: frozenset[str]


def languages(language: str) -> tuple[str, ...]:
    """Those whose lists are asked for a text in ``language``."""
    return ALWAYS


@cache
def _topics(language: str) -> tuple[_Topic, ...]:
    file: Mapping[str, Mapping[str, str]] = document(f"personal_{language}.toml")
    return tuple(
        _Topic(
            name=name,
            plain=compiled(file["plain"][name].strip().splitlines()),
            mild=compiled(file["mild"][name].strip().splitlines()),
            written=tuple(map(re.compile, file["written"].get(name, ()))),
        )
        for name in file["plain"]
    )


@cache
def speech(codes: tuple[str, ...] = ALWAYS) -> Speech:
    """The words around, of several languages together."""
    around = [document(f"personal_{code}.toml")["around"] for code in codes]
    of = {key: frozenset(fold(word) for table in around for word in table[key].split()) for key in around[0]}
    return Speech(told=of["told"], all=of["all"], pronouns=of["pronouns"], own=of["own"])


def personal_words(block: Block, sentence: range, codes: Collection[str] = ALWAYS) -> Iterator[Personal]:
    """Each of the words ``sentence`` of ``block`` at which something personal begins."""
    words = block.words
    for topic in (topic for code in codes for topic in _topics(code)):
        for at in sentence:
            for mild, listed in ((False, topic.plain), (True, topic.mild)):
                if (last := _ends(words, at, listed)) is not None:
                    yield Personal(topic=topic.name, first=at, words=block.between(at, last), mild=mild)
        start, end = words[sentence[0]].start, words[sentence[-1]].end
        for pattern in topic.written:
            if match := pattern.search(fold(block.text[start : end + 1])):
                place = start + match.start()
                first = next((at for at in sentence if words[at].end > place), sentence[0])
                yield Personal(topic=topic.name, first=first, words=match[0].strip(), mild=False)


def _ends(words: tuple[Word, ...], at: int, listed: ToneWords) -> int | None:
    if row := listed.row(words, at):
        return row[1]
    return at if listed.word(words[at].plain) else None
