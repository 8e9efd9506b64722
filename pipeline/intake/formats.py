"""Roster formats behind one interface: a path and today's date in, a `Roster` or `BadInput` out."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from pipeline.intake.bundle import DAMAGED, base_name
from pipeline.intake.choosing import Chooser
from pipeline.intake.edexml import read_edexml
from pipeline.intake.oneroster import read_oneroster
from pipeline.intake.own_grid import Choose, OwnCsv, headings_of, is_own
from pipeline.intake.own_rows import read_own
from pipeline.intake.records import Roster
from pipeline.intake.roster_csv import read_roster_csv
from pipeline.intake.sds import read_sds
from pipeline.intake.text import open_file, refusal

Reader = Callable[[Path, date, Choose], Roster]


class RosterFormat(StrEnum):
    """The values of ``import roster --format``."""

    AUTO = "auto"
    CSV = "csv"
    XLSX = "xlsx"
    ONEROSTER = "oneroster"
    EDEXML = "edexml"
    SDS = "sds"


def _read_csv(path: Path, today: date, choose: Choose) -> Roster:
    table = OwnCsv(path)
    own = is_own(headings_of(table, path)) and not table.findings.failed
    return read_own(OwnCsv(path), path, choose, today=today) if own else read_roster_csv(path, today=today)


def _read_xlsx(path: Path, today: date, choose: Choose) -> Roster:
    # Here, because workbooks need libraries that no other file does.
    from pipeline.intake.roster_xlsx import read_roster_xlsx

    return read_roster_xlsx(path, today=today, choose=choose)


_READERS: Mapping[RosterFormat, Reader] = {
    RosterFormat.CSV: _read_csv,
    RosterFormat.EDEXML: lambda path, today, choose: read_edexml(path),
    RosterFormat.XLSX: _read_xlsx,
    RosterFormat.SDS: lambda path, today, choose: read_sds(path, today=today),
    RosterFormat.ONEROSTER: lambda path, today, choose: read_oneroster(path, today=today),
}
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_ZIP, _OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
#: In the header of a file that means nothing without the others of its export.
_OF_SEVERAL = (b"sourcedid", b"propertyname", b"sis id", b"dfe number", b"section id")
_KNOWN = (
    "roster.csv, a list with columns of your own as CSV or Excel workbook (.xlsx), EDEXML, and the folder or"
    " zip of a OneRoster or School Data Sync export"
)


def read_roster(
    path: Path, format: RosterFormat = RosterFormat.AUTO, *, today: date, choose: Choose | None = None
) -> Roster:
    """The people in ``path``; `AUTO` looks at the content, never at the name.

    ``choose`` says which of a school's own columns hold what, where they are not those of roster.csv;
    left out, their headings do.
    Raises `BadInput` with every mistake, and for what is no roster.
    """
    return _READERS[detect(path) if format is RosterFormat.AUTO else format](path, today, choose or Chooser())


def detect(path: Path) -> RosterFormat:
    """What ``path``, a file or a folder, holds. Raises `BadInput` for what is no roster at all."""
    if path.is_dir():
        return _of_names(path, [each.name for each in path.iterdir()])
    with open_file(path) as file:
        head = file.read(4096)
        if head.startswith(_ZIP):
            return _of_zip(path, file)
    if head.startswith(_OLD_OFFICE):
        message = "is an old Excel workbook (.xls) or one with a password; save it as .xlsx without one"
        raise refusal(path, message)
    if _first_character(head) == b"<":
        return RosterFormat.EDEXML
    header = head.partition(b"\n")[0].lower()
    if b"pupil_id" not in header and any(word in header for word in _OF_SEVERAL):
        message = "is one file of an export of several; name the folder or zip that holds all of them"
        raise refusal(path, message)
    return RosterFormat.CSV


def _of_zip(path: Path, file: BinaryIO) -> RosterFormat:
    try:
        with zipfile.ZipFile(file) as archive:
            return _of_names(path, archive.namelist())
    except DAMAGED as error:
        raise refusal(path, f"is a zip file that cannot be opened ({error}); make it again") from error


def _of_names(path: Path, names: Iterable[str]) -> RosterFormat:
    """The format by the files of a folder or zip, whatever folder and case they are written in."""
    files = set(map(base_name, names))
    if "[content_types].xml" in files:
        if "workbook.xml" not in files:
            raise refusal(path, "is no Excel workbook of today; save it as .xlsx")
        return RosterFormat.XLSX
    if "manifest.csv" in files:  # OneRoster 1.1 and 1.2 demand it, School Data Sync has none
        return RosterFormat.ONEROSTER
    if {"users.csv", "orgs.csv"} <= files or {"student.csv", "section.csv"} <= files:
        return RosterFormat.SDS
    what = "folder" if path.is_dir() else "zip file"
    raise refusal(path, f"is a {what} without a roster that is known. Known are {_KNOWN}")


def _first_character(head: bytes) -> bytes:
    """The first byte that isn't blank, behind a byte order mark; UTF-16 pads it with a NUL."""
    for bom in _BOMS:
        head = head.removeprefix(bom)
    return head.lstrip(b" \t\r\n\0")[:1]
