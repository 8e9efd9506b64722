"""Letting a held or doubtful delivery go after all: a person has looked (design of the outbox, RELEASE)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select, update

from pipeline.model import DeliveryState, RunKind, School
from pipeline.outbox import Event, move
from pipeline.store import tables as t
from pipeline.store.database import Database, lock_school, raise_policy
from pipeline.store.decisions import Decider, Undecidable, find_parent, keep_decision, refuse_class_parent
from pipeline.store.runs import note

_WAITING_FOR_A_PERSON = (DeliveryState.HELD, DeliveryState.IN_DOUBT)


def resend(database: Database, school: School, parent: str, week: str | None, decider: Decider) -> str:
    """Queue the parent's held or doubtful mail of ``week`` (the newest run without one); gives the run's key.

    The next `run` sends it as the rules and the second check allow then, under the same Message-ID.
    """
    with database.write() as connection:
        lock_school(connection, school.key)
        refuse_class_parent(connection, school, decider)
        row = find_parent(connection, school, parent)
        run, delivery = _delivery(connection, school, row.id, week)
        if delivery.state not in _WAITING_FOR_A_PERSON:
            raise Undecidable(
                f"the mail of {row.ref} in {run.key} is {delivery.state}: there is nothing to let go"
            )
        state = move(DeliveryState(delivery.state), Event.RELEASE)
        connection.execute(
            update(t.delivery)
            .where(t.delivery.c.id == delivery.id)
            .values(state=state, reason=None, doubts=0, owner=None, next_try_at=None, done_at=None)
        )
        connection.execute(update(t.run).where(t.run.c.id == run.id).values(closed_at=None))
        note(connection, [(delivery.id, Event.RELEASE, state)], decider.at, decider.why)
        version = raise_policy(connection, school.key)
        keep_decision(connection, school, decider, "resend", version, parent_id=row.id)
    return str(run.key)


def _delivery(
    connection: Connection, school: School, parent: int, week: str | None
) -> tuple[Row[Any], Row[Any]]:
    c = t.run.c
    weekly = select(t.run).where(c.school_id == school.key, c.kind == RunKind.WEEKLY)
    chosen = weekly.where(c.key == week) if week else weekly.order_by(c.until.desc())
    run = connection.execute(chosen).first()
    if run is None:
        raise Undecidable(f"no newsletter {week or 'of any week'} was made yet")
    d = t.delivery.c
    row = connection.execute(select(t.delivery).where(d.run_id == run.id, d.parent_id == parent)).first()
    if row is None:
        raise Undecidable(f"that parent has no row in {run.key}")
    return run, row
