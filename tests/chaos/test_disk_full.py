"""No room for the database: the run stops with a clear word, nothing is lost, and the next one goes on."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scene import (
    LONG,
    assert_copies_alike,
    assert_sound,
    copies,
    run,
    school,
    states,
)
from tests.smtp_server import ServerProcess

pytestmark = pytest.mark.chaos

PARENTS = 200
CONNECTIONS = 4
#: Kilobytes that the database may grow: not even the run fits; its rows do; some of the mails do.
ROOM = tuple(range(200, 320, 4)) if LONG else (272,)


@pytest.mark.parametrize("room", ROOM)
def test_a_full_disk_under_the_database_loses_nothing(tmp_path: Path, room: int) -> None:
    with ServerProcess(tmp_path) as server:
        told = school(
            tmp_path / "school",
            PARENTS,
            relay=server.url,
            database="sqlite:///weekbrief.db",
            connections=CONNECTIONS,
        )
        most = (told.folder / "weekbrief.db").stat().st_size + room * 1024
        full = run(told, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
        before = len(server.messages)
        after = run(told)
        mails = server.messages
    print(f"{room} kB: {before} mails before the disk was full, {full.status}, {full.err[-200:]}")
    if full.status != 0:
        assert full.status == 75, full
        assert "the database cannot take it now" in full.err
        assert "nothing is lost" in full.err
        assert "Traceback" not in full.err
    received, state = copies(mails), states(told)
    assert after.status == 0, after
    assert set(state.values()) == {"sent"}
    assert received.keys() == state.keys()
    assert len(mails) - len(received) <= CONNECTIONS
    assert_copies_alike(received)
    assert_sound(told)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with 2 MB, where we may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or os.system(f"mount -t tmpfs -o size=2m tmpfs {folder} 2>/dev/null"):
        pytest.skip("a small file system can only be mounted by root")
    try:
        yield folder
    finally:
        os.system(f"umount {folder}")


def test_a_full_file_system_under_the_database_loses_nothing(tmp_path: Path, small_disk: Path) -> None:
    with ServerProcess(tmp_path) as server:
        told = school(
            small_disk / "school",
            PARENTS,
            relay=server.url,
            database="sqlite:///weekbrief.db",
            connections=CONNECTIONS,
        )
        filler = small_disk / "filler"
        statuses = []
        for leave in (0, 120, 180, 220):
            fill(filler, leave * 1024)
            statuses.append(run(told).status)
        filler.unlink()
        after = run(told)
        mails = server.messages
        received, state = copies(mails), states(told)
        assert_sound(told)
    assert statuses[0] == 75
    assert set(statuses) <= {0, 75}
    assert after.status == 0, after
    assert set(state.values()) == {"sent"}
    assert received.keys() == state.keys()
    assert len(mails) - len(received) <= CONNECTIONS * statuses.count(75)
    assert_copies_alike(received)


def fill(filler: Path, leave: int) -> None:
    """Take all room but ``leave`` bytes."""
    filler.unlink(missing_ok=True)
    free = os.statvfs(filler.parent)
    filler.write_bytes(b"\0" * max(free.f_bavail * free.f_frsize - leave, 0))
