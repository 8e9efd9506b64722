"""A process from its start to its end, and the sink that all of them send to."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path


class Missing(Exception):
    """A program that this benchmark needs is not installed; the text says which and from where."""


class Failed(Exception):
    """A contender ended badly: there is nothing to compare."""


@dataclass(frozen=True, slots=True)
class Run:
    seconds: float
    memory: float  #: largest resident set, MB
    output: str
    cpu: float = 0.0  #: seconds of processor time, its own and the system's for it


def run(command: Sequence[str], *, folder: Path, environ: Mapping[str, str] | None = None) -> Run:
    """Run ``command`` to its end. Raises `Failed` with what it said when its status is not 0."""
    said = folder / "said.txt"
    with said.open("w") as out:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **(environ or {})}
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    output = said.read_text("utf-8", "replace")
    if process.returncode:
        raise Failed(f"{' '.join(command)} ended with {process.returncode}:\n{output[-2000:]}")
    return Run(seconds, usage.ru_maxrss / 1024, output, usage.ru_utime + usage.ru_stime)


def postfix(name: str) -> str:
    """Where one of Postfix's test programs is. Raises `Missing`."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/libexec/postfix")
    if found is None:
        raise Missing(
            f"{name} is not installed: it comes with Postfix (Debian and Ubuntu: apt-get install postfix)"
        )
    return found


@contextmanager
def sink() -> Iterator[int]:
    """A fresh `smtp-sink` on loopback, which takes every mail and keeps none; gives its port."""
    port = _free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([postfix("smtp-sink"), *user, f"127.0.0.1:{port}", "100"])
    try:
        _await(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _await(port: int) -> None:
    for _ in range(200):
        with closing(socket.socket()) as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise Failed("smtp-sink did not start")
