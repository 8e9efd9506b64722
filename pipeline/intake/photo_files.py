"""The media folder: two clean JPEG renditions of each picture, under its random name.

    media/ab/ab3f...-mail.jpg      longest side 1200 px, for mails
    media/ab/ab3f...-large.jpg     longest side 2000 px, for looking closer
    media/ab/ab3f...-video.mp4     the video of which they are a still picture (or .webm)

Folders are 0700 and files 0600. Equal pictures are never merged: one can stand in two
posts with two lists of children (rule 7).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO

#: What a factory of names may give: it becomes a file name and a content id.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{7,63}")
_DRAFT = ".part"
_VIDEOS = (".mp4", ".webm")


class Size(StrEnum):
    """The renditions that are kept."""

    MAIL = "mail"
    LARGE = "large"


def store(media: Path, name: str, renditions: Mapping[Size, bytes]) -> None:
    """Put both renditions on disk durably. Raises `OSError`, also when the name is taken.

    The large one first: where there is a mail rendition, both are complete.
    """
    _write(_place(media, name, Size.LARGE), renditions[Size.LARGE])
    _write(_place(media, name, Size.MAIL), renditions[Size.MAIL])


@contextmanager
def new_video(media: Path, name: str, container: str) -> Iterator[tuple[Path, IO[bytes]]]:
    """Where the video called ``name`` will stand, and an empty file to write it into: durable when the block
    ends, gone when it raises. To be stored before its picture. Raises `OSError`, also when the name is taken.
    """
    place = _video_place(media, name, f".{container}")
    with _drafted(place) as file:
        yield place, file


def read_rendition(media: Path, name: str, size: Size) -> bytes:
    """The JPEG's bytes. Raises `FileNotFoundError` when it is gone."""
    handle = os.open(_place(media, name, size), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        return file.read()


def remove(media: Path, name: str) -> None:
    """Forget a picture, also one that was never finished; one that is gone already is fine."""
    for size in Size:
        place = _place(media, name, size)
        place.unlink(missing_ok=True)
        place.with_suffix(_DRAFT).unlink(missing_ok=True)
    for suffix in (*_VIDEOS, _DRAFT):
        _video_place(media, name, suffix).unlink(missing_ok=True)


def stored_names(media: Path) -> frozenset[str]:
    """Names of all pictures in the folder, unfinished ones too: what no post knows can be removed.

    A process killed between storing a picture and recording it leaves such a one behind.
    """
    files = (file.stem for file in media.glob("??/*-*.*"))
    return frozenset(stem.rpartition("-")[0] for stem in files)


def _place(media: Path, name: str, size: Size) -> Path:
    return _folder(media, name) / f"{name}-{size.value}.jpg"


def _video_place(media: Path, name: str, suffix: str) -> Path:
    return _folder(media, name) / f"{name}-video{suffix}"


def _folder(media: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a name of a picture: {name!r}")
    return media / name[:2]


def _write(place: Path, content: bytes) -> None:
    with _drafted(place) as file:
        file.write(content)


@contextmanager
def _drafted(place: Path) -> Iterator[IO[bytes]]:
    """All of it durably under its name, or nothing; never over another picture."""
    _make_folders(place.parent)
    if place.exists():
        raise FileExistsError(f"a picture called {place.stem} exists already")
    draft = place.with_suffix(_DRAFT)
    handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.rename(place)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _sync_folder(place.parent)


def _make_folders(folder: Path) -> None:
    if not folder.is_dir():
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
