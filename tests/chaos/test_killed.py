"""kill -9 in the middle of a delivery, again and again: nothing lost, next to nothing twice, never three."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest

from tests.scene import (
    RUN,
    Process,
    address,
    assert_copies_alike,
    assert_sound,
    copies,
    run,
    school,
    short_or_long,
    states,
)
from tests.smtp_server import ServerProcess

pytestmark = pytest.mark.chaos

CONNECTIONS = 4
PARENTS = short_or_long(300, 5_000)
KILLS = short_or_long(6, 100)
#: At most some 500 mails a second, so that they outlast the kills on any machine.
SLOWLY = [{"phase": "rcpt", "act": {"delay": 0.004}}, {"phase": "dot", "act": {"delay": 0.004}}]


def test_killed_again_and_again_every_parent_gets_theirs_and_hardly_anyone_twice(
    tmp_path: Path, database_url: str
) -> None:
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(SLOWLY))
    with ServerProcess(tmp_path, "--rules", str(rules)) as server:
        told = school(
            tmp_path / "school", PARENTS, relay=server.url, database=database_url, connections=CONNECTIONS
        )
        kills = kill_until(told, server, random.Random(47), enough=KILLS)
        began = time.monotonic()
        last = run(told, timeout=60)
        took = time.monotonic() - began
        mails, faults = server.messages, server.faults
    received, state = copies(mails), states(told)
    extra = len(mails) - len(received)
    doubtful = [who for who, what in state.items() if what == "in_doubt"]
    never = {address(n) for n in range(PARENTS)} - received.keys()
    print(
        f"{kills} kills, {len(mails)} mails, {extra} twice, {len(doubtful)} in doubt, {never=}, {took:.1f} s"
    )
    assert_sound(told)
    assert last.status == (1 if doubtful else 0), last
    assert set(state.values()) <= {"sent", "in_doubt"}
    assert len(state) == PARENTS
    assert never <= set(doubtful), "lost without a word"
    assert extra <= kills * CONNECTIONS
    assert max(map(len, received.values())) <= 2
    assert_copies_alike(received)
    assert faults == []
    assert kills >= KILLS
    assert f"{PARENTS} parents: {PARENTS - len(doubtful)} sent, 0 queued" in last.out


def kill_until(told: object, server: ServerProcess, chance: random.Random, *, enough: int) -> int:
    """Kill run after run, ``enough`` times: four in five while mail goes out, the others at any moment."""
    kills = 0
    while kills < enough:
        before = size(server)
        process = Process(told, *RUN)  # type: ignore[arg-type]
        if chance.random() < 0.2:
            time.sleep(chance.uniform(0, 1.5))
        else:
            while process.running and size(server) == before:
                time.sleep(0.002)
            time.sleep(chance.uniform(0, 0.12))
        if not process.running:
            process.end()
            break
        process.kill()
        process.end()
        kills += 1
    return kills


def size(server: ServerProcess) -> int:
    return server.log.stat().st_size if server.log.exists() else 0
