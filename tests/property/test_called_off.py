"""Random weeks of events that move, come back or are off: what each mail says of them.

The model keeps what each parent's calendar has, and asks of every mail that it makes that true again.
``WEEKBRIEF_ORACLE=long`` plays some hundreds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from icalendar import Calendar

from tests.installation import Installation, child, html_of, mail, post, teacher
from tests.small_school import AMSTERDAM

START = datetime(2026, 11, 16, 9, 0, tzinfo=AMSTERDAM)  # a Monday
#: Parent -> the group of their child.
PARENTS = {"m3": "groep 3", "m4": "groep 4"}


@dataclass(kw_only=True)
class Event:
    """The truth about one, and who knows what of it."""

    id: str
    group: str
    when: datetime
    on: bool = True
    held: bool = False
    withdrawn: bool = False
    first: dict[str, datetime] = field(
        default_factory=dict
    )  #: parent -> when they were first told it was to be
    known: dict[str, datetime | None] = field(default_factory=dict)  #: as their calendar has it; None: off

    @property
    def truth(self) -> datetime | None:
        return self.when if self.on and not self.withdrawn else None

    def text(self) -> str:
        tables = [f"[event]\nstarts = {self.when.replace(tzinfo=None).isoformat()}"] if self.on else []
        published = START - timedelta(minutes=30)
        return post(self.id, self.group, "Kom.", *tables, published=published.isoformat())

    def is_told(self, parent: str, now: datetime) -> bool:
        midnight = (self.when + timedelta(days=1)).replace(hour=0)
        to_come = now < max(midnight, self.first[parent])
        return to_come and not self.held and self.known[parent] != self.truth


class Story:
    def __init__(self, folder: Path, seed: int) -> None:
        self.random, self.now, self.posts = Random(seed), START, 0
        self.school = Installation(folder=folder, relay="file://mails")
        children = enumerate(PARENTS.items())
        self.school.roster(*(child(f"p{n}", group, p, channel="mail") for n, (p, group) in children))
        self.school.staff(teacher("s1", "groep 3|groep 4"), teacher("dir", "", role="management"))
        self.school("run", "--at", "2026-11-13T15:30")
        groups = ("groep 3", "groep 4", "groep 3")
        self.events = [
            Event(id=f"e{n}", group=group, when=self._some_time()) for n, group in enumerate(groups)
        ]
        self._bring(*(each.text() for each in self.events))
        self.school("run", "--at", START.isoformat())
        self.keys = {ref: key for key, ref in self.school.sql("SELECT id, ref FROM post")}
        for each in self.events:
            parent = next(p for p, group in PARENTS.items() if group == each.group)
            each.first[parent] = each.when
            each.known[parent] = each.when
        self.read = set(self._files())

    def _bring(self, *posts: str) -> None:
        self.school.posts(*posts, expect=None)  # what is held is said again with every import

    def _some_time(self) -> datetime:
        return START + timedelta(days=self.random.randint(1, 12), hours=self.random.randint(0, 10))

    def _files(self) -> Iterator[Path]:
        return (self.school.folder / "mails").glob("*.eml")

    def step(self) -> None:
        """Something happens to one event, or there is news."""
        self._go_on()
        event = self.random.choice(self.events)
        match self.random.choices(("news", "move", "off", "hold", "withdraw"), (6, 5, 2, 2, 1))[0]:
            case "news":
                self._news()
            case "hold" if not event.withdrawn:
                event.held = not event.held
                self.school("hold" if event.held else "release", event.id, "--why", "zo")
            case "withdraw" if not event.withdrawn and not event.held:
                event.withdrawn = True
                self.school("withdraw", event.id, "--why", "zo")
            case "move" | "off" as what if not event.withdrawn and not event.held:
                event.on = what == "move"
                event.when = self._some_time() if event.on else event.when
                self._bring(event.text())

    def _go_on(self) -> None:
        """To some time of a school day at which mail may go."""
        self.now += timedelta(hours=self.random.choice((1, 3, 24)))
        if self.now.hour > 17:
            self.now = (self.now + timedelta(days=1)).replace(hour=9)
        while self.now.weekday() > 4:
            self.now += timedelta(days=1)

    def _news(self) -> None:
        self.posts += 1
        group, urgent = self.random.choice((*PARENTS.values(), "school")), self.random.random() < 0.3
        published = (self.now - timedelta(minutes=5)).isoformat()
        news = post(f"n{self.posts}", group, author="dir", published=published, urgent=urgent)
        self._bring(news)
        self.school("run", "--at", self.now.isoformat(), expect=None)
        came = {path for path in self._files() if path not in self.read}
        self.read |= came
        readers = [parent for parent, of in PARENTS.items() if group in (of, "school")]
        assert sorted(path.name.partition("-")[2].partition("@")[0] for path in came) == readers
        for parent in readers:
            [path] = [path for path in came if f"-{parent}@" in path.name]
            self._check(parent, path.read_bytes())

    def _check(self, parent: str, message: bytes) -> None:
        told = [each for each in self.events if parent in each.known and each.is_told(parent, self.now)]
        shown = {(self.keys[each.id], each.truth) for each in told}
        page = html_of(mail(message))
        assert page.count('id="a-post-') == sum(truth is not None for _, truth in shown)
        assert page.count('id="x-post-') == sum(truth is None for _, truth in shown)
        assert ("Gewijzigd in de agenda" in page) == bool(shown)
        assert set(_calendar(message)) == shown
        for each in told:
            each.known[parent] = each.truth


def _calendar(message: bytes) -> Iterator[tuple[int, datetime | None]]:
    """Of each event in the attached file: which post's, and when; None: off."""
    for part in mail(message).walk():
        if part.get_content_type() == "text/calendar":
            for each in Calendar.from_ical(part.get_content()).walk("VEVENT"):
                off = each["STATUS"] == "CANCELLED"
                yield int(each["UID"].split("-")[1]), None if off else each["DTSTART"].dt


@pytest.mark.parametrize("seed", range(300 if os.environ.get("WEEKBRIEF_ORACLE") == "long" else 2))
def test_every_mail_makes_right_what_its_readers_calendar_has_wrong(tmp_path: Path, seed: int) -> None:
    story = Story(tmp_path / "school", seed + 1)
    for _ in range(24):
        story.step()
    assert story.posts
