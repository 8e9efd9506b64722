"""Open hours against a clock on the wall, looked at every minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st

from pipeline.hours import Hours, SchoolDays
from pipeline.settings import Holidays, InHolidays
from tests.wall_clock import MINUTE, places, times, wall


@dataclass(frozen=True)
class Scene:
    place: tuple[str, date]
    hours: Hours


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    zone, around = draw(places)
    some_days = st.integers(-5, 5).map(lambda days: around + timedelta(days=days))
    stretches = st.tuples(some_days, some_days).map(lambda two: (min(two), max(two)))
    holidays = Holidays(
        immediate=draw(st.sampled_from(InHolidays)),
        free=tuple(draw(st.lists(stretches, max_size=2))),
        open=tuple(draw(st.lists(some_days, max_size=2))),
    )
    weekdays = draw(st.sampled_from([(1, 2, 3, 4, 5), (1, 2, 4, 5), (1, 2, 3, 4, 5, 6, 7), (7,)]))
    days = SchoolDays(weekdays=weekdays, holidays=holidays)
    hours = Hours(days=days, zone=ZoneInfo(zone), quiet_from=draw(times), quiet_until=draw(times))
    return Scene((zone, around), hours)


def slow_open(hours: Hours, shown: datetime) -> bool:
    """Whether mail may go when the latest time that the clock on the wall has shown is ``shown``."""
    day, at, told = shown.date(), shown.time(), hours.days.holidays
    if day not in told.open:
        if day.isoweekday() not in hours.days.weekdays:
            return False
        if told.immediate is InHolidays.SKIP and any(first <= day <= last for first, last in told.free):
            return False
    return not slow_quiet(hours.quiet_from, hours.quiet_until, at)


def slow_quiet(begin: time, end: time, at: time) -> bool:
    return begin <= at < end if begin <= end else at >= begin or at < end


@given(scenes(), st.integers(0, 8 * 24 * 60))
def test_hours_are_open_when_the_clock_on_the_wall_says_and_open_next_when_it_does_first(
    scene: Scene, minute: int
) -> None:
    minutes, latest = wall(*scene.place)
    index = 20 * 24 * 60 + minute  # within four days of where something happens
    now = minutes[index]
    assert scene.hours.open_at(now) == slow_open(scene.hours, latest[index])
    assert (scene.hours.why_closed(now) is None) == scene.hours.open_at(now)
    first = next(i for i in range(index, len(minutes)) if slow_open(scene.hours, latest[i]))
    assert scene.hours.opens(now) == minutes[first]


@given(scenes(), st.integers(0, 8 * 24 * 60))
def test_every_change_of_open_and_closed_comes_at_a_whole_minute(scene: Scene, minute: int) -> None:
    """What holds at a minute's first instant holds up to its last: the minutes of the model are enough."""
    now = wall(*scene.place)[0][20 * 24 * 60 + minute]
    last = now + MINUTE - timedelta(microseconds=1)
    assert scene.hours.open_at(now) == scene.hours.open_at(last)
    assert scene.hours.open_at(now) or scene.hours.opens(now) == scene.hours.opens(last)
