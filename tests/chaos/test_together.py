"""Many `run` processes at once, as cron and impatient people start them: every parent gets one mail."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.installation import Installation
from tests.scene import (
    RUN,
    Process,
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

TOGETHER = 6
CONNECTIONS = 4
PARENTS = short_or_long(300, 3_000)
ROUNDS = short_or_long(1, 10)


def prepared(folder: Path, server: ServerProcess, database_url: str) -> Installation:
    return school(
        folder / "school", PARENTS, relay=server.url, database=database_url, connections=CONNECTIONS
    )


def test_six_processes_at_once_send_every_parent_one_mail(tmp_path: Path, database_url: str) -> None:
    with ServerProcess(tmp_path) as server:
        told = prepared(tmp_path, server, database_url)
        ended = [process.end() for process in [Process(told, *RUN) for _ in range(TOGETHER)]]
        mails, faults = server.messages, server.faults
    assert [each.status for each in ended] == [0] * TOGETHER, ended
    assert set(states(told).values()) == {"sent"}
    received = copies(mails)
    assert {recipient: len(those) for recipient, those in received.items()} == dict.fromkeys(states(told), 1)
    assert_sound(told)
    assert_copies_alike(received)
    assert faults == []


def test_of_six_processes_at_once_some_are_killed_and_the_others_finish(
    tmp_path: Path, database_url: str
) -> None:
    chance = random.Random(6)
    with ServerProcess(tmp_path) as server:
        told = prepared(tmp_path, server, database_url)
        together = [Process(told, *RUN) for _ in range(TOGETHER)]
        wait_for_mail(server, together)
        for killed in together[::2]:
            time.sleep(chance.uniform(0, 0.05))
            killed.kill()
        ended = [process.end() for process in together]
        mails = server.messages
    assert [each.status for each in ended[::2]] == [-9] * 3, "killed too late to show anything"
    state, received = states(told), copies(mails)
    doubtful = {who for who, what in state.items() if what == "in_doubt"}
    assert {each.status for each in ended[1::2]} == {1 if doubtful else 0}, ended
    assert set(state.values()) <= {"sent", "in_doubt"}
    assert state.keys() - received.keys() <= doubtful
    assert len(mails) - len(received) <= 3 * CONNECTIONS
    assert max(map(len, received.values())) <= 2
    assert_sound(told)
    assert_copies_alike(received)


def test_the_database_itself_is_made_by_six_processes_at_once(tmp_path: Path, database_url: str) -> None:
    for number in range(ROUNDS):
        told = Installation(
            folder=tmp_path / f"school{number}",
            relay="file://mails",
            database=database_url if number == 0 else f"sqlite:///{tmp_path}/{number}.db",
        )
        ended = [process.end() for process in [Process(told, *RUN) for _ in range(TOGETHER)]]
        assert [each.status for each in ended] == [0] * TOGETHER, ended
        assert run(told, "status").status == 0


def wait_for_mail(server: ServerProcess, together: list[Process], least: int = 1) -> None:
    """Until the first mails have come."""
    while any(process.running for process in together) and len(server.messages) < least:
        time.sleep(0.005)
