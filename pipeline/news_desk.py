"""From a look at a school to finished notices: reads in bulk, decides who is told what, makes the mails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256

from sqlalchemy import Connection

from pipeline.facts import Facts
from pipeline.mime import EncodedPhoto, Slot, compose, fill
from pipeline.mime_headers import ascii_domain, date_header, mailbox, message_id
from pipeline.model import RunKind, School, Window
from pipeline.notice_mail import NoticeText, render_notice
from pipeline.notice_texts import BadAddress, Names, Summary, bundle, late, summary
from pipeline.notices import (
    News,
    NoticeKind,
    Reader,
    Stopped,
    Tellings,
    Trouble,
    What,
    news,
    readers,
    troubles,
)
from pipeline.office import Office, templates
from pipeline.settings import SchoolSettings
from pipeline.store import tables as t
from pipeline.store.doubts import doubts
from pipeline.store.finding_rows import load_held
from pipeline.store.notice_facts import bad_addresses, summary_of, tellings
from pipeline.store.notices import NewItem, NewNotice
from pipeline.store.schools import uid_of
from pipeline.store.snapshot import load


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a look is for."""

    day: date | None = None  #: whose bundle is due
    before: datetime | None = None  #: the moment of a newsletter that is near
    doubt: int = 0  #: the newest report by a parent, when nobody was told of it yet
    runs: tuple[int, ...] = ()  #: newsletters of which the management is to be told
    held: bool  #: posts and photos are told at all
    addresses: bool  #: and addresses

    @property
    def anything(self) -> bool:
        return bool(self.day or self.before or self.doubt or self.runs)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """What one look found, all of one moment."""

    version: int  #: of the policy
    readers: tuple[Reader, ...]
    troubles: tuple[Trouble, ...]
    told: Tellings
    names: Names
    addresses: tuple[BadAddress, ...]
    summaries: tuple[Summary, ...]


