"""A notice to staff: the same words in both parts, nothing that acts, no list to leave."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from lxml import html as parser

from pipeline.mime import Encoder, Mail, Slot, compose, encode_photo, fill
from pipeline.notice_mail import NoticeRow, NoticeSection, NoticeText, render_notice
from pipeline.templates import Templates
from tests.newsletter import notice, school, shown

VALUES = {
    Slot.TO: '"juf Sanne" <sanne@regenboog.example>',
    Slot.MESSAGE_ID: "<notice.1@regenboog.example>",
    Slot.DATE: "Fri, 20 Nov 2026 12:00:00 +0100",
}


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates.load()


def made(templates: Templates, text: NoticeText, language: str = "nl") -> Mail:
    return render_notice(text, school(), language, templates, None)


def sent(mail: Mail) -> bytes:
    return fill(compose(mail, Encoder()), VALUES, lambda _: encode_photo(b""))


def words(markup: str) -> str:
    return re.sub(r"\s+", " ", parser.fromstring(markup.replace("<br>", " ")).text_content()).strip()


def test_both_parts_say_all_that_the_notice_says(templates: Templates) -> None:
    text = notice()
    mail = made(templates, text)
    rich, plain = words(shown(mail.html)), re.sub(r"\s+", " ", shown(mail.text))
    facts = [
        *(text.heading, text.lead, text.closing, "KBS de Regenboog", "Stuur het niet door."),
        *(part for section in text.sections for part in (section.title, section.lead)),
        *(row.what for section in text.sections for row in section.rows),
        *(row.detail.replace("\n", " ") for section in text.sections for row in section.rows),
    ]
    assert [fact for fact in facts if fact not in rich] == []
    assert [fact for fact in facts if fact not in plain] == []
    assert mail.subject == text.subject


def test_an_english_reader_gets_an_english_frame(templates: Templates) -> None:
    mail = made(templates, notice(), "en")
    for part in (words(shown(mail.html)), shown(mail.text)):
        assert "Please do not pass it on." in part
    assert parser.fromstring(shown(mail.html)).get("lang") == "en"


def test_it_is_no_list_and_needs_only_addressee_date_and_id(templates: Templates) -> None:
    message = message_from_bytes(sent(made(templates, notice())), policy=policy.default)
    assert [name for name in message.keys() if name.lower().startswith("list-")] == []  # noqa: SIM118
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["To"].addresses[0].addr_spec == "sanne@regenboog.example"
    assert message["From"].addresses[0].addr_spec == "nieuws@regenboog.example"
    assert message["Reply-To"].addresses[0].addr_spec == "info@regenboog.example"
    assert message["Message-ID"] == VALUES[Slot.MESSAGE_ID]
    assert message["Content-Language"] == "nl"
    body = message.get_body(("plain",))
    assert body is not None
    assert "Berichten die wachten" in body.get_content()


@pytest.mark.parametrize(
    "text",
    ["{{ 7*7 }}", "((7*7))", "<!--% raw %-->", "<script>x</script>", "&amp;", '" onclick="x', "%(school)s"],
)
def test_words_of_others_are_shown_and_never_act(templates: Templates, text: str) -> None:
    section = NoticeSection(text, (NoticeRow(text, text), NoticeRow(text, f"{text}\n{text * 3}")), text)
    mail = made(templates, NoticeText(text, text, text, (section, section), text))
    html = shown(mail.html)
    assert words(html).count(text) >= 16
    assert shown(mail.text).count(text) >= 16
    root = parser.fromstring(html)
    assert not root.xpath("//script | //*[@onclick] | //a | //img")


def test_a_subject_stays_one_header_line(templates: Templates) -> None:
    mail = made(templates, replace(notice(), subject="Wacht\r\nBcc: x@y.example"))
    assert mail.subject == "Wacht  Bcc: x@y.example"
    assert b"\r\nBcc:" not in sent(mail)


def test_line_breaks_stay_where_they_were(templates: Templates) -> None:
    section = NoticeSection("x", (NoticeRow("Bos", "een\ntwee, om te beslissen"),))
    mail = made(templates, NoticeText("x", "x", "boven\nonder", (section,)))
    assert "boven<br>onder" in shown(mail.html)
    assert "een<br>twee" in shown(mail.html)
    assert "- Bos\n  een\n  twee, om te beslissen\n" in shown(mail.text)


def test_short_details_of_a_whole_section_stand_as_figures(templates: Templates) -> None:
    counts = NoticeSection("Verstuurd", (NoticeRow("Verstuurd", "380"), NoticeRow("Geen nieuws", "9")))
    mail = made(templates, NoticeText("x", "x", "x", (counts,)))
    cells = parser.fromstring(shown(mail.html)).xpath("//td[@class='figure']")
    assert [cell.text_content() for cell in cells] == ["380", "9"]
    assert "- Verstuurd: 380\n- Geen nieuws: 9\n" in shown(mail.text)
    mixed = replace(counts, rows=(*counts.rows, NoticeRow("Mislukt", "het adres bestaat niet meer")))
    html = shown(made(templates, NoticeText("x", "x", "x", (mixed,))).html)
    assert not parser.fromstring(html).xpath("//td[@class='figure']")


def test_a_notice_without_sections_or_rows_is_still_whole(templates: Templates) -> None:
    empty = NoticeText("x", "Alles ging goed", "", (NoticeSection("Niets wacht", ()),))
    for text in (empty, replace(empty, sections=())):
        mail = made(templates, text)
        assert "Alles ging goed" in shown(mail.text)
        assert shown(mail.html).rstrip().endswith("</html>")
        assert not re.search(r"<p[^>]*></p>|<table[^>]*></table>", shown(mail.html))


def test_nothing_is_fetched_and_no_stand_in_is_left(templates: Templates) -> None:
    html = shown(render_notice(notice(), school(), "nl", templates, "#e30613").html)
    assert not re.search(r"(?:src|href|@import|url\()[\s=\"'(]", html)
    assert "#ac00" not in html
    assert "#e30613" in html


def test_the_same_notice_gives_the_same_bytes(templates: Templates) -> None:
    assert sent(made(templates, notice())) == sent(made(Templates.load(), notice()))


def test_a_colour_that_is_none_is_refused(templates: Templates) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        render_notice(notice(), school(), "nl", templates, "green")
