"""What is wrong with a template, and how much that matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pipeline.problems import Problem
from pipeline.readings import HTML_MARK, TEXT_MARK, cut
from pipeline.template_files import HOUSE, Sources


class Severity(StrEnum):
    ERROR = "error"  #: nothing is sent until it is mended
    WARNING = "warning"  #: mail goes out; some readers will have trouble


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    check: str  #: a short name that stays, such as ``not_said``
    severity: Severity
    problem: Problem

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


def error(check: str, file: Path | str, line: int | None, message: str) -> Finding:
    problem = Problem(file=str(file), line=line, message=message)
    return Finding(check=check, severity=Severity.ERROR, problem=problem)


def warning(check: str, file: Path | str, line: int | None, message: str) -> Finding:
    problem = Problem(file=str(file), line=line, message=message)
    return Finding(check=check, severity=Severity.WARNING, problem=problem)


@dataclass(frozen=True, slots=True)
class Begins:
    """Where a fragment stands in a file."""

    line: int
    text: str


def fragments(text: str, file: str) -> Mapping[str, Begins]:
    """A file's fragments by name, each with the line on which it begins."""
    found: dict[str, Begins] = {}
    line = 1
    mark = HTML_MARK if file.endswith(".mjml") else TEXT_MARK
    at = 0
    for name, piece in cut(text, mark):
        start = text.index(piece, at) if piece else at
        line = text.count("\n", 0, start) + 1
        found.setdefault(name, Begins(line, piece))
        at = start + len(piece)
    return found


def where(sources: Sources, page: str, kind: str, fragment: str) -> tuple[Path, int | None]:
    """The school's file, and the line, that say ``fragment`` of ``page``: a mail of posts takes what it lacks
    from the newsletter. Where that is ours, what the school has changed for all pages is to blame."""
    for name in (page, "newsletter") if page == "post" else (page,):
        file = f"{name}.{kind}"
        found = fragments(sources.text(file), file).get(fragment)
        if found is not None and fragment != "start" and sources.is_own(file):
            return sources.find(file), found.line
    files = (f"{page}.{kind}", *((HOUSE, "newsletter.mjml") if kind == "mjml" else ("newsletter.txt",)))
    return sources.find(next(filter(sources.is_own, files), files[0])), None
