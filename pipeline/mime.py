"""The exact bytes of a mail: an edition encoded once into pieces, a parent's message a join of them.

`compose` turns a `Mail` into pieces, `dump` and `load` give and read the form that is stored, `fill`
joins them with one parent's values. Pure; the same input gives the same bytes on every attempt.
Lines end in CRLF and none begins with a dot; the sender stuffs dots all the same (RFC 5321 section 4.5.2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from pipeline.mime_bodies import (
    CRLF,
    Encoder,
    Form,
    Hole,
    Part,
    PhotoHole,
    Piece,
    Slot,
    Values,
    base64_lines,
    body_pieces,
    calendar_part,
    write,
)
from pipeline.mime_headers import language_tag, list_id, mailbox, unstructured
from pipeline.octets import Base64Lines

__all__ = [
    "EncodedPhoto",
    "Encoder",
    "Form",
    "Hole",
    "InlinePhoto",
    "Mail",
    "Part",
    "PhotoHole",
    "Piece",
    "Slot",
    "Values",
    "apart",
    "compose",
    "content_id",
    "dump",
    "encode_photo",
    "fill",
    "is_logo",
    "load",
    "logo_name",
]

#: What a picture is in a message; its type lets no raw picture bytes get into one.
EncodedPhoto = Base64Lines


@dataclass(frozen=True, kw_only=True, slots=True)
class InlinePhoto:
    """A JPEG, or a logo as PNG, that the HTML shows as ``cid:`` + `content_id`; its bytes come later."""

    name: str  #: the stored rendition's random, unique name; it does not appear in the mail
    filename: str  #: shown when saved, plain ASCII such as ``foto-1.jpg``

    @property
    def content_id(self) -> str:
        return content_id(self.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """One edition. The parts of a body are joined as they are; a fragment used again is encoded once."""

    subject: str
    from_name: str
    from_address: str
    reply_to: str
    list_id: str = ""  #: like a domain name; "" for mail outside every list, which has no UNSUBSCRIBE either
    list_description: str = ""
    language: str  #: BCP 47
    text: tuple[Part, ...]
    html: tuple[Part, ...] = ()  #: empty: a text mail
    photos: tuple[InlinePhoto, ...] = ()
    calendar: str = ""  #: a file of events to attach (RFC 5545); "" for none


_LOGO = "logo-"  #: no photo is called so: their names are hexadecimal


def logo_name(png: bytes) -> str:
    """What a logo is stored as: named by its own bytes, so that mail that waits keeps the one it had."""
    return f"{_LOGO}{sha256(png).hexdigest()[:32]}"


def is_logo(name: str) -> bool:
    return name.startswith(_LOGO)


def content_id(name: str) -> str:
    """What ``cid:`` refers to, without angle brackets; it does not give a photo's stored name away."""
    if is_logo(name):
        return f"{name.removeprefix(_LOGO)}@logo.weekbrief"
    return f"{sha256(name.encode()).hexdigest()[:32]}@photo.weekbrief"


def encode_photo(jpeg: bytes) -> EncodedPhoto:
    """A picture as `fill` wants it. The caller keeps it as long as its run needs it."""
    return Base64Lines(base64_lines(jpeg))


def compose(mail: Mail, encoder: Encoder | None = None) -> tuple[Piece, ...]:
    """Encode ``mail`` once for all its readers; ``encoder`` lets editions share encoded fragments.

    Raises `ValueError` for an address, language, list id or file name that no header can carry,
    and for photos without HTML to stand in.
    """
    if mail.photos and not mail.html:
        raise ValueError("photos need an HTML part")
    encoder = encoder or Encoder()
    text = _leaf("plain", mail.text, encoder)
    calendar = calendar_part(mail.calendar, encoder) if mail.calendar else []
    body = _alternative(mail, text, calendar, encoder) if mail.html else text
    if calendar:  # beside the rest, which is shown: as an alternative it would be shown instead (Gmail)
        body = _multipart("mixed", f"=_m_{_mark([*body, *calendar])}", [body, calendar])
    return tuple(_merged([*_head(mail), *body]))


def _head(mail: Mail) -> Iterator[Piece]:
    yield _line("From", mailbox(mail.from_name, mail.from_address))
    yield from _open_line("To", Slot.TO)
    yield _line("Reply-To", mailbox("", mail.reply_to))
    yield _line("Subject", unstructured(mail.subject))
    yield from _open_line("Date", Slot.DATE)
    yield from _open_line("Message-ID", Slot.MESSAGE_ID)
    yield _line("MIME-Version", "1.0")
    if mail.list_id:
        yield _line("List-Id", list_id(mail.list_description, mail.list_id))
        yield Hole(Form.HEADER, (Slot.UNSUBSCRIBE,))
        yield CRLF
    yield _line("Auto-Submitted", "auto-generated")  # RFC 3834: no holiday answers, please
    yield _line("X-Auto-Response-Suppress", "All")  # the same for Exchange
    yield _line("Content-Language", language_tag(mail.language))


def _line(name: str, value: str) -> bytes:
    return f"{name}: {value}\r\n".encode()


def _open_line(name: str, slot: Slot) -> tuple[Piece, ...]:
    return f"{name}: ".encode(), Hole(Form.HEADER, (slot,)), CRLF


def _alternative(mail: Mail, text: list[Piece], beside: list[Piece], encoder: Encoder) -> list[Piece]:
    """Its boundary differs also when only what stands ``beside`` it does: the second guard knows an edition
    again by it."""
    html = _leaf("html", mail.html, encoder)
    photos = [_photo(photo) for photo in dict.fromkeys(mail.photos)]
    mark = _mark([*text, *html, *(piece for part in photos for piece in part), *beside])
    if photos:
        html = _multipart('related; type="text/html"', f"=_r_{mark}", [html, *photos])
    return _multipart("alternative", f"=_a_{mark}", [text, html])


