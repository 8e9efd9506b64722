"""A roster as an Excel workbook: one sheet with the columns of roster.csv, or with a school's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from pipeline.intake.headings import meaning
from pipeline.intake.own_grid import TITLE_ROWS, Choose, is_own
from pipeline.intake.own_rows import read_own
from pipeline.intake.records import Roster
from pipeline.intake.roster_check import COLUMNS
from pipeline.intake.roster_csv import read_rows
from pipeline.intake.table import Cells, Table
from pipeline.intake.text import Findings, clean, refusal
from pipeline.intake.workbook import Sheet, read_sheets

_ENOUGH = 3  #: headings that make a sheet the roster, however many are misspelt


def read_roster_xlsx(path: Path, *, today: date, choose: Choose) -> Roster:
    """The people in ``path``. Raises `BadInput` with every mistake, by row and column of the sheet.

    The source is that of roster.csv: a school may change between the two, and what is gone ends.
    """
    sheet = _choose(path, read_sheets(path))
    table = _SheetTable(path, sheet)
    for row, column, message in sheet.wrong:
        table.findings.problem(message, line=row, column=column)
    if is_own(_header(sheet)):
        return read_own(table, path, choose, today=today)
    return read_rows(table, path, today=today)


def _choose(path: Path, sheets: list[Sheet]) -> Sheet:
    found = [sheet for sheet in sheets if len(set(_header(sheet)) & set(COLUMNS)) >= _ENOUGH]
    found = found or [sheet for sheet in sheets if _says_enough(sheet)]
    if len(found) > 1:
        names = ", ".join(repr(sheet.title) for sheet in found)
        raise refusal(path, f"has more than one sheet with a roster: {names}; keep the right one")
    if not found and len(sheets) != 1:
        raise refusal(path, f"has no sheet with the columns of a roster, such as {', '.join(COLUMNS)}")
    return found[0] if found else sheets[0]


def _says_enough(sheet: Sheet) -> bool:
    """Whether one of the first rows has a school's own headings."""
    return any(sum(meaning(cell) is not None for cell in row) >= _ENOUGH for row in sheet.rows[:TITLE_ROWS])


def _header(sheet: Sheet) -> list[str]:
    first = next((row for row in sheet.rows if any(map(str.strip, row))), [])
    return [clean(cell)[0].casefold() for cell in first]


class _SheetTable(Table):
    def __init__(self, path: Path, sheet: Sheet) -> None:
        super().__init__(path, COLUMNS, findings=Findings(str(path)))
        self._sheet = sheet

    def _records(self) -> Iterator[Cells]:
        """Sheets have no width of their own: it is that of the header, and empty cells beyond it are none."""
        width = 0
        for number, cells in enumerate(self._sheet.rows, 1):
            filled = max((place for place, cell in enumerate(cells, 1) if cell.strip()), default=0)
            width = width or filled
            if width:
                yield number, cells[: max(width, filled)]
