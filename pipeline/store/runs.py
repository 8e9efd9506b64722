"""Runs: found, counted, given up, closed when the counts add up (rule 17)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, or_, select, update

from pipeline.model import DeliveryState, RunKind, Withheld
from pipeline.outbox import COUNTED_AS, Event, move
from pipeline.store import tables as t

#: `run.held` of a newsletter that was made too long after its moment.
LATE = "late"
OPEN_STATES = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.DEFERRED)
WAITING_STATES = (DeliveryState.QUEUED, DeliveryState.DEFERRED)


def find_run(connection: Connection, school: int, kind: RunKind, key: str) -> Row[Any] | None:
    where = (t.run.c.school_id == school, t.run.c.kind == kind, t.run.c.key == key)
    return connection.execute(select(t.run).where(*where)).first()


def runs_of(connection: Connection, school: int, kind: RunKind) -> list[Row[Any]]:
    """Oldest first."""
    where = (t.run.c.school_id == school, t.run.c.kind == kind)
    return list(connection.execute(select(t.run).where(*where).order_by(t.run.c.until)))


def open_runs(connection: Connection, schools: Collection[int]) -> list[Row[Any]]:
    """Of these schools; oldest first."""
    rows = connection.execute(select(t.run).where(t.run.c.closed_at.is_(None)).order_by(t.run.c.until))
    return [row for row in rows if row.school_id in schools]


def newsletters_before(connection: Connection, school: int, until: datetime) -> list[int]:
    """Newsletters with an earlier cut-off that are open, or wait for a person because they came too late.

    Not that one itself: another process may have made it a moment ago and be sending it.
    """
    c = t.run.c
    waiting = or_(c.closed_at.is_(None), c.held.is_not(None))
    where = (c.school_id == school, c.kind == RunKind.WEEKLY, c.until < until, waiting)
    return list(connection.execute(select(c.id).where(*where)).scalars())


def carried_on(connection: Connection, school: int, until: datetime) -> datetime | None:
    """Since when posts were owed to the newsletter of that cut-off, if it waits still: then holidays had
    kept them back, and the next one takes them along."""
    c = t.run.c
    waiting = or_(c.closed_at.is_(None), c.held.is_not(None))
    last = (c.school_id == school, c.kind == RunKind.WEEKLY, c.until == until, waiting)
    found: datetime | None = connection.execute(select(c.carried_from).where(*last)).scalar()
    return found


def open_since_before(connection: Connection, school: int, moment: datetime) -> list[int]:
    """Runs of posts as they come that were made before ``moment`` and are open still."""
    c = t.run.c
    where = (c.school_id == school, c.kind != RunKind.WEEKLY, c.closed_at.is_(None), c.made_at < moment)
    return list(connection.execute(select(c.id).where(*where)).scalars())


def counts(connection: Connection, run: int) -> tuple[dict[str, int], dict[str, int]]:
    """The run's parents by state as `status` names them, and the withheld ones by reason."""
    c = t.delivery.c
    rows = connection.execute(
        select(c.state, c.reason, func.count()).where(c.run_id == run).group_by(c.state, c.reason)
    )
    states = {"sent": 0, "queued": 0, "failed": 0, "held": 0}
    withheld: dict[str, int] = {}
    for state, reason, number in rows:
        if state == DeliveryState.WITHHELD:
            withheld[reason] = withheld.get(reason, 0) + number
        else:
            states[COUNTED_AS[DeliveryState(state)]] += number
    return states, {str(r): withheld[r] for r in Withheld if r in withheld}


def open_count(connection: Connection, run: int) -> int:
    c = t.delivery.c
    where = (c.run_id == run, c.state.in_(OPEN_STATES))
    return connection.execute(select(func.count()).where(*where)).scalar_one()


def close_run(connection: Connection, run: int, now: datetime) -> bool:
    """Close it if nothing is open; whether it is closed now."""
    if open_count(connection, run):
        return False
    connection.execute(
        update(t.run).where(t.run.c.id == run, t.run.c.closed_at.is_(None)).values(closed_at=now)
    )
    return True


def give_up_waiting(connection: Connection, runs: Sequence[int], now: datetime, why: str) -> int:
    """What still waits in these runs has failed, so that its posts are owed again: for the relay, or for a
    person to release a run that came too late."""
    c = t.delivery.c
    held_runs = select(t.run.c.id).where(t.run.c.id.in_(runs), t.run.c.held.is_not(None))
    late = and_(c.state == DeliveryState.HELD, c.run_id.in_(held_runs), c.reason == LATE)
    gone = connection.execute(
        update(t.delivery)
        .where(c.run_id.in_(runs), or_(c.state.in_(WAITING_STATES), late))
        .values(state=move(DeliveryState.QUEUED, Event.GIVE_UP), reason=why, owner=None, done_at=now)
        .returning(c.id)
    )
    keys = list(gone.scalars())
    forget_items(connection, keys)
    note(connection, [(key, Event.GIVE_UP, DeliveryState.FAILED) for key in keys], now)
    return len(keys)


def forget_items(connection: Connection, deliveries: Sequence[int]) -> None:
    """These parents have not had what stood in these deliveries.

    One that was handed over without an answer may have arrived all the same, and in doubt counts as had
    (rule 5): its posts are not owed again under another Message-ID.
    """
    item, delivery = t.delivery_item.c, t.delivery.c
    for start in range(0, len(deliveries), 500):
        some = deliveries[start : start + 500]
        surely = select(delivery.id).where(delivery.id.in_(some), delivery.doubts == 0)
        connection.execute(update(t.delivery_item).where(item.delivery_id.in_(surely)).values(had=False))


def note(
    connection: Connection, events: Iterable[tuple[int, Event, DeliveryState]], now: datetime, text: str = ""
) -> None:
    """Keep what happened to deliveries outside an attempt."""
    rows = [
        {"delivery_id": d, "at": now, "event": e, "moved_to": s, "relay": "", "text": text}
        for d, e, s in events
    ]
    if rows:
        connection.execute(insert(t.delivery_event), rows)
