"""What the generator knows while it writes a world, and times to choose from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from tests.oracle.roster import Town
from tests.oracle.world import (
    Post,
    Settings,
    StaffMember,
)


@dataclass(slots=True)
class Story:
    """What the generator knows while it writes a world."""

    rng: Random
    settings: Settings
    town: Town
    staff: tuple[StaffMember, ...]
    links: set[tuple[str, str]] = field(default_factory=set)  #: every (parent, pupil) imported so far
    posts: dict[str, Post] = field(default_factory=dict)  #: imported
    gone: set[str] = field(default_factory=set)  #: withdrawn
    photos: int = 0
    shift: timedelta = timedelta()  #: from the calendar of the runs (``--at``) to the imports' clock
    today: date = date.min  #: of the last import or run; days only go on


def local_day(story: Story, at: datetime) -> date:
    return at.astimezone(story.settings.zone).date()


def on(day: date, zone: ZoneInfo) -> datetime:
    """The day's first instant, by way of UTC so that a skipped midnight becomes a real time."""
    return datetime.fromtimestamp(datetime.combine(day, time(), zone).timestamp(), zone)


def between(rng: Random, since: datetime, until: datetime) -> datetime:
    seconds = int(until.timestamp() - since.timestamp())
    return datetime.fromtimestamp(since.timestamp() + rng.randrange(max(seconds, 1)), since.tzinfo)
