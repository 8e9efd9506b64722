"""A clock on the wall, looked at every minute: the slow and obvious model of a school's time."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

#: Around these days clocks were moved; the last of each zone is an ordinary one.
DAYS = {
    "Europe/Amsterdam": [date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 18)],
    "Australia/Lord_Howe": [date(2026, 4, 5), date(2026, 10, 4), date(2026, 7, 1)],
    "America/Sao_Paulo": [date(2017, 10, 15), date(2018, 2, 18), date(2026, 7, 1)],
    "Pacific/Apia": [date(2011, 12, 30), date(2012, 4, 1), date(2011, 9, 24)],
    "Africa/Casablanca": [date(2026, 2, 15), date(2026, 3, 22), date(2026, 7, 1)],
    "America/St_Johns": [date(2011, 3, 13), date(2010, 11, 7), date(2026, 3, 8)],
    "UTC": [date(2026, 12, 28), date(2027, 1, 1)],
}
PLACES = [(zone, day) for zone, days in DAYS.items() for day in days]
MINUTE = timedelta(minutes=1)

places = st.sampled_from(PLACES)
#: Times close to where clocks are moved come often, any other sometimes.
times = st.builds(
    time, st.sampled_from([0, 0, 1, 2, 2, 3, 23]) | st.integers(0, 23), st.sampled_from([0, 1, 30, 59])
)


@cache
def wall(zone: str, day: date) -> tuple[list[datetime], list[datetime]]:
    """Every minute of about seven weeks around ``day``, and the latest time the clock has shown by then."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=24)
    minutes = [start + i * MINUTE for i in range(48 * 24 * 60)]
    shown = (minute.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for minute in minutes)
    return minutes, list(accumulate(shown, max))


def first_shown(zone: str, day: date, local: datetime) -> datetime:
    """The first minute at which the clock on the wall shows ``local`` or has jumped over it."""
    minutes, latest = wall(zone, day)
    return minutes[bisect_left(latest, local)]


def instant_near(place: tuple[str, date], index: int) -> datetime:
    """A minute not more than ten days from the place's day."""
    return wall(*place)[0][14 * 24 * 60 + index % (20 * 24 * 60)]
