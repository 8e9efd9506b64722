"""Reading a school calendar (iCalendar, RFC 5545): what is on in the coming year, and nothing else of it.

Attendees, organisers, descriptions and alarms are never kept: they name people. The libraries take what
calendars hold apart; a file that would keep them busy for ever is refused by the clock.
"""

from __future__ import annotations

import re
import signal
import warnings
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import current_thread, main_thread
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component

from pipeline.intake.calendar_entries import CalendarRecord, Unreadable, entry_of, series_of
from pipeline.intake.text import Findings, open_file
from pipeline.problems import BadInput, Problem

HORIZON = timedelta(days=400)  #: how far ahead what repeats is written out
PAST = timedelta(days=90)  #: how far back; as long as it is kept
MAX_FILE = 5_000_000  #: bytes
MAX_EVENTS = 10_000
MAX_ENTRIES = 2_000  #: in the horizon; more than five a day for a year is no school's
SECONDS = 4.0

_BEGINS = re.compile(r"BEGIN:VCALENDAR[ \t]*$", re.IGNORECASE)
_EVENT = re.compile(r"BEGIN:VEVENT[ \t]*$", re.IGNORECASE)
_TOO_OFTEN = re.compile(r"(?:RRULE|EXRULE)[;:].*FREQ=(SECONDLY|MINUTELY|HOURLY)", re.IGNORECASE)
_ANSWERS = ("REPLY", "COUNTER", "DECLINECOUNTER", "REFRESH")
_IGNORED = {
    "VTODO": "tasks",
    "VJOURNAL": "journal notes",
    "VFREEBUSY": "free and busy times",
    "VALARM": "alarms",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadCalendar:
    file: str
    entries: tuple[CalendarRecord, ...]
    cancels: bool  #: the file only says what is off (METHOD:CANCEL): what it lacks has not gone
    remarks: tuple[Problem, ...]


def read_calendar(path: Path, zone: ZoneInfo, now: datetime, *, seconds: float = SECONDS) -> ReadCalendar:
    """What lies between `PAST` and `HORIZON`. Raises `BadInput` for a file that is not a whole calendar."""
    findings = Findings(str(path))
    lines = _lines(path, findings)
    _check(lines, findings)
    findings.settle()
    try:
        with warnings.catch_warnings(), within(seconds):
            warnings.simplefilter("ignore")  # what a library guesses of a zone's name, as other programs do
            return _Reader(lines, findings, zone, now).read()
    except TimeoutError:
        message = (
            "reading this takes far too long: does an event repeat without end (RRULE), or is it no calendar?"
            " Take that event out and export the calendar anew"
        )
        raise BadInput([Problem(file=str(path), message=message)]) from None


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise `TimeoutError` in a block that takes longer, and again if something in it swallows that."""
    if current_thread() is not main_thread():  # signals come to the main thread, where commands run
        yield
        return

    def stop(number: int, frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _lines(path: Path, findings: Findings) -> list[str]:
    with open_file(path, limit=MAX_FILE) as file:
        raw = file.read()
    again = "export the calendar anew as iCalendar (.ics)"
    if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        findings.problem(f"the file is UTF-16, not UTF-8; {again}", line=1)
    elif b"\0" in raw:
        line = raw.count(b"\n", 0, raw.index(b"\0")) + 1
        findings.problem(f"the file has a NUL byte, so it is no calendar; {again}", line=line)
    findings.settle()
    try:
        return re.split(r"\r\n|\r|\n", raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        findings.problem(f"this line is not UTF-8; {again}", line=line)
    findings.settle()
    raise AssertionError("settle has raised")


def _check(lines: list[str], findings: Findings) -> None:
    """What can be said of a file before anything interprets it."""
    number, first = next(((n, line.strip()) for n, line in enumerate(lines, 1) if line.strip()), (1, ""))
    if not _BEGINS.match(first):
        findings.problem(_other(first), line=number)
    if sum(1 for line in lines if _EVENT.match(line)) > MAX_EVENTS:
        findings.problem(f"the file has more than {MAX_EVENTS} events; export fewer years of it")
    for number, line in _unfolded(lines):
        if found := _TOO_OFTEN.match(line):
            often = found[1].lower()
            findings.problem(f"an event repeats {often}; a school's repeat daily at most", line=number)


def _other(first: str) -> str:
    if not first:
        return "the file is empty"
    if first.startswith(("[", "{")):
        return "this is jCal (JSON); export the calendar as iCalendar (.ics)"
    if first.startswith("<"):
        return "this is a web page or XML, perhaps a page to log in; save the calendar itself (.ics)"
    return "this is no calendar: one begins with BEGIN:VCALENDAR; export it as iCalendar (.ics)"


def _unfolded(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Content lines with the number of their first line (RFC 5545 section 3.1)."""
    number, whole = 0, ""
    for at, line in enumerate(lines, 1):
        if line.startswith((" ", "\t")):
            whole += line[1:]
            continue
        if whole:
            yield number, whole
        number, whole = at, line
    if whole:
        yield number, whole


class _Reader:
    def __init__(self, lines: list[str], findings: Findings, zone: ZoneInfo, now: datetime) -> None:
        self._lines, self._findings, self._zone = lines, findings, zone
        self._since = (now - PAST).astimezone(zone)
        self._until = (now + HORIZON).astimezone(zone)
        self._places = iter([n for n, line in enumerate(lines, 1) if _EVENT.match(line.strip())])
        self._line_of: dict[int, int] = {}  # component -> line

    def read(self) -> ReadCalendar:
        calendars = self._parsed()
        methods = {str(calendar.get("METHOD", "")).upper() for calendar in calendars}
        if answers := methods.intersection(_ANSWERS):
            self._findings.problem(f"this is an answer to an invitation ({min(answers)}), no calendar")
        for calendar in calendars:
            self._note(calendar)
        self._findings.settle()
        cancels = methods == {"CANCEL"}
        found = [entry for calendar in calendars for entry in self._entries(calendar, cancels)]
        if len(found) > MAX_ENTRIES:
            message = (
                f"more than {MAX_ENTRIES} things are on in {HORIZON.days} days; is an event repeated wrongly?"
            )
            self._findings.problem(message)
        self._findings.settle()
        entries = tuple(_newest(found))
        return ReadCalendar(
            file=self._findings.file, entries=entries, cancels=cancels, remarks=self._findings.remarks
        )

    def _parsed(self) -> list[Component]:
        text = "\r\n".join(self._lines)
        try:
            read = Calendar.from_ical(text, multiple=True)
            found: list[Component] = [each for each in read if each.name == "VCALENDAR"]
        except TimeoutError:
            raise
        except Exception as fault:  # the library raises what it meets
            self._findings.problem(f"this cannot be read: {_said(fault)}", line=self._place(fault))
            found = []
        else:
            if not found:
                self._findings.problem(
                    "the calendar does not end: the last line should be END:VCALENDAR; save it anew"
                )
        self._findings.settle()
        return found

    def _place(self, fault: Exception) -> int | None:
        """The line that a fault quotes."""
        said = str(fault)
        numbered = ((n, line.strip()) for n, line in enumerate(self._lines, 1))
        return next((n for n, line in numbered if len(line) > 3 and line in said), None)

    def _note(self, calendar: Component) -> None:
        """Every event is whole; what is no event is told and left."""
        for event in calendar.walk("VEVENT"):
            self._line_of[id(event)] = line = next(self._places, 1)
            try:
                entry_of(event, self._zone, with_end=False)
            except Unreadable as why:
                self._findings.problem(str(why), line=line)
        for name, words in _IGNORED.items():
            if number := len(calendar.walk(name)):
                self._findings.remark(f"left out: {number} {words}")

    def _entries(self, calendar: Component, cancels: bool) -> Iterator[CalendarRecord]:
        repeated = {series_of(event) for event in calendar.walk("VEVENT") if _repeats(event)}
        for occurrence in self._occurrences(calendar):
            try:
                entry = entry_of(occurrence, self._zone, repeated=repeated, off=cancels)
            except Unreadable as why:
                self._findings.problem(str(why), line=self._line(calendar, series_of(occurrence)))
                continue
            if entry.private:
                self._findings.remark("an event that is marked as private was left out", kind="private")
            elif not entry.title and not entry.cancelled:
                self._findings.remark("an event without a title (SUMMARY) was left out", kind="title")
            else:
                yield entry

    def _occurrences(self, calendar: Component) -> list[Component]:
        try:
            found: list[Component] = recurring_ical_events.of(calendar).between(self._since, self._until)
        except TimeoutError:
            raise
        except Exception:  # as above
            self._tell_culprit(calendar)
            return []
        return found

    def _tell_culprit(self, calendar: Component) -> None:
        """Of the first event that cannot be written out by itself."""
        what = "its times, or how it repeats, cannot be read; correct that in the calendar and export it anew"
        for event in calendar.walk("VEVENT"):
            alone = Calendar()
            alone.subcomponents = [*calendar.walk("VTIMEZONE"), event]
            try:
                recurring_ical_events.of(alone).between(self._since, self._until)
            except TimeoutError:
                raise
            except Exception:
                title = " ".join(str(event.get("SUMMARY", "")).split())[:60] or "an event"
                self._findings.problem(f"{title}: {what}", line=self._line_of[id(event)])
                return
        self._findings.problem("two times of one event cannot be told apart; export the calendar anew")

    def _line(self, calendar: Component, series: str) -> int | None:
        events = (event for event in calendar.walk("VEVENT") if series_of(event) == series)
        return next((self._line_of[id(event)] for event in events), None)


def _repeats(event: Component) -> bool:
    return any(name in event for name in ("RRULE", "RDATE", "RECURRENCE-ID"))


def _said(fault: Exception) -> str:
    """A library's words for a person: one line, not too long."""
    words = " ".join(str(fault).split()) or type(fault).__name__
    return words if len(words) <= 160 else f"{words[:159]}…"


def _newest(entries: Iterable[CalendarRecord]) -> Iterable[CalendarRecord]:
    """Of two that are the same one the later edit; what repeats within a day is no edit."""
    newest: dict[str, CalendarRecord] = {}
    for entry in sorted(entries, key=lambda each: each.starts):
        known = newest.get(entry.uid)
        if known is not None and entry.uid != entry.series:
            entry = replace(entry, uid=f"{entry.uid}T{entry.starts:%H%M%S}")
            known = None
        if known is None or known.sequence <= entry.sequence:
            newest[entry.uid] = entry
    return newest.values()
