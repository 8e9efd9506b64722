"""Events through the real commands: what parents read of them week after week, and in their calendars."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from icalendar import Calendar, Component
from sqlalchemy import select

from pipeline.intake.calendar_ics import read_calendar
from pipeline.intake.calendar_import import CalendarSummary, Target, import_calendar, name_of
from pipeline.office import Office, opened
from pipeline.problems import BadInput
from pipeline.relay.recording import RecordingRelay
from pipeline.store import tables as t
from pipeline.store.database import Database
from pipeline.store.migrate import MIGRATIONS
from tests.installation import Installation, answer, child, html_of, mail, post, teacher, text_of
from tests.small_school import AMSTERDAM, FRIDAY
from tests.week import Week, never_object, unchecked, week_made


def event(starts: str, ends: str = "", location: str = "") -> str:
    more = [f"ends = {ends}"] if ends else []
    return "\n".join(["[event]", f"starts = {starts}", *more, f'location = "{location}"'])


SINT = post(
    "sint", "school", "Feest.", event("2026-12-04T08:45:00", "2026-12-04T12:00:00"), title="Sint op school"
)
AVOND = post("avond", "groep 3", "Kom.", event("2026-11-24T19:00:00", "", "Aula"), title="Inloopavond")
KAMP = post("kamp", "groep 4", "Mee!", event("2026-11-25", "2026-11-27"), title="Schoolkamp")
LUIZEN = post("luizen", "groep 4", "Kam.", event("2026-11-27T16:00:00"), title="Luizencontrole")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """g1 has a child in group 3, g2 in group 4, g3 one in each."""
    told = Installation(folder=tmp_path_factory.mktemp("school") / "base", relay="file://mails")
    told.roster(
        child("p1", "groep 3", "g1"),
        child("p2", "groep 4", "g2"),
        child("p3", "groep 3", "g3"),
        child("p4", "groep 4", "g3"),
        child("p5", "groep 5", "g5"),
    )
    told.staff(teacher("s1", "groep 3|groep 4", role="management"))
    told.posts(SINT, AVOND, KAMP, LUIZEN)
    return told


@pytest.fixture
def told(base: Installation, tmp_path: Path) -> Installation:
    return base.copied(tmp_path / "school")


def newest(told: Installation, parent: str) -> Any:
    return mail(sorted((told.folder / "mails").glob(f"*-{parent}@*.eml"))[-1].read_bytes())


def agenda(message: Any) -> list[str]:
    """The lines of the text's agenda."""
    text = text_of(message).replace("\r\n", "\n").partition("Agenda\n")[2].partition("Alles staat ook")[0]
    return [line[2:] for line in text.splitlines() if line.startswith("- ")]


def calendar(message: Any) -> dict[str, Component]:
    """Title or, of what is off, time -> event of the attached file."""
    [attached] = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    return {str(each["UID"]): each for each in Calendar.from_ical(attached.get_content()).walk("VEVENT")}


def summaries(message: Any) -> dict[str, tuple[str, int]]:
    return {str(e["SUMMARY"]): (str(e["STATUS"]), int(e["SEQUENCE"])) for e in calendar(message).values()}


