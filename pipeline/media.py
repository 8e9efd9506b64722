"""What a picture of a post can be besides a picture."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Video:
    """A video without anything but picture and sound. What stands for it everywhere is its still picture."""

    file: str  #: its name in the media folder, beside the renditions of the still picture
    seconds: int  #: rounded, at least 1
    width: int  #: pixels as it is shown, upright
    height: int
    octets: int
    digest: str  #: SHA-256 of the file
