"""Who reads by mail as posts come hears what became of events they were told of: with the next mail, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from pipeline.model import RunKind, Window
from pipeline.relay.recording import RecordingRelay
from tests.installation import Installation, child, html_of, mail, post, teacher, text_of
from tests.week import Week, never_object, run_made, unchecked

WEDNESDAY = "2026-11-18T"


def event(starts: str, location: str = "") -> str:
    return f'[event]\nstarts = {starts}\nlocation = "{location}"'


def told_of(id: str, title: str, *tables: str, body: str = "Kom.", group: str = "groep 3") -> str:
    return post(id, group, body, *tables, title=title, published=WEDNESDAY + "09:00:00")


AVOND = told_of("avond", "Inloopavond", event("2026-11-24T19:00:00", "Aula"))
KAMP = told_of("kamp", "Schoolkamp", event("2026-12-16"))
LUIZEN = told_of("luizen", "Luizencontrole", event("2026-11-27T16:00:00"))
KOOR = told_of("koor", "Koor", event("2026-11-26T10:00:00"))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Everybody in group 3 was told of four events, each over their channel; `other` in group 4 of none."""
    made = Installation(folder=tmp_path_factory.mktemp("school") / "base", relay="file://mails")
    made.roster(
        *(child("p1", "groep 3", channel, channel=channel) for channel in ("newsletter", "mail", "app")),
        child("p2", "groep 4", "other", channel="mail"),
    )
    made.staff(teacher("s1", "groep 3|groep 4"), teacher("dir", "", role="management"))
    made("run", "--at", "2026-11-13T15:30")
    made.posts(AVOND, KAMP, LUIZEN, KOOR)
    made("run", "--at", WEDNESDAY + "10:00")
    return made


@pytest.fixture
def school(base: Installation, tmp_path: Path) -> Installation:
    return base.copied(tmp_path / "school")


def change(school: Installation) -> None:
    """One event moves, one is taken out, one is withdrawn; of the fourth only its post changes."""
    school.posts(
        told_of("avond", "Inloopavond", event("2026-12-01T19:30:00", "Aula")),
        told_of("kamp", "Geen schoolkamp"),
        told_of("koor", "Het koor", event("2026-11-26T10:00:00"), body="Zing mee."),
    )
    school("withdraw", "luizen", "--why", "gaat niet door")


def news(school: Installation, at: str, *, id: str = "nieuws", **front: Any) -> None:
    """Something to read for everybody, five minutes before ``at``."""
    published = (datetime.fromisoformat(at) - timedelta(minutes=5)).isoformat()
    school.posts(post(id, "school", "Er is nieuws.", author="dir", published=published, **front))
    school("run", "--at", at)


def mails(school: Installation, parent: str) -> list[Any]:
    return [mail(path.read_bytes()) for path in sorted((school.folder / "mails").glob(f"*-{parent}@*.eml"))]


def changes(message: Any, heading: str = "Gewijzigd in de agenda") -> list[str]:
    text = text_of(message).replace("\r\n", "\n").partition(heading)[2].partition("agenda.ics")[0]
    return [line[2:] for line in text.splitlines() if line.startswith("- ")]


def calendar(message: Any) -> dict[str, tuple[str, int, str]]:
    """UID -> title, number and state of each event of the attached file; none without a file."""
    events = [
        each
        for part in message.walk()
        if part.get_content_type() == "text/calendar"
        for each in Calendar.from_ical(part.get_content()).walk("VEVENT")
    ]
    return {str(e["UID"]): (str(e["SUMMARY"]), int(e["SEQUENCE"]), str(e["STATUS"])) for e in events}


MOVED = "Gewijzigd: Inloopavond, vanaf 19:30 uur · Aula (groep 3)"
OFF = "Vervallen: Iets wat eerder was aangekondigd, vanaf 16:00 uur (groep 3)"
TAKEN_OUT = "Vervallen: Geen schoolkamp, hele dag (groep 3)"


def test_the_next_mail_tells_what_changed_once_and_makes_the_calendar_right(school: Installation) -> None:
    [first] = mails(school, "mail")
    change(school)
    school("run", "--at", WEDNESDAY + "12:00")
    assert len(mails(school, "mail")) == 1, "it makes no mail by itself"
    news(school, WEDNESDAY + "14:00")
    _, message = mails(school, "mail")
    assert changes(message) == [OFF, MOVED, TAKEN_OUT]
    assert "Luizencontrole" not in html_of(message) + text_of(message)
    assert html_of(message).count("<s>") == 2
    assert text_of(message).index("Gewijzigd in de agenda") < text_of(message).index("Er is nieuws.")
    before, now = calendar(first), calendar(message)
    assert sorted(now.values()) == [
        ("Inloopavond", 1, "CONFIRMED"),
        ("Vervallen", 1, "CANCELLED"),
        ("Vervallen: Geen schoolkamp", 1, "CANCELLED"),
    ]
    assert now.keys() < before.keys(), "the ids that their calendar knows"
    explained = [(line["post"], line["state"]) for line in school.explain("mail")["agenda"]]
    assert explained == [("luizen", "cancelled"), ("avond", "changed"), ("kamp", "cancelled")]
    [other] = mails(school, "other")
    assert (changes(other), calendar(other)) == ([], {})
    news(school, WEDNESDAY + "15:00", id="meer")
    again = mails(school, "mail")[-1]
    assert "Er is nieuws." in text_of(again)
    assert (changes(again), calendar(again)) == ([], {})
    assert school.sql("SELECT count(*) FROM edition_event WHERE agenda") == [(3,)]
    assert school.explain("mail")["agenda"] == [], "of the newest mail"


