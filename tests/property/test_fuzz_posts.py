"""Whatever staff write, in finished mails: nothing acts, nothing is loaded, no part breaks, no fact is lost.

WEEKBRIEF_FUZZ=long (`make fuzz`) writes 100,000 titles and bodies, WEEKBRIEF_FUZZ=N that many.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from functools import cache, lru_cache
from itertools import product
from random import Random

import pytest
from icalendar import Calendar

from pipeline.fragments import Brand, Fragments
from pipeline.languages import LANGUAGES
from pipeline.markdown import Body, Markdown
from pipeline.mime import Mail, Slot, compose, encode_photo, fill
from pipeline.mime_headers import date_header, list_unsubscribe, mailbox, message_id
from pipeline.model import Event, Item, Link, RunKind
from pipeline.palette import DEFAULT, palette
from pipeline.render import render
from pipeline.templates import Templates
from pipeline.texts import line
from tests.hostile import naughty, text
from tests.newsletter import edition, item, moment, photo, school
from tests.visible import Visible, same_facts, squeezed

_ASKED = os.environ.get("WEEKBRIEF_FUZZ", "")
POSTS = 100_000 if _ASKED == "long" else int(_ASKED or 80)
#: Posts in one mail, and mails in one test.
BATCH, MAILS = 8, 10
SEED = int(os.environ.get("WEEKBRIEF_FUZZ_SEED") or (47 if os.environ.get("CI") else time.time_ns() % 10**9))

TEMPLATES_OF_OTHERS = (
    *(
        "{{7*7}}",
        "${7*7}",
        "<%= 7*7 %>",
        "#{7*7}",
        "((7*7))",
        "((slot.NAME))",
        "{{ slot.NAME }}",
        "((title))",
    ),
    *("<!--% if 1 %-->", "<!--# x #-->", "{% raw %}", "<!-- fragment: item -->", "{# fragment: item #}"),
    *("#ac0001", "9999px", "%(num)s", "cid:x", "<mj-raw>", "[[7*7]]"),
)

HEADERS = (
    *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "List-Id"),
    *("List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted", "X-Auto-Response-Suppress"),
    *("Content-Language", "Content-Type"),
)
#: All that an event in agenda.ics may say.
EVENT = {
    *("UID", "DTSTAMP", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "LOCATION", "ORGANIZER"),
    *("STATUS", "TRANSP"),
}
CHANGE = "https://ouders.example.nl/keuze"
VALUES = {
    Slot.TO: mailbox("Anna de Vries", "anna@thuis.example"),
    Slot.MESSAGE_ID: message_id("2026-W47.1", "regenboog.example"),
    Slot.DATE: date_header(moment(20)),
    Slot.UNSUBSCRIBE: list_unsubscribe(mailto="mailto:info@regenboog.example", https=CHANGE),
    Slot.NAME: "Anna de Vries",
    Slot.PREFERENCES: CHANGE,
}


@cache
def templates() -> Templates:
    return Templates.load()


@cache
def markdown() -> Markdown:
    return templates().markdown(palette(DEFAULT))


def entry(key: int, dice: Random) -> Item:
    """A post with hostile text wherever staff can write."""
    few = [text(dice, 6) for _ in range(7)]
    return item(
        key,
        text(dice, 8),
        text(dice, 40),
        groups=few[:1],
        photos=[photo(key, few[1], few[2])],
        event=Event(starts=moment(4), ends=None, location=few[3]),
        links=[Link(url=few[4], title=few[5]), Link(url="https://x.example/", title=few[6])],
        published=moment(1 + key),
    )


def mail_of(items: Sequence[Item], dice: Random, kind: RunKind, language: str) -> Mail:
    brand = Brand(authors={1: text(dice, 4)}, contact=text(dice, 4), web=True)
    told = edition(*items, of=school(name=text(dice, 4)), language=language, kind=kind, welcome=True)
    return render(told, Fragments(templates(), brand)).mail


# --- a body by itself


@lru_cache(32)
def rendered(source: str) -> Body:
    return markdown().render(source)


def check_body(source: str) -> None:
    body = rendered(source)
    assert list(same_facts(body.html, body.text)) == []
    for tag, attributes in Visible(body.html).elements:
        assert tag in BODY_TAGS
        assert set(attributes) <= BODY_ATTRIBUTES
        assert attributes.get("style", "") in styles()
        assert re.match(r"(?:https?|mailto):", attributes.get("href", "https:"), re.IGNORECASE)
    assert "\0" not in body.text
    assert not re.search(r"[\ud800-\udfff]", body.html + body.text)


BODY_TAGS = {
    *("p", "br", "hr", "h4", "h5", "h6", "strong", "em", "s", "a", "code", "pre", "blockquote", "div"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
}
BODY_ATTRIBUTES = {
    *("style", "href", "title", "rel", "start", "value", "align", "dir", "scope", "tabindex"),
}


@cache
def styles() -> frozenset[str]:
    """Every style of ours; an author brings none."""
    pages = (reference_html(), markdown().render(EVERY_ELEMENT).html)
    return frozenset({"", *(found.get("style", "") for page in pages for _, found in Visible(page).elements)})


# --- a finished mail


@cache
def reference_html() -> str:
    return "".join(html_of(plain_mail(kind, language)) for kind, language in product(RunKind, LANGUAGES))


def plain_mail(kind: RunKind, language: str) -> bytes:
    """A mail with harmless text of both directions, so with every style and comment of ours."""
    links = [Link(url="https://x.example/", title="x"), Link(url="no address", title="x")]
    event = Event(starts=moment(4), ends=None, location="Aula")
    items = [
        item(
            key,
            title,
            f"{bodies}\n\n{EVERY_ELEMENT}",
            photos=[photo(key, "x", title)],
            event=event,
            links=links,
        )
        for key, (title, bodies) in enumerate(product(("x", "مرحبا"), repeat=2), 1)
    ]
    told = edition(*items, language=language, kind=kind, welcome=True)
    return finished(render(told, Fragments(templates(), Brand(authors={1: "x"}, web=True))).mail)


EVERY_ELEMENT = (
    "# x\n\n## x\n\n### x\n\n- x\n\n1. x\n\n> x\n\n`x`\n\n```\nx\n```\n\n---\n\n"
    "|x|\n|-|\n|x|\n\n[x](http://x)"
)


def finished(mail: Mail) -> bytes:
    return fill(compose(mail), VALUES, lambda _: encode_photo(b"\xff\xd8\xff\xd9"))


def html_of(message: bytes) -> str:
    return next(
        part.get_payload(decode=True).decode()
        for part in message_from_bytes(message).walk()
        if part.get_content_type() == "text/html"
    )


@cache
def our_comments() -> frozenset[str]:
    return frozenset(Visible(reference_html()).comments)


@cache
def our_tags() -> frozenset[str]:
    return frozenset(tag for tag, _ in Visible(reference_html()).elements) | BODY_TAGS | {"span"}


def check_mime(raw: bytes, photos: int) -> Message:
    assert b"\0" not in raw
    rows = raw.split(b"\r\n")
    assert max(map(len, rows)) <= 998
    assert not any(b"\r" in row or b"\n" in row for row in rows)
    message = message_from_bytes(raw)
    assert sorted(message.keys()) == sorted(HEADERS)
    kinds = [part.get_content_type() for part in message.walk()]
    wanted = ["multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html"]
    assert kinds == [*wanted, *["image/jpeg"] * photos, "text/calendar"]
    assert [part.defects for part in message.walk() if part.defects] == []
    return message


def check_mail(items: Sequence[Item], mail: Mail) -> None:
    message = check_mime(finished(mail), len(items))
    subject = str(make_header(decode_header(re.sub(r"\r\n(?=[ \t])", "", message["Subject"]))))
    assert squeezed(subject) == squeezed(mail.subject)
    plain, rich, events = (
        part.get_payload(decode=True).decode()
        for part in message.walk()
        if part.get_content_maintype() == "text"
    )
    check_page(Visible(rich), items)
    check_calendar(events, items)
    told = squeezed(plain)
    for each in items:
        content = each.post.content
        assert content.event
        for fact in (content.title, content.photos[0].caption, content.photos[0].alt, content.event.location):
            assert squeezed(line(fact)) in told
        assert squeezed(rendered(content.body).text) in told


def check_calendar(text: str, items: Sequence[Item]) -> None:
    """As another library reads it: these events, with these words and nothing else of the author's."""
    [calendar] = Calendar.from_ical(text, multiple=True)
    found = [(read(event["SUMMARY"]), read(event.get("LOCATION", ""))) for event in calendar.events]
    contents = [each.post.content for each in items]
    wanted = [(read(line(each.title)), read(line(each.event.location))) for each in contents if each.event]
    assert sorted(found) == sorted(wanted)
    assert {name for event in calendar.events for name in event} <= EVENT


