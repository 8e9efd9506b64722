"""What one value in schedules.toml may be. Each check gives the value to use, or raises `ValueError`
with a sentence for the person who wrote it: what is wrong, and what to write instead."""

from __future__ import annotations

import difflib
import re
import unicodedata
import zoneinfo
from datetime import date, datetime, time
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email

from pipeline.languages import LANGUAGES
from pipeline.palette import contrast, palette
from pipeline.relay.settings import is_loopback, parse_url

REGIONS = ("noord", "midden", "zuid")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DUTCH = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(:00)?")
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DUTCH_DATE = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4})")
_YEARS = range(2000, 2200)
_LONGEST_FREE = 366  #: days; a longer one has the wrong year
_LONGEST_LINE = 120
_CONTRAST = 4.5  #: WCAG 2.2, success criterion 1.4.3


def slug(text: str) -> str:
    if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text) and len(text) <= 50:
        return text
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    better = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-") or "regenboog"
    raise ValueError(f'use small letters, digits and single hyphens only, at most 50, such as "{better}"')


def one_line(text: str) -> str:
    """Text for a mail header or one line of the mail."""
    text = unicodedata.normalize("NFC", text).strip()
    if not text:
        raise ValueError("there is nothing between the quotes")
    if any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in text):
        raise ValueError("use one line, without tabs or other control characters")
    if len(text) > _LONGEST_LINE:
        raise ValueError(f"this is {len(text)} characters long; use at most {_LONGEST_LINE}")
    return text


def language(text: str) -> str:
    if text not in LANGUAGES:
        raise ValueError(f"the languages there are now: {', '.join(map(_quoted, LANGUAGES))}")
    return text


def address(text: str) -> str:
    """An e-mail address by its syntax alone; nothing is looked up. `.example` and `.test` are fine."""
    if "<" in text:
        raise ValueError(f"{text!r}: write only the address, without a name and < >")
    try:
        return validate_email(text.strip(), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise ValueError(f"{text!r} is not an e-mail address: {error}") from None


def ascii_address(text: str) -> str:
    """As `address`, for what stands in every mail: parents' providers must be able to carry it."""
    found = address(text)
    if not found.partition("@")[0].isascii():
        raise ValueError(f"{text!r}: many mail providers refuse it; use plain letters before the @")
    return found


def zone(value: object) -> ZoneInfo:
    name = _text(value)
    try:
        if name.startswith(("right/", "posix/")) or name == "localtime":
            raise zoneinfo.ZoneInfoNotFoundError
        return ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}: {_zone_like(name)}") from None


def _zone_like(name: str) -> str:
    by_lower = {known.lower(): known for known in zoneinfo.available_timezones()}
    cities = {lower.rpartition("/")[2]: known for lower, known in sorted(by_lower.items())}
    asked = name.lower().replace(" ", "_")
    near = difflib.get_close_matches(asked, by_lower, 1) or difflib.get_close_matches(asked, cities, 1)
    known = (by_lower | cities)[near[0]] if near else "Europe/Amsterdam"
    return f'write the continent and the city, such as "{known}"'


def weekday(value: object) -> int:
    """1 for Monday to 7 for Sunday (ISO 8601)."""
    return _weekday(value, DAYS)


def weekday_or_first(value: object) -> int:
    """As `weekday`, or 0 for "first": the first school day of the week."""
    if isinstance(value, str) and value.strip().lower() == "first":
        return 0
    return _weekday(value, (*DAYS, "first"))


def _weekday(value: object, choices: tuple[str, ...]) -> int:
    name = _text(value).strip().lower()
    for names in (DAYS, _ENGLISH):
        if name in names:
            return names.index(name) + 1
    dutch = [day for day, full in zip(DAYS, _DUTCH, strict=True) if len(name) > 1 and full.startswith(name)]
    close = dutch or [
        day if day == "first" else day[:3]
        for day in difflib.get_close_matches(name, (*_ENGLISH, *choices[7:]), 1)
    ]
    hint = f'; for this one write "{close[0]}"' if close else ""
    raise ValueError(f"{_text(value)!r} is not a day: use {', '.join(map(_quoted, choices))}{hint}")


def region(value: object) -> str:
    """One of the three over which the Netherlands spread the school holidays."""
    name = _text(value).strip().lower().removeprefix("regio ")
    if name in REGIONS:
        return name
    close = difflib.get_close_matches(name, REGIONS, 1)
    hint = (
        f'; for this one write "{close[0]}"' if close else "; leave it out elsewhere than in the Netherlands"
    )
    raise ValueError(f"{_text(value)!r} is no region: there are {', '.join(map(_quoted, REGIONS))}{hint}")


def skip_or_send(value: object) -> str:
    if value not in ("skip", "send"):
        raise ValueError('write "skip" (nothing in a holiday) or "send" (also in a holiday)')
    return str(value)


def newsletter_in_holidays(value: object) -> str:
    """As `skip_or_send`; a newsletter's own table, written below the wrong header, is told apart."""
    if isinstance(value, dict | list):
        raise ValueError(
            'here it says "skip" or "send"; day and time belong to the school: move the line above this table'
        )
    return skip_or_send(value)


