"""A parent's doubt about a post (rule 15): held at once, and kept whatever a person decides."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, ScalarSelect, func, select, update

from pipeline.audience import audience
from pipeline.facts import Facts
from pipeline.model import PostReason, PostState, Purpose, RunKind, School, Window
from pipeline.notices import Doubt
from pipeline.recipient import blocked, not_approved
from pipeline.store import tables as t
from pipeline.store.database import Database, lock_school, raise_policy
from pipeline.store.decisions import Decider, Undecidable, find_parent, find_post, keep_decision
from pipeline.store.snapshot import load_as_it_stands

#: What such a decision is called in the audit log.
REPORT = "report"
#: Who decided, there: the parent stands beside it by internal key, which erasing them leaves (rule 20).
_BY = "a parent"


def report(
    database: Database, school: School, post: str, parent: str, *, why: str, at: datetime
) -> PostState:
    """Keep the report and hold the post for everyone who has not had it; what its state was.

    Raises `Undecidable`, having changed nothing, unless it comes from an approved parent whom the post
    reaches or has reached.
    """
    with database.write() as connection:
        lock_school(connection, school.key)
        who = find_parent(connection, school, parent)
        row = find_post(connection, school, post)
        _refuse_reporter(connection, school, who, row, at)
        version = raise_policy(connection, school.key)
        if row.state != PostState.WITHDRAWN:
            held = update(t.post).where(t.post.c.id == row.id).values(state=PostState.HELD)
            connection.execute(held)
        decider = Decider(by=_BY, at=at, why=why)
        keep_decision(connection, school, decider, REPORT, version, parent_id=who.id, post_id=row.id)
    return PostState(row.state)


def _refuse_reporter(
    connection: Connection, school: School, parent: Row[Any], post: Row[Any], at: datetime
) -> None:
    snapshot = load_as_it_stands(connection, school, (), Purpose.MAIL, post.published)
    window = Window(kind=RunKind.WEEKLY, key="", since=post.published, until=at, at=at)
    facts = Facts(snapshot, window)
    told = facts.parent(parent.id)
    if not_approved(facts, told) or blocked(facts, told):
        raise Undecidable(f"{parent.ref} is no parent whom the school lets in: only they report a post")
    if isinstance(audience(facts, told, facts.post(post.id)), PostReason) and not _had(
        connection, parent, post
    ):
        raise Undecidable(f"post {post.ref!r} is not for parent {parent.ref}, who never had it either")


def _had(connection: Connection, parent: Row[Any], post: Row[Any]) -> bool:
    c = t.delivery_item.c
    where = (c.parent_id == parent.id, c.post_id == post.id, c.had)
    return connection.execute(select(c.post_id).where(*where).limit(1)).first() is not None


def newest_report(school: ColumnElement[int]) -> ScalarSelect[int]:
    """The newest report of the school in that column, for a query; null when it never had one."""
    c = t.decision.c
    return select(func.max(c.id)).where(c.school_id == school, c.what == REPORT).scalar_subquery()


def doubts(connection: Connection, school: School, posts: Collection[int]) -> dict[int, tuple[Doubt, ...]]:
    """Post -> reports for which it is held: those since its last release, oldest first."""
    d, p = t.decision.c, t.post.c
    rows = connection.execute(
        select(d.post_id, d.parent_id, d.why, d.policy_version)
        .join(t.post, p.id == d.post_id)
        .where(d.school_id == school.key, d.what == REPORT, d.post_id.in_(posts))
        .where(p.state == PostState.HELD, d.policy_version > p.released_since)
        .order_by(d.id)
    )
    found: dict[int, list[Doubt]] = {}
    for post, parent, why, version in rows:
        found.setdefault(post, []).append(Doubt(post=post, parent=parent, why=why, version=version))
    return {post: tuple(each) for post, each in found.items()}
