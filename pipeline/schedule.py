"""What is due when: the school's newsletter moments as pure calendar, no clock and no store.

Every instant that comes out is an aware `datetime` in UTC, to the second. A moment that the clock
skips happens at the first instant after it, a doubled one the first time (contract.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from pipeline.days import first_instant, local_date, local_day_start
from pipeline.settings import Moment

_KEY = re.compile(r"([0-9]{4})-W([0-9]{2})(?:-([2-9]|[1-9][0-9]))?")
_AT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?P<time>[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(?P<offset>[Zz]|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_YEARS = range(1970, 2200)  #: time zones are known from the first on; the last keeps arithmetic in range


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Key:
    """The name of a weekly run: ``2026-W47``, and ``2026-W47-2`` for that week's second newsletter."""

    year: int  #: ISO 8601 week year
    week: int
    number: int = 1  #: 1 is the first moment of the week

    def __str__(self) -> str:
        name = f"{self.year:04d}-W{self.week:02d}"
        return name if self.number == 1 else f"{name}-{self.number}"

    @property
    def monday(self) -> date:
        return date.fromisocalendar(self.year, self.week, 1)


def parse_key(text: str) -> Key:
    """Read ``2026-W47`` or ``2026-W47-2``; `ValueError` with a text for people otherwise."""
    found = _KEY.fullmatch(text)
    if not found:
        words = "write it as 2026-W47, or 2026-W47-2 for that week's second newsletter"
        raise ValueError(f"{text!r} is not a week: {words}")
    key = Key(year=int(found[1]), week=int(found[2]), number=int(found[3] or 1))
    if key.year not in _YEARS:
        raise ValueError(f"the year of {text} must lie between {_YEARS[0]} and {_YEARS[-1]}")
    try:
        _ = key.monday
    except ValueError:
        raise ValueError(f"{key.year} has no week {key.week}") from None
    return key


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
    if at.year not in _YEARS:
        raise ValueError(f"the year of {text} must lie between {_YEARS[0]} and {_YEARS[-1]}")
    return at.astimezone(UTC) if found["offset"] else first_instant(at, zone)


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """One school's newsletter moments in its time zone, going on for ever in both directions."""

    moments: tuple[Moment, ...]  #: at least one
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if not self.moments:
            raise ValueError("a calendar needs at least one moment")
        # Frozen, yet a key's number must mean the same whatever order the moments came in.
        object.__setattr__(self, "moments", tuple(sorted(set(self.moments))))

    def instant(self, key: Key) -> datetime:
        """When ``key`` is due. `ValueError` when the week has fewer moments than its number."""
        if key.number > len(self.moments):
            raise ValueError(f"{key} does not exist: {self._how_many()}")
        moment = self.moments[key.number - 1]
        day = date.fromisocalendar(key.year, key.week, moment.weekday)
        return first_instant(datetime.combine(day, moment.time), self.zone)

    def previous(self, key: Key) -> Key:
        if key.number > 1:
            return Key(year=key.year, week=key.week, number=key.number - 1)
        return self._week_key(key.monday - timedelta(days=7), len(self.moments))

    def next(self, key: Key) -> Key:
        if key.number < len(self.moments):
            return Key(year=key.year, week=key.week, number=key.number + 1)
        return self._week_key(key.monday + timedelta(days=7), 1)

    def window(self, key: Key) -> tuple[datetime, datetime]:
        """``[since, until)`` by the calendar alone. Empty only where the clock skipped so much (a whole
        day in Pacific/Apia) that two moments fell together; the first of the two has the days then."""
        return self.instant(self.previous(key)), self.instant(key)

    def latest_due(self, now: datetime) -> Key:
        """The newest moment at or before ``now``."""
        due = [(instant, key) for instant, key in self._around(now) if instant <= now]
        newest = max(instant for instant, _ in due)
        return min(key for instant, key in due if instant == newest)

    def next_after(self, instant: datetime) -> tuple[Key, datetime]:
        """The first moment after ``instant``, and when it is."""
        at, key = min((at, key) for at, key in self._around(instant) if at > instant)
        return key, at

    def _around(self, now: datetime) -> list[tuple[datetime, Key]]:
        """Every moment of the week of ``now`` and of its neighbours: each side has at least one.

        The week after counts for what has passed too: a clock set back at midnight (America/St_Johns
        until 2011) returns to Sunday after Monday had begun.
        """
        today = local_date(_aware(now), self.zone)
        weeks = (today + timedelta(days=days) for days in (-7, 0, 7))
        keys = (self._week_key(day, 1 + i) for day in weeks for i in range(len(self.moments)))
        return [(self.instant(key), key) for key in keys]

    @staticmethod
    def _week_key(day: date, number: int) -> Key:
        year, week, _ = day.isocalendar()
        return Key(year=year, week=week, number=number)

    def _how_many(self) -> str:
        count = len(self.moments)
        return "there is one newsletter a week" if count == 1 else f"there are {count} newsletters a week"


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
    newsletters missed while the machine was off become one, and no post is skipped. With ``week`` only
    that one, and nothing that lies before the last run.
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
    if until > _aware(now):
        text = f"{key} is due on {_shown(until, calendar.zone)}, which has not come yet; nothing was sent"
        return Refusal(reason=RefusalReason.NOT_YET, text=text, key=key)
    return _window(calendar, key, until, last)


def _window(calendar: Calendar, key: Key, until: datetime, last: datetime | None) -> Due | Refusal:
    since = calendar.window(key)[0] if last is None else last
    if since >= until:
        text = f"{key} falls on the same instant as {calendar.previous(key)}; nothing was sent"
        return Refusal(reason=RefusalReason.TOO_OLD, text=text, key=key)
    return Due(key=key, since=since, until=until)


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise TypeError("an instant needs a time zone")
    return instant


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
]
