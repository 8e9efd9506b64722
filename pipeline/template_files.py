"""The files of the mail templates: found, compiled by MJML and premailer, and kept compiled.

Ours lie in ``templates/mail``, each page with what it was compiled into beside it
(docs/decisions/0004). A school may have any of them in a folder of its own, which goes before ours;
what it is compiled into is kept in the media folder, named by the digest of what it was made from, so
that a changed template counts at once and an unchanged one costs nothing (docs/decisions/0031).
"""

from __future__ import annotations

import logging
import os
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

#: Our pages, each an ``.mjml`` with an ``.html`` made from it and a ``.txt`` that says the same.
PAGES = ("newsletter", "post", "notice")
HOUSE = "house.mjml"

#: In a checkout the templates stand beside the package, in an installed package inside it.
_PACKAGE = Path(__file__).parent
_PLACES = (_PACKAGE.parent / "templates", _PACKAGE / "_templates")

_STAMP = "<!-- made from {}.mjml and {} {} -->\n"
_KEPT_STYLE = re.compile(r'<style type="text/css"(?=>[^<]*(?:#outlook|@media))')


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """Where each template is read."""

    mail: Path  #: ours
    own: Path | None = None  #: a school's, any of which goes before ours
    kept: Path | None = None  #: where its compiled pages are kept; None: nowhere

    def find(self, file: str) -> Path:
        own = self.own / file if self.own else None
        return own if own is not None and own.is_file() else self.mail / file

    def is_own(self, file: str) -> bool:
        return self.own is not None and self.find(file).parent == self.own

    def text(self, file: str) -> str:
        return self.find(file).read_text("utf-8")

    def page(self, name: str) -> str:
        """The compiled page ``name``, as it is kept or made anew. Raises `ValueError` for broken MJML."""
        made, first = self._place(name), self.stamp(name)
        page = made.read_text("utf-8") if made is not None and made.is_file() else ""
        if page.startswith(first):
            return page.removeprefix(first)
        page = compiled(self.text(f"{name}.mjml"), self.text(HOUSE))
        if made is not None and self.is_changed(name):
            keep(made, (first + page).encode())
        return page

    def is_changed(self, name: str) -> bool:
        """Whether the school has a say in how this page looks."""
        return self.is_own(f"{name}.mjml") or self.is_own(HOUSE)

    def stamp(self, name: str) -> str:
        """The first line of a made page: what it was made from."""
        return _STAMP.format(name, HOUSE, self._digest(name))

    def digest(self) -> str:
        """Differs when any template differs."""
        files = (HOUSE, *(f"{name}.{kind}" for name in PAGES for kind in ("mjml", "txt")))
        return sha256(b"\0".join(self.find(file).read_bytes() for file in files)).hexdigest()

    def _digest(self, name: str) -> str:
        sources = (self.find(file).read_bytes() for file in (f"{name}.mjml", HOUSE))
        return sha256(b"\0".join(sources)).hexdigest()

    def _place(self, name: str) -> Path | None:
        if not self.is_changed(name):
            return self.mail / f"{name}.html"
        return self.kept / f"{name}-{self._digest(name)[:32]}.html" if self.kept else None


def find_folder() -> Path:
    """Where our templates are."""
    for place in _PLACES:
        if (place / "mail" / "newsletter.mjml").is_file():
            return place
    raise FileNotFoundError(f"no mail templates in {' or '.join(map(str, _PLACES))}")


def build(mail: Path, name: str) -> str:
    """The page ``name`` of ``mail``, compiled."""
    sources = Sources(mail=mail)
    return compiled(sources.text(f"{name}.mjml"), sources.text(HOUSE))


def compiled(source: str, house: str) -> str:
    """MJML, then premailer: the page with each element's style in it and every placeholder intact."""
    import mjml  # these two cost 300 ms to import, and only a changed look needs them
    import premailer

    page = mjml.mjml2html(
        source,
        fonts={},  # without this it names Google's
        include_loader=lambda path: {HOUSE: house}[path],
    )
    # MJML's own sheet and ours with @media stay as they are; premailer would strip or repeat them.
    page = _KEPT_STYLE.sub(r'\g<0> data-premailer="ignore"', page)
    inlined = premailer.Premailer(
        page,
        allow_network=False,
        strip_important=False,
        disable_validation=True,
        disable_basic_attributes=["align", "bgcolor", "height", "valign", "width"],
        cssutils_logging_level=logging.CRITICAL,
    ).transform()
    return f"<!doctype html>\n{inlined}\n"


def write(folder: Path) -> list[Path]:
    """Compile each page of ``folder/mail`` into the one beside it."""
    mail = folder / "mail"
    targets = [mail / f"{name}.html" for name in PAGES]
    for target in targets:
        target.write_text(stamp(mail, target.stem) + build(mail, target.stem), "utf-8")
    return targets


def stamp(mail: Path, name: str) -> str:
    return Sources(mail=mail).stamp(name)


def keep(place: Path, content: bytes) -> None:
    """Whole or not at all, for the owner alone. What cannot be kept is made anew the next time."""
    draft = place.with_name(f"{place.name}.{os.getpid()}.part")
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        draft.replace(place)
    except OSError:
        draft.unlink(missing_ok=True)
