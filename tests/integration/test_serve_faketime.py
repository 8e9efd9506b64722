"""The real daemon while the clock runs through a Friday afternoon and through a clock change.

libfaketime (Debian: faketime) gives its process another time that runs faster; nothing of ours is replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.daemon import ZONE, Serve, free_port, get, school_due, serving, values, wait_until
from tests.installation import Installation
from tests.scene import LONG, address, copies, opened
from tests.smtp_server import ThreadedServer

#: The variant for programs with threads, where Debian and others keep it.
_PLACES = ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/lib64/faketime", "/usr/local/lib/faketime")


def faketime() -> str:
    found = [file for place in _PLACES for file in Path("/").glob(f"{place[1:]}/libfaketimeMT.so.1")]
    if not found:
        pytest.skip("no libfaketime (Debian: apt-get install faketime)")
    return str(found[0])


def clock(starts: datetime, times: int) -> Mapping[str, str]:
    """The environment of a process whose time begins at ``starts`` and runs ``times`` as fast as ours.

    Its pauses last as long as ever, as on a machine whose clock is being set: Python's locks wait in a way
    (`sem_clockwait`) that libfaketime leaves alone, and with another monotonic clock they would hang.
    """
    told = f"@{starts:%Y-%m-%d %H:%M:%S} x{times}"
    return {
        "LD_PRELOAD": faketime(),
        "FAKETIME": told,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",  # as it was called before
        "TZ": "UTC",
    }


def school_before(folder: Path, moment: datetime, relay: str, port: int) -> Installation:
    """Its newsletter of the week before ``moment`` was made; of this one nothing yet."""
    top = {"metrics": f"127.0.0.1:{port}"}
    told = school_due(folder, 4, relay=relay, moment=moment, top=top)
    told("run", "--at", (moment.astimezone(ZONE) - timedelta(days=7)).isoformat())
    return told


def runs(told: Installation) -> list[tuple[str, datetime, datetime]]:
    """Key, cut-off and when it was really made, of what came after the week before."""
    with opened(told) as ask:
        rows = ask("SELECT key, until, made_at FROM run ORDER BY id")
    return [(key, *(datetime.fromtimestamp(at / 1e6, UTC) for at in times)) for key, *times in rows][1:]


@contextmanager
def in_its_time(told: Installation, starts: datetime, times: int) -> Iterator[Serve]:
    with serving(told, **clock(starts, times)) as daemon:
        yield daemon
        assert daemon.stop(10) == 0, daemon.text
    # SQLite sleeps while a lock is held, and these sleeps are as short as time is fast: it may give up.
    assert {line["fault"][0] for line in daemon.told("tick_failed")} <= {"DatabaseTrouble"}


def now_of(port: int) -> float:
    """The daemon's own time when it last looked; 0 before it has."""
    return values(get(port, "/metrics")[1]).get("weekbrief_last_tick_timestamp_seconds", 0)


def test_on_a_friday_afternoon_the_newsletter_goes_at_its_moment(tmp_path: Path) -> None:
    moment, port = datetime(2026, 11, 20, 14, 30, tzinfo=UTC), free_port()
    with ThreadedServer() as server:
        told = school_before(tmp_path / "school", moment, server.url, port)
        with in_its_time(told, moment - timedelta(seconds=10), times=2):
            wait_until(lambda: len(server.messages) == 4)
            wait_until(lambda: now_of(port) > moment.timestamp())
        mails = server.messages
    [(key, until, made)] = runs(told)
    assert (key, until) == ("2026-W47", moment)
    assert timedelta(0) <= made - moment < timedelta(minutes=2)
    assert copies(mails).keys() == {address(n) for n in range(4)}
    assert all("20 Nov 2026" in mail.header("Date") for mail in mails)


def test_in_the_night_that_has_half_past_two_twice_one_newsletter_goes(tmp_path: Path) -> None:
    """25 October 2026 in Amsterdam: 02:30 comes at 00:30 and, after the clock went back, at 01:30 UTC."""
    moment, port = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), free_port()
    told = school_before(tmp_path / "school", moment, "file://mails", port)
    with in_its_time(told, moment - timedelta(minutes=25), times=600) as daemon:
        wait_until(lambda: now_of(port) > (moment + timedelta(minutes=65)).timestamp(), pause=0.5)
        wait_until(lambda: sent(told) == [(4, 4)], pause=0.5)  # six seconds of ours may not have done
    [(key, until, made)] = runs(told)
    assert (key, until) == ("2026-W43", moment)
    assert made >= moment
    assert daemon.told("started")[0]["timestamp"] < "2026-10-25T01:30", "02:30 came while it ran"
    assert sent(told) == [(4, 4)]


def sent(told: Installation) -> list[tuple[int, int]]:
    """How many mails, to how many addresses."""
    with opened(told) as ask:
        return ask("SELECT COUNT(*), COUNT(DISTINCT address) FROM delivery WHERE state = 'sent'")


@pytest.mark.skipif(not LONG, reason="waits a quarter of a minute: WEEKBRIEF_CHAOS=long")
def test_a_clock_that_is_set_back_a_day_stops_nothing(tmp_path: Path) -> None:
    """APScheduler's own thread would sleep until the day is over."""
    port, offset = free_port(), tmp_path / "offset"
    told = school_due(tmp_path / "school", 2, relay="file://mails", top={"metrics": f"127.0.0.1:{port}"})
    offset.write_text("+0")
    environ = {
        **clock(datetime.now(UTC), 1),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
    }
    del environ["FAKETIME"]

    def looks() -> float:
        return values(get(port, "/metrics")[1]).get("weekbrief_ticks_total", 0)

    with serving(told, **environ) as daemon:
        wait_until(lambda: looks() >= 2)
        for jump in ("-1d", "+1d"):
            offset.write_text(jump)
            before = looks()
            wait_until(lambda before=before: looks() >= before + 3)
        assert daemon.stop(10) == 0
    assert [round(line["seconds"] / 3600) for line in daemon.told("clock_jumped")] == [-24, 48]
