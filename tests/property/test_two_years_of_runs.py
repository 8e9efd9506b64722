"""Two years on four clocks: a newsletter for every moment, windows that touch, nothing twice or missed."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipeline.office import Office, opened
from pipeline.run import Call, run
from tests.fast_folder import fast_folder
from tests.installation import Installation
from tests.smtp_server import ThreadedServer
from tests.two_years import (
    DAY,
    END,
    LONG,
    SCHOOLS,
    START,
    Clock,
    Run,
    Trouble,
    clocks,
    installed,
    reading,
    settings_of,
    shown,
    ticks,
    troubles,
)

SEEDS = range(20) if LONG else (1,)
EVERY = timedelta(hours=5 if LONG else 170)
#: A school moves, on the map: in the middle of a week, on a day with a newsletter.
MOVES = {
    datetime(2018, 11, 6, 14, tzinfo=UTC): "America/New_York",  # after 12:00 UTC, before 12:00 there
    datetime(2019, 3, 1, 16, tzinfo=UTC): "UTC",  # after 15:30 UTC, before 15:30 there
    datetime(2019, 5, 16, 7, tzinfo=UTC): "Pacific/Auckland",
}


class Machine:
    """The installation on a machine whose clock the test turns."""

    def __init__(self, folder: Path, server: ThreadedServer, chance: random.Random) -> None:
        self.told = Installation(
            folder=folder, relay=server.url, schools=[settings_of(name) for name in SCHOOLS]
        )
        self.published = installed(self.told, chance)
        self.server, self.chance = server, chance
        self.now = START
        self.clocks = clocks()

    @contextmanager
    def switched_on(self) -> Iterator[Office]:
        with opened(self.told.config, {}) as office:
            yield Office(live=office.live, database=office.database, clock=lambda: self.now)

    def look(self, office: Office, at: datetime) -> None:
        """What `weekbrief run` does, started by cron; the model looks at the same clock."""
        self.now = at
        before = len(self.server.messages)
        made = {name: clock.look(at) for name, clock in self.clocks.items()}
        tidy = LONG or self.chance.random() < 0.1  # what is past its term can wait
        run(Call(office=office, schools=office.settings.schools, at=lambda school: self.now, tidy=tidy))
        to = Counter(one.recipient for one in self.server.messages[before:])
        for name, clock in self.clocks.items():
            if made[name] and clock.waiting:
                assert not to[f"{name}-n@ouders.example"], "a newsletter that came too late was sent"
            self.perhaps_release(name, clock)

    def perhaps_release(self, name: str, clock: Clock) -> None:
        """In time or never, though never twice in a row: a post is owed for 28 days.

        One in which nobody had anything to read has nothing to release.
        """
        if clock.waiting and (clock.given_up or self.chance.random() < 0.1):
            rows = (
                "SELECT COUNT(*) FROM delivery JOIN run ON run.id = run_id"
                " JOIN school ON school.id = run.school_id"
                " WHERE run.key = ? AND school.ref = ? AND state = 'held'"
            )
            if ask(self.told, rows, clock.waiting, name) != [(0,)]:
                self.told("release", clock.waiting, "--school", name, "--why", "toch")
            clock.waiting = None

    def switch(self) -> None:
        """One parent chooses again. Not where holidays last longer than a post may be owed."""
        name = self.chance.choice(sorted(SCHOOLS.keys() - {"noord"}))
        channel = self.chance.choice(["app", "mail", "newsletter"])
        self.told("prefer", f"{name}-s", channel, "--school", name)

    def move(self, zone: str) -> None:
        told = [settings_of(name, **({"timezone": zone} if name == "twee" else {})) for name in SCHOOLS]
        self.told.schools = told
        self.told.settings()
        self.clocks["twee"].zone = ZoneInfo(zone)


@pytest.mark.parametrize("seed", SEEDS)
def test_two_years_on_four_clocks_one_run_for_every_moment_and_every_post_once(
    seed: int,
) -> None:
    chance = random.Random(seed)
    with ThreadedServer() as server, fast_folder() as folder:
        machine = Machine(folder / "schools", server, chance)
        live(machine, chance, troubles(chance))
        assert server.faults == []
        for name, clock in machine.clocks.items():
            real = runs_of(machine.told, name)
            assert real == clock.runs
            assert all(one.until == two.since for one, two in pairwise(real))
            assert_all_moments(name, clock)
            assert_read_once(machine, name)


def live(machine: Machine, chance: random.Random, trouble: list[Trouble]) -> None:
    moves = dict(MOVES)
    with machine.switched_on() as office:
        for true in ticks(chance, EVERY):
            for at in [at for at in moves if at <= true]:
                machine.move(moves.pop(at))
            if chance.random() < 0.05:
                machine.switch()
            if at := shown(true, trouble):
                machine.look(office, at)


def assert_all_moments(name: str, clock: Clock) -> None:
    """No moment of the two years is without its run, whatever the machine's clock showed."""
    if name == "twee":
        return  # its calendar was another one at times; that runs are those of the model was compared
    first, last = clock.runs[0].until, END - 4 * DAY
    expected = [one.key for one in clock.between(first, last)]
    assert [one.key for one in clock.runs if one.until <= last] == expected


def runs_of(told: Installation, school: str) -> list[Run]:
    rows = ask(
        told,
        "SELECT run.key, since, until FROM run JOIN school ON school.id = run.school_id"
        " WHERE kind = 'weekly' AND school.ref = ? ORDER BY run.id",
        school,
    )
    return [Run(key=key, since=instant(since), until=instant(until)) for key, since, until in rows]


def assert_read_once(machine: Machine, name: str) -> None:
    """By mail and in the app together: each parent has each post once, no matter how often they switched."""
    rows = ask(
        machine.told,
        "SELECT parent.ref, post.ref FROM delivery_item"
        " JOIN delivery ON delivery.id = delivery_item.delivery_id"
        " JOIN parent ON parent.id = delivery.parent_id JOIN post ON post.id = delivery_item.post_id"
        " JOIN school ON school.id = delivery.school_id WHERE delivery.state = 'sent' AND school.ref = ?",
        name,
    )
    first = first_window(machine.told, name)
    must = reading(machine.published, name, first)
    assert len(must) > (25 if LONG else 5)
    counted = Counter(rows)
    assert max(counted.values()) == 1
    for parent in sorted({parent for parent, _ in rows}):
        had = {post for who, post in rows if who == parent}
        assert must <= had, (parent, must - had)
    assert len({parent for parent, _ in rows}) == 4
    mails = [one for one in machine.server.messages if one.recipient.startswith(f"{name}-")]
    assert len(mails) == len({one.header("Message-ID") for one in mails})


def first_window(told: Installation, school: str) -> datetime:
    (row,) = ask(
        told,
        "SELECT since FROM run JOIN school ON school.id = run.school_id WHERE school.ref = ?"
        " ORDER BY run.id LIMIT 1",
        school,
    )
    return instant(row[0])


def ask(told: Installation, statement: str, *values: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(told.folder / "weekbrief.db")) as connection:
        return connection.execute(statement, values).fetchall()


def instant(stored: object) -> datetime:
    from pipeline.store.columns import EPOCH

    assert isinstance(stored, int)
    return EPOCH + timedelta(microseconds=stored)
