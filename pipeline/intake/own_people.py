"""Whom a list without numbers of parents means: the parent that the school knows already, or a new one.

Linked to the same child under the same name: the same person, whatever became of the address. Linked to the
same child by the same address under nearly the same name, or of the same name and address anywhere: so too.
Everybody else is new and waits for approval: when in doubt, nobody gets another's access.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import Row

from pipeline.intake.own_rows import MADE
from pipeline.intake.records import ParentRecord, Roster
from pipeline.intake.roster_plan import Standing

_NEAR = 0.8  #: of two spellings of a name, by difflib's measure


def settle_people(roster: Roster, known: Standing) -> Roster:
    """The roster with the numbers by which the school knows its parents, where the file gave none."""
    if not roster.made_ids:
        return roster
    ids = _Ids(roster, known).found()
    return replace(
        roster,
        parents=tuple(replace(each, id=ids.get(each.id, each.id)) for each in roster.parents),
        links=tuple(replace(each, parent=ids.get(each.parent, each.parent)) for each in roster.links),
        made_ids=frozenset(),
    )


class _Ids:
    def __init__(self, roster: Roster, known: Standing) -> None:
        self._roster, self._known = roster, known
        self._taken = {each.id for each in roster.parents if each.id not in roster.made_ids}
        self._children: dict[str, list[str]] = defaultdict(list)
        for link in roster.links:
            self._children[link.parent].append(link.pupil)
        self._parents_of: dict[str, list[Row[Any]]] = defaultdict(list)
        for parent, pupil in known.links:
            self._parents_of[pupil].append(known.parents[parent])
        self._by_both: dict[tuple[str, str], list[Row[Any]]] = defaultdict(list)
        for row in known.parents.values():
            self._by_both[plain_name(row.name), (row.address or "").casefold()].append(row)

    def found(self) -> dict[str, str]:
        """Made number -> the one that counts. Nobody known is given to two people of the list."""
        made = [each for each in self._roster.parents if each.id in self._roster.made_ids]
        ids: dict[str, str] = {}
        for pass_ in (self._same, self._renamed, self._elsewhere):
            for parent in made:
                if parent.id not in ids and (row := self._free(pass_(parent))):
                    ids[parent.id] = row.ref
                    self._taken.add(row.ref)
        for parent in made:
            if parent.id not in ids:
                ids[parent.id] = self._new(parent.id)
        return ids

    def _free(self, rows: Iterator[Row[Any]]) -> Row[Any] | None:
        return next((row for row in rows if row.ref not in self._taken), None)

    def _same(self, parent: ParentRecord) -> Iterator[Row[Any]]:
        """By child and name; of two with one name first the one whose address it is."""
        rows = [row for row in self._around(parent) if plain_name(row.name) == plain_name(parent.name)]
        yield from sorted(rows, key=lambda row: row.address != parent.address)

    def _renamed(self, parent: ParentRecord) -> Iterator[Row[Any]]:
        """By child and address, under another spelling of the name."""
        for row in self._around(parent):
            if parent.address and row.address == parent.address and near(row.name, parent.name):
                yield row

    def _elsewhere(self, parent: ParentRecord) -> Iterator[Row[Any]]:
        """A brother or sister has come to school."""
        if parent.address:
            yield from self._by_both[plain_name(parent.name), parent.address.casefold()]

    def _around(self, parent: ParentRecord) -> Iterator[Row[Any]]:
        for pupil in self._children[parent.id]:
            yield from self._parents_of[pupil]

    def _new(self, made: str) -> str:
        """A number that nobody has or had: an old one of another person must not come back to life."""
        pupil, _, number = made.rpartition(MADE)
        count = int(number)
        while f"{pupil}{MADE}{count}" in self._known.parents or f"{pupil}{MADE}{count}" in self._taken:
            count += 1
        self._taken.add(f"{pupil}{MADE}{count}")
        return f"{pupil}{MADE}{count}"


def plain_name(name: str) -> str:
    """A name as people compare it: without accents, points and capitals."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(each if each.isalnum() else " " for each in folded if not unicodedata.combining(each))
    return " ".join(letters.split())


def near(one: str, other: str) -> bool:
    """Whether two names are probably of one person: ``J. de Vries``, ``Jan de Vries``, ``Jan de Vreis``.

    Both ends must fit: partners share a last name and often an address.
    """
    words, others = plain_name(one).split(), plain_name(other).split()
    if not words or not others:
        return False
    return _alike(words[0], others[0]) and _alike(" ".join(words[1:]), " ".join(others[1:]))


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    if not one or not other:
        return False
    if 1 in (len(one), len(other)):
        return one[0] == other[0]
    long = min(len(one), len(other)) > 3
    return long and SequenceMatcher(None, one, other, autojunk=False).ratio() >= _NEAR
