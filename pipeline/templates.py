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
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import CodeType

from jinja2 import Environment, StrictUndefined, Template

from pipeline.markdown import Markdown
from pipeline.palette import Palette
from pipeline.texts import Texts, load_texts

LANGUAGES = ("nl", "en")

#: Our pages, each an ``.mjml`` with an ``.html`` made from it and a ``.txt`` that says the same.
PAGES = ("newsletter", "post", "notice")
_HOUSE = "house.mjml"

#: In a checkout the templates stand beside the package, in an installed package inside it.
_PACKAGE = Path(__file__).parent
_PLACES = (_PACKAGE.parent / "templates", _PACKAGE / "_templates")

#: CSS must be valid for premailer, so these values stand for what only an edition knows.
_STAND_INS = {
    "#ac0001": "palette.band",
    "#ac0002": "palette.on_band",
    "#ac0003": "palette.link",
    "#ac0004": "palette.tint",
    "#ac0005": "palette.dark_link",
    "#ac0006": "palette.dark_tint",
}

_ANY_WIDTH = "9999px"

#: Between these stands one of everything that Markdown makes, to take its style from.
_SPECIMEN_MARK, _END_MARK = "<!-- fragment: specimen -->", "<!-- fragment: end -->"

_STAMP = "<!-- made from {}.mjml and {} {} -->\n"
_HTML_MARK = re.compile(r"<!-- fragment: (\w+) -->")
_TEXT_MARK = re.compile(r"\{# fragment: (\w+) #\}\n")
_KEPT_STYLE = re.compile(r'<style type="text/css"(?=>[^<]*(?:#outlook|@media))')
_SLOT = re.compile(r"(?:\(\(|\{\{ )slot\.([A-Z_]+)(?:\)\)| \}\})")
_STYLED = re.compile(r"""<(\w+)(?: class="\w+")? style=(["'])(.*?)\2""")

#: Jinja in HTML stands in comments and double parentheses: MJML, lxml and premailer leave both alone,
#: also in attributes, where they would percent-encode ``{{ }}``.
_HTML_SYNTAX = {
    "block_start_string": "<!--%",
    "block_end_string": "%-->",
    "variable_start_string": "((",
    "variable_end_string": "))",
    "comment_start_string": "<!--#",
    "comment_end_string": "#-->",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A hole in a fragment, by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Fragment:
    """One piece of a mail: templates with holes between them, which no text can counterfeit."""

    parts: tuple[Template | Place, ...]

    def fill(self, values: Mapping[str, object]) -> tuple[str | Place, ...]:
        return tuple(part if isinstance(part, Place) else part.render(values) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Letter:
    """One kind of mail in one language."""

    texts: Texts
    html: Mapping[str, Fragment]
    text: Mapping[str, Fragment]


@dataclass(frozen=True, slots=True)
class Templates:
    letters: Mapping[str, Letter]  #: the newsletter, by language
    posts: Mapping[str, Letter]  #: posts as they come, by language
    notices: Mapping[str, Letter]  #: what staff are told, by language
    styles: Mapping[str, str]  #: CSS of what Markdown makes, by element, with stand-ins for colours

    @classmethod
    def load(cls, folder: Path | None = None, languages: Iterable[str] = LANGUAGES) -> Templates:
        """Read and compile ``folder/mail`` (by default our own templates) for ``languages``.

        Raises `FileNotFoundError` without templates and `LookupError` for a language that we lack.
        """
        mail = (folder or find_folder()) / "mail"
        page, _, specimen = _page(mail, "newsletter").partition(_SPECIMEN_MARK)
        specimen, _, end = specimen.partition(_END_MARK)
        newsletter = _compiled(f"{page}{_END_MARK}{end}", _plain(mail, "newsletter"))
        # What the mail of posts does not say in its own way it says as the newsletter does.
        post = newsletter.but(_compiled(_page(mail, "post"), _plain(mail, "post")))
        notice = _compiled(_page(mail, "notice"), _plain(mail, "notice"))
        voices = {language: _Voice(load_texts(language)) for language in languages}
        letters, posts, notices = (
            {language: voice.reads(source) for language, voice in voices.items()}
            for source in (newsletter, post, notice)
        )
        styles = {tag: css for tag, _, css in _STYLED.findall(specimen.partition("post")[2])}
        return cls(letters, posts, notices, styles)

    def markdown(self, palette: Palette) -> Markdown:
        """The maker of bodies that look like the rest of the mail."""
        return Markdown({tag: _coloured(css, palette) for tag, css in self.styles.items()})


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


def _cut(page: str, mark: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """``(name, text)`` of each fragment; what stands before the first mark is called ``start``."""
    names = ["start", *mark.findall(page)]
    ends = [found.span() for found in mark.finditer(page)]
    starts = [0, *(end for _, end in ends)]
    stops = [*(begin for begin, _ in ends), len(page)]
    for name, start, stop in zip(names, starts, stops, strict=True):
        yield name, page[start:stop]


Code = tuple[CodeType | Place, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    """A page's fragments, compiled once; a language only brings its own sentences to them."""

    html: Mapping[str, Code]
    text: Mapping[str, Code]

    def but(self, other: _Source) -> _Source:
        """This page, except for what ``other`` says in its own way."""
        return _Source({**self.html, **other.html}, {**self.text, **other.text})


class _Voice:
    """One language, in which every page is read."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._rich, self._bare = _rich(), _bare()
        for environment in (self._rich, self._bare):
            install: Callable[..., None] = environment.install_gettext_translations  # type: ignore[attr-defined]
            install(texts.catalogue, newstyle=True)

    def reads(self, source: _Source) -> Letter:
        return Letter(self._texts, _speaking(self._rich, source.html), _speaking(self._bare, source.text))


def _compiled(page: str, plain: str) -> _Source:
    rich, bare = _rich(), _bare()
    return _Source(
        {name: _code(rich, _with_values(piece)) for name, piece in _cut(page, _HTML_MARK)},
        {name: _code(bare, piece) for name, piece in _cut(plain, _TEXT_MARK)},
    )


def _rich() -> Environment:
    return _environment(autoescape=True, **_HTML_SYNTAX)


def _bare() -> Environment:
    """A plain text has nothing to escape."""
    return _environment(autoescape=False)


def _environment(*, autoescape: bool, **syntax: str) -> Environment:
    return Environment(
        autoescape=autoescape,  # noqa: S701
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        **syntax,  # type: ignore[arg-type]
    )


def _code(environment: Environment, source: str) -> Code:
    """What stands between the holes, compiled."""
    parts = _SLOT.split(source)
    return tuple(Place(part) if at % 2 else environment.compile(part) for at, part in enumerate(parts))


def _speaking(environment: Environment, codes: Mapping[str, Code]) -> dict[str, Fragment]:
    return {
        name: Fragment(tuple(_template(environment, part) for part in parts)) for name, parts in codes.items()
    }


def _template(environment: Environment, part: CodeType | Place) -> Template | Place:
    if isinstance(part, Place):
        return part
    return Template.from_code(environment, part, environment.make_globals(None))


def _coloured(css: str, palette: Palette) -> str:
    for stand_in, value in _STAND_INS.items():
        css = css.replace(stand_in, getattr(palette, value.removeprefix("palette.")))
    return css


def _with_values(piece: str) -> str:
    for stand_in, value in _STAND_INS.items():
        piece = piece.replace(stand_in, f"(({value}))")
    return piece.replace(_ANY_WIDTH, "((photo.width))px")


if __name__ == "__main__":
    sys.stdout.writelines(f"{page}\n" for page in write(find_folder()))
