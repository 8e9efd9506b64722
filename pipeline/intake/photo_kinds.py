"""What a picture file is, told from its first bytes alone and never from its name."""

from __future__ import annotations

from enum import StrEnum

#: How many bytes of a file `recognise` and `describe` want to see.
HEAD = 1024


class PhotoKind(StrEnum):
    """The formats we read, by Pillow's names; four characters at most, see `photo_wire`."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    HEIF = "HEIF"
    GIF = "GIF"


_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"mif2"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
#: An ISO base media file of one of these brands is a picture, of any other a video or a sound.
PICTURE_BRANDS = _HEIF_BRANDS | _AVIF_BRANDS

_READ: tuple[tuple[bytes, PhotoKind], ...] = (
    (b"\xff\xd8\xff", PhotoKind.JPEG),
    (b"\x89PNG\r\n\x1a\n", PhotoKind.PNG),
    (b"GIF87a", PhotoKind.GIF),
    (b"GIF89a", PhotoKind.GIF),
)

#: First bytes of what people send by mistake, with the words to call it by.
_OTHER: tuple[tuple[bytes, str], ...] = (
    (b"BM", "a BMP picture"),
    (b"II*\x00", "a TIFF or raw camera picture"),
    (b"MM\x00*", "a TIFF or raw camera picture"),
    (b"II+\x00", "a TIFF picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"\x00\x00\x01\x00", "an icon (ICO)"),
    (b"BPG\xfb", "a BPG picture"),
    (b"8BPS", "a Photoshop document"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"\x1aE\xdf\xa3", "a video"),
)


def recognise(head: bytes) -> PhotoKind | None:
    """The format of a file that begins with ``head``, or None when it is none that we read."""
    for start, kind in _READ:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return PhotoKind.WEBP
    found = brands(head)
    if found & _HEIF_BRANDS and not found & _AVIF_BRANDS:
        return PhotoKind.HEIF
    return None


def describe(head: bytes) -> str:
    """What to call a file that `recognise` does not know, with its article: "a BMP picture"."""
    for start, words in _OTHER:
        if head.startswith(start):
            return words
    if found := brands(head):
        return "an AVIF picture" if found & _AVIF_BRANDS else "a video"
    if head[:4] == b"RIFF":
        return "a video or a sound"
    return _describe_text(head)


def _describe_text(head: bytes) -> str:
    lowered = head.lower()
    if b"<svg" in lowered:
        return "an SVG drawing"
    if b"<html" in lowered or b"<!doctype html" in lowered:
        return "a web page"
    printable = all(byte >= 32 or byte in b"\t\r\n" for byte in head)
    return "a text file" if printable else "not a picture that we know"


def brands(head: bytes) -> frozenset[bytes]:
    """Major and compatible brands of an ISO base media file (ISO/IEC 14496-12, ``ftyp``)."""
    if head[4:8] != b"ftyp":
        return frozenset()
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return frozenset({head[8:12], *(head[at : at + 4] for at in range(16, end, 4))})
