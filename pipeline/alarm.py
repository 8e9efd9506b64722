"""APScheduler wakes us, and decides nothing (docs/decisions/0017-the-scheduler-only-wakes-us.md)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

#: However late its thread gets its turn, it wakes us, and once: the default drops what is a second late.
_JOBS = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


class Alarm:
    """Calls ``wake`` every ``pause``, and on the dot at the moment that `set` names.

    Its jobs live in this process's memory: a job store must never be shared. They are instants and an
    interval, no cron expressions: those skip and double with the clock, and count weekdays from Monday.
    """

    def __init__(self, wake: Callable[[], None], *, pause: timedelta) -> None:
        self._wake, self._pause = wake, pause
        self._scheduler = BackgroundScheduler(
            timezone=UTC, executors={"default": ThreadPoolExecutor(1)}, job_defaults=_JOBS
        )

    def start(self) -> None:
        self._scheduler.start()

    def set(self, moment: datetime) -> None:
        """Wake us at ``moment`` in place of the one before, and every pause from now on.

        From now on: after a clock that was set back the next pause would lie as far ahead.
        """
        every = IntervalTrigger(seconds=self._pause.total_seconds(), timezone=UTC)
        for name, trigger in (("pause", every), ("moment", DateTrigger(moment, timezone=UTC))):
            self._scheduler.add_job(self._wake, trigger, id=name, replace_existing=True)

    def end(self) -> None:
        # Shut down while it takes a job off its list, APScheduler 3.11.3 does not find that job any more, and
        # its thread dies of it. Emptying the list waits until it has done.
        self._scheduler.pause()
        self._scheduler.remove_all_jobs()
        self._scheduler.shutdown(wait=False)
