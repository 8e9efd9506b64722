"""What is made and done at school."""

from __future__ import annotations

from random import Random

from pipeline.demo.canvas import Canvas
from pipeline.demo.figures import INK, Look, children, cloud, head, round_tree


def building_huts(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#d7ecd9", "#f3f0cf")
    for x in range(30, 1230, 150):
        round_tree(
            sheet,
            x + rng.randint(-30, 30),
            520,
            rng.randint(330, 430),
            rng.choice(("#7fae5f", "#9bbf6a", "#c9a227", "#e0a04a")),
            "#00000014",
        )
    sheet.hill(530, 22, 1.2, 0.8, "#93b56b")
    sheet.hill(640, 16, 1.5, 2.0, "#739a53")
    for x in (-190, -130, -70, 0, 70, 130, 190):
        sheet.line([(590 + x, 680), (590 - x * 0.16, 290)], rng.choice(("#7a5238", "#8f6242", "#6b4630")), 20)
    for up, wide in ((600, 165), (520, 125), (440, 88)):
        sheet.arc(590, up, wide, 24, 10, 170, "#9c6f4b", 12)
    sheet.shape([(540, 684), (590, 500), (640, 684)], "#3d2f28")
    children(sheet, rng, [(270, 735, 300), (880, 740, 320), (1050, 715, 270)])
    sheet.line([(120, 640), (420, 600)], "#7a5238", 18)
    return sheet


def gym_hall(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#dbe9ee", "#c3d9e2")
    for y in range(120, 550, 46):
        sheet.box(60, y, 350, 15, "#d6a76c", soft=6)
    for x in (50, 225, 400):
        sheet.box(x, 100, 22, 452, "#b98b56", soft=6)
    sheet.box(0, 550, 1200, 250, "#d9a05b")
    sheet.arc(600, 800, 420, 190, 180, 360, "#ffffffaa", 9)
    sheet.line([(0, 600), (1200, 600)], "#2e86ab88", 9)
    for x in (620, 740):
        sheet.line([(x, 0), (x, 300)], "#8a7a66", 7)
        sheet.ring(x, 335, 36, "#e07a3f", 10)
    sheet.box(860, 520, 260, 50, "#8a4f3d", soft=20)
    for y, wide in ((566, 250), (626, 270)):
        sheet.box(990 - wide / 2, y, wide, 56, "#e9c48d", soft=6)
    children(sheet, rng, [(520, 730, 300), (260, 740, 280), (760, 745, 290)], up=True)
    for x, y, radius, colour in (
        (400, 640, 44, "#e4572e"),
        (640, 420, 38, "#f2b134"),
        (1080, 730, 52, "#2e86ab"),
    ):
        sheet.circle(x, y, radius, colour)
        sheet.arc(x, y, radius * 0.6, radius * 0.6, 200, 290, "#ffffffaa", 7)
    return sheet


def instruments(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#fbe3d6", "#f7cfc0")
    sheet.blob(
        [
            (250, 690),
            (150, 560),
            (230, 430),
            (215, 330),
            (320, 270),
            (420, 330),
            (410, 430),
            (490, 560),
            (390, 690),
        ],
        "#d9823b",
    )
    sheet.circle(320, 500, 62, "#6b3d20")
    sheet.box(300, 90, 40, 330, "#6b3d20", soft=6)
    sheet.box(286, 50, 68, 90, "#4f2d18", soft=12)
    for string in (-12, -4, 4, 12):
        sheet.line([(320 + string, 100), (320 + string, 600)], "#fff3d6", 2.5)
    sheet.box(262, 596, 116, 20, "#4f2d18", soft=6)
    sheet.box(600, 520, 260, 190, "#2e86ab")
    sheet.oval(730, 710, 130, 40, "#2e86ab")
    sheet.oval(730, 520, 130, 40, "#fff8ec")
    for x in range(600, 860, 52):
        sheet.line([(x, 545), (x + 26, 690), (x + 52, 545)], "#f2b134", 7)
    sheet.line([(640, 400), (740, 505)], "#8a5a3c", 14)
    sheet.line([(850, 390), (760, 505)], "#8a5a3c", 14)
    for bar, colour in enumerate(
        ("#e4572e", "#f58a2b", "#f2c230", "#76a665", "#3d9c93", "#2e86ab", "#8e5aa8")
    ):
        sheet.box(930 + bar * 32, 480 + bar * 14, 26, 230 - bar * 28, colour, soft=8)
    for x, y, size in ((560, 190, 46), (780, 140, 60), (980, 240, 50), (680, 300, 38), (1090, 120, 40)):
        _note(sheet, x, y, size, rng.choice(("#8e5aa8", "#d1495b", "#2b2d42")))
    return sheet


def _note(sheet: Canvas, x: float, y: float, size: float, colour: str) -> None:
    for side in (0.0, 1.2):
        sheet.oval(x + side * size, y + size, size * 0.36, size * 0.27, colour, turn=-20)
        sheet.line(
            [(x + (side + 0.32) * size, y + size * 0.9), (x + (side + 0.32) * size, y - size * 0.6)],
            colour,
            size * 0.12,
        )
    sheet.line([(x + 0.32 * size, y - size * 0.6), (x + 1.52 * size, y - size * 0.6)], colour, size * 0.26)


def on_stage(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#3a2340", "#5a3457")
    for x in (350, 600, 850):
        sheet.shape([(x - 30, 0), (x + 30, 0), (x + 190, 640), (x - 190, 640)], "#fff3b026")
    sheet.box(0, 620, 1200, 180, "#8a5a3c")
    for x in range(0, 1200, 100):
        sheet.box(x, 620, 5, 180, "#7a4e33")
    for x in (0, 1010):
        for fold in range(5):
            sheet.box(x + fold * 38, -20, 40, 700, ("#b3243a", "#961c30")[fold % 2], soft=18)
    sheet.box(0, -30, 1200, 110, "#b3243a", soft=20)
    for x in range(40, 1240, 80):
        sheet.circle(x, 80, 42, "#961c30" if x % 160 == 40 else "#b3243a")
    children(
        sheet,
        rng,
        [(330, 720, 280), (480, 735, 310), (650, 730, 290), (810, 735, 320), (930, 715, 270)],
        up=True,
    )
    for x, y in ((280, 240), (560, 190), (760, 250), (900, 180), (430, 300)):
        sheet.star(x, y, 28, "#ffe08a")
    return sheet


def pumpkin_soup(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#fff0d0", "#fbdba7")
    sheet.box(0, 600, 1200, 200, "#b9855a")
    for x in range(40, 1200, 92):
        sheet.box(x, 606, 46, 194, "#c99566")
    for x in (540, 620, 700):
        sheet.arc(x, 250, 22, 34, 90, 270, "#ffffffcc", 12)
        sheet.arc(x, 182, 22, 34, -90, 90, "#ffffffcc", 12)
    sheet.box(430, 360, 380, 260, "#3d6f8e", soft=40)
    sheet.oval(620, 366, 190, 38, "#2f5871")
    sheet.oval(620, 368, 166, 28, "#f08a24")
    for x in (398, 800):
        sheet.box(x, 430, 44, 30, "#2f5871", soft=12)
    sheet.line([(700, 372), (830, 200)], "#8a5a3c", 20)
    for x, y, size in ((220, 600, 130), (970, 610, 160), (1105, 640, 80)):
        for along, radius in ((-0.55, 0.5), (0.55, 0.5), (-0.25, 0.58), (0.25, 0.58), (0, 0.6)):
            sheet.oval(
                x + along * size,
                y - size * 0.55,
                radius * size * 0.7,
                size * 0.6,
                "#e8872b" if along else "#f3a04a",
            )
        sheet.line([(x, y - size * 1.1), (x + size * 0.12, y - size * 1.35)], "#4f7443", size * 0.16)
    for x, y in ((330, 690), (560, 710), (820, 700)):
        sheet.slice(x, y, 80, 0, 180, "#fffaf0")
        sheet.oval(x, y, 80, 18, "#f3a04a")
    return sheet


def comb_and_brush(rng: Random) -> Canvas:
    sheet = Canvas(1200, 700, "#d5efe9", "#f3faf7")
    for _ in range(40):
        sheet.circle(rng.randint(0, 1200), rng.randint(0, 700), rng.choice((6, 10, 16)), "#ffffff99")
    sheet.box(160, 180, 420, 84, "#e4572e", soft=34)
    for tooth in range(19):
        sheet.box(182 + tooth * 20.4, 240, 11, 190, "#e4572e", soft=5)
    sheet.line([(760, 560), (1010, 250)], "#8a5a3c", 44)
    sheet.oval(980, 285, 150, 78, "#a9744f", turn=-51)
    sheet.oval(962, 274, 116, 52, "#f6d2b5", turn=-51)
    for step in range(8):
        for row in (-1, 0, 1):
            x, y = 895 + step * 19 + row * 20, 352 - step * 23 + row * 16
            sheet.line([(x, y), (x - 26, y - 22)], INK, 4)
    look = Look(skin="#e8b48c", hair="#6b4429", shirt="#3d9c93", trousers="#2e86ab", long_hair=True)
    sheet.box(505, 350, 280, 300, look.hair, soft=110)
    sheet.box(560, 600, 170, 140, look.shirt, soft=50)
    head(sheet, 645, 480, 110, look)
    return sheet


def schoolyard(rng: Random) -> Canvas:
    sheet = Canvas(1200, 800, "#bfe3f2", "#f4f8ea")
    cloud(sheet, 220, 110, 240)
    cloud(sheet, 1010, 150, 200)
    sheet.box(190, 230, 820, 330, "#d9805f")
    sheet.shape([(160, 240), (330, 130), (870, 130), (1040, 240)], "#7d4a3f")
    sheet.shape([(470, 240), (600, 90), (730, 240)], "#e9a07f")
    sheet.circle(600, 190, 36, "#fff8e7")
    sheet.line([(600, 190), (600, 168)], INK, 5)
    sheet.line([(600, 190), (616, 196)], INK, 5)
    for x in (240, 350, 770, 880):
        for y in (280, 410):
            sheet.box(x, y, 84, 96, "#fff8e7", soft=4)
            sheet.box(x + 7, y + 7, 70, 82, "#8cc0d8" if (x + y) % 3 else "#ffd97d")
    sheet.box(530, 390, 140, 170, "#2e6f8a", soft=8)
    sheet.box(0, 556, 1200, 244, "#c9c3b6")
    for square, colour in enumerate(("#f2b134", "#e4572e", "#2e86ab", "#76a665", "#8e5aa8")):
        sheet.box(120 + square * 72, 680, 66, 66, colour + "aa", soft=4)
        sheet.words(153 + square * 72, 713, str(square + 1), 44, "#ffffff")
    round_tree(sheet, 90, 590, 330, "#e0a04a", "#00000016")
    round_tree(sheet, 1120, 600, 360, "#7fae5f", "#00000016")
    children(sheet, rng, [(560, 700, 230), (700, 750, 250), (830, 690, 220), (990, 740, 240)])
    return sheet
