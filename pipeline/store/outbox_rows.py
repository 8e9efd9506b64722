"""Claiming deliveries and putting back what a dead process left. The row decides, not the process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, func, literal, or_, select, update

from pipeline.model import DeliveryState
from pipeline.occasions import OpenLine
from pipeline.outbox import Event, move
from pipeline.rules import OpenItem
from pipeline.store import tables as t
from pipeline.store.agenda_rows import agenda_lines
from pipeline.store.columns import EPOCH
from pipeline.store.new_run import items_from
from pipeline.store.runs import WAITING_STATES, note
from pipeline.store.workers import Worker


@dataclass(frozen=True, kw_only=True, slots=True)
class Claimed:
    """One open delivery as its row stood when it was claimed."""

    key: int
    parent: int
    edition: int
    message_id: str
    date: datetime
    name: str
    address: str
    unsubscribe: str | None
    attempts: int
    doubts: int


def claim(connection: Connection, run: int, worker: Worker, now: datetime, most: int) -> list[Claimed]:
    """Up to ``most`` deliveries that are due and nobody's, now ours.

    Rows of a dead process are taken over at once; a live one's never. On PostgreSQL rows that
    another claim is just taking are skipped.
    """
    worker.check()
    _recover(connection, run, worker, now)
    c = t.delivery.c
    free = (
        select(c.id)
        .where(c.run_id == run, c.state.in_(WAITING_STATES), c.owner.is_(None))
        .where(or_(c.next_try_at.is_(None), c.next_try_at <= now))
        # What is in doubt goes last: whoever keeps killing us would otherwise meet the same mails twice.
        .order_by(c.doubts, c.id)
        .limit(most)
        .with_for_update(skip_locked=True)  # SQLite leaves this out: BEGIN IMMEDIATE has locked everything
    )
    keys = list(connection.execute(free).scalars())
    if not keys:
        return []
    taken = connection.execute(
        update(t.delivery).where(c.id.in_(keys)).values(owner=worker.number).returning(t.delivery)
    )
    return sorted(map(claimed_row, taken), key=lambda claimed: (claimed.doubts, claimed.key))


def claimed_row(row: Row[Any]) -> Claimed:
    return Claimed(
        key=row.id,
        parent=row.parent_id,
        edition=row.edition_id,
        message_id=row.message_id,
        date=row.date,
        name=row.name,
        address=row.address,
        unsubscribe=row.unsubscribe,
        attempts=row.attempts,
        doubts=row.doubts,
    )


def _recover(connection: Connection, run: int, worker: Worker, now: datetime) -> None:
    c = t.delivery.c
    owners = connection.execute(
        select(c.owner).where(c.run_id == run, c.owner.is_not(None), c.owner != worker.number).distinct()
    )
    dead = [owner for owner in owners.scalars() if not worker.alive(owner)]
    if not dead:
        return
    whose = and_(c.run_id == run, c.owner.in_(dead))
    connection.execute(update(t.delivery).where(whose, c.state.in_(WAITING_STATES)).values(owner=None))
    for again, event in ((False, Event.LOST), (True, Event.LOST_AGAIN)):
        _doubt(connection, and_(whose, c.doubts > 0 if again else c.doubts == 0), event, now)


def _doubt(connection: Connection, whose: Any, event: Event, now: datetime) -> None:
    """Its process died between the mark and the answer: the relay may have it (RFC 1047)."""
    c = t.delivery.c
    state = move(DeliveryState.SENDING, event)
    rows = connection.execute(
        update(t.delivery)
        .where(whose, c.state == DeliveryState.SENDING)
        .values(state=state, owner=None, doubts=c.doubts + 1, next_try_at=None)
        .returning(c.id)
    )
    note(connection, [(key, event, state) for key in rows.scalars()], now, "the sending process died")


class Stored(NamedTuple):
    """An edition as it was made."""

    items: tuple[OpenItem, ...]
    agenda: tuple[OpenLine, ...]
    pieces: bytes  #: encoded; empty once `keep_mails_days` are over


def edition_rows(connection: Connection, keys: Sequence[int]) -> dict[int, Stored]:
    c = t.edition.c
    rows = connection.execute(select(c.id, c["items"], c.pieces).where(c.id.in_(keys)))
    agendas = agenda_lines(connection, keys)
    return {row.id: Stored(items_from(row[1]), agendas.get(row.id, ()), row.pieces or b"") for row in rows}


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """What still has to happen in a run."""

    open: int
    claimed_by_others: int
    next_try_at: datetime | None  #: the earliest retry of a row nobody has


def outlook(connection: Connection, run: int, worker: Worker) -> Outlook:
    c = t.delivery.c
    where = (c.run_id == run, c.state.in_((*WAITING_STATES, DeliveryState.SENDING)))
    others = func.count().filter(c.owner.is_not(None), c.owner != worker.number)
    # One that was let go meanwhile has no time of its own, and can go at once.
    first = func.min(func.coalesce(c.next_try_at, literal(EPOCH, c.next_try_at.type))).filter(
        c.owner.is_(None)
    )
    row = connection.execute(select(func.count(), others, first).where(*where)).one()
    return Outlook(open=row[0], claimed_by_others=row[1], next_try_at=row[2])
