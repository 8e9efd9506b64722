"""The first cells of an Excel workbook's sheets as text, at a cost that is known before it is opened.

Only what Excel last showed is read: of a formula the stored value, nothing is ever calculated. XML goes
through defusedxml, which openpyxl uses where it is installed.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import Workbook, load_workbook

from pipeline.intake.bundle import DAMAGED
from pipeline.intake.text import open_file, refusal

MAX_ROWS = 15_000  #: of a sheet, empty ones too; a school of two thousand pupils has a third of it
MAX_COLUMNS = 64
MAX_XML = 20_000_000  #: bytes of XML in the workbook, unpacked: what memory follows from
MAX_MARKS = 1_600_000  #: elements and attributes of the cells: what time follows from, some three seconds
_MAX_ROW = 150_000  #: of them in one row, all of which are held at once
_MAX_LOOKS = 40_000  #: of them in styles and the rest

_TOO_LARGE = "save the list by itself as CSV UTF-8 and import that"
_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"}
_ESCAPED = re.compile(r"_x(00[01][0-9A-Fa-f]|007F|00[89][0-9A-Fa-f])_")  # how XML holds control characters
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_ROW = re.compile(rb"<(?:\w+:)?row(?=[\s>/])")
_DECLARED = re.compile(rb"""\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\sencoding\s*=\s*["']([^"']*)""")
_ENCODINGS = {
    b"utf-8",
    b"us-ascii",
    b"iso-8859-1",
}  #: what is looked for here is the same bytes in all of them
_NUMBER = re.compile(rb"""<(?:\w+:)?row\s(?:[^<>]{0,200}\s)?r=["'](\d{1,18})["']""")
_PRECISE = 10**15  #: from here on Excel keeps no last digit


@dataclass(slots=True)
class Sheet:
    title: str
    rows: list[list[str]] = field(default_factory=list)  #: row 1 first, each of `MAX_COLUMNS` cells at most
    wrong: list[tuple[int, int, str]] = field(default_factory=list)  #: row, column and what is wrong


def read_sheets(path: Path) -> list[Sheet]:
    """The visible sheets. Raises `BadInput` for what is no workbook, or a larger one than a roster."""
    with open_file(path) as file:
        formulas = _weigh(path, file)
        file.seek(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of openpyxl, about looks and lists that it doesn't know
            try:
                return list(_sheets(path, file, formulas))
            except _Refused as error:
                raise refusal(path, str(error)) from error
            # A damaged workbook makes openpyxl raise nearly anything.
            except Exception as error:
                message = f"cannot be read as a workbook ({type(error).__name__}); {_TOO_LARGE}"
                raise refusal(path, message) from error


class _Refused(Exception):
    """The message is for people."""


def _weigh(path: Path, file: BinaryIO) -> bool:
    """Refuse what would be costly to read, by the archive's own list; whether there are formulas."""
    try:
        with zipfile.ZipFile(file) as archive:
            parts = [each for each in archive.infolist() if each.filename.endswith((".xml", ".rels"))]
            size = sum(each.file_size for each in parts)
            if size > MAX_XML:
                message = f"unpacks to {size / 1e6:.0f} MB, more than {MAX_XML / 1e6:g} MB; {_TOO_LARGE}"
                raise refusal(path, message)
            weights = [_weight(each.filename, archive.read(each)) for each in parts]
    except _Refused as error:
        raise refusal(path, str(error)) from error
    except (*DAMAGED, RuntimeError) as error:  # RuntimeError: it wants a password
        raise refusal(path, f"is a damaged workbook ({error}); open and save it in Excel") from error
    formulas = any(weight.formulas for weight in weights)
    costly = sum(weight.cells for weight in weights) * (2 if formulas else 1) > MAX_MARKS
    costly |= sum(weight.looks for weight in weights) > _MAX_LOOKS
    if costly or max((weight.row for weight in weights), default=0) > _MAX_ROW:
        raise refusal(path, f"has more filled cells or styles than a roster; {_TOO_LARGE}")
    return formulas


@dataclass(frozen=True, kw_only=True, slots=True)
class _Weight:
    """Marks are what XML is made of: the starts and ends of elements, and attributes."""

    cells: int = 0  #: marks of sheets and their strings
    row: int = 0  #: the most of one row
    looks: int = 0  #: marks of all else, which openpyxl takes much longer for
    formulas: bool = False


def _weight(name: str, content: bytes) -> _Weight:
    if b"<!DOCTYPE" in content:
        raise _Refused("declares a document type, which no workbook does; open and save it in Excel")
    declared = _DECLARED.search(content)
    if b"\0" in content or (declared and declared[1].lower() not in _ENCODINGS):
        raise _Refused("is written in an unusual encoding, as Excel never does; open and save it there")
    if _marks(content) > MAX_MARKS:
        return _Weight(cells=_marks(content))  # refused whatever else it is
    formulas = _FORMULA.search(content) is not None  # anywhere: any part may say that it is a sheet
    if "sharedstrings" in name.casefold():
        return _Weight(cells=_marks(content), formulas=formulas)
    if "worksheets/" not in name or name.endswith(".rels"):
        return _Weight(looks=_marks(content), formulas=formulas)
    numbers = [int(each) for each in _NUMBER.findall(content)]
    if any(one >= two for one, two in pairwise(numbers)):
        raise _Refused("has rows that are not in order, of which some would be lost; save it again in Excel")
    longest = max(map(_marks, _ROW.split(content)))
    return _Weight(cells=_marks(content), row=longest, formulas=formulas)


def _marks(content: bytes) -> int:
    return content.count(b"<") + content.count(b"=")


def _sheets(path: Path, file: BinaryIO, formulas: bool) -> Iterator[Sheet]:
    shown = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    written = load_workbook(file, read_only=True, keep_links=False) if formulas else None
    try:
        for number, each in enumerate(shown.worksheets):
            if each.sheet_state == "visible":
                sheet = Sheet(title=str(each.title))
                _fill(sheet, _rows(each), _rows(written.worksheets[number]) if written else None)
                yield sheet
    finally:
        _close(shown, written)


def _close(*books: Workbook | None) -> None:
    for book in books:
        if book is not None:
            book.close()


def _rows(sheet: Any) -> Iterator[tuple[Any, ...]]:
    sheet.reset_dimensions()  # what the file says of its size may be a lie, or all of Excel's columns
    return iter(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True))


def _fill(sheet: Sheet, shown: Iterator[tuple[Any, ...]], written: Iterator[tuple[Any, ...]] | None) -> None:
    for row, values in enumerate(shown, 1):
        if row > MAX_ROWS:
            message = (
                f"has over {MAX_ROWS:,} rows in {sheet.title!r}; delete the empty ones below the list, or"
            )
            raise _Refused(f"{message} {_TOO_LARGE}")
        formulas = next(written) if written else values
        cells = []
        for column, (value, formula) in enumerate(zip(values, formulas, strict=True), 1):
            text, wrong = _text(value)
            if value is None and formula is not None:
                wrong = "this formula has no stored value; open and save the file in Excel, or type it"
            if wrong:
                sheet.wrong.append((row, column, wrong))
            cells.append(text)
        sheet.rows.append(cells)


def _text(value: Any) -> tuple[str, str]:
    """What the cell shows, and what is wrong with it."""
    match value:
        case None:
            return "", ""
        case str() if value in _ERRORS:
            return value, f"this cell shows {value}; correct its formula or type the value"
        case str():
            text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
            return text.replace("\0", ""), "this cell holds a NUL character" if "\0" in text else ""
        case bool():
            return str(value).upper(), ""
        case int() | float() if abs(value) >= _PRECISE:
            return str(
                value
            ), "Excel rounds numbers of over 15 digits; make the column text and type it again"
        case float() if value.is_integer():
            return str(int(value)), ""
        case datetime() if value.time() == time():
            return value.date().isoformat(), ""
        case datetime() | date():
            return value.isoformat(), ""
        case _:
            return str(value), ""
