"""Telling a restored backup: a count in the media folder, raised with every run, beside the database's own.

A database that was put back from a backup knows nothing of the runs made since, and would send them
again. Its count is then lower than the folder's. A folder put back alone has the lower one, and lacks
pictures. Either way nothing is sent until a person has looked (`weekbrief confirm`).

The folder's count is written after the commit that made the run and before any of its mail is handed
over, so that it is never ahead by itself; one behind is what a crash between the two leaves.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, select, update

from pipeline.store import tables as t
from pipeline.store.database import Database

#: Of one database: a media folder may serve another one too.
_NAME = "runs-{}.count"
_LOOKS = 3


class Restored(Exception):
    """Database and media folder are not of the same time: nothing is sent until a person confirms."""


def count_run(connection: Connection) -> None:
    """One more run; in the transaction that makes it, inside `kept_beside`."""
    connection.execute(update(t.installation).values(runs=t.installation.c.runs + 1))


@contextmanager
def kept_beside(database: Database, media: Path) -> Iterator[None]:
    """What the block commits is in the folder too when it ends: before any mail of it can be handed over.

    One process at a time, so that a crash leaves the folder at most one run behind.
    """
    with _locked(media):
        _check(database, media)
        yield
        with database.read() as connection:
            uid, count = _counted(connection)
        if _read(media, uid) != count:
            _write(media, uid, count)


def check_count(database: Database, media: Path) -> None:
    """Raise `Restored` when the two counts cannot be of one history."""
    with _locked(media):  # a run that is just being made counts in both, or in neither
        _check(database, media)


def _check(database: Database, media: Path) -> None:
    with database.read() as connection:
        uid, in_database = _counted(connection)
    in_folder = _read(media, uid)
    if in_database - in_folder == 1:  # a crash between commit and folder, before anything was handed over
        _write(media, uid, in_database)
    elif in_database != in_folder:
        raise Restored(_in_words(in_database, in_folder))


def doubt(database: Database, media: Path) -> str | None:
    """As `check_count`, in words and changing nothing; None when all is well."""
    for _ in range(_LOOKS):  # a run that is just being made counts in one of them first
        with database.read() as connection:
            uid, in_database = _counted(connection)
        in_folder = _read(media, uid)
        if in_database - in_folder in (0, 1):
            return None
    return _in_words(in_database, in_folder)


def _in_words(in_database: int, in_folder: int) -> str:
    older = "database" if in_database < in_folder else "media folder"
    return (
        f"the {older} is older than it should be ({in_database} runs in the database, {in_folder} in"
        " the media folder): has a backup been put back? Nothing is sent until a person has looked:"
        " weekbrief confirm --why TEXT"
    )


@contextmanager
def agreed(database: Database, media: Path) -> Iterator[Connection]:
    """A person has looked: both go on from the higher count, once the block has written down who it was."""
    with _locked(media):
        with database.write() as connection:
            uid, count = _counted(connection)
            count = max(_read(media, uid), count) + 1
            connection.execute(update(t.installation).values(runs=count))
            yield connection
        _write(media, uid, count)


def _counted(connection: Connection) -> tuple[str, int]:
    c = t.installation.c
    uid, runs = connection.execute(select(c.uid, c.runs)).one()
    return str(uid), int(runs)


def _read(media: Path, uid: str) -> int:
    try:
        return int((media / _NAME.format(uid)).read_text("ascii"))
    except (FileNotFoundError, ValueError):
        return 0


def _write(media: Path, uid: str, count: int) -> None:
    new = media / f"{_NAME.format(uid)}.new"
    with new.open("w", encoding="ascii") as file:
        file.write(f"{count}\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(media / _NAME.format(uid))
    folder = os.open(media, os.O_RDONLY)
    try:
        os.fsync(folder)  # or a power cut takes the counts of several runs back, which looks like a backup
    finally:
        os.close(folder)


@contextmanager
def _locked(media: Path) -> Iterator[None]:
    media.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(media / "runs.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
