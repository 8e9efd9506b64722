"""A school as its own files state it, and the order in which things happen to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

SCHOOL = "school"  #: what a post names instead of groups


class Channel(StrEnum):
    APP = "app"
    MAIL = "mail"
    NEWSLETTER = "newsletter"
    NONE = "none"


class Role(StrEnum):
    MANAGEMENT = "management"
    TEACHER = "teacher"
    CLASS_PARENT = "class_parent"


class Purpose(StrEnum):
    APP = "app"
    MAIL = "mail"


class Kind(StrEnum):
    PHOTO = "photo"
    VIDEO = "video"
    NAME = "name"


class Act(StrEnum):
    """What staff decide; the values are the commands."""

    APPROVE = "approve"
    UNAPPROVE = "unapprove"
    BLOCK = "block"
    UNBLOCK = "unblock"
    HOLD = "hold"
    RELEASE = "release"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of roster.csv: one pupil, one group, one parent."""

    pupil: str
    born: date | None = None
    group: str
    since: date | None = None
    until: date | None = None  #: first day no longer in the group
    parent: str
    email: str = "ouder@mail.example"
    language: str = "nl"
    channel: Channel = Channel.NEWSLETTER
    blocked: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffMember:
    id: str
    role: Role
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One line of consents.csv."""

    pupil: str
    purpose: Purpose = Purpose.MAIL
    kind: Kind = Kind.PHOTO
    yes: bool
    by: str  #: a parent, or the pupil
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Photo:
    file: str  #: unique in the whole world
    shows: tuple[str, ...] | None  #: pupils; None when left out
    video: bool = False  #: the still picture of one


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    id: str
    groups: tuple[str, ...]  #: or (SCHOOL,)
    author: str
    published: datetime
    photos: tuple[Photo, ...] = ()
    urgent: bool = False
    wording: int = 0  #: tells an edited text from the one before
    names: tuple[str, ...] = ()  #: pupils whom its text names


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportRoster:
    rows: tuple[Row, ...]
    approve: bool
    on: date  #: the local day of the import, which is the day that ends what is gone


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportConsents:
    answers: tuple[Answer, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportPosts:
    posts: tuple[Post, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Decide:
    act: Act
    parent: str = ""
    pupil: str = ""  #: with block and unblock
    post: str = ""  #: with hold, release and withdraw


@dataclass(frozen=True, kw_only=True, slots=True)
class Prefer:
    """`weekbrief prefer`: from now on the roster's channel does not count for this parent."""

    parent: str
    channel: Channel


@dataclass(frozen=True, kw_only=True, slots=True)
class Week:
    """An ISO week, as in ``2026-W47``."""

    year: int
    number: int

    @property
    def key(self) -> str:
        return f"{self.year}-W{self.number:02}"

    def day(self, weekday: int) -> date:
        """The date of ``weekday`` (1 is Monday) in this week."""
        return date.fromisocalendar(self.year, self.number, weekday)

    def after(self, weeks: int) -> Week:
        year, number, _ = (self.day(1) + timedelta(weeks=weeks)).isocalendar()
        return Week(year=year, number=number)


@dataclass(frozen=True, kw_only=True, slots=True)
class RunWeekly:
    week: Week
    at: datetime
    failing: frozenset[str] = frozenset()  #: parents whose delivery in this run fails for good


@dataclass(frozen=True, kw_only=True, slots=True)
class RunDue:
    """`weekbrief run` without a week: all that is due at ``at``."""

    at: datetime
    failing: frozenset[str] = frozenset()  #: parents to whom no mail can be delivered in this call


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseRun:
    """Somebody lets the newest newsletter go that was held because it came late."""


Step = ImportRoster | ImportConsents | ImportPosts | Decide | Prefer | RunWeekly | RunDue | ReleaseRun


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Amsterdam"))
    weekday: int = 5  #: of the newsletter's moment; 1 is Monday
    hour: int = 15
    minute: int = 30
    class_parent_waits: bool = True  #: rule 3
    own_child_photo: bool = False  #: rule 10
    consent_per_school_year: bool = False  #: rule 9; a school year begins on 1 August
    owed_days: int = 28  #: rule 5
    pause: int = 60  #: seconds after publication in which nothing goes as it comes
    bundle: int = 30  #: seconds more in which posts gather for one mail
    quiet_from: time = time(19)
    quiet_until: time = time(7)
    late_hours: int = 48  #: a newsletter made later than this waits for a person


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    settings: Settings
    staff: tuple[StaffMember, ...]
    steps: tuple[Step, ...]


def moment(week: Week, settings: Settings) -> datetime:
    """When the newsletter of ``week`` is due."""
    day = week.day(settings.weekday)
    return real(datetime(day.year, day.month, day.day, settings.hour, settings.minute, tzinfo=settings.zone))


def real(wall: datetime) -> datetime:
    """A wall time that the clock skips is the first instant after it; a doubled one the first of the two."""
    wall = wall.replace(fold=0)
    while datetime.fromtimestamp(wall.timestamp(), wall.tzinfo).replace(tzinfo=None) != wall.replace(
        tzinfo=None
    ):
        wall += timedelta(minutes=1)
    return wall
