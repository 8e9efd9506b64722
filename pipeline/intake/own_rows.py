"""The rows of a school's own list as rows of roster.csv: one for each pupil and parent.

A list has no numbers of parents. Each gets one from the pupil's (`MADE`), by which they are one within the
file when name and address are the same; `pipeline.intake.own_people` then finds whom the school knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from pipeline.intake.columns import Columns
from pipeline.intake.fields import iso_date
from pipeline.intake.headings import Field
from pipeline.intake.own_grid import Choose, Headings, headings_in, limited
from pipeline.intake.records import Roster
from pipeline.intake.roster_check import COLUMNS
from pipeline.intake.roster_csv import read_rows
from pipeline.intake.table import Table
from pipeline.intake.text import match_name

MADE = "~"  #: between the pupil's number and the parent's, in a number that we made
_JOINED = re.compile(r"[\s,;/|]+")
_DUTCH_DATE = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\Z", re.ASCII)
_DATES = (Field.BIRTH_DATE, Field.ENROLLED_FROM, Field.ENROLLED_UNTIL)
_YES_NO = {"ja": "yes", "nee": "blocked", "no": "blocked", "geblokkeerd": "blocked", "true": "yes"}


def read_own(table: Table, path: Path, choose: Choose, *, today: date) -> Roster:
    """The people of a list with a school's own columns. Raises `BadInput` with every mistake in it."""
    grid = list(limited(table))
    table.findings.settle()
    headings, rows = headings_in(str(path), grid, choose.expected)
    columns = choose(headings)
    unused = [name for name in headings.names if name and name not in columns.headings()]
    if unused:
        table.findings.remark(f"columns not used: {', '.join(unused)}", line=headings.line)
    own = _OwnRows(table, headings, columns, rows)
    roster = read_rows(own, path, today=today)
    return replace(roster, made_ids=frozenset(own.made))


