"""Asking a person at a terminal which column of their list holds what."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.commands.console import say
from pipeline.intake.columns import Columns, Recognised
from pipeline.intake.headings import NAME_FIELDS, Field, forbidden
from pipeline.intake.own_grid import Headings

_OF_PUPIL = {
    Field.ID: "the pupil's number",
    Field.FIRST_NAME: "the pupil's first name",
    Field.PREFIX: "the pupil's tussenvoegsel",
    Field.LAST_NAME: "the pupil's last name",
    Field.NAME: "the pupil's whole name, if it is in one column",
    Field.GROUP: "the pupil's group",
}
_OF_PARENT = {
    Field.FIRST_NAME: "first name",
    Field.PREFIX: "tussenvoegsel",
    Field.LAST_NAME: "last name",
    Field.NAME: "whole name, if it is in one column",
    Field.EMAIL: "e-mail address",
}
_LEAST = 2  #: parents that are asked about


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
    if not columns.gaps() and not found.doubts:
        return columns
    return replace(columns, parents=_parents(headings.names, columns.parents))


def _unclear(found: Recognised) -> list[Field]:
    """What to ask of the pupil: what is missing, or all where one thing could be two columns."""
    pupil = found.columns.pupil
    if found.doubts:
        return list(_OF_PUPIL)
    named = any(field in pupil for field in NAME_FIELDS)
    return [field for field in _OF_PUPIL if field not in pupil and not (named and field in NAME_FIELDS)]


def _parents(names: Sequence[str], now: Sequence[Mapping[Field, str]]) -> tuple[Mapping[Field, str], ...]:
    slots = []
    for number in range(max(_LEAST, len(now))):
        slot = dict(now[number]) if number < len(now) else {}
        for field, words in _OF_PARENT.items():
            answer = _column(names, f"the {words} of parent {number + 1}", slot.get(field))
            if answer is not None:
                slot[field] = answer
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
            answer = names[int(answer) - 1]
        if answer in names and not forbidden(answer):
            return answer
        why = "such numbers are never read" if forbidden(answer) else f"a number from 1 to {len(names)}"
        say(f"{why}; another one, please", error=True)


def _examples(headings: Headings, at: int) -> str:
    values = [row[at] for row in headings.samples if at < len(row) and row[at]]
    return ", ".join(values[:2])[:60]
