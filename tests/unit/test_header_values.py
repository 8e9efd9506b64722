"""Header values: what stays readable, what is encoded, and what is refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.header import decode_header
from zoneinfo import ZoneInfo

import pytest

from pipeline.mime_headers import (
    ascii_domain,
    date_header,
    list_id,
    list_unsubscribe,
    mailbox,
    mailto_url,
    message_id,
    needs_smtputf8,
    unstructured,
)

# --- subjects and names


def test_an_ascii_subject_stays_readable_and_is_folded_at_its_spaces() -> None:
    text = "Nieuwsbrief van de week met bos, musical, luizen, sport en alles wat er verder nog in groep 3 was"
    value = unstructured(text)
    assert value.replace("\r\n", "") == text
    assert "\r\n" in value


@pytest.mark.parametrize("text", ["a  b", " a", "a ", "x" * 100, "=?utf-8?q?a?=", "één", "a\xa0b"])
def test_a_subject_that_folding_or_guessing_would_change_is_encoded(text: str) -> None:
    assert re.fullmatch(r"(=\?utf-8\?b\?[A-Za-z0-9+/]+=*\?=(\r\n )?)+", unstructured(text))


def test_a_family_is_not_torn_apart_between_two_words() -> None:
    family = "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
    words = unstructured(family * 5).split("\r\n ")
    assert [decode_header(word) for word in words] == [[(family.encode(), "utf-8")]] * 5


@pytest.mark.parametrize("name", ["", " ", "\r\n", "\x00"])
def test_a_mailbox_without_a_name_is_the_bare_address(name: str) -> None:
    assert mailbox(name, "a@x.example") == "a@x.example"


# --- addresses


@pytest.mark.parametrize(
    "address",
    [
        "a@x.example>\r\nRCPT TO:<z@z.example",
        "a@x.example, b@x.example",
        "a@x.example\n",
        "<a@x.example>",
        "a b@x.example",
        '"a b"@x.example',
        "a(c)@x.example",
        "a..b@x.example",
        ".a@x.example",
        "a@@x.example",
        "a@x..example",
        "a@-x.example",
        "a@[127.0.0.1]",
        "a\u2028b@x.example",
        "a\u00a0b@x.example",
        "a@é\u2028.example",
        "a@",
        "@x.example",
        "",
        "a" * 65 + "@x.example",
    ],
)
def test_only_one_plain_address_gets_into_a_header(address: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        mailbox("Anna", address)


@pytest.mark.parametrize(
    "address, written, smtputf8",
    [
        ("a.b+c@x.example", "a.b+c@x.example", False),
        ("o'neil@x.example", "o'neil@x.example", False),
        ("info@Bücher.example", "info@xn--bcher-kva.example", False),
        ("info@straße.example", "info@xn--strae-oqa.example", False),
        ("zoë@bücher.example", "zoë@xn--bcher-kva.example", True),
        ("用户@例子.example", "用户@xn--fsqu00a.example", True),
    ],
)
def test_domains_become_ascii_and_local_parts_stay(address: str, written: str, smtputf8: bool) -> None:
    assert (ascii_domain(address), needs_smtputf8(address)) == (written, smtputf8)


# --- list headers, ids and dates


@pytest.mark.parametrize(
    "mailto, https",
    [
        ("mailto:a@x.example>\r\nBcc: <y", None),
        ("mailto:a b@x.example", None),
        ("mailto:é@x.example", None),
        ("a@x.example", None),
        ("mailto:a@x.example", "http://x.example/"),
        ("mailto:a@x.example", "https://x.example/,"),
        ("mailto:a@x.example", "https://x.example/<"),
        ("mailto:a@x.example", "https://x.example/" + "k" * 1000),
    ],
)
def test_a_link_that_would_need_encoding_is_refused(mailto: str, https: str | None) -> None:
    with pytest.raises(ValueError, match="URL"):
        list_unsubscribe(mailto=mailto, https=https)


def test_a_mailto_link_percent_encodes_what_is_not_plain() -> None:
    assert mailto_url("a%b+c@bücher.example", "stop één\r\nBcc: x") == (
        "mailto:a%25b+c@xn--bcher-kva.example?subject=stop%20%C3%A9%C3%A9n%20%20Bcc%3A%20x"
    )
    assert list_unsubscribe(mailto=mailto_url("zoë&co?@x.example")).endswith(
        "<mailto:zo%C3%AB%26co%3F@x.example>"
    )


@pytest.mark.parametrize("identifier", ["", "x", "a b.c", "a.b>\r\nX: <y", "é.x", ".a.b", "a." * 130 + "b"])
def test_a_list_id_that_is_not_like_a_domain_is_refused(identifier: str) -> None:
    with pytest.raises(ValueError, match="list identifier"):
        list_id("Weekbrief", identifier)


@pytest.mark.parametrize("unique", ["", "a b", "a>\r\nX: y", "é", "a..b", "<a>", "x" * 65])
def test_a_message_id_that_is_not_a_dot_atom_is_refused(unique: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        message_id(unique, "school.example")


def test_a_date_keeps_its_offset_on_both_sides_of_the_clock_change() -> None:
    zone = ZoneInfo("Europe/Amsterdam")
    dates = [date_header(datetime(2026, 10, 25, 2, 30, tzinfo=zone, fold=fold)) for fold in (0, 1)]
    assert dates == ["Sun, 25 Oct 2026 02:30:00 +0200", "Sun, 25 Oct 2026 02:30:00 +0100"]
    assert date_header(datetime(2026, 1, 2, tzinfo=UTC)) == "Fri, 02 Jan 2026 00:00:00 +0000"


def test_a_date_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        date_header(datetime(2026, 1, 1))  # noqa: DTZ001
