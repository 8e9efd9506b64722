"""What a relay can do to us: the others are sent, what was refused is not tried again, nothing is lost."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pipeline.office import opened as opened_office
from pipeline.run import Call, run as run_here
from pipeline.schedule import parse_at
from tests.installation import Installation
from tests.scene import (
    AT,
    LONG,
    RUN,
    Process,
    address,
    assert_copies_alike,
    assert_sound,
    copies,
    engine,
    opened,
    run,
    school,
    states,
)
from tests.smtp_script import Act, Phase, Rule, Then
from tests.smtp_server import ServerProcess, ThreadedServer

pytestmark = pytest.mark.chaos

PARENTS = 60
HASTY = {"connect": 2.0, "greeting": 2.0, "command": 1.0, "data": 1.0, "answer": 1.0}


@contextmanager
def relay(
    folder: Path, *rules: Rule, parents: int = PARENTS, **settings: Any
) -> Iterator[tuple[Installation, ThreadedServer]]:
    """A school, and a server that does as the rules say; nobody may have broken the protocol after it."""
    with ThreadedServer(list(rules)) as server:
        told = school(
            folder / "school", parents, relay=server.url, database="sqlite:///weekbrief.db", **settings
        )
        yield told, server
    assert server.faults == []


def number_of(told: Installation, phase: str) -> Counter[str]:
    """How often each address was handed over, by our own history."""
    with opened(told) as ask:
        rows = ask(
            "SELECT delivery.address FROM delivery_event JOIN delivery ON delivery.id = delivery_id"
            " WHERE event = :event",
            event=phase,
        )
    return Counter(row[0] for row in rows)


def retry_at_once(told: Installation) -> None:
    """What waits for its next try need not wait for the test."""
    with opened_for_writing(told) as do:
        do("UPDATE delivery SET next_try_at = 0 WHERE state = 'deferred'")
        do("UPDATE relay SET next_try_at = NULL")


@contextmanager
def opened_for_writing(told: Installation) -> Iterator[Any]:
    at = engine(told)
    try:
        with at.begin() as connection:
            yield lambda sql: connection.execute(text(sql))
    finally:
        at.dispose()


def test_a_storm_of_temporary_refusals_delays_and_loses_nothing(tmp_path: Path) -> None:
    storm = Rule(phase=Phase.RCPT, act=Act(reply="451 4.7.1 greylisted, come back"), times=PARENTS // 2)
    with relay(tmp_path, storm) as (told, server):
        ended = run(told, timeout=150)
        for _ in range(5):
            if ended.status == 75:
                assert "nothing is lost, run again" in ended.err
                retry_at_once(told)
                ended = run(told, timeout=150)
    assert ended.status == 0, ended
    assert Counter(mail.recipient for mail in server.messages) == dict.fromkeys(states(told), 1)
    assert_sound(told)


def test_a_refused_address_is_never_tried_again_and_all_others_are_sent(tmp_path: Path) -> None:
    gone = [address(n) for n in range(0, PARENTS, 10)]
    rules = [
        Rule(phase=Phase.RCPT, act=Act(reply="550 5.1.1 no such user"), recipient=who) for who in gone[:-1]
    ]
    rules.append(Rule(phase=Phase.DOT, act=Act(reply="554 5.7.1 not wanted"), recipient=gone[-1]))
    with relay(tmp_path, *rules) as (told, server):
        ended = run(told)
        again = run(told)
        seen = server.server.seen[Phase.RCPT]
    assert ended.status == 1, ended
    assert "failed" in ended.err
    assert again.status in (0, 1), again
    assert seen == PARENTS, "a refused one was tried again"
    assert {who for who, state in states(told).items() if state == "refused"} == set(gone)
    assert {mail.recipient for mail in server.messages} == states(told).keys() - set(gone)
    assert len(server.messages) == PARENTS - len(gone)
    with opened(told) as ask:
        refused = ask("SELECT code, enhanced FROM delivery_event WHERE event = 'permanent'")
    assert sorted({row[1] for row in refused}) == ["5.1.1", "5.7.1"]
    assert_sound(told)


def test_no_answer_in_time_is_a_doubt_sent_once_more_and_then_held(tmp_path: Path) -> None:
    """A 250 that comes after our patience: the relay has it both times, and we never know."""
    slow, once = address(7), address(11)
    late = Act(reply="250 2.0.0 taken", delay=2.5, keep=True)
    rules = (
        Rule(phase=Phase.DOT, act=late, recipient=slow),
        Rule(phase=Phase.DOT, act=late, recipient=once, times=1),
    )
    with relay(tmp_path, *rules, timeouts=HASTY) as (told, server):
        ended = run(told)
        again = run(told)
    received, state = copies(server.messages), states(told)
    assert ended.status == 1, ended
    assert again.status in (0, 1), again
    assert (state.pop(slow), set(state.values())) == ("in_doubt", {"sent"})
    assert {who: len(mails) for who, mails in received.items() if len(mails) > 1} == {slow: 2, once: 2}
    assert_copies_alike(received)
    assert_sound(told)


def at_any_point(act: Then, times: int, *phases: Phase) -> list[Rule]:
    """``act`` without a word, ``times`` times at each of the phases."""
    return [
        Rule(phase=phase, act=Act(reply="", then=act, after=100 if phase is Phase.BODY else 0), times=times)
        for phase in phases
    ]


def test_a_relay_that_falls_silent_stops_nothing_but_that_mail(tmp_path: Path) -> None:
    silent = at_any_point(Then.HANG, 1, Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.BODY, Phase.DOT)
    with relay(tmp_path, *silent, timeouts=HASTY) as (told, server):
        began = time.monotonic()
        ended = run(told)
        took = time.monotonic() - began
    assert ended.status == 0, ended
    assert took < 60
    assert set(states(told).values()) == {"sent"}
    assert Counter(mail.recipient for mail in server.messages) == dict.fromkeys(states(told), 1)
    assert_sound(told)


def with_little_patience(told: Installation) -> str:
    """`run`, in this process, that waits a few seconds for retries and not a minute; gives its words."""
    with opened_office(told.config, {}) as office:
        call = Call(
            office=office,
            schools=office.settings.schools,
            at=lambda school: parse_at(AT, school.zone),
            patience=timedelta(seconds=60 if LONG else 4),
        )
        done = run_here(call)
    (trouble,) = done.trouble
    return trouble


def test_a_relay_that_never_answers_is_left_alone_before_all_are_in_doubt(tmp_path: Path) -> None:
    with relay(tmp_path, Rule(phase=Phase.DOT, act=Act(then=Then.HANG)), timeouts=HASTY) as (told, server):
        trouble = with_little_patience(told)
        handed_over = sum(number_of(told, "hand_over").values())
        in_doubt = list(states(told).values()).count("in_doubt")
    assert "no answer" in trouble
    assert handed_over < PARENTS
    assert in_doubt <= 4
    assert server.messages == []
    assert_sound(told)


def test_connections_that_are_reset_at_any_point_lose_no_mail_and_send_none_twice(tmp_path: Path) -> None:
    reset = at_any_point(
        Then.RESET, 3, Phase.CONNECT, Phase.EHLO, Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.BODY
    )
    with relay(tmp_path, *reset) as (told, server):
        ended = run(told)
    assert ended.status == 0, ended
    assert Counter(mail.recipient for mail in server.messages) == dict.fromkeys(states(told), 1)
    with opened(told) as ask:
        # In the body: the last octet may have left us, and only the relay knows how much it took in.
        assert ask("SELECT COUNT(*) FROM delivery WHERE doubts > 0")[0][0] <= 3
    assert_sound(told)


def test_a_relay_that_is_dead_from_the_start_costs_nothing_but_time(tmp_path: Path) -> None:
    with relay(tmp_path) as (told, server):
        server.deaf()
        if LONG:
            ended = run(told, timeout=150)
            assert ended.status == 75, ended
            assert "still queued" in ended.err
            assert "nothing is lost, run again" in ended.err
        else:
            assert f"{PARENTS} still queued" in with_little_patience(told)
        assert number_of(told, "hand_over") == {}
        server.listen()
        retry_at_once(told)
        ended = run(told)
    assert ended.status == 0, ended
    assert Counter(mail.recipient for mail in server.messages) == dict.fromkeys(states(told), 1)
    assert_sound(told)


def test_a_relay_that_dies_in_the_middle_and_comes_back_is_found_again_by_the_same_run(
    tmp_path: Path,
) -> None:
    slowly = tmp_path / "rules.json"
    slowly.write_text(json.dumps([{"phase": "dot", "act": {"delay": 0.02}}]))
    with ServerProcess(tmp_path, "--rules", str(slowly)) as server:
        told = school(tmp_path / "school", 200, relay=server.url, database="sqlite:///weekbrief.db")
        process = Process(told, *RUN)
        while process.running and len(server.messages) < 20:
            time.sleep(0.01)
        server.process.kill()
        server.process.communicate()
        time.sleep(4)
        port = str(server.port)
        with ServerProcess(tmp_path, "--rules", str(slowly), "--port", port) as again:
            ended = process.end()
            mails = again.messages
    received, state = copies(mails), states(told)
    assert ended.status == 0, ended
    assert set(state.values()) == {"sent"}
    assert received.keys() == state.keys()
    assert len(mails) - len(received) <= 4, "one doubtful mail for each connection"
    assert max(map(len, received.values())) <= 2
    assert_copies_alike(received)
    assert_sound(told)
