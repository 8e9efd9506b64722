"""A school's roster as it stands: as rows of roster.csv, what waits for approval, how its lists are read."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Result, Row, delete, insert, select, update

from pipeline.model import Approval, School
from pipeline.store import tables as t
from pipeline.store.database import Database, lock_school, raise_policy
from pipeline.store.decisions import Decider, keep_decision, refuse_class_parent


def roster_rows(connection: Connection, school: School) -> Iterator[tuple[str, ...]]:
    """The cells of roster.csv (contract.md), a row for each pupil, stint in a group and parent.

    What has ended is not there: an import of these rows changes nothing.
    """
    c = t.pupil.c
    pupils = connection.execute(
        select(t.pupil).where(c.school_id == school.key, c.erased_at.is_(None)).order_by(c.ref)
    ).all()
    stints, parents = _stints(connection, school), _parents(connection, school)
    for pupil in pupils:
        about = (pupil.ref, pupil.first_name, pupil.last_name, _day(pupil.birth_date))
        places, linked = stints.get(pupil.id, []), parents.get(pupil.id, [])
        if not places and not linked:
            continue  # long gone: the file would make them somebody without a group
        for place in places or [("", "", "")]:
            for parent in linked or [("",) * 6]:
                yield (*about, *place, *parent)


def _stints(connection: Connection, school: School) -> dict[int, list[tuple[str, ...]]]:
    c = t.enrolment.c
    rows = connection.execute(
        select(t.enrolment, t.group.c.name)
        .join(t.group, t.group.c.id == c.group_id)
        .where(c.school_id == school.key, ~c.ended)
        .order_by(c.id)
    )
    found: dict[int, list[tuple[str, ...]]] = defaultdict(list)
    for row in rows:
        found[row.pupil_id].append((row.name, _day(row.since), _day(row.until)))
    return found


def _parents(connection: Connection, school: School) -> dict[int, list[tuple[str, ...]]]:
    c, p = t.link.c, t.parent.c
    rows = connection.execute(
        select(c.pupil_id, c.blocked, p.ref, p.name, p.address, p.language, p.channel)
        .join(t.parent, p.id == c.parent_id)
        .where(c.school_id == school.key, ~c.ended, p.erased_at.is_(None))
        .order_by(p.ref)
    )
    found: dict[int, list[tuple[str, ...]]] = defaultdict(list)
    for row in rows:
        access = "blocked" if row.blocked else "yes"
        found[row.pupil_id].append((row.ref, row.name, row.address or "", row.language, row.channel, access))
    return found


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


# What waits for approval.


@dataclass(frozen=True, kw_only=True, slots=True)
class Pending:
    """A link of a parent and a pupil that nobody decided about yet."""

    key: int
    parent: str
    parent_name: str
    address: str | None
    pupil: str
    pupil_name: str
    groups: tuple[str, ...]
    shut_out: bool  #: staff let this parent out before: only a person lets them in again
    others: int  #: pupils for whom the parent is let in already


def pending(connection: Connection, school: School) -> list[Pending]:
    """By group, pupil and parent."""
    c, p, q = t.link.c, t.parent.c, t.pupil.c
    rows: Result[Any] = connection.execute(
        select(
            c.id, c.parent_id, c.pupil_id, p.ref, p.name, p.address, p.shut_out,
            q.ref.label("pupil_ref"), q.first_name, q.last_name,
        )
        .join(t.parent, p.id == c.parent_id)
        .join(t.pupil, q.id == c.pupil_id)
        .where(c.school_id == school.key, c.approval == Approval.UNDECIDED, ~c.ended)
        .where(p.erased_at.is_(None), q.erased_at.is_(None))
    )  # fmt: skip
    groups, others = _stints(connection, school), _let_in(connection, school)
    found = [_pending(row, groups, others) for row in rows.all()]
    return sorted(found, key=lambda each: (each.groups, each.pupil_name, each.parent))


def _let_in(connection: Connection, school: School) -> Mapping[int, int]:
    c = t.link.c
    found: dict[int, int] = defaultdict(int)
    where = (c.school_id == school.key, c.approval == Approval.APPROVED, ~c.ended)
    for row in connection.execute(select(c.parent_id).where(*where)):
        found[row.parent_id] += 1
    return found


def _pending(
    row: Row[Any], groups: Mapping[int, list[tuple[str, ...]]], others: Mapping[int, int]
) -> Pending:
    return Pending(
        key=row.id,
        parent=row.ref,
        parent_name=row.name,
        address=row.address,
        pupil=row.pupil_ref,
        pupil_name=" ".join(filter(None, (row.first_name, row.last_name))),
        groups=tuple(sorted({name for name, _, _ in groups.get(row.pupil_id, ())})),
        shut_out=row.shut_out,
        others=others.get(row.parent_id, 0),
    )


def approve_all(
    database: Database, school: School, stated: Collection[tuple[str, str]], decider: Decider
) -> tuple[list[Pending], list[Pending]]:
    """Let in every waiting link that a roster states, as (parent, pupil); the rest goes on waiting.

    Never a parent whom staff let out. Returns what was let in and what still waits; each parent's decision is
    kept as one of its own (rule 20).
    """
    with database.write() as connection:
        lock_school(connection, school.key)
        refuse_class_parent(connection, school, decider)
        waiting = pending(connection, school)
        chosen = [each for each in waiting if (each.parent, each.pupil) in stated and not each.shut_out]
        if chosen:
            version = raise_policy(connection, school.key)
            keys = [each.key for each in chosen]
            values = {"approval": Approval.APPROVED, "allowed_since": version}
            connection.execute(update(t.link).where(t.link.c.id.in_(keys)).values(**values))
            _keep(connection, school, decider, version, keys)
    return chosen, [each for each in waiting if each not in chosen]


def _keep(
    connection: Connection, school: School, decider: Decider, version: int, links: Collection[int]
) -> None:
    rows = select(t.link.c.parent_id, t.link.c.pupil_id).where(t.link.c.id.in_(links))
    for row in connection.execute(rows).all():
        about = {"parent_id": row.parent_id, "pupil_id": row.pupil_id}
        keep_decision(connection, school, decider, "approve", version, **about)


# How the school's own lists are read.


def known_columns(connection: Connection, school: str) -> dict[str, Any] | None:
    """As `pipeline.intake.columns` writes them; None when no list with own columns was imported yet."""
    rows = select(t.roster_columns.c.columns).join(t.school).where(t.school.c.ref == school)
    found = connection.execute(rows).scalar()
    return dict(json.loads(found)) if found else None


def remember_columns(database: Database, school: School, columns: Mapping[str, Any], at: datetime) -> None:
    with database.write() as connection:
        connection.execute(delete(t.roster_columns).where(t.roster_columns.c.school_id == school.key))
        connection.execute(
            insert(t.roster_columns).values(
                school_id=school.key, columns=json.dumps(columns, ensure_ascii=False), at=at
            )
        )
