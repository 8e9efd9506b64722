"""The daemon, stopped, killed, doubled and misled while it works: each mail once, nothing lost."""

from __future__ import annotations

import json
import random
import signal
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.daemon import Serve, all_sent, closed, counts, free_port, get, school_due, serving, wait_until
from tests.installation import Installation
from tests.scene import LONG, address, assert_copies_alike, assert_sound, copies, opened, short_or_long
from tests.smtp_server import ServerProcess

pytestmark = pytest.mark.chaos

CONNECTIONS = 4
PARENTS = 100
KILLS = short_or_long(3, 100)
SLOWLY = [{"phase": "dot", "act": {"delay": 0.03}}]


def relay(folder: Path, *rules: dict[str, Any]) -> ServerProcess:
    (folder / "rules.json").write_text(json.dumps(rules))
    return ServerProcess(folder, "--rules", str(folder / "rules.json"))


def owners(school: Installation) -> set[Any]:
    with opened(school) as ask:
        return {row[0] for row in ask("SELECT owner FROM delivery WHERE state IN ('queued', 'deferred')")}


def test_term_in_the_middle_of_sending_leaves_no_doubt(tmp_path: Path) -> None:
    with relay(tmp_path, *SLOWLY) as server:
        told = school_due(tmp_path / "school", PARENTS, relay=server.url)
        with serving(told) as daemon:
            wait_until(lambda: len(server.messages) > 20)
            assert daemon.stop(10) == 0, daemon.text
        sent = len(server.messages)
        assert sent < PARENTS, "asked too late to show anything"
        assert counts(told) == {"queued": PARENTS - sent, "sent": sent}
        assert owners(told) == {None}
        assert daemon.log[-1]["what"] == "stopped"
        with serving(told) as daemon:
            wait_until(lambda: all_sent(told, PARENTS))
            assert daemon.stop(10) == 0
        mails, faults = server.messages, server.faults
    assert len(mails) == len(copies(mails)) == PARENTS
    assert_sound(told)
    assert faults == []


def test_a_relay_that_hangs_after_the_mail_keeps_nobody_from_ending_within_ten_seconds(
    tmp_path: Path,
) -> None:
    """It has taken the mails and never says so: one more copy of those, and of no others."""
    hang = {"phase": "dot", "messages": [10, 10 + CONNECTIONS], "act": {"then": "hang", "keep": True}}
    with relay(tmp_path, hang) as server:
        told = school_due(tmp_path / "school", 30, relay=server.url, connections=CONNECTIONS)
        with serving(told) as daemon:
            wait_until(lambda: counts(told).get("sending") == CONNECTIONS and len(server.messages) >= 13)
            asked = time.monotonic()
            assert daemon.stop(20) == 75
            assert time.monotonic() - asked < 10
            assert [line["what"] for line in daemon.log[-2:]] == ["stopping", "stopped_hard"]
        with serving(told) as daemon:
            wait_until(lambda: all_sent(told, 30))
            assert daemon.stop(10) == 0
        mails = server.messages
    received = copies(mails)
    assert received.keys() == {address(n) for n in range(30)}
    assert 0 < len(mails) - 30 <= CONNECTIONS
    assert max(map(len, received.values())) == 2
    assert_sound(told)
    assert_copies_alike(received)


def test_a_second_term_ends_it_at_once(tmp_path: Path) -> None:
    with relay(tmp_path, {"phase": "dot", "act": {"then": "hang"}}) as server:
        told = school_due(tmp_path / "school", 3, relay=server.url)
        with serving(told) as daemon:
            wait_until(lambda: counts(told) == {"sending": 3})
            daemon.send(signal.SIGTERM)
            wait_until(lambda: daemon.told("stopping"))
            time.sleep(0.3)
            assert daemon.running, "it waits for the answers"
            daemon.send(signal.SIGINT)
            assert daemon.end(3) == 75


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """PostgreSQL in the long form; `run` itself is killed and doubled on both in every form."""
    return str(request.getfixturevalue("postgres_url")) if LONG else "sqlite:///weekbrief.db"


