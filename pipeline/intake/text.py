"""What every reader of a school's files shares: opening, decoding, cleaning, and gathering all mistakes.

Nothing here knows a format. Files are read as streams: 100,000 rows cost no more memory than their records.
"""

from __future__ import annotations

import io
import stat
import unicodedata
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from pipeline.problems import BadInput, Problem

Open = Callable[[], BinaryIO]  #: opens the same file anew each time, from its first byte

WHOLE_SCHOOL = "school"  #: the word for everybody in a post's ``group``, so no group's name
MAX_FILE = 200_000_000  #: bytes; a roster of a hundred thousand pupils is a tenth of it
MAX_LINE = 1_000_000  #: characters of one line; more means that the file isn't what it says
MAX_PROBLEMS = 50  #: problems shown; the rest is counted
_MANY = 5  #: from so many on, the same mistake in most rows is one mistake
_SHOWN = 3  #: of remarks alike; the rest is counted

_AS_UTF8 = 'In Excel save it with File > Save As > "CSV UTF-8 (comma delimited)", elsewhere as UTF-8.'

_SPACES = dict.fromkeys(map(ord, "\t\n\v\f\r\x85\u2028\u2029"), " ")
_CONTROLS: dict[int, str | None] = dict.fromkeys((*range(1, 32), *range(0x7F, 0xA0))) | _SPACES


def clean(text: str) -> tuple[str, bool]:
    """``text`` trimmed, NFC and without control characters (breaks become spaces); and whether it had any.

    NUL is left alone: a reader refuses the whole file for it.
    """
    trimmed = text.strip()
    without = trimmed.translate(_CONTROLS)
    return unicodedata.normalize("NFC", without).strip(), without != trimmed


@lru_cache(maxsize=1 << 12)  # the groups of a school, over and over
def match_name(name: str) -> str:
    """What is compared of a group's name: trimmed, inner white space collapsed, NFC, casefolded.

    Caseless matching as Unicode D145 describes it (decompose, fold), so that folding twice changes nothing.
    """
    folded = unicodedata.normalize("NFD", name).casefold()
    return " ".join(unicodedata.normalize("NFC", folded).split())


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class _Found:
    problem: Problem
    kind: str  #: mistakes of one kind in one column are the same mistake; "" stands alone


