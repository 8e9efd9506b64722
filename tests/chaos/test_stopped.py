"""TERM and Ctrl-C: every connection finishes its mail and records it, and the process ends within seconds."""

from __future__ import annotations

import json
import random
import signal
import time
from pathlib import Path

import pytest

from tests.scene import (
    RUN,
    Process,
    assert_copies_alike,
    assert_sound,
    copies,
    opened,
    run,
    school,
    short_or_long,
    states,
)
from tests.smtp_server import ServerProcess

pytestmark = pytest.mark.chaos

PARENTS = 200
#: Seconds per mail at the server: 200 mails over four connections last a second and more.
SLOWLY = [{"phase": "dot", "act": {"delay": 0.03}}]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("seed", range(short_or_long(1, 20)))
def test_a_run_that_is_asked_to_end_does_so_without_a_doubt(
    tmp_path: Path, number: signal.Signals, seed: int
) -> None:
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(SLOWLY))
    with ServerProcess(tmp_path, "--rules", str(rules)) as server:
        told = school(tmp_path / "school", PARENTS, relay=server.url, database="sqlite:///weekbrief.db")
        process = Process(told, *RUN)
        while process.running and not server.messages:
            time.sleep(0.01)
        time.sleep(random.Random(seed).uniform(0, 0.5))
        process.send(number)
        asked = time.monotonic()
        ended = process.end()
        took = time.monotonic() - asked
        sent = len(server.messages)
        assert ended.status == 75, ended
        assert "asked to stop" in ended.err
        assert "Traceback" not in ended.err
        assert took < 10
        assert sent < PARENTS, "asked too late to show anything"
        with opened(told) as ask:
            rows = ask("SELECT state, doubts, owner FROM delivery")
        assert sorted({(row.state, row.doubts) for row in rows}) == [("queued", 0), ("sent", 0)]
        assert sum(row.state == "sent" for row in rows) == sent
        assert {row.owner for row in rows if row.state == "queued"} == {None}
        assert run(told).status == 0
        mails = server.messages
    assert set(states(told).values()) == {"sent"}
    assert len(mails) == len(copies(mails)) == PARENTS
    assert_sound(told)
    assert_copies_alike(copies(mails))


def test_asked_to_end_while_it_waits_for_a_retry_it_ends_at_once(tmp_path: Path) -> None:
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps([{"phase": "rcpt", "act": {"reply": "451 4.7.1 later"}}]))
    with ServerProcess(tmp_path, "--rules", str(rules)) as server:
        told = school(tmp_path / "school", 3, relay=server.url, database="sqlite:///weekbrief.db")
        process = Process(told, *RUN)
        _wait_until(lambda: deferred(told) == 3)
        time.sleep(0.5)
        process.send(signal.SIGTERM)
        asked = time.monotonic()
        ended = process.end()
    assert time.monotonic() - asked < 5
    assert ended.status == 75, ended
    assert "asked to stop" in ended.err


def test_a_second_term_ends_a_run_whose_relay_says_nothing(tmp_path: Path) -> None:
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps([{"phase": "dot", "act": {"then": "hang"}}]))
    with ServerProcess(tmp_path, "--rules", str(rules)) as server:
        told = school(tmp_path / "school", 3, relay=server.url, database="sqlite:///weekbrief.db")
        process = Process(told, *RUN)
        _wait_until(lambda: deferred(told, "sending") == 3)
        process.send(signal.SIGTERM)
        time.sleep(1)
        assert process.running, "it waits for the answers"
        process.send(signal.SIGTERM)
        assert process.end(10).status == -signal.SIGTERM


def deferred(told: object, state: str = "deferred") -> int:
    with opened(told) as ask:  # type: ignore[arg-type]
        rows = ask("SELECT COUNT(*) FROM delivery WHERE state = :state", state=state)
    return int(rows[0][0])


def _wait_until(there: object, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not there():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)
