"""School days, and the hours at which mail that goes as posts come may be sent, on days that people know."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipeline.hours import OWN_FREE_DAY, Hours, SchoolDays
from pipeline.schedule import parse_at
from pipeline.settings import Holidays, InHolidays

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
MIDDEN = Holidays(region="midden")
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def hours(
    quiet_from: str = "19:00",
    quiet_until: str = "07:00",
    zone: ZoneInfo = AMSTERDAM,
    days: SchoolDays | None = None,
) -> Hours:
    quiet = time.fromisoformat(quiet_from), time.fromisoformat(quiet_until)
    return Hours(days=days or SchoolDays(), zone=zone, quiet_from=quiet[0], quiet_until=quiet[1])


def at(text: str, zone: ZoneInfo = AMSTERDAM) -> datetime:
    return parse_at(text, zone)


@pytest.mark.parametrize(
    "day, why",
    [
        ("2026-11-25", None),
        ("2026-11-28", "weekend"),
        ("2026-05-01", "May Break"),
        ("2026-05-02", "May Break"),  # a Saturday in it
        ("2026-04-27", "May Break"),  # King's Day too
        ("2026-04-06", "Easter Monday"),
        ("2026-05-14", "Ascension Day"),
        ("2026-08-28", "Summer Break"),
        ("2026-08-31", None),
        ("2027-01-01", "Christmas Break"),
        ("2027-01-04", None),
    ],
)
def test_a_day_without_school_says_why(day: str, why: str | None) -> None:
    assert SchoolDays(holidays=MIDDEN).why_free(date.fromisoformat(day)) == why


def test_a_weekend_is_no_holiday() -> None:
    days = SchoolDays(holidays=MIDDEN)
    assert days.in_holiday(date(2026, 11, 28)) is None
    assert not days.is_school_day(date(2026, 11, 28))


def test_the_regions_have_their_own_weeks() -> None:
    autumn = {name: SchoolDays(holidays=Holidays(region=name)) for name in ("noord", "midden", "zuid")}
    found = {name: days.in_holiday(date(2026, 10, 14)) for name, days in autumn.items()}
    assert found == {"noord": "Autumn Break", "midden": None, "zuid": None}


def test_without_a_region_there_is_no_public_calendar() -> None:
    assert SchoolDays().why_free(date(2026, 12, 25)) is None
    assert SchoolDays().known_until is None


def test_own_free_days_and_open_ones_go_before_the_public_calendar() -> None:
    own = Holidays(
        region="midden",
        free=((date(2026, 11, 23), date(2026, 11, 25)),),
        open=(date(2026, 11, 24), date(2026, 5, 1), date(2026, 11, 28)),
    )
    days = SchoolDays(holidays=own)
    assert [days.in_holiday(date(2026, 11, n)) for n in (22, 23, 24, 25, 26)] == [
        None, OWN_FREE_DAY, None, OWN_FREE_DAY, None,
    ]  # fmt: skip
    assert days.is_school_day(date(2026, 5, 1))
    assert days.is_school_day(date(2026, 11, 28))  # an open Saturday


def test_a_school_that_is_closed_on_wednesdays_says_so() -> None:
    assert SchoolDays(weekdays=(1, 2, 4, 5)).why_free(date(2026, 11, 25)) == "no school on a Wednesday"


def test_a_school_without_school_days_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one school day"):
        SchoolDays(weekdays=())


def test_how_far_the_school_holidays_are_known_is_told() -> None:
    """Laid down until the school year 2029-2030; a newer package may know more."""
    for region, end in (("noord", "2030-09-01"), ("midden", "2030-08-25"), ("zuid", "2030-08-18")):
        known = SchoolDays(holidays=Holidays(region=region)).known_until
        assert known is not None
        assert known >= date.fromisoformat(end)


#: Two of zuid's spring holidays end four weeks too late in the other source (13 February to 21 March).
_ELSEWHERE_WRONG = {("zuid", 2027), ("zuid", 2029)}


@pytest.mark.parametrize("region, code", [("noord", "NO"), ("midden", "MI"), ("zuid", "ZU")])
def test_the_school_holidays_agree_with_another_source(region: str, code: str, shared_data: Path) -> None:
    days = SchoolDays(holidays=Holidays(region=region))
    told: set[date] = set()
    with (shared_data / "holidays/openholidays/nl/holidays.school.csv").open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file, delimiter=";"):
            if code in row["Groups"].split(","):
                told |= _stretch(row)
    first, last = date(2020, 1, 1), date(2030, 8, 1)
    for day in (first + timedelta(days=n) for n in range((last - first).days)):
        if (region, day.year) in _ELSEWHERE_WRONG and day.month in (2, 3):
            continue
        name = days.in_holiday(day) or ""
        assert (day in told) == name.endswith("Break"), (day, name)


def _stretch(row: dict[str, str]) -> set[date]:
    first, last = date.fromisoformat(row["StartDate"]), date.fromisoformat(row["EndDate"])
    return {first + timedelta(days=n) for n in range((last - first).days + 1)}


def test_the_public_holidays_are_all_there(shared_data: Path) -> None:
    days = SchoolDays(holidays=MIDDEN)
    with (shared_data / "holidays/openholidays/nl/holidays.public.csv").open(encoding="utf-8-sig") as file:
        found = {row["StartDate"]: row["Name"] for row in csv.DictReader(file, delimiter=";")}
    missing = {day for day, name in found.items() if not days.in_holiday(date.fromisoformat(day))}
    # Liberation Day is everyone's day off in one year of five; there it stands in every year.
    assert {day[5:] for day in missing} <= {"05-05"}
    assert days.in_holiday(date(2030, 5, 5))


def test_mail_goes_on_school_days_outside_quiet_hours() -> None:
    school = hours()
    assert school.open_at(at("2026-11-25T07:00"))
    assert school.open_at(at("2026-11-25T18:59:59"))
    assert not school.open_at(at("2026-11-25T19:00"))
    assert not school.open_at(at("2026-11-28T12:00"))


@pytest.mark.parametrize(
    "now, opens, why",
    [
        ("2026-11-25T12:00", "2026-11-25T12:00", None),
        ("2026-11-25T19:00", "2026-11-26T07:00", "quiet hours from 19:00 to 07:00"),
        ("2026-11-26T03:00", "2026-11-26T07:00", "quiet hours from 19:00 to 07:00"),
        ("2026-11-27T19:00", "2026-11-30T07:00", "quiet hours from 19:00 to 07:00"),
        ("2026-11-28T12:00", "2026-11-30T07:00", "weekend"),
    ],
)
def test_what_waits_goes_when_the_quiet_hours_end(now: str, opens: str, why: str | None) -> None:
    assert hours().opens(at(now)) == at(opens)
    assert hours().why_closed(at(now)) == why


def test_quiet_hours_may_lie_within_one_day() -> None:
    school = hours("12:00", "13:00", days=SchoolDays(weekdays=EVERY_DAY))
    assert school.open_at(at("2026-11-25T00:00"))
    assert school.opens(at("2026-11-25T12:30")) == at("2026-11-25T13:00")


def test_equal_ends_are_no_quiet_hours() -> None:
    assert hours("07:00", "07:00").open_at(at("2026-11-25T07:00"))
    assert hours("00:00", "00:00").open_at(at("2026-11-25T23:59"))
    assert hours("00:00", "00:00").opens(at("2026-11-28T09:00")) == at("2026-11-30")


def test_a_holiday_closes_only_when_the_school_wants_it() -> None:
    christmas = at("2026-12-23T12:00")  # a Wednesday
    assert hours(days=SchoolDays(holidays=MIDDEN)).open_at(christmas)
    quiet = Holidays(region="midden", immediate=InHolidays.SKIP)
    school = hours(days=SchoolDays(holidays=quiet))
    assert school.why_closed(christmas) == "Christmas Break"
    assert school.opens(christmas) == at("2027-01-04T07:00")


def test_an_own_open_day_opens_a_saturday() -> None:
    fair = SchoolDays(holidays=Holidays(open=(date(2026, 11, 28),)))
    assert hours(days=fair).open_at(at("2026-11-28T12:00"))


def test_a_quiet_end_that_the_clock_skips_happens_when_it_has_jumped() -> None:
    sundays = SchoolDays(weekdays=EVERY_DAY)
    assert hours("22:00", "02:30", days=sundays).opens(at("2026-03-29T01:00")) == datetime(
        2026, 3, 29, 1, 0, tzinfo=UTC
    )


def test_a_quiet_end_that_comes_twice_counts_the_first_time() -> None:
    school = hours("22:00", "02:30", days=SchoolDays(weekdays=EVERY_DAY))
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert school.opens(first - timedelta(minutes=20)) == first
    assert school.open_at(first + timedelta(minutes=45))  # the clock shows 02:15 again


def test_half_an_hour_of_lord_howe_counts() -> None:
    school = hours("22:00", "02:10", zone=LORD_HOWE, days=SchoolDays(weekdays=EVERY_DAY))
    jump = datetime(2026, 10, 3, 15, 30, tzinfo=UTC)  # 02:00 becomes 02:30
    assert school.opens(jump - timedelta(hours=1)) == jump


def test_a_day_that_has_begun_stays_when_the_clock_is_set_back_over_midnight() -> None:
    st_johns = ZoneInfo("America/St_Johns")
    school = hours("07:00", "07:00", zone=st_johns, days=SchoolDays(weekdays=(1, 2, 3, 4, 5, 6)))
    sunday = at("2010-11-07", st_johns)
    again = sunday + timedelta(minutes=31)  # Saturday 23:31, for the second time
    assert again.astimezone(st_johns).date() == date(2010, 11, 6)
    assert school.open_at(sunday - timedelta(minutes=1))
    assert school.why_closed(again) == "weekend"


def test_a_year_of_own_free_days_is_looked_over() -> None:
    away = Holidays(
        immediate=InHolidays.SKIP,
        free=((date(2026, 1, 1), date(2026, 12, 31)), (date(2027, 1, 1), date(2027, 12, 31))),
    )
    school = hours(days=SchoolDays(holidays=away))
    assert school.opens(at("2026-01-01T12:00")) == at("2028-01-03T07:00")
    assert school.why_closed(at("2026-06-03T12:00")) == OWN_FREE_DAY


def test_an_instant_without_a_zone_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError):
        hours().opens(datetime(2026, 11, 25, 12, 0))  # noqa: DTZ001
