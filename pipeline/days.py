"""Dates of a school: they begin at 00:00 in its own zone (rule 2), or at the first instant after a gap."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    """The date on the school's wall calendar at ``instant`` (aware)."""
    return instant.astimezone(zone).date()


def aware(instant: datetime) -> datetime:
    """The same instant in UTC; `TypeError` for one without a zone, which is a mistake of the caller."""
    if instant.tzinfo is None:
        raise TypeError("an instant needs a time zone")
    return instant.astimezone(UTC)


def first_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) of a wall-clock time: the first of a doubled one, the first after a skipped one.

    A skipped time has no UTC instant that reads as it. PEP 495: with fold=0 `zoneinfo` takes the offset
    before the jump, with fold=1 the one after it, so the jump itself lies between the two; it is found
    by halving, to the second.
    """
    early = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    late = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if late.astimezone(zone).replace(tzinfo=None) == local:
        return late
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        if middle.astimezone(zone).replace(tzinfo=None) < local:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)


def local_day_start(day: date, zone: ZoneInfo) -> datetime:
    return first_instant(datetime.combine(day, time()), zone)


def age_on(birth: date, day: date) -> int:
    """Whole years. Who was born on 29 February has their birthday on 1 March in other years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
