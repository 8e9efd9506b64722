"""From an edition to stored pieces, and from pieces to one parent's bytes. Knows where pictures lie."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pipeline.agenda import event_of
from pipeline.fragments import Brand, Fragments
from pipeline.intake.photo_files import Size, read_rendition
from pipeline.look_kept import read_logo
from pipeline.mime import (
    EncodedPhoto,
    Encoder,
    PhotoHole,
    Piece,
    Slot,
    apart,
    compose,
    dump,
    encode_photo,
    fill,
    is_logo,
    load,
)
from pipeline.mime_headers import date_header, list_unsubscribe, mailbox, mailto_url
from pipeline.model import Edition, School
from pipeline.occasions import Occasion, OpenLine, Source, SourceKind
from pipeline.octets import Message, Octets, Shared, own, parts
from pipeline.render import addressed, render
from pipeline.rules import open_item
from pipeline.store.new_run import NewEdition
from pipeline.templates import Templates
from pipeline.texts import line

if TYPE_CHECKING:  # most schools have no look of their own
    from pipeline.look import Look

#: The parts of a finished mail and its date -> the header field that signs it, to be put before it.
Sign = Callable[[Sequence[bytes], datetime], bytes]

#: Octets of encoded pictures kept at hand while a run lasts: some 250 photos of the usual size.
_PICTURES = 96_000_000
_EDITIONS, _SHARED = 256, 4

#: Stands last in a message's head, which is never cut into more pieces than `_HEAD`.
_LANGUAGE = re.compile(rb"\nContent-Language: ([\w-]+)\r\n")
_HEAD = 12


class Addressed(Protocol):
    """What differs per parent, as the delivery's row fixed it."""

    @property
    def message_id(self) -> str: ...
    @property
    def date(self) -> datetime: ...
    @property
    def name(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def unsubscribe(self) -> str | None:
        """The parent's own link to change or stop, when there is a web part."""


def for_feed(edition: Edition) -> NewEdition:
    """An edition of the app's feed: which posts and photos it shows. The app draws them."""
    items = tuple(map(open_item, edition.items))
    told = repr((edition.language, edition.welcome, items))
    digest = sha256(told.encode()).hexdigest()
    return NewEdition(
        digest=digest, language=edition.language, items=items, pieces=b"", size=0, events=_events(edition)
    )


def _events(edition: Edition) -> tuple[tuple[OpenLine | Source, Occasion], ...]:
    """What an edition tells is on."""
    shown = (
        (Source(SourceKind.POST, item.post.key), event_of(item.post.content))
        for item in edition.items
        if item.post.content.event
    )
    return (*shown, *((line.open, line.occasion) for line in edition.agenda))


class Press:
    """One school's printing for as long as one run lasts."""

    def __init__(
        self,
        school: School,
        brand: Brand,
        media: Path,
        templates: Callable[[], Templates],
        *,
        look: Callable[[], Look] | None = None,
        sign: Sign | None = None,
    ) -> None:
        """``look`` is the school's own, where it has one; ``templates`` are ours."""
        self._school, self.media = school, media
        self._brand, self._templates, self._look, self._sign = brand, templates, look, sign
        self._fragments: Fragments | None = None
        self._encoder = Encoder()
        self._pictures = _Pictures(self._read_picture)
        self._loaded: dict[int, tuple[Sequence[Piece], Sequence[bytes | PhotoHole]]] = {}
        self._shared: dict[int, Shared] = {}
        self._write_to_us = mailto_url(school.reply_to)
        self._stop = mailto_url(school.reply_to, "stop ")  # and the unique half of the Message-ID
        self._date = lru_cache(64)(lambda moment: date_header(moment.astimezone(school.zone)))  # of a run

    def print(self, edition: Edition) -> NewEdition:
        """Render and encode one edition, once for all its readers."""
        if self._fragments is None:
            self._fragments = self._own_fragments()
        rendered = render(edition, self._fragments)
        pieces = dump(compose(rendered.mail, self._encoder))
        return NewEdition(
            digest=sha256(pieces).hexdigest(),
            language=edition.language,
            items=tuple(map(open_item, edition.items)),
            pieces=pieces,
            size=rendered.html_size,
            events=_events(edition),
        )

    def _own_fragments(self) -> Fragments:
        if self._look is None:
            return Fragments(self._templates(), self._brand)
        look = self._look()
        return Fragments(look.templates, replace(self._brand, logo=look.logo))

    def message(self, edition: int, stored: bytes, to: Addressed) -> Octets:
        """The exact bytes for one parent: the same on every attempt (RFC 5322, CRLF, not dot-stuffed).

        ``edition`` is the key under which ``stored`` stands for good. Raises `FileNotFoundError` for a
        picture that is not in the media folder any more.
        """
        loaded = self._loaded.get(edition)
        if loaded is None:
            if len(self._loaded) >= _EDITIONS:
                self._loaded.clear()  # deliveries come edition by edition: what was read before is done with
            loaded = self._loaded[edition] = apart(load(stored))
        pieces, pictures = loaded
        theirs = fill(pieces, self._values(pieces, to), self._pictures.get)
        message = Message(theirs, self._shared_by(edition, pictures)) if pictures else theirs
        return self._signed(message, to) if self._sign else message

    def _signed(self, message: Octets, to: Addressed) -> Octets:
        assert self._sign is not None
        signature = self._sign(parts(message), to.date)
        return (
            Message(signature + own(message), message.shared)
            if isinstance(message, Message)
            else (signature + message)
        )

    def _shared_by(self, edition: int, pieces: Sequence[bytes | PhotoHole]) -> Shared:
        """What an edition's mails end in. Few at hand: each holds its pictures in memory."""
        shared = self._shared.get(edition)
        if shared is None:
            if len(self._shared) >= _SHARED:
                del self._shared[next(iter(self._shared))]
            shared = self._shared[edition] = Shared(map(self._filled, pieces))
        return shared

    def _filled(self, piece: bytes | PhotoHole) -> bytes | EncodedPhoto:
        if not isinstance(piece, PhotoHole):
            return piece
        picture = self._pictures.get(piece.name)
        return picture.octets if is_logo(piece.name) else picture  # the second guard measures a logo itself

    def _nameless(self, pieces: Sequence[Piece]) -> str:
        """A friendly word for who has no name on file, in the language that the edition says it is in."""
        head = b"".join(piece for piece in pieces[:_HEAD] if isinstance(piece, bytes))
        found = _LANGUAGE.search(head)
        language = found[1].decode() if found else self._school.language
        return addressed("", self._templates().letters[language].texts)

    def _values(self, pieces: Sequence[Piece], to: Addressed) -> dict[Slot, str]:
        mailto = self._stop + to.message_id.strip("<>").partition("@")[0]
        return {
            Slot.TO: mailbox(to.name, to.address),
            Slot.MESSAGE_ID: to.message_id,
            Slot.DATE: self._date(to.date),
            Slot.UNSUBSCRIBE: list_unsubscribe(mailto=mailto, https=to.unsubscribe),
            Slot.NAME: line(to.name) or self._nameless(pieces),
            Slot.PREFERENCES: to.unsubscribe or self._write_to_us,
        }

    def _read_picture(self, name: str) -> EncodedPhoto:
        if is_logo(name):
            return encode_photo(read_logo(self.media, name))
        return encode_photo(read_rendition(self.media, name, Size.MAIL))


class _Pictures:
    """Encoded pictures, each read and encoded once while there is room; the longest unused goes first."""

    def __init__(self, read: Callable[[str], EncodedPhoto], most: int = _PICTURES) -> None:
        """``most`` octets are kept at hand, and one picture at any rate."""
        self._read, self._most = read, most
        self._kept: OrderedDict[str, EncodedPhoto] = OrderedDict()
        self._octets = 0

    def get(self, name: str) -> EncodedPhoto:
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        picture = self._kept[name] = self._read(name)
        self._octets += len(picture)
        while self._octets > self._most and len(self._kept) > 1:
            self._octets -= len(self._kept.popitem(last=False)[1])
        return picture
