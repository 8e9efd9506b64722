"""schedules.toml and the environment as one frozen value, every mistake reported at once (contract.md)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pipeline.model import RuleSettings, School
from pipeline.problems import BadInput, Problem
from pipeline.relay.settings import RelaySettings, Timeouts, parse_url

if TYPE_CHECKING:
    from pipeline.settings_file import (
        FileShape,
        HolidaysShape,
        ImmediateShape,
        NoticesShape,
        RelayShape,
        SchoolShape,
    )

_SQLITE_FILE = re.compile(r"(?P<kind>sqlite(?:\+\w+)?:///)(?!/|file:)(?P<path>[^?]+)(?P<query>\?.*)?")


class Photos(StrEnum):
    """How photos travel with a mail."""

    INLINE = "inline"
    LINKS = "links"


#: In place of a weekday: the first day of the week on which there is school.
FIRST_SCHOOL_DAY = 0


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Moment:
    """A day and time of the week, by the school's own clock."""

    weekday: int  #: 1 is Monday, 7 is Sunday (ISO 8601); or `FIRST_SCHOOL_DAY`
    time: time


class InHolidays(StrEnum):
    """What becomes of what falls in a school holiday."""

    SKIP = "skip"  #: not then; it goes along with what comes after
    SEND = "send"


@dataclass(frozen=True, kw_only=True, slots=True)
class Holidays:
    """When there is no school, apart from weekends. Days are of the school's own calendar."""

    region: str | None = None  #: noord, midden or zuid (the Netherlands); None: no public calendar is used
    newsletter: InHolidays = InHolidays.SKIP
    immediate: InHolidays = InHolidays.SEND
    free: tuple[tuple[date, date], ...] = ()  #: the school's own free days, first and last of each
    open: tuple[date, ...] = ()  #: school days all the same


@dataclass(frozen=True, kw_only=True, slots=True)
class Immediate:
    """When mail that goes as posts come is sent."""

    pause: timedelta = timedelta(seconds=60)  #: after publication: an edit or withdrawal still counts
    bundle: timedelta = timedelta(seconds=30)  #: posts that follow so soon go along in one mail
    quiet_from: time = time(19)  #: nothing from here
    quiet_until: time = time(7)  #: to here, also over midnight; equal to ``quiet_from``: no quiet hours


@dataclass(frozen=True, kw_only=True, slots=True)
class Notices:
    """Mails to staff about what needs them (rule 23)."""

    time: time = time(16)  #: of the one bundled mail a day
    held: bool = True  #: held posts and photos, to teachers, author and management
    addresses: bool = True  #: failed and suppressed addresses, to the management
    summary: bool = True  #: after each newsletter, to the management


@dataclass(frozen=True, kw_only=True, slots=True)
class Retention:
    """Days after which data goes (rule 20)."""

    mails: int = 90
    photos: int = 365
    after_leaving: int = 365


