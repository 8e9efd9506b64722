"""A mail in Arabic is turned for real, and the author's own words keep their direction in any mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings, strategies as st
from lxml import html as parser

from pipeline.fragments import Brand
from pipeline.languages import LANGUAGES
from pipeline.mirror import mirrored, mirrored_css
from pipeline.model import Item, Link, RunKind
from pipeline.notice_mail import render_notice
from pipeline.press import Press
from pipeline.settings_values import OwnTexts
from pipeline.templates import Templates, build, find_folder
from tests.newsletter import closed, edition, filmed, item, letter, notice, photo, school, shown, week

ARABIC = "ذهبنا **جميعًا** إلى الغابة.\n\n- سنجابًا\n\n> القراءة سفر.\n\n| يوم | أين |\n|---|---|\n| a | b |"


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates.load()


def in_language(item: Item, language: str) -> Item:
    content = replace(item.post.content, language=language)
    return replace(item, post=replace(item.post, content=content))


def pages(templates: Templates, language: str) -> Iterator[str]:
    for kind in (RunKind.WEEKLY, RunKind.URGENT):
        yield shown(
            letter(templates, *week(), closed(), language=language, kind=kind, welcome=True).mail.html
        )
    yield shown(render_notice(notice(), school(language=language), language, templates, None).html)


# --- mirroring


@pytest.mark.parametrize(
    "css, turned",
    [
        ("direction:ltr;font-size:0px", "direction:rtl;font-size:0px"),
        ("text-align:left", "text-align:right"),
        ("text-align: right; padding:0 8px", "text-align: left; padding:0 8px"),
        ("padding:1px 2px 3px 4px", "padding:1px 4px 3px 2px"),
        ("margin: 0 8px 0 0 !important;", "margin: 0 0 0 8px !important;"),
        ("margin:4px 0 14px", "margin:4px 0 14px"),
        ("border-left:3px solid #ac0003", "border-right:3px solid #ac0003"),
        ("padding-right: 9px", "padding-left: 9px"),
        ("text-align:((side)); vertical-align:top", "text-align:((side)); vertical-align:top"),
        ("text-align:start", "text-align:start"),
        ("border:0 solid", "border:0 solid"),
        ("border-top:1px solid", "border-top:1px solid"),
    ],
)
def test_what_has_a_side_changes_it(css: str, turned: str) -> None:
    assert mirrored_css(css) == turned


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["padding", "margin", "padding-left", "border-right", "text-align", "direction"]),
            st.lists(
                st.sampled_from(["0", "4px", "2em", "left", "rtl", "ltr", "right"]), min_size=1, max_size=4
            ),
        )
    )
)
@settings(max_examples=40)
def test_turned_twice_is_as_before(declarations: list[tuple[str, list[str]]]) -> None:
    css = ";".join(f"{name}:{' '.join(values)}" for name, values in declarations)
    assert mirrored_css(mirrored_css(css)) == css


def test_tables_and_attributes_are_turned_and_what_is_filled_in_is_not() -> None:
    kept = '<p dir="((flow(x)))" class="left">b</p></div>'
    page = f'<div dir="ltr"><table role="x"><td align="left">a</td></table>{kept}'
    assert (
        mirrored(page) == f'<div dir="rtl"><table dir="rtl" role="x"><td align="right">a</td></table>{kept}'
    )


@pytest.mark.parametrize("name", ["newsletter", "post", "notice"])
def test_a_turned_page_has_on_each_side_what_the_page_has_on_the_other(name: str) -> None:
    page = build(find_folder() / "mail", name)
    turned = mirrored(page)
    assert "direction:ltr" in page
    for left in ("direction: *ltr", '(?<= )dir="ltr"'):
        assert re.findall(left, turned) == []
    for side in ("text-align: *{}", 'align="{}"', "border-{}"):
        left, right = (re.compile(side.format(each)) for each in ("left", "right"))
        assert len(left.findall(turned)) == len(right.findall(page))
        assert len(right.findall(turned)) == len(left.findall(page))
    assert page.count("<table ") == len(re.findall('<table(?= )[^>]* dir="rtl"', turned))
    assert "letter-spacing" not in page, "it tears Arabic letters apart"


# --- the author's words


@pytest.mark.parametrize("language", ["nl", "ar"])
def test_dutch_words_run_from_left_to_right_and_begin_on_the_left_in_any_mail(
    templates: Templates, language: str
) -> None:
    entry = item(1, "Bos!", "Hoi.\n\n> Lees.", photos=[photo(1, "Eekhoorn", "Kijk!")], groups=["groep 3"])
    root = parser.fromstring(shown(letter(templates, entry, language=language).mail.html))
    assert root.get("dir") == ("rtl" if language == "ar" else "ltr")
    for words in root.xpath("//h3 | //div[@class='post'] | //p[contains(@class, 'caption')]"):
        assert words.get("dir") == "ltr"
        assert words.get("lang") == "nl"
        assert "text-align:left" in words.get("style").replace(": ", ":")
    assert "border-left" in root.xpath("//blockquote/@style")[0]
    assert {node.text for node in root.iter("bdi")} >= {"KBS de Regenboog", "juf Sanne", "groep 3"}


@pytest.mark.parametrize("base_url", ["", "https://ouders.example.nl"])
def test_what_we_say_of_a_video_runs_as_the_mail_does(templates: Templates, base_url: str) -> None:
    """It stands in a cell that runs as the author's words do."""
    root = parser.fromstring(shown(letter(templates, filmed(), language="ar", base_url=base_url).mail.html))
    assert set(root.xpath("//table[contains(@class, 'photos')]//td/@dir")) == {"ltr"}
    assert root.xpath("//p[@class='film']/@dir") == ["rtl", "rtl"]


