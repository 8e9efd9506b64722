"""DKIM signatures (RFC 6376) on finished mails: rsa-sha256, relaxed/relaxed.

RSA PKCS #1 v1.5 has no chance in it and ``t=`` is the mail's own date, so the same mail under the
same key gets the same bytes on every attempt. Both headers to unsubscribe are covered, as RFC 8058
section 4 wants. What lost: docs/decisions/0030.
"""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

#: What a reader sees or a mail program acts on; a header that is not there is not named.
COVERED = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "MIME-Version",
    "Content-Type",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
)
#: Named once more than they occur, so that nobody can put a second one on top (RFC 6376 section 8.15).
SEALED = ("From", "To", "Subject", "Reply-To", "Content-Type")

#: Bits: what is shorter is not accepted everywhere (RFC 8301), what is longer not needed.
SHORTEST, LONGEST, NEW = 2048, 4096, 2048

_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:((?:.*\r\n)(?:[ \t].*\r\n)*)", re.MULTILINE)
_SPACES = re.compile(rb"  +")
_WIDE = 72  #: characters of a folded line


class Signer:
    """Signs what one domain sends."""

    def __init__(self, key: RSAPrivateKey, *, domain: str, selector: str) -> None:
        self._key, self._domain, self._selector = key, domain, selector

    def header(self, parts: Sequence[bytes], at: datetime) -> bytes:
        """The whole field, to be put before the mail (RFC 5322, CRLF, not dot-stuffed) that ``parts`` make
        when they are joined. Each ends with a line, the headers stand in the first. ``at`` is its date."""
        split = parts[0].index(b"\r\n\r\n") + 2
        fields = {name.lower().decode(): (name, value) for name, value in _FIELD.findall(parts[0][:split])}
        names = [name for name in (*COVERED, *SEALED) if name.lower() in fields]
        field = self._header(names, body_hash(parts, split + 2), at)
        told = b"".join(_relaxed(*fields[name.lower()]) for name in dict.fromkeys(names))
        told += _relaxed(b"DKIM-Signature", field).removesuffix(b"\r\n")
        signature = b64encode(self._key.sign(told, PKCS1v15(), SHA256())).decode()
        folded = "\r\n ".join(_pieces(signature))
        return b"DKIM-Signature:" + field.removesuffix(b"\r\n") + f"{folded}\r\n".encode()

    def _header(self, names: list[str], body: str, at: datetime) -> bytes:
        """The field's value up to its signature."""
        tags = (
            f"v=1; a=rsa-sha256; c=relaxed/relaxed; d={self._domain};",
            f"s={self._selector}; t={int(at.timestamp())};",
            f"h={_folded(names)};",
            f"bh={body};",
            "b=",
        )
        return (" " + "\r\n ".join(tags) + "\r\n").encode()


def _folded(names: list[str]) -> str:
    """Header names in lines that are short enough; a fold may stand after any colon."""
    lines = [names[0]]
    for name in names[1:]:
        if len(lines[-1]) + len(name) > _WIDE:
            lines[-1] += ":"
            lines.append(name)
        else:
            lines[-1] += f":{name}"
    return "\r\n ".join(lines)


def _pieces(text: str) -> Iterator[str]:
    for at in range(0, len(text), _WIDE):
        yield text[at : at + _WIDE]


def _relaxed(name: bytes, value: bytes) -> bytes:
    """RFC 6376 section 3.4.2."""
    plain = _single_spaces(value.replace(b"\r\n", b"")).strip(b" ")
    return b"%b:%b\r\n" % (name.lower(), plain)


def body_hash(parts: Sequence[bytes], start: int) -> str:
    """SHA-256 of the relaxed body (RFC 6376 section 3.4.4) in base64; it begins at ``start`` of the first
    part. Each part ends with a line, and only the last may end with empty ones."""
    digest = sha256()
    *before, last = (_relaxed_lines(part, 0 if number else start) for number, part in enumerate(parts))
    for lines, rest in before:
        digest.update(lines)
        digest.update(rest)
    lines, rest = last
    end = len(rest)
    while rest[max(end - 2, 0) : end].tobytes() == b"\r\n":
        end -= 2
    lines = lines if end else lines.rstrip(b"\r\n")
    digest.update(lines)
    digest.update(rest[:end])
    if lines or end:
        digest.update(b"\r\n")
    return b64encode(digest.digest()).decode()


def _relaxed_lines(part: bytes, start: int) -> tuple[bytes, memoryview]:
    """``part`` from ``start`` on: what had to be rewritten, and the rest, which is relaxed as it is.

    Pictures come last and have no superfluous spaces; to look through 11 MB of base64 takes longer than
    to hash it.
    """
    last = _last_superfluous(part, start)
    cut = part.index(b"\r\n", last) + 2 if last >= 0 else start
    return _single_spaces(part[start:cut]).replace(b" \r\n", b"\r\n"), memoryview(part)[cut:]


def _last_superfluous(message: bytes, start: int) -> int:
    """Where the last space is that does not stand alone between two other characters; -1 for none.

    One octet is looked for ten times as fast as two.
    """
    tab = message.rfind(b"\t", start)
    at = len(message)
    while (at := message.rfind(b" ", max(start, tab), at)) >= 0:
        if message[at + 1 : at + 2] in (b" ", b"\t", b"\r"):
            return at
    return tab


def _single_spaces(lines: bytes) -> bytes:
    """An expression that begins with two plain octets is found 17 times as fast as one for tabs too."""
    return _SPACES.sub(b" ", lines.replace(b"\t", b" "))


# ---------------------------------------------------------------- keys


def load_key(pem: bytes) -> RSAPrivateKey:
    """A private key (PEM, without a passphrase); `ValueError` in words for a person."""
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("this holds no private key in PEM form without a passphrase") from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("this key is not of the kind RSA, the one that every receiver can check")
    if not SHORTEST <= key.key_size <= LONGEST:
        raise ValueError(f"this key has {key.key_size} bits: use {SHORTEST} to {LONGEST}")
    return key


def write_new_key(file: Path) -> RSAPrivateKey:
    """A new key in a new ``file`` that only its owner can read. Raises `FileExistsError` rather than
    write over one: mail signed with it is still on its way."""
    key = generate_private_key(65_537, NEW)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as new:
        new.write(pem)
    return key


def record(key: RSAPrivateKey) -> str:
    """The TXT record's content (RFC 6376 section 3.6.1): what receivers check signatures with."""
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={b64encode(public).decode()}"


def zone_line(selector: str, domain: str, content: str) -> str:
    """The record as a line of a zone file; its strings may have 255 characters (RFC 1035 section 3.3.14)."""
    strings = " ".join(f'"{content[at : at + 250]}"' for at in range(0, len(content), 250))
    return f"{selector}._domainkey.{domain}. IN TXT ( {strings} )"
