"""The tags of a template as it was written: closed, allowed, with what readers need, nothing fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from pipeline.lint.findings import Finding, error, warning

_VOID = re.compile("area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr")
_MJML = re.compile(
    "mjml|mj-(head|body|title|preview|style|attributes|all|class|breakpoint|include|html-attributes?|selector"
    "|raw|section|column|group|wrapper|text|image|button|divider|spacer|table|hero)"
)
#: Why a tag has no place in a mail of a school.
_FORBIDDEN = {
    **dict.fromkeys(
        ("script", "iframe", "object", "embed", "applet", "base", "frame"), "no mail program runs it"
    ),
    **dict.fromkeys(
        ("form", "input", "button", "select", "textarea"), "forms do not work in mail: use a link"
    ),
    **dict.fromkeys(("video", "audio", "svg", "math", "link"), "few mail programs show it"),
    **dict.fromkeys(("details", "template", "noscript", "dialog"), "it hides what stands in it"),
    "style": "write it as mj-style",
    "mj-font": "it fetches a font from elsewhere, which tells them who reads this",
    **dict.fromkeys(
        ("mj-social", "mj-social-element"), "it fetches its pictures from elsewhere: write links as text"
    ),
    **dict.fromkeys(("mj-carousel", "mj-navbar", "mj-accordion"), "it needs what many mail programs lack"),
}
_LOADING = re.compile(
    "src|srcset|background|background-url|poster|data|action|formaction|xlink:href|.*-src|icon-.*-url"
)
_CSS_LOAD = re.compile(r"@import|image-set\(|url\(\s*[\"']?(?!cid:)", re.IGNORECASE)


def tag_mistakes(text: str, place: Path, *, house: bool) -> Iterator[Finding]:
    """Everything wrong with the tags of ``text``; ``house``: it is what all pages have in common."""
    reader = _Reader(place, house=house)
    reader.feed(text)
    reader.close()
    reader.end()
    yield from reader.found
    for found in _CSS_LOAD.finditer(_without_comments(text)):
        line = text.count("\n", 0, found.start()) + 1
        words = f"`{found[0]}` fetches something from elsewhere, which tells them who reads this: take it out"
        yield error("remote", place, line, words)


def _without_comments(text: str) -> str:
    """Comments blanked, so that places stay."""
    return re.sub(r"<!--(?!%).*?-->", lambda found: re.sub(r"[^\n]", " ", found[0]), text, flags=re.DOTALL)


class _Reader(HTMLParser):
    def __init__(self, place: Path, *, house: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._place, self._house = place, house
        self._specimen = False
        self._open: list[tuple[str, int]] = []
        self.found: list[Finding] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._look(tag, dict(attrs))
        if not _VOID.fullmatch(tag):
            self._open.append((tag, self.getpos()[0]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._look(tag, dict(attrs))
        if not _VOID.fullmatch(tag) and not tag.startswith("mj"):
            self._say("not_closed", f"<{tag}/> does not close itself in HTML: write <{tag}></{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if _VOID.fullmatch(tag):
            return
        if not any(name == tag for name, _ in self._open):
            self._say("not_open", f"</{tag}> closes a tag that is not open")
            return
        while self._open:
            name, line = self._open.pop()
            if name == tag:
                return
            self._not_closed(name, line)

    def end(self) -> None:
        for name, line in reversed(self._open):
            self._not_closed(name, line)

    def _not_closed(self, name: str, line: int) -> None:
        self.found.append(error("not_closed", self._place, line, f"<{name}> is not closed: add </{name}>"))

    def _say(self, check: str, words: str) -> None:
        self.found.append(error(check, self._place, self.getpos()[0], words))

    def _warn(self, check: str, words: str) -> None:
        self.found.append(warning(check, self._place, self.getpos()[0], words))

    def _look(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag in _FORBIDDEN:
            self._say("not_allowed", f"<{tag}> is not for mail: {_FORBIDDEN[tag]}")
        elif tag.startswith("mj") and not _MJML.fullmatch(tag):
            self._say("unknown_tag", f"<{tag}> is nothing that MJML knows: it would not be shown")
        elif tag == "mj-include" and attributes.get("path") != "house.mjml":
            self._say("not_allowed", 'only house.mjml can be taken in: <mj-include path="house.mjml" />')
        elif tag == "meta" and not self._house:
            self._say("not_allowed", "<meta> belongs in house.mjml")
        elif tag == "mjml" and not attributes.get("lang"):
            self._say("lang_missing", 'screen readers need the language: <mjml lang="((lang))" dir="ltr">')
        self._look_at_attributes(tag, attributes)
        self._look_at_use(tag, attributes)

    def _look_at_attributes(self, tag: str, attributes: dict[str, str | None]) -> None:
        for name, value in attributes.items():
            if name.startswith("on"):
                self._say("not_allowed", f"`{name}` runs a program, which mail must not: take it out")
            elif _LOADING.fullmatch(name) and not (value or "").startswith("cid:"):
                words = f"`{name}` fetches something from elsewhere, which tells them who reads this"
                self._say("remote", f"{words}: only pictures in the mail (cid:) can be shown")
            elif tag == "meta" and name == "http-equiv":
                self._say("not_allowed", "`http-equiv` is not for mail: take it out")

    def _look_at_use(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag in ("img", "mj-image") and "alt" not in attributes:
            self._say("alt_missing", f'<{tag}> needs alt="...": what it shows, or alt="" for decoration')
        elif tag == "table" and attributes.get("role") != "presentation" and not self._specimen:
            self._warn(
                "table_role", 'a table for layout needs role="presentation", or it is read out as data'
            )
        elif tag == "a" and "href" not in attributes and not self._specimen:
            self._say("link_nowhere", "<a> leads nowhere: give it an href, or write <span>")
        elif tag == "a" and (attributes.get("href") or "").startswith("http:"):
            self._warn("http", "this link is not safe on the way: write https:")

    def handle_comment(self, data: str) -> None:
        """Between these marks stands one of everything that Markdown makes, which nobody is sent."""
        name = re.fullmatch(r" fragment: (\w+) ", data)
        if name:
            self._specimen = name[1] == "specimen"
