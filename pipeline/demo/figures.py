"""What several scenes share: children, animals, trees, houses, clouds. Sizes in pixels of the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from pipeline.demo.canvas import Canvas

INK = "#2b2d42"
SKINS = ("#f6d2b5", "#e8b48c", "#c98d62", "#9a6644", "#704a33")
HAIRS = ("#3a2a20", "#6b4429", "#1d1a1c", "#d9a441", "#a8552d", "#3b2f4a")
CLOTHES = ("#e4572e", "#2e86ab", "#f2b134", "#76a665", "#8e5aa8", "#d95d8c", "#3d9c93", "#f58a6b")


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """How one drawn child looks."""

    skin: str
    hair: str
    shirt: str
    trousers: str
    long_hair: bool

    @classmethod
    def some(cls, rng: Random) -> Look:
        shirt, trousers = rng.sample(CLOTHES, 2)
        skin = rng.choices(SKINS, (4, 3, 3, 2, 1))[0]
        hair = rng.choice(HAIRS if skin in SKINS[:2] else HAIRS[:3])
        return cls(skin=skin, hair=hair, shirt=shirt, trousers=trousers, long_hair=rng.random() < 0.5)


def child(
    sheet: Canvas, x: float, y: float, tall: float, look: Look, *, arms: tuple[float, float] = (60, 120)
) -> None:
    """A child that stands at ``(x, y)``; ``arms`` are the angles of its right and left arm."""
    u = tall / 10
    for side in (-1, 1):
        sheet.line(
            [(x + side * 0.75 * u, y - 3.2 * u), (x + side * 0.85 * u, y - 0.4 * u)], look.trousers, 1.25 * u
        )
        sheet.oval(x + side * 1.05 * u, y - 0.25 * u, 0.85 * u, 0.4 * u, INK)
    if look.long_hair:
        sheet.box(x - 1.85 * u, y - 8.4 * u, 3.7 * u, 3.4 * u, look.hair, soft=1.3 * u)
    for angle in arms:
        _arm(sheet, x, y, u, look, angle)
    sheet.blob(
        [
            (x - 1.1 * u, y - 6.2 * u), (x + 1.1 * u, y - 6.2 * u), (x + 1.65 * u, y - 4.6 * u),
            (x + 1.6 * u, y - 2.7 * u), (x - 1.6 * u, y - 2.7 * u), (x - 1.65 * u, y - 4.6 * u),
        ],
        look.shirt,
    )  # fmt: skip
    head(sheet, x, y - 7.7 * u, 1.75 * u, look)


def _arm(sheet: Canvas, x: float, y: float, u: float, look: Look, angle: float) -> None:
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    shoulder = (x + math.copysign(1.1 * u, cos), y - 5.6 * u)
    hand = (shoulder[0] + 2.6 * u * cos, shoulder[1] + 2.6 * u * sin)
    sheet.line([shoulder, hand], look.shirt, 0.95 * u)
    sheet.circle(*hand, 0.55 * u, look.skin)


def head(sheet: Canvas, x: float, y: float, radius: float, look: Look) -> None:
    sheet.circle(x, y - 0.1 * radius, 1.1 * radius, look.hair)
    sheet.oval(x, y + 0.12 * radius, 0.95 * radius, 0.92 * radius, look.skin)
    sheet.oval(x - 0.25 * radius, y - 0.72 * radius, 0.85 * radius, 0.42 * radius, look.hair, turn=-12)
    for side in (-1, 1):
        sheet.circle(x + side * 0.36 * radius, y + 0.08 * radius, 0.1 * radius, INK)
        sheet.oval(x + side * 0.58 * radius, y + 0.38 * radius, 0.17 * radius, 0.11 * radius, "#e4572e55")
    sheet.arc(x, y + 0.3 * radius, 0.3 * radius, 0.28 * radius, 20, 160, INK, 0.09 * radius)


def children(
    sheet: Canvas, rng: Random, places: list[tuple[float, float, float]], *, up: bool = False
) -> None:
    """One child for each ``(x, y, tall)``, farthest first; with ``up`` their arms are in the air."""
    for x, y, tall in sorted(places, key=lambda place: place[1]):
        sheet.oval(x, y, tall * 0.22, tall * 0.035, "#00000022")
        arms = (-58.0, -122.0) if up else rng.choice([(60.0, 120.0), (-40.0, 125.0), (55.0, -140.0)])
        child(sheet, x, y, tall, Look.some(rng), arms=arms)


def cloud(sheet: Canvas, x: float, y: float, wide: float, colour: str = "#ffffffdd") -> None:
    sheet.box(x - wide / 2, y - wide * 0.1, wide, wide * 0.2, colour[:7], soft=wide * 0.1)
    for along, radius in ((-0.2, 0.15), (0.05, 0.2), (0.25, 0.12)):
        sheet.circle(x + along * wide, y - wide * 0.08, radius * wide, colour[:7])


def round_tree(
    sheet: Canvas, x: float, y: float, tall: float, crown: str, shade: str, trunk: str = "#7a5238"
) -> None:
    """A broad tree whose foot is at ``(x, y)``."""
    sheet.box(x - tall * 0.04, y - tall * 0.5, tall * 0.08, tall * 0.5, trunk)
    sheet.line([(x, y - tall * 0.38), (x + tall * 0.13, y - tall * 0.52)], trunk, tall * 0.03)
    for dx, dy, radius in ((-0.16, 0.58, 0.2), (0.17, 0.57, 0.19), (0, 0.74, 0.24)):
        sheet.circle(x + dx * tall, y - dy * tall, radius * tall, crown)
    sheet.oval(x + 0.1 * tall, y - 0.52 * tall, 0.2 * tall, 0.1 * tall, shade)


def fir(sheet: Canvas, x: float, y: float, tall: float, colour: str, trunk: str = "#5c4033") -> None:
    sheet.box(x - tall * 0.035, y - tall * 0.16, tall * 0.07, tall * 0.16, trunk)
    for low, wide, high in ((0.1, 0.27, 0.55), (0.32, 0.21, 0.78), (0.54, 0.15, 1.0)):
        sheet.shape(
            [(x - wide * tall, y - low * tall), (x, y - high * tall), (x + wide * tall, y - low * tall)],
            colour,
        )


def gable_house(
    sheet: Canvas, x: float, y: float, wide: float, tall: float, wall: str, trim: str, roof: int
) -> None:
    """A canal house whose lower left corner is at ``(x, y)``; ``roof`` chooses stepped, bell or pointed."""
    sheet.box(x, y - tall, wide, tall, wall)
    top = y - tall
    if roof == 0:
        for step in range(4):
            inset = wide * 0.12 * step
            sheet.box(x + inset, top - wide * 0.14 * (step + 1), wide - 2 * inset, wide * 0.15, wall)
    elif roof == 1:
        sheet.blob([(x, top + 4), (x + wide * 0.2, top - wide * 0.3), (x + wide * 0.5, top - wide * 0.55),
                    (x + wide * 0.8, top - wide * 0.3), (x + wide, top + 4)], wall)  # fmt: skip
    else:
        sheet.shape([(x - 4, top), (x + wide / 2, top - wide * 0.6), (x + wide + 4, top)], trim)
        sheet.shape([(x + 12, top + 1), (x + wide / 2, top - wide * 0.46), (x + wide - 12, top + 1)], wall)
    sheet.circle(x + wide / 2, top - wide * 0.06, wide * 0.09, "#fff3d0")
    _windows(sheet, x, y, wide, tall)
    sheet.box(x + wide * 0.38, y - wide * 0.5, wide * 0.24, wide * 0.5, trim, soft=4)


def _windows(sheet: Canvas, x: float, y: float, wide: float, tall: float) -> None:
    rows = max(1, int((tall - wide * 0.62) // (wide * 0.5)))
    for row in range(rows):
        for column in range(2):
            left, up = x + wide * (0.14 + 0.42 * column), y - tall + wide * (0.14 + 0.5 * row)
            sheet.box(left, up, wide * 0.3, wide * 0.36, "#fff8e7", soft=3)
            sheet.box(
                left + 4,
                up + 4,
                wide * 0.3 - 8,
                wide * 0.36 - 8,
                "#ffd97d" if (row + column) % 2 else "#9cc5d8",
            )


def fox(sheet: Canvas, x: float, y: float, size: float) -> None:
    """A fox that sits, its feet at ``(x, y)``."""
    u = size / 10
    coat, dark, white = "#e07a3f", "#c4602a", "#fff4e6"
    tail = [(x + 2 * u, y - 0.4 * u), (x + 5 * u, y), (x + 6.6 * u, y - 2.4 * u), (x + 5.8 * u, y - 5 * u),
            (x + 4.9 * u, y - 3 * u), (x + 3.4 * u, y - 2 * u)]  # fmt: skip
    sheet.blob(tail, coat)
    sheet.blob([(x + 5.3 * u, y - 3.6 * u), (x + 6.5 * u, y - 3.2 * u), (x + 5.8 * u, y - 5 * u)], white)
    sheet.blob(
        [(x - 2 * u, y), (x - 1.7 * u, y - 4 * u), (x, y - 6 * u), (x + 2 * u, y - 4 * u), (x + 2.6 * u, y)],
        coat,
    )
    sheet.oval(x - 0.1 * u, y - 2.6 * u, 1.0 * u, 2.0 * u, white)
    for side in (-1, 1):
        sheet.shape(
            [
                (x + side * 2.2 * u, y - 7.4 * u),
                (x + side * 2.1 * u, y - 10.4 * u),
                (x + side * 0.4 * u, y - 8.8 * u),
            ],
            dark,
        )
    sheet.blob(
        [(x - 2.6 * u, y - 7.4 * u), (x, y - 9.2 * u), (x + 2.6 * u, y - 7.4 * u), (x, y - 4.5 * u)], coat
    )
    for side in (-1, 1):
        sheet.blob(
            [(x + side * 2.5 * u, y - 7.1 * u), (x + side * 0.7 * u, y - 6.6 * u), (x, y - 4.6 * u)], white
        )
        sheet.circle(x + side * 0.95 * u, y - 7.1 * u, 0.24 * u, INK)
    sheet.circle(x, y - 4.9 * u, 0.4 * u, INK)


def owl(sheet: Canvas, x: float, y: float, size: float, coat: str, belly: str) -> None:
    u = size / 10
    for side in (-1, 1):
        sheet.shape(
            [
                (x + side * 2.7 * u, y - 7.4 * u),
                (x + side * 2.7 * u, y - 10 * u),
                (x + side * 0.6 * u, y - 8.7 * u),
            ],
            coat,
        )
    sheet.oval(x, y - 4.6 * u, 3.2 * u, 4.4 * u, coat)
    sheet.oval(x, y - 3.2 * u, 2.1 * u, 2.7 * u, belly)
    for row in range(3):
        for column in range(3 - row % 2):
            at = x + (column - (2 - row % 2) / 2) * 1.2 * u
            sheet.arc(at, y - (4.4 - row) * u, 0.45 * u, 0.45 * u, 20, 160, coat, 0.22 * u)
    for side in (-1, 1):
        sheet.oval(x + side * 2.9 * u, y - 4 * u, 0.9 * u, 2.6 * u, INK + "55", turn=side * -12)
        sheet.circle(x + side * 1.2 * u, y - 6.7 * u, 1.25 * u, "#fff8e7")
        sheet.circle(x + side * 1.1 * u, y - 6.7 * u, 0.65 * u, INK)
        sheet.circle(x + side * 1.0 * u + 0.2 * u, y - 6.9 * u, 0.2 * u, "#ffffff")
    sheet.shape([(x - 0.5 * u, y - 6.2 * u), (x + 0.5 * u, y - 6.2 * u), (x, y - 5.2 * u)], "#f2a541")


def hedgehog(sheet: Canvas, x: float, y: float, size: float) -> None:
    u = size / 10
    for step in range(19):
        angle = math.radians(188 + step * 9.2)
        tip = (x + 4.7 * u * math.cos(angle), y - 0.9 * u + 4.5 * u * math.sin(angle))
        left, right = (
            (x + 3.9 * u * math.cos(angle + off), y - 0.9 * u + 3.7 * u * math.sin(angle + off))
            for off in (-0.13, 0.13)
        )
        sheet.shape([left, tip, right], "#5b4636")
    sheet.slice(x, y - 0.9 * u, 4 * u, 180, 360, "#6f5643")
    sheet.box(x - 4 * u, y - 1.2 * u, 8 * u, 1.2 * u, "#6f5643", soft=0.6 * u)
    sheet.blob(
        [
            (x - 2.4 * u, y - 3 * u),
            (x - 4 * u, y - 2.1 * u),
            (x - 6 * u, y - 0.9 * u),
            (x - 4.6 * u, y - 0.1 * u),
            (x - 2 * u, y - 0.1 * u),
        ],
        "#e6c7a1",
    )
    sheet.circle(x - 6 * u, y - 0.95 * u, 0.42 * u, INK)
    sheet.circle(x - 4.1 * u, y - 1.75 * u, 0.28 * u, INK)
    sheet.circle(x - 2.6 * u, y - 2.5 * u, 0.6 * u, "#d0aa80")
    for foot in (-3, 2):
        sheet.oval(x + foot * u, y, 0.8 * u, 0.35 * u, "#d0aa80")


def bird(
    sheet: Canvas, x: float, y: float, size: float, coat: str, belly: str, *, left: bool = False
) -> None:
    s, u = (-1 if left else 1), size / 10
    sheet.shape(
        [(x - s * 2.5 * u, y - 0.6 * u), (x - s * 6 * u, y - 1.8 * u), (x - s * 5.6 * u, y + 0.6 * u)], coat
    )
    sheet.oval(x, y, 3.4 * u, 2.6 * u, coat)
    sheet.oval(x + s * 0.6 * u, y + 0.8 * u, 2.5 * u, 1.7 * u, belly)
    sheet.circle(x + s * 2.4 * u, y - 2.2 * u, 1.8 * u, coat)
    sheet.shape(
        [(x + s * 4 * u, y - 2.6 * u), (x + s * 5.5 * u, y - 1.9 * u), (x + s * 4 * u, y - 1.5 * u)],
        "#f2a541",
    )
    sheet.circle(x + s * 2.9 * u, y - 2.6 * u, 0.32 * u, INK)
    sheet.oval(x - s * 0.8 * u, y - 0.3 * u, 1.9 * u, 1.1 * u, INK + "44", turn=s * 14)
    for leg in (-0.4, 0.8):
        sheet.line([(x + s * leg * u, y + 2.4 * u), (x + s * leg * u, y + 3.8 * u)], "#8a5a2b", 0.35 * u)
