"""Whatever people type comes out of two independent readers as they typed it, and never as a header.

The readers are Python's email package and Perl's Encode and MIME modules; neither wrote the bytes.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr
from html import escape
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from pipeline.mime import Form, Hole, Mail, Part, Piece, Slot, compose, dump, encode_photo, fill, load
from pipeline.mime_headers import date_header, list_unsubscribe, mailbox, message_id, phrase, unstructured

SHARED = Path(
    os.environ.get("WEEKBRIEF_SHARED_DATA", Path(__file__).resolve().parents[2] / ".." / "shared" / "data")
)
settings.register_profile(
    "mime", deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
many = settings(settings.get_profile("mime"), max_examples=400)
some = settings(settings.get_profile("mime"), max_examples=150)

READER = """
use strict; use warnings; use Encode; use MIME::QuotedPrint; use MIME::Base64; $| = 1;
while (<STDIN>) {
    my ($how, $hex) = /^(\\w+) ([0-9a-f]*)$/ or die;
    my $octets = pack("H*", $hex);
    $octets = encode("utf8", decode("MIME-Header", $octets)) if $how eq "header";
    $octets = decode_qp($octets) if $how eq "qp";
    $octets = decode_base64($octets) if $how eq "base64";
    print unpack("H*", $octets), "\\n";
}
"""


class Perl:
    """One Perl process for the whole module; it is asked a line at a time."""

    def __init__(self) -> None:
        program = shutil.which("perl")
        if program is None:
            pytest.skip("the second reader needs perl")
        self._process = subprocess.Popen(
            [program, "-e", READER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="ascii",
        )

    def read(self, how: str, octets: bytes) -> str:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{how} {octets.hex()}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer.endswith("\n"), "the Perl reader ended"
        return bytes.fromhex(answer).decode()

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


@pytest.fixture(scope="module")
def perl() -> Iterator[Perl]:
    reader = Perl()
    yield reader
    reader.close()


def naughty_strings() -> list[str]:
    path = SHARED / "strings" / "blns" / "blns.json"
    return cast(list[str], json.loads(path.read_text("utf-8"))) if path.exists() else []


def forenames() -> list[str]:
    path = SHARED / "strings" / "common-forenames-by-country.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return sorted({row["Localized Name"] for row in csv.DictReader(file)})


NAUGHTY, FORENAMES = naughty_strings(), forenames()
SPECIAL = [
    *(
        "=?utf-8?q?=0ABcc:_x?=",
        "=?UTF-8?B?Cg==?=",
        "=?",
        "?=",
        "\r\nBcc: x@y.example",
        "\n\n<html>",
        "\x85Bcc: x",
    ),
    *("\u2028", "\u2029", "\ud83d", "\udc00", "\x00", "\x7f", "\x9b", "\ufeff", "\u202e", "\u200b", "\u00a0"),
    *(
        "👩‍👩‍👧‍👦",
        "🇳🇱",
        "👍🏽",
        "e\u0301" * 30,
        "न्दे",
        "Zoë",
        "Łukasz",
        "مريم",
        "小明",
        '"',
        "\\",
        "<a@b>",
        ",",
        ";",
    ),
    *(" ", "  ", "\t", ".", "..", "From ", "=", "=3D", "(", ")", ":", "a" * 70, "b" * 1000, "één twee " * 20),
]
character = st.characters(codec=None) | st.characters(categories=["Cs", "Cc", "Zs", "Zl", "Zp"])
typed = st.one_of(
    st.text(),
    st.text(character, max_size=60),
    st.text(st.characters(max_codepoint=126, min_codepoint=32), max_size=200),
    st.lists(st.sampled_from([*SPECIAL, *NAUGHTY, *FORENAMES]) | st.text(max_size=8), max_size=8).map(
        "".join
    ),
    st.lists(st.sampled_from([*SPECIAL, *FORENAMES]), max_size=12).map(" ".join),
)


def expected(text: str) -> str:
    """What must be read: the documented stripping, written once more, and white space as single spaces."""
    kept = [
        " " if mark.isspace() or unicodedata.category(mark) in ("Zl", "Zp") else mark
        for mark in text
        if mark.isspace() or is_text(mark)
    ]
    return spaced("".join(kept))


def is_text(mark: str) -> bool:
    """Neither a control, nor half a surrogate pair, nor one of the 66 noncharacters."""
    number = ord(mark)
    noncharacter = 0xFDD0 <= number <= 0xFDEF or number & 0xFFFE == 0xFFFE
    return unicodedata.category(mark) not in ("Cc", "Cs") and not noncharacter


def spaced(text: str) -> str:
    return " ".join(text.split())


def assert_cannot_break_out(value: str, column: int) -> None:
    lines = (" " * column + value).split("\r\n")
    for line in lines:
        assert line.isascii()
        assert line.isprintable()
        assert len(line) <= 78
    assert all(re.match(" [!-~]", line) for line in lines[1:])


@many
@given(typed)
@example("A=?UTF-8?Q?=0A?=Bcc: x")
@example("x" * 69)
@example("x" * 70)
@example(" a")
def test_a_subject_is_read_as_typed_by_both_readers(perl: Perl, text: str) -> None:
    value = unstructured(text)
    assert_cannot_break_out(value, len("Subject: "))
    header = message_from_bytes(f"Subject: {value}\r\n\r\n".encode(), policy=policy.default)
    assert spaced(header["Subject"]) == expected(text)
    assert spaced(str(make_header(decode_header(value)))) == expected(text)
    assert spaced(perl.read("header", value.encode())) == expected(text)


@many
@given(typed)
def test_white_space_inside_a_subject_survives_to_the_character(perl: Perl, text: str) -> None:
    """Perl's reader takes nothing away, so only our own line-breaking and stripping may show."""
    value = unstructured(text)
    assert perl.read("header", value.encode()) == value_text(text)


