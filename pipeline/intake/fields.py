"""Checks of single values that several readers share: dates, moments, addresses, languages, fixed words."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from enum import Enum
from functools import lru_cache
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from pipeline.days import first_instant

FIRST_YEAR, LAST_YEAR = 1900, 2199  #: what a school can mean; beyond it lie typing errors and overflows

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?\Z",
    re.ASCII | re.IGNORECASE,
)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*\Z")
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*\Z")
_LOCAL_LENGTH, _ADDRESS_LENGTH = 64, 254  # RFC 5321 4.5.3.1, octets; 254 follows from the path's 256
_TEST_ONLY = ("invalid", "localhost")  # RFC 2606 and 6761, beside .test and .example


@lru_cache(maxsize=1 << 14)  # a school's rows share few dates
def iso_date(text: str) -> date | None:
    """``2015-06-21`` as a date, None for everything else (also for basic and week dates, and wild years)."""
    if not _DATE.match(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def looks_like_date(text: str) -> bool:
    return len(text) == 10 and _DATE.match(text) is not None


def utc(moment: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant in UTC; without an offset ``moment`` is in ``zone``. None for wild years.

    A time that the clock skips is the first instant after it, a doubled one the first of the two.
    """
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else first_instant(moment, zone)


def iso_moment(text: str, zone: ZoneInfo) -> datetime | None:
    """``2026-11-18T14:05`` (seconds and offset optional) as an instant in UTC.

    A date alone begins at 00:00 (rule 2). None for everything else.
    """
    if not _MOMENT.match(text):
        return None
    try:
        return utc(datetime.fromisoformat(text.upper()), zone)
    except ValueError:
        return None


@lru_cache(maxsize=1 << 10)
def language_tag(text: str) -> str | None:
    """The tag in lower case with hyphens, None when ``text`` isn't shaped like one (RFC 5646)."""
    tag = text.lower().replace("_", "-")
    return tag if _LANGUAGE.match(tag) else None


def choices(words: type[Enum]) -> str:
    """``a, b or c``, for messages."""
    values = [str(each.value) for each in words]
    return f"{', '.join(values[:-1])} or {values[-1]}"


class Addresses:
    """Verdicts on addresses by syntax alone, never over the network; each domain is looked at once.

    email-validator takes 70 microseconds an address. A local part of plain letters, digits, ``_+-`` and
    dots is an RFC 5322 dot-atom by itself, so only its domain, which hundreds share, goes to the library.
    Quoted local parts and IP addresses in brackets are refused: no family has one, and what they may
    hold (spaces, ``>``, commas) every layer after this one would have to escape.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[str | None, str]] = {}

    def check(self, text: str) -> tuple[str | None, str]:
        """The address with its domain in lower case and Unicode, or None and why it is malformed."""
        local, _, domain = text.rpartition("@")
        plain = len(text) <= _ADDRESS_LENGTH and len(local) <= _LOCAL_LENGTH and _PLAIN_LOCAL.match(local)
        if plain and domain.isascii() and "xn--" not in domain.lower():
            found, why = self._verdict(f"x@{domain}")
            return (local + found[1:] if found else None), why
        return self._verdict(text)

    def _verdict(self, text: str) -> tuple[str | None, str]:
        if text not in self._known:
            self._known[text] = by_library(text)
        return self._known[text]


def by_library(text: str) -> tuple[str | None, str]:
    """The verdict on one address without any short way."""
    hint = _hint(text)
    if hint:
        return None, hint
    try:
        return _normal(text), ""
    except EmailNotValidError as error:
        return None, str(error).rstrip(".")


def _normal(text: str) -> str:
    """The address as the library normalises it. Raises `EmailNotValidError`.

    The library accepts ``.test`` on request but never ``.invalid`` and ``localhost``, which
    demonstrations and relays on the same machine use: it gets them under another name as long.
    """
    local, _, domain = text.rpartition("@")
    parent, dot, top = domain.lower().rpartition(".")
    if top not in _TEST_ONLY or (dot and not parent) or (top != "localhost" and not dot):
        return _by_syntax(text).normalized
    valid = _by_syntax(f"{local}@{parent or 'x'}.{'x' * len(top)}")
    kept = valid.domain.removesuffix("x" * len(top)) if parent else ""
    return f"{valid.local_part}@{kept}{top}"


def _by_syntax(text: str) -> ValidatedEmail:
    return validate_email(text, check_deliverability=False, test_environment=True, strict=True)


def _hint(text: str) -> str:
    if "<" in text or ">" in text:
        return "write the address alone, without a name and without < and >"
    if text.lower().startswith("mailto:"):
        return "write the address without 'mailto:'"
    if text.count("@") > 1 and re.search(r"[\s,;/|]", text):
        return "one field holds one address; give each parent a row of their own"
    return ""
