"""Asking a run to end, from whatever thread and at whatever time."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from threading import Event, Thread

from pipeline.waiting import Stop


def test_a_run_in_another_thread_wakes_at_once_and_tells_who_must_know() -> None:
    stop, asleep, told = Stop(), Event(), Event()

    async def work() -> None:
        with stop.listening():
            stop.then(told.set)
            asyncio.get_running_loop().call_soon(asleep.set)
            await stop.sleep(timedelta(seconds=60))

    thread = Thread(target=lambda: asyncio.run(work()), daemon=True)
    thread.start()
    assert asleep.wait(10)
    began = time.monotonic()
    stop.ask()
    thread.join(10)
    assert not thread.is_alive()
    assert time.monotonic() - began < 5
    assert told.is_set()


async def test_asked_before_it_begins_a_run_does_not_sleep() -> None:
    stop, told = Stop(), Event()
    stop.ask()
    with stop.listening():
        stop.then(told.set)
        began = time.monotonic()
        await stop.sleep(timedelta(seconds=60))
    assert time.monotonic() - began < 5
    assert told.is_set()


def test_asked_when_the_run_is_over_nothing_happens() -> None:
    stop = Stop()

    async def work() -> None:
        with stop.listening():
            pass

    asyncio.run(work())
    stop.ask()
    assert stop.asked
