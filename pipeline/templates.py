"""The mail templates: compiled once, cut into named fragments, ready to be filled.

``newsletter.mjml`` holds layout and look. MJML and premailer turn it into ``newsletter.html``
beside it, which is kept with the sources: importing and running the two takes some 400 ms, more
than all else that a start needs (docs/decisions/0004). It names the digest of what it was made
from; when that does not fit, because someone changed the look, `Templates.load` compiles in
memory: the same result, only later. ``python -m pipeline.templates`` writes it anew.
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

_STAMP = "<!-- made from newsletter.mjml {} -->\n"
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
    """One piece of the newsletter: templates with holes between them, which no text can counterfeit."""

    parts: tuple[Template | Place, ...]

    def fill(self, values: Mapping[str, object]) -> tuple[str | Place, ...]:
        return tuple(part if isinstance(part, Place) else part.render(values) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Letter:
    """The newsletter in one language."""

    texts: Texts
    html: Mapping[str, Fragment]
    text: Mapping[str, Fragment]


@dataclass(frozen=True, slots=True)
class Templates:
    letters: Mapping[str, Letter]  #: by language
    styles: Mapping[str, str]  #: CSS of what Markdown makes, by element, with stand-ins for colours

    @classmethod
    def load(cls, folder: Path | None = None, languages: Iterable[str] = LANGUAGES) -> Templates:
        """Read and compile ``folder/mail`` (by default our own templates) for ``languages``.

        Raises `FileNotFoundError` without templates and `LookupError` for a language that we lack.
        """
        mail = (folder or find_folder()) / "mail"
        page, plain = _page(mail), (mail / "newsletter.txt").read_text("utf-8")
        page, _, specimen = page.partition(_SPECIMEN_MARK)
        specimen, _, end = specimen.partition(_END_MARK)
        letters = dict(_letters(f"{page}{_END_MARK}{end}", plain, languages))
        return cls(letters, {tag: css for tag, _, css in _STYLED.findall(specimen.partition("post")[2])})

    def markdown(self, palette: Palette) -> Markdown:
        """The maker of bodies that look like the rest of the mail."""
        return Markdown({tag: _coloured(css, palette) for tag, css in self.styles.items()})


def find_folder() -> Path:
    """Where our templates are."""
    for place in _PLACES:
        if (place / "mail" / "newsletter.mjml").is_file():
            return place
    raise FileNotFoundError(f"no mail templates in {' or '.join(map(str, _PLACES))}")


def build(mjml_source: str) -> str:
    """MJML, then premailer: the page with each element's style in it and every placeholder intact."""
    import mjml  # these two cost 300 ms to import, and only a changed look needs them
    import premailer

    page = mjml.mjml2html(mjml_source, fonts={})  # without this it names Google's fonts
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


def write(folder: Path) -> Path:
    """Compile ``folder/mail/newsletter.mjml`` into the page beside it."""
    mail = folder / "mail"
    source = (mail / "newsletter.mjml").read_text("utf-8")
    target = mail / "newsletter.html"
    target.write_text(_stamp(source) + build(source), "utf-8")
    return target


def _page(mail: Path) -> str:
    source = (mail / "newsletter.mjml").read_text("utf-8")
    made = mail / "newsletter.html"
    stamp = _stamp(source)
    page = made.read_text("utf-8") if made.is_file() else ""
    return page.removeprefix(stamp) if page.startswith(stamp) else build(source)


def _stamp(source: str) -> str:
    return _STAMP.format(sha256(source.encode()).hexdigest())


def _cut(page: str, mark: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """``(name, text)`` of each fragment; what stands before the first mark is called ``start``."""
    names = ["start", *mark.findall(page)]
    ends = [found.span() for found in mark.finditer(page)]
    starts = [0, *(end for _, end in ends)]
    stops = [*(begin for begin, _ in ends), len(page)]
    for name, start, stop in zip(names, starts, stops, strict=True):
        yield name, page[start:stop]


def _letters(page: str, plain: str, languages: Iterable[str]) -> Iterator[tuple[str, Letter]]:
    """Each fragment is compiled once; a language only brings its own sentences to it."""
    rich, bare = _environment(autoescape=True, **_HTML_SYNTAX), _environment(autoescape=False)
    codes = {name: _code(rich, _with_values(piece)) for name, piece in _cut(page, _HTML_MARK)}
    plain_codes = {name: _code(bare, piece) for name, piece in _cut(plain, _TEXT_MARK)}
    for language in languages:
        texts = load_texts(language)
        html = _speaking(_environment(autoescape=True, **_HTML_SYNTAX), codes, texts)
        yield language, Letter(texts, html, _speaking(_environment(autoescape=False), plain_codes, texts))


def _environment(*, autoescape: bool, **syntax: str) -> Environment:
    """Values are escaped in HTML; a plain text has nothing to escape."""
    return Environment(
        autoescape=autoescape,  # noqa: S701
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        **syntax,  # type: ignore[arg-type]
    )


def _code(environment: Environment, source: str) -> tuple[CodeType | Place, ...]:
    """What stands between the holes, compiled."""
    parts = _SLOT.split(source)
    return tuple(Place(part) if at % 2 else environment.compile(part) for at, part in enumerate(parts))


def _speaking(
    environment: Environment, codes: Mapping[str, tuple[CodeType | Place, ...]], texts: Texts
) -> dict[str, Fragment]:
    """The fragments in one language; ``environment`` becomes that language's."""
    install: Callable[..., None] = environment.install_gettext_translations  # type: ignore[attr-defined]
    install(texts.catalogue, newstyle=True)
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
    sys.stdout.write(f"{write(find_folder())}\n")
