"""What the second guard reads of an agenda and of a calendar file, in finished bytes."""

from __future__ import annotations

import re

#: A line of the agenda: "a" is on, "x" is off; of a post or of a school calendar.
_LINE = re.compile(rb' id="([ax])-(post|calendar)-(\d+)"')
#: At the beginning of a line, where no title can stand (RFC 5545 section 3.1).
_EVENT = re.compile(rb"^UID:(.*)\r$", re.MULTILINE)
_EVENT_ID = re.compile(rb"(post|calendar)-(\d+)-[0-9a-f]*@weekbrief")


def lines_of(html: bytes) -> frozenset[tuple[bool, str, int]]:
    """Of each line of an agenda: whether it is off, whose it is, and which."""
    found = _LINE.findall(html)
    return frozenset((off == b"x", kind.decode(), int(key)) for off, kind, key in found)


def events_of(calendar: bytes) -> frozenset[tuple[str, int]] | None:
    """Whose events stand in a calendar file; None when one has an id that is not of our making."""
    found = [_EVENT_ID.fullmatch(uid) for uid in _EVENT.findall(calendar)]
    if len(found) != calendar.count(b"BEGIN:VEVENT\r\n") or not all(found):
        return None
    return frozenset((uid[1].decode(), int(uid[2])) for uid in found if uid)