def day(value: object) -> date:
    """A date, written as one in TOML or as text."""
    if isinstance(value, date) and not isinstance(value, datetime):
        found = value
    else:
        found = _day(_text(value).strip() if isinstance(value, str) else str(value))
    if found.year not in _YEARS:
        raise ValueError(f"{str(value)!r}: the year must lie between {_YEARS[0]} and {_YEARS[-1]}")
    return found


def _day(text: str) -> date:
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"there is no day {text!r}: look at month and day") from None
    example = "2026-12-04"
    if turned := _DUTCH_DATE.fullmatch(text):
        example = f"{turned[3]}-{int(turned[2]):02d}-{int(turned[1]):02d}"
    raise ValueError(f'{text!r} is not a day: write year, month and day, as "{example}"')


def days(value: object) -> tuple[date, date]:
    """One day, or the first and the last of several with a slash between them."""
    if not isinstance(value, str):
        return day(value), day(value)
    first, slash, last = value.partition("/")
    begin, end = day(first), day(last if slash else first)
    if end < begin:
        raise ValueError(f'{value!r} ends before it begins: write the first day first, "{end}/{begin}"')
    if (length := (end - begin).days + 1) > _LONGEST_FREE:
        raise ValueError(f"{value!r} is {length} days long: look at the year")
    return begin, end


def one_day(value: object) -> date:
    """As `day`, for a list in which each day stands by itself."""
    if isinstance(value, str) and "/" in value:
        raise ValueError(f"{value!r}: write each day by itself, with a comma between them")
    return day(value)


def loopback(value: object) -> tuple[str, int]:
    """Host and port on this machine alone: what stands there is not for others."""
    host, _, port = _text(value).strip().rpartition(":")
    host = host.strip("[]")
    if not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65_536 or not is_loopback(host):
        raise ValueError(f'{value!r} is no port of this machine alone: write "127.0.0.1:9464"')
    return host, int(port)


def clock_time(value: object) -> time:
    """A time of day, to the minute; a TOML local time is taken too."""
    if isinstance(value, time):
        value = value.isoformat()
    found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError(f'{value!r} is not a time of day: write hours and minutes, such as "15:30"')
    return time(int(found[1]), int(found[2]))


def month_day(value: object) -> tuple[int, int]:
    text = _text(value)
    try:
        if not re.fullmatch(r"[0-9]{2}-[0-9]{2}", text):
            raise ValueError
        day = date.fromisoformat(f"2001-{text}")  # no leap year: the day must come every year
    except ValueError:
        raise ValueError(f'{text!r} is no day of every year: write month and day, such as "08-01"') from None
    return day.month, day.day


def colour(text: str) -> str:
    """An accent that white text can be read on (WCAG 2.2, 1.4.3); gives ``#rrggbb``."""
    digits = text.strip().lower().removeprefix("#")
    if not re.fullmatch(r"[0-9a-f]{3}|[0-9a-f]{6}", digits):
        raise ValueError(f'{text!r} is not a colour: write it as "#1f6feb"')
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    found = f"#{digits}"
    if contrast(found, "#ffffff") < _CONTRAST:
        shown = int(contrast(found, "#ffffff") * 10) / 10  # 4.49 must not be shown as 4.5
        raise ValueError(
            f"white text cannot be read well on {text} (contrast {shown}:1, needed is {_CONTRAST}:1): "
            f'take a darker one, such as "{palette(found).link}"'
        )
    return found


def database(text: str) -> str:
    if text.startswith("postgres://"):
        raise ValueError("write postgresql:// instead of postgres://")
    found = re.fullmatch(r"(?P<kind>[a-z][a-z0-9]*)(\+[a-z0-9_]+)?://(?P<rest>.*)", text)
    if not found:
        raise ValueError(
            'this is no database address: write "sqlite:///weekbrief.db" or "postgresql://user@host/name"'
        )
    name, _, query = found["rest"].partition("?")
    if found["kind"] == "sqlite" and (name in {"", "/", "/:memory:"} or "mode=memory" in query):
        raise ValueError('a database in memory forgets what was sent: write "sqlite:///weekbrief.db"')
    return text


def has_password(url: str) -> bool:
    """Whether a database address carries a password. A malformed one is `database`'s to tell."""
    try:
        return bool(urlsplit(url).password or dict(parse_qsl(urlsplit(url).query)).get("password"))
    except ValueError:
        return False


def base_url(text: str) -> str:
    """Where parents reach the web part, without a slash at its end."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or parts.scheme not in {"https", "http"} or parts.username or parts.query or parts.fragment:
        raise ValueError(f'{text!r} is not a web address: write it as "https://ouders.example.nl"')
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(f"parents' pages need https: write https://{parts.netloc}{parts.path}")
    return text.rstrip("/")


def relay_url(text: str) -> str:
    parse_url(text, base=Path("/"))
    return text


def host_name(text: str) -> str:
    if len(text) > 253 or not _HOST.fullmatch(text):
        words = 'write it as "mail.example.nl", or leave helo out'
        raise ValueError(f"{text!r} is not the name of a machine: {words}")
    return text


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("write it as text between double quotes")
    return value


def _quoted(text: str) -> str:
    return f'"{text}"'
