"""One call of `run` for many schools: what it holds on to, and what it does first."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.office import Office, opened
from pipeline.run import Call, Told, run
from pipeline.schedule import parse_at
from pipeline.waiting import Stop
from tests.installation import FRIDAY, SCHOOL, Installation, child, post, teacher

NAMES = [f"school-{number}" for number in range(5)]


@pytest.fixture
def schools(tmp_path: Path) -> Installation:
    """Each with one parent, whose newsletter is due."""
    told = tuple({**SCHOOL, "id": name} for name in NAMES)
    made = Installation(folder=tmp_path, relay="file://mails", schools=told)
    for name in NAMES:
        made.roster(child("p1", "groep 3", "g1"), more=["--school", name])
        made.staff(teacher("s1", "groep 3"), more=["--school", name])
        made.posts(post("bos"), more=["--school", name])
    return made


@contextmanager
def office_of(schools: Installation) -> Iterator[Office]:
    with opened(schools.config, os.environ, need_relay=True) as office:
        yield office


def call(office: Office, stop: Stop, progress: object) -> Told:
    return run(
        Call(
            office=office,
            schools=office.settings.schools,
            at=lambda school: parse_at(FRIDAY, school.zone),
            stop=stop,
            progress=progress,  # type: ignore[arg-type]
        )
    )


def test_what_one_newsletter_needed_is_let_go_before_the_next(schools: Installation) -> None:
    writing: list[int] = []

    def count(done: int, of: int) -> None:
        writing.append(sum(thread.name.startswith("journal") for thread in threading.enumerate()))

    with office_of(schools) as office:
        assert len(call(office, Stop(), count).runs) == len(NAMES)
    assert len(writing) == len(NAMES)
    assert max(writing) <= 1


def test_an_end_asked_for_is_heard_before_all_newsletters_are_made(schools: Installation) -> None:
    stop = Stop()
    with office_of(schools) as office:
        assert call(office, stop, lambda done, of: stop.ask()).stopped
    assert len(schools.runs()) == 1
    schools("run", "--at", FRIDAY)
    assert [run["sent"] for run in schools.runs()] == [1] * len(NAMES)
