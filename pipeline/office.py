"""Wiring: one place that turns settings into the parts a command needs. Nothing is opened at import."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from pipeline import settings as settings_module
from pipeline.deliver import Relay
from pipeline.links import Links
from pipeline.model import School
from pipeline.palette import DEFAULT
from pipeline.relay import open_relay
from pipeline.schedule import Calendar
from pipeline.settings import LiveSettings, SchoolSettings, Settings
from pipeline.store import tables as t
from pipeline.store.database import Database
from pipeline.store.journal import Budget
from pipeline.store.migrate import ensure_schema, has_schema
from pipeline.store.schools import add_school, find_school, rehearsed_school, uid_of

if TYPE_CHECKING:  # making mail takes libraries that most commands can do without
    from pipeline.making import Maker
    from pipeline.templates import Templates


def real_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Office:
    """An installation: its settings as they stand, its database, its clock and chance."""

    live: LiveSettings
    database: Database
    clock: Callable[[], datetime] = real_clock
    jitter: Callable[[], float] = random.random
    #: What happens in a process that stays, for its log: an event and its keys, nobody's name or address.
    log: Callable[..., None] = lambda event, **keys: None
    new_name: Callable[[], str] = lambda: secrets.token_hex(16)

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
        return Calendar(moments=school.newsletter, zone=school.zone)

    def hours(self, school: SchoolSettings) -> Hours:
        return Hours(school)

    def maker(self, told: SchoolSettings, school: School) -> Maker:
        from pipeline.fragments import Brand
        from pipeline.making import Maker
        from pipeline.press import Press
        from pipeline.templates import LANGUAGES

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
            languages=tuple(LANGUAGES),
            press=Press(school, brand, settings.media, templates),
            links=links,
            clock=self.clock,
        )


class Hours:
    def __init__(self, told: SchoolSettings) -> None:
        self._told = told

    def open_at(self, instant: datetime) -> bool:
        local, told = instant.astimezone(self._told.zone), self._told.immediate
        return (
            local.isoweekday() in self._told.school_days
            and told.quiet_until <= local.time().replace(tzinfo=None) < told.quiet_from
        )


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