class _OwnRows(Table):
    """Gives `read_rows` what it asks of roster.csv."""

    def __init__(
        self, table: Table, headings: Headings, columns: Columns, rows: Sequence[tuple[int, list[str]]]
    ) -> None:
        super().__init__(Path(headings.file), COLUMNS, findings=table.findings)
        self._rows_below, self._columns = rows, columns
        self._width = len(headings.names)
        self._place = {name: number for number, name in enumerate(headings.names)}
        self._made_of: dict[tuple[str, str, str], str] = {}
        self._day_first = {field: self._is_day_first(field) for field in _DATES}
        self.made: set[str] = set()  #: numbers of parents that are of our making

    def rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        pupil = self._columns.pupil
        for line, cells in self._rows_below:
            self.count += 1
            if any(cells[self._width :]):
                self._shifted(line, len(cells), self._width)
                continue
            self._point(pupil, self._columns.parents[0] if self._columns.parents else {})
            about = self._pupil(cells)
            parents = list(self._parents(line, cells, about))
            if not parents:
                yield line, (*about, "", "", "", "", "", "")
            for slot, parent in parents:
                self._point(pupil, slot)
                yield line, (*about, *parent)

    def _point(self, pupil: Mapping[Field, str], parent: Mapping[Field, str]) -> None:
        """Say in which column of the list a mistake in a field of roster.csv stands."""
        first, emails = Field.FIRST_NAME, self._columns.emails
        of_pupil = {name: pupil.get(name) or pupil.get(Field.NAME) for name in (first, Field.LAST_NAME)}
        said = {
            "pupil_id": pupil.get(Field.ID),
            "pupil_first_name": of_pupil[first],
            "pupil_last_name": of_pupil[Field.LAST_NAME],
            "pupil_birth_date": pupil.get(Field.BIRTH_DATE),
            "group": pupil.get(Field.GROUP),
            "enrolled_from": pupil.get(Field.ENROLLED_FROM),
            "enrolled_until": pupil.get(Field.ENROLLED_UNTIL),
            "parent_id": parent.get(Field.ID) or pupil.get(Field.ID),
            "parent_name": parent.get(Field.NAME) or parent.get(Field.LAST_NAME),
            "parent_email": parent.get(Field.EMAIL) or (emails[0] if emails else None),
            **{
                name.value: self._of_row(parent, name)
                for name in (Field.LANGUAGE, Field.CHANNEL, Field.ACCESS)
            },
        }
        self.fields = {name: self._place.get(heading or "", 0) + 1 for name, heading in said.items()}

    def _of_row(self, parent: Mapping[Field, str], name: Field) -> str | None:
        return parent.get(name) or self._columns.family.get(name)

    def _cell(self, cells: Sequence[str], heading: str | None) -> str:
        return cells[self._place[heading]] if heading in self._place else ""

    # The pupil.

    def _pupil(self, cells: Sequence[str]) -> tuple[str, ...]:
        pupil = self._columns.pupil
        first, last = self._name(cells, pupil)
        dates = {field: self._date(field, self._cell(cells, pupil.get(field))) for field in _DATES}
        return (
            self._cell(cells, pupil.get(Field.ID)),
            first,
            last,
            dates[Field.BIRTH_DATE],
            self._cell(cells, pupil.get(Field.GROUP)),
            dates[Field.ENROLLED_FROM],
            dates[Field.ENROLLED_UNTIL],
        )

    def _name(self, cells: Sequence[str], slot: Mapping[Field, str]) -> tuple[str, str]:
        """First name, and last name with its tussenvoegsel in front."""
        first = self._cell(cells, slot.get(Field.FIRST_NAME))
        last = self._cell(cells, slot.get(Field.LAST_NAME))
        prefix = self._cell(cells, slot.get(Field.PREFIX))
        if not first and not last:
            return _split(self._cell(cells, slot.get(Field.NAME)), prefix)
        return first, " ".join(filter(None, (prefix, _straight(last, prefix))))

    def _is_day_first(self, field: Field) -> bool:
        """Whether a column writes 1/9/2026 for the first of September, as everybody here does."""
        heading = self._columns.pupil.get(field)
        found = (_DUTCH_DATE.match(self._cell(cells, heading)) for _, cells in self._rows_below)
        pairs = [(int(date[1]), int(date[2])) for date in found if date]
        return not (any(second > 12 for _, second in pairs) and all(first <= 12 for first, _ in pairs))

    def _date(self, field: Field, text: str) -> str:
        """As an ISO date; what is none stays as it is, and is told."""
        found = _DUTCH_DATE.match(text)
        if not found:
            return text
        day, month = (found[1], found[2]) if self._day_first[field] else (found[2], found[1])
        iso = f"{found[3]}-{int(month):02}-{int(day):02}"
        return iso if iso_date(iso) else text

    # The parents.

    def _parents(
        self, line: int, cells: Sequence[str], about: tuple[str, ...]
    ) -> Iterator[tuple[Mapping[Field, str], tuple[str, ...]]]:
        """Each parent of the row, with the columns they come from."""
        slots = self._columns.parents
        own = [_addresses(self._cell(cells, slot.get(Field.EMAIL))) for slot in slots]
        firsts = [each[0] if each else "" for each in own]
        joint = [each for heading in self._columns.emails for each in _addresses(self._cell(cells, heading))]
        left = [each for each in (*joint, *(more for each in own for more in each[1:])) if each not in firsts]
        for number in range(max(len(slots), len(left))):
            slot = slots[number] if number < len(slots) else {}
            name = " ".join(filter(None, self._name(cells, slot)))
            email = firsts[number] if number < len(slots) else ""
            if not email and left and (name or not self._named_later(cells, number)):
                email = left.pop(0)
            if name or email:
                yield slot, self._parent(cells, slot, about, number, name, email)
        if left:
            message = (
                "more addresses than parents: the last are not read; give each parent columns of their own"
            )
            self.findings.remark(message, line=line, kind="addresses")

    def _named_later(self, cells: Sequence[str], number: int) -> bool:
        """Whether a parent further on has a name, to whom an address that is nobody's belongs first."""
        return any(any(self._name(cells, slot)) for slot in self._columns.parents[number + 1 :])

    def _parent(
        self,
        cells: Sequence[str],
        slot: Mapping[Field, str],
        about: tuple[str, ...],
        number: int,
        name: str,
        email: str,
    ) -> tuple[str, ...]:
        named = name or f"ouder van {about[1] or about[2]}"
        own = self._cell(cells, slot.get(Field.ID))
        access = self._cell(cells, self._of_row(slot, Field.ACCESS))
        return (
            own or self._made(about[0], number, named, email),
            named,
            email,
            self._cell(cells, self._of_row(slot, Field.LANGUAGE)),
            self._cell(cells, self._of_row(slot, Field.CHANNEL)),
            _YES_NO.get(access.casefold(), access),
        )

    def _made(self, pupil: str, number: int, name: str, email: str) -> str:
        """The same for the same person: of brothers and sisters the parents are one, given an address."""
        key = (match_name(name), email.casefold(), "" if email else pupil)
        if key not in self._made_of:
            made = f"{pupil}{MADE}{number + 1}"
            while made in self.made:
                number += 1
                made = f"{pupil}{MADE}{number + 1}"
            self._made_of[key] = made
            self.made.add(made)
        return self._made_of[key]


def _addresses(cell: str) -> list[str]:
    """One or more in a cell. What has no @ is given as it is, so that it is told as malformed."""
    parts = [part for part in _JOINED.split(cell) if "@" in part]
    return parts or ([cell] if cell else [])


def _split(name: str, prefix: str = "") -> tuple[str, str]:
    """``Vries, Jan Willem de`` and ``Jan Willem de Vries`` as first and last name with its tussenvoegsel."""
    last, comma, given = name.partition(",")
    if comma:
        first, behind = _before_small(given.split())
        return " ".join(first), " ".join([*([prefix] if prefix else behind), last.strip()])
    words = name.split()
    first, rest = _before_small(words)
    if not rest or not first:
        first, rest = words[:1], words[1:]
    return " ".join(first), " ".join(rest)


def _before_small(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Cut where a tussenvoegsel begins, which is written small."""
    at = next((number for number, word in enumerate(words) if word[0].islower()), len(words))
    return list(words[:at]), list(words[at:])


def _straight(last: str, prefix: str) -> str:
    """``Vries, de`` with the tussenvoegsel in front; once, where the list has it in a column too."""
    name, comma, behind = last.partition(",")
    if not comma:
        return last
    behind = behind.strip()
    return name if prefix and behind.casefold() == prefix.casefold() else f"{behind} {name}".strip()
