"""A process that dies between the mark of a notice and its answer: once more, the same bytes, no third."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.installation import Installation, child, post, teacher
from tests.smtp_server import ServerProcess
from tests.telling_scene import DIRECTOR, TOLD, WEDNESDAY, process, told

pytestmark = pytest.mark.chaos

SLOW_ANSWER = [{"phase": "dot", "act": {"delay": 30, "keep": True}, "times": 1}]


def school(folder: Path, relay: str, database: str) -> Installation:
    made = Installation(folder=folder, relay=relay, database=database, schools=(TOLD,))
    made.roster(child("p1", "groep 3", "g1"))
    made.staff(teacher("s1", "groep 3", email=""))
    made.posts(post("bos"))
    made("hold", "bos", "--why", "even kijken")
    return made


def test_killed_before_the_answer_it_goes_once_more_under_its_message_id(
    tmp_path: Path, database_url: str
) -> None:
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(SLOW_ANSWER))
    with ServerProcess(tmp_path, "--rules", str(rules)) as server:
        made = school(tmp_path / "school", server.url, database_url)
        killed = process(made, WEDNESDAY)
        wait_until(lambda: marked(made))
        assert told(made, WEDNESDAY).queued == 1  # it lives: its mail is its own
        time.sleep(0.3)  # the message is on its way
        killed.kill()
        killed.communicate()
        done = told_soon(made)
        assert (done.sent, done.queued) == (1, 0)
        assert told(made, WEDNESDAY).sent == 0
        wait_until(lambda: len(server.messages) > 0)
        mails, faults = server.messages, server.faults
    assert {mail.recipient for mail in mails} == {DIRECTOR}
    assert len(mails) <= 2
    assert len({mail.data for mail in mails}) == 1
    assert faults == []
    assert made.sql("SELECT state, attempts, doubts FROM notice") == [("sent", 2, 1)]


def told_soon(made: Installation) -> object:
    """PostgreSQL needs a moment to see that a session has gone."""
    deadline = time.monotonic() + 10
    while (done := told(made, WEDNESDAY)).sent == 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    return done


def marked(made: Installation) -> bool:
    return ("sending",) in made.sql("SELECT state FROM notice")


def wait_until(true: object) -> None:
    deadline = time.monotonic() + 20
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)
