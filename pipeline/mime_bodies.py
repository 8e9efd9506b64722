"""Encoded bodies as pieces: shared fragments, and holes where one parent's values are written.

Quoted-printable for text that is mostly ASCII, base64 for the rest, never 8bit, which a relay may
convert and so break a signature. Every line ends in CRLF and has at most 76 octets; none begins
with a dot or "From ", so that neither a careless relay nor a mailbox file changes it.
"""

from __future__ import annotations

import re
from binascii import b2a_base64, b2a_qp
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from html import escape

from pipeline.mime_headers import clean

CRLF = b"\r\n"


class Slot(StrEnum):
    """What differs per parent. The values are part of the stored form: never change one."""

    TO = "to"  #: from `mailbox`
    MESSAGE_ID = "message_id"  #: from `message_id`
    DATE = "date"  #: from `date_header`
    UNSUBSCRIBE = "unsubscribe"  #: from `list_unsubscribe`: whole header lines
    NAME = "name"  #: the parent's display name, in the body
    PREFERENCES = "preferences"  #: URL or mailto, in the body: how to change or stop


class Form(StrEnum):
    """How a hole is written. The values are part of the stored form: never change one."""

    HEADER = "header"  #: as given, after a check
    QP_TEXT = "qp_text"
    QP_HTML = "qp_html"
    BASE64_TEXT = "base64_text"
    BASE64_HTML = "base64_html"


@dataclass(frozen=True, slots=True)
class Hole:
    """A place for values; in base64 with the octets of the line it stands in, encoded together with them."""

    form: Form
    parts: tuple[bytes | Slot, ...]


@dataclass(frozen=True, slots=True)
class PhotoHole:
    """A place for the encoded picture of this name."""

    name: str


Piece = bytes | Hole | PhotoHole
Part = str | Slot


class Encoder:
    """Remembers how fragments are encoded, for as long as one run keeps it: editions share them."""

    def __init__(self) -> None:
        self.octets = cache(_octets)
        self.wide = cache(_wide)
        self.quoted = cache(_quoted)


def body_pieces(parts: tuple[Part, ...], *, html: bool, encoder: Encoder) -> tuple[str, list[Piece]]:
    """The transfer encoding and the body in it: base64 when over a sixth of the octets are not ASCII,
    where quoted-printable would be the longer one. A body without a line break at its end gets one."""
    if not parts or isinstance(parts[-1], Slot) or not parts[-1].endswith("\n"):
        parts = (*parts, "\n")
    fragments = [part for part in parts if not isinstance(part, Slot)]
    if sum(map(encoder.wide, fragments)) * 6 > sum(len(encoder.octets(part)) for part in fragments):
        form = Form.BASE64_HTML if html else Form.BASE64_TEXT
        return "base64", list(_base64_pieces(parts, form, encoder))
    form = Form.QP_HTML if html else Form.QP_TEXT
    return "quoted-printable", [
        Hole(form, (part,)) if isinstance(part, Slot) else encoder.quoted(part) for part in parts
    ]


def calendar_part(text: str, encoder: Encoder) -> list[Piece]:
    """RFC 5546 section 3.2.1: events made known, which ask for no answer."""
    encoding, body = body_pieces((text,), html=False, encoder=encoder)
    head = (
        'Content-Type: text/calendar; method=PUBLISH; charset=utf-8;\r\n name="agenda.ics"\r\n'
        f"Content-Transfer-Encoding: {encoding}\r\n"
        'Content-Disposition: attachment;\r\n filename="agenda.ics"\r\n\r\n'
    )
    return [head.encode(), *body]


_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")


def _octets(fragment: str) -> bytes:
    """UTF-8 with LF only; controls that HTML forbids and lone surrogates disappear."""
    text = fragment.replace("\r\n", "\n").replace("\r", "\n")
    return _UNSAFE.sub("", text).encode()


def _wide(fragment: str) -> int:
    """How many octets are not ASCII."""
    octets = _octets(fragment)
    return len(octets) - len(octets.decode().encode("ascii", "ignore"))


def _quoted(fragment: str) -> bytes:
    return quoted_printable(_octets(fragment))


#: A parent's value as it mostly is, which needs no encoding on a line of its own.
_UNCHANGED = re.compile(rb"(?!From )[!-\-/-<>-~][ -<>-~]{0,73}")
#: What b2a_qp leaves: a line too long (a space before a line break becomes =20 wherever it stands, the
#: last line may be full before its soft break), or beginning with what mail programs change.
_TO_MEND = re.compile(rb"^(?:\.|From |.{77}).*$", re.MULTILINE)


def quoted_printable(octets: bytes) -> bytes:
    """``octets``, with LF line breaks, as lines ending in CRLF (RFC 2045 section 6.7).

    An unfinished last line ends in a soft break, so that anything encoded can follow; "" stays "".
    """
    if not octets:
        return b""
    if _UNCHANGED.fullmatch(octets):
        return octets + b"=\r\n"
    lines = b2a_qp(octets, istext=True)
    lines = lines if lines.endswith(b"\n") else lines + b"=\n"
    return _TO_MEND.sub(_mended, lines).replace(b"\n", CRLF)


