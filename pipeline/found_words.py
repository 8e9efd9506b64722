"""What holds a post's text, as the command line says it to staff. Pure.

It quotes the words that matched, so it is for teachers and the management alone (rule 23).
"""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.gates.words import Finding, Gate
from pipeline.text_rules import Held

_WHAT = {
    Gate.NAME: "names {words} without consent for {purposes}",
    Gate.PERSONAL: "says something personal of a pupil: {words}",
    Gate.TONE: "has {words}",
}
_WHERE = {
    "title": "the title",
    "text": "the text",
    "caption": "a caption",
    "alt": "a photo's description",
    "location": "the location",
    "link": "a link's title",
}


def found_words(held: Iterable[Held]) -> list[str]:
    """One line for each subject, whatever it is held for."""
    return [_line(rows) for rows in by_subject(held)]


def by_subject(held: Iterable[Held]) -> list[list[Held]]:
    """Rows of one subject together, whatever they are held for."""
    of_subject: dict[tuple[str, str], list[Held]] = {}
    for each in held:
        of_subject.setdefault((each.gate, each.subject), []).append(each)
    return list(of_subject.values())


def _line(rows: list[Held]) -> str:
    purposes = " and ".join(sorted({row.purpose for row in rows}))
    return _WHAT[rows[0].gate].format(words=_quoted(places_of(rows)), purposes=purposes)


def places_of(rows: Iterable[Held]) -> list[Finding]:
    """Every place once, of all purposes."""
    return list(dict.fromkeys(finding for row in rows for finding in row.found))


def _quoted(found: list[Finding]) -> str:
    told = [f'"{each.words}" in {_WHERE.get(each.place, each.place)}' for each in found]
    return ", ".join(dict.fromkeys(told)) or "words that are erased since"
