"""From a look at a school to finished notices: reads in bulk, decides who is told what, makes the mails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256

from pipeline.facts import Facts
from pipeline.mime import EncodedPhoto, Slot, compose, fill
from pipeline.mime_headers import ascii_domain, date_header, mailbox, message_id
from pipeline.model import RunKind, School, Window
from pipeline.notice_mail import NoticeText, render_notice
from pipeline.notice_texts import BadAddress, Names, Summary, bundle, late, summary
from pipeline.notices import News, NoticeKind, Reader, Tellings, Trouble, What, news, readers, troubles
from pipeline.office import Office, templates
from pipeline.settings import SchoolSettings
from pipeline.store.notice_facts import bad_addresses, pupil_names, summary_of, tellings
from pipeline.store.notices import NewItem, NewNotice
from pipeline.store.schools import uid_of
from pipeline.store.snapshot import load


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a look is for."""

    day: date | None = None  #: whose bundle is due
    before: datetime | None = None  #: the moment of a newsletter that is near
    runs: tuple[int, ...] = ()  #: newsletters of which the management is to be told
    held: bool  #: posts and photos are told at all
    addresses: bool  #: and addresses

    @property
    def anything(self) -> bool:
        return bool(self.day or self.before or self.runs)


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
            found = troubles(facts) if wanted.held and (wanted.day or wanted.before) else ()
            pupils = {key for trouble in found for key in trouble.pupils}
            addresses = wanted.addresses and wanted.day
            return _Found(
                version=snapshot.policy_version,
                readers=readers(snapshot.staff.values(), self._told.management),
                troubles=found,
                told=tellings(connection, self._school.key, (trouble.post.key for trouble in found)),
                names=Names(
                    pupils=pupil_names(connection, pupils),
                    groups={group.key: group.name for group in snapshot.groups.values()},
                ),
                addresses=bad_addresses(connection, self._school, self._now) if addresses else (),
                summaries=tuple(summary_of(connection, run) for run in wanted.runs),
            )

    def _for(self, reader: Reader, found: _Found, wanted: Wanted) -> Iterator[NewNotice]:
        """At most one mail of each kind: what must be solved before the newsletter, and the day's bundle."""
        near: tuple[News, ...] = ()
        if wanted.before is not None:
            near = news(reader, found.troubles, found.told, wanted.before)
        if near and wanted.before is not None:
            key = f"{wanted.before.astimezone(UTC):%Y-%m-%dT%H:%MZ} {found.version}"
            yield self._bundle(reader, NoticeKind.AT_ONCE, key, near, (), found, wanted.before)
        if wanted.day is None:
            return
        just_told = {id(new.trouble) for new in near}
        fresh = news(reader, found.troubles, found.told)
        fresh = tuple(new for new in fresh if id(new.trouble) not in just_told)
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
        text = bundle(reader, fresh, addresses, found.names, self._school, self._texts, before=before)
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


def _no_photo(name: str) -> EncodedPhoto:
    raise KeyError(name)


def _item(new: News) -> NewItem:
    photo = new.trouble.photo
    return NewItem(what=new.what, post=new.trouble.post.key, photo=photo.key if photo else None)


def _address_item(bad: BadAddress) -> NewItem:
    what = What.ADDRESS_SUPPRESSED if bad.delivery is None else What.ADDRESS_FAILED
    return NewItem(what=what, parent=bad.parent, delivery=bad.delivery)
