"""Wiring: one place that turns settings into the parts a command needs. Nothing is opened at import."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from pipeline import settings as settings_module
from pipeline.deliver import Relay
from pipeline.hours import Hours, SchoolDays
from pipeline.languages import LANGUAGES
from pipeline.links import Links
from pipeline.look_kept import folder, is_ready, key_mark
from pipeline.mime_headers import ascii_domain
from pipeline.model import School
from pipeline.moments import Calendar
from pipeline.palette import DEFAULT
from pipeline.problems import BadInput, Problem
from pipeline.relay import RelaySettings, open_relay
from pipeline.settings import Dkim, Immediate, LiveSettings, Moment, SchoolSettings, Settings
from pipeline.store import tables as t
from pipeline.store.database import Database
from pipeline.store.migrate import ensure_schema, has_schema
from pipeline.store.relay_budget import Budget
from pipeline.store.schools import add_school, find_school, rehearsed_school, uid_of
from pipeline.template_files import keep

if TYPE_CHECKING:  # making mail takes libraries that most commands can do without
    from pipeline.look import Look
    from pipeline.making import Maker
    from pipeline.press import Sign
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

    def relay(self, told: RelaySettings) -> Relay:
        settings = self.settings
        return open_relay(
            told,
            password=settings.smtp_password(told),
            secret=settings.relay_secret(told),
            base=settings.file.parent,
        )

    def budget(self, told: RelaySettings, *, urgent: bool = False) -> Budget:
        return budget_of(told, urgent=urgent)

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
            texts=told.texts,
            web=settings.base_url is not None,
            calendar_links=told.calendar_links,
            calendar_mark=calendar_mark(uid),
            base_url=settings.base_url or "",
        )
        links = Links(settings.base_url, settings.secret) if settings.base_url and settings.secret else None
        return Maker(
            database=self.database,
            school=school,
            uid=uid,
            languages=LANGUAGES,
            press=Press(school, brand, settings.media, templates, look=self.look(told), sign=self.sign(told)),
            links=links,
            clock=self.clock,
        )

    def look(self, told: SchoolSettings) -> Callable[[], Look] | None:
        """The school's own look; None when it has none. `BadInput` for one with a mistake in it, at once:
        nobody gets another look instead."""
        if told.templates is None and told.logo is None:
            return None
        if is_ready(told, self.settings.media):
            return lambda: self._look(told)  # read when it is needed: most calls of `run` have nothing to do
        found = self._look(told)
        return lambda: found

    def _look(self, told: SchoolSettings) -> Look:
        from pipeline.look import look_of  # a school that has none can do without

        return look_of(told, self.settings.media, keeping=not self.database.rehearse)

    def check_looks(self, schools: Iterable[SchoolSettings]) -> None:
        """Raises `BadInput` with every mistake in the looks and keys of these schools, before anything is
        done. What was in order before is not looked at again."""
        problems: list[Problem] = []
        for told in schools:
            for check in (self._check_look, self._check_key):
                try:
                    check(told)
                except BadInput as bad:
                    problems += bad.problems
        if problems:
            raise BadInput(problems)

    def _check_look(self, told: SchoolSettings) -> None:
        if not is_ready(told, self.settings.media):
            self._look(told)

    def _check_key(self, told: SchoolSettings) -> None:
        if told.dkim is None:
            return
        mark = folder(self.settings.media) / key_mark(self._key_of(told.dkim))
        if not mark.is_file():
            self.sign(told)
            if not self.database.rehearse:
                keep(mark, b"")

    def sign(self, told: SchoolSettings) -> Sign | None:
        """What signs this school's mail (RFC 6376); None when it has no key. `BadInput` for one of no use."""
        if told.dkim is None:
            return None
        return _signer(told.dkim, told.sender, self._key_of(told.dkim))

    def dkim_record(self, told: SchoolSettings) -> str | None:
        """What must stand in the DNS for the key that signs this school's mail; None when it has none."""
        if told.dkim is None:
            return None
        from pipeline.dkim import load_key, record

        self.sign(told)  # says in words what is wrong with the key
        return record(load_key(self._key_of(told.dkim)))

    def _key_of(self, told: Dkim) -> bytes:
        return told.key_file.read_bytes() if told.key_file else (self.settings.dkim_key or "").encode()


@lru_cache(maxsize=1000)
def _signer(told: Dkim, sender: str, pem: bytes) -> Sign:
    from pipeline.dkim import Signer, load_key  # a mail that is not signed can do without

    try:
        key = load_key(pem)
    except ValueError as why:
        place = str(told.key_file or "WEEKBRIEF_DKIM_KEY")
        raise BadInput([Problem(file=place, message=str(why))]) from None
    domain = told.domain or ascii_domain(sender).rpartition("@")[2].lower()
    return Signer(key, domain=domain, selector=told.selector).header


def budget_of(told: RelaySettings, *, urgent: bool = False) -> Budget:
    """What may be handed to a relay; all but urgent mail leaves its reserve alone."""
    per_day = told.per_day
    if per_day is not None and not urgent:
        per_day = max(per_day - told.reserve, 0)
    return Budget(per_minute=told.per_minute, per_day=per_day)


def calendar_mark(uid: str) -> str:
    """The school's part of the ids of its events; ``uid`` itself makes Message-IDs that nobody can guess."""
    return sha256(f"{uid} calendar".encode()).hexdigest()[:16]


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
