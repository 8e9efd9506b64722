"""The words of product.md as frozen values: no I/O, no clock, no database.

Internal keys (``key: int``) identify rows of the store and are what append-only
records hold; ``id: str`` is the school's own identifier from its import files.
Instants are timezone-aware ``datetime``; dates begin at 00:00 in the school's zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pipeline.media import Video as Video
from pipeline.occasions import AgendaLine, CalendarEntry, Source, Told
from pipeline.rule_settings import RuleSettings as RuleSettings, TextRules as TextRules
from pipeline.words import (
    CHANNEL_OF as CHANNEL_OF,
    PURPOSE_OF as PURPOSE_OF,
    SHOWN_AS as SHOWN_AS,
    Approval as Approval,
    Channel as Channel,
    DeliveryState as DeliveryState,
    Kind as Kind,
    PhotoReason as PhotoReason,
    PostReason as PostReason,
    PostState as PostState,
    Purpose as Purpose,
    Role as Role,
    RunKind as RunKind,
    Withheld as Withheld,
    serves as serves,
)

#: Octets of HTML. Gmail hides what comes after about 102 kB; from here on staff are warned.
LARGE = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class School:
    key: int
    id: str
    name: str
    language: str
    zone: ZoneInfo
    sender: str
    reply_to: str
    rules: RuleSettings = field(default_factory=RuleSettings)


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    key: int
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Pupil:
    key: int
    id: str
    birth_date: date | None
    #: What texts are searched for (rules 12 and 13); empty once erased. Never in a log or an error's words.
    first_name: str = field(default="", repr=False)
    last_name: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Parent:
    key: int
    id: str
    name: str
    address: str | None  #: syntactically valid, or None
    language: str  #: one of ours; the school's when the parent's is missing or unknown
    channel: Channel
    suppressed: bool
    channel_since: int  #: policy version at which the channel last changed away from none (rule 5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Guardianship:
    """Parent-pupil link. ``ended`` has no date and always counts; ``since``/``until`` follow the calendar."""

    parent: int
    pupil: int
    approval: Approval
    blocked: bool
    ended: bool
    since: date | None
    until: date | None  #: first day on which it no longer holds
    allowed_since: int  #: policy version at which staff last let this link in (rule 5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Enrolment:
    pupil: int
    group: int
    since: date | None
    until: date | None  #: first day on which the pupil is no longer in the group
    ended: bool  #: gone from the roster: never current, yet part of the pupil's stay up to ``until``


@dataclass(frozen=True, kw_only=True, slots=True)
class Staff:
    key: int
    id: str
    name: str
    email: str
    role: Role
    groups: frozenset[int]


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentAnswer:
    pupil: int
    purpose: Purpose
    kind: Kind
    yes: bool
    by: int | None  #: the parent's key; None when the pupil answered
    given_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Photo:
    key: int
    file: str  #: as the author named it
    name: str  #: random name of the stored renditions
    shows: frozenset[str] | None  #: pupil ids; None when the author has not listed them yet (rule 7)
    alt: str
    caption: str
    width: int  #: pixels of the mail rendition
    height: int
    size: int = 0  #: octets of the mail rendition; 0 for one from before they were kept
    refused: bool = False
    removed: bool = False
    video: Video | None = None  #: of which this is the still picture (rule 11)


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    starts: datetime
    ends: datetime | None
    location: str
    all_day: bool = False
    sequence: int = 0  #: see `Occasion`


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    url: str
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """One immutable revision of a post's own text."""

    revision: int
    title: str
    body: str  #: Markdown as the author wrote it
    photos: tuple[Photo, ...] = ()
    event: Event | None = None
    links: tuple[Link, ...] = ()
    cancelled: int = 0  #: the sequence with which an earlier revision's event was taken out
    language: str = ""  #: tag, when the author said that it is another than the school's


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    key: int
    id: str
    author: int
    to_school: bool
    groups: frozenset[int]  #: empty when ``to_school``
    published: datetime
    state: PostState
    released_since: int  #: policy version of the last release, for this purpose; 0 when never held
    content: Content
    urgent: bool = False  #: as the author marked it; counts for management only (see `sendable.urgent`)


