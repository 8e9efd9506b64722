"""What the daemon writes for machines: one JSON object a line on standard error.

No personal data (rule 20): `office.Log` takes internal keys, codes and counts; of an exception go its kind
and where it was raised, never its words, which may quote an address or a title; a library's remark is told
by where in the library it was made. Nothing here raises: work does not stop because nobody reads the log.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from traceback import walk_tb
from typing import Any, TextIO

import structlog

from pipeline.office import Log
from pipeline.problems import BadInput, Problem

_TOP = Path(__file__).resolve().parents[1]
#: A settings mistake begins with the key it is about.
_KEY = re.compile(r"`(\w+)`")
#: What `run` notes on a fault (school ids are no personal data).
_SCHOOL = re.compile(r"while working for ([a-z0-9-]+)")
#: So many frames say where a fault was raised.
_FRAMES = 4


def json_lines(stream: TextIO) -> Log:
    """``log("delivery", run=1, event="accepted")`` writes
    ``{"run": 1, "level": "info", "timestamp": "2026-11-20T14:30:00.123456Z", "what": "delivery", ...}``.

    ``level`` is another field: debug, info (unless told), warning or error.
    """
    logger = structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.EventRenamer("what", "_event"),
            structlog.processors.JSONRenderer(),
        ],
        cache_logger_on_first_use=True,
    )

    def log(what: str, *, level: str = "info", **fields: object) -> None:
        if "event" in fields:  # structlog's own name for what happened
            fields["_event"] = fields.pop("event")
        with suppress(OSError, ValueError):  # the reader has gone, the disk is full, the stream is closed
            getattr(logger, level)(
                what, **{name: value for name, value in fields.items() if value is not None}
            )

    return log


def fault_fields(fault: BaseException) -> dict[str, Any]:
    """An exception without its words: its kinds, outermost first, and where the innermost was raised."""
    chain = list(_chain(fault))
    frames = [
        f"{_short(frame.f_code.co_filename)}:{line} {frame.f_code.co_name}"
        for frame, line in walk_tb(chain[-1].__traceback__)
    ]
    found: dict[str, Any] = {"fault": [type(each).__name__ for each in chain], "where": frames[-_FRAMES:]}
    if isinstance(fault, BadInput):
        found["places"] = places(fault.problems)
    schools = [match[1] for note in getattr(fault, "__notes__", ()) if (match := _SCHOOL.fullmatch(note))]
    return {**found, "school": schools[0]} if schools else found


def _chain(fault: BaseException | None) -> Iterator[BaseException]:
    while fault is not None:
        yield fault
        fault = fault.__cause__


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(_TOP)) if path.is_relative_to(_TOP) else path.name


def places(problems: tuple[Problem, ...]) -> list[str]:
    """Where the mistakes in the settings are; their sentences may quote an address."""
    return [_place(problem) for problem in problems]


def _place(problem: Problem) -> str:
    place = Path(problem.file).name + (f":{problem.line}" if problem.line else "")
    key = _KEY.match(problem.message)
    return f"{place} {key[1]}" if key else place


class _Libraries(logging.Handler):
    """Remarks of libraries (APScheduler, asyncio), of warning and above."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        where = f"{record.module}:{record.lineno} {record.funcName}"
        self._log("library", level="warning", logger=record.name, where=where)


def take_library_remarks(log: Log) -> None:
    """Of this whole process: for the daemon alone."""
    logging.basicConfig(handlers=[_Libraries(log)], level=logging.WARNING, force=True)
    logging.captureWarnings(True)
    threading.excepthook = lambda told: log(
        "thread_ended", level="error", **fault_fields(told.exc_value or told.exc_type())
    )


def standard_error() -> Log:
    return json_lines(sys.stderr)
