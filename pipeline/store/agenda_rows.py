"""Reading what the agenda of a mail can hold, and what editions told of it before."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, literal, or_, select, union_all

from pipeline.agenda import agenda_span, occasion_of
from pipeline.model import Content, DeliveryState, Post, PostState, RunKind, School, Snapshot, Window
from pipeline.occasions import OFF, CalendarEntry, LineState, Occasion, OpenLine, Source, SourceKind, Told
from pipeline.store import tables as t
from pipeline.store.post_rows import load_contents, posts_where

_OPEN = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.DEFERRED)
_NEVER_TOLD = (DeliveryState.FAILED, DeliveryState.REFUSED, DeliveryState.WITHHELD)
#: Stands in what a revision says beside its text (`numbered`) while nothing of its event changed.
_UNCHANGED = '"sequence": 0'


def with_agenda(connection: Connection, snapshot: Snapshot, window: Window) -> Snapshot:
    """With what the agenda of a mail asks, in a handful of queries; of mail as posts come only what changed,
    in one query while nothing did. As it is for the app's feed, which shows what is true now."""
    if window.kind is RunKind.FEED:
        return snapshot
    reader = _Reader(connection, snapshot.school, window)
    if window.kind is RunKind.WEEKLY:
        eventful, entries = reader.eventful(reader.soon_posts()), reader.entries(reader.soon_entries())
    elif changed := reader.changed():
        posts, of_calendars = changed.get(SourceKind.POST), changed.get(SourceKind.CALENDAR)
        eventful = reader.eventful(t.post_event.c.post_id.in_(posts)) if posts else {}
        entries = reader.entries(t.calendar_entry.c.id.in_(of_calendars)) if of_calendars else {}
    else:
        return snapshot
    moved = [
        *(Source(SourceKind.POST, key) for key, (post, shown) in eventful.items() if _moved(post, shown)),
        *(Source(SourceKind.CALENDAR, key) for key, entry in entries.items() if _has_moved(entry.occasion)),
    ]
    return replace(snapshot, eventful=eventful, entries=entries, told=reader.told(moved))


def _moved(post: Post, shown: Content) -> bool:
    occasion = occasion_of(post, shown)
    return occasion is not None and _has_moved(occasion)


def _has_moved(occasion: Occasion) -> bool:
    return occasion.sequence > 0 or occasion.cancelled


