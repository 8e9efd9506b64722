"""Rule 12: pupils whom a text names although they lack consent for that.

A name is looked for in every form that staff write it in; what stands around it then tells whether somebody
else is meant: one of the staff, a namesake with another last name, Anne Frank, a rose.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.gates.mentions import Mention, mentions
from pipeline.gates.people import People, Person, people
from pipeline.gates.reading import Block, blocks
from pipeline.gates.words import Finding, Gate, Named, Passage

#: Letters that tell a text in Polish or Ukrainian, where names have cases.
_SLAVIC = re.compile("[ąęłńśźż\u0400-\u04ff]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Naming:
    """A pupil named somewhere in a post."""

    person: Person
    mention: Mention
    passage: Passage
    block: Block

    @property
    def words(self) -> str:
        return self.block.between(self.mention.first, self.mention.last)


def find_names(
    passages: Sequence[Passage],
    pupils: Collection[Named],
    others: Collection[Named] = (),
    staff: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Every one of ``pupils`` whom the passages name; ``others`` and ``staff`` may be named.

    What can mean either a pupil or somebody else who may be named is a finding. Passing the same frozensets
    again spares making the index.
    """
    found = {
        (naming.person.pupil, naming.passage, naming.words): naming
        for naming in namings(passages, pupils, others, staff)
    }
    return tuple(
        Finding(
            gate=Gate.NAME,
            subject=f"pupil:{pupil}",
            words=words,
            place=passage.place,
            photo=passage.photo,
            pupil=pupil,
        )
        for pupil, passage, words in found
    )


def namings(
    passages: Sequence[Passage],
    pupils: Collection[Named],
    others: Collection[Named] = (),
    staff: Collection[str] = (),
) -> Iterator[Naming]:
    """Each place where one of ``pupils`` is named, in the order of the text."""
    bent = any(_SLAVIC.search(passage.text) for passage in passages)
    known: People = people(frozenset(pupils), frozenset(others), frozenset(staff), bent=bent)
    read = [(passage, block, mentions(block, known)) for passage in passages for block in blocks(passage)]
    in_full = _InFull(read)
    for passage, block, row in read:
        for mention in row:
            yield from (
                Naming(person=person, mention=mention, passage=passage, block=block)
                for person in in_full.meant(mention, passage, block)
                if person.wanted
            )


class _InFull:
    """Where each person is named with a last name, and so who a first name by itself can mean near it."""

    def __init__(self, read: Iterable[tuple[Passage, Block, tuple[Mention, ...]]]) -> None:
        self._places: dict[Person, set[str]] = defaultdict(set)
        self._sentences: dict[tuple[Person, Block], int] = {}  #: the first one of the block
        for passage, block, row in read:
            for mention in (one for one in row if one.in_full):
                for person in mention.persons:
                    self._places[person].add(passage.place)
                    self._sentences.setdefault((person, block), block.words[mention.first].sentence)

    def meant(self, mention: Mention, passage: Passage, block: Block) -> tuple[Person, ...]:
        """Whoever of that first name is named in full close by, else all of them.

        Close is earlier in the same paragraph, or the one in the body and the other in a title or caption.
        """
        if mention.in_full or mention.another:
            return mention.persons
        sentence = block.words[mention.first].sentence
        told = (
            person
            for person in mention.persons
            if self._sentences.get((person, block), sentence) < sentence
            or ((person, block) not in self._sentences and self._places.get(person, set()) - {passage.place})
        )
        return tuple(told) or mention.persons
