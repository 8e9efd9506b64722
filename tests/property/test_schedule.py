"""The calendar against a slow and obvious model: a clock on the wall, looked at every minute."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from pipeline.schedule import (
    Calendar,
    Due,
    Key,
    Refusal,
    RefusalReason,
    coming,
    due,
    local_date,
    local_day_start,
    parse_at,
    parse_key,
)
from pipeline.settings import Moment

#: Around these days clocks were moved; the last of each zone is an ordinary one.
DAYS = {
    "Europe/Amsterdam": [date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 18)],
    "Australia/Lord_Howe": [date(2026, 4, 5), date(2026, 10, 4), date(2026, 7, 1)],
    "America/Sao_Paulo": [date(2017, 10, 15), date(2018, 2, 18), date(2026, 7, 1)],
    "Pacific/Apia": [date(2011, 12, 30), date(2012, 4, 1), date(2011, 9, 24)],
    "Africa/Casablanca": [date(2026, 2, 15), date(2026, 3, 22), date(2026, 7, 1)],
    "America/St_Johns": [date(2011, 3, 13), date(2010, 11, 7), date(2026, 3, 8)],
    "UTC": [date(2026, 12, 28), date(2027, 1, 1)],
}
PLACES = [(zone, day) for zone, days in DAYS.items() for day in days]
MINUTE = timedelta(minutes=1)

places = st.sampled_from(PLACES)
#: Times close to where clocks are moved come often, any other sometimes.
times = st.builds(
    time, st.sampled_from([0, 0, 1, 2, 2, 3, 23]) | st.integers(0, 23), st.sampled_from([0, 1, 30, 59])
)
moments = st.builds(lambda day, at: Moment(weekday=day, time=at), st.integers(1, 7), times)
weeks_moments = st.lists(moments, min_size=1, max_size=3, unique=True).map(tuple)


@cache
def wall(zone: str, day: date) -> tuple[list[datetime], list[datetime]]:
    """Every minute of about seven weeks around ``day``, and the latest time the clock has shown by then."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=24)
    minutes = [start + i * MINUTE for i in range(48 * 24 * 60)]
    shown = (minute.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for minute in minutes)
    return minutes, list(accumulate(shown, max))


def first_shown(zone: str, day: date, local: datetime) -> datetime:
    """The first minute at which the clock on the wall shows ``local`` or has jumped over it."""
    minutes, latest = wall(zone, day)
    return minutes[bisect_left(latest, local)]


def slow_moments(zone: str, day: date, chosen: tuple[Moment, ...]) -> list[tuple[datetime, str]]:
    """Every moment of about six weeks around ``day`` with its key, found by walking over the dates."""
    found = []
    for offset in range(-20, 21):
        today = day + timedelta(days=offset)
        for number, moment in enumerate(sorted(chosen), start=1):
            if moment.weekday == today.isoweekday():
                key = f"{today:%G-W%V}" + (f"-{number}" if number > 1 else "")
                found.append((first_shown(zone, day, datetime.combine(today, moment.time)), key))
    return found


def instant_near(place: tuple[str, date], index: int) -> datetime:
    """A minute not more than ten days from the place's day."""
    return wall(*place)[0][14 * 24 * 60 + index % (20 * 24 * 60)]


@given(places, weeks_moments)
def test_every_moment_comes_when_the_clock_on_the_wall_says(
    place: tuple[str, date], chosen: tuple[Moment, ...]
) -> None:
    calendar = Calendar(moments=chosen, zone=ZoneInfo(place[0]))
    for instant, key in slow_moments(*place, chosen):
        assert calendar.instant(parse_key(key)) == instant


@given(places, weeks_moments, st.integers(0, 10**6))
def test_latest_and_next_are_the_neighbours_of_now(
    place: tuple[str, date], chosen: tuple[Moment, ...], index: int
) -> None:
    calendar = Calendar(moments=chosen, zone=ZoneInfo(place[0]))
    now, all_moments = instant_near(place, index), slow_moments(*place, chosen)
    passed = [instant for instant, _ in all_moments if instant <= now]
    coming = [instant for instant, _ in all_moments if instant > now]
    assert calendar.instant(calendar.latest_due(now)) == max(passed)
    key, at = calendar.next_after(now)
    assert at == min(coming) == calendar.instant(key)


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


