"""Videos as staff give them to videos as parents get them (rules 11 and 20; contract.md, "posts").

`VideoMill` looks at each file's first bytes, lets a caged ffmpeg list what is in it
(`video_probe.py`), takes a still picture for the mail and copies picture and sound alone
(`video_steps.py`). The still picture goes the way of every picture (`photos.py`), and the
copy lies beside it under the same random name.

A video that cannot be shown safely becomes a `Refused`, never an exception.
"""

from __future__ import annotations

import errno
import hashlib
import math
import os
import signal
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO

from pipeline.intake.photo_files import new_video, remove
from pipeline.intake.photo_kinds import HEAD
from pipeline.intake.photos import PhotoMill, PhotoProblem, Prepared, Refused, open_plainly, source_digest
from pipeline.intake.records import VideoRecord
from pipeline.intake.video_kinds import VideoKind, describe, recognise
from pipeline.intake.video_probe import MOST_PIXELS, Probe, probe
from pipeline.intake.video_process import Ran, ensure_ffmpeg
from pipeline.intake.video_steps import SIDE, clean, plan, still
from pipeline.model import Video
from pipeline.settings import VideoLimits
from pipeline.texts import playing_time

#: Where a PNG says how large it is (PNG, section 11.2.2).
_PNG_SIZE = slice(16, 24)


