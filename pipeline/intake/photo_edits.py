"""Parts of a picture cut out, or made unrecognisable. Runs in the caged process only (`photo_worker.py`)."""

from __future__ import annotations

from math import ceil

from PIL import Image, ImageFilter

from pipeline.intake.photo_wire import Box, Edit, Operation

#: Colours that are left of a blurred part along its longer side. Faces in a mosaic of seven squares across
#: are still told apart by programs that know whom to expect; four hold no eyes and no mouth.
SAMPLES = 4


def edited(image: Image.Image, edit: Edit) -> Image.Image:
    """A new picture; ``image`` itself is not touched."""
    if edit.operation is Operation.CROP:
        return image.crop(_pixels(edit.boxes[0], image.size))
    changed = image.copy()
    for box in edit.boxes:
        _blur(changed, _pixels(box, image.size))
    return changed


def _pixels(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom; at least one pixel, and never less than was asked for."""
    width, height = size
    left, top = min(int(box.left * width), width - 1), min(int(box.top * height), height - 1)
    right = min(width, max(left + 1, ceil(round((box.left + box.width) * width, 3))))
    bottom = min(height, max(top + 1, ceil(round((box.top + box.height) * height, 3))))
    return left, top, right, bottom


def _blur(image: Image.Image, place: tuple[int, int, int, int]) -> None:
    """Sixteen mean colours at most, drawn large and softly: what made them cannot be worked back from them.

    A blur alone only weakens detail, and sharpening brings much of it back.
    """
    part = image.crop(place)
    longer = max(part.size)
    few = part.resize(
        (max(1, round(SAMPLES * part.width / longer)), max(1, round(SAMPLES * part.height / longer))),
        Image.Resampling.BOX,
    )
    soft = few.resize(part.size, Image.Resampling.BICUBIC)
    image.paste(soft.filter(ImageFilter.GaussianBlur(longer / (2 * SAMPLES))), place)