class _Reader:
    def __init__(self, connection: Connection, school: School, window: Window) -> None:
        self._connection, self._school, self._window = connection, school, window
        self._since, self._until = agenda_span(window.at, school.zone)

    def soon_posts(self) -> ColumnElement[bool]:
        c = t.post_event.c
        return self._soon(SourceKind.POST, c.starts, c.over, c.post_id)

    def soon_entries(self) -> ColumnElement[bool]:
        c = t.calendar_entry.c
        return self._soon(SourceKind.CALENDAR, c.starts, c.over, c.id)

    def _soon(self, kind: SourceKind, starts: Any, over: Any, key: Any) -> ColumnElement[bool]:
        """What lies in these weeks, was told to be still to come, or stands in an agenda that waits."""
        e = t.edition_event.c
        waiting = select(e.source_id).where(
            e.source == kind, e.agenda, e.edition_id.in_(self._open_editions())
        )
        in_weeks = and_(starts < self._until, over > self._since)
        return or_(in_weeks, key.in_(self._told_to_come(kind)), key.in_(waiting))

    def _told_to_come(self, kind: SourceKind) -> Select[Any]:
        e = t.edition_event.c
        mine = (e.school_id == self._school.key, e.source == kind)
        return select(e.source_id).where(*mine, e.starts >= self._since)

    def _open_editions(self) -> Select[Any]:
        d = t.delivery.c
        return select(d.edition_id).where(d.school_id == self._school.key, d.state.in_(_OPEN)).distinct()

    def changed(self) -> dict[SourceKind, set[int]]:
        """What changed since it was first told, or is off, and is or was to be still to come."""
        event, entry, post, revision = t.post_event.c, t.calendar_entry.c, t.post.c, t.revision.c
        without = or_(post.state == PostState.WITHDRAWN, post.revision_id != event.revision_id)
        posts = (
            select(literal(str(SourceKind.POST)).label("kind"), event.post_id.label("key"))
            .join(t.post, post.id == event.post_id)
            .join(t.revision, revision.id == event.revision_id)
            .where(event.school_id == self._school.key, or_(without, ~revision.extra.contains(_UNCHANGED)))
            .where(or_(event.over > self._since, self._was_to_come(SourceKind.POST, revision.post_id)))
        )
        entries = (
            select(literal(str(SourceKind.CALENDAR)), entry.id)
            .where(entry.school_id == self._school.key, or_(entry.cancelled, entry.sequence > 0))
            .where(or_(entry.over > self._since, self._was_to_come(SourceKind.CALENDAR, entry.id)))
        )
        found: dict[SourceKind, set[int]] = defaultdict(set)
        for kind, key in self._connection.execute(union_all(posts, entries)):
            found[SourceKind(kind)].add(key)
        return found

    def _was_to_come(self, kind: SourceKind, key: Any) -> ColumnElement[bool]:
        """As `_told_to_come`, for one of the few that changed: a year of editions told of too many to list.

        ``key`` is of the table that says what changed, so that this is asked last.
        """
        e = t.edition_event.c
        return exists().where(e.source == kind, e.source_id == key, e.starts >= self._since)

    def eventful(self, wanted: ColumnElement[bool]) -> dict[int, tuple[Post, Content]]:
        c = t.post_event.c
        query = select(c.post_id, c.revision_id).where(c.school_id == self._school.key, wanted)
        shown = {row.post_id: row.revision_id for row in self._connection.execute(query)}
        if not shown:
            return {}
        posts = posts_where(self._connection, t.post.c.id.in_(shown), lifted={})
        former = {shown[post.key] for post in posts} - {post.content.revision for post in posts}
        contents = {post.content.revision: post.content for post in posts}
        if former:
            contents |= load_contents(self._connection, t.revision.c.id.in_(former))
        return {post.key: (post, contents[shown[post.key]]) for post in posts}

    def entries(self, wanted: ColumnElement[bool]) -> dict[int, CalendarEntry]:
        c, calendar = t.calendar_entry.c, t.calendar.c
        query = (
            select(t.calendar_entry, calendar.name.label("calendar"), calendar.to_school)
            .join(t.calendar, calendar.id == c.calendar_id)
            .where(c.school_id == self._school.key, wanted)
        )
        rows = self._connection.execute(query).all()
        groups = self._groups({row.calendar_id for row in rows})
        return {row.id: _entry(row, groups[row.calendar_id]) for row in rows}

    def _groups(self, calendars: Collection[int]) -> Mapping[int, set[int]]:
        groups: dict[int, set[int]] = defaultdict(set)
        c = t.calendar_group.c
        query = select(c.calendar_id, c.group_id).where(c.calendar_id.in_(calendars))
        for calendar, group in self._connection.execute(query) if calendars else ():
            groups[calendar].add(group)
        return groups

    def told(self, moved: Iterable[Source]) -> dict[tuple[int, Source], Told]:
        """What parents were told of these first and last, by mails that were not lost, or, where that counts,
        in the app."""
        by_kind: dict[SourceKind, list[int]] = defaultdict(list)
        for source in moved:
            by_kind[source.kind].append(source.key)
        told: dict[tuple[int, Source], Told] = {}
        for kind, keys in by_kind.items():
            for row in self._connection.execute(self._tellings(kind, keys)):
                known = row.parent_id, Source(kind, row.source_id)
                last = OFF if row.state == LineState.CANCELLED else row.when_and_where
                first = told.get(known, Told(row.when_and_where, row.starts, last))
                told[known] = first._replace(last=last)
        return told

    def _tellings(self, kind: SourceKind, keys: list[int]) -> Select[Any]:
        e, d = t.edition_event.c, t.delivery.c
        query = (
            select(d.parent_id, e.source_id, e.when_and_where, e.starts, e.state)
            .join(t.delivery, d.edition_id == e.edition_id)
            .where(e.source == kind, e.source_id.in_(keys))
            .where(d.school_id == self._school.key, d.state.not_in(_NEVER_TOLD))
            .order_by(d.id, e.position)
        )
        if self._window.kind is RunKind.WEEKLY:
            return query
        # The app put nothing into a calendar, and shows what is true now by itself.
        return query.join(t.run, t.run.c.id == d.run_id).where(t.run.c.kind != RunKind.FEED)


def _entry(row: Row[Any], groups: set[int]) -> CalendarEntry:
    return CalendarEntry(
        key=row.id,
        calendar=row.calendar,
        uid=row.uid,
        to_school=row.to_school,
        groups=frozenset(groups),
        occasion=Occasion(
            title=row.title,
            starts=row.starts,
            ends=row.ends,
            location=row.location,
            all_day=row.all_day,
            sequence=row.sequence,
            cancelled=row.cancelled,
        ),
    )


def agenda_lines(connection: Connection, editions: Iterable[int]) -> dict[int, tuple[OpenLine, ...]]:
    """Edition -> the lines of its agenda."""
    e = t.edition_event.c
    query = select(t.edition_event).where(e.edition_id.in_(list(editions)), e.agenda).order_by(e.position)
    lines: dict[int, list[OpenLine]] = defaultdict(list)
    for row in connection.execute(query):
        source = Source(SourceKind(row.source), row.source_id)
        groups = tuple(json.loads(row.groups))
        lines[row.edition_id].append(OpenLine(source, row.sequence, LineState(row.state), groups))
    return {edition: tuple(found) for edition, found in lines.items()}


def agenda_rows(agenda: Iterable[tuple[OpenLine | Source, Occasion]]) -> list[dict[str, Any]]:
    """Rows of `edition_event` without their edition: lines of an agenda, and events of posts shown whole."""
    return [_row(position, *each) for position, each in enumerate(agenda)]


def _row(position: int, line: OpenLine | Source, occasion: Occasion) -> dict[str, Any]:
    shown = line if isinstance(line, OpenLine) else OpenLine(line, occasion.sequence, LineState.PLAIN, ())
    return {
        "position": position,
        "agenda": isinstance(line, OpenLine),
        "source": shown.source.kind,
        "source_id": shown.source.key,
        "sequence": shown.sequence,
        "state": shown.state,
        "groups": json.dumps(shown.groups, ensure_ascii=False),
        "when_and_where": occasion.when_and_where,
        "starts": occasion.starts,
    }
