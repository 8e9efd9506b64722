"""Who among the staff is told what is new (rules 7 and 23). Pure: facts and earlier tellings in, news out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from pipeline.consent import granted_for
from pipeline.days import first_instant, local_date
from pipeline.facts import Facts
from pipeline.model import Photo, PhotoReason, Post, PostReason, PostState, Purpose, Role, Staff
from pipeline.photo_rules import photo_stays
from pipeline.sendable import unsendable
from pipeline.text_rules import Held

#: So long before a newsletter what is new is told at once; and what was told longer than `LATELY` before it,
#: and still waits, is told once more.
AT_ONCE = timedelta(hours=2)
LATELY = timedelta(hours=24)


class NoticeKind(StrEnum):
    """One mail each; with its key it goes to a recipient once."""

    DAILY = "daily"  #: the bundle of a day
    AT_ONCE = "at_once"  #: a newsletter is near
    SUMMARY = "summary"  #: of a newsletter that was sent
    DOUBT = "doubt"  #: a parent's report (rule 15)
    LATE = "late"  #: a newsletter that waits for a person, because it came too late


class What(StrEnum):
    """What somebody was told; kept with whom, so that it is news once. Never change a value."""

    POST_HELD = "post_held"
    POST_WAITING = "post_waiting"
    POST_TEXT = "post_text"  #: for what stands in it (rules 12 to 14)
    POST_DOUBT = "post_doubt"  #: a parent reported it (rule 15)
    POST_AUTHOR = "post_author"  #: the author may not post there (rule 3)
    PHOTO_NOT_LISTED = "photo_not_listed"
    PHOTO_UNKNOWN_PUPIL = "photo_unknown_pupil"
    PHOTO_NO_CONSENT = "photo_no_consent"
    PHOTO_REFUSED = "photo_refused"
    #: All that a class parent hears of a photo or post, whatever the reason (rule 23).
    PHOTO_STAYS = "photo_stays"
    POST_STAYS = "post_stays"
    ADDRESS_FAILED = "address_failed"
    ADDRESS_SUPPRESSED = "address_suppressed"


_OF_POST = {
    PostReason.HELD: What.POST_HELD,
    PostReason.WAITING: What.POST_WAITING,
    PostReason.AUTHOR: What.POST_AUTHOR,
}
_OF_PHOTO = {
    PhotoReason.NOT_LISTED: What.PHOTO_NOT_LISTED,
    PhotoReason.UNKNOWN_PUPIL: What.PHOTO_UNKNOWN_PUPIL,
    PhotoReason.NO_CONSENT: What.PHOTO_NO_CONSENT,
    PhotoReason.REFUSED: What.PHOTO_REFUSED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """A post, or one of its photos, that goes to nobody as things are."""

    what: What
    post: Post
    photo: Photo | None = None
    pupils: tuple[int, ...] = ()  #: keys of those on the photo who lack consent
    unknown: tuple[str, ...] = ()  #: ids on the author's list that are of no pupil
    held: tuple[Held, ...] = ()  #: what its text is held for
    doubts: tuple[Doubt, ...] = ()  #: parents' reports that it is held for
    since: int = 0  #: policy version: what was told before it does not count


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubt:
    """One parent's report of one post."""

    post: int
    parent: int
    why: str
    version: int  #: of the policy


@dataclass(frozen=True, kw_only=True, slots=True)
class Stopped:
    """What rows say of why posts are held, by post: what stands in them, and parents' reports."""

    held: Mapping[int, tuple[Held, ...]] = field(default_factory=dict)
    doubts: Mapping[int, tuple[Doubt, ...]] = field(default_factory=dict)


def troubles(facts: Facts, stopped: Stopped | None = None) -> tuple[Trouble, ...]:
    """All that waits for somebody and could still go (rules 3, 7, 8, 12 to 15), in the order of publication.

    Consent to photos is asked for mail, which the newsletter goes by too. What a parent reported is told
    however old it is.
    """
    stopped = stopped or Stopped()
    posts = sorted(facts.snapshot.posts, key=lambda post: (post.published, post.key))
    told = (post for post in posts if post.published >= facts.owed_from or post.key in stopped.doubts)
    return tuple(found for post in told for found in _of(facts, post, stopped))


def _of(facts: Facts, post: Post, stopped: Stopped) -> Iterator[Trouble]:
    reason = unsendable(facts, post)
    yield from _of_post(post, reason, stopped.held.get(post.key, ()), stopped.doubts.get(post.key, ()))
    if reason in (PostReason.WITHDRAWN, PostReason.AUTHOR) or facts.settled(post):
        return  # no photo of it is going anywhere any more
    for photo in post.content.photos:
        if (why := photo_stays(facts, None, photo)) in _OF_PHOTO:
            yield _photo(facts, post, photo, _OF_PHOTO[why])


def _of_post(
    post: Post, reason: PostReason | None, held: tuple[Held, ...], doubts: tuple[Doubt, ...]
) -> Iterator[Trouble]:
    if reason in (PostReason.WITHDRAWN, PostReason.AUTHOR):
        held = ()
    if doubts and post.state is PostState.HELD:
        version = max(each.version for each in doubts)
        yield Trouble(what=What.POST_DOUBT, post=post, doubts=doubts, since=version)
    elif reason in _OF_POST and not (held and post.state is PostState.LIVE):
        yield Trouble(what=_OF_POST[reason], post=post)
    if held:
        version = max(each.since for each in held)
        yield Trouble(what=What.POST_TEXT, post=post, held=held, since=version)


