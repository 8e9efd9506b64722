"""``weekbrief schedule``: which newsletters come next, with whose posts, and why."""

from __future__ import annotations

from argparse import Namespace
from datetime import datetime
from typing import Any

from pipeline.commands import Exit
from pipeline.commands.console import say, say_json
from pipeline.commands.running import calendar_clock, chosen
from pipeline.model import RunKind
from pipeline.office import Office
from pipeline.schedule import Due, coming, shown
from pipeline.settings import SchoolSettings
from pipeline.store import runs


def schedule(office: Office, told: Namespace) -> Exit:
    schools = chosen(office, told.school)
    at = calendar_clock(office, told.at, schools)
    document = [_school(office, settings, at(settings), told.next) for settings in schools]
    if told.json:
        say_json({"schools": [school for school, _ in document]})
        return Exit.DONE
    for school, lines in document:
        say(f"{school['id']} ({school['timezone']}):")
        for line in lines:
            say(f"  {line}")
    return Exit.DONE


def _school(
    office: Office, settings: SchoolSettings, now: datetime, count: int
) -> tuple[dict[str, Any], list[str]]:
    """As JSON and as lines for people."""
    school = office.school(settings)
    with office.database.read() as connection:
        past = runs.runs_of(connection, school.key, RunKind.WEEKLY)
    found = coming(office.calendar(settings), now=now, past=past, count=count)
    moments = [_moment(settings, each, now) for each in found]
    lines = [_line(settings, each, moment["why"]) for each, moment in zip(found, moments, strict=True)]
    return {"id": settings.id, "timezone": settings.zone.key, "moments": moments}, lines


def _moment(settings: SchoolSettings, each: Due, now: datetime) -> dict[str, Any]:
    is_due = each.until <= now
    local = (each.until, each.since)
    at, since = (instant.astimezone(settings.zone).isoformat() for instant in local)
    why = "due: the next `weekbrief run` makes it" if is_due else "its moment has not come"
    return {"key": str(each.key), "at": at, "since": since, "due": is_due, "why": why}


def _line(settings: SchoolSettings, each: Due, why: str) -> str:
    at, since = shown(each.until, settings.zone), shown(each.since, settings.zone)
    return f"{each.key}: {at}, with what was published since {since}; {why}"