def _mended(match: re.Match[bytes]) -> bytes:
    rest, lines = match[0], list[bytes]()
    soft = b"=" if rest.endswith(b"=") else b""
    rest = rest.removesuffix(b"=")
    while rest:
        if rest.startswith((b".", b"From ")):
            rest = b"=%02X%s" % (rest[0], rest[1:])
        take = _whole(rest)
        lines.append(rest[:take])
        rest = rest[take:]
    return b"=\n".join(lines) + soft


def _whole(encoded: bytes, most: int = 75) -> int:
    """How much of ``encoded`` fits before a soft break without cutting an =XX."""
    if len(encoded) <= most:
        return len(encoded)
    escape_at = encoded.rfind(b"=", most - 2, most)
    return most if escape_at < 0 else escape_at


def base64_lines(octets: bytes) -> bytes:
    """Base64 in lines of 76 with CRLF."""
    encoded = b2a_base64(octets, newline=False)
    return b"".join([encoded[at : at + 76] + CRLF for at in range(0, len(encoded), 76)])


def _base64_pieces(parts: Iterable[Part], form: Form, encoder: Encoder) -> Iterator[Piece]:
    """Runs of octets in threes. What is left over stands in front of the next hole, which also takes the
    rest of its line: there, before the line break, spaces fill it to threes whatever the value's length."""
    run, hole = b"", list[bytes | Slot]()
    for part in parts:
        if isinstance(part, Slot):
            if not hole:
                whole = len(run) - len(run) % 3
                yield base64_lines(run[:whole])
                hole.append(run[whole:])
            hole.append(part)
            continue
        octets = encoder.octets(part).replace(b"\n", CRLF)
        if not hole:
            run += octets
            continue
        line, broken, rest = octets.partition(CRLF)
        hole.append(line + broken)
        if broken:
            yield Hole(form, tuple(hole))
            run, hole = rest, []
    yield base64_lines(run)


# --- one parent's values

_TEXT_LINES = re.compile(
    "[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+(?:\r\n [^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+)*"
)
_HEADER_VALUE = {
    Slot.TO: _TEXT_LINES,
    Slot.MESSAGE_ID: re.compile("<[!-;=?-~]+>"),
    Slot.DATE: re.compile("[A-Za-z0-9,:+ -]+"),
    Slot.UNSUBSCRIBE: re.compile(
        "List-Unsubscribe:(?:\r\n)? <[!-;=?-~]+>(?:,\r\n <[!-;=?-~]+>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click)?"
    ),
}

Values = Mapping[Slot, str]


def write(hole: Hole, values: Values) -> bytes:
    """``hole`` with ``values`` in it. Raises `KeyError` for a missing one, `ValueError` for an unsafe one."""
    return _WRITERS[hole.form](hole.parts, values)


def _header(parts: tuple[bytes | Slot, ...], values: Values) -> bytes:
    return b"".join([part if isinstance(part, bytes) else _checked(part, values[part]) for part in parts])


def _checked(slot: Slot, value: str) -> bytes:
    """The last gate: whatever made ``value``, it cannot add a header line or end the header."""
    if not _HEADER_VALUE[slot].fullmatch(value):
        raise ValueError(f"not a header value for {slot}: {value!r}")
    return value.encode()


def _plain(value: str) -> bytes:
    return clean(value).encode()


def _escaped(value: str) -> bytes:
    return escape(clean(value)).encode()


def _quoted_with(encode: Callable[[str], bytes]) -> Callable[[tuple[bytes | Slot, ...], Values], bytes]:
    return lambda parts, values: quoted_printable(_joined(parts, values, encode))


def _base64_with(encode: Callable[[str], bytes]) -> Callable[[tuple[bytes | Slot, ...], Values], bytes]:
    def write_line(parts: tuple[bytes | Slot, ...], values: Values) -> bytes:
        line = _joined(parts, values, encode).removesuffix(CRLF)
        return base64_lines(line + b" " * (-(len(line) + 2) % 3) + CRLF)

    return write_line


def _joined(parts: tuple[bytes | Slot, ...], values: Values, encode: Callable[[str], bytes]) -> bytes:
    return b"".join([part if isinstance(part, bytes) else encode(values[part]) for part in parts])


_WRITERS: Mapping[Form, Callable[[tuple[bytes | Slot, ...], Values], bytes]] = {
    Form.HEADER: _header,
    Form.QP_TEXT: _quoted_with(_plain),
    Form.QP_HTML: _quoted_with(_escaped),
    Form.BASE64_TEXT: _base64_with(_plain),
    Form.BASE64_HTML: _base64_with(_escaped),
}
