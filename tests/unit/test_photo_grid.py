"""Photos in rows: in order, none lost, equally high beside each other, never too small."""

from __future__ import annotations

import random

import pytest

from pipeline.photo_grid import GAP, HIGHEST, ROOM, rows
from tests.newsletter import photo

LANDSCAPE, PORTRAIT, PANORAMA, SQUARE = (1200, 900), (900, 1200), (1200, 400), (1000, 1000)


def layout(*sizes: tuple[int, int]) -> list[int]:
    return [len(row) for row in rows([photo(n, size=size) for n, size in enumerate(sizes)])]


@pytest.mark.parametrize(
    "sizes, counts",
    [
        ([LANDSCAPE], [1]),
        ([PORTRAIT], [1]),
        ([LANDSCAPE] * 2, [2]),
        ([LANDSCAPE] * 3, [1, 2]),
        ([LANDSCAPE] * 4, [2, 2]),
        ([LANDSCAPE] * 7, [1, 2, 2, 2]),
        ([LANDSCAPE, PORTRAIT], [2]),
        ([PORTRAIT] * 3, [3]),
        ([PORTRAIT] * 5, [2, 3]),
        ([PANORAMA, LANDSCAPE, PORTRAIT], [1, 2]),
        ([LANDSCAPE, PANORAMA], [1, 1]),
        ([SQUARE] * 4, [2, 2]),
        ([], []),
    ],
)
def test_rows_are_as_a_person_would_lay_them(sizes: list[tuple[int, int]], counts: list[int]) -> None:
    assert layout(*sizes) == counts


def test_any_photos_come_in_order_and_fill_rows_of_equal_height() -> None:
    dice = random.Random(4)
    for number in range(60):
        sizes = [(dice.randint(300, 1200), dice.randint(300, 1200)) for _ in range(number % 12 + 1)]
        photos = [photo(n, size=size) for n, size in enumerate(sizes)]
        made = rows(photos)
        assert [cell.photo for row in made for cell in row] == photos
        for row in made:
            assert sum(cell.share for cell in row) == pytest.approx(100, abs=0.05)
            assert all(cell.height <= HIGHEST and cell.width <= ROOM for cell in row)
            whole = [cell for cell in row if cell.width < cell.photo.width]
            assert max((c.height for c in whole), default=0) - min((c.height for c in whole), default=0) <= 2
            assert sum(cell.width for cell in row) + GAP * (len(row) - 1) <= ROOM + 2


def test_a_small_picture_is_not_blown_up() -> None:
    [[cell]] = rows([photo(1, size=(120, 90))])
    assert (cell.width, cell.height) == (120, 90)


def test_four_hundred_photos_are_laid_out_too() -> None:
    assert sum(layout(*[LANDSCAPE, PORTRAIT] * 200)) == 400