def test_week_after_week(told: Installation) -> None:
    told("run", "--at", "2026-11-20T16:00")
    assert agenda(newest(told, "g1")) == ["Inloopavond, vanaf 19:00 uur · Aula (groep 3)"]
    both = newest(told, "g3")
    assert agenda(both) == [
        "Inloopavond, vanaf 19:00 uur · Aula (groep 3)",
        "Schoolkamp, t/m vrijdag 27 november (groep 4)",
        "Luizencontrole, vanaf 16:00 uur (groep 4)",
    ]
    assert set(summaries(both)) == {"Inloopavond", "Schoolkamp", "Luizencontrole", "Sint op school"}
    assert set(summaries(both).values()) == {("CONFIRMED", 0)}
    assert agenda(newest(told, "g5")) == []
    before = calendar(both)

    told.posts(
        post("avond", "groep 3", "Kom.", event("2026-12-01T19:30:00", "", "Aula"), title="Inloopavond"),
        post("kamp", "groep 4", "Mee!", title="Geen schoolkamp"),
        post("luizen", "groep 4", "Met kam.", event("2026-11-27T16:00:00"), title="Luizencontrole"),
        post("nieuw", "school", "Er is weer nieuws.", published="2026-11-26T10:00:00"),
    )
    told("withdraw", "luizen", "--why", "gaat niet door")
    told("preview", "g3", "--week", "2026-W48", "--out", told.folder / "preview")
    told("run", "--at", "2026-11-27T15:31")
    message = newest(told, "g3")
    assert agenda(message) == [
        "Vervallen: Geen schoolkamp, t/m vrijdag 27 november (groep 4)",
        "Vervallen: Iets wat eerder was aangekondigd, vanaf 16:00 uur (groep 4)",
        "Gewijzigd: Inloopavond, vanaf 19:30 uur · Aula (groep 3)",
        "Sint op school, 08:45 tot 12:00 uur",
    ]
    assert "Luizencontrole" not in html_of(message) + text_of(message)
    assert summaries(message) == {
        "Vervallen: Geen schoolkamp": ("CANCELLED", 1),
        "Vervallen": ("CANCELLED", 1),
        "Inloopavond": ("CONFIRMED", 1),
        "Sint op school": ("CONFIRMED", 0),
    }
    assert set(calendar(message)) == set(before)
    shown = (told.folder / "preview" / "g3.ics").read_bytes()
    assert set(summaries(message)) == {str(e["SUMMARY"]) for e in Calendar.from_ical(shown).walk("VEVENT")}
    told_of = {line.get("post"): line["state"] for line in told.explain("g3")["agenda"]}
    assert told_of == {"kamp": "cancelled", "luizen": "cancelled", "avond": "changed", "sint": "plain"}
    assert [line["post"] for line in told.explain("g5")["agenda"]] == ["sint"]


def test_the_number_rises_with_every_change_of_the_event_and_with_nothing_else(told: Installation) -> None:
    def number(*tables: str, title: str = "Inloopavond", body: str = "Kom.") -> int:
        told.posts(post("avond", "groep 3", body, *tables, title=title))
        query = (
            "SELECT extra FROM revision JOIN post ON post.revision_id = revision.id WHERE post.ref = 'avond'"
        )
        return int(told.sql(query)[0][0].rpartition('"sequence": ')[2].rstrip("}"))

    when = "2026-11-24T19:00:00"
    assert number(event(when, "", "Aula")) == 0
    assert number(event(when, "", "Aula"), body="Kom maar.") == 0
    assert number(event("2026-11-24T20:00:00", "", "Aula")) == 1
    assert number(event("2026-11-24T20:00:00", "", "Gymzaal")) == 2
    assert number(event("2026-11-24T20:00:00", "2026-11-24T21:00:00", "Gymzaal")) == 3
    assert number(event("2026-11-24T20:00:00", "2026-11-24T21:00:00", "Gymzaal"), title="Avond") == 4
    assert number(body="Toch niet.") == 5
    assert number(body="Echt niet.", title="Avond") == 5
    assert number(event(when)) == 6


def test_what_is_older_than_the_first_newsletter_or_held_stands_in_no_agenda(
    told: Installation,
) -> None:
    oud = post("oud", "groep 3", "Oud.", event("2026-11-26T10:00:00"), published="2026-11-10T10:00:00")
    told.posts(oud)
    told("hold", "avond", "--why", "even wachten")
    told("run", "--at", "2026-11-20T16:00")
    assert agenda(newest(told, "g1")) == []


# Rule 16.


@pytest.fixture
def week(told: Installation) -> Iterator[Week]:
    with week_made(told) as made:
        yield made


