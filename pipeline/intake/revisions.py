"""A post's text as immutable revisions, and which photos stand in one."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from sqlalchemy import Connection, insert, select, update

from pipeline.intake.post_events import keep_event, numbered, unnumbered
from pipeline.store import tables as t


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """One photo as a revision shows it."""

    photo: int
    alt: str
    caption: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """What a revision says, photos aside."""

    title: str
    body: str
    extra: str  #: JSON: event, links


def digest_of(text: Text, placed: Sequence[Placed]) -> str:
    """Differs when the post says something else."""
    shown = [(each.photo, each.alt, each.caption) for each in placed]
    return sha256(json.dumps([text.title, text.body, unnumbered(text.extra), shown]).encode()).hexdigest()


def add_revision(connection: Connection, post: int, text: Text, placed: Sequence[Placed]) -> None:
    """What the post says from now on."""
    values = {
        "title": text.title,
        "body": text.body,
        "extra": numbered(connection, post, text.title, text.extra),
    }
    added = insert(t.revision).values(post_id=post, digest=digest_of(text, placed), **values)
    revision = int(connection.execute(added.returning(t.revision.c.id)).scalar_one())
    rows = [
        {
            "revision_id": revision,
            "position": place,
            "photo_id": each.photo,
            "alt": each.alt,
            "caption": each.caption,
        }
        for place, each in enumerate(placed)
    ]
    if rows:
        connection.execute(insert(t.revision_photo), rows)
    connection.execute(update(t.post).where(t.post.c.id == post).values(revision_id=revision))
    if '"event"' in text.extra:
        keep_event(connection, post, revision)


def with_made(connection: Connection, post: int, named: Iterable[Placed]) -> list[Placed]:
    """The photos that an author named, with those that staff made of them in their place or beside them."""
    m, p = t.made_photo.c, t.photo.c
    query = (
        select(m.photo_id, m.made_from, m.alt, m.caption, p.replaced, p.erased_at)
        .join(t.photo, p.id == m.photo_id)
        .where(p.post_id == post)
        .order_by(m.photo_id)
    )
    made = connection.execute(query).all()
    replaced = set(connection.execute(select(p.id).where(p.post_id == post, p.replaced)).scalars())
    children = defaultdict(list)
    for row in made:
        children[row.made_from].append(row)

    def family(one: Placed) -> list[Placed]:
        own = [] if one.photo in replaced else [one]
        for row in children[one.photo]:
            if row.erased_at is None:
                own += family(_in_its_words(one, row.photo_id, row.alt, row.caption))
        return own

    return [each for one in named for each in family(one)]


def _in_its_words(source: Placed, photo: int, alt: str | None, caption: str | None) -> Placed:
    return replace(
        source,
        photo=photo,
        alt=source.alt if alt is None else alt,
        caption=source.caption if caption is None else caption,
    )


def show_only(connection: Connection, post: int, photos: Sequence[int]) -> bool:
    """These are the post's photos; the others stand in it no more. Whether that changed anything."""
    c = t.photo.c
    here = update(t.photo).where(c.post_id == post)
    gone = connection.execute(here.where(c.id.not_in(photos), ~c.removed).values(removed=True))
    back = connection.execute(here.where(c.id.in_(photos), c.removed).values(removed=False))
    return gone.rowcount + back.rowcount > 0
