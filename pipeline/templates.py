"""The mail templates: compiled once, cut into named fragments, ready to be filled.

Each page, such as ``newsletter.mjml``, holds layout and look, with ``house.mjml`` for what all our
mails look like. MJML and premailer turn it into ``newsletter.html`` beside it, which is kept with
the sources: importing and running the two takes some 400 ms, more than all else that a start needs
(docs/decisions/0004). It names the digest of what it was made from; when that does not fit, because
someone changed the look, `Templates.load` compiles in memory: the same result, only later.
``python -m pipeline.templates`` writes them anew.

What a school's own template says runs in Jinja's sandbox (docs/decisions/0031).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from jinja2 import Environment, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from pipeline.markdown import Markdown
from pipeline.palette import Palette
from pipeline.template_files import PAGES, Sources, build, find_folder, stamp, write
from pipeline.texts import Texts, load_texts

__all__ = [
    "HTML_MARK",
    "LANGUAGES",
    "PAGES",
    "SLOT",
    "TEXT_MARK",
    "Fragment",
    "Letter",
    "Place",
    "Templates",
    "build",
    "cut",
    "find_folder",
    "reader",
    "stamp",
    "write",
]

LANGUAGES = ("nl", "en")

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

HTML_MARK = re.compile(r"<!-- fragment: (\w+) -->")
TEXT_MARK = re.compile(r"\{# fragment: (\w+) #\}\n")
SLOT = re.compile(r"(?:\(\(|\{\{ )slot\.([A-Z_]+)(?:\)\)| \}\})")
_STYLED = re.compile(r"""<(\w+)(?: class="\w+")? style=(["'])(.*?)\2""")

#: Jinja in HTML stands in comments and double parentheses: MJML, lxml and premailer leave both alone,
#: also in attributes, where they would percent-encode ``{{ }}``.
HTML_SYNTAX = {
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
    def load(
        cls,
        folder: Path | None = None,
        languages: Iterable[str] = LANGUAGES,
        *,
        own: Path | None = None,
        kept: Path | None = None,
    ) -> Templates:
        """Read and compile ``folder/mail`` (by default our own templates) for ``languages``.

        ``own`` is a folder whose templates go before these, ``kept`` where it is kept compiled.
        Raises `FileNotFoundError` without templates, `LookupError` for a language that we lack, and
        whatever MJML and Jinja raise for a template of no use: `pipeline.lint` tells that in words.
        """
        sources = Sources(mail=(folder or find_folder()) / "mail", own=own, kept=kept)
        page, _, specimen = sources.page("newsletter").partition(_SPECIMEN_MARK)
        specimen, _, end = specimen.partition(_END_MARK)
        jinja = _Jinja(sandboxed=own is not None)
        newsletter = jinja.compiled(f"{page}{_END_MARK}{end}", sources.text("newsletter.txt"))
        # What the mail of posts does not say in its own way it says as the newsletter does.
        post = newsletter.but(jinja.compiled(sources.page("post"), sources.text("post.txt")))
        notice = jinja.compiled(sources.page("notice"), sources.text("notice.txt"))
        voices = {language: _Voice(load_texts(language), jinja) for language in languages}
        letters, posts, notices = (
            {language: voice.reads(source) for language, voice in voices.items()}
            for source in (newsletter, post, notice)
        )
        styles = {tag: css for tag, _, css in _STYLED.findall(specimen.partition("post")[2])}
        return cls(letters, posts, notices, styles)

    def markdown(self, palette: Palette) -> Markdown:
        """The maker of bodies that look like the rest of the mail."""
        return Markdown({tag: _coloured(css, palette) for tag, css in self.styles.items()})


def cut(page: str, mark: re.Pattern[str]) -> Iterator[tuple[str, str]]:
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

    def __init__(self, texts: Texts, jinja: _Jinja) -> None:
        self._texts = texts
        self._rich, self._bare = jinja.rich(), jinja.bare()
        for environment in (self._rich, self._bare):
            install: Callable[..., None] = environment.install_gettext_translations  # type: ignore[attr-defined]
            install(texts.catalogue, newstyle=True)

    def reads(self, source: _Source) -> Letter:
        return Letter(self._texts, _speaking(self._rich, source.html), _speaking(self._bare, source.text))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Jinja:
    """What the sources are read with."""

    sandboxed: bool  #: nothing of Python can be reached, nothing that is given can be changed

    def compiled(self, page: str, plain: str) -> _Source:
        rich, bare = self.rich(), self.bare()
        return _Source(
            {name: _code(rich, _with_values(piece)) for name, piece in cut(page, HTML_MARK)},
            {name: _code(bare, piece) for name, piece in cut(plain, TEXT_MARK)},
        )

    def rich(self) -> Environment:
        return self._environment(autoescape=True, **HTML_SYNTAX)

    def bare(self) -> Environment:
        """A plain text has nothing to escape."""
        return self._environment(autoescape=False)

    def _environment(self, *, autoescape: bool, **syntax: str) -> Environment:
        return (ImmutableSandboxedEnvironment if self.sandboxed else Environment)(
            autoescape=autoescape,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
            **syntax,  # type: ignore[arg-type]
        )


def reader(*, rich: bool) -> Environment:
    """What a school's own template is read with: a page's (``rich``) or a plain text's."""
    jinja = _Jinja(sandboxed=True)
    return jinja.rich() if rich else jinja.bare()


def _code(environment: Environment, source: str) -> Code:
    """What stands between the holes, compiled."""
    parts = SLOT.split(source)
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
