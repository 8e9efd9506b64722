"""Reading one school in a handful of bulk queries: never a query per parent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, select

from pipeline.model import (
    CHANNEL_OF,
    PURPOSE_OF,
    Approval,
    Channel,
    ConsentAnswer,
    Enrolment,
    Group,
    Guardianship,
    Kind,
    Parent,
    PastRun,
    Post,
    Pupil,
    Purpose,
    Role,
    RunKind,
    School,
    Snapshot,
    Staff,
    Window,
    serves,
)
from pipeline.store import tables as t
from pipeline.store.agenda_rows import with_agenda
from pipeline.store.finding_rows import load_released
from pipeline.store.past_items import FAILED, had, items_of, of_passed_over
from pipeline.store.past_runs import first_since, last_run, load_runs, load_switches
from pipeline.store.post_rows import load_posts, open_contents

#: Posts older than so many times what rule 5 can owe are not read; the rest is for `explain`.
_SLACK = 2

# Looked up rather than made: an enumeration's constructor is slow, and a large school has 10,000 such rows.
_CHANNELS = {str(each): each for each in Channel}
_APPROVALS = {str(each): each for each in Approval}
_PURPOSES = {str(each): each for each in Purpose}
_KINDS = {str(each): each for each in Kind}


def load(
    connection: Connection,
    school: School,
    languages: Iterable[str],
    *,
    window: Window,
    before_run: int | None = None,
) -> Snapshot:
    """Everything that the rules ask of one school, for a run of that window.

    ``before_run`` is the run being gone on with: later runs and itself are not "earlier runs" then.
    """
    snapshot = _posts_and_people(connection, school, languages, window, before_run)
    return with_agenda(connection, snapshot, window)


def _posts_and_people(
    connection: Connection, school: School, languages: Iterable[str], window: Window, before_run: int | None
) -> Snapshot:
    horizon = _horizon(school, window)
    snapshot = load_as_it_stands(connection, school, languages, PURPOSE_OF[CHANNEL_OF[window.kind]], horizon)
    posts = snapshot.posts
    past = load_runs(connection, school, horizon, {post.key for post in posts}, before_run)
    failed = items_of(connection, school, FAILED)
    passed_over = items_of(connection, school, of_passed_over(school, past))
    lost = {post for posts_of in (*failed.values(), *passed_over.values()) for post in posts_of}
    return replace(
        snapshot,
        runs=past,
        had=had(connection, school, _unsettled(window.kind, posts, past, lost), past),
        failed=failed,
        switches=load_switches(connection, school, past),
        passed_over=passed_over,
        newcomers=_newcomers(connection, school),
        first_since=first_since(connection, school),
        last_run=last_run(connection, school.key),
    )


def load_as_it_stands(
    connection: Connection,
    school: School,
    languages: Iterable[str] | None,
    purpose: Purpose,
    since: datetime,
) -> Snapshot:
    """People, consents and the posts published since then, without what runs made of them.

    ``languages``: those that parents can be written to in; None leaves the parents themselves out.
    """
    posts = load_posts(connection, school, since, purpose)
    return Snapshot(
        school=school,
        policy_version=policy_version(connection, school),
        groups=_groups(connection, school),
        pupils=_pupils(connection, school),
        parents=() if languages is None else tuple(_parents(connection, school, frozenset(languages))),
        guardianships=tuple(_guardianships(connection, school)),
        enrolments=tuple(_enrolments(connection, school)),
        staff=_staff(connection, school),
        consents=tuple(_consents(connection, school)),
        posts=posts,
        runs=(),
        had={},
        failed={},
        old_contents=open_contents(connection, school, {post.content.revision for post in posts}),
        released=load_released(connection, school),
    )


def _horizon(school: School, window: Window) -> datetime:
    """Posts and runs from before this no run of that window could still owe or ask about."""
    slack = window.until - timedelta(days=school.rules.owed_days * _SLACK)
    return min(slack, window.since, window.carried_from or slack)


def is_current(connection: Connection, snapshot: Snapshot, school: School) -> bool:
    """Whether nothing that a rule reads has been written or set since it was read (rule 16)."""
    return snapshot.school == school and snapshot.policy_version == policy_version(connection, school)


def policy_version(connection: Connection, school: School) -> int:
    query = select(t.school.c.policy_version).where(t.school.c.id == school.key)
    return int(connection.execute(query).scalar_one())


def _of(table: Any, school: School) -> Any:
    return table.c.school_id == school.key


def _groups(connection: Connection, school: School) -> dict[int, Group]:
    rows = connection.execute(select(t.group.c.id, t.group.c.name).where(_of(t.group, school)))
    return {row.id: Group(key=row.id, name=row.name) for row in rows}


def _pupils(connection: Connection, school: School) -> dict[int, Pupil]:
    c = t.pupil.c
    rows = connection.execute(
        select(c.id, c.ref, c.birth_date, c.first_name, c.last_name).where(_of(t.pupil, school))
    ).all()
    return {
        key: Pupil(key=key, id=ref, birth_date=birth_date, first_name=first_name, last_name=last_name)
        for key, ref, birth_date, first_name, last_name in rows
    }


def _parents(connection: Connection, school: School, languages: frozenset[str]) -> Iterable[Parent]:
    """In the order of the roster's ids, so that two runs of the same facts come out the same."""
    where = and_(_of(t.parent, school), t.parent.c.erased_at.is_(None))
    c = t.parent.c
    columns = (c.id, c.ref, c.name, c.address, c.language, c.channel, c.suppressed_at, c.channel_since)
    rows = connection.execute(select(*columns).where(where).order_by(c.id)).all()
    for key, ref, name, address, language, channel, suppressed_at, channel_since in rows:
        yield Parent(
            key=key,
            id=ref,
            name=name,
            address=address,
            language=_language(language, languages, school),
            channel=_CHANNELS[channel],
            suppressed=suppressed_at is not None,
            channel_since=channel_since,
        )


