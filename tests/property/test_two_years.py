"""Two years of a school in which its machine is asked every now and then, and nothing is as it should be.

The machine's clock is set an hour or a day forward and back, the school changes its time zone, the machine
is off for three days and for two weeks, and there are holidays. The model knows the moments of two years by
walking over their days; it is asked what a person would expect.
"""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from pipeline.hours import SchoolDays
from pipeline.moments import Calendar
from pipeline.schedule import Due, due
from pipeline.settings import FIRST_SCHOOL_DAY, Holidays, InHolidays, Moment

LATE = timedelta(hours=48)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ONE_LETTER = (Moment(weekday=5, time=time(15, 30)),)
THREE_LETTERS = (
    Moment(weekday=FIRST_SCHOOL_DAY, time=time(8, 30)),
    Moment(weekday=3, time=time(12)),
    Moment(weekday=7, time=time(2, 15)),  # at night, when clocks are moved
)
TWO_THAT_MEET = (Moment(weekday=FIRST_SCHOOL_DAY, time=time(16)), Moment(weekday=2, time=time(16)))
AWAY = Holidays(
    free=(
        (date(2017, 4, 29), date(2017, 5, 7)),
        (date(2017, 7, 10), date(2017, 8, 20)),
        (date(2017, 12, 23), date(2018, 1, 7)),
        (date(2018, 2, 12), date(2018, 2, 13)),  # a Monday and a Tuesday
        (date(2018, 7, 9), date(2018, 8, 19)),
    ),
    open=(date(2018, 7, 13),),
)
#: Years in which the zone's clock was moved, if ever.
SCHOOLS = {
    "Europe/Amsterdam": (2026, Holidays(region="midden", free=((date(2026, 6, 1), date(2026, 6, 1)),))),
    "Australia/Lord_Howe": (2017, AWAY),
    "America/Sao_Paulo": (2017, AWAY),
    "UTC": (2017, Holidays(newsletter=InHolidays.SEND, free=AWAY.free)),
}
ELSEWHERE = {"Europe/Amsterdam": "America/Curacao", "Australia/Lord_Howe": "Pacific/Auckland"}


@dataclass(frozen=True)
class Made:
    key: str
    since: datetime
    until: datetime


@dataclass
class Life:
    """A school's two years, run by run."""

    zone: str
    chosen: tuple[Moment, ...]
    chance: random.Random
    made: list[Made] = field(default_factory=list)
    joined: set[str] = field(default_factory=set)  #: moments that came while a newer one had come as well
    known: set[str] = field(default_factory=set)  #: moments that had come by the last time
    late: int = 0

    def __post_init__(self) -> None:
        self.year, holidays = SCHOOLS[self.zone]
        self.days = SchoolDays(holidays=holidays)
        self.begin = datetime(self.year, 1, 9, tzinfo=UTC)
        self.real = self.begin
        self.end = datetime(self.year + 2, 1, 9, tzinfo=UTC)

    def live(self) -> None:
        zones = [self.zone, ELSEWHERE.get(self.zone, "Europe/Lisbon"), self.zone]
        offset, moved = timedelta(), self.begin
        for part, name in enumerate(zones):  # eight months in each
            calendar = Calendar(moments=self.chosen, zone=ZoneInfo(name), days=self.days)
            told = walk(calendar, self.year)
            while self.real < self.begin + (part + 1) * (self.end - self.begin) / 3:
                self.real += self._pause()
                if self.real - moved > 12 * DAY:
                    moved, offset = self.real, self.chance.choice([0 * HOUR, HOUR, -HOUR, DAY, -DAY])
                self._poll(calendar, told, self.real + offset)

    def _pause(self) -> timedelta:
        """Until the machine is asked again: minutes, rarely three days, very rarely two weeks."""
        if self.chance.random() < 0.002:
            return self.chance.choice([3 * DAY, 3 * DAY, 14 * DAY])
        return timedelta(minutes=self.chance.choice([1, 30, 240, 900]))

    def _poll(self, calendar: Calendar, told: list[tuple[datetime, str]], now: datetime) -> None:
        recent = told[bisect_left(told, (now - 60 * DAY, "")) : bisect_right(told, (now, "~"))]
        pending = [(at, key) for at, key in recent if at >= self.begin and key not in self.known]
        answer = due(calendar, now=now, past=self.made)
        covered = self.made[-1].until if self.made else self.begin - DAY
        assert isinstance(answer, Due) or not pending or pending[-1][0] <= covered
        if isinstance(answer, Due):
            assert (answer.until, str(answer.key)) == (pending or [(answer.until, str(answer.key))])[-1]
            assert not self.made or answer.since == self.made[-1].until
            assert answer.since < answer.until <= now
            self.late += answer.too_late(now, LATE)
            self.made.append(Made(str(answer.key), answer.since, answer.until))
            self.known.add(str(answer.key))
            assert not isinstance(due(calendar, now=now, past=self.made), Due)
        # Whatever had come by now is covered: by a run of its own, or with the posts of a newer one.
        assert all(at <= self.made[-1].until for at, _ in pending)
        self.joined |= {key for _, key in pending} - {run.key for run in self.made[-1:]}
        self.known |= {key for _, key in pending}


