"""What must not grow with the school, counted and never timed: queries, compiled templates, imports."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from pipeline.model import RunKind, Window
from pipeline.office import Office, opened
from pipeline.store import runs
from pipeline.store.agenda_rows import with_agenda
from pipeline.store.run_rows import RunRows
from pipeline.store.snapshot import load
from pipeline.store.workers import at_work
from tests.installation import FRIDAY, WEEK, Installation, child, post, teacher

FEW, MANY = 10, 200


def school(folder: Path, parents: int) -> Installation:
    """``parents`` parents over two groups, three posts, every fifth parent with two children."""
    made = Installation(folder=folder, relay="file://mails")
    rows = [child(f"p{n}", f"groep {3 + n % 2}", f"g{n}") for n in range(parents)]
    rows += [child(f"q{n}", f"groep {4 - n % 2}", f"g{n}") for n in range(0, parents, 5)]
    made.roster(*rows)
    made.staff(teacher("s1", "groep 3|groep 4"), teacher("dir", "", role="management"))
    made.posts(post("a", "groep 3"), post("b", "groep 4"), post("c", "school", author="dir"))
    return made


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that go to any database while the block runs."""
    statements: list[str] = []

    def count(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", count)


def read_for_a_new_run(office: Office) -> None:
    told = office.settings.school(None)
    read = office.maker(told, office.school(told)).read
    zone = told.zone
    since, until = datetime(2026, 11, 13, 15, 30, tzinfo=zone), datetime(2026, 11, 20, 15, 30, tzinfo=zone)
    snapshot, _ = read(Window(kind=RunKind.WEEKLY, key=WEEK, since=since, until=until, at=until))
    assert len(snapshot.parents) in (FEW, MANY)


def read_to_go_on_with_a_run(office: Office) -> None:
    """Both checks before hand-over: the rules' snapshot and the second guard's own facts."""
    told = office.settings.school(None)
    value = office.school(told)
    with at_work(office.database, office.clock()) as worker:
        with office.database.read() as connection:
            run = runs.find_run(connection, value.key, RunKind.WEEKLY, WEEK)
        assert run is not None
        rows = RunRows(office.database, run, worker, ("nl", "en"), office.clock)
        snapshot, _, guard = rows.facts(value, datetime(2026, 11, 20, 16, tzinfo=told.zone))
    assert len(snapshot.parents) == len(guard.address) == len(guard.expected)


@pytest.mark.parametrize("read", [read_for_a_new_run, read_to_go_on_with_a_run])
def test_reading_a_school_takes_the_same_few_queries_however_many_parents(
    tmp_path: Path, read: Callable[[Office], None]
) -> None:
    taken = []
    for parents in (FEW, MANY):
        made = school(tmp_path / str(parents), parents)
        made("run", "--at", FRIDAY)
        with opened(made.config, os.environ) as office, counted() as statements:
            read(office)
        taken.append(statements)
    assert taken[0] == taken[1]
    assert len(taken[0]) < 60


def test_showing_what_would_be_sent_takes_the_same_queries_however_many_parents(tmp_path: Path) -> None:
    taken = []
    for parents in (FEW, MANY):
        made = school(tmp_path / str(parents), parents)
        with counted() as statements:
            made("run", "--at", FRIDAY, "--dry-run")
        taken.append(len(statements))
    assert taken[0] == taken[1]


def test_while_no_event_changed_mail_as_posts_come_asks_one_question_more(
    tmp_path: Path, database_url: str
) -> None:
    """Whether one did; an edit that leaves the event alone is none."""
    made = Installation(folder=tmp_path / "school", relay="file://mails", database=database_url)
    made.roster(child("p1", "groep 3", "g1", channel="mail"))
    made.staff(teacher("s1", "groep 3"))
    made("run", "--at", "2026-11-13T15:30")
    event = "[event]\nstarts = {}"
    made.posts(post("avond", "groep 3", "Kom.", event.format("2026-11-24T19:00:00")))
    made("run", "--at", "2026-11-18T15:00")
    made.posts(post("avond", "groep 3", "Kom allen.", event.format("2026-11-24T19:00:00")))
    assert len(asked_about_events(made)) == 1
    made.posts(post("avond", "groep 3", "Kom.", event.format("2026-11-24T20:00:00")))
    assert len(asked_about_events(made)) > 1


def asked_about_events(made: Installation) -> list[str]:
    with opened(made.config, os.environ) as office, office.database.read() as connection:
        told = office.settings.school(None)
        since, until = (datetime(2026, 11, 18, hour, tzinfo=told.zone) for hour in (15, 16))
        window = Window(kind=RunKind.IMMEDIATE, key="x", since=since, until=until, at=until)
        snapshot = load(connection, office.school(told), ("nl",), window=replace(window, kind=RunKind.FEED))
        with counted() as statements:
            with_agenda(connection, snapshot, window)
    return statements


def test_a_run_writes_its_rows_in_bulk(tmp_path: Path) -> None:
    """One INSERT for all deliveries of a run and one for all their posts."""
    made = school(tmp_path / "school", MANY)
    with counted() as statements:
        made("run", "--at", FRIDAY)
    assert sum(s.startswith("INSERT INTO delivery ") for s in statements) == 1
    assert sum(s.startswith("INSERT INTO delivery_item ") for s in statements) == 1


def loaded_by(made: Installation, *words: str) -> set[str]:
    """The modules that one command has loaded when it ends, in a process of its own."""
    told = ["--config", str(made.config), *words]
    program = (
        "import sys\nfrom pipeline.cli import main\n"
        f"try:\n    main({told!r})\nfinally:\n    print('MODULES', *sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "Error" not in done.stderr, done.stderr
    return set(done.stdout.rpartition("MODULES ")[2].split())


def test_a_run_neither_compiles_mjml_nor_inlines_css(tmp_path: Path) -> None:
    made = school(tmp_path / "school", FEW)
    loaded = loaded_by(made, "run", "--at", FRIDAY)
    assert len(list((made.folder / "mails").rglob("*.eml"))) == FEW
    assert not loaded & {"mjml", "premailer", "lxml", "cssutils"}


def test_help_is_told_without_loading_what_only_work_needs(tmp_path: Path) -> None:
    made = Installation(folder=tmp_path / "school", relay="file://mails")
    assert not loaded_by(made, "--help") & {"sqlalchemy", "pydantic", "jinja2", "aiosmtplib", "PIL", "rich"}


def test_status_is_told_without_what_only_sending_needs(tmp_path: Path) -> None:
    made = school(tmp_path / "school", FEW)
    loaded = loaded_by(made, "status")
    assert "sqlalchemy" in loaded
    assert not loaded & {
        "jinja2",
        "markdown_it",
        "babel",
        "aiosmtplib",
        "PIL",
        "mjml",
        "alembic",
        "premailer",
    }
