"""A CSV file as rows of clean cells in the order that a reader wants, each with the line it starts on.

RFC 4180 with what spreadsheets make of it: comma or semicolon, any line end, quotes, blank lines.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.intake.text import Findings, Open, clean, open_file, text_lines

if TYPE_CHECKING:
    import _csv

MAX_CELL = 1000  #: characters; no name, id or address is longer, a quote that was never closed is
MAX_ROWS = 250_000  #: a school of ten thousand pupils has a tenth of it in its roster

Cells = tuple[int, list[str]]  #: the line that a row starts on, and its cells as written


class Table:
    """One CSV file. ``columns`` must all be in its header, ``optional`` ones read as empty where missing.

    A misspelled column would otherwise silently mean "nobody is blocked", so no column of ``columns``
    may be left out, however empty. ``aliases`` are other headings under which a column is known.
    """

    def __init__(
        self,
        file: Path | Open,
        columns: Sequence[str],
        optional: Sequence[str] = (),
        *,
        findings: Findings,
        aliases: Mapping[str, str] | None = None,
        limit: int = MAX_ROWS,
    ) -> None:
        self._open: Open = partial(open_file, file) if isinstance(file, Path) else file
        self.findings, self._limit = findings, limit
        self._required, self._wanted = tuple(columns), (*columns, *optional)
        self._known = {name.casefold(): name for name in self._wanted}
        self._known |= {other.casefold(): name for other, name in (aliases or {}).items()}
        self.fields: dict[str, int] = {}  #: column -> field number in this file, 1 is the first
        self.count = 0  #: rows that hold anything, so far

    def rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Line and cells (``columns``, then ``optional``) of each row; the findings say what is wrong."""
        records = self._records()
        line, header = next(records, (0, None))
        if header is None:
            if not self.findings.failed:
                self.findings.problem("the file is empty: its first line must name the columns", line=1)
            return
        if self._header(header, line):
            yield from self._rows(records, len(header))

    def grid(self) -> Iterator[Cells]:
        """Every row that holds anything, from the first, whatever its columns are: clean and of one width."""
        width = 0
        for line, cells in self._records():
            width = max(width, len(cells))
            kept = self._clean(line, [*cells, *[""] * (width - len(cells))])
            if any(kept):
                yield line, kept

    def _records(self) -> Iterator[Cells]:
        """The header and every row after it, as the file has them."""
        lines = text_lines(self._open, self.findings)
        blank, header = 0, ""
        for header in lines:
            if header.strip():
                break
            blank += 1
        else:
            return
        delimiter = self._delimiter(header)
        yield from self._parsed(csv.reader(chain([header], lines), delimiter=delimiter, strict=True), blank)

    def _delimiter(self, header: str) -> str:
        return max(",;", key=lambda each: len(set(self._split(header, each)) & set(self._wanted)))

    def _parsed(self, reader: _csv.Reader, blank: int) -> Iterator[Cells]:
        line = blank + 1
        try:
            for cells in reader:
                yield line, cells
                line = blank + reader.line_num + 1
        except csv.Error as error:
            self.findings.problem(_quote_word(str(error)), line=line)

    def _split(self, header: str, delimiter: str) -> list[str]:
        try:
            return self._names(next(csv.reader([header], delimiter=delimiter)))
        except csv.Error:
            return []

    def _names(self, cells: list[str]) -> list[str]:
        names = (clean(cell)[0].casefold() for cell in cells)
        return [self._known.get(name, name) for name in names]

    def _rows(self, records: Iterator[Cells], width: int) -> Iterator[tuple[int, tuple[str, ...]]]:
        pick = itemgetter(*(self.fields.get(name, 0) - 1 for name in self._wanted))
        named = max(self.fields.values())  # headings that a program left empty at the end may lack cells
        for line, cells in records:
            if len(cells) != width:
                cells = self._fitted(line, cells, named, width)
            kept = self._clean(line, cells)
            if any(kept):
                self.count += 1
                yield line, pick([*kept, ""])
            if self.count > self._limit:
                message = f"the file has over {self._limit:,} rows, more than a school; is it the right one?"
                self.findings.problem(message, line=line)
                return

    def _fitted(self, line: int, cells: list[str], named: int, width: int) -> list[str]:
        """The row in the header's width; nothing of one whose values are shifted."""
        if named <= len(cells) < width:
            return [*cells, *[""] * (width - len(cells))]
        if any(map(str.strip, cells)):
            self.count += 1
            self._shifted(line, len(cells), width)
        return []

    def _header(self, header: list[str], line: int) -> bool:
        """Take the columns' places; False when the rows cannot be read by them."""
        names = self._names(header)
        self.fields = {name: number for number, name in reversed(list(enumerate(names, 1))) if name}
        for name in sorted({name for name in self.fields if names.count(name) > 1}):
            column = len(names) - names[::-1].index(name)
            self.findings.problem(f"column {name!r} stands twice in the header", line=line, column=column)
        missing = [name for name in self._required if name not in self.fields]
        unknown = [name for name in names if name and name not in self._wanted]
        if missing:
            self.findings.problem(_missing_word(missing, unknown, header), line=line)
        elif unknown:
            self.findings.remark(f"columns not used: {', '.join(dict.fromkeys(unknown))}", line=line)
        return not self.findings.failed

    def _clean(self, line: int, cells: list[str]) -> list[str]:
        joined = "".join(cells)
        if len(joined) <= MAX_CELL and joined.isprintable() and unicodedata.is_normalized("NFC", joined):
            return [cell.strip() for cell in cells]  # nearly every row: parts of NFC text are NFC
        return [self._clean_cell(line, number, cell) for number, cell in enumerate(cells, 1)]

    def _clean_cell(self, line: int, number: int, cell: str) -> str:
        kept, had_controls = clean(cell)
        if had_controls:
            self.findings.remark("control characters were left out of this field", line=line, column=number)
        if len(kept) > MAX_CELL:
            self.findings.problem(
                f"this field has {len(kept)} characters, more than {MAX_CELL}: is a quote not closed?",
                line=line,
                column=number,
            )
        return kept

    def _shifted(self, line: int, found: int, width: int) -> None:
        self.findings.problem(
            f"this row has {found} fields, the header has {width}: its values are shifted. "
            "A value that holds the separator must stand between double quotes",
            line=line,
            kind="width",
        )


def _missing_word(missing: list[str], unknown: list[str], header: list[str]) -> str:
    words = []
    for name in missing:
        near = get_close_matches(name, unknown, n=1, cutoff=0.75)
        words.append(f"{name} (is {near[0]!r} meant?)" if near else name)
    tabs = (
        " The columns are separated by tabs; save with commas or semicolons."
        if any("\t" in name for name in header)
        else ""
    )
    return f"missing columns: {', '.join(words)}. A column may be empty but not left out.{tabs}"


def _quote_word(error: str) -> str:
    if "field limit" in error or "end of data" in error:
        return (
            "a double quote is opened in this row and never closed; a quote inside a value is written twice"
        )
    return "after a closing double quote comes more text; a quote inside a value is written twice"
