"""Words for people: a progress bar on a terminal, plain lines elsewhere, JSON alone on standard output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any, TextIO

from pipeline.problems import Problem

#: So many remarks are read; of more, the rest is counted.
_MOST = 50


def show_everything() -> None:
    """A terminal that lacks a letter shows its number: no name may end a command half-way."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str = "", *, error: bool = False) -> None:
    stream = sys.stderr if error else sys.stdout
    try:
        print(text, file=stream, flush=True)
    except BrokenPipeError:
        _stop_showing(stream)


def _stop_showing(stream: TextIO) -> None:
    """Whoever read our words has gone, say `head`; the work goes on, and its exit status still counts."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def say_json(document: Any) -> None:
    # In escapes where the terminal or pipe takes no UTF-8: `show_everything` alone would not leave it JSON.
    plain = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "") != "utf8"
    say(json.dumps(document, ensure_ascii=plain, indent=2))


def list_problems(title: str, problems: Iterable[Problem], *, error: bool = False) -> None:
    problems = list(problems)
    if not problems:
        return
    say(title, error=error)
    for problem in problems[:_MOST]:
        say(f"  {problem}", error=error)
    if len(problems) > _MOST:
        say(f"  and {len(problems) - _MOST} more", error=error)


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal's standard error; elsewhere a plain line at every tenth."""
    if sys.stderr.isatty():
        with _bar(title) as step:
            yield step
    else:
        yield _Lines(title)


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    # Here, because rich costs more to import than most commands need altogether.
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


class _Lines:
    def __init__(self, title: str) -> None:
        self._title, self._tenth = title, 0

    def __call__(self, done: int, of: int) -> None:
        tenth = done * 10 // of if of else 10
        if of >= 100 and tenth > self._tenth:
            self._tenth = tenth
            say(f"{self._title}: {done} of {of}", error=True)
