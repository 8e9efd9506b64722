"""A school's one colour, turned into the handful that a readable mail needs.

Whatever colour the school chose, every text keeps a contrast of at least 4.5:1
(WCAG 2.2, success criterion 1.4.3) on its ground, in the light and the dark scheme.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: The colour of a school that chose none: the green of a school yard in spring.
DEFAULT = "#1f6f5c"

CARD, PAPER = "#ffffff", "#f5f0e8"
DARK_CARD, DARK_PAPER = "#26221e", "#191613"
MUTED, DARK_MUTED = "#675c52", "#b9ada0"
_ENOUGH = 4.6  #: a little over 4.5, so that rounding to whole colour values never drops below

_HEX = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Palette:
    """Colours as ``#rrggbb``; ``on_band`` stands on ``band``, ``tint`` lies on a card, ``link`` is text."""

    band: str
    on_band: str
    link: str
    tint: str
    dark_link: str
    dark_tint: str


def palette(colour: str) -> Palette:
    """All colours that follow from ``colour`` (``#rrggbb``); `ValueError` for anything else."""
    if not _HEX.fullmatch(colour):
        raise ValueError(f"{colour!r} is not a colour like #1f6f5c")
    tint, dark_tint = _tint(colour, CARD, MUTED, 90), _tint(colour, DARK_CARD, DARK_MUTED, 82)
    return Palette(
        band=colour.lower(),
        on_band=max("#ffffff", "#000000", key=lambda ink: contrast(ink, colour)),
        link=_readable(colour, (CARD, PAPER, tint), "#000000"),
        tint=tint,
        dark_link=_readable(colour, (DARK_CARD, DARK_PAPER, dark_tint), "#ffffff"),
        dark_tint=dark_tint,
    )


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two ``#rrggbb`` colours, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _readable(colour: str, grounds: tuple[str, ...], towards: str) -> str:
    """``colour``, moved ``towards`` black or white just far enough to be read on every ground."""
    steps = (_mix(colour, towards, step / 50) for step in range(51))
    return next(c for c in steps if all(contrast(c, ground) >= _ENOUGH for ground in grounds))


def _tint(colour: str, card: str, muted: str, percent: int) -> str:
    """At least ``percent`` of the card's colour, and as much more as keeps small grey text readable."""
    tints = (_mix(colour, card, share / 100) for share in range(percent, 101))
    return next(tint for tint in tints if contrast(muted, tint) >= _ENOUGH)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _mix(colour: str, other: str, share: float) -> str:
    """``share`` of ``other`` mixed into ``colour``."""
    pairs = zip(_parts(colour), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
