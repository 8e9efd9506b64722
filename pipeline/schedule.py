"""What is due when, from the calendar and the runs that were made: pure, no clock and no store.

Every instant that comes out is an aware `datetime` in UTC, to the second. A moment that the clock
skips happens at the first instant after it, a doubled one the first time (contract.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from pipeline.days import aware, first_instant, local_date, local_day_start
from pipeline.moments import YEARS, Calendar, Key, Planned, parse_key

_AT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?P<time>[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(?P<offset>[Zz]|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def parse_at(text: str, zone: ZoneInfo) -> datetime:
    """Read ``--at``: an ISO date and time, in the school's zone unless it has an offset, or a bare date
    (its first instant). Gives UTC; `ValueError` with a text for people."""
    found = _AT.fullmatch(text.strip())
    try:
        at = datetime.fromisoformat(text.strip().upper()) if found else None
    except ValueError:
        at = None
    if found is None or at is None:
        raise ValueError(
            f"{text!r} is not a time: write it as 2026-11-20T15:30, 2026-11-20T15:30+01:00 or 2026-11-20"
        )
    if at.year not in YEARS:
        raise ValueError(f"the year of {text} must lie between {YEARS[0]} and {YEARS[-1]}")
    return at.astimezone(UTC) if found["offset"] else first_instant(at, zone)


class RefusalReason(StrEnum):
    NOTHING_DUE = "nothing_due"  #: not an error: the last run already covers all up to now
    EXISTS = "exists"  #: that run was made; go on with its open deliveries
    NOT_A_WEEK = "not_a_week"
    NOT_YET = "not_yet"
    TOO_OLD = "too_old"


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Why no new weekly run is made. ``text`` is for people, times in the school's zone."""

    reason: RefusalReason
    text: str
    key: Key | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """A weekly run to make: it covers ``[since, until)``, never empty."""

    key: Key
    since: datetime
    until: datetime  #: the run's own moment, and its cut-off
    #: The window's start where holidays skipped moments inside it: what it holds is owed whatever its age.
    carried_from: datetime | None = None

    def too_late(self, now: datetime, late: timedelta) -> bool:
        """Whether made ``now`` it waits for a person; ``late`` counts real hours after its moment."""
        return aware(now) - self.until > late


class MadeRun(Protocol):
    """What is asked of an earlier weekly run of the school (`model.PastRun` has it)."""

    @property
    def key(self) -> str: ...

    @property
    def until(self) -> datetime: ...


def due(
    calendar: Calendar, *, now: datetime, past: Sequence[MadeRun], week: str | None = None
) -> Due | Refusal:
    """The one weekly run to make at ``now``, given the school's earlier ones in any order.

    Without ``week`` that is the newest moment that has come, with a window from the last run's cut-off:
    newsletters missed while the machine was off, or skipped for holidays, become one, and no post is
    skipped. With ``week`` only that one, also in a holiday (decision 0016), and nothing before the last run.
    """
    last = max((run.until for run in past), default=None)
    if week is None:
        return _newest(calendar, now, past, last)
    try:
        key = parse_key(week)
        return _asked_for(calendar, key, now, past, last)
    except ValueError as error:
        return Refusal(reason=RefusalReason.NOT_A_WEEK, text=str(error))


def _newest(
    calendar: Calendar, now: datetime, past: Sequence[MadeRun], last: datetime | None
) -> Due | Refusal:
    key = calendar.latest_due(now)
    until = calendar.instant(key)
    # The key can be taken although its moment is new: the moment was moved to later in the same week.
    # The next week's run covers those days.
    if (last is not None and until <= last) or any(run.key == str(key) for run in past):
        upcoming, at = calendar.next_after(now)
        text = f"nothing is due; the next newsletter is {upcoming} on {_shown(at, calendar.zone)}"
        return Refusal(reason=RefusalReason.NOTHING_DUE, text=text)
    return _window(calendar, key, until, last)


def coming(calendar: Calendar, *, now: datetime, past: Sequence[MadeRun], count: int) -> list[Due]:
    """The next ``count`` weekly runs, each with the window it gets when every one before it is made on time.

    The first may be due already, or overdue; then its moment does not lie after ``now``.
    """
    taken = {run.key for run in past}
    last = max((run.until for run in past), default=None)
    first = due(calendar, now=now, past=past)
    found = [first] if isinstance(first, Due) else []
    at = now
    while len(found) < count:
        last = found[-1].until if found else last
        key, at = calendar.next_after(at)
        if str(key) in taken or (last is not None and at <= last):
            continue  # the one after it has its days
        if isinstance(following := _window(calendar, key, at, last), Due):
            found.append(following)
    return found


def _asked_for(
    calendar: Calendar, key: Key, now: datetime, past: Sequence[MadeRun], last: datetime | None
) -> Due | Refusal:
    made = next((run.until for run in past if run.key == str(key)), None)
    until = calendar.instant(key) if made is None else made
    if last is not None and (until < last or (made is None and until == last)):
        shown = _shown(last, calendar.zone)
        text = f"{key} is not after the school's last newsletter ({shown}); nothing was sent"
        return Refusal(reason=RefusalReason.TOO_OLD, text=text, key=key)
    if made is not None:
        return Refusal(reason=RefusalReason.EXISTS, text=f"{key} was made before", key=key)
    if until > aware(now):
        text = f"{key} is due on {_shown(until, calendar.zone)}, which has not come yet; nothing was sent"
        return Refusal(reason=RefusalReason.NOT_YET, text=text, key=key)
    return _window(calendar, key, until, last)


def _window(calendar: Calendar, key: Key, until: datetime, last: datetime | None) -> Due | Refusal:
    since = calendar.window(key)[0] if last is None else last
    if since >= until:
        text = f"{key} falls on the same instant as {calendar.previous(key)}; nothing was sent"
        return Refusal(reason=RefusalReason.TOO_OLD, text=text, key=key)
    carried = since if any(skipped_between(calendar, since, until)) else None
    return Due(key=key, since=since, until=until, carried_from=carried)


def skipped_between(calendar: Calendar, since: datetime, until: datetime) -> list[Planned]:
    """The moments inside a window that holidays skip: their posts go along with the run of the window."""
    return [each for each in calendar.between(since, until) if each.holiday is not None]


def _shown(instant: datetime, zone: ZoneInfo) -> str:
    return f"{shown(instant, zone)} ({zone.key})"


def shown(instant: datetime, zone: ZoneInfo) -> str:
    """For people: ``Friday 20 November 2026 at 15:30``."""
    local = instant.astimezone(zone)
    return f"{local:%A} {local.day} {local:%B %Y at %H:%M}"


__all__ = [
    "Calendar",
    "Due",
    "Key",
    "MadeRun",
    "Planned",
    "Refusal",
    "RefusalReason",
    "coming",
    "due",
    "first_instant",
    "local_date",
    "local_day_start",
    "parse_at",
    "parse_key",
    "shown",
    "skipped_between",
]
