"""Small videos made by ffmpeg, each once per process."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import imageio_ffmpeg

#: What a telephone writes beside the picture, and none of it may be left.
PRIVATE = ("GEHEIM", "+52.0907", "2020-02-02")
_TOLD = ("title=GEHEIM", "location=+52.0907+005.1214/", "creation_time=2020-02-02T10:00:00Z")


@cache
def film(
    name: str = "lied.mp4",
    *,
    source: str = "testsrc=s=160x120:r=10:d=1",
    sound: bool = True,
    more: tuple[str, ...] = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"),
    before: tuple[str, ...] = (),
) -> bytes:
    """A video of one second with a title, a place and a date in it; ``name`` says the container."""
    told = ["-movflags", "use_metadata_tags"] if name.endswith((".mp4", ".mov")) else []
    told += [word for each in _TOLD for word in ("-metadata", each)]
    heard = ("-f", "lavfi", "-i", "sine=d=1", "-shortest") if sound else ()
    made = [*before, "-f", "lavfi", "-i", source, *heard, *more, *told]
    with TemporaryDirectory() as folder:
        path = Path(folder, name)
        ffmpeg(*made, str(path))
        return path.read_bytes()


def turned(content: bytes, degrees: int = 90) -> bytes:
    """As a telephone that was held upright writes it: the picture lies, and a matrix says how to turn it."""
    with TemporaryDirectory() as folder:
        given, made = Path(folder, "lying.mp4"), Path(folder, "turned.mov")
        given.write_bytes(content)
        ffmpeg("-display_rotation", str(degrees), "-i", str(given), "-c", "copy", str(made))
        return made.read_bytes()


def ffmpeg(*arguments: str) -> str:
    """What it says; it must succeed."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-hide_banner",
        "-nostdin",
        "-loglevel",
        "info",
        "-y",
        *arguments,
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True, errors="replace").stderr


def told_by_ffmpeg(path: Path) -> str:
    """All that ffmpeg finds in a file beside its packets."""
    return ffmpeg("-i", str(path), "-map", "0", "-c", "copy", "-f", "null", "-").partition("Stream mapping")[
        0
    ]