def sent(week: Week, **desk: Any) -> dict[str, str]:
    relay = RecordingRelay()
    week.deliver(relay, week.desk(**desk))
    return {each.envelope.recipient: html_of(mail(each.message)) for each in relay.sent}


def test_what_is_withdrawn_before_the_hand_over_is_in_no_agenda_nor_file(
    week: Week, told: Installation
) -> None:
    told("withdraw", "avond", "--why", "gaat niet door")
    relay = RecordingRelay()
    week.deliver(relay)
    assert len(relay.sent) == 4
    for each in relay.sent:
        message = mail(each.message)
        assert "Inloopavond" not in html_of(message) + text_of(message)
        assert "Inloopavond" not in summaries(message)


def test_the_second_check_alone_holds_what_was_withdrawn(week: Week, told: Installation) -> None:
    told("withdraw", "avond", "--why", "gaat niet door")
    got = sent(week, clear=unchecked)
    assert got
    assert not any("Inloopavond" in html for html in got.values())


def test_who_moved_to_another_group_reads_the_agenda_of_neither(week: Week, told: Installation) -> None:
    told.roster(
        child("p1", "groep 5", "g1", enrolled_from="2026-11-20"),
        child("p2", "groep 4", "g2"),
        child("p3", "groep 3", "g3"),
        child("p4", "groep 4", "g3"),
        child("p5", "groep 5", "g5"),
        more=["--force"],
    )
    assert "Inloopavond" not in sent(week, object_to=never_object).get("g1@ouders.example", "")


# School calendars.


def ics(*events: str, head: str = "") -> str:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{head}{''.join(events)}END:VCALENDAR\n"


def entry(uid: str, title: str, day: str = "20261123", *more: str) -> str:
    return "\n".join(
        ["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{title}", f"DTSTART;VALUE=DATE:{day}", *more, "END:VEVENT\n"]
    )


@pytest.fixture
def office(told: Installation) -> Iterator[Office]:
    with opened(told.config, {}) as office:
        yield office


def bring(
    office: Office, told: Installation, text: str, now: datetime = FRIDAY, **target: Any
) -> CalendarSummary:
    path = told.write("jaar.ics", text)
    school = office.school(office.settings.school(None))
    dry = target.pop("dry_run", False)
    aim = Target(**{"name": "jaar", "groups": (), **target})
    return import_calendar(
        office.database, school, read_calendar(path, AMSTERDAM, now), aim, now=now, dry_run=dry
    )


def test_the_second_check_reads_the_names_in_an_agenda_by_itself(told: Installation, office: Office) -> None:
    """A child may be named until the newsletter has been made; whom the entry is for decides."""
    mila = child("p1", "groep 3", "g1", pupil_first_name="Mila", pupil_last_name="Vos")
    told.roster(mila, child("p2", "groep 4", "g2"), child("p5", "groep 5", "g5"), more=["--force"])
    told.consents(answer("p1", "g1", kind="name"))
    bring(office, told, ics(entry("a", "Afscheid van Mila Vos")), name="groep3", groups=("groep 3",))
    bring(office, told, ics(entry("b", "Mila Vos zingt")), name="groep4", groups=("groep 4",))
    with week_made(told) as week:
        told.consents(answer("p1", "g1", "no", kind="name", given_at="2026-11-20T15:59"))
        got = sent(week, clear=unchecked)
    assert "g1@ouders.example" not in got
    assert "Mila Vos zingt" in got["g2@ouders.example"]
    reasons = told.sql("SELECT reason FROM delivery WHERE state = 'held'")
    assert reasons
    assert all("names a child without consent" in reason for (reason,) in reasons)


def counts(summary: CalendarSummary) -> tuple[int, int, int, int]:
    return summary.new, summary.changed, summary.ended, summary.same


