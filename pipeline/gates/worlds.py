"""Worlds that a first name belongs to besides the class: the Achterhuis, Zweinstein, the Ark."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from pipeline.gates.lists import lines
from pipeline.gates.people import Kind, People
from pipeline.gates.reading import Block, in_sentence, places

#: What a word of the world weighs in the same sentence and elsewhere in the paragraph; one more for each
#: further one, at most so many.
_HERE, _NEAR, _MOST = 4, 3, 2
#: Of one paragraph.
_ENOUGH = 20


class _World(NamedTuple):
    names: frozenset[str]
    words: frozenset[str]
    begins: tuple[str, ...]
    pairs: frozenset[tuple[str, str]]

    def cues(self, block: Block) -> Iterator[int]:
        """Where its words stand."""
        there = places(block)
        for word in self.words & there.keys():
            yield from there[word]
        if self.begins:
            for word, row in there.items():
                yield from row if word.startswith(self.begins) else ()
        for one, two in self.pairs:
            yield from (at for at in there.get(one, ()) if at + 1 in there.get(two, ()))


def _worlds() -> Mapping[str, tuple[_World, ...]]:
    by_name: dict[str, list[_World]] = defaultdict(list)
    for line in lines("worlds.txt"):
        names, _, told = line.partition(" : ")
        words = told.split()
        world = _World(
            names=frozenset(names.split()),
            words=frozenset(word for word in words if "_" not in word and not word.endswith("*")),
            begins=tuple(word[:-1] for word in words if word.endswith("*")),
            pairs=frozenset((one, two) for one, _, two in (w.partition("_") for w in words if "_" in w)),
        )
        for name in world.names:
            by_name[name].append(world)
    return {name: tuple(row) for name, row in by_name.items()}


_WORLDS = _worlds()


def weight_of_company(block: Block, at: int, first: str, known: People) -> int:
    """How many others of the world of ``first`` its sentence names whom we do not know."""
    own, plain = block.words[at].sentence, block.words[at].plain
    companies = (_company(world, block, own, known) - {plain} for world in _WORLDS.get(first, ()))
    return min(_MOST, max(map(len, companies), default=0))


def weight_of_worlds(block: Block, at: int, first: str, known: People) -> int:
    """How much in the paragraph tells that ``first`` at ``at`` is the name of a figure or of the famous."""
    return max((_weight(world, block, at, known) for world in _WORLDS.get(first, ())), default=0)


def _weight(world: _World, block: Block, at: int, known: People) -> int:
    words, own = block.words, block.words[at].sentence
    cues = [cue for cue in _cues(world, block, known) if cue != at]
    if not cues:
        return 0
    here = any(words[cue].sentence == own for cue in cues)
    return (_HERE if here else _NEAR) + min(_MOST, len({words[cue].plain for cue in cues}) - 1)


@lru_cache(maxsize=4_096)
def _cues(world: _World, block: Block, known: People) -> tuple[int, ...]:
    """Where words of the world stand that no pupil is called; a few tell enough."""
    cues = (cue for cue in world.cues(block) if not _pupil(block.words[cue].plain, known))
    return tuple(islice(cues, _ENOUGH))


@lru_cache(maxsize=4_096)
def _company(world: _World, block: Block, sentence: int, known: People) -> frozenset[str]:
    """Other names of that world in a sentence, none of a pupil."""
    return frozenset(
        word.plain
        for word in in_sentence(block, sentence)
        if word.plain in world.names and word.text[0].isupper() and not _pupil(word.plain, known)
    )


def _pupil(plain: str, known: People) -> bool:
    return any(form.kind <= Kind.EXACT for form in known.forms.get(plain, ()))
