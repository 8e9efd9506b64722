"""Pictures as given to pictures as mailed: real files, real decoding processes, nothing private left."""

from __future__ import annotations

import hashlib
import io
import itertools
import os
import signal
import stat
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pillow_heif
import pytest
from PIL import ExifTags, Image, ImageChops, ImageCms, ImageStat, PngImagePlugin

from pipeline.intake.photos import (
    Limits,
    PhotoMill,
    PhotoProblem,
    Prepared,
    Refused,
    Size,
    read_rendition,
    remove,
    source_digest,
    stored_names,
)

SHARED = Path(
    os.environ.get("WEEKBRIEF_SHARED_DATA", Path(__file__).resolve().parents[2] / "../shared/data")
).resolve()
PHOTOS = SHARED / "photos"
needs_shared = pytest.mark.skipif(not PHOTOS.is_dir(), reason="the shared photo samples are not here")

#: All that may stand in a rendition (ITU T.81): SOI, APP0, quantisation, frame, Huffman, restart, scan, EOI.
ALLOWED = {0xD8, 0xE0, 0xDB, 0xC0, 0xC4, 0xDD, 0xDA, 0xD9}
RED, BLUE, GREEN, WHITE = (220, 30, 40), (30, 60, 200), (30, 160, 60), (255, 255, 255)

Mill = Callable[..., PhotoMill]