def test_killed_again_and_again_nothing_is_lost_and_hardly_anything_goes_twice(
    tmp_path: Path, database: str
) -> None:
    parents, chance = short_or_long(200, 5_000), random.Random(53)
    with relay(tmp_path, *SLOWLY) as server:
        told = school_due(
            tmp_path / "school", parents, relay=server.url, database=database, connections=CONNECTIONS
        )
        kills = sum(_killed(told, server, chance, number) for number in range(KILLS))
        with serving(told) as daemon:
            wait_until(lambda: closed(told), short_or_long(30, 300))
            assert daemon.stop(10) == 0, daemon.text
        mails, faults = server.messages, server.faults
    received, state = copies(mails), counts(told)
    doubtful = state.get("in_doubt", 0)
    print(f"{kills} kills, {len(mails)} mails, {len(mails) - len(received)} twice, {doubtful} in doubt")
    assert kills == KILLS
    assert state.get("sent", 0) + doubtful == parents
    assert parents - len(received) <= doubtful, "lost without a word"
    assert len(mails) - len(received) <= kills * CONNECTIONS
    assert max(map(len, received.values())) <= 2
    assert_sound(told)
    assert_copies_alike(received)
    assert faults == []


def _killed(told: Installation, server: ServerProcess, chance: random.Random, number: int) -> bool:
    """Kill one daemon: three in four while mail goes out, the others at any moment."""
    daemon, before = Serve(told), len(server.messages)
    if number % 4 != 1:
        wait_until(lambda: len(server.messages) > before)
        time.sleep(chance.uniform(0, 0.1))
    else:
        time.sleep(chance.uniform(0, 0.8))
    worked = daemon.running
    daemon.kill()
    return worked


def test_two_daemons_on_one_database_send_each_mail_once(tmp_path: Path, database: str) -> None:
    with relay(tmp_path, {"phase": "dot", "act": {"delay": 0.01}}) as server, ExitStack() as stack:
        told = school_due(tmp_path / "school", PARENTS, relay=server.url, database=database)
        both = [stack.enter_context(serving(told, name)) for name in ("one", "two")]
        wait_until(lambda: closed(told))
        assert [daemon.stop(10) for daemon in both] == [0, 0]
        mails, faults = server.messages, server.faults
        assert [line for daemon in both for line in daemon.told("tick_failed")] == []
    assert counts(told) == {"sent": PARENTS}
    assert {who: len(those) for who, those in copies(mails).items()} == {
        address(n): 1 for n in range(PARENTS)
    }
    assert_sound(told)
    assert faults == []


def test_settings_that_go_bad_while_it_runs_leave_the_last_good_ones_until_they_are_mended(
    tmp_path: Path,
) -> None:
    port = free_port()
    told = school_due(tmp_path / "school", 3, relay="file://mails", top={"metrics": f"127.0.0.1:{port}"})
    good = told.config.read_text()

    def health() -> Any:
        return json.loads(get(port, "/health")[1])

    with serving(told) as daemon:
        wait_until(lambda: get(port, "/health")[0] == 200)
        told.config.write_text(good.replace('"Europe/Amsterdam"', '"Europa"').replace("nieuws@", "nieuws"))
        status, body = get(port, "/health")
        assert status == 200, "the last good ones will do"
        assert "refused" in json.loads(body)["settings"]
        assert [place.split()[1] for place in json.loads(body)["mistakes"]] == ["timezone", "sender"]
        assert "weekbrief_settings_refused 1.0" in get(port, "/metrics")[1]
        wait_until(lambda: all_sent(told, 3))
        told.config.write_text(good.replace('"sqlite:///weekbrief.db"', '"sqlite:///other.db"'))
        assert health()["changed_but_needs_a_restart"] == ["database"]
        told.config.write_text(good)
        assert health()["settings"] == "good"
        assert health()["changed_but_needs_a_restart"] == []
        assert "weekbrief_settings_refused 0.0" in get(port, "/metrics")[1]
        assert daemon.stop(10) == 0
    assert not (told.folder / "other.db").exists()
    [refused], reloaded = daemon.told("settings_refused"), daemon.told("settings_reloaded")
    assert [place.split()[1] for place in refused["places"]] == ["timezone", "sender"]
    assert len(reloaded) == 2
    [kept] = daemon.told("settings_not_followed")
    assert kept["name"] == "database"


def test_bad_at_its_start_it_tells_every_mistake_and_claims_nothing(tmp_path: Path) -> None:
    told = school_due(tmp_path / "school", 3, relay="file://mails")
    good = told.config.read_text()
    told.config.write_text(good.replace('"Europe/Amsterdam"', '"Europa"').replace("nieuws@", "nieuws"))
    before = told.dump()
    with serving(told) as daemon:
        assert daemon.end() == 2
    assert "`timezone`" in daemon.text
    assert "`sender`" in daemon.text
    assert told.dump() == before
    assert not (told.folder / "mails").exists()
