"""Rule 5 where two channels meet: what goes over the one while the other is being made or sent."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.installation import FRIDAY, Installation, child, mail, post, teacher, text_of
from tests.scene import Process
from tests.smtp_server import Act, Phase, Rule, ThreadedServer

LATER = "2026-11-23T10:00"  # a Monday: no quiet hours


def school(folder: Path, relay: str, *rows: dict[str, str]) -> Installation:
    told = Installation(folder=folder / "school", relay=relay, relay_settings={"connections": 1})
    told.roster(*rows)
    told.staff(teacher("s1", "groep 3"), teacher("m1", "", role="management"))
    return told


def read(server: ThreadedServer, parent: str) -> list[str]:
    """The posts of all mails to this parent, in the order they came."""
    mails = [mail(one.data) for one in server.messages if one.recipient == f"{parent}@ouders.example"]
    lines = [line.strip() for one in mails for line in text_of(one).splitlines()]
    return [line.removeprefix("Titel ") for line in lines if line.startswith("Titel ")]


def in_the_app(told: Installation, parent: str) -> list[str]:
    return [one["post"] for one in told("feed", parent, "--json").json["posts"]]


def test_a_schools_first_newsletter_does_not_repeat_what_was_urgent(tmp_path: Path) -> None:
    with ThreadedServer() as server:
        told = school(tmp_path, server.url, dict(child("p1", "groep 3", "g1")))
        told.posts(
            post("gewoon"), post("haast", "school", author="m1", urgent=True, published="2026-11-19T10:00:00")
        )
        told("run", "--at", FRIDAY)
        assert sorted(read(server, "g1")) == ["gewoon", "haast"]


@pytest.mark.parametrize("channel", ["mail", "app"])
def test_who_switches_while_the_newsletter_is_being_sent_misses_nothing(tmp_path: Path, channel: str) -> None:
    """Nobody had that channel before, so that no run over it has looked at the week's posts yet."""
    parents = {f"g{n}" for n in range(6)}
    with ThreadedServer([Rule(phase=Phase.DOT, act=Act(delay=0.3))]) as server:
        told = school(tmp_path, server.url, *(dict(child(f"p{g}", "groep 3", g)) for g in sorted(parents)))
        told.posts(post("a"))
        process = Process(told, "run", "--at", FRIDAY)
        while process.running and not server.messages:
            time.sleep(0.005)
        first = server.messages[0].recipient.partition("@")[0]
        waiting = sorted(parents - {first})[2:]  # the next one or two may be on their way already
        for parent in waiting:
            told("prefer", parent, channel)
        assert process.end().status == 0
        told("run", "--at", LATER)
        assert {who: read(server, who) + in_the_app(told, who) for who in parents} == {
            who: ["a"] for who in parents
        }


def test_who_switches_while_a_late_newsletter_waits_misses_nothing(tmp_path: Path) -> None:
    with ThreadedServer() as server:
        told = school(tmp_path, server.url, dict(child("p1", "groep 3", "g1")))
        told.posts(post("a"))
        told("run", "--at", LATER, expect=1)
        assert server.messages == []
        told("release", "2026-W47", "--why", "het mag")
        told("prefer", "g1", "mail")
        told("run", "--at", LATER)
        assert read(server, "g1") == ["a"]


def test_what_a_holiday_carried_over_outlives_a_late_newsletter_that_nobody_released(tmp_path: Path) -> None:
    """Six weeks without a newsletter, the first one held, and so with the second."""
    with ThreadedServer() as server:
        told = school(tmp_path, server.url, dict(child("p1", "groep 3", "g1")))
        told.settings(holidays={"newsletter": "skip", "free": ["2026-07-04/2026-08-16"]})
        told("run", "--at", "2026-07-03T15:30")
        told.posts(post("a", published="2026-07-03T16:00:00"))
        told("run", "--at", "2026-08-24T10:00", expect=1)
        assert server.messages == []
        told("run", "--at", "2026-08-28T15:30")
        assert read(server, "g1") == ["a"]
