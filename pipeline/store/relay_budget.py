"""How much a relay may still be given: hand-overs by every process and for every school, counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, delete, func, insert, select, union_all

from pipeline.outbox import Event
from pipeline.store import tables as t

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """How many mails this relay may be given; None is unlimited. Counted over all processes."""

    per_minute: int | None = None
    per_day: int | None = None

    def spans(self) -> list[tuple[timedelta, int]]:
        both = ((MINUTE, self.per_minute), (DAY, self.per_day))
        return [(span, limit) for span, limit in both if limit is not None]


def room(connection: Connection, relay: str, budget: Budget, now: datetime, wanted: int) -> int:
    """How many of ``wanted`` mails the budget has room for now."""
    for span, limit in budget.spans():
        wanted = min(wanted, limit - used(connection, relay, now - span))
    return max(wanted, 0)


def used(connection: Connection, relay: str, since: datetime) -> int:
    """What was handed to ``relay`` after ``since``, answered or not."""
    first, second = (
        each.with_only_columns(func.count()).scalar_subquery() for each in _hand_overs(relay, since)
    )
    return int(connection.execute(select(first + second)).scalar_one())


def room_at(
    connection: Connection, relay: str, span: timedelta, limit: int, now: datetime
) -> datetime | None:
    """When ``limit`` in ``span`` has room for one more mail; None for now."""
    if limit < 1:
        return now + span
    times = union_all(*_hand_overs(relay, now - span)).subquery()
    last = select(times.c.at).order_by(times.c.at.desc()).offset(limit - 1).limit(1)
    found: datetime | None = connection.execute(last).scalar()
    return found + span if found else None


def note_use(connection: Connection, relay: str, now: datetime) -> None:
    """Count a hand-over that is no delivery's; what no limit looks at any more goes."""
    c = t.relay_use.c
    connection.execute(delete(t.relay_use).where(c.relay == relay, c.at <= now - DAY))
    connection.execute(insert(t.relay_use).values(relay=relay, at=now))


def _hand_overs(relay: str, since: datetime) -> tuple[Select[datetime], Select[datetime]]:
    event, use = t.delivery_event.c, t.relay_use.c
    return (
        select(event.at).where(event.relay == relay, event.event == Event.HAND_OVER, event.at > since),
        select(use.at).where(use.relay == relay, use.at > since),
    )
