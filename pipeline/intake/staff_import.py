"""Putting staff into the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from pipeline.intake.records import StaffRecord
from pipeline.intake.text import match_name
from pipeline.model import School
from pipeline.problems import Problem
from pipeline.store import tables as t
from pipeline.store.database import Database, lock_school, raise_policy


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffSummary:
    new: int
    changed: int
    remarks: tuple[Problem, ...]


def import_staff(
    database: Database,
    school: School,
    staff: Sequence[StaffRecord],
    remarks: tuple[Problem, ...],
    *,
    file: str,
    dry_run: bool = False,
) -> StaffSummary:
    """Add and update; who is not in the file stays (contract.md)."""
    with database.write() as connection:
        lock_school(connection, school.key)
        known = set(
            connection.execute(select(t.group.c.match).where(t.group.c.school_id == school.key)).scalars()
        )
        before = set(
            connection.execute(select(t.staff.c.ref).where(t.staff.c.school_id == school.key)).scalars()
        )
        with connection.begin_nested() as trial:
            changed = write_staff(connection, school, staff)
            if changed:
                raise_policy(connection, school.key)
            if dry_run:
                trial.rollback()
    new = sum(person.id not in before for person in staff)
    unknown = tuple(
        Problem(
            file=file,
            line=person.line,
            message=f"group {group!r} has no pupils yet; is it spelt as in the roster?",
        )
        for person in staff
        for group in person.groups
        if match_name(group) not in known
    )
    return StaffSummary(new=new, changed=changed - new, remarks=(*remarks, *unknown))


def write_staff(
    connection: Connection,
    school: School,
    staff: Sequence[StaffRecord],
    *,
    keep_roles: bool = False,
    keep_groups: bool = False,
) -> int:
    """How many were new or changed.

    ``keep_roles``: a format without roles and addresses overrules none. ``keep_groups``: groups
    are added and none is taken away.
    """
    groups = _group_keys(connection, school, staff)
    c = t.staff.c
    standing = {row.ref: row for row in connection.execute(select(t.staff).where(c.school_id == school.key))}
    changed = 0
    for person in staff:
        values = {"name": person.name, "email": person.email, "role": person.role}
        row = standing.get(person.id)
        if row is None:
            added = insert(t.staff).values(school_id=school.key, ref=person.id, **values).returning(c.id)
            key, different = int(connection.execute(added).scalar_one()), True
        else:
            key, different = row.id, False
            if keep_roles:
                values = {"name": person.name}
            if any(getattr(row, name) != value for name, value in values.items()):
                connection.execute(update(t.staff).where(c.id == key).values(**values))
                different = True
        wanted = {groups[match_name(group)] for group in person.groups}
        changed += _write_groups(connection, key, wanted, keep_groups) or different
    return changed


def _write_groups(connection: Connection, staff: int, wanted: set[int], keep: bool) -> bool:
    c = t.staff_group.c
    have = set(connection.execute(select(c.group_id).where(c.staff_id == staff)).scalars())
    wanted = wanted | have if keep else wanted
    if have == wanted:
        return False
    connection.execute(delete(t.staff_group).where(c.staff_id == staff))
    if wanted:
        connection.execute(
            insert(t.staff_group), [{"staff_id": staff, "group_id": g} for g in sorted(wanted)]
        )
    return True


def _group_keys(connection: Connection, school: School, staff: Sequence[StaffRecord]) -> dict[str, int]:
    """Group keys by match; a group that only staff have so far is made too."""
    c = t.group.c
    known = {
        row.match: row.id for row in connection.execute(select(t.group).where(c.school_id == school.key))
    }
    for person in staff:
        for group in person.groups:
            if match_name(group) not in known:
                added = insert(t.group).values(school_id=school.key, name=group, match=match_name(group))
                known[match_name(group)] = int(connection.execute(added.returning(c.id)).scalar_one())
    return known
