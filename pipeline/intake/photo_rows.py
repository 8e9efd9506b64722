"""One photo of a post as its rows tell, for staff who work on it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import Connection, Row, select

from pipeline.intake.revisions import Placed, Text
from pipeline.model import PostState, School
from pipeline.store import tables as t
from pipeline.store.decisions import Undecidable, find_post


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredPhoto:
    """A photo whose picture is there and which its post has, or had until staff made another one of it."""

    key: int
    post: Row[Any]
    file: str
    name: str  #: of the renditions in the media folder
    width: int  #: pixels of the mail rendition
    height: int
    replaced: bool


def find_photo(connection: Connection, school: School, post: str, file: str) -> StoredPhoto:
    """By the post's id and the file as its author named it. Raises `Undecidable`."""
    row = find_post(connection, school, post)
    if row.state == PostState.WITHDRAWN:
        raise Undecidable(f"post {post!r} was withdrawn: nothing of it goes out any more")
    c = t.photo.c
    photos = connection.execute(
        select(t.photo).where(c.post_id == row.id, c.erased_at.is_(None)).order_by(c.id.desc())
    ).all()
    there = [photo for photo in photos if not photo.removed or photo.replaced]
    wanted = _same(file)
    found = sorted((p for p in there if _same(p.file) == wanted), key=lambda photo: photo.removed)
    if not found:
        files = ", ".join(sorted({photo.file for photo in there})) or "none"
        raise Undecidable(f"post {post!r} has no photo {file!r}; it has: {files}")
    photo = found[0]
    if photo.refused is not None:
        raise Undecidable(f"the file of {file!r} was refused, so there is no picture of it")
    v = t.video.c
    if connection.execute(select(v.photo_id).where(v.photo_id == photo.id)).first():
        raise Undecidable(f"{file!r} is a video: cut the video itself and import the post again")
    return StoredPhoto(
        key=photo.id,
        post=row,
        file=photo.file,
        name=photo.name,
        width=photo.width,
        height=photo.height,
        replaced=photo.replaced,
    )


def _same(file: str) -> str:
    return unicodedata.normalize("NFC", file)


def free_file(connection: Connection, source: StoredPhoto, how: str) -> str:
    """A name for what is made of it, which no photo of the post has had: ``bos1-crop.jpg``."""
    c = t.photo.c
    taken = set(connection.execute(select(c.file).where(c.post_id == source.post.id)).scalars())
    stem = str(PurePosixPath(source.file).with_suffix(""))
    names = (f"{stem}-{how}{'' if number == 1 else number}.jpg" for number in count(1))
    return next(name for name in names if name not in taken)


def taking_its_place(connection: Connection, source: StoredPhoto) -> list[int]:
    """The photo itself, and what was made of it before to stand in its place: a new try replaces that too."""
    made = _made(connection, source)
    keys, found = [source.key], [source.key]
    while found:
        key = found.pop()
        more = [row.photo_id for row in made.values() if row.made_from == key and not row.beside]
        keys += more
        found += more
    return keys


def text_of(connection: Connection, source: StoredPhoto) -> Text:
    r = t.revision.c
    row = connection.execute(select(t.revision).where(r.id == source.post.revision_id)).one()
    return Text(title=row.title, body=row.body, extra=row.extra)


def named(connection: Connection, source: StoredPhoto) -> list[Placed]:
    """The post's photos as its author named them, whatever stands in their place."""
    made = _made(connection, source)
    roots: dict[int, Placed] = {}
    for placed in _placed(connection, source.post.revision_id):
        root, alt, caption = _root(placed, made)
        words = _last_words(connection, source, root)
        roots.setdefault(
            root,
            Placed(
                photo=root,
                alt=words.alt if alt is None else alt,
                caption=words.caption if caption is None else caption,
            ),
        )
    return list(roots.values())


def _root(placed: Placed, made: Mapping[int, Row[Any]]) -> tuple[int, str | None, str | None]:
    """What the author named, and the words that are still the author's; None for those that staff wrote."""
    photo, alt, caption = placed.photo, placed.alt, placed.caption
    own_alt = own_caption = True
    while photo in made:
        own_alt, own_caption = (
            own_alt and made[photo].alt is None,
            own_caption and made[photo].caption is None,
        )
        photo = made[photo].made_from
    return photo, alt if own_alt else None, caption if own_caption else None


def _last_words(connection: Connection, source: StoredPhoto, photo: int) -> Placed:
    """As the newest revision that showed it had them."""
    c, r = t.revision_photo.c, t.revision.c
    query = (
        select(c.alt, c.caption)
        .join(t.revision, r.id == c.revision_id)
        .where(c.photo_id == photo, r.post_id == source.post.id)
        .order_by(r.id.desc())
    )
    row = connection.execute(query).first()
    return Placed(photo=photo, alt=row.alt if row else "", caption=row.caption if row else "")


def _placed(connection: Connection, revision: int) -> list[Placed]:
    c = t.revision_photo.c
    rows = connection.execute(
        select(c.photo_id, c.alt, c.caption).where(c.revision_id == revision).order_by(c.position)
    )
    return [Placed(photo=photo, alt=alt, caption=caption) for photo, alt, caption in rows]


def _made(connection: Connection, source: StoredPhoto) -> dict[int, Row[Any]]:
    m, p = t.made_photo.c, t.photo.c
    query = select(t.made_photo).join(t.photo, p.id == m.photo_id).where(p.post_id == source.post.id)
    return {row.photo_id: row for row in connection.execute(query)}
