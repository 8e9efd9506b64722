"""Asking a person at a terminal which column of their list holds what."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

from pipeline.commands.console import say
from pipeline.intake.columns import Columns, Recognised
from pipeline.intake.headings import Field
from pipeline.intake.own_grid import Headings

_OF_PUPIL = {
    Field.ID: "the pupil's number",
    Field.FIRST_NAME: "the pupil's first name",
    Field.PREFIX: "the pupil's tussenvoegsel",
    Field.LAST_NAME: "the pupil's last name",
    Field.NAME: "the pupil's whole name, if it is in one column",
    Field.GROUP: "the pupil's group",
}
_NAMES = tuple(_OF_PUPIL)[1:5]
_OF_PARENT = ((Field.NAME, "name"), (Field.LAST_NAME, "last name"), (Field.EMAIL, "e-mail address"))
_MOST = 2  #: parents that are asked about


def at_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(headings: Headings, found: Recognised) -> Columns:
    """The columns as a person says, as far as they know."""
    say(f"{headings.file}: not all columns are clear. They are:", error=True)
    for number, name in enumerate(headings.names, 1):
        say(f"  {number:>2}  {name or '(no heading)'}   {_examples(headings, number - 1)}", error=True)
    for doubt in found.doubts:
        say(f"  {doubt}", error=True)
    say("Type the number of a column, or nothing to leave it out.", error=True)
    pupil = dict(found.columns.pupil)
    for field in _unclear(found):
        answer = _column(headings.names, _OF_PUPIL[field], pupil.get(field))
        if answer is not None:
            pupil[field] = answer
    columns = replace(found.columns, pupil=pupil)
    return columns if not columns.gaps() else replace(columns, parents=_parents(headings.names))


def _unclear(found: Recognised) -> list[Field]:
    """What to ask of the pupil: what is missing, or all where one thing could be two columns."""
    pupil = found.columns.pupil
    if found.doubts:
        return list(_OF_PUPIL)
    names = [] if any(field in pupil for field in _NAMES) else list(_NAMES)
    return [field for field in _OF_PUPIL if field in names or (field not in (*_NAMES, *pupil))]


def _parents(names: Sequence[str]) -> tuple[dict[Field, str], ...]:
    slots = []
    for number in range(1, _MOST + 1):
        slot = {
            field: answer
            for field, words in _OF_PARENT
            if (answer := _column(names, f"the {words} of parent {number}", None)) is not None
        }
        if slot:
            slots.append(slot)
    return tuple(slots)


def _column(names: Sequence[str], words: str, now: str | None) -> str | None:
    """The heading chosen; ``now`` when the answer is empty."""
    shown = f" [{now}]" if now else ""
    while True:
        say(f"{words}{shown}: ", error=True)
        answer = sys.stdin.readline().strip()
        if not answer:
            return now
        if answer.isdecimal() and 1 <= int(answer) <= len(names):
            return names[int(answer) - 1]
        if answer in names:
            return answer
        say(f"a number from 1 to {len(names)}, please", error=True)


def _examples(headings: Headings, at: int) -> str:
    values = [row[at] for row in headings.samples if at < len(row) and row[at]]
    return ", ".join(values[:2])[:60]
