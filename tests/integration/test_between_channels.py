"""Who changes channel while a mail of theirs still waits: not a post missed, not one twice (rule 5)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest

from tests.installation import Installation, Said, child, mail, post, teacher, text_of
from tests.smtp_server import ThreadedServer

START = "2026-11-13T15:30"
WEDNESDAY = "2026-11-18T"


@pytest.fixture
def server() -> Iterator[ThreadedServer]:
    with ThreadedServer() as server:
        yield server
        assert server.faults == []


@pytest.fixture
def school(tmp_path: Path, server: ThreadedServer) -> Installation:
    """Two children in two groups, each with a parent on another channel than the other."""
    made = Installation(folder=tmp_path / "school", relay=server.url)
    made.roster(child("p1", "groep 3", "g1", channel="mail"), child("p2", "groep 4", "g2", channel="mail"))
    made.staff(teacher("s1", "groep 3|groep 4"), teacher("dir", "", role="management"))
    made("run", "--at", START)
    return made


def got(school: Installation, server: ThreadedServer, parent: str) -> list[str]:
    """Every post that reached this parent by mail or in the app, each as often as it did."""
    mails = [text_of(mail(m.data)) for m in server.messages if m.recipients[0].startswith(f"{parent}@")]
    titles = [line[6:] for text in mails for line in text.splitlines() if line.startswith("Titel ")]
    return sorted(titles + [each["post"] for each in school("feed", parent, "--json").json["posts"]])


def stop_the_relay(school: Installation) -> str:
    """It refuses our login: what is made meanwhile waits, looked at by nobody. Gives what `start_the_relay`
    needs."""
    stood, school.relay = school.relay, school.relay.replace("//", "//nobody@")
    school.environ["WEEKBRIEF_SMTP_PASSWORD"] = "wrong"
    school.settings()
    return stood


def start_the_relay(school: Installation, stood: str) -> None:
    school.relay = stood
    school.settings()


def run(school: Installation, at: str, expect: int | None = 0) -> Said:
    """The relay is tried at once: how long it is left alone after a failure is not what is asked here."""
    school.sql("UPDATE relay SET failures = 0, next_try_at = NULL")
    return school("run", "--at", at, expect=expect)


@pytest.mark.parametrize("first,then", list(permutations(("newsletter", "mail", "app"), 2)))
def test_a_switch_while_a_mail_waits_loses_nothing_whatever_was_made_meanwhile(
    school: Installation, server: ThreadedServer, first: str, then: str
) -> None:
    """A run of the new channel that is made while the old mail waits leaves its posts out, as on their way;
    once that mail is given up for the new channel, they are owed there all the same."""
    school("prefer", "g1", first)
    stood = stop_the_relay(school)
    school.posts(post("bos", published=WEDNESDAY + "14:05:00"))
    run(school, WEDNESDAY + "14:10", expect=None)
    run(school, "2026-11-20T15:30", expect=None)
    school("prefer", "g1", then)
    school.posts(post("zee", published="2026-11-23T10:00:00"))
    for at in ("2026-11-23T10:05", "2026-11-27T15:30"):
        run(school, at, expect=None)
    start_the_relay(school, stood)
    school.posts(post("wad", published="2026-12-01T10:00:00"))
    for at in ("2026-11-27T15:40", "2026-12-01T10:05", "2026-12-04T15:30"):
        run(school, at, expect=None)
    assert got(school, server, "g1") == ["bos", "wad", "zee"]


@pytest.mark.parametrize("then", ["app", "newsletter"])
def test_a_mail_that_waited_through_a_switch_and_a_run_of_the_new_channel_comes_there(
    school: Installation, server: ThreadedServer, then: str
) -> None:
    stood = stop_the_relay(school)
    school.posts(post("bos", published=WEDNESDAY + "14:05:00"))
    run(school, WEDNESDAY + "14:10", expect=75)
    school("prefer", "g1", then)
    run(school, WEDNESDAY + "14:15", expect=75)
    run(school, "2026-11-20T15:30", expect=75)
    start_the_relay(school, stood)
    for at in ("2026-11-20T15:40", "2026-11-23T10:05", "2026-11-27T15:30"):
        run(school, at)
    assert got(school, server, "g1") == ["bos"]


def test_what_is_no_longer_urgent_while_it_waits_comes_over_each_parents_own_channel(
    school: Installation, server: ThreadedServer
) -> None:
    school.roster(
        child("p1", "groep 3", "g1", channel="mail"),
        child("p1", "groep 3", "n1", channel="newsletter"),
        child("p1", "groep 3", "a1", channel="app"),
        child("p2", "groep 4", "g2", channel="mail"),
    )
    stood = stop_the_relay(school)
    ice = {"author": "dir", "published": WEDNESDAY + "14:05:00"}
    school.posts(post("ijs", **ice, urgent=True))
    run(school, WEDNESDAY + "14:06", expect=75)
    school.posts(post("ijs", **ice))
    start_the_relay(school, stood)
    for at in (WEDNESDAY + "14:20", WEDNESDAY + "14:25", "2026-11-20T15:30", "2026-11-27T15:30"):
        run(school, at)
    assert {parent: got(school, server, parent) for parent in ("g1", "n1", "a1")} == {
        "g1": ["ijs"],
        "n1": ["ijs"],
        "a1": ["ijs"],
    }


def test_a_mail_that_waited_for_the_relay_into_quiet_hours_goes_when_they_end(
    school: Installation, server: ThreadedServer
) -> None:
    stood = stop_the_relay(school)
    school.posts(post("bos", published=WEDNESDAY + "18:50:00"))
    run(school, WEDNESDAY + "18:55", expect=75)
    start_the_relay(school, stood)
    for at in (WEDNESDAY + "19:00", "2026-11-19T06:59"):
        run(school, at)
        assert server.messages == [], at
    run(school, "2026-11-19T07:00")
    assert got(school, server, "g1") == ["bos"]
