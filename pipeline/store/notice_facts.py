"""What notices are made of, read in bulk: what was told before, addresses that fail, how a run went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, func, select

from pipeline.model import DeliveryState, PhotoReason, PostReason, School
from pipeline.notice_texts import BEHIND, PHOTOS_BEHIND, BadAddress, Summary
from pipeline.notices import Telling, What
from pipeline.outbox import Event
from pipeline.store import runs, tables as t

#: Failed deliveries of runs made longer ago, by the real clock, are not looked through for addresses.
_FAILURES = timedelta(days=28)


def tellings(
    connection: Connection, school: int, posts: Iterable[int]
) -> dict[tuple[int | None, What, int, int | None], Telling]:
    c = t.notice_item.c
    rows = connection.execute(
        select(c.staff_id, c.what, c.post_id, c.photo_id)
        .add_columns(func.min(c.at).label("first"), func.max(c.at).label("last"))
        .add_columns(func.max(c.policy_version).label("version"))
        .where(c.school_id == school, c.post_id.in_(sorted(set(posts))))
        .group_by(c.staff_id, c.what, c.post_id, c.photo_id)
    )
    return {
        (row.staff_id, What(row.what), row.post_id, row.photo_id): Telling(
            first=row.first, last=row.last, version=row.version
        )
        for row in rows
    }


def bad_addresses(connection: Connection, school: School, now: datetime) -> tuple[BadAddress, ...]:
    """Addresses that failed or were suppressed and that the management was not told of yet.

    The same address failing again is no news; ``now`` is the real clock.
    """
    return (*_failed(connection, school, now), *_suppressed(connection, school))


def _failed(connection: Connection, school: School, now: datetime) -> list[BadAddress]:
    d, p, e = t.delivery.c, t.parent.c, t.delivery_event.c
    recent = select(t.run.c.id).where(t.run.c.school_id == school.key, t.run.c.made_at > now - _FAILURES)
    tried = exists().where(e.delivery_id == d.id, e.event == Event.HAND_OVER)
    last = select(e.text).where(e.delivery_id == d.id, e.text != "").order_by(e.id.desc()).limit(1)
    query = (
        select(d.id, d.parent_id, d.address, d.reason, p.ref, p.name, last.scalar_subquery().label("said"))
        .join(t.parent, p.id == d.parent_id)
        .where(d.run_id.in_(recent), d.state.in_((DeliveryState.REFUSED, DeliveryState.FAILED)), tried)
        .where(d.address.is_not(None), p.erased_at.is_(None))
        .where(p.address == d.address)  # one that was corrected since is solved
        .order_by(d.id)
    )
    newest = {row.parent_id: row for row in connection.execute(query)}
    told = _told_failures(connection, school)
    return [
        BadAddress(
            parent=row.parent_id,
            id=row.ref,
            name=row.name,
            address=row.address,
            said=row.said or row.reason or "",
            delivery=row.id,
        )
        for row in newest.values()
        if row.address not in told.get(row.parent_id, ())
    ]


def _told_failures(connection: Connection, school: School) -> dict[int, set[str]]:
    """Parent -> the addresses of theirs that were told, as far as their deliveries still have them."""
    i, d = t.notice_item.c, t.delivery.c
    query = (
        select(i.parent_id, d.address)
        .join(t.delivery, d.id == i.delivery_id)
        .where(i.school_id == school.key, i.what == What.ADDRESS_FAILED, d.address.is_not(None))
    )
    told: dict[int, set[str]] = {}
    for parent, address in connection.execute(query):
        told.setdefault(parent, set()).add(address)
    return told


def _suppressed(connection: Connection, school: School) -> list[BadAddress]:
    p, i = t.parent.c, t.notice_item.c
    told = (
        exists()
        .where(i.parent_id == p.id, i.what == What.ADDRESS_SUPPRESSED, i.notice_id == t.notice.c.id)
        .where(t.notice.c.made_at >= p.suppressed_at)
    )
    where = (p.school_id == school.key, p.suppressed_at.is_not(None), p.erased_at.is_(None))
    rows = connection.execute(
        select(p.id, p.ref, p.name, p.address).where(*where, p.address.is_not(None), ~told).order_by(p.ref)
    )
    return [
        BadAddress(parent=row.id, id=row.ref, name=row.name, address=row.address, said="") for row in rows
    ]


def summary_of(connection: Connection, run: int) -> Summary:
    row = connection.execute(select(t.run).where(t.run.c.id == run)).one()
    states, withheld = runs.counts(connection, run)
    item = t.delivery_item.c
    went = select(t.delivery.c.id).where(t.delivery.c.run_id == run, t.delivery.c.state == DeliveryState.SENT)
    posts = select(func.count(item.post_id.distinct())).where(item.delivery_id.in_(went))
    refused = _refused(connection, run)
    return Summary(
        key=row.key,
        until=row.until,
        closed_at=row.closed_at,
        held=row.held,
        states=states,
        withheld=withheld,
        posts=connection.execute(posts).scalar_one(),
        posts_behind=tuple(
            (title, PostReason(why)) for title, photo, why in refused if photo is None and why in BEHIND
        ),
        photos_behind=Counter(
            PhotoReason(why) for _, photo, why in refused if photo is not None and why in PHOTOS_BEHIND
        ),
    )


def _refused(connection: Connection, run: int) -> list[tuple[str, int | None, str]]:
    """Title, photo and reason of what stayed behind for everybody."""
    r, p = t.refusal.c, t.post.c
    query = (
        select(t.revision.c.title, r.photo_id, r.reason)
        .join(t.post, p.id == r.post_id)
        .join(t.revision, t.revision.c.id == p.revision_id)
        .where(r.run_id == run, r.parent_id.is_(None))
        .order_by(p.published, p.id, r.id)
    )
    return [(row.title, row.photo_id, row.reason) for row in connection.execute(query)]
