"""Every kind of mail in every language and scheme, as pictures in docs/gallery: ``make gallery``.

The pictures of README.md and docs/operations.md, in docs/pictures, are made with them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import product
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from pipeline.languages import LANGUAGES
from tests.mail_checks import kinds, tools
from tests.mail_checks.samples import NOTICES, names, samples
from tests.mail_checks.tools import SCHEMES, WIDTHS

DOCS = Path(__file__).resolve().parents[2] / "docs"
GALLERY, PICTURES = DOCS / "gallery", DOCS / "pictures"

#: What docs/pictures holds, and which shot it is.
PICTURED = {
    **{
        f"newsletter-{width}-{scheme}": f"poster-nl-{width}-{scheme}"
        for width in WIDTHS
        for scheme in SCHEMES
    },
    **{f"post-360-{scheme}": f"two-groups-nl-360-{scheme}" for scheme in SCHEMES},
    **{f"own-look-360-{scheme}": f"own-look-nl-360-{scheme}" for scheme in SCHEMES},
    "urgent-360-light": "urgent-nl-360-light",
    "notice-360-light": "notice-nl-360-light",
    "arabic-360-light": "poster-ar-360-light",
}

#: Pixels of height that show what there is to see, of a mail by itself, of one on a sheet, in README.md.
_TALL, _SHEET_TALL, _FRAME_TALL = 1320, 900, 3600
#: Of a sheet: the width of one mail, the room around it and for the language above it.
_SMALL, _GAP, _HEAD = 216, 12, 34
_PAPER, _INK = "#d9dde2", "#20262c"
_QUALITY, _SHEET_QUALITY = 32, 20


@cache
def _shows() -> dict[str, str]:
    return {kind.name: kind.shows for kind in kinds.every()} | NOTICES


def main() -> None:
    GALLERY.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        taken = _photograph(Path(folder))
        for old in GALLERY.glob("*.webp"):
            old.unlink()
        for name in names():
            _hang(taken, name)
        for name, shot in PICTURED.items():
            _frame(taken, shot, name)
    (GALLERY / "README.md").write_text("\n".join(_page()), "utf-8")
    size = sum(file.stat().st_size for file in GALLERY.iterdir())
    print(f"{len(names())} kinds in {len(LANGUAGES)} languages: {size / 1e6:.1f} MB in docs/gallery")


def _photograph(folder: Path) -> Path:
    """Full-length shots of all mails, in files NAME-LANGUAGE-WIDTH-SCHEME.png."""
    shots = folder / "shots"
    shots.mkdir()
    home, others = LANGUAGES[:1], LANGUAGES[1:]
    every = (*names(), kinds.poster().name)
    tools.browse(folder, samples(every, home), shots=shots)
    tools.browse(folder, samples(every, others), views=product(WIDTHS[:1], SCHEMES), shots=shots)
    return shots


def _frame(shots: Path, shot: str, name: str) -> None:
    """In full colour a page of text beside drawings takes five times as much."""
    picture = _shot(shots, shot, _FRAME_TALL).quantize(128, dither=Image.Dither.NONE)
    picture.save(PICTURES / f"{name}.png", optimize=True)


def _hang(shots: Path, name: str) -> None:
    for width, scheme in product(WIDTHS, SCHEMES):
        shot = _shot(shots, f"{name}-{LANGUAGES[0]}-{width}-{scheme}", _TALL)
        _save(shot, f"{name}-{width}-{scheme}")
    rows = [
        [_shot(shots, f"{name}-{language}-{WIDTHS[0]}-{scheme}", _SHEET_TALL) for language in LANGUAGES]
        for scheme in SCHEMES
    ]
    _save(_sheet(rows), f"{name}-languages", _SHEET_QUALITY)


def _shot(shots: Path, name: str, tall: int) -> Image.Image:
    shot = Image.open(shots / f"{name}.png").convert("RGB")
    return shot.crop((0, 0, shot.width, min(shot.height, tall)))


def _sheet(rows: Sequence[Sequence[Image.Image]]) -> Image.Image:
    """A column for each language, a row for each scheme."""
    small = [[_shrunk(shot) for shot in row] for row in rows]
    heights = [max(shot.height for shot in row) for row in small]
    width = _GAP + len(LANGUAGES) * (_SMALL + _GAP)
    sheet = Image.new("RGB", (width, _HEAD + sum(heights) + len(rows) * _GAP), _PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(18)
    for column, language in enumerate(LANGUAGES):
        draw.text((_GAP + column * (_SMALL + _GAP), 7), language, _INK, font)
    top = _HEAD
    for row, height in zip(small, heights, strict=True):
        for column, shot in enumerate(row):
            sheet.paste(shot, (_GAP + column * (_SMALL + _GAP), top))
        top += height + _GAP
    return sheet


def _shrunk(shot: Image.Image) -> Image.Image:
    return shot.resize((_SMALL, round(shot.height * _SMALL / shot.width)), Image.Resampling.LANCZOS)


def _save(picture: Image.Image, name: str, quality: int = _QUALITY) -> None:
    picture.save(GALLERY / f"{name}.webp", quality=quality, method=6)


def _page() -> Iterable[str]:
    yield "# Gallery\n"
    yield "Every kind of mail that Weekbrief sends, of a school that does not exist, with drawn pictures."
    yield "Made by `make gallery`; [mail-checks.md](../mail-checks.md) tells what every mail goes through.\n"
    yield f"Languages: {', '.join(f'`{language}`' for language in LANGUAGES)}. Posts stay as the school wrote"
    yield "them; what is ours is in the reader's language. [In Thunderbird](thunderbird.png).\n"
    for name in names():
        yield from _section(name)


def _section(name: str) -> Iterable[str]:
    views = list(product(WIDTHS, SCHEMES))
    yield f"## {_shows()[name][0].upper()}{_shows()[name][1:]}\n"
    yield " | ".join(["", *(f"{width} px, {scheme}" for width, scheme in views), ""]).strip()
    yield "|".join(["", *("---" for _ in views), ""])
    pictures = (_picture(f"{name}-{width}-{scheme}", _shows()[name], width // 2) for width, scheme in views)
    yield " | ".join(["", *pictures, ""]).strip()
    sheet = _picture(f"{name}-languages", f"{_shows()[name]}, every language", 900)
    yield f"\nIn every language:\n\n{sheet}\n"


def _picture(name: str, alt: str, width: int) -> str:
    return f'<a href="{name}.webp"><img src="{name}.webp" width="{width}" alt="{alt}"></a>'


if __name__ == "__main__":
    main()
