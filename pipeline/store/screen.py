"""Searching a school's posts and keeping what was found: who is told, and since when a post may go again.

Whether a post is held the rules find out for themselves, each time anew (`pipeline/text_rules.py`). The rows
say so to people, and remember what the rules cannot see: that it was held until now, so that rule 5 owes it
to whoever should have had it, also when a newsletter went out in between.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from pipeline.days import local_date
from pipeline.facts import Facts
from pipeline.gates.words import Finding
from pipeline.model import Post, PostState, Purpose, RunKind, School, Window
from pipeline.store import tables as t
from pipeline.store.database import raise_policy
from pipeline.store.finding_rows import found_text, load_held
from pipeline.store.snapshot import load_as_it_stands, policy_version
from pipeline.text_rules import Held, findings

#: What goes for each purpose; of several kinds any will do.
_KINDS = {Purpose.APP: RunKind.FEED, Purpose.MAIL: RunKind.WEEKLY}

#: Post, gate, subject and purpose: what one row is about.
Subject = tuple[int, str, str, Purpose]


@dataclass(frozen=True, kw_only=True, slots=True)
class Screened:
    """What a school's posts hold now. Keys are posts'."""

    held: Mapping[int, tuple[Held, ...]]  #: every open row of the posts that were searched
    new: frozenset[int]  #: posts in which something was found that was not before
    lifted: frozenset[int]  #: posts of which something is moot by now
    refs: Mapping[int, str]  #: the school's own ids of all these


NOTHING = Screened(held={}, new=frozenset(), lifted=frozenset(), refs={})


def screen(connection: Connection, school: School, at: datetime, since: datetime | None = None) -> Screened:
    """Search what can still go, and keep the difference. The caller holds the school's lock.

    ``at``: the calendar's now. ``since``: older posts too, from then on.
    """
    oldest = _oldest(connection, school, at)
    look = _Look(connection, school, at, min(oldest, since or oldest))
    standing = {_subject(each): each for some in look.held().values() for each in some}
    new = look.found.keys() - standing.keys()
    moot = [held for subject, held in standing.items() if subject not in look.found]
    if new or moot:
        version = raise_policy(connection, school.key)
        _insert(connection, school, [look.row(subject) for subject in sorted(new)], at, version)
        lift(connection, moot, at, version)
    _renew(
        connection, ((held, look.row(subject)) for subject, held in standing.items() if subject in look.found)
    )
    _note(connection, school, at)
    return Screened(
        held=look.held(),
        new=frozenset(subject[0] for subject in new),
        lifted=frozenset(held.post for held in moot),
        refs=look.refs,
    )


def _oldest(connection: Connection, school: School, at: datetime) -> datetime:
    """Published before it no post is owed: a day more than the setting, since clocks change. Before the first
    run it may be any time."""
    c = t.run.c
    newest = connection.execute(select(func.max(c.until)).where(c.school_id == school.key)).scalar()
    return t.EPOCH if newest is None else min(at, newest) - timedelta(days=school.rules.owed_days + 1)


def _subject(held: Held) -> Subject:
    return held.post, held.gate, held.subject, held.purpose


class _Look:
    """What stands in one school's posts now, for either purpose."""

    def __init__(self, connection: Connection, school: School, at: datetime, since: datetime) -> None:
        self._connection, self._school = connection, school
        self.found: dict[Subject, list[Finding]] = {}
        self._revisions: dict[Subject, int] = {}
        self.refs: dict[int, str] = {}
        if _any_posts(connection, school, since):
            # Its posts say since when they are released for mail alone, which nobody asks here.
            snapshot = load_as_it_stands(connection, school, None, Purpose.MAIL, since)
            for purpose, kind in _KINDS.items():
                window = Window(kind=kind, key="", since=since, until=at, at=at)
                self._search(Facts(snapshot, window), purpose)

    def held(self) -> dict[int, tuple[Held, ...]]:
        return load_held(self._connection, t.text_finding.c.post_id.in_(self.refs)) if self.refs else {}

    def row(self, subject: Subject) -> dict[str, Any]:
        post, gate, told, purpose = subject
        found = self.found[subject]
        return {
            "school_id": self._school.key,
            "post_id": post,
            "revision_id": self._revisions[subject],
            "gate": gate,
            "subject": told,
            "purpose": purpose,
            "pupil_id": found[0].pupil,
            "found": found_text(found),
        }

    def _search(self, facts: Facts, purpose: Purpose) -> None:
        still_shown = self._still_shown(facts)
        for post in facts.snapshot.posts:
            if post.state is PostState.WITHDRAWN:
                continue
            self.refs[post.key] = post.id
            for shown in (post, *(facts.as_shown(post, each) for each in still_shown.get(post.key, ()))):
                for finding in findings(facts, shown):
                    self._add((post.key, finding.gate, finding.subject, purpose), finding, shown)

    def _add(self, subject: Subject, finding: Finding, shown: Post) -> None:
        """Of several texts of a post the present one tells where it stands."""
        if self._revisions.setdefault(subject, shown.content.revision) == shown.content.revision:
            self.found.setdefault(subject, []).append(finding)

    def _still_shown(self, facts: Facts) -> dict[int, list[int]]:
        """Post -> earlier texts of it in mails that still wait: without a row nothing would be owed again to
        those from whom such a text is taken away."""
        if not facts.snapshot.old_contents:
            return {}
        c = t.revision.c
        rows = self._connection.execute(
            select(c.post_id, c.id).where(c.id.in_(facts.snapshot.old_contents)).order_by(c.id.desc())
        )
        found: dict[int, list[int]] = {}
        for post, revision in rows:
            found.setdefault(post, []).append(revision)
        return found