class _Stop(Exception):
    """This video goes no further."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.message)
        self.refused = refused


class VideoMill:
    """Prepares videos one after the other; a context manager, because it owns a process for the pictures."""

    def __init__(self, media: Path, limits: VideoLimits) -> None:
        """Raises `VideoProgramUnavailable` where ffmpeg cannot be started."""
        ensure_ffmpeg()
        self._media, self._limits = media, limits
        self._name = ""
        self._pictures = PhotoMill(media, new_name=lambda: self._name, workers=1, playable=True)

    def __enter__(self) -> VideoMill:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pictures.__exit__(kind, error, trace)

    def prepare(self, video: VideoRecord, name: str) -> Prepared | Refused:
        """The video and its still picture under ``name``, or why not; then nothing of it is left on disk.

        Raises `OSError` when the media folder cannot be written.
        """
        self._name = name
        try:
            return self._prepare(video)
        except _Stop as stop:
            remove(self._media, name)
            return stop.refused
        except BaseException:
            remove(self._media, name)
            raise

    def _prepare(self, video: VideoRecord) -> Prepared:
        with _opened(video.path, self._limits) as source, tempfile.TemporaryDirectory() as scratch:
            found = self._look(video.path.name, source)
            frame = Path(scratch, "still.png")
            with frame.open("w+b") as out:
                _done(video.path.name, still(found, source, out))
                size = _size_of(out, found)
            stored, digest = self._copy(video.path.name, found, source)
            poster = self._picture(video.poster.path if video.poster else frame)
            changed = video_digest(_digest(source), poster.source_digest if video.poster else None)
        return Prepared(
            name=poster.name,
            source_digest=changed,
            width=poster.width,
            height=poster.height,
            size=poster.size,
            digest=poster.digest,
            video=Video(
                file=stored.name,
                seconds=max(1, round(found.seconds or found.claimed)),
                width=size[0],
                height=size[1],
                octets=stored.stat().st_size,
                digest=digest,
            ),
        )

    def _look(self, name: str, source: int) -> Probe:
        found = probe(_kind(name, source), source)
        if isinstance(found, Ran):
            raise _Stop(_without_picture(name, found))
        if found.width * found.height > MOST_PIXELS:
            raise _refuse(PhotoProblem.TOO_LARGE, name, width=found.width, height=found.height)
        if found.seconds > self._limits.seconds + 0.5:
            lasts, limit = playing_time(found.seconds), playing_time(self._limits.seconds)
            raise _refuse(PhotoProblem.TOO_LONG, name, lasts=lasts, limit=limit)
        if found.cut_off:
            raise _refuse(PhotoProblem.BROKEN, name)
        return found

    def _copy(self, name: str, found: Probe, source: int) -> tuple[Path, str]:
        how = plan(found)
        # a converted video may be the larger one; the index and its room come on top
        most = self._limits.octets + (8 << 20)
        with new_video(self._media, self._name, how.container) as (place, out):
            ran = clean(found, how, source, out, most=most)
            if _grew(ran):
                limit = _megabytes(self._limits.octets)
                raise _refuse(PhotoProblem.TOO_BIG, name, size=f"more than {limit}", limit=limit)
            _done(name, ran)
            digest = _digest(out.fileno())
        return place, digest

    def _picture(self, path: Path) -> Prepared:
        (made,) = self._pictures.prepare([path])
        if isinstance(made, Refused):
            raise _Stop(made)
        return made


def video_digest(video: str, poster: str | None) -> str:
    """What tells whether a video was prepared before: another still picture makes it another one."""
    return hashlib.sha256(f"{video} {poster}".encode()).hexdigest() if poster else video


def video_source_digest(video: VideoRecord) -> str:
    """As `photos.source_digest`; "" when a file cannot be read."""
    own = source_digest(video.path)
    poster = source_digest(video.poster.path) if video.poster else None
    return video_digest(own, poster) if own and bool(poster) == bool(video.poster) else ""


@contextmanager
def _opened(path: Path, limits: VideoLimits) -> Iterator[int]:
    try:
        handle = open_plainly(path)
    except OSError:
        raise _refuse(PhotoProblem.UNREADABLE, path.name) from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise _refuse(PhotoProblem.UNREADABLE, path.name)
        if status.st_size == 0:
            raise _refuse(PhotoProblem.EMPTY, path.name)
        if status.st_size > limits.octets:
            size, limit = math.ceil(status.st_size / 1e6), _megabytes(limits.octets)
            raise _refuse(PhotoProblem.TOO_BIG, path.name, size=size, limit=limit)
        yield handle
    finally:
        os.close(handle)


def _kind(name: str, source: int) -> VideoKind:
    head = os.pread(source, HEAD, 0)
    kind = recognise(head)
    if kind is None:
        raise _refuse(PhotoProblem.NOT_SUPPORTED, name, what=describe(head))
    return kind


def _size_of(png: IO[bytes], found: Probe) -> tuple[int, int]:
    """Pixels of the video as it is shown, from its still picture, which is upright and may be smaller."""
    png.seek(0)
    numbers = png.read(_PNG_SIZE.stop)[_PNG_SIZE]
    if len(numbers) < 8:
        return found.width, found.height
    width, height = int.from_bytes(numbers[:4], "big"), int.from_bytes(numbers[4:], "big")
    longest = max(found.width, found.height)
    scale = (min(longest, SIDE) if plan(found).picture else longest) / max(width, height, 1)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _digest(handle: int) -> str:
    """SHA-256 of an open file as it is now."""
    os.lseek(handle, 0, os.SEEK_SET)
    with os.fdopen(os.dup(handle), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _done(name: str, ran: Ran) -> None:
    """Raises `_Stop` for whatever the video did, and `OSError` for a disk that is full."""
    if ran.done:
        return
    if os.strerror(errno.ENOSPC) in ran.said:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if ran.slow or ran.status == -signal.SIGXCPU:
        raise _refuse(PhotoProblem.TOO_SLOW, name)
    raise _refuse(PhotoProblem.CRASHED if ran.status < 0 else PhotoProblem.BROKEN, name)


def _grew(ran: Ran) -> bool:
    """Whether it wrote more than it was allowed to."""
    return not ran.done and (ran.status == -signal.SIGXFSZ or os.strerror(errno.EFBIG) in ran.said)


def _without_picture(name: str, ran: Ran) -> Refused:
    """ffmpeg read it and found nothing to show, or could not read it."""
    if not ran.slow and ran.status >= 0 and "matches no streams" in ran.said:
        message = f"{name} has no moving pictures that can be read: save it again as MP4, or take it out."
        return Refused(reason=PhotoProblem.BROKEN, message=message)
    try:
        _done(name, ran)
    except _Stop as stop:
        return stop.refused
    return _refuse(PhotoProblem.BROKEN, name).refused


_SENTENCES = {
    PhotoProblem.UNREADABLE: "{name} cannot be read: put the video itself beside the post, not a link.",
    PhotoProblem.EMPTY: "{name} is empty: copy the video again from the camera or phone.",
    PhotoProblem.TOO_BIG: "{name} is {size} MB, and a video may have {limit} MB: "
    "make it shorter or save it smaller, and add it again.",
    PhotoProblem.TOO_LONG: "{name} lasts {lasts}, longer than the {limit} a video may last: "
    "cut it shorter and add it again.",
    PhotoProblem.TOO_LARGE: "{name} has {width} by {height} pixels, too many to open safely: "
    "save it in 4K or smaller and add it again.",
    PhotoProblem.NOT_SUPPORTED: "{name} is {what}; only MP4, MOV and WebM videos can be shown: "
    "save it as MP4 or take it out of the post.",
    PhotoProblem.BROKEN: "{name} is damaged or not complete: copy it again from the camera or phone.",
    PhotoProblem.TOO_SLOW: "{name} takes too long to convert: save it as MP4 (H.264) and add that.",
    PhotoProblem.CRASHED: "{name} cannot be opened safely: save it as MP4 (H.264) and add that.",
}


def _refuse(reason: PhotoProblem, name: str, **words: object) -> _Stop:
    return _Stop(Refused(reason=reason, message=_SENTENCES[reason].format(name=name, **words)))


def _megabytes(octets: int) -> int:
    return round(octets / 1e6)
