"""Our side of one caged decoding process: start it, hand it an open file, time it, replace it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from pipeline.intake.photo_kinds import PhotoKind
from pipeline.intake.photo_wire import HEADER, PLAYABLE, READY, Cage, Status

#: The folder that holds our package: the process must find it wherever it was installed or unpacked.
_ROOT = Path(__file__).resolve().parents[2]
#: Importing Pillow takes a tenth of a second; a machine under load may need much longer.
_START_SECONDS = 60.0
#: Far above what two renditions of 2000 pixels can take: an answer beyond it is not ours.
_MOST_BYTES = 32 << 20
#: All that the process gets to see of our environment: no secret is among it.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONHOME", "TMPDIR")


class PhotoWorkerUnavailable(RuntimeError):
    """No decoding process can be started: nothing is wrong with the picture, but with this installation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoded:
    """A picture as the process gave it back."""

    width: int  #: pixels of the mail rendition
    height: int
    mail: bytes
    large: bytes
    source_digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why there is no picture."""

    status: Status
    pixels: tuple[int, int] = (0, 0)  #: width and height as the file claims, where that is the matter


class _Gone(Exception):
    """The process ended or spoke nonsense."""


class PhotoProcess:
    """One decoding process at a time, started when first needed. Used by one thread at a time."""

    def __init__(self, cage: Cage, *, seconds: float, playable: bool = False) -> None:
        self._cage, self._seconds, self._playable = cage, seconds, playable
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def decode(self, kind: PhotoKind, handle: int) -> Decoded | Failure:
        """Let the process decode the open file ``handle``, within its limits. The caller closes it."""
        pipe = self._hand_over(kind, handle)
        try:
            outcome = _receive(pipe, time.monotonic() + self._seconds)
        except TimeoutError:
            outcome = Failure(status=Status.TOO_SLOW)
        except (_Gone, OSError, ValueError):
            outcome = Failure(status=Status.CRASHED)
        if isinstance(outcome, Failure) and outcome.status is not Status.BROKEN:
            self.close()  # out of memory, hung or dead: the next picture begins with a clean one
        return outcome

    def close(self) -> None:
        """End the process; it holds nothing worth a goodbye."""
        if self._pipe:
            self._pipe.close()
        if self._process:
            self._process.kill()
            self._process.wait()
        self._process = self._pipe = None

    def _hand_over(self, kind: PhotoKind, handle: int) -> socket.socket:
        """A process that died while it was idle is no picture's fault: one more try with a new one."""
        pipe = self._ready()
        try:
            socket.send_fds(pipe, [kind.value.ljust(4).encode()], [handle])
        except OSError:
            self.close()
            pipe = self._ready()
            socket.send_fds(pipe, [kind.value.ljust(4).encode()], [handle])
        return pipe

    def _ready(self) -> socket.socket:
        if self._process and self._process.poll() is not None:
            self.close()
        return self._pipe or self._start()

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with tempfile.TemporaryFile() as complaints, theirs:
            # -P: the current folder is no place to import from; -B: it may write no file
            command = [sys.executable, "-P", "-B", "-m", "pipeline.intake.photo_worker"]
            self._process = subprocess.Popen(
                command + self._cage.as_arguments() + [PLAYABLE] * self._playable,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                env=_environment(),
                start_new_session=True,  # Ctrl-C is for us; the process ends with its socket
            )
            self._pipe = ours
            try:
                if _read(ours, len(READY), time.monotonic() + _START_SECONDS) == READY:
                    return ours
            except (OSError, _Gone):
                pass
            self.close()
            complaints.seek(0)
            words = complaints.read(4096).decode(errors="replace").strip().splitlines()
        reason = words[-1] if words else "no answer"
        raise PhotoWorkerUnavailable(f"pictures cannot be opened here: {reason}")


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    paths = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    return kept | {
        "PYTHONPATH": paths,
        "MALLOC_ARENA_MAX": "1",  # every arena would take 64 MB of the address space
    }


def _receive(pipe: socket.socket, deadline: float) -> Decoded | Failure:
    header = HEADER.unpack(_read(pipe, HEADER.size, deadline))
    status, width, height, mail_length, large_length, digest = header
    if status != Status.DONE:
        return Failure(status=Status(status), pixels=(width, height))
    if mail_length + large_length > _MOST_BYTES:
        raise _Gone
    mail = _read(pipe, mail_length, deadline)
    large = _read(pipe, large_length, deadline)
    return Decoded(width=width, height=height, mail=mail, large=large, source_digest=digest.hex())


def _read(pipe: socket.socket, length: int, deadline: float) -> bytes:
    parts: list[bytes] = []
    while length:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        pipe.settimeout(left)
        part = pipe.recv(min(length, 1 << 20))
        if not part:
            raise _Gone
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
