"""What every parent gets equals the slow model in `tests/oracle`, post by post and photo by photo."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from pprint import pformat
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings

from pipeline.collect import Collected, collect
from pipeline.model import Snapshot
from pipeline.rules import Selected
from tests.oracle.command_line import (
    CommandLine,
    expected_mails,
    for_the_command_line,
    mail,
    refused_addresses,
)
from tests.oracle.generate import make_world, worlds
from tests.oracle.model import Outcome, Reading, Result, Why, play
from tests.oracle.shrink import shrink
from tests.oracle.snapshot import snapshot_of, window_of
from tests.oracle.world import RunWeekly, World
from tests.smtp_server import Act, Moment, Phase, Received, ThreadedServer

#: short worlds with failures and photos; WEEKBRIEF_ORACLE=long plays many more, of all lengths
LONG = os.environ.get("WEEKBRIEF_ORACLE") == "long"
SEEDS = 3000 if LONG else 2000
COMMAND_LINE_SEEDS = range(40) if LONG else (53,)
PROGRAM = Path(sys.executable).parent / "weekbrief"
CHUNK = 250


@pytest.mark.parametrize("start", range(0, SEEDS, CHUNK))
def test_collect_gives_every_parent_what_the_model_gives(start: int) -> None:
    for seed in range(start, start + CHUNK):
        world = make_world(Random(seed))
        if differences(world):
            pytest.fail(report(seed, shrink(world, lambda one: bool(differences(one)))))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds())
def test_collect_agrees_with_the_model_on_schools_that_hypothesis_invents(world: World) -> None:
    assert not differences(world)


@pytest.mark.parametrize("seed", COMMAND_LINE_SEEDS)
def test_the_mails_of_the_real_command_are_those_of_the_model(seed: int, tmp_path: Path) -> None:
    """Files in, `weekbrief` as staff and cron call it, a real SMTP server, mails out; then the counts."""
    world = for_the_command_line(make_world(Random(seed)), datetime.now(UTC))
    refused: set[str] = set()

    def script(moment: Moment) -> Act | None:
        no = moment.phase is Phase.RCPT and moment.recipient in refused
        return Act(reply="550 5.1.1 no such mailbox here") if no else None

    with ThreadedServer(script) as server:
        school = CommandLine(PROGRAM, tmp_path, server.url, world)
        runs = play(world)
        for step in world.steps:
            if isinstance(step, RunWeekly):
                outcome = next(runs)
                emails = {name: parent.email for name, parent in outcome.before.parents.items()}
                refused.clear()
                refused |= refused_addresses(emails, step.failing)
                before = len(server.messages)
                school.step(step)
                check_run(school, outcome, server.messages[before:])
            else:
                school.step(step)
        assert not server.faults


def check_run(school: CommandLine, outcome: Outcome, received: list[Received]) -> None:
    """Staff notices go to the school's own addresses and are no part of the run."""
    stories = outcome.before.posts.values()
    photos_of = {photo.file: story.post.id for story in stories for photo in story.post.photos}
    mails = Counter(mail(one, photos_of) for one in received if not one.recipient.endswith("@school.example"))
    key = outcome.run.week.key
    assert mails == expected_mails(outcome), key
    assert school.counts(key) == outcome.counts


def test_the_generated_schools_contain_every_state_of_rule_17() -> None:
    """So that agreement means something: each reason, failures and photos on both sides occur often."""
    seen: dict[str, int] = {}
    for seed in range(100):
        for outcome in play(make_world(Random(seed))):
            for state, number in outcome.counts.items():
                seen[state] = seen.get(state, 0) + number
    assert set(seen) == {"sent", "failed", *Why}
    assert min(seen.values()) >= 20


def differences(world: World) -> list[str]:
    """One line for each parent and run where the two disagree."""
    return [line for outcome in play(world) for line in differences_of(outcome)]


def differences_of(outcome: Outcome) -> Iterator[str]:
    snapshot = snapshot_of(outcome)
    collected = collect(snapshot, window_of(outcome))
    theirs = answers(snapshot, collected)
    for parent in sorted(set(outcome.results) | set(theirs)):
        expected, got = outcome.results.get(parent), theirs.get(parent)
        if expected != got:
            yield f"{outcome.run.week.key} {parent}: the model says {expected}, collect says {got}"


def answers(snapshot: Snapshot, collected: Collected) -> dict[str, Result]:
    """What `collect` decided, in the model's words; a parent in two rows is an error at once."""
    names = {parent.key: parent.id for parent in snapshot.parents}
    rows = [names[selected.parent] for selected in collected.deliveries]
    assert len(rows) == len(set(rows)), "a parent has two deliveries in one run"
    return {names[selected.parent]: result(selected) for selected in collected.deliveries}


def result(selected: Selected) -> Result:
    if selected.withheld is not None:
        assert not selected.items, "something withheld has items"
        return Why(selected.withheld.value)
    names = [item.post.id for item in selected.items]
    assert len(names) == len(set(names)), "a post twice in one mail"
    assert names, "an empty mail"
    return {
        item.post.id: Reading(
            photos=frozenset(photo.file for photo in item.photos),
            groups=frozenset(item.groups),
        )
        for item in selected.items
    }


def report(seed: int, world: World) -> str:
    return "\n".join([f"seed {seed}", *differences(world), "in the world", pformat(world, width=110)])
