"""Wiring: one place that turns settings into the parts a command needs. Nothing is opened at import."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from pipeline import settings as settings_module
from pipeline.deliver import Relay
from pipeline.hours import Hours, SchoolDays
from pipeline.languages import LANGUAGES
from pipeline.links import Links
from pipeline.model import School
from pipeline.moments import Calendar
from pipeline.palette import DEFAULT
from pipeline.relay import open_relay
from pipeline.settings import Immediate, LiveSettings, Moment, SchoolSettings, Settings
from pipeline.store import tables as t
from pipeline.store.database import Database
from pipeline.store.journal import Budget
from pipeline.store.migrate import ensure_schema, has_schema
from pipeline.store.schools import add_school, find_school, rehearsed_school, uid_of

if TYPE_CHECKING:  # making mail takes libraries that most commands can do without
    from pipeline.making import Maker
    from pipeline.templates import Templates


#: Called as ``log("delivery", run=1, delivery=2, event="accepted", code=250)``, from any thread: what
#: happened, and internal keys, codes and counts. Never a name, an address, a title or a relay's own words.
Log = Callable[..., None]


def real_clock() -> datetime:
    return datetime.now(UTC)


def no_log(what: str, **fields: object) -> None:
    """Commands say what they have to say to the person who called them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Office:
    """An installation: its settings as they stand, its database, its clock and chance."""

    live: LiveSettings
    database: Database
    clock: Callable[[], datetime] = real_clock
    jitter: Callable[[], float] = random.random
    new_name: Callable[[], str] = lambda: secrets.token_hex(16)
    log: Log = no_log

    @property
    def settings(self) -> Settings:
        return self.live.current()

    def school(self, settings: SchoolSettings) -> School:
        """The school with its key in the store, made there when it is new."""
        return settings_module.school_value(settings, self._key(settings.id))

    def _key(self, id: str) -> int:
        if self.database.rehearse:
            return rehearsed_school(self.database, id, self.new_name())
        with self.database.read() as connection:
            found = find_school(connection, id)
        if found is not None:
            return found
        with self.database.write() as connection:
            return add_school(connection, id, self.new_name())

    def relay(self) -> Relay:
        settings = self.settings
        return open_relay(settings.relay, password=settings.smtp_password, base=settings.file.parent)

    def budget(self) -> Budget:
        relay = self.settings.relay
        return Budget(per_minute=relay.per_minute, per_day=relay.per_day)

    def calendar(self, school: SchoolSettings) -> Calendar:
        """Its newsletter moments; the same object as long as the settings say the same."""
        return _calendar(school.newsletter, school.zone, school_days(school))

    def hours(self, school: SchoolSettings) -> Hours:
        """When mail that goes as posts come may be sent; kept as `calendar` is."""
        return _hours(school.zone, school_days(school), school.immediate)

    def maker(self, told: SchoolSettings, school: School) -> Maker:
        from pipeline.fragments import Brand
        from pipeline.making import Maker
        from pipeline.press import Press

        settings = self.settings
        with self.database.read() as connection:
            uid = uid_of(connection, school.key)
            authors = _authors(connection, school)
        brand = Brand(
            colour=told.colour or DEFAULT,
            authors=authors,
            contact=told.contact or "",
            web=settings.base_url is not None,
        )
        links = Links(settings.base_url, settings.secret) if settings.base_url and settings.secret else None
        return Maker(
            database=self.database,
            school=school,
            uid=uid,
            languages=LANGUAGES,
            press=Press(school, brand, settings.media, templates),
            links=links,
            clock=self.clock,
        )


def school_days(school: SchoolSettings) -> SchoolDays:
    return SchoolDays(weekdays=school.school_days, holidays=school.holidays)


@lru_cache(maxsize=10_000)  # schools with the same settings share one, with all that it has worked out
def _calendar(moments: tuple[Moment, ...], zone: ZoneInfo, days: SchoolDays) -> Calendar:
    return Calendar(moments=moments, zone=zone, days=days)


@lru_cache(maxsize=10_000)
def _hours(zone: ZoneInfo, days: SchoolDays, told: Immediate) -> Hours:
    return Hours(days=days, zone=zone, quiet_from=told.quiet_from, quiet_until=told.quiet_until)


@cache
def templates() -> Templates:
    from pipeline.templates import Templates

    return Templates.load()


def _authors(connection: Connection, school: School) -> dict[int, str]:
    rows = connection.execute(select(t.staff.c.id, t.staff.c.name).where(t.staff.c.school_id == school.key))
    return {row.id: row.name for row in rows}


@contextmanager
def opened(
    config: Path, environ: Mapping[str, str], *, need_relay: bool = False, rehearse: bool = False
) -> Iterator[Office]:
    """The installation that ``config`` describes; in a rehearsal (``--dry-run``) nothing of it changes.

    Raises `BadInput` for bad settings and `DatabaseUnusable` for a database that is not ours.
    """
    live = LiveSettings(config, environ, need_relay=need_relay)
    database = Database(live.current().database, rehearse=rehearse)
    try:
        if rehearse and not has_schema(database):
            database = Database("sqlite://")  # in memory: nothing was there yet
        ensure_schema(database)
        yield Office(live=live, database=database)
    finally:
        database.close()
