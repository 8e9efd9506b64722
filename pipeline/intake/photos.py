"""Pictures as staff give them to pictures as parents get them (rules 7 and 20; contract.md, "posts").

`PhotoMill` looks at each file's first bytes, lets a caged process decode it
(`photo_worker.py`), and stores two clean JPEG renditions under a random name
(`photo_files.py`).

A picture that cannot be shown safely becomes a `Refused`, never an exception: the rest of
its post lives. Only trouble of our own (disk full, no permission, Pillow missing) raises.
"""

from __future__ import annotations

import hashlib
import math
import os
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType

from pipeline.intake.photo_files import Size, read_rendition, remove, store, stored_names
from pipeline.intake.photo_kinds import HEAD, PhotoKind, describe, recognise
from pipeline.intake.photo_process import Decoded, Failure, PhotoProcess
from pipeline.intake.photo_wire import Cage, Status
from pipeline.model import Video

__all__ = [
    "Limits",
    "PhotoMill",
    "PhotoProblem",
    "Prepared",
    "Refused",
    "Size",
    "open_plainly",
    "read_rendition",
    "remove",
    "source_digest",
    "stored_names",
]


class PhotoProblem(StrEnum):
    """Why a picture or video file is refused."""

    UNREADABLE = "unreadable"  #: not there, a folder, a link, or no permission
    EMPTY = "empty"
    TOO_BIG = "too_big"  #: bytes of the file
    TOO_LARGE = "too_large"  #: pixels, or the memory they would take
    NOT_SUPPORTED = "not_supported"
    BROKEN = "broken"
    TOO_LONG = "too_long"  #: seconds of a video
    TOO_SLOW = "too_slow"
    CRASHED = "crashed"  #: the decoder died of it


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one picture file may cost."""

    bytes: int = 40 << 20  #: of the file
    pixels: int = 100_000_000
    memory: int = 1 << 30  #: bytes of address space of a worker, libraries included (about 200 MB)
    seconds: float = 20.0  #: wall clock per picture


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """A picture whose renditions are on disk."""

    name: str  #: random; what `read_rendition` and `remove` want
    source_digest: str  #: SHA-256 of the file as given, hexadecimal
    width: int  #: pixels of the mail rendition
    height: int
    size: int  #: bytes of the mail rendition
    digest: str  #: SHA-256 of the mail rendition, hexadecimal
    video: Video | None = None  #: of which this is the still picture


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """A picture that stays out, in words for whoever sent it."""

    reason: PhotoProblem
    message: str


class PhotoMill:
    """Prepares pictures in ``workers`` processes; a context manager, because it owns them.

    A process that dies or hangs costs only the picture it was at; the next one gets a fresh process.
    """

    def __init__(
        self,
        media: Path,
        *,
        limits: Limits | None = None,
        new_name: Callable[[], str],
        workers: int | None = None,
        playable: bool = False,
    ) -> None:
        """``playable``: pictures of videos, which have a play mark in the mail rendition."""
        self._playable = playable
        self._media, self._limits, self._new_name = media, limits or Limits(), new_name
        self._count = workers or min(4, os.cpu_count() or 1)
        self._processes = [self._process() for _ in range(self._count)]
        self._idle: SimpleQueue[PhotoProcess] = SimpleQueue()
        for process in self._processes:
            self._idle.put(process)
        self._threads = ThreadPoolExecutor(self._count, thread_name_prefix="photo")

    def __enter__(self) -> PhotoMill:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            process.close()

    def prepare(self, paths: Iterable[Path]) -> Iterator[Prepared | Refused]:
        """One answer per path, in the same order; a few pictures are worked on ahead.

        A name is taken from ``new_name`` for every path, also a refused one. Stopping early
        removes what was prepared ahead. Raises `OSError` when the media folder cannot be
        written, and `PhotoWorkerUnavailable` when no worker can be started.
        """
        ahead: deque[Future[Prepared | Refused]] = deque()
        try:
            for path in paths:
                ahead.append(self._threads.submit(self._one, path, self._new_name()))
                if len(ahead) > 2 * self._count:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            self._drop(ahead)

    def _process(self) -> PhotoProcess:
        limits = self._limits
        cage = Cage(
            size=limits.bytes,
            pixels=limits.pixels,
            memory=limits.memory,
            seconds=max(1, math.ceil(limits.seconds)),
        )
        return PhotoProcess(cage, seconds=limits.seconds, playable=self._playable)

    def _one(self, path: Path, name: str) -> Prepared | Refused:
        source = _Source.open(path, self._limits)
        if isinstance(source, Refused):
            return source
        process = self._idle.get()
        try:
            outcome = process.decode(source.kind, source.handle)
        finally:
            os.close(source.handle)
            self._idle.put(process)
        if isinstance(outcome, Failure):
            return _refused_by_worker(path.name, outcome, self._limits)
        return self._store(name, outcome)

    def _store(self, name: str, decoded: Decoded) -> Prepared:
        store(self._media, name, {Size.MAIL: decoded.mail, Size.LARGE: decoded.large})
        return Prepared(
            name=name,
            source_digest=decoded.source_digest,
            width=decoded.width,
            height=decoded.height,
            size=len(decoded.mail),
            digest=hashlib.sha256(decoded.mail).hexdigest(),
        )

    def _drop(self, ahead: Iterable[Future[Prepared | Refused]]) -> None:
        for future in ahead:
            if not future.cancel() and future.exception() is None:
                outcome = future.result()
                if isinstance(outcome, Prepared):
                    remove(self._media, outcome.name)


def source_digest(path: Path) -> str | None:
    """SHA-256 of the file as it lies there, as in `Prepared`; None when it cannot be read or is a link.

    For telling without decoding whether a picture was prepared before.
    """
    try:
        with os.fdopen(open_plainly(path), "rb") as source:
            return hashlib.file_digest(source, "sha256").hexdigest()
    except OSError:
        return None


# ---------------------------------------------------------------- the file as given


@dataclass(frozen=True, kw_only=True, slots=True)
class _Source:
    """An open picture file that is worth decoding; whoever has it closes ``handle``."""

    kind: PhotoKind
    handle: int = field(repr=False)

    @classmethod
    def open(cls, path: Path, limits: Limits) -> _Source | Refused:
        try:
            handle = open_plainly(path)
        except OSError:
            return _refuse(PhotoProblem.UNREADABLE, path.name)
        outcome = cls._look(path.name, handle, limits)
        if isinstance(outcome, Refused):
            os.close(handle)
        return outcome

    @classmethod
    def _look(cls, name: str, handle: int, limits: Limits) -> _Source | Refused:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            return _refuse(PhotoProblem.UNREADABLE, name)
        if status.st_size == 0:
            return _refuse(PhotoProblem.EMPTY, name)
        if status.st_size > limits.bytes:
            return _refuse(PhotoProblem.TOO_BIG, name, size=status.st_size, limit=limits.bytes)
        head = os.pread(handle, HEAD, 0)
        kind = recognise(head)
        if kind is None:
            return _refuse(PhotoProblem.NOT_SUPPORTED, name, what=describe(head))
        return cls(kind=kind, handle=handle)


def open_plainly(path: Path) -> int:
    """Never through a link, and never waiting for whoever writes into a pipe."""
    return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)


_SENTENCES = {
    PhotoProblem.UNREADABLE: "{name} cannot be read: put the picture itself beside the post, not a link.",
    PhotoProblem.EMPTY: "{name} is empty: copy the picture again from the camera or phone.",
    PhotoProblem.TOO_BIG: "{name} is {size:.0f} MB, more than the {limit:.0f} MB a picture may have: "
    "save it smaller and add it again.",
    PhotoProblem.TOO_LARGE: "{name} has {width} by {height} pixels, too many to open safely: "
    "save it smaller and add it again.",
    PhotoProblem.NOT_SUPPORTED: "{name} is {what}; only JPEG, PNG, WebP, HEIC and GIF pictures can be sent: "
    "save it as a JPEG picture or take it out of the post.",
    PhotoProblem.BROKEN: "{name} is damaged or not complete: copy it again from the camera or phone.",
    PhotoProblem.TOO_SLOW: "{name} takes too long to open: save it again as a JPEG picture and add that.",
    PhotoProblem.CRASHED: "{name} cannot be opened safely: save it again as a JPEG picture and add that.",
}


def _refuse(
    reason: PhotoProblem,
    name: str,
    *,
    what: str = "",
    size: int = 0,
    limit: int = 0,
    pixels: tuple[int, int] = (0, 0),
) -> Refused:
    if reason is PhotoProblem.TOO_LARGE and 0 in pixels:
        return Refused(reason=reason, message=f"{name} is too large to open safely: save it smaller.")
    words = _SENTENCES[reason].format(
        name=name, what=what, size=size / 1e6, limit=limit / 1e6, width=pixels[0], height=pixels[1]
    )
    return Refused(reason=reason, message=words)


_REASONS = {
    Status.BROKEN: PhotoProblem.BROKEN,
    Status.TOO_MANY_PIXELS: PhotoProblem.TOO_LARGE,
    Status.BOMB: PhotoProblem.TOO_LARGE,
    Status.MEMORY: PhotoProblem.TOO_LARGE,
    Status.TOO_BIG: PhotoProblem.TOO_BIG,
    Status.TOO_SLOW: PhotoProblem.TOO_SLOW,
    Status.CRASHED: PhotoProblem.CRASHED,
}


def _refused_by_worker(name: str, failure: Failure, limits: Limits) -> Refused:
    return _refuse(
        _REASONS[failure.status], name, pixels=failure.pixels, size=limits.bytes + 1, limit=limits.bytes
    )
