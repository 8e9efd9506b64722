"""What earlier runs say about who was served: their posts, and who had which channel then (rule 5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, false, func, select

from pipeline.model import Channel, PastRun, RunKind, School, Switch
from pipeline.store import tables as t


def load_runs(
    connection: Connection, school: School, horizon: datetime, posts: set[int], before_run: int | None
) -> tuple[PastRun, ...]:
    """Runs with a cut-off after ``horizon``, as they were made, each with those of ``posts`` it took."""
    c = t.run.c
    where = [c.school_id == school.key, c.until > horizon]
    if before_run is not None:
        where.append(c.id < before_run)
    rows = connection.execute(select(t.run).where(*where).order_by(c.id)).all()
    taken = _taken(connection, [row.id for row in rows], posts)
    return tuple(
        PastRun(
            key=row.key,
            since=row.since,
            until=row.until,
            policy_version=row.policy_version,
            taken=taken[row.id],
            kind=RunKind(row.kind),
            id=row.id,
        )
        for row in rows
    )


def _taken(connection: Connection, runs: Sequence[int], posts: set[int]) -> Mapping[int, frozenset[int]]:
    taken: dict[int, set[int]] = defaultdict(set)
    for row in connection.execute(select(t.run_post).where(t.run_post.c.run_id.in_(runs))):
        if row.post_id in posts:
            taken[row.run_id].add(row.post_id)
    return {run: frozenset(taken[run]) for run in runs}


def load_switches(
    connection: Connection, school: School, runs: Iterable[PastRun]
) -> dict[int, tuple[Switch, ...]]:
    """Parent -> changes of channel since the oldest of these runs was made, oldest first."""
    c = t.channel_change.c
    changes: dict[int, list[Switch]] = defaultdict(list)
    for row in connection.execute(select(t.channel_change).where(*_since(school, runs)).order_by(c.id)):
        changes[row.parent_id].append(Switch(version=row.policy_version, was=Channel(row.was)))
    return {parent: tuple(switches) for parent, switches in changes.items()}


def who_switched(school: School, runs: Iterable[PastRun]) -> Select[int]:
    """The parents of `load_switches`, for a query: a whole school's are too many to name one by one."""
    return select(t.channel_change.c.parent_id).where(*_since(school, runs))


def _since(school: School, runs: Iterable[PastRun]) -> tuple[ColumnElement[bool], ...]:
    c = t.channel_change.c
    oldest = min((run.policy_version for run in runs), default=None)
    return c.school_id == school.key, false() if oldest is None else c.policy_version > oldest


def first_since(connection: Connection, school: School) -> datetime | None:
    """Where the window of the school's first run began: nothing older is ever owed."""
    since = select(func.min(t.run.c.since)).where(t.run.c.school_id == school.key)
    found: datetime | None = connection.execute(since).scalar()
    return found


def last_run(connection: Connection, school: int) -> int:
    """The newest run of any kind; 0 when there is none."""
    newest = select(func.max(t.run.c.id)).where(t.run.c.school_id == school)
    return int(connection.execute(newest).scalar() or 0)
