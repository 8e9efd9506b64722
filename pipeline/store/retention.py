"""Rule 20: what is deleted when. Rows that count stay; what says something about a person goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, or_, select, update

from pipeline.days import local_date
from pipeline.intake.photo_files import remove
from pipeline.model import DeliveryState, School
from pipeline.settings import Retention
from pipeline.store import tables as t
from pipeline.store.database import Database, raise_policy
from pipeline.store.doubts import REPORT
from pipeline.store.runs import OPEN_STATES

_AT_ONCE = 500
_KEEP_CALENDAR_DAYS = 90  #: after it; as far back as an import reads


@dataclass(frozen=True, kw_only=True, slots=True)
class Forgotten:
    """How much was deleted."""

    mails: int = 0
    photos: int = 0
    people: int = 0


def forget_old(database: Database, school: School, terms: Retention, media: Path, now: datetime) -> Forgotten:
    """Delete what is past the school's terms at the calendar's ``now``. Safe to repeat."""
    with database.write() as connection:
        mails = _forget_mails(connection, school, now - timedelta(days=terms.mails))
        _forget_calendar(connection, school, now - timedelta(days=_KEEP_CALENDAR_DAYS))
        _forget_notices(connection, school, now - timedelta(days=min(terms.mails, terms.after_leaving)))
        photos = _old_photos(connection, school, now - timedelta(days=terms.photos), now)
        left_before = local_date(now, school.zone) - timedelta(days=terms.after_leaving)
        people = _forget_people(connection, school, left_before, now)
        if photos or people:
            raise_policy(connection, school.key)
    # After the commit: a picture whose row still shows it must never be missing.
    for name in photos:
        remove(media, name)
    return Forgotten(mails=mails, photos=len(photos), people=people)


def _forget_mails(connection: Connection, school: School, before: datetime) -> int:
    """Bodies, names and addresses of closed runs; that and when each parent was served stays."""
    c = t.run.c
    old = select(c.id).where(c.school_id == school.key, c.closed_at.is_not(None), c.until < before)
    emptied = connection.execute(
        update(t.edition)
        .where(t.edition.c.run_id.in_(old), t.edition.c.pieces.is_not(None))
        .values(pieces=None)
    )
    _forget_addressees(connection, t.delivery.c.run_id.in_(old))
    return emptied.rowcount


def _forget_addressees(connection: Connection, whose: ColumnElement[bool]) -> None:
    """Names and addresses in deliveries, also those that relays and faults quote."""
    d, e = t.delivery.c, t.delivery_event.c
    personal = or_(d.name != "", d.address.is_not(None), d.unsubscribe.is_not(None))
    known = list(connection.execute(select(d.id).where(whose, personal)).scalars())
    for start in range(0, len(known), _AT_ONCE):
        some = known[start : start + _AT_ONCE]
        connection.execute(update(t.delivery_event).where(e.delivery_id.in_(some)).values(text=""))
        in_words = and_(d.id.in_(some), d.state != DeliveryState.WITHHELD)
        connection.execute(update(t.delivery).where(in_words).values(reason=None))
        gone = {"name": "", "address": None, "unsubscribe": None}
        connection.execute(update(t.delivery).where(d.id.in_(some)).values(**gone))


def _forget_notices(connection: Connection, school: School, before: datetime) -> None:
    """Text and address of mails to staff; what was told to whom stays, by internal keys. They name who left
    too, so they stay no longer than those."""
    c = t.notice.c
    old = (c.school_id == school.key, c.done_at.is_not(None), c.at < before, c.message.is_not(None))
    connection.execute(update(t.notice).where(*old).values(recipient=None, message=None, said=""))


def _forget_calendar(connection: Connection, school: School, before: datetime) -> None:
    """What was on, by the school's calendars; that an edition told of it stays, by its key."""
    c = t.calendar_entry.c
    connection.execute(delete(t.calendar_entry).where(c.school_id == school.key, c.over < before))


def _old_photos(connection: Connection, school: School, before: datetime, now: datetime) -> list[str]:
    posts = select(t.post.c.id).where(t.post.c.school_id == school.key, t.post.c.published < before)
    gone = connection.execute(
        update(t.photo)
        .where(t.photo.c.post_id.in_(posts), t.photo.c.erased_at.is_(None))
        .values(erased_at=now)
        .returning(t.photo.c.name)
    )
    return [name for name in gone.scalars() if name]


