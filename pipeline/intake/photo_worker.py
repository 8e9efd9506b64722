"""The process that decodes pictures: a cage around the libraries that read hostile bytes.

It runs as a process of its own and has no path to anything: it gets an open file, gives
back bytes (`photo_wire.py`), may write no file, and holds no secret. `photo_process.py`
starts it, times it and replaces it when it dies.
"""

from __future__ import annotations

import hashlib
import io
import os
import resource
import socket
import sys
import warnings
from importlib import import_module

import pillow_heif
from PIL import Image, ImageChops, ImageCms, JpegImagePlugin

from pipeline.intake.photo_edits import edited
from pipeline.intake.photo_play import with_play_mark
from pipeline.intake.photo_weigh import Jpeg, Stop, walk_jpeg, walk_png, webp_size, weigh
from pipeline.intake.photo_wire import (
    BOX,
    HEADER,
    PLAYABLE,
    READY,
    REQUEST,
    Box,
    Cage,
    Edit,
    Operation,
    Status,
)

#: Longest side in pixels and JPEG quality of what goes into mails, and of what a click may open.
MAIL_SIDE, MAIL_QUALITY = 1200, 80
LARGE_SIDE, LARGE_QUALITY = 2000, 84

#: EXIF 2.32, tag 0x0112: what undoes each orientation.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112


# ---------------------------------------------------------------- reading


def render(
    kind: str, data: bytes, cage: Cage, edit: Edit, *, playable: bool = False
) -> tuple[tuple[int, int], bytes, bytes]:
    """Mail size in pixels, mail rendition and large rendition of the picture, upright, in sRGB, changed.

    ``playable``: the mail rendition gets a play mark, which every mail program shows.

    Raises `Stop` for a picture that is broken or costs too much, and whatever the libraries raise.
    """
    jpeg = walk_jpeg(data) if kind == "JPEG" else None
    image = _open(kind, data, cage)
    weigh(image.size, jpeg, len(data), cage)
    picture = _flatten(_shrink(_load(image, data, jpeg), LARGE_SIDE))
    large = _clean(_upright(_to_srgb(picture), _orientation(image)))
    if edit.operation is not Operation.NONE:
        large = edited(large, edit)
    mail = _shrink(large, MAIL_SIDE)
    mail = with_play_mark(mail) if playable else mail
    return mail.size, _encode(mail, MAIL_QUALITY), _encode(large, LARGE_QUALITY)


def _open(kind: str, data: bytes, cage: Cage) -> Image.Image:
    if kind == "JPEG":  # not Image.open: it makes a multi-picture file of an MPO, which cannot draft
        return JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    if kind == "PNG":
        walk_png(data)
    if kind == "WEBP":  # opening one already takes memory for two pictures
        weigh(webp_size(data), None, len(data), cage)
    return Image.open(io.BytesIO(data), formats=[kind])


def _load(image: Image.Image, data: bytes, jpeg: Jpeg | None) -> Image.Image:
    if jpeg is None:
        image.load()
        return image
    image.draft(None, _fitting(image.size, LARGE_SIDE))
    image.load()
    if not jpeg.buffered and _ends_grey(image) and _was_cut(image, data, jpeg):
        raise Stop(Status.BROKEN)
    return image


def _ends_grey(image: Image.Image) -> bool:
    """Whether the last rows are the exact grey that libjpeg fills in where data is missing."""
    width, height = image.size
    bands = image.crop((0, max(0, height - 8), width, height)).getextrema()
    flat = (bands,) if isinstance(bands[0], int | float) else bands
    return all(band in ((128, 128), (127, 127)) for band in flat)


def _was_cut(image: Image.Image, data: bytes, jpeg: Jpeg) -> bool:
    """Tell missing rows from grey ones: taking away the last bytes changes a cut picture above its grey end.

    A grey end that belongs to the picture is itself coded in those bytes, in its last rows.
    """
    again = JpegImagePlugin.JpegImageFile(io.BytesIO(data[: jpeg.end - 4] + b"\xff\xd9"))
    last_rows = 32 * image.height // again.height
    again.draft(None, _fitting(again.size, LARGE_SIDE))
    again.load()
    above = (0, 0, image.width, max(1, image.height - last_rows))
    changed = ImageChops.difference(image.crop(above).convert("RGB"), again.crop(above).convert("RGB"))
    return changed.getbbox() is not None


