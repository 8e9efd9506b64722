"""What parents have had, lack because its delivery failed, or were passed over with, by earlier runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, not_, or_, select

from pipeline.model import DeliveryState, PastRun, Role, RunKind, School, Withheld
from pipeline.store import tables as t
from pipeline.store.past_runs import who_switched


def had(
    connection: Connection, school: School, unsettled: set[int], past: Sequence[PastRun]
) -> dict[int, frozenset[int]]:
    """Parent -> posts had: of the unsettled ones, and all of who changed channel."""
    item = t.delivery_item.c
    asked = or_(item.post_id.in_(unsettled), _of_who_switched(school, past))
    return items_of(connection, school, and_(item.had, asked))


def _of_who_switched(school: School, past: Sequence[PastRun]) -> ColumnElement[bool]:
    return t.delivery_item.c.parent_id.in_(who_switched(school, past))


#: Items that a parent did not get because their delivery failed.
FAILED = and_(
    not_(t.delivery_item.c.had),
    t.delivery.c.state.in_((DeliveryState.FAILED, DeliveryState.REFUSED)),
)


def of_passed_over(school: School, past: Sequence[PastRun]) -> ColumnElement[bool]:
    """Items given up while they waited, for the channel that the parent had chosen since, or because the
    post was urgent no more."""
    item, d, run, post = t.delivery_item.c, t.delivery.c, t.run.c, t.post.c
    elsewhere = d.reason.in_((Withheld.OTHER_CHANNEL, Withheld.CHANNEL_NONE))
    switched = and_(d.state == DeliveryState.WITHHELD, elsewhere, _of_who_switched(school, past))
    urgent_runs = select(run.id).where(run.school_id == school.key, run.kind == RunKind.URGENT)
    management = select(t.staff.c.id).where(
        t.staff.c.school_id == school.key, t.staff.c.role == Role.MANAGEMENT
    )
    ordinary = select(post.id).where(
        t.post.c.school_id == school.key, or_(not_(post.urgent), post.author_id.not_in(management))
    )
    calmed = and_(d.run_id.in_(urgent_runs), item.post_id.in_(ordinary))
    return and_(not_(item.had), or_(switched, calmed))


def items_of(connection: Connection, school: School, which: ColumnElement[bool]) -> dict[int, frozenset[int]]:
    """Parent -> posts."""
    item, delivery = t.delivery_item.c, t.delivery.c
    query = (
        select(item.parent_id, item.post_id)
        .join(t.delivery, delivery.id == item.delivery_id)
        .where(delivery.school_id == school.key, which)
    )
    posts: dict[int, set[int]] = defaultdict(set)
    for parent, post in connection.execute(query):
        posts[parent].add(post)
    return {parent: frozenset(keys) for parent, keys in posts.items()}
