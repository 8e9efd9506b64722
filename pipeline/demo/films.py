"""One short drawn film for the example school: a papier-mâché volcano that erupts."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from pipeline.demo.canvas import Canvas
from pipeline.intake.video_process import Allowance, run_ffmpeg

WIDTH, HEIGHT, RATE, SECONDS = 640, 360, 10, 3
_COLOURS = ("#f25c2a", "#ffb03a", "#ffe08a")
#: One thread: the same drawings always give the same bytes.
_CODEC = ("-c:v", "libx264", "-preset", "veryfast", "-threads", "1", "-pix_fmt", "yuv420p")

#: What is seen after so many seconds.
Scene: TypeAlias = Callable[[float], Canvas]


@dataclass(frozen=True, kw_only=True, slots=True)
class Film:
    """One video of a post, to be drawn. Nobody can be recognised on it."""

    scene: Callable[[Random], Scene]
    alt: str
    caption: str = ""


def shoot(film: Film, *, seed: str) -> bytes:
    """An MP4 of three seconds, without sound."""
    scene = film.scene(Random(seed))
    size, rate = f"{WIDTH}x{HEIGHT}", str(RATE)
    drawn = ("-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", size, "-framerate", rate, "-i", "fd:")
    with tempfile.TemporaryFile() as frames, tempfile.TemporaryFile() as out:
        for number in range(RATE * SECONDS):
            frames.write(scene(number / RATE).pixels())
        frames.flush()
        told = [*drawn, *_CODEC, "-fflags", "+bitexact", "-moov_size", "16384", "-f", "mp4", "-y", "fd:"]
        ran = run_ffmpeg(told, frames.fileno(), out, Allowance(seconds=60, size=8 << 20))
        if not ran.done:
            raise RuntimeError(f"the film could not be made: {ran.said}")
        out.seek(0)
        return out.read()


def eruption(rng: Random) -> Scene:
    """It bubbles, and then it comes."""
    sparks = [
        (
            rng.uniform(0.4, 2.5),
            math.radians(rng.uniform(-125, -55)),
            rng.uniform(130, 260),
            rng.randint(4, 11),
        )
        for _ in range(70)
    ]
    colours = [rng.choice(_COLOURS) for _ in sparks]

    def at(moment: float) -> Canvas:
        sheet = Canvas(WIDTH, HEIGHT, "#fbe9d0", "#f3c9a0")
        sheet.box(0, 290, WIDTH, 70, "#b9855a")
        for (begin, way, speed, radius), colour in zip(sparks, colours, strict=True):
            gone = moment - begin
            if gone > 0:  # thrown up, and falling at 260 pixels a second squared
                x, y = 320 + speed * math.cos(way) * gone, 112 + speed * math.sin(way) * gone + 130 * gone**2
                sheet.circle(x, min(y, 330), radius, colour)
        sheet.shape([(170, 300), (282, 112), (358, 112), (480, 300)], "#7a5647")
        sheet.shape([(320, 112), (358, 112), (480, 300), (370, 300)], "#66473b")
        flow = min(1.0, max(0.0, (moment - 0.6) / 1.4))
        for x, low in ((290, 215), (314, 262), (340, 228), (352, 176)):
            sheet.line([(x + 4, 116), (x, 118 + (low - 118) * flow)], "#f25c2a", 16)
        sheet.oval(320, 113, 40, 10 + 2 * math.sin(9 * moment), "#ffb03a")
        return sheet

    return at
