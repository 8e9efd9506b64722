"""Worlds that a first name belongs to besides the class: the Achterhuis, Zweinstein, the Ark."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from pipeline.gates.lists import lines
from pipeline.gates.people import Kind, People
from pipeline.gates.reading import Block

#: What a word of the world weighs in the same sentence and elsewhere in the paragraph; each further one, at most two.
_HERE, _NEAR, _MORE, _MOST = 4, 3, 1, 2
#: What another name of that world weighs that no pupil bears.
_COMPANY = 1


class _World(NamedTuple):
    names: frozenset[str]
    words: frozenset[str]
    begins: tuple[str, ...]
    pairs: frozenset[tuple[str, str]]

    def cues(self, plain: list[str]) -> set[int]:
        """The places of its words in a row."""
        return {
            at
            for at, word in enumerate(plain)
            if word in self.words
            or (self.begins and word.startswith(self.begins))
            or tuple(plain[at : at + 2]) in self.pairs
        }


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


def weight_of_worlds(block: Block, at: int, first: str, known: People) -> int:
    """How much in the paragraph tells that the name ``first`` at ``at`` is that of a figure or of the famous."""
    return max((_weight(world, block, at, known) for world in _WORLDS.get(first, ())), default=0)


def _weight(world: _World, block: Block, at: int, known: People) -> int:
    words, own = block.words, block.words[at].sentence
    cues = world.cues(_plain(block)) - {at}
    cues = {cue for cue in cues if not _pupil(words[cue].plain, known)}
    company = any(
        word.plain in world.names and word.text[0].isupper() and not _pupil(word.plain, known)
        for place, word in enumerate(words)
        if place != at and word.sentence == own
    )
    weight = _COMPANY * company
    if cues:
        here = any(words[cue].sentence == own for cue in cues)
        weight += (_HERE if here else _NEAR) + min(_MOST, _MORE * (len({words[c].plain for c in cues}) - 1))
    return weight


@lru_cache(maxsize=256)
def _plain(block: Block) -> list[str]:
    return [word.plain for word in block.words]


def _pupil(plain: str, known: People) -> bool:
    return any(form.kind <= Kind.EXACT for form in known.forms.get(plain, ()))
