"""The play mark on the still picture of a video, drawn into it: that is what every mail program shows."""

from __future__ import annotations

from PIL import Image, ImageDraw

#: Across, as a part of the picture's shorter side, and in pixels: a thumb finds it, and the picture is seen.
_PART, _LEAST, _MOST = 0.24, 72, 176
#: Drawn so many times larger and made smaller, for smooth edges.
_FINER = 4
#: White on this is at least 7 to 1 whatever the picture (WCAG 2.2, 1.4.11 asks for 3 to 1).
_DISC, _RING, _TRIANGLE = (22, 19, 16, 190), (255, 255, 255, 235), (255, 255, 255, 255)


def with_play_mark(picture: Image.Image) -> Image.Image:
    """A copy of an RGB ``picture`` with a white triangle on a dark disc in its middle."""
    across = min(max(round(min(picture.size) * _PART), _LEAST), _MOST, *picture.size)
    mark = _mark(across)
    shown = picture.copy()
    shown.paste(mark, ((picture.width - across) // 2, (picture.height - across) // 2), mark)
    return shown


def _mark(across: int) -> Image.Image:
    side = across * _FINER
    mark = Image.new("RGBA", (side, side), (*_DISC[:3], 0))
    draw = ImageDraw.Draw(mark)
    edge = side // 26
    draw.ellipse((0, 0, side - 1, side - 1), fill=_RING)
    draw.ellipse((edge, edge, side - 1 - edge, side - 1 - edge), fill=_DISC)
    # A triangle looks centred when its middle of mass is.
    left, right, half = 0.385 * side, 0.715 * side, 0.19 * side
    corners = [(left, side / 2 - half), (left, side / 2 + half), (right, side / 2)]
    draw.polygon(corners, fill=_TRIANGLE)
    draw.line([*corners, *corners[:2]], fill=_TRIANGLE, width=side // 20, joint="curve")
    return mark.resize((across, across), Image.Resampling.LANCZOS)
