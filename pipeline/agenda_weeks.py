"""An edition's agenda as its templates show it: weeks of days of lines."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby

from pipeline.agenda import event_of
from pipeline.calendar_file import links
from pipeline.days import local_date
from pipeline.model import Content, Edition, RunKind
from pipeline.occasions import AgendaLine, LineState
from pipeline.texts import Texts, line, naturally

Shown = dict[str, object]

#: What an agenda is called, and what is said of the calendar file: all that is on, or what changed.
_AGENDA = (
    "Agenda",
    "All of it is in the attachment agenda.ics too: open that to have it in your own calendar.",
)
_CHANGES = (
    "Changed in the agenda",
    "Is it in your own calendar already? Open the attachment agenda.ics, and it is right there too.",
)


def agenda_words(edition: Edition, texts: Texts) -> Shown:
    heading, attached = _AGENDA if edition.window.kind is RunKind.WEEKLY else _CHANGES
    return {
        "heading": texts.say(heading),
        "weeks": weeks(edition, texts),
        "attached": texts.say(attached),
    }


def weeks(edition: Edition, texts: Texts) -> list[Shown]:
    """What began earlier stands under the day of the newsletter; what was moved further away comes last."""
    zone, today = edition.school.zone, local_date(edition.window.at, edition.school.zone)

    def day_of(each: AgendaLine) -> date:
        return max(local_date(each.occasion.starts, zone), today)

    def week_of(each: AgendaLine) -> str:
        ahead = (day_of(each) - today).days + today.weekday()
        return texts.say("This week" if ahead < 7 else "Next week" if ahead < 14 else "Later")

    lines = sorted(edition.agenda, key=day_of)
    return [
        {"name": name, "days": [_day(day, found, edition, texts) for day, found in groupby(of_week, day_of)]}
        for name, of_week in groupby(lines, week_of)
    ]


def _day(day: date, lines: Iterable[AgendaLine], edition: Edition, texts: Texts) -> Shown:
    shown = [_line(each, edition, texts) for each in lines]
    return {"number": day.day, "month": texts.month(day), "day": texts.day(day), "lines": shown}


def event_words(content: Content, edition: Edition, texts: Texts, with_links: bool) -> Shown | None:
    """The event of a post, if it has one; ``with_links`` also to calendar services."""
    if content.event is None:
        return None
    occasion, zone = event_of(content), edition.school.zone
    starts = occasion.starts.astimezone(zone)
    day, time = texts.when(occasion, zone)
    return {
        "number": starts.day,
        "month": texts.month(starts),
        "day": day,
        "time": time,
        "location": line(occasion.location),
        "links": list(links(occasion, zone)) if with_links else [],
    }


def mark_of(each: AgendaLine) -> str:
    """By which the second guard knows a line: whether it is off, whose it is, and which."""
    kind, key = each.open.source
    return f"{'x' if each.open.state is LineState.CANCELLED else 'a'}-{kind}-{key}"


def _line(each: AgendaLine, edition: Edition, texts: Texts) -> Shown:
    occasion, state = each.occasion, each.open.state
    return {
        "mark": mark_of(each),
        "time": texts.hours(occasion, edition.school.zone, texts.day),
        "title": line(occasion.title) or texts.say("Something announced earlier"),
        "location": line(occasion.location),
        "groups": ", ".join(map(line, naturally(each.open.groups))),
        "cancelled": state is LineState.CANCELLED,
        "changed": state is LineState.CHANGED,
    }
