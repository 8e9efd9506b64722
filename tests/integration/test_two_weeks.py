"""Week after week through the command line and a real SMTP server: nothing twice, nothing owed skipped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import (
    FRIDAY,
    NEXT_FRIDAY,
    SCHOOL,
    WEEK,
    Installation,
    answer,
    child,
    mail,
    photo,
    picture,
    pictures_of,
    post,
    teacher,
    text_of,
)
from tests.smtp_server import Phase, ThreadedServer, refuse

THIRD_FRIDAY = "2026-12-04T16:00"


@pytest.fixture
def server() -> Iterator[ThreadedServer]:
    with ThreadedServer() as server:
        yield server
        assert server.faults == []


@pytest.fixture
def school(tmp_path: Path, server: ThreadedServer) -> Installation:
    return staffed(Installation(folder=tmp_path / "school", relay=server.url))


def staffed(school: Installation) -> Installation:
    school.roster(child("p1", "groep 3", "g1"), child("p2", "groep 4", "g2"))
    school.staff(teacher("s1", "groep 3|groep 4"), teacher("dir", "", role="management"))
    return school


def titles(server: ThreadedServer, parent: str) -> list[list[str]]:
    """The posts of each mail to a parent, in the order they came."""
    mails = [mail(m.data) for m in server.messages if m.recipients == (f"{parent}@ouders.example",)]
    return [
        sorted(line[6:] for line in text_of(message).splitlines() if line.startswith("Titel "))
        for message in mails
    ]


# Once, and no less.


def test_a_second_run_of_the_same_week_sends_nothing_new(
    school: Installation, server: ThreadedServer
) -> None:
    school.posts(post("a"))
    school("run", "--at", FRIDAY)
    for words in (
        ("run", "--at", FRIDAY),
        ("run", "--week", WEEK, "--at", FRIDAY),
        ("run", "--at", "2026-11-26"),
    ):
        school(*words)
    school.posts(post("b"))  # published in the week that went, imported late
    school("run", "--week", WEEK, "--at", FRIDAY)
    assert titles(server, "g1") == [["a"]]
    assert len(school("status", "--json").json["runs"]) == 1


def test_the_windows_meet_without_a_gap_or_an_overlap(school: Installation, server: ThreadedServer) -> None:
    school.posts(
        post("te-vroeg", published="2026-11-13T15:29:59"),
        post("eerste", published="2026-11-13T15:30:00"),
        post("laatste", published="2026-11-20T15:29:59"),
        post("volgende", published="2026-11-20T15:30:00"),
        post("daarna", published="2026-11-27T15:30:00"),
    )
    school("run", "--at", FRIDAY)
    school("run", "--at", NEXT_FRIDAY)
    assert titles(server, "g1") == [["eerste", "laatste"], ["volgende"]]


def test_the_week_the_clock_goes_back_has_169_hours(school: Installation, server: ThreadedServer) -> None:
    school.posts(
        post("zomer", published="2026-10-23T15:29:59+02:00"),
        post("begin", published="2026-10-23T15:30:00+02:00"),
        post("eind", published="2026-10-30T15:29:59+01:00"),
    )
    school("run", "--at", "2026-10-30T15:30")
    assert titles(server, "g1") == [["begin", "eind"]]


def test_a_late_file_goes_with_the_next_run_and_is_never_skipped(
    school: Installation, server: ThreadedServer
) -> None:
    school.posts(post("op-tijd"))
    school("run", "--at", FRIDAY)
    school.posts(post("te-laat", published="2026-11-17T10:00:00"))
    school("run", "--at", NEXT_FRIDAY)
    school("run", "--at", THIRD_FRIDAY)
    assert titles(server, "g1") == [["op-tijd"], ["te-laat"]]


def test_a_newsletter_that_was_missed_comes_as_one_with_the_next(
    school: Installation, server: ThreadedServer
) -> None:
    """The machine slept through a Friday: one mail, nothing skipped."""
    school.posts(
        post("a", published="2026-11-18T10:00:00"),
        post("b", published="2026-11-25T10:00:00"),
        post("c", published="2026-12-02T10:00:00"),
    )
    school("run", "--at", FRIDAY)
    school("run", "--at", THIRD_FRIDAY)
    assert titles(server, "g1") == [["a"], ["b", "c"]]


def test_what_is_older_than_28_days_is_not_owed(school: Installation, server: ThreadedServer) -> None:
    school.posts(post("a", published="2026-11-06T16:00:00"))
    school("run", "--at", "2026-11-13T15:30")
    school.posts(post("oud", published="2026-11-06T15:29:00"), post("net", published="2026-11-06T15:30:00"))
    school("run", "--at", THIRD_FRIDAY)
    assert titles(server, "g1") == [["a"], ["net"]]


def test_nothing_due_ends_0_and_says_so(school: Installation) -> None:
    school("run", "--at", FRIDAY)
    assert "nothing is due" in school("run", "--at", FRIDAY).out


def test_a_week_before_its_moment_or_before_the_last_run_is_refused(
    school: Installation, server: ThreadedServer
) -> None:
    school.posts(post("a"))
    assert "not come yet" in school("run", "--week", WEEK, "--at", "2026-11-20T15:29:59", expect=2).err
    school("run", "--at", NEXT_FRIDAY)
    before = school.dump()
    said = school("run", "--week", WEEK, "--at", NEXT_FRIDAY, expect=2)
    assert "not after the school's last newsletter" in said.err
    assert school.dump() == before


# What changes between two weeks.


def test_who_changes_channel_gets_nothing_twice_and_misses_nothing(
    school: Installation, server: ThreadedServer
) -> None:
    school.posts(post("a"))
    school("run", "--at", FRIDAY)
    for channel, at in (("none", NEXT_FRIDAY), ("newsletter", THIRD_FRIDAY)):
        school.roster(child("p1", "groep 3", "g1", channel=channel), child("p2", "groep 4", "g2"))
        school.posts(post(channel, published=f"{at[:10]}T09:00:00"))
        school("run", "--at", at)
    assert titles(server, "g1") == [["a"], ["newsletter"]]


def test_a_failed_mail_is_owed_with_the_next(tmp_path: Path) -> None:
    full = refuse(Phase.RCPT, "550 5.2.2 mailbox full", recipient="g1@ouders.example", times=1)
    with ThreadedServer([full]) as server:
        school = staffed(Installation(folder=tmp_path, relay=server.url))
        school.posts(post("a"), post("vier", "groep 4"))
        school("run", "--at", FRIDAY, expect=1)
        school.posts(post("b", published="2026-11-25T10:00:00"))
        school("run", "--at", NEXT_FRIDAY)
        assert titles(server, "g1") == [["a", "b"]]
        assert titles(server, "g2") == [["vier"]]


def test_a_photo_that_is_allowed_later_does_not_follow_its_post(
    school: Installation, server: ThreadedServer
) -> None:
    school.write("posts/een.jpg", picture())
    school.posts(post("a", "groep 3", "Tekst.", photo("een.jpg", ["p1"])))
    school("run", "--at", FRIDAY)
    school.consents(answer("p1", "g1"))
    school("run", "--at", NEXT_FRIDAY)
    assert titles(server, "g1") == [["a"]]
    assert pictures_of(mail(server.messages[0].data)) == 0


def test_a_child_who_moves_group_gets_the_new_groups_posts_from_that_day(
    school: Installation, server: ThreadedServer
) -> None:
    school.roster(
        child("p1", "groep 3", "g1", enrolled_until="2026-11-18"),
        child("p1", "groep 4", "g1", enrolled_from="2026-11-18"),
        child("p2", "groep 4", "g2"),
    )
    school.posts(
        post("drie", "groep 3", published="2026-11-16T10:00:00"),
        post("vier-eerder", "groep 4", published="2026-11-17T23:59:59"),
        post("vier", "groep 4", published="2026-11-18T00:00:00"),
        post("allen", "school", published="2026-11-16T10:00:00", author="dir"),
    )
    school("run", "--at", FRIDAY)
    assert titles(server, "g1") == [["allen", "vier"]]


def test_a_sibling_in_two_groups_gives_one_mail_with_a_shared_post_once(
    school: Installation, server: ThreadedServer
) -> None:
    school.roster(
        child("p1", "groep 3", "g1"),
        child("p1", "plusklas", "g1"),
        child("p3", "groep 4", "g1"),
        child("p2", "groep 4", "g2"),
    )
    school.staff(teacher("s1", "groep 3|groep 4|plusklas"))
    shared = post("samen", groups=["groep 3", "groep 4", "plusklas"]).replace('group = "groep 3"\n', "")
    school.posts(shared, post("plus", "plusklas"))
    school("run", "--at", FRIDAY)
    assert titles(server, "g1") == [["plus", "samen"]]
    assert titles(server, "g2") == [["samen"]]
    [theirs] = [m for m in server.messages if m.recipients == ("g2@ouders.example",)]  # whichever came first
    assert "plusklas" not in text_of(mail(theirs.data))


# `--at` replaces the clock for the calendar only.


def test_a_yes_after_that_time_does_not_count_yet_and_a_no_does(
    tmp_path: Path, server: ThreadedServer
) -> None:
    school = staffed(Installation(folder=tmp_path / "other", relay=server.url))
    school.consents(
        answer("p1", "g1", given_at="2026-11-20T16:00:01"),
        answer("p2", "g2", given_at="2026-11-01T00:00"),
        answer("p2", "g2", "no", given_at="2026-12-01T00:00"),
    )
    school.write("posts/een.jpg", picture((9, 9, 9)))
    school.write("posts/twee.jpg", picture((99, 9, 9)))
    school.posts(
        post("a", "groep 3", "", photo("een.jpg", ["p1"])),
        post("b", "groep 4", "", photo("twee.jpg", ["p2"])),
    )
    school("run", "--at", FRIDAY)
    assert [pictures_of(mail(m.data)) for m in server.messages] == [0, 0]


def test_a_yes_at_that_very_time_counts(tmp_path: Path, server: ThreadedServer) -> None:
    school = staffed(Installation(folder=tmp_path / "other", relay=server.url))
    school.consents(answer("p1", "g1", given_at=FRIDAY))
    school.write("posts/een.jpg", picture())
    school.posts(post("a", "groep 3", "", photo("een.jpg", ["p1"])))
    school("run", "--at", FRIDAY)
    assert [pictures_of(mail(m.data)) for m in server.messages] == [1]


def test_enrolments_are_those_of_that_time(school: Installation, server: ThreadedServer) -> None:
    school.roster(
        child("p1", "groep 3", "g1", enrolled_from="2026-11-21"),
        child("p2", "groep 4", "g2", enrolled_until="2026-11-20"),
    )
    school.posts(post("a", "school", author="dir"), post("later", published="2026-11-23T10:00:00"))
    school("run", "--at", FRIDAY)
    assert school.status()["withheld"] == {"no_current_child": 2}
    school("run", "--at", NEXT_FRIDAY)
    assert titles(server, "g1") == [["later"]]


def test_an_offset_is_honoured_and_a_time_without_one_is_the_schools(school: Installation) -> None:
    school("run", "--at", "2026-11-20T15:29:59")
    school("run", "--week", WEEK, "--at", "2026-11-20T14:29:59Z", expect=2)
    school("run", "--week", WEEK, "--at", "2026-11-20T14:30:00Z")
    for wrong in ("gisteren", "2026-13-01", "20-11-2026", "15:30"):
        assert "--at" in school("run", "--at", wrong, expect=2).err


# Two newsletters a week, two schools.


def test_two_newsletters_a_week_have_keys_and_windows_of_their_own(
    school: Installation, server: ThreadedServer
) -> None:
    school.settings(newsletter=[{"day": "fri", "time": "15:30"}, {"day": "tue", "time": "16:00"}])
    school.posts(
        post("di", published="2026-11-17T15:59:59"),
        post("vr", published="2026-11-17T16:00:00"),
    )
    school("run", "--at", "2026-11-17T16:00")
    school("run", "--week", "2026-W47-2", "--at", FRIDAY)
    assert titles(server, "g1") == [["di"], ["vr"]]
    assert [run["key"] for run in school("status", "--json").json["runs"]] == ["2026-W47", "2026-W47-2"]


def test_two_schools_never_share_a_mail(tmp_path: Path, server: ThreadedServer) -> None:
    """One mother with a child at each, under the same ids and address."""
    second = {**SCHOOL, "id": "klimboom", "name": "OBS de Klimboom", "sender": "nieuws@klimboom.example"}
    del second["reply_to"]
    school = Installation(folder=tmp_path / "two", relay=server.url, schools=(SCHOOL, second))
    for number, id in enumerate(("regenboog", "klimboom")):
        to = ["--school", id]
        school.roster(child("p1", "groep 3", "g1"), more=to)
        school.staff(teacher("s1", "groep 3"), more=to)
        school.posts(post("a", "groep 3", f"Verhaal van {id}."), folder=f"posts{number}", more=to)
    school("run", "--at", FRIDAY)
    texts = {m.sender: text_of(mail(m.data)) for m in server.messages}
    assert len(server.messages) == 2
    assert "Verhaal van regenboog." in texts["nieuws@regenboog.example"]
    assert "klimboom" not in texts["nieuws@regenboog.example"].lower()
    assert "Verhaal van klimboom." in texts["nieuws@klimboom.example"]
    assert "regenboog" not in texts["nieuws@klimboom.example"].lower()


# The mail.


def test_each_mail_has_one_recipient_and_a_message_id_of_its_own(
    school: Installation, server: ThreadedServer
) -> None:
    school.roster(
        child("p1", "groep 3", "g1", parent_email="samen@ouders.example"),
        child("p2", "groep 3", "g2", parent_email="samen@ouders.example"),
    )
    school.posts(post("a"))
    school("run", "--at", FRIDAY)
    assert [m.recipients for m in server.messages] == [("samen@ouders.example",)] * 2
    messages = [mail(m.data) for m in server.messages]
    assert len({message["Message-ID"] for message in messages}) == 2
    for message, other in zip(messages, reversed(messages), strict=True):
        (to,) = message["To"].addresses
        assert to.addr_spec == "samen@ouders.example"
        assert other["To"].addresses[0].display_name not in text_of(message)
        assert "Cc" not in message
        assert "Bcc" not in message


def test_every_mail_with_photos_says_whose_they_are_and_whom_to_tell(
    school: Installation, server: ThreadedServer
) -> None:
    school.write("posts/een.jpg", picture())
    school.posts(post("a", "groep 3", "", photo("een.jpg", [])))
    school("run", "--at", FRIDAY)
    text = text_of(mail(server.messages[0].data))
    assert "van de school" in text
    assert "directie" in text
