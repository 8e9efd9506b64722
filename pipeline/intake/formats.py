"""Roster formats behind one interface: a path and today's date in, a `Roster` or `BadInput` out."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from pipeline.intake.edexml import read_edexml
from pipeline.intake.oneroster import read_oneroster
from pipeline.intake.records import Roster
from pipeline.intake.roster_csv import read_roster_csv
from pipeline.intake.sds import read_sds
from pipeline.intake.text import open_file, refusal

Reader = Callable[[Path, date], Roster]


class RosterFormat(StrEnum):
    """The values of ``import roster --format``."""

    AUTO = "auto"
    CSV = "csv"
    XLSX = "xlsx"
    ONEROSTER = "oneroster"
    EDEXML = "edexml"
    SDS = "sds"


_NAMES: Mapping[RosterFormat, str] = {
    RosterFormat.XLSX: "an Excel workbook",
    RosterFormat.ONEROSTER: "OneRoster",
    RosterFormat.SDS: "Microsoft School Data Sync",
}
_READERS: Mapping[RosterFormat, Reader] = {
    RosterFormat.CSV: lambda path, today: read_roster_csv(path, today=today),
    RosterFormat.EDEXML: lambda path, today: read_edexml(path),
    RosterFormat.SDS: lambda path, today: read_sds(path, today=today),
    RosterFormat.ONEROSTER: lambda path, today: read_oneroster(path, today=today),
}
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_ZIP, _OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def read_roster(path: Path, format: RosterFormat = RosterFormat.AUTO, *, today: date) -> Roster:
    """The people in ``path``; `AUTO` looks at the content, never at the name.

    Raises `BadInput` with every mistake, and for formats that this version doesn't read.
    """
    found = detect(path) if format is RosterFormat.AUTO else format
    reader = _READERS.get(found)
    if reader is None:
        raise refusal(path, f"is {_NAMES[found]}; this version reads {_readable()}")
    return reader(path, today)


def detect(path: Path) -> RosterFormat:
    """What ``path``, a file or a folder, holds. Raises `BadInput` for what is no roster at all."""
    if path.is_dir():
        return _of_names(path, (each.name for each in path.iterdir()))
    with open_file(path) as file:
        head = file.read(4096)
        if head.startswith(_ZIP):
            return _of_zip(path, file)
    if head.startswith(_OLD_OFFICE):
        raise refusal(path, f"is an old Excel workbook (.xls); save it as CSV UTF-8. {_only()}")
    return RosterFormat.EDEXML if _first_character(head) == b"<" else RosterFormat.CSV


def _of_zip(path: Path, file: BinaryIO) -> RosterFormat:
    try:
        with zipfile.ZipFile(file) as archive:
            return _of_names(path, archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise refusal(path, f"is a zip file that cannot be opened ({error}). {_only()}") from error


def _of_names(path: Path, names: Iterable[str]) -> RosterFormat:
    """The format by the files of a folder or zip, whatever folder and case they are written in."""
    files = {name.replace("\\", "/").rpartition("/")[2].casefold() for name in names}
    if "[content_types].xml" in files:
        return RosterFormat.XLSX
    if "manifest.csv" in files:  # OneRoster 1.1 and 1.2 demand it, School Data Sync has none
        return RosterFormat.ONEROSTER
    if {"users.csv", "orgs.csv"} <= files or {"student.csv", "section.csv"} <= files:
        return RosterFormat.SDS
    what = "folder" if path.is_dir() else "zip file"
    raise refusal(path, f"is a {what} without a roster that is known; name the file itself. {_only()}")


def _first_character(head: bytes) -> bytes:
    """The first byte that isn't blank, behind a byte order mark; UTF-16 pads it with a NUL."""
    for bom in _BOMS:
        head = head.removeprefix(bom)
    return head.lstrip(b" \t\r\n\0")[:1]


def _readable() -> str:
    return " and ".join(_READERS)


def _only() -> str:
    return f"This version reads {_readable()}"
