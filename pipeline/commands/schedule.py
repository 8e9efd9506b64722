"""``weekbrief schedule``: which newsletters come next, with whose posts, and why; when other mail goes."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from pipeline.commands import Exit
from pipeline.commands.console import say, say_json
from pipeline.commands.running import calendar_clock, chosen
from pipeline.days import local_date
from pipeline.hours import Hours
from pipeline.model import RunKind
from pipeline.moments import Calendar, Planned
from pipeline.office import Office
from pipeline.schedule import Due, coming, shown, skipped_between
from pipeline.settings import SchoolSettings
from pipeline.settings_checks import DAYS
from pipeline.store import runs


def schedule(office: Office, told: Namespace) -> Exit:
    schools = chosen(office, told.school)
    at = calendar_clock(office, told.at, schools)
    document = [_school(office, settings, at(settings), told.next) for settings in schools]
    if told.json:
        say_json({"schools": document})
        return Exit.DONE
    for settings, school in zip(schools, document, strict=True):
        say(f"{school['id']} ({school['timezone']}):")
        for line in _lines(settings, school):
            say(f"  {line}")
    return Exit.DONE


def _school(office: Office, settings: SchoolSettings, now: datetime, count: int) -> dict[str, Any]:
    school = office.school(settings)
    with office.database.read() as connection:
        past = runs.runs_of(connection, school.key, RunKind.WEEKLY)
    calendar = office.calendar(settings)
    found = coming(calendar, now=now, past=past, count=count)
    return {
        "id": settings.id,
        "timezone": settings.zone.key,
        "moments": [_moment(settings, calendar, each, now) for each in found],
        "late_hours": settings.late // timedelta(hours=1),
        "school_days": [DAYS[weekday - 1] for weekday in settings.school_days],
        "holidays": {
            "region": settings.holidays.region,
            "known_until": _iso(calendar.days.known_until),
            "newsletter": settings.holidays.newsletter,
            "immediate": settings.holidays.immediate,
        },
        "immediate": _immediate(settings, office.hours(settings), now),
    }


def _moment(settings: SchoolSettings, calendar: Calendar, each: Due, now: datetime) -> dict[str, Any]:
    planned = calendar.planned(each.key)
    skipped = skipped_between(calendar, each.since, each.until)
    return {
        "key": str(each.key),
        "at": _local(settings, each.until),
        "since": _local(settings, each.since),
        "due": each.until <= now,
        "why": "; ".join(_why(settings, calendar, each, now)),
        "first_school_day": planned.first_day,
        "late_after": _local(settings, each.until + settings.late),
        "late": each.too_late(now, settings.late),
        "carried_from": _local(settings, each.carried_from) if each.carried_from else None,
        "skipped": [_skipped(settings, one) for one in skipped],
    }


def _skipped(settings: SchoolSettings, one: Planned) -> dict[str, Any]:
    return {"key": str(one.key), "at": _local(settings, one.at), "why": one.holiday}


def _why(settings: SchoolSettings, calendar: Calendar, each: Due, now: datetime) -> Iterator[str]:
    if each.until > now:
        yield "its moment has not come"
    else:
        yield "due: the next `weekbrief run` makes it"
    if each.too_late(now, settings.late):
        yield f"later than {_hours(settings)} after its moment, so that it waits for a person"
    day = local_date(each.until, settings.zone)
    if calendar.planned(each.key).first_day:
        yield "the first school day of the week"
    if (known := calendar.days.known_until) and day > known:
        yield "whether it falls in a school holiday is not known yet"


def _immediate(settings: SchoolSettings, hours: Hours, now: datetime) -> dict[str, Any]:
    return {
        "open": hours.open_at(now),
        "why": hours.why_closed(now),
        "opens": _local(settings, hours.opens(now)),
        "pause_seconds": settings.immediate.pause // timedelta(seconds=1),
        "bundle_seconds": settings.immediate.bundle // timedelta(seconds=1),
    }


def _lines(settings: SchoolSettings, school: dict[str, Any]) -> Iterator[str]:
    """What the JSON says, for people."""
    for moment in school["moments"]:
        for one in moment["skipped"]:
            at, name = _shown(settings, one["at"]), one["why"]
            yield f"{one['key']}: {at}: skipped ({name}); its posts go along with {moment['key']}"
        at, since = _shown(settings, moment["at"]), _shown(settings, moment["since"])
        yield f"{moment['key']}: {at}, with what was published since {since}; {moment['why']}"
    yield f"made later than {_hours(settings)} after its moment, a newsletter waits for a person"
    yield _of_immediate(settings, school["immediate"])
    if settings.holidays.region:
        yield _of_holidays(settings, date.fromisoformat(school["holidays"]["known_until"]))


def _of_immediate(settings: SchoolSettings, told: dict[str, Any]) -> str:
    state = "open now"
    if not told["open"]:
        state = f"closed now ({told['why']}), opens {_shown(settings, told['opens'])}"
    pace = f"{told['pause_seconds']} seconds after publication"
    if told["bundle_seconds"]:
        pace += f", posts that follow within {told['bundle_seconds']} seconds in one mail"
    return f"mail as posts come: {state}; {pace}; urgent posts go at once, at any hour"


def _of_holidays(settings: SchoolSettings, known: date) -> str:
    until = f"{known:%A} {known.day} {known:%B %Y}"
    return f"school holidays of region {settings.holidays.region}: known until {until}, not settled after it"


def _hours(settings: SchoolSettings) -> str:
    hours = settings.late // timedelta(hours=1)
    return "1 hour" if hours == 1 else f"{hours} hours"


def _local(settings: SchoolSettings, instant: datetime) -> str:
    return instant.astimezone(settings.zone).isoformat()


def _shown(settings: SchoolSettings, iso: str) -> str:
    return shown(datetime.fromisoformat(iso), settings.zone)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
