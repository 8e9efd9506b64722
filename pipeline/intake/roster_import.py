"""Putting a roster into the store: all of it in one transaction, or nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, insert, select, update

from pipeline.intake.own_people import settle_people
from pipeline.intake.records import Roster
from pipeline.intake.roster_delta import settle_delta
from pipeline.intake.roster_plan import Change, Plan, Standing, plan_roster
from pipeline.intake.roster_review import Review, review
from pipeline.intake.roster_wrong import refuse_wrong
from pipeline.intake.staff_import import write_staff
from pipeline.model import Approval, School
from pipeline.problems import Problem
from pipeline.store import tables as t
from pipeline.store.channels import note_switches
from pipeline.store.database import Database, lock_school, raise_policy
from pipeline.store.screen import Screened, screen


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterSummary:
    """What the import did, or with ``--dry-run`` would do."""

    new: dict[str, int]
    changed: dict[str, int]
    ended: dict[str, int]
    waiting: int  #: parent-pupil links that wait for approval
    texts: Screened  #: posts that are held or go by who is where now
    review: Review
    remarks: tuple[Problem, ...]


def import_roster(
    database: Database,
    school: School,
    roster: Roster,
    *,
    approve: bool = False,
    force: bool = False,
    dry_run: bool = False,
    today: date,
    now: datetime,
) -> RosterSummary:
    """Raises `BadInput`, having changed nothing, for a file that would change too much (`refuse_wrong`)."""
    with database.write() as connection:
        lock_school(connection, school.key)
        standing = read_standing(connection, school)
        roster = settle_people(settle_delta(roster, standing), standing)
        plan = plan_roster(roster, standing, approve=approve, today=today)
        if not force:
            refuse_wrong(plan, roster, standing)
        shown = review(plan, roster, standing)
        with connection.begin_nested() as trial:
            _write(connection, school, plan, roster)
            texts = screen(connection, school, now)
            summary = _summary(connection, school, plan, roster, shown, texts)
            if dry_run:
                trial.rollback()
    return summary


def stated_links(connection: Connection, school: School, roster: Roster) -> frozenset[tuple[str, str]]:
    """(parent, pupil) of every link that a roster states and does not block, by the school's own numbers."""
    standing = read_standing(connection, school)
    settled = settle_people(settle_delta(roster, standing), standing)
    return frozenset((each.parent, each.pupil) for each in settled.links if not each.blocked)


def read_standing(connection: Connection, school: School) -> Standing:
    def rows(table: Table) -> Iterable[Row[Any]]:
        return connection.execute(select(table).where(table.c.school_id == school.key)).all()

    groups = {row.id: row for row in rows(t.group)}
    # Who was erased (rule 20) is nobody a file could mean: who comes back is new.
    pupils = {row.id: row for row in rows(t.pupil) if row.erased_at is None}
    parents = {row.id: row for row in rows(t.parent) if row.erased_at is None}
    links = [row for row in rows(t.link) if row.parent_id in parents and row.pupil_id in pupils]
    enrolments: dict[tuple[str, str], list[Row[Any]]] = defaultdict(list)
    for row in rows(t.enrolment):
        if row.pupil_id in pupils:
            enrolments[pupils[row.pupil_id].ref, groups[row.group_id].match].append(row)
    return Standing(
        groups={row.match: row for row in groups.values()},
        pupils={row.ref: row for row in pupils.values()},
        parents={row.ref: row for row in parents.values()},
        links={(parents[row.parent_id].ref, pupils[row.pupil_id].ref): row for row in links},
        enrolments=dict(enrolments),
    )


def _write(connection: Connection, school: School, plan: Plan, roster: Roster) -> None:
    version = raise_policy(connection, school.key) if plan else 0
    if plan:
        _write_plan(connection, school, plan, version)
    # After the groups, of which staff would make those that are missing.
    # Changes take no group away, and neither does a file that doesn't say who teaches what.
    keep = roster.delta is not None or not any(person.groups for person in roster.staff)
    if write_staff(connection, school, roster.staff, keep_roles=True, keep_groups=keep) and not plan:
        raise_policy(connection, school.key)


def _write_plan(connection: Connection, school: School, plan: Plan, version: int) -> None:
    _write_rows(connection, t.group, plan.groups, lambda change: {"school_id": school.key})
    _write_rows(connection, t.pupil, plan.pupils, lambda change: {"school_id": school.key, "ref": change.id})
    _write_parents(connection, school, plan, version)
    known = read_standing(connection, school)
    _write_links(connection, school, plan, known, version)
    _write_rows(
        connection,
        t.enrolment,
        plan.enrolments,
        lambda change: {
            "school_id": school.key,
            "pupil_id": known.pupils[change.id[0]].id,
            "group_id": known.groups[change.id[1]].id,
        },
    )


def _write_parents(connection: Connection, school: School, plan: Plan, version: int) -> None:
    for change in plan.parents:
        if change.lets_in or change.key is None:
            change.values["channel_since"] = version
    channels = {c.key: c.values["channel"] for c in plan.parents if c.key and "channel" in c.values}
    if channels:
        note_switches(connection, school.key, version, channels)
    _write_rows(
        connection,
        t.parent,
        plan.parents,
        lambda change: {
            "school_id": school.key,
            "ref": change.id,
            "channel_chosen": False,
            "shut_out": False,
        },
    )


def _write_links(connection: Connection, school: School, plan: Plan, known: Standing, version: int) -> None:
    for change in plan.links:
        if change.lets_in:
            change.values["allowed_since"] = version
    _write_rows(
        connection,
        t.link,
        plan.links,
        lambda change: {
            "school_id": school.key,
            "parent_id": known.parents[change.id[0]].id,
            "pupil_id": known.pupils[change.id[1]].id,
        },
    )


def _write_rows(connection: Connection, table: Table, changes: list[Change], fixed: Any) -> None:
    """New rows in one go; changed ones grouped by what changes."""
    new = [{**fixed(change), **change.values} for change in changes if change.key is None]
    if new:
        connection.execute(insert(table), new)
    by_columns: dict[tuple[str, ...], list[Change]] = defaultdict(list)
    for change in changes:
        if change.key is not None:
            by_columns[tuple(sorted(change.values))].append(change)
    for columns, some in by_columns.items():
        statement = (
            update(table)
            .where(table.c.id == bindparam("key_"))
            .values({column: bindparam(f"new_{column}") for column in columns})
        )
        connection.execute(
            statement,
            [{"key_": c.key, **{f"new_{name}": value for name, value in c.values.items()}} for c in some],
        )


def _summary(
    connection: Connection, school: School, plan: Plan, roster: Roster, shown: Review, texts: Screened
) -> RosterSummary:
    kinds = {
        "pupils": plan.pupils,
        "groups": plan.groups,
        "parents": plan.parents,
        "links": plan.links,
        "enrolments": plan.enrolments,
    }
    ended = {"links": plan.links_ended, "enrolments": plan.enrolments_ended}
    c = t.link.c
    waiting = connection.execute(
        select(c.id).where(c.school_id == school.key, c.approval == Approval.UNDECIDED, ~c.ended)
    ).all()
    return RosterSummary(
        new={kind: sum(c.key is None for c in changes) for kind, changes in kinds.items()},
        changed={
            kind: sum(c.key is not None for c in changes) - ended.get(kind, 0)
            for kind, changes in kinds.items()
        },
        ended=ended,
        waiting=len(waiting),
        texts=texts,
        review=shown,
        remarks=roster.remarks,
    )
