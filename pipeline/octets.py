"""A finished mail as octets in a row, of which pictures stand in memory once for all mails that hold them.

A newsletter with forty photos is some eight million octets. Joining them for every parent, and looking
each of them through again, would cost ten times what sending them does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_LINES = re.compile(rb"(?:[A-Za-z0-9+/]{1,76}={0,2}\r\n)*")


class Base64Lines:
    """Whole lines of base64, which are looked at when this is made and never again.

    So there is no octet beyond ASCII in them, no line that begins with a dot, and nothing that could be
    taken for a boundary: what comes before and after means the same with them and without. Two are
    the same only if they are one object, so that what somebody knows of one can be kept as long as it lives.
    """

    __slots__ = ("__weakref__", "octets")

    def __init__(self, octets: bytes) -> None:
        """Raises `ValueError` for anything else than lines of base64 that end in CRLF."""
        if not _LINES.fullmatch(octets):
            raise ValueError("not whole lines of base64")
        self.octets = octets

    def __len__(self) -> int:
        return len(self.octets)


class Shared:
    """What all mails of one edition end in: its pictures, and the headers before each.

    Looked at when it is made: ASCII, no NUL, no line that begins with a dot. One object for all these
    mails, so that what somebody knows of it can be kept as long as it lives.
    """

    __slots__ = ("__weakref__", "length", "octets", "pieces")

    def __init__(self, pieces: Iterable[bytes | Base64Lines]) -> None:
        """Raises `ValueError` for octets that would have to be looked at for every mail."""
        self.pieces = tuple(pieces)
        self.octets = tuple([each.octets if isinstance(each, Base64Lines) else each for each in self.pieces])
        self.length = sum(map(len, self.octets))
        if any(_doubtful(piece) for piece in self.pieces if isinstance(piece, bytes)):
            raise ValueError("not plain lines")


def _doubtful(octets: bytes) -> bool:
    """Whether there is anything beyond ASCII, a NUL, or a dot where a line may begin."""
    return not octets.isascii() or b"\0" in octets or octets.startswith(b".") or b"\n." in octets


@dataclass(frozen=True, slots=True)
class Message:
    """One parent's mail: their own octets, and then what others get too."""

    own: bytes
    shared: Shared

    def __len__(self) -> int:
        return len(self.own) + self.shared.length

    def __bytes__(self) -> bytes:
        return b"".join([self.own, *self.shared.octets])


Octets = bytes | Message


def own(message: Octets) -> bytes:
    """What must be looked through for every mail."""
    return message.own if isinstance(message, Message) else message


def parts(message: Octets) -> list[bytes]:
    """The octets in order, as they lie in memory."""
    return [message.own, *message.shared.octets] if isinstance(message, Message) else [message]
