"""Those who work on one run: what they know of the relay, what they may send, how long to wait."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row

from pipeline.deliver import Relay, deliver
from pipeline.desk import Now, RunDesk
from pipeline.due_runs import SchoolDue
from pipeline.model import RunKind, Snapshot
from pipeline.office import Office, no_log
from pipeline.report import waits_words
from pipeline.settings import Settings, school_value
from pipeline.store.journal import StoreJournal
from pipeline.store.outbox_rows import Outlook
from pipeline.store.relay_health import RelayHealth
from pipeline.store.run_rows import RunRows
from pipeline.store.workers import Worker
from pipeline.waiting import GLANCE, Stop

if TYPE_CHECKING:  # making mail takes libraries that most commands can do without
    from pipeline.making import Maker


class Crew:
    """What works on one run in this process, for as long as one call of `run` lasts."""

    def __init__(
        self,
        office: Office,
        school: SchoolDue,
        row: Row[Any],
        worker: Worker,
        *,
        stop: Stop,
        known: Snapshot | None,
        progress: Callable[[int, int], None],
        overtaken: Callable[[], Awaitable[bool]],
    ) -> None:
        """``known``: what the run was made of, if that is known. ``overtaken``: whether another run should go
        first, which is asked whenever decisions have moved, and every few seconds."""
        self._office, self._due, self._progress, self._clock = office, school, progress, office.clock
        self._told, self._school, self._digest = school.told, school.school, ""
        maker: Maker = office.maker(school.told, school.school)
        self.rows = RunRows(office.database, row, worker, maker.languages, office.clock, known)
        self._to = office.settings.relay_of(school.told)
        self._budget = office.budget(self._to, urgent=row.kind == RunKind.URGENT)
        self._relay: Relay = office.relay(self._to)
        self.health = RelayHealth(office.database, self._to.url, office.clock)
        self.desk = RunDesk(self.rows, maker.press, self._now, given=self._count, overtaken=overtaken)
        self._journal = self._new_journal(row, worker)
        self._stop = stop
        self._settings: Settings | None = None  # what the two above were taken from
        self._open = self._given = 0
        #: Whether the last round of work brought the run nearer to its end.
        self.progressing = False

    def _new_journal(self, row: Row[Any], worker: Worker) -> StoreJournal:
        office = self._office
        return StoreJournal(
            office.database,
            school=self._school.key,
            worker=worker.number,
            relay=self._to.url,
            budget=self._budget,
            clock=office.clock,
            jitter=office.jitter,
            rules=self._rules,
            run=row.id,
            log=None if office.log is no_log else office.log,
        )

    def _count(self) -> None:
        self._given += 1
        self._progress(self._given, max(self._open, self._given))

    def _now(self) -> Now:
        """The settings file as it stands at this moment: a changed rule counts before hand-over (rule 16)."""
        settings = self._office.settings
        if settings is not self._settings:
            # A school that was taken out of the file meanwhile keeps the rules it had.
            self._told = next((each for each in settings.schools if each.id == self._told.id), self._told)
            self._school = school_value(self._told, self._school.key)
            self._digest = settings.rules_digest(self._told)
            self._settings = settings  # last: the journal's thread asks too
        return Now(at=self._due.at(self._told), school=self._school, digest=self._digest)

    def _rules(self) -> tuple[str, date]:
        now = self._now()
        return now.digest, now.today

    @property
    def overtaken(self) -> bool:
        """Whether it stopped because another run should go first."""
        return self.desk.overtaken

    def close(self) -> bool:
        """Close the run if nothing is open; whether it is closed now."""
        return self.rows.close()

    async def work(self) -> timedelta | None:
        """Send what is due now; how long until more can be done, None when that is not soon."""
        self._stop.then(self.desk.stop)
        self.desk.overtaken = False
        self.health.look()
        can_send = self._blocked_until() is None
        if can_send:  # what cannot go yet is nobody's, and costs nothing
            await self.desk.fill()
        before = self._open = self.rows.outlook().open
        lanes = min(self._to.connections, max(before, 1))
        if can_send and not self.desk.empty():
            await deliver(self.desk, self._journal, self._relay, self.health, connections=lanes)
        look = self.rows.outlook()
        self._open, self.progressing = look.open, look.open < before
        return self._until_more(look)

    def _blocked_until(self) -> datetime | None:
        """When the relay may be tried again and has room; None for now. A closed one is not even dialled."""
        times = (self.health.opens_at(), self.health.room_at(self._budget))
        return max((time for time in times if time), default=None)

    def _until_more(self, look: Outlook) -> timedelta | None:
        if not look.open:
            return timedelta(0)
        if self.health.hopeless or self.desk.stopped or self.rows.run.kind == RunKind.FEED:
            return None  # what stands open in the app's feed must never become a mail
        if blocked := self._blocked_until():
            return max(blocked - self._clock(), timedelta(0))
        if look.next_try_at is not None and not look.claimed_by_others:
            return max(look.next_try_at - self._clock(), timedelta(0))
        return GLANCE

    def trouble(self) -> str:
        why = self.health.hopeless or self.health.trouble or "the relay answered that it cannot take them now"
        if self._stop.asked:
            why = "it was asked to stop"
        elif not self.health.hopeless and (at := self.health.day_opens_at(self._budget)):
            words = waits_words(self._open, at.astimezone(self._told.zone))
            return f"{self._told.id} {self.rows.run.key}: {words}"
        return f"{self._told.id} {self.rows.run.key}: {self._open} still queued; {why}"

    def leave(self) -> None:
        self._journal.close()
