"""What the guard takes for a school's logo, and what for a photo that must be one of ours."""

from __future__ import annotations

import io
from base64 import encodebytes
from hashlib import sha256

import pytest
from PIL import Image

from pipeline.guard import read_contents
from pipeline.mime import content_id, logo_name


def drawn(size: tuple[int, int] = (440, 112), kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#0b5394").save(out, kind)
    return out.getvalue()


def with_parts(*parts: tuple[str, str, bytes]) -> bytes:
    made = b'Content-Type: multipart/related; boundary="x"\r\n\r\n'
    for kind, name, data in parts:
        made += f"--x\r\nContent-Type: {kind}\r\nContent-ID: <{name}>\r\n".encode()
        made += (
            b"Content-Transfer-Encoding: base64\r\n\r\n" + encodebytes(data).replace(b"\n", b"\r\n") + b"\r\n"
        )
    return made + b"--x--\r\n"


def named(png: bytes) -> str:
    return content_id(logo_name(png))


def test_a_small_png_called_by_its_bytes_is_the_logo() -> None:
    png = drawn()
    assert read_contents(with_parts(("image/png", named(png), png))).pictures == ()


@pytest.mark.parametrize(
    "kind, data, name",
    [
        ("image/jpeg", drawn(kind="JPEG"), named(drawn(kind="JPEG"))),  # what every photo is
        ("image/png", drawn(kind="JPEG"), named(drawn(kind="JPEG"))),
        ("image/png", drawn((441, 112)), named(drawn((441, 112)))),
        ("image/png", drawn((440, 113)), named(drawn((440, 113)))),
        ("image/png", drawn(), named(b"other bytes")),
        ("image/png", drawn(), content_id("0ae732cee1f35cfa322e454bc4077894")),
        ("image/png", drawn()[:20], named(drawn()[:20])),
    ],
)
def test_anything_else_counts_as_a_photo(kind: str, data: bytes, name: str) -> None:
    pictures = read_contents(with_parts((kind, name, data))).pictures
    assert pictures == ((name, sha256(data).hexdigest()),)


def test_a_mail_has_one_logo() -> None:
    one, other = drawn(), drawn((40, 40))
    message = with_parts(("image/png", named(one), one), ("image/png", named(other), other))
    assert read_contents(message).pictures == ((named(other), sha256(other).hexdigest()),)
