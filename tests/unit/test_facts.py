"""What the rules ask of a school: stays, ages, days that begin at midnight, and how far back is owed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from pipeline.days import age_on, first_instant, local_day_start
from pipeline.facts import Span, unbroken
from tests.small_school import AMSTERDAM, FRIDAY, Small, day

# Stays.


def span(since: int | None, until: int | None) -> Span:
    return Span(day(since) if since else None, day(until) if until else None)


@pytest.mark.parametrize(
    "spans,on,stay",
    [
        ([(1, 9)], 5, (1, 9)),
        ([(1, 9)], 9, None),  # the first day no longer there
        ([(1, 9)], 1, (1, 9)),
        ([(1, 5), (5, 9)], 7, (1, 9)),  # moved to another group: one stay
        ([(1, 5), (6, 9)], 7, (6, 9)),  # a day away breaks it
        ([(1, 9), (3, 5)], 7, (1, 9)),
        ([(None, 5), (5, None)], 7, (None, None)),
        ([(None, 3), (5, None)], 7, (5, None)),
        ([(5, 5)], 5, None),  # taken back before it began
        ([(7, 3)], 5, None),
        ([], 5, None),
    ],
)
def test_a_stay_is_the_union_of_touching_spans(
    spans: list[tuple[int | None, int | None]], on: int, stay: tuple[int | None, int | None] | None
) -> None:
    found = unbroken([span(*each) for each in spans], day(on))
    assert found == (span(*stay) if stay else None)


days = st.integers(1, 25).map(day)
spans = st.lists(st.tuples(st.none() | days, st.none() | days).map(lambda pair: Span(*pair)), max_size=6)


@given(spans=spans, on=days)
def test_a_stay_holds_every_day_that_links_it_to_today_and_not_the_day_before(
    spans: list[Span], on: date
) -> None:
    stay = unbroken(spans, on)
    here = {d for d in map(day, range(1, 31)) if any(span.holds(d) for span in spans)}
    assert (stay is not None) == (on in here)
    if stay and stay.since:
        assert stay.since in here
        assert stay.since - timedelta(days=1) not in here
    if stay and stay.until:
        assert stay.until not in here


def test_an_enrolment_that_a_newer_roster_lost_is_part_of_the_stay_and_makes_nobody_present() -> None:
    school = Small()
    school.enrol("p1", "groep 3", since=day(1), until=day(10), ended=True)
    assert school.facts().stay(school.pupil("p1")) is None
    school.enrol("p1", "groep 4", since=day(10))
    stay = school.facts().stay(school.pupil("p1"))
    assert stay is not None
    assert stay.since == day(1)


def test_who_left_and_came_back_has_a_day_of_leaving() -> None:
    school = Small()
    school.enrol("p1", "groep 3", since=day(1), until=day(5))
    school.enrol("p1", "groep 3", since=day(10))
    assert school.facts().last_left(school.pupil("p1")) == day(5)
    school.enrol("p2", "groep 3", since=day(1), until=day(5))
    school.enrol("p2", "groep 4", since=day(5))
    assert school.facts().last_left(school.pupil("p2")) is None


# Days.


@pytest.mark.parametrize(
    "born,on,age",
    [
        (date(2010, 11, 20), date(2026, 11, 19), 15),
        (date(2010, 11, 20), date(2026, 11, 20), 16),
        (date(2012, 2, 29), date(2028, 2, 28), 15),
        (date(2012, 2, 29), date(2028, 2, 29), 16),
        (date(2012, 2, 29), date(2029, 2, 28), 16),
        (date(2012, 2, 29), date(2029, 3, 1), 17),
    ],
)
def test_ages_are_whole_years(born: date, on: date, age: int) -> None:
    assert age_on(born, on) == age


def test_a_day_begins_at_midnight_of_the_schools_zone_and_after_a_gap_where_there_is_none() -> None:
    assert local_day_start(day(20), AMSTERDAM) == datetime(2026, 11, 19, 23, tzinfo=UTC)
    beirut = ZoneInfo("Asia/Beirut")  # the clock skipped 00:00 to 01:00
    assert local_day_start(date(2022, 3, 27), beirut) == datetime(2022, 3, 26, 22, tzinfo=UTC)


def test_a_doubled_time_is_the_first_one() -> None:
    doubled = datetime.fromisoformat("2026-10-25T02:30")
    assert first_instant(doubled, AMSTERDAM) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "today,began", [(date(2026, 11, 20), 2026), (date(2026, 7, 31), 2025), (date(2026, 8, 1), 2026)]
)
def test_a_school_year_begins_on_the_settings_day(today: date, began: int) -> None:
    at = datetime(today.year, today.month, today.day, 12, tzinfo=AMSTERDAM)
    assert Small().facts(at=at).school_year_began == local_day_start(date(began, 8, 1), AMSTERDAM)


def test_owed_days_are_days_on_the_wall_also_over_the_clock_change() -> None:
    school = Small()
    school.runs.append(("2026-W40", FRIDAY - timedelta(days=60)))
    cut_off = datetime(2026, 11, 20, 15, 30, tzinfo=AMSTERDAM)
    assert school.facts().owed_from == datetime(2026, 10, 23, 15, 30, tzinfo=AMSTERDAM)
    assert cut_off - datetime(2026, 10, 23, 15, 30, tzinfo=AMSTERDAM) == timedelta(days=28)


def test_nothing_is_owed_from_before_the_first_runs_window() -> None:
    assert Small().facts().owed_from == FRIDAY - timedelta(days=7)
