"""The whole flow on one page: what is most pressing first; make what is due, deliver, close.

Safe to call as often as anyone likes, from cron and the daemon at once: what is due is computed
from the calendar and from which runs exist, and the rows decide who sends what.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from pipeline.crew import Crew
from pipeline.due_runs import Made, SchoolDue, window_of as window_of, worth_a_look
from pipeline.model import RunKind, Snapshot
from pipeline.office import Office
from pipeline.schedule import Refusal, RefusalReason
from pipeline.settings import SchoolSettings
from pipeline.store import retention, runs
from pipeline.store.run_count import check_count
from pipeline.store.workers import Worker, at_work
from pipeline.telling import tell, worth_telling
from pipeline.waiting import PATIENCE, Patience, Stop

#: A picture that no row knows by then was left behind by an import that was killed.
_ORPHAN_AGE = timedelta(days=1)
#: Runs of different kinds go in this order, each before any mail of the next.
_ORDER = tuple(RunKind)


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
    week: str | None = None  #: only that newsletter
    at: Callable[[SchoolSettings], datetime]  #: the calendar's now
    progress: Callable[[int, int], None] = lambda done, of: None
    told: Told = field(default_factory=Told)
    stop: Stop = field(default_factory=Stop)
    patience: timedelta = PATIENCE  #: for retries, all in all
    tidy: bool = True  #: delete what is past its term, too (rule 20)


def run(call: Call) -> Told:
    """Do what is due. Raises `NotDue` and `Restored` before anything is done, and `DatabaseTrouble` losing
    nothing."""
    with at_work(call.office.database, call.office.clock()) as worker:
        asyncio.run(_run(call, worker))
    return call.told


async def _run(call: Call, worker: Worker) -> None:
    office = call.office
    with call.stop.listening():
        check_count(office.database, office.settings.media)
        work = _Work(call, worker)
        work.refuse_early()
        try:
            while not call.stop.asked and await work.step():
                pass
            await work.tell()
        finally:
            work.leave()
        work.end()


class _Work:
    """One call's work, step by step, what is most pressing first.

    A fault with one school keeps no other from its news: it is raised when all had their turn.
    """

    def __init__(self, call: Call, worker: Worker) -> None:
        self._call, self._office, self._worker = call, call.office, worker
        self._patience = Patience(call.stop, call.patience)
        schools = [(told, self._office.school(told)) for told in call.schools]
        self._schools = {
            school.key: SchoolDue(self._office, told, school, call.at) for told, school in schools
        }
        self._unasked = list(self._schools)  # whether their newsletter is due, in this call
        self._crews: dict[int, Crew] = {}
        self._resting: dict[int, datetime] = {}  # run -> when more of it can be done
        self._known: dict[int, Snapshot] = {}  # run -> what it was made of
        self._faults: list[Exception] = []
        self._unable: set[int] = set()  # schools whose posts could not be made into runs as they come

    def refuse_early(self) -> None:
        for school in self._schools.values() if self._call.week is not None else ():
            what = school.newsletter(self._call.week)
            if isinstance(what, Refusal) and what.reason is not RefusalReason.EXISTS:
                raise NotDue(f"{school.told.id}: {what.text}")

    async def step(self) -> bool:
        """Make what is ripe, then send of one run, make newsletters, or wait; False when all is done."""
        self._make_as_they_come()
        open_runs, now = self._open_runs(), self._office.clock()
        ready = [row for row in open_runs if self._resting.get(row.id, now) <= now]
        if ready:
            await self._work_on(min(ready, key=_pressing))
            return True
        if self._make_newsletters(open_runs):
            return True
        return bool(open_runs) and await self._rest(open_runs, now)

    async def tell(self) -> None:
        """Staff, of what is new to them; not when one newsletter was asked for."""
        if self._call.stop.asked or self._call.week is not None:
            return
        turns = [(each.told, each.school, each.now) for each in self._schools.values()]
        for key in worth_telling(self._office, turns):
            with self._apart(key):
                due = self._schools[key]
                await tell(
                    self._office,
                    due.told,
                    due.school,
                    self._worker,
                    due.now,
                    stopped=lambda: self._call.stop.asked,
                )

    def leave(self) -> None:
        for crew in self._crews.values():
            crew.leave()

    def end(self) -> None:
        """Nothing is left to do for now."""
        self._call.told.stopped = self._call.stop.asked
        if self._call.tidy and not self._call.stop.asked:
            self._tidy()
        if self._faults:
            raise self._faults[0]

    def _tidy(self) -> None:
        database, media = self._office.database, self._office.settings.media
        retention.sweep_pictures(database, media, self._office.clock() - _ORPHAN_AGE)
        for school in self._schools.values():
            retention.forget_old(database, school.school, school.told.retention, media, school.now)

    # Making.

    def _make_as_they_come(self) -> None:
        if self._call.week is not None:
            return
        able = {key: school for key, school in self._schools.items() if key not in self._unable}
        for key, kinds in worth_a_look(self._office, able).items():
            try:
                self._note_made(self._schools[key].make_as_they_come(kinds))
            except Exception as fault:  # what was made before, and its newsletter, go all the same
                self._unable.add(key)
                self._keep(key, fault)

    def _make_newsletters(self, open_runs: Iterable[Row[Any]]) -> bool:
        """The next one that is due, of a school whose earlier newsletters are done with; whether that brought
        anything.

        One at a time: making a thousand takes minutes, in which nothing urgent went and nobody could stop us.
        """
        busy = {row.school_id for row in open_runs if row.kind == RunKind.WEEKLY}
        for key in [key for key in self._unasked if key in self._schools and key not in busy]:
            self._unasked.remove(key)
            with self._apart(key):
                if made := self._schools[key].make_newsletter(self._call.week):
                    self._note_made([made])
                    return True
        return self._others_made(open_runs)

    def _others_made(self, open_runs: Iterable[Row[Any]]) -> bool:
        """What another process has made since we looked is ours to send too."""
        return {row.id for row in self._open_runs()} > {row.id for row in open_runs}

    def _note_made(self, made: Iterable[Made]) -> None:
        for run, snapshot in made:
            self._known[run] = snapshot
            self._office.log("run_made", run=run, school=snapshot.school.id)

    @contextmanager
    def _apart(self, key: int) -> Iterator[None]:
        try:
            yield
        except Exception as fault:
            if key in self._schools:  # the first fault of a school tells enough
                self._keep(key, fault)
                del self._schools[key]

    def _keep(self, key: int, fault: Exception) -> None:
        fault.add_note(f"while working for {self._schools[key].told.id}")
        self._faults.append(fault)

    # Sending.

    def _open_runs(self) -> list[Row[Any]]:
        """Those that this call has not done with and that may go at this hour; with a week asked for that one
        only, open or not."""
        with self._office.database.read() as connection:
            if self._call.week is None:
                found = runs.open_runs(connection, self._schools)
            else:
                named = (RunKind.WEEKLY, self._call.week)
                asked = (runs.find_run(connection, key, *named) for key in self._schools)
                found = [row for row in asked if row is not None]
        return [row for row in found if row.id not in self._call.told.runs and not self._quiet(row)]

    def _quiet(self, row: Row[Any]) -> bool:
        """Mail that goes as posts come waits for the end of quiet hours, also what the relay did not take in
        time. What is asked of a school that is out of turn goes on."""
        school = self._schools.get(row.school_id)
        return row.kind == RunKind.IMMEDIATE and school is not None and school.quiet

    async def _work_on(self, row: Row[Any]) -> None:
        """Send of one run until nothing is open, nothing can go for a while, or another is more pressing."""
        with self._apart(row.school_id):
            crew = self._crew(row)
            wait = None if crew.close() else await crew.work()
            if crew.close():
                self._done_with(row)
            elif wait is None:
                self._done_with(row, crew.trouble())
            elif not crew.overtaken:
                self._resting[row.id] = self._office.clock() + wait

    def _crew(self, row: Row[Any]) -> Crew:
        if row.id not in self._crews:
            school = self._schools[row.school_id]
            self._crews[row.id] = Crew(
                self._office,
                school,
                row,
                self._worker,
                stop=self._call.stop,
                known=self._known.get(row.id),
                progress=self._call.progress,
                overtaken=lambda: asyncio.to_thread(self._is_overtaken, row),
            )
        return self._crews[row.id]

    def _is_overtaken(self, by: Row[Any]) -> bool:
        """Whether something more pressing than that run has come in, or quiet hours: then it waits."""
        if by.kind == RunKind.URGENT:
            return False
        if self._quiet(by):
            return True
        self._make_as_they_come()
        now = self._office.clock()
        others = (row for row in self._open_runs() if self._resting.get(row.id, now) <= now)
        return any(_pressing(row)[0] < _pressing(by)[0] for row in others)

    async def _rest(self, open_runs: Iterable[Row[Any]], now: datetime) -> bool:
        """Wait a little for what can be done later; or leave it to the next call."""
        resting = sorted(open_runs, key=lambda row: self._resting[row.id])
        first = self._crews[resting[0].id]
        wait = self._resting[resting[0].id] - now
        if not await self._patience.wait(wait, progressing=first.progressing):
            for row in resting:
                self._done_with(row, self._crews[row.id].trouble())
        return True

    def _done_with(self, row: Row[Any], trouble: str | None = None) -> None:
        """With what this call can do for it; what was read for it is let go: there may be a thousand more."""
        self._call.told.runs.append(row.id)
        self._known.pop(row.id, None)
        if crew := self._crews.pop(row.id, None):
            crew.leave()
        if trouble:
            self._call.told.trouble.append(trouble)
        else:
            self._office.log("run_closed", run=row.id)


def _pressing(row: Row[Any]) -> tuple[int, datetime]:
    return _ORDER.index(RunKind(row.kind)), row.until
