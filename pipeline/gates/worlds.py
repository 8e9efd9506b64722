"""Worlds that a first name belongs to besides the class: the Achterhuis, Zweinstein, the Ark."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pipeline.gates.lists import lines
from pipeline.gates.people import AROUND, Kind, People
from pipeline.gates.reading import Block, Word, in_sentence, places

#: What a word of the world weighs in the same sentence and elsewhere in the paragraph; one more for each
#: further one, at most so many.
_HERE, _NEAR, _MOST = 4, 3, 2
#: Bob en Wendy, Kuifje en Bobbie.
_BESIDE = 2
#: The shortest beginning that stands for all its endings.
_HEAD = 3


#: The longest word that an s makes no owner of.
_OWNER = 5


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _World:
    names: frozenset[str]
    words: tuple[str, ...]  #: with a star at the end or a `_` between two as the list has them


def _worlds() -> tuple[_World, ...]:
    rows = (line.partition(" : ") for line in lines("worlds.txt"))
    return tuple(_World(names=frozenset(names.split()), words=tuple(told.split())) for names, _, told in rows)


_WORLDS = _worlds()


def _by(words: Iterator[tuple[str, _World]]) -> Mapping[str, tuple[_World, ...]]:
    found = defaultdict(list)
    for word, world in words:
        found[word].append(world)
    return {word: tuple(row) for word, row in found.items()}


_BY_NAME = _by((name, world) for world in _WORLDS for name in world.names)
_BY_WORD = _by((word, world) for world in _WORLDS for word in world.words)
_BY_HEAD = _by((word[:-1], world) for world in _WORLDS for word in world.words if word.endswith("*"))
#: Those that some world knows.
NAMES = _BY_NAME.keys()
#: The first words of those that follow each other.
_FIRSTS = frozenset(word.partition("_")[0] for word in _BY_WORD if "_" in word)


def weight_of_company(block: Block, at: int, first: str, known: People) -> int:
    """How many others of the world of ``first`` its sentence names whom we do not know; more if beside it."""
    words, own = block.words, block.words[at].sentence
    companies = [_company(world, block, own, known) - {words[at].plain} for world in _BY_NAME.get(first, ())]
    if not any(companies):
        return 0
    most = min(_MOST, max(map(len, companies), default=0))
    beside = [words[to].plain for to, by in ((at - 2, at - 1), (at + 2, at + 1)) if _joins(words, to, by)]
    beside += [words[to].plain for to, by in ((at - 1, at), (at + 1, at + 1)) if _comma(words, to, by)]
    return most + _BESIDE * any(word in company for word in beside for company in companies)


def _joins(words: tuple[Word, ...], to: int, by: int) -> bool:
    if not 0 <= to < len(words):
        return False
    return words[by].plain in AROUND["joins"]


def _comma(words: tuple[Word, ...], to: int, by: int) -> bool:
    return 0 <= to < len(words) and words[by].gap == ", "


def weight_of_worlds(block: Block, at: int, first: str, known: People) -> int:
    """How much in the paragraph tells that ``first`` at ``at`` is the name of a figure or of the famous."""
    worlds = _BY_NAME.get(first, ())
    return max((_weight(world, block, at, known) for world in worlds), default=0)


def _weight(world: _World, block: Block, at: int, known: People) -> int:
    words, own = block.words, block.words[at].sentence
    cues = [cue for cue in _cues(block, known).get(world, ()) if cue != at]
    if not cues:
        return 0
    here = any(words[cue].sentence == own for cue in cues)
    return (_HERE if here else _NEAR) + min(_MOST, len({words[cue].plain for cue in cues}) - 1)


@lru_cache(maxsize=4_096)
def _cues(block: Block, known: People) -> Mapping[_World, list[int]]:
    """Where words of each world stand that no pupil is called; once for each word and sentence."""
    found, at_of = defaultdict(list), places(block)
    for plain in _FIRSTS & at_of.keys():
        for at in at_of[plain]:
            after = block.words[at + 1].plain if at + 1 < len(block.words) else ""
            for world in _BY_WORD.get(f"{plain}_{after}", ()):
                found[world].append(at)
    for plain, row in at_of.items():
        worlds = _worlds_of(plain)
        if not worlds or any(form.kind <= Kind.EXACT for form in known.forms.get(plain, ())):
            continue
        sentences = {block.words[at].sentence: at for at in row}
        for world in worlds:
            found[world].extend(sentences.values())
    return found


@lru_cache(maxsize=1 << 14)
def _worlds_of(plain: str) -> tuple[_World, ...]:
    """Those that a word by itself speaks of."""
    found = list(_BY_WORD.get(plain, ()))
    if len(plain) > _OWNER and plain.endswith("s"):
        found += _BY_WORD.get(plain[:-1], ())  # Rembrandts portret
    for length in range(_HEAD, len(plain) + 1):
        found += _BY_HEAD.get(plain[:length], ())
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=4_096)
def _company(world: _World, block: Block, sentence: int, known: People) -> frozenset[str]:
    """Other names of that world in a sentence, none of a pupil."""
    return frozenset(
        word.plain
        for word in in_sentence(block, sentence)
        if word.plain in world.names and word.text[0].isupper()
        if not any(form.kind <= Kind.EXACT for form in known.forms.get(word.plain, ()))
    )
