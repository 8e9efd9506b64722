"""A notice to staff as one mail, in the school's house style: plain, compact, no list to leave.

What it says is made elsewhere; this only shows it. Pure: no I/O, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One thing to know, such as a post that waits."""

    what: str
    detail: str = ""  #: why, or what to do; may have line breaks


@dataclass(frozen=True, slots=True)
class NoticeSection:
    title: str
    rows: tuple[NoticeRow, ...]
    lead: str = ""  #: what the rows have in common; may have line breaks


@dataclass(frozen=True, slots=True)
class NoticeText:
    """The words of one notice, in the reader's language. Plain text: all of it is escaped in HTML."""

    subject: str
    heading: str
    lead: str  #: may have line breaks, as ``closing``
    sections: tuple[NoticeSection, ...]
    closing: str = ""
