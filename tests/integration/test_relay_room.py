"""What a relay's day has no room for: what goes first, what is said, and whom it does not keep waiting."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.office import opened
from pipeline.relay import RelaySettings
from pipeline.store.relay_health import RelayHealth
from tests.installation import FRIDAY, SCHOOL, Installation, child, post, teacher
from tests.provider_scene import Clock, school
from tests.smtp_server import Phase, ThreadedServer, refuse

DAYS_END = "when the relay's day has room again"


def test_what_waits_is_said_with_its_time_and_no_connection_is_opened_for_it(tmp_path: Path) -> None:
    with ThreadedServer() as server:
        told = school(tmp_path, server.url, 5, per_day=3)
        said = told("run", "--at", FRIDAY, expect=75)
        connections = server.server.connections
        again = told("run", "--at", FRIDAY, expect=75)
        assert (len(server.messages), server.server.connections) == (3, connections)
    run = told.status()
    until = datetime.fromisoformat(run["waits_until"])
    assert timedelta(hours=23, minutes=58) < until - datetime.now(UTC) <= timedelta(days=1)
    assert until.utcoffset() == timedelta(hours=1), "on the school's clock"
    words = f"2 wait until {until:%H:%M (%Y-%m-%d)}, {DAYS_END}"
    for err in (said.err, again.err):
        assert f"regenboog 2026-W47: {words}" in err.splitlines()[-1]
    assert f"  {words}" in told("status").out
    assert told("status", "--json").json["relay"]["used_today"] == 3


def test_a_full_provider_is_said_in_the_same_words(tmp_path: Path) -> None:
    full = refuse(Phase.MAIL, "550 5.4.5 Daily user sending limit exceeded.")
    with ThreadedServer([full]) as server:
        told = school(tmp_path, server.url, 3)
        said = told("run", "--at", FRIDAY, expect=75)
        assert DAYS_END in said.err
        seen = server.server.seen[Phase.MAIL]
        told("run", "--at", FRIDAY, expect=75)
        assert server.server.seen[Phase.MAIL] == seen, "left alone for an hour"
    assert told.status()["waits_until"] is not None
    assert "Daily user sending limit" in told("status", "--json").json["relay"]["trouble"]


def test_a_newsletter_leaves_the_reserve_to_urgent_mail(tmp_path: Path) -> None:
    with ThreadedServer() as server:
        told = school(tmp_path, server.url, 5, per_day=5, reserve=2)
        told("run", "--at", FRIDAY, expect=75)
        assert len(server.messages) == 3
        told.staff(teacher("t1", "groep 3"), teacher("m1", "", role="management"))
        told.posts(post("ijs", author="m1", urgent=True, published="2026-11-20T15:50:00"))
        said = told("run", "--at", FRIDAY, expect=75)
        assert len(server.messages) == 5, "all of the day, and not one more"
    urgent, weekly = sorted(told.runs(), key=lambda run: not run["urgent"])
    assert (urgent["sent"], urgent["queued"], weekly["queued"]) == (2, 3, 2)
    assert said.err.count(DAYS_END) == 2
    relay = told("status", "--json").json["relay"]
    assert (relay["per_day"], relay["reserve"], relay["used_today"]) == (5, 2, 5)


def test_a_notice_to_staff_counts_as_any_mail_does(tmp_path: Path) -> None:
    with ThreadedServer() as server:
        told = school(tmp_path, server.url, 2, per_day=100)
        told.settings(notices=True)
        told("run", "--at", FRIDAY)
        assert [mail.recipient for mail in server.messages].count("directie@regenboog.example") == 1
        assert told("status", "--json").json["relay"]["used_today"] == len(server.messages) == 3


FAULTS = {
    "full": (Phase.MAIL, "550 5.4.5 Daily user sending limit exceeded."),
    "shut": (Phase.MAIL, "550 5.7.60 SMTP; Client does not have permissions to send as this sender"),
    "no session": (Phase.CONNECT, "554 5.7.1 go away"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_relay_that_is_full_or_shut_keeps_no_other_relays_school_waiting(
    tmp_path: Path, fault: str
) -> None:
    """In one call, and though the other school's newsletter is the later one."""
    zon = {
        **SCHOOL,
        "id": "zon",
        "sender": "nieuws@zon.example",
        "newsletter": {"day": "fri", "time": "15:45"},
    }
    with ThreadedServer([refuse(*FAULTS[fault])]) as bad, ThreadedServer() as well:
        told = Installation(
            folder=tmp_path,
            relay=bad.url,
            schools=(SCHOOL, zon),
            top={"relays": {"eigen": {"url": well.url, "senders": ["*@zon.example"]}}},
        )
        for name in ("regenboog", "zon"):
            at = ["--school", name]
            told.roster(*(child(f"p{n}", "groep 3", f"g{n}") for n in range(4)), more=at)
            told.staff(teacher("t1", "groep 3"), more=at)
            told.posts(post("bos", author="t1"), more=at)
        said = told("run", "--at", FRIDAY, expect=75)
        assert (len(bad.messages), len(well.messages)) == (0, 4)
    assert "zon 2026-W47: 4 parents: 4 sent" in said.out
    states = told.sql("SELECT DISTINCT state FROM delivery WHERE address LIKE '%@%' ORDER BY state")
    assert {state for (state,) in states} <= {"deferred", "queued", "sent"}, "nothing was refused for good"


async def test_a_reserve_of_all_leaves_other_mail_for_another_day(tmp_path: Path) -> None:
    """What the settings refuse could still come of a limit that a preset lowers."""
    told = Installation(folder=tmp_path, relay="file://mails")
    with opened(told.config, {}) as office:
        clock = Clock()
        office = replace(office, clock=clock)
        relay = RelaySettings(url="smtp://localhost", per_day=2, reserve=2)
        health = RelayHealth(office.database, relay.url, clock)
        assert health.room_at(office.budget(relay)) == clock.now + timedelta(days=1)
        assert health.room_at(office.budget(relay, urgent=True)) is None
