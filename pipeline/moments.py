"""A school's newsletter moments, week by week: which there are, and which of them holidays skip. Pure.

Every instant that comes out is an aware `datetime` in UTC, to the second. A moment that the clock
skips happens at the first instant after it, a doubled one the first time (contract.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline.days import aware, first_instant, local_date
from pipeline.hours import SchoolDays
from pipeline.settings_values import FIRST_SCHOOL_DAY, InHolidays, Moment

_KEY = re.compile(r"([0-9]{4})-W([0-9]{2})(?:-([2-9]|[1-9][0-9]))?")
YEARS = range(1970, 2200)  #: time zones are known from the first on; the last keeps arithmetic in range
_WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Key:
    """The name of a weekly run: ``2026-W47``, and ``2026-W47-2`` for that week's second newsletter."""

    year: int  #: ISO 8601 week year
    week: int
    number: int = 1  #: in the order of the settings: "first" before Monday, then by day and time

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
    if key.year not in YEARS:
        raise ValueError(f"the year of {text} must lie between {YEARS[0]} and {YEARS[-1]}")
    try:
        _ = key.monday
    except ValueError:
        raise ValueError(f"{key.year} has no week {key.week}") from None
    return key


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """One moment of one week, whether a newsletter is made then or not."""

    at: datetime
    key: Key
    first_day: bool  #: it stands on the first school day of its week
    holiday: str | None = None  #: the holiday that skips it, by name
    same_as: Key | None = None  #: an earlier moment falls on the same instant and is the one newsletter

    @property
    def goes(self) -> bool:
        return self.holiday is None and self.same_as is None

    @property
    def rank(self) -> tuple[datetime, Key]:
        return self.at, self.key


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """One school's newsletter moments in its time zone, going on for ever in both directions."""

    moments: tuple[Moment, ...]  #: at least one
    zone: ZoneInfo
    days: SchoolDays = field(default_factory=SchoolDays)
    #: Weeks worked out before, by their Monday: `due` asks for the same few every few seconds.
    _known: dict[date, tuple[Planned, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if not self.moments:
            raise ValueError("a calendar needs at least one moment")
        # Frozen, yet a key's number must mean the same whatever order the moments came in.
        object.__setattr__(self, "moments", tuple(sorted(set(self.moments))))

    def instant(self, key: Key) -> datetime:
        """When ``key`` is due. `ValueError` when the week has fewer moments than its number."""
        return self.planned(key).at

    def planned(self, key: Key) -> Planned:
        """As `instant`, with what is known of it."""
        if key.number > len(self.moments):
            raise ValueError(f"{key} does not exist: {self._how_many()}")
        return next(each for each in self._week(key.monday) if each.key == key)

    def previous(self, key: Key) -> Key:
        """The newsletter before this moment, be it one itself or not."""
        rank = self.planned(key).rank
        return next(each.key for each in self._back(key.monday) if each.goes and each.rank < rank)

    def next(self, key: Key) -> Key:
        rank = self.planned(key).rank
        return next(each.key for each in self._on(key.monday) if each.goes and each.rank > rank)

    def window(self, key: Key) -> tuple[datetime, datetime]:
        """``[since, until)`` by the calendar alone: what holidays skipped in between is part of it.

        Empty only where the moment falls on the same instant as an earlier one, which has the days then.
        """
        return self.instant(self.previous(key)), self.instant(key)

    def latest_due(self, now: datetime) -> Key:
        """The newest moment at or before ``now`` that no holiday skips."""
        now = aware(now)
        # The week after counts for what has passed too: a clock set back at midnight (America/St_Johns
        # until 2011) returns to Sunday after Monday had begun.
        weeks = self._back(self._monday(now) + _WEEK)
        return next(each.key for each in weeks if each.goes and each.at <= now)

    def next_after(self, instant: datetime) -> tuple[Key, datetime]:
        """The first moment after ``instant`` that no holiday skips, and when it is."""
        after = aware(instant)
        weeks = self._on(self._monday(after))
        return next((each.key, each.at) for each in weeks if each.goes and each.at > after)

    def between(self, since: datetime, until: datetime) -> Iterator[Planned]:
        """Every moment after ``since`` and before ``until``, skipped ones too, in order."""
        for each in self._on(self._monday(since)):
            if each.at >= until:
                return
            if each.at > since:
                yield each

    def _monday(self, instant: datetime) -> date:
        today = local_date(instant, self.zone)
        return today - timedelta(days=today.weekday())

    def _back(self, monday: date) -> Iterator[Planned]:
        """The moments of that week and of those before it, newest first."""
        while monday.year >= YEARS[0] - 1:
            yield from reversed(self._week(monday))
            monday -= _WEEK
        raise LookupError("no newsletter moment lies outside holidays as far back as time zones are known")

    def _on(self, monday: date) -> Iterator[Planned]:
        while monday.year <= YEARS[-1] + 1:
            yield from self._week(monday)
            monday += _WEEK
        raise LookupError(f"no newsletter moment lies outside holidays before {YEARS[-1] + 1}")

    def _week(self, monday: date) -> tuple[Planned, ...]:
        if monday not in self._known:
            self._known[monday] = tuple(self._work_out(monday))
        return self._known[monday]

    def _work_out(self, monday: date) -> Iterator[Planned]:
        """In the order in which they come. What a holiday skips keeps no other from its instant."""
        taken: dict[datetime, Key] = {}
        for each in self._configured(monday):
            if each.holiday is not None:
                yield each
            elif (same := taken.setdefault(each.at, each.key)) != each.key:
                yield replace(each, same_as=same)
            else:
                yield each

    def _configured(self, monday: date) -> list[Planned]:
        year, week, _ = monday.isocalendar()
        found = []
        for number, moment in enumerate(self.moments, start=1):
            day, holiday = self._day(moment, monday)
            found.append(
                Planned(
                    at=first_instant(datetime.combine(day, moment.time), self.zone),
                    key=Key(year=year, week=week, number=number),
                    first_day=moment.weekday == FIRST_SCHOOL_DAY,
                    holiday=holiday if self.days.holidays.newsletter is InHolidays.SKIP else None,
                )
            )
        return sorted(found, key=lambda each: each.rank)

    def _day(self, moment: Moment, monday: date) -> tuple[date, str | None]:
        """The day of that moment, and the holiday it is in. A week without school has Monday's."""
        if moment.weekday != FIRST_SCHOOL_DAY:
            day = monday + timedelta(days=moment.weekday - 1)
            return day, self.days.in_holiday(day)
        week = [monday + timedelta(days=n) for n in range(7)]
        for day in week:
            if self.days.is_school_day(day):
                return day, None
        names = (self.days.in_holiday(day) for day in week)
        return monday, next((name for name in names if name), "no school")

    def _how_many(self) -> str:
        count = len(self.moments)
        return "there is one newsletter a week" if count == 1 else f"there are {count} newsletters a week"


__all__ = ["YEARS", "Calendar", "Key", "Planned", "parse_key"]
