"""Every kind of mail in every language and scheme, as pictures in docs/gallery: ``make gallery``."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from pipeline.languages import LANGUAGES
from tests.mail_checks import tools
from tests.mail_checks.kinds import KINDS
from tests.mail_checks.samples import NOTICES, names, samples
from tests.mail_checks.tools import SCHEMES, WIDTHS

GALLERY = Path(__file__).resolve().parents[2] / "docs" / "gallery"

#: Pixels of height that show what there is to see, of a mail by itself and of one on a sheet.
_TALL, _SHEET_TALL = 1500, 1100
#: Of a sheet: the width of one mail, the room around it and for the language above it.
_SMALL, _GAP, _HEAD = 216, 12, 34
_PAPER, _INK = "#d9dde2", "#20262c"
_QUALITY, _SHEET_QUALITY = 36, 26

_SHOWS = {kind.name: kind.shows for kind in KINDS} | NOTICES


def main() -> None:
    GALLERY.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        taken = _photograph(Path(folder))
        for old in GALLERY.glob("*.webp"):
            old.unlink()
        for name in names():
            _hang(taken, name)
    (GALLERY / "README.md").write_text("\n".join(_page()), "utf-8")
    size = sum(file.stat().st_size for file in GALLERY.iterdir())
    print(f"{len(names())} kinds in {len(LANGUAGES)} languages: {size / 1e6:.1f} MB in docs/gallery")


def _photograph(folder: Path) -> Path:
    """Full-length shots of all mails, in files NAME-LANGUAGE-WIDTH-SCHEME.png."""
    shots = folder / "shots"
    shots.mkdir()
    home, others = LANGUAGES[:1], LANGUAGES[1:]
    tools.browse(folder, samples(languages=home), shots=shots)
    tools.browse(folder, samples(languages=others), views=product(WIDTHS[:1], SCHEMES), shots=shots)
    return shots


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
    yield f"## {_SHOWS[name][0].upper()}{_SHOWS[name][1:]}\n"
    yield " | ".join(["", *(f"{width} px, {scheme}" for width, scheme in views), ""]).strip()
    yield "|".join(["", *("---" for _ in views), ""])
    pictures = (_picture(f"{name}-{width}-{scheme}", _SHOWS[name], width // 2) for width, scheme in views)
    yield " | ".join(["", *pictures, ""]).strip()
    yield f"\nIn every language:\n\n{_picture(f'{name}-languages', f'{_SHOWS[name]}, every language', 900)}\n"


def _picture(name: str, alt: str, width: int) -> str:
    return f'<a href="{name}.webp"><img src="{name}.webp" width="{width}" alt="{alt}"></a>'


if __name__ == "__main__":
    main()
