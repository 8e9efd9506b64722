"""A school's own look: its templates and its logo, made ready once and kept in the media folder.

    media/look/newsletter-3f...html   what an own template was compiled into
    media/look/logo-ab...png          a logo as it goes into mails, named by its bytes
    media/look/81...logo              which of them a picture of the school's became
    media/look/c0...good              templates that were found in order

All are named by what they were made from, so that a changed file counts at once and an unchanged one
costs no more than reading it. A logo stays for good: mail that waits goes with the one it was made with.
A look with a mistake in it is no look: nothing is sent until it is mended (docs/decisions/0031).
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline import lint
from pipeline.brand import Logo
from pipeline.intake.photo_files import Size, read_rendition
from pipeline.intake.photos import PhotoMill, Refused
from pipeline.look_kept import folder, good_mark, logo_mark, sources_of
from pipeline.mime import logo_name
from pipeline.problems import BadInput, Problem
from pipeline.settings import SchoolSettings
from pipeline.template_files import Sources, keep
from pipeline.templates import Templates

#: Pixels on the screen; the picture has twice as many for screens with fine ones.
_WIDE, _HIGH, _FINE = 220, 56, 2
#: Octets of a logo, which goes with every mail: one that is larger, such as a photo, loses colours.
_HEAVY = 40_000


@dataclass(frozen=True, slots=True)
class Look:
    templates: Templates
    logo: Logo | None


def look_of(told: SchoolSettings, media: Path, *, keeping: bool = True) -> Look:
    """The school's look, checked. Raises `BadInput` with every mistake in its templates and its logo.

    ``keeping``: what is made is kept in ``media``, so that the next process need not make it again.
    """
    kept = folder(media) if keeping else None
    problems = [*_template_mistakes(told, kept)]
    logo = None
    if told.logo is not None:
        try:
            logo = logo_of(told.logo, kept)
        except BadInput as bad:
            problems += bad.problems
    if problems:
        raise BadInput(problems)
    sources = sources_of(told, kept)
    return Look(_templates(sources, sources.digest()), logo)


@lru_cache(maxsize=200)
def _templates(sources: Sources, digest: str) -> Templates:
    """As long as the files stay as their ``digest`` says."""
    return Templates.load(own=sources.own, kept=sources.kept)


def _template_mistakes(told: SchoolSettings, kept: Path | None) -> Iterator[Problem]:
    """What `weekbrief lint` calls an error; looked for again only when something has changed."""
    if told.templates is None:
        return
    sources = sources_of(told, kept)
    good = kept / good_mark(told, sources) if kept else None
    if good is not None and good.is_file():
        return
    found = [each.problem for each in lint.templates(told, sources) if each.is_error]
    if good is not None and not found:
        keep(good, b"")
    yield from found


# ---------------------------------------------------------------- the logo


def logo_of(file: Path, kept: Path | None) -> Logo:
    """The picture in ``file`` as a logo, kept in ``kept``. Raises `BadInput` for one that cannot be used."""
    known = kept / logo_mark(file) if kept else None
    if kept is not None and known is not None and known.is_file():
        name, *sides = known.read_text("ascii").split()
        if (kept / f"{name}.png").is_file():
            return Logo(name=name, width=int(sides[0]), height=int(sides[1]))
    png, width, height = as_png(_decoded(file))
    logo = Logo(name=logo_name(png), width=width, height=height)
    if kept is not None and known is not None:
        keep(kept / f"{logo.name}.png", png)  # first: what names it must find it
        keep(known, f"{logo.name} {width} {height}".encode())
    return logo


def _decoded(file: Path) -> bytes:
    """The picture as the caged process gives it back: upright, on white, without metadata."""
    with TemporaryDirectory() as folder:
        media = Path(folder)
        with PhotoMill(media, new_name=lambda: secrets.token_hex(16), workers=1) as mill:
            (made,) = mill.prepare([file.resolve()])
        if isinstance(made, Refused):
            raise BadInput([Problem(file=str(file), message=f"the logo cannot be used: {made.message}")])
        return read_rendition(media, made.name, Size.LARGE)


def as_png(picture: bytes) -> tuple[bytes, int, int]:
    """Small enough to go with every mail, and its width and height on the screen."""
    from PIL import Image

    image = Image.open(io.BytesIO(picture), formats=["JPEG"]).convert("RGB")
    image.thumbnail((_WIDE * _FINE, _HIGH * _FINE), Image.Resampling.LANCZOS)
    png = _png(image)
    for colours in (256, 64, 16):
        if len(png) > _HEAVY:
            png = _png(image.quantize(colours))
    share = min(1, _WIDE / image.width, _HIGH / image.height)
    return png, max(round(image.width * share), 1), max(round(image.height * share), 1)


def _png(image: object) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)  # type: ignore[attr-defined]
    return out.getvalue()
