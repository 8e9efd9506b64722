"""Our own sentences, dates and lists in the reader's language; staff text is never translated.

Catalogues are GNU gettext ``.po`` files, read as they are: nothing to compile, nothing to forget.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from pipeline.days import aware
from pipeline.languages import Direction, first_strong
from pipeline.model import Event, Window
from pipeline.occasions import Occasion

LOCALES = Path(__file__).parent / "locale"

#: A school in the Netherlands writes 4 December and 19:00 in its English too. (Arabic without a region has
#: Latin digits in CLDR, as the families here see them around them.)
_REGIONS = {"en": "en_GB"}

_SPACES = re.compile(r"[\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029]")
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_TURNS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_EMBEDDED, _ISOLATED = "\u202c", "\u2069"
_ENDS = dict.fromkeys("\u202a\u202b\u202d\u202e", _EMBEDDED) | dict.fromkeys("\u2066\u2067\u2068", _ISOLATED)
_DIGITS = re.compile(r"(\d+)")

#: What a full date has besides day and month in CLDR: a weekday with its comma, a year with its sign.
_WEEKDAY = re.compile(r"EEEE[,،]? ?| ?EEEE")
_YEAR = re.compile(r"\s?y(\s?'[^']*'\.?)?")
_MONTH = re.compile(r" ?MMMM")
#: Ukrainian's apostrophe and the narrow space before its years are in few telephones' fonts.
_COMMON = {0x02BC: "\u2019", 0x202F: "\u00a0"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Texts:
    """One language: its sentences and its ways with dates and lists."""

    language: str
    locale: Locale
    catalogue: Translations

    def say(self, sentence: str, /, **values: object) -> str:
        """The translation of an English ``sentence`` with ``%(name)s`` places filled."""
        return self.catalogue.gettext(sentence) % values

    def count(self, one: str, many: str, number: int, /, **values: object) -> str:
        """The form of a sentence that fits ``number``, which stands in it as ``%(num)s``."""
        return self.catalogue.ngettext(one, many, number) % {"num": number, **values}

    def around(self, sentence: str, place: str) -> tuple[str, str]:
        """What stands before and after the one ``%(place)s`` of a translated sentence."""
        before, _, after = self.catalogue.gettext(sentence).partition(f"%({place})s")
        return before, after

    def all_of(self, names: Iterable[str]) -> str:
        """``a, b and c``."""
        found = list(names)
        if self.language == "ar":  # its "and" is written to the next word, not to one in another script
            found[1:] = [f"{_before(name)}{name}" for name in found[1:]]
        return format_list(found, locale=self.locale)

    @property
    def _full(self) -> str:
        """CLDR's pattern of a date with its weekday, each language in its own order."""
        pattern: str = self.locale.date_formats["full"].pattern
        return pattern.replace("EEEE, ", "EEEE ") if self.language == "en" else pattern  # as the British do

    def _dated(self, day: date, pattern: str) -> str:
        return format_date(day, pattern, locale=self.locale).translate(_COMMON)

    def day(self, day: date) -> str:
        """``Friday 4 December``."""
        return self._dated(day, _YEAR.sub("", self._full))

    def month(self, day: date) -> str:
        """Short, as on a calendar leaf: ``dec``."""
        return self._dated(day, "LLL").rstrip(".")

    def covers(self, window: Window, zone: ZoneInfo) -> str:
        """The days of ``[since, until)`` in the school's zone: ``13 to 20 November 2026``."""
        first = window.since.astimezone(zone).date()
        last = (window.until.astimezone(zone) - timedelta(microseconds=1)).date()
        whole = _WEEKDAY.sub("", self._full)
        pattern = _YEAR.sub("", whole) if first.year == last.year else whole
        if (first.year, first.month) == (last.year, last.month):
            pattern = _MONTH.sub("", pattern)
        begins, ends = self._dated(first, pattern), self._dated(last, whole)
        return self.say("%(first)s to %(last)s", first=begins, last=ends) if first != last else ends

    def when(self, event: Event | Occasion, zone: ZoneInfo) -> tuple[str, str]:
        """The day on which an event starts and its times, in the school's zone."""
        return self._date(event.starts.astimezone(zone)), self.hours(event, zone, self._date)

    def hours(self, event: Event | Occasion, zone: ZoneInfo, dated: Callable[[date], str]) -> str:
        """The times of an event; ``dated`` says on which other day it ends."""
        starts = event.starts.astimezone(zone)
        ends = event.ends.astimezone(zone) if event.ends else None
        if event.all_day:
            last = (ends - timedelta(microseconds=1)).date() if ends else starts.date()
            return self.say("to %(last)s", last=dated(last)) if last > starts.date() else self.say("all day")
        start = self._clock(starts)
        if ends is None or aware(ends) == aware(starts):  # by the wall the same time can be an hour later
            return self.say("from %(start)s", start=start)
        end = self._clock(ends)
        # Up to midnight is of the same day still.
        if (ends - timedelta(microseconds=1)).date() == starts.date():
            return self.say("%(start)s to %(end)s", start=start, end=end)
        return self.say("%(start)s to %(last)s, %(end)s", start=start, last=dated(ends.date()), end=end)

    def _date(self, day: date) -> str:
        return self._dated(day, self._full)

    def _clock(self, moment: datetime) -> str:
        """A time that the clock shows twice in a night says which of the two it is."""
        time = format_time(moment.time(), "HH:mm", locale=self.locale)
        if moment.utcoffset() == moment.replace(fold=1 - moment.fold).utcoffset():
            return time
        return self.say("%(time)s (winter time)" if moment.fold else "%(time)s (summer time)", time=time)


