"""Mail that is right: every template in every language and scheme, judged by programs that are not ours.

docs/mail-checks.md says what each looks at. WEEKBRIEF_MAIL_CHECKS=long judges every kind of post by itself.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from lxml import html as parser

from pipeline.languages import LANGUAGES
from pipeline.model import LARGE
from pipeline.multipart import leaves
from tests.mail_checks import known, tools
from tests.mail_checks.gallery import GALLERY
from tests.mail_checks.samples import Sample, names, samples, templates_in_all_languages
from tests.mail_checks.tools import Missing

LONG = os.environ.get("WEEKBRIEF_MAIL_CHECKS") == "long"

#: One worker asks each program once for everything.
pytestmark = pytest.mark.xdist_group("mail_checks")

Told = TypeVar("Told")


@cache
def judged() -> tuple[Sample, ...]:
    return tuple(samples()) if LONG else templates_in_all_languages()


def asked(ask: Callable[[], Told]) -> Told:
    """What a program says, or why it cannot be asked here."""
    try:
        return ask()
    except Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mails")


@pytest.fixture(scope="module")
def validated(folder: Path) -> dict[str, Any]:
    return asked(partial(tools.validate, folder, judged()))


def test_the_html_is_valid(validated: dict[str, Any]) -> None:
    found = {(each["rule"], each["message"]): f"{each['name']}:{each['line']}" for each in validated["html"]}
    assert {what: where for what, where in found.items() if what not in known.HTML} == {}
    assert set(known.HTML) - set(found) == set(), "an exception that nothing needs any more"


def test_no_mail_program_lacks_more_than_it_did(validated: dict[str, Any]) -> None:
    recorded = json.loads(known.SUPPORT.read_text("utf-8"))
    found = {(what, who, how) for what, row in validated["support"].items() for who, how in row.items()}
    accepted = {(what, who, how) for what, row in recorded.items() for who, how in row.items()}
    assert found - accepted == set(), "use something else, or record it: docs/mail-checks.md"
    assert accepted - found == set(), "this is better than recorded: record it, so that it stays so"


def test_everyone_can_read_it_on_a_telephone_and_a_desk_in_light_and_dark(folder: Path) -> None:
    seen = asked(partial(tools.browse, folder, judged(), off=known.AXE, skim=skimmed()))
    assert len(seen) == len(judged()) * len(tools.WIDTHS) * len(tools.SCHEMES)
    for view in seen:
        where = f"{view['name']} at {view['width']} in {view['scheme']}"
        assert view["violations"] == [], where
        assert (view["out"], view["blank"], view["asked"]) == ([], [], []), where
        assert view["needs"] <= view["width"], f"{where} scrolls sideways"


def skimmed() -> set[str]:
    """After the first language only words and their direction differ: axe looks at a telephone in light and a
    desk in dark there, for which it takes half as long. What sticks out is looked at in every view."""
    return set() if LONG else {each.name for each in judged() if each.language != LANGUAGES[0]}


def test_nothing_in_it_looks_like_spam(folder: Path) -> None:
    scores = asked(partial(tools.spam, folder, {each.name: each.message for each in judged()}))
    assert len(scores) == len(judged())
    judged_by = {
        name: {rule: n for rule, n in met.items() if rule not in known.SPAM} for name, met in scores.items()
    }
    assert {name: met for name, met in judged_by.items() if sum(met.values()) > 0} == {}


def test_mails_are_whole_and_load_nothing_from_anywhere() -> None:
    for sample in judged():
        check_self_contained(sample)


def check_self_contained(sample: Sample) -> None:
    """Each picture used and there; hosts only in links, and all of them the school's or the author's."""
    root = parser.fromstring(sample.html)
    used = {source.removeprefix("cid:") for source in root.xpath("//img/@src")}
    defined = [leaf.content_id for leaf in leaves(sample.message) if leaf.content_id]
    assert sorted(used) == sorted(defined)
    assert all(source.startswith("cid:") for source in root.xpath("//img/@src"))
    assert root.xpath("//link | //script | //iframe | //object | //embed | //video | //audio | //base") == []
    assert root.xpath("//@background | //@srcset | //@poster") == []
    assert re.findall(r"url\s*\(|@import|@font-face", sample.html) == []
    links = {host for href in root.xpath("//a/@href") for host in _hosts(href)}
    named = _hosts(re.sub(r'<a href="[^"]*"', "<a", sample.html))
    assert {host for host in links if not host.endswith(".example")} <= known.CALENDARS
    assert {host for host in named if not host.endswith(".example")} <= {"www.w3.org"}


def _hosts(text: str) -> set[str]:
    return set(re.findall(r"https?://([^/\s\"'<>?]+)", text))


def test_no_program_clips_an_ordinary_mail() -> None:
    """Gmail hides what comes after some 102 kB of HTML; we warn staff at 100."""
    ordinary = samples(["newsletter", "newsletter-first", "several", "summary"])
    sizes = {each.name: len(each.html.encode()) for each in ordinary}
    assert {name: size for name, size in sizes.items() if size > LARGE} == {}


def test_the_gallery_shows_every_kind_of_mail_in_every_language() -> None:
    page = (GALLERY / "README.md").read_text("utf-8")
    again = "make gallery makes it anew"
    assert [name for name in names() if f'src="{name}-languages.webp"' not in page] == [], again
    assert [language for language in LANGUAGES if f"`{language}`" not in page] == [], again
    pictures = {file.name for file in GALLERY.iterdir()} - {"README.md", "thunderbird.png"}
    assert set(re.findall(r'src="([^"]+)"', page)) == pictures
    assert sum(file.stat().st_size for file in GALLERY.iterdir()) < 8_000_000


# --- the judges can say no


def bad(html: str, message: bytes = b"") -> Sample:
    head = b"Content-Type: text/html; charset=utf-8\r\n\r\n"
    return Sample(kind="bad", language="nl", message=message or head + html.encode())


def test_the_validators_can_fail(folder: Path) -> None:
    page = '<!doctype html><html lang="nl"><head><title>x</title></head><body><p>a<div style="display:flex">'
    told = asked(partial(tools.validate, folder, [bad(page)]))
    assert {"close-order"} <= {each["rule"] for each in told["html"]}
    assert told["support"]["display:flex"]["outlook.windows"] == "none"


def test_the_browser_can_fail(folder: Path) -> None:
    page = (
        '<!doctype html><html><body><p style="color:#aaa">grey</p><img src="http://elsewhere.example/x.png">'
        '<div style="width:900px">wide</div>'
    )
    [view] = asked(partial(tools.browse, folder, [bad(page)], views=[(360, "light")]))
    assert {"color-contrast", "image-alt", "html-has-lang"} <= {each["id"] for each in view["violations"]}
    assert view["asked"] == ["http://elsewhere.example/x.png"]
    assert view["needs"] == 908
    assert view["out"]


def test_the_spam_filter_can_fail(folder: Path) -> None:
    message = b"From: <a@b.example>\r\nSubject: FREE VIAGRA!!!\r\n\r\nDear friend, you won $1,000,000 http://1.2.3.4/\r\n"
    [met] = asked(partial(tools.spam, folder, {"bad": message})).values()
    assert sum(met.values()) > 5
    assert any("DRUG" in rule for rule in met)
