"""The checks that tell a shifted row of roster.csv from a right one, cell by cell."""

from __future__ import annotations

from datetime import date, timedelta

from pipeline.intake.fields import iso_date, looks_like_date
from pipeline.intake.table import Table

COLUMNS = (
    "pupil_id",
    "pupil_first_name",
    "pupil_last_name",
    "pupil_birth_date",
    "group",
    "enrolled_from",
    "enrolled_until",
    "parent_id",
    "parent_name",
    "parent_email",
    "language",
    "channel",
    "access",
)


class RowCheck:
    """The checks of one cell; each notes what is wrong under its column and says whether it was right."""

    def __init__(self, table: Table, today: date) -> None:
        self._table, self._last_birth = table, today + timedelta(days=1)

    def wrong(self, line: int, column: str, kind: str, message: str) -> bool:
        self._table.findings.problem(message, line=line, column=self._table.fields[column], kind=kind)
        return False

    def remark(self, line: int, column: str, message: str) -> None:
        self._table.findings.remark(message, line=line, column=self._table.fields[column])

    def id(self, line: int, column: str, value: str) -> bool:
        if not value:
            return self.wrong(line, column, "empty", f"{column} is empty; every row needs it")
        if looks_like_date(value):
            return self.wrong(line, column, "date", f"{column} is the date {value}; are the columns shifted?")
        return True

    def name(self, line: int, column: str, value: str) -> bool:
        if "@" in value:
            return self.wrong(
                line, column, "at", f"{column} holds an @ ({value!r}); are the columns shifted?"
            )
        if looks_like_date(value):
            return self.wrong(line, column, "date", f"{column} is the date {value}; are the columns shifted?")
        return True

    def date(self, line: int, column: str, value: str) -> bool:
        if not value or iso_date(value):
            return True
        hint = "write it as 2015-06-21 (year-month-day), between 1900 and 2199, or leave it empty"
        return self.wrong(line, column, "iso", f"{column} is {value!r}; {hint}")

    def birth(self, line: int, column: str, value: str) -> bool:
        if not self.date(line, column, value):
            return False
        born = iso_date(value)
        if born and born > self._last_birth:
            return self.wrong(line, column, "future", f"{column} {value} lies in the future")
        return True
