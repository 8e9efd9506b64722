"""Four schools on four clocks for two years that pass in a minute, and what of them must have been made.

Time is moved by the test. Whoever looks at the clock here sees what a bad machine would show: an hour or a
day too much or too little, and nothing at all while it is off.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.installation import SCHOOL, Installation, child, post, teacher
from tests.oracle.world import real

LONG = os.environ.get("WEEKBRIEF_ORACLE") == "long"
#: The short form has each change of each clock once, and the summer.
START = datetime(2017, 9, 4, 9, tzinfo=UTC) if LONG else datetime(2018, 3, 19, 9, tzinfo=UTC)
END = datetime(2019, 9, 1, tzinfo=UTC) if LONG else datetime(2018, 11, 19, tzinfo=UTC)
DAYS = {"mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 7}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

#: Region noord, as the ministry laid them down for 2016-2017 (the end) to 2018-2019; first and last days.
VACATIONS = [
    ("2017-07-22", "2017-09-03"),
    ("2017-10-21", "2017-10-29"),
    ("2017-12-23", "2018-01-07"),
    ("2018-02-24", "2018-03-04"),
    ("2018-04-28", "2018-05-06"),
    ("2018-07-21", "2018-09-02"),
    ("2018-10-20", "2018-10-28"),
    ("2018-12-22", "2019-01-06"),
    ("2019-02-16", "2019-02-24"),
    ("2019-04-27", "2019-05-05"),
    ("2019-07-13", "2019-08-25"),
]
#: Good Friday twice, the King's birthday, and what the school itself gives off.
FREE_FRIDAYS = ["2018-03-30", "2018-04-27", "2019-04-19", "2018-05-11", "2018-06-15", "2019-05-31"]
OWN_FREE = ["2018-05-11", "2018-06-14/2018-06-16", "2019-05-31"]

SCHOOLS: dict[str, dict[str, Any]] = {
    "noord": {
        "timezone": "Europe/Amsterdam",
        "newsletter": [{"day": "fri", "time": "15:30"}],
        "holidays": {"region": "noord", "newsletter": "skip", "free": OWN_FREE},
    },
    # The clock shows 01:45 twice on one night in April.
    "eiland": {"timezone": "Australia/Lord_Howe", "newsletter": [{"day": "sun", "time": "01:45"}]},
    # The clock skips 00:00 on one Sunday in October or November.
    "paulo": {
        "timezone": "America/Sao_Paulo",
        "newsletter": [{"day": "sun", "time": "00:00"}],
        "late_hours": 100,
    },
    "twee": {
        "timezone": "UTC",
        "newsletter": [{"day": "tue", "time": "12:00"}, {"day": "fri", "time": "15:30"}],
    },
}
#: Parent -> channel; the last changes theirs all the time.
PARENTS = {"n": "newsletter", "m": "mail", "a": "app", "s": "newsletter"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    key: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A newsletter that must have been made."""

    key: str
    since: datetime
    until: datetime


@dataclass(kw_only=True, slots=True)
class Clock:
    """The model of one school: which newsletters a look at the clock makes."""

    zone: ZoneInfo
    moments: list[tuple[int, time]]  #: ISO weekday and time, in the order of the week
    holidays: bool
    late: timedelta
    runs: list[Run] = field(default_factory=list)
    waiting: str | None = None  #: the newest newsletter, if it came too late and nobody let it go
    given_up: bool = False  #: the one before waited in vain

    def look(self, now: datetime) -> Run | None:
        """The newest moment that has come is made, unless it was; its window touches the last one's."""
        newest = [one for one in self.around(now) if one.at <= now][-1]
        last = self.runs[-1].until if self.runs else None
        if any(run.key == newest.key for run in self.runs) or (last and newest.at <= last):
            return None
        before = [one.at for one in self.around(now) if one.at < newest.at][-1]
        run = Run(key=newest.key, since=last or before, until=newest.at)
        self.runs.append(run)
        self.given_up = self.waiting is not None
        self.waiting = run.key if now - run.until > self.late else None
        return run

    def around(self, now: datetime) -> list[Moment]:
        """Those of nine weeks before this one, as a summer is long, up to the one after it."""
        return self.between(now - 63 * DAY, now + 8 * DAY)

    def between(self, first: datetime, last: datetime) -> list[Moment]:
        found = []
        day = first.astimezone(self.zone).date() - timedelta(days=7)
        while day <= last.astimezone(self.zone).date():
            found += [Moment(key=key, at=at) for key, at in self.of_day(day)]
            day += DAY
        return [one for one in sorted(found, key=lambda one: one.at) if first <= one.at <= last]

    def of_day(self, day: date) -> Iterator[tuple[str, datetime]]:
        for number, (weekday, clock) in enumerate(self.moments, start=1):
            if weekday == day.isoweekday() and not (self.holidays and free(day)):
                at = real(datetime.combine(day, clock, self.zone)).astimezone(UTC)
                yield f"{day:%G-W%V}" + (f"-{number}" if number > 1 else ""), at


