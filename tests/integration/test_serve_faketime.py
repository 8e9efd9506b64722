"""The real daemon while the clock runs through a Friday afternoon and through a clock change.

libfaketime (Debian: faketime) gives its process another time that runs faster; nothing of ours is replaced.
"""

from __future__ import annotations

import ctypes.util
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.daemon import Serve, free_port, get, school_due, serving, values, wait_until
from tests.installation import Installation
from tests.scene import address, copies, opened
from tests.smtp_server import ThreadedServer

#: The variant for programs with threads, where Debian and others keep it.
_PLACES = ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/lib64/faketime", "/usr/local/lib/faketime")


def faketime() -> str:
    found = [file for place in _PLACES for file in Path("/").glob(f"{place[1:]}/libfaketimeMT.so.1")]
    if not found:
        pytest.skip("no libfaketime (Debian: apt-get install faketime)")
    return str(found[0])


def clock(starts: datetime, times: int) -> Mapping[str, str]:
    """The environment of a process whose time begins at ``starts`` and runs ``times`` as fast as ours."""
    told = f"@{starts.astimezone(UTC):%Y-%m-%d %H:%M:%S} x{times}"
    return {"LD_PRELOAD": faketime(), "FAKETIME": told, "TZ": "UTC"}
