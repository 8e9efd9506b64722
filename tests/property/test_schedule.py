"""The calendar against a slow and obvious model: a clock on the wall, looked at every minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from pipeline.hours import SchoolDays
from pipeline.schedule import (
    Calendar,
    Due,
    Refusal,
    RefusalReason,
    coming,
    due,
    local_date,
    local_day_start,
    parse_at,
    parse_key,
    skipped_between,
)
from pipeline.settings import FIRST_SCHOOL_DAY, Holidays, InHolidays, Moment
from tests.wall_clock import MINUTE, PLACES, first_shown, instant_near, places, times

Place = tuple[str, date]


@dataclass(frozen=True)
class Scene:
    """A calendar around a day on which something happens to the clock, or nothing."""

    place: Place
    calendar: Calendar

    def now(self, index: int) -> datetime:
        return instant_near(self.place, index)


#: Every kind of moment, with the first school day of the week often enough to meet the others.
moments = st.builds(
    lambda day, at: Moment(weekday=day, time=at),
    st.sampled_from([FIRST_SCHOOL_DAY, 1, 2, 3, 4, 5, 6, 7]),
    times,
)


@st.composite
def school_days(draw: st.DrawFn, around: date) -> SchoolDays:
    """A school with free days of its own not more than nine days from ``around``."""
    some_days = st.integers(-9, 9).map(lambda days: around + timedelta(days=days))
    stretches = st.tuples(some_days, some_days).map(lambda two: (min(two), max(two)))
    holidays = Holidays(
        newsletter=draw(st.sampled_from(InHolidays)),
        free=tuple(draw(st.lists(stretches, max_size=2))),
        open=tuple(draw(st.lists(some_days, max_size=2))),
    )
    weekdays = draw(st.sampled_from([(1, 2, 3, 4, 5), (1, 2, 4, 5), (2, 3, 4), (7,)]))
    return SchoolDays(weekdays=weekdays, holidays=holidays)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    place = draw(places)
    chosen = tuple(draw(st.lists(moments, min_size=1, max_size=3, unique=True)))
    days = draw(st.just(SchoolDays()) | school_days(place[1]))
    return Scene(place, Calendar(moments=chosen, zone=ZoneInfo(place[0]), days=days))


def slow_day(moment: Moment, monday: date, days: SchoolDays) -> tuple[date, bool]:
    """On which day of the week a moment falls, and whether it is in a holiday: by walking over the days."""
    week = [monday + timedelta(days=n) for n in range(7)]
    told = days.holidays
    free = [day not in told.open and any(a <= day <= b for a, b in told.free) for day in week]
    if moment.weekday != FIRST_SCHOOL_DAY:
        return week[moment.weekday - 1], free[moment.weekday - 1]
    for day, is_free in zip(week, free, strict=True):
        if not is_free and (day.isoweekday() in days.weekdays or day in told.open):
            return day, False
    return monday, True


def slow_moments(scene: Scene) -> tuple[list[tuple[datetime, str]], list[tuple[datetime, str]]]:
    """The moments of more than six weeks with their keys: those that go, and those that holidays skip."""
    zone, day = scene.place
    going, skipped = dict[datetime, str](), list[tuple[datetime, str]]()
    for week in range(-4, 4):
        monday = day - timedelta(days=day.weekday()) + timedelta(weeks=week)
        for number, moment in enumerate(sorted(scene.calendar.moments), start=1):
            today, in_holiday = slow_day(moment, monday, scene.calendar.days)
            if abs(today - day) > timedelta(days=22):
                continue
            at = first_shown(zone, day, datetime.combine(today, moment.time))
            key = f"{monday:%G-W%V}" + (f"-{number}" if number > 1 else "")
            if in_holiday and scene.calendar.days.holidays.newsletter is InHolidays.SKIP:
                skipped.append((at, key))
            else:
                going.setdefault(at, key)
    return sorted(going.items()), sorted(skipped)


@given(scenes())
def test_every_moment_comes_when_the_clock_on_the_wall_says(scene: Scene) -> None:
    going, skipped = slow_moments(scene)
    for instant, key in [*going, *skipped]:
        planned = scene.calendar.planned(parse_key(key))
        assert planned.at == instant
        assert planned.goes == ((instant, key) in going)


@given(scenes(), st.integers(0, 10**6))
def test_latest_and_next_are_the_neighbours_of_now(scene: Scene, index: int) -> None:
    calendar, now, (going, _) = scene.calendar, scene.now(index), slow_moments(scene)
    assert str(calendar.latest_due(now)) == max((at, key) for at, key in going if at <= now)[1]
    key, at = calendar.next_after(now)
    assert (at, str(key)) == min((at, key) for at, key in going if at > now)


@given(scenes(), st.integers(0, 10**6), st.integers(0, 10**6))
def test_what_holidays_skip_inside_a_window_is_found(scene: Scene, one: int, other: int) -> None:
    since, until = sorted((scene.now(one), scene.now(other)))
    _, skipped = slow_moments(scene)
    found = [(each.at, str(each.key)) for each in skipped_between(scene.calendar, since, until)]
    assert sorted(found) == [(at, key) for at, key in skipped if since < at < until]


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_moment_is_due_from_its_very_instant(place: tuple[str, date]) -> None:
    zone = place[0]
    for hour in (0, 2, 15):
        calendar = Calendar(moments=(Moment(weekday=7, time=time(hour)),), zone=ZoneInfo(zone))
        key = calendar.latest_due(instant_near(place, 10**4))
        at = calendar.instant(key)
        assert calendar.latest_due(at) == key
        assert calendar.latest_due(at - timedelta(microseconds=1)) == calendar.previous(key)
        assert calendar.next_after(at - timedelta(microseconds=1)) == (key, at)


@given(scenes())
def test_consecutive_windows_tile_time(scene: Scene) -> None:
    calendar = scene.calendar
    keys = [calendar.latest_due(scene.now(0))]
    while len(keys) < 20:
        keys.append(calendar.next(keys[-1]))
    assert len(set(keys)) == 20
    for key, following in pairwise(keys):
        assert calendar.previous(following) == key
        assert calendar.window(key)[1] == calendar.window(following)[0]
        assert calendar.window(key)[0] < calendar.window(key)[1]


@given(places, st.integers(-10, 10), times)
def test_a_local_time_is_the_first_minute_at_which_the_clock_has_reached_it(
    place: tuple[str, date], days: int, at: time
) -> None:
    local = datetime.combine(place[1] + timedelta(days=days), at)
    assert parse_at(local.isoformat(), ZoneInfo(place[0])) == first_shown(*place, local)


@given(places, st.integers(-10, 10))
def test_a_date_begins_at_its_first_minute(place: tuple[str, date], days: int) -> None:
    zone, today = ZoneInfo(place[0]), place[1] + timedelta(days=days)
    start = local_day_start(today, zone)
    assert start == first_shown(*place, datetime.combine(today, time()))
    assert start == parse_at(today.isoformat(), zone)
    assert local_date(start, zone) >= today
    assert local_date(start - timedelta(microseconds=1), zone) < today


@dataclass(frozen=True)
class Made:
    key: str
    until: datetime


@given(places, st.lists(st.tuples(scenes(), st.integers(-1500, 3 * 24 * 60)), min_size=1, max_size=25))
def test_changed_settings_and_clocks_never_give_an_empty_window_a_gap_or_a_second_run(
    place: Place, steps: list[tuple[Scene, int]]
) -> None:
    """Wakes up again and again, with other moments, zone and free days each time, the clock set forward or
    back by up to a day: what runs still tiles time."""
    made: list[Made] = []
    now = instant_near(place, 0)
    for scene, minutes in steps:
        now += minutes * MINUTE
        answer = due(scene.calendar, now=now, past=made)
        if isinstance(answer, Refusal):
            assert answer.reason is RefusalReason.NOTHING_DUE
            continue
        assert answer.since < answer.until <= now
        assert not made or answer.since == made[-1].until
        assert str(answer.key) not in {run.key for run in made}
        made.append(Made(str(answer.key), answer.until))


@given(scenes(), st.lists(st.integers(0, 2000), max_size=10))
def test_whenever_a_machine_wakes_up_all_that_has_passed_is_covered_once(
    scene: Scene, sleeps: list[int]
) -> None:
    going, skipped = slow_moments(scene)
    now, made = scene.now(0), list[Made]()
    for sleep in sleeps:
        now += sleep * MINUTE
        answer = due(scene.calendar, now=now, past=made)
        if isinstance(answer, Due):
            over_holidays = any(answer.since < at < answer.until for at, _ in skipped)
            assert answer.carried_from == (answer.since if over_holidays else None)
            made.append(Made(str(answer.key), answer.until))
        assert made[-1].until == max(instant for instant, _ in going if instant <= now)


@given(scenes(), st.integers(0, 10**6), st.data())
def test_a_week_asked_for_is_what_would_have_run_at_its_moment(
    scene: Scene, index: int, data: st.DataObject
) -> None:
    calendar, now, (going, _) = scene.calendar, scene.now(index), slow_moments(scene)
    at, key = data.draw(st.sampled_from(going))
    answer = due(calendar, now=now, past=[], week=key)
    if at > now:
        assert isinstance(answer, Refusal)
        assert answer.reason is RefusalReason.NOT_YET
    else:
        assert answer == due(calendar, now=at, past=[])


@given(scenes())
def test_a_week_in_the_holidays_that_a_person_asks_for_is_made(scene: Scene) -> None:
    """It has what was published since the newsletter before it, as if no holiday had skipped it."""
    _, skipped = slow_moments(scene)
    for at, key in skipped:
        answer = due(scene.calendar, now=at, past=[], week=key)
        before = scene.calendar.instant(scene.calendar.previous(parse_key(key)))
        if before == at:
            assert isinstance(answer, Refusal)
        else:
            assert isinstance(answer, Due)
            assert (answer.since, answer.until) == (before, at)


@given(scenes(), st.integers(0, 10**6), st.booleans())
def test_what_is_announced_is_what_each_moment_then_makes(scene: Scene, index: int, started: bool) -> None:
    """Whoever comes exactly at every announced moment is given just these runs, and between them none."""
    calendar, now = scene.calendar, scene.now(index)
    first = due(calendar, now=now - timedelta(days=7), past=[])
    past = [Made(str(first.key), first.until)] if started and isinstance(first, Due) else []
    announced = coming(calendar, now=now, past=past, count=5)
    assert len(announced) == 5
    for each in announced:
        just_before = due(calendar, now=each.until - timedelta(microseconds=1), past=past)
        assert each.until <= now or not isinstance(just_before, Due)
        assert due(calendar, now=max(now, each.until), past=past) == each
        past.append(Made(str(each.key), each.until))
