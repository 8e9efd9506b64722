"""Rule 18 for the agenda: what stood in a parent's, or would."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, select

from pipeline.model import School, Snapshot
from pipeline.occasions import AgendaLine, Source, SourceKind
from pipeline.store import tables as t


def agenda_coming(snapshot: Snapshot, lines: Iterable[AgendaLine]) -> list[dict[str, Any]]:
    zone = snapshot.school.zone
    return [
        _shown(
            _named(snapshot, line.open.source), line.occasion.starts, line.open.state, line.open.groups, zone
        )
        for line in lines
    ]


def _named(snapshot: Snapshot, source: Source) -> dict[str, Any]:
    if source.kind is SourceKind.POST:
        return {"post": snapshot.eventful[source.key][0].id}
    entry = snapshot.entries[source.key]
    return {"calendar": entry.calendar, "title": entry.occasion.title}


def agenda_made(connection: Connection, school: School, edition: int | None) -> list[dict[str, Any]]:
    """From what was written down with the edition; entries of calendars are deleted some time after them."""
    e, entry, calendar = t.edition_event.c, t.calendar_entry.c, t.calendar.c
    query = (
        select(t.edition_event, t.post.c.ref, entry.title, calendar.name)
        .outerjoin(t.post, and_(e.source == SourceKind.POST, t.post.c.id == e.source_id))
        .outerjoin(t.calendar_entry, and_(e.source == SourceKind.CALENDAR, entry.id == e.source_id))
        .outerjoin(t.calendar, calendar.id == entry.calendar_id)
        .where(e.edition_id == edition, e.agenda)
        .order_by(e.position)
    )
    shown = []
    for row in connection.execute(query) if edition is not None else ():
        of_post = row.source == SourceKind.POST
        name = {"post": row.ref} if of_post else {"calendar": row.name, "title": row.title}
        shown.append(_shown(name, row.starts, row.state, json.loads(row.groups), school.zone))
    return shown


def _shown(
    name: dict[str, Any], starts: datetime, state: str, groups: Iterable[str], zone: ZoneInfo
) -> dict[str, Any]:
    starts = starts.astimezone(zone)
    return {**name, "starts": starts.isoformat(), "state": str(state), "groups": list(groups)}
