"""A finished mail as octets in a row, of which pictures stand in memory once for all mails that hold them.

A newsletter with forty photos is some eight million octets. Joining them for every parent, and looking
each of them through again, would cost ten times what sending them does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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


Part = bytes | Base64Lines


@dataclass(frozen=True, slots=True)
class Message:
    """One parent's mail: their own octets, with shared pictures between them."""

    parts: tuple[Part, ...]

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def __bytes__(self) -> bytes:
        return b"".join([plain(part) for part in self.parts])


Octets = bytes | Message


def plain(part: Part) -> bytes:
    return part.octets if isinstance(part, Base64Lines) else part


def parts_of(message: Octets) -> tuple[Part, ...]:
    """What the octets consist of, in order."""
    return message.parts if isinstance(message, Message) else (message,)


def own_parts(message: Octets) -> Iterator[bytes]:
    """Those that are looked through for every mail."""
    return (part for part in parts_of(message) if not isinstance(part, Base64Lines))
