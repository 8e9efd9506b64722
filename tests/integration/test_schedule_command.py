"""`weekbrief schedule`: what it announces is what `run` then does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.hours import OWN_FREE_DAY
from pipeline.moments import parse_key
from pipeline.office import opened
from tests.installation import FRIDAY, NEXT_FRIDAY, Installation, child, post, teacher


@pytest.fixture
def school(tmp_path: Path) -> Installation:
    told = Installation(folder=tmp_path / "school", relay="file://mails")
    told.roster(child("p1", "groep 3", "g1"))
    told.staff(teacher("s1", "groep 3"))
    told.posts(post("drie"))
    return told


def moments(school: Installation, at: str, *more: str) -> list[dict[str, Any]]:
    document = school("schedule", "--at", at, "--json", *more).json
    assert [told["timezone"] for told in document["schools"]] == ["Europe/Amsterdam"]
    found: list[dict[str, Any]] = document["schools"][0]["moments"]
    return found


def test_what_is_due_and_what_comes(school: Installation) -> None:
    first, second = moments(school, FRIDAY, "--next", "2")
    assert (first["key"], first["at"], first["due"]) == ("2026-W47", "2026-11-20T15:30:00+01:00", True)
    assert (second["key"], second["due"], second["since"]) == ("2026-W48", False, first["at"])


def test_a_newsletter_that_was_missed_joins_the_next(school: Installation) -> None:
    school("run", "--at", FRIDAY)
    [missed_both] = moments(school, "2026-12-05T09:00", "--next", "1")
    assert (missed_both["key"], missed_both["since"]) == ("2026-W49", "2026-11-20T15:30:00+01:00")
    school("run", "--at", "2026-12-05T09:00")
    assert [school.status(run)["key"] for run in (0, 1)] == ["2026-W47", "2026-W49"]


def test_a_run_that_was_made_is_not_announced(school: Installation) -> None:
    school("run", "--at", FRIDAY)
    assert [each["key"] for each in moments(school, FRIDAY, "--next", "2")] == ["2026-W48", "2026-W49"]
    school("run", "--at", NEXT_FRIDAY)
    assert moments(school, NEXT_FRIDAY)[0]["key"] == "2026-W49"


def test_it_says_so_in_words_and_writes_nothing(school: Installation) -> None:
    before = school.dump()
    out = school("schedule", "--at", FRIDAY).out
    assert "regenboog (Europe/Amsterdam):" in out
    assert "2026-W47: Friday 20 November 2026 at 15:30" in out
    assert "due: the next `weekbrief run` makes it" in out
    assert school.dump() == before
    school("schedule", "--next", "0", expect=2)
    school("schedule", "--at", "vrijdag", expect=2)


def test_what_holidays_skip_is_told_with_the_newsletter_that_has_its_posts(school: Installation) -> None:
    school.settings(holidays={"region": "midden"})
    out = school("schedule", "--at", "2026-12-19T09:00", "--next", "2").out
    assert "2026-W52: Friday 25 December 2026 at 15:30: skipped (Christmas Break)" in out
    assert "its posts go along with 2027-W01" in out
    assert "school holidays of region midden: known until" in out
    last, first_of_year = moments(school, "2026-12-19T09:00", "--next", "2")
    assert (last["key"], last["skipped"], last["carried_from"]) == ("2026-W51", [], None)
    assert first_of_year["key"] == "2027-W01"
    assert first_of_year["carried_from"] == first_of_year["since"] == last["at"]
    assert [(one["key"], one["why"]) for one in first_of_year["skipped"]] == [
        ("2026-W52", "Christmas Break"),
        ("2026-W53", "Christmas Break"),
    ]


def test_run_keeps_to_the_holidays(school: Installation) -> None:
    school.settings(holidays={"region": "midden"})
    school("run", "--at", "2026-12-18T16:00")
    for day in ("2026-12-25T16:00", "2027-01-01T16:00"):
        assert "nothing is due" in school("run", "--at", day).out
    school("run", "--at", "2027-01-08T16:00")
    assert [school.status(run)["key"] for run in (0, 1)] == ["2026-W51", "2027-W01"]


def test_the_first_school_day_of_a_week_is_told(school: Installation) -> None:
    school.settings(newsletter={"day": "first", "time": "08:30"}, holidays={"region": "midden"})
    [told] = moments(school, "2027-03-29T12:00", "--next", "1")  # Easter Monday, before its newsletter
    assert (told["key"], told["due"]) == ("2027-W12", True)
    _, after_easter = moments(school, "2027-03-29T12:00", "--next", "2")
    assert after_easter["at"] == "2027-03-30T08:30:00+02:00"
    assert after_easter["first_school_day"] is True
    assert "the first school day of the week" in after_easter["why"]


def test_what_is_not_known_of_the_holidays_is_not_pretended(school: Installation) -> None:
    school.settings(holidays={"region": "midden"})
    *_, last = moments(school, "2090-10-01T09:00", "--next", "2")
    assert "not known yet" in last["why"]
    [near] = moments(school, FRIDAY, "--next", "1")
    assert "not known" not in near["why"]


def test_a_newsletter_that_is_late_is_told_to_wait_for_a_person(school: Installation) -> None:
    school.settings(late_hours=24)
    [told] = moments(school, "2026-11-21T15:30", "--next", "1")
    assert (told["late"], told["late_after"]) == (False, "2026-11-21T15:30:00+01:00")
    [told] = moments(school, "2026-11-21T15:31", "--next", "1")
    assert told["late"] is True
    assert "waits for a person" in told["why"]


def test_when_mail_goes_as_posts_come_is_told(school: Installation) -> None:
    school.settings(immediate={"pause": 90, "quiet_from": "18:00"}, school_days=["mon", "tue", "thu", "fri"])
    document = school("schedule", "--at", "2026-11-24T17:59", "--json").json
    assert document["schools"][0]["immediate"] == {
        "open": True,
        "why": None,
        "opens": "2026-11-24T17:59:00+01:00",
        "pause_seconds": 90,
        "bundle_seconds": 30,
    }
    document = school("schedule", "--at", "2026-11-24T18:00", "--json").json
    closed = document["schools"][0]["immediate"]
    assert (closed["open"], closed["opens"]) == (False, "2026-11-26T07:00:00+01:00")
    out = school("schedule", "--at", "2026-11-25T12:00").out
    assert "closed now (no school on a Wednesday), opens Thursday 26 November 2026 at 07:00" in out
    assert "urgent posts go at once" in out


def test_a_calendar_is_worked_out_once_for_the_same_settings(school: Installation) -> None:
    """`due` is asked every few seconds; a table of holidays made each time would be most of the work."""
    with opened(school.config, {}) as office:
        told = office.settings.school(None)
        calendar, hours = office.calendar(told), office.hours(told)
        assert office.calendar(replace(told, name="De Linde")) is calendar
        assert office.hours(replace(told, name="De Linde")) is hours
        school.settings(holidays={"free": ["2026-11-20"]})
        moved = office.calendar(office.settings.school(None))
        assert moved.planned(parse_key("2026-W47")).holiday == OWN_FREE_DAY
        assert calendar.planned(parse_key("2026-W47")).goes
