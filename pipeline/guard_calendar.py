"""What the second guard reads of an agenda and of a calendar file, in finished bytes."""

from __future__ import annotations

import re

#: At the beginning of a line, where no title can stand (RFC 5545 section 3.1).
_EVENT = re.compile(rb"^UID:(.*)\r$", re.MULTILINE)
_WORDS = re.compile(rb"^(?:SUMMARY|LOCATION|DESCRIPTION)[:;](.*)\r$", re.MULTILINE)
_EVENT_ID = re.compile(rb"(post|calendar)-(\d+)-[0-9a-f]*@weekbrief")


def events_of(calendar: bytes) -> dict[tuple[str, int], str] | None:
    """Whose events stand in a calendar file, each with its words; None when one has an id that is not of our
    making."""
    _, *events = calendar.replace(b"\r\n ", b"").split(b"BEGIN:VEVENT\r\n")
    found: dict[tuple[str, int], str] = {}
    for event in events:
        uids = [_EVENT_ID.fullmatch(uid) for uid in _EVENT.findall(event)]
        if len(uids) != 1 or uids[0] is None:
            return None
        whose = uids[0][1].decode(), int(uids[0][2])
        words = b"\n".join(_WORDS.findall(event)).replace(b"\\n", b"\n").replace(b"\\", b"").decode()
        found[whose] = f"{found.get(whose, '')}\n{words}"
    return found
