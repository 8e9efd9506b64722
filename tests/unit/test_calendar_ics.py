"""School calendars: what is read of them, how repetitions and zones come out, and what is refused."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.intake.calendar_entries import CalendarRecord
from pipeline.intake.calendar_ics import SECONDS, ReadCalendar, read_calendar
from pipeline.problems import BadInput, Problem
from tests.small_school import AMSTERDAM, FRIDAY


def calendar(*events: str, head: str = "") -> str:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{head}{''.join(events)}END:VCALENDAR\n"


def event(*lines: str, uid: str = "a", title: str = "Koor") -> str:
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{title}", *lines, "END:VEVENT\n"])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agenda.ics"


def read(path: Path, text: str | bytes, now: datetime = FRIDAY) -> ReadCalendar:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_calendar(path, AMSTERDAM, now)


def times(entries: tuple[CalendarRecord, ...]) -> list[str]:
    return sorted(f"{entry.starts.astimezone(AMSTERDAM):%m-%d %H:%M}" for entry in entries)


def why(path: Path, text: str | bytes) -> str:
    with pytest.raises(BadInput) as refused:
        read(path, text)
    return str(refused.value)


# What comes out.


@pytest.mark.parametrize(
    "start",
    [
        "DTSTART;TZID=Europe/Amsterdam:20261201T193000",
        "DTSTART;TZID=W. Europe Standard Time:20261201T193000",
        'DTSTART;TZID="(UTC+01:00) Amsterdam":20261201T193000',
        "DTSTART:20261201T183000Z",
        "DTSTART:20261201T193000",  # without a zone it is the school's
        "DTSTART;TZID=America/New_York:20261201T133000",
    ],
)
def test_a_time_is_that_of_its_zone(path: Path, start: str) -> None:
    zone = "BEGIN:VTIMEZONE\nTZID:(UTC+01:00) Amsterdam\nBEGIN:STANDARD\nDTSTART:16010101T030000\n"
    zone += "TZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE\n"
    [entry] = read(path, calendar(zone, event(start, "DURATION:PT90M"))).entries
    assert entry.starts == datetime(2026, 12, 1, 18, 30, tzinfo=UTC)
    assert entry.ends == datetime(2026, 12, 1, 20, 0, tzinfo=UTC)


def test_what_repeats_keeps_its_time_over_the_clock_change(path: Path) -> None:
    rule = event(
        "DTSTART;TZID=Europe/Amsterdam:20270322T190000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=3"
    )
    found = read(path, calendar(rule)).entries
    assert times(found) == ["03-22 19:00", "03-29 19:00", "04-05 19:00"]
    assert {entry.starts.hour for entry in found} == {18, 17}


def test_exceptions_additions_and_single_changes_of_what_repeats(path: Path) -> None:
    series = event(
        "DTSTART;TZID=Europe/Amsterdam:20261201T190000",
        "RRULE:FREQ=WEEKLY;COUNT=4",
        "EXDATE;TZID=Europe/Amsterdam:20261208T190000",
        "RDATE;TZID=Europe/Amsterdam:20261210T190000",
    )
    moved = event(
        "RECURRENCE-ID;TZID=Europe/Amsterdam:20261215T190000", "DTSTART;TZID=Europe/Amsterdam:20261216T200000"
    )
    off = event(
        "RECURRENCE-ID;TZID=Europe/Amsterdam:20261222T190000",
        "DTSTART;TZID=Europe/Amsterdam:20261222T190000",
        "STATUS:CANCELLED",
    )
    found = read(path, calendar(series, moved, off)).entries
    assert times(found) == ["12-01 19:00", "12-10 19:00", "12-16 20:00", "12-22 19:00"]
    assert [f"{e.starts:%m-%d}" for e in found if e.cancelled] == ["12-22"]
    assert len({entry.uid for entry in found}) == 4
    assert {entry.series for entry in found} == {found[0].series}


def test_a_single_event_keeps_its_id_when_it_moves(path: Path) -> None:
    [one] = read(path, calendar(event("DTSTART:20261201T190000Z"))).entries
    [other] = read(path, calendar(event("DTSTART:20261202T190000Z", "SEQUENCE:1"))).entries
    assert one.uid == other.uid
    assert (one.sequence, other.sequence) == (0, 1)


def test_twice_on_one_day_are_two(path: Path) -> None:
    text = event("DTSTART:20261201T180000Z", "RDATE:20261201T190000Z,20261201T200000Z")
    found = read(path, calendar(text)).entries
    assert times(found) == ["12-01 19:00", "12-01 20:00", "12-01 21:00"]
    assert len({entry.uid for entry in found}) == 3


def test_whole_days_end_before_the_day_that_is_named(path: Path) -> None:
    holiday = event("DTSTART;VALUE=DATE:20261219", "DTEND;VALUE=DATE:20270104", uid="k")
    one_day = event("DTSTART;VALUE=DATE:20261025", uid="s")  # an hour longer than others
    first, second = sorted(read(path, calendar(holiday, one_day)).entries, key=lambda entry: entry.starts)
    assert first.all_day
    assert second.all_day
    assert (first.starts, first.ends) == (
        datetime(2026, 10, 25, tzinfo=AMSTERDAM),
        datetime(2026, 10, 26, tzinfo=AMSTERDAM),
    )
    assert second.ends == datetime(2027, 1, 4, tzinfo=AMSTERDAM)


def test_nothing_but_times_title_and_place_is_kept(path: Path) -> None:
    text = event(
        "DTSTART:20261201T190000Z",
        "LOCATION:Aula\x07\\nzaal 2",
        "DESCRIPTION:Over Daan de Boer",
        "ORGANIZER;CN=Jan Geheim:mailto:jan@prive.example",
        "ATTENDEE;CN=Piet:mailto:piet@prive.example",
        "BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nEND:VALARM",
        uid="jan@prive.example",
    )
    told = read(path, calendar(text, "BEGIN:VTODO\nUID:t\nSUMMARY:Bel Daan\nEND:VTODO\n"))
    [entry] = told.entries
    assert (entry.title, entry.location) == ("Koor", "Aula zaal 2")
    assert not any(name in repr(entry) for name in ("jan", "Jan", "Piet", "Daan", "prive"))
    assert [remark.message for remark in told.remarks] == ["left out: 1 tasks", "left out: 1 alarms"]


def test_what_is_private_or_has_no_title_is_left_out_with_a_remark(path: Path) -> None:
    private = event("DTSTART:20261201T190000Z", "CLASS:PRIVATE", title="Gesprek over Daan", uid="p")
    told = read(path, calendar(private, event("DTSTART:20261201T190000Z", title="")))
    assert told.entries == ()
    assert len(told.remarks) == 2
    assert not any("Daan" in remark.message for remark in told.remarks)


def test_only_what_lies_near_is_written_out(path: Path) -> None:
    daily = event("DTSTART;VALUE=DATE:19010101", "RRULE:FREQ=DAILY")
    found = read(path, calendar(daily)).entries
    assert 485 <= len(found) <= 495
    assert min(entry.starts for entry in found).year == 2026


def test_a_file_of_cancellations_is_one(path: Path) -> None:
    told = read(path, calendar(event("DTSTART:20261201T190000Z"), head="METHOD:CANCEL\n"))
    assert told.cancels
    assert [entry.cancelled for entry in told.entries] == [True]


# What is refused.


@pytest.mark.parametrize(
    "text,words",
    [
        (b"", "agenda.ics:1: the file is empty"),
        (b'["vcalendar", []]', "agenda.ics:1: this is jCal"),
        (b"\n<!doctype html>", "agenda.ics:2: this is a web page"),
        (b"BEGIN:VCARD\n", "agenda.ics:1: this is no calendar"),
        (calendar(event("DTSTART:20261201T190000Z")).encode("utf-16"), "agenda.ics:1: the file is UTF-16"),
        (b"BEGIN:VCALENDAR\nX:\0\n", "agenda.ics:2: the file has a NUL byte"),
        (b"BEGIN:VCALENDAR\nSUMMARY:caf\xe9\n", "agenda.ics:2: this line is not UTF-8"),
        (b"BEGIN:VCALENDAR\nVERSION:2.0\n", "the calendar does not end"),
        (calendar(event()), "agenda.ics:4: this event has no DTSTART"),
        (calendar(event("DTSTART:2026-12-01")), "agenda.ics:4: the DTSTART of this event cannot be read"),
        (calendar(event("DTSTART:02261201T190000Z")), "lies in the year 226"),
        (calendar(event("DTSTART:20261201T190000Z"), head="METHOD:REPLY\n"), "an answer to an invitation"),
        (
            calendar(
                event("DTSTART:20261201T190000Z"),
                event("DTSTART:20261201T190000Z", "RRULE:FREQ=NEVER", uid="b"),
            ),
            "agenda.ics:9: Koor: its times, or how it repeats",
        ),
        (
            calendar(event("DTSTART:20261201T190000Z", "RRULE:FREQ=SECONDLY")),
            "agenda.ics:8: an event repeats secondly",
        ),
        (calendar(event("DTSTART:20261201T190000Z", "RRULE:COUNT=9;\n FREQ=HOURLY")), "repeats hourly"),
        (
            calendar(event("DTSTART:20261201T190000Z", "RRULE:FREQ=DAILY;BYHOUR=8,9,10,11,12,13,14,15")),
            "more than 2000 things",
        ),
    ],
)
def test_what_is_no_whole_calendar_is_refused_with_its_place(
    path: Path, text: str | bytes, words: str
) -> None:
    assert words in why(path, text)


def test_a_rule_without_an_end_is_stopped_by_the_clock(path: Path) -> None:
    assert SECONDS < 5
    path.write_text(calendar(event("DTSTART:20261201T190000", "RRULE:FREQ=DAILY;INTERVAL=0")))
    began = time.monotonic()
    with pytest.raises(BadInput, match="takes far too long"):
        read_calendar(path, AMSTERDAM, FRIDAY, seconds=0.2)
    assert time.monotonic() - began < 2


def test_a_huge_file_is_refused_unread(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(6_000_000)
    with pytest.raises(BadInput, match="more than the 5 MB"):
        read_calendar(path, AMSTERDAM, FRIDAY)


@pytest.mark.parametrize("year", [2010, 2026])
def test_every_calendar_of_the_collection_is_read_or_refused_with_a_reason(
    shared_data: Path, year: int
) -> None:
    files = sorted((shared_data / "ical" / "collective").iterdir())
    whole = 0
    for file in files:
        began = time.monotonic()
        told, refused = _outcome(file, datetime(year, 3, 1, tzinfo=UTC))
        assert time.monotonic() - began < 5, file.name
        assert all(entry.title and entry.starts.tzinfo for entry in told), file.name
        assert all(len(problem.message) > 20 for problem in refused), file.name
        whole += not refused
    assert whole > len(files) / 2 > 50


def _outcome(file: Path, now: datetime) -> tuple[tuple[CalendarRecord, ...], tuple[Problem, ...]]:
    try:
        return read_calendar(file, AMSTERDAM, now).entries, ()
    except BadInput as refused:
        return (), refused.problems