def _photo(facts: Facts, post: Post, photo: Photo, what: What) -> Trouble:
    shown = sorted(photo.shows or ())
    known = [facts.pupil_by_id[id].key for id in shown if id in facts.pupil_by_id]
    lacking = [key for key in known if not granted_for(facts, key, Purpose.MAIL, photo)]
    return Trouble(
        what=what,
        post=post,
        photo=photo,
        pupils=tuple(lacking) if what is What.PHOTO_NO_CONSENT else (),
        unknown=tuple(id for id in shown if id not in facts.pupil_by_id),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """One address, with everything that whoever reads it is to the school."""

    address: str
    name: str = ""
    staff: frozenset[int] = frozenset()
    groups: frozenset[int] = frozenset()  #: those they teach
    management: bool = False  #: an address of the settings
    class_parent: bool = False

    @property
    def discreet(self) -> bool:
        """Hears that something stays behind and never why (rule 23): a class parent may read along."""
        return self.class_parent and not self.management

    @property
    def identities(self) -> frozenset[int | None]:
        """Under which keys it is kept what they were told; None is the management."""
        return frozenset({None}) if self.management else self.staff

    @property
    def key(self) -> int | None:
        """The one under which it is kept from now on."""
        return None if self.management else min(self.staff)


def readers(staff: Iterable[Staff], management: Iterable[str]) -> tuple[Reader, ...]:
    """Everyone who can be told something, one for each address however many rows share it."""
    rows: dict[str, list[Staff]] = {}
    for person in sorted(staff, key=lambda person: person.key):
        if person.email:
            rows.setdefault(person.email.casefold(), []).append(person)
    led = {address.casefold(): address for address in management}
    named = {key: people[0].email for key, people in rows.items()} | led
    return tuple(_reader(named[key], rows.get(key, ()), management=key in led) for key in sorted(named))


def _reader(address: str, people: Iterable[Staff], *, management: bool) -> Reader:
    people = tuple(people)
    taught = [person.groups for person in people if person.role == Role.TEACHER]
    return Reader(
        address=address,
        name=people[0].name if len(people) == 1 else "",
        staff=frozenset(person.key for person in people),
        groups=frozenset[int]().union(*taught),
        management=management,
        class_parent=any(person.role == Role.CLASS_PARENT for person in people),
    )


def concerns(reader: Reader, post: Post) -> bool:
    """Rule 23: the group's teachers, the author and the management."""
    taught = not post.to_school and bool(reader.groups & post.groups)
    return reader.management or post.author in reader.staff or taught


def told_as(reader: Reader, what: What) -> What:
    """A class parent is told one thing whatever the reason, so that a second mail cannot betray it either.

    Of a text they are told that it is what holds the post, and of a doubt that there is one.
    """
    if not reader.discreet or what in (What.POST_WAITING, What.POST_TEXT, What.POST_DOUBT):
        return what
    return What.PHOTO_STAYS if what in _OF_PHOTO.values() else What.POST_STAYS


@dataclass(frozen=True, kw_only=True, slots=True)
class Telling:
    """When somebody was told one thing, by the calendar."""

    first: datetime
    last: datetime
    version: int  #: policy version of the last time


#: By whom (None: the management), what, post and photo.
Tellings = Mapping[tuple[int | None, What, int, int | None], Telling]


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """One thing that is to be told to one reader."""

    trouble: Trouble
    what: What  #: as this reader is told it
    again: bool = False  #: told before, and the newsletter is near


def news(
    reader: Reader, found: Iterable[Trouble], told: Tellings, before: datetime | None = None
) -> tuple[News, ...]:
    """What this reader has not been told yet.

    ``before``: the moment of a newsletter that is near. Then only what would have gone with it counts, and
    what was told longer than `LATELY` before it is told once more, and never again.
    """
    mine = [trouble for trouble in found if concerns(reader, trouble.post)]
    if before is not None:
        mine = [trouble for trouble in mine if trouble.post.published < before]
    return tuple(new for trouble in mine if (new := _news(reader, trouble, told, before)))


def _news(reader: Reader, trouble: Trouble, told: Tellings, before: datetime | None) -> News | None:
    what = told_as(reader, trouble.what)
    photo = trouble.photo.key if trouble.photo else None
    keys = ((who, what, trouble.post.key, photo) for who in reader.identities)
    earlier = [told[key] for key in keys if key in told]
    # What was released since, and stopped anew or for more than before, is news again.
    since = trouble.since if trouble.photo else max(trouble.since, trouble.post.released_since)
    earlier = [telling for telling in earlier if telling.version >= since]
    if not earlier:
        return News(trouble=trouble, what=what)
    first, last = min(each.first for each in earlier), max(each.last for each in earlier)
    due = before is not None and first == last and last < before - LATELY
    return News(trouble=trouble, what=what, again=True) if due else None


def due_day(at: datetime, moment: time, zone: ZoneInfo, last: str | None) -> tuple[date, bool]:
    """The newest day whose bundle has come by ``at``, and whether it is still to be made.

    ``last`` is the day of the last one (ISO); None for a school that has just come, which has missed none.
    A clock that was a day or more ahead for a while keeps nobody waiting until then.
    """
    today = local_date(at, zone)
    begun = at >= first_instant(datetime.combine(today, moment), zone)
    day = today if begun else today - timedelta(days=1)
    if last is None:
        return day, begun
    ahead = date.fromisoformat(last) - day
    return day, ahead < timedelta(0) or ahead > timedelta(days=1)
