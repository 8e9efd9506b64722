"""A new photo made of a stored one: a part cut out, or parts blurred, with its own list of who is shown.

It takes the old one's place in the post unless it shall stand beside it. The old one is kept: it can be
worked on again, and goes when the post's photos go (rule 20).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, update

from pipeline.intake.photo_boxes import BadBox, parse_box
from pipeline.intake.photo_kinds import PhotoKind
from pipeline.intake.photo_process import Decoded, Failure
from pipeline.intake.photo_rows import StoredPhoto, find_photo, free_file, named, taking_its_place, text_of
from pipeline.intake.photo_wire import Edit, Operation
from pipeline.intake.photos import Limits, Prepared, Size, caged, keep
from pipeline.intake.posts_import import drafts
from pipeline.intake.revisions import add_revision, show_only, with_made
from pipeline.model import School
from pipeline.problems import BadInput, Problem
from pipeline.store import tables as t
from pipeline.store.database import Database, lock_school, raise_policy
from pipeline.store.decisions import Decider, Undecidable, keep_decision, refuse_decider


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What staff want of one photo of a post."""

    post: str
    file: str
    operation: Operation
    boxes: Sequence[str]  #: as `photo_boxes` reads them
    shows: frozenset[str] | None  #: pupil ids on the new one; None: not listed, so it is held (rule 7)
    beside: bool = False
    alt: str | None = None  #: None: as on the old one, also when its author changes it
    caption: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    file: str  #: what the new photo is called in its post
    width: int
    height: int
    listed: bool


def preview_photo(database: Database, school: School, wanted: Wanted, *, media: Path, to: Path) -> None:
    """Write what it would look like in a mail to a file of its owner's; nothing is changed."""
    with database.read() as connection:
        source = find_photo(connection, school, wanted.post, wanted.file)
    decoded = _made_of(source, _edit(source, wanted), media)
    handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(decoded.mail)


def make_photo(
    database: Database,
    school: School,
    wanted: Wanted,
    decider: Decider,
    *,
    media: Path,
    new_name: Callable[[], str],
) -> Made:
    """Raises `Undecidable` or `BadInput`, having changed nothing."""
    with database.read() as connection:
        source = find_photo(connection, school, wanted.post, wanted.file)
        refuse_decider(connection, school, source.post, decider)
        _refuse_unknown(connection, school, wanted.shows or frozenset())
    edit = _edit(source, wanted)
    with drafts(database, media, [new_name()], decider.at) as names:
        prepared = keep(media, names[0], _made_of(source, edit, media))
        with database.write() as connection:
            lock_school(connection, school.key)
            if find_photo(connection, school, wanted.post, wanted.file) != source:
                raise Undecidable(f"{wanted.file} was changed meanwhile: look at it and try again")
            file = _write(connection, school, source, wanted, edit, prepared, decider)
            connection.execute(delete(t.picture_draft).where(t.picture_draft.c.name.in_(names)))
    return Made(file=file, width=prepared.width, height=prepared.height, listed=wanted.shows is not None)


def _edit(source: StoredPhoto, wanted: Wanted) -> Edit:
    try:
        boxes = [parse_box(told, source.width, source.height) for told in wanted.boxes]
    except BadBox as problem:
        raise BadInput([Problem(file="--box", message=str(problem))]) from None
    if wanted.operation is Operation.CROP and len(boxes) != 1:
        raise BadInput([Problem(file="--box", message="cutting out takes one box; make each part by itself")])
    return Edit(operation=wanted.operation, boxes=tuple(boxes))


def _made_of(source: StoredPhoto, edit: Edit, media: Path) -> Decoded:
    """The stored picture, decoded and changed in a cage: however old a file, no library reads it in here."""
    process = caged(Limits())
    try:
        with (media / source.name[:2] / f"{source.name}-{Size.LARGE.value}.jpg").open("rb") as picture:
            outcome = process.decode(PhotoKind.JPEG, picture.fileno(), edit)
    except FileNotFoundError:
        raise Undecidable(f"the picture of {source.file} is not in the media folder any more") from None
    finally:
        process.close()
    if isinstance(outcome, Failure):
        raise Undecidable(f"{source.file} cannot be worked on ({outcome.status.name.lower()})")
    return outcome


def _refuse_unknown(connection: Connection, school: School, shows: frozenset[str]) -> None:
    c = t.pupil.c
    known = set(
        connection.execute(select(c.ref).where(c.school_id == school.key, c.ref.in_(shows))).scalars()
    )
    if unknown := sorted(shows - known):
        words = f"the roster does not know {', '.join(unknown)}: write pupil ids, with commas between them"
        raise BadInput([Problem(file="--shows", message=words)])


def _write(
    connection: Connection,
    school: School,
    source: StoredPhoto,
    wanted: Wanted,
    edit: Edit,
    prepared: Prepared,
    decider: Decider,
) -> str:
    file = free_file(connection, source, edit.operation.name.lower())
    key = _add(connection, source, wanted, file, prepared)
    told = {"operation": edit.operation.name.lower(), "boxes": list(map(asdict, edit.boxes))}
    words = {"alt": wanted.alt, "caption": wanted.caption}
    in_its_place = [] if wanted.beside else taking_its_place(connection, source)
    authors = named(connection, source)
    connection.execute(
        insert(t.made_photo).values(
            photo_id=key, made_from=source.key, how=json.dumps(told), beside=wanted.beside, **words
        )
    )
    if in_its_place:
        connection.execute(update(t.photo).where(t.photo.c.id.in_(in_its_place)).values(replaced=True))
    placed = with_made(connection, source.post.id, authors)
    show_only(connection, source.post.id, [each.photo for each in placed])
    add_revision(connection, source.post.id, text_of(connection, source), placed)
    version = raise_policy(connection, school.key)
    what = f"photo {told['operation']} {source.key} to {key}"
    keep_decision(connection, school, decider, what, version, post_id=source.post.id)
    return file


def _add(connection: Connection, source: StoredPhoto, wanted: Wanted, file: str, prepared: Prepared) -> int:
    about = {"post_id": source.post.id, "file": file, "source_digest": prepared.source_digest}
    flags = {"listed": wanted.shows is not None, "removed": False}
    added = insert(t.photo).values(**about, **flags, **prepared.stored).returning(t.photo.c.id)
    key = int(connection.execute(added).scalar_one())
    if wanted.shows:
        rows = [{"photo_id": key, "pupil_ref": pupil} for pupil in sorted(wanted.shows)]
        connection.execute(insert(t.photo_shows), rows)
    return key
