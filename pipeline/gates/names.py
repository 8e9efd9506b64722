"""Rule 12: pupils whom a text names although they lack consent for that.

A name is looked for in every form that staff write it in; what stands around it then tells whether somebody
else is meant: one of the staff, a namesake with another last name, Anne Frank, a rose.
"""

from __future__ import annotations

import re
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
    read = [
        (passage, block, tuple(mentions(block, known))) for passage in passages for block in blocks(passage)
    ]
    named_in_full = [
        (passage, block, mention) for passage, block, row in read for mention in row if mention.in_full
    ]
    for passage, block, row in read:
        for mention in row:
            meant = (
                mention.persons
                if mention.in_full
                else _not_told_apart(mention, passage, block, named_in_full)
            )
            yield from (
                Naming(person=person, mention=mention, passage=passage, block=block)
                for person in meant
                if person.wanted
            )


def _not_told_apart(
    mention: Mention, passage: Passage, block: Block, in_full: Iterable[tuple[Passage, Block, Mention]]
) -> tuple[Person, ...]:
    """Whom a bare first name can mean: whoever of that name is named in full close by, else all of them."""
    if mention.another:
        return mention.persons
    told = [
        person
        for where, beside, full in in_full
        if _close(mention, passage, block, where, beside, full)
        for person in full.persons
        if person in mention.persons
    ]
    return tuple(dict.fromkeys(told)) or mention.persons


def _close(
    mention: Mention, passage: Passage, block: Block, where: Passage, beside: Block, full: Mention
) -> bool:
    """Earlier in the same paragraph, or the one in the body and the other in a title or caption."""
    if block is beside:
        return block.words[full.first].sentence < block.words[mention.first].sentence
    return passage.place != where.place