def test_entries_are_for_the_school_or_for_the_named_groups(told: Installation, office: Office) -> None:
    bring(office, told, ics(entry("a", "Studiedag")))
    bring(office, told, ics(entry("b", "Zwemmen", "20261126")), name="groep4", groups=("Groep  4",))
    told("run", "--at", "2026-11-20T16:00")
    assert agenda(newest(told, "g1"))[0] == "Studiedag, hele dag"
    assert not any("Zwemmen" in line for line in agenda(newest(told, "g1")))
    assert "Zwemmen, hele dag (groep 4)" in agenda(newest(told, "g2"))
    assert agenda(newest(told, "g5")) == ["Studiedag, hele dag"]
    shown = told.explain("g5")["agenda"]
    assert [(line["calendar"], line["title"], line["state"]) for line in shown] == [
        ("jaar", "Studiedag", "plain")
    ]


def test_a_newer_file_changes_ends_and_keeps(told: Installation, office: Office) -> None:
    first = ics(entry("a", "Studiedag"), entry("b", "Zwemmen"), entry("c", "Koor"))
    assert counts(bring(office, told, first, dry_run=True)) == (3, 0, 0, 0)
    assert counts(bring(office, told, first)) == (3, 0, 0, 0)
    version = told.sql("SELECT policy_version FROM school")
    before = told.dump()
    assert counts(bring(office, told, first)) == (0, 0, 0, 3)
    assert told.dump() == before
    told("run", "--at", "2026-11-20T16:00")
    second = ics(entry("new-id", "Studiedag"), entry("b", "Zwemmen", "20261201", "SEQUENCE:1"))
    assert counts(bring(office, told, second)) == (0, 1, 1, 1)
    assert told.sql("SELECT policy_version FROM school") > version
    assert told.sql("SELECT title, sequence, cancelled FROM calendar_entry ORDER BY id") == [
        ("Studiedag", 0, 0),
        ("Zwemmen", 1, 0),
        ("Koor", 1, 1),
    ]
    older = bring(office, told, ics(entry("new-id", "Studiedag"), entry("b", "Zwemmen", "20261202")))
    assert counts(older) == (0, 0, 0, 1)
    assert "older version" in older.remarks[0].message
    told.posts(post("nieuw", "school", "Nieuws.", published="2026-11-21T10:00:00"))
    told("run", "--at", "2026-11-27T15:31")
    lines = agenda(newest(told, "g5"))
    assert "Gewijzigd: Zwemmen, hele dag" in lines
    assert "Vervallen: Koor, hele dag" not in lines, "it was to be on Monday, and is past"


def test_cancelled_and_called_off_entries_are_off(told: Installation, office: Office) -> None:
    bring(office, told, ics(entry("a", "Studiedag", "20261203"), entry("b", "Zwemmen", "20261204")))
    told("run", "--at", "2026-11-20T16:00")
    bring(
        office,
        told,
        ics(entry("a", "", "20261203", "STATUS:CANCELLED", "SEQUENCE:1"), head="METHOD:CANCEL\n"),
    )
    assert told.sql("SELECT title, sequence, cancelled FROM calendar_entry ORDER BY id") == [
        ("Studiedag", 1, 1),
        ("Zwemmen", 0, 0),
    ]


def test_for_others_than_before_or_with_little_left_needs_a_word(told: Installation, office: Office) -> None:
    many = [entry(str(day), f"Les {day}", f"202612{day:02}") for day in range(1, 11)]
    bring(office, told, ics(*many))
    before = told.dump()
    with pytest.raises(BadInput, match="is for others so far"):
        bring(office, told, ics(*many), groups=("groep 3",))
    with pytest.raises(BadInput, match="9 of 10 events to come would be off"):
        bring(office, told, ics(many[0]))
    with pytest.raises(BadInput, match="no group 'groep 33'; is 'groep 3' meant"):
        bring(office, told, ics(*many), groups=("groep 33",))
    assert told.dump() == before
    assert counts(bring(office, told, ics(many[0]), force=True, groups=("groep 3",))) == (0, 0, 9, 1)
    assert told.sql("SELECT to_school FROM calendar") == [(0,)]