@dataclass(frozen=True, kw_only=True, slots=True)
class SchoolSettings:
    """One ``[[school]]`` table."""

    id: str
    name: str
    language: str
    zone: ZoneInfo
    sender: str
    reply_to: str
    management: tuple[str, ...]  #: addresses, at least one
    newsletter: tuple[Moment, ...]  #: in the order of the week, at least one
    colour: str | None = None  #: ``#rrggbb`` that white text can be read on
    contact: str | None = None  #: one line, such as a telephone number
    school_days: tuple[int, ...] = (1, 2, 3, 4, 5)  #: weekdays (ISO 8601)
    holidays: Holidays = field(default_factory=Holidays)
    immediate: Immediate = field(default_factory=Immediate)
    late: timedelta = timedelta(hours=48)  #: a newsletter made later than this waits for a person
    notices: Notices | None = field(default_factory=Notices)  #: None: none are sent
    rules: RuleSettings = field(default_factory=RuleSettings)
    retention: Retention = field(default_factory=Retention)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """All that one installation is told. Paths are absolute."""

    file: Path
    database: str = field(repr=False)  #: SQLAlchemy URL; from the environment it may hold a password
    media: Path
    base_url: str | None  #: without a slash at its end
    photos: Photos
    relay: RelaySettings
    metrics: tuple[str, int] | None  #: loopback host and port of `weekbrief serve`'s metrics and health
    schools: tuple[SchoolSettings, ...]  #: in the order of the file, at least one
    secret: str | None = field(repr=False, default=None)  #: there whenever ``base_url`` is
    smtp_password: str | None = field(repr=False, default=None)

    def school(self, id: str | None) -> SchoolSettings:
        """The school of that id, or the only one for None; `BadInput` naming the ids otherwise."""
        found = [school for school in self.schools if id is None or school.id == id]
        if len(found) == 1:
            return found[0]
        ids = ", ".join(school.id for school in self.schools)
        words = "name one school with --school" if id is None else f"there is no school {id!r}"
        raise BadInput([Problem(file=str(self.file), message=f"{words}; there are: {ids}")])

    def rules_digest(self, school: SchoolSettings) -> str:
        """Differs when a setting that rules read differs; the same in every process (rule 16)."""
        told = json.dumps([asdict(school.rules), school.zone.key], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def load(path: Path, environ: Mapping[str, str], *, need_relay: bool = False) -> Settings:
    """Read the settings, or raise `BadInput` with every mistake in file and environment.

    ``need_relay``: mail will be handed over, so that a relay user without a password is a mistake too.
    """
    # Here, because pydantic costs more to import than many commands need altogether.
    from pipeline import settings_file, toml_lines

    file, folder = str(path), path.absolute().parent
    document = toml_lines.read(_text(path), file)
    shape, problems = settings_file.check(
        document, file=file, folder=folder, environ=environ, need_relay=need_relay
    )
    if shape is None or problems:
        raise BadInput(sorted(problems, key=lambda problem: (problem.file != file, problem.line or 0)))
    return _settings(shape, path.absolute(), environ)


class LiveSettings:
    """The settings of a process that stays: read again when the file changes, the last good ones kept."""

    def __init__(self, path: Path, environ: Mapping[str, str], *, need_relay: bool = False) -> None:
        """Raises `BadInput` when there are no good settings to begin with."""
        self._path, self._environ, self._need_relay = path, environ, need_relay
        self._reading = Lock()
        self._seen = self._state()
        self._settings = load(path, environ, need_relay=need_relay)
        #: What is wrong with the file as it is now; None while it is good.
        self.problem: BadInput | None = None

    def current(self) -> Settings:
        """The newest good settings, at the cost of one ``stat``."""
        state = self._state()
        if state != self._seen:
            with self._reading:  # another thread must not go on with the old rules meanwhile
                if state != self._seen:
                    self._reload()
                    self._seen = state  # as it was before reading: a change during it is seen the next time
        return self._settings

    def _reload(self) -> None:
        try:
            self._settings = load(self._path, self._environ, need_relay=self._need_relay)
        except BadInput as problem:
            self.problem = problem
        else:
            self.problem = None

    def _state(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


def school_value(school: SchoolSettings, key: int) -> School:
    """The school as the stages know it; ``key`` is its row in the store."""
    return School(
        key=key,
        id=school.id,
        name=school.name,
        language=school.language,
        zone=school.zone,
        sender=school.sender,
        reply_to=school.reply_to,
        rules=school.rules,
    )


def starter() -> str:
    """A commented schedules.toml that loads as it is and sends nothing (mail goes into a folder)."""
    return Path(__file__).with_name("starter.toml").read_text("utf-8")


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        words = "there is no such file: `weekbrief init` writes one to fill in"
        raise BadInput([Problem(file=str(path), message=words)]) from None
    except OSError as error:
        words = f"this file cannot be read: {error.strerror}"
        raise BadInput([Problem(file=str(path), message=words)]) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        words = "this character is not UTF-8: save the file with the encoding UTF-8"
        raise BadInput([Problem(file=str(path), line=line, column=column, message=words)]) from None


def _settings(shape: FileShape, file: Path, environ: Mapping[str, str]) -> Settings:
    return Settings(
        file=file,
        database=_database(shape.database, file.parent),
        media=file.parent / shape.media,
        base_url=shape.base_url,
        photos=Photos(shape.photos),
        relay=_relay(shape.relay, file.parent),
        metrics=shape.metrics,
        schools=tuple(_school(school) for school in shape.school),
        secret=environ.get("WEEKBRIEF_SECRET") or None,
        smtp_password=environ.get("WEEKBRIEF_SMTP_PASSWORD") or None,
    )


def _database(url: str, folder: Path) -> str:
    found = _SQLITE_FILE.fullmatch(url)
    return f"{found['kind']}{folder / found['path']}{found['query'] or ''}" if found else url


def _relay(shape: RelayShape, folder: Path) -> RelaySettings:
    given = shape.model_dump(exclude_none=True, exclude={"timeouts", "ca_file", "url"})
    to = parse_url(shape.url, base=folder)
    return RelaySettings(
        url=f"file://{quote(str(to))}" if isinstance(to, Path) else shape.url,
        timeouts=Timeouts(**shape.timeouts.model_dump(exclude_none=True)),
        ca_file=folder / shape.ca_file if shape.ca_file else None,
        **given,
    )


def _school(shape: SchoolShape) -> SchoolSettings:
    rules = shape.rules.model_dump(exclude_none=True)
    for name in RuleSettings.__dataclass_fields__:
        if (value := getattr(shape, name)) is not None:
            rules[name] = value
    kept = {
        name: value
        for name in Retention.__dataclass_fields__
        if (value := getattr(shape, f"keep_{name}_days")) is not None
    }
    return SchoolSettings(
        id=shape.id,
        name=shape.name,
        language=shape.language,
        zone=shape.timezone,
        sender=shape.sender,
        reply_to=shape.reply_to or shape.sender,
        management=tuple(shape.management),
        newsletter=tuple(sorted(Moment(weekday=m.day, time=m.time) for m in shape.newsletter)),
        colour=shape.colour,
        contact=shape.contact,
        school_days=tuple(sorted(set(shape.school_days))),
        holidays=_holidays(shape.holidays),
        immediate=_immediate(shape.immediate),
        late=timedelta(hours=shape.late_hours),
        notices=_notices(shape.notices),
        rules=RuleSettings(**rules),
        retention=Retention(**kept),
    )


def _holidays(shape: HolidaysShape) -> Holidays:
    return Holidays(
        region=shape.region,
        newsletter=InHolidays(shape.newsletter),
        immediate=InHolidays(shape.immediate),
        free=tuple(shape.free),
        open=tuple(shape.open),
    )


def _immediate(shape: ImmediateShape) -> Immediate:
    return Immediate(
        pause=timedelta(seconds=shape.pause),
        bundle=timedelta(seconds=shape.bundle),
        quiet_from=shape.quiet_from,
        quiet_until=shape.quiet_until,
    )


def _notices(shape: NoticesShape | bool) -> Notices | None:
    if isinstance(shape, bool):
        return Notices() if shape else None
    return Notices(**shape.model_dump())
