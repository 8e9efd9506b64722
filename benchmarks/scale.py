"""How reading, collecting and rendering grow with the school: microseconds per parent."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import TypeVar

from contenders import IMPORTS
from school import AT, write_school

from pipeline.cli import main
from pipeline.collect import collect
from pipeline.model import RunKind, Window
from pipeline.office import Office, opened
from pipeline.store.snapshot import load

SIZES = (400, 1_200, 4_000, 12_000, 40_000)

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Growth:
    parents: int
    editions: int
    read: float  #: seconds
    collected: float
    rendered: float

    @property
    def total(self) -> float:
        return self.read + self.collected + self.rendered


def growth() -> Iterator[Growth]:
    for parents in SIZES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_school(folder, parents, relay="smtp://127.0.0.1:25")
            settings = folder / "schedules.toml"
            with redirect_stdout(StringIO()):
                for words in IMPORTS:
                    main(["--config", str(settings), "import", words[0], str(folder / words[1]), *words[2:]])
            with opened(settings, os.environ) as office:
                yield _measured(office, parents)


def _measured(office: Office, parents: int) -> Growth:
    told = office.settings.school(None)
    school = office.school(told)
    maker = office.maker(told, school)
    until = datetime.fromisoformat(AT).replace(tzinfo=school.zone)
    since = datetime(2026, 11, 13, 15, 30, tzinfo=school.zone)
    window = Window(kind=RunKind.WEEKLY, key="2026-W47", since=since, until=until, at=until)
    with office.database.read() as connection:
        snapshot, read = _timed(lambda: load(connection, school, maker.languages, window=window))
    collected, collecting = _timed(lambda: collect(snapshot, window))
    new, rendering = _timed(lambda: maker.new_run(snapshot, collected))
    return Growth(parents, len(new.editions), read, collecting, rendering)


def _timed(work: Callable[[], Value]) -> tuple[Value, float]:
    began = time.perf_counter()
    value = work()
    return value, time.perf_counter() - began
