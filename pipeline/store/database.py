"""Opening the database: durable settings, private files, short transactions, and who is alive.

SQLite by default, PostgreSQL by URL. A write transaction on SQLite is BEGIN IMMEDIATE: a deferred
one that turns into a write ignores the busy timeout. Connections are opened for their owner only.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import RLock
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import StaticPool

from pipeline.store import tables as t

#: A quiet session of ours holds the lock that says we live: a firewall must not take it for idle.
_KEEP_ALIVE = {"keepalives": 1, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
BUSY_SECONDS = 60  #: unless the URL itself says ``?timeout=``
_DAMAGED = ("file is not a database", "disk image is malformed", "file is encrypted")


class DatabaseTrouble(Exception):
    """The database cannot take it now (locked, full, unreachable). Nothing is lost: try again (exit 75)."""


class DatabaseUnusable(Exception):
    """It is no database of ours, damaged, or of another version: a person must act (exit status 2)."""


class Database:
    """One engine and its two kinds of transaction.

    A rehearsal (``--dry-run``) takes every transaction back. What it needs in each of them, such as a
    school that is not there yet, `stage` puts in.
    """

    def __init__(self, url: str, *, rehearse: bool = False) -> None:
        self.url = make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        # Resolved, so that every process finds the same locks beside it, whatever link it came by.
        self.path = Path(self.url.database).resolve() if self.sqlite and self.url.database else None
        self.rehearse = rehearse
        self._staged: list[Callable[[Connection], object]] = []
        #: SQLite lets others look again after a sleep; threads of ours need not sleep.
        self._turn: AbstractContextManager[object] = RLock() if self.sqlite else nullcontext()
        self.engine = self._open()

    def stage(self, prepare: Callable[[Connection], object]) -> None:
        self._staged.append(prepare)

    def _open(self) -> Engine:
        kind = self.url.get_backend_name()
        if kind not in ("sqlite", "postgresql"):
            raise DatabaseUnusable(f"the database {kind} is not supported; SQLite and PostgreSQL are")
        if self.path is not None and self.path.is_dir():
            raise DatabaseUnusable(f"{self.path} is a folder; name a file in it for the database")
        if not self.sqlite:
            return create_engine(self.url, pool_pre_ping=True, hide_parameters=True, connect_args=_KEEP_ALIVE)
        patience = {} if "timeout" in self.url.query else {"timeout": BUSY_SECONDS}
        in_memory = {"poolclass": StaticPool} if self.path is None else {}
        arguments = {**patience, "check_same_thread": False}
        # Parameters are names and addresses: never in an error text (rule 20).
        engine = create_engine(self.url, hide_parameters=True, connect_args=arguments, **in_memory)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of all tables."""
        if self._staged:
            with self.write() as connection:
                yield connection
            return
        with self._named_trouble(), self.engine.connect() as connection:
            if not self.sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """All or nothing; durable when the block ends."""
        with self._turn, self._named_trouble(), self.engine.connect() as connection:
            if self.sqlite:
                connection = connection.execution_options(write=True)
            with connection.begin() as transaction:
                for prepare in self._staged:
                    prepare(connection)
                yield connection
                if self.rehearse:
                    transaction.rollback()

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _named_trouble(self) -> Iterator[None]:
        """For SQLAlchemy's errors and those of the driver beneath it."""
        try:
            yield
        except (DatabaseError, self.engine.dialect.loaded_dbapi.Error) as error:
            orig = getattr(error, "orig", error)
            if _is_passing(error):
                raise DatabaseTrouble(str(orig)) from error
            if any(words in str(orig) for words in _DAMAGED):
                words = "is it the right file? If so, restore a backup"
                raise DatabaseUnusable(f"the database is damaged or none ({orig}): {words}") from error
            raise


def write_ahead_log_is_safe(version: tuple[int, ...]) -> bool:
    """SQLite 3.7.0 to 3.51.2 can lose commits in a WAL reset; fixed in 3.51.3, 3.50.7 and 3.44.6."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # BEGIN is ours to say
    journal = "WAL" if write_ahead_log_is_safe(sqlite3.sqlite_version_info) else "DELETE"
    for pragma in (f"journal_mode={journal}", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("write")
    connection.connection.cursor().execute("BEGIN IMMEDIATE" if write else "BEGIN")


def _is_passing(error: Exception) -> bool:
    """Locked, full, out of reach: operational faults, not mistakes of ours."""
    orig = getattr(error, "orig", error)
    if isinstance(orig, sqlite3.OperationalError):
        words = ("locked", "busy", "full", "disk i/o", "unable to open", "readonly")
        return any(word in str(orig).lower() for word in words)
    return type(orig).__name__ in {
        "OperationalError",
        "SerializationFailure",
        "DeadlockDetected",
        "DiskFull",
    } or (isinstance(error, DatabaseError) and error.connection_invalidated)


def create_private(path: Path) -> None:
    """An empty database file that only its owner can read (rule 20); SQLite's side files follow its mode."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def lock_school(connection: Connection, school: int) -> int:
    """Hold the school's row until commit and give its policy version.

    On PostgreSQL a decision and a hand-over of the same school then come one after the other; on
    SQLite BEGIN IMMEDIATE has seen to that.
    """
    query = select(t.school.c.policy_version).where(t.school.c.id == school).with_for_update()
    return int(connection.execute(query).scalar_one())  # SQLite leaves FOR UPDATE out


def raise_policy(connection: Connection, school: int) -> int:
    """Say that something a rule reads has changed; gives the new version (rule 16)."""
    raised = (
        update(t.school)
        .where(t.school.c.id == school)
        .values(policy_version=t.school.c.policy_version + 1)
        .returning(t.school.c.policy_version)
    )
    return int(connection.execute(raised).scalar_one())