def _fitting(size: tuple[int, int], side: int) -> tuple[int, int]:
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _shrink(image: Image.Image, side: int) -> Image.Image:
    if max(image.size) <= side:
        return image
    return _resizable(image).resize(_fitting(image.size, side), Image.Resampling.LANCZOS, reducing_gap=2.0)


def _resizable(image: Image.Image) -> Image.Image:
    """Palettes, bits and 16-bit grey cannot be blended as they are."""
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode.startswith("I"):
        return _eight_bits(image)
    return image if image.mode in {"RGB", "L", "CMYK"} else image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit grey to 8: Pillow's own conversion clips instead of scaling for some of these modes."""
    return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")


def _flatten(image: Image.Image) -> Image.Image:
    """On white: a transparent drawing would turn black in a JPEG."""
    image = _resizable(image)
    if image.mode != "RGBA":
        return image
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image)
    flat = white.convert("RGB")
    flat.info["icc_profile"] = image.info.get("icc_profile")
    return flat


def _to_srgb(image: Image.Image) -> Image.Image:
    if profile := image.info.get("icc_profile"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            done = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            return done or image.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a broken profile is no reason to lose the photo; it only loses its fine colours
    return image.convert("RGB")


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # broken EXIF raises nearly anything; the picture itself is fine
        return 1
    return value if isinstance(value, int) else 1


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    method = _UPRIGHT.get(orientation)
    return image if method is None else image.transpose(method)


def _clean(image: Image.Image) -> Image.Image:
    """A new picture that has the pixels and nothing else: Pillow carries comments along when it saves."""
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    return clean


def _encode(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


# ---------------------------------------------------------------- the process


def answer(kind: str, data: bytes, cage: Cage, edit: Edit, *, playable: bool = False) -> bytes:
    """The whole answer to one picture, whatever it does to us in Python."""
    digest = hashlib.sha256(data).digest()
    status, size, mail, large = Status.BROKEN, (0, 0), b"", b""
    try:
        if len(data) > cage.size:
            raise Stop(Status.TOO_BIG)
        size, mail, large = render(kind, data, cage, edit, playable=playable)
        status = Status.DONE
    except Stop as stop:
        status, size = stop.status, stop.size
    except MemoryError:
        status = Status.MEMORY
    except Exception:  # decoders raise nearly anything on broken bytes
        status = Status.BROKEN
    return HEADER.pack(status, *size, len(mail), len(large), digest) + mail + large


def serve(pipe: socket.socket, cage: Cage, *, playable: bool) -> None:
    pipe.sendall(READY)
    while True:
        told, handles, _, _ = socket.recv_fds(pipe, REQUEST.size, 1)
        if not told:
            return
        kind, edit = _understood(pipe, told)
        _allow_more_time(cage.seconds)
        with os.fdopen(handles[0], "rb") as source:
            data = source.read(cage.size + 1)
        pipe.sendall(answer(kind, data, cage, edit, playable=playable))


def _understood(pipe: socket.socket, told: bytes) -> tuple[str, Edit]:
    kind, operation, number = REQUEST.unpack(told)
    length = number * BOX.size
    boxes = BOX.iter_unpack(pipe.recv(length, socket.MSG_WAITALL) if length else b"")
    made = (Box(left=left, top=top, width=width, height=height) for left, top, width, height in boxes)
    return kind.decode().strip(), Edit(operation=Operation(operation), boxes=tuple(made))


def _lock(cage: Cage) -> None:
    """Limits of the operating system that hold whatever a decoder is tricked into."""
    resource.setrlimit(resource.RLIMIT_AS, (cage.memory, cage.memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))


def _allow_more_time(seconds: int) -> None:
    """Ends a decoder that runs for ever, also when the process that would have killed it is gone."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def main() -> None:
    cage = Cage.from_arguments(sys.argv[1:])
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # `weigh` is stricter and says why
    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
    Image.preinit()  # not `init`, which reads forty formats more that nobody may send
    import_module("PIL.WebPImagePlugin")
    _lock(cage)
    serve(socket.socket(fileno=0), cage, playable=PLAYABLE in sys.argv)


if __name__ == "__main__":
    main()
