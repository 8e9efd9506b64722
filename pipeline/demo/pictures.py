"""From a scene to the bytes of a picture file, and what goes wrong with such files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from random import Random
from typing import TypeAlias

from pipeline.demo.canvas import Canvas

Scene: TypeAlias = Callable[[Random], Canvas]


class Seen(Enum):
    """Whom the author lists as recognisable (``shows``)."""

    NOBODY = auto()
    SOME = auto()  #: three children of the groups, all with consent
    REFUSED = auto()  #: two with consent and one whose family refuses
    APP_ONLY = auto()  #: one whose family allows the app but no mail
    CUSTODY = auto()  #: two with consent and the child that a parent is blocked for
    UNKNOWN = auto()  #: an id that no roster has
    UNLISTED = auto()  #: the author has not listed anybody yet


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """One picture of a post, to be drawn."""

    scene: Scene
    alt: str
    caption: str = ""
    seen: Seen = Seen.NOBODY
    broken: bool = False  #: the file ends half-way, as after a copy that was interrupted


def draw(picture: Picture, *, seed: str) -> bytes:
    """A JPEG of about 1200 by 800 pixels, always the same for the same seed."""
    data = picture.scene(Random(seed)).jpeg()
    return data[: len(data) // 2] if picture.broken else data
