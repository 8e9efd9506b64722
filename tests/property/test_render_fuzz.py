"""Whatever staff write comes out as they wrote it, in both parts, and nothing of it ever acts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from html import unescape
from urllib.parse import unquote
from zlib import crc32

import pytest
from hypothesis import given, strategies as st
from lxml import html as parser

from pipeline.fragments import Brand, Fragments
from pipeline.markdown import Markdown
from pipeline.mime import Encoder, Mail, compose
from pipeline.model import Event, Link, RunKind
from pipeline.notice_mail import NoticeRow, NoticeSection, NoticeText, render_notice
from pipeline.render import render
from pipeline.templates import Templates
from pipeline.texts import line, lines
from tests.hostile import PIECES, naughty
from tests.newsletter import edition, item, moment, photo, school, shown

ACTIVE = {
    *("script", "iframe", "object", "embed", "form", "input", "button", "svg", "math", "video", "audio"),
    *("link", "base", "template", "textarea", "select", "noscript", "frame", "frameset", "applet", "marquee"),
}
MARK = re.compile(r"(?<!\d)\d{1,9}(?=[.)](?:\s|$))")
tangled = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)
staff_text = st.one_of(st.text(max_size=60), tangled)


@cache
def templates() -> Templates:
    return Templates.load()


def written(text: str, kind: RunKind = RunKind.WEEKLY) -> Mail:
    """A newsletter, or posts as they come, with ``text`` wherever staff can write."""
    entry = item(
        1,
        text,
        text,
        groups=[text, "groep 3"],
        photos=[photo(1, text, text), photo(2, text, text), photo(3)],
        event=Event(starts=moment(4), ends=None, location=text),
        links=[Link(url=text, title=text), Link(url="https://x.example/", title=text)],
    )
    fragments = Fragments(templates(), Brand(authors={1: text}, web=True))
    items = entry, item(2, "Slot", "Tot volgende week.")
    return render(edition(*items, of=school(name=text), kind=kind, welcome=True), fragments).mail


def told(text: str) -> Mail:
    """A notice with ``text`` wherever it can stand."""
    section = NoticeSection(text, (NoticeRow(text, text), NoticeRow(text)), text)
    notice = NoticeText(text, text, text, (section, section), text)
    return render_notice(notice, school(name=text), "nl", templates(), None)


def check_acts_nowhere(root: parser.HtmlElement) -> None:
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        assert element.tag not in ACTIVE
        assert not [name for name in element.attrib if name.startswith("on")]
        for name in ("href", "src"):
            assert re.match(r"(?:https?|mailto|cid):", element.get(name, "cid:"), re.IGNORECASE)


def check_inert(markup: str) -> None:
    root = parser.fromstring(markup)
    check_acts_nowhere(root)
    assert [image.get("src", "")[:4] for image in root.iter("img")] == ["cid:"] * 3
    assert sorted(head.get("id", "") for head in root.iter("h3")) == ["p-1-1", "p-2-1"]
    assert root.xpath("//h2")[-1].text_content() == "Goed om te weten", "the letter's end is gone"


def squeezed(text: str) -> str:
    return re.sub(r"[ \t\n\r\f]+", " ", text).strip()


def check_literal(mail: Mail, text: str) -> None:
    """Title, captions, alt texts and names stand there letter by letter."""
    plain, rich = shown(mail.text), shown(mail.html)
    wanted = line(text)
    assert plain.count(wanted) >= 8
    root = parser.fromstring(rich)
    for path in ("//h3[@id='p-1-1']", "//p[@class='caption']", "//h1"):
        # libxml2 drops a few characters of its own accord (U+FEFF); letters, digits and signs it keeps.
        assert squeezed(root.xpath(path)[0].text_content() if wanted else "") == squeezed(wanted)
    assert squeezed(root.xpath("//img/@alt")[0]) == squeezed(wanted)


@pytest.mark.parametrize(
    "text", naughty() or [pytest.param("", marks=pytest.mark.skip(reason="no naughty strings here"))]
)
def test_naughty_strings_come_out_literally(text: str) -> None:
    # Each in one of the letters to parents: what stands in both is made by the same fragments.
    kind = (RunKind.WEEKLY, RunKind.URGENT)[crc32(text.encode("utf-8", "surrogatepass")) % 2]
    mail = written(text, kind)
    check_inert(shown(mail.html))
    check_literal(mail, text)
    compose(mail, Encoder())
    check_told(text)


@given(staff_text, st.sampled_from(RunKind))
def test_any_text_comes_out_literally(text: str, kind: RunKind) -> None:
    mail = written(text, kind)
    check_inert(shown(mail.html))
    check_literal(mail, text)


@given(staff_text)
def test_any_text_comes_out_literally_in_a_notice(text: str) -> None:
    check_told(text)


def check_told(text: str) -> None:
    mail = told(text)
    root = parser.fromstring(shown(mail.html))
    check_acts_nowhere(root)
    assert not root.xpath("//img | //a"), "a notice has neither picture nor link"
    assert shown(mail.text).count(line(text)) >= 7
    for path in ("//h1", "//h2", "//p[@class='what']"):
        heading = root.xpath(path)[0].text_content() if line(text) else ""
        assert squeezed(heading) == squeezed(line(text))
    compose(mail, Encoder())


def letters(text: str) -> Counter[str]:
    return Counter(filter(str.isalnum, unquote(text).replace("mailto:", "")))


def rendered_words(markup: str) -> str:
    """All that a reader of the HTML can see or follow."""
    root = parser.fromstring(f"<div>{markup}</div>")
    links = [*root.xpath("//a/@href"), *root.xpath("//a/@title")]
    numbers = [str(number) for part in root.iter("ol") for number in numbered(part)]
    return " ".join([root.text_content(), *links, *numbers])


def numbered(ordered: parser.HtmlElement) -> Iterator[int]:
    """What a browser counts before the items of a list."""
    number = int(ordered.get("start", 1)) - 1
    for entry in ordered:
        number = int(entry.get("value", number + 1))
        yield number


@given(st.one_of(st.text(max_size=200), tangled, st.sampled_from(naughty() or [""])))
def test_no_letter_of_a_body_is_lost(source: str) -> None:
    body = Markdown({}).render(source)
    typed = lines(source)
    marks = letters(" ".join(MARK.findall(typed)))  # a list that says 1. 1. 1. is counted for its author
    for visible in (rendered_words(body.html), body.text):
        missing = [letters(form) - letters(visible) - marks for form in (typed, unescape(typed))]
        assert not min(missing, key=Counter.total), visible


@given(staff_text)
def test_the_text_part_of_a_body_has_no_markup_of_ours(source: str) -> None:
    """Only words that staff typed: no tag or entity of ours gets into plain text."""
    text = Markdown({}).render(source).text
    assert text.count("<") <= unescape(source).count("<")
    assert "\0" not in text
