"""A school as exports of several files state it (OneRoster, School Data Sync), before keys are followed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from pipeline.intake.fields import iso_date
from pipeline.intake.roster_check import RowCheck

USERS, CLASSES, ENROLMENTS, ORGS = "users.csv", "classes.csv", "enrollments.csv", "orgs.csv"

_STAMP = re.compile(r"(\d{4}-\d{2}-\d{2})T[\d:.]+(Z|[+-]\d{2}:?\d{2})?\Z", re.ASCII)


class Part(StrEnum):
    """What a role in these formats makes of somebody here; every other role is nobody to us."""

    PUPIL = "pupil"
    PARENT = "parent"
    TEACHER = "teacher"


@dataclass(slots=True, kw_only=True)
class Person:
    id: str
    first_name: str
    last_name: str
    email: str
    line: int
    orgs: set[str] = field(default_factory=set)
    parts: set[Part] = field(default_factory=set)
    has_role: bool = False  #: so that what the parts don't say is not so; in a file of changes roles may lack
    birth_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolClass:
    title: str
    org: str
    terms: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Org:
    name: str
    kind: str  #: casefolded
    parent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    since: date | None
    until: date | None  #: first day after it


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A user in a class."""

    user: str
    school_class: str
    part: Part
    since: date | None
    until: date | None
    line: int
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Two people whom a row of ``file`` relates; which of them is the pupil their parts say."""

    one: str  #: whose row or list it is
    other: str
    line: int


@dataclass(slots=True, kw_only=True)
class Directory:
    source: str
    relations_in: str  #: the file that relations come from
    users_whole: bool = True
    enrolments_whole: bool = True
    carries_parents: bool = True
    carries_births: bool = True
    orgs: dict[str, Org] = field(default_factory=dict)
    terms: dict[str, Term] = field(default_factory=dict)
    classes: dict[str, SchoolClass] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    memberships: list[Membership] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    gone_people: set[str] = field(default_factory=set)
    gone_classes: dict[str, str] = field(default_factory=dict)  #: with their titles

    @property
    def whole(self) -> bool:
        return self.users_whole and self.enrolments_whole

    def parts(self, user: str) -> set[Part]:
        """What the user may be. A file of changes leaves open what those are whom it gives no role."""
        if user in self.gone_people:
            return set()
        person = self.people.get(user)
        if person is not None and (person.has_role or self.users_whole):
            return person.parts
        stated = person.parts if person is not None else set[Part]()
        return set() if self.users_whole else {Part.PUPIL, Part.PARENT, *stated}

    def having(self, part: Part) -> Iterator[Person]:
        """In the order of the file; in a file of changes also who has no role in it."""
        return (person for person in self.people.values() if part in self.parts(person.id))


def day(check: RowCheck, line: int, column: str, text: str) -> date | None:
    """A date cell; of a moment its day. A wrong one is noted and None."""
    stamp = _STAMP.match(text)
    text = stamp[1] if stamp else text
    return iso_date(text) if check.date(line, column, text) else None


def birthday(check: RowCheck, line: int, column: str, text: str) -> date | None:
    stamp = _STAMP.match(text)
    text = stamp[1] if stamp else text
    return iso_date(text) if check.birth(line, column, text) else None


def part_of(
    check: RowCheck, line: int, column: str, role: str, known: Mapping[str, Part | None]
) -> Part | None:
    """The part that a role stands for; an unknown one is noted, except with the prefix of an extension."""
    word = role.casefold()
    if word not in known and not word.startswith("ext:"):
        names = ", ".join(known)
        check.wrong(
            line, column, "word", f"{column} is {role!r}; known are {names}. Are the columns shifted?"
        )
    return known.get(word)


def listed(cell: str) -> tuple[str, ...]:
    """The ids of a list within one cell."""
    return tuple(dict.fromkeys(filter(None, (each.strip() for each in cell.split(",")))))


def first_filled(cells: Iterable[str]) -> str:
    return next(filter(None, cells), "")
