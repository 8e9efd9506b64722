"""Books, letters, sums and drawings."""

from __future__ import annotations

import math
from random import Random

from pipeline.demo.canvas import Canvas
from pipeline.demo.figures import CLOTHES, Look, child, children, head

BRIGHT = ("#e4572e", "#2e86ab", "#f2b134", "#76a665", "#8e5aa8", "#d95d8c")


def stack_of_books(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#f3e1f0", "#fbeee0")
    sheet.box(0, 640, 1200, 160, "#d9a679")
    sheet.box(0, 640, 1200, 14, "#c68e5f")
    y = 640
    for step, colour in enumerate(rng.sample(BRIGHT, 6)):
        wide, tall = rng.randint(360, 480), rng.randint(56, 78)
        x = 420 - wide / 2 + rng.randint(-30, 30)
        y -= tall
        sheet.box(x, y, wide, tall, colour, soft=10)
        sheet.box(x + wide - 40, y + 10, 44, tall - 20, "#fff8e7", soft=4)
        sheet.box(x + 44, y, 16, tall, "#ffffff66")
        if step % 2:
            sheet.box(x + 120, y + tall * 0.38, 130, tall * 0.24, "#ffffff99", soft=6)
    sheet.shape([(760, 640), (760, 470), (930, 500), (930, 660)], "#2e86ab")
    sheet.shape([(1100, 640), (1100, 470), (930, 500), (930, 660)], "#3b9bc2")
    sheet.shape([(775, 625), (775, 455), (930, 488), (930, 642)], "#fffaf0")
    sheet.shape([(1085, 625), (1085, 455), (930, 488), (930, 642)], "#f4ead7")
    for line in range(4):
        sheet.line([(800, 500 + line * 30), (900, 520 + line * 30)], "#c9bda4", 6)
    sheet.circle(1008, 550, 34, "#f2b134")
    for x, up, colour in (
        (900, 330, "#e4572e"),
        (980, 240, "#f2b134"),
        (870, 200, "#8e5aa8"),
        (1050, 350, "#76a665"),
    ):
        sheet.star(x, up, 30, colour)
    return sheet


def reading_corner(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#fdf0d5", "#f8dfc0")
    sheet.box(0, 620, 1200, 180, "#c98d62")
    sheet.oval(560, 700, 430, 74, "#e07a5f")
    sheet.oval(560, 700, 340, 56, "#f2a98f")
    sheet.box(760, 130, 360, 500, "#8a5a3c", soft=8)
    for shelf in range(4):
        sheet.box(780, 150 + shelf * 118, 320, 104, "#5f3d2a")
        x = 790.0
        while x < 1070:
            wide, tall = rng.randint(16, 30), rng.randint(62, 94)
            sheet.box(x, 254 + shelf * 118 - tall, wide, tall, rng.choice(CLOTHES), soft=3)
            x += wide + 3
    sheet.line([(180, 680), (180, 250)], "#5f5a6b", 10)
    sheet.shape([(110, 270), (250, 270), (215, 160), (145, 160)], "#f2b134")
    sheet.shape([(110, 272), (250, 272), (400, 640), (20, 640)], "#fff3b033")
    for x, colour in ((360, "#3d9c93"), (620, "#8e5aa8")):
        sheet.blob(
            [(x - 130, 690), (x - 110, 560), (x, 510), (x + 110, 560), (x + 130, 690), (x, 720)], colour
        )
        look = Look.some(rng)
        sheet.blob([(x - 60, 670), (x - 46, 560), (x + 46, 560), (x + 60, 670)], look.shirt)
        head(sheet, x, 500, 58, look)
        sheet.shape([(x - 78, 600), (x, 620), (x, 690), (x - 78, 668)], "#fffaf0")
        sheet.shape([(x + 78, 600), (x, 620), (x, 690), (x + 78, 668)], "#f0e4cc")
        for side in (-1, 1):
            sheet.circle(x + side * 76, 646, 16, look.skin)
    return sheet


def letter_line(rng: Random) -> Canvas:
    sheet = Canvas(1200, 700, "#cfe5f5", "#f2f7fb")
    for row, word in enumerate(("maan", "roos", "vis")):
        y = 90 + row * 205
        sheet.line([(0, y), (600, y + 26), (1200, y)], "#8a7a66", 5)
        for at, letter in enumerate(word):
            x = 600 + (at - (len(word) - 1) / 2) * 215
            colour = rng.choice(BRIGHT)
            sheet.box(x - 76, y + 16, 152, 160, "#00000018", soft=16)
            sheet.box(x - 80, y + 10, 152, 160, colour, soft=16)
            sheet.words(x - 4, y + 84, letter, 118, "#fffdf7")
            sheet.box(x - 14, y - 8, 22, 44, "#d9a679", soft=5)
    return sheet


def hands_up(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#f6efe0")
    sheet.box(120, 60, 960, 330, "#2f5d50", soft=14)
    sheet.words(600, 170, "3 x 4 = 12", 92, "#f2f7f0")
    sheet.words(600, 290, "5 x 4 = ?", 92, "#ffe08a")
    sheet.box(120, 384, 960, 18, "#b9855a", soft=8)
    for row, (y, tall) in enumerate(((620, 260), (800, 320))):
        for x in range(180 + row * 60, 1160, 230):
            arms = (-70, 115) if rng.random() < 0.6 else (60, 120)
            child(sheet, x, y + 90, tall, Look.some(rng), arms=arms)
            sheet.box(x - 95, y - 6, 190, 28, "#c98d62", soft=8)
            sheet.box(x - 84, y + 22, 168, 90, "#b3774d", soft=4)
    return sheet


def council(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#e3edf6", "#f7f3e8")
    sheet.box(330, 70, 540, 260, "#2f5d50", soft=12)
    for line, wide in enumerate((320, 260, 380)):
        sheet.line([(390, 130 + line * 62), (390 + wide, 130 + line * 62)], "#e9f3ee", 9)
        sheet.circle(366, 130 + line * 62, 8, "#f2b134")
    children(
        sheet, rng, [(200, 640, 300), (390, 610, 280), (600, 600, 290), (810, 610, 280), (1000, 640, 300)]
    )
    sheet.oval(600, 660, 460, 110, "#b9855a")
    sheet.oval(600, 645, 460, 105, "#d9a679")
    for x, y in ((360, 640), (560, 620), (700, 680), (860, 630)):
        sheet.box(x - 45, y - 24, 90, 54, "#fffdf7", soft=4)
        sheet.line([(x - 28, y - 6), (x + 26, y - 6)], "#b8c4cc", 5)
        sheet.line([(x - 28, y + 10), (x + 10, y + 10)], "#b8c4cc", 5)
    sheet.circle(470, 690, 30, "#3d9c93")
    sheet.oval(470, 668, 30, 9, "#2f7d75")
    return sheet


def wall_of_drawings(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#e9f0ea")
    for row in range(2):
        y = 70 + row * 370
        sheet.line([(0, y), (600, y + 22), (1200, y)], "#8a7a66", 5)
        for column in range(4):
            x = 60 + column * 285
            sheet.box(x + 5, y + 31, 230, 280, "#00000018")
            sheet.box(x, y + 24, 230, 280, "#fffdf7")
            sheet.box(x + 100, y + 2, 24, 46, rng.choice(BRIGHT), soft=5)
            _scribble(sheet, rng, x + 115, y + 175, row * 4 + column)
    return sheet


def _scribble(sheet: Canvas, rng: Random, x: float, y: float, which: int) -> None:
    one, two = rng.sample(BRIGHT, 2)
    if which % 4 == 0:
        for ray in range(12):
            a = ray * math.tau / 12
            sheet.line(
                [(x + 52 * math.cos(a), y + 52 * math.sin(a)), (x + 88 * math.cos(a), y + 88 * math.sin(a))],
                "#f2b134",
                9,
            )
        sheet.circle(x, y, 44, "#f2b134")
    elif which % 4 == 1:
        sheet.box(x - 58, y - 10, 116, 96, one)
        sheet.shape([(x - 76, y - 8), (x, y - 88), (x + 76, y - 8)], two)
        sheet.box(x - 16, y + 34, 32, 52, "#fffdf7")
    elif which % 4 == 2:
        for petal in range(7):
            a = petal * math.tau / 7
            sheet.circle(x + 42 * math.cos(a), y - 34 + 42 * math.sin(a), 25, one)
        sheet.circle(x, y - 34, 24, "#f2b134")
        sheet.line([(x, y + 34), (x, y + 102)], "#76a665", 11)
    else:
        for band, colour in enumerate(("#e4572e", "#f2b134", "#76a665", "#2e86ab", "#8e5aa8")):
            radius = 96 - band * 15
            sheet.arc(x, y + 50, radius, radius, 180, 360, colour, 15)


def painted_squares(rng: Random) -> Canvas:
    sheet = Canvas(1000, 1000, "#fffaf0")
    xs, ys = [0, 180, 430, 690, 860, 1000], [0, 240, 390, 640, 800, 1000]
    for row in range(5):
        for column in range(5):
            colour = rng.choice(("#fffaf0", "#fffaf0", "#fffaf0", "#d62839", "#1f5fa8", "#f4c430"))
            sheet.box(xs[column], ys[row], xs[column + 1] - xs[column], ys[row + 1] - ys[row], colour)
    for x in xs[1:-1]:
        sheet.box(x - 10, 0, 20, 1000, "#22223b")
    for y in ys[1:-1]:
        sheet.box(0, y - 10, 1000, 20, "#22223b")
    return sheet