def load_texts(language: str, folder: Path = LOCALES) -> Texts:
    """The catalogue of ``language`` (a folder name under ``locale``); `LookupError` if we lack it."""
    path = folder / language / "LC_MESSAGES" / "weekbrief.po"
    if not path.is_file():
        raise LookupError(f"there is no translation into {language!r} (looked for {path})")
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    locale = Locale.parse(_REGIONS.get(language, language))
    return Texts(language=language, locale=locale, catalogue=Translations(compiled))


def _before(name: str) -> str:
    return "" if first_strong(name.removeprefix("<bdi>")) is Direction.RTL else " "


@lru_cache(4096)
def line(text: str) -> str:
    """Staff text as one line: line breaks and tabs become spaces, what cannot be shown goes."""
    return _turned_back(_UNSEEN.sub("", _SPACES.sub(" ", text))).strip()


def _turned_back(text: str) -> str:
    """``text`` with every change of direction ended and none ended that it did not begin (UAX #9), so that
    none turns around what stands beside it, such as the week after a title in a subject."""
    if not _TURNS.search(text):
        return text
    kept, ends = list[str](), list[str]()
    for character in text:
        if character in _ENDS:
            ends.append(_ENDS[character])
        elif character in _ENDS.values():
            if character not in ends or (character == _EMBEDDED and ends[-1] != _EMBEDDED):
                continue
            while ends.pop() != character:  # the end of an isolate ends what began inside it
                pass
        kept.append(character)
    return "".join([*kept, *reversed(ends)])


def lines(text: str) -> str:
    """Staff text with its line breaks, without characters that a mail may not hold."""
    joined = re.sub(r"\r\n?|[\x0b\x0c\x1c-\x1f\x85\u2028\u2029]", "\n", text)
    return _UNSEEN.sub("", joined)


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key by which ``groep 3`` comes before ``groep 10``, whatever the capitals."""
    parts = (part for part in _DIGITS.split(name.casefold()) if part)
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)


def short(text: str, room: int) -> str:
    """``text`` in at most ``room`` characters."""
    return text if len(text) <= room else f"{text[: room - 1].rstrip()}…"


def playing_time(seconds: float) -> str:
    """Minutes and seconds, as players show them: ``0:42``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def underline(title: str) -> str:
    """What sets a title apart in plain text."""
    return "-" * max(3, min(len(title), 60))


@lru_cache(4096)
def naturally(names: tuple[str, ...]) -> tuple[str, ...]:
    """Group names as people count them."""
    return tuple(sorted(names, key=lambda name: (natural(name), name)))


def week_of(window: Window) -> str:
    """The week number in a run's key: ``47`` of ``2026-W47`` and of ``2026-W47-2``."""
    found = re.search(r"-W0?(\d+)", window.key)
    return found[1] if found else str(window.until.isocalendar().week)
