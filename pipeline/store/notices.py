"""Notices in the store: whether there is anything to tell, what was told before, and making them.

Told is what stands in a notice that was made, whether or not it arrived: what failed stands in `status`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypedDict

from sqlalchemy import Connection, and_, exists, func, insert, literal, or_, select, update

from pipeline.model import RunKind
from pipeline.notices import NoticeKind, What
from pipeline.store import tables as t
from pipeline.store.columns import EPOCH
from pipeline.store.database import lock_school
from pipeline.store.doubts import newest_report

#: By the real clock: what was done with longer ago is no news, also not to a school that switches them on.
_RECENT = timedelta(days=7)


class NoticeState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """How far the last look for news had got."""

    day: str  #: of the last daily bundle
    version: int
    until: datetime | None  #: the newsletter before which there was a look
    doubt: int = 0  #: the newest report by a parent that was looked at


class Open(TypedDict):
    """Notices that have not come to an end."""

    open: int
    sending: int
    next_try_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Agenda:
    """What a few small queries say there is to do for a school."""

    version: int  #: the school's policy
    look: Look | None  #: None before the first
    open: int  #: notices that are queued or being sent
    next_try_at: datetime | None  #: the earliest of those queued
    sending: int
    runs: tuple[int, ...]  #: newsletters of which the management must be told
    doubt: int = 0  #: the newest report by a parent; 0 when there is none


def agendas(connection: Connection, schools: Collection[int], now: datetime) -> dict[int, Agenda]:
    """By school, in three small queries however many there are. ``now`` is the real clock, by which runs
    close."""
    looks = _looks(connection, schools)
    open_, runs = _open(connection, schools), _untold_runs(connection, schools, now)
    return {
        school: Agenda(
            version=version,
            look=look,
            runs=tuple(runs.get(school, ())),
            doubt=doubt,
            **open_.get(school, _NONE),
        )
        for school, (version, look, doubt) in looks.items()
    }


_NONE: Open = {"open": 0, "sending": 0, "next_try_at": None}


def _looks(connection: Connection, schools: Collection[int]) -> dict[int, tuple[int, Look | None, int]]:
    """School -> its policy, the last look, and the newest report by a parent."""
    look, of = t.notice_look.c, t.school.c
    rows = connection.execute(
        select(of.id, of.policy_version, look.day, look.policy_version.label("looked"), look.until)
        .add_columns(look.doubt, newest_report(of.id).label("reported"))
        .select_from(t.school.outerjoin(t.notice_look, look.school_id == of.id))
        .where(of.id.in_(schools))
    )
    return {
        row.id: (
            row.policy_version,
            None
            if row.day is None
            else Look(day=row.day, version=row.looked, until=row.until, doubt=row.doubt),
            row.reported or 0,
        )
        for row in rows
    }


def _open(connection: Connection, schools: Collection[int]) -> dict[int, Open]:
    n = t.notice.c
    first = func.min(func.coalesce(n.next_try_at, literal(EPOCH, n.next_try_at.type)))
    queued, sending = n.state == NoticeState.QUEUED, n.state == NoticeState.SENDING
    rows = connection.execute(
        select(n.school_id, func.count().label("open"), func.count().filter(sending).label("sending"))
        .add_columns(first.filter(queued).label("first"))
        .where(n.school_id.in_(schools), or_(queued, sending))
        .group_by(n.school_id)
    )
    return {
        row.school_id: {"open": row.open, "sending": row.sending, "next_try_at": row.first} for row in rows
    }


def _untold_runs(connection: Connection, schools: Collection[int], now: datetime) -> dict[int, list[int]]:
    r = t.run.c
    closed = and_(r.closed_at > now - _RECENT, r.held.is_(None), ~_told_of_run(NoticeKind.SUMMARY))
    late = and_(r.made_at > now - _RECENT, r.held.is_not(None), ~_told_of_run(NoticeKind.LATE))
    where = (r.school_id.in_(schools), r.kind == RunKind.WEEKLY, or_(closed, late))
    found: dict[int, list[int]] = {}
    for school, run in connection.execute(select(r.school_id, r.id).where(*where).order_by(r.until)):
        found.setdefault(school, []).append(run)
    return found


def _told_of_run(kind: NoticeKind) -> Any:
    n, r = t.notice.c, t.run.c
    return exists().where(n.school_id == r.school_id, n.kind == kind, n.key == r.key)


# Making them.


@dataclass(frozen=True, kw_only=True, slots=True)
class NewItem:
    """One thing that a notice tells."""

    what: What
    post: int | None = None
    photo: int | None = None
    parent: int | None = None
    delivery: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewNotice:
    kind: NoticeKind
    key: str
    recipient: str
    staff: int | None  #: None: the management
    message_id: str
    message: bytes
    fault: str | None = None  #: why it cannot be sent at all
    items: tuple[NewItem, ...] = field(default=())


def make(
    connection: Connection,
    school: int,
    notices: Sequence[NewNotice],
    *,
    seen: Look | None,
    look: Look,
    version: int,
    at: datetime,
    now: datetime,
) -> bool:
    """Write what a look found, whole; False when another process has looked meanwhile.

    ``seen`` is the last look when this one began, ``look`` how far it has got, ``version`` the policy it
    found; ``at`` is the calendar's now, ``now`` the real clock.
    """
    lock_school(connection, school)
    if _look(connection, school) != seen:
        return False
    there = _there(connection, school, {notice.key for notice in notices})
    for notice in notices:
        if (notice.kind, notice.key, notice.recipient) not in there:
            _insert(connection, school, notice, version, at, now)
    if look != seen:
        _looked(connection, school, look)
    return True


def _look(connection: Connection, school: int) -> Look | None:
    c = t.notice_look.c
    row = connection.execute(select(t.notice_look).where(c.school_id == school)).first()
    if row is None:
        return None
    return Look(day=row.day, version=row.policy_version, until=row.until, doubt=row.doubt)


def _looked(connection: Connection, school: int, look: Look) -> None:
    c = t.notice_look.c
    values = {"day": look.day, "policy_version": look.version, "until": look.until, "doubt": look.doubt}
    mine = update(t.notice_look).where(c.school_id == school).values(**values)
    if not connection.execute(mine).rowcount:
        connection.execute(insert(t.notice_look).values(school_id=school, **values))


def _there(connection: Connection, school: int, keys: set[str]) -> set[tuple[str, str, str | None]]:
    c = t.notice.c
    rows = connection.execute(
        select(c.kind, c.key, c.recipient).where(c.school_id == school, c.key.in_(keys))
    )
    return {(row.kind, row.key, row.recipient) for row in rows}


def _insert(
    connection: Connection, school: int, new: NewNotice, version: int, at: datetime, now: datetime
) -> None:
    row = connection.execute(
        insert(t.notice)
        .values(
            school_id=school,
            kind=new.kind,
            key=new.key,
            recipient=new.recipient,
            staff_id=new.staff,
            message_id=new.message_id,
            message=new.message,
            state=NoticeState.FAILED if new.fault else NoticeState.QUEUED,
            said=new.fault or "",
            at=at,
            made_at=now,
            done_at=now if new.fault else None,
        )
        .returning(t.notice.c.id)
    )
    key = int(row.scalar_one())
    told = {"notice_id": key, "school_id": school, "staff_id": new.staff, "at": at, "policy_version": version}
    items = [
        {
            **told,
            "what": item.what,
            "post_id": item.post,
            "photo_id": item.photo,
            "parent_id": item.parent,
            "delivery_id": item.delivery,
        }
        for item in new.items
    ]
    if items:
        connection.execute(insert(t.notice_item), items)
