"""What a video file is, told from its first bytes alone and never from its name."""

from __future__ import annotations

from enum import StrEnum

from pipeline.intake import photo_kinds
from pipeline.intake.photo_kinds import PICTURE_BRANDS, brands


class VideoKind(StrEnum):
    """The containers we read, by the names of ffmpeg's readers: no other reader sees a file."""

    MP4 = "mov"  #: MP4 and QuickTime (MOV), which are one format
    WEBM = "matroska"


#: How a QuickTime file from before ``ftyp`` may begin (QuickTime File Format, "Atoms").
_ATOMS = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
_SOUNDS = frozenset({b"M4A ", b"M4B ", b"M4P "})
_EBML = b"\x1aE\xdf\xa3"
_DOC_TYPE = b"\x42\x82"  # RFC 8794, 11.2.6

#: First bytes of what people send as a video, with the words to call it by.
_OTHER: tuple[tuple[bytes, str], ...] = (
    (b"FLV\x01", "a Flash video"),
    (b"0&\xb2u\x8ef\xcf\x11", "a Windows Media video"),
    (b"\x00\x00\x01\xba", "an MPEG video"),
    (b"\x00\x00\x01\xb3", "an MPEG video"),
    (b"OggS", "an Ogg video or sound"),
    (b"#EXTM3U", "a playlist"),
    (b"ffconcat", "a list of videos"),
    (b"ID3", "a sound"),
    (_EBML, "a Matroska video"),
)


def recognise(head: bytes) -> VideoKind | None:
    """The container of a file that begins with ``head``, or None when it is none that we read."""
    if head.startswith(_EBML):
        return VideoKind.WEBM if _doc_type(head) == b"webm" else None
    if brands(head):
        return None if head[8:12] in PICTURE_BRANDS | _SOUNDS else VideoKind.MP4
    return VideoKind.MP4 if head[4:8] in _ATOMS else None


def describe(head: bytes) -> str:
    """What to call a file that `recognise` does not know, with its article: "a Flash video"."""
    for start, words in _OTHER:
        if head.startswith(start):
            return words
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "an AVI video"
    if head[8:12] in _SOUNDS and brands(head):
        return "a sound"
    if kind := photo_kinds.recognise(head):
        return f"a {kind.value} picture, which belongs under [[photo]]"
    words = photo_kinds.describe(head)
    return "not a video that we know" if words.startswith("not ") else words


def _doc_type(head: bytes) -> bytes:
    """Which EBML document it is; a length takes one byte or more (RFC 8794, 4)."""
    at = head.find(_DOC_TYPE)
    if at < 0 or at + 3 > len(head):
        return b""
    first = head[at + 2]
    width = 9 - first.bit_length()
    length = int.from_bytes(head[at + 2 : at + 2 + width], "big") & ((1 << 7 * width) - 1)
    return head[at + 2 + width : at + 2 + width + length].rstrip(b"\0")
