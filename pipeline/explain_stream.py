"""Rule 18 for who gets posts as they come: what they had, over which run, and what is still to come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, select

from pipeline.collect import Collected
from pipeline.explain import explain_coming, posts_had
from pipeline.explain_agenda import agenda_made
from pipeline.ledger import explain_made
from pipeline.model import DeliveryState, RunKind, School, Snapshot
from pipeline.store import tables as t


def run_that_had(connection: Connection, parent: int, post: int) -> Row[Any] | None:
    """The newest run in which this post stood for this parent; None when there is none."""
    item, d = t.delivery_item.c, t.delivery.c
    query = (
        select(t.run)
        .join(t.delivery, d.run_id == t.run.c.id)
        .join(t.delivery_item, item.delivery_id == d.id)
        .where(item.parent_id == parent, item.post_id == post)
        .order_by(item.had.desc(), t.run.c.id.desc())
    )
    return connection.execute(query).first()


def explain_stream(
    connection: Connection, school: School, parent: Row[Any], snapshot: Snapshot, collected: Collected
) -> dict[str, Any]:
    """Every post since the window of the newest newsletter began; what was had names its own run."""
    had = posts_had(connection, parent.id)
    recent = {post.key: post for post in snapshot.posts if post.published >= collected.window.since}
    items = []
    for key in sorted(recent, key=lambda key: (recent[key].published, key)):
        run = run_that_had(connection, parent.id, key) if key in had else None
        items.append(
            _of_run(connection, school, run, parent, key)
            if run is not None
            else _coming(connection, snapshot, collected, parent.id, key, had)
        )
    newest = _newest_row(connection, parent.id)
    return {
        "parent": parent.ref,
        "run": newest.key if newest else "coming",
        "state": newest.state if newest else "not_made_yet",
        "reason": newest.reason if newest else None,
        "items": items,
        "agenda": agenda_made(connection, school, _told_by(newest)),
    }


def _of_run(
    connection: Connection, school: School, run: Row[Any], parent: Row[Any], post: int
) -> dict[str, Any]:
    [item] = explain_made(connection, school, run, parent, post)["items"]
    return {**item, "run": run.key}


def _coming(
    connection: Connection,
    snapshot: Snapshot,
    collected: Collected,
    parent: int,
    post: int,
    had: frozenset[int],
) -> Mapping[str, Any]:
    row = connection.execute(select(t.post).where(t.post.c.id == post)).one()
    [item] = explain_coming(snapshot, collected, parent, row, had)["items"]
    return dict(item)


def _newest_row(connection: Connection, parent: int) -> Any:
    d = t.delivery.c
    query = (
        select(t.run.c.key, d.state, d.reason, d.edition_id)
        .join(t.run, t.run.c.id == d.run_id)
        .where(d.parent_id == parent, t.run.c.kind != RunKind.WEEKLY)
        .order_by(d.id.desc())
    )
    return connection.execute(query).first()


def _told_by(row: Any) -> int | None:
    """The edition that a row brought, if it did."""
    return None if row is None or row.state == DeliveryState.WITHHELD else row.edition_id
