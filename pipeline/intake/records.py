"""What every reader gives: plain records with the line they came from, no database, no decisions.

A reader takes a path and gives one of the bundles below, or raises `BadInput` with all
mistakes in the file. Formats differ, the store's import does not.
"""

from __future__ import annotations

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


@dataclass(frozen=True, kw_only=True, slots=True)
class ParentRecord:
    id: str
    name: str
    address: str | None  #: normalised by email-validator; None when empty or malformed
    language: str  #: lower-case tag as given, "" when empty
    channel: Channel  #: newsletter when the file leaves it empty
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
    ends: datetime | None
    location: str


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
    urgent: bool = False
    urgent_line: int = 0
    group_line: int = 0
    author_line: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Posts:
    posts: tuple[PostRecord, ...]
    remarks: tuple[Problem, ...] = field(default=())
