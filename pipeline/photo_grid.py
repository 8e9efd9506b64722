"""How the photos of a post stand: in rows as wide as the post, the photos of a row equally high.

Tables alone, since mail programs know no grid. Which photos share a row is chosen so that rows come
out about as high as each other, in the author's order; nothing is cropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

from pipeline.model import Photo

#: Pixels of a card's inside, between two photos, and of the highest photo: it must fit a screen.
ROOM, GAP, HIGHEST = 564, 12, 560
_MOST = 3  #: photos in a row
_BEST = 260  #: pixels; a row should be about so high
_LOWEST = {1: 0, 2: 150, 3: 200}  #: pixels, by photos in the row; below that faces are too small
_TOO_LOW, _LONELY, _LATE = 4.0, 0.7, 0.15

Sizes = tuple[tuple[int, int], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One photo in its row; sizes are of a mail at a desk, on a narrower screen they shrink together."""

    photo: Photo
    width: int  #: pixels; never more than the photo has
    height: int
    share: float  #: percent of the row, the gap beside it included


def rows(photos: Sequence[Photo]) -> list[list[Cell]]:
    """The photos in their order, one to three in a row."""
    made: list[list[Cell]] = []
    at = 0
    for count in _counts(tuple((photo.width, photo.height) for photo in photos)):
        made.append(_row(photos[at : at + count]))
        at += count
    return made


def _row(photos: Sequence[Photo]) -> list[Cell]:
    height, gaps = _height([_aspect(photo.width, photo.height) for photo in photos]), len(photos) - 1
    beside = GAP * gaps / len(photos)
    return [_cell(photo, height, beside) for photo in photos]


def _cell(photo: Photo, height: float, beside: float) -> Cell:
    aspect = _aspect(photo.width, photo.height)
    full = aspect * height
    width = max(1, round(min(full, photo.width)))
    share = 100 * (full + beside) / ROOM if beside else 100.0
    shown = min(max(1, round(width / aspect)), HIGHEST)
    return Cell(photo=photo, width=width, height=shown, share=round(share, 2))


@lru_cache(1024)
def _counts(sizes: Sizes) -> tuple[int, ...]:
    """How many photos each row has: the cheapest way for all of them, with the larger photos first."""
    aspects = [_aspect(*size) for size in sizes]
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]  # of the last 0, 1, 2 ... photos
    for start in reversed(range(len(aspects))):
        ways = []
        for count in range(1, min(_MOST, len(aspects) - start) + 1):
            rest, counts = best[len(aspects) - start - count]
            cost = _cost(aspects[start : start + count], first=start == 0)
            ways.append((round(rest + cost, 6), (count, *counts)))
        best.append(min(ways))
    return best[-1][1]


def _cost(aspects: Sequence[float], *, first: bool) -> float:
    height = _height(aspects)
    cost = abs(log(height / _BEST))
    if height < _LOWEST[len(aspects)]:
        cost += _TOO_LOW
    if len(aspects) == 1:
        cost += (0 if first else _LATE) + (_LONELY if aspects[0] * height < ROOM - 1 else 0)
    return cost


def _height(aspects: Sequence[float]) -> float:
    """Of a row that is as wide as the card; a single high photo is narrower."""
    return min(HIGHEST, (ROOM - GAP * (len(aspects) - 1)) / sum(aspects))


def _aspect(width: int, height: int) -> float:
    return max(width, 1) / max(height, 1)
