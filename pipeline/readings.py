"""A page's pieces in every language, each compiled when somebody first reads it.

Sentences come from the language's catalogue (`pipeline.texts`); a language that is written from right to
left has its page mirrored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import CodeType

from jinja2 import Environment, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from pipeline.languages import Direction, direction
from pipeline.mirror import mirrored
from pipeline.palette import Palette
from pipeline.texts import Texts

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

#: The side on which the author's own words begin, whichever way the page runs.
_OWN_SIDE = re.compile(r"(text-align:\s*)justify")

HTML_MARK = re.compile(r"<!-- fragment: (\w+) -->")
TEXT_MARK = re.compile(r"\{# fragment: (\w+) #\}\n")
SLOT = re.compile(r"(?:\(\(|\{\{ )slot\.([A-Z_]+)(?:\)\)| \}\})")

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
class Source:
    """A page's fragments, compiled once; a language only brings its own sentences to them."""

    html: Mapping[str, Code]
    text: Mapping[str, Code]

    def but(self, other: Source) -> Source:
        """This page, except for what ``other`` says in its own way."""
        return Source({**self.html, **other.html}, {**self.text, **other.text})


class Voice:
    """One language, in which every page is read."""

    def __init__(self, texts: Texts, jinja: Jinja) -> None:
        self._texts = texts
        self._rich, self._bare = jinja.rich(), jinja.bare()
        for environment in (self._rich, self._bare):
            install: Callable[..., None] = environment.install_gettext_translations  # type: ignore[attr-defined]
            install(texts.catalogue, newstyle=True)

    def reads(self, source: Source) -> Letter:
        return Letter(self._texts, _speaking(self._rich, source.html), _speaking(self._bare, source.text))


class Page:
    """A page as it was read, compiled for each direction once somebody reads in it."""

    def __init__(self, html: str, text: str, jinja: Jinja, rest: Page | None = None) -> None:
        """What ``html`` and ``text`` do not say in their own way they say as ``rest`` does."""
        self._html, self._text, self._jinja, self._rest = html, text, jinja, rest
        self.compiled = cache(self._compile)

    def _compile(self, flow: Direction) -> Source:
        html = mirrored(self._html) if flow is Direction.RTL else self._html
        own = self._jinja.compiled(html, self._text)
        return self._rest.compiled(flow).but(own) if self._rest else own


class Readings(Mapping[str, Letter]):
    """A page in every language, each made when it is first asked for."""

    def __init__(self, page: Page, voice: Callable[[str], Voice], languages: tuple[str, ...]) -> None:
        self._page, self._voice, self._languages = page, voice, languages
        self._made: dict[str, Letter] = {}

    def __getitem__(self, language: str) -> Letter:
        if language not in self._languages:
            raise KeyError(language)
        if language not in self._made:
            source = self._page.compiled(direction(language))
            self._made[language] = self._voice(language).reads(source)
        return self._made[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._languages)

    def __len__(self) -> int:
        return len(self._languages)


class Jinja:
    """What the sources are read with."""

    def __init__(self, *, sandboxed: bool = False) -> None:
        """``sandboxed``: nothing of Python can be reached, nothing that is given can be changed."""
        self._kind = ImmutableSandboxedEnvironment if sandboxed else Environment

    def compiled(self, page: str, plain: str) -> Source:
        rich, bare = self.rich(), self.bare()
        return Source(
            {name: _code(rich, _with_values(piece)) for name, piece in cut(page, HTML_MARK)},
            {name: _code(bare, piece) for name, piece in cut(plain, TEXT_MARK)},
        )

    def rich(self) -> Environment:
        return self._environment(autoescape=True, **HTML_SYNTAX)

    def bare(self) -> Environment:
        """A plain text has nothing to escape."""
        return self._environment(autoescape=False)

    def _environment(self, *, autoescape: bool, **syntax: str) -> Environment:
        return self._kind(
            autoescape=autoescape,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
            **syntax,  # type: ignore[arg-type]
        )


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


def coloured(css: str, palette: Palette) -> str:
    for stand_in, value in _STAND_INS.items():
        css = css.replace(stand_in, getattr(palette, value.removeprefix("palette.")))
    return css


def _with_values(piece: str) -> str:
    for stand_in, value in _STAND_INS.items():
        piece = piece.replace(stand_in, f"(({value}))")
    piece = _OWN_SIDE.sub(r"\1((side))", piece)
    return piece.replace(_ANY_WIDTH, "((photo.width))px")
