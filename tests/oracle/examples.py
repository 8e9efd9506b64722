"""Short words for hand-made worlds.

Week 47 of 2026: the window of its newsletter is Friday 13 November 15:30 up to Friday 20 November 15:30.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.model import Outcome, Why, play
from tests.oracle.world import (
    Act,
    Answer,
    Decide,
    ImportConsents,
    ImportPosts,
    ImportRoster,
    Photo,
    Post,
    Role,
    Row,
    RunWeekly,
    Settings,
    StaffMember,
    Step,
    Week,
    World,
    moment,
)

ZONE = ZoneInfo("Europe/Amsterdam")
STAFF = (
    StaffMember(id="m", role=Role.MANAGEMENT),
    StaffMember(id="t", role=Role.TEACHER, groups=("groep 3",)),
    StaffMember(id="c", role=Role.CLASS_PARENT, groups=("groep 3",)),
)
MUM = Row(pupil="sam", group="groep 3", parent="mum", born=date(2018, 1, 1))
DAD = replace(MUM, parent="dad")
FRIEND = replace(MUM, pupil="kim", parent="friend")


def at(month: int, day: int, hour: int = 12, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=ZONE)


def roster(*rows: Row, approve: bool = True, on: date = date(2026, 11, 1)) -> ImportRoster:
    return ImportRoster(rows=rows, approve=approve, on=on)


def post(name: str = "bos", **given: Any) -> ImportPosts:
    facts: dict[str, Any] = {"groups": ("groep 3",), "author": "t", "published": at(11, 17)}
    return ImportPosts(posts=(Post(id=name, **(facts | given)),))


def picture(*shows: str, **given: Any) -> ImportPosts:
    return post(photos=(Photo(file="foto.jpg", shows=shows),), **given)


def said(yes: bool, by: str, when: datetime, pupil: str = "sam", **given: Any) -> ImportConsents:
    return ImportConsents(answers=(Answer(pupil=pupil, yes=yes, by=by, at=when, **given),))


def run(number: int, when: datetime | None = None, *failing: str) -> RunWeekly:
    week = Week(year=2026, number=number)
    return RunWeekly(week=week, at=when or moment(week, Settings()), failing=frozenset(failing))


def decide(act: Act, parent: str = "", pupil: str = "", post: str = "") -> Decide:
    return Decide(act=act, parent=parent, pupil=pupil, post=post)


def outcomes(*steps: Step, **settings: Any) -> list[Outcome]:
    return list(play(World(settings=Settings(zone=ZONE, **settings), staff=STAFF, steps=steps)))


def got(parent: str, *steps: Step, **settings: Any) -> Why | set[str]:
    """What the parent gets in the last run: a reason, or the posts."""
    result = outcomes(*steps, **settings)[-1].results[parent]
    return result if isinstance(result, Why) else set(result)


def photos(parent: str, *steps: Step, **settings: Any) -> set[str]:
    result = outcomes(*steps, **settings)[-1].results[parent]
    assert not isinstance(result, Why)
    return {file for reading in result.values() for file in reading.photos}


YES = said(True, "mum", at(9, 1))
PICTURE = {"foto.jpg"}
