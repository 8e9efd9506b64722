"""How far the look for posts that go as they come has got, so that no school is read for nothing.

A school is worth a look when something that a rule reads has changed since the last one, or when a
post has ripened. Two small queries tell it for all schools, which a daemon asks every few seconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from pipeline.model import CHANNEL_OF, RunKind
from pipeline.store import tables as t

#: School -> kind of run -> published before this, a post is ripe for it.
Ripe = Mapping[int, Mapping[RunKind, datetime]]


def worth_a_look(connection: Connection, ripe: Ripe) -> dict[int, set[RunKind]]:
    """School -> the kinds for which something may be due."""
    looked = _looked(connection)
    published = _published(connection, looked, ripe)
    found = {
        school: {
            kind
            for kind, before in kinds.items()
            if (since := looked.get((school, kind))) is None
            or any(since <= moment < before for moment in published[school])
        }
        for school, kinds in ripe.items()
    }
    return {school: kinds for school, kinds in found.items() if kinds}


def _looked(connection: Connection) -> dict[tuple[int, RunKind], datetime]:
    """Up to when each was looked at under the policy as it is now."""
    c, school = t.lookout.c, t.school.c
    same = select(c.school_id, c.kind, c.until).join(t.school, school.id == c.school_id)
    rows = connection.execute(same.where(c.policy_version == school.policy_version))
    return {(row.school_id, RunKind(row.kind)): row.until for row in rows}


def _published(
    connection: Connection, looked: Mapping[tuple[int, RunKind], datetime], ripe: Ripe
) -> Mapping[int, list[datetime]]:
    """School -> when what ripened since the oldest of these looks was published."""
    found: dict[int, list[datetime]] = defaultdict(list)
    before = max((moment for kinds in ripe.values() for moment in kinds.values()), default=None)
    since = min(looked.values(), default=None)
    if before is not None and since is not None:
        c = t.post.c
        rows = connection.execute(
            select(c.school_id, c.published).where(c.published >= since, c.published < before)
        )
        for school, moment in rows:
            found[school].append(moment)
    return found


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


def looked(connection: Connection, school: int, kind: RunKind, version: int, until: datetime) -> None:
    """All that was published before ``until`` has been looked at under this policy."""
    c = t.lookout.c
    values = {"policy_version": version, "until": until}
    mine = update(t.lookout).where(c.school_id == school, c.kind == kind).values(**values)
    if not connection.execute(mine).rowcount:
        connection.execute(insert(t.lookout).values(school_id=school, kind=kind, **values))


def look_anew(connection: Connection, school: int) -> None:
    """What somebody is owed has changed without any decision: their mail was given up for another channel."""
    connection.execute(delete(t.lookout).where(t.lookout.c.school_id == school))
