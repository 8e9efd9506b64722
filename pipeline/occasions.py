"""What stands in an agenda, as frozen values: events of posts and entries of school calendars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple
from zoneinfo import ZoneInfo

OFF = "off"  #: the tidings of what is cancelled


class SourceKind(StrEnum):
    POST = "post"
    CALENDAR = "calendar"


class Source(NamedTuple):
    """Where an occasion comes from: the post, or the entry of a school calendar, by its key."""

    kind: SourceKind
    key: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Occasion:
    """Something that is on, or was to be on, at a time."""

    title: str  #: "" of a withdrawn post, whose words go to nobody any more
    starts: datetime
    ends: datetime | None  #: None: not said; of whole days the first instant after them
    location: str
    all_day: bool = False
    sequence: int = 0  #: rises with every change of time, place or title (RFC 5545 section 3.8.7.4)
    cancelled: bool = False

    def over(self, zone: ZoneInfo) -> datetime:
        """When it is past: its end, or the end of the day of what has none."""
        if self.ends is not None:
            return self.ends
        next_day = self.starts.astimezone(zone).date() + timedelta(days=1)
        return datetime(next_day.year, next_day.month, next_day.day, tzinfo=zone)

    @property
    def when_and_where(self) -> str:
        """A digest of what somebody has to know who wants to come: differs when that does."""
        times = [moment.astimezone(UTC).isoformat() for moment in (self.starts, self.ends) if moment]
        return sha256(repr((times, self.all_day, self.location)).encode()).hexdigest()[:16]

    @property
    def tidings(self) -> str:
        """What there is to tell of it now."""
        return OFF if self.cancelled else self.when_and_where


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarEntry:
    """One day or time of a calendar that the school imported."""

    key: int
    calendar: str  #: its name
    uid: str  #: the file's own, with the repetition it is; the same in two calendars is one occasion
    to_school: bool
    groups: frozenset[int]  #: empty when ``to_school``
    occasion: Occasion


class LineState(StrEnum):
    """How a line stands to what its reader was told before."""

    PLAIN = "plain"
    CHANGED = "changed"  #: they were told another time or place
    CANCELLED = "cancelled"  #: they were told of it, and it is off


class OpenLine(NamedTuple):
    """A line as the agenda of an open delivery has it."""

    source: Source
    sequence: int  #: of the occasion
    state: LineState
    groups: tuple[str, ...]  #: names of the reader's groups it concerns; empty for the whole school


@dataclass(frozen=True, kw_only=True, slots=True)
class AgendaLine:
    """One occasion as one edition's agenda shows it."""

    open: OpenLine
    occasion: Occasion


class Told(NamedTuple):
    """What somebody was told of an occasion."""

    first: str  #: `Occasion.when_and_where`
    starts: datetime  #: as they were told first
    last: str  #: `Occasion.tidings`