class Findings:
    """All problems and remarks about one file, gathered so that a school can correct them in one go."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: list[_Found] = []
        self._remarks: list[Problem] = []
        self._alike: dict[str, list[Problem]] = defaultdict(list)

    @property
    def failed(self) -> bool:
        return bool(self._found)

    @property
    def remarks(self) -> tuple[Problem, ...]:
        """In the order of the file; of those alike the first few and how many more."""
        shown = [remark for alike in self._alike.values() for remark in _counted(alike)]
        return tuple(sorted([*self._remarks, *shown], key=_place))

    def problem(
        self, message: str, *, line: int | None = None, column: int | None = None, kind: str = ""
    ) -> None:
        """Note a mistake that refuses the file; ``kind`` names what may fail in the same way in every row."""
        found = Problem(file=self.file, line=line, column=column, message=message)
        self._found.append(_Found(problem=found, kind=kind))

    def remark(
        self, message: str, *, line: int | None = None, column: int | None = None, kind: str = ""
    ) -> None:
        """Note something that people should see and that refuses nothing; ``kind`` names what may be many."""
        noted = self._alike[kind] if kind else self._remarks
        noted.append(Problem(file=self.file, line=line, column=column, message=message))

    def problems(self, rows: int = 0) -> tuple[Problem, ...]:
        """The problems in the order of the file; what fails alike in most of ``rows`` is told once."""
        alike: dict[tuple[str, int | None], list[Problem]] = defaultdict(list)
        single: list[Problem] = []
        for found in self._found:
            if found.kind:
                alike[found.kind, found.problem.column].append(found.problem)
            else:
                single.append(found.problem)
        most = [same for same in alike.values() if len(same) >= _MANY and 2 * len(same) > rows]
        rest = single + [problem for same in alike.values() if same not in most for problem in same]
        return (*_once(self.file, most, rows), *_capped(sorted(rest, key=_place)))

    def settle(self, rows: int = 0) -> None:
        """Raise `BadInput` with everything found, if anything was."""
        if self._found:
            raise BadInput(self.problems(rows))


def _place(problem: Problem) -> tuple[int, int]:
    return problem.line or 0, problem.column or 0


def _counted(alike: list[Problem]) -> list[Problem]:
    shown, rest = alike[:_SHOWN], len(alike) - _SHOWN
    if rest <= 1:
        return alike
    return [*shown[:-1], replace(shown[-1], message=f"{shown[-1].message} (and {rest} more like this)")]


def _once(file: str, most: list[list[Problem]], rows: int) -> list[Problem]:
    """One problem for what most rows have in common: shifted columns, or one column written another way."""
    if not most:
        return []
    first = sorted((same[0] for same in most), key=_place)
    if len(most) > 1:
        examples = "; ".join(f"field {each.column}: {each.message}" for each in first[:3])
        message = (
            f"the columns seem to have shifted; most of the {rows} rows don't fit the header: {examples}"
        )
    else:
        lines = ", ".join(str(each.line) for each in most[0][:3])
        message = f"{len(most[0])} of {rows} rows, on lines {lines} and further: {first[0].message}"
    return [Problem(file=file, line=first[0].line, column=first[0].column, message=message)]


def _capped(problems: list[Problem]) -> list[Problem]:
    if len(problems) <= MAX_PROBLEMS:
        return problems
    more = len(problems) - MAX_PROBLEMS
    tail = Problem(file=problems[0].file, message=f"and {more} more problems; correct these first")
    return [*problems[:MAX_PROBLEMS], tail]


def open_file(path: Path, *, limit: int = MAX_FILE) -> BinaryIO:
    """Open a regular file for reading. Raises `BadInput` when missing, unreadable, too large or no file."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # before opening: a pipe would wait for its writer forever
            raise refusal(path, "is not a file; name the file itself")
        size = path.stat().st_size
        if size > limit:
            raise refusal(path, f"is {size / 1e6:.1f} MB, more than the {limit / 1e6:g} MB that are read")
        return path.open("rb")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise refusal(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from error


def refusal(path: Path, message: str, line: int | None = None) -> BadInput:
    return BadInput([Problem(file=str(path), line=line, message=message)])


def text_lines(open: Open, findings: Findings) -> Iterator[str]:
    """The lines of a UTF-8 file (a BOM is dropped) with their ends: LF, CRLF or CR.

    What cannot be text ends the lines and stands in ``findings``: other encodings, NUL, endless lines.
    """
    with open() as raw:
        if raw.read(2) in (BOM_UTF16_LE, BOM_UTF16_BE):
            findings.problem(f"the file is UTF-16, not UTF-8. {_AS_UTF8}", line=1)
            return
        raw.seek(0)
        try:
            with io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
                yield from _plain_lines(text, findings)
        except UnicodeDecodeError:
            not_utf8(open, findings)


def _plain_lines(text: io.TextIOWrapper, findings: Findings) -> Iterator[str]:
    for number, line in enumerate(iter(lambda: text.readline(MAX_LINE), ""), 1):
        if "\0" in line:
            findings.problem(f"the file has a NUL byte, so it isn't plain text. {_AS_UTF8}", line=number)
            return
        if len(line) == MAX_LINE:
            findings.problem("this line is over a million characters long", line=number)
            return
        yield line


def not_utf8(open: Open, findings: Findings) -> None:
    """Say which line holds the first byte that isn't UTF-8 (reads the file a second time)."""
    decoder = getincrementaldecoder("utf-8")()
    line, after_cr, block = 1, False, b"x"
    with open() as raw:
        while block:
            block, pending = raw.read(1 << 16), len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                line += _line_ends(block[: max(0, error.start - pending)], after_cr)
                findings.problem(_encoding_word(error.object[error.start]), line=line)
                return
            line += _line_ends(block, after_cr)
            after_cr = block.endswith(b"\r")


def _encoding_word(bad: int) -> str:
    shown = bytes([bad]).decode("cp1252", "replace")
    return (
        f"byte 0x{bad:02X} isn't UTF-8; the file was probably saved as Windows-1252 (ANSI), "
        f"where it is {shown!r}. {_AS_UTF8}"
    )


def _line_ends(block: bytes, after_cr: bool) -> int:
    """CRLF counts once, also when it lies over the edge of two blocks."""
    ends = block.count(b"\n") + block.count(b"\r") - block.count(b"\r\n")
    return ends - (after_cr and block.startswith(b"\n"))
