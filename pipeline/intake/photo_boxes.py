"""Parts of a picture as people name them: ``120,80,300,200`` in pixels, or ``10%,20%,30%,40%``."""

from __future__ import annotations

import re

from pipeline.intake.photo_wire import Box

_NUMBER = re.compile(r"([0-9]{1,5}(?:\.[0-9]{1,3})?)(%?)")
#: Pixels of the mailed picture; less is a slip of the hand.
_LEAST = 8
_SLACK = 0.001  #: of the picture: what rounding may put over an edge


class BadBox(ValueError):
    """This is no part of that picture; the message says why and what to write."""


def parse_box(told: str, width: int, height: int) -> Box:
    """``x,y,width,height`` from the top left of a picture that is mailed as so many pixels, upright.

    Pixels are those of the mailed picture; percents of its width and height. Raises `BadBox`.
    """
    found = [_NUMBER.fullmatch(part.strip()) for part in told.split(",")]
    numbers = [match for match in found if match is not None]
    if len(found) != 4 or len(numbers) != 4:
        raise BadBox(
            f"{told!r} is no box: write left, top, width and height, as 120,80,300,200 in pixels"
            " or 10%,20%,30%,40%"
        )
    sides = (width, height, width, height)
    left, top, wide, high = (
        float(match[1]) / (100 if match[2] else side) for match, side in zip(numbers, sides, strict=True)
    )
    if wide * width < _LEAST or high * height < _LEAST:
        raise BadBox(f"{told!r} is smaller than {_LEAST} by {_LEAST} pixels")
    if left + wide > 1 + _SLACK or top + high > 1 + _SLACK:
        raise BadBox(f"{told!r} does not lie within the picture, which is {width} by {height} pixels")
    return Box(left=left, top=top, width=min(wide, 1 - left), height=min(high, 1 - top))
