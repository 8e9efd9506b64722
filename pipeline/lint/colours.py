"""Whether every word of a finished page can be read on its ground, in the light scheme and the dark one.

Styles stand in the elements; what the dark scheme changes stands in the page's own sheet, whose rules
are all ``!important`` and are asked in the order of CSS (Cascade Level 4, section 6.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from cssselect import HTMLTranslator, SelectorError, parse as read_selectors
from lxml import html as parsing
from lxml.html import HtmlElement

from pipeline.lint.findings import Finding, error, warning, where
from pipeline.lint.sample import Sample
from pipeline.palette import contrast
from pipeline.template_files import HOUSE, Sources

_ENOUGH = 4.5  #: WCAG 2.2, success criterion 1.4.3
_UNSEEN = 1.5  #: below this nobody reads it, so it is not said
_NAMED = {"white": "#ffffff", "black": "#000000"}
_DARK = re.compile(r"@media[^{]*prefers-color-scheme\s*:\s*dark[^{]*\{")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)

Style = Mapping[str, str]


class Ink(NamedTuple):
    """How a word is shown."""

    ink: str
    ground: str


def colour_mistakes(
    sources: Sources, sample: Sample, seen: set[tuple[str, Ink]] | None = None
) -> Iterator[Finding]:
    """Words that are hard to read, once for each pair of colours that is not among what was ``seen``."""
    page = parsing.document_fromstring(sample.html)
    file, _ = where(sources, sample.page, "mjml", "start")
    seen = set() if seen is None else seen
    dark = _dark_rules(page)
    if not dark:
        words = "the page has no colours for the dark scheme: take house.mjml in, or write rules for"
        yield warning("dark_missing", file, None, f"{words} @media (prefers-color-scheme: dark)")
    for scheme, changed in (("light", {}), ("dark", dark)):
        for pair, example in _pairs(page, changed, Ink("#000000", "#ffffff")):
            ratio = contrast(*pair)
            if ratio < _ENOUGH and (scheme, pair) not in seen:
                seen.add((scheme, pair))
                place, line = _named(sources, sample.page, pair)
                words = f"{pair.ink} on {pair.ground} is hard to read in the {scheme} scheme ({ratio:.1f}:1)"
                tell = error if ratio < _UNSEEN else warning
                yield tell("contrast", place, line, f"{words}, as {example!r}: needed is {_ENOUGH}:1")


def _named(sources: Sources, page: str, pair: Ink) -> tuple[Path, int | None]:
    """Where the school names one of the two colours; else a file of its own."""
    files = dict.fromkeys((f"{page}.mjml", HOUSE, "newsletter.mjml"))
    own = [file for file in files if sources.is_own(file)]
    for colour in pair:
        for file in own:
            before, found, _ = sources.text(file).lower().partition(colour)
            if found:
                return sources.find(file), before.count("\n") + 1
    return sources.find(own[0] if own else f"{page}.mjml"), None


def _pairs(
    element: HtmlElement, changed: Mapping[HtmlElement, Style], above: Ink
) -> Iterator[tuple[Ink, str]]:
    """Each pair of colours with the beginning of the words that are shown in it."""
    if not isinstance(element.tag, str) or element.tag in ("head", "style", "title"):
        return
    style = {**_inline(element), **changed.get(element, {})}
    if style.get("display") == "none":
        return
    ground = _colour(style.get("background-color") or style.get("background") or element.get("bgcolor"))
    now = Ink(_colour(style.get("color")) or above.ink, ground or above.ground)
    if text := (element.text or "").strip():
        yield now, text[:30]
    for child in element:
        yield from _pairs(child, changed, now)
        if tail := (child.tail or "").strip():
            yield now, tail[:30]


def _inline(element: HtmlElement) -> dict[str, str]:
    return dict(_declarations(element.get("style") or ""))


def _declarations(css: str) -> Iterator[tuple[str, str]]:
    for part in css.split(";"):
        name, _, value = part.partition(":")
        if value:
            yield name.strip().lower(), value.replace("!important", "").strip().lower()


def _colour(value: str | None) -> str | None:
    """``#rrggbb`` of what a style says; None where it says no plain colour."""
    told = (value or "").strip().lower()
    told = _NAMED.get(told, told)
    found = _HEX.fullmatch(told)
    if found is None:
        return None
    digits = found[1]
    return f"#{digits}" if len(digits) == 6 else "#" + "".join(digit * 2 for digit in digits)


def _dark_rules(page: HtmlElement) -> dict[HtmlElement, dict[str, str]]:
    """What the dark scheme changes, by element; the more specific rule wins, then the later one."""
    told: list[tuple[tuple[int, int, int], int, str, list[HtmlElement]]] = []
    for selectors, declarations in _dark_sheet(page):
        try:
            for selector in read_selectors(selectors):
                path = HTMLTranslator().selector_to_xpath(selector)
                told.append((selector.specificity(), len(told), declarations, page.xpath(path)))
        except SelectorError:
            continue  # such as ::first-letter, which has no colour of its own here
    found: dict[HtmlElement, dict[str, str]] = {}
    for _, _, declarations, elements in sorted(told, key=lambda rule: rule[:2]):
        for element in elements:
            found.setdefault(element, {}).update(_declarations(declarations))
    return found


def _dark_sheet(page: HtmlElement) -> Iterator[tuple[str, str]]:
    for sheet in page.iter("style"):
        css = re.sub(r"/\*.*?\*/", "", sheet.text or "", flags=re.DOTALL)
        for begin in _DARK.finditer(css):
            yield from _RULE.findall(css[begin.end() : _end(css, begin.end())])


def _end(css: str, start: int) -> int:
    """Where the block that begins at ``start`` ends."""
    depth = 1
    for brace in re.finditer(r"[{}]", css[start:]):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return start + brace.start()
    return len(css)
