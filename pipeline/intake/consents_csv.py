"""consents.csv: the answers of families. Whether who gave one may do so is decided by the import (rule 9)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from pipeline.intake.fields import choices, iso_moment, looks_like_date
from pipeline.intake.records import ConsentRecord
from pipeline.intake.table import Table
from pipeline.intake.text import Findings
from pipeline.model import Kind, Purpose
from pipeline.problems import Problem

COLUMNS = ("pupil_id", "purpose", "kind", "answer", "given_by", "given_at")
OPTIONAL = ("how", "text_version")

_Word = TypeVar("_Word", bound=StrEnum)


class _Answer(StrEnum):
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentsFile:
    consents: tuple[ConsentRecord, ...]
    remarks: tuple[Problem, ...] = ()


def read_consents_csv(path: Path, *, zone: ZoneInfo) -> ConsentsFile:
    """The answers in ``path``, their times in UTC; ``zone`` is the school's, for times without an offset.

    A date alone is 00:00 of that day (rule 2). Raises `BadInput` with every mistake in the file.
    """
    findings = Findings(str(path))
    table = Table(path, COLUMNS, OPTIONAL, findings=findings)
    reader = _Reader(table, findings, zone)
    records: dict[ConsentRecord, ConsentRecord] = {}  # without its line -> as read first
    for line, cells in table.rows():
        record = reader.row(line, cells)
        if record:
            records.setdefault(replace(record, line=0), record)
    findings.settle(table.count)
    return ConsentsFile(consents=tuple(records.values()), remarks=findings.remarks)


class _Reader:
    def __init__(self, table: Table, findings: Findings, zone: ZoneInfo) -> None:
        self._table, self._findings, self._zone = table, findings, zone
        self._dated = False

    def row(self, line: int, cells: tuple[str, ...]) -> ConsentRecord | None:
        pupil, purpose_word, kind_word, answer_word, by, at, how, version = cells
        purpose = self._word(line, "purpose", Purpose, purpose_word)
        kind = self._word(line, "kind", Kind, kind_word)
        answer = self._word(line, "answer", _Answer, answer_word)
        given_at = iso_moment(at, self._zone)
        named = self._id(line, "pupil_id", pupil) & self._id(line, "given_by", by)
        if given_at is None:
            self._wrong(line, "given_at", f"given_at is {at!r}; write it as 2026-09-01T09:30")
        self._remark_on_dates(line, at)
        if not (purpose and kind and answer and given_at and named):
            return None
        return ConsentRecord(
            pupil=pupil,
            purpose=purpose,
            kind=kind,
            yes=answer is _Answer.YES,
            given_by=by,
            given_at=given_at,
            how=how,
            text_version=version,
            line=line,
        )

    def _word(self, line: int, column: str, words: type[_Word], text: str) -> _Word | None:
        try:
            return words(text.lower())
        except ValueError:
            self._wrong(line, column, f"{column} is {text!r}; write {choices(words)}")
            return None

    def _id(self, line: int, column: str, value: str) -> bool:
        if value and not looks_like_date(value):
            return True
        self._wrong(line, column, f"{column} is {value!r}; every row needs an id here")
        return False

    def _remark_on_dates(self, line: int, at: str) -> None:
        if looks_like_date(at) and not self._dated:
            self._dated = True
            message = "dates without a time count from 00:00; of two answers at the same moment no wins"
            self._findings.remark(message, line=line, column=self._table.fields["given_at"])

    def _wrong(self, line: int, column: str, message: str) -> None:
        self._findings.problem(message, line=line, column=self._table.fields[column], kind="value")
