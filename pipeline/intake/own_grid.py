"""The headings of a school's own list: where they stand, and what says whether it is one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline.intake.columns import Columns
from pipeline.intake.headings import meaning
from pipeline.intake.roster_check import COLUMNS
from pipeline.intake.roster_csv import MAX_ROWS
from pipeline.intake.table import Cells, Table
from pipeline.intake.text import Findings

TITLE_ROWS = 10  #: above the headings may stand so many rows with a title or nothing


@dataclass(frozen=True, kw_only=True, slots=True)
class Headings:
    """What stands above a list."""

    file: str
    line: int
    names: tuple[str, ...]  #: each once: a second one of the same name is ``NAME (2)``
    samples: tuple[tuple[str, ...], ...]  #: the first rows below them


class Choose(Protocol):
    """Says which columns hold what."""

    @property
    def expected(self) -> frozenset[str]:
        """Headings that tell the row of headings from what stands above it; empty when none are known."""

    def __call__(self, headings: Headings) -> Columns:
        """Raises `BadInput` when the headings are not understood."""


class OwnCsv(Table):
    """A CSV file whose separator its first lines tell, tabs among them."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, COLUMNS, findings=Findings(str(path)))

    def _delimiter(self, header: str) -> str:
        with self._open() as file:
            first = file.read(4096).decode("utf-8", "replace").splitlines()[: TITLE_ROWS + 1]
        return max(";,\t", key=lambda each: max((line.count(each) for line in first), default=0))


def is_own(names: Sequence[str]) -> bool:
    """Whether headings are a school's own, not those of roster.csv, whose misspellings must show."""
    known = {name.casefold() for name in names} & set(COLUMNS)
    return len(known) < 3


def headings_of(table: Table, path: Path) -> tuple[str, ...]:
    """The headings alone; () for a file that cannot be read, which the reader tells better."""
    grid = [row for _, row in zip(range(TITLE_ROWS + 1), table.grid(), strict=False)]
    return headings_in(str(path), grid, frozenset())[0].names if grid and not table.findings.failed else ()


def limited(table: Table) -> Iterator[Cells]:
    for count, row in enumerate(table.grid()):
        if count > MAX_ROWS:
            table.findings.problem(f"the file has over {MAX_ROWS:,} rows, more than a school", line=row[0])
            return
        yield row


def headings_in(
    file: str, grid: Sequence[Cells], expected: frozenset[str]
) -> tuple[Headings, Sequence[Cells]]:
    """The row of the first few that has what is expected, or says most; and what stands below it."""
    if not grid:
        return Headings(file=file, line=1, names=(), samples=()), ()

    def said(at: int) -> tuple[int, int]:
        cells = grid[at][1]
        return len(expected.intersection(_each_once(cells))), sum(meaning(cell) is not None for cell in cells)

    at = max(range(min(len(grid), TITLE_ROWS)), key=said)
    line, cells = grid[at]
    samples = tuple(tuple(row) for _, row in grid[at + 1 : at + 4])
    return Headings(file=file, line=line, names=tuple(_each_once(cells)), samples=samples), grid[at + 1 :]


def _each_once(cells: Sequence[str]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for cell in cells:
        seen[cell.casefold()] = count = seen.get(cell.casefold(), 0) + 1
        yield cell if count == 1 or not cell else f"{cell} ({count})"
