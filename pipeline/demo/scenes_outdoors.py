"""Water, weather, garden and farm."""

from __future__ import annotations

from random import Random

from pipeline.demo.canvas import Canvas
from pipeline.demo.figures import Look, bird, child, cloud, round_tree


def pond(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#cfe8ef", "#e8f4ea")
    sheet.hill(330, 30, 1.5, 1.2, "#a3c68c")
    for x, tall in ((120, 250), (300, 200), (980, 280), (1120, 220)):
        round_tree(sheet, x, 350, tall, rng.choice(("#7fae5f", "#c9a227", "#e07a3f")), "#00000016")
    sheet.hill(390, 10, 1.0, 0.5, "#79a765")
    sheet.oval(600, 640, 720, 230, "#5fa8c4")
    for x, y, wide in ((300, 560, 120), (700, 520, 90), (900, 640, 140), (480, 700, 110)):
        sheet.oval(x, y, wide, 7, "#8cc5d8")
    for x, y, size, body, hood in (
        (380, 610, 150, "#8a6d4f", "#2e7d5b"),
        (610, 660, 170, "#ffffff", "#ffffff"),
        (820, 590, 110, "#f4d35e", "#f4d35e"),
        (925, 605, 80, "#f4d35e", "#f4d35e"),
        (1000, 620, 74, "#f4d35e", "#f4d35e"),
    ):
        _duck(sheet, x, y, size, body, hood)
    for x in (70, 110, 150, 1060, 1105, 1150):
        sheet.line([(x, 800), (x + rng.randint(-14, 14), 560)], "#4f7443", 7)
        sheet.oval(x + rng.randint(-8, 8), 560, 11, 40, "#7a4a2b")
    return sheet


def _duck(sheet: Canvas, x: float, y: float, size: float, body: str, hood: str) -> None:
    sheet.blob(
        [
            (x - size * 0.6, y - size * 0.28),
            (x - size * 0.1, y - size * 0.3),
            (x + size * 0.4, y - size * 0.25),
            (x + size * 0.45, y + size * 0.1),
            (x, y + size * 0.2),
            (x - size * 0.45, y + size * 0.1),
        ],
        body,
    )
    sheet.circle(x + size * 0.42, y - size * 0.48, size * 0.2, hood)
    sheet.shape(
        [
            (x + size * 0.58, y - size * 0.54),
            (x + size * 0.82, y - size * 0.42),
            (x + size * 0.58, y - size * 0.36),
        ],
        "#f08a24",
    )
    sheet.circle(x + size * 0.48, y - size * 0.52, size * 0.035, "#2b2d42")
    sheet.oval(x - size * 0.1, y - size * 0.06, size * 0.26, size * 0.12, "#00000022", turn=-8)


def bird_feeder(rng: Random) -> Canvas:
    sheet = Canvas(1000, 1100, "#dceef5", "#f4f9fb")
    for _ in range(70):
        sheet.circle(rng.randint(0, 1000), rng.randint(0, 1100), rng.choice((4, 6, 8)), "#ffffff")
    sheet.box(478, 640, 44, 480, "#8a5a3c")
    sheet.box(250, 620, 500, 34, "#a9744f", soft=10)
    for x in (300, 668):
        sheet.box(x, 380, 26, 250, "#a9744f")
    sheet.shape([(200, 400), (500, 190), (800, 400)], "#c8553d")
    sheet.shape([(260, 376), (500, 208), (740, 376)], "#d9694f")
    sheet.oval(500, 610, 130, 26, "#e0b76a")
    bird(sheet, 400, 560, 140, "#3f7fa8", "#f7d154")
    bird(sheet, 610, 565, 120, "#8f5a3c", "#e4572e", left=True)
    bird(sheet, 230, 330, 120, "#6a994e", "#f2e3b3")
    bird(sheet, 840, 640, 110, "#3f7fa8", "#f7d154", left=True)
    sheet.line([(840, 684), (1000, 690)], "#8a5a3c", 14)
    sheet.hill(1030, 26, 1.1, 0.2, "#ffffff")
    return sheet


def vegetable_bed(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#c9e4f2", "#eef7e6")
    cloud(sheet, 240, 130, 220)
    cloud(sheet, 900, 100, 280)
    sheet.hill(330, 16, 1.0, 0.6, "#9cc47c")
    for x in range(20, 1200, 74):
        sheet.box(x, 250, 26, 130, "#f6efe2", soft=10)
    sheet.box(0, 290, 1200, 20, "#f6efe2")
    sheet.box(0, 370, 1200, 430, "#8b5e3c")
    for row in range(4):
        y = 430 + row * 100
        sheet.oval(600, y + 34, 700, 26, "#74492c")
        for x in range(60 + row * 22, 1200, 130):
            _vegetable(sheet, x + rng.randint(-8, 8), y + 26, row)
    for x, word in ((90, 380), (1110, 480)):
        sheet.box(x - 6, word, 12, 90, "#c99f6b")
        sheet.box(x - 50, word - 40, 100, 56, "#f7e7c6", soft=8)
    return sheet


def _vegetable(sheet: Canvas, x: float, y: float, row: int) -> None:
    if row == 0:
        for turn in (-130, -90, -50):
            sheet.leaf(x, y, 62, turn, "#5f9c48", "#ffffff44")
    elif row == 1:
        sheet.oval(x, y, 24, 30, "#f08a24")
        for turn in (-120, -90, -60):
            sheet.leaf(x, y - 22, 50, turn, "#6fae4e", "#ffffff44")
    elif row == 2:
        for radius, colour in ((48, "#4f8a4c"), (36, "#6aa861"), (22, "#8cc47d")):
            sheet.circle(x, y - 14, radius, colour)
    else:
        sheet.oval(x, y - 6, 54, 40, "#e8872b")
        sheet.oval(x, y - 6, 22, 40, "#f3a04a")
        sheet.line([(x, y - 44), (x + 10, y - 62)], "#4f7443", 10)


def rain(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#7d97ad", "#c5d3dc")
    for x, y, wide in ((180, 110, 330), (560, 80, 400), (980, 130, 360)):
        cloud(sheet, x, y, wide, "#eef3f6")
    for _ in range(130):
        drop = (rng.randint(0, 1240), rng.randint(150, 700))
        sheet.line([drop, (drop[0] - 9, drop[1] + 34)], "#eaf4fa", 3)
    sheet.hill(640, 10, 1.0, 0.3, "#5b7186")
    for x, wide in ((230, 150), (640, 200), (1010, 130)):
        sheet.oval(x, 735, wide, 24, "#86a3ba")
    umbrellas = (
        (200, 730, 290, "#e4572e"),
        (470, 742, 310, "#f2b134"),
        (750, 732, 270, "#3d9c93"),
        (990, 742, 300, "#d95d8c"),
    )
    for left, foot, tall, colour in umbrellas:
        child(sheet, left, foot, tall, Look.some(rng), arms=(-75, 120))
        _umbrella(sheet, left + 0.178 * tall, foot - 1.22 * tall, 0.44 * tall, colour)
    return sheet


def _umbrella(sheet: Canvas, x: float, y: float, handle: float, colour: str) -> None:
    sheet.line([(x, y), (x, y + handle)], "#3b3f58", 7)
    sheet.slice(x, y + 8, 130, 180, 360, colour)
    for part in (-86, 0, 86):
        sheet.slice(x + part, y + 8, 44, 180, 360, "#ffffff33")


def farm(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#bfe0ee", "#f3f6dc")
    cloud(sheet, 860, 120, 260)
    sheet.hill(420, 34, 1.1, 0.4, "#b5d27e")
    sheet.box(130, 250, 330, 230, "#b8433a")
    sheet.shape([(100, 260), (190, 150), (400, 150), (490, 260)], "#5a3a32")
    sheet.box(235, 340, 120, 140, "#f6e7cf")
    sheet.line([(235, 340), (355, 480)], "#b8433a", 8)
    sheet.line([(355, 340), (235, 480)], "#b8433a", 8)
    sheet.hill(500, 18, 1.4, 1.6, "#93bd5c")
    for x in range(0, 1240, 120):
        sheet.box(x, 470, 16, 90, "#f7f1e3", soft=5)
    sheet.box(0, 490, 1200, 14, "#f7f1e3")
    sheet.hill(590, 14, 0.9, 2.8, "#7bab49")
    for x, y, size in ((330, 690, 200), (600, 650, 150), (860, 710, 220), (1080, 640, 130)):
        _sheep(sheet, x, y, size, "#fffaf0" if rng.random() < 0.75 else "#5b5148")
    return sheet


def _sheep(sheet: Canvas, x: float, y: float, size: float, wool: str) -> None:
    for leg in (-0.24, -0.1, 0.12, 0.26):
        sheet.box(x + leg * size - size * 0.03, y - size * 0.2, size * 0.06, size * 0.24, "#3b3533", soft=4)
    for along, up, radius in (
        (-0.28, 0.32, 0.19),
        (0, 0.36, 0.24),
        (0.26, 0.32, 0.2),
        (-0.12, 0.24, 0.2),
        (0.14, 0.24, 0.2),
    ):
        sheet.circle(x + along * size, y - up * size, radius * size, wool)
    sheet.oval(x + 0.47 * size, y - 0.42 * size, 0.12 * size, 0.15 * size, "#4a4240")
    sheet.oval(x + 0.36 * size, y - 0.5 * size, 0.08 * size, 0.04 * size, "#4a4240", turn=-20)
    sheet.circle(x + 0.5 * size, y - 0.46 * size, 0.02 * size, "#ffffff")
    sheet.circle(x + 0.42 * size, y - 0.56 * size, 0.09 * size, wool)
