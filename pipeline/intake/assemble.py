"""From a directory to records: keys followed, parents told from others, one school, nothing guessed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from pipeline.intake.assemble_classes import Classes
from pipeline.intake.bundle import Bundle
from pipeline.intake.directory import USERS, Directory, Part, Person, Relation
from pipeline.intake.fields import Addresses
from pipeline.intake.records import (
    Delta,
    EnrolmentRecord,
    LinkRecord,
    ParentRecord,
    PupilRecord,
    Roster,
    StaffRecord,
)
from pipeline.intake.text import match_name
from pipeline.model import Role


def assemble(directory: Directory, bundle: Bundle) -> Roster:
    """The records. Raises `BadInput` with every mistake found in any of the files."""
    classes = Classes(directory, bundle)
    classes.check_one_school()
    classes.check_groups()
    enrolments = tuple(classes.enrolments())
    maker = _Maker(directory, bundle, classes)
    maker.check_people()
    links, listed = maker.links()
    parents = tuple(maker.parents(links))
    staff = tuple(maker.staff())
    pupils = tuple(maker.pupils())
    bundle.settle()
    if directory.whole:
        maker.remark_on_loose_pupils(pupils, enrolments, links)
    return Roster(
        source=directory.source,
        file=str(bundle.path),
        pupils=pupils,
        groups=tuple(each.title for each in directory.classes.values()),
        enrolments=enrolments,
        parents=parents,
        links=tuple(links.values()),
        staff=staff,
        carries_parents=directory.carries_parents,
        carries_births=directory.carries_births,
        delta=None if directory.whole else maker.delta(listed),
        remarks=bundle.remarks(),
    )


class _Maker:
    def __init__(self, directory: Directory, bundle: Bundle, classes: Classes) -> None:
        self._directory, self._bundle, self._classes = directory, bundle, classes
        self._users, self._addresses = bundle.findings(USERS), Addresses()
        self._told: set[str] = set()  #: whose address was found malformed: a parent may teach too

    def check_people(self) -> None:
        for person in self._directory.people.values():
            if {Part.PUPIL, Part.PARENT} <= person.parts:
                message = f"user {person.id} is a pupil and a parent; give two people two users, or one role"
                self._users.problem(message, line=person.line)
        pupils = any(self._directory.having(Part.PUPIL))
        if self._directory.users_whole and not pupils and not self._users.failed:
            message = "nobody in the export is a pupil today (role student): importing it would end all."
            over = " Every role has ended; is it last year's export?" if self._directory.gone_people else ""
            self._users.problem(message + over)

    def pupils(self) -> Iterator[PupilRecord]:
        for person in self._directory.having(Part.PUPIL):
            self._demand_name(person)
            yield PupilRecord(
                id=person.id,
                first_name=person.first_name,
                last_name=person.last_name,
                birth_date=person.birth_date,
                line=person.line,
            )

    def parents(self, links: Iterable[tuple[str, str]]) -> Iterator[ParentRecord]:
        """Who is linked; of a delta everybody, since their links may be known already."""
        linked = {parent for parent, _ in links}
        for person in self._directory.having(Part.PARENT):
            if person.id not in linked and self._directory.whole:
                message = f"parent {person.id} is linked to no pupil of the export and is left out"
                self._users.remark(message, line=person.line, kind="childless")
                continue
            self._demand_name(person)
            yield ParentRecord(
                id=person.id,
                name=_full_name(person),
                address=self._address(person),
                language=None,
                channel=None,
                line=person.line,
            )

    def _demand_name(self, person: Person) -> None:
        if not _full_name(person):
            self._users.problem(f"user {person.id} has no name; give one", line=person.line, kind="nameless")

    def _address(self, person: Person) -> str | None:
        address, why = self._addresses.check(person.email) if person.email else (None, "")
        if person.email and address is None and person.id not in self._told:
            self._told.add(person.id)
            message = f"{person.email!r} of {person.id} is no e-mail address and counts as empty: {why}"
            self._users.remark(message, line=person.line)
        return address

    def staff(self) -> Iterator[StaffRecord]:
        for person in self._directory.people.values():
            if not self._teacher(person):
                continue
            self._demand_name(person)
            yield StaffRecord(
                id=person.id,
                name=_full_name(person),
                email=self._address(person) or "",
                role=Role.TEACHER,
                groups=tuple(self._classes.teaches.get(person.id, ())),
                line=person.line,
            )

    def _teacher(self, person: Person) -> bool:
        """By role, or by teaching a class: OneRoster 1.1 gives a parent who teaches but one role."""
        return Part.TEACHER in person.parts or person.id in self._classes.teaches

    # Who belongs to whom.

    def links(self) -> tuple[dict[tuple[str, str], LinkRecord], dict[str, frozenset[str]]]:
        """The links by parent and pupil, stated from either side; and with whom each list links its owner."""
        links: dict[tuple[str, str], LinkRecord] = {}
        listed: dict[str, set[str]] = defaultdict(set)
        for relation in self._directory.relations:
            pairs = list(self._pairs(relation))
            if not pairs:
                self._remark_on(relation)
            for pair in pairs:
                listed[relation.one].add(relation.other)
                links.setdefault(
                    pair, LinkRecord(parent=pair[0], pupil=pair[1], blocked=False, line=relation.line)
                )
        return links, {one: frozenset(others) for one, others in listed.items()}

    def _pairs(self, relation: Relation) -> Iterator[tuple[str, str]]:
        """As parent and pupil; none when one of them is not the one or the other."""
        if relation.one == relation.other:
            return
        one, other = self._directory.parts(relation.one), self._directory.parts(relation.other)
        if Part.PUPIL in one and Part.PARENT in other:
            yield relation.other, relation.one
        if Part.PARENT in one and Part.PUPIL in other:
            yield relation.one, relation.other

    def _remark_on(self, relation: Relation) -> None:
        """Only what concerns a pupil: whom teachers are related to is nothing to us."""
        parts = self._directory.parts(relation.one)
        if not parts & {Part.PUPIL, Part.PARENT} or relation.other in self._directory.gone_people:
            return
        what = "parent, guardian or relative" if Part.PUPIL in parts else "pupil"
        why = f"has not the role of a {what}" if relation.other in self._directory.people else "is not there"
        message = f"{relation.one} is related to {relation.other}, who {why}: no link"
        self._bundle.findings(self._directory.relations_in).remark(message, line=relation.line, kind=why)

    # What is said to be gone, and what is missing.

    def delta(self, listed: dict[str, frozenset[str]]) -> Delta:
        directory = self._directory
        return Delta(
            links_whole=directory.users_whole,
            enrolments_whole=directory.enrolments_whole,
            left=frozenset(directory.gone_people),
            enrolments=frozenset(self._classes.ended),
            groups=frozenset(match_name(title) for title in directory.gone_classes.values()),
            listed=listed,
            unsure=frozenset(p.id for p in directory.people.values() if not p.has_role),
        )

    def remark_on_loose_pupils(
        self,
        pupils: Iterable[PupilRecord],
        enrolments: Iterable[EnrolmentRecord],
        links: Iterable[tuple[str, str]],
    ) -> None:
        enrolled, linked = {each.pupil for each in enrolments}, {pupil for _, pupil in links}
        for pupil in pupils:
            if pupil.id not in enrolled:
                self._users.remark(f"pupil {pupil.id} is in no group", line=pupil.line, kind="groupless")
            if pupil.id not in linked and self._directory.carries_parents:
                message = f"pupil {pupil.id} has no parent in this export"
                self._users.remark(message, line=pupil.line, kind="parentless")


def _full_name(person: Person) -> str:
    return " ".join(filter(None, (person.first_name, person.last_name)))
