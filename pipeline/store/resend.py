"""Letting a held or doubtful delivery go after all: a person has looked (design of the outbox, RELEASE)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select, update

from pipeline.model import DeliveryState, RunKind, School
from pipeline.outbox import Event, move
from pipeline.store import tables as t
from pipeline.store.database import Database, lock_school, raise_policy
from pipeline.store.decisions import Decider, Undecidable, find_parent, keep_decision, refuse_class_parent
from pipeline.store.runs import forget_items, note

_WAITING_FOR_A_PERSON = (DeliveryState.HELD, DeliveryState.IN_DOUBT)


def resend(database: Database, school: School, parent: str, week: str | None, decider: Decider) -> str:
    """Queue the parent's held or doubtful mail of the run ``week`` (without one: the newest in which one
    waits); gives the run's key.

    The next `run` sends it as the rules and the second check allow then, under the same Message-ID. What was
    held before it came into the app's feed is owed again, and goes into the next one.
    """
    with database.write() as connection:
        lock_school(connection, school.key)
        refuse_class_parent(connection, school, decider)
        row = find_parent(connection, school, parent)
        delivery = _delivery(connection, school, row.id, week)
        if delivery.state not in _WAITING_FOR_A_PERSON:
            raise Undecidable(
                f"the mail of {row.ref} in {delivery.key} is {delivery.state}: there is nothing to let go"
            )
        event = Event.GIVE_UP if delivery.kind == RunKind.FEED else Event.RELEASE
        state = move(DeliveryState(delivery.state), event)
        if event is Event.GIVE_UP:
            forget_items(connection, [delivery.id])
        connection.execute(
            update(t.delivery)
            .where(t.delivery.c.id == delivery.id)
            .values(state=state, reason=None, doubts=0, owner=None, next_try_at=None, done_at=None)
        )
        connection.execute(update(t.run).where(t.run.c.id == delivery.run_id).values(closed_at=None))
        note(connection, [(delivery.id, event, state)], decider.at, decider.why)
        version = raise_policy(connection, school.key)
        keep_decision(connection, school, decider, "resend", version, parent_id=row.id)
    return str(delivery.key)


def _delivery(connection: Connection, school: School, parent: int, week: str | None) -> Row[Any]:
    """The parent's row with its run's key and kind."""
    d, c = t.delivery.c, t.run.c
    mine = (
        select(t.delivery, c.key, c.kind)
        .join(t.run, c.id == d.run_id)
        .where(c.school_id == school.key, d.parent_id == parent)
        .order_by(d.state.in_(_WAITING_FOR_A_PERSON).desc(), c.id.desc())
    )
    row = connection.execute(mine.where(c.key == week) if week else mine).first()
    if row is None:
        raise Undecidable(f"that parent has no row in {week}" if week else "nothing was made for that parent")
    return row
