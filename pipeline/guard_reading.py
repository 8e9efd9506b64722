"""Reading a finished message as a mail program would: whom it is to, which posts and pictures stand in it.

Part of the second guard, and like it knows nothing of how messages are made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from struct import unpack

from pipeline.guard_calendar import events_of
from pipeline.guard_text import seen
from pipeline.multipart import Leaf, leaves

#: A post and its revision; a line of the agenda ("a" is on, "x" is off) of a post or of a school calendar.
_MARK = re.compile(r' id="(?:p-(\d+)-(\d+)|([ax])-(post|calendar)-(\d+))"')
_PLACE = re.compile(rb"\0([0-9a-f]{64})\0\r\n")
_TO_LINE = re.compile(rb"^to[ \t]*:(.*)\r$", re.IGNORECASE | re.MULTILINE)
_ADDRESS = rb"""([^<>()\s",;:@]+@[^<>()\s",;:@]+)"""
_WORD = rb"=\?[\w-]+\?b\?[A-Za-z0-9+/=]*\?="
#: One mailbox and nothing else: a quoted name or encoded words before the address, or the bare address.
_ONE_MAILBOX = re.compile(
    rb' (?:(?:"(?:[^"\\]|\\.)*"|%b(?: %b)*) <%b>|%b)' % (_WORD, _WORD, _ADDRESS, _ADDRESS)
)


#: How a PNG begins, up to its width and height (W3C PNG, 5.2 and 11.2.1), and how large a logo may be.
_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_LOGO = (440, 112)


@dataclass(frozen=True, slots=True, eq=False)  # to compare two would go through all their words
class Contents:
    """What stands in one edition's bytes."""

    posts: frozenset[int]
    pictures: tuple[tuple[str, str], ...]  #: content id, SHA-256 of the decoded picture
    lines: frozenset[tuple[bool, str, int]] = frozenset()  #: of the agenda: is it off, whose, which
    events: frozenset[tuple[str, int]] | None = frozenset()  #: in the calendar file; None: not ours to read
    texts: tuple[tuple[int, int, str], ...] = ()  #: post, its revision, and what a reader sees of it
    told: tuple[tuple[str, int, str], ...] = ()  #: what agenda and calendar file say: whose, which, its words


def addressee(message: bytes) -> str | None:
    """The address in the message's one To line; None when there are more, or it has another shape than ours.

    Not Python's parser, which takes two milliseconds for what every single message is asked.
    """
    head = message[: message.index(b"\r\n\r\n") + 2].replace(b"\r\n ", b" ").replace(b"\r\n\t", b"\t")
    lines = _TO_LINE.findall(head)
    found = _ONE_MAILBOX.fullmatch(lines[0]) if len(lines) == 1 else None
    return (found[1] or found[2]).decode() if found else None


def read_contents(message: bytes) -> Contents:
    """Posts by the mark on their titles, pictures by content id, as a mail program would find them."""
    texts: list[tuple[int, int, str]] = []
    pictures: list[tuple[str, str]] = []
    lines: set[tuple[bool, str, int]] = set()
    told: list[tuple[str, int, str]] = []
    events: dict[tuple[str, int], str] | None = {}
    logos = 0
    for leaf in leaves(message):
        if leaf.kind == "text/html":
            _, *parts = _MARK.split(leaf.data().decode())
            for post, revision, off, kind, key, words in zip(*[iter(parts)] * 6, strict=True):
                if post:
                    texts.append((int(post), int(revision), seen(words)))
                else:
                    lines.add((off == "x", kind, int(key)))
                    told.append((kind, int(key), seen(words)))
        elif leaf.kind == "text/calendar":
            events = events_of(leaf.data())
            told += [(*whose, words) for whose, words in (events or {}).items()]
        elif leaf.kind.startswith("image/"):
            place = _PLACE.fullmatch(leaf.body)
            data = b"" if place else leaf.data()
            digest = place[1].decode() if place else sha256(data).hexdigest()
            if logos or place or not _is_logo(leaf, data, digest):
                pictures.append((leaf.content_id, digest))
            else:
                logos += 1
    posts = frozenset(post for post, *_ in texts)
    own = None if events is None else frozenset(events)
    return Contents(posts, tuple(pictures), frozenset(lines), own, tuple(texts), tuple(told))


def _is_logo(leaf: Leaf, data: bytes, digest: str) -> bool:
    """Whether it can be the school's logo and no photo: a small PNG (no photo of ours is one) that is called
    by its own bytes, as no photo is. A mail has one at most."""
    if leaf.kind != "image/png" or leaf.content_id != f"{digest[:32]}@logo.weekbrief":
        return False
    if not data.startswith(_PNG) or len(data) < len(_PNG) + 8:
        return False
    width, height = unpack(">II", data[len(_PNG) : len(_PNG) + 8])
    return bool(width <= _LOGO[0] and height <= _LOGO[1])
