"""The shape of a mail, its stored form, its addresses and links, and each known trap of mail headers."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from quopri import decodestring
from zoneinfo import ZoneInfo

import pytest

from pipeline.mime import (
    EncodedPhoto,
    Encoder,
    Form,
    Hole,
    InlinePhoto,
    Mail,
    PhotoHole,
    Piece,
    Slot,
    compose,
    content_id,
    dump,
    encode_photo,
    fill,
    load,
)
from pipeline.mime_bodies import quoted_printable
from pipeline.mime_headers import (
    date_header,
    list_unsubscribe,
    mailbox,
    mailto_url,
    message_id,
)

SHARED = Path(
    os.environ.get("WEEKBRIEF_SHARED_DATA", Path(__file__).resolve().parents[2] / ".." / "shared" / "data")
)
JPEG = b"\xff\xd8" + bytes(range(256)) * 3 + b"\xff\xd9"
SQUIRREL = InlinePhoto(name="q8w7e6r5", filename="foto-1.jpg")
MAIL = Mail(
    subject="Weekbrief van groep 3",
    from_name="KBS de Regenboog",
    from_address="nieuws@regenboog.example",
    reply_to="info@regenboog.example",
    list_id="weekbrief.regenboog.example",
    list_description="Weekbrief van de Regenboog",
    language="nl",
    text=("Beste ", Slot.NAME, ",\n\nNaar het bos.\nAnders of niet meer: ", Slot.PREFERENCES, "\n"),
    html=(
        "<!doctype html>\n<p>Beste ",
        Slot.NAME,
        f',</p>\n<img src="cid:{SQUIRREL.content_id}" alt="Een eekhoorn">\n<a href="',
        Slot.PREFERENCES,
        '">anders of niet meer</a>\n',
    ),
)
VALUES = {
    Slot.TO: mailbox("Anna de Vries", "anna@parent.example"),
    Slot.MESSAGE_ID: message_id("2026-W47.8f2c", "regenboog.example"),
    Slot.DATE: date_header(datetime(2026, 11, 20, 15, 30, tzinfo=ZoneInfo("Europe/Amsterdam"))),
    Slot.UNSUBSCRIBE: list_unsubscribe(mailto="mailto:nieuws@regenboog.example?subject=stop"),
    Slot.NAME: "Anna de Vries",
    Slot.PREFERENCES: "https://ouders.example/k?a=1&b=2",
}


def photo(name: str) -> EncodedPhoto:
    assert name == SQUIRREL.name
    return encode_photo(JPEG)


def sent(mail: Mail, **values: str) -> bytes:
    given = {**VALUES, **{Slot[key]: value for key, value in values.items()}}
    return fill(compose(mail), given, lambda name: encode_photo(JPEG))


def read(message: bytes) -> EmailMessage:
    parsed = message_from_bytes(message, policy=policy.default)
    assert not [part.defects for part in parsed.walk() if part.defects]
    return parsed


def content(message: bytes, subtype: str) -> str:
    part = read(message).get_body((subtype,))
    assert part is not None
    text = part.get_content()
    assert isinstance(text, str)
    return text.replace("\r\n", "\n")


# --- the shape


def test_the_headers_of_a_newsletter() -> None:
    head = sent(MAIL).split(b"\r\n\r\n")[0].decode("ascii")
    assert re.sub("=_a_[0-9a-f]{32}", "=_a_MARK", head).split("\r\n") == [
        'From: "KBS de Regenboog" <nieuws@regenboog.example>',
        'To: "Anna de Vries" <anna@parent.example>',
        "Reply-To: info@regenboog.example",
        "Subject: Weekbrief van groep 3",
        "Date: Fri, 20 Nov 2026 15:30:00 +0100",
        "Message-ID: <2026-W47.8f2c@regenboog.example>",
        "MIME-Version: 1.0",
        'List-Id: "Weekbrief van de Regenboog" <weekbrief.regenboog.example>',
        "List-Unsubscribe: <mailto:nieuws@regenboog.example?subject=stop>",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "Content-Language: nl",
        "Content-Type: multipart/alternative;",
        ' boundary="=_a_MARK"',
    ]


def test_without_photos_text_and_html_are_alternatives() -> None:
    parts = [part.get_content_type() for part in read(sent(MAIL)).walk()]
    assert parts == ["multipart/alternative", "text/plain", "text/html"]


def test_photos_are_related_to_the_html_alone_and_shown_inline() -> None:
    message = sent(replace(MAIL, photos=(SQUIRREL, replace(SQUIRREL, name="x", filename="foto-2.jpg"))))
    kinds = [part.get_content_type() for part in read(message).walk()]
    assert kinds[:4] == ["multipart/alternative", "text/plain", "multipart/related", "text/html"]
    assert kinds[4:] == ["image/jpeg", "image/jpeg"]
    picture = list(read(message).walk())[4]
    assert picture["Content-ID"] == f"<{content_id(SQUIRREL.name)}>"
    assert f"cid:{content_id(SQUIRREL.name)}" in content(message, "html")
    assert (picture.get_content_disposition(), picture.get_filename()) == ("inline", "foto-1.jpg")
    assert picture.get_payload(decode=True) == JPEG
    assert SQUIRREL.name.encode() not in message


def test_a_photo_shown_twice_is_attached_once() -> None:
    assert compose(replace(MAIL, photos=(SQUIRREL, SQUIRREL))) == compose(replace(MAIL, photos=(SQUIRREL,)))


def test_a_stored_mail_names_its_photos_and_does_not_contain_them() -> None:
    pieces = compose(replace(MAIL, photos=(SQUIRREL,)))
    assert [piece for piece in pieces if isinstance(piece, PhotoHole)] == [PhotoHole(SQUIRREL.name)]


def test_a_text_mail_outside_every_list_needs_no_list_values() -> None:
    mail = replace(MAIL, list_id="", html=(), text=("Een foto wacht.",))
    values = {slot: VALUES[slot] for slot in (Slot.TO, Slot.MESSAGE_ID, Slot.DATE)}
    message = read(fill(compose(mail), values, photo))
    assert (message.get_content_type(), message.get_content()) == ("text/plain", "Een foto wacht.\r\n")
    assert not [name for name in message if name.startswith("List-")]


def test_photos_without_html_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="HTML"):
        compose(replace(MAIL, html=(), photos=(SQUIRREL,)))


@pytest.mark.parametrize("filename", ['a".jpg', "a\r\nb.jpg", "één.jpg", "", ".jpg", "a/b.jpg", "a" * 60])
def test_a_photo_name_that_is_not_plain_is_refused(filename: str) -> None:
    with pytest.raises(ValueError, match="plain file name"):
        compose(replace(MAIL, photos=(replace(SQUIRREL, filename=filename),)))


def test_the_same_content_gives_the_same_bytes_and_other_content_another_boundary() -> None:
    mail = replace(MAIL, photos=(SQUIRREL,))
    assert sent(mail) == sent(replace(mail)) == fill(load(dump(compose(mail, Encoder()))), VALUES, photo)
    marks = {mark for other in (mail, MAIL) for mark in re.findall(b"=_a_[0-9a-f]{32}", sent(other))}
    assert len(marks) == 2


def test_no_body_can_contain_a_boundary() -> None:
    boundaries = {
        text.decode() for text in re.findall(b'"(=_[ar]_.*?)"', sent(replace(MAIL, photos=(SQUIRREL,))))
    }
    hostile = "".join(f"--{boundary}\n--{boundary}--\n" for boundary in boundaries)
    message = sent(replace(MAIL, photos=(SQUIRREL,)), NAME=hostile, PREFERENCES=hostile)
    assert [part.get_content_type() for part in read(message).walk()].count("text/html") == 1
    assert all(message.count(f"--{boundary}".encode()) == 3 for boundary in boundaries)


def test_editions_that_share_a_fragment_encode_it_once() -> None:
    encoder, fragment = Encoder(), "<p>gedeeld</p>\n" * 100
    for own in ("een\n", "twee\n", "drie\n"):
        compose(replace(MAIL, text=("tekst\n",), html=(fragment, own)), encoder)
    info = encoder.quoted.cache_info()
    assert (info.misses, info.hits) == (len(("tekst", "gedeeld", "een", "twee", "drie")), 4)


# --- bodies


@pytest.mark.parametrize(
    "text, encoding",
    [
        ("Eén keer naar zee, vóór de vakantie, met z'n allen en het ideeënboek.\n", "quoted-printable"),
        (
            "W środę całą klasą idziemy do lasu. Prosimy o ciepłe ubranie i buty na zmianę.\n",
            "quoted-printable",
        ),
        ("ذهبنا إلى الغابة\n", "base64"),
        ("我们去了森林\n", "base64"),
        ("Voor Ελένη: naar het bos met groep 3.\n", "base64"),
    ],
)
def test_each_body_takes_the_shorter_encoding_for_its_script(text: str, encoding: str) -> None:
    message = read(sent(replace(MAIL, text=(text,))))
    found = {part.get_content_type(): part["Content-Transfer-Encoding"] for part in message.walk()}
    assert (found["text/plain"], found["text/html"]) == (encoding, "quoted-printable")


@pytest.mark.parametrize("start", [".", "From ", "x"])
def test_no_encoded_octet_is_cut_where_a_line_is_mended(start: str) -> None:
    for length in range(60, 90):
        octets = (start + "x" * length + "éé." + "y" * 80 + " \n" + start + "é" * length).encode()
        encoded = quoted_printable(octets)
        assert decodestring(encoded).replace(b"\r\n", b"\n") == octets
        assert max(map(len, encoded.split(b"\r\n"))) <= 76


@pytest.mark.parametrize("name", ["From Anna", ".Anna", "From ", ".", "Anna ", "é" * 60])
def test_a_name_at_the_start_of_a_line_is_no_dot_and_no_mailbox_mark(name: str) -> None:
    message = sent(MAIL, NAME=name)
    assert not [line for line in message.split(b"\r\n") if line.startswith((b".", b"From "))]
    assert content(message, "plain").startswith(f"Beste {name},\n")


@pytest.mark.parametrize("length", range(7))
@pytest.mark.parametrize("before", range(4))
def test_a_value_of_any_length_joins_base64_around_it(before: int, length: int) -> None:
    start = "x" * before + "我们去了森林"
    text = (start, Slot.NAME, "们, ", Slot.NAME, "!\n去" * 30, "\n", Slot.PREFERENCES, "。")
    name = "n" * length
    lines = content(sent(replace(MAIL, text=text), NAME=name), "plain").split("\n")
    assert lines[0].rstrip(" ") == f"{start}{name}们, {name}!"
    assert lines[1:31] == ["去!"] * 29 + ["去"]
    assert lines[31].rstrip(" ") == f"{VALUES[Slot.PREFERENCES]}。"


def test_what_a_parent_is_called_cannot_close_a_tag_or_an_attribute() -> None:
    name = '"\'><script>alert(1)</script>&amp;<a href="'
    message = sent(MAIL, NAME=name, PREFERENCES=f"https://x.example/{name}")
    html = content(message, "html")
    assert html.count("<") == content(sent(MAIL), "html").count("<")
    assert 'href="https://x.example/&quot;&#x27;&gt;' in html
    assert content(message, "plain").startswith(f"Beste {name},\n")


def test_a_name_with_line_breaks_stays_on_its_line() -> None:
    assert content(sent(MAIL, NAME="An\r\nna\x00\u2028B"), "plain").startswith("Beste An  na B,\n")


def test_dutch_sentences_come_out_to_the_letter() -> None:
    path = SHARED / "strings" / "dutch_sentences_ud_lassysmall.txt"
    if not path.exists():
        pytest.skip("the shared test data are not beside this checkout")
    text = path.read_text("utf-8")
    assert content(sent(replace(MAIL, text=(text,))), "plain") == text


def test_a_value_that_is_missing_is_an_error_and_never_a_gap() -> None:
    for slot in VALUES:
        values = {other: value for other, value in VALUES.items() if other is not slot}
        with pytest.raises(KeyError, match=slot.name):
            fill(compose(MAIL), values, photo)


# --- the stored form


def test_the_stored_form_stays_readable_for_later_versions() -> None:
    pieces: tuple[Piece, ...] = (
        b"To: \r\n",
        Hole(Form.HEADER, (Slot.TO,)),
        Hole(Form.BASE64_HTML, (b"<p", Slot.NAME, b"")),
        PhotoHole("q8"),
    )
    stored = b"weekbrief-mail 1\nB6:To: \r\nH12:header\nS2:toH27:base64_html\nB2:<pS4:nameB0:P2:q8"
    assert (dump(pieces), load(stored)) == (stored, pieces)
    assert {slot.value for slot in Slot} >= {"to", "message_id", "date", "unsubscribe", "name", "preferences"}
    assert {form.value for form in Form} >= {"header", "qp_text", "qp_html", "base64_text", "base64_html"}


def test_a_stored_mail_cut_anywhere_inside_is_refused() -> None:
    stored = dump((b"abc", Hole(Form.HEADER, (Slot.TO,))))
    whole = {len("weekbrief-mail 1\n"), len(dump((b"abc",))), len(stored)}
    for end in set(range(len(stored))) - whole:
        with pytest.raises(ValueError, match="stored mail"):
            load(stored[:end])


@pytest.mark.parametrize(
    "record", [b"S2:to", b"X1:a", b"B01:a", b"B-1:a", b"H5:xxx\nP", b"H12:header\nP2:to", b"Q"]
)
def test_a_damaged_record_is_refused(record: bytes) -> None:
    with pytest.raises(ValueError, match=r"stored mail|Form|Slot"):
        load(b"weekbrief-mail 1\n" + record)


def test_a_stored_mail_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version"):
        load(dump((b"x",)).replace(b"mail 1", b"mail 2"))


# --- what people type, in headers


def test_an_encoded_line_break_in_a_title_stays_text() -> None:
    message = sent(replace(MAIL, subject="A=?UTF-8?Q?=0A?=Bcc: x\r\nBcc: y@x.example"))
    assert read(message)["Bcc"] is None
    assert read(message)["Subject"] == "A=?UTF-8?Q?=0A?=Bcc: x  Bcc: y@x.example"


def test_only_a_local_part_that_needs_it_is_raw_utf_8() -> None:
    message = sent(MAIL, TO=mailbox("Zoë", "zoë@bücher.example"))
    assert [line for line in message.split(b"\r\n") if not line.isascii()] == [
        "To: =?utf-8?b?Wm/Dqw==?= <zoë@xn--bcher-kva.example>".encode()
    ]


def test_a_long_unsubscribe_link_stands_unbroken_on_its_own_line() -> None:
    link = "https://ouders.example/u/" + "k" * 400
    lines = list_unsubscribe(mailto="mailto:n@school.example", https=link).split("\r\n")
    assert lines[0] == "List-Unsubscribe: <mailto:n@school.example>,"
    assert lines[1:] == [f" <{link}>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"]
    message = sent(MAIL, UNSUBSCRIBE="\r\n".join(lines))
    assert f"\r\n <{link}>\r\n".encode() in message
    assert read(message)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_long_mailto_begins_on_its_own_line_and_alone_it_is_not_one_click() -> None:
    link = mailto_url("nieuws@regenboog.example", "stop " + "k" * 100)
    assert list_unsubscribe(mailto=link) == f"List-Unsubscribe:\r\n <{link}>"
    assert link.encode() in sent(MAIL, UNSUBSCRIBE=list_unsubscribe(mailto=link))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: compose(replace(MAIL, language="nl\r\nBcc: x")),
        lambda: compose(replace(MAIL, from_address="x\r\n@y.example")),
        lambda: compose(replace(MAIL, reply_to="a@x.example, b@x.example")),
    ],
)
def test_what_no_header_can_carry_is_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"language|address"):
        wrong()
