"""Deciding which columns of a school's own list hold what: by a map file, by memory, or by the headings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path

from pipeline import toml_lines
from pipeline.intake.columns import Columns, Recognised, from_json, recognise
from pipeline.intake.own_grid import Headings
from pipeline.intake.text import open_file, refusal
from pipeline.problems import BadInput, Problem

Ask = Callable[[Headings, Recognised], Columns]  #: asks a person

_MAX_MAP = 100_000  #: bytes
_HELP = "say it in a map file (docs/formats.md shows one) and give it with --map FILE"


class Chooser:
    """The columns of one import, and how they were found.

    What the school's last list was read by counts first, where all its headings are there again.
    """

    def __init__(
        self, *, told: Columns | None = None, known: Columns | None = None, ask: Ask | None = None
    ) -> None:
        self._told, self._known, self._ask = told, known, ask
        self.chosen: Columns | None = None  #: None until a list with own columns was read
        self.remarks: list[Problem] = []

    @property
    def expected(self) -> frozenset[str]:
        columns = self._told or self._known
        return frozenset(columns.headings()) if columns else frozenset()

    def __call__(self, headings: Headings) -> Columns:
        self.chosen = self._choose(headings)
        return self.chosen

    def _choose(self, headings: Headings) -> Columns:
        if self._told is not None:
            _demand(self._told, headings)
            return self._told
        if self._known is not None:
            missing = self._known.headings() - set(headings.names)
            if not missing:
                return self._known
            gone = _listed(sorted(missing))
            words = f"not all columns of the last list are there ({gone}): read by their headings anew"
            self.remarks.append(Problem(file=headings.file, line=headings.line, message=words))
        found = recognise(headings.names)
        if self._ask is not None and (found.doubts or found.columns.gaps()):
            answered = self._ask(headings, found)
            if not answered.gaps():
                return answered
        if found.doubts or found.columns.gaps():
            raise BadInput(_not_understood(headings, found))
        return found.columns


def read_map(path: Path) -> Columns:
    """The columns that a map file says. Raises `BadInput`."""
    try:
        with open_file(path, limit=_MAX_MAP) as file:
            text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refusal(path, "is not UTF-8; save it with the encoding UTF-8") from None
    document = toml_lines.read(text, str(path))
    if document.problems or document.data is None:
        raise BadInput(document.problems)
    try:
        columns = from_json(document.data)
    except ValueError as error:
        raise refusal(path, str(error)) from error
    if gaps := columns.gaps():
        raise refusal(path, f"does not say which column holds {'; '.join(gaps)}")
    return columns


def _demand(columns: Columns, headings: Headings) -> None:
    missing = sorted(columns.headings() - set(headings.names))
    problems = []
    for name in missing:
        near = get_close_matches(name, headings.names, n=1, cutoff=0.6)
        hint = f"; is {near[0]!r} meant?" if near else f"; its headings are {_listed(headings.names)}"
        message = f"the map names a column {name!r} that is not there{hint}"
        problems.append(Problem(file=headings.file, line=headings.line, message=message))
    if problems:
        raise BadInput(problems)


def _not_understood(headings: Headings, found: Recognised) -> list[Problem]:
    words = [f"no column was recognised for {gap}; {_HELP}" for gap in found.columns.gaps()]
    words += [f"{doubt}; {_HELP}" for doubt in found.doubts]
    words.append(f"the headings read are {_listed(headings.names)}")
    return [Problem(file=headings.file, line=headings.line, message=each) for each in words]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names if name)
