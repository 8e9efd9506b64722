"""A school's own folder with real files, worked on through the real command line."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import secrets
import shutil
import sqlite3
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import cache, lru_cache
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, create_engine, inspect, text

from pipeline.cli import main
from pipeline.store.database import Database
from pipeline.store.migrate import ensure_schema

ROSTER = (
    "pupil_id",
    "pupil_first_name",
    "pupil_last_name",
    "pupil_birth_date",
    "group",
    "enrolled_from",
    "enrolled_until",
    "parent_id",
    "parent_name",
    "parent_email",
    "language",
    "channel",
    "access",
)
STAFF = ("staff_id", "name", "email", "role", "groups")
CONSENTS = ("pupil_id", "purpose", "kind", "answer", "given_by", "given_at")

#: Friday of week 47, half an hour after the newsletter's moment.
FRIDAY = "2026-11-20T16:00"
WEEK = "2026-W47"
NEXT_FRIDAY = "2026-11-27T16:00"

SCHOOL = {
    "id": "regenboog",
    "name": "KBS de Regenboog",
    "language": "nl",
    "timezone": "Europe/Amsterdam",
    "sender": "nieuws@regenboog.example",
    "reply_to": "info@regenboog.example",
    "management": ["directie@regenboog.example"],
    "newsletter": {"day": "fri", "time": "15:30"},
    "notices": False,
}

Row = Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What one call of the command line gave back."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(kw_only=True)
class Installation:
    """A folder with `schedules.toml`, and the calls made on it."""

    folder: Path
    relay: str
    database: str = "sqlite:///weekbrief.db"
    schools: Sequence[Mapping[str, Any]] = (SCHOOL,)
    top: Mapping[str, Any] = field(default_factory=dict)
    relay_settings: Mapping[str, Any] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.settings()

    @property
    def config(self) -> Path:
        return self.folder / "schedules.toml"

    def settings(self, **of_the_first_school: Any) -> None:
        """Write `schedules.toml` anew, with more settings for the first school."""
        lines = [f"{key} = {_toml(value)}" for key, value in {"database": self.database, **self.top}.items()]
        lines.append("[relay]")
        lines += [f"{k} = {_toml(v)}" for k, v in {"url": self.relay, **self.relay_settings}.items()]
        for number, school in enumerate(self.schools):
            told = {**school, **(of_the_first_school if number == 0 else {})}
            lines += ["[[school]]", *(f"{key} = {_toml(value)}" for key, value in told.items())]
        written = "\n".join(lines) + "\n"
        tomllib.loads(written)
        self.config.write_text(written, "utf-8")

    def __call__(self, *words: str | Path, expect: int | None = 0) -> Said:
        """One call in this process; fails the test when it does not end with ``expect``."""
        said = call("--config", self.config, *words, environ=self.environ)
        assert expect is None or said.status == expect, said
        return said

    def copied(self, folder: Path) -> Installation:
        """The same as it stands, elsewhere: cheaper than importing it all again. SQLite only."""
        shutil.copytree(self.folder, folder)
        return replace(self, folder=folder)

    # Files.

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def csv(self, name: str, columns: Iterable[str], rows: Iterable[Row]) -> Path:
        lines = io.StringIO()
        writer = csv.DictWriter(lines, list(columns), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return self.write(name, lines.getvalue())

    def roster(self, *rows: Row, approve: bool = True, expect: int = 0, more: Sequence[str] = ()) -> Said:
        path = self.csv("roster.csv", ROSTER, rows)
        if "--dry-run" not in more:
            self._begin_with_tables()
        words = [*(["--approve"] if approve else []), *more]
        return self("import", "roster", path, *words, expect=expect)

    def _begin_with_tables(self) -> None:
        """An empty database as the first command would make it, copied: making it anew takes a tenth of a
        second, some hundred times. What makes it is tested in test_migrations.py."""
        name = self.database.removeprefix("sqlite:///")
        path = self.folder / name
        if name == self.database or "?" in name or "WEEKBRIEF_DATABASE" in self.environ or path.exists():
            return
        path.touch(mode=0o600)
        path.write_bytes(_tables())
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE installation SET uid = ?", [secrets.token_hex(8)])

    def staff(self, *rows: Row, more: Sequence[str] = ()) -> Said:
        return self("import", "staff", self.csv("staff.csv", STAFF, rows), *more)

    def consents(self, *rows: Row, expect: int = 0, more: Sequence[str] = ()) -> Said:
        return self("import", "consents", self.csv("consents.csv", CONSENTS, rows), *more, expect=expect)

    def posts(self, *posts: str, expect: int = 0, folder: str = "posts", more: Sequence[str] = ()) -> Said:
        """Import these posts (see `post`); what lay in the folder before stays there."""
        for content in posts:
            told = tomllib.loads(content.split("+++\n")[1])
            self.write(f"{folder}/{told['id']}.md", content)
        return self("import", "posts", self.folder / folder, *more, expect=expect)

    # What came of it.

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        with self.connected() as connection:
            names = inspect(connection).get_table_names()
            found = {name: connection.execute(text(f'SELECT * FROM "{name}"')).all() for name in names}
        return {name: sorted(map(tuple, rows), key=repr) for name, rows in found.items()}

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """The database itself, for what no command shows; committed at the end."""
        relative = re.sub("^sqlite:///(?!/)", f"sqlite:///{self.folder}/", self.database)
        engine = create_engine(relative)
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()

    def sql(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """Rows of a query; of anything else, none."""
        with self.connected() as connection:
            result = connection.execute(text(statement), values)
            return [tuple(row) for row in result] if result.returns_rows else []

    def status(self, run: int = -1) -> dict[str, Any]:
        """One newsletter as ``status --json`` has it; the newest when not told otherwise."""
        return [each for each in self.runs() if each["kind"] == "weekly"][run]

    def runs(self) -> list[dict[str, Any]]:
        """Every run, oldest first."""
        runs: list[dict[str, Any]] = self("status", "--json").json["runs"]
        return runs

    def explain(self, *words: str) -> dict[str, Any]:
        document: dict[str, Any] = self("explain", *words, "--json").json
        return document


def call(*words: str | Path, environ: Mapping[str, str] | None = None, encoding: str = "utf-8") -> Said:
    """One call of the command line in this process, on a terminal of ``encoding``."""
    out, err = (TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2))
    mask = os.umask(0o022)
    try:
        with redirect_stdout(out), redirect_stderr(err), patch.dict(os.environ, environ or {}):
            status = _exit_status([str(word) for word in words])
    finally:
        os.umask(mask)
    return Said(status=status, out=_written(out), err=_written(err))


def _written(stream: TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode(stream.encoding)


def _exit_status(words: list[str]) -> int:
    try:
        return main(words)
    except SystemExit as end:
        return int(end.code or 0)


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


@cache
def _tables() -> bytes:
    """The bytes of an empty SQLite database of this version."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "weekbrief.db"
        database = Database(f"sqlite:///{path}")
        ensure_schema(database)
        database.close()
        return path.read_bytes()


