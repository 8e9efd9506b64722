"""Putting a school calendar into the store: what is new, what changed, and what is off now."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from pipeline.facts import Facts
from pipeline.intake.calendar_entries import CalendarRecord
from pipeline.intake.calendar_ics import ReadCalendar
from pipeline.intake.text import clean, match_name
from pipeline.model import Purpose, RunKind, School, Window
from pipeline.occasions import Occasion
from pipeline.problems import BadInput, Problem
from pipeline.store import tables as t
from pipeline.store.database import Database, lock_school, raise_policy
from pipeline.store.snapshot import load_as_it_stands
from pipeline.text_rules import entry_findings

#: More than half of so many or more to come: the file is probably another calendar's.
_MANY = 6


@dataclass(kw_only=True, slots=True)
class CalendarSummary:
    new: int = 0
    changed: int = 0
    ended: int = 0
    same: int = 0
    held: list[Problem] = field(default_factory=list)  #: what parents are not shown (rules 12 to 14)
    remarks: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Which calendar of the school a file is, and for whom."""

    name: str
    groups: tuple[str, ...]  #: names; empty for the whole school
    force: bool = False  #: also for others than before, and if most of it would end


def name_of(path: Path) -> str:
    """A calendar is called as its file is, without the number of a second download."""
    name, _ = clean(re.sub(r" ?\(\d+\)$", "", path.stem))
    return name or "calendar"


def import_calendar(
    database: Database,
    school: School,
    read: ReadCalendar,
    target: Target,
    *,
    now: datetime,
    dry_run: bool = False,
) -> CalendarSummary:
    """The same file a second time changes nothing. Raises `BadInput`, having changed nothing."""
    with database.write() as connection:
        lock_school(connection, school.key)
        with connection.begin_nested() as trial:
            summary = _Importer(connection, school, read, target, now).write()
            if dry_run:
                trial.rollback()
    return summary


