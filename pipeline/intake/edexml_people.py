"""From what EDEXML says of people and groups to records: names put together, keys followed, dates checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from pipeline.intake.fields import Addresses, iso_date
from pipeline.intake.records import EnrolmentRecord, PupilRecord, Roster, StaffRecord
from pipeline.intake.text import WHOLE_SCHOOL, Findings, clean, match_name
from pipeline.model import Role

_XML_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(Z|[+-]\d{2}:\d{2})?\Z", re.ASCII)  # xs:date may have an offset


@dataclass(slots=True)
class RawGroup:
    kind: str  #: groep or samengestelde_groep; keys are told apart by it
    key: str
    line: int
    texts: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class RawPerson:
    key: str
    line: int
    texts: dict[str, str] = field(default_factory=dict)
    groups: list[tuple[str, str, int]] = field(default_factory=list)  #: kind, key, line

    def refer(self, kind: str, key: str, line: int) -> None:
        self.groups.append((kind, key, line))


@dataclass(slots=True)
class RawSchool:
    line: int = 0  #: 0 until <school> was seen
    texts: dict[str, str] = field(default_factory=dict)
    groups: list[RawGroup] = field(default_factory=list)
    pupils: list[RawPerson] = field(default_factory=list)
    teachers: list[RawPerson] = field(default_factory=list)


def people(school: RawSchool, file: str, findings: Findings) -> Roster:
    """The records. Raises `BadInput` with every mistake."""
    reader = _People(findings)
    reader.version(school)
    reader.take_groups(school.groups)
    pupils = tuple(reader.pupils(school.pupils))
    staff = tuple(reader.staff(school.teachers))
    findings.settle()
    return Roster(
        source="edexml",
        file=file,
        pupils=pupils,
        groups=tuple(reader.names.values()),
        enrolments=tuple(reader.enrolments),
        staff=staff,
        carries_parents=False,
        remarks=findings.remarks,
    )


class _People:
    def __init__(self, findings: Findings) -> None:
        self._findings, self._addresses = findings, Addresses()
        self.names: dict[tuple[str, str], str] = {}  #: kind and key -> name
        self.enrolments: list[EnrolmentRecord] = []

    def version(self, school: RawSchool) -> None:
        said = school.texts.get("xsdversie", "").strip()
        if not school.line:
            self._findings.problem(
                "the part <school> is missing, so this is no whole EDEXML; export it again"
            )
        elif not said:
            self._findings.remark("the file doesn't say its version; read as EDEXML 2.1", line=school.line)
        elif said not in ("2.0", "2.1"):
            message = (
                f"this is EDEXML {said[:20]}; versions 2.0 and 2.1 are read: choose one of them in the export"
            )
            self._findings.problem(message, line=school.line)

    def take_groups(self, groups: list[RawGroup]) -> None:
        lines: dict[str, int] = {}
        for group in groups:
            name = self._text(group.texts, "naam")
            same = match_name(name)
            if not group.key or not name:
                self._findings.problem("this group lacks a key or a name (naam)", line=group.line)
            elif (group.kind, group.key) in self.names:
                self._findings.problem(f"a group with the key {group.key!r} stood before", line=group.line)
            elif same == WHOLE_SCHOOL:
                message = (
                    "a group cannot be called 'school': posts use that word for everybody; rename the group"
                )
                self._findings.problem(message, line=group.line)
            elif same in lines:
                message = (
                    f"group {name!r} is called as the one on line {lines[same]}; give each a name of its own"
                )
                self._findings.problem(message, line=group.line)
            self.names.setdefault((group.kind, group.key), name)
            lines.setdefault(same, group.line)

    def pupils(self, raw: list[RawPerson]) -> Iterator[PupilRecord]:
        if not raw:
            self._findings.problem(
                "the file has no pupils (leerlingen): importing it would end every enrolment"
            )
        for person in self._distinct(raw, "pupil"):
            first, last = self._first_name(person), self._last_name(person)
            if not (first or last):
                self._findings.problem(f"pupil {person.key} has no name", line=person.line)
            self._enrol(person)
            yield PupilRecord(
                id=clean(person.key)[0],
                first_name=first,
                last_name=last,
                birth_date=self._date(person, "geboortedatum"),
                line=person.line,
            )

    def staff(self, raw: list[RawPerson]) -> Iterator[StaffRecord]:
        for person in self._distinct(raw, "teacher"):
            name = " ".join(filter(None, (self._first_name(person), self._last_name(person))))
            if not name:
                self._findings.problem(f"teacher {person.key} has no name", line=person.line)
            yield StaffRecord(
                id=clean(person.key)[0],
                name=name,
                email=self._email(person),
                role=Role.TEACHER,
                groups=tuple(self._groups(person)),
                line=person.line,
            )

    def _distinct(self, raw: list[RawPerson], what: str) -> Iterator[RawPerson]:
        lines: dict[str, int] = {}
        for person in raw:
            if not person.key:
                self._findings.problem(f"this {what} has no key", line=person.line)
            elif person.key in lines:
                message = f"{what} {person.key} stands on line {lines[person.key]} too; keys must differ"
                self._findings.problem(message, line=person.line)
            else:
                lines[person.key] = person.line
                yield person

    def _enrol(self, person: RawPerson) -> None:
        since, last_day = self._date(person, "instroomdatum"), self._date(person, "uitstroomdatum")
        until = last_day + timedelta(days=1) if last_day else None
        if since and until and until <= since:
            message = f"pupil {person.key} leaves (uitstroomdatum {last_day}) before coming ({since})"
            self._findings.problem(message, line=person.line)
        groups = list(self._groups(person))
        for group in groups:
            record = EnrolmentRecord(
                pupil=clean(person.key)[0], group=group, since=since, until=until, line=person.line
            )
            self.enrolments.append(record)
        if not groups:
            self._findings.remark(f"pupil {person.key} is in no group", line=person.line)

    def _groups(self, person: RawPerson) -> Iterator[str]:
        for kind, key, line in dict.fromkeys(person.groups):
            if (kind, key) in self.names:
                yield self.names[kind, key]
            else:
                self._findings.problem(f"{kind} {key!r} is not among the groups of this file", line=line)

    def _first_name(self, person: RawPerson) -> str:
        found = (self._text(person.texts, name) for name in ("roepnaam", "voornamen", "voorletters-1"))
        return next(filter(None, found), "")

    def _last_name(self, person: RawPerson) -> str:
        parts = (self._text(person.texts, name) for name in ("voorvoegsel", "achternaam"))
        return " ".join(filter(None, parts))

    def _text(self, texts: dict[str, str], name: str) -> str:
        return clean(texts.get(name, ""))[0]

    def _date(self, person: RawPerson, name: str) -> date | None:
        text = self._text(person.texts, name)
        if not text:
            return None
        found = _XML_DATE.match(text)
        day = iso_date(found[1]) if found else None
        if day is None:
            message = f"{name} of {person.key} is {text[:40]!r}, which is no date such as 2015-06-21"
            self._findings.problem(message, line=person.line)
        return day

    def _email(self, person: RawPerson) -> str:
        text = self._text(person.texts, "emailadres")
        address, why = self._addresses.check(text) if text else (None, "")
        if text and address is None:
            message = f"{text!r} of teacher {person.key} is no e-mail address and counts as empty: {why}"
            self._findings.remark(message, line=person.line)
        return address or ""
