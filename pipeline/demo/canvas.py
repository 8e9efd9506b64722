"""A sheet to draw flat illustrations on: coordinates in pixels of the finished picture, drawn at twice that.

Colours are ``#rrggbb``, or ``#rrggbbaa`` where something shines through. Angles are degrees,
clockwise, 0 to the right.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from PIL import Image, ImageDraw, ImageFont

Point: TypeAlias = tuple[float, float]

_FINER = 2
_QUALITY = 88


class Canvas:
    """One picture in the making."""

    def __init__(self, width: int, height: int, top: str, bottom: str | None = None) -> None:
        self.width, self.height = width, height
        self._image = _gradient(width * _FINER, height * _FINER, top, bottom or top)
        self._draw = ImageDraw.Draw(self._image, "RGBA")

    def jpeg(self) -> bytes:
        """The finished picture: every pixel the mean of the four drawn for it."""
        out = io.BytesIO()
        self._image.reduce(_FINER).save(out, "JPEG", quality=_QUALITY)
        return out.getvalue()

    def pixels(self) -> bytes:
        """The same without any file format: red, green and blue of each pixel, row by row."""
        return self._image.reduce(_FINER).tobytes()

    def circle(self, x: float, y: float, radius: float, colour: str) -> None:
        self.oval(x, y, radius, radius, colour)

    def oval(self, x: float, y: float, rx: float, ry: float, colour: str, *, turn: float = 0) -> None:
        if turn:
            self.shape(_oval_points(x, y, rx, ry, turn), colour)
        else:
            self._draw.ellipse(_scaled((x - rx, y - ry), (x + rx, y + ry)), fill=colour)

    def ring(self, x: float, y: float, radius: float, colour: str, width: float) -> None:
        box = _scaled((x - radius, y - radius), (x + radius, y + radius))
        self._draw.ellipse(box, outline=colour, width=round(width * _FINER))

    def arc(
        self, x: float, y: float, rx: float, ry: float, start: float, end: float, colour: str, width: float
    ) -> None:
        """Part of an oval's rim with round ends."""
        steps = max(6, round(abs(end - start) / 6))
        angles = [math.radians(start + (end - start) * step / steps) for step in range(steps + 1)]
        self.line([(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles], colour, width)

    def slice(self, x: float, y: float, radius: float, start: float, end: float, colour: str) -> None:
        box = _scaled((x - radius, y - radius), (x + radius, y + radius))
        self._draw.pieslice(box, start, end, fill=colour)

    def box(self, x: float, y: float, width: float, height: float, colour: str, *, soft: float = 0) -> None:
        """A rectangle from its top left corner; ``soft`` is the radius of its corners."""
        corners = _scaled((x, y), (x + width, y + height))
        self._draw.rounded_rectangle(corners, round(soft * _FINER), fill=colour)

    def shape(self, points: Iterable[Point], colour: str) -> None:
        self._draw.polygon(_scaled(*points), fill=colour)

    def blob(self, points: Sequence[Point], colour: str) -> None:
        """A closed smooth curve through the points (Catmull-Rom)."""
        self.shape(_smooth(points), colour)

    def line(self, points: Sequence[Point], colour: str, width: float) -> None:
        """With round corners and ends."""
        scaled = _scaled(*points)
        self._draw.line(scaled, fill=colour, width=round(width * _FINER), joint="curve")
        for x, y in (points[0], points[-1]):
            self.circle(x, y, width / 2 - 0.25, colour)

    def hill(self, y: float, rise: float, waves: float, shift: float, colour: str) -> None:
        """Rolling ground from the left edge to the right one, down to the bottom."""
        steps = 60
        rim = [
            (self.width * n / steps, y - rise * math.sin(shift + waves * 2 * math.pi * n / steps))
            for n in range(steps + 1)
        ]
        self.shape([*rim, (self.width, self.height), (0, self.height)], colour)

    def leaf(self, x: float, y: float, length: float, turn: float, colour: str, vein: str) -> None:
        """A pointed leaf that grows from ``(x, y)`` in the direction ``turn``."""
        profile = [(0.0, 0.0), (0.25, 0.2), (0.5, 0.25), (0.78, 0.16), (1.0, 0.0)]
        rim = profile + [(along, -out) for along, out in reversed(profile[1:-1])]
        self.blob([_turned(x, y, along * length, out * length, turn) for along, out in rim], colour)
        self.line([(x, y), _turned(x, y, 0.85 * length, 0, turn)], vein, max(1.5, length / 36))

    def star(self, x: float, y: float, radius: float, colour: str) -> None:
        reach = (radius, radius * 0.45)
        rim = [_turned(x, y, reach[corner % 2], 0, 36 * corner - 90) for corner in range(10)]
        self.shape(rim, colour)

    def words(self, x: float, y: float, text: str, size: float, colour: str) -> None:
        """Centred on ``(x, y)``."""
        font = ImageFont.load_default(size * _FINER)
        self._draw.text((x * _FINER, y * _FINER), text, fill=colour, font=font, anchor="mm")


def _gradient(width: int, height: int, top: str, bottom: str) -> Image.Image:
    strip = Image.new("RGB", (1, 2), top)
    strip.paste(bottom, (0, 1, 1, 2))
    return strip.resize((1, height), Image.Resampling.BILINEAR).resize((width, height))


def _scaled(*points: Point) -> list[Point]:
    return [(x * _FINER, y * _FINER) for x, y in points]


def _turned(x: float, y: float, along: float, out: float, turn: float) -> Point:
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    return x + along * cos - out * sin, y + along * sin + out * cos


def _oval_points(x: float, y: float, rx: float, ry: float, turn: float) -> list[Point]:
    around = (math.tau * step / 48 for step in range(48))
    return [_turned(x, y, rx * math.cos(a), ry * math.sin(a), turn) for a in around]


def _smooth(points: Sequence[Point], steps: int = 10) -> list[Point]:
    count = len(points)
    curve = []
    for at in range(count):
        before, start, end, after = (points[(at + offset) % count] for offset in (-1, 0, 1, 2))
        for step in range(steps):
            t = step / steps
            curve.append(tuple(_between(*four, t) for four in zip(before, start, end, after, strict=True)))
    return [(x, y) for x, y in curve]


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
