"""What the model of all channels keeps: the school as it stands, and every run with its rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from tests.oracle.facts import Facts
from tests.oracle.model import Why
from tests.oracle.world import Channel, RunDue


class Sort(StrEnum):
    """The kinds of run, in the order in which one call makes them."""

    URGENT = "urgent"
    IMMEDIATE = "immediate"
    FEED = "feed"
    WEEKLY = "weekly"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What of one post goes to one parent."""

    photos: frozenset[str]
    wording: int


Letter = dict[str, Reading]  #: by post


class Row(StrEnum):
    """Where one parent's row stands when it has something to read."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    HELD = "held"
    RELEASED = "released"


@dataclass(frozen=True, kw_only=True, slots=True)
class Now:
    """The run that is being judged."""

    sort: Sort
    key: str
    since: datetime  #: for a newsletter; for the others only the first run's counts
    until: datetime  #: the cut-off
    at: datetime
    today: date  #: of ``at``, in the school's zone


@dataclass(kw_only=True, slots=True)
class Made:
    """A run that was made, and where its rows stand."""

    now: Now
    version: int
    took: frozenset[str]  #: the posts that were sendable
    channels: dict[str, Channel]  #: of every parent, when it was made
    results: dict[str, Letter | Why]  #: of every parent of the school
    audience: set[str]  #: the parents who have a row, whether or not they get something
    rows: dict[str, Row]  #: of those with something to read
    pending: set[tuple[str, str]]  #: (parent, post) that was still to be sent over another channel just then


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    parent: str
    sort: Sort
    email: str
    letter: Letter


@dataclass(kw_only=True, slots=True)
class Call:
    """What one `weekbrief run` did."""

    step: RunDue
    made: list[Made]
    delivered: list[Delivered]


@dataclass(kw_only=True, slots=True)
class Book:
    """The school and every run so far, oldest first."""

    facts: Facts
    runs: list[Made] = field(default_factory=list)


def newsletters(runs: list[Made]) -> list[Made]:
    return [run for run in runs if run.now.sort is Sort.WEEKLY]
