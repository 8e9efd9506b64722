"""How many photos go into one mail: no mail is larger than the school says (setting ``mail_size``).

Worked out from the posts alone, before anything is written: the same items give the same answer
on every machine and at every time, and what was left out once never joins later (rule 16).
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from pipeline.model import Content, Item, Photo

# Octets of a finished mail, on the safe side: `tests/unit/test_room.py` holds them against real ones.
PAGE = 110_000  #: headers and signature, head and foot in both parts, a logo, the calendar file
_POST = 8_000  #: a post's own frame, with the heading of its chapter
_PHOTO = 3_000  #: its place in both parts, and the headers of its own part
_EVENT, _LINK = 6_000, 1_500
_LETTER = 6  #: an octet of text: in both parts, escaped and encoded
_MARK = 250  #: a character that can begin an element, which brings its style along
_MARKS = frozenset(string.punctuation + "\n") - frozenset(",;'\"?")
#: 57 octets become a line of 76 characters and its end (RFC 2045 section 6.8).
_LINE, _LINE_ENCODED = 57, 78


@dataclass(slots=True)
class Weights:
    """What posts and photos add to a mail, each worked out once: thousands of mails hold the same ones."""

    _texts: dict[int, int] = field(default_factory=dict)  # by revision
    _photos: dict[int, int] = field(default_factory=dict)

    def of_text(self, content: Content) -> int:
        if content.revision not in self._texts:
            self._texts[content.revision] = text_octets(content)
        return self._texts[content.revision]

    def of_photo(self, photo: Photo) -> int:
        known = self._photos.get(photo.key)
        if known is None:
            known = self._photos[photo.key] = photo_octets(photo)
        return known


def fit(items: Sequence[Item], most: int, weights: Weights) -> tuple[Item, ...]:
    """The items with as many photos as a mail of ``most`` octets has room for; the others are ``left``.

    In turns: the first photo of every post, then the second of each. Where one does not fit its post
    ends, so that each shows its first photos and none is skipped. Texts always go whole.
    """
    if not any(item.photos for item in items):
        return tuple(items)
    room = most - PAGE - sum(weights.of_text(item.post.content) for item in items)
    if sum(weights.of_photo(photo) for item in items for photo in item.photos) <= room:
        return tuple(items)
    kept: list[list[Photo]] = [[] for _ in items]
    full = [False for _ in items]
    for at, photo in _in_turns(items):
        cost = weights.of_photo(photo)
        full[at] = full[at] or cost > room
        if not full[at]:
            kept[at].append(photo)
            room -= cost
    return tuple(map(_with, items, kept))


def _in_turns(items: Sequence[Item]) -> Iterator[tuple[int, Photo]]:
    for turn in zip_longest(*(item.photos for item in items)):
        yield from ((at, photo) for at, photo in enumerate(turn) if photo is not None)


def _with(item: Item, kept: list[Photo]) -> Item:
    if len(kept) == len(item.photos):
        return item
    return replace(item, photos=tuple(kept), left=(*item.photos[len(kept) :], *item.left))


def photo_octets(photo: Photo) -> int:
    """What a photo adds to a mail. One from before its octets were kept counts as a sharp one of its size."""
    octets = photo.size or photo.width * photo.height // 2
    return _PHOTO + -(-octets // _LINE) * _LINE_ENCODED + _letters(photo.alt, photo.caption)


def text_octets(content: Content) -> int:
    """What a post adds to a mail without its photos."""
    marks = sum(map(content.body.count, _MARKS))
    return _POST + _letters(content.title, content.body) + marks * _MARK + _extras(content)


def _extras(content: Content) -> int:
    links = sum(_LINK + _letters(link.url, link.url, link.title) for link in content.links)
    return links + (_EVENT + _letters(content.event.location) if content.event else 0)


def _letters(*texts: str) -> int:
    return _LETTER * sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
