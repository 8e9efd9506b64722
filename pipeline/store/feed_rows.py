"""Reading one parent's feed: what feed runs put into it, and today's facts about those posts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, func, select

from pipeline.facts import Facts
from pipeline.feed import Standing
from pipeline.model import DeliveryState, RunKind, School, Window
from pipeline.store import tables as t
from pipeline.store.new_run import items_from
from pipeline.store.post_rows import load_contents
from pipeline.store.snapshot import load


def standing_in_feed(connection: Connection, parent: int) -> list[Standing]:
    """Everything that came into this parent's feed and was not taken back since, oldest first."""
    item, d, e = t.delivery_item.c, t.delivery.c, t.edition.c
    rows = connection.execute(
        select(item.post_id, t.run.c.key, d.date, e["items"].label("shown"))
        .join(t.delivery, d.id == item.delivery_id)
        .join(t.run, t.run.c.id == d.run_id)
        .join(t.edition, e.id == d.edition_id)
        .where(d.parent_id == parent, t.run.c.kind == RunKind.FEED, d.state == DeliveryState.SENT, item.had)
        .order_by(d.id)
    )
    return [
        Standing(run=row.key, since=row.date, item=shown)
        for row in rows
        for shown in items_from(row.shown)
        if shown.post == row.post_id
    ]


def facts_for_feed(
    connection: Connection,
    school: School,
    languages: Iterable[str],
    standing: Sequence[Standing],
    now: datetime,
) -> Facts:
    """Today's facts, of posts and texts however old they are."""
    posts = [each.item.post for each in standing]
    oldest = connection.execute(select(func.min(t.post.c.published)).where(t.post.c.id.in_(posts))).scalar()
    window = Window(kind=RunKind.FEED, key="", since=oldest or now, until=now, at=now)
    snapshot = load(connection, school, languages, window=window)
    shown = load_contents(connection, t.revision.c.id.in_([each.item.revision for each in standing]))
    return Facts(replace(snapshot, old_contents={**snapshot.old_contents, **shown}), window)
