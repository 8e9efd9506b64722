"""What is looked at, and what must be looked at again, before a school's posts go as they come."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import insert, select

from pipeline.model import RunKind
from pipeline.store import tables as t
from pipeline.store.database import Database
from pipeline.store.lookouts import look_anew, looked, seen, worth_a_look
from pipeline.store.migrate import ensure_schema
from pipeline.store.schools import add_school

NOW = datetime.fromisoformat("2026-11-18T10:00:00+00:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    ensure_schema(opened)
    yield opened
    opened.close()


@pytest.fixture
def school(database: Database) -> int:
    with database.write() as connection:
        return add_school(connection, "regenboog", "abc")


def publish(database: Database, school: int, at: datetime) -> None:
    with database.write() as connection:
        told = {"school_id": school, "ref": "s1", "name": "", "email": "", "role": "teacher"}
        author = connection.execute(insert(t.staff).values(told).returning(t.staff.c.id)).scalar_one()
        values = {"school_id": school, "ref": str(at), "author_id": author, "published": at, "state": "live"}
        connection.execute(insert(t.post).values(to_school=True, released_since=0, urgent=False, **values))


def worth(database: Database, school: int, ripe: datetime = NOW) -> bool:
    with database.read() as connection:
        return bool(worth_a_look(connection, {school: {RunKind.IMMEDIATE: ripe}}))


def look(database: Database, school: int, until: datetime = NOW) -> None:
    with database.write() as connection:
        looked(connection, school, RunKind.IMMEDIATE, seen(connection, school), until)


def test_what_was_looked_at_is_looked_at_again_when_a_post_has_ripened_since(
    database: Database, school: int
) -> None:
    publish(database, school, NOW + MINUTE)
    assert worth(database, school)
    look(database, school)
    assert not worth(database, school, NOW + MINUTE)
    assert worth(database, school, NOW + 2 * MINUTE)


def test_a_mail_given_up_while_somebody_looked_is_looked_at_again(database: Database, school: int) -> None:
    with database.read() as connection:
        before = seen(connection, school)
    with database.write() as connection:
        look_anew(connection, school)
    with database.write() as connection:
        looked(connection, school, RunKind.IMMEDIATE, before, NOW)
    assert worth(database, school)
    look(database, school)
    assert not worth(database, school)


def test_several_processes_may_be_the_first_to_have_looked(database: Database, school: int) -> None:
    gate = Barrier(4)

    def first(_: int) -> None:
        with database.read() as connection:
            saw = seen(connection, school)
        gate.wait(10)
        with database.write() as connection:
            looked(connection, school, RunKind.FEED, saw, NOW)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(first, range(4)))
    with database.read() as connection:
        assert len(connection.execute(select(t.lookout)).all()) == 1
