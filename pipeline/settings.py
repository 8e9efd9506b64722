"""schedules.toml and the environment as one frozen value, every mistake reported at once (contract.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from pipeline.model import RuleSettings, School, TextRules
from pipeline.problems import BadInput, Problem
from pipeline.settings_relays import relays
from pipeline.settings_values import (
    FIRST_SCHOOL_DAY,
    Dkim,
    Holidays,
    Immediate,
    InHolidays,
    Moment,
    Notices,
    OwnTexts,
    Photos,
    Retention,
    SchoolSettings,
    Settings,
    VideoLimits,
)

if TYPE_CHECKING:
    from pipeline.settings_shape import (
        DkimShape,
        FileShape,
        HolidaysShape,
        ImmediateShape,
        NoticesShape,
        SchoolShape,
        TextChecksShape,
    )

_OF_RELAYS = ("WEEKBRIEF_SMTP_PASSWORD", "WEEKBRIEF_OAUTH_SECRET")
_SQLITE_FILE = re.compile(r"(?P<kind>sqlite(?:\+\w+)?:///)(?!/|file:)(?P<path>[^?]+)(?P<query>\?.*)?")


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
    relay, named = relays(shape, file.parent)
    return Settings(
        file=file,
        database=_database(shape.database, file.parent),
        media=file.parent / shape.media,
        base_url=shape.base_url,
        photos=Photos(shape.photos),
        relay=relay,
        relays=named,
        metrics=shape.metrics,
        schools=tuple(_school(school, file.parent) for school in shape.school),
        secret=environ.get("WEEKBRIEF_SECRET") or None,
        environ={name: value for name, value in environ.items() if value and name.startswith(_OF_RELAYS)},
        dkim_key=environ.get("WEEKBRIEF_DKIM_KEY") or None,
    )


def _database(url: str, folder: Path) -> str:
    found = _SQLITE_FILE.fullmatch(url)
    return f"{found['kind']}{folder / found['path']}{found['query'] or ''}" if found else url


def _school(shape: SchoolShape, folder: Path) -> SchoolSettings:
    told = [each.model_dump(exclude_none=True, include=set(_RULES)) for each in (shape.rules, shape)]
    rules = {**told[0], **told[1]}
    rules["text_checks"] = _text_checks(shape.text_checks or shape.rules.text_checks)
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
        relay=shape.relay,
        calendar_links=shape.calendar_links,
        logo=folder / shape.logo if shape.logo else None,
        templates=folder / shape.templates if shape.templates else None,
        texts=OwnTexts(**shape.texts.model_dump()),
        dkim=_dkim(shape.dkim, folder) if shape.dkim else None,
        school_days=tuple(sorted(set(shape.school_days))),
        holidays=_holidays(shape.holidays),
        immediate=_immediate(shape.immediate),
        late=timedelta(hours=shape.late_hours),
        notices=_notices(shape.notices),
        video=VideoLimits(seconds=shape.video.seconds, octets=shape.video.megabytes * 1_000_000),
        rules=RuleSettings(**rules),
        retention=Retention(**kept),
    )


def _dkim(shape: DkimShape, folder: Path) -> Dkim:
    file = folder / shape.key_file if shape.key_file else None
    return Dkim(selector=shape.selector, domain=shape.domain, key_file=file)


#: The settings that rules read, by the names that they have here and there.
_RULES = RuleSettings.__dataclass_fields__


def _text_checks(shape: TextChecksShape | None) -> TextRules:
    if shape is None:
        return TextRules()
    extra, never = (tuple(sorted(set(words))) for words in (shape.extra, shape.never))
    return TextRules(names=shape.names, personal=shape.personal, tone=shape.tone, extra=extra, never=never)


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


def _notices(shape: NoticesShape | None) -> Notices | None:
    return Notices(**shape.model_dump()) if shape else None


__all__ = [
    "FIRST_SCHOOL_DAY",
    "Dkim",
    "Holidays",
    "Immediate",
    "InHolidays",
    "LiveSettings",
    "Moment",
    "Notices",
    "OwnTexts",
    "Photos",
    "Retention",
    "SchoolSettings",
    "Settings",
    "VideoLimits",
    "load",
    "school_value",
    "starter",
]
