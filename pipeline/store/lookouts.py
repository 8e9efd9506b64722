"""How far the look for posts that go as they come has got, so that no school is read for nothing.

A school is worth a look when something that a rule reads has changed since the last one, or when a
post has ripened. Two small queries tell it for all schools, which a daemon asks every few seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, insert, select, update

from pipeline.model import CHANNEL_OF, RunKind
from pipeline.store import tables as t
from pipeline.store.database import lock_school

#: School -> kind of run -> published before this, a post is ripe for it.
Ripe = Mapping[int, Mapping[RunKind, datetime]]


def worth_a_look(connection: Connection, ripe: Ripe) -> dict[int, set[RunKind]]:
    """School -> the kinds for which something may be due."""
    looked = _looked(connection)
    ripened = _ripened(connection, ripe)
    found = {
        school: {kind for kind in kinds if (school, kind) not in looked or (school, kind) in ripened}
        for school, kinds in ripe.items()
    }
    return {school: kinds for school, kinds in found.items() if kinds}


def _looked(connection: Connection) -> set[tuple[int, RunKind]]:
    """Those that were looked at as things stand now."""
    c = t.lookout.c
    rows = connection.execute(select(c.school_id, c.kind).join(t.school, _as_it_stands()))
    return {(row.school_id, RunKind(row.kind)) for row in rows}


def _ripened(connection: Connection, ripe: Ripe) -> set[tuple[int, RunKind]]:
    """Those for which a post has ripened that was not when they were looked at."""
    before = max((moment for kinds in ripe.values() for moment in kinds.values()), default=None)
    if before is None:
        return set()
    c, post = t.lookout.c, t.post.c
    since = and_(post.school_id == c.school_id, post.published >= c.until)  # each by its own look
    rows = connection.execute(
        select(c.school_id, c.kind, func.min(post.published))
        .join(t.post, since)
        .where(post.published < before)
        .group_by(c.school_id, c.kind)
    )
    found = {(school, RunKind(kind)): first for school, kind, first in rows}
    own = {(school, kind): moment for school, kinds in ripe.items() for kind, moment in kinds.items()}
    return {each for each, first in found.items() if each in own and first < own[each]}


def _as_it_stands() -> ColumnElement[bool]:
    c, school = t.lookout.c, t.school.c
    return and_(
        school.id == c.school_id,
        school.policy_version == c.policy_version,
        school.given_up == c.given_up,
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """As what a look saw the school: it counts for as long as both are the same."""

    version: int  #: of the policy
    given_up: int  #: mails given up for another channel


def seen(connection: Connection, school: int) -> Seen:
    c = t.school.c
    row = connection.execute(select(c.policy_version, c.given_up).where(c.id == school)).one()
    return Seen(row.policy_version, row.given_up)


def for_nobody(connection: Connection, school: int, kind: RunKind) -> bool:
    """Whether no run of that kind can be due: nobody chose its channel, or nothing was marked as urgent.

    Most schools and most posts end here, before anything else of the school is read.
    """
    post, parent = t.post.c, t.parent.c
    if kind is RunKind.URGENT:
        some = select(post.id).where(post.school_id == school, post.urgent)
    else:
        some = select(parent.id).where(parent.school_id == school, parent.channel == CHANNEL_OF[kind])
    return connection.execute(some.limit(1)).first() is None


def looked(connection: Connection, school: int, kind: RunKind, saw: Seen, until: datetime) -> None:
    """All that was published before ``until`` has been looked at as things stood then."""
    lock_school(connection, school)  # or two processes on PostgreSQL both add the row
    c = t.lookout.c
    values = {"policy_version": saw.version, "given_up": saw.given_up, "until": until}
    mine = update(t.lookout).where(c.school_id == school, c.kind == kind).values(**values)
    if not connection.execute(mine).rowcount:
        connection.execute(insert(t.lookout).values(school_id=school, kind=kind, **values))


def look_anew(connection: Connection, school: int) -> None:
    """What somebody is owed has changed without any decision: their mail was given up for another channel.

    Counted, not deleted: a look that began before must not say afterwards that all was looked at.
    """
    c = t.school.c
    connection.execute(update(t.school).where(c.id == school).values(given_up=c.given_up + 1))
