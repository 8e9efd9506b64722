"""Making what is due for one school, by the calendar and the runs that exist."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from pipeline.collect import Collected
from pipeline.facts import Facts
from pipeline.model import RunKind, School, Snapshot, Window
from pipeline.office import Office
from pipeline.ripe import AS_THEY_COME, Ripeness, ripeness
from pipeline.schedule import Due, Refusal, due
from pipeline.settings import SchoolSettings
from pipeline.store import lookouts, runs
from pipeline.store.database import lock_school
from pipeline.store.screen import screen, unscreened

#: How long a relay may put off a mail that went out as a post came. RFC 5321, 4.5.4.1: four to five days.
_GIVE_UP = timedelta(days=5)

#: A run that has just been made, and what it was made of.
Made = tuple[int, Snapshot]


class SchoolDue:
    """What one school has coming."""

    def __init__(
        self, office: Office, told: SchoolSettings, school: School, at: Callable[[SchoolSettings], datetime]
    ) -> None:
        self.told, self.school = told, school
        self._office, self.at = office, at

    @property
    def now(self) -> datetime:
        """The calendar's."""
        return self.at(self.told)

    # As posts come.

    def ready(self) -> dict[RunKind, Ripeness]:
        """The kinds of run for which posts may ripen at this moment."""
        when, now = self.told.immediate, self.now
        quiet = self.quiet
        return {
            kind: ripeness(kind, now, when.pause, when.bundle)
            for kind in AS_THEY_COME
            if not (quiet and kind is RunKind.IMMEDIATE)
        }

    @property
    def quiet(self) -> bool:
        """Whether mail that goes as posts come must wait at this hour."""
        return not self._office.hours(self.told).open_at(self.now)

    def foresee_as_they_come(self) -> Iterator[Collected]:
        """What `make_as_they_come` would make, changing nothing."""
        for kind, ready in self.ready().items():
            maker = self._office.maker(self.told, self.school)
            if collected := maker.foresee(kind, self.now, ready, self._begins()):
                yield collected

    def unpaused(self, kind: RunKind) -> tuple[Facts, Collected]:
        """What a run of posts as they come would hold if nothing paused or kept quiet."""
        ready = ripeness(kind, self.now, timedelta(0), timedelta(0))
        return self._office.maker(self.told, self.school).look(kind, self.now, ready, self._begins())

    def _begins(self) -> datetime:
        """Where the window of a school's first run begins: that of the newest newsletter by the calendar."""
        calendar = self._office.calendar(self.told)
        return calendar.window(calendar.latest_due(self.now))[0]

    def make_as_they_come(self, kinds: Collection[RunKind]) -> Iterator[Made]:
        """Runs of what is ripe, of those kinds that are worth a look."""
        ready = {kind: each for kind, each in self.ready().items() if kind in kinds}
        for kind in self._for_somebody(ready):
            maker = self._office.maker(self.told, self.school)
            if made := maker.make_as_they_come(kind, self.now, ready[kind], self._begins()):
                yield made

    def _for_somebody(self, ready: Mapping[RunKind, Ripeness]) -> list[RunKind]:
        """Those of which a run can be due at all; the others are looked at herewith, all at once."""
        database, key = self._office.database, self.school.key
        with database.read() as connection:
            saw = lookouts.seen(connection, key)
            nobody = [kind for kind in ready if lookouts.for_nobody(connection, key, kind)]
        if nobody:
            with database.write() as connection:
                for kind in nobody:
                    until = min(ready[kind].until, self._office.clock())
                    lookouts.looked(connection, key, kind, saw, until)
        return [kind for kind in ready if kind not in nobody]

    # Newsletters.

    def newsletter(self, week: str | None) -> Due | Refusal:
        with self._office.database.read() as connection:
            past = runs.runs_of(connection, self.school.key, RunKind.WEEKLY)
        return due(self._office.calendar(self.told), now=self.now, past=past, week=week)

    def make_newsletter(self, week: str | None) -> Made | None:
        """The newsletter that is due; None when none is, or another process was first.

        One that is made long after its moment waits for a person, unless a person asked for that week.
        """
        what = self.newsletter(week)
        if isinstance(what, Refusal):
            return None
        _screen_all(self._office, {self.school.key: self})
        window = self._window(what)
        self._give_up_earlier(what)
        maker = self._office.maker(self.told, self.school)
        snapshot = maker.make(window, runs.LATE if self.is_late(what, week) else None)
        if snapshot is None:
            return None
        with self._office.database.read() as connection:
            row = runs.find_run(connection, self.school.key, RunKind.WEEKLY, window.key)
        return (row.id, snapshot) if row else None

    def _window(self, what: Due) -> Window:
        """What holidays carried over to a newsletter that nobody released, this one carries on."""
        with self._office.database.read() as connection:
            carried = runs.carried_on(connection, self.school.key, what.since)
        own = window_of(what, self.now)
        return (
            own if carried is None else replace(own, carried_from=min(carried, own.carried_from or carried))
        )

    def is_late(self, what: Due, week: str | None) -> bool:
        return week is None and self.now - what.until > self.told.late

    def _give_up_earlier(self, what: Due) -> None:
        """What still waits of earlier newsletters goes along with this one; so does what was held for being
        late. A mail that went out as its post came has its own term."""
        key, now = self.school.key, self._office.clock()
        with self._office.database.write() as connection:
            earlier = runs.newsletters_before(connection, key, what.until)
            runs.give_up_waiting(connection, earlier, now, "the next newsletter came first")
            old = runs.open_since_before(connection, key, now - _GIVE_UP)
            runs.give_up_waiting(connection, old, now, "the relay did not take it for days")


def _screen_all(office: Office, schools: Mapping[int, SchoolDue]) -> None:
    """Search the posts of those schools that stand otherwise than when theirs were searched: where a consent
    ran out, a day began or a rule was changed, what is held and what goes again is told and remembered.

    A fault with one school keeps no other from its news; its own runs will tell it.
    """
    standing = {key: (school.school, school.now) for key, school in schools.items()}
    with office.database.read() as connection:
        keys = unscreened(connection, standing)
    for key in keys:
        with suppress(Exception), office.database.write() as connection:
            lock_school(connection, key)
            screen(connection, *standing[key])


def window_of(what: Due, at: datetime) -> Window:
    return Window(
        kind=RunKind.WEEKLY,
        key=str(what.key),
        since=what.since,
        until=what.until,
        at=at,
        carried_from=what.carried_from,
    )


def worth_a_look(office: Office, schools: Mapping[int, SchoolDue]) -> dict[int, set[RunKind]]:
    """School -> kinds of run for which something may be due, in a few queries for all of them."""
    _screen_all(office, schools)
    ready = {key: school.ready() for key, school in schools.items()}
    with office.database.read() as connection:
        return lookouts.worth_a_look(
            connection,
            {key: {kind: each.ripe for kind, each in kinds.items()} for key, kinds in ready.items()},
        )
