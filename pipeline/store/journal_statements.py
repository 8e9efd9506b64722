"""The statements of every commit of the journal, made once: making one costs as much as running it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Update, bindparam, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from pipeline.deliver import AnswerKind
from pipeline.model import DeliveryState
from pipeline.outbox import Event, move
from pipeline.store import tables as t
from pipeline.store.runs import WAITING_STATES

EVENT_OF = {
    AnswerKind.ACCEPTED: Event.ACCEPTED,
    AnswerKind.TEMPORARY: Event.TEMPORARY,
    AnswerKind.PERMANENT: Event.PERMANENT,
    AnswerKind.UNKNOWN: Event.LOST,
}


SENDING = move(DeliveryState.QUEUED, Event.HAND_OVER)


def _ours(*states: DeliveryState) -> Update:
    c = t.delivery.c
    ours = (c.id.in_(bindparam("keys", expanding=True)), c.owner == bindparam("us"), c.state.in_(states))
    return update(t.delivery).where(*ours)


def _settling(event: Event) -> ReturningUpdate[int]:
    """The update for an answer of this kind."""
    c, state = t.delivery.c, move(SENDING, event)
    changed: dict[str, Any] = {"state": state, "next_try_at": bindparam("wait", type_=t.Instant)}
    changed |= (
        {"owner": None} if state == DeliveryState.DEFERRED else {"done_at": bindparam("now", type_=t.Instant)}
    )
    if event in (Event.LOST, Event.LOST_AGAIN):
        changed["doubts"] = c.doubts + 1
    return _ours(SENDING).values(**changed).returning(c.id)


HAND_OVER = (
    _ours(*WAITING_STATES)
    .values(state=SENDING, attempts=t.delivery.c.attempts + 1, handed_at=bindparam("now", type_=t.Instant))
    .returning(t.delivery.c.id)
)
SETTLE = {event: _settling(event) for event in (*EVENT_OF.values(), Event.LOST_AGAIN)}


def state_of(connection: Connection, delivery: int) -> DeliveryState:
    found = connection.execute(select(t.delivery.c.state).where(t.delivery.c.id == delivery))
    return DeliveryState(found.scalar_one())
