"""What every reader gives: plain records with the line they came from, no database, no decisions.

A reader takes a path and gives one of the bundles below, or raises `BadInput` with all
mistakes in the file. Formats differ, the store's import does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from pipeline.model import Channel, Kind, Purpose, Role
from pipeline.problems import Problem


@dataclass(frozen=True, kw_only=True, slots=True)
class PupilRecord:
    id: str
    first_name: str
    last_name: str
    birth_date: date | None
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class EnrolmentRecord:
    pupil: str
    group: str  #: the name as written, trimmed and NFC; `match_name` gives what is compared
    since: date | None
    until: date | None  #: first day no longer in the group
    line: int

    def overlaps(self, other: EnrolmentRecord) -> bool:
        first, last = date.min, date.max
        return (self.since or first) < (other.until or last) and (other.since or first) < (self.until or last)

    @property
    def span(self) -> str:
        """For messages."""
        since = f"from {self.since}" if self.since else "from the start"
        return f"{since} until {self.until}" if self.until else since


@dataclass(frozen=True, kw_only=True, slots=True)
class ParentRecord:
    id: str
    name: str
    address: str | None  #: normalised by email-validator; None when empty or malformed
    language: str | None  #: lower-case tag as given, "" when empty; None: the format has no languages
    channel: Channel | None  #: newsletter when the file leaves it empty; None: the format has no channels
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkRecord:
    parent: str
    pupil: str
    blocked: bool
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffRecord:
    id: str
    name: str
    email: str
    role: Role
    groups: tuple[str, ...]
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Delta:
    """What a file of changes says has gone. Nothing else ends, and it may name people whom it doesn't hold.

    Where such a file doesn't say whether somebody is a pupil or a parent the roster has both records of
    them (``unsure``); who is known as which decides.
    """

    links_whole: bool  #: the file holds every link, so one that it lacks has ended
    enrolments_whole: bool  #: the same of enrolments
    left: frozenset[str]  #: pupils and parents who are no longer there
    enrolments: frozenset[tuple[str, str]]  #: pupil and `match_name` of the group
    groups: frozenset[str]  #: `match_name` of groups that are no longer there
    listed: Mapping[str, frozenset[str]]  #: pupil or parent -> with whom the file links them, all of them
    unsure: frozenset[str]  #: people of the file without a role in it

    def ends_link(self, parent: str, pupil: str) -> bool:
        """Whether a link that the roster doesn't have has ended."""
        left = not self.left.isdisjoint((parent, pupil))
        return self.links_whole or left or parent in self.listed or pupil in self.listed

    def ends_enrolment(self, pupil: str, group: str) -> bool:
        """The same of an enrolment; ``group`` as `match_name` gives it."""
        gone = pupil in self.left or (pupil, group) in self.enrolments or group in self.groups
        return self.enrolments_whole or gone


@dataclass(frozen=True, kw_only=True, slots=True)
class Roster:
    """One school's people as one file states them. ``source`` limits what a later import may end."""

    source: str  #: "csv", "edexml", ...
    file: str
    pupils: tuple[PupilRecord, ...]
    groups: tuple[str, ...]  #: every group the file names, also those without pupils
    enrolments: tuple[EnrolmentRecord, ...]
    parents: tuple[ParentRecord, ...] = ()
    links: tuple[LinkRecord, ...] = ()
    staff: tuple[StaffRecord, ...] = ()  #: teachers that the format carries (EDEXML)
    carries_parents: bool = True  #: False for formats without guardians: such a file ends no link
    carries_births: bool = True  #: False where birth dates were left out: such a file empties none
    made_ids: frozenset[str] = frozenset()  #: of parents whom the file gives none: see `own_people`
    delta: Delta | None = None  #: None: the file is whole, and what it lacks has ended
    remarks: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentRecord:
    pupil: str
    purpose: Purpose
    kind: Kind
    yes: bool
    given_by: str
    given_at: datetime
    how: str
    text_version: str
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PhotoRecord:
    path: Path  #: resolved, inside the posts' folder
    file: str  #: as written
    alt: str
    caption: str
    shows: tuple[str, ...] | None
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoRecord:
    path: Path
    file: str
    alt: str
    caption: str
    shows: tuple[str, ...] | None
    poster: PhotoRecord | None
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class EventRecord:
    starts: datetime
    ends: datetime | None  #: of whole days the first instant after them
    location: str
    all_day: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkToRecord:
    url: str
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PostRecord:
    id: str
    file: str  #: the Markdown file
    line: int  #: of ``id``
    groups: tuple[str, ...]  #: as written; ("school",) for the whole school
    author: str  #: staff id or e-mail address
    title: str
    published: datetime
    body: str
    photos: tuple[PhotoRecord, ...] = ()
    videos: tuple[VideoRecord, ...] = ()
    event: EventRecord | None = None
    links: tuple[LinkToRecord, ...] = ()
    language: str = ""  #: lower-case tag; "" for the school's
    urgent: bool = False
    urgent_line: int = 0
    group_line: int = 0
    author_line: int = 0

    @property
    def media(self) -> tuple[PhotoRecord | VideoRecord, ...]:
        """Photos, then videos: what stands for a video in a mail is a photo too."""
        return (*self.photos, *self.videos)


@dataclass(frozen=True, kw_only=True, slots=True)
class Posts:
    posts: tuple[PostRecord, ...]
    remarks: tuple[Problem, ...] = field(default=())