def _forget_people(connection: Connection, school: School, left_before: date, now: datetime) -> int:
    pupils = _pupils_gone(connection, school, left_before)
    for key in pupils:
        _erase_pupil(connection, school, key, now)
    parents = _parents_gone(connection, school, left_before)
    for key in parents:
        _forget_addressees(connection, t.delivery.c.parent_id == key)
        theirs = (t.decision.c.parent_id == key, t.decision.c.what == REPORT)
        connection.execute(update(t.decision).where(*theirs).values(why=""))
        connection.execute(
            update(t.parent)
            .where(t.parent.c.id == key)
            .values(ref=f"erased-{key}", name="", address=None, channel="none", erased_at=now)
        )
    return len(pupils) + len(parents)


def _pupils_gone(connection: Connection, school: School, left_before: date) -> list[int]:
    """Whose every enrolment ended before the day; of who never had one, whose every link to a parent did."""
    c, e, link = t.pupil.c, t.enrolment.c, t.link.c
    enrolled, linked = e.pupil_id == c.id, link.pupil_id == c.id
    stays = exists().where(and_(enrolled, or_(e.until.is_(None), e.until >= left_before)))
    still_linked = exists().where(and_(linked, _link_stands(left_before)))
    never = and_(~exists().where(enrolled), exists().where(linked), ~still_linked)
    left = or_(and_(exists().where(enrolled), ~stays), never)
    where = (c.school_id == school.key, c.erased_at.is_(None), left)
    return list(connection.execute(select(c.id).where(*where)).scalars())


def _erase_pupil(connection: Connection, school: School, key: int, now: datetime) -> None:
    ref = connection.execute(select(t.pupil.c.ref).where(t.pupil.c.id == key)).scalar_one()
    photos = (
        select(t.photo.c.id)
        .join(t.post, t.post.c.id == t.photo.c.post_id)
        .where(t.post.c.school_id == school.key)
    )
    connection.execute(
        update(t.photo_shows)
        .where(t.photo_shows.c.pupil_ref == ref, t.photo_shows.c.photo_id.in_(photos))
        .values(pupil_ref=f"erased-{key}")
    )
    named = t.text_finding.c.pupil_id == key
    connection.execute(update(t.text_finding).where(named).values(found="[]"))
    connection.execute(
        update(t.pupil)
        .where(t.pupil.c.id == key)
        .values(ref=f"erased-{key}", first_name="", last_name="", birth_date=None, erased_at=now)
    )


def _parents_gone(connection: Connection, school: School, left_before: date) -> list[int]:
    """Whose children are all erased, or whose links all ended before the day."""
    c, link = t.parent.c, t.link.c
    pupil_erased = select(t.pupil.c.erased_at).where(t.pupil.c.id == link.pupil_id).scalar_subquery()
    still = and_(link.parent_id == c.id, pupil_erased.is_(None), _link_stands(left_before))
    ever = exists().where(link.parent_id == c.id)
    d = t.delivery.c
    open_mail = exists().where(and_(d.parent_id == c.id, d.state.in_(OPEN_STATES)))
    where = (c.school_id == school.key, c.erased_at.is_(None), ever, ~exists().where(still), ~open_mail)
    return list(connection.execute(select(c.id).where(*where)).scalars())


def _link_stands(left_before: date) -> ColumnElement[bool]:
    link = t.link.c
    return or_(~link.ended, link.ended_on.is_(None), link.ended_on >= left_before)


def sweep_pictures(database: Database, media: Path, noted_before: datetime) -> int:
    """Remove pictures whose import was killed before their rows stood.

    ``noted_before`` is by the real clock, well before now: an import may be under way. Only names that
    this very database noted are touched; a media folder may serve another one too.
    """
    draft = t.picture_draft.c
    with database.read() as connection:
        names = list(connection.execute(select(draft.name).where(draft.at < noted_before)).scalars())
    for name in names:
        remove(media, name)
    if names:
        with database.write() as connection:
            connection.execute(delete(t.picture_draft).where(draft.name.in_(names)))
    return len(names)
