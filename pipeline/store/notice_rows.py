"""Notices on their way: the mark before DATA, the answer after it, and what a dead process left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, exists, func, or_, select, update

from pipeline.deliver import Answer, AnswerKind
from pipeline.model import School
from pipeline.outbox import wait_before
from pipeline.store import tables as t
from pipeline.store.database import Database
from pipeline.store.notices import NoticeState
from pipeline.store.relay_budget import note_use
from pipeline.store.workers import Worker

#: A notice that found no way for so long is no news any more; `status` has what it was about.
GIVE_UP_AFTER = timedelta(days=2)
_LEFT = "the process that was sending it died"
_TWICE = "twice without an answer from the relay: it may have arrived"


@dataclass(frozen=True, kw_only=True, slots=True)
class Marked:
    """A notice that is marked as being sent by us."""

    key: int
    recipient: str
    message: bytes
    attempts: int  #: with this one
    doubts: int
    made_at: datetime


class NoticeRows:
    """One school's notices, for the process that sends them as ``worker``."""

    def __init__(
        self,
        database: Database,
        school: int,
        worker: Worker,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
        *,
        relay: str,
    ) -> None:
        """``relay``: the address of the one that they are handed to, whose limits count them."""
        self._database, self._school, self._worker, self._relay = database, school, worker, relay
        self._clock, self._jitter = clock, jitter

    def due(self, most: int) -> list[int]:
        """Keys of what can be sent now, oldest first; what is in doubt goes last."""
        c = t.notice.c
        query = select(c.id).where(*self._queued(self._clock())).order_by(c.doubts, c.id).limit(most)
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def _queued(self, now: datetime) -> tuple[Any, ...]:
        c = t.notice.c
        when = or_(c.next_try_at.is_(None), c.next_try_at <= now)
        return c.school_id == self._school, c.state == NoticeState.QUEUED, when

    def mark(self, key: int) -> Marked | None:
        """Durable when it returns; None when it is not ours to send any more."""
        c = t.notice.c
        self._worker.check()
        with self._database.write() as connection:
            row = connection.execute(
                update(t.notice)
                .where(c.id == key, *self._queued(self._clock()))
                .values(state=NoticeState.SENDING, owner=self._worker.number, attempts=c.attempts + 1)
                .returning(c.id, c.recipient, c.message, c.attempts, c.doubts, c.made_at)
            ).first()
            if row is not None:
                note_use(connection, self._relay, self._clock())
        if row is None:
            return None
        return Marked(
            key=row.id,
            recipient=row.recipient,
            message=row.message,
            attempts=row.attempts,
            doubts=row.doubts,
            made_at=row.made_at,
        )

    def answered(self, marked: Marked, answer: Answer) -> NoticeState:
        """Write down what came of it; a row that was taken over meanwhile stays as it is."""
        now = self._clock()
        values = self._after(marked, answer, now)
        c = t.notice.c
        ours = (c.id == marked.key, c.state == NoticeState.SENDING, c.owner == self._worker.number)
        with self._database.write() as connection:
            connection.execute(update(t.notice).where(*ours).values(owner=None, **values))
        return NoticeState(values["state"])

    def _after(self, marked: Marked, answer: Answer, now: datetime) -> dict[str, Any]:
        said = " ".join(filter(None, (str(answer.code or ""), answer.enhanced, answer.text)))[:500]
        if answer.kind is AnswerKind.ACCEPTED:
            return {"state": NoticeState.SENT, "said": said, "done_at": now}
        if answer.kind is AnswerKind.UNKNOWN and marked.doubts:
            return {"state": NoticeState.FAILED, "said": _TWICE, "done_at": now}
        if answer.kind is AnswerKind.PERMANENT or now - marked.made_at > GIVE_UP_AFTER:
            return {"state": NoticeState.FAILED, "said": said, "done_at": now}
        again = now + wait_before(marked.attempts, self._jitter())
        doubts = marked.doubts + (answer.kind is AnswerKind.UNKNOWN)
        return {"state": NoticeState.QUEUED, "said": said, "next_try_at": again, "doubts": doubts}

    def recover(self) -> None:
        """What a dead process was sending goes once more, under the same Message-ID (RFC 1047).

        So does what we marked ourselves: nothing of ours is on its way when this is asked.
        """
        c = t.notice.c
        sending = (c.school_id == self._school, c.state == NoticeState.SENDING)
        with self._database.read() as connection:
            owners = set(connection.execute(select(c.owner).where(*sending)).scalars())
        us = self._worker
        dead = [owner for owner in owners if owner == us.number or not us.alive(owner)]
        if not dead:
            return
        left = and_(*sending, c.owner.in_(dead))
        gone = {"state": NoticeState.FAILED, "said": _TWICE, "owner": None, "done_at": self._clock()}
        again = {"state": NoticeState.QUEUED, "said": _LEFT, "owner": None, "next_try_at": None}
        with self._database.write() as connection:
            connection.execute(update(t.notice).where(left, c.doubts > 0).values(**gone))
            connection.execute(update(t.notice).where(left).values(doubts=c.doubts + 1, **again))

    def give_up(self) -> None:
        """What waited too long without one answer, because the relay could not be reached."""
        c, now = t.notice.c, self._clock()
        old = (c.school_id == self._school, c.state == NoticeState.QUEUED, c.made_at < now - GIVE_UP_AFTER)
        with self._database.read() as connection:
            if connection.execute(select(c.id).where(*old).limit(1)).first() is None:
                return
        gone = {"state": NoticeState.FAILED, "said": "the relay could not be reached", "done_at": now}
        with self._database.write() as connection:
            connection.execute(update(t.notice).where(*old).values(**gone))

    def open(self) -> int:
        c = t.notice.c
        where = (c.school_id == self._school, c.state.in_((NoticeState.QUEUED, NoticeState.SENDING)))
        with self._database.read() as connection:
            return connection.execute(select(func.count()).where(*where)).scalar_one()


def failed_notices(connection: Connection, school: School) -> Iterable[dict[str, Any]]:
    """What `status` says of notices that did not arrive, until a later one reaches the same address."""
    c, later = t.notice.c, t.notice.alias()
    reached = exists().where(
        later.c.school_id == c.school_id,
        later.c.recipient == c.recipient,
        later.c.id > c.id,
        later.c.state == NoticeState.SENT,
    )
    query = (
        select(c.kind, c.key, c.recipient, c.said)
        .where(c.school_id == school.key, c.state == NoticeState.FAILED, c.recipient.is_not(None), ~reached)
        .order_by(c.id)
    )
    for kind, key, recipient, said in connection.execute(query):
        yield {
            "what": "notice_failed",
            "school": school.id,
            "notice": kind,
            "key": key,
            "to": recipient,
            "why": said,
        }
