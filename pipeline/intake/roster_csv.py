"""roster.csv: one row per pupil and parent, as contract.md lists its columns."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path

from pipeline.intake.fields import Addresses, choices, iso_date, language_tag
from pipeline.intake.records import EnrolmentRecord, LinkRecord, ParentRecord, PupilRecord, Roster
from pipeline.intake.roster_check import COLUMNS, RowCheck
from pipeline.intake.table import Table
from pipeline.intake.text import WHOLE_SCHOOL, Findings, match_name
from pipeline.model import Channel

MAX_ROWS = 120_000  #: a school of ten thousand pupils with two parents and three groups each has half

_ACCESS = {"": False, "yes": False, "blocked": True}
_CHANNELS = {"": Channel.NEWSLETTER} | {channel.value: channel for channel in Channel}
_FIXED_WORDS = {"yes", "blocked", *(channel.value for channel in Channel)}


def read_roster_csv(path: Path, *, today: date) -> Roster:
    """The people in ``path``. Raises `BadInput` with every mistake in it; ``today`` bounds birth dates."""
    return read_rows(Table(path, COLUMNS, findings=Findings(str(path)), limit=MAX_ROWS), path, today=today)


def read_rows(table: Table, path: Path, *, today: date) -> Roster:
    """The people in the rows of ``table``, whose columns are `COLUMNS`. Raises `BadInput` as above."""
    findings, check = table.findings, RowCheck(table, today)
    pupils, enrolments, parents = _Pupils(check), _Enrolments(check), _Parents(check)
    for line, cells in table.rows():
        pupils.row(line, cells[:4])
        enrolments.row(line, (cells[0], *cells[4:7]))
        if any(cells[7:]):
            parents.row(line, cells[7:12])
            parents.link(line, cells[7], cells[0], cells[12])
    if not table.count and not findings.failed:
        findings.problem("the file has no rows, only a header: a roster without pupils would end everything")
    findings.settle(table.count)
    _remark_on_loose_pupils(pupils, enrolments, parents, findings)
    return Roster(
        source="csv",
        file=str(path),
        pupils=tuple(pupils.records.values()),
        groups=tuple(enrolments.groups.values()),
        enrolments=tuple(each for stints in enrolments.records.values() for each in stints),
        parents=tuple(parents.records.values()),
        links=tuple(parents.links.values()),
        remarks=findings.remarks,
    )


class _Pupils:
    def __init__(self, check: RowCheck) -> None:
        self._check = check
        self._seen: set[tuple[str, ...]] = set()
        self.records: dict[str, PupilRecord] = {}

    def row(self, line: int, cells: tuple[str, ...]) -> None:
        """Take one row's pupil; cells that an earlier row had, as most do, are one look-up."""
        if cells not in self._seen and self._right(line, cells):
            record = PupilRecord(
                id=cells[0], first_name=cells[1], last_name=cells[2], birth_date=iso_date(cells[3]), line=line
            )
            known = self.records.setdefault(record.id, record)
            if known is record or replace(record, line=known.line) == known:
                self._seen.add(cells)
            else:
                self._disagree(known, record)

    def _right(self, line: int, cells: tuple[str, ...]) -> bool:
        check, (identity, first, last, birth) = self._check, cells
        right = [
            check.id(line, "pupil_id", identity),
            check.name(line, "pupil_first_name", first),
            check.name(line, "pupil_last_name", last),
            check.birth(line, "pupil_birth_date", birth),
        ]
        if not first and not last:
            message = "this pupil has neither a first nor a last name; give at least one"
            right.append(check.wrong(line, "pupil_first_name", "nameless", message))
        return all(right)

    def _disagree(self, known: PupilRecord, other: PupilRecord) -> None:
        for field in ("first_name", "last_name", "birth_date"):
            one, two = getattr(known, field), getattr(other, field)
            if one != two:
                message = _differs("pupil", other.id, known.line, one, two)
                self._check.wrong(other.line, f"pupil_{field}", "", message)


class _Enrolments:
    def __init__(self, check: RowCheck) -> None:
        self._check = check
        self._seen: set[tuple[str, ...]] = set()
        self.groups: dict[str, str] = {}  #: as compared -> as first written
        self._spellings: set[str] = set()
        self.records: dict[tuple[str, str], list[EnrolmentRecord]] = defaultdict(list)

    def row(self, line: int, cells: tuple[str, ...]) -> None:
        if cells in self._seen or not self._right(line, cells):
            return
        pupil, name, since, until = cells
        if name:
            group = self._group(line, name)
            record = EnrolmentRecord(
                pupil=pupil, group=group, since=iso_date(since), until=iso_date(until), line=line
            )
            self._add(record, self.records[pupil, match_name(name)])
        self._seen.add(cells)

    def _right(self, line: int, cells: tuple[str, ...]) -> bool:
        check, (_, name, since, until) = self._check, cells
        right = [
            check.name(line, "group", name),
            check.date(line, "enrolled_from", since),
            check.date(line, "enrolled_until", until),
        ]
        if match_name(name) == WHOLE_SCHOOL:
            message = "a group cannot be called 'school': posts use that word for everybody; rename the group"
            right.append(check.wrong(line, "group", "", message))
        if all(right) and since and until and until <= since:
            message = (
                f"enrolled_until {until} (the first day no longer there) isn't after enrolled_from {since}"
            )
            right.append(check.wrong(line, "enrolled_until", "order", message))
        if not name and (since or until):
            message = "there are enrolment dates but no group; fill in the group or empty the dates"
            right.append(check.wrong(line, "group", "groupless", message))
        return all(right)

    def _group(self, line: int, name: str) -> str:
        group = self.groups.setdefault(match_name(name), name)
        if group != name and name not in self._spellings:
            self._spellings.add(name)
            self._check.remark(
                line, "group", f"group {name!r} is the same as {group!r}, as it was written first"
            )
        return group

    def _add(self, record: EnrolmentRecord, others: list[EnrolmentRecord]) -> None:
        for other in others:
            if (record.since, record.until) == (other.since, other.until):
                return
            if record.overlaps(other):
                message = (
                    f"pupil {record.pupil} is in {record.group} {record.span} here and {other.span} on "
                    f"line {other.line}, which overlap; give both rows the same dates, or dates that don't"
                )
                self._check.wrong(record.line, "enrolled_from", "", message)
                return
        others.append(record)


