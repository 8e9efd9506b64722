"""What `photo_process` and `photo_worker` say to each other over a stream socket.

The worker sends `READY` once. For each picture it receives one `REQUEST` along with one file
descriptor, and a `BOX` for each part of the picture to change, and answers with one `HEADER`, the mail
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


#: Kind of file, padded with spaces; what to do with it; how many boxes follow.
REQUEST = struct.Struct("!4sBB")
BOX = struct.Struct("!4d")
MOST_BOXES = 50


class Operation(IntEnum):
    """What a new picture is made of an old one by."""

    NONE = 0
    CROP = 1
    BLUR = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A part of an upright picture, in fractions of its width and height from the top left."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """A change: cutting out has one box, blurring one for each part."""

    operation: Operation = Operation.NONE
    boxes: tuple[Box, ...] = ()


def request(kind: str, edit: Edit) -> bytes:
    boxes = (BOX.pack(box.left, box.top, box.width, box.height) for box in edit.boxes)
    return REQUEST.pack(kind.ljust(4).encode(), edit.operation, len(edit.boxes)) + b"".join(boxes)


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
