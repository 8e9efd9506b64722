"""Putting posts into the store: pictures first, in caged processes, then everything in one transaction.

A post's text is an immutable revision; its groups, author, time and who is on its photos are facts
that rules read, and change in place (rule 16 honours them until hand-over).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select

from pipeline.found_words import found_words
from pipeline.intake.photos import PhotoMill, Prepared, Refused, remove, source_digest
from pipeline.intake.posts_check import Known, check_posts, known
from pipeline.intake.posts_write import PostsSummary, PostWriter
from pipeline.intake.records import PhotoRecord, PostRecord, Posts, VideoRecord
from pipeline.intake.videos import VideoMill, video_source_digest
from pipeline.model import School
from pipeline.problems import BadInput, Problem
from pipeline.settings import VideoLimits
from pipeline.store import tables as t
from pipeline.store.database import Database, lock_school
from pipeline.store.screen import screen

#: A picture or video of a post: its file as named, and the SHA-256 of its bytes.
Source = tuple[str, str, str]
_Medium = PhotoRecord | VideoRecord


def import_posts(
    database: Database,
    school: School,
    posts: Posts,
    *,
    media: Path,
    new_name: Callable[[], str],
    now: datetime,
    videos: VideoLimits | None = None,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> PostsSummary:
    """Raises `BadInput`, having changed nothing, for an unknown group or author."""
    with database.read() as connection:
        facts = known(connection, school)
        check_posts(posts, facts)
        stored = _stored_sources(connection, school)
    sources = {(post.id, each.file): _digest(each) for post, each in _media(posts)}
    summary = PostsSummary(remarks=list(posts.remarks))
    if dry_run:
        return _compare_only(database, school, posts, facts, sources, summary, now)
    fresh = [
        (post, each)
        for post, each in _media(posts)
        if (post.id, each.file, sources[post.id, each.file]) not in stored
    ]
    with drafts(database, media, [new_name() for _ in fresh], now) as names:
        made = _prepare(fresh, media, names, videos or VideoLimits(), progress)
        _refuse_changed(made, sources, posts)
        with database.write() as connection:
            lock_school(connection, school.key)
            _write(
                connection, school, PostWriter(connection, school, facts, sources, made, summary), posts, now
            )
            connection.execute(delete(t.picture_draft).where(t.picture_draft.c.name.in_(names)))
    return summary


def _write(connection: Connection, school: School, writer: PostWriter, posts: Posts, now: datetime) -> None:
    """The posts, and what their texts are held for (rules 12 to 14)."""
    writer.write(posts.posts)
    screened = screen(connection, school, now)
    held = {screened.refs[post]: found_words(rows) for post, rows in screened.held.items()}
    for record in posts.posts:
        writer.tell_text(record, held.get(record.id, ()))


@contextmanager
def drafts(database: Database, media: Path, names: list[str], now: datetime) -> Iterator[list[str]]:
    """Note the names before a picture is stored, so that one of a killed import can be found and removed."""
    if names:
        with database.write() as connection:
            connection.execute(insert(t.picture_draft), [{"name": name, "at": now} for name in names])
    try:
        yield names
    except BaseException:
        for name in names:
            remove(media, name)
        raise


def _refuse_changed(
    made: Mapping[tuple[str, str], Prepared | Refused], sources: Mapping[tuple[str, str], str], posts: Posts
) -> None:
    """A file that was replaced while we read it may show other children than were listed."""
    files = {post.id: post.file for post in posts.posts}
    problems = [
        Problem(file=files[post], message=f"{file} was changed while it was imported: import the posts again")
        for (post, file), result in made.items()
        if isinstance(result, Prepared) and result.source_digest != sources[post, file]
    ]
    if problems:
        raise BadInput(problems)


def _media(posts: Posts) -> list[tuple[PostRecord, _Medium]]:
    """Videos last, since they take longest: the bar is nearly at its end then."""
    everything = [(post, each) for post in posts.posts for each in post.media]
    return sorted(everything, key=lambda each: isinstance(each[1], VideoRecord))


def _digest(medium: _Medium) -> str:
    """ "" for a file that cannot be read."""
    if isinstance(medium, VideoRecord):
        return video_source_digest(medium)
    return source_digest(medium.path) or ""


def _stored_sources(connection: Connection, school: School) -> set[Source]:
    joined = (
        select(t.post.c.ref, t.photo.c.file, t.photo.c.source_digest)
        .join(t.photo, t.photo.c.post_id == t.post.c.id)
        .where(t.post.c.school_id == school.key, t.photo.c.erased_at.is_(None))
        .where(t.photo.c.id.not_in(select(t.made_photo.c.photo_id)))
    )
    return {(ref, file, digest) for ref, file, digest in connection.execute(joined)}


def _prepare(
    fresh: Sequence[tuple[PostRecord, _Medium]],
    media: Path,
    names: Sequence[str],
    limits: VideoLimits,
    progress: Callable[[int, int], None],
) -> dict[tuple[str, str], Prepared | Refused]:
    """Of every picture and video what became of it; ``names`` in the order of ``fresh``, photos first."""
    made: dict[tuple[str, str], Prepared | Refused] = {}
    photos = [(post, each) for post, each in fresh if isinstance(each, PhotoRecord)]
    videos = [(post, each) for post, each in fresh if isinstance(each, VideoRecord)]
    free = iter(names)
    if photos:
        with PhotoMill(media, new_name=free.__next__) as mill:
            for (post, photo), result in zip(photos, mill.prepare(p.path for _, p in photos), strict=True):
                made[post.id, photo.file] = result
                progress(len(made), len(fresh))
    if videos:
        with VideoMill(media, limits) as films:
            for post, video in videos:
                made[post.id, video.file] = films.prepare(video, next(free))
                progress(len(made), len(fresh))
    return made


def _compare_only(
    database: Database,
    school: School,
    posts: Posts,
    facts: Known,
    sources: dict[tuple[str, str], str],
    summary: PostsSummary,
    now: datetime,
) -> PostsSummary:
    """What would change, by doing it and taking it back; pictures are not decoded for it."""
    pending = Prepared(name="", source_digest="", width=0, height=0, size=0, digest="")
    made: dict[tuple[str, str], Prepared | Refused] = dict.fromkeys(sources, pending)
    with database.write() as connection, connection.begin_nested() as trial:
        _write(connection, school, PostWriter(connection, school, facts, sources, made, summary), posts, now)
        trial.rollback()
    return summary
