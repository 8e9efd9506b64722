"""What in a sentence is personal: results, behaviour, health or care."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from pipeline.gates.folding import fold
from pipeline.gates.lists import document
from pipeline.gates.patterns import Telling, ToneWords, compiled
from pipeline.gates.reading import Block
from pipeline.gates.rows import Slots

#: Whose lists are asked, whatever the language of the post.
ALWAYS = ("nl", "en")


#: Of one sentence; more would tell nothing new.
_ENOUGH = 20


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
    has: frozenset[str]  #: "Tim heeft epilepsie" is no talk about it


@cache
def _topics(language: str) -> tuple[_Topic, ...]:
    file = document(f"personal_{language}.toml")
    slots = _slots(language)
    return tuple(
        _Topic(
            name=name,
            plain=compiled(file["plain"][name].strip().splitlines(), slots),
            mild=compiled(file["mild"][name].strip().splitlines(), slots),
            written=tuple(map(re.compile, file["written"].get(name, ()))),
        )
        for name in file["plain"]
    )


def _slots(language: str) -> Slots:
    lines: str = document(f"personal_{language}.toml").get("slots", "")
    return Slots(lines.strip().splitlines())


@cache
def speech(codes: tuple[str, ...] = ALWAYS) -> Speech:
    """The words around, of several languages together."""
    around = [document(f"personal_{code}.toml")["around"] for code in codes]
    of = {
        key: frozenset(fold(word).replace("_", " ") for table in around for word in table[key].split())
        for key in around[0]
    }
    return Speech(told=of["told"], all=of["all"], pronouns=of["pronouns"], own=of["own"], has=of["has"])


@lru_cache(maxsize=4_096)
def personal_words(block: Block, codes: tuple[str, ...] = ALWAYS) -> Mapping[int, tuple[Personal, ...]]:
    """By sentence each place of ``block`` where something personal begins."""
    found = defaultdict[int, list[Personal]](list)
    places = defaultdict[tuple[str, bool, ToneWords], list[int]](list)
    for at, word in enumerate(block.words):
        for which in _lists_with(word.plain, codes):
            places[which].append(at)
    for (topic, mild, listed), there in places.items():
        for hit in listed.found(block.words, there):
            said = block.between(hit.first, hit.last)
            one = Personal(topic=topic, first=hit.first, words=said, mild=mild)
            found[block.words[hit.first].sentence].append(one)
    written = (
        (topic.name, pattern) for code in codes for topic in _topics(code) for pattern in topic.written
    )
    text = _same_length(block.text)
    for topic, pattern in written:
        for match in pattern.finditer(text):
            first = next((at for at, word in enumerate(block.words) if word.end > match.start()), 0)
            one = Personal(topic=topic, first=first, words=match[0].strip(), mild=False)
            found[block.words[first].sentence].append(one)
    return {
        sentence: tuple(sorted(rows, key=lambda one: one.mild)[:_ENOUGH]) for sentence, rows in found.items()
    }


@lru_cache(maxsize=1 << 14)
def _lists_with(plain: str, codes: tuple[str, ...]) -> tuple[tuple[str, bool, ToneWords], ...]:
    """The lists in which this word tells something; of most words none."""
    if not _any_list(codes).tells(plain):
        return ()
    lists = (
        (topic.name, mild, listed)
        for code in codes
        for topic in _topics(code)
        for mild, listed in ((False, topic.plain), (True, topic.mild))
    )
    return tuple(row for row in lists if row[2].tells(plain))


@cache
def _any_list(codes: tuple[str, ...]) -> Telling:
    """All lists at once: most words are in none, and are asked about once instead of sixteen times."""
    topics = (topic for code in codes for topic in _topics(code))
    return ToneWords.together(listed for topic in topics for listed in (topic.plain, topic.mild))


def _same_length(text: str) -> str:
    """Folded letter by letter, so that a place in it is a place in the text."""
    if text.isascii():
        return text.lower()
    return "".join(plain if len(plain := fold(letter)) == 1 else letter for letter in text)