class NewsDesk:
    """Makes the notices of one school at one moment."""

    def __init__(
        self,
        office: Office,
        told: SchoolSettings,
        school: School,
        *,
        at: datetime,
        window: tuple[datetime, datetime],
    ) -> None:
        """``at`` is the calendar's now; ``window`` that of the next newsletter."""
        self._office, self._told, self._school = office, told, school
        self._at, self._now = at, office.clock()
        since, until = window
        # Whatever its age: holidays may have skipped the newsletters that would have had it.
        self._window = Window(
            kind=RunKind.WEEKLY, key="", since=since, until=until, at=at, carried_from=since
        )
        self._sign = office.sign(told)
        look = office.look(told)
        self._templates = look().templates if look else templates()
        self._texts = self._templates.notices[school.language].texts
        with office.database.read() as connection:
            self._uid = uid_of(connection, school.key)

    def write(self, wanted: Wanted) -> tuple[list[NewNotice], int]:
        """The notices, and the policy version that was found."""
        found = self._look(wanted)
        made = [*self._of_runs(found.summaries)]
        for reader in found.readers:
            made += self._for(reader, found, wanted)
        return made, found.version

    def _look(self, wanted: Wanted) -> _Found:
        with self._office.database.read() as connection:
            snapshot = load(connection, self._school, (self._school.language,), window=self._window)
            facts = Facts(snapshot, self._window)
            looking = wanted.held and (wanted.day or wanted.before or wanted.doubt)
            found = troubles(facts, _stopped(connection, facts)) if looking else ()
            addresses = wanted.addresses and wanted.day
            return _Found(
                version=snapshot.policy_version,
                readers=readers(snapshot.staff.values(), self._told.management),
                troubles=found,
                told=tellings(connection, self._school.key, (trouble.post.key for trouble in found)),
                names=_names(facts, found),
                addresses=bad_addresses(connection, self._school, self._now) if addresses else (),
                summaries=tuple(summary_of(connection, run) for run in wanted.runs),
            )

    def _for(self, reader: Reader, found: _Found, wanted: Wanted) -> Iterator[NewNotice]:
        """At most one mail of each kind: what must be solved before the newsletter, and the day's bundle."""
        doubtful: tuple[News, ...] = ()
        if wanted.doubt:
            reported = [trouble for trouble in found.troubles if trouble.doubts]
            doubtful = news(reader, reported, found.told)
        if doubtful:
            yield self._bundle(reader, NoticeKind.DOUBT, str(wanted.doubt), doubtful, (), found)
        near: tuple[News, ...] = ()
        if wanted.before is not None:
            near = news(reader, found.troubles, found.told, wanted.before)
            near = _without(near, doubtful)
        if near and wanted.before is not None:
            key = f"{wanted.before.astimezone(UTC):%Y-%m-%dT%H:%MZ} {found.version}"
            yield self._bundle(reader, NoticeKind.AT_ONCE, key, near, (), found, wanted.before)
        if wanted.day is None:
            return
        fresh = _without(news(reader, found.troubles, found.told), (*doubtful, *near))
        addresses = found.addresses if reader.management else ()
        if fresh or addresses:
            yield self._bundle(reader, NoticeKind.DAILY, wanted.day.isoformat(), fresh, addresses, found)

    def _bundle(
        self,
        reader: Reader,
        kind: NoticeKind,
        key: str,
        fresh: Sequence[News],
        addresses: Sequence[BadAddress],
        found: _Found,
        before: datetime | None = None,
    ) -> NewNotice:
        doubt = kind is NoticeKind.DOUBT
        text = bundle(
            reader, fresh, addresses, found.names, self._school, self._texts, before=before, doubt=doubt
        )
        return self._notice(reader, kind, key, text, (*map(_item, fresh), *map(_address_item, addresses)))

    def _of_runs(self, summaries: Iterable[Summary]) -> Iterator[NewNotice]:
        for told in summaries:
            kind = NoticeKind.LATE if told.held else NoticeKind.SUMMARY
            text = (late if told.held else summary)(told, self._school, self._texts)
            for address in self._told.management:
                yield self._notice(Reader(address=address, management=True), kind, told.key, text)

    def _notice(
        self, reader: Reader, kind: NoticeKind, key: str, text: NoticeText, items: tuple[NewItem, ...] = ()
    ) -> NewNotice:
        name = self._message_id(kind, key, reader.address)
        message, fault = b"", None
        try:
            message = self._message(reader, text, name)
        except Exception as why:  # one that cannot be made stops only itself
            fault = f"it cannot be made: {why!r}"
        return NewNotice(
            kind=kind,
            key=key,
            recipient=reader.address,
            staff=reader.key,
            message_id=name,
            message=message,
            fault=fault,
            items=items,
        )

    def _message_id(self, kind: NoticeKind, key: str, address: str) -> str:
        """Fixed with the row: recognisable however often the mail is handed over."""
        unique = sha256(f"{self._uid} notice {kind} {key} {address}".encode()).hexdigest()[:32]
        return message_id(unique, ascii_domain(self._school.sender).partition("@")[2])

    def _message(self, reader: Reader, text: NoticeText, name: str) -> bytes:
        school = self._school
        mail = render_notice(text, school, school.language, self._templates, self._told.colour)
        values = {
            Slot.TO: mailbox(reader.name, reader.address),
            Slot.MESSAGE_ID: name,
            Slot.DATE: date_header(self._now.astimezone(school.zone)),
        }
        message = fill(compose(mail), values, _no_photo)
        return self._sign((message,), self._now) + message if self._sign else message


def _stopped(connection: Connection, facts: Facts) -> Stopped:
    posts = [post.key for post in facts.snapshot.posts]
    return Stopped(
        held=load_held(connection, t.text_finding.c.post_id.in_(posts)),
        doubts=doubts(connection, facts.school, posts),
    )


def _names(facts: Facts, found: Iterable[Trouble]) -> Names:
    """Of those alone who are spoken of."""
    snapshot = facts.snapshot
    found = tuple(found)
    named = {each.pupil for trouble in found for each in trouble.held} - {None}
    pupils = named | {key for trouble in found for key in trouble.pupils}
    told = {key: snapshot.pupils[key] for key in pupils if key is not None}
    parents = {doubt.parent for trouble in found for doubt in trouble.doubts}
    return Names(
        pupils={key: f"{each.first_name} {each.last_name}".strip() for key, each in told.items()},
        groups={group.key: group.name for group in snapshot.groups.values()},
        parents={each.key: f"{each.name} ({each.id})" for each in snapshot.parents if each.key in parents},
    )


def _without(news: Iterable[News], told: Iterable[News]) -> tuple[News, ...]:
    just_told = {id(new.trouble) for new in told}
    return tuple(new for new in news if id(new.trouble) not in just_told)


def _no_photo(name: str) -> EncodedPhoto:
    raise KeyError(name)


def _item(new: News) -> NewItem:
    photo = new.trouble.photo
    return NewItem(what=new.what, post=new.trouble.post.key, photo=photo.key if photo else None)


def _address_item(bad: BadAddress) -> NewItem:
    what = What.ADDRESS_SUPPRESSED if bad.delivery is None else What.ADDRESS_FAILED
    return NewItem(what=what, parent=bad.parent, delivery=bad.delivery)
