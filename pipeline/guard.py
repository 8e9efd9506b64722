"""The second guard: judges finished bytes, knowing nothing of how they were made.

It reads which posts and pictures stand in a message as a mail program would, and holds them
against facts that it fetched with queries of its own (`store/guard_facts.py`). It shares no rule
code with `rules.py`: the two must agree, or the mail is held and staff are told. The worst incidents
elsewhere were mix-ups of recipient, so envelope, To and contents are checked to belong together.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from weakref import WeakKeyDictionary

from pipeline.guard_reading import Contents, addressee, read_contents
from pipeline.guard_text import names_in
from pipeline.octets import Base64Lines, Message, Octets, Shared, own

#: At the beginning of a line, where no title or name can stand.
_BOUNDARY = re.compile(rb'^Content-Type: multipart/alternative;\r\n boundary="([^"]+)"', re.MULTILINE)
_PICTURES = b"\r\nContent-Type: image/"

#: Whose words they are: a post's or those of an entry of a school calendar ("calendar"), by its key.
TextOf = tuple[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class GuardedPost:
    published_on: date  #: local date
    to_school: bool
    groups: frozenset[int]
    live: bool
    withdrawn: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class GuardedEntry:
    """An entry of a school calendar."""

    to_school: bool
    groups: frozenset[int]
    off: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class GuardedPhoto:
    post: int
    digest: str  #: SHA-256 of the picture as it is attached
    shows: frozenset[str] | None  #: pupil ids
    usable: bool
    video: bool = False  #: it stands for a video, so that whom it shows must let themselves be filmed too


@dataclass(frozen=True, kw_only=True, slots=True)
class GuardFacts:
    """One school under one policy, as the guard reads it."""

    version: int
    address: Mapping[int, str]  #: parent on the run's channel -> address as it stands in the envelope
    reached: Mapping[tuple[int, int], date]  #: (parent, group) -> first day that counts; date.min when open
    school_since: Mapping[int, date]  #: parent -> first day at the school of any child that lets them in
    posts: Mapping[int, GuardedPost]
    photos: Mapping[str, GuardedPhoto]  #: content id -> picture
    barred: Mapping[int, frozenset[str]]  #: parent -> pupil ids they are blocked for
    consenting: frozenset[str]  #: pupil ids whose photo may go by mail today
    filmed: frozenset[str]  #: the same of videos
    own_children: Mapping[int, frozenset[str]]  #: filled only when rule 10's setting lets them pass
    expected: Mapping[int, frozenset[int]]  #: delivery -> posts that its row says
    agenda_posts: Mapping[int, GuardedPost] = field(default_factory=dict)  #: that its agendas speak of
    entries: Mapping[int, GuardedEntry] = field(default_factory=dict)
    held: Mapping[int, int] = field(default_factory=dict)  #: post -> its text of which something is held
    unnamed: Mapping[TextOf, frozenset[str]] = field(default_factory=dict)  #: full names not to stand in it


class Guard:
    """Objects to finished messages. Reads each edition once; knows it again by its boundary and pictures."""

    def __init__(self, facts: GuardFacts) -> None:
        self._facts = facts
        self._seen: dict[tuple[bytes, bytes], Contents] = {}
        # What was worked out about pictures that many mails share, for as long as these are in memory.
        self._pictures: WeakKeyDictionary[Base64Lines, bytes] = WeakKeyDictionary()
        self._shared: WeakKeyDictionary[Shared, bytes] = WeakKeyDictionary()
        self._rewritten: dict[int, frozenset[int]] = {}
        self._said: dict[Contents, str | None] = {}

    def renewed(self, facts: GuardFacts) -> Guard:
        """The same guard under a new policy: what it read stays read, what it knew does not."""
        guard = Guard(facts)
        guard._seen, guard._pictures, guard._shared = self._seen, self._pictures, self._shared
        return guard

    def expect(self, delivery: int, posts: frozenset[int]) -> None:
        """The delivery's row has been rewritten: this is what it says now."""
        self._rewritten[delivery] = posts

    def objection(self, delivery: int, parent: int, recipient: str, message: Octets) -> str | None:
        """Why this message must not go to this parent; None when nothing speaks against it."""
        bare = self._bare(message)
        contents = self._contents(bare)
        return (
            self._wrong_envelope(parent, recipient, bare)
            or self._wrong_contents(delivery, contents)
            or self._wrong_audience(parent, contents)
            or self._wrong_agenda(parent, contents)
            or self._wrong_calendar(contents)
            or self._wrong_picture(parent, contents)
            or self._wrong_text(contents)
        )

    def objection_to_feed(self, parent: int, posts: Mapping[int, int], pictures: Iterable[str]) -> str | None:
        """As `objection`, for posts (with the revision shown) and pictures (content ids) in the app: there is
        no envelope, and no picture is copied, so that it cannot be another than ours."""
        if self._facts.address.get(parent) is None:
            return "this parent does not read the app"
        known = self._facts.photos
        digests = ((cid, known[cid].digest if cid in known else "") for cid in pictures)
        contents = Contents(frozenset(posts), tuple(digests))
        for post, revision in posts.items():
            if self._facts.held.get(post) == revision:
                return _held(post)
        return self._wrong_audience(parent, contents) or self._wrong_picture(parent, contents)

    def _bare(self, message: Octets) -> bytes:
        """The message with the digest of each shared picture in its place: eight million octets less.

        Such a picture is nothing but lines of base64 (`Base64Lines`), so that what stands around it
        means the same without it. No mail has a NUL, which marks the places.
        """
        if b"\0" in own(message):
            raise ValueError("there is a NUL in it")
        return own(message) + (self._bare_end(message.shared) if isinstance(message, Message) else b"")

    def _bare_end(self, shared: Shared) -> bytes:
        bare = self._shared.get(shared)
        if bare is None:
            places = (self._place(p) if isinstance(p, Base64Lines) else p for p in shared.pieces)
            bare = self._shared[shared] = b"".join(places)
        return bare

    def _place(self, picture: Base64Lines) -> bytes:
        """What `read_contents` finds in its place: the digest of what a mail program shows."""
        place = self._pictures.get(picture)
        if place is None:
            digest = sha256(a2b_base64(picture.octets)).hexdigest()
            place = self._pictures[picture] = b"\0%b\0\r\n" % digest.encode()
        return place

    def _contents(self, message: bytes) -> Contents:
        found = _BOUNDARY.search(message)
        if found is None:
            return read_contents(message)
        # An edition's text stands in the store for good; its pictures come anew from files for every mail.
        pictures = message.find(_PICTURES)
        known = (found[1], sha256(memoryview(message)[pictures:]).digest() if pictures >= 0 else b"")
        if known not in self._seen:
            self._seen[known] = read_contents(message)
        return self._seen[known]

    def _wrong_envelope(self, parent: int, recipient: str, message: bytes) -> str | None:
        if self._facts.address.get(parent) != recipient:
            return "the envelope's address is not this parent's"
        return None if addressee(message) == recipient else "the To line is not the envelope's address"

    def _wrong_contents(self, delivery: int, contents: Contents) -> str | None:
        if not contents.posts:
            return "no post stands in it"
        expected = self._rewritten.get(delivery, self._facts.expected.get(delivery))
        if contents.posts != expected:
            return "its posts are not those of this parent's delivery"
        return None

    def _wrong_audience(self, parent: int, contents: Contents) -> str | None:
        for key in contents.posts:
            post = self._facts.posts.get(key)
            if post is None or not post.live:
                return f"post {key} is not to be sent"
            if not self._reaches(parent, post):
                return f"post {key} is not for this parent"
        return None

    def _wrong_agenda(self, parent: int, contents: Contents) -> str | None:
        for off, kind, key in contents.lines:
            if kind == "calendar":
                wrong = self._wrong_entry(parent, key, off)
            else:
                wrong = self._wrong_line(parent, key, off)
            if wrong:
                return f"the agenda has {kind} {key}, which {wrong}"
        return None

    def _wrong_line(self, parent: int, key: int, off: bool) -> str | None:
        post = self._facts.agenda_posts.get(key)
        if post is None or not (post.live or (post.withdrawn and off)):
            return "is not to be told"
        return None if self._reaches(parent, post) else "is not for this parent"

    def _wrong_entry(self, parent: int, key: int, off: bool) -> str | None:
        entry = self._facts.entries.get(key)
        if entry is None or entry.off != off:
            return "is not to be told"
        at_school = parent in self._facts.school_since
        groups = ((parent, group) in self._facts.reached for group in entry.groups)
        return None if (at_school if entry.to_school else any(groups)) else "is not for this parent"

    def _wrong_calendar(self, contents: Contents) -> str | None:
        if contents.events is None:
            return "its calendar file cannot be told apart"
        told = {(kind, key) for _, kind, key in contents.lines} | {("post", key) for key in contents.posts}
        return None if contents.events <= told else "its calendar file has more than the mail tells"

    def _reaches(self, parent: int, post: GuardedPost) -> bool:
        if post.to_school:
            since = self._facts.school_since.get(parent)
            return since is not None and since <= post.published_on
        days = (self._facts.reached.get((parent, group)) for group in post.groups)
        return any(day is not None and day <= post.published_on for day in days)

    def _wrong_picture(self, parent: int, contents: Contents) -> str | None:
        for content_id, digest in contents.pictures:
            photo = self._facts.photos.get(content_id)
            if photo is None or photo.digest != digest:
                return "an attached picture is not one of ours"
            if photo.post not in contents.posts:
                return "a picture is of a post that is not in this mail"
            if not photo.usable or photo.shows is None:
                return "a picture must stay behind"
            if photo.shows & self._facts.barred.get(parent, frozenset()):
                return "a picture shows a child this parent is blocked for"
            lacking = photo.shows - self._facts.consenting
            lacking |= photo.shows - self._facts.filmed if photo.video else frozenset()
            own = self._facts.own_children.get(parent, frozenset())
            if lacking and not (len(lacking) == 1 and lacking <= own):
                return "a picture shows a child without consent"
        return None

    def _wrong_text(self, contents: Contents) -> str | None:
        """The same for everybody who gets this edition."""
        if contents not in self._said:
            faults = (
                *(self._fault_in(*text) for text in contents.texts),
                *(self._fault_of(*line) for line in contents.told),
            )
            self._said[contents] = next(filter(None, faults), None)
        return self._said[contents]

    def _fault_in(self, post: int, revision: int, text: str) -> str | None:
        if self._facts.held.get(post) == revision:
            return _held(post)
        if names_in(text, self._facts.unnamed.get(("post", post), frozenset())):
            return f"post {post} names a child without consent"
        return None

    def _fault_of(self, kind: str, key: int, words: str) -> str | None:
        named = names_in(words, self._facts.unnamed.get((kind, key), frozenset()))
        return f"the agenda's {kind} {key} names a child without consent" if named else None


def _held(post: int) -> str:
    return f"post {post} is held for its text"