def _mark(content: Iterable[Piece]) -> str:
    return sha256(dump(content)).hexdigest()[:32]


def _multipart(kind: str, boundary: str, parts: Iterable[Sequence[Piece]]) -> list[Piece]:
    """``boundary`` begins with "=_", which no quoted-printable or base64 can hold (RFC 2045 section 6.7)."""
    pieces: list[Piece] = [f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n'.encode()]
    for part in parts:
        pieces += [f"\r\n--{boundary}\r\n".encode(), *part]
    return [*pieces, f"\r\n--{boundary}--\r\n".encode()]


def _leaf(subtype: str, parts: tuple[Part, ...], encoder: Encoder) -> list[Piece]:
    encoding, body = body_pieces(parts, html=subtype == "html", encoder=encoder)
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return [head.encode(), *body]


def _photo(photo: InlinePhoto) -> list[Piece]:
    if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,49}", photo.filename):
        raise ValueError(f"not a plain file name: {photo.filename!r}")
    kind = "png" if is_logo(photo.name) else "jpeg"
    head = (
        f'Content-Type: image/{kind};\r\n name="{photo.filename}"\r\n'
        "Content-Transfer-Encoding: base64\r\n"
        f"Content-ID: <{photo.content_id}>\r\n"
        f'Content-Disposition: inline;\r\n filename="{photo.filename}"\r\n\r\n'
    )
    return [head.encode(), PhotoHole(photo.name)]


def _merged(pieces: Iterable[Piece]) -> list[Piece]:
    """Neighbouring octets as one piece: fewer to join for every parent."""
    merged: list[Piece] = []
    run: list[bytes] = []
    for piece in pieces:
        if isinstance(piece, bytes):
            run.append(piece)
            continue
        merged += [b"".join(run), piece] if run else [piece]
        run = []
    return [*merged, b"".join(run)] if run else merged


# --- the stored form: a version line, then records of a kind, a length in octets, ":" and that many octets

_VERSION = b"weekbrief-mail 1\n"
_RECORD = re.compile(rb"([BHPS])(0|[1-9][0-9]{0,9}):")


def dump(pieces: Iterable[Piece]) -> bytes:
    """The stored form of ``pieces``; `load` gives them back."""
    return _VERSION + b"".join(map(_stored, pieces))


def _stored(piece: Piece | Slot) -> bytes:
    if isinstance(piece, bytes):
        return _record(b"B", piece)
    if isinstance(piece, PhotoHole):
        return _record(b"P", piece.name.encode())
    if isinstance(piece, Slot):
        return _record(b"S", piece.value.encode())
    return _record(b"H", b"".join([piece.form.value.encode(), b"\n", *map(_stored, piece.parts)]))


def _record(kind: bytes, content: bytes) -> bytes:
    return b"%s%d:%s" % (kind, len(content), content)


def load(stored: bytes) -> tuple[Piece, ...]:
    """Read what `dump` wrote. Raises `ValueError` for another version or a damaged record."""
    if not stored.startswith(_VERSION):
        raise ValueError("not a stored mail of a version we know")
    return tuple(_piece(kind, content) for kind, content in _records(stored, len(_VERSION)))


def _records(stored: bytes, at: int) -> Iterator[tuple[bytes, bytes]]:
    while at < len(stored):
        head = _RECORD.match(stored, at)
        end = head.end() + int(head[2]) if head else len(stored) + 1
        if head is None or end > len(stored):
            raise ValueError(f"damaged stored mail at octet {at}")
        yield head[1], stored[head.end() : end]
        at = end


def _piece(kind: bytes, content: bytes) -> Piece:
    if kind == b"B":
        return content
    if kind == b"P":
        return PhotoHole(content.decode())
    if kind != b"H":
        raise ValueError("a slot outside a hole in a stored mail")
    form, _, parts = content.partition(b"\n")
    return Hole(Form(form.decode()), tuple(_hole_part(*record) for record in _records(parts, 0)))


def _hole_part(kind: bytes, content: bytes) -> bytes | Slot:
    if kind not in b"BS":
        raise ValueError("a hole inside a hole in a stored mail")
    return content if kind == b"B" else Slot(content.decode())


# --- one parent's message


def apart(pieces: Sequence[Piece]) -> tuple[Sequence[Piece], Sequence[bytes | PhotoHole]]:
    """What differs from parent to parent, and what all readers' messages end in: the pictures."""
    holes = [at for at, piece in enumerate(pieces) if isinstance(piece, PhotoHole)]
    first = holes[0] if holes else len(pieces)
    shared = [piece for piece in pieces[first:] if not isinstance(piece, Hole)]
    if len(shared) < len(pieces) - first:  # nothing of ours: then all of it is filled in anew each time
        return pieces, ()
    return pieces[:first], shared


def fill(pieces: Iterable[Piece], values: Values, photo: Callable[[str], EncodedPhoto]) -> bytes:
    """One parent's message, CRLF lines, not dot-stuffed.

    Header values come from `mime_headers` and are checked again here; body values are plain text
    and get escaped where they stand in HTML. ``photo`` gives a picture by its stored name.
    Raises `KeyError` for a missing value and `ValueError` for one that could change the header.
    """
    return b"".join(
        [piece if isinstance(piece, bytes) else _written(piece, values, photo) for piece in pieces]
    )


def _written(piece: Hole | PhotoHole, values: Values, photo: Callable[[str], EncodedPhoto]) -> bytes:
    return photo(piece.name).octets if isinstance(piece, PhotoHole) else write(piece, values)
