"""The second guard's own queries. Written apart from `snapshot.py` and the rules on purpose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, text

from pipeline.days import age_on
from pipeline.guard import GuardedEntry, GuardedPhoto, GuardedPost, GuardFacts
from pipeline.mime import content_id
from pipeline.mime_headers import ascii_domain
from pipeline.model import School
from pipeline.store.guard_texts import CURRENT_ENROLMENT, TextReader
from pipeline.store.tables import EPOCH

_OF_AGE = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class GuardMoment:
    """When and for which run the guard looks."""

    run: int
    at: datetime
    today: date
    purpose: str
    channels: frozenset[str]  #: of the parents whom this run is for
    urgent: bool  #: only what management marked as urgent may be in it
    yes_since: datetime | None  #: with consent per school year: no yes from before this counts


def load_guard_facts(connection: Connection, school: School, moment: GuardMoment) -> GuardFacts:
    """Everything the guard holds a run's messages against, in a dozen bulk queries."""
    reader = _Reader(connection, school, moment)
    reached, school_since, children = reader.access()
    posts, agenda_posts, entries = reader.posts(), reader.agenda_posts(), reader.entries()
    named = reader.consenting("name")
    names = school.rules.text_checks.names
    texts = TextReader(reader.rows, school.rules.text_checks, run=moment.run, purpose=moment.purpose)
    return GuardFacts(
        version=reader.version(),
        address=reader.addresses(),
        reached=reached,
        school_since=school_since,
        posts=posts,
        photos=reader.photos(),
        barred=reader.barred(),
        consenting=reader.consenting("photo"),
        filmed=reader.consenting("video"),
        own_children=children if school.rules.own_child_photo else {},
        expected=reader.expected(),
        agenda_posts=agenda_posts,
        entries=entries,
        held=texts.held(named),
        unnamed=texts.unnamed({**agenda_posts, **posts}, entries, named) if names else {},
    )


_CURRENT_LINK = """
    link.approval = 'approved' AND NOT link.blocked AND NOT link.ended
    AND (link.since IS NULL OR link.since <= :today) AND (link.until IS NULL OR link.until > :today)
"""


