"""School days, and the hours at which mail that goes as posts come may be sent: pure calendar, no clock.

Days and times of day are of the school's own wall clock. One that is set back changes nothing that it
has shown before: what began goes on, and a doubled time counts the first time (contract.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from pipeline.days import aware, first_instant, local_date, local_day_start
from pipeline.settings_values import Holidays, InHolidays

OWN_FREE_DAY = "a free day of the school's own"

_DAY = timedelta(days=1)
#: The longest that there can be no school apart from own free days, and a wide margin. In days.
_LONGEST_BREAK = 400
_FIRST_KNOWN_SUMMER = 2020  #: the school holidays of the years before it are known too


@cache
def _public_calendar(region: str, year: int) -> Mapping[date, str]:
    """The Netherlands' holidays of one year in one region, by name. Of two on one day the school's wins."""
    from holidays import country_holidays  # here: it takes 0.4 s, and most calls need no holiday

    def of(category: str) -> dict[date, str]:
        found = country_holidays(
            "NL",
            subdiv=region.capitalize(),
            categories=(category,),
            years=year,
            language="en_US",
            expand=False,
        )
        return {day: found[day] for day in found}

    return of("public") | of("school")


@cache
def _known_until(region: str) -> date:
    """The last day of the last summer holiday that has been laid down: no school year after it is known."""
    year, known = _FIRST_KNOWN_SUMMER, date(_FIRST_KNOWN_SUMMER, 7, 31)
    while summer := [day for day in _public_calendar(region, year) if 7 <= day.month <= 9]:
        year, known = year + 1, max(summer)
    return known


@dataclass(frozen=True, kw_only=True, slots=True)
class SchoolDays:
    """On which days a school is open: own exceptions before own free days before the public calendar."""

    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5)  #: ISO 8601, at least one
    holidays: Holidays = field(default_factory=Holidays)

    def __post_init__(self) -> None:
        if not self.weekdays:
            raise ValueError("a school needs at least one school day in the week")

    def in_holiday(self, day: date) -> str | None:
        """The holiday's name, also on its Saturdays and Sundays; None on any other day."""
        if day in self.holidays.open:
            return None
        if any(first <= day <= last for first, last in self.holidays.free):
            return OWN_FREE_DAY
        return _public_calendar(region, day.year).get(day) if (region := self.holidays.region) else None

    def off(self, day: date) -> str | None:
        """Why there is never school on such a day of the week, whatever the holidays; None when there is."""
        if day.isoweekday() in self.weekdays or day in self.holidays.open:
            return None
        return "weekend" if day.isoweekday() > 5 else f"no school on a {day:%A}"

    def why_free(self, day: date) -> str | None:
        """The name of the holiday, "weekend" and the like; None when there is school."""
        return self.in_holiday(day) or self.off(day)

    def is_school_day(self, day: date) -> bool:
        return self.why_free(day) is None

    @property
    def known_until(self) -> date | None:
        """The last day of which the school holidays are known; None when no public calendar is used."""
        return _known_until(self.holidays.region) if self.holidays.region else None

    @property
    def longest_break(self) -> timedelta:
        """No stretch without school is longer. Own free days end, and the public calendar's are weeks."""
        own = sum(((last - first) + _DAY for first, last in self.holidays.free), timedelta())
        return own + timedelta(days=_LONGEST_BREAK)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hours:
    """When mail that goes as posts come may be sent: on school days, outside quiet hours.

    With ``holidays.immediate = "send"`` a holiday counts as the day of the week it is.
    """

    days: SchoolDays
    zone: ZoneInfo
    quiet_from: time
    quiet_until: time  #: equal to ``quiet_from``: no quiet hours
    #: Days worked out before: the daemon asks about the same one every few seconds.
    _known: dict[date, tuple[tuple[datetime, datetime], ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def open_at(self, instant: datetime) -> bool:
        return self.opens(instant) == instant

    def opens(self, instant: datetime) -> datetime:
        """The first open instant at or after ``instant``, in UTC. There always is one."""
        now = aware(instant)
        day = local_date(now, self.zone)
        last = day + self.days.longest_break
        while day <= last:
            for begin, end in self._open(day):
                if now < end:
                    return max(now, begin)
            day += _DAY
        raise LookupError(f"no hour is open in the {self.days.longest_break.days} days after {instant}")

    def why_closed(self, instant: datetime) -> str | None:
        """For people: the holiday's name, "weekend", "quiet hours from 19:00 to 07:00"; None when open."""
        if self.open_at(instant):
            return None
        day = local_date(instant, self.zone)
        if instant >= local_day_start(day + _DAY, self.zone):  # a clock set back at midnight shows it again
            day += _DAY
        quiet = f"quiet hours from {self.quiet_from:%H:%M} to {self.quiet_until:%H:%M}"
        return self._why_not(day) or quiet

    def _why_not(self, day: date) -> str | None:
        if self.days.holidays.immediate is InHolidays.SEND:
            return self.days.off(day)
        return self.days.why_free(day)

    def _open(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """What of ``day`` is open, in order: from each first instant up to, not including, the second."""
        if day not in self._known:
            spans = () if self._why_not(day) else self._outside_quiet_hours(day)
            self._known[day] = tuple((begin, end) for begin, end in spans if begin < end)
        return self._known[day]

    def _outside_quiet_hours(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """One that the clock skips whole ends where it begins."""
        begin, end = local_day_start(day, self.zone), local_day_start(day + _DAY, self.zone)
        if self.quiet_from == self.quiet_until:
            yield begin, end
            return
        quiet_from, quiet_until = (
            first_instant(datetime.combine(day, at), self.zone) for at in (self.quiet_from, self.quiet_until)
        )
        if self.quiet_until < self.quiet_from:  # over midnight
            yield quiet_until, quiet_from
        else:
            yield begin, quiet_from
            yield quiet_until, end


__all__ = ["OWN_FREE_DAY", "Hours", "SchoolDays"]
