"""Rule 18 for a run that was made: from what it wrote down about one parent."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from pipeline.explain import Reasons, included, parent_reason, photo_line, posts_had, reasons_of
from pipeline.explain_agenda import agenda_made
from pipeline.model import CHANNEL_OF, DeliveryState, PostReason, RunKind, School, Withheld
from pipeline.store import tables as t
from pipeline.store.new_run import items_from
from pipeline.store.post_rows import load_contents


def explain_made(
    connection: Connection, school: School, run: Row[Any], parent: Row[Any], post: int | None
) -> dict[str, Any]:
    ledger = _Ledger(connection, school, run, parent)
    posts = [post] if post is not None else ledger.posts()
    delivery = ledger.delivery
    return {
        "parent": parent.ref,
        "run": run.key,
        "state": delivery.state if delivery else "no_row",
        "reason": delivery.reason if delivery else None,
        "items": [ledger.item(key) for key in posts],
        "agenda": agenda_made(connection, school, ledger.told_by),
    }


class _Ledger:
    """What one run wrote down about one parent."""

    def __init__(self, connection: Connection, school: School, run: Row[Any], parent: Row[Any]) -> None:
        self._connection, self._school, self._run, self._parent = connection, school, run, parent
        d = t.delivery.c
        where = (d.run_id == run.id, d.parent_id == parent.id)
        self.delivery = connection.execute(select(t.delivery).where(*where)).first()
        self._items = self._delivery_items()
        self._reasons = self._refusals()
        self._edition = self._edition_items()
        taken = connection.execute(select(t.run_post.c.post_id).where(t.run_post.c.run_id == run.id))
        self._taken = set(taken.scalars())

    def _delivery_items(self) -> dict[int, list[tuple[int, int | None]]]:
        """Post -> pupils and groups it came through."""
        if self.delivery is None:
            return {}
        c = t.delivery_item.c
        rows = self._connection.execute(select(c.post_id, c.via).where(c.delivery_id == self.delivery.id))
        return {post: [(pupil, group) for pupil, group in json.loads(via)] for post, via in rows}

    def _refusals(self) -> Reasons:
        c = t.refusal.c
        mine = (c.parent_id == self._parent.id) | c.parent_id.is_(None)
        rows = self._connection.execute(
            select(c.parent_id, c.post_id, c.photo_id, c.reason)
            .where(c.run_id == self._run.id, mine)
            .order_by(c.id)
        )
        return reasons_of([tuple(row) for row in rows])

    def _edition_items(self) -> dict[int, tuple[int, tuple[int, ...]]]:
        """Post -> revision and photos that went along."""
        if self.delivery is None or self.delivery.edition_id is None:
            return {}
        c = t.edition.c
        text = self._connection.execute(
            select(c["items"]).where(c.id == self.delivery.edition_id)
        ).scalar_one()
        return {item.post: (item.revision, item.photos) for item in items_from(text)}

    @property
    def told_by(self) -> int | None:
        """The edition of a parent who gets one."""
        gone = self.delivery is None or self.delivery.state == DeliveryState.WITHHELD
        return None if gone or self.delivery is None else self.delivery.edition_id

    def posts(self) -> list[int]:
        """Every post the run looked at, in the order of publication."""
        keys = self._taken | set(self._items) | set(self._reasons.of_posts)
        p = t.post.c
        rows = self._connection.execute(select(p.id).where(p.id.in_(keys)).order_by(p.published, p.id))
        return list(rows.scalars())

    def item(self, key: int) -> dict[str, Any]:
        p = t.post.c
        post = self._connection.execute(select(t.post).where(p.id == key)).one()
        gone = self.delivery is not None and self.delivery.state == DeliveryState.WITHHELD
        if key in self._edition and key in self._items and not gone:
            paths = [(self._pupil_ref(pupil), self._group_name(group)) for pupil, group in self._items[key]]
            channel = CHANNEL_OF[RunKind(self._run.kind)]
            return included(post.ref, paths, channel, self._photos(key))
        return {"post": post.ref, "included": False, "reason": self._why_not(post)}

    def _photos(self, key: int) -> list[dict[str, Any]]:
        revision, went = self._edition[key]
        content = load_contents(self._connection, t.revision.c.id == revision)[revision]
        return [photo_line(photo, photo.key in went, self._reasons) for photo in content.photos]

    def _pupil_ref(self, key: int) -> str:
        return str(self._connection.execute(select(t.pupil.c.ref).where(t.pupil.c.id == key)).scalar_one())

    def _group_name(self, key: int | None) -> str | None:
        g = t.group.c
        return self._connection.execute(select(g.name).where(g.id == key)).scalar() if key else None

    def _why_not(self, post: Row[Any]) -> str:
        if reason := self._reasons.of_posts.get(post.id):
            return reason
        withheld = parent_reason(self.delivery.reason) if self.delivery is not None else None
        if withheld and not self._edition:
            return withheld
        if post.published >= self._run.until:
            return PostReason.NOT_PUBLISHED
        return self._of_earlier_runs(post) or withheld or self._of_this_run(post)

    def _of_this_run(self, post: Row[Any]) -> str:
        if post.id in self._taken:
            return PostReason.NOT_IN_AUDIENCE
        r = t.run.c
        where = (r.school_id == self._school.key, r.kind == self._run.kind)
        first = self._connection.execute(select(r.since).where(*where).order_by(r.since)).scalars().first()
        assert first is not None, "this run itself is one"
        if post.published < first:
            return PostReason.BEFORE_FIRST_RUN
        oldest = self._run.until - timedelta(days=self._school.rules.owed_days)
        return PostReason.TOO_OLD if post.published < oldest else PostReason.TAKEN_LATER

    def _of_earlier_runs(self, post: Row[Any]) -> str | None:
        """What the last earlier run that could send this post made of it for this parent."""
        if post.id in posts_had(self._connection, self._parent.id, self._run.until):
            return PostReason.ALREADY_HAD
        r, d = t.run.c, t.delivery.c
        earlier = (
            select(r.id, d.state, d.reason)
            .join(t.run_post, t.run_post.c.run_id == r.id)
            .outerjoin(t.delivery, and_(d.run_id == r.id, d.parent_id == self._parent.id))
            .where(t.run_post.c.post_id == post.id, r.until < self._run.until)
            .order_by(r.until.desc())
        )
        run = self._connection.execute(earlier).first()
        if run is None:
            return None
        f = t.refusal.c
        mine = (
            f.run_id == run.id,
            f.post_id == post.id,
            f.photo_id.is_(None),
            f.parent_id == self._parent.id,
        )
        refused = self._connection.execute(select(f.reason).where(*mine)).scalar()
        let_in = run.state != DeliveryState.WITHHELD or run.reason == Withheld.NO_NEWS
        return str(refused or (PostReason.NOT_IN_AUDIENCE if let_in else PostReason.NOT_OWED))
