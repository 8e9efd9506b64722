"""The values of one post's front matter, each checked where it stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pipeline.days import local_day_start
from pipeline.intake.fields import FIRST_YEAR, LAST_YEAR, language_tag, utc
from pipeline.intake.text import Findings, clean
from pipeline.toml_lines import Document, Path as Where

_MAX_TEXT = 2000  #: characters of one value
_MAX_LIST = 1000
_NEVER_IN_LINKS = frozenset(' <>"\\')


class FrontMatter:
    """Reads values by their path; what is wrong is noted with its line, and the value is empty or None."""

    def __init__(self, document: Document, findings: Findings, zone: ZoneInfo) -> None:
        self._document, self.findings, self._zone = document, findings, zone

    def line(self, where: Where) -> int:
        place = self._document.place(where)
        return place.line if place else 1

    def wrong(self, where: Where, message: str) -> None:
        place = self._document.place(where)
        line, column = (place.line, place.column) if place else (1, None)
        if line not in self._document.mended:  # a line that is no TOML was told already
            self.findings.problem(message, line=line, column=column)

    def missing(self, where: Where, key: str, example: str) -> None:
        if not self._document.mended:  # it may stand on a line that could not be read
            self.wrong(where, f"{key} is missing; add  {key} = {example}")

    def only(self, where: Where, table: Mapping[str, Any], known: Collection[str]) -> None:
        """Remark on keys that mean nothing here; a misspelled one shows."""
        for key in table:
            if key not in known:
                near = get_close_matches(key, known, n=1, cutoff=0.6)
                hint = f"; is {near[0]!r} meant?" if near else ""
                self.findings.remark(f"{key[:60]!r} is not used{hint}", line=self.line((*where, key)))

    def text(
        self,
        where: Where,
        table: Mapping[str, Any],
        key: str,
        *,
        required: bool = False,
        most: int = _MAX_TEXT,
    ) -> str:
        """The text under ``key``, clean; "" when it is left out or wrong."""
        place = (*where, key)
        if key not in table:
            if required:
                self.missing(where, key, '"..."')
            return ""
        value = self._clean(place, table[key], key)
        if required and not value and isinstance(table[key], str):
            self.wrong(place, f"{key} is empty")
        if len(value) > most:
            self.wrong(place, f"{key} has {len(value)} characters, at most {most} fit")
        return value

    def texts(self, where: Where, table: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
        """The list of texts under ``key``, each once; None when it is left out or no list."""
        value, place = table.get(key), (*where, key)
        if value is None:
            return None
        if not isinstance(value, list) or len(value) > _MAX_LIST:
            self.wrong(place, f'{key} must be a list, as in  {key} = ["a", "b"]')
            return None
        found = [self._clean((*place, number), each, key) for number, each in enumerate(value)]
        for number, text in enumerate(found):
            if not text and isinstance(value[number], str):
                self.wrong((*place, number), f"{key} holds an empty text")
        return tuple(dict.fromkeys(found))

    def moment(self, where: Where, table: Mapping[str, Any], key: str) -> datetime | None:
        """The instant under ``key`` in UTC."""
        value, place = table.get(key), (*where, key)
        if key not in table:
            self.missing(where, key, "2026-11-18T14:05:00")
        elif isinstance(value, datetime):
            instant = utc(value, self._zone)
            if instant is None:
                self.wrong(place, f"{key} lies in the year {value.year}")
            return instant
        elif isinstance(value, date):
            self.wrong(place, f"{key} needs a time as well, as in  {key} = {value}T14:05:00")
        else:
            self.wrong(place, f"{key} must be a date with a time without quotes, as in 2026-11-18T14:05:00")
        return None

    def days(self, where: Where, table: Mapping[str, Any]) -> tuple[datetime, datetime] | None:
        """Whole days, ``ends`` is the last of them, as the instants (UTC) between which they lie."""
        first, last = table["starts"], table.get("ends", table["starts"])
        if not is_day(last):
            self.wrong((*where, "ends"), "ends must be the last day, without a time, as starts is")
            return None
        if last < first:
            self.wrong((*where, "ends"), "ends must not lie before starts")
            return None
        if not FIRST_YEAR <= first.year <= last.year <= LAST_YEAR:
            self.wrong((*where, "starts"), f"this lies in the years {first.year} to {last.year}")
            return None
        return local_day_start(first, self._zone), local_day_start(last + timedelta(days=1), self._zone)

    def yes_or_no(self, where: Where, table: Mapping[str, Any], key: str) -> bool:
        """The truth under ``key``; no when it is left out."""
        value = table.get(key, False)
        if not isinstance(value, bool):
            self.wrong((*where, key), f"{key} must be true or false, without quotes")
        return value is True

    def language(self, where: Where, table: Mapping[str, Any], key: str) -> str:
        """The language tag under ``key``, in lower case; "" when it is left out or wrong."""
        text = self.text(where, table, key)
        tag = language_tag(text) if text else ""
        if tag is None:
            self.wrong((*where, key), f'{text[:40]!r} is no language; write its code, as in  {key} = "tr"')
        return tag or ""

    def tables(self, data: Mapping[str, Any], key: str) -> list[tuple[Where, Mapping[str, Any]]]:
        """The ``[[key]]`` tables with their paths."""
        value = data.get(key, [])
        if isinstance(value, list) and all(isinstance(each, dict) for each in value):
            return [((key, number), each) for number, each in enumerate(value)]
        self.wrong((key,), f"write [[{key}]] on a line of its own, then file or url and the rest below it")
        return []

    def link(self, where: Where, table: Mapping[str, Any]) -> str:
        """The web address under ``url``."""
        url = self.text(where, table, "url", required=True)
        why = _bad_link(url) if url else ""
        if why:
            self.wrong((*where, "url"), why)
        return url

    def _clean(self, place: Where, value: Any, key: str) -> str:
        if not isinstance(value, str):
            self.wrong(place, f'{key} must be text between double quotes, as in  "{str(value)[:40]}"')
            return ""
        if "\0" in value:
            self.wrong(place, f"{key} holds a NUL character")
        text, had_controls = clean(value)
        if had_controls:
            self.findings.remark(f"control characters were left out of {key}", line=self.line(place))
        return text


def is_day(value: object) -> bool:
    """Whether it is a date without a time."""
    return isinstance(value, date) and not isinstance(value, datetime)


def _bad_link(url: str) -> str:
    """Why ``url`` is no link for a mail, or ""."""
    if not url.isprintable() or _NEVER_IN_LINKS & set(url):
        return "a link holds no blanks, quotes, <, > or invisible characters; copy it from the browser"
    try:
        parts = urlsplit(url)
        host, user = parts.hostname, parts.username
        _ = parts.port
    except ValueError as error:
        return f"this is no web address: {error}"
    if parts.scheme not in ("http", "https") or not host:
        return "a link begins with https:// (or http://) and a host"
    if user is not None:
        return "a link has no user name before an @: it would lead elsewhere than it seems to"
    return ""
