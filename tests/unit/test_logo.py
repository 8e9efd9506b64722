"""A logo as it goes with every mail: small in pixels and octets, whatever it was."""

from __future__ import annotations

import io
from random import Random

import pytest
from PIL import Image

from pipeline.look import as_png


def jpeg(size: tuple[int, int], pixels: bytes | None = None) -> bytes:
    image = Image.frombytes("RGB", size, pixels) if pixels else Image.new("RGB", size, "#0b5394")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95)
    return out.getvalue()


@pytest.mark.parametrize(
    "size, shown, stored",
    [
        ((1200, 400), (168, 56), (336, 112)),
        ((221, 56), (220, 56), (221, 56)),
        ((100, 30), (100, 30), (100, 30)),  # never larger than it is
        ((3000, 100), (220, 8), (440, 15)),
        ((50, 2000), (2, 56), (3, 112)),
    ],
)
def test_it_fits_and_is_fine_enough(
    size: tuple[int, int], shown: tuple[int, int], stored: tuple[int, int]
) -> None:
    png, width, height = as_png(jpeg(size))
    assert (width, height) == shown
    assert Image.open(io.BytesIO(png)).size == stored


def test_one_of_too_many_colours_loses_some() -> None:
    png, *_ = as_png(jpeg((880, 224), Random(1).randbytes(880 * 224 * 3)))
    assert len(png) <= 40_000