class _Importer:
    def __init__(
        self, connection: Connection, school: School, read: ReadCalendar, target: Target, now: datetime
    ) -> None:
        self._connection, self._school, self._now = connection, school, now
        self._read, self._target = read, target
        self._summary = CalendarSummary(remarks=list(read.remarks))

    def write(self) -> CalendarSummary:
        groups = self._group_keys()
        calendar, moved = self._calendar(groups)
        standing = self._standing(calendar)
        rows = _matched(self._read.entries, standing)
        for entry in self._read.entries:
            self._write(calendar, entry, rows.get(entry.uid))
        self._end(self._off(standing, rows))
        self._search(groups)
        told = self._summary
        if moved or told.new or told.changed or told.ended:
            raise_policy(self._connection, self._school.key)
        return told

    def _search(self, groups: frozenset[int]) -> None:
        """Tell what the agenda will leave out; whether it does is found out anew for each newsletter."""
        now, purpose = self._now, Purpose.MAIL
        window = Window(kind=RunKind.WEEKLY, key="", since=now, until=now, at=now)
        facts = Facts(load_as_it_stands(self._connection, self._school, (), purpose, now), window)
        for title, location in dict.fromkeys((each.title, each.location) for each in self._read.entries):
            found = entry_findings(facts, title, location, groups)
            if found:
                words = ", ".join(dict.fromkeys(f'"{each.words}"' for each in found))
                message = (
                    f"{title!r} is not shown to parents: {words} names a child without consent, is personal"
                    " or coarse; change it where the calendar is kept, and import it again"
                )
                self._summary.held.append(Problem(file=self._read.file, message=message))

    def _refuse(self, message: str) -> BadInput:
        return BadInput([Problem(file=self._read.file, message=message)])

    def _group_keys(self) -> frozenset[int]:
        c = t.group.c
        rows = self._connection.execute(
            select(c.id, c.match, c.name).where(c.school_id == self._school.key)
        ).all()
        known = {row.match: row.id for row in rows}
        for name in self._target.groups:
            if match_name(name) not in known:
                near = get_close_matches(name, [row.name for row in rows], n=1)
                hint = f"is {near[0]!r} meant?" if near else "import the roster first, or correct --group"
                raise self._refuse(f"there is no group {name!r}; {hint}")
        return frozenset(known[match_name(name)] for name in self._target.groups)

    def _calendar(self, groups: frozenset[int]) -> tuple[int, bool]:
        """Its key, and whether others than before may see it now."""
        c, g = t.calendar.c, t.calendar_group.c
        match = match_name(self._target.name)
        row = self._connection.execute(
            select(t.calendar).where(c.school_id == self._school.key, c.match == match)
        ).first()
        if row is None:
            values = {"school_id": self._school.key, "name": self._target.name, "match": match}
            added = insert(t.calendar).values(**values, to_school=not groups).returning(c.id)
            key = int(self._connection.execute(added).scalar_one())
            self._add_groups(key, groups)
            return key, False
        had = frozenset(self._connection.execute(select(g.group_id).where(g.calendar_id == row.id)).scalars())
        if had == groups:
            return row.id, False
        if not self._target.force:
            raise self._refuse(
                f"the calendar {row.name!r} is for others so far; --force changes that. If this is another"
                " calendar, give it a name of its own with --name"
            )
        self._connection.execute(update(t.calendar).where(c.id == row.id).values(to_school=not groups))
        self._connection.execute(delete(t.calendar_group).where(g.calendar_id == row.id))
        self._add_groups(row.id, groups)
        return row.id, True

    def _add_groups(self, calendar: int, groups: Iterable[int]) -> None:
        if rows := [{"calendar_id": calendar, "group_id": group} for group in sorted(groups)]:
            self._connection.execute(insert(t.calendar_group), rows)

    def _standing(self, calendar: int) -> Sequence[Row[Any]]:
        """All of it that is known, on or off."""
        c = t.calendar_entry.c
        query = select(t.calendar_entry).where(c.calendar_id == calendar)
        return self._connection.execute(query.order_by(c.id)).all()

    def _write(self, calendar: int, entry: CalendarRecord, row: Row[Any] | None) -> None:
        values = _values(entry, self._school)
        c = t.calendar_entry.c
        if row is None:
            if not entry.cancelled:  # what was never on cannot be off
                known = {"school_id": self._school.key, "calendar_id": calendar, "uid": entry.uid}
                row_of = {**known, **values, "file_sequence": entry.sequence}
                self._connection.execute(insert(t.calendar_entry).values(**row_of))
                self._summary.new += 1
            return
        if entry.sequence < row.file_sequence:
            message = f"an older version of {row.title!r} than is known was not used"
            self._summary.remarks.append(Problem(file=self._read.file, message=message))
            return
        if entry.cancelled:  # of what is off the last that was told stays
            values = {"cancelled": True}
        differs = any(getattr(row, name) != value for name, value in values.items())
        identity = {"uid": entry.uid, "file_sequence": entry.sequence}
        sequence = {"sequence": row.sequence + 1} if differs else {}
        self._connection.execute(
            update(t.calendar_entry).where(c.id == row.id).values(**values, **identity, **sequence)
        )
        self._summary.changed += differs
        self._summary.same += not differs

    def _off(self, standing: Sequence[Row[Any]], rows: Mapping[str, Row[Any]]) -> list[Row[Any]]:
        """What the file says is off by having it no more, or by naming its series (METHOD:CANCEL)."""
        live = [row for row in standing if not row.cancelled and row.over > self._now]
        if self._read.cancels:
            series = {entry.series for entry in self._read.entries if entry.uid == entry.series}
            return [row for row in live if row.uid.partition("/")[0] in series and row.uid not in rows]
        kept = {row.id for row in rows.values()}
        off = [row for row in live if row.id not in kept]
        if len(off) >= _MANY and 2 * len(off) > len(live) and not self._target.force:
            raise self._refuse(
                f"{len(off)} of {len(live)} events to come would be off. If that is so, add --force; if"
                " this is another calendar, give it a name of its own with --name"
            )
        return off

    def _end(self, off: Sequence[Row[Any]]) -> None:
        c = t.calendar_entry.c
        keys = [row.id for row in off]
        if keys:
            gone = {"cancelled": True, "sequence": c.sequence + 1}
            self._connection.execute(update(t.calendar_entry).where(c.id.in_(keys)).values(**gone))
        self._summary.ended = len(keys)


def _matched(entries: Sequence[CalendarRecord], standing: Sequence[Row[Any]]) -> dict[str, Row[Any]]:
    """Entry -> its row: by its id, or, since some programs give new ids with every export, by what it is."""
    by_uid = {row.uid: row for row in standing}
    found = {entry.uid: by_uid[entry.uid] for entry in entries if entry.uid in by_uid}
    taken = {row.id for row in found.values()}
    alike = {(row.starts, row.ends, row.title): row for row in standing if row.id not in taken}
    for entry in entries:
        if entry.uid not in found and (row := alike.pop((entry.starts, entry.ends, entry.title), None)):
            found[entry.uid] = row
    return found


def _occasion(entry: CalendarRecord) -> Occasion:
    return Occasion(
        title=entry.title,
        starts=entry.starts,
        ends=entry.ends,
        location=entry.location,
        all_day=entry.all_day,
    )


def _values(entry: CalendarRecord, school: School) -> dict[str, Any]:
    return {
        "title": entry.title,
        "location": entry.location,
        "starts": entry.starts,
        "ends": entry.ends,
        "over": _occasion(entry).over(school.zone),
        "all_day": entry.all_day,
        "cancelled": entry.cancelled,
    }