def _any_posts(connection: Connection, school: School, since: datetime) -> bool:
    c = t.post.c
    some = select(c.id).where(c.school_id == school.key, c.published >= since).limit(1)
    return connection.execute(some).first() is not None


def _insert(
    connection: Connection, school: School, rows: Sequence[dict[str, Any]], at: datetime, version: int
) -> None:
    if rows:
        found = {"found_at": at, "found_version": version}
        connection.execute(insert(t.text_finding), [{**row, **found} for row in rows])


def lift(
    connection: Connection, held: Iterable[Held], at: datetime, version: int, decision: int | None = None
) -> None:
    """These hold nothing back any more: the text or consent changed, or by a person's decision."""
    keys = [each.key for each in held]
    if keys:
        values = {"lifted_at": at, "lifted_version": version, "decision_id": decision}
        connection.execute(update(t.text_finding).where(t.text_finding.c.id.in_(keys)).values(**values))


def _renew(connection: Connection, standing: Iterable[tuple[Held, dict[str, Any]]]) -> None:
    """What was found before may stand elsewhere in a newer text."""
    for held, row in standing:
        if (held.revision, found_text(held.found)) != (row["revision_id"], row["found"]):
            values = {name: row[name] for name in ("revision_id", "found")}
            connection.execute(update(t.text_finding).where(t.text_finding.c.id == held.key).values(**values))


# As what the school stood when it was searched.


def _note(connection: Connection, school: School, at: datetime) -> None:
    c = t.text_screen.c
    version, rules, day = _as_it_stands(policy_version(connection, school), school, at)
    values = {"policy_version": version, "rules": rules, "day": day}
    mine = update(t.text_screen).where(c.school_id == school.key).values(**values)
    if not connection.execute(mine).rowcount:
        connection.execute(insert(t.text_screen).values(school_id=school.key, **values))


def _as_it_stands(version: int, school: School, at: datetime) -> tuple[int, str, str]:
    told = json.dumps([asdict(school.rules), school.zone.key, school.language], sort_keys=True)
    rules = sha256(told.encode()).hexdigest()[:16]
    return version, rules, local_date(at, school.zone).isoformat()


def unscreened(connection: Connection, schools: Mapping[int, tuple[School, datetime]]) -> list[int]:
    """Those that stand otherwise than when they were searched: in one query for all, by key, with the
    calendar's now of each."""
    c = t.text_screen.c
    rows = connection.execute(
        select(t.school.c.id, t.school.c.policy_version, c.policy_version, c.rules, c.day)
        .select_from(t.school.outerjoin(t.text_screen, c.school_id == t.school.c.id))
        .where(t.school.c.id.in_(schools))
    )
    return [
        key for key, version, *screened in rows if tuple(screened) != _as_it_stands(version, *schools[key])
    ]
