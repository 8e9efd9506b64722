"""A school at a mail provider, on a clock that the test turns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.office import opened
from pipeline.run import Call, run
from pipeline.waiting import Stop
from tests.installation import Installation, child, post, teacher

FRIDAY = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
FAMILIES = 24


@dataclass
class Clock:
    now: datetime = FRIDAY

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()


@dataclass
class Sleepless(Stop):
    """Waits by turning the clock."""

    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        super().__init__()

    async def sleep(self, time: timedelta) -> None:
        self.clock.now += time


def school(folder: Path, url: str, families: int = FAMILIES, **relay: Any) -> Installation:
    told = Installation(folder=folder / "school", relay=url, relay_settings=relay)
    told.roster(*(child(f"p{n}", "groep 3", f"g{n}") for n in range(families)))
    told.staff(teacher("t1", "groep 3"))
    told.posts(post("bos", author="t1"))
    return told


def live(
    told: Installation, clock: Clock, until: datetime, environ: dict[str, str] | None = None, every: int = 4
) -> list[int]:
    """`run` every so many hours; how many mails were open after each."""
    waiting = []
    with opened(told.config, environ or {}) as office:
        ours = replace(office, clock=clock)
        while clock.now < until:
            stop, schools = Sleepless(clock), ours.settings.schools
            run(Call(office=ours, schools=schools, at=lambda school: clock.now, stop=stop, tidy=False))
            waiting.append(open_mails(told))
            clock.now += timedelta(hours=every)
    return waiting


def open_mails(told: Installation) -> int:
    states = "('queued', 'sending', 'deferred')"
    return int(told.sql(f"SELECT COUNT(*) FROM delivery WHERE state IN {states}")[0][0])