def read(words: str) -> str:
    """icalendar drops a byte order mark that a value begins with; nobody sees it."""
    return squeezed(str(words).replace("\ufeff", ""))


def check_page(page: Visible, items: Sequence[Item]) -> None:
    assert set(page.comments) <= our_comments()
    assert {tag for tag, _ in page.elements} <= our_tags()
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")]
        assert attributes.get("style", "") in styles()
        assert re.match(r"(?:https?|mailto):", attributes.get("href", "https:"), re.IGNORECASE)
        assert attributes.get("src", "cid:").startswith("cid:")
        assert {"srcset", "background", "poster", "action", "data", "formaction"}.isdisjoint(attributes)
        assert tag != "img" or attributes["src"].startswith("cid:")
    titles = [(name, words) for name, words in page.inside if name.startswith("p-")]
    wanted = {f"p-{each.post.key}-1": squeezed(line(each.post.content.title)) for each in items}
    assert {name: squeezed(words) for name, words in titles} == wanted
    assert len(titles) == len(items)
    captions = [squeezed(words) for name, words in page.inside if name == "caption"]
    expected = (squeezed(line(each.photos[0].caption)) for each in items)
    assert sorted(captions) == sorted(filter(None, expected))


def batches() -> Iterator[int]:
    return iter(range(max(1, POSTS // (BATCH * MAILS))))


@pytest.mark.parametrize("batch", list(batches()))
def test_no_text_of_staff_acts_or_is_lost(batch: int) -> None:
    for number in range(MAILS):
        seed = f"{SEED} {batch} {number}"
        dice = Random(seed)
        items = [entry(key, dice) for key in range(1, BATCH + 1)]
        kind, language = dice.choice(list(RunKind)), dice.choice(LANGUAGES)
        try:
            for each in items:
                check_body(each.post.content.body)
            check_mail(items, mail_of(items, dice, kind, language))
        except Exception as error:
            error.add_note(f"WEEKBRIEF_FUZZ_SEED={SEED}: mail {seed!r}")
            raise


@pytest.mark.parametrize("marker", TEMPLATES_OF_OTHERS)
def test_what_means_something_to_a_template_stays_what_it_is(marker: str) -> None:
    told = item(1, marker, f"{marker}\n\n- {marker}", photos=[photo(1, marker, marker)])
    mail = render(edition(told), Fragments(templates(), Brand(web=True))).mail
    plain = "".join(part for part in mail.text if isinstance(part, str))
    page = Visible(html_of(finished(mail)))
    assert "".join(page.words).count(marker) == 5
    assert plain.count(marker) == 5
    assert [found["alt"] for tag, found in page.elements if tag == "img"] == [marker]


def test_naughty_bodies_say_the_same_in_both_parts() -> None:
    for source in naughty():
        check_body(source)


UNITS = (
    *(">", "> ", "[", "![", "](", "*a ", "_", "**_", "~~a ", "`", "`a", "- ", "- a\n", "1. ", "<", "<a "),
    *("&", "|a|\n|-|\n", "[a](", "[a]: b\n", "a\n\n", "```\n", "\u202e", "x", "\\"),
)


@pytest.mark.parametrize("unit", UNITS)
def test_deep_and_long_text_is_read_in_time(unit: str) -> None:
    """Ten thousand times the same: a second or so here, and never a crash. Quadratic would be minutes."""
    begun = time.process_time()
    check_body(unit * 10_000 if POSTS > 10_000 else unit * 500)
    assert time.process_time() - begun < 20


@pytest.mark.parametrize("opening, closing", [("*a ", "b* "), ("**", "**"), ("[![", "](b)](c)"), ("> ", "")])
def test_what_is_nested_too_deep_is_shown_as_it_was_typed(opening: str, closing: str) -> None:
    source = opening * 1_000 + "midden" + closing * 1_000
    body = markdown().render(source)
    assert "midden" in body.text
    assert "midden" in body.html
    check_body(source)


def test_the_comparison_can_fail() -> None:
    assert list(same_facts("<p>twee een</p>", "een twee"))
    assert list(same_facts('<a href="http://x.example">x</a>', "x"))
    assert list(same_facts("<p>een</p>", "een twee"))
    assert list(same_facts("<ol start=3><li>een</ol>", "3. een")) == []