def test_what_is_put_back_as_it_was_is_told_too(school: Installation) -> None:
    change(school)
    news(school, WEDNESDAY + "14:00")
    school.posts(AVOND)
    news(school, WEDNESDAY + "15:00", id="meer")
    message = mails(school, "mail")[-1]
    assert changes(message) == ["Gewijzigd: Inloopavond, vanaf 19:00 uur · Aula (groep 3)"]
    assert list(calendar(message).values()) == [("Inloopavond", 2, "CONFIRMED")]


def test_what_is_past_is_not_told(school: Installation) -> None:
    change(school)
    school("run", "--at", "2026-11-27T15:31")
    news(school, "2026-11-30T10:00")
    assert changes(mails(school, "mail")[-1]) == [MOVED, TAKEN_OUT]


def test_an_urgent_mail_tells_after_its_post_who_was_told_by_a_mail(school: Installation) -> None:
    news(school, "2026-11-20T16:00")
    told = mails(school, "newsletter")[-1]
    assert "Inloopavond, vanaf 19:00 uur" in changes(told, heading="Agenda")[0]
    change(school)
    news(school, "2026-11-21T09:00", id="ijs", urgent=True)
    for parent in ("newsletter", "mail"):
        message = mails(school, parent)[-1]
        assert str(message["Subject"]).startswith("Dringend: ")
        assert changes(message) == [OFF, MOVED, TAKEN_OUT]
        assert text_of(message).index("Er is nieuws.") < text_of(message).index("Gewijzigd in de agenda")
    assert changes(mails(school, "app")[-1]) == [], "the app shows by itself what is true now"


def test_a_preview_tells_it_beforehand(school: Installation) -> None:
    change(school)
    school.posts(post("nieuws", "school", "Nieuws.", author="dir", published=WEDNESDAY + "13:00:00"))
    school("preview", "mail", "--out", school.folder / "preview")
    assert "Gewijzigd in de agenda" in (school.folder / "preview" / "mail.txt").read_text("utf-8")


# Rule 16.


@contextmanager
def waiting(school: Installation) -> Iterator[Week]:
    """A run of posts as they come that was made after all that changed, and sent nothing yet."""
    change(school)
    school.posts(post("nieuws", "school", "Nieuws.", author="dir", published=WEDNESDAY + "13:00:00"))

    def window(office: Any, told: Any) -> Window:
        since, until = (
            datetime.fromisoformat(f"{WEDNESDAY}{at}").replace(tzinfo=told.zone) for at in ("10:00", "14:00")
        )
        key = "2026-11-18T14:00"
        return Window(kind=RunKind.IMMEDIATE, key=key, since=since, until=until, at=until)

    with run_made(school, window) as made:
        yield made


def sent(week: Week, **desk: Any) -> list[Any]:
    """To the parent in group 3."""
    relay = RecordingRelay()
    week.deliver(relay, week.desk(**desk))
    return [mail(each.message) for each in relay.sent if each.envelope.recipient.startswith("mail@")]


def test_what_changed_once_more_before_the_hand_over_is_told_by_the_next_mail(school: Installation) -> None:
    with waiting(school) as week:
        school.posts(told_of("avond", "Inloopavond", event("2026-12-02T19:30:00", "Aula")))
        school("hold", "kamp", "--why", "nog even niet")
        [message] = sent(week)
    assert changes(message) == [OFF]
    assert [state for *_, state in calendar(message).values()] == ["CANCELLED"]
    school("release", "kamp", "--why", "toch wel")
    news(school, WEDNESDAY + "15:00", id="meer")
    assert changes(mails(school, "mail")[-1]) == [MOVED, TAKEN_OUT]


def withdraw(school: Installation) -> None:
    school("withdraw", "avond", "--why", "toch niet")


def move_the_child(school: Installation) -> None:
    school.roster(
        child("p1", "groep 4", "mail", channel="mail", enrolled_from="2026-11-18"),
        child("p2", "groep 4", "other", channel="mail"),
        more=["--force"],
    )


DECISIONS = pytest.mark.parametrize("decide", [withdraw, move_the_child])


@DECISIONS
def test_the_second_check_alone_holds_what_is_not_to_be_told(
    school: Installation, decide: Callable[[Installation], None]
) -> None:
    with waiting(school) as week:
        decide(school)
        assert sent(week, clear=unchecked) == []
    [(why,)] = school.sql("SELECT reason FROM delivery WHERE state = 'held'")
    assert "the agenda has post" in why


@DECISIONS
def test_the_first_check_alone_takes_it_away(
    school: Installation, decide: Callable[[Installation], None]
) -> None:
    with waiting(school) as week:
        decide(school)
        [message] = sent(week, object_to=never_object)
    assert "Inloopavond" not in html_of(message) + text_of(message)