def child(pupil: str, group: str, parent: str, **more: str) -> Row:
    """One row of the roster."""
    row = {
        "pupil_id": pupil,
        "pupil_first_name": f"Kind-{pupil}",
        "pupil_last_name": "Jansen",
        "group": group,
        "parent_id": parent,
        "parent_name": f"Ouder {parent}",
        "parent_email": f"{parent}@ouders.example",
    }
    return {**row, **more}


def teacher(id: str, groups: str, role: str = "teacher", **more: str) -> Row:
    row = {"staff_id": id, "name": f"Juf {id}", "email": f"{id}@regenboog.example", "role": role}
    return {**row, "groups": groups, **more}


def answer(pupil: str, by: str, yes: str = "yes", **more: str) -> Row:
    row = {"pupil_id": pupil, "purpose": "mail", "kind": "photo", "answer": yes, "given_by": by}
    return {**row, "given_at": "2026-09-01T09:00", **more}


def post(id: str, group: str = "groep 3", body: str = "Een verhaal.", *tables: str, **front: Any) -> str:
    """A post's file. ``tables`` are TOML tables such as `photo` makes."""
    told = {"id": id, "group": group, "author": "s1", "title": f"Titel {id}", **front}
    published = told.pop("published", "2026-11-18T14:05:00")
    lines = [*(f"{key} = {_toml(value)}" for key, value in told.items()), f"published = {published}", *tables]
    return "+++\n" + "\n".join(lines) + f"\n+++\n{body}\n"


def photo(
    file: str, shows: Sequence[str] | None = (), alt: str = "", *, kind: str = "photo", **more: str
) -> str:
    told: dict[str, Any] = {"file": file, "alt": alt, **more}
    if shows is not None:
        told["shows"] = list(shows)
    return f"[[{kind}]]\n" + "\n".join(f"{key} = {_toml(value)}" for key, value in told.items())


def video(file: str, shows: Sequence[str] | None = (), alt: str = "", **more: str) -> str:
    return photo(file, shows, alt, kind="video", **more)


def picture(colour: tuple[int, int, int] = (20, 120, 60), size: tuple[int, int] = (32, 24)) -> bytes:
    """A small JPEG."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


# Mails.


@lru_cache(maxsize=1 << 12)
def _header(name: str, value: str) -> Any:
    return policy.SMTPUTF8.header_fetch_parse(name, value)


class _Remembering(policy.EmailPolicy):
    """Python reads a header anew each time that somebody asks for it, which is dozens of times a mail."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return _header(name, value)


_POLICY = _Remembering(utf8=True, linesep="\r\n")


def mail(data: bytes) -> EmailMessage:
    message = BytesParser(policy=_POLICY).parsebytes(data)
    assert isinstance(message, EmailMessage)
    return message


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    content: str = part.get_content()
    return content


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    content: str = part.get_content()
    return content


def pictures_of(message: EmailMessage) -> int:
    return sum(part.get_content_maintype() == "image" for part in message.walk())
