"""The whole flow on one page: go on with what is open, make what is due, deliver, close.

Safe to call as often as anyone likes, from cron and the daemon at once: what is due is computed
from the calendar and from which runs exist, and the rows decide who sends what.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from pipeline.deliver import Relay, deliver
from pipeline.desk import Now, RunDesk
from pipeline.making import Maker
from pipeline.model import RunKind, School, Snapshot, Window
from pipeline.office import Office
from pipeline.schedule import Due, Refusal, RefusalReason, due
from pipeline.settings import SchoolSettings, Settings, school_value
from pipeline.store import retention, runs
from pipeline.store.journal import StoreJournal
from pipeline.store.outbox_rows import Outlook
from pipeline.store.relay_health import RelayHealth
from pipeline.store.run_rows import RunRows
from pipeline.store.workers import Worker, at_work
from pipeline.waiting import GLANCE, PATIENCE, Patience, Stop

#: A picture that no row knows by then was left behind by an import that was killed.
_ORPHAN_AGE = timedelta(days=1)


class NotDue(Exception):
    """The week asked for cannot be sent; nothing was (exit status 2)."""


@dataclass(kw_only=True, slots=True)
class Told:
    """What one call of `run` worked on, for its summary and exit status."""

    runs: list[int] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)  #: why something is still queued
    stopped: bool = False  #: asked to end before all was done


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One call of `run`: for which schools and week, by which calendar, watched by whom."""

    office: Office
    schools: tuple[SchoolSettings, ...]
    week: str | None = None
    at: Callable[[SchoolSettings], datetime]  #: the calendar's now
    progress: Callable[[int, int], None] = lambda done, of: None
    told: Told = field(default_factory=Told)
    stop: Stop = field(default_factory=Stop)
    patience: timedelta = PATIENCE  #: for retries, all in all


def run(call: Call) -> Told:
    """Do what is due. Raises `NotDue` before anything is done, and `DatabaseTrouble` losing nothing."""
    with at_work(call.office.database, call.office.clock()) as worker:
        asyncio.run(_run(call, worker))
    return call.told


async def _run(call: Call, worker: Worker) -> None:
    patience = Patience(call.stop, call.patience)
    office = call.office
    with call.stop.listening():
        retention.sweep_pictures(office.database, office.settings.media, office.clock() - _ORPHAN_AGE)
        for told in call.schools:
            _refuse_early(call, told, office.school(told))
        faults = [fault for told in call.schools if (fault := await _apart(call, told, worker, patience))]
    if faults:
        raise faults[0]


async def _apart(call: Call, told: SchoolSettings, worker: Worker, patience: Patience) -> Exception | None:
    """A fault with one school keeps no other from its newsletter: it is raised when all had their turn."""
    try:
        await _run_school(call, told, worker, patience)
    except Exception as fault:
        fault.add_note(f"while working for {told.id}")
        return fault
    return None


async def _run_school(call: Call, told: SchoolSettings, worker: Worker, patience: Patience) -> None:
    office = call.office
    school = office.school(told)
    await _go_on(call, told, school, worker, patience)
    if not call.stop.asked and (made := _make_due(call, told, school)):
        row, snapshot = made
        await _finish(call, told, school, row, worker, patience, snapshot)
    await _go_on(call, told, school, worker, patience)  # with what another process made since we looked
    if call.stop.asked:
        call.told.stopped = True
        return
    retention.forget_old(office.database, school, told.retention, office.settings.media, call.at(told))


def _refuse_early(call: Call, told: SchoolSettings, school: School) -> None:
    if call.week is None:
        return
    what = _what_is_due(call, told, school)
    if isinstance(what, Refusal) and what.reason is not RefusalReason.EXISTS:
        raise NotDue(f"{told.id}: {what.text}")


async def _go_on(
    call: Call, told: SchoolSettings, school: School, worker: Worker, patience: Patience
) -> None:
    """First the open deliveries of earlier runs; with a week asked for, of that one only."""
    with call.office.database.read() as connection:
        if call.week is None:
            open_runs = runs.open_runs(connection, school.key)
        else:
            found = runs.find_run(connection, school.key, RunKind.WEEKLY, call.week)
            open_runs = [found] if found else []
    for row in open_runs:
        if row.id not in call.told.runs and not call.stop.asked:
            await _finish(call, told, school, row, worker, patience)


def _what_is_due(call: Call, told: SchoolSettings, school: School) -> Due | Refusal:
    with call.office.database.read() as connection:
        past = runs.runs_of(connection, school.key, RunKind.WEEKLY)
    return due(call.office.calendar(told), now=call.at(told), past=past, week=call.week)


