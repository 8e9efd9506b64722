"""Putting consent answers into the store: append-only (rule 9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from pipeline.days import age_on, local_date
from pipeline.intake.records import ConsentRecord
from pipeline.model import School
from pipeline.problems import BadInput, Problem
from pipeline.store import tables as t
from pipeline.store.database import Database, lock_school, raise_policy
from pipeline.store.screen import NOTHING, Screened, screen

SIXTEEN = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentSummary:
    new: int
    known: int  #: stood there already
    texts: Screened  #: posts that are held or go by these answers
    remarks: tuple[Problem, ...]


def import_consents(
    database: Database,
    school: School,
    records: Sequence[ConsentRecord],
    remarks: tuple[Problem, ...],
    *,
    file: str,
    now: datetime,
    dry_run: bool = False,
) -> ConsentSummary:
    """Raises `BadInput`, having changed nothing, for a pupil or giver who cannot be."""
    with database.write() as connection:
        lock_school(connection, school.key)
        givers = _Givers(connection, school)
        problems = [problem for record in records if (problem := givers.problem(record, file))]
        if problems:
            raise BadInput(problems)
        rows = [givers.row(record, now) for record in records]
        known = _known(connection, school)
        new = {identity(row): row for row in rows if identity(row) not in known}
        with connection.begin_nested() as trial:
            if new:
                connection.execute(insert(t.consent), list(new.values()))
                raise_policy(connection, school.key)
            texts = screen(connection, school, now) if new else NOTHING
            if dry_run:
                trial.rollback()
    return ConsentSummary(new=len(new), known=len(rows) - len(new), texts=texts, remarks=remarks)


def identity(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("pupil_id", "purpose", "kind", "parent_id", "given_at", "yes"))


def _known(connection: Connection, school: School) -> set[tuple[Any, ...]]:
    c = t.consent.c
    rows = connection.execute(
        select(c.pupil_id, c.purpose, c.kind, c.parent_id, c.given_at, c.yes).where(c.school_id == school.key)
    )
    return {tuple(row) for row in rows}


class _Givers:
    """Who may answer for whom: a parent who has or had a link to the pupil, or the pupil at sixteen."""

    def __init__(self, connection: Connection, school: School) -> None:
        self._school = school
        c = t.pupil.c
        rows = connection.execute(select(c.ref, c.id, c.birth_date).where(c.school_id == school.key))
        self._pupils: dict[str, tuple[int, date | None]] = {row.ref: (row.id, row.birth_date) for row in rows}
        linked = (
            select(t.parent.c.ref, t.pupil.c.ref, t.parent.c.id)
            .join(t.link, t.link.c.parent_id == t.parent.c.id)
            .join(t.pupil, t.pupil.c.id == t.link.c.pupil_id)
            .where(t.parent.c.school_id == school.key)
        )
        self._linked = {(parent, pupil): key for parent, pupil, key in connection.execute(linked)}

    def problem(self, record: ConsentRecord, file: str) -> Problem | None:
        if record.pupil not in self._pupils:
            message = f"there is no pupil {record.pupil!r}; import the roster first, or correct pupil_id"
            return Problem(file=file, line=record.line, message=message)
        if (record.given_by, record.pupil) in self._linked or self._is_of_age(record):
            return None
        message = (
            f"{record.given_by!r} is no parent of pupil {record.pupil!r} and not that pupil at sixteen or"
            " older: only they can answer"
        )
        return Problem(file=file, line=record.line, message=message)

    def _is_of_age(self, record: ConsentRecord) -> bool:
        _, born = self._pupils[record.pupil]
        day = local_date(record.given_at, self._school.zone)
        return record.given_by == record.pupil and born is not None and age_on(born, day) >= SIXTEEN

    def row(self, record: ConsentRecord, now: datetime) -> dict[str, Any]:
        return {
            "school_id": self._school.key,
            "pupil_id": self._pupils[record.pupil][0],
            "purpose": record.purpose,
            "kind": record.kind,
            "yes": record.yes,
            "parent_id": self._linked.get((record.given_by, record.pupil)),
            "given_at": record.given_at,
            "how": record.how,
            "text_version": record.text_version,
            "recorded_at": now,
        }
