"""A notice to staff as one mail, in the school's house style: plain, compact, no list to leave.

What it says is made elsewhere; this only shows it. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from pipeline.mime import Mail
from pipeline.model import School
from pipeline.palette import DEFAULT, palette
from pipeline.templates import Fragment, Templates
from pipeline.texts import line, lines, underline

#: How text with line breaks is shown.
Shown = Callable[[str], str]

#: Characters of a detail that still reads as a figure: ``1 van 412``.
_FIGURE = 12


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One thing to know, such as a post that waits."""

    what: str
    detail: str = ""  #: why, or what to do; may have line breaks


@dataclass(frozen=True, slots=True)
class NoticeSection:
    """What belongs together. When every row has a detail of a few characters, they stand as figures."""

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


def render_notice(
    text: NoticeText, school: School, language: str, templates: Templates, colour: str | None
) -> Mail:
    """The mail that says ``text``, for `pipeline.mime.compose`: no list, so nothing to unsubscribe from.

    To be filled per reader: TO, MESSAGE_ID and DATE. ``colour`` is the school's, ``#rrggbb``.
    Raises `KeyError` for a language the templates were not loaded in and `ValueError` for no colour.
    """
    letter = templates.notices[language]
    common = {"lang": language, "home": school.language, "school": line(school.name)}
    named = Markup("<bdi>{}</bdi>").format(common["school"])
    coloured = {**common, "named": named, "palette": palette(colour or DEFAULT)}
    return Mail(
        subject=line(text.subject),
        from_name=line(school.name),
        from_address=school.sender,
        reply_to=school.reply_to,
        language=language,
        text=tuple(_filled(letter.text, text, common, _trimmed)),
        html=tuple(_filled(letter.html, text, coloured, _broken)),
    )


def _filled(
    fragments: Mapping[str, Fragment], text: NoticeText, common: Mapping[str, object], shown: Shown
) -> Iterator[str]:
    for name, values in _pieces(text, shown):
        # Only mail to parents has places for what differs per reader.
        yield from (part for part in fragments[name].fill({**common, **values}) if isinstance(part, str))


def _pieces(text: NoticeText, shown: Shown) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Which fragments make up a notice, each with its values."""
    yield "start", {"subject": line(text.subject)}
    yield "head", {**_headed(text.heading), "lead": shown(text.lead)}
    for section in text.sections:
        rows = [{"what": line(row.what), "detail": shown(row.detail)} for row in section.rows]
        figures = all(row.detail and len(row.detail) <= _FIGURE for row in section.rows)
        values = {"lead": shown(section.lead), "rows": rows, "figures": figures}
        yield "section", {**_headed(section.title), **values}
    yield "foot", {"closing": shown(text.closing)}
    yield "end", {}


def _headed(heading: str) -> Mapping[str, str]:
    title = line(heading)
    return {"heading": title, "rule": underline(title)}


def _trimmed(text: str) -> str:
    return lines(text).strip()


def _broken(text: str) -> str:
    return Markup("<br>").join(_trimmed(text).split("\n"))
