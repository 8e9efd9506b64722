"""Signatures of ours, judged by dkimpy, which shares no line with them."""

from __future__ import annotations

import base64
import hashlib
import stat
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from dkim.canonicalization import Relaxed
from hypothesis import given, strategies as st

from pipeline.dkim import Signer, body_hash, load_key, record, write_new_key, zone_line

AT = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
HEAD = (
    "From: =?utf-8?b?S0JTIGRlIFJlZ2VuYm9vZyDwn4yI?=\r\n <nieuws@regenboog.example>\r\n"
    "To: Anna <anna@ouders.example>\r\nSubject: =?utf-8?b?w4k=?=  twee\r\n\tregels \r\n"
    "Date: Fri, 20 Nov 2026 15:30:00 +0000\r\nMessage-ID: <x@regenboog.example>\r\n"
    "Reply-To: info@regenboog.example\r\nMIME-Version: 1.0\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nList-Id: <x.regenboog.example>\r\n"
    "List-Unsubscribe: <mailto:info@regenboog.example?subject=stop%20x>,\r\n"
    f" <https://ouders.example.nl/{'k' * 200}>\r\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\n"
).encode()
BODY = f"..punt\r\n.\r\n  twee  spaties \t\r\n{'lang' * 240}\r\n\r\n\r\n".encode()


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, 2048)


def signed(message: bytes = HEAD + BODY) -> bytes:
    return Signer(key(), domain="regenboog.example", selector="wb2026").header((message,), AT) + message


def is_valid(message: bytes) -> bool:
    asked = []

    def answer(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return record(key()).encode()

    verdict: bool = dkim.verify(message, dnsfunc=answer)
    assert asked == [b"wb2026._domainkey.regenboog.example."]
    return verdict


def test_another_hand_finds_the_signature_good() -> None:
    assert is_valid(signed())


def test_the_same_mail_is_signed_with_the_same_bytes() -> None:
    assert signed() == signed()


@pytest.mark.parametrize(
    "was, becomes",
    [
        (b"List-Unsubscribe: <mailto:info", b"List-Unsubscribe: <mailto:evil"),
        (b"=One-Click", b"=Two-Click"),
        (b"Subject: ", b"Subject: x"),
        (b"Content-Type: text/plain", b"Content-Type: text/html"),
        (b"\r\nFrom: ", b"\r\nFrom: evil@elsewhere.example\r\nFrom: "),
        (b"\r\nTo: ", b"\r\nTo: evil@elsewhere.example\r\nTo: "),
        (b"\r\nSubject: ", b"\r\nSubject: Betaal nu\r\nSubject: "),
        (b"punt", b"Punt"),
    ],
)
def test_what_is_changed_or_added_on_the_way_breaks_it(was: bytes, becomes: bytes) -> None:
    message = signed()
    assert message.count(was) >= 1
    assert not is_valid(message.replace(was, becomes, 1))


def test_what_a_relay_may_change_does_not() -> None:
    message = signed().replace(b"  twee  spaties \t\r\n", b" twee spaties\r\n") + b"\r\n"
    assert is_valid(b"Received: from x by y; now\r\n" + message)


def test_no_line_of_it_is_longer_than_78() -> None:
    header = signed().partition(b"\r\nFrom:")[0]
    assert max(map(len, header.split(b"\r\n"))) <= 78


@given(st.lists(st.sampled_from([" ", "  ", "\t", "\r\n", "\r\n\r\n", "a", " \r\n", "."]), max_size=12))
def test_a_body_is_hashed_as_another_hand_does(parts: list[str]) -> None:
    body = "".join([*parts, "\r\n"]).encode()
    theirs = hashlib.sha256(Relaxed.canonicalize_body(body)).digest()
    assert body_hash((b"From: x\r\n\r\n" + body,), 11) == base64.b64encode(theirs).decode()


@given(st.integers(min_value=0), st.integers(min_value=0))
def test_a_mail_in_parts_is_signed_as_in_one(one: int, other: int) -> None:
    ends = [at + 2 for at in range(len(HEAD), len(HEAD + BODY)) if (HEAD + BODY)[at : at + 2] == b"\r\n"][:-2]
    cuts = sorted({ends[one % len(ends)], ends[other % len(ends)]})
    parts = [(HEAD + BODY)[start:stop] for start, stop in zip([0, *cuts], [*cuts, None], strict=True)]
    assert body_hash(parts, len(HEAD)) == body_hash((HEAD + BODY,), len(HEAD))


# --- keys


def test_a_new_key_is_for_its_owner_and_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "dkim.pem"
    made = write_new_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert record(load_key(file.read_bytes())) == record(made)
    with pytest.raises(FileExistsError):
        write_new_key(file)


@pytest.mark.parametrize("kind", ["short", "elliptic", "none", "locked"])
def test_a_key_of_no_use_is_told_in_words(kind: str) -> None:
    made: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = (
        ec.generate_private_key(ec.SECP256R1())
        if kind == "elliptic"
        else rsa.generate_private_key(65_537, 1024)
    )
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    if kind in ("none", "locked"):
        pem = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"
    with pytest.raises(ValueError, match=r"1024 bits|kind RSA|without a passphrase"):
        load_key(pem if kind != "none" else b"geen sleutel")


def test_the_record_fits_into_strings_of_a_zone_file() -> None:
    line = zone_line("wb2026", "regenboog.example", record(key()))
    strings = line.split('"')[1::2]
    assert "".join(strings) == record(key())
    assert max(map(len, strings)) <= 255
    assert line.startswith("wb2026._domainkey.regenboog.example. IN TXT ")
