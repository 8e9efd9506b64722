"""What there is to find out."""

from __future__ import annotations

import math
from random import Random

from pipeline.demo.canvas import Canvas
from pipeline.demo.figures import INK, children

BRIGHT = ("#e4572e", "#2e86ab", "#f2b134", "#76a665", "#8e5aa8", "#d95d8c")


def planets(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#15173a", "#332a5e")
    for _ in range(140):
        sheet.circle(rng.randint(0, 1200), rng.randint(0, 800), rng.choice((1.5, 2, 3)), "#fdf3c9")
    for radius in (330, 470, 610, 760, 920, 1090):
        sheet.arc(-60, 400, radius, radius, -60, 60, "#ffffff22", 3)
    sheet.circle(-60, 400, 240, "#f7b733")
    sheet.circle(-60, 400, 205, "#fccf5a")
    places = (
        (330, -18, 24, "#b7a08a"),
        (470, 22, 36, "#e8b06a"),
        (610, -10, 42, "#4d9fd6"),
        (760, 26, 32, "#d1604b"),
        (920, -14, 86, "#d9a779"),
        (1090, 14, 66, "#e6cf98"),
    )
    for reach, turn, radius, colour in places:
        x, y = -60 + reach * math.cos(math.radians(turn)), 400 + reach * math.sin(math.radians(turn))
        sheet.circle(x, y, radius, colour)
        sheet.slice(x, y, radius, 20, 160, "#00000022")
        if reach == 610:
            sheet.blob([(x - 26, y - 14), (x, y - 30), (x + 20, y - 10), (x - 6, y + 12)], "#7cc47a")
        if reach == 1090:
            sheet.arc(x, y, 116, 26, 0, 360, "#f5e6bd", 9)
    sheet.blob([(520, 160), (560, 110), (660, 90), (600, 170), (560, 200)], "#f4f4f8")
    sheet.circle(604, 134, 15, "#2e86ab")
    sheet.blob([(520, 165), (555, 200), (490, 235)], "#f58a2b")
    return sheet


def volcano(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#fbe9d0", "#f3c9a0")
    sheet.box(0, 640, 1200, 160, "#b9855a")
    sheet.shape([(280, 650), (520, 250), (680, 250), (920, 650)], "#7a5647")
    sheet.shape([(600, 250), (680, 250), (920, 650), (700, 650)], "#66473b")
    for x, low in ((535, 420), (585, 520), (640, 450), (665, 360)):
        sheet.line([(x + 10, 255), (x, low)], "#f25c2a", 34)
    sheet.oval(600, 252, 84, 20, "#ffb03a")
    for _ in range(34):
        a = math.radians(rng.randint(-150, -30))
        reach = rng.randint(60, 230)
        sheet.circle(
            600 + reach * math.cos(a) * 0.8,
            250 + reach * math.sin(a),
            rng.randint(7, 22),
            rng.choice(("#f25c2a", "#ffb03a", "#ffe08a")),
        )
    for x, colour in ((160, "#2e86ab"), (1040, "#76a665")):
        sheet.shape(
            [(x - 30, 470), (x + 30, 470), (x + 30, 530), (x + 80, 660), (x - 80, 660), (x - 30, 530)],
            "#ffffffaa",
        )
        sheet.shape([(x - 46, 572), (x + 46, 572), (x + 80, 660), (x - 80, 660)], colour)
        sheet.box(x - 40, 456, 80, 18, "#ffffffdd", soft=8)
    children(sheet, rng, [(330, 780, 270), (880, 780, 280)], up=True)
    return sheet


def robot(rng: Random) -> Canvas:
    sheet = Canvas(1000, 1000, "#e3e8f7", "#c9d2ee")
    sheet.oval(500, 930, 300, 34, "#00000022")
    for x in (390, 560):
        sheet.box(x, 780, 60, 130, "#8c93b0", soft=12)
        sheet.box(x - 26, 880, 112, 48, "#5b6283", soft=20)
    for side, elbow, hand in ((-1, 560, 470), (1, 600, 720)):
        points = [(500 + side * 200, 540), (500 + side * 310, elbow), (500 + side * 360, hand)]
        sheet.line(points, "#8c93b0", 40)
        sheet.ring(500 + side * 362, hand, 46, "#e4572e", 20)
    sheet.box(300, 460, 400, 350, "#f2b134", soft=44)
    sheet.box(350, 520, 300, 150, "#fff8e7", soft=18)
    for at, colour in enumerate(("#e4572e", "#76a665", "#2e86ab")):
        sheet.circle(400 + at * 100, 735, 28, colour)
    sheet.line([(375, 600), (440, 600), (465, 550), (505, 650), (535, 600), (625, 600)], "#3d9c93", 10)
    sheet.line([(500, 210), (500, 120)], "#5b6283", 14)
    sheet.circle(500, 110, 30, "#d95d8c")
    sheet.box(340, 200, 320, 240, "#b8c0dc", soft=60)
    for x in (430, 570):
        sheet.circle(x, 300, 50, "#fffdf7")
        sheet.circle(x + 8, 304, 24, INK)
    sheet.arc(500, 360, 70, 40, 20, 160, INK, 11)
    for _ in range(12):
        x, y = rng.choice((rng.randint(30, 180), rng.randint(820, 970))), rng.randint(60, 400)
        sheet.star(x, y, rng.randint(12, 24), rng.choice(BRIGHT))
    return sheet


def museum(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#a893bd", "#d8c6d6")
    for x in (60, 340, 620, 900):
        sheet.box(x, 60, 220, 420, "#93809f", soft=110)
        sheet.box(x + 14, 74, 192, 406, "#7fa3bd", soft=96)
    sheet.box(0, 590, 1200, 210, "#8d7a9c")
    sheet.box(180, 560, 760, 50, "#5f4f70", soft=10)
    bone = "#fff6e2"
    spine = [(240, 470), (340, 400), (480, 350), (620, 330), (740, 280), (830, 210), (900, 180)]
    sheet.line(spine, bone, 20)
    for at, (x, y) in enumerate(((430, 366), (480, 352), (530, 343), (580, 336), (630, 326))):
        sheet.arc(x, y + 60, 34, 62 + 10 * (2 - abs(at - 2)), 250, 430, bone, 11)
    for x, knee, foot in ((450, 420, 430), (660, 690, 660)):
        sheet.line([(x, 370), (knee, 470), (foot, 556)], bone, 20)
        sheet.oval(foot + 14, 556, 30, 12, bone)
    sheet.line([(700, 330), (740, 400), (712, 430)], bone, 12)
    sheet.blob([(868, 200), (880, 140), (950, 120), (1040, 170), (1050, 200), (960, 222)], bone)
    sheet.circle(925, 162, 14, "#7d6a8a")
    for tooth in range(5):
        sheet.shape([(966 + tooth * 17, 206), (982 + tooth * 17, 204), (974 + tooth * 17, 226)], bone)
    children(sheet, rng, [(150, 770, 250), (300, 785, 270), (1010, 780, 270)], up=True)
    return sheet


def aquarium(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#3f9fc6", "#1f5f8a")
    for x in (120, 420, 800):
        sheet.shape([(x, 0), (x + 120, 0), (x + 320, 800), (x + 60, 800)], "#ffffff12")
    sheet.hill(720, 16, 1.6, 0.6, "#e6cf98")
    for x in range(60, 1200, 150):
        for blade in (-22, 0, 24):
            top = 720 - rng.randint(120, 260)
            sheet.blob(
                [
                    (x + blade, 740),
                    (x + blade - 12, (740 + top) / 2),
                    (x + blade + 8, top),
                    (x + blade + 20, (740 + top) / 2),
                ],
                rng.choice(("#3d9c6e", "#57b583", "#2f7d5a")),
            )
    for x, y, size, colour in (
        (300, 300, 150, "#f58a2b"),
        (640, 210, 110, "#f2d14c"),
        (860, 420, 170, "#e4577c"),
        (480, 520, 100, "#8fd6c2"),
        (1040, 230, 90, "#f58a2b"),
        (150, 500, 80, "#f2d14c"),
    ):
        sheet.shape(
            [(x - size * 0.42, y), (x - size * 0.8, y - size * 0.3), (x - size * 0.8, y + size * 0.3)], colour
        )
        sheet.oval(x, y, size * 0.52, size * 0.34, colour)
        sheet.slice(x - size * 0.02, y, size * 0.26, -60, 60, "#ffffff55")
        sheet.circle(x + size * 0.3, y - size * 0.08, size * 0.08, "#ffffff")
        sheet.circle(x + size * 0.32, y - size * 0.08, size * 0.045, INK)
    for _ in range(34):
        sheet.ring(rng.randint(0, 1200), rng.randint(0, 680), rng.choice((7, 11, 16)), "#ffffff99", 3)
    sheet.oval(930, 720, 60, 30, "#d95d8c")
    return sheet
