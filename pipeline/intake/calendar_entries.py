"""One event of a calendar file as a record."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Component

from pipeline.days import local_day_start
from pipeline.intake.fields import FIRST_YEAR, LAST_YEAR, utc
from pipeline.intake.text import clean

_LONGEST = 300  #: characters of a title or a place
_PRIVATE = ("PRIVATE", "CONFIDENTIAL")


class Unreadable(Exception):
    """Why an event cannot be used, in words for who made the calendar."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarRecord:
    """One time of one event."""

    series: str  #: digest of its UID, which may name somebody
    uid: str  #: the same with the day, if it repeats
    title: str
    location: str
    starts: datetime
    ends: datetime | None
    all_day: bool
    cancelled: bool
    private: bool
    sequence: int


def series_of(event: Component) -> str:
    """A digest by which the event is known again in a newer file."""
    known = str(event.get("UID", "")).strip()
    return _digest(known or f"{event.get('SUMMARY', '')} {event.get('DTSTART', '')}")


def entry_of(
    event: Component,
    zone: ZoneInfo,
    *,
    repeated: Collection[str] = (),
    off: bool = False,
    with_end: bool = True,
) -> CalendarRecord:
    """``repeated``: the series of which this is one time of several. Raises `Unreadable`."""
    start = _moment(event, "DTSTART")
    end = _moment(event, "DTEND") if with_end and "DTEND" in event else start
    starts, ends, all_day = _times(start, end, zone)
    series = series_of(event)
    again = _moment(event, "RECURRENCE-ID") if "RECURRENCE-ID" in event and series in repeated else None
    return CalendarRecord(
        series=series,
        uid=series if again is None else f"{series}/{again:%Y-%m-%d}",
        title=_text(event, "SUMMARY"),
        location=_text(event, "LOCATION"),
        starts=starts,
        ends=ends,
        all_day=all_day,
        cancelled=off or _word(event, "STATUS") == "CANCELLED",
        private=_word(event, "CLASS") in _PRIVATE,
        sequence=_number(event, "SEQUENCE"),
    )


def _moment(event: Component, name: str) -> date:
    """A date, or a date with a time, with or without a zone."""
    if name not in event:
        raise Unreadable(f"this event has no {name}; correct it in the calendar and export that anew")
    held: Any = event[name]
    try:
        value = held.dt
    except Exception as fault:  # the library raises what it meets
        raise Unreadable(
            f"the {name} of this event cannot be read; correct it and export the calendar anew"
        ) from fault
    if not isinstance(value, date):
        raise Unreadable(f"the {name} of this event is no date; correct it and export the calendar anew")
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise Unreadable(f"the {name} of this event lies in the year {value.year}")
    return value


def _times(start: date, end: date, zone: ZoneInfo) -> tuple[datetime, datetime | None, bool]:
    if not isinstance(start, datetime):
        last = end.date() if isinstance(end, datetime) else end
        after = max(
            last, start + timedelta(days=1)
        )  # an end is the first day after it (RFC 5545 section 3.6.1)
        return local_day_start(start, zone), local_day_start(after, zone), True
    starts, ends = _instant(start, zone), _instant(end, zone) if isinstance(end, datetime) else None
    return starts, ends if ends is not None and ends > starts else None, False


def _instant(moment: datetime, zone: ZoneInfo) -> datetime:
    """A time without a zone is the school's."""
    try:
        instant = utc(moment, zone)
    except (OverflowError, ValueError) as fault:
        raise Unreadable("the time of this event cannot be read") from fault
    if instant is None:
        raise Unreadable(f"this event lies in the year {moment.year}")
    return instant


def _text(event: Component, name: str) -> str:
    value = event.get(name, "")
    text, _ = clean(" ".join(str(value[0] if isinstance(value, list) else value).split()))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _word(event: Component, name: str) -> str:
    return str(event.get(name, "")).strip().upper()


def _number(event: Component, name: str) -> int:
    try:
        return max(0, min(int(event.get(name, 0)), 1_000_000))
    except (TypeError, ValueError):
        return 0


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]