def walk(calendar: Calendar, year: int) -> list[tuple[datetime, str]]:
    """Every moment of two years that no holiday skips, with its key, in order: by walking over the days."""
    monday, found = date(year, 1, 2) - timedelta(days=date(year, 1, 2).weekday()), dict[datetime, str]()
    while monday.year < year + 3:
        for number, moment in enumerate(calendar.moments, start=1):
            if (day := going_on(moment, monday, calendar.days)) is not None:
                at = first_minute(datetime.combine(day, moment.time), calendar.zone)
                found.setdefault(at, f"{monday:%G-W%V}" + (f"-{number}" if number > 1 else ""))
        monday += timedelta(days=7)
    return sorted(found.items())


def going_on(moment: Moment, monday: date, days: SchoolDays) -> date | None:
    """The day of that week on which it goes, if it does."""
    send = days.holidays.newsletter is InHolidays.SEND
    week = [monday + timedelta(days=n) for n in range(7)]
    if moment.weekday != FIRST_SCHOOL_DAY:
        day = week[moment.weekday - 1]
        return day if send or not days.in_holiday(day) else None
    there = [day for day in week if days.is_school_day(day)]
    return there[0] if there else (monday if send else None)


def first_minute(local: datetime, zone: ZoneInfo) -> datetime:
    """The first minute at which the clock shows ``local``, or has jumped over it."""
    start = (local - 3 * HOUR).replace(tzinfo=zone).astimezone(UTC)
    minutes = (start + timedelta(minutes=n) for n in range(6 * 60))
    return next(at for at in minutes if at.astimezone(zone).replace(tzinfo=None) >= local)


@pytest.mark.parametrize("chosen", [ONE_LETTER, THREE_LETTERS, TWO_THAT_MEET], ids=["one", "three", "meet"])
@pytest.mark.parametrize("zone", SCHOOLS)
def test_in_two_years_every_moment_has_one_run_and_the_windows_touch(
    zone: str, chosen: tuple[Moment, ...]
) -> None:
    life = Life(zone, chosen, random.Random(f"{zone} {len(chosen)}"))
    life.live()
    assert max(Counter(run.key for run in life.made).values()) == 1
    assert all(run.until == following.since for run, following in pairwise(life.made))
    calendar = Calendar(moments=chosen, zone=ZoneInfo(zone), days=life.days)
    expected = {key for at, key in walk(calendar, life.year) if life.begin <= at < life.end - 2 * DAY}
    missing = expected - {run.key for run in life.made} - life.joined
    assert not missing
    # Only the absences threw newsletters together, and made some late; of three a week one is always young.
    assert len(life.joined) < len(expected) / 8
    assert life.late or len(chosen) == 3


def test_three_days_off_line_are_within_or_beyond_what_a_school_takes_for_late() -> None:
    calendar = Calendar(moments=ONE_LETTER, zone=ZoneInfo("Europe/Amsterdam"))
    friday = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
    back = friday + 3 * DAY
    answer = due(calendar, now=back, past=[Made("2026-W46", friday - 14 * DAY, friday - 7 * DAY)])
    assert isinstance(answer, Due)
    assert (answer.until, answer.since) == (friday, friday - 7 * DAY)
    assert answer.too_late(back, LATE)
    assert not answer.too_late(back, 3 * DAY)
    assert not answer.too_late(friday + LATE, LATE)
    assert answer.too_late(friday + LATE + timedelta(seconds=1), LATE)
