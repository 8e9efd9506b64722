"""The real `weekbrief serve` in a process of its own, and a school whose newsletter is due."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.installation import SCHOOL, Installation, child, post, teacher
from tests.scene import opened

_COMMAND = (sys.executable, "-c", "import sys; from pipeline.cli import main; sys.exit(main())")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONE = ZoneInfo("Europe/Amsterdam")


def school_due(
    folder: Path,
    parents: int,
    *,
    relay: str,
    database: str = "sqlite:///weekbrief.db",
    moment: datetime | None = None,
    top: Mapping[str, Any] | None = None,
    **relay_settings: Any,
) -> Installation:
    """Parents with one child each in two groups, a post for each group and one for all, published the day
    before the newsletter's ``moment``: an hour ago unless told otherwise."""
    moment = (moment or datetime.now(UTC) - timedelta(hours=1)).astimezone(ZONE)
    newsletter = {"day": _DAYS[moment.weekday()], "time": f"{moment:%H:%M}"}
    told = Installation(
        folder=folder,
        relay=relay,
        database=database,
        # Mails to staff would come to the same server.
        schools=[{**SCHOOL, "newsletter": newsletter, "notices": False}],
        top=top or {},
        relay_settings=relay_settings,
    )
    groups = ("groep 1", "groep 2")
    told.roster(*(child(f"p{n}", groups[n % 2], f"g{n}") for n in range(parents)))
    told.staff(teacher("s1", "|".join(groups), role="management"))
    published = (moment - timedelta(days=1)).replace(tzinfo=None, microsecond=0).isoformat()
    told.posts(
        post("allen", "school", published=published),
        *(post(f"van-{n}", name, published=published) for n, name in enumerate(groups)),
    )
    return told


class Serve:
    """`weekbrief serve`; its log goes into a file, since nobody would empty a pipe meanwhile."""

    def __init__(self, school: Installation, name: str = "serve", **environ: str) -> None:
        self.log_file = school.folder / f"{name}.log"
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [*_COMMAND, "--config", str(school.config), "serve"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={**os.environ, **school.environ, **environ},
            )

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(30)

    def end(self, timeout: float = 30) -> int:
        """Its status; one that takes longer than ``timeout`` seconds fails the test."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running after {timeout} s: {self.text}") from None

    def stop(self, timeout: float = 30) -> int:
        self.send(signal.SIGTERM)
        return self.end(timeout)

    @property
    def text(self) -> str:
        return self.log_file.read_text("utf-8")

    @property
    def log(self) -> list[dict[str, Any]]:
        """Every line is one JSON object, or this fails."""
        return [json.loads(line) for line in self.text.splitlines()]

    def told(self, what: str) -> list[dict[str, Any]]:
        return [line for line in self.log if line["what"] == what]


@contextmanager
def serving(school: Installation, name: str = "serve", **environ: str) -> Iterator[Serve]:
    """Running while the block does; killed at its end if it is still there."""
    daemon = Serve(school, name, **environ)
    try:
        yield daemon
    finally:
        daemon.kill()


def wait_until(there: Callable[[], object], seconds: float = 30, pause: float = 0.05) -> None:
    deadline = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(pause)


def counts(school: Installation) -> dict[str, int]:
    """State -> deliveries, of all runs."""
    with opened(school) as ask:
        return dict(map(tuple, ask("SELECT state, COUNT(*) FROM delivery GROUP BY state")))


def all_sent(school: Installation, parents: int) -> bool:
    return counts(school) == {"sent": parents}


def closed(school: Installation) -> bool:
    with opened(school) as ask:
        return [row[0] is not None for row in ask("SELECT closed_at FROM run")] == [True]


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def get(port: int, path: str) -> tuple[int, str]:
    """Status and body; 0 while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()
    except urllib.error.URLError:
        return 0, ""


def values(metrics: str) -> dict[str, float]:
    """``name{labels}`` -> value."""
    lines = (line.rpartition(" ") for line in metrics.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}