@pytest.fixture
def media(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
def mill(media: Path) -> Iterator[Mill]:
    """Makes mills that are closed at the end of the test; names count up."""
    made: list[PhotoMill] = []
    numbers = itertools.count()

    def make(*, workers: int = 1, limits: Limits | None = None) -> PhotoMill:
        new_name = lambda: f"photo{next(numbers):05d}"  # noqa: E731
        made.append(PhotoMill(media, limits=limits, new_name=new_name, workers=workers))
        return made[-1]

    yield make
    for each in made:
        each.__exit__(None, None, None)


def one(mill: PhotoMill, path: Path) -> Prepared | Refused:
    return next(iter(mill.prepare([path])))


def prepared(mill: PhotoMill, path: Path) -> Prepared:
    outcome = one(mill, path)
    assert isinstance(outcome, Prepared), outcome
    return outcome


def refused(mill: PhotoMill, path: Path) -> Refused:
    outcome = one(mill, path)
    assert isinstance(outcome, Refused), outcome
    return outcome


def shown(media: Path, photo: Prepared, size: Size = Size.MAIL) -> Image.Image:
    image = Image.open(io.BytesIO(read_rendition(media, photo.name, size)))
    image.load()
    return image


def quarters(width: int = 400, height: int = 200) -> Image.Image:
    """Red, green, blue, white, clockwise from the top left: no turn or mirror leaves it as it is."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (width // 2, height // 2, width, height))
    image.paste(WHITE, (0, height // 2, width // 2, height))
    return image


def textured(width: int = 640, height: int = 480) -> Image.Image:
    """Something with detail everywhere, so that a missing part shows."""
    return Image.effect_noise((width, height), 90).convert("RGB")


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def near(image: Image.Image, at: tuple[int, int], colour: tuple[int, ...], tolerance: int = 14) -> bool:
    pixel = image.getpixel(at)
    assert isinstance(pixel, tuple)
    return all(abs(a - b) <= tolerance for a, b in zip(pixel, colour, strict=True))


def is_quarters(image: Image.Image) -> bool:
    width, height = image.size
    places = ((1, 1, RED), (3, 1, GREEN), (3, 3, BLUE), (1, 3, WHITE))
    return all(near(image, (width * x // 4, height * y // 4), colour) for x, y, colour in places)


def distance(one: Image.Image, other: Image.Image) -> float:
    """Mean difference per channel of two pictures seen from afar."""
    small = [each.convert("RGB").resize((64, 48)) for each in (one, other)]
    means = ImageStat.Stat(ImageChops.difference(*small)).mean
    return sum(means) / len(means)


def markers(data: bytes) -> list[int]:
    """Every marker of a JPEG in order; fails unless the file is exactly one picture and no byte more."""
    assert data[:2] == b"\xff\xd8"
    found, at = [0xD8], 2
    while True:
        assert data[at] == 0xFF
        marker = data[at + 1]
        found.append(marker)
        if marker == 0xD9:
            assert at + 2 == len(data), "bytes after the end of the picture"
            return found
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        while marker == 0xDA and not (data[at] == 0xFF and data[at + 1] not in {0, *range(0xD0, 0xD8)}):
            at += 1


def assert_bare(media: Path, photo: Prepared) -> None:
    for size in Size:
        data = read_rendition(media, photo.name, size)
        assert set(markers(data)) <= ALLOWED
        assert data[4:11] == b"\x00\x10JFIF\x00"
        image = Image.open(io.BytesIO(data))
        assert image.mode == "RGB"
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
        assert not image.getexif()


# ---------------------------------------------------------------- what comes in


@pytest.mark.parametrize(
    "kind, options",
    [
        ("JPEG", {"quality": 95}),
        ("JPEG", {"quality": 95, "progressive": True}),
        ("JPEG", {"quality": 95, "restart_marker_rows": 1}),
        ("PNG", {}),
        ("WEBP", {"quality": 95}),
        ("WEBP", {"lossless": True}),
        ("HEIF", {"quality": 95}),
        ("GIF", {}),
    ],
)
def test_every_format_that_phones_and_teachers_send_is_shown(
    mill: Mill, media: Path, tmp_path: Path, kind: str, options: dict[str, object]
) -> None:
    pillow_heif.register_heif_opener()
    source = tmp_path / "picture.bin"  # the name must not matter
    source.write_bytes(encoded(quarters(), kind, **options))
    photo = prepared(mill(), source)
    assert (photo.width, photo.height) == (400, 200)
    assert is_quarters(shown(media, photo))
    assert_bare(media, photo)


def test_the_answer_describes_the_stored_file_and_the_source(mill: Mill, media: Path, tmp_path: Path) -> None:
    source = tmp_path / "a.jpg"
    source.write_bytes(encoded(quarters(), "JPEG"))
    photo = prepared(mill(), source)
    data = read_rendition(media, photo.name, Size.MAIL)
    assert (photo.size, photo.digest) == (len(data), hashlib.sha256(data).hexdigest())
    assert photo.source_digest == hashlib.sha256(source.read_bytes()).hexdigest() == source_digest(source)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_large_picture_comes_in_two_sizes_and_a_small_one_is_not_blown_up(
    mill: Mill, media: Path, tmp_path: Path, kind: str
) -> None:
    big, small = tmp_path / "big", tmp_path / "small"
    big.write_bytes(encoded(quarters(2400, 3600), kind))
    small.write_bytes(encoded(quarters(40, 20), kind))
    photo, little = list(mill().prepare([big, small]))
    assert isinstance(photo, Prepared)
    assert isinstance(little, Prepared)
    assert (photo.width, photo.height) == (800, 1200)
    assert shown(media, photo, Size.LARGE).size == (1333, 2000)
    assert is_quarters(shown(media, photo))
    assert shown(media, little).size == shown(media, little, Size.LARGE).size == (40, 20)


def test_of_a_multi_picture_file_the_first_picture_is_shown(mill: Mill, media: Path, tmp_path: Path) -> None:
    source = tmp_path / "iphone.jpg"
    other = Image.new("RGB", (400, 200), "black")
    source.write_bytes(encoded(quarters(), "MPO", save_all=True, append_images=[other], quality=95))
    photo = prepared(mill(), source)
    assert is_quarters(shown(media, photo))
    assert_bare(media, photo)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_shown(mill: Mill, media: Path, tmp_path: Path, kind: str) -> None:
    source = tmp_path / "moving"
    frames = [Image.new("RGB", (400, 200), colour) for colour in ("black", "yellow")]
    source.write_bytes(encoded(quarters(), kind, save_all=True, append_images=frames, duration=50))
    photo = prepared(mill(), source)
    assert is_quarters(shown(media, photo))
    assert_bare(media, photo)


def test_a_print_shop_cmyk_jpeg_keeps_its_colours(mill: Mill, media: Path, tmp_path: Path) -> None:
    source = tmp_path / "print.jpg"
    source.write_bytes(encoded(quarters().convert("CMYK"), "JPEG", quality=95))
    photo = prepared(mill(), source)
    assert is_quarters(shown(media, photo))
    assert_bare(media, photo)


def test_transparency_turns_white_and_not_black(mill: Mill, media: Path, tmp_path: Path) -> None:
    clear = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    clear.paste((*RED, 255), (0, 0, 150, 300))
    palette = quarters(300, 300).quantize(8)
    palette.info["transparency"] = palette.getpixel((1, 1))  # the red quarter
    grey = Image.merge("LA", (Image.new("L", (300, 300), 0), Image.linear_gradient("L").resize((300, 300))))
    sources = {
        "rgba.png": clear,
        "palette.png": palette,
        "grey.png": grey,
        "large.png": clear.resize((3000, 3000)),
    }
    for name, image in sources.items():
        (tmp_path / name).write_bytes(encoded(image, "PNG"))
    (tmp_path / "palette.gif").write_bytes(encoded(palette, "GIF"))
    names = [*sources, "palette.gif"]
    rgba, of_palette, of_grey, large, of_gif = (
        shown(media, photo)
        for photo in mill().prepare(tmp_path / name for name in names)
        if isinstance(photo, Prepared)
    )
    assert near(rgba, (40, 150), RED)
    assert near(rgba, (290, 150), WHITE)
    assert near(large, (300, 600), RED)
    assert near(large, (1190, 600), WHITE)
    for picture in (of_palette, of_gif):
        assert near(picture, (40, 40), WHITE)
        assert near(picture, (250, 250), BLUE)
    assert near(of_grey, (150, 2), WHITE)
    assert near(of_grey, (150, 297), (0, 0, 0))


@pytest.mark.parametrize("side", [300, 2500])
def test_sixteen_bit_grey_keeps_its_middle_tones(mill: Mill, media: Path, tmp_path: Path, side: int) -> None:
    ramp = b"".join(struct.pack("<H", value * 65535 // (side - 1)) for value in range(side))
    source = tmp_path / "scan.png"
    source.write_bytes(encoded(Image.frombytes("I;16", (side, side), ramp * side), "PNG"))
    image = shown(media, prepared(mill(), source))
    for part in (1, 2, 3):
        value = part * 255 // 4
        assert near(image, (image.width * part // 4, 10), (value, value, value), 6)


def test_colours_of_an_embedded_profile_become_srgb(mill: Mill, media: Path, tmp_path: Path) -> None:
    # A Lab profile is the one other colour space Pillow can make; our own matrix profile swaps red and blue.
    profile = _swapped_profile()
    source = tmp_path / "wide.png"
    source.write_bytes(encoded(Image.new("RGB", (60, 60), (255, 0, 0)), "PNG", icc_profile=profile))
    photo = prepared(mill(), source)
    assert near(shown(media, photo), (30, 30), (0, 0, 255), 30)
    assert_bare(media, photo)


def _swapped_profile() -> bytes:
    """sRGB's own profile with the red and the blue colorant exchanged (ICC.1, section 9.2)."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    entries = {bytes(data[at : at + 4]): at for at in range(132, 132 + 12 * data[131], 12)}
    red, blue = entries[b"rXYZ"], entries[b"bXYZ"]
    data[red : red + 4], data[blue : blue + 4] = data[blue : blue + 4], data[red : red + 4]
    return bytes(data)


def test_a_broken_colour_profile_does_not_cost_the_photo(mill: Mill, media: Path, tmp_path: Path) -> None:
    source = tmp_path / "profile.jpg"
    source.write_bytes(encoded(quarters(), "JPEG", quality=95, icc_profile=b"no profile at all" * 20))
    assert is_quarters(shown(media, prepared(mill(), source)))


# ---------------------------------------------------------------- orientation and metadata


#: What a camera did to the upright picture before writing this orientation: the inverse of what the tag asks.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("kind, width", [("JPEG", 2400), ("PNG", 400), ("WEBP", 400)])
def test_a_photo_taken_sideways_is_shown_upright(
    mill: Mill, media: Path, tmp_path: Path, kind: str, width: int
) -> None:
    upright = quarters(width, width // 2)
    for orientation, turn in STORED.items():
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = orientation
        turned = upright if turn is None else upright.transpose(turn)
        (tmp_path / str(orientation)).write_bytes(encoded(turned, kind, exif=exif))
    for photo in mill(workers=2).prepare(tmp_path / str(orientation) for orientation in STORED):
        assert isinstance(photo, Prepared)
        assert (photo.width, photo.height) == (min(width, 1200), min(width, 1200) // 2)
        assert is_quarters(shown(media, photo)), photo.name
        assert_bare(media, photo)


@needs_shared
def test_real_camera_orientations_look_like_the_upright_reference(mill: Mill, media: Path) -> None:
    folder = PHOTOS / "exif-samples" / "orientation"
    reference = Image.open(folder / "landscape_1.jpg")
    others = {Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.ROTATE_180}
    for photo in mill().prepare(folder / f"landscape_{number}.jpg" for number in range(1, 9)):
        assert isinstance(photo, Prepared)
        result = shown(media, photo)
        assert result.size == (600, 450)
        assert distance(reference, result) < 5
        assert all(distance(reference, result.transpose(turn)) > 30 for turn in others)


def test_broken_exif_does_not_cost_the_photo(mill: Mill, media: Path, tmp_path: Path) -> None:
    source = tmp_path / "exif.jpg"
    source.write_bytes(
        encoded(quarters(), "JPEG", quality=95, exif=b"Exif\x00\x00MM\x00*\x00\x00\xff\xff\x07")
    )
    photo = prepared(mill(), source)
    assert is_quarters(shown(media, photo))
    assert_bare(media, photo)


def test_nothing_but_the_picture_is_left(mill: Mill, media: Path, tmp_path: Path) -> None:
    """GPS, camera, comment, XMP, thumbnail, Photoshop block, colour profile and appended bytes."""
    secret = b"Dorpsstraat 1"
    jpeg = encoded(
        quarters(),
        "JPEG",
        quality=95,
        exif=_located(secret),
        comment=b"comment " + secret,
        xmp=b"<x:xmpmeta>" + secret + b"</x:xmpmeta>",
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    )
    photoshop = b"\xff\xed" + struct.pack(">H", 2 + 14 + len(secret)) + b"Photoshop 3.0\x00" + secret
    adobe = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x01"
    polyglot = b"PK\x03\x04 a zip full of names " + secret
    source = tmp_path / "gps.jpg"
    source.write_bytes(jpeg[:2] + photoshop + adobe + jpeg[2:] + polyglot)
    assert source.read_bytes().count(secret) == 5
    photo = prepared(mill(), source)
    for size in Size:
        data = read_rendition(media, photo.name, size)
        assert secret not in data
        assert b"PK\x03\x04" not in data
    assert_bare(media, photo)
    assert is_quarters(shown(media, photo))


def _located(secret: bytes) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = secret.decode()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 5.0, 1.0)
    return exif


def test_text_in_a_png_does_not_travel(mill: Mill, media: Path, tmp_path: Path) -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("comment", "Dorpsstraat 1")
    source = tmp_path / "text.png"
    source.write_bytes(encoded(quarters(), "PNG", pnginfo=notes))
    photo = prepared(mill(), source)
    assert b"Dorpsstraat" not in read_rendition(media, photo.name, Size.MAIL)
    assert_bare(media, photo)


@needs_shared
def test_every_real_file_is_shown_bare_or_refused_in_words(mill: Mill, media: Path) -> None:
    paths = sorted(path for path in PHOTOS.rglob("*") if path.is_file())
    assert len(paths) > 40
    outcomes = dict(zip(paths, mill(workers=2).prepare(paths), strict=True))
    for path, outcome in outcomes.items():
        if isinstance(outcome, Refused):
            assert outcome.message.startswith(path.name)
            assert ": " in outcome.message, "says what to do"
            assert outcome.message.endswith(".")
        else:
            assert_bare(media, outcome)
    reasons = {path.name: each.reason for path, each in outcomes.items() if isinstance(each, Refused)}
    unsupported = {"bmp.bmp", "bpg.bpg", "ico.ico", "jpeg2.jp2", "jxl.jxl", "svg.svg", "tiff.tif", "README"}
    assert {name for name, why in reasons.items() if why is PhotoProblem.NOT_SUPPORTED} == unsupported
    broken = {"gif.gif", "png-truncated.png", "webp.webp"}  # bytes that are legal on paper and show nothing
    assert {name for name, why in reasons.items() if why is PhotoProblem.BROKEN} == broken
    assert set(reasons) == unsupported | broken


# ---------------------------------------------------------------- what stays out


@pytest.mark.parametrize(
    "content, words",
    [
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"BM" + bytes(60), "a BMP picture"),
        (b"II*\x00" + bytes(60), "a TIFF or raw camera picture"),
        (b"<?xml version='1.0'?><svg onload='alert(1)'/>", "an SVG drawing"),
        (b"\xff\x0a" + bytes(20), "a JPEG XL picture"),
        (b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00mif1avif", "an AVIF picture"),
        (b"\x00\x00\x00\x1cftypisom\x00\x00\x00\x00isomavc1", "a video"),
        (b"PK\x03\x04" + bytes(60), "a ZIP archive or an office document"),
        (b"juf was hier", "a text file"),
        (b"%!PS-Adobe-3.0 EPSF\n(%pipe%id) (w) file", "a text file"),
        (bytes(range(256)), "not a picture that we know"),
    ],
)
def test_other_files_are_refused_by_what_they_are_whatever_their_name(
    mill: Mill, media: Path, tmp_path: Path, content: bytes, words: str
) -> None:
    source = tmp_path / "photo.jpg"
    source.write_bytes(content)
    refusal = refused(mill(), source)
    assert refusal.reason is PhotoProblem.NOT_SUPPORTED
    assert f"photo.jpg is {words};" in refusal.message
    assert not stored_names(media)


def test_links_folders_pipes_and_missing_files_are_refused_at_once(mill: Mill, tmp_path: Path) -> None:
    real = tmp_path / "real.jpg"
    real.write_bytes(encoded(quarters(), "JPEG"))
    (tmp_path / "link.jpg").symlink_to(real)
    (tmp_path / "folder.jpg").mkdir()
    os.mkfifo(tmp_path / "pipe.jpg")
    names = ("link.jpg", "folder.jpg", "pipe.jpg", "missing.jpg")
    outcomes = list(mill().prepare(tmp_path / name for name in names))
    assert [each.reason for each in outcomes if isinstance(each, Refused)] == [PhotoProblem.UNREADABLE] * 4
    assert source_digest(tmp_path / "link.jpg") is None


def test_an_empty_file_is_refused(mill: Mill, tmp_path: Path) -> None:
    source = tmp_path / "empty.jpg"
    source.touch()
    assert refused(mill(), source).reason is PhotoProblem.EMPTY


def test_a_file_over_the_byte_limit_is_refused_unread(mill: Mill, tmp_path: Path) -> None:
    source = tmp_path / "huge.jpg"
    with source.open("wb") as file:
        file.write(encoded(quarters(), "JPEG"))
        file.truncate(3_000_000_000)  # sparse: reading it all would be noticed
    refusal = refused(mill(), source)
    assert refusal.reason is PhotoProblem.TOO_BIG
    assert "3000 MB" in refusal.message


@pytest.mark.parametrize(
    "kind, options",
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("GIF", {}),
        ("HEIF", {}),
    ],
)
def test_a_file_that_was_cut_off_is_refused(
    mill: Mill, tmp_path: Path, kind: str, options: dict[str, object]
) -> None:
    pillow_heif.register_heif_opener()
    whole = encoded(textured(), kind, **options)
    paths = [tmp_path / str(percent) for percent in (2, 30, 60, 90, 99)]
    for path in paths:
        path.write_bytes(whole[: len(whole) * int(path.name) // 100])
    reasons = [each.reason for each in mill().prepare(paths) if isinstance(each, Refused)]
    assert reasons == [PhotoProblem.BROKEN] * 5


@pytest.mark.parametrize("ending", [b"\xff\xd9", bytes(4000)])
@pytest.mark.parametrize("side", [480, 2300])
def test_a_half_grey_jpeg_is_refused_also_when_it_pretends_to_end(
    mill: Mill, tmp_path: Path, side: int, ending: bytes
) -> None:
    whole = encoded(textured(side, side), "JPEG")
    source = tmp_path / "half.jpg"
    source.write_bytes(whole[: len(whole) // 2] + ending)
    assert refused(mill(), source).reason is PhotoProblem.BROKEN


@pytest.mark.parametrize("optimize", [False, True])
def test_a_picture_that_really_ends_in_grey_is_shown(
    mill: Mill, media: Path, tmp_path: Path, optimize: bool
) -> None:
    image = textured()
    image.paste((128, 128, 128), (0, 400, 640, 480))
    source = tmp_path / "grey.jpg"
    source.write_bytes(encoded(image, "JPEG", optimize=optimize))
    assert near(shown(media, prepared(mill(), source)), (320, 470), (128, 128, 128), 1)


# ---------------------------------------------------------------- bombs, hogs and dead workers


def png_of_zeros(width: int, height: int, rows: int) -> bytes:
    """A grey-looking PNG that claims ``width`` by ``height`` and packs ``rows`` rows of zeros."""
    packer = zlib.compressobj(9)
    row = bytes(1 + 3 * width)
    pixels = b"".join(packer.compress(row) for _ in range(rows)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )


def scan_bomb() -> bytes:
    """A small progressive JPEG that asks for thousands of passes over its 4000 by 4000 pixels."""
    whole = encoded(Image.new("L", (4000, 4000), 90), "JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:last] + whole[last:-2] * 2000 + whole[-2:]


def heic_claiming(width: int, height: int) -> bytes:
    """Every size that the file tells of (ISO/IEC 23008-12, ``ispe``) is another one."""
    pillow_heif.register_heif_opener()
    parts = encoded(quarters(), "HEIF", quality=30).split(b"ispe\0\0\0\0")
    claim = b"ispe\0\0\0\0" + struct.pack(">II", width, height)
    return claim.join([parts[0], *(part[8:] for part in parts[1:])])


def png_with_a_profile_of_zeros(megabytes: int) -> bytes:
    """A good picture whose colour profile unpacks to so much."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()
    body = b"iCCPx\0\0" + packed
    whole = encoded(quarters(), "PNG")
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return whole[:33] + chunk + whole[33:]


BOMBS: dict[str, Callable[[], bytes]] = {
    "claims 2.5 billion pixels": lambda: png_of_zeros(50_000, 50_000, 100),
    "100 million black pixels in 300 kB": lambda: png_of_zeros(10_000, 10_000, 10_000),
    "WebP canvas": lambda: encoded(Image.new("RGB", (12_000, 3_000)), "WEBP"),
    "GIF screen": lambda: b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\x00\x00\x00,"
    + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0x80) + bytes(6) + b"\x02\x02\x4c\x01\x00;",
    "progressive scans": scan_bomb,
    "HEIC with a false size": lambda: heic_claiming(60_000, 60_000),
    "JPEG with a false frame": lambda: _claiming(encoded(Image.new("RGB", (64, 64)), "JPEG"), 65_000, 65_000),
}  # fmt: skip


def _claiming(jpeg: bytes, width: int, height: int) -> bytes:
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_decompression_bomb_costs_next_to_nothing(
    mill: Mill, media: Path, tmp_path: Path, bomb: str
) -> None:
    small, source = tmp_path / "small.png", tmp_path / "bomb"
    small.write_bytes(encoded(quarters(), "PNG"))
    source.write_bytes(BOMBS[bomb]())
    its = mill()
    prepared(its, small)  # the process is up
    started = time.monotonic()
    refusal = refused(its, source)
    assert time.monotonic() - started < 1
    assert refusal.reason is PhotoProblem.TOO_LARGE
    assert "save it smaller" in refusal.message
    assert len(stored_names(media)) == 1


def test_a_bomb_in_the_colour_profile_is_not_unpacked(mill: Mill, tmp_path: Path) -> None:
    source = tmp_path / "profile.png"
    source.write_bytes(png_with_a_profile_of_zeros(300))
    assert refused(mill(), source).reason is PhotoProblem.BROKEN
    assert high_water(worker_pids()[0]) < 200


def high_water(pid: int) -> int:
    """Most memory the process ever had in use, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def worker_pids() -> list[int]:
    """Decoding processes that this process started and that still live."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes() if folder.name.isdigit() else b""
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1] if words else ""
        except OSError:  # gone meanwhile
            continue
        if b"photo_worker" in words and parent == str(os.getpid()):
            found.append(int(folder.name))
    return found


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "HEIF", "GIF", "JPEG"])
def test_the_flattest_picture_that_is_let_in_stays_below_300_mb(
    mill: Mill, tmp_path: Path, kind: str
) -> None:
    pillow_heif.register_heif_opener()
    side = {"JPEG": 10_000, "HEIF": 2_000}.get(kind, 3_900)  # the HEIF encoder is slow
    mode = "RGBA" if kind == "PNG" else "RGB"
    source = tmp_path / "flat"
    source.write_bytes(encoded(Image.new(mode, (side, side), (90, 90, 200)), kind, quality=20))
    prepared(mill(), source)
    assert high_water(worker_pids()[0]) < 300


def test_a_picture_that_needs_more_memory_than_allowed_is_refused_and_the_next_is_shown(
    mill: Mill, tmp_path: Path
) -> None:
    hog, small = tmp_path / "hog.png", tmp_path / "small.png"
    hog.write_bytes(encoded(Image.new("RGBA", (3900, 3900), (1, 2, 3, 4)), "PNG"))
    small.write_bytes(encoded(quarters(), "PNG"))
    its = mill(limits=Limits(memory=220 << 20))
    first, hogging, last = its.prepare([small, hog, small])
    assert isinstance(hogging, Refused)
    assert hogging.reason is PhotoProblem.TOO_LARGE
    assert isinstance(first, Prepared)
    assert isinstance(last, Prepared)


@pytest.fixture
def three(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{name}.png" for name in "abc"]
    for path in paths:
        path.write_bytes(encoded(quarters(), "PNG"))
    return paths


def test_a_worker_killed_at_a_picture_costs_only_that_picture(mill: Mill, three: list[Path]) -> None:
    its = mill()
    prepared(its, three[0])
    [pid] = worker_pids()
    os.kill(pid, signal.SIGSTOP)  # it has the picture and does not answer
    killer = threading.Timer(0.4, os.kill, (pid, signal.SIGKILL))
    killer.start()
    outcomes = list(its.prepare(three))
    killer.join()
    assert [type(each) for each in outcomes] == [Refused, Prepared, Prepared]
    assert isinstance(outcomes[0], Refused)
    assert outcomes[0].reason is PhotoProblem.CRASHED
    assert outcomes[0].message.startswith("a.png cannot be opened safely:")


def test_a_worker_that_hangs_is_replaced_and_costs_only_that_picture(mill: Mill, three: list[Path]) -> None:
    its = mill(limits=Limits(seconds=1.0))
    prepared(its, three[0])
    [pid] = worker_pids()
    os.kill(pid, signal.SIGSTOP)
    outcomes = list(its.prepare(three))
    assert [type(each) for each in outcomes] == [Refused, Prepared, Prepared]
    assert isinstance(outcomes[0], Refused)
    assert outcomes[0].reason is PhotoProblem.TOO_SLOW
    assert pid not in worker_pids()


def test_a_worker_that_died_between_pictures_costs_none(mill: Mill, three: list[Path]) -> None:
    its = mill()
    prepared(its, three[0])
    [pid] = worker_pids()
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert all(isinstance(each, Prepared) for each in its.prepare(three))


def test_the_cage_holds_no_secret_and_cannot_write(
    mill: Mill, three: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEEKBRIEF_SMTP_PASSWORD", "sesam")
    prepared(mill(), three[0])
    [pid] = worker_pids()
    assert b"sesam" not in Path(f"/proc/{pid}/environ").read_bytes()
    limits = Path(f"/proc/{pid}/limits").read_text()
    rows = {line[:26].strip(): line[26:].split()[0] for line in limits.splitlines()}
    assert rows["Max file size"] == "0"
    assert rows["Max address space"] == str(Limits().memory)
    assert rows["Max core file size"] == "0"


def test_no_process_outlives_the_mill(media: Path, three: list[Path]) -> None:
    names = (f"photo{number:05d}" for number in itertools.count())
    with PhotoMill(media, new_name=lambda: next(names), workers=2) as its:
        assert len(list(its.prepare(three))) == 3
        assert worker_pids()
    assert not worker_pids()


# ---------------------------------------------------------------- order and the media folder


def test_answers_come_in_the_order_of_the_files(mill: Mill, tmp_path: Path) -> None:
    paths = []
    for number in range(24):
        side = 1500 if number % 3 == 0 else 20 + number
        paths.append(tmp_path / f"{number}.png")
        paths[-1].write_bytes(b"text" if number % 5 == 4 else encoded(quarters(side, 20 + number), "PNG"))
    outcomes = list(mill(workers=2).prepare(paths))
    assert len(outcomes) == 24
    for number, outcome in enumerate(outcomes):
        if number % 5 == 4:
            assert isinstance(outcome, Refused)
            assert outcome.message.startswith(f"{number}.png ")
        else:
            assert isinstance(outcome, Prepared)
            assert outcome.name == f"photo{number:05d}"


def test_files_are_for_their_owner_only(mill: Mill, media: Path, three: list[Path]) -> None:
    old = os.umask(0)
    try:
        photo = prepared(mill(), three[0])
    finally:
        os.umask(old)
    stored = sorted(path.relative_to(media).as_posix() for path in media.rglob("*.*"))
    assert stored == [f"ph/{photo.name}-large.jpg", f"ph/{photo.name}-mail.jpg"]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in media.rglob("*.jpg")}
    assert modes == {0o600}
    assert stat.S_IMODE(media.stat().st_mode) == stat.S_IMODE((media / "ph").stat().st_mode) == 0o700


def test_equal_pictures_stay_two(mill: Mill, media: Path, three: list[Path]) -> None:
    one_, other = mill().prepare([three[0], three[0]])
    assert isinstance(one_, Prepared)
    assert isinstance(other, Prepared)
    assert one_.digest == other.digest
    remove(media, one_.name)
    remove(media, one_.name)  # gone already is fine
    with pytest.raises(FileNotFoundError):
        read_rendition(media, one_.name, Size.MAIL)
    assert read_rendition(media, other.name, Size.LARGE)
    assert stored_names(media) == {other.name}


def test_a_name_that_is_taken_overwrites_nothing(media: Path, three: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    other.write_bytes(encoded(Image.new("RGB", (9, 9)), "PNG"))
    with PhotoMill(media, new_name=lambda: "samename1", workers=1) as its:
        photo = prepared(its, three[0])
        with pytest.raises(FileExistsError):
            one(its, other)
    assert is_quarters(shown(media, photo))


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b", "", "short", ".hidden00", "x" * 65, "nul\x00nul00"]
)
def test_a_name_that_could_lead_elsewhere_is_no_name(media: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a name of a picture"):
        read_rendition(media, name, Size.MAIL)
    with pytest.raises(ValueError, match="not a name of a picture"):
        remove(media, name)


def test_stopping_early_leaves_no_picture_that_nobody_knows(
    mill: Mill, media: Path, three: list[Path]
) -> None:
    its = mill(workers=2)
    answers = its.prepare(three * 4)
    first = next(answers)
    assert isinstance(first, Prepared)
    answers.close()  # type: ignore[attr-defined]
    assert stored_names(media) == {first.name}


def test_trouble_of_our_own_is_an_error_and_no_refusal(media: Path, mill: Mill, three: list[Path]) -> None:
    media.write_text("a file where the folder should be")
    with pytest.raises(OSError, match="media"):
        list(mill().prepare(three))
