"""staff.csv: who works at the school, in which role, for which groups."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.intake.fields import Addresses, choices
from pipeline.intake.records import StaffRecord
from pipeline.intake.table import Table
from pipeline.intake.text import WHOLE_SCHOOL, Findings, match_name
from pipeline.model import Role
from pipeline.problems import Problem

COLUMNS = ("staff_id", "name", "email", "role", "groups")
_ROLES = {role.value: role for role in Role}


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffFile:
    staff: tuple[StaffRecord, ...]
    remarks: tuple[Problem, ...] = ()


def read_staff_csv(path: Path) -> StaffFile:
    """The staff in ``path``. Raises `BadInput` with every mistake in it."""
    findings = Findings(str(path))
    reader = _Reader(Table(path, COLUMNS, findings=findings), findings)
    staff = reader.read()
    return StaffFile(staff=staff, remarks=findings.remarks)


class _Reader:
    def __init__(self, table: Table, findings: Findings) -> None:
        self._table, self._findings, self._addresses = table, findings, Addresses()
        self._staff: dict[str, StaffRecord] = {}

    def read(self) -> tuple[StaffRecord, ...]:
        for line, cells in self._table.rows():
            self._row(line, cells)
        self._findings.settle(self._table.count)
        return tuple(self._staff.values())

    def _row(self, line: int, cells: tuple[str, ...]) -> None:
        identity, name, email, word, names = cells
        role = _ROLES.get(word.lower())
        if not identity:
            self._wrong(line, "staff_id", "staff_id is empty; every row needs it")
        if not name or "@" in name:
            self._wrong(line, "name", f"name is {name!r}; write the name, and the address under email")
        if role is None:
            self._wrong(line, "role", f"role is {word!r}; write {choices(Role)}")
        groups = self._groups(line, names)
        if not (role and identity):
            return
        record = StaffRecord(
            id=identity, name=name, email=self._email(line, email), role=role, groups=groups, line=line
        )
        known = self._staff.setdefault(identity, record)
        if replace(record, line=known.line) != known:
            message = f"staff_id {identity} has other values on line {known.line}; one row per person"
            self._findings.problem(message, line=line, column=self._table.fields["staff_id"])

    def _groups(self, line: int, names: str) -> tuple[str, ...]:
        groups: dict[str, str] = {}  # as compared -> as first written
        for name in filter(None, map(str.strip, names.split("|"))):
            groups.setdefault(match_name(name), name)
        if WHOLE_SCHOOL in groups:
            message = "no group is called 'school'; leave groups empty for management, name them for others"
            self._findings.problem(message, line=line, column=self._table.fields["groups"])
        if any("@" in name for name in groups):
            self._wrong(line, "groups", f"groups holds an @ ({names!r}); are the columns shifted?")
        return tuple(groups.values())

    def _email(self, line: int, email: str) -> str:
        address, why = self._addresses.check(email) if email else (None, "")
        if address:
            return address
        message = (
            f"{email!r} is no e-mail address and counts as empty: {why}" if email else "no e-mail address"
        )
        column = self._table.fields["email"]
        self._findings.remark(f"{message}; notices cannot reach this person", line=line, column=column)
        return ""

    def _wrong(self, line: int, column: str, message: str) -> None:
        self._findings.problem(message, line=line, column=self._table.fields[column], kind="value")
