"""What `photo_process` and `photo_worker` say to each other over a stream socket.

The worker sends `READY` once. For each picture it receives four bytes (the kind, padded
with spaces) along with one file descriptor, and answers with one `HEADER`, the mail
rendition and the large one. Imports nothing but the standard library: our own process
never loads the libraries that read hostile bytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

READY = b"ready"
#: After the cage's arguments: the pictures are of videos and get a play mark.
PLAYABLE = "playable"
#: Status, width and height in pixels, lengths of mail and large rendition, SHA-256 of the file.
HEADER = struct.Struct("!BIIII32s")


class Status(IntEnum):
    """What became of one picture."""

    DONE = 0
    BROKEN = 1
    TOO_MANY_PIXELS = 2
    BOMB = 3  #: many pixels from suspiciously few bytes
    MEMORY = 4
    TOO_BIG = 5  #: the file grew after it was weighed
    TOO_SLOW = 6  #: never sent: seen from outside
    CRASHED = 7  #: never sent: seen from outside


@dataclass(frozen=True, kw_only=True, slots=True)
class Cage:
    """What one picture may cost."""

    size: int  #: bytes of the file
    pixels: int
    memory: int  #: bytes of address space of the whole process, libraries included
    seconds: int  #: processor time

    @classmethod
    def from_arguments(cls, arguments: list[str]) -> Cage:
        size, pixels, memory, seconds = map(int, arguments[:4])
        return cls(size=size, pixels=pixels, memory=memory, seconds=seconds)

    def as_arguments(self) -> list[str]:
        return [str(self.size), str(self.pixels), str(self.memory), str(self.seconds)]
