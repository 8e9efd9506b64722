"""In the wood: animals, leaves, mushrooms."""

from __future__ import annotations

import math
from random import Random

from pipeline.demo.canvas import Canvas
from pipeline.demo.figures import fir, fox, hedgehog, owl, round_tree

AUTUMN = ("#d1495b", "#edae49", "#e07a3f", "#b5532a", "#c9a227", "#8f5a3c")


def fox_in_the_wood(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#fbe3c0", "#f6b980")
    sheet.circle(880, 260, 120, "#fff1d0")
    sheet.hill(470, 36, 1.4, 0.6, "#e3a765")
    for x in range(40, 1200, 105):
        round_tree(
            sheet, x + rng.randint(-25, 25), 560, rng.randint(260, 380), rng.choice(AUTUMN), "#00000018"
        )
    sheet.hill(560, 24, 1.0, 2.2, "#b5713f")
    sheet.hill(640, 20, 1.6, 0.2, "#93552f")
    fox(sheet, 430, 715, 330)
    for _ in range(46):
        leaf = rng.choice(AUTUMN)
        sheet.leaf(
            rng.randint(0, 1200),
            rng.randint(620, 800),
            rng.randint(22, 44),
            rng.randint(0, 360),
            leaf,
            "#00000022",
        )
    return sheet


def owl_at_night(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#1b2a4a", "#3c4f7c")
    for _ in range(90):
        sheet.circle(rng.randint(0, 1200), rng.randint(0, 520), rng.choice((1.5, 2, 3)), "#fdf3c9")
    sheet.circle(250, 190, 105, "#fdf3c9")
    sheet.circle(292, 168, 96, "#22335a")
    for x in range(-20, 1240, 120):
        fir(
            sheet,
            x + rng.randint(-20, 20),
            800,
            rng.randint(250, 400),
            rng.choice(("#14213b", "#182845", "#101b31")),
        )
    sheet.hill(772, 14, 1.2, 0.4, "#0c1526")
    sheet.line([(520, 640), (760, 622), (1240, 600)], "#5c4033", 34)
    sheet.line([(700, 622), (660, 560)], "#5c4033", 18)
    for x, y, turn in ((660, 560, -120), (640, 600, -160), (980, 600, -70), (1100, 596, -110)):
        sheet.leaf(x, y, 62, turn, "#e07a3f", "#b5532a")
    owl(sheet, 860, 618, 360, "#a9744f", "#f0d9b5")
    owl(sheet, 1075, 606, 215, "#8d6a9f", "#e9dcf0")
    return sheet


def hedgehog_in_leaves(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#f7ead1", "#efd3a2")
    for _ in range(150):
        y = rng.randint(430, 800)
        size = 30 + (y - 430) * 0.16
        sheet.leaf(
            rng.randint(-20, 1200),
            y,
            size + rng.randint(0, 24),
            rng.randint(0, 360),
            rng.choice(AUTUMN),
            "#00000022",
        )
    hedgehog(sheet, 640, 660, 520)
    for _ in range(26):
        sheet.leaf(
            rng.randint(-20, 1200),
            rng.randint(690, 800),
            rng.randint(60, 100),
            rng.randint(0, 360),
            rng.choice(AUTUMN),
            "#00000022",
        )
    for x, y, turn in (
        (200, 160, 40),
        (420, 90, 110),
        (760, 180, 20),
        (1010, 110, 75),
        (960, 300, 140),
        (110, 330, 200),
    ):
        sheet.leaf(x, y, 84, turn, rng.choice(AUTUMN), "#00000022")
    return sheet


def leaf_pattern(rng: Random) -> Canvas:
    sheet = Canvas(1000, 1000, "#fff9ec")
    for row in range(5):
        for column in range(5):
            x, y = 100 + column * 200, 100 + row * 200
            sheet.box(
                x - 92, y - 92, 184, 184, rng.choice(("#fbe9c6", "#f4d9b8", "#e8efd8", "#f7e0d3")), soft=26
            )
            turn = rng.choice((-90, -60, -120, -45))
            cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
            sheet.leaf(
                x - 62 * cos,
                y - 62 * sin,
                128,
                turn,
                rng.choice((*AUTUMN, "#6a994e", "#386641")),
                "#ffffff66",
            )
    return sheet


def _mushroom(sheet: Canvas, x: float, y: float, size: float, cap: str) -> None:
    sheet.blob(
        [
            (x - size * 0.12, y),
            (x - size * 0.09, y - size * 0.5),
            (x + size * 0.09, y - size * 0.5),
            (x + size * 0.12, y),
        ],
        "#fff4e0",
    )
    sheet.slice(x, y - size * 0.42, size * 0.4, 180, 360, cap)
    sheet.oval(x, y - size * 0.42, size * 0.4, size * 0.07, "#f5dcc0")
    for along, up, radius in (
        (-0.2, 0.56, 0.05),
        (0.02, 0.68, 0.065),
        (0.22, 0.54, 0.045),
        (-0.05, 0.52, 0.03),
    ):
        sheet.circle(x + along * size, y - up * size, radius * size, "#fff8ee")


def mushrooms(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#dfe8d5", "#b9cfae")
    for x in range(60, 1200, 150):
        sheet.box(
            x + rng.randint(-40, 40),
            0,
            rng.randint(28, 56),
            620,
            rng.choice(("#a7bf9b", "#9ab38d", "#b0c6a4")),
        )
    sheet.hill(600, 30, 1.2, 0.4, "#6b8f5a")
    for x, y, size, cap in (
        (330, 650, 300, "#c8323c"),
        (620, 690, 420, "#d1495b"),
        (900, 660, 240, "#e07a3f"),
        (1040, 700, 150, "#c8323c"),
        (180, 690, 150, "#e9b44c"),
    ):
        _mushroom(sheet, x, y, size, cap)
    sheet.hill(730, 14, 2, 1.0, "#4f7443")
    for _ in range(60):
        x, y = rng.randint(0, 1200), rng.randint(700, 800)
        sheet.line([(x, y), (x + rng.randint(-10, 10), y - rng.randint(20, 44))], "#3d5d34", 5)
    return sheet