@pytest.mark.parametrize(
    "language, own, way", [("ar", "Ahoi {name}!", "ltr"), ("nl", "مرحبًا {name}!", "rtl")]
)
def test_a_schools_own_greeting_runs_as_it_is_written(
    templates: Templates, language: str, own: str, way: str
) -> None:
    texts = OwnTexts(greeting={"": own})
    root = parser.fromstring(shown(letter(templates, *week()[:1], language=language, texts=texts).mail.html))
    assert root.xpath("//p[@class='hello']/@dir") == [way]


@pytest.mark.parametrize("language", ["nl", "ar"])
@pytest.mark.parametrize("marked", ["ar", ""])
def test_arabic_words_run_from_right_to_left_in_any_mail(
    templates: Templates, language: str, marked: str
) -> None:
    """Whether the author named the language or the letters tell."""
    link = Link(url="https://boeken.example.nl/", title="كتب")
    entry = in_language(item(1, "رحلة", ARABIC, links=[link]), marked)
    root = parser.fromstring(shown(letter(templates, entry, language=language).mail.html))
    for words in root.xpath("//h3 | //div[@class='post'] | //p[contains(@class, 'link')]"):
        assert words.get("dir") == "rtl"
        assert "text-align:right" in words.get("style").replace(": ", ":")
    assert {words.get("lang") for words in root.xpath("//h3 | //div[@class='post']")} == {marked or "nl"}
    assert re.search(r"padding: ?0 24px 0 0", root.xpath("//ul/@style")[0])
    assert "border-right" in root.xpath("//blockquote/@style")[0]
    assert set(root.xpath("//td/@align | //th/@align")) >= {"right"}
    assert root.xpath("//div[@class='post']//td/@align") == ["right", "right"]
    assert root.xpath("string(//span[@class='host']/bdi)") == "boeken.example.nl"


def test_a_paragraph_in_another_script_runs_as_it_is_written(templates: Templates) -> None:
    """A letter in two languages: each paragraph begins on its own side."""
    entry = item(1, "Bos", "Hoi!\n\n## رحلة\n\nذهبنا إلى الغابة (bos).\n\n1 en 2 **ja**.")
    root = parser.fromstring(shown(letter(templates, entry).mail.html))
    blocks = root.xpath("//div[@class='post']/*")
    sides = [(block.tag, block.get("dir"), block.get("align")) for block in blocks]
    assert sides == [("p", None, None), ("h4", "rtl", "right"), ("p", "rtl", "right"), ("p", None, None)]


def test_a_turkish_post_says_so(templates: Templates) -> None:
    entry = in_language(item(1, "Ormanda", "Merhaba."), "tr")
    root = parser.fromstring(shown(letter(templates, entry).mail.html))
    assert {words.get("lang") for words in root.xpath("//h3 | //div[@class='post']")} == {"tr"}
    assert root.get("lang") == "nl"


# --- every language


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_changes_the_case_of_a_letter_and_every_page_names_its_language(
    templates: Templates, language: str
) -> None:
    for page in pages(templates, language):
        assert "text-transform" not in page
        root = parser.fromstring(page)
        assert (root.get("lang"), root.get("dir")) == (language, "rtl" if language == "ar" else "ltr")


def test_a_language_costs_nothing_until_it_is_read() -> None:
    made = Templates.load()
    letter(made, closed())
    letters = made.letters
    assert letters._made.keys() == {"nl"}  # type: ignore[attr-defined]
    assert letters._page.compiled.cache_info().currsize == 1  # type: ignore[attr-defined]
    assert set(letters) == set(LANGUAGES)
    with pytest.raises(KeyError):
        letters["tlh"]


@pytest.mark.parametrize("language, hello", [("nl", "ouder of verzorger"), ("ar", "ولي الأمر الكريم")])
def test_who_has_no_name_on_file_is_greeted_in_their_own_language(
    templates: Templates, tmp_path: Path, language: str, hello: str
) -> None:
    press = Press(school(), Brand(), tmp_path, lambda: templates)
    printed = press.print(edition(closed(), language=language))
    to = SimpleNamespace(
        message_id="<a@b.example>",
        date=datetime(2026, 11, 20, tzinfo=UTC),
        name=" ",
        address="a@b.example",
        unsubscribe=None,
    )
    message = press.message(1, printed.pieces, to)
    body = message_from_bytes(message, policy=policy.default).get_body(("plain",))
    assert body is not None
    assert hello in body.get_content()
