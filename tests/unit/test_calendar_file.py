"""The attached calendar file, read back by another's parser; the links beside it; how times are put."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings, strategies as st
from icalendar import Calendar, Component
from lxml import html as parser

from pipeline.calendar_file import CalendarFile, Entry, links
from pipeline.fragments import Brand, Fragments
from pipeline.guard import Guard, GuardedEntry, GuardedPost, GuardFacts, read_contents
from pipeline.guard_calendar import events_of
from pipeline.guard_text import folded, names_in
from pipeline.mime import Mail, compose, dump, encode_photo, fill
from pipeline.model import Edition, Event, RunKind
from pipeline.occasions import AgendaLine, LineState, Occasion, OpenLine, Source, SourceKind
from pipeline.render import render
from pipeline.templates import Templates
from pipeline.texts import Texts, line as one_line, load_texts
from tests.newsletter import AUTHORS, ZONE, edition, item, letter, moment, photo, school, shown
from tests.unit.test_mime import VALUES

POST, CALENDAR = SourceKind.POST, SourceKind.CALENDAR
MARK = "0123456789abcdef"
HOUR = timedelta(hours=1)
PARTY = Occasion(title="Sint", starts=moment(24, 9, 0), ends=moment(24, 12, 0), location="Aula")


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates.load()


@pytest.fixture(scope="module")
def dutch() -> Texts:
    return load_texts("nl")


def line(occasion: Occasion = PARTY, key: int = 7, kind: SourceKind = POST, *groups: str) -> AgendaLine:
    state = LineState.CANCELLED if occasion.cancelled else LineState.PLAIN
    return AgendaLine(open=OpenLine(Source(kind, key), occasion.sequence, state, groups), occasion=occasion)


def text_of(*lines: AgendaLine, texts: Texts) -> str:
    file = CalendarFile(school(), MARK, moment(20, 15, 30))
    return file.text(
        (Entry(source=e.open.source, occasion=e.occasion, groups=e.open.groups) for e in lines), texts
    )


def events(text: str) -> list[Component]:
    return list(Calendar.from_ical(text).walk("VEVENT"))


def mailed(templates: Templates, made: Edition, **brand: object) -> Mail:
    told = Brand(**{"authors": AUTHORS, "calendar_mark": MARK, **brand})  # type: ignore[arg-type]
    return render(made, Fragments(templates, told)).mail


def sent(mail: Mail) -> bytes:
    return fill(compose(mail), VALUES, lambda name: encode_photo(b"\xff\xd8" + name.encode()))


# The file.


def test_an_event_says_who_when_where_and_asks_nobody(dutch: Texts) -> None:
    text = text_of(line(PARTY, 7, POST, "groep 3", "groep 4"), texts=dutch)
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert text.count("\n") == text.count("\r\n")
    assert "\r\nMETHOD:PUBLISH\r\n" in text
    [event] = events(text)
    assert event["UID"] == f"post-7-{MARK}@weekbrief"
    assert (event["SEQUENCE"], event["STATUS"], event["SUMMARY"]) == (0, "CONFIRMED", "Sint")
    assert event["DTSTART"].dt == moment(24, 9, 0)
    assert event["DTSTART"].params["TZID"] == "Europe/Amsterdam"
    assert event["DTSTAMP"].dt == moment(20, 15, 30).astimezone(UTC)
    assert event["LOCATION"] == "Aula"
    assert event["DESCRIPTION"] == "groep 3 en groep 4 · KBS de Regenboog"
    assert str(event["ORGANIZER"]) == "mailto:info@regenboog.example"
    assert event["ORGANIZER"].params["CN"] == "KBS de Regenboog"
    assert "ATTENDEE" not in event


@settings(max_examples=30, deadline=None)
@given(title=st.text(max_size=120), place=st.text(max_size=60))
def test_any_text_survives_folding_and_escaping(title: str, place: str) -> None:
    texts = load_texts("nl")
    text = text_of(line(replace(PARTY, title=title, location=place)), texts=texts)
    assert max(len(each.encode()) for each in text.split("\r\n")) <= 75
    [event] = events(text)
    assert event["UID"] == f"post-7-{MARK}@weekbrief"
    assert str(event["SUMMARY"]).split() == one_line(title).split()
    assert text.count("\nUID:") == 1


@settings(max_examples=30, deadline=None)
@given(before=st.text(max_size=80), place=st.text(max_size=60))
def test_the_second_check_finds_a_full_name_wherever_the_file_folds(before: str, place: str) -> None:
    occasion = replace(PARTY, title=f"{before} Mila van der Berg", location=place)
    told = events_of(text_of(line(occasion), texts=load_texts("nl")).encode())
    assert told is not None
    assert names_in(told["post", 7], frozenset({folded("Mila van der Berg")}))


@pytest.mark.parametrize(
    "starts,ends",
    [
        ("2026-10-25T01:30", "2026-10-25T04:00"),  # the night the clocks go back
        ("2027-03-28T01:30", "2027-03-28T04:00"),  # and forward
        ("2026-12-31T22:00", "2027-01-01T01:00"),
    ],
)
def test_the_zone_in_the_file_gives_the_right_instants(dutch: Texts, starts: str, ends: str) -> None:
    """Read by the definition in the file alone: under a name that no zone database has."""
    first, last = (datetime.fromisoformat(each).replace(tzinfo=ZONE) for each in (starts, ends))
    text = text_of(line(replace(PARTY, starts=first, ends=last)), texts=dutch)
    [event] = events(text.replace("Europe/Amsterdam", f"Nowhere/{starts[:7]}"))
    assert event["DTSTART"].dt.astimezone(UTC) == first.astimezone(UTC)
    assert event["DTEND"].dt.astimezone(UTC) == last.astimezone(UTC)


def test_whole_days_are_dates_and_need_no_zone(dutch: Texts) -> None:
    days = replace(PARTY, starts=moment(24, 0, 0), ends=moment(27, 0, 0), all_day=True)
    text = text_of(line(days), texts=dutch)
    [event] = events(text)
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2026, 11, 24), date(2026, 11, 27))
    assert "VTIMEZONE" not in text


def test_what_is_off_says_so_under_the_same_id_with_a_higher_number(dutch: Texts) -> None:
    off = replace(PARTY, sequence=3, cancelled=True)
    [before], [after] = events(text_of(line(), texts=dutch)), events(text_of(line(off), texts=dutch))
    assert before["UID"] == after["UID"]
    assert (after["STATUS"], after["SEQUENCE"], after["SUMMARY"]) == ("CANCELLED", 3, "Vervallen: Sint")
    [bare] = events(text_of(line(replace(off, title="", location="")), texts=dutch))
    assert bare["SUMMARY"] == "Vervallen"


def test_each_thing_once_as_it_stands_last_and_by_time(dutch: Texts) -> None:
    later = replace(PARTY, starts=PARTY.starts + 24 * HOUR, ends=None, sequence=2)
    found = events(text_of(line(later), line(), line(PARTY, 7, CALENDAR), texts=dutch))
    assert [(str(e["UID"]).rpartition("-")[0], e["SEQUENCE"]) for e in found] == [
        ("calendar-7", 0),
        ("post-7", 2),
    ]


# In the mail.


def test_it_is_attached_beside_what_is_shown(templates: Templates) -> None:
    event = Event(starts=moment(24, 9, 0), ends=None, location="Aula")
    for photos, inner in (([], "text/html"), ([photo(1)], "multipart/related")):
        made = edition(item(7, "Sint", event=event, photos=photos))
        message = message_from_bytes(sent(mailed(templates, made)), policy=policy.default)
        assert not [part.defects for part in message.walk() if part.defects]
        body, attached = message.iter_parts()
        assert message.get_content_type() == "multipart/mixed"
        assert body.get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in body.iter_parts()] == ["text/plain", inner]
        assert attached["Content-Type"].params == {
            "method": "PUBLISH",
            "charset": "utf-8",
            "name": "agenda.ics",
        }
        assert (attached.get_content_disposition(), attached.get_filename()) == ("attachment", "agenda.ics")
        assert [str(each["SUMMARY"]) for each in events(attached.get_content())] == ["Sint"]


def test_without_events_nothing_is_attached(templates: Templates) -> None:
    message = message_from_bytes(sent(mailed(templates, edition(item(7, "Sint")))), policy=policy.default)
    assert message.get_content_type() == "multipart/alternative"


def test_the_same_edition_gives_the_same_bytes_and_another_event_another_boundary(
    templates: Templates,
) -> None:
    made = replace(edition(item(7, "Sint")), agenda=(line(),))
    assert dump(compose(mailed(templates, made))) == dump(compose(mailed(templates, made)))
    other = replace(made, agenda=(line(replace(PARTY, sequence=1)),))
    assert mailed(templates, made).html == mailed(templates, other).html
    boundaries = [
        sent(mailed(templates, each)).partition(b'alternative;\r\n boundary="')[2][:36]
        for each in (made, other)
    ]
    assert boundaries[0] != boundaries[1]


def test_mail_as_posts_come_has_the_file_and_no_agenda(templates: Templates) -> None:
    event = Event(starts=moment(24, 9, 0), ends=None, location="Aula")
    mail = mailed(templates, edition(item(7, "Sint", event=event), kind=RunKind.IMMEDIATE))
    assert "UID:post-7-" in mail.calendar
    assert "agenda" not in shown(mail.text).lower().replace("in je agenda: bijlage agenda.ics", "")


@pytest.mark.parametrize("kind", [RunKind.IMMEDIATE, RunKind.URGENT])
def test_mail_as_posts_come_tells_in_both_parts_and_the_file_what_changed(
    templates: Templates, kind: RunKind
) -> None:
    moved = line(replace(PARTY, sequence=2), 8)
    moved = replace(moved, open=moved.open._replace(state=LineState.CHANGED))
    off = line(replace(PARTY, title="", location="", cancelled=True, sequence=1), 9)
    mail = mailed(templates, edition(item(7, "Nieuws"), kind=kind, agenda=(moved, off)))
    rich = " ".join(parser.fromstring(shown(mail.html)).text_content().split())
    for told in (rich, " ".join(shown(mail.text).split())):
        block = told.partition("Gewijzigd in de agenda")[2]
        assert "Gewijzigd" in block
        assert PARTY.title in block
        assert "Vervallen" in block
        assert "Iets wat eerder was aangekondigd" in block
        assert "Staat het al in je eigen agenda? Open de bijlage agenda.ics" in block
    struck = [" ".join(each.text_content().split()) for each in parser.fromstring(shown(mail.html)).iter("s")]
    assert struck == ["Iets wat eerder was aangekondigd09:00 tot 12:00 uur"]
    events = {str(e["UID"])[:6]: e for e in Calendar.from_ical(mail.calendar).walk("VEVENT")}
    told_of = {uid: (int(e["SEQUENCE"]), str(e["STATUS"])) for uid, e in events.items()}
    assert told_of == {"post-8": (2, "CONFIRMED"), "post-9": (1, "CANCELLED")}


def test_both_parts_tell_the_same_agenda(templates: Templates) -> None:
    off = replace(
        PARTY, title="Gymles", starts=moment(25, 8, 30), ends=moment(25, 9, 0), cancelled=True, sequence=1
    )
    moved = line(replace(PARTY, title="Kamp", starts=moment(12, 9, 0, 12), ends=None, sequence=1), 8)
    moved = replace(moved, open=moved.open._replace(state=LineState.CHANGED))
    began = replace(PARTY, title="Boekenweek", starts=moment(18, 0, 0), ends=moment(23, 0, 0), all_day=True)
    agenda = (line(began, 1, CALENDAR), line(PARTY, 7, POST, "groep 3"), line(off, 9), moved)
    mail = mailed(templates, replace(edition(item(7, "Nieuws")), agenda=agenda))
    rich = " ".join(parser.fromstring(shown(mail.html)).text_content().split())
    plain = " ".join(shown(mail.text).split())
    for told in (rich, plain):
        for fact in (
            "Deze week",
            "vrijdag 20 november",
            "Boekenweek",
            "t/m zondag 22 november",
            "Volgende week",
        ):
            assert fact in told
        for fact in (
            "09:00 tot 12:00 uur",
            "Aula",
            "groep 3",
            "Gymles",
            "Vervallen",
            "Later",
            "Gewijzigd",
            "Kamp",
        ):
            assert fact in told
        weeks = [told.index(each) for each in ("Deze week", "Volgende week", "Later")]
        assert weeks == sorted(weeks)
    struck = parser.fromstring(shown(mail.html)).iter("s")
    assert [" ".join(each.text_content().split()) for each in struck] == ["Gymles08:30 tot 09:00 uurAula"]


# The second guard.


OLD = GuardedPost(published_on=date(2026, 9, 1), to_school=False, groups=frozenset({3}), live=True)
OURS = GuardedPost(published_on=date(2026, 11, 18), to_school=True, groups=frozenset(), live=True)
WITHDRAWN = replace(OLD, live=False, withdrawn=True)
FACTS = GuardFacts(
    version=1,
    address={1: "anna@parent.example"},
    reached={(1, 3): date.min},
    school_since={1: date.min},
    posts={7: OURS},
    photos={},
    barred={},
    consenting=frozenset(),
    filmed=frozenset(),
    own_children={},
    expected={5: frozenset({7})},
    agenda_posts={
        8: GuardedPost(published_on=date(2026, 9, 1), to_school=False, groups=frozenset({3}), live=True)
    },
    entries={9: GuardedEntry(to_school=True, groups=frozenset(), off=False)},
)


def objection(templates: Templates, *lines: AgendaLine, facts: GuardFacts = FACTS) -> str | None:
    made = replace(edition(item(7, "Nieuws")), agenda=lines)
    return Guard(facts).objection(5, 1, "anna@parent.example", sent(mailed(templates, made)))


def test_the_guard_reads_agenda_and_file_and_lets_what_is_right_pass(templates: Templates) -> None:
    assert objection(templates, line(key=8), line(PARTY, 9, CALENDAR)) is None


@pytest.mark.parametrize(
    "shown,changed,words",
    [
        (line(key=77), {}, "post 77, which is not to be told"),
        (line(PARTY, 77, CALENDAR), {}, "calendar 77, which is not to be told"),
        (line(key=8), {"reached": {(1, 4): date.min}}, "post 8, which is not for this parent"),
        (line(key=8), {"reached": {(1, 3): date(2026, 10, 1)}}, "post 8, which is not for this parent"),
        (line(key=8), {"agenda_posts": {8: WITHDRAWN}}, "post 8, which is not to be told"),
        (line(replace(PARTY, cancelled=True), 9, CALENDAR), {}, "calendar 9, which is not to be told"),
        (
            line(PARTY, 9, CALENDAR),
            {"entries": {9: GuardedEntry(to_school=False, groups=frozenset({4}), off=False)}},
            "calendar 9, which is not for this parent",
        ),
    ],
)
def test_the_guard_objects_to_a_line_that_is_not_for_its_reader(
    templates: Templates, shown: AgendaLine, changed: dict[str, Any], words: str
) -> None:
    assert words in str(objection(templates, shown, facts=replace(FACTS, **changed)))


def test_the_guard_lets_a_withdrawn_post_be_called_off(templates: Templates) -> None:
    facts = replace(FACTS, agenda_posts={8: WITHDRAWN})
    assert objection(templates, line(replace(PARTY, title="", cancelled=True), 8), facts=facts) is None


def test_the_guard_objects_to_a_file_with_more_than_the_mail_tells(templates: Templates) -> None:
    made = mailed(templates, replace(edition(item(7, "Nieuws")), agenda=(line(key=8),)))
    more = replace(made, calendar=made.calendar.replace("post-8-", "post-6-"))
    assert "more than the mail tells" in str(Guard(FACTS).objection(5, 1, "anna@parent.example", sent(more)))
    strange = replace(made, calendar=made.calendar.replace("UID:post-8-", "UID:x-8-"))
    assert read_contents(sent(strange)).events is None


def test_no_title_can_pass_for_an_event_or_a_line(templates: Templates) -> None:
    forged = f'x" id="a-post-99"\r\nUID:post-99-{MARK}@weekbrief'
    made = replace(edition(item(7, forged)), agenda=(line(replace(PARTY, title=forged, location=forged), 8),))
    contents = read_contents(sent(mailed(templates, made)))
    assert contents.lines == {(False, "post", 8)}
    assert contents.events == {("post", 8)}


# Links to calendar services.


def test_links_fill_in_the_forms_of_calendar_services() -> None:
    (google, first), (outlook, second) = links(replace(PARTY, title="Sint & Piet?"), ZONE)
    assert (google, outlook) == ("Google", "Outlook")
    told = parse_qs(urlsplit(first).query)
    assert told["text"] == ["Sint & Piet?"]
    assert told["dates"] == ["20261124T080000Z/20261124T110000Z"]
    told = parse_qs(urlsplit(second).query)
    assert (told["startdt"], told["enddt"]) == (["2026-11-24T09:00:00+01:00"], ["2026-11-24T12:00:00+01:00"])
    days = replace(PARTY, starts=moment(24, 0, 0), ends=moment(25, 0, 0), all_day=True)
    assert "dates=20261124%2F20261125" in dict(links(days, ZONE))["Google"]


def test_they_are_ordinary_links_and_can_be_left_out(templates: Templates) -> None:
    sint = item(7, "Sint", event=Event(starts=moment(24, 9, 0), ends=None, location=""))
    found = parser.fromstring(shown(letter(templates, sint).mail.html)).xpath("//p[@class='into']//a")
    assert [urlsplit(each.get("href")).hostname for each in found] == [
        "calendar.google.com",
        "outlook.live.com",
    ]
    assert {each.get("rel") for each in found} == {"noopener noreferrer"}
    without = shown(letter(templates, sint, calendar_links=False).mail.html)
    assert "google" not in without
    assert "In je agenda: bijlage agenda.ics" in " ".join(parser.fromstring(without).text_content().split())


# How times are put.


@pytest.mark.parametrize(
    "starts,ends,all_day,nl,en",
    [
        (moment(24, 19, 0), None, False, "vanaf 19:00 uur", "from 19:00"),
        (moment(24, 19, 0), moment(24, 19, 0), False, "vanaf 19:00 uur", "from 19:00"),
        (moment(24, 19, 0), moment(25, 0, 0), False, "19:00 tot 00:00 uur", "19:00 to 00:00"),
        (
            moment(24, 19, 0),
            moment(25, 1, 0),
            False,
            "van 19:00 uur tot woensdag 25 november 2026, 01:00 uur",
            "19:00 to Wednesday 25 November 2026, 01:00",
        ),
        (moment(24, 0, 0), moment(25, 0, 0), True, "hele dag", "all day"),
        (
            moment(24, 0, 0),
            moment(27, 0, 0),
            True,
            "t/m donderdag 26 november 2026",
            "to Thursday 26 November 2026",
        ),
        (
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
            False,
            "02:30 (zomertijd) tot 02:30 (wintertijd) uur",
            "02:30 (summer time) to 02:30 (winter time)",
        ),
        (
            datetime(2027, 3, 28, 0, 30, tzinfo=UTC),
            datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
            False,
            "01:30 tot 03:30 uur",
            "01:30 to 03:30",
        ),
        (
            datetime(2026, 10, 24, 22, 0, tzinfo=UTC),
            datetime(2026, 10, 25, 23, 0, tzinfo=UTC),
            True,
            "hele dag",  # of 25 hours
            "all day",
        ),
    ],
)
def test_times_as_people_say_them(
    starts: datetime, ends: datetime | None, all_day: bool, nl: str, en: str
) -> None:
    occasion = Occasion(title="", starts=starts, ends=ends, location="", all_day=all_day)
    assert load_texts("nl").when(occasion, ZONE)[1] == nl
    assert load_texts("en").when(occasion, ZONE)[1] == en