class _Reader:
    def __init__(self, connection: Connection, school: School, moment: GuardMoment) -> None:
        self._connection, self._school, self._moment = connection, school, moment

    def rows(self, sql: str, **more: Any) -> Sequence[Any]:
        values = {"school": self._school.key, "today": self._moment.today.isoformat(), **more}
        if self._connection.dialect.name != "sqlite":
            values["today"] = self._moment.today
        statement = text(sql)
        return self._connection.execute(statement, {k: v for k, v in values.items() if f":{k}" in sql}).all()

    def version(self) -> int:
        [(version,)] = self.rows("SELECT policy_version FROM school WHERE id = :school")
        return int(version)

    def addresses(self) -> dict[int, str]:
        rows = self.rows(
            "SELECT id, address, channel FROM parent WHERE school_id = :school AND address IS NOT NULL"
            " AND suppressed_at IS NULL AND erased_at IS NULL"
        )
        channels = self._moment.channels
        return {parent: ascii_domain(address) for parent, address, channel in rows if channel in channels}

    def access(
        self,
    ) -> tuple[dict[tuple[int, int], date], dict[int, date], Mapping[int, frozenset[str]]]:
        rows = self.rows(
            "SELECT link.parent_id, enrolment.group_id, pupil.ref,"
            " (SELECT MIN(COALESCE(e.since, '0001-01-01')) FROM enrolment e WHERE e.pupil_id = pupil.id"
            " AND e.group_id = enrolment.group_id AND NOT e.ended),"
            " (SELECT MIN(COALESCE(e.since, '0001-01-01')) FROM enrolment e WHERE e.pupil_id = pupil.id)"
            " FROM link JOIN pupil ON pupil.id = link.pupil_id"
            " JOIN enrolment ON enrolment.pupil_id = pupil.id"
            f" WHERE link.school_id = :school AND {_CURRENT_LINK} AND {CURRENT_ENROLMENT}"
        )
        reached: dict[tuple[int, int], date] = {}
        school_since: dict[int, date] = {}
        children: dict[int, set[str]] = defaultdict(set)
        for parent, group, pupil, since, first in rows:
            day = _day(since)
            reached[parent, group] = min(reached.get((parent, group), day), day)
            school_since[parent] = min(school_since.get(parent, _day(first)), _day(first))
            children[parent].add(pupil)
        return reached, school_since, {parent: frozenset(pupils) for parent, pupils in children.items()}

    def posts(self) -> dict[int, GuardedPost]:
        groups: dict[int, set[int]] = defaultdict(set)
        for post, group in self.rows(
            "SELECT post_group.post_id, post_group.group_id FROM post_group"
            " JOIN run_post ON run_post.post_id = post_group.post_id WHERE run_post.run_id = :run",
            run=self._moment.run,
        ):
            groups[post].add(group)
        rows = self.rows(
            "SELECT post.id, post.to_school, post.published,"
            " post.state = 'live' AND (NOT :urgent OR (post.urgent AND staff.role = 'management'))"
            " FROM post JOIN staff ON staff.id = post.author_id"
            " JOIN run_post ON run_post.post_id = post.id WHERE run_post.run_id = :run",
            run=self._moment.run,
            urgent=self._moment.urgent,
        )
        return {
            key: GuardedPost(
                published_on=self._local_day(published),
                to_school=bool(to_school),
                groups=frozenset(groups[key]),
                live=bool(live),
            )
            for key, to_school, published, live in rows
        }

    def agenda_posts(self) -> dict[int, GuardedPost]:
        """Posts whose events stand in the agendas of this run, however old they are."""
        groups: dict[int, set[int]] = defaultdict(set)
        for post, group in self.rows(
            "SELECT post_id, group_id FROM post_group WHERE post_id IN" + _OF_AGENDAS,
            run=self._moment.run,
            kind="post",
        ):
            groups[post].add(group)
        rows = self.rows(
            "SELECT id, to_school, published, state FROM post WHERE school_id = :school AND id IN"
            + _OF_AGENDAS,
            run=self._moment.run,
            kind="post",
        )
        return {
            key: GuardedPost(
                published_on=self._local_day(published),
                to_school=bool(to_school),
                groups=frozenset(groups[key]),
                live=state == "live",
                withdrawn=state == "withdrawn",
            )
            for key, to_school, published, state in rows
        }

    def entries(self) -> dict[int, GuardedEntry]:
        groups: dict[int, set[int]] = defaultdict(set)
        for calendar, group in self.rows(
            "SELECT calendar_group.calendar_id, calendar_group.group_id FROM calendar_group"
            " JOIN calendar ON calendar.id = calendar_group.calendar_id WHERE calendar.school_id = :school"
        ):
            groups[calendar].add(group)
        rows = self.rows(
            "SELECT calendar_entry.id, calendar.id, calendar.to_school, calendar_entry.cancelled"
            " FROM calendar_entry JOIN calendar ON calendar.id = calendar_entry.calendar_id"
            " WHERE calendar_entry.school_id = :school AND calendar_entry.id IN" + _OF_AGENDAS,
            run=self._moment.run,
            kind="calendar",
        )
        return {
            key: GuardedEntry(
                to_school=bool(to_school), groups=frozenset(groups[calendar]), off=bool(cancelled)
            )
            for key, calendar, to_school, cancelled in rows
        }

    def photos(self) -> dict[str, GuardedPhoto]:
        shows: dict[int, set[str]] = defaultdict(set)
        for photo, pupil in self.rows(
            "SELECT photo_shows.photo_id, photo_shows.pupil_ref FROM photo_shows"
            " JOIN photo ON photo.id = photo_shows.photo_id"
            " JOIN run_post ON run_post.post_id = photo.post_id WHERE run_post.run_id = :run",
            run=self._moment.run,
        ):
            shows[photo].add(pupil)
        rows = self.rows(
            "SELECT photo.id, photo.post_id, photo.name, photo.digest, photo.listed, photo.removed,"
            " photo.refused, EXISTS (SELECT 1 FROM video WHERE video.photo_id = photo.id) AS is_video"
            " FROM photo JOIN run_post ON run_post.post_id = photo.post_id"
            " WHERE run_post.run_id = :run",
            run=self._moment.run,
        )
        return {
            content_id(row.name): GuardedPhoto(
                post=row.post_id,
                digest=row.digest,
                shows=frozenset(shows[row.id]) if row.listed else None,
                usable=not row.removed and row.refused is None,
                video=bool(row.is_video),
            )
            for row in rows
        }

    def barred(self) -> dict[int, frozenset[str]]:
        pupils: dict[int, set[str]] = defaultdict(set)
        for parent, pupil in self.rows(
            "SELECT link.parent_id, pupil.ref FROM link JOIN pupil ON pupil.id = link.pupil_id"
            " WHERE link.school_id = :school AND link.blocked"
        ):
            pupils[parent].add(pupil)
        return {parent: frozenset(refs) for parent, refs in pupils.items()}

    def consenting(self, kind: str) -> frozenset[str]:
        """Pupils here today with a yes that counts and no latest no (rule 9), decided by the database."""
        asked = {
            "kind": kind,
            "purpose": self._moment.purpose,
            "at": _microseconds(self._moment.at),
            "yes_since": _microseconds(self._moment.yes_since or EPOCH),
        }
        consenting = {pupil for (pupil,) in self.rows(_PARENTS_CONSENT, **asked)}
        for pupil, born, yes, given_at in self.rows(_OWN_ANSWERS, **asked):
            if born is None or age_on(_day(born), self._local_day(given_at)) < _OF_AGE:
                continue
            if not yes or given_at < asked["yes_since"]:
                consenting.discard(pupil)
            elif age_on(_day(born), self._moment.today) >= _OF_AGE:
                consenting.add(pupil)
        return frozenset(consenting)

    def _local_day(self, microseconds: int) -> date:
        return datetime.fromtimestamp(microseconds / 1_000_000, UTC).astimezone(self._school.zone).date()

    def expected(self) -> dict[int, frozenset[int]]:
        posts: dict[int, set[int]] = defaultdict(set)
        for delivery, post in self.rows(
            "SELECT delivery_item.delivery_id, delivery_item.post_id FROM delivery_item"
            " JOIN delivery ON delivery.id = delivery_item.delivery_id"
            " WHERE delivery.run_id = :run AND delivery_item.had",
            run=self._moment.run,
        ):
            posts[delivery].add(post)
        return {delivery: frozenset(keys) for delivery, keys in posts.items()}


