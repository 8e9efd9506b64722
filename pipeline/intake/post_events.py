"""How the event of a post is kept over its revisions: numbered as it changes, and found by its time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from pipeline.agenda import event_of
from pipeline.model import School
from pipeline.store import tables as t
from pipeline.store.post_rows import load_contents


def numbered(extra: Mapping[str, Any], title: str, before: Row[Any, Any, Any] | None) -> dict[str, Any]:
    """``extra`` of a new revision with the sequence of its event: one more than that of the revision
    ``before`` when time, place or title differ, or when the event came, went or came back."""
    old = json.loads(before.extra) if before is not None else {}
    sequence = old.get("sequence", 0 if "event" in old else None)
    event, was = extra.get("event"), old.get("event")
    if sequence is None:
        sequence = 0 if event else None
    elif event != was or (event and before is not None and title != before.title):
        sequence += 1
    return dict(extra) if sequence is None else {**extra, "sequence": sequence}


def keep_event(connection: Connection, school: School, post: int, revision: int) -> None:
    """Note when a post's event is, as its new revision has it."""
    occasion = event_of(load_contents(connection, t.revision.c.id == revision)[revision])
    values = {"revision_id": revision, "starts": occasion.starts, "over": occasion.over(school.zone)}
    c = t.post_event.c
    known = connection.execute(select(c.post_id).where(c.post_id == post)).first()
    if known:
        connection.execute(update(t.post_event).where(c.post_id == post).values(**values))
    else:
        connection.execute(insert(t.post_event).values(post_id=post, school_id=school.key, **values))
