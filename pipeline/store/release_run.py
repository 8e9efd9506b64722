"""Letting a newsletter go that came too late and was held as a whole (`runs.LATE`)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select, update

from pipeline.model import DeliveryState, School
from pipeline.outbox import Event, move
from pipeline.store import tables as t
from pipeline.store.database import Database, lock_school, raise_policy
from pipeline.store.decisions import Decider, Undecidable, keep_decision, refuse_class_parent
from pipeline.store.runs import note


def is_run_held(database: Database, school: School, key: str) -> bool:
    with database.read() as connection:
        return _held_run(connection, school, key) is not None


def release_run(database: Database, school: School, key: str, decider: Decider) -> int:
    """Queue what waits in that run, for the next `run` to send as the rules allow then; how many mails.

    Raises `Undecidable` when nothing of it waits any more: a later newsletter has taken its posts along.
    """
    with database.write() as connection:
        lock_school(connection, school.key)
        refuse_class_parent(connection, school, decider)
        run = _held_run(connection, school, key)
        if run is None:
            raise Undecidable(f"no newsletter {key!r} waits for a person")
        released = _release(connection, run, decider)
        if not released:
            raise Undecidable(f"nothing of {key} waits any more: a later newsletter took its posts along")
        connection.execute(update(t.run).where(t.run.c.id == run.id).values(held=None, closed_at=None))
        version = raise_policy(connection, school.key)
        keep_decision(connection, school, decider, f"release {key}", version)
    return released


def _held_run(connection: Connection, school: School, key: str) -> Row[Any] | None:
    c = t.run.c
    where = (c.school_id == school.key, c.key == key, c.held.is_not(None))
    return connection.execute(select(t.run).where(*where)).first()


def _release(connection: Connection, run: Row[Any], decider: Decider) -> int:
    c = t.delivery.c
    state = move(DeliveryState.HELD, Event.RELEASE)
    waiting = (c.run_id == run.id, c.state == DeliveryState.HELD, c.reason == run.held)
    freed = update(t.delivery).where(*waiting).values(state=state, reason=None, done_at=None)
    keys = list(connection.execute(freed.returning(c.id)).scalars())
    note(connection, [(key, Event.RELEASE, state) for key in keys], decider.at, decider.why)
    return len(keys)