_OF_AGENDAS = """ (
    SELECT edition_event.source_id FROM edition_event JOIN edition ON edition.id = edition_event.edition_id
    WHERE edition.run_id = :run AND edition_event.agenda AND edition_event.source = :kind
)"""
_LATEST = """
WITH latest AS (
    SELECT pupil_id, parent_id, yes, given_at,
           ROW_NUMBER() OVER (PARTITION BY pupil_id, parent_id ORDER BY given_at DESC, yes ASC) AS nth
    FROM consent
    WHERE school_id = :school AND purpose = :purpose AND kind = :kind AND (NOT yes OR given_at <= :at)
)"""
_PARENTS_CONSENT = f"""{_LATEST}
SELECT pupil.ref FROM pupil
WHERE pupil.school_id = :school
  AND EXISTS (SELECT 1 FROM enrolment WHERE enrolment.pupil_id = pupil.id AND {CURRENT_ENROLMENT})
  AND NOT EXISTS (SELECT 1 FROM latest WHERE latest.pupil_id = pupil.id AND parent_id IS NOT NULL
                  AND nth = 1 AND NOT yes)
  AND EXISTS (SELECT 1 FROM latest JOIN link ON link.parent_id = latest.parent_id
              AND link.pupil_id = pupil.id
              WHERE latest.pupil_id = pupil.id AND nth = 1 AND yes AND given_at >= :yes_since
              AND NOT link.blocked AND NOT link.ended
              AND (link.since IS NULL OR link.since <= :today)
              AND (link.until IS NULL OR link.until > :today))
"""
#: What a pupil answered last; it decides from the sixteenth birthday, on which an answer can be given.
_OWN_ANSWERS = f"""{_LATEST}
SELECT pupil.ref, pupil.birth_date, latest.yes, latest.given_at FROM latest
JOIN pupil ON pupil.id = latest.pupil_id
WHERE latest.parent_id IS NULL AND latest.nth = 1
  AND EXISTS (SELECT 1 FROM enrolment WHERE enrolment.pupil_id = pupil.id AND {CURRENT_ENROLMENT})
"""


def _day(value: Any) -> date:
    if value is None:
        return date.min
    return value if isinstance(value, date) else date.fromisoformat(value)


def _microseconds(instant: datetime) -> int:
    return round((instant - EPOCH).total_seconds() * 1_000_000)
