"""Streets, water and the country around."""

from __future__ import annotations

import math
from random import Random

from pipeline.demo.canvas import Canvas
from pipeline.demo.figures import INK, Look, cloud, gable_house, round_tree

BRICKS = ("#b5533c", "#8f3f34", "#d9805f", "#6b4a4f", "#c98d62", "#7d5a7a", "#5f7a84", "#d9a05b")


def canal_houses(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#f9d9b0", "#f7ecd6")
    sheet.circle(960, 170, 74, "#fff6dc")
    cloud(sheet, 230, 130, 240, "#fffaf0")
    x = -30.0
    for at in range(8):
        wide = rng.randint(140, 176)
        gable_house(
            sheet,
            x,
            560,
            wide - 4,
            rng.randint(230, 330),
            BRICKS[at % len(BRICKS)],
            rng.choice(("#3d2f3f", "#2f5d50", "#27476e")),
            rng.randint(0, 2),
        )
        x += wide
    sheet.box(0, 556, 1200, 34, "#8a7f76")
    sheet.box(0, 590, 1200, 210, "#4f8aa5")
    for _ in range(44):
        sheet.line(
            [
                (wave := rng.randint(0, 1150), depth := rng.randint(610, 790)),
                (wave + rng.randint(30, 90), depth),
            ],
            "#7db3c8",
            5,
        )
    _boat(sheet, 380, 690, 300, "#c8323c")
    for x in (90, 700, 1090):
        round_tree(sheet, x, 560, 190, "#d19a3d", "#00000018")
    return sheet


def _boat(sheet: Canvas, x: float, y: float, wide: float, hull: str) -> None:
    sheet.shape(
        [
            (x - wide / 2, y - wide * 0.16),
            (x + wide / 2, y - wide * 0.16),
            (x + wide * 0.36, y + wide * 0.08),
            (x - wide * 0.36, y + wide * 0.08),
        ],
        hull,
    )
    sheet.box(x - wide * 0.26, y - wide * 0.36, wide * 0.46, wide * 0.21, "#fff8e7", soft=8)
    for window in range(3):
        sheet.box(
            x + wide * (-0.22 + 0.14 * window), y - wide * 0.31, wide * 0.09, wide * 0.09, "#8cc0d8", soft=4
        )
    sheet.line([(x - wide / 2, y - wide * 0.16), (x + wide / 2, y - wide * 0.16)], "#ffffff", 7)


def windmill(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#a9d8ee", "#f7f3d9")
    for x, y, wide in ((260, 130, 280), (930, 110, 220), (620, 210, 160)):
        cloud(sheet, x, y, wide)
    sheet.hill(540, 6, 1, 0, "#a8c96f")
    for x in range(0, 1200, 64):
        round_tree(sheet, x + rng.randint(-10, 10), 556, rng.randint(44, 74), "#7fa85a", "#00000010")
    sheet.shape([(0, 600), (1200, 570), (1200, 800), (0, 800)], "#8bbb55")
    sheet.shape([(430, 800), (620, 575), (660, 575), (820, 800)], "#69aecb")
    sheet.shape([(770, 600), (810, 300), (930, 300), (970, 600)], "#8a5a3c")
    sheet.shape([(740, 604), (752, 520), (988, 520), (1000, 604)], "#f6efe2")
    sheet.slice(870, 306, 66, 180, 360, "#5f3d2a")
    sheet.box(846, 540, 48, 64, "#2f5d50", soft=6)
    for turn in (24, 114, 204, 294):
        cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        tip = (870 + 240 * cos, 290 + 240 * sin)
        side = (-44 * sin, 44 * cos)
        near_hub = (870 + 60 * cos, 290 + 60 * sin)
        sheet.shape(
            [
                near_hub,
                tip,
                (tip[0] + side[0], tip[1] + side[1]),
                (near_hub[0] + side[0], near_hub[1] + side[1]),
            ],
            "#fff8e7dd",
        )
        sheet.line([(870, 290), tip], "#5f3d2a", 10)
    sheet.circle(870, 290, 15, INK)
    for row in range(3):
        for x in range(30, 460 - row * 60, 46):
            y = 640 + row * 52
            sheet.line([(x, y + 30), (x, y)], "#4f8a4c", 5)
            sheet.oval(x, y - 6, 13, 18, ("#e4572e", "#f2b134", "#d95d8c")[row])
    return sheet


def lighthouse(rng: Random) -> Canvas:
    sheet = Canvas(1000, 1200, "#f7b27a", "#fbe6c4")
    sheet.circle(250, 520, 110, "#fff0c9")
    for x, y, wide in ((200, 220, 260), (780, 160, 220)):
        cloud(sheet, x, y, wide, "#fff6ea")
    sheet.shape([(620, 330), (0, 220), (0, 440)], "#fff8d655")
    sheet.hill(800, 10, 2, 0.2, "#3f86ab")
    sheet.shape([(540, 940), (578, 380), (722, 380), (760, 940)], "#fffaf0")
    for band in range(3):
        low, high = 860 - band * 180, 770 - band * 180
        inset_low, inset_high = (940 - low) * 0.068, (940 - high) * 0.068
        sheet.shape(
            [
                (540 + inset_low, low),
                (540 + inset_high, high),
                (760 - inset_high, high),
                (760 - inset_low, low),
            ],
            "#d1323f",
        )
    sheet.box(556, 356, 188, 28, INK, soft=8)
    sheet.box(592, 268, 116, 90, "#ffe08a")
    for x in (592, 648, 700):
        sheet.box(x, 268, 8, 90, INK)
    sheet.slice(650, 270, 74, 180, 360, "#d1323f")
    sheet.box(624, 850, 52, 92, "#27476e", soft=22)
    sheet.blob([(380, 1000), (460, 920), (640, 900), (860, 920), (1010, 1010), (700, 1060)], "#6b6f78")
    sheet.hill(960, 14, 3, 1.2, "#2f7197")
    sheet.hill(1050, 16, 2.5, 2.6, "#255b7c")
    _boat(sheet, 240, 965, 230, "#f2b134")
    for x, y in ((420, 430), (330, 370), (860, 520)):
        sheet.arc(x - 20, y, 22, 16, 200, 350, INK, 5)
        sheet.arc(x + 20, y, 22, 16, 190, 340, INK, 5)
    return sheet


def bicycles(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#c5e3f0", "#f5f7e6")
    cloud(sheet, 980, 120, 240)
    sheet.hill(470, 20, 1.3, 0.5, "#a9cc7f")
    for x in (110, 600, 1080):
        round_tree(sheet, x, 520, rng.randint(250, 310), rng.choice(("#7fae5f", "#e0a04a")), "#00000014")
    sheet.box(0, 510, 1200, 290, "#b5484a")
    for x in range(40, 1200, 170):
        sheet.box(x, 770, 100, 10, "#ffffffcc")
    for x, colour in ((290, "#2e86ab"), (830, "#f2b134")):
        look = Look.some(rng)
        for wheel in (-125, 125):
            sheet.ring(x + wheel, 660, 86, INK, 13)
            sheet.circle(x + wheel, 660, 10, INK)
        sheet.line([(x - 125, 660), (x - 20, 660), (x - 56, 530), (x + 84, 530), (x - 20, 660)], colour, 14)
        sheet.line([(x + 125, 660), (x + 78, 490), (x + 40, 480)], colour, 14)
        sheet.box(x - 96, 512, 74, 18, INK, soft=9)
        sheet.line([(x - 50, 510), (x + 26, 560), (x - 14, 650)], look.trousers, 34)
        sheet.line([(x - 52, 500), (x - 20, 380)], look.shirt, 66)
        sheet.line([(x - 14, 400), (x + 50, 474)], look.shirt, 24)
        sheet.circle(x + 2, 300, 52, look.skin)
        sheet.slice(x + 2, 288, 60, 180, 360, ("#e4572e", "#3d9c93")[x > 500])
        sheet.box(x - 60, 280, 124, 12, INK, soft=6)
        sheet.circle(x + 28, 308, 5, INK)
        sheet.arc(x + 22, 320, 16, 12, 20, 140, INK, 4)
    return sheet
