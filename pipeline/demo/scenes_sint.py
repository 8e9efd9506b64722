"""The dark weeks before Sinterklaas."""

from __future__ import annotations

import math
from random import Random

from pipeline.demo.canvas import Canvas
from pipeline.demo.figures import INK, Look, child, fir, gable_house

GIFTS = ("#e4572e", "#2e86ab", "#f2b134", "#76a665", "#8e5aa8", "#d95d8c")


def steamboat(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#a9d3ea", "#e9f5f3")
    for step, (x, y, size) in enumerate(((540, 190, 46), (470, 130, 62), (370, 92, 78), (240, 80, 92))):
        sheet.circle(x, y, size, "#ffffff")
        sheet.circle(x + size * 0.7, y + 14, size * 0.7, ("#f4f8fa", "#ffffff")[step % 2])
    sheet.hill(560, 10, 3, 0.4, "#5a9fc0")
    sheet.shape([(190, 440), (1010, 440), (930, 640), (290, 640)], "#b3243a")
    sheet.shape([(262, 580), (962, 580), (930, 640), (290, 640)], "#7d1628")
    sheet.box(170, 424, 860, 26, "#f4d58d", soft=10)
    sheet.box(340, 310, 500, 118, "#fff8e7", soft=12)
    sheet.box(430, 230, 260, 90, "#f6e7cf", soft=12)
    for x in range(372, 820, 90):
        sheet.circle(x, 370, 27, "#3d6f8e")
        sheet.circle(x, 370, 19, "#9fd0e6")
    sheet.box(536, 210, 70, 110, INK, soft=8)
    sheet.box(536, 236, 70, 26, "#f4d58d")
    sheet.line([(900, 430), (900, 190)], "#7a5238", 12)
    sheet.shape([(906, 194), (1030, 232), (906, 270)], "#e4572e")
    sheet.line([(260, 430), (260, 260)], "#7a5238", 10)
    sheet.line([(260, 262), (430, 246), (690, 246), (900, 196)], "#7a5238", 4)
    for at in range(13):
        sheet.shape(
            [(x := 285 + at * 46, y := 258 - (8 if at > 2 else 4)), (x + 34, y), (x + 17, y + 32)],
            GIFTS[at % 6],
        )
    for at, colour in enumerate(GIFTS):
        _parcel(sheet, 700 + at * 42, 428, 36 + (at % 3) * 10, colour)
    sheet.hill(640, 16, 4, 1.4, "#3f86ab")
    sheet.hill(700, 16, 3, 3.0, "#2f7197")
    return sheet


def _parcel(sheet: Canvas, x: float, y: float, size: float, colour: str) -> None:
    ribbon = "#fff3d0"
    sheet.box(x - size / 2, y - size, size, size, colour, soft=size * 0.06)
    sheet.box(x - size * 0.09, y - size, size * 0.18, size, ribbon)
    sheet.box(x - size / 2, y - size * 0.6, size, size * 0.18, ribbon)
    for side in (-1, 1):
        sheet.oval(x + side * size * 0.18, y - size * 1.07, size * 0.19, size * 0.1, ribbon, turn=side * -24)


def _flames(sheet: Canvas) -> None:
    for x, tall, colour in (
        (600, 250, "#f25c2a"),
        (560, 190, "#f58a2b"),
        (650, 180, "#f58a2b"),
        (604, 150, "#ffd36b"),
    ):
        sheet.blob(
            [
                (x - tall * 0.32, 628),
                (x - tall * 0.26, 628 - tall * 0.45),
                (x, 628 - tall),
                (x + tall * 0.26, 628 - tall * 0.45),
                (x + tall * 0.32, 628),
            ],
            colour,
        )


def shoes_by_the_fire(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#6d3b47", "#8a4f52")
    for x in range(0, 1200, 100):
        sheet.box(x, 0, 46, 620, "#ffffff0a")
    sheet.box(260, 170, 680, 470, "#c98d62", soft=12)
    for row in range(7):
        for column in range(8):
            sheet.box(
                268 + column * 86 - (row % 2) * 30,
                180 + row * 66,
                78,
                56,
                ("#b9734f", "#c27f59", "#ae6947")[(row + column) % 3],
                soft=5,
            )
    sheet.box(220, 130, 760, 60, "#5c3a2c", soft=12)
    sheet.box(380, 290, 440, 350, "#2c1a1f", soft=90)
    _flames(sheet)
    sheet.box(470, 610, 260, 32, "#5c3a2c", soft=14)
    sheet.box(0, 638, 1200, 162, "#a9744f")
    sheet.oval(600, 730, 520, 56, "#b3243a")
    sheet.oval(600, 730, 450, 44, "#c8455a")
    for at, colour in enumerate(("#2e86ab", "#f2b134", "#76a665", "#8e5aa8", "#e4572e")):
        _shoe(sheet, 300 + at * 150, 735 + (at % 2) * 16, colour)
    for x, colour in ((310, "#3d9c93"), (400, "#f2b134"), (830, "#d95d8c")):
        sheet.box(x, 60, 24, 72, colour, soft=6)
        sheet.oval(x + 12, 46, 9, 17, "#ffb03a")
    _parcel(sheet, 560, 132, 66, "#2e86ab")
    _parcel(sheet, 660, 132, 86, "#76a665")
    return sheet


def _shoe(sheet: Canvas, x: float, y: float, colour: str) -> None:
    sheet.shape([(x - 28, y - 50), (x - 8, y - 132), (x + 18, y - 50)], "#f08a24")
    for turn in (-115, -90, -65):
        sheet.leaf(x - 8, y - 126, 46, turn, "#6fae4e", "#ffffff44")
    sheet.blob(
        [(x - 52, y), (x - 54, y - 58), (x - 6, y - 62), (x + 14, y - 34), (x + 62, y - 26), (x + 66, y)],
        colour,
    )
    sheet.box(x - 56, y - 8, 124, 16, "#fff8e7", soft=8)
    sheet.line([(x - 4, y - 44), (x + 16, y - 30)], "#fff8e7", 6)


def gifts(rng: Random) -> Canvas:
    sheet = Canvas(1000, 1000, "#fff1dc", "#fbd9b8")
    for _ in range(70):
        sheet.circle(
            rng.randint(0, 1000), rng.randint(0, 620), rng.choice((5, 8, 11)), rng.choice(GIFTS) + "88"
        )
    sheet.box(0, 820, 1000, 180, "#d9a679")
    for at, (x, y, size) in enumerate(
        (
            (250, 840, 260),
            (520, 830, 320),
            (780, 850, 240),
            (330, 590, 180),
            (560, 520, 190),
            (160, 930, 130),
            (640, 930, 150),
            (880, 940, 110),
        )
    ):
        _parcel(sheet, x, y, size, GIFTS[at % 6])
    return sheet


def spiced_biscuits(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#e9f1ee", "#dbe7e2")
    sheet.box(90, 120, 1020, 590, "#c3ccd0", soft=34)
    sheet.box(120, 150, 960, 530, "#dde4e6", soft=24)
    for row in range(4):
        for column in range(7):
            x, y = 200 + column * 134, 215 + row * 132
            sheet.oval(x + 4, y + 6, 50, 46, "#00000022")
            if (row + column) % 3 == 0:
                _star_biscuit(sheet, x, y)
            else:
                sheet.oval(x, y, 50, 46, rng.choice(("#b9743b", "#c4803f", "#ad6a34")))
                sheet.arc(x, y, 32, 28, 190, 300, "#dca469", 6)
    sheet.line([(820, 800), (1150, 420)], "#d9a679", 56)
    sheet.line([(770, 858), (830, 790)], "#b9855a", 34)
    return sheet


def _star_biscuit(sheet: Canvas, x: float, y: float) -> None:
    angles = [math.radians(-90 + 36 * corner) for corner in range(10)]
    rim = [
        (x + (56 if at % 2 == 0 else 30) * math.cos(a), y + (56 if at % 2 == 0 else 30) * math.sin(a))
        for at, a in enumerate(angles)
    ]
    sheet.blob(rim, "#c98843")
    for dx, dy in ((0, -20), (-16, 8), (16, 8)):
        sheet.circle(x + dx, y + dy, 6, "#fff3d0")


def lanterns(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#232046", "#4a3568")
    for _ in range(70):
        sheet.circle(rng.randint(0, 1200), rng.randint(0, 420), rng.choice((1.5, 2.5)), "#fdf3c9")
    x = -20
    for _ in range(8):
        wide = rng.randint(140, 175)
        gable_house(
            sheet,
            x,
            620,
            wide - 5,
            rng.randint(200, 290),
            rng.choice(("#3a2f55", "#33294c", "#42345f")),
            "#241d3a",
            rng.randint(0, 2),
        )
        x += wide
    sheet.box(0, 616, 1200, 184, "#2b2540")
    for at, (left, foot, tall) in enumerate(
        ((180, 740, 280), (430, 760, 300), (690, 745, 270), (930, 765, 305))
    ):
        child(sheet, left, foot, tall, Look.some(rng), arms=(-20, 120))
        hand = (left + tall * 0.36, foot - tall * 0.65)
        sheet.line([hand, (hand[0] + 50, hand[1] - 60)], "#8a6d4f", 7)
        sheet.circle(hand[0] + 50, hand[1] + 14, 96, "#ffd97d22")
        sheet.circle(hand[0] + 50, hand[1] + 4, 46, ("#f25c2a", "#ffb03a", "#e85d8a", "#7cc47a")[at])
        sheet.oval(hand[0] + 50, hand[1] + 4, 22, 46, "#fff3b055")
        sheet.box(hand[0] + 30, hand[1] - 48, 40, 12, "#5c3a2c", soft=4)
    return sheet


def firs_and_stars(rng: Random) -> Canvas:
    sheet = Canvas(1200, 700, "#2f4a6d", "#8fb0c9")
    for _ in range(90):
        sheet.circle(rng.randint(0, 1200), rng.randint(0, 600), rng.choice((3, 4, 6)), "#ffffffcc")
    sheet.hill(500, 30, 1.2, 0.6, "#dce9f0")
    for x in range(40, 1240, 130):
        fir(
            sheet,
            x + rng.randint(-30, 30),
            560,
            rng.randint(220, 360),
            rng.choice(("#2f6b5a", "#3b7d68", "#275a4c")),
        )
    sheet.hill(590, 22, 1.0, 2.4, "#f4f8fa")
    return sheet