def _language(tag: str, languages: frozenset[str], school: School) -> str:
    """The parent's, by its first part ("en-gb" is English to us), or else the school's."""
    first = tag.partition("-")[0]
    return first if first in languages else school.language


def _guardianships(connection: Connection, school: School) -> Iterable[Guardianship]:
    c = t.link.c
    columns = (c.parent_id, c.pupil_id, c.approval, c.blocked, c.ended, c.since, c.until, c.allowed_since)
    rows = connection.execute(select(*columns).where(_of(t.link, school))).all()
    for parent, pupil, approval, blocked, ended, since, until, allowed_since in rows:
        yield Guardianship(
            parent=parent,
            pupil=pupil,
            approval=_APPROVALS[approval],
            blocked=blocked,
            ended=ended,
            since=since,
            until=until,
            allowed_since=allowed_since,
        )


def _enrolments(connection: Connection, school: School) -> Iterable[Enrolment]:
    c = t.enrolment.c
    columns = (c.pupil_id, c.group_id, c.since, c.until, c.ended)
    rows = connection.execute(select(*columns).where(_of(t.enrolment, school))).all()
    for pupil, group, since, until, ended in rows:
        yield Enrolment(pupil=pupil, group=group, since=since, until=until, ended=ended)


def _staff(connection: Connection, school: School) -> dict[int, Staff]:
    groups: dict[int, set[int]] = defaultdict(set)
    joined = select(t.staff_group).join(t.staff).where(_of(t.staff, school))
    for row in connection.execute(joined):
        groups[row.staff_id].add(row.group_id)
    return {
        row.id: Staff(
            key=row.id,
            id=row.ref,
            name=row.name,
            email=row.email,
            role=Role(row.role),
            groups=frozenset(groups[row.id]),
        )
        for row in connection.execute(select(t.staff).where(_of(t.staff, school)))
    }


def _consents(connection: Connection, school: School) -> Iterable[ConsentAnswer]:
    c = t.consent.c
    columns = (c.pupil_id, c.purpose, c.kind, c.yes, c.parent_id, c.given_at)
    rows = connection.execute(select(*columns).where(_of(t.consent, school))).all()
    for pupil, purpose, kind, yes, by, given_at in rows:
        yield ConsentAnswer(
            pupil=pupil, purpose=_PURPOSES[purpose], kind=_KINDS[kind], yes=yes, by=by, given_at=given_at
        )


def _unsettled(kind: RunKind, posts: Iterable[Post], runs: Iterable[PastRun], lost: set[int]) -> set[int]:
    """Posts that somebody who kept their channel could be owed: of these it matters who has had them."""
    if kind is RunKind.URGENT:
        return {post.key for post in posts if post.urgent}
    runs = [run for run in runs if serves(run.kind, CHANNEL_OF[kind])]
    last = {post: run for run in runs for post in run.taken if run.kind is not RunKind.URGENT}
    closed = max((run.until for run in runs if kind is run.kind is RunKind.WEEKLY), default=None)
    return {
        post.key
        for post in posts
        if post.key not in last
        or (closed is not None and post.published >= closed)  # published anew under its old id
        or post.key in lost
        or post.released_since > last[post.key].policy_version
    }


def _newcomers(connection: Connection, school: School) -> frozenset[int]:
    p, d = t.parent.c, t.delivery.c
    mailed = select(d.id).where(d.parent_id == p.id, d.handed_at.is_not(None)).exists()
    rows = connection.execute(select(p.id).where(_of(t.parent, school), ~mailed))
    return frozenset(rows.scalars())
