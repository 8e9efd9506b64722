"""Microsoft School Data Sync v2.1: users, their roles, classes, enrolments, and parents as relationships.

Read are names, addresses, birth dates, classes, roles and relationships; never passwords, flags or origin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from pipeline.intake.assemble import assemble
from pipeline.intake.bundle import Bundle, open_bundle
from pipeline.intake.directory import (
    CLASSES,
    ENROLMENTS,
    ORGS,
    USERS,
    Directory,
    Membership,
    Org,
    Part,
    Person,
    Relation,
    SchoolClass,
    Term,
    birthday,
    day,
    listed,
)
from pipeline.intake.records import Roster
from pipeline.intake.roster_check import RowCheck
from pipeline.intake.text import refusal

_ROLES, _RELATIONS, _SESSIONS = "roles.csv", "relationships.csv", "academicSessions.csv"
_DEMOGRAPHICS = "demographics.csv"
_NEEDED = (ORGS, USERS, _ROLES, CLASSES, ENROLMENTS)
_PARTS: Mapping[str, Part] = {"student": Part.PUPIL} | dict.fromkeys(
    ("teacher", "professor", "faculty", "lecturer", "adjunct", "substitute"), Part.TEACHER
)
_PARENTS = {"parent", "guardian", "relative"}


def read_sds(path: Path, *, today: date) -> Roster:
    """The people in the folder or zip ``path``. Raises `BadInput` with every mistake.

    ``today`` bounds birth dates and says whose role is over.
    """
    with open_bundle(path) as bundle:
        _demand(bundle)
        reader = _Reader(bundle, today)
        reader.read()
        return assemble(reader.directory, bundle)


def _demand(bundle: Bundle) -> None:
    other = "version 2.1 is read, with roles.csv and relationships.csv; choose it in the export"
    if "student.csv" in bundle:
        raise refusal(
            bundle.path, f"is School Data Sync version 1 (Student.csv), which has no parents; {other}"
        )
    if USERS in bundle and _ROLES not in bundle:
        raise refusal(
            bundle.path, f"is School Data Sync version 2.0 (no roles.csv), which has no parents; {other}"
        )
    for name in _NEEDED:
        if name not in bundle:
            bundle.whole.problem(f"{name} is missing; export it too")
    bundle.settle()


class _Reader:
    def __init__(self, bundle: Bundle, today: date) -> None:
        self._bundle, self._today = bundle, today
        self.directory = Directory(
            source="sds",
            relations_in=_RELATIONS,
            carries_parents=_RELATIONS in bundle,
            carries_births=_DEMOGRAPHICS in bundle,
        )

    def read(self) -> None:
        for _, _, (identity, name, kind, parent) in self._named(ORGS, ("name", "type"), ("parentSourcedId",)):
            self.directory.orgs[identity] = Org(name=name, kind=kind.casefold(), parent=parent)
        for check, line, (identity, starts, ends) in self._named(_SESSIONS, ("startDate", "endDate")):
            since, until = day(check, line, "startDate", starts), day(check, line, "endDate", ends)
            self.directory.terms[identity] = Term(since=since, until=until)
        for _, line, (identity, title, org, terms) in self._named(
            CLASSES, ("title", "orgSourcedId"), ("sessionSourcedIds",)
        ):
            self.directory.classes[identity] = SchoolClass(
                title=title, org=org, terms=listed(terms), line=line
            )
        self._users()
        self._roles()
        self._demographics()
        self._relations()
        self._enrolments()

    def _rows(
        self, name: str, columns: Sequence[str], optional: Sequence[str] = ()
    ) -> Iterator[tuple[RowCheck, int, tuple[str, ...]]]:
        if name in self._bundle:
            table = self._bundle.table(name, columns, optional)
            check = RowCheck(table, self._today)
            for line, cells in table.rows():
                yield check, line, cells

    def _named(
        self, name: str, columns: Sequence[str], optional: Sequence[str] = ()
    ) -> Iterator[tuple[RowCheck, int, tuple[str, ...]]]:
        """Rows with an id of their own, ``sourcedId``, which comes first."""
        lines: dict[str, int] = {}
        for check, line, cells in self._rows(name, ("sourcedId", *columns), optional):
            if cells[0] in lines:
                message = f"sourcedId {cells[0]} stands on line {lines[cells[0]]} too; ids must differ"
                check.wrong(line, "sourcedId", "", message)
            elif check.id(line, "sourcedId", cells[0]):
                lines[cells[0]] = line
                yield check, line, cells

    def _users(self) -> None:
        for check, line, (identity, given, family, email, enabled) in self._named(
            USERS, ("givenName", "familyName"), ("email", "enabledUser")
        ):
            if enabled:
                message = "this is OneRoster without its manifest.csv; export it again, as a whole"
                check.wrong(line, "enabledUser", "", message)
                return
            check.name(line, "givenName", given)
            check.name(line, "familyName", family)
            self.directory.people[identity] = Person(
                id=identity, first_name=given, last_name=family, email=email, line=line, has_role=True
            )

    def _roles(self) -> None:
        findings, lost = self._bundle.findings(_ROLES), set[str]()
        for check, line, (user, org, role, starts, ends) in self._rows(
            _ROLES, ("userSourcedId", "orgSourcedId", "role"), ("roleStartDate", "roleEndDate")
        ):
            since, until = day(check, line, "roleStartDate", starts), day(check, line, "roleEndDate", ends)
            part, person = _PARTS.get(role.casefold()), self.directory.people.get(user)
            if person is None:
                check.wrong(line, "userSourcedId", "unknown", f"user {user!r} is not in {USERS}")
            elif part is None:
                findings.remark(f"the role {role} of {user} is none that is read", line=line, kind="role")
            elif until and until <= self._today:
                lost.add(user)
                findings.remark(f"the role {role} of {user} ended on {until}", line=line, kind="over")
            elif since and since > self._today:
                message = f"the role {role} of {user} begins on {since} and doesn't count before"
                findings.remark(message, line=line, kind="early")
            else:
                person.parts.add(part)
                person.orgs.add(org)
        held = {person.id for person in self.directory.people.values() if person.parts}
        self.directory.gone_people |= lost - held

    def _demographics(self) -> None:
        for check, line, (user, born) in self._rows(_DEMOGRAPHICS, ("userSourcedId", "birthDate")):
            person = self.directory.people.get(user)
            if person is not None:
                person.birth_date = birthday(check, line, "birthDate", born)

    def _relations(self) -> None:
        """The pupil stands first. Contacts have no row among the roles: a relationship makes the parent."""
        findings, people = self._bundle.findings(_RELATIONS), self.directory.people
        for _, line, (user, other, role) in self._rows(
            _RELATIONS, ("userSourcedId", "relationshipUserSourcedId", "relationshipRole")
        ):
            if role.casefold() not in _PARENTS:
                message = f"{other} is {role or 'nobody in particular'} to {user}, and no parent: no link"
                findings.remark(message, line=line, kind="role")
            elif Part.PUPIL not in self.directory.parts(user):
                if user not in self.directory.gone_people:
                    message = f"{user}, to whom {other} is {role}, is no pupil here: no link"
                    findings.remark(message, line=line, kind="no pupil")
            else:
                if other in people:
                    people[other].parts.add(Part.PARENT)
                    self.directory.gone_people.discard(other)
                self.directory.relations.append(Relation(one=user, other=other, line=line))

    def _enrolments(self) -> None:
        for _, line, (school_class, user, role) in self._rows(
            ENROLMENTS, ("classSourcedId", "userSourcedId", "role")
        ):
            part = _PARTS.get(role.casefold())
            if part is None:
                message = f"{user} is {role} of class {school_class}, which is nothing that is read"
                self._bundle.findings(ENROLMENTS).remark(message, line=line, kind="role")
            else:
                self.directory.memberships.append(
                    Membership(
                        user=user, school_class=school_class, part=part, since=None, until=None, line=line
                    )
                )
