"""What the daemon's process counts of itself, for Prometheus and for its health."""

from __future__ import annotations

import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge

from pipeline.office import Log
from pipeline.outbox import Event

#: Those that a journal tells: a hand-over and what can come of it.
_TOLD = (Event.HAND_OVER, Event.ACCEPTED, Event.TEMPORARY, Event.PERMANENT, Event.LOST, Event.LOST_AGAIN)


class Pulse:
    """Ticks and delivery events of this process since it began. Any thread may read."""

    def __init__(self, registry: CollectorRegistry, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock``: seconds by the machine's own clock, which nobody sets."""
        self.running = False  #: a tick is under way
        self.restored = False  #: a backup was put back: nothing is sent until a person confirms
        self._clock, self._since = clock, clock()
        self._ticks = Counter("weekbrief_ticks", "Looks at what is due", registry=registry)
        self._errors = Counter("weekbrief_tick_errors", "Looks that ended in an error", registry=registry)
        self._last = Gauge(
            "weekbrief_last_tick_timestamp_seconds", "When the last look ended", registry=registry
        )
        running = Gauge(
            "weekbrief_tick_running", "1 while the daemon looks, makes or sends", registry=registry
        )
        running.set_function(lambda: float(self.running))
        restored = Gauge(
            "weekbrief_restored_backup",
            "1 while nothing is sent because a backup was put back and nobody confirmed it",
            registry=registry,
        )
        restored.set_function(lambda: float(self.restored))
        self._events = Counter(
            "weekbrief_delivery_events",
            "Hand-overs to the relay and its answers, by this process",
            ["event"],
            registry=registry,
        )
        for event in _TOLD:
            self._events.labels(event.value)

    def began(self) -> None:
        self.running = True

    def failed(self) -> None:
        self._errors.inc()

    def ended(self) -> None:
        self._ticks.inc()
        self._last.set_to_current_time()
        self._since = self._clock()
        self.running = False

    @property
    def silent_for(self) -> float:
        """Seconds since the last tick ended, or since we began."""
        return self._clock() - self._since

    def counting(self, log: Log) -> Log:
        """``log``, with the delivery events counted on their way."""

        def counted(what: str, **fields: object) -> None:
            if what == "delivery":
                self._events.labels(str(fields.get("event"))).inc()
            log(what, **fields)

        return counted
