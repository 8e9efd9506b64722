"""What is due when, on days that people know."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipeline.hours import SchoolDays
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
    skipped_between,
)
from pipeline.settings import FIRST_SCHOOL_DAY, Holidays, InHolidays, Moment

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
FRIDAY = Moment(weekday=5, time=time(15, 30))
TUESDAY = Moment(weekday=2, time=time(16, 0))
SUNDAY_NIGHT = Moment(weekday=7, time=time(2, 30))


@dataclass(frozen=True)
class Made:
    key: str
    until: datetime


def calendar(*moments: Moment, zone: str = "Europe/Amsterdam") -> Calendar:
    return Calendar(moments=moments, zone=ZoneInfo(zone))


def at(text: str, zone: ZoneInfo = AMSTERDAM) -> datetime:
    return parse_at(text, zone)


def refusal(answer: Due | Refusal) -> RefusalReason:
    assert isinstance(answer, Refusal)
    return answer.reason


def test_a_friday_newsletter_is_due_on_friday_by_the_schools_clock() -> None:
    weekly = calendar(FRIDAY)
    assert weekly.instant(parse_key("2026-W47")) == datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
    assert weekly.instant(parse_key("2026-W25")) == datetime(2026, 6, 19, 13, 30, tzinfo=UTC)


def test_the_moments_of_a_week_are_numbered_in_its_order() -> None:
    twice = calendar(FRIDAY, TUESDAY)
    assert twice.instant(parse_key("2026-W47")) == at("2026-11-17T16:00")
    assert twice.instant(parse_key("2026-W47-2")) == at("2026-11-20T15:30")


def test_a_week_of_the_new_year_can_belong_to_the_old_one() -> None:
    weekly = calendar(FRIDAY)
    assert str(weekly.latest_due(at("2027-01-03T12:00"))) == "2026-W53"
    assert str(weekly.next(parse_key("2026-W53"))) == "2027-W01"
    assert str(weekly.previous(parse_key("2027-W01"))) == "2026-W53"


def test_a_skipped_moment_happens_when_the_clock_has_jumped() -> None:
    assert calendar(SUNDAY_NIGHT).instant(parse_key("2026-W13")) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_a_doubled_moment_happens_the_first_time() -> None:
    assert calendar(SUNDAY_NIGHT).instant(parse_key("2026-W43")) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_moment_on_a_day_that_never_was_happens_at_the_start_of_the_next() -> None:
    apia = calendar(FRIDAY, zone="Pacific/Apia")
    assert apia.instant(parse_key("2011-W52")) == datetime(2011, 12, 30, 10, 0, tzinfo=UTC)


def test_two_moments_that_a_missing_day_throws_together_are_one_newsletter() -> None:
    saturday = Moment(weekday=6, time=time(0, 0))
    apia = calendar(FRIDAY, saturday, zone="Pacific/Apia")
    now = parse_at("2011-12-31T08:00", apia.zone)
    answer = due(apia, now=now, past=[])
    assert isinstance(answer, Due)
    assert str(answer.key) == "2011-W52"
    assert answer.since < answer.until
    made = [Made("2011-W52", answer.until)]
    assert refusal(due(apia, now=now, past=made)) is RefusalReason.NOTHING_DUE
    assert refusal(due(apia, now=now, past=made, week="2011-W52-2")) is RefusalReason.TOO_OLD
    assert refusal(due(apia, now=now, past=[], week="2011-W52-2")) is RefusalReason.TOO_OLD


@pytest.mark.parametrize("text", ["2026-W47", "2026-W53", "1999-W01", "2026-W47-2", "2026-W47-13"])
def test_a_key_reads_back_as_it_was_written(text: str) -> None:
    assert str(parse_key(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "2026-47", "2026-W7", "2026-w47", "2026-W00", "2025-W53", "2026-W54", "2026-W47-1", "2026-W47-0",
     "2026-W47-02", "2026-W47 ", "2026-W47\n", "٢٠٢٦-W47", "0000-W01", "9999-W52"],
)  # fmt: skip
def test_what_is_no_week_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"week|year"):
        parse_key(text)


def test_keys_sort_by_year_week_and_number() -> None:
    texts = ["2025-W52", "2026-W01", "2026-W02", "2026-W02-2", "2026-W02-10", "2026-W10"]
    assert [str(key) for key in sorted(parse_key(text) for text in reversed(texts))] == texts


@pytest.mark.parametrize(
    "text, instant",
    [
        ("2026-11-20T15:30", datetime(2026, 11, 20, 14, 30, tzinfo=UTC)),
        ("2026-11-20 15:30:10", datetime(2026, 11, 20, 14, 30, 10, tzinfo=UTC)),
        ("2026-11-20T15:30Z", datetime(2026, 11, 20, 15, 30, tzinfo=UTC)),
        ("2026-11-20t15:30z", datetime(2026, 11, 20, 15, 30, tzinfo=UTC)),
        ("2026-11-20T15:30-05:00", datetime(2026, 11, 20, 20, 30, tzinfo=UTC)),
        ("2026-11-20T15:30+0100", datetime(2026, 11, 20, 14, 30, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 19, 23, 0, tzinfo=UTC)),
        ("2026-03-29T02:30", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        ("2026-03-29T02:30:00.5", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        ("2026-10-25T02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25T02:30+01:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_time_to_run_at_is_read_in_the_schools_zone(text: str, instant: datetime) -> None:
    assert parse_at(text, AMSTERDAM) == instant


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-W47", "20261120", "2026-11-31", "2026-11-20T24:00", "2026-11-20T15", "15:30",
     "2026-11-20T15:30 Europe/Amsterdam", "0001-01-01", "9999-12-31T23:59", "1767225600", "20-11-2026"],
)  # fmt: skip
def test_what_is_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"write it as|must lie between"):
        parse_at(text, AMSTERDAM)


def test_a_day_begins_where_midnight_was_skipped_at_the_first_instant_after() -> None:
    sao_paulo = ZoneInfo("America/Sao_Paulo")
    start = local_day_start(date(2017, 10, 15), sao_paulo)
    assert start == datetime(2017, 10, 15, 3, 0, tzinfo=UTC)
    assert start.astimezone(sao_paulo).time() == time(1, 0)
    assert local_date(start, sao_paulo) == date(2017, 10, 15)


def test_the_first_newsletter_covers_its_week_by_the_calendar() -> None:
    answer = due(calendar(FRIDAY), now=at("2026-11-20T15:30"), past=[])
    assert answer == Due(
        key=Key(year=2026, week=47), since=at("2026-11-13T15:30"), until=at("2026-11-20T15:30")
    )


def test_a_moment_is_due_at_its_instant_and_not_before() -> None:
    past = [Made("2026-W46", at("2026-11-13T15:30"))]
    early = due(calendar(FRIDAY), now=at("2026-11-20T15:29:59"), past=past)
    assert refusal(early) is RefusalReason.NOTHING_DUE
    assert isinstance(early, Refusal)
    assert "2026-W47 on Friday 20 November 2026 at 15:30 (Europe/Amsterdam)" in early.text
    assert isinstance(due(calendar(FRIDAY), now=at("2026-11-20T15:30"), past=past), Due)


def test_missed_newsletters_become_one_and_nothing_is_skipped() -> None:
    past = [Made("2026-W44", at("2026-10-30T15:30"))]
    answer = due(calendar(FRIDAY), now=at("2026-11-22T09:00"), past=past)
    assert answer == Due(
        key=Key(year=2026, week=47), since=at("2026-10-30T15:30"), until=at("2026-11-20T15:30")
    )


def test_a_newsletter_moved_to_later_in_its_week_is_not_sent_a_second_time() -> None:
    past = [Made("2026-W47", at("2026-11-17T16:00"))]
    friday = calendar(FRIDAY)
    assert refusal(due(friday, now=at("2026-11-21"), past=past)) is RefusalReason.NOTHING_DUE
    following = due(friday, now=at("2026-11-27T15:30"), past=past)
    assert isinstance(following, Due)
    assert following.since == at("2026-11-17T16:00")


def test_a_newsletter_moved_to_earlier_in_the_week_goes_on_from_the_last_cut_off() -> None:
    past = [Made("2026-W47", at("2026-11-20T15:30"))]
    thursday = calendar(Moment(weekday=4, time=time(12, 0)))
    assert refusal(due(thursday, now=at("2026-11-21"), past=past)) is RefusalReason.NOTHING_DUE
    answer = due(thursday, now=at("2026-11-26T12:00"), past=past)
    assert answer == Due(
        key=Key(year=2026, week=48), since=at("2026-11-20T15:30"), until=at("2026-11-26T12:00")
    )


def test_a_second_newsletter_in_the_week_sends_nothing_for_what_is_covered() -> None:
    past = [Made("2026-W47", at("2026-11-20T15:30"))]
    twice = calendar(TUESDAY, FRIDAY)
    assert refusal(due(twice, now=at("2026-11-21"), past=past)) is RefusalReason.NOTHING_DUE
    by_name = due(twice, now=at("2026-11-21"), past=past, week="2026-W47-2")
    assert isinstance(by_name, Refusal)
    assert by_name.reason is RefusalReason.TOO_OLD
    assert "last newsletter (Friday 20 November 2026 at 15:30" in by_name.text
    answer = due(twice, now=at("2026-11-24T16:00"), past=past)
    assert answer == Due(
        key=Key(year=2026, week=48), since=at("2026-11-20T15:30"), until=at("2026-11-24T16:00")
    )


def test_the_order_in_which_earlier_runs_are_given_does_not_matter() -> None:
    past = [Made("2026-W46", at("2026-11-13T15:30")), Made("2026-W45", at("2026-11-06T15:30"))]
    answers = [due(calendar(FRIDAY), now=at("2026-11-21"), past=order) for order in (past, past[::-1])]
    assert answers[0] == answers[1]
    assert isinstance(answers[0], Due)
    assert answers[0].since == at("2026-11-13T15:30")


PAST = [Made("2026-W45", at("2026-11-06T15:30")), Made("2026-W46", at("2026-11-13T15:30"))]


@pytest.mark.parametrize(
    "week, reason",
    [
        ("2026-W48", RefusalReason.NOT_YET),
        ("2026-W46", RefusalReason.EXISTS),
        ("2026-W45", RefusalReason.TOO_OLD),
        ("2026-W44", RefusalReason.TOO_OLD),
        ("2026-W47-2", RefusalReason.NOT_A_WEEK),
        ("week 47", RefusalReason.NOT_A_WEEK),
    ],
)
def test_a_week_asked_for_by_name_is_refused_with_the_reason(week: str, reason: RefusalReason) -> None:
    assert refusal(due(calendar(FRIDAY), now=at("2026-11-20T16:00"), past=PAST, week=week)) is reason


def test_a_week_asked_for_by_name_covers_what_came_since_the_last_run() -> None:
    answer = due(calendar(FRIDAY), now=at("2026-12-05"), past=PAST, week="2026-W48")
    assert answer == Due(
        key=Key(year=2026, week=48), since=at("2026-11-13T15:30"), until=at("2026-11-27T15:30")
    )


def test_a_new_school_can_ask_for_a_week_that_has_passed() -> None:
    answer = due(calendar(FRIDAY), now=at("2026-12-05"), past=[], week="2026-W47")
    assert isinstance(answer, Due)
    assert answer.since == at("2026-11-13T15:30")


def test_an_instant_without_a_zone_is_a_mistake_of_the_caller() -> None:
    naive = datetime(2026, 11, 20, 15, 30)  # noqa: DTZ001
    with pytest.raises(TypeError):
        due(calendar(FRIDAY), now=naive, past=[])


FIRST = Moment(weekday=FIRST_SCHOOL_DAY, time=time(8, 30))
MIDDEN = Holidays(region="midden")


def of_school(*moments: Moment, **holidays: Any) -> Calendar:
    days = SchoolDays(holidays=replace(MIDDEN, **holidays))
    return Calendar(moments=moments, zone=AMSTERDAM, days=days)


def test_the_first_school_day_is_monday_unless_that_is_free() -> None:
    first = of_school(FIRST)
    assert first.instant(parse_key("2026-W47")) == at("2026-11-16T08:30")
    assert first.instant(parse_key("2026-W15")) == at("2026-04-07T08:30")  # Easter Monday
    assert first.instant(parse_key("2027-W01")) == at("2027-01-04T08:30")


def test_own_free_days_move_the_first_school_day_and_open_ones_bring_it_back() -> None:
    free = ((date(2026, 11, 16), date(2026, 11, 18)),)
    assert of_school(FIRST, free=free).instant(parse_key("2026-W47")) == at("2026-11-19T08:30")
    opened = of_school(FIRST, free=free, open=(date(2026, 11, 17),))
    assert opened.instant(parse_key("2026-W47")) == at("2026-11-17T08:30")


def test_a_week_without_school_has_mondays_moment_and_counts_as_holiday() -> None:
    week = parse_key("2026-W18")
    skipping = of_school(FIRST)
    assert skipping.instant(week) == at("2026-04-27T08:30")
    assert skipping.planned(week).holiday == "May Break"
    assert str(skipping.latest_due(at("2026-05-01"))) == "2026-W17"
    sending = of_school(FIRST, newsletter=InHolidays.SEND)
    assert sending.latest_due(at("2026-05-01")) == week


def test_a_newsletter_in_the_holidays_leaves_its_posts_to_the_next() -> None:
    weekly, past = of_school(FRIDAY), [Made("2026-W29", at("2026-07-17T15:30"))]
    for now in ("2026-07-24T15:30", "2026-08-28T23:59", "2026-09-04T15:29:59"):
        answer = due(weekly, now=at(now), past=past)
        assert refusal(answer) is RefusalReason.NOTHING_DUE
        assert isinstance(answer, Refusal)
        assert "2026-W36 on Friday 4 September 2026" in answer.text
    answer = due(weekly, now=at("2026-09-04T15:30"), past=past)
    summer = at("2026-07-17T15:30")
    assert answer == Due(
        key=Key(year=2026, week=36), since=summer, until=at("2026-09-04T15:30"), carried_from=summer
    )
    skipped = skipped_between(weekly, summer, at("2026-09-04T15:30"))
    assert [str(each.key) for each in skipped] == [f"2026-W{week}" for week in range(30, 36)]


def test_a_newsletter_is_sent_in_the_holidays_when_the_school_wants_it() -> None:
    answer = due(of_school(FRIDAY, newsletter=InHolidays.SEND), now=at("2026-07-24T15:30"), past=[])
    assert answer == Due(
        key=Key(year=2026, week=30), since=at("2026-07-17T15:30"), until=at("2026-07-24T15:30")
    )


def test_the_first_newsletter_after_a_holiday_has_the_posts_from_before_it_also_of_a_new_school() -> None:
    answer = due(of_school(FRIDAY), now=at("2026-05-08T15:30"), past=[])
    assert isinstance(answer, Due)
    assert answer.since == answer.carried_from == at("2026-04-24T15:30")


def test_a_key_stays_whatever_is_skipped_or_moved_in_its_week() -> None:
    twice = of_school(FIRST, TUESDAY, free=((date(2026, 11, 16), date(2026, 11, 17)),))
    assert twice.instant(parse_key("2026-W47")) == at("2026-11-18T08:30")  # the first school day: Wednesday
    assert twice.planned(parse_key("2026-W47-2")).holiday  # Tuesday
    assert twice.instant(parse_key("2026-W48-2")) == at("2026-11-24T16:00")


def test_in_a_week_that_begins_late_the_second_newsletter_may_come_before_the_first() -> None:
    free = ((date(2026, 11, 16), date(2026, 11, 17)),)
    twice = of_school(FIRST, TUESDAY, free=free, newsletter=InHolidays.SEND)
    made: list[Made] = []
    for now, key in (("2026-11-17T16:00", "2026-W47-2"), ("2026-11-18T08:30", "2026-W47")):
        answer = due(twice, now=at(now), past=made)
        assert isinstance(answer, Due)
        assert (str(answer.key), answer.until) == (key, at(now))
        made.append(Made(key, answer.until))


def test_two_moments_that_meet_in_a_week_are_one_newsletter_under_the_first_key() -> None:
    tuesday = Moment(weekday=2, time=time(8, 30))
    twice = of_school(FIRST, tuesday)  # Easter Monday: the first school day is Tuesday
    answer = due(twice, now=at("2026-04-07T08:30"), past=[])
    assert isinstance(answer, Due)
    assert str(answer.key) == "2026-W15"
    assert twice.planned(parse_key("2026-W15-2")).same_as == answer.key
    made = [Made("2026-W15", answer.until)]
    assert refusal(due(twice, now=at("2026-04-08"), past=made)) is RefusalReason.NOTHING_DUE
    by_name = due(twice, now=at("2026-04-08"), past=made, week="2026-W15-2")
    assert refusal(by_name) is RefusalReason.TOO_OLD


def test_a_week_in_the_holidays_is_made_when_a_person_asks_for_it_by_name() -> None:
    past = [Made("2026-W17", at("2026-04-24T15:30"))]
    answer = due(of_school(FRIDAY), now=at("2026-05-02"), past=past, week="2026-W18")
    assert answer == Due(
        key=Key(year=2026, week=18), since=at("2026-04-24T15:30"), until=at("2026-05-01T15:30")
    )
    past.append(Made("2026-W18", at("2026-05-01T15:30")))
    following = due(of_school(FRIDAY), now=at("2026-05-08T15:30"), past=past)
    assert isinstance(following, Due)
    assert (following.since, following.carried_from) == (at("2026-05-01T15:30"), None)


def test_a_year_and_more_without_school_is_looked_over_in_both_directions() -> None:
    free = ((date(2026, 1, 1), date(2026, 12, 31)), (date(2027, 1, 1), date(2027, 12, 31)))
    away = of_school(FRIDAY, free=free)
    assert str(away.latest_due(at("2027-03-01"))) == "2025-W51"  # 2025-W52 is in the Christmas holiday
    assert away.next_after(at("2026-06-01"))[1] == at("2028-01-14T15:30")


def test_holidays_that_are_changed_afterwards_make_no_newsletter_twice() -> None:
    past = [Made("2026-W47", at("2026-11-16T08:30"))]
    moved = of_school(FIRST, free=((date(2026, 11, 16), date(2026, 11, 17)),))
    assert refusal(due(moved, now=at("2026-11-18T09:00"), past=past)) is RefusalReason.NOTHING_DUE
    following = due(moved, now=at("2026-11-23T08:30"), past=past)
    assert isinstance(following, Due)
    assert following.since == at("2026-11-16T08:30")


def test_what_comes_is_told_over_the_holidays() -> None:
    past = [Made("2026-W50", at("2026-12-11T15:30"))]
    found = coming(of_school(FRIDAY), now=at("2026-12-14"), past=past, count=3)
    assert [str(each.key) for each in found] == ["2026-W51", "2027-W01", "2027-W02"]
    assert [each.carried_from for each in found] == [None, at("2026-12-18T15:30"), None]
