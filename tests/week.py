"""One school's week in this process, its parts replaceable: what `pipeline.run` wires, to be rewired."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from pipeline.deliver import Envelope, Relay, deliver
from pipeline.desk import Clear, Now, Object, RunDesk, object_to
from pipeline.facts import Facts
from pipeline.guard import Guard
from pipeline.making import Maker
from pipeline.model import Policy, School, Window
from pipeline.office import Office, opened
from pipeline.press import Press
from pipeline.rules import Cleared, Open, Selected, clear
from pipeline.run import window_of
from pipeline.schedule import Due, due, parse_at
from pipeline.settings import SchoolSettings
from pipeline.store import runs
from pipeline.store.journal import StoreJournal
from pipeline.store.relay_health import RelayHealth
from pipeline.store.run_rows import RunRows
from pipeline.store.workers import Worker, at_work
from tests.installation import Installation
from tests.scene import AT


@dataclass(frozen=True, kw_only=True, slots=True)
class Week:
    """A run that has been made, and this process as the one that works on it."""

    office: Office
    told: SchoolSettings
    school: School
    maker: Maker
    row: Row[Any]
    worker: Worker
    at: datetime
    window: Window

    @property
    def rows(self) -> RunRows:
        return RunRows(self.office.database, self.row, self.worker, self.maker.languages, self.office.clock)

    def now(self) -> Now:
        digest = self.office.settings.rules_digest(self.told)
        return Now(at=self.at, school=self.school, digest=digest)

    def desk(self, *, press: Any = None, clear: Clear = clear, object_to: Object = object_to) -> RunDesk:
        return RunDesk(self.rows, press or self.maker.press, self.now, clear=clear, object_to=object_to)

    def journal(self, **changed: Any) -> StoreJournal:
        settings: dict[str, Any] = {
            "school": self.school.key,
            "worker": self.worker.number,
            "relay": "test",
            "budget": self.office.budget(self.office.settings.relay),
            "clock": self.office.clock,
            "jitter": self.office.jitter,
        }
        return StoreJournal(self.office.database, **{**settings, **changed})

    def deliver(self, relay: Relay, desk: RunDesk | None = None, *, connections: int = 2) -> None:
        """Send all that is due now."""
        journal = self.journal()
        health = RelayHealth(self.office.database, "test", self.office.clock)
        try:
            asyncio.run(deliver(desk or self.desk(), journal, relay, health, connections=connections))
        finally:
            journal.close()

    def another_press(self) -> Press:
        return self.office.maker(self.told, self.school).press


@contextmanager
def week_made(installation: Installation) -> Iterator[Week]:
    """Make the week's run of the only school; nothing of it is sent yet."""

    def this_week(office: Office, told: SchoolSettings) -> Window:
        at = parse_at(AT, told.zone)
        what = due(office.calendar(told), now=at, past=[], week=None)
        assert isinstance(what, Due)
        return window_of(what, at)

    with run_made(installation, this_week) as made:
        yield made


@contextmanager
def run_made(
    installation: Installation, window_in: Callable[[Office, SchoolSettings], Window]
) -> Iterator[Week]:
    """Make a run of any kind of the only school; nothing of it is sent yet."""
    with opened(installation.config, {}) as office, at_work(office.database, office.clock()) as worker:
        told = office.settings.school(None)
        school, window = office.school(told), window_in(office, told)
        maker = office.maker(told, school)
        maker.make(window)
        with office.database.read() as connection:
            row = runs.find_run(connection, school.key, window.kind, window.key)
        assert row is not None
        yield Week(
            office=office,
            told=told,
            school=school,
            maker=maker,
            row=row,
            worker=worker,
            at=window.at,
            window=window,
        )


def unchecked(
    waiting: Open, facts: Facts, policy: Policy, envelope: Envelope, message: Callable[[], bytes]
) -> Cleared | Selected:
    """A first check that lets everything through: only tests may make a `Cleared` so."""
    return Cleared(
        delivery=waiting.delivery,
        parent=waiting.parent,
        edition=waiting.edition,
        policy=policy,
        envelope=envelope,
        message=message(),
        attempts=waiting.attempts,
        doubts=waiting.doubts,
    )


def never_object(guard: Guard, cleared: Cleared) -> str | None:
    """A second check that lets everything through."""
    return None
