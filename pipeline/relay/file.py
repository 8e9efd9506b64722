"""A relay that writes each mail into a folder as ``NNNN-recipient.eml``: to try out, or for another mailer.

A file appears whole or not at all, and on stable storage, before the mail counts as accepted.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from pipeline.deliver import Answer, AnswerKind, Envelope, RelayUnavailable
from pipeline.octets import Octets, parts
from pipeline.relay.envelope import is_address, printable_address

_NUMBER = re.compile(r"([0-9]+)-")
_UNSAFE = re.compile(r"[^A-Za-z0-9@+_.-]|(?<=\.)\.")
MAX_NAME = 100  #: characters of the recipient in a file name; file systems allow 255 octets in all


class FileRelay:
    """`pipeline.deliver.Relay` into ``folder`` (absolute, made 0700), which processes may share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def connect(self) -> FileSession:
        try:
            first = await asyncio.to_thread(_prepare, self._folder)
        except OSError as error:
            raise RelayUnavailable(f"cannot use the folder {self._folder}: {error.strerror}") from error
        return FileSession(self._folder, count(first))


@dataclass(slots=True)
class FileSession:
    folder: Path
    numbers: count[int]
    usable: bool = True

    async def send(self, envelope: Envelope, message: Octets) -> Answer:
        """Write ``message`` byte for byte. A full or unwritable disk is a temporary refusal."""
        if not is_address(envelope.recipient):
            text = f"{printable_address(envelope.recipient)} is not an address that SMTP can carry"
            return Answer(kind=AnswerKind.PERMANENT, text=text)
        return await asyncio.to_thread(self._write, safe_name(envelope.recipient), message)

    async def close(self) -> None:
        self.usable = False

    def _write(self, name: str, message: Octets) -> Answer:
        try:
            with _part(self.folder, message) as part:
                path = self._publish(part, name)
        except OSError as error:
            return Answer(
                kind=AnswerKind.TEMPORARY, text=f"cannot write into {self.folder}: {error.strerror}"
            )
        return _make_durable(path)

    def _publish(self, part: Path, name: str) -> Path:
        """Give ``part`` its name with the first free number; a hard link never overwrites, a rename would."""
        while True:
            path = self.folder / f"{next(self.numbers):04d}-{name}.eml"
            with contextlib.suppress(FileExistsError):
                os.link(part, path)
                return path


def safe_name(recipient: str) -> str:
    """``recipient`` as part of a file name on any system: no separator, no control, no leading dot."""
    return _UNSAFE.sub("_", recipient)[:MAX_NAME]


def _prepare(folder: Path) -> int:
    """Make ``folder`` and give the first number that nobody has used in it yet."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    numbers = (match[1] for entry in os.scandir(folder) if (match := _NUMBER.match(entry.name)))
    return max(map(int, numbers), default=0) + 1


@contextlib.contextmanager
def _part(folder: Path, message: Octets) -> Iterator[Path]:
    """``message`` on the disk under a passing name that no reader takes for a mail."""
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)  # 0600 by itself
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(parts(message))
            file.flush()
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        with contextlib.suppress(OSError):
            Path(name).unlink()


def _make_durable(path: Path) -> Answer:
    """Have the folder itself reach the disk. If that fails the mail is there and yet may vanish: a doubt."""
    try:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        return Answer(kind=AnswerKind.UNKNOWN, text=f"{path} may not be on the disk: {error.strerror}")
    return Answer(kind=AnswerKind.ACCEPTED, code=250, text=path.name)
