"""Which processes are alive, proved outside the rows they own.

A process holds a lock for as long as it lives: an operating system file lock beside a SQLite
database, a session advisory lock on PostgreSQL. Whoever can take the lock knows that the owner is
dead; a slow or stopped owner keeps it, so a live one's rows are never taken. No lease has to be
renewed and no clock is believed (docs/decisions/0005-locks-not-leases.md).
"""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, insert, text, update

from pipeline.store import tables as t
from pipeline.store.database import Database

#: The first half of our advisory lock numbers on PostgreSQL: "WB" and the kind of lock.
_ADVISORY = 0x5742_0001


@contextmanager
def at_work(database: Database, now: datetime) -> Iterator[Worker]:
    """Register this process, hold its lock while the block runs, and let go of what it still owned."""
    with database.write() as connection:
        row = connection.execute(
            insert(t.worker)
            .values(host=socket.gethostname(), pid=os.getpid(), started_at=now)
            .returning(t.worker.c.id)
        )
        number = int(row.scalar_one())
    worker = Worker(database, number)
    try:
        yield worker
    finally:
        worker.leave()


class Worker:
    """This process as the outbox knows it: ``number`` is its claim and its fencing number."""

    def __init__(self, database: Database, number: int) -> None:
        self.number = number
        self._database = database
        self._file: int | None = None
        self._session: Connection | None = None
        self._take()

    def _take(self) -> None:
        if self._database.path is not None:
            self._file = os.open(_lock_path(self._database.path, self.number), os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX)
            return
        self._session = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._session.execute(text("SELECT pg_advisory_lock(:kind, :number)"), self._names(self.number))

    def check(self) -> None:
        """Raise when the session that holds our lock has dropped: others may take us for dead already."""
        if self._session is not None:
            self._session.execute(text("SELECT 1"))

    def alive(self, number: int) -> bool:
        """Whether the process that claimed rows as ``number`` still runs."""
        if number == self.number:
            return True
        if self._database.path is not None:
            return _file_is_locked(_lock_path(self._database.path, number))
        return self._session_is_locked(number)

    def _session_is_locked(self, number: int) -> bool:
        assert self._session is not None
        names = self._names(number)
        if not self._session.execute(text("SELECT pg_try_advisory_lock(:kind, :number)"), names).scalar():
            return True
        self._session.execute(text("SELECT pg_advisory_unlock(:kind, :number)"), names)
        return False

    @staticmethod
    def _names(number: int) -> dict[str, int]:
        return {"kind": _ADVISORY, "number": number}

    def leave(self) -> None:
        """Rows it claimed and did not send are anybody's again; then the lock goes."""
        try:
            with self._database.write() as connection:
                self._let_go(connection)
        finally:
            self._drop()

    def _let_go(self, connection: Connection) -> None:
        c = t.delivery.c
        waiting = (c.owner == self.number, c.state.in_(("queued", "deferred")))
        connection.execute(update(t.delivery).where(*waiting).values(owner=None))
        connection.execute(delete(t.worker).where(t.worker.c.id == self.number))

    def _drop(self) -> None:
        if self._file is not None:
            assert self._database.path is not None
            with suppress(FileNotFoundError):
                _lock_path(self._database.path, self.number).unlink()
            os.close(self._file)
        if self._session is not None:
            self._session.close()


def _lock_path(database: Path, number: int) -> Path:
    folder = database.with_name(database.name + ".workers")
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / str(number)


def _file_is_locked(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        path.unlink(missing_ok=True)
        return False
    finally:
        os.close(handle)
