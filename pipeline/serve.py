"""The daemon: `run`, every few seconds and on the dot at a newsletter's moment, until it is asked to end.

What is due, what was made and who sends what is decided where `run` decides it, from the calendar and
the rows. So nothing here has to be right for a newsletter to go out once: a tick that is missed, doubled,
late, or that another process does, changes nothing.
"""

from __future__ import annotations

import gc
import time
from datetime import datetime, timedelta
from threading import Event, Lock, Thread

from pipeline.alarm import Alarm
from pipeline.logs import fault_fields, places
from pipeline.metrics import Pulse
from pipeline.office import Office
from pipeline.run import Call, run
from pipeline.settings import Settings
from pipeline.store.run_count import Restored
from pipeline.waiting import Stop

TICK = timedelta(seconds=5)
#: So often is what is past its term deleted: terms are days, and looking reads every parent and delivery.
_TIDY = timedelta(hours=1)
#: With the clock set back the scheduler would sleep until its next moment has come again: we do not.
_ASLEEP = 2 * TICK
#: A clock that gained or lost so much against the machine's own is told.
_JUMP = 30.0
#: So often what is past its term is deleted: looking for it reads a folder and many rows.
_TIDY = timedelta(hours=1)
#: So often is a fault told that comes back with every tick: at first, then ever more rarely.
_SELDOM = 64


class SettingsWatch:
    """Tells once what became of the settings file while we run; any thread may look."""

    def __init__(self, office: Office) -> None:
        self._live, self._log = office.live, office.log
        self._first = self._seen = office.live.current()
        self._problem = office.live.problem
        self._looking = Lock()

    def look(self) -> Settings:
        """The newest good settings."""
        with self._looking:
            settings, problem = self._live.current(), self._live.problem
            if problem is not self._problem:
                self._problem = problem
                if problem is not None:
                    self._log("settings_refused", level="error", places=places(problem.problems))
            if settings is not self._seen:
                self._seen = settings
                self._log("settings_reloaded", schools=len(settings.schools))
                for name in self.not_followed:
                    self._log("settings_not_followed", level="warning", name=name, until="restart")
            return settings

    @property
    def refused(self) -> list[str]:
        """Where the mistakes are in the file as it stands; none while it is good."""
        return places(self._problem.problems) if self._problem else []

    @property
    def not_followed(self) -> list[str]:
        """What was opened at the start and stays as it was then."""
        then, now = self._first, self._seen
        return [name for name in ("database", "metrics") if getattr(then, name) != getattr(now, name)]


class Daemon:
    """One thread that ticks. `end` may be called from any other."""

    def __init__(self, office: Office, watch: SettingsWatch, pulse: Pulse) -> None:
        self._office, self._watch, self._pulse = office, watch, pulse
        self._woken, self._ending = Event(), Event()
        self._alarm = Alarm(self._woken.set, pause=TICK)
        self._stop = Stop()
        self._thread = Thread(target=self._work, name="ticks", daemon=True)
        self._planned: tuple[Settings, datetime, datetime] | None = None  # for whom, when, and the moment
        self._drift = _drift(office)
        self._failed = self._waiting = 0
        self._tidied: float | None = None

    def start(self) -> None:
        self._alarm.start()
        self._thread.start()

    def end(self, within: timedelta) -> bool:
        """Let open connections finish their mail and record it; False: that takes longer than ``within``."""
        self._ending.set()
        self._stop.ask()
        self._woken.set()
        self._alarm.end()
        self._thread.join(within.total_seconds())
        return not self._thread.is_alive()

    def _work(self) -> None:
        while True:
            self._woken.clear()  # before looking: who wakes us from here on is not missed
            if self._ending.is_set():
                return
            self._tick()
            self._woken.wait(_ASLEEP.total_seconds())

    def _tick(self) -> None:
        self._pulse.began()
        try:
            self._look_at_the_clock()
            settings = self._watch.look()
            self._plan(settings)
            self._run(settings)
            self._failed, self._pulse.restored = 0, False
        except Restored as fault:
            self._pulse.restored = True
            self._tell("restored_backup", why=str(fault))
        except BaseException as fault:  # whatever it was: the next tick goes on
            self._pulse.failed()
            self._tell("tick_failed", **fault_fields(fault))
        finally:
            self._pulse.ended()

    def _run(self, settings: Settings) -> None:
        office = self._office
        self._stop = stop = Stop()  # a new one: it remembers what it has to tell of this run
        if self._ending.is_set():
            stop.ask()
        # What cannot go now is for another tick: while we waited for a retry, another school's moment came.
        call = Call(
            office=office,
            schools=settings.schools,
            at=lambda school: office.clock(),
            stop=stop,
            patience=timedelta(0),
            tidy=self._tidy_is_due(),
        )
        told = run(call)
        if len(told.trouble) != self._waiting and not stop.asked:
            self._waiting = len(told.trouble)
            office.log("waiting", runs=self._waiting)
        if told.runs:
            gc.collect()  # `cli` lets garbage lie until a command ends; this one does not end

    def _tidy_is_due(self) -> bool:
        now = time.monotonic()
        if self._tidied is not None and now - self._tidied < _TIDY.total_seconds():
            return False
        self._tidied = now
        return True

    def _plan(self, settings: Settings) -> None:
        """Have us woken at the next moment of any school, unless that is planned already."""
        now = self._office.clock()
        if self._planned is not None:
            known, since, moment = self._planned
            if known is settings and since <= now < moment:
                return
        moment = min(self._office.calendar(school).next_after(now)[1] for school in settings.schools)
        self._planned = settings, now, moment
        self._alarm.set(moment)
        self._office.log("planned", moment=moment.isoformat())

    def _look_at_the_clock(self) -> None:
        """It was set, or the machine slept: what is due is computed anew anyhow, but people want to know."""
        drift = _drift(self._office)
        if abs(drift - self._drift) > _JUMP:
            self._office.log("clock_jumped", level="warning", seconds=round(drift - self._drift))
            self._planned = None
        self._drift = drift

    def _tell(self, what: str, **fields: object) -> None:
        self._failed += 1
        if self._failed & (self._failed - 1) == 0 or self._failed % _SELDOM == 0:
            self._office.log(what, level="error", in_a_row=self._failed, **fields)


def _drift(office: Office) -> float:
    return office.clock().timestamp() - time.monotonic()
