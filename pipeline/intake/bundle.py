"""An export of several CSV files, a folder or a zip: each found by its name, with findings of its own."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from pipeline.intake.table import Table
from pipeline.intake.text import MAX_FILE, Findings, Open, open_file, refusal
from pipeline.problems import BadInput, Problem

MAX_UNPACKED = MAX_FILE  #: bytes of all files read of a zip together
MAX_ROWS = 100_000  #: of each file; a school of ten thousand pupils has so many enrolments
_MAX_MEMBERS = 1_000  #: a zip of thousands of files is no export of a roster
#: What zipfile raises for an archive that is none, in its list or in what that list promises.
DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, EOFError, OSError, ValueError)
_LOCKED = 0x1  #: of a member's flags
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_JUNK = "__macosx/"  #: what Apple's Finder puts beside the files


class Bundle:
    """The files of one export. Nothing is unpacked to disk: children's data stay where they are."""

    def __init__(self, path: Path, files: Mapping[str, list[tuple[str, Open]]]) -> None:
        self.path = path
        self._files = files
        self._findings: dict[str, Findings] = {}
        self._tables: dict[str, Table] = {}
        self.whole = Findings(str(path))  #: what concerns no file by itself

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._files

    def findings(self, name: str) -> Findings:
        """What is found in the file ``name``; about one that is missing, in the export."""
        if name not in self._findings:
            found = self._files.get(name.casefold())
            written = found[0][0] if found else name
            self._findings[name] = Findings(f"{self.path}/{written}")
        return self._findings[name]

    def table(
        self,
        name: str,
        columns: Sequence[str],
        optional: Sequence[str] = (),
        aliases: Mapping[str, str] | None = None,
    ) -> Table:
        """The rows of ``name``, which is there."""
        found, findings = self._files[name.casefold()], self.findings(name)
        if len(found) > 1:
            places = " and ".join(written for written, _ in found)
            findings.problem(f"this file is there twice, as {places}; keep the right one")
        table = Table(found[0][1], columns, optional, findings=findings, aliases=aliases, limit=MAX_ROWS)
        self._tables[name] = table
        return table

    def settle(self) -> None:
        """Raise `BadInput` with everything found in any file, if anything was."""
        problems = list(self.whole.problems())
        for name, findings in self._findings.items():
            problems += findings.problems(self._tables[name].count if name in self._tables else 0)
        if problems:
            raise BadInput(problems)

    def remarks(self) -> tuple[Problem, ...]:
        return tuple(each for found in (self.whole, *self._findings.values()) for each in found.remarks)


@contextmanager
def open_bundle(path: Path) -> Iterator[Bundle]:
    """The export in the folder or zip ``path``. Raises `BadInput` for what cannot be opened safely."""
    if path.is_dir():
        members = [(each.name, partial(open_file, each)) for each in sorted(path.iterdir()) if each.is_file()]
        yield Bundle(path, _by_name(members))
        return
    with open_file(path) as file, _opened(path, file) as archive:
        try:
            yield Bundle(path, _by_name(_members(path, archive)))
        except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error) as error:  # seen in reading
            raise refusal(path, f"is a damaged zip file ({error}); make it again") from error


def _opened(path: Path, file: BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except DAMAGED as error:
        raise refusal(path, f"is a zip file that cannot be opened ({error}); make it again") from error


def _by_name(members: Iterable[tuple[str, Open]]) -> dict[str, list[tuple[str, Open]]]:
    files: dict[str, list[tuple[str, Open]]] = {}
    for written, opener in members:
        name = base_name(written)
        if name.endswith(".csv"):
            files.setdefault(name, []).append((written, opener))
    return files


def base_name(member: str) -> str:
    """The name without folders, as it is compared; "" for what is no file of the export."""
    path = member.replace("\\", "/").casefold()
    return "" if path.startswith(_JUNK) or f"/{_JUNK}" in path else path.rpartition("/")[2]


def _members(path: Path, archive: zipfile.ZipFile) -> Iterator[tuple[str, Open]]:
    """Sizes are taken from the archive's own list, beyond which zipfile reads nothing of a file."""
    listed = archive.infolist()
    if len(listed) > _MAX_MEMBERS:
        raise refusal(path, f"holds {len(listed)} files; a roster has about ten")
    size = sum(each.file_size for each in listed if base_name(each.filename).endswith(".csv"))
    if size > MAX_UNPACKED:
        raise refusal(
            path, f"unpacks to {size / 1e6:.1f} MB, more than the {MAX_UNPACKED / 1e6:g} MB that are read"
        )
    for each in listed:
        if each.flag_bits & _LOCKED:
            raise refusal(path, "is a zip file with a password; unpack it and name the folder")
        if each.compress_type not in _PACKED:
            raise refusal(path, "is packed in an unusual way; unpack it and name the folder")
        yield each.filename, partial(_open_member, archive, each)


def _open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> BinaryIO:
    try:
        return cast("BinaryIO", archive.open(member))
    except DAMAGED as error:  # the list points to where no file can be
        raise zipfile.BadZipFile(str(error)) from error