def test_the_command_says_what_it_did(told: Installation) -> None:
    soon = (datetime.now(AMSTERDAM) + timedelta(days=3)).strftime("%Y%m%d")
    path = told.write("jaaragenda (2).ics", ics(entry("a", "Studiedag", soon)))
    assert name_of(path) == "jaaragenda"
    said = told("import", "calendar", path, "--dry-run")
    assert said.out.startswith("would import 1 new and 0 changed events of 'jaaragenda' for the whole school")
    assert told.sql("SELECT * FROM calendar") == []
    told("import", "calendar", path, "--group", "groep 3", "--group", "groep 4")
    assert told.sql("SELECT count(*) FROM calendar_group") == [(2,)]
    refused = told("import", "calendar", told.write("x.ics", "<html>"), expect=2)
    assert "x.ics:1: this is a web page" in refused.err


def test_what_is_past_goes_after_its_term(told: Installation, office: Office) -> None:
    bring(office, told, ics(entry("a", "Studiedag"), entry("b", "Zwemmen", "20270223")))
    told("run", "--at", "2026-11-20T16:00")
    told("run", "--at", "2027-02-23T16:00")
    assert told.sql("SELECT title FROM calendar_entry") == [("Zwemmen",)]
    [line] = told.explain("g5", "--week", "2026-W47")["agenda"]
    assert (line["calendar"], line["title"]) == (None, None)


def test_an_entry_that_names_a_child_without_consent_stands_in_no_agenda(told: Installation) -> None:
    """Until the family consents: then the next newsletter has it, without another import."""
    who = child("p1", "groep 3", "g1", pupil_first_name="Daan"), child("p5", "groep 5", "g5")
    told.roster(*who, more=["--force"])
    days = entry("a", "Tentoonstelling van Daan", "20261123", "DTEND;VALUE=DATE:20261204")
    path = told.write("jaar.ics", ics(days, entry("b", "Studiedag", "20261124")))
    said = told("import", "calendar", path, expect=1)
    assert "'Tentoonstelling van Daan' is not shown to parents" in said.out
    told("run", "--at", "2026-11-20T16:00")
    before = "\n".join(agenda(newest(told, "g1")))
    assert "Studiedag" in before
    assert "Daan" not in before
    told.consents(answer("p1", "g1", kind="name"))
    told.posts(post("nieuw", "groep 3", author="s1", published="2026-11-20T17:00:00"))
    told("run", "--at", "2026-11-27T16:00")
    assert "Tentoonstelling van Daan" in "\n".join(agenda(newest(told, "g1")))


def test_events_of_posts_from_before_there_was_an_agenda_are_found(tmp_path: Path) -> None:
    database, config = Database(f"sqlite:///{tmp_path}/old.db"), Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    extra = '{"event": {"starts": "2026-12-04T07:45:00+00:00", "ends": null, "location": ""}, "links": []}'
    rows = {
        "school (id, ref, uid)": "1, 'a', 'u'",
        "staff (id, school_id, ref, name, email, role)": "1, 1, 's', '', '', 'teacher'",
        "revision (id, post_id, digest, title, body, extra)": f"5, 1, '', '', '', '{extra}'",
        "post (id, school_id, ref, author_id, published, state, released_since, revision_id)": (
            "1, 1, 'p', 1, 0, 'live', 0, 5"
        ),
    }
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
        for columns, values in rows.items():
            connection.exec_driver_sql(f"INSERT INTO {columns} VALUES ({values})")
        command.upgrade(config, "head")
        row = connection.execute(select(t.post_event)).one()
    database.close()
    starts = datetime(2026, 12, 4, 8, 45, tzinfo=AMSTERDAM)
    assert (row.post_id, row.revision_id, row.starts, row.over - starts) == (1, 5, starts, timedelta(days=1))
