"""Bad input as a value: every mistake at once, each with its place and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Problem:
    """One mistake or remark about one place in a file the school gave us."""

    file: str
    line: int | None = None  #: 1 is the first line
    column: int | None = None  #: 1 is the first character (TOML, XML) or field (CSV)
    message: str  #: what is wrong and what to do about it

    def __str__(self) -> str:
        place = self.file
        if self.line is not None:
            place += f":{self.line}"
            if self.column is not None:
                place += f":{self.column}"
        return f"{place}: {self.message}"


class BadInput(Exception):
    """The input cannot be used as it is; nothing was changed (exit status 2)."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))
