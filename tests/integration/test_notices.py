"""What staff are told, when, and how often: real files and databases, mails as a real server gets them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.installation import SCHOOL, Installation, answer, child, html_of, photo, picture, post, teacher
from tests.smtp_server import Phase, ThreadedServer, refuse
from tests.telling_scene import (
    DIRECTOR,
    FRIDAY,
    NEAR,
    NOON,
    SATURDAY,
    THURSDAY,
    TOLD,
    WEDNESDAY,
    letters,
    process,
    text_to,
    told,
)

TEACHER, PARENT = "s1@regenboog.example", "kp@regenboog.example"


@pytest.fixture
def server() -> Iterator[ThreadedServer]:
    with ThreadedServer() as server:
        yield server
    assert server.faults == []


def open_school(school: Installation) -> Installation:
    """Two groups; p1's family said yes, p2's said no; kp is a class parent of groep 3."""
    school.roster(child("p1", "groep 3", "g1"), child("p2", "groep 3", "g2"), child("p4", "groep 4", "g4"))
    school.staff(
        teacher("s1", "groep 3"),
        teacher("s2", "groep 4"),
        teacher("kp", "groep 3", role="class_parent"),
        teacher("dir", "", role="management", email=""),
    )
    school.consents(answer("p1", "g1"), answer("p2", "g2", "no"))
    for name in ("een.jpg", "twee.jpg", "vier.jpg"):
        school.write(f"posts/{name}", picture())
    return school


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("made") / "school"
    return open_school(Installation(folder=folder, relay="file://mails", schools=(TOLD,)))


@pytest.fixture
def school(made: Installation, tmp_path: Path, server: ThreadedServer) -> Installation:
    return sending_to(made, tmp_path, server)


def sending_to(made: Installation, folder: Path, server: ThreadedServer) -> Installation:
    """A copy of the school whose mail goes to this server."""
    copy = replace(made.copied(folder / "school"), relay=server.url)
    copy.settings()
    return copy


def photos_of_a_teacher(school: Installation) -> None:
    school.posts(
        post(
            "bos",
            "groep 3",
            "",
            photo("een.jpg", None),
            photo("twee.jpg", ["p2", "p1"]),
            photo("vier.jpg", ["p99"]),
        ),
        expect=1,
    )


# Who is told what.


def test_what_holds_a_text_is_told_in_full_to_staff_and_to_a_class_parent_without_a_name(
    school: Installation, server: ThreadedServer
) -> None:
    first = {"p1": "Wieke", "p2": "Sjoerd", "p4": "Fenna"}
    families = (("p1", "groep 3", "g1"), ("p2", "groep 3", "g2"), ("p4", "groep 4", "g4"))
    school.roster(*(child(*each, pupil_first_name=first[each[0]]) for each in families))
    school.posts(post("a", body="Wieke was jarig.", author="kp"), expect=1)
    told(school, WEDNESDAY)
    for reader in (DIRECTOR, TEACHER):
        text = text_to(server.messages, reader)
        assert "“Wieke” (tekst)" in text
        assert "Wieke Jansen heeft geen toestemming om genoemd te worden in mail en de app" in text
        assert 'weekbrief release a --why "reden"' in text
    text = text_to(server.messages, PARENT)
    assert "de tekst noemt een kind, zegt iets persoonlijks of kan vriendelijker" in text
    assert "Wieke" not in text
    school.consents(*(answer("p1", "g1", "yes", kind="name", purpose=each) for each in ("app", "mail")))
    school.posts(post("a", body="Sjoerd was jarig.", author="kp"), expect=1)
    told(school, THURSDAY.replace("16:00", "12:00"))
    assert len(letters(server.messages)) == 3, "until the bundle of the day"
    told(school, THURSDAY)
    assert len(letters(server.messages)) == 6, "another name is news"
    told(school, NOON)
    assert len(letters(server.messages)) == 6, "and told once"


def test_a_doubt_is_told_at_once_to_staff_by_whom_and_to_a_class_parent_only_that_there_is_one(
    school: Installation, server: ThreadedServer
) -> None:
    school.posts(post("a", author="kp"), expect=1)
    school("release", "a", "--why", "goed", "--by", "s1")
    told(school, WEDNESDAY)
    assert letters(server.messages) == []
    school("report", "a", "--by", "g1", "--why", "Dit is van ons.")
    told(school, NOON)
    assert {letter.to for letter in letters(server.messages)} == {DIRECTOR, TEACHER, PARENT}
    for reader in (DIRECTOR, TEACHER):
        assert "Ouder g1 (g1) twijfelt erover: “Dit is van ons.”." in text_to(server.messages, reader)
    text = text_to(server.messages, PARENT)
    assert "Het wacht: iemand twijfelt erover." in text
    assert "g1" not in text
    assert "van ons" not in text
    told(school, FRIDAY)
    assert len(letters(server.messages)) == 3
    school("report", "a", "--by", "g2", "--why", "Vinden wij ook.")
    told(school, SATURDAY)
    assert len(letters(server.messages)) == 6


def test_teachers_and_management_hear_which_pupil_lacks_consent_and_others_hear_nothing(
    school: Installation, server: ThreadedServer
) -> None:
    photos_of_a_teacher(school)
    assert told(school, WEDNESDAY).sent == 2
    assert [letter.to for letter in letters(server.messages)] == [DIRECTOR, TEACHER]
    for address in (DIRECTOR, TEACHER):
        text = text_to(server.messages, address)
        assert "Titel bos (groep 3): twee.jpg" in text
        assert "Geen toestemming voor een foto in een mail: Kind-p2 Jansen." in text
        assert "Kind-p1" not in text
        assert "Titel bos (groep 3): een.jpg" in text
        assert "wie erop herkenbaar is" in text
        assert "leerlingenlijst voorkomt: p99" in text


def test_a_class_parent_hears_that_a_photo_stays_and_never_why(
    school: Installation, server: ThreadedServer
) -> None:
    school.posts(
        post("kamp", "groep 3", "", photo("een.jpg", None), photo("twee.jpg", ["p2"]), author="kp"), expect=1
    )
    told(school, WEDNESDAY)
    (letter,) = (letter for letter in letters(server.messages) if letter.to == PARENT)
    assert letter.subject == "Over je bericht bij KBS de Regenboog"
    text = " ".join(letter.text.split())
    assert text.count("Deze foto gaat niet mee. De leerkracht kan je meer vertellen.") == 2
    assert "Het wacht op een leerkracht van de groep of de directie." in text
    for shown in (text, html_of(letter.message), letter.subject):
        for never in ("Kind-", "Jansen", "toestemming", "herkenbaar", "p2", "weekbrief status"):
            assert never not in shown
    assert "Kind-p2 Jansen" in text_to(server.messages, TEACHER)


def test_a_class_parent_is_not_told_anew_when_only_the_reason_changed(
    school: Installation, server: ThreadedServer
) -> None:
    school.posts(post("kamp", "groep 3", "", photo("een.jpg", None), author="kp"), expect=1)
    told(school, WEDNESDAY)
    school.posts(post("kamp", "groep 3", "", photo("een.jpg", ["p2"]), author="kp"), expect=None)
    told(school, THURSDAY)
    assert [letter.to for letter in letters(server.messages)].count(PARENT) == 1
    assert [letter.to for letter in letters(server.messages)].count(TEACHER) == 2


def test_a_post_to_the_school_is_for_management_and_author(
    school: Installation, server: ThreadedServer
) -> None:
    school.staff(teacher("dir", "", role="management", email="dir@regenboog.example"))
    school.posts(post("allen", "school", author="dir"))
    school("hold", "allen", "--why", "nog even wachten")
    told(school, WEDNESDAY)
    assert [letter.to for letter in letters(server.messages)] == ["dir@regenboog.example", DIRECTOR]


def test_an_address_of_class_parent_and_teacher_reads_no_reasons(
    school: Installation, server: ThreadedServer
) -> None:
    school.staff(teacher("s9", "groep 3", email=PARENT))
    photos_of_a_teacher(school)
    told(school, WEDNESDAY)
    assert "Kind-" not in text_to(server.messages, PARENT)
    assert [letter.to for letter in letters(server.messages)].count(PARENT) == 1


def test_a_notice_is_a_mail_of_its_own_in_the_schools_name(
    school: Installation, server: ThreadedServer
) -> None:
    photos_of_a_teacher(school)
    told(school, WEDNESDAY)
    for received, letter in zip(server.messages, letters(server.messages), strict=True):
        assert received.sender == SCHOOL["sender"]
        assert len(received.recipients) == 1
        assert letter.message["Auto-Submitted"] == "auto-generated"
        assert letter.message["Reply-To"] == SCHOOL["reply_to"]
        assert letter.message["From"] == f"{SCHOOL['name']} <{SCHOOL['sender']}>"
        assert letter.message["List-Unsubscribe"] is None
        assert letter.to in str(letter.message["To"])
    assert school("status", "--json").json["runs"] == []


def test_in_an_english_school_it_is_told_in_english(school: Installation, server: ThreadedServer) -> None:
    school.settings(language="en")
    photos_of_a_teacher(school)
    told(school, WEDNESDAY)
    assert "No consent for a photo in a mail: Kind-p2 Jansen." in text_to(server.messages, TEACHER)


# When, and how often.


def test_once_a_day_and_only_what_is_new(school: Installation, server: ThreadedServer) -> None:
    school.settings(notices={"summary": False})
    photos_of_a_teacher(school)
    for moment in ("2026-11-18T15:59", WEDNESDAY, WEDNESDAY, "2026-11-18T20:00", THURSDAY):
        told(school, moment)
    assert len(server.messages) == 2
    school.posts(post("kerk", "groep 3"), expect=1)
    school("hold", "kerk", "--why", "dubbel")
    for moment in ("2026-11-19T17:00", "2026-11-20T09:00"):
        told(school, moment)
    assert len(server.messages) == 2
    school("run", "--at", "2026-11-20T15:30")
    told(school, SATURDAY)
    assert len(letters(server.messages)) == 4
    assert "Titel kerk" in text_to(server.messages[2:], TEACHER)
    assert "Titel bos" not in text_to(server.messages[2:], TEACHER)


def test_a_machine_that_was_off_tells_when_it_is_back(school: Installation, server: ThreadedServer) -> None:
    assert told(school, "2026-11-17T10:00").sent == 0
    photos_of_a_teacher(school)
    told(school, "2026-11-19T08:00")
    assert len(server.messages) == 2


def test_two_hours_before_the_newsletter_it_is_told_at_once(
    school: Installation, server: ThreadedServer
) -> None:
    told(school, THURSDAY)
    photos_of_a_teacher(school)
    told(school, "2026-11-20T13:29")
    assert server.messages == []
    told(school, NEAR)
    told(school, "2026-11-20T14:01")
    assert len(server.messages) == 2
    assert "vrijdag 20 november om 15:30" in text_to(server.messages, TEACHER)
    school.posts(post("kamp", author="kp"), expect=1)
    told(school, "2026-11-20T14:02")
    assert "Titel bos" not in text_to(server.messages[2:], TEACHER)
    assert "Titel kamp" in text_to(server.messages[2:], TEACHER)
    told(school, FRIDAY)
    assert len(server.messages) == 5  # nothing is told again at 16:00


def test_what_was_told_longer_ago_is_told_once_more_before_the_newsletter(
    school: Installation, server: ThreadedServer
) -> None:
    photos_of_a_teacher(school)
    told(school, WEDNESDAY)
    school.posts(post("kamp", author="kp"), expect=1)
    told(school, THURSDAY)  # 23.5 hours before: need not be told again
    del server.server.messages[:]
    for moment in (NOON, NEAR, "2026-11-20T15:00"):
        told(school, moment)
    assert [letter.to for letter in letters(server.messages)] == [DIRECTOR, TEACHER]
    text = text_to(server.messages, TEACHER)
    assert text.count("Dit is je eerder gemeld.") == 3
    assert "Titel kamp" not in text


def test_what_was_solved_is_not_told_and_what_is_held_anew_is(
    school: Installation, server: ThreadedServer
) -> None:
    school.posts(post("bos"), post("kerk"))
    for id in ("bos", "kerk"):
        school("hold", id, "--why", "even kijken")
    school("release", "kerk", "--why", "kan gaan")
    told(school, WEDNESDAY)
    assert "Titel kerk" not in text_to(server.messages, TEACHER)
    school("release", "bos", "--why", "kan gaan")
    school("hold", "bos", "--why", "toch niet")
    told(school, THURSDAY)
    assert "Titel bos" in text_to(server.messages[2:], TEACHER)


def test_photos_of_a_post_that_went_are_no_news_any_more(
    school: Installation, server: ThreadedServer
) -> None:
    photos_of_a_teacher(school)
    school("run", "--at", FRIDAY)
    told(school, "2026-11-20T16:01")
    assert [letter.to for letter in letters(server.messages)] == [DIRECTOR]
    assert "Titel bos" not in text_to(server.messages, DIRECTOR)


def test_two_processes_at_once_tell_once(tmp_path: Path, server: ThreadedServer, database_url: str) -> None:
    school = open_school(
        Installation(folder=tmp_path / "school", relay=server.url, database=database_url, schools=(TOLD,))
    )
    photos_of_a_teacher(school)
    both = [process(school, WEDNESDAY) for _ in range(2)]
    for one in both:
        _, err = one.communicate(timeout=60)
        assert one.returncode == 0, err
    told(school, WEDNESDAY)
    assert sorted(letter.to for letter in letters(server.messages)) == [DIRECTOR, TEACHER]


@pytest.mark.parametrize("off", [False, {"held": False, "addresses": False, "summary": False}])
def test_all_of_it_can_be_switched_off(school: Installation, server: ThreadedServer, off: object) -> None:
    school.settings(notices=off)
    photos_of_a_teacher(school)
    for moment in (WEDNESDAY, NEAR):
        told(school, moment)
    school("run", "--at", FRIDAY)
    told(school, FRIDAY)
    assert letters(server.messages) == []
    assert "photo_not_listed" in school("status", "--json").out


def test_the_time_of_the_bundle_is_a_setting(school: Installation, server: ThreadedServer) -> None:
    school.settings(notices={"time": "08:15"})
    photos_of_a_teacher(school)
    told(school, "2026-11-18T08:14")
    assert len(server.messages) == 0
    told(school, "2026-11-18T08:15")
    assert len(server.messages) == 2


# Addresses.


def test_failed_and_suppressed_addresses_are_told_to_the_management_once(
    made: Installation, tmp_path: Path
) -> None:
    wrong = refuse(Phase.RCPT, "550 5.1.1 onbekend", recipient="g1@ouders.example")
    with ThreadedServer([wrong]) as server:
        school = sending_to(made, tmp_path, server)
        school.settings(notices={"summary": False})
        school.sql("UPDATE parent SET suppressed_at = 1 WHERE ref = 'g4'")
        school.posts(post("bos"))
        school("run", "--at", "2026-11-20T15:30", expect=1)
        told(school, FRIDAY)
        (letter,) = letters(server.messages)
        text = " ".join(letter.text.split())
        assert letter.to == DIRECTOR
        assert "Ouder g1 (g1), g1@ouders.example" in text
        assert "onbekend" in text
        assert "Ouder g4 (g4), g4@ouders.example" in text
        assert "g2" not in text
        school.posts(post("kerk", published="2026-11-24T10:00:00"))
        school("run", "--at", "2026-11-27T15:30", expect=1)  # the same address fails again
        told(school, "2026-11-27T16:00")
        assert len(letters(server.messages)) == 1


# The summary after a newsletter.


def test_the_management_gets_one_page_after_each_newsletter(
    school: Installation, server: ThreadedServer
) -> None:
    school.posts(post("bos"), post("kerk"), post("kamp", author="kp"), expect=1)
    school("hold", "kerk", "--why", "dubbel")
    school("run", "--at", "2026-11-20T15:30")
    for _ in range(2):
        told(school, "2026-11-20T15:31")
    (letter,) = letters(server.messages)
    text = " ".join(letter.text.split())
    assert letter.to == DIRECTOR
    assert "2026-W47" in letter.subject
    for words in ("Verstuurd", "Mislukt", "Ouders in totaal", "deze keer niets te lezen"):
        assert words in text
    assert "Titel kerk" in text
    assert "Titel kamp" in text
    assert "Titel bos" not in text


def test_the_summary_waits_until_the_run_has_closed(school: Installation, server: ThreadedServer) -> None:
    school.posts(post("bos"))
    tight = replace(school, relay_settings={"per_day": 1})
    tight("run", "--at", FRIDAY, expect=75)
    told(tight, FRIDAY)
    assert school.sql("SELECT * FROM notice") == []
    school.settings()
    school("run", "--at", FRIDAY)
    told(school, FRIDAY)
    assert len(letters(server.messages)) == 1


def test_a_newsletter_held_for_being_late_is_told_at_once_with_what_to_do(
    school: Installation, server: ThreadedServer
) -> None:
    school.posts(post("bos"))
    school("run", "--at", "2026-11-23T08:00", expect=1)
    for _ in range(2):
        told(school, "2026-11-23T08:00")
    (letter,) = letters(server.messages)
    assert letter.to == DIRECTOR
    assert 'weekbrief release 2026-W47 --why "' in letter.text
    assert "Hij is voor 2 ouders." in letter.text
    school("release", "2026-W47", "--why", "beter laat")
    school("run", "--at", "2026-11-23T08:01")
    told(school, "2026-11-23T08:01")
    assert "zo ging weekbrief 2026-W47" in [letter.subject for letter in letters(server.messages)][1]


# Sending.


def test_a_bad_address_holds_up_nobody_and_stands_in_status(made: Installation, tmp_path: Path) -> None:
    wrong = refuse(Phase.RCPT, "550 5.1.1 onbekend", recipient=DIRECTOR)
    with ThreadedServer([wrong]) as server:
        school = sending_to(made, tmp_path, server)
        photos_of_a_teacher(school)
        done = told(school, WEDNESDAY)
        assert (done.sent, done.queued, done.failed) == (1, 0, 1)
        assert told(school, WEDNESDAY).failed == 0
        assert [letter.to for letter in letters(server.messages)] == [TEACHER]
        (need,) = failed(school)
        assert need["to"] == DIRECTOR
        assert "onbekend" in need["why"]


def failed(school: Installation) -> list[dict[str, str]]:
    from pipeline.office import opened
    from pipeline.store.notice_rows import failed_notices

    with opened(school.config, school.environ) as office, office.database.read() as connection:
        return list(failed_notices(connection, office.school(office.settings.schools[0])))


def test_a_temporary_failure_is_tried_again_with_the_same_bytes(made: Installation, tmp_path: Path) -> None:
    later = refuse(Phase.DOT, "451 later", recipient=DIRECTOR, times=2)
    with ThreadedServer([later]) as server:
        school = sending_to(made, tmp_path, server)
        photos_of_a_teacher(school)
        done = told(school, WEDNESDAY)
        assert (done.sent, done.queued) == (1, 1)
        assert told(school, WEDNESDAY).queued == 1  # not yet due
        assert told(school, WEDNESDAY, later=timedelta(seconds=5)).queued == 1
        assert told(school, WEDNESDAY, later=timedelta(minutes=5)).sent == 1
        assert sorted(letter.to for letter in letters(server.messages)) == [DIRECTOR, TEACHER]


def test_what_finds_no_way_for_two_days_is_given_up(school: Installation, server: ThreadedServer) -> None:
    photos_of_a_teacher(school)
    server.deaf()
    assert told(school, WEDNESDAY).queued == 2
    assert told(school, WEDNESDAY, later=timedelta(days=1)).queued == 2
    assert told(school, WEDNESDAY, later=timedelta(days=3)).queued == 0
    assert len(failed(school)) == 2
    server.listen()
    told(school, WEDNESDAY, later=timedelta(days=3, minutes=5))
    assert server.messages == []


def test_the_relay_is_left_alone_while_it_fails(school: Installation, server: ThreadedServer) -> None:
    photos_of_a_teacher(school)
    server.deaf()
    for _ in range(3):
        assert told(school, WEDNESDAY).queued == 2
    server.listen()
    assert told(school, WEDNESDAY, later=timedelta(minutes=2)).sent == 2


# What stays and what goes.


def test_text_and_address_go_after_their_term_and_what_was_told_stays(
    school: Installation, server: ThreadedServer
) -> None:
    photos_of_a_teacher(school)
    told(school, WEDNESDAY)
    items = school.sql("SELECT what, post_id, photo_id FROM notice_item ORDER BY id")
    assert len(items) == 6
    school.settings(keep_mails_days=30)
    school("run", "--at", "2026-12-17T16:00")
    assert school.sql("SELECT count(*) FROM notice WHERE message IS NOT NULL AND kind = 'daily'") == [(2,)]
    school("run", "--at", "2026-12-19T16:01")
    assert (
        school.sql("SELECT recipient, message, said FROM notice WHERE kind = 'daily'")
        == [(None, None, "")] * 2
    )
    assert school.sql("SELECT what, post_id, photo_id FROM notice_item ORDER BY id") == items
    columns = " ".join(str(row) for row in school.sql("SELECT * FROM notice_item"))
    assert "@" not in columns


# The other reasons.


def test_a_file_that_is_no_picture_and_an_author_out_of_place_are_told(
    school: Installation, server: ThreadedServer
) -> None:
    school.write("posts/stuk.jpg", b"geen foto")
    school.posts(post("bos", "groep 3", "", photo("stuk.jpg", [])), post("kerk", "groep 3"), expect=1)
    told(school, WEDNESDAY)
    assert "Het bestand is niet te gebruiken" in text_to(server.messages, TEACHER)
    school.staff(teacher("s1", "groep 4"))
    told(school, THURSDAY)
    assert "De schrijver mag daar niets plaatsen" in text_to(server.messages[2:], TEACHER)
    assert "De schrijver mag daar niets plaatsen" in text_to(server.messages[2:], DIRECTOR)
