"""Events as calendar programs read them: the attached file (RFC 5545), and links that fill in their forms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from pipeline.days import aware
from pipeline.model import School
from pipeline.occasions import Occasion, Source
from pipeline.texts import Texts, line

_HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Weekbrief//Weekbrief//EN\r\nMETHOD:PUBLISH\r\n"
_GOOGLE = "https://calendar.google.com/calendar/render"
_OUTLOOK = "https://outlook.live.com/calendar/0/deeplink/compose"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One event of the file."""

    source: Source
    occasion: Occasion
    groups: tuple[str, ...]  #: the reader's own, whom it concerns


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """One school's files of one run; an event is written once, however many editions hold it."""

    school: School
    mark: str  #: the school's own part of every UID, the same for ever
    stamp: datetime  #: the run's cut-off: the same bytes whenever an edition is made again

    def text(self, entries: Iterable[Entry], texts: Texts) -> str:
        """A file of these, each source once and as it stands last; "" for none. Lines end in CRLF."""
        last: dict[Source, Entry] = {}
        for entry in sorted(entries, key=lambda each: (each.occasion.starts, each.source)):
            known = last.get(entry.source)
            if known is None or known.occasion.sequence < entry.occasion.sequence:
                last[entry.source] = entry
        if not last:
            return ""
        zone, times = (
            self.school.zone,
            [entry.occasion for entry in last.values() if not entry.occasion.all_day],
        )
        events = (
            _event(self, entry, texts.say("Cancelled"), _whose(entry, texts)) for entry in last.values()
        )
        return "".join(
            [_HEAD, _zone(zone, *_years(times, zone)) if times else "", *events, "END:VCALENDAR\r\n"]
        )


def _whose(entry: Entry, texts: Texts) -> str:
    return texts.all_of(map(line, entry.groups)) if entry.groups else texts.say("The whole school")


def _years(times: Iterable[Occasion], zone: ZoneInfo) -> tuple[int, int]:
    years = [
        moment.astimezone(zone).year for each in times for moment in (each.starts, each.ends or each.starts)
    ]
    return min(years), max(years)


@lru_cache(64)
def _zone(zone: ZoneInfo, first: int, last: int) -> str:
    """When the clocks change in these years, for programs that do not know the zone by its name."""
    # Here, as below, because the library costs more to import than a run with nothing due altogether.
    from icalendar import Timezone

    made = Timezone.from_tzid(zone.key, first_date=date(first, 1, 1), last_date=date(last + 2, 1, 1))
    made.pop("COMMENT", None)
    return str(made.to_ical(), "utf-8")


@lru_cache(1024)
def _event(file: CalendarFile, entry: Entry, cancelled: str, whose: str) -> str:
    from icalendar import Event as VEvent, vCalAddress

    occasion, school, event = entry.occasion, file.school, VEvent()
    event.add("uid", f"{entry.source.kind}-{entry.source.key}-{file.mark}@weekbrief")
    event.add("dtstamp", file.stamp.astimezone(UTC))
    event.add("sequence", occasion.sequence)
    for name, moment in (("dtstart", occasion.starts), ("dtend", occasion.ends)):
        if moment is not None and (name == "dtstart" or aware(moment) != aware(occasion.starts)):
            local = moment.astimezone(school.zone)
            event.add(name, local.date() if occasion.all_day else local)
    title = line(occasion.title)
    words = f"{cancelled}: {title}" if title else cancelled
    event.add("summary", words if occasion.cancelled else title)
    event.add("description", f"{whose} · {line(school.name)}")
    if location := line(occasion.location):
        event.add("location", location)
    organizer = vCalAddress(f"mailto:{school.reply_to}")
    organizer.params["CN"] = line(school.name)
    event.add("organizer", organizer)
    event.add("status", "CANCELLED" if occasion.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if occasion.all_day else "OPAQUE")
    return str(event.to_ical(), "utf-8")


def links(occasion: Occasion, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """Pages on which a reader can put it into a calendar: the provider's name and the address."""
    title, location = line(occasion.title), line(occasion.location)
    starts, ends = (moment.astimezone(zone) for moment in (occasion.starts, occasion.ends or occasion.starts))
    form = "%Y%m%d" if occasion.all_day else "%Y%m%dT%H%M%SZ"
    dates = "/".join(_utc_unless(moment, occasion.all_day).strftime(form) for moment in (starts, ends))
    google = {"action": "TEMPLATE", "text": title, "dates": dates, "location": location}
    yield "Google", _page(_GOOGLE, google)
    days = {"startdt": starts.date(), "enddt": ends.date(), "allday": "true"}
    hours = {"startdt": starts.isoformat(), "enddt": ends.isoformat()}
    outlook = {"path": "/calendar/action/compose", "rru": "addevent", "subject": title, "location": location}
    yield "Outlook", _page(_OUTLOOK, {**outlook, **(days if occasion.all_day else hours)})


def _utc_unless(moment: datetime, all_day: bool) -> datetime:
    return moment if all_day else moment.astimezone(UTC)


def _page(url: str, values: Mapping[str, object]) -> str:
    told = {name: value for name, value in values.items() if value}
    return f"{url}?{urlencode(told, quote_via=quote, safe='')}"
