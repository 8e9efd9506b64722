"""Rows of what the gates found in posts' texts: open ones hold a post, lifted ones say since when it goes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from pipeline.gates.words import Finding, Gate
from pipeline.model import Purpose, Released, School
from pipeline.store import tables as t
from pipeline.text_rules import Held, release_of


def load_released(connection: Connection, school: School) -> dict[int, frozenset[Released]]:
    """Post -> what people let go of its text."""
    c = t.text_finding.c
    rows = connection.execute(
        select(c.post_id, c.gate, c.subject, c.purpose)
        .where(c.school_id == school.key, c.decision_id.is_not(None))
        .distinct()
    )
    released: dict[int, set[Released]] = defaultdict(set)
    for post, gate, subject, purpose in rows:
        released[post].add(release_of(gate, subject, Purpose(purpose)))
    return {post: frozenset(each) for post, each in released.items()}


def last_lifted(connection: Connection, school: School, purpose: Purpose) -> dict[int, int]:
    """Post -> policy version at which the last finding of that purpose was lifted."""
    c = t.text_finding.c
    rows = connection.execute(
        select(c.post_id, func.max(c.lifted_version).label("version"))
        .where(c.school_id == school.key, c.purpose == purpose, c.lifted_version.is_not(None))
        .group_by(c.post_id)
    )
    return {row.post_id: row.version for row in rows}


def load_held(connection: Connection, *which: ColumnElement[bool]) -> dict[int, tuple[Held, ...]]:
    """Post -> its open findings, in the order in which they were found."""
    c = t.text_finding.c
    held: dict[int, list[Held]] = defaultdict(list)
    for row in connection.execute(select(t.text_finding).where(c.lifted_at.is_(None), *which).order_by(c.id)):
        held[row.post_id].append(_held(row))
    return {post: tuple(each) for post, each in held.items()}


def _held(row: Row[Any]) -> Held:
    return Held(
        key=row.id,
        post=row.post_id,
        revision=row.revision_id,
        gate=Gate(row.gate),
        subject=row.subject,
        pupil=row.pupil_id,
        purpose=Purpose(row.purpose),
        found=tuple(
            Finding(
                gate=Gate(row.gate),
                subject=row.subject,
                words=words,
                place=place,
                photo=photo,
                pupil=row.pupil_id,
            )
            for words, place, photo in json.loads(row.found)
        ),
        since=row.found_version,
    )


def found_text(found: Iterable[Finding]) -> str:
    """What stands in ``text_finding.found``: the words are gone once their pupil is erased."""
    return json.dumps([[each.words, each.place, each.photo] for each in found], ensure_ascii=False)
