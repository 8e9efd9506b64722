"""Our side of one caged run of ffmpeg: it sees two open files, one to read and one to write, and no name."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

import imageio_ffmpeg

from pipeline.intake import video_cage

#: All that ffmpeg gets to see of our environment: no secret is among it.
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH")
#: Octets at the end of what ffmpeg says; what it says of a hostile file may be long.
_SAID = 64 << 10
_STARTS = "ffmpeg version"


class VideoProgramUnavailable(RuntimeError):
    """ffmpeg cannot be started: nothing is wrong with the video, but with this installation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """What one run of ffmpeg may cost."""

    seconds: float  #: wall clock
    size: int  #: octets of what it writes
    memory: int = 2 << 30  #: octets of address space; converting a 4K video takes 300 MB of real memory


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """How a run of ffmpeg ended."""

    status: int  #: of the process; negative: the signal that ended it
    said: str  #: the end of its standard error
    slow: bool = False  #: ended by us, because its time was over

    @property
    def done(self) -> bool:
        return self.status == 0 and not self.slow


def run_ffmpeg(arguments: Sequence[str], source: int, out: IO[bytes], allowed: Allowance) -> Ran:
    """Run it with ``source``, an open file, as standard input and ``out`` as standard output, from their
    beginnings. Its ``fd:`` means them: it can open nothing else (`video_cage`)."""
    os.lseek(source, 0, os.SEEK_SET)
    command = [
        sys.executable,
        "-I",
        "-S",
        "-B",
        str(Path(video_cage.__file__)),
        *_limits(allowed),
        *_program(),
    ]
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            [*command, "-hide_banner", "-nostdin", *arguments],
            stdin=source,
            stdout=out.fileno(),
            stderr=complaints,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            start_new_session=True,  # Ctrl-C is for us, who end it
        )
        slow = _wait(process, allowed.seconds)
        complaints.seek(max(0, complaints.seek(0, os.SEEK_END) - _SAID))
        said = complaints.read().decode(errors="replace")
    return Ran(status=process.returncode, said=said, slow=slow)


def ensure_ffmpeg() -> None:
    """Raises `VideoProgramUnavailable` where no video can be opened, so that none is blamed for it."""
    with tempfile.TemporaryFile() as nothing, tempfile.TemporaryFile() as out:
        ran = run_ffmpeg(["-version"], nothing.fileno(), out, Allowance(seconds=60, size=1 << 20))
        out.seek(0)
        if ran.done and out.read(len(_STARTS)).decode(errors="replace") == _STARTS:
            return
    words = ran.said.strip().splitlines()
    raise VideoProgramUnavailable(f"videos cannot be opened here: {words[-1] if words else 'no answer'}")


def _wait(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether it took too long. Whatever happens, it has ended then."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return True
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    return False


def _limits(allowed: Allowance) -> list[str]:
    processors = 2  # that a conversion keeps busy
    return [str(allowed.memory), str(int(allowed.seconds * processors) + 1), str(allowed.size)]


@cache
def _program() -> tuple[str, ...]:
    try:
        return (imageio_ffmpeg.get_ffmpeg_exe(),)
    except RuntimeError as error:
        raise VideoProgramUnavailable(f"videos cannot be opened here: {error}") from error
