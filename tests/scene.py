"""A school of any size, its `weekbrief run` as processes of their own, and what must hold after them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, make_url, text

from tests.installation import Installation, child, post, teacher
from tests.smtp_script import Received

LONG = os.environ.get("WEEKBRIEF_CHAOS") == "long"
#: Half an hour after the newsletter's moment, in every test here.
AT = "2026-11-20T16:00"
RUN = ("run", "--at", AT)
_COMMAND = (sys.executable, "-c", "import sys; from pipeline.cli import main; sys.exit(main())")


def short_or_long(short: int, long: int) -> int:
    return long if LONG else short


def school(
    folder: Path, parents: int, *, relay: str, database: str, groups: int = 8, **settings: Any
) -> Installation:
    """``parents`` parents with one child each, spread over the groups; a post per group and one for all.

    ``settings`` go into the ``[relay]`` table.
    """
    told = Installation(folder=folder, relay=relay, database=database, relay_settings=settings)
    names = [f"groep {number + 1}" for number in range(groups)]
    told.roster(*(child(f"p{n}", names[n % groups], f"g{n}") for n in range(parents)))
    told.staff(teacher("s1", "|".join(names), role="management"))
    told.posts(post("allen", "school"), *(post(f"van-{n}", name) for n, name in enumerate(names)))
    return told


def address(parent: int) -> str:
    return f"g{parent}@ouders.example"


@dataclass(frozen=True, slots=True)
class Ended:
    status: int  #: negative: the signal that ended it
    out: str
    err: str


class Process:
    """One command of one installation, in a process of its own."""

    def __init__(self, school: Installation, *words: str, **how: Any) -> None:
        self.process = subprocess.Popen(
            [*_COMMAND, "--config", str(school.config), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **how,
        )

    def kill(self) -> None:
        self.process.kill()

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def end(self, timeout: float = 120) -> Ended:
        """Wait for it; one that takes longer than ``timeout`` seconds fails the test."""
        try:
            out, err = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)
            out, err = self.process.communicate()
            raise AssertionError(f"still running after {timeout} s\n{out}\n{err}") from None
        return Ended(self.process.returncode, out, err)


def run(school: Installation, *words: str, timeout: float = 120, **how: Any) -> Ended:
    return Process(school, *(words or RUN), **how).end(timeout)


# What must hold afterwards.


def engine(school: Installation) -> Engine:
    url = make_url(school.database)
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).is_absolute():
        url = url.set(database=str(school.folder / url.database))
    return create_engine(url)


@contextmanager
def opened(school: Installation) -> Iterator[Any]:
    """Give a function that runs one SQL statement and gives its rows."""
    at = engine(school)
    try:
        with at.begin() as connection:
            yield lambda sql, **values: connection.execute(text(sql), values).all()
    finally:
        at.dispose()


def states(school: Installation) -> dict[str, str]:
    """Address -> state of its delivery, of the only run."""
    with opened(school) as ask:
        assert len(ask("SELECT id FROM run")) == 1, "one run, however many processes"
        rows = ask("SELECT address, state FROM delivery")
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: row[1] for row in rows}


def assert_sound(school: Installation) -> None:
    """The database is whole, and its history leads to its states."""
    with opened(school) as ask:
        if not school.database.startswith("postgresql"):
            assert ask("PRAGMA integrity_check")[0][0] == "ok"
            assert ask("PRAGMA foreign_key_check") == []
        rows = ask(
            "SELECT delivery.id, state, attempts, doubts, handed_at FROM delivery"
            " JOIN run ON run.id = delivery.run_id WHERE run.kind <> 'feed'"  # nothing is handed over there
        )
        events = ask("SELECT delivery_id, event, moved_to FROM delivery_event ORDER BY id")
    history: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for delivery, event, moved_to in events:
        history[delivery].append((event, moved_to))
    for row in rows:
        _assert_consistent(row, history[row.id])


def _assert_consistent(row: Any, history: Sequence[tuple[str, str]]) -> None:
    told = Counter(event for event, _ in history)
    assert row.attempts == told["hand_over"], (row, history)
    assert row.doubts == told["lost"] + told["lost_again"], (row, history)
    answers = sum(told[event] for event in ("accepted", "temporary", "permanent", "lost", "lost_again"))
    assert told["hand_over"] - answers in ({1} if row.state == "sending" else {0}), (row, history)
    if history:
        assert history[-1][1] == row.state, (row, history)
    assert told["accepted"] <= 1, (row, history)
    assert (row.state == "sent") == (told["accepted"] == 1), (row, history)


def copies(mails: Sequence[Received]) -> Mapping[str, list[Received]]:
    received: dict[str, list[Received]] = defaultdict(list)
    for mail in mails:
        received[mail.recipient].append(mail)
    return received


def assert_copies_alike(received: Mapping[str, list[Received]]) -> None:
    """Every mail is its recipient's own, and another copy of it has the same bytes."""
    seen: dict[str, str] = {}
    for recipient, mails in received.items():
        assert len({mail.data for mail in mails}) == 1, recipient
        assert recipient in mails[0].header("To")
        message_id = mails[0].header("Message-ID")
        assert seen.setdefault(message_id, recipient) == recipient