@given(places, weeks_moments)
def test_consecutive_windows_tile_time(place: tuple[str, date], chosen: tuple[Moment, ...]) -> None:
    calendar = Calendar(moments=chosen, zone=ZoneInfo(place[0]))
    year, week, _ = (place[1] - timedelta(days=28)).isocalendar()
    keys = [Key(year=year, week=week)]
    while len(keys) < 20:
        keys.append(calendar.next(keys[-1]))
    assert keys == sorted(set(keys))
    for key, following in pairwise(keys):
        assert calendar.previous(following) == key
        assert calendar.window(key)[1] == calendar.window(following)[0]
        assert calendar.window(key)[0] <= calendar.window(key)[1]


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


@given(
    places, st.lists(st.tuples(weeks_moments, places, st.integers(0, 3 * 24 * 60)), min_size=1, max_size=25)
)
def test_changed_settings_never_give_an_empty_window_a_gap_or_a_second_run(
    place: tuple[str, date], steps: list[tuple[tuple[Moment, ...], tuple[str, date], int]]
) -> None:
    """Wakes up again and again, with other moments and another zone each time: what runs still tiles time."""
    made: list[Made] = []
    now = instant_near(place, 0)
    for chosen, (zone, _), minutes in steps:
        now += minutes * MINUTE
        answer = due(Calendar(moments=chosen, zone=ZoneInfo(zone)), now=now, past=made)
        if isinstance(answer, Refusal):
            assert answer.reason is RefusalReason.NOTHING_DUE
            continue
        assert answer.since < answer.until <= now
        assert not made or answer.since == made[-1].until
        assert str(answer.key) not in {run.key for run in made}
        made.append(Made(str(answer.key), answer.until))


@given(places, weeks_moments, st.lists(st.integers(0, 2000), max_size=10))
def test_whenever_a_machine_wakes_up_all_that_has_passed_is_covered_once(
    place: tuple[str, date], chosen: tuple[Moment, ...], sleeps: list[int]
) -> None:
    calendar = Calendar(moments=chosen, zone=ZoneInfo(place[0]))
    all_moments = [instant for instant, _ in slow_moments(*place, chosen)]
    now, made = instant_near(place, 0), list[Made]()
    for sleep in sleeps:
        now += sleep * MINUTE
        answer = due(calendar, now=now, past=made)
        if isinstance(answer, Due):
            made.append(Made(str(answer.key), answer.until))
        assert made[-1].until == max(instant for instant in all_moments if instant <= now)


@given(places, weeks_moments, st.integers(0, 10**6), st.data())
def test_a_week_asked_for_is_what_would_have_run_at_its_moment(
    place: tuple[str, date], chosen: tuple[Moment, ...], index: int, data: st.DataObject
) -> None:
    calendar = Calendar(moments=chosen, zone=ZoneInfo(place[0]))
    now = instant_near(place, index)
    at, key = data.draw(st.sampled_from(slow_moments(*place, chosen)))
    answer = due(calendar, now=now, past=[], week=key)
    if at > now:
        assert isinstance(answer, Refusal)
        assert answer.reason is RefusalReason.NOT_YET
    elif isinstance(answer, Due):
        assert answer == due(calendar, now=at, past=[])
    else:
        assert calendar.window(parse_key(key))[0] == at


@given(places, weeks_moments, st.integers(0, 10**6), st.booleans())
def test_what_is_announced_is_what_each_moment_then_makes(
    place: tuple[str, date], chosen: tuple[Moment, ...], index: int, started: bool
) -> None:
    """Whoever comes exactly at every announced moment is given just these runs, and between them none."""
    calendar = Calendar(moments=chosen, zone=ZoneInfo(place[0]))
    now = instant_near(place, index)
    first = due(calendar, now=now - timedelta(days=7), past=[])
    past = [Made(str(first.key), first.until)] if started and isinstance(first, Due) else []
    announced = coming(calendar, now=now, past=past, count=5)
    assert len(announced) == 5
    for each in announced:
        just_before = due(calendar, now=each.until - timedelta(microseconds=1), past=past)
        assert each.until <= now or not isinstance(just_before, Due)
        assert due(calendar, now=max(now, each.until), past=past) == each
        past.append(Made(str(each.key), each.until))