def _make_due(call: Call, told: SchoolSettings, school: School) -> tuple[Row[Any], Snapshot | None] | None:
    """The run that has just come into being, and what was read for it."""
    what = _what_is_due(call, told, school)
    if isinstance(what, Refusal):
        return None
    office = call.office
    with office.database.write() as connection:
        weekly = (row for row in runs.open_runs(connection, school.key) if row.kind == RunKind.WEEKLY)
        # Not the one that is due: another process may have made it a moment ago and be sending it.
        earlier = [row.id for row in weekly if row.until < what.until]
        runs.give_up_waiting(connection, earlier, office.clock())
    snapshot = office.maker(told, school).make(window_of(what, call.at(told)))
    with office.database.read() as connection:
        row = runs.find_run(connection, school.key, RunKind.WEEKLY, str(what.key))
    return (row, snapshot) if row else None


def window_of(what: Due, at: datetime) -> Window:
    return Window(kind=RunKind.WEEKLY, key=str(what.key), since=what.since, until=what.until, at=at)


async def _finish(
    call: Call,
    told: SchoolSettings,
    school: School,
    row: Row[Any],
    worker: Worker,
    patience: Patience,
    known: Snapshot | None = None,
) -> None:
    """Deliver one run until nothing is open, or nothing can go for a while."""
    call.told.runs.append(row.id)
    crew = _Crew(call, told, school, row, worker, known)
    try:
        while not crew.rows.close():
            wait = await crew.work()
            if wait is None or not await patience.wait(wait, progressing=crew.progressing):
                call.told.trouble.append(crew.trouble())
                return
    finally:
        crew.leave()


class _Crew:
    """What works on one run in this process."""

    def __init__(
        self,
        call: Call,
        told: SchoolSettings,
        school: School,
        row: Row[Any],
        worker: Worker,
        known: Snapshot | None,
    ) -> None:
        office = call.office
        self._call, self._told, self._clock = call, told, office.clock
        maker: Maker = office.maker(told, school)
        self.rows = RunRows(office.database, row, worker, maker.languages, office.clock, known)
        self._budget = office.budget()
        self._connections = office.settings.relay.connections
        self._relay: Relay = office.relay()
        url = office.settings.relay.url
        self.health = RelayHealth(office.database, url, office.clock)
        self.desk = RunDesk(self.rows, maker.press, self._now, given=self._count)
        self._journal = StoreJournal(
            office.database,
            school=school.key,
            worker=worker.number,
            relay=url,
            budget=self._budget,
            clock=office.clock,
            jitter=office.jitter,
            rules=self._rules,
        )
        self._stop = call.stop
        self._stop.then(self.desk.stop)
        self._school, self._digest = school, ""
        self._settings: Settings | None = None  # what the two above were taken from
        self._open = self._given = 0
        #: Whether the last round of work brought the run nearer to its end.
        self.progressing = False

    def _count(self) -> None:
        self._given += 1
        self._call.progress(self._given, max(self._open, self._given))

    def _now(self) -> Now:
        """The settings file as it stands at this moment: a changed rule counts before hand-over (rule 16)."""
        settings = self._call.office.settings
        if settings is not self._settings:
            # A school that was taken out of the file meanwhile keeps the rules it had.
            self._told = next((each for each in settings.schools if each.id == self._told.id), self._told)
            self._school = school_value(self._told, self._school.key)
            self._digest = settings.rules_digest(self._told)
            self._settings = settings  # last: the journal's thread asks too
        return Now(at=self._call.at(self._told), school=self._school, digest=self._digest)

    def _rules(self) -> tuple[str, date]:
        now = self._now()
        return now.digest, now.today

    async def work(self) -> timedelta | None:
        """Send what is due now; how long until more can be done, None when that is not soon."""
        self.health.look()
        await self.desk.fill()
        before = self._open = self.rows.outlook().open
        lanes = min(self._connections, max(before, 1))
        if not self.desk.empty():
            await deliver(self.desk, self._journal, self._relay, self.health, connections=lanes)
        look = self.rows.outlook()
        self._open, self.progressing = look.open, look.open < before
        return self._until_more(look)

    def _until_more(self, look: Outlook) -> timedelta | None:
        if not look.open:
            return timedelta(0)
        if self.health.hopeless or self.desk.stopped:
            return None
        times = [self.health.opens_at(), self.health.room_at(self._budget)]
        if blocked := max((time for time in times if time), default=None):
            return max(blocked - self._clock(), timedelta(0))
        if look.next_try_at is not None and not look.claimed_by_others:
            return max(look.next_try_at - self._clock(), timedelta(0))
        return GLANCE

    def trouble(self) -> str:
        why = self.health.hopeless or self.health.trouble or "the relay answered that it cannot take them now"
        if self._stop.asked:
            why = "it was asked to stop"
        return f"{self._told.id} {self.rows.run.key}: {self._open} still queued; {why}"

    def leave(self) -> None:
        self._journal.close()
