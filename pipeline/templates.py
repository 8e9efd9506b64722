"""The mail templates: compiled once, cut into named fragments, ready to be filled.

Each page, such as ``newsletter.mjml``, holds layout and look, with ``house.mjml`` for what all our
mails look like. MJML and premailer turn it into ``newsletter.html`` beside it, which is kept with
the sources: importing and running the two takes some 400 ms, more than all else that a start needs
(docs/decisions/0004). It names the digest of what it was made from; when that does not fit, because
someone changed the look, `Templates.load` compiles in memory: the same result, only later.
``python -m pipeline.templates`` writes them anew.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from pipeline.languages import LANGUAGES, Direction
from pipeline.markdown import Markdown
from pipeline.mirror import mirrored_css
from pipeline.palette import Palette
from pipeline.readings import (
    Fragment as Fragment,
    Jinja,
    Letter as Letter,
    Page,
    Place as Place,
    Readings,
    Voice,
    coloured,
)
from pipeline.texts import load_texts

#: Our pages, each an ``.mjml`` with an ``.html`` made from it and a ``.txt`` that says the same.
PAGES = ("newsletter", "post", "notice")
_HOUSE = "house.mjml"

#: In a checkout the templates stand beside the package, in an installed package inside it.
_PACKAGE = Path(__file__).parent
_PLACES = (_PACKAGE.parent / "templates", _PACKAGE / "_templates")

#: Between these stands one of everything that Markdown makes, to take its style from.
_SPECIMEN_MARK, _END_MARK = "<!-- fragment: specimen -->", "<!-- fragment: end -->"

_STAMP = "<!-- made from {}.mjml and {} {} -->\n"
_KEPT_STYLE = re.compile(r'<style type="text/css"(?=>[^<]*(?:#outlook|@media))')
_STYLED = re.compile(r"""<(\w+)(?: class="\w+")? style=(["'])(.*?)\2""")


@dataclass(frozen=True, slots=True)
class Templates:
    """Each kind of mail by language; a language costs nothing until somebody reads it."""

    letters: Mapping[str, Letter]  #: the newsletter
    posts: Mapping[str, Letter]  #: posts as they come
    notices: Mapping[str, Letter]  #: what staff are told
    styles: Mapping[str, str]  #: CSS of what Markdown makes, by element, with stand-ins for colours

    @classmethod
    def load(cls, folder: Path | None = None, languages: Iterable[str] = LANGUAGES) -> Templates:
        """Read and compile ``folder/mail`` (by default our own templates); languages are read when asked for.

        Raises `FileNotFoundError` without templates. A language that is not among ``languages`` is a
        `KeyError`, one that we lack a `LookupError`, when it is asked for.
        """
        mail = (folder or find_folder()) / "mail"
        page, _, specimen = _page(mail, "newsletter").partition(_SPECIMEN_MARK)
        specimen, _, end = specimen.partition(_END_MARK)
        jinja = Jinja()
        newsletter = Page(f"{page}{_END_MARK}{end}", _plain(mail, "newsletter"), jinja)
        # What the mail of posts does not say in its own way it says as the newsletter does.
        post = Page(_page(mail, "post"), _plain(mail, "post"), jinja, newsletter)
        notice = Page(_page(mail, "notice"), _plain(mail, "notice"), jinja)
        for each in (post, notice):
            each.compiled(Direction.LTR)  # at once: what is wrong with a page shows here
        voice = cache(lambda language: Voice(load_texts(language), jinja))
        known = tuple(languages)
        letters, posts, notices = (Readings(each, voice, known) for each in (newsletter, post, notice))
        styles = {tag: css for tag, _, css in _STYLED.findall(specimen.partition("post")[2])}
        return cls(letters, posts, notices, styles)

    def markdown(self, palette: Palette, flow: Direction = Direction.LTR) -> Markdown:
        """The maker of bodies that look like the rest of the mail, for text that is written that way."""
        styles = {tag: coloured(css, palette) for tag, css in self.styles.items()}
        if flow is Direction.RTL:
            styles = {tag: mirrored_css(css) for tag, css in styles.items()}
        return Markdown(styles, flow)


def find_folder() -> Path:
    """Where our templates are."""
    for place in _PLACES:
        if (place / "mail" / "newsletter.mjml").is_file():
            return place
    raise FileNotFoundError(f"no mail templates in {' or '.join(map(str, _PLACES))}")


def build(mail: Path, name: str) -> str:
    """MJML, then premailer: the page with each element's style in it and every placeholder intact."""
    import mjml  # these two cost 300 ms to import, and only a changed look needs them
    import premailer

    source = (mail / f"{name}.mjml").read_text("utf-8")
    page = mjml.mjml2html(
        source,
        fonts={},  # without this it names Google's
        include_loader=lambda path: (mail / path).read_text("utf-8"),
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
    """The first line of a made page: what it was made from."""
    sources = ((mail / file).read_bytes() for file in (f"{name}.mjml", _HOUSE))
    return _STAMP.format(name, _HOUSE, sha256(b"\0".join(sources)).hexdigest())


def _page(mail: Path, name: str) -> str:
    made, first = mail / f"{name}.html", stamp(mail, name)
    page = made.read_text("utf-8") if made.is_file() else ""
    return page.removeprefix(first) if page.startswith(first) else build(mail, name)


def _plain(mail: Path, name: str) -> str:
    return (mail / f"{name}.txt").read_text("utf-8")


if __name__ == "__main__":
    sys.stdout.writelines(f"{page}\n" for page in write(find_folder()))