@many
@given(typed)
def test_every_encoded_word_holds_whole_characters_in_39_octets(text: str) -> None:
    for word in re.findall(r"=\?.*?\?=", unstructured(text)):
        ((octets, charset),) = decode_header(word)
        assert charset == "utf-8"
        assert 0 < len(octets) <= 39
        octets.decode("utf-8")


@many
@given(typed)
@example('"')
@example("Jansen, Piet (directie) <a@b.nl>;:@[]")
@example("=?utf-8?q?=22?= <x@y.nl>")
def test_a_display_name_is_read_as_typed_and_stays_one_mailbox(perl: Perl, name: str) -> None:
    value = mailbox(name, "anna@school.example")
    assert_cannot_break_out(value, len("To: "))
    header = message_from_bytes(f"To: {value}\r\n\r\n".encode(), policy=policy.default)["To"]
    (read,) = header.addresses
    assert read.addr_spec == "anna@school.example"
    # This reader puts a space between two encoded words of a name, against RFC 2047 section 6.2.
    assert "".join(read.display_name.split()) == "".join(expected(name).split())
    decoded, address = parseaddr(value)
    assert address == "anna@school.example"
    assert spaced(str(make_header(decode_header(decoded)))) == expected(name)
    assert spaced(perl_name(perl, name)) == expected(name)


@pytest.mark.skipif(not NAUGHTY or not FORENAMES, reason="the shared test data are not beside this checkout")
def test_every_forename_and_naughty_string_is_read_as_typed(perl: Perl) -> None:
    """All at once as well: a sample could miss the one that breaks."""
    for name in (*FORENAMES, *NAUGHTY):
        value = mailbox(name, "anna@school.example")
        assert_cannot_break_out(value, len("To: "))
        assert spaced(perl_name(perl, name)) == expected(name)
        assert spaced(perl.read("header", unstructured(name).encode())) == expected(name)
        assert spaced(str(make_header(decode_header(unstructured(name))))) == expected(name)


def perl_name(perl: Perl, name: str) -> str:
    decoded = perl.read("header", phrase(name).encode())
    return re.sub(r"\\(.)", r"\1", decoded[1:-1]) if phrase(name).startswith('"') else decoded


VALUES = {
    Slot.MESSAGE_ID: message_id("w47.abc", "school.example"),
    Slot.DATE: date_header(datetime(2026, 11, 20, 14, 30, tzinfo=UTC)),
    Slot.UNSUBSCRIBE: list_unsubscribe(
        mailto="mailto:n@school.example", https="https://ouders.example/u/abc"
    ),
}
HEADERS = (
    *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "List-Id"),
    *("List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted", "X-Auto-Response-Suppress"),
    *("Content-Language", "Content-Type"),
)
parts = st.lists(typed | st.sampled_from([Slot.NAME, Slot.PREFERENCES]), max_size=8).map(tuple)


def mail(text: tuple[Part, ...], html: tuple[Part, ...], *, subject: str = "x", name: str = "School") -> Mail:
    return Mail(
        subject=subject,
        from_name=name,
        from_address="nieuws@school.example",
        reply_to="info@school.example",
        list_id="nieuws.school.example",
        list_description=name,
        language="nl",
        text=text,
        html=html,
    )


def filled(pieces: tuple[Piece, ...], name: str, preferences: str = "") -> bytes:
    to = mailbox(name, "anna@parent.example")
    values = {**VALUES, Slot.TO: to, Slot.NAME: name, Slot.PREFERENCES: preferences}
    return fill(pieces, values, lambda _: encode_photo(b"x"))


@some
@given(typed, typed, typed)
def test_no_subject_school_or_parent_adds_a_header(subject: str, school: str, parent: str) -> None:
    message = filled(compose(mail(("x\n",), (), subject=subject, name=school)), parent)
    head = message.split(b"\r\n\r\n")[0].decode("ascii")
    names = [line.split(":")[0] for line in head.split("\r\n") if not line.startswith(" ")]
    assert tuple(names) == (*HEADERS, "Content-Transfer-Encoding")


def body_text(text: str) -> str:
    """The documented stripping of bodies, written once more."""
    unified = re.sub("\r\n?", "\n", text)
    return "".join(c for c in unified if c in "\t\n" or (ord(c) >= 32 and unicodedata.category(c) != "Cs"))