def free(day: date) -> bool:
    text = day.isoformat()
    return text in FREE_FRIDAYS or any(first <= text <= last for first, last in VACATIONS)


def clocks() -> dict[str, Clock]:
    return {
        name: Clock(
            zone=ZoneInfo(told["timezone"]),
            moments=[(DAYS[one["day"]], time.fromisoformat(one["time"])) for one in told["newsletter"]],
            holidays="holidays" in told,
            late=timedelta(hours=told.get("late_hours", 48)),
        )
        for name, told in SCHOOLS.items()
    }


# A bad machine's time --------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """From ``since`` to ``until``, in true time: the machine is off, or its clock is wrong."""

    since: datetime
    until: datetime
    wrong: timedelta | None  #: None: off


def troubles(chance: random.Random) -> list[Trouble]:
    """One or more a month: each kind of jump, and three days off that begin just before a moment.

    Not in the first weeks, so that there is a first run, and never two at once.
    """
    found, at = [], START + 20 * DAY
    kinds: list[timedelta | None] = [HOUR, -HOUR, DAY, -DAY, None, None, None]
    while at < END - 30 * DAY:
        chance.shuffle(kinds)
        for wrong in kinds:
            at += timedelta(hours=chance.uniform(6 * 24, 13 * 24))
            if wrong is None:
                at = just_before(at, chance)
                found.append(Trouble(since=at, until=at + 3 * DAY, wrong=None))
            else:
                found.append(Trouble(since=at, until=at + chance.uniform(2, 40) * HOUR, wrong=wrong))
    return found


def just_before(at: datetime, chance: random.Random) -> datetime:
    """Up to three days before the next newsletter of one school: it will be late by the rest."""
    clock = clocks()[chance.choice(sorted(SCHOOLS))]
    coming = [one.at for one in clock.between(at, at + 60 * DAY)]
    return max(coming[0] - chance.uniform(1, 70) * HOUR, at)


def ticks(chance: random.Random, every: timedelta) -> list[datetime]:
    """At random, and now and then to the second: just before a newsletter's moment and at it."""
    at, found = START, []
    while at < END:
        pause = timedelta(seconds=int(chance.expovariate(1 / every.total_seconds())) + 1)
        at += min(pause, 40 * HOUR)  # around three days off, no school misses two moments
        found.append(at)
    for clock in clocks().values():
        for one in clock.between(START + 20 * DAY, END - DAY):
            if chance.random() < 0.15:
                found += [one.at - timedelta(seconds=1), one.at]
    return sorted(found)


def shown(true: datetime, all_trouble: list[Trouble]) -> datetime | None:
    """What the machine's clock shows; None while it is off."""
    for one in all_trouble:
        if one.since <= true < one.until:
            return None if one.wrong is None else true + one.wrong
    return true


# The schools -----------------------------------------------------------------------------------


def settings_of(name: str, **changed: Any) -> dict[str, Any]:
    return {**SCHOOL, "id": name, "notices": False, **SCHOOLS[name], **changed}


def installed(told: Installation, chance: random.Random) -> dict[str, datetime]:
    """People and two years of posts in every school; each post and when it is published."""
    published: dict[str, datetime] = {}
    for name in SCHOOLS:
        rows = [
            child(f"p{parent}", "groep 3", f"{name}-{parent}", channel=channel)
            for parent, channel in PARENTS.items()
        ]
        school = ("--school", name)
        told.roster(*rows, more=school)
        told.staff(teacher("s1", "groep 3", role="management"), more=school)
        posts = dict(invented(name, chance))
        files = [
            post(ref, chance.choice(["groep 3", "school"]), published=at.isoformat())
            for ref, at in posts.items()
        ]
        told.posts(*files, folder=f"posts-{name}", more=school)
        published |= posts
    return published


def invented(name: str, chance: random.Random) -> Iterator[tuple[str, datetime]]:
    at, number = START, 0
    while at < END:
        at += timedelta(seconds=int(chance.expovariate(1 / (15 * DAY).total_seconds())) + 1)
        number += 1
        yield f"{name}-{number}", at


def reading(published: Mapping[str, datetime], school: str, first: datetime) -> set[str]:
    """What each parent of a school must have had by the end; the last summer's may still be on its way."""
    return {
        ref for ref, at in published.items() if ref.startswith(f"{school}-") and first <= at < END - 56 * DAY
    }
