"""What the gates look at and what they find, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Gate(StrEnum):
    NAME = "name"  #: rule 12
    PERSONAL = "personal"  #: rule 13
    TONE = "tone"  #: rule 14


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """One text of a post and where it stands."""

    place: str  #: "title", "text", "caption", "alt", "location", "link"
    text: str  #: as the author wrote it; Markdown when ``place`` is "text"
    photo: int | None = None  #: key of the photo whose caption or alt text it is


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A pupil as a text may name one."""

    pupil: int  #: key
    first_name: str
    last_name: str  #: with its tussenvoegsels, as the roster has it


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Words that a gate stopped at.

    ``subject`` says what a person's release covers: a release of the same subject in the same post holds for
    later versions of its text too. It is stable and short: for a name ``"pupil:KEY"``, for something personal
    ``"pupil:KEY:TOPIC"``, for tone the word in its plain form.
    """

    gate: Gate
    subject: str
    words: str  #: as they stand in the text, at most 80 characters
    place: str
    photo: int | None = None
    pupil: int | None = None  #: whom the words name
