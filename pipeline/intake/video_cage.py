"""Becomes another program after giving itself limits that it cannot lift: the cage around ffmpeg.

    python -I -S -B video_cage.py MEMORY SECONDS SIZE PROGRAM [ARGUMENT ...]

Imports nothing of ours: it is run by its path, and replaces itself.
"""

from __future__ import annotations

import os
import resource
import sys

#: Standard input, output and error, and one copy each that ffmpeg makes of the first two: beside them it can
#: open no file and no connection, whatever a video asks for. Elsewhere a program needs more merely to start.
_MOST_OPEN = 5 if sys.platform == "linux" else 64
#: Behind everything else on this machine: mail must not wait for a video.
_NICE = 5


def main() -> None:
    memory, seconds, size = map(int, sys.argv[1:4])
    program = sys.argv[4:]
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MOST_OPEN, _MOST_OPEN))
    os.execv(program[0], program)  # noqa: S606 - our own ffmpeg, never a shell


if __name__ == "__main__":
    main()
