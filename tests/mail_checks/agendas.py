"""Agendas of the invented school's newsletter, which goes out on Friday 20 November 2026 at 15:30."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import count

from pipeline.occasions import AgendaLine, LineState, Occasion, OpenLine, Source, SourceKind
from tests.newsletter import moment

_keys = count(1)


def _line(title: str, starts: datetime, ends: datetime | None, *groups: str, place: str = "") -> AgendaLine:
    occasion = Occasion(title=title, starts=starts, ends=ends, location=place)
    source = Source(SourceKind.CALENDAR, next(_keys))
    return AgendaLine(open=OpenLine(source, 0, LineState.PLAIN, groups), occasion=occasion)


def _days(title: str, starts: datetime, ends: datetime, *groups: str, place: str = "") -> AgendaLine:
    """Whole days; ``ends`` is the first instant after them."""
    timed = _line(title, starts, ends, *groups, place=place)
    return replace(timed, occasion=replace(timed.occasion, all_day=True))


def _now(state: LineState, before: AgendaLine) -> AgendaLine:
    """The line for who was told otherwise."""
    cancelled = state is LineState.CANCELLED
    occasion = replace(before.occasion, sequence=1, cancelled=cancelled)
    return AgendaLine(open=before.open._replace(state=state, sequence=1), occasion=occasion)


_PLAYGROUND = _line(
    "Klussen op het plein", moment(21, 10, 0), moment(21, 12, 30), place="Het schoolplein, ingang Kade"
)
_PHOTOGRAPHER = _days("De schoolfotograaf komt", moment(23, 0, 0), moment(25, 0, 0), place="Aula")
_COMBS = _line("Luizencontrole", moment(24, 8, 30), moment(24, 9, 0), "groep 3b", place="Lokaal van groep 3b")
_SWIMMING = _line("Zwemles", moment(25, 13, 0), moment(25, 14, 15), "groep 4", place="Zwembad De Golf")
_SINGING = _line("Samen zingen om de schoen", moment(27, 14, 15), None, "groep 3b", "groep 4", place="Aula")
_OUTING = _days("Schoolreis naar de dierentuin", moment(11, 0, 0, 12), moment(12, 0, 0, 12))

#: An ordinary one.
TWO_WEEKS = (_PLAYGROUND, _PHOTOGRAPHER, _COMBS, _SINGING)

#: With every kind of line: what runs already, whole days, what changed, is off, or was moved further away.
ALL_THAT_CHANGES = (
    _days("Week van het kinderboek", moment(16, 0, 0), moment(22, 0, 0)),
    _PLAYGROUND,
    _PHOTOGRAPHER,
    _now(LineState.CHANGED, _COMBS),
    _now(LineState.CANCELLED, _SWIMMING),
    _now(LineState.CANCELLED, _line("", moment(26, 19, 30), moment(26, 21, 0), "groep 4")),
    _SINGING,
    _now(LineState.CHANGED, _OUTING),
)

#: Of mail as posts come: only what its reader was told otherwise.
WHAT_CHANGED = (
    _now(LineState.CHANGED, _COMBS),
    _now(LineState.CANCELLED, _line("", moment(26, 19, 30), moment(26, 21, 0), "groep 4")),
)
