"""Reading posts and what they say, with today's facts about their photos."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from pipeline.model import Content, DeliveryState, Event, Link, Photo, Post, PostState, Purpose, School, Video
from pipeline.store import tables as t
from pipeline.store.finding_rows import last_lifted

_VIDEO = [column.label(f"video_{column.name}") for column in t.video.c if column.name != "photo_id"]
_OPEN = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.DEFERRED)


def load_posts(connection: Connection, school: School, since: datetime, purpose: Purpose) -> tuple[Post, ...]:
    """Those published since then, and older ones that are still on their way, as what goes for ``purpose``
    has them: its text may have been released for that alone."""
    recent = t.post.c.published >= since
    where = (t.post.c.school_id == school.key, recent | t.post.c.id.in_(_posts_on_their_way(school)))
    return posts_where(connection, *where, lifted=last_lifted(connection, school, purpose))


def posts_where(
    connection: Connection, *where: ColumnElement[bool], lifted: Mapping[int, int]
) -> tuple[Post, ...]:
    """``lifted``: since which policy version a post's text may go again, as `last_lifted` gives it."""
    rows = connection.execute(select(t.post).where(*where)).all()
    groups: dict[int, set[int]] = defaultdict(set)
    joined = select(t.post_group).join(t.post).where(*where)
    for row in connection.execute(joined):
        groups[row.post_id].add(row.group_id)
    current = select(t.post.c.revision_id).where(*where)
    contents = load_contents(connection, t.revision.c.id.in_(current))
    return tuple(
        _post(row, frozenset(groups[row.id]), contents[row.revision_id], lifted.get(row.id, 0))
        for row in rows
    )


def _posts_on_their_way(school: School) -> Select[int]:
    """Of open deliveries: they are judged again however old their posts are by now."""
    item, delivery = t.delivery_item.c, t.delivery.c
    return (
        select(item.post_id)
        .join(t.delivery, delivery.id == item.delivery_id)
        .where(delivery.school_id == school.key, delivery.state.in_(_OPEN))
    )


def _post(row: Row[Any], groups: frozenset[int], content: Content, lifted: int) -> Post:
    return Post(
        key=row.id,
        id=row.ref,
        author=row.author_id,
        to_school=row.to_school,
        groups=groups,
        published=row.published,
        state=PostState(row.state),
        released_since=max(row.released_since, lifted),
        urgent=row.urgent,
        content=content,
    )


def load_contents(connection: Connection, where: Any) -> dict[int, Content]:
    """Revisions with their photos; a photo carries today's ``shows``, whatever revision shows it."""
    rows = connection.execute(select(t.revision).where(where)).all()
    photos: dict[int, list[Photo]] = defaultdict(list)
    wanted = select(t.revision.c.id).where(where)
    placed = (
        select(t.revision_photo, t.photo, *_VIDEO)
        .join(t.photo, t.photo.c.id == t.revision_photo.c.photo_id)
        .outerjoin(t.video, t.video.c.photo_id == t.photo.c.id)
        .where(t.revision_photo.c.revision_id.in_(wanted))
        .order_by(t.revision_photo.c.revision_id, t.revision_photo.c.position)
    )
    found = connection.execute(placed).all()
    shows = _shows(
        connection, select(t.revision_photo.c.photo_id).where(t.revision_photo.c.revision_id.in_(wanted))
    )
    for row in found:
        photos[row.revision_id].append(_photo(row, shows))
    return {row.id: _content(row, tuple(photos[row.id])) for row in rows}


def _shows(connection: Connection, photo_keys: Any) -> dict[int, set[str]]:
    shows: dict[int, set[str]] = defaultdict(set)
    for row in connection.execute(select(t.photo_shows).where(t.photo_shows.c.photo_id.in_(photo_keys))):
        shows[row.photo_id].add(row.pupil_ref)
    return shows


def _photo(row: Row[Any], shows: Mapping[int, set[str]]) -> Photo:
    return Photo(
        key=row.photo_id,
        file=row.file,
        name=row.name,
        shows=frozenset(shows.get(row.photo_id, ())) if row.listed else None,
        alt=row.alt,
        caption=row.caption,
        width=row.width,
        height=row.height,
        size=row.size,
        refused=row.refused is not None,
        removed=row.removed or row.erased_at is not None,
        video=_video(row) if row.video_file is not None else None,
    )


def _video(row: Row[Any]) -> Video:
    return Video(
        file=row.video_file,
        seconds=row.video_seconds,
        width=row.video_width,
        height=row.video_height,
        octets=row.video_octets,
        digest=row.video_digest,
    )


def _content(row: Row[Any], photos: tuple[Photo, ...]) -> Content:
    extra = json.loads(row.extra)
    event = extra.get("event")
    return Content(
        revision=row.id,
        title=row.title,
        body=row.body,
        photos=photos,
        event=_event(event, extra.get("sequence", 0)) if event else None,
        cancelled=0 if event else extra.get("sequence", 0),
        links=tuple(Link(url=link["url"], title=link["title"]) for link in extra.get("links", ())),
        language=extra.get("language", ""),
    )


def _event(event: Mapping[str, Any], sequence: int) -> Event:
    ends = event.get("ends")
    return Event(
        starts=datetime.fromisoformat(event["starts"]),
        ends=datetime.fromisoformat(ends) if ends else None,
        location=event.get("location", ""),
        all_day=event.get("all_day", False),
        sequence=sequence,
    )


def open_contents(connection: Connection, school: School, current: set[int]) -> dict[int, Content]:
    """Revisions that an open delivery still shows although its post was edited since."""
    editions = (
        select(t.delivery.c.edition_id)
        .where(t.delivery.c.school_id == school.key, t.delivery.c.state.in_(_OPEN))
        .distinct()
    )
    shown = connection.execute(select(t.edition.c["items"]).where(t.edition.c.id.in_(editions)))
    revisions = {item[1] for (items,) in shown for item in json.loads(items)} - current
    if not revisions:
        return {}
    return load_contents(connection, t.revision.c.id.in_(revisions))
