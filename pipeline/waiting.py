"""How `run` waits for what cannot be done yet, and how it is asked to end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

#: How long `run` waits, all in all, for retries before it leaves the rest to the next call (contract.md).
PATIENCE = timedelta(seconds=60)
#: How often to look whether another process has finished with the rows it holds.
GLANCE = timedelta(seconds=0.2)
#: How long to wait at a time, before looking whether something else has come up.
_AT_ONCE = timedelta(seconds=1)

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """A first Ctrl-C or TERM lets each connection finish its mail and record it; a second ends us at once.

    `ask` may be called from any thread, before, while and after the run's event loop runs.
    """

    def __init__(self) -> None:
        self.asked = False
        self._then: Callable[[], None] = lambda: None
        self._woken: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the signals while the block runs, in a running event loop.

        Outside the main thread there are none to take: whoever runs us there calls `ask`.
        """
        loop = self._loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            with suppress(NotImplementedError, RuntimeError, ValueError):  # not the main thread
                loop.add_signal_handler(number, self.ask)
        try:
            yield
        finally:
            _deaf(loop)
            self._loop = None

    def ask(self) -> None:
        self.asked = True  # first: a loop that begins meanwhile sees it
        if loop := self._loop:
            with suppress(RuntimeError):  # it has just closed: there is nobody left to tell
                loop.call_soon_threadsafe(self._heard, loop)

    def _heard(self, loop: asyncio.AbstractEventLoop) -> None:
        _deaf(loop)
        self._then()
        if self._woken is not None:
            self._woken.set()

    def then(self, do: Callable[[], None]) -> None:
        """What has to be told, in place of what was named before."""
        self._then = do
        if self.asked:
            do()

    async def sleep(self, time: timedelta) -> None:
        """Until ``time`` is over, or the end has been asked for."""
        self._woken = asyncio.Event()
        if not self.asked:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), time.total_seconds())


def _deaf(loop: asyncio.AbstractEventLoop) -> None:
    for number in _SIGNALS:
        with suppress(NotImplementedError, RuntimeError, ValueError):
            loop.remove_signal_handler(number)


class Patience:
    """Sixty seconds of waiting in all, however they come; waiting while work goes on does not count."""

    def __init__(self, stop: Stop, left: timedelta = PATIENCE) -> None:
        self._stop, self._left = stop, left
        self._glanced = timedelta(0)

    async def wait(self, time: timedelta, *, progressing: bool) -> bool:
        """Wait, or begin to; or say False: that is longer than we may, or the end has been asked for.

        ``progressing``: the run has come nearer to its end since the last time. What was then waited
        glance by glance for another process to send was no waiting.
        """
        if progressing:
            self._left, self._glanced = self._left + self._glanced, timedelta(0)
        if time > (PATIENCE if progressing else self._left):
            return False
        time = min(time, _AT_ONCE)
        if not progressing:
            self._left -= time
            self._glanced += time if time <= GLANCE else timedelta(0)
        await self._stop.sleep(time)
        return not self._stop.asked