def value_text(text: str) -> str:
    kept = (
        " " if unicodedata.category(c) in ("Zl", "Zp") or (c < "\xa0" and c.isspace()) else c for c in text
    )
    return "".join(filter(is_text, kept))


def whole_text(parts: tuple[Part, ...], values: dict[Slot, str]) -> str:
    text = "".join(values[part] if isinstance(part, Slot) else body_text(part) for part in parts)
    closed = bool(parts) and not isinstance(parts[-1], Slot) and parts[-1][-1:] in ("\n", "\r")
    return text if closed else text + "\n"


def encoded_body(message: bytes, subtype: str) -> tuple[str, bytes]:
    """The raw octets of a part, found without any MIME parser."""
    _, _, rest = message.partition(f"Content-Type: text/{subtype};".encode())
    head, _, body = rest.partition(b"\r\n\r\n")
    return head.decode().rpartition(" ")[2], body.partition(b"\r\n--=_a_")[0]


@some
@given(parts, parts, typed, typed)
@example(("a" * 75 + " \n",), ("." * 76 + "\n.\n" + "From " * 20,), "", "")
@example(("Beste ", Slot.NAME, Slot.NAME), ("مريم" * 30, Slot.NAME, ",", Slot.NAME, "\n<p>"), ".x", "From y")
@example(("كل " * 40, Slot.PREFERENCES, "\n"), ("x",), "", "x" * 200)
def test_bodies_are_read_as_written_by_both_readers(
    perl: Perl, text: tuple[Part, ...], html: tuple[Part, ...], name: str, url: str
) -> None:
    message = filled(compose(mail(text, ("<!doctype html>\n", *html))), name, url)
    values = {Slot.NAME: value_text(name), Slot.PREFERENCES: value_text(url)}
    escaped = {slot: escape(value) for slot, value in values.items()}
    parsed = message_from_bytes(message, policy=policy.default)
    for subtype, content in (
        ("plain", whole_text(text, values)),
        ("html", whole_text(("<!doctype html>\n", *html), escaped)),
    ):
        how, body = encoded_body(message, subtype)
        part = parsed.get_body((subtype,))
        assert part is not None
        assert not part.defects
        octets = part.get_payload(decode=True)
        assert isinstance(octets, bytes)
        assert_same_body(octets.decode(), content, how)
        assert_same_body(perl.read({"quoted-printable": "qp"}.get(how, how), body), content, how)


def assert_same_body(read: str, written: str, how: str) -> None:
    """To the character; in base64 a line with a slot may end in up to two more spaces."""
    lines, should = read.replace("\r\n", "\n").split("\n"), written.split("\n")
    if how == "quoted-printable":
        assert lines == should
    else:
        assert len(lines) == len(should)
        assert all(a == b or a in (b + " ", b + "  ") for a, b in zip(lines, should, strict=True))


@some
@given(parts, parts, typed, typed)
@example(
    ("." * 76 + "\n.\n" + "From " * 20, "." * 75, "=" * 80),
    (" " * 80, "a" * 74 + " \n" + "b" * 75 + "\t\n"),
    ".",
    "",
)
@example(("x" * 76, Slot.NAME), ("x" * 75, Slot.NAME, "é" * 26), "y" * 76, "z" * 75)
def test_no_line_of_a_message_is_too_long_or_begins_with_a_dot(
    text: tuple[Part, ...], html: tuple[Part, ...], name: str, url: str
) -> None:
    message = filled(compose(mail(text, ("<", *html))), name, url)
    assert message.isascii()
    assert b"\x00" not in message
    lines = message.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert max(map(len, lines)) <= 78
    assert not any(line.startswith((b".", b"From ")) for line in lines)
    for subtype in ("plain", "html"):
        assert max(map(len, encoded_body(message, subtype)[1].split(b"\r\n"))) <= 76


@some
@given(parts, parts, typed)
def test_the_stored_form_gives_back_the_same_pieces_and_bytes(
    text: tuple[Part, ...], html: tuple[Part, ...], name: str
) -> None:
    pieces = compose(mail(text, html, subject=name, name=name))
    assert load(dump(pieces)) == pieces == compose(mail(text, html, subject=name, name=name))
    assert filled(load(dump(pieces)), name) == filled(pieces, name)


@some
@given(typed, st.sampled_from([Slot.TO, Slot.MESSAGE_ID, Slot.DATE, Slot.UNSUBSCRIBE]))
@example("x\r\n\r\nbody", Slot.TO)
@example("x\r\nBcc: y", Slot.UNSUBSCRIBE)
@example("List-Unsubscribe: <x>\r\nBcc: y", Slot.UNSUBSCRIBE)
@example("Fri, 20 Nov 2026\r\n", Slot.DATE)
def test_a_raw_value_in_a_header_slot_is_refused_or_harmless(text: str, slot: Slot) -> None:
    hole = Hole(Form.HEADER, (slot,))
    try:
        value = fill([hole], {slot: text}, lambda _: encode_photo(b"")).decode()
    except ValueError:
        return
    lines = re.split("\r\n|\r|\n", value)
    assert all(line.startswith(" ") and line.strip() for line in lines[1:])
