"""OneRoster 1.1 and 1.2 CSV (1EdTech): users with roles, classes, enrolments, and guardians as agents.

Read are names, addresses, birth dates, classes, roles and relations. Everything else that the export may
hold, passwords, telephone numbers and origin among it, is never looked at.
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
    first_filled,
    listed,
    part_of,
)
from pipeline.intake.oneroster_manifest import Manifest, Mode, read_manifest
from pipeline.intake.records import Roster
from pipeline.intake.roster_check import RowCheck

_ROLES, _SESSIONS, _DEMOGRAPHICS = "roles.csv", "academicSessions.csv", "demographics.csv"
_GONE = {"": False, "active": False, "inactive": True, "tobedeleted": True}
_PARTS: Mapping[str, Part | None] = {
    "student": Part.PUPIL,
    "parent": Part.PARENT,
    "guardian": Part.PARENT,
    "relative": Part.PARENT,
    "teacher": Part.TEACHER,
    # Management is named in staff.csv: an administrator of the system is not the head of the school.
    "administrator": None,
    "aide": None,
    "counselor": None,
    "districtadministrator": None,
    "principal": None,
    "proctor": None,
    "siteadministrator": None,
    "systemadministrator": None,
}
#: Headings of other versions and of real exports.
_ALIASES = {
    "agents": "agentSourcedIds",
    "prefferedGivenName": "preferredGivenName",
    "prefferedFamilyName": "preferredFamilyName",
}


def read_oneroster(path: Path, *, today: date) -> Roster:
    """The people in the folder or zip ``path``. Raises `BadInput` with every mistake.

    ``today`` bounds birth dates and says whose role is over.
    """
    with open_bundle(path) as bundle:
        manifest = read_manifest(bundle)
        bundle.settle()
        reader = _Reader(bundle, manifest, today)
        reader.read()
        return assemble(reader.directory, bundle)


class _Reader:
    def __init__(self, bundle: Bundle, manifest: Manifest, today: date) -> None:
        self._bundle, self._manifest, self._today = bundle, manifest, today
        users_whole = Mode.DELTA not in (manifest.mode(USERS), manifest.mode(_ROLES))
        self.directory = Directory(
            source="oneroster",
            relations_in=USERS,
            users_whole=users_whole and manifest.mode(USERS) is Mode.BULK,
            enrolments_whole=manifest.mode(ENROLMENTS) is Mode.BULK,
            carries_births=manifest.mode(_DEMOGRAPHICS) is Mode.BULK,
        )
        self._roles_apart = manifest.mode(_ROLES) is not Mode.ABSENT

    def read(self) -> None:
        self._orgs()
        self._sessions()
        self._classes()
        self._users()
        self._roles()
        self._demographics()
        self._enrolments()

    def _rows(
        self, name: str, columns: Sequence[str], optional: Sequence[str] = (), **aliases: str
    ) -> Iterator[tuple[RowCheck, int, bool, tuple[str, ...]]]:
        """The checks, line, whether the row says that it is gone, and cells behind ``sourcedId``."""
        if self._manifest.mode(name) is Mode.ABSENT:
            return
        table = self._bundle.table(name, ("sourcedId", "status", *columns), optional, {**_ALIASES, **aliases})
        check, lines, left_out = RowCheck(table, self._today), dict[str, int](), 0
        for line, (identity, status, *cells) in table.rows():
            if not check.id(line, "sourcedId", identity):
                continue
            if identity in lines:
                message = f"sourcedId {identity} stands on line {lines[identity]} too; ids must differ"
                check.wrong(line, "sourcedId", "", message)
                continue
            lines[identity] = line
            gone = _GONE.get(status.casefold())
            if gone is None:
                message = f"status is {status!r}; known are active and tobedeleted. Are the columns shifted?"
                check.wrong(line, "status", "word", message)
                continue
            left_out += gone
            yield check, line, gone, (identity, *cells)
        if left_out:
            table.findings.remark(f"rows that are marked inactive or tobedeleted: {left_out}")

    def _orgs(self) -> None:
        for _, _, gone, (identity, name, kind, parent) in self._rows(
            ORGS, ("name", "type"), ("parentSourcedId",)
        ):
            if not gone:
                self.directory.orgs[identity] = Org(name=name, kind=kind.casefold(), parent=parent)

    def _sessions(self) -> None:
        for check, line, gone, (identity, starts, ends) in self._rows(_SESSIONS, ("startDate", "endDate")):
            if not gone:
                since, until = day(check, line, "startDate", starts), day(check, line, "endDate", ends)
                self.directory.terms[identity] = Term(since=since, until=until)

    def _classes(self) -> None:
        for _, line, gone, (identity, title, org, terms) in self._rows(
            CLASSES, ("title", "schoolSourcedId"), ("termSourcedIds",)
        ):
            if gone:
                self.directory.gone_classes[identity] = title
            else:
                self.directory.classes[identity] = SchoolClass(
                    title=title, org=org, terms=listed(terms), line=line
                )

    def _users(self) -> None:
        columns = ("givenName", "familyName", "email", "agentSourcedIds")
        preferred = ("preferredGivenName", "preferredFamilyName")
        orgs = ("orgSourcedIds", "primaryOrgSourcedId")
        role = () if self._roles_apart else ("role",)
        for check, line, gone, cells in self._rows(USERS, (*columns, *role), (*preferred, *orgs)):
            identity, given, family, email, agents, *roles, own_given, own_family, within, primary = cells
            if gone:
                self.directory.gone_people.add(identity)
                continue
            person = Person(
                id=identity,
                first_name=first_filled((own_given, given)),
                last_name=first_filled((own_family, family)),
                email=email,
                line=line,
                orgs={*listed(within), *listed(primary)},
            )
            check.name(line, "givenName", given)
            check.name(line, "familyName", family)
            for each in roles:
                part = part_of(check, line, "role", each, _PARTS)
                person.has_role = True
                person.parts.update({part} if part else ())
            self.directory.people[identity] = person
            self.directory.relations.extend(
                Relation(one=identity, other=agent, line=line) for agent in listed(agents)
            )

    def _roles(self) -> None:
        if not self._roles_apart:
            return
        lost, held = set[str](), set[str]()
        for check, line, gone, (_, user, role, begins, ends, org) in self._rows(
            _ROLES, ("userSourcedId", "role"), ("beginDate", "endDate", "orgSourcedId")
        ):
            part = part_of(check, line, "role", role, _PARTS)
            since, until = day(check, line, "beginDate", begins), day(check, line, "endDate", ends)
            if gone or (until and until <= self._today):
                lost.update([user] if part in (Part.PUPIL, Part.PARENT) else ())
                if part and not gone:
                    message = f"the role {role} of {user} ended on {until}, before today"
                    self._bundle.findings(_ROLES).remark(message, line=line, kind="over")
            elif since and since > self._today:
                message = f"the role {role} of {user} begins on {since} and doesn't count before"
                self._bundle.findings(_ROLES).remark(message, line=line, kind="early")
            else:
                held.update([user] if part else ())
                self._take_role(check, line, user, part, org)
        self.directory.gone_people |= lost - held

    def _take_role(self, check: RowCheck, line: int, user: str, part: Part | None, org: str) -> None:
        person = self.directory.people.get(user)
        if person is not None:
            person.has_role |= part in (Part.PUPIL, Part.PARENT)
            person.parts.update({part} if part else ())
            person.orgs.update(listed(org))
        elif self.directory.users_whole and user not in self.directory.gone_people:
            check.wrong(line, "userSourcedId", "unknown", f"user {user!r} is not in {USERS}")

    def _demographics(self) -> None:
        for check, line, gone, (user, born) in self._rows(
            _DEMOGRAPHICS, ("birthDate",), userSourcedId="sourcedId"
        ):
            person = self.directory.people.get(user)
            if person is not None and not gone:
                person.birth_date = birthday(check, line, "birthDate", born)

    def _enrolments(self) -> None:
        for check, line, gone, (_, school_class, user, role, begins, ends) in self._rows(
            ENROLMENTS, ("classSourcedId", "userSourcedId", "role"), ("beginDate", "endDate")
        ):
            part = part_of(check, line, "role", role, _PARTS)
            since, until = day(check, line, "beginDate", begins), day(check, line, "endDate", ends)
            if since and until and until <= since:
                message = f"endDate {until} (the first day no longer there) isn't after beginDate {since}"
                check.wrong(line, "endDate", "order", message)
            elif part in (Part.PUPIL, Part.TEACHER):
                self.directory.memberships.append(
                    Membership(
                        user=user,
                        school_class=school_class,
                        part=part,
                        since=since,
                        until=until,
                        line=line,
                        gone=gone,
                    )
                )
