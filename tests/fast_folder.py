"""A folder for a database whose commits need not wait for a disk, where the disk is not what is tested."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_MEMORY = Path("/dev/shm")


@contextmanager
def fast_folder() -> Iterator[Path]:
    """In memory where the system has a place for that, otherwise as any temporary folder."""
    with TemporaryDirectory(prefix="weekbrief-", dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        yield Path(folder)
