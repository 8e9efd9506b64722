"""How the event of a post is kept over its revisions: numbered as it changes, and found by its time."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from pipeline.agenda import event_of
from pipeline.store import tables as t
from pipeline.store.post_rows import load_contents


def unnumbered(extra: str) -> str:
    """What the author said of a post beside its text: without the number of its event, which is ours."""
    if '"sequence"' not in extra:
        return extra
    told = json.loads(extra)
    told.pop("sequence", None)
    return _written(told)


def numbered(connection: Connection, post: int, title: str, extra: str) -> str:
    """``extra`` of a post's next revision with the sequence of its event: one more than that of the revision
    before when time, place or title differ, or when the event came, went or came back."""
    told = json.loads(unnumbered(extra))
    r, p = t.revision.c, t.post.c
    current = select(r.title, r.extra).join(t.post, p.revision_id == r.id).where(p.id == post)
    before = connection.execute(current).first()
    old: dict[str, Any] = json.loads(before.extra) if before is not None else {}
    sequence = old.get("sequence", 0 if "event" in old else None)
    event = told.get("event")
    if sequence is None:
        sequence = 0 if event else None
    elif event != old.get("event") or (event and before is not None and title != before.title):
        sequence += 1
    return _written(told if sequence is None else {**told, "sequence": sequence})


def keep_event(connection: Connection, post: int, revision: int) -> None:
    """Note when a post's event is, if its new revision has one; otherwise what was noted stays."""
    content = load_contents(connection, t.revision.c.id == revision)[revision]
    if content.event is None:
        return
    occasion = event_of(content)
    # A day for what has no end: it only says how long the row is looked at.
    over = occasion.ends or occasion.starts + timedelta(days=1)
    values = {"revision_id": revision, "starts": occasion.starts, "over": over}
    c = t.post_event.c
    if connection.execute(select(c.post_id).where(c.post_id == post)).first():
        connection.execute(update(t.post_event).where(c.post_id == post).values(**values))
        return
    school = select(t.post.c.school_id).where(t.post.c.id == post).scalar_subquery()
    connection.execute(insert(t.post_event).values(post_id=post, school_id=school, **values))


def _written(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, sort_keys=True)