@dataclass(frozen=True, kw_only=True, slots=True)
class Released:
    """What a person let go of a post's text, for this version of it and later ones."""

    gate: str  #: one of `pipeline.gates.words.Gate`
    subject: str
    purpose: Purpose | None  #: None: whatever it goes by


@dataclass(frozen=True, kw_only=True, slots=True)
class PastRun:
    key: str
    since: datetime
    until: datetime  #: the cut-off
    policy_version: int  #: of the school when the run was made
    taken: frozenset[int]  #: posts that were sendable when the run was made
    kind: RunKind = RunKind.WEEKLY
    id: int = 0  #: its row


@dataclass(frozen=True, kw_only=True, slots=True)
class Switch:
    """A parent's change of channel."""

    version: int  #: policy version from which on it counts
    was: Channel


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """All that one school's run needs, read in a handful of bulk queries. Selection after it is pure."""

    school: School
    policy_version: int
    groups: Mapping[int, Group]
    pupils: Mapping[int, Pupil]
    parents: tuple[Parent, ...]
    guardianships: tuple[Guardianship, ...]
    enrolments: tuple[Enrolment, ...]
    staff: Mapping[int, Staff]
    consents: tuple[ConsentAnswer, ...]
    posts: tuple[Post, ...]
    runs: tuple[PastRun, ...]  #: earlier runs of every kind that can still matter, oldest first
    had: Mapping[int, frozenset[int]]  #: parent -> posts sent, in doubt, held or still on their way
    failed: Mapping[int, frozenset[int]]  #: parent -> posts whose delivery failed
    old_contents: Mapping[int, Content] = field(default_factory=dict)  #: of open deliveries
    switches: Mapping[int, tuple[Switch, ...]] = field(default_factory=dict)  #: by parent, oldest first
    #: parent -> posts of mails given up while they waited: for the channel they chose since, or because the
    #: post was urgent no more
    passed_over: Mapping[int, frozenset[int]] = field(default_factory=dict)
    newcomers: frozenset[int] = frozenset()  #: parents who never got a mail from us
    released: Mapping[int, frozenset[Released]] = field(default_factory=dict)  #: by post
    first_since: datetime | None = None  #: where the window of the school's first run begins
    last_run: int = 0  #: the newest run of any kind; with the policy version it says whether this still holds
    #: Posts with an event in a newsletter's agenda, each with the revision that had it last.
    eventful: Mapping[int, tuple[Post, Content]] = field(default_factory=dict)
    entries: Mapping[int, CalendarEntry] = field(default_factory=dict)  #: the same of school calendars
    #: Parent and occasion -> what they were told, of occasions that changed once or are off.
    told: Mapping[tuple[int, Source], Told] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """What one run covers: posts published in ``[since, until)``, judged at ``at``."""

    kind: RunKind
    key: str
    since: datetime
    until: datetime
    at: datetime  #: the calendar's now (``--at``)
    #: Posts since then are owed whatever their age: holidays skipped the newsletters that had been theirs.
    carried_from: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One post as one edition shows it."""

    post: Post
    photos: tuple[Photo, ...]  #: those that go along
    groups: tuple[str, ...]  #: names of the reader's groups it concerns; empty for a post to the whole school
    left: tuple[Photo, ...] = ()  #: those that might go along and did not fit (`pipeline.room`)


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """The content that all parents with the same items and language get in a run."""

    school: School
    window: Window
    language: str
    items: tuple[Item, ...]
    welcome: bool = False  #: the first mail of its readers: it says how this works
    agenda: tuple[AgendaLine, ...] = ()  #: of a newsletter: this week and the next, by time


@dataclass(frozen=True, kw_only=True, slots=True)
class Via:
    """One path by which a post reaches a parent: the child, and the group addressed (None: the school)."""

    pupil: int
    group: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """RFC 5321 envelope: one recipient per message and per transaction."""

    sender: str  #: address, domain already IDNA-encoded
    recipient: str  #: address, domain already IDNA-encoded; a non-ASCII local part needs SMTPUTF8


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """What must not have changed between a decision and its hand-over (rule 16)."""

    version: int  #: of the school: raised by every write that a rule reads
    rules: str  #: digest of the rule settings
    today: date  #: the school's local date
