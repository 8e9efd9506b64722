"""What a picture would cost, by arithmetic on its bytes, before any of it is decoded."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.intake.photo_wire import Cage, Status

#: Up to here a picture may be as flat as it likes: decoding it stays far below 300 MB.
FLAT_PIXELS = 16_000_000
#: Above it a file must bring a byte per so many pixels; photos bring one per 3 to 20.
PIXELS_PER_BYTE = 200
#: A progressive JPEG's scans each pass over the whole picture; real ones have about ten.
SCANNED_PIXELS, SCANNED_PIXELS_PER_BYTE = 64_000_000, 1000
#: Segments of a JPEG or chunks of a PNG; real files have tens, a PNG of 40 MB in small chunks ten thousand.
MOST_SEGMENTS = 100_000
_EOI, _SOS, _SOF2 = 0xD9, 0xDA, 0xC2
#: A marker that is neither stuffed data, fill nor a restart (ITU T.81, B.1.1): also ends coded data.
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


class Stop(Exception):
    """This picture goes no further."""

    def __init__(self, status: Status, size: tuple[int, int] = (0, 0)) -> None:
        super().__init__(status.name)
        self.status, self.size = status, size


@dataclass(frozen=True, kw_only=True, slots=True)
class Jpeg:
    """What a walk over a JPEG's markers tells."""

    scans: int
    buffered: bool  #: the decoder must keep the whole picture in memory, at full size
    end: int  #: offset of the EOI marker


def walk_jpeg(data: bytes) -> Jpeg:
    """Follow the markers of the first picture (ITU T.81, annex B); one without its end was cut off."""
    at, scans, progressive = 2, 0, False
    for _ in range(MOST_SEGMENTS):
        found = _MARKER.search(data, at)
        if found is None:
            break
        at, marker = found.start(), data[found.start() + 1]
        if marker == _EOI:
            return Jpeg(scans=scans, buffered=progressive or scans > 1, end=at)
        progressive |= marker == _SOF2
        scans += marker == _SOS
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    raise Stop(Status.BROKEN)


def walk_png(data: bytes) -> None:
    """Follow the chunks to IEND (PNG, section 5.3): Pillow is content without the last ones."""
    at = 8
    for _ in range(MOST_SEGMENTS):
        if data[at + 4 : at + 8] == b"IEND":
            return
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    raise Stop(Status.BROKEN)


def webp_size(data: bytes) -> tuple[int, int]:
    """Width and height from the first chunk (RFC 9649)."""
    if len(data) < 8 + int.from_bytes(data[4:8], "little"):
        raise Stop(Status.BROKEN)
    if data[12:16] == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF


def weigh(size: tuple[int, int], jpeg: Jpeg | None, length: int, cage: Cage) -> None:
    """Refuse by arithmetic, before anything is decoded."""
    pixels = size[0] * size[1]
    if pixels > cage.pixels:
        raise Stop(Status.TOO_MANY_PIXELS, size)
    scans = jpeg.scans if jpeg else 1
    streamed = jpeg is not None and not jpeg.buffered  # decoded row by row and drafted: cheap when flat
    if not streamed and pixels > FLAT_PIXELS and pixels > length * PIXELS_PER_BYTE:
        raise Stop(Status.BOMB, size)
    if pixels * scans > max(SCANNED_PIXELS, length * SCANNED_PIXELS_PER_BYTE) and scans > 1:
        raise Stop(Status.BOMB, size)
