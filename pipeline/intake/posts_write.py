"""Writing posts: their facts in place, their text as a new revision, their photos by file and bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from pipeline.intake.photos import Prepared, Refused
from pipeline.intake.posts_check import Known
from pipeline.intake.records import PhotoRecord, PostRecord, VideoRecord
from pipeline.intake.revisions import Placed, Text, add_revision, digest_of, show_only, with_made
from pipeline.model import PostState, Role, School
from pipeline.problems import Problem
from pipeline.store import tables as t
from pipeline.store.database import raise_policy

#: Photos that staff made are known by what they were made from, never by file and bytes.
_MADE = select(t.made_photo.c.photo_id)


@dataclass(kw_only=True, slots=True)
class PostsSummary:
    new: int = 0
    changed: int = 0
    same: int = 0
    held: list[Problem] = field(default_factory=list)  #: what waits for a person (exit status 1)
    remarks: list[Problem] = field(default_factory=list)


class PostWriter:
    """Writes posts in the caller's transaction, and gathers what a person has to look at."""

    def __init__(
        self,
        connection: Connection,
        school: School,
        facts: Known,
        sources: dict[tuple[str, str], str],
        made: dict[tuple[str, str], Prepared | Refused],
        summary: PostsSummary,
    ) -> None:
        self._connection, self._school, self._known = connection, school, facts
        self._sources, self._made, self._summary = sources, made, summary
        self._changed = False

    def write(self, posts: Iterable[PostRecord]) -> None:
        c = t.post.c
        standing = {
            row.ref: row
            for row in self._connection.execute(select(t.post).where(c.school_id == self._school.key))
        }
        for record in posts:
            before = self._changed
            self._changed = False
            row = standing.get(record.id)
            self._write_post(record, row)
            if row is None:
                self._summary.new += 1
            elif self._changed:
                self._summary.changed += 1
            else:
                self._summary.same += 1
            self._changed = before or self._changed
        if self._changed:
            raise_policy(self._connection, self._school.key)

    def _write_post(self, record: PostRecord, row: Row[Any] | None) -> None:
        key = self._write_facts(record, row)
        self._write_groups(key, record)
        photos = [self._write_photo(key, record, photo) for photo in record.media]
        self._write_revision(key, record, photos, row)
        state = self._state(record, row)
        if row is None or state != row.state:
            self._connection.execute(update(t.post).where(t.post.c.id == key).values(state=state))
        self._tell_state(record, PostState(state))

    def _write_facts(self, record: PostRecord, row: Row[Any] | None) -> int:
        author = self._known.author(record)
        values = {
            "author_id": author.key,
            "to_school": self._known.to_school(record),
            "published": record.published.astimezone(UTC),
            "urgent": record.urgent,
        }
        if row is None:
            added = insert(t.post).values(
                school_id=self._school.key, ref=record.id, state=PostState.LIVE, released_since=0, **values
            )
            self._changed = True
            return int(self._connection.execute(added.returning(t.post.c.id)).scalar_one())
        if any(getattr(row, name) != value for name, value in values.items()):
            self._connection.execute(update(t.post).where(t.post.c.id == row.id).values(**values))
            self._changed = True
        return int(row.id)

    def _write_groups(self, key: int, record: PostRecord) -> None:
        wanted = self._known.group_keys(record)
        c = t.post_group.c
        have = set(self._connection.execute(select(c.group_id).where(c.post_id == key)).scalars())
        if have != wanted:
            self._connection.execute(delete(t.post_group).where(c.post_id == key))
            if wanted:
                rows = [{"post_id": key, "group_id": group} for group in sorted(wanted)]
                self._connection.execute(insert(t.post_group), rows)
            self._changed = True

    # Photos: known by post, file name and bytes; other bytes under the same name are another photo.

    def _write_photo(self, post: int, record: PostRecord, photo: PhotoRecord | VideoRecord) -> int:
        digest = self._sources[record.id, photo.file]
        c = t.photo.c
        same = (c.post_id == post, c.file == photo.file, c.source_digest == digest, c.erased_at.is_(None))
        row = self._connection.execute(select(t.photo).where(*same, c.id.not_in(_MADE))).first()
        if row is None:
            key, refused = self._add_photo(post, record, photo, digest)
        else:
            key, refused = int(row.id), row.refused
            listed = photo.shows is not None
            if row.listed != listed:
                self._connection.execute(update(t.photo).where(c.id == key).values(listed=listed))
                self._changed = True
        self._write_shows(key, photo)
        if row is None or not row.replaced:
            self._tell_photo(record, photo, refused)
        return key

    def _add_photo(
        self, post: int, record: PostRecord, photo: PhotoRecord | VideoRecord, digest: str
    ) -> tuple[int, str | None]:
        made = self._made.get((record.id, photo.file))
        values: dict[str, Any] = {
            "post_id": post,
            "file": photo.file,
            "source_digest": digest,
            "listed": photo.shows is not None,
            "removed": False,
            "name": "",
            "digest": "",
            "width": 0,
            "height": 0,
            "size": 0,
        }
        if isinstance(made, Prepared):
            values |= made.stored
        refused = made.message if isinstance(made, Refused) else None
        self._changed = True
        added = insert(t.photo).values(**values, refused=refused).returning(t.photo.c.id)
        key = int(self._connection.execute(added).scalar_one())
        if isinstance(made, Prepared) and made.video:
            self._connection.execute(insert(t.video).values(photo_id=key, **asdict(made.video)))
        return key, refused

    def _write_shows(self, key: int, photo: PhotoRecord | VideoRecord) -> None:
        c = t.photo_shows.c
        wanted = set(photo.shows or ())
        have = set(self._connection.execute(select(c.pupil_ref).where(c.photo_id == key)).scalars())
        if have != wanted:
            self._connection.execute(delete(t.photo_shows).where(c.photo_id == key))
            if wanted:
                rows = [{"photo_id": key, "pupil_ref": pupil} for pupil in sorted(wanted)]
                self._connection.execute(insert(t.photo_shows), rows)
            self._changed = True

    def _write_revision(self, key: int, record: PostRecord, photos: list[int], row: Row[Any] | None) -> None:
        """A new revision, if the post says something else now than it did."""
        named = [
            Placed(photo=photo, alt=each.alt, caption=each.caption)
            for photo, each in zip(photos, record.media, strict=True)
        ]
        placed = with_made(self._connection, key, named)
        self._changed |= show_only(self._connection, key, [each.photo for each in placed])
        extra = json.dumps(_extra(record), ensure_ascii=False, sort_keys=True)
        text = Text(title=record.title, body=record.body, extra=extra)
        c = t.revision.c
        current = select(c.digest).where(c.id == row.revision_id) if row is not None else None
        if current is not None and self._connection.execute(current).scalar() == digest_of(text, placed):
            return
        add_revision(self._connection, key, text, placed)
        self._changed = True

    def _state(self, record: PostRecord, row: Row[Any] | None) -> str:
        """A class parent's post waits, and waits again when anything of it changes (rule 3): who released
        it agreed to these groups and these children on the photos, not to others."""
        waits = self._known.author(record).role == Role.CLASS_PARENT and self._school.rules.class_parent_waits
        if row is None:
            return PostState.WAITING if waits else PostState.LIVE
        return PostState.WAITING if waits and self._changed and row.state == PostState.LIVE else row.state

    # What a person has to look at.

    def _tell(self, record: PostRecord, line: int, message: str) -> None:
        self._summary.held.append(Problem(file=record.file, line=line or None, message=message))

    def _tell_state(self, record: PostRecord, state: PostState) -> None:
        if not self._known.may_post(record):
            name = self._known.author(record).name
            self._tell(record, record.author_line, f"held: {name} may post to their own groups only (rule 3)")
        if state == PostState.WAITING:
            self._tell(
                record, record.author_line, "held: a class parent's post waits until a teacher releases it"
            )
        elif state == PostState.HELD:
            self._tell(record, record.line, f"held: {record.id} was stopped; release or withdraw it")

    def tell_text(self, record: PostRecord, held: Iterable[str]) -> None:
        """``held``: what its text is held for, each in words."""
        for words in held:
            do = f"change the text, or weekbrief release {record.id} --why TEXT"
            self._tell(record, record.line, f"held: {record.id} {words}: {do}")

    def _tell_photo(self, record: PostRecord, photo: PhotoRecord | VideoRecord, refused: str | None) -> None:
        if refused:
            self._tell(record, photo.line, f"refused: {refused}")
        elif photo.shows is None:
            self._tell(
                record, photo.line, f"held: {photo.file} does not list who it shows yet (shows = [...])"
            )
        elif unknown := sorted(set(photo.shows) - self._known.pupils):
            self._tell(
                record,
                photo.line,
                f"held: {photo.file} shows {', '.join(unknown)}, whom the roster does not know",
            )


def _extra(record: PostRecord) -> dict[str, Any]:
    extra: dict[str, Any] = {"links": [{"url": link.url, "title": link.title} for link in record.links]}
    if event := record.event:
        ends = event.ends.isoformat() if event.ends else None
        extra["event"] = {"starts": event.starts.isoformat(), "ends": ends, "location": event.location}
        if event.all_day:  # only then: a post that was there before whole days were has not changed
            extra["event"]["all_day"] = True
    if record.language:
        extra["language"] = record.language
    return extra