class _Parents:
    def __init__(self, check: RowCheck) -> None:
        self._check, self._addresses = check, Addresses()
        self._seen: set[tuple[str, ...]] = set()
        self.records: dict[str, ParentRecord] = {}
        self.links: dict[tuple[str, str], LinkRecord] = {}

    def row(self, line: int, cells: tuple[str, ...]) -> None:
        if cells in self._seen or not self._right(line, cells):
            return
        identity, name, email, language, channel = cells
        record = ParentRecord(
            id=identity,
            name=name,
            address=self._address(line, email),
            language=language_tag(language) or "",
            channel=_CHANNELS[channel.lower()],
            line=line,
        )
        known = self.records.setdefault(identity, record)
        if known is record or replace(record, line=known.line) == known:
            self._seen.add(cells)
        else:
            self._disagree(known, record)

    def link(self, line: int, parent: str, pupil: str, access: str) -> None:
        """Take one row's link; among rows about the same link blocked wins."""
        blocked = _ACCESS.get(access.lower())
        if blocked is None:
            message = f"access is {access!r}; write yes or blocked, or leave it empty for yes"
            self._check.wrong(line, "access", "word", message)
            return
        known = self.links.get((parent, pupil))
        if known and known.blocked != blocked:
            message = (
                f"parent {parent} is blocked for pupil {pupil} here or on line {known.line}: blocked counts"
            )
            self._check.remark(line, "access", message)
        if known is None or (blocked and not known.blocked):
            self.links[parent, pupil] = LinkRecord(parent=parent, pupil=pupil, blocked=blocked, line=line)

    def _right(self, line: int, cells: tuple[str, ...]) -> bool:
        check, (identity, name, email, language, channel) = self._check, cells
        right = [check.id(line, "parent_id", identity), check.name(line, "parent_name", name)]
        if not name:
            right.append(check.wrong(line, "parent_name", "empty", "this parent has no name; give one"))
        if email.lower() in _FIXED_WORDS or (len(email) == 2 and language_tag(email)):
            message = f"parent_email is {email!r}; are the columns shifted?"
            right.append(check.wrong(line, "parent_email", "shift", message))
        if language and (language_tag(language) is None or language.lower() in _FIXED_WORDS):
            message = f"language is {language!r}; write a code such as nl or en, or leave it empty"
            right.append(check.wrong(line, "language", "tag", message))
        if channel.lower() not in _CHANNELS:
            message = f"channel is {channel!r}; write {choices(Channel)}, or leave it empty for newsletter"
            right.append(check.wrong(line, "channel", "word", message))
        return all(right)

    def _address(self, line: int, email: str) -> str | None:
        if not email:
            return None
        address, why = self._addresses.check(email)
        if address is None:
            self._check.remark(
                line, "parent_email", f"{email!r} is no e-mail address and counts as empty: {why}"
            )
        return address

    def _disagree(self, known: ParentRecord, other: ParentRecord) -> None:
        for field, column in (
            ("name", "parent_name"),
            ("address", "parent_email"),
            ("language", "language"),
            ("channel", "channel"),
        ):
            one, two = getattr(known, field), getattr(other, field)
            if one != two:
                message = _differs("parent", other.id, known.line, one, two)
                self._check.wrong(other.line, column, "", message)


def _differs(who: str, identity: str, line: int, one: object, two: object) -> str:
    return (
        f"{who} {identity} has {_shown(two)} here and {_shown(one)} on line {line}; "
        "make the rows agree, or give two people two ids"
    )


def _shown(value: object) -> str:
    return repr(str(value)) if value else "nothing"


def _remark_on_loose_pupils(
    pupils: _Pupils, enrolments: _Enrolments, parents: _Parents, findings: Findings
) -> None:
    enrolled = {pupil for pupil, _ in enrolments.records}
    linked = {pupil for _, pupil in parents.links}
    for pupil in pupils.records.values():
        if pupil.id not in enrolled:
            findings.remark(f"pupil {pupil.id} is in no group", line=pupil.line)
        if pupil.id not in linked:
            findings.remark(f"pupil {pupil.id} has no parent in this file", line=pupil.line)
