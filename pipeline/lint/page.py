"""A finished page, read as a browser reads it: everything said, nothing fetched, nothing hidden."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import html as parsing
from lxml.html import HtmlElement

from pipeline.lint.findings import Finding, error, warning, where
from pipeline.lint.sample import Fact, Sample
from pipeline.template_files import Sources

_ACTIVE = re.compile("script|iframe|object|embed|form|input|button|base|video|audio|svg")
_LOADING = ("src", "srcset", "background", "poster", "data", "action", "formaction")
_ALLOWED_LINKS = re.compile(r"(https?:|mailto:|tel:|#)", re.IGNORECASE)
_HIDDEN = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|(?:opacity|(?:max-)?height)\s*:\s*0(?![.\d])"
    r"|text-indent\s*:\s*-\d{3}|color\s*:\s*transparent)"
)
_SIZE = re.compile(r"(?:^|;)\s*font-size\s*:\s*([\d.]+)")
_READABLE = 9  #: pixels; smaller counts as not said
_STYLE_LOAD = re.compile(r"@import|image-set\(|url\(\s*[\"']?(?!cid:)", re.IGNORECASE)
_SHEET_HIDES = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")


@dataclass(frozen=True, slots=True)
class _Where:
    """Where to look for what is wrong with a sample."""

    sources: Sources
    sample: Sample

    def at(self, kind: str, fragment: str) -> tuple[Path, int | None]:
        return where(self.sources, self.sample.page, kind, fragment)

    @property
    def file(self) -> Path:
        return self.at("mjml", "start")[0]


def page_mistakes(sources: Sources, sample: Sample) -> Iterator[Finding]:
    """Everything wrong with one finished mail."""
    place = _Where(sources, sample)
    page = parsing.document_fromstring(sample.html)
    yield from _not_said(place, page)
    yield from _titles(place, page)
    yield from _pictures(place, page)
    yield from _active(place, page)
    yield from _links(place, page)
    if any(_SHEET_HIDES.search(sheet.text or "") for sheet in page.iter("style")):
        words = "a style sheet hides something: what it is cannot be told, so make sure that nobody misses it"
        yield warning("hidden", place.file, None, words)
    if not page.get("lang"):
        yield error("lang_missing", place.file, None, 'screen readers need the language: lang="((lang))"')
    for name, number in Counter(page.xpath("//@id")).items():
        if number > 1:
            yield error("id_twice", place.file, None, f'the id "{name}" stands {number} times: use each once')


def _not_said(place: _Where, page: HtmlElement) -> Iterator[Finding]:
    seen = {"mjml": _plain(_visible(page)), "txt": _plain(place.sample.text)}
    for kind, text in seen.items():
        for fact in place.sample.facts:
            if _plain(fact.text) not in text:
                yield _missing(place, kind, fact)
        if place.sample.page != "notice" and not _tells_how_to_stop(place, kind, page, text):
            file, line = place.at(kind, "head")
            words = "no reader can see how to change or stop: put slot.CHANGE where it is seen, as a link"
            yield error("not_said", file, line, words)


def _missing(place: _Where, kind: str, fact: Fact) -> Finding:
    file, line = place.at(kind, fact.fragment)
    words = f"`{fact.fragment}` does not say {fact.what}, or hides it"
    return error("not_said", file, line, f"{words}: take over what our own template has for it")


def _tells_how_to_stop(place: _Where, kind: str, page: HtmlElement, text: str) -> bool:
    if kind == "txt":
        return re.search(r"\S+@\S+", text) is not None
    links = (link for link in page.iter("a") if re.match("mailto:.*subject=", link.get("href") or ""))
    return any(_visible(link).strip() and not _is_hidden(link) for link in links)


def _titles(place: _Where, page: HtmlElement) -> Iterator[Finding]:
    """By their marks the second guard sees which posts and what of an agenda stand in a mail; without them it
    is held."""
    for mark in place.sample.marks:
        if len(page.xpath("//*[@id=$mark]", mark=mark)) != 1:
            of_post = mark.startswith("p-")
            file, line = place.at("mjml", "item" if of_post else "agenda")
            what = 'the title needs id="((mark))"' if of_post else 'what is on needs id="((line.mark))"'
            yield error("mark_missing", file, line, f"{what}, once: without it every mail would be held back")
            return


def _pictures(place: _Where, page: HtmlElement) -> Iterator[Finding]:
    shown: dict[str, HtmlElement] = {}
    for image in page.iter("img"):
        source = image.get("src") or ""
        if source.startswith("cid:") and not _is_hidden(image):
            shown[source.removeprefix("cid:")] = image
    file, line = place.at("mjml", "item")
    for name, alt in place.sample.pictures.items():
        if name not in shown:
            words = 'a photo is not shown: <img src="cid:((photo.cid))" ...>'
            yield error("photo_missing", file, line, words)
        elif shown[name].get("alt") != alt:
            yield error("alt_missing", file, line, 'a picture lacks its words: alt="((photo.alt))"')
    for name in shown.keys() - place.sample.pictures.keys():
        yield error("photo_unknown", file, line, f"cid:{name} is no picture of this mail")


def _active(place: _Where, page: HtmlElement) -> Iterator[Finding]:
    for element in page.iter(parsing.etree.Element):
        tag = str(element.tag)
        if _ACTIVE.fullmatch(tag):
            yield error("not_allowed", place.file, None, f"<{tag}> is not for mail")
        for name, value in element.attrib.items():
            if name.startswith("on") or element.get("id") == "probe":
                file, line = place.at("mjml", "item")
                words = "what people write comes into the page as HTML: leave it to be escaped"
                yield error("not_escaped", file, line, words)
            elif name in _LOADING and not value.startswith("cid:"):
                words = f"<{tag} {name}> fetches {value[:60]!r} from elsewhere: take it out"
                yield error("remote", place.file, None, words)
            elif name == "style" and _STYLE_LOAD.search(value):
                yield error("remote", place.file, None, f"a style of <{tag}> fetches something: take it out")


def _links(place: _Where, page: HtmlElement) -> Iterator[Finding]:
    file, line = place.at("mjml", "item")
    for link in page.iter("a"):
        target = link.get("href")
        if target is not None and not _ALLOWED_LINKS.match(target):
            words = f"a link to {target[:40]!r} must not be made: ask `link.safe` first, as our template does"
            yield error("link_unsafe", file, line, words)
        says = link.text_content().strip() or any(image.get("alt") for image in link.iter("img"))
        if not says:
            yield warning("link_empty", place.file, None, f"the link to {target!r} has no words to read out")


def _visible(element: HtmlElement, *, tiny: bool = False) -> str:
    """The text that a reader sees; of `alt` and of what is hidden nothing. ``tiny``: of no size, by what
    stands around it, as MJML's own boxes are."""
    if element.tag in ("style", "title", "head") or not isinstance(element.tag, str) or _hides(element):
        return ""
    if size := _SIZE.search(element.get("style") or ""):
        tiny = float(size[1]) < _READABLE
    parts = ["" if tiny else element.text or ""]
    for child in element:
        parts += (_visible(child, tiny=tiny), "" if tiny else child.tail or "")
    return " ".join(parts) if element.tag in ("p", "div", "td", "li", "tr", "br") else "".join(parts)


def _hides(element: HtmlElement) -> bool:
    return element.get("hidden") is not None or _HIDDEN.search(element.get("style") or "") is not None


def _is_hidden(element: HtmlElement) -> bool:
    return any(_hides(each) for each in (element, *element.iterancestors()))


def _plain(text: str) -> str:
    return " ".join(text.split())
