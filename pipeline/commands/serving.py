"""``weekbrief serve``: the daemon, from its start to its end."""

from __future__ import annotations

import os
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version

from prometheus_client import CollectorRegistry

from pipeline.commands import Exit
from pipeline.health import pages
from pipeline.logs import standard_error, take_library_remarks
from pipeline.metrics import Pulse
from pipeline.metrics_http import Pages, PortTaken, serving
from pipeline.office import Office
from pipeline.problems import BadInput, Problem
from pipeline.serve import Daemon, SettingsWatch
from pipeline.settings import Settings

#: How long open connections may finish their mail: with what an end takes besides, within ten seconds.
GRACE = timedelta(seconds=8)

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve(office: Office, told: Namespace) -> Exit:
    """Stay until a first TERM or Ctrl-C; a second ends us at once.

    Nothing is lost either way: what a process leaves behind that is cut off, the next one takes over.
    """
    registry = CollectorRegistry()
    pulse = Pulse(registry)
    log = standard_error()
    office = replace(office, log=pulse.counting(log))
    office.check_looks(office.settings.schools)
    watch = SettingsWatch(office)
    with ExitStack() as stack, _signals_kept():
        _show(stack, office.settings, pages(office, watch, pulse, registry))
        take_library_remarks(log)
        log("started", version=version("weekbrief"), pid=os.getpid(), schools=len(office.settings.schools))
        daemon = Daemon(office, watch, pulse)
        daemon.start()
        number = signal.sigwait(_SIGNALS)
        log("stopping", signal=signal.Signals(number).name)
        _leave_on_the_next()
        if not daemon.end(GRACE):
            # Threads are still in the middle of a mail whose answer does not come: no waiting for them.
            log("stopped_hard", level="warning")
            _leave()
        log("stopped")
    return Exit.DONE


def _show(stack: ExitStack, settings: Settings, shown: Pages) -> None:
    """Answer at the address that the settings name, if any, until ``stack`` ends."""
    if settings.metrics is None:
        return
    host, port = settings.metrics
    try:
        stack.enter_context(serving(host, port, shown))
    except PortTaken as taken:
        words = (
            f"`metrics`: nothing can listen at {host}:{port} ({taken}): does another `weekbrief serve` run?"
            " End it, or write another port"
        )
        raise BadInput([Problem(file=str(settings.file), message=words)]) from taken


@contextmanager
def _signals_kept() -> Iterator[None]:
    """They wait for `sigwait` in whatever thread they come: a handler would run between any two lines.

    So they also reach a process that is the first of its container, which others' defaults do not end.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _leave_on_the_next() -> None:
    for number in _SIGNALS:
        signal.signal(number, lambda *_: _leave())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


def _leave() -> None:
    sys.stderr.flush()
    os._exit(Exit.TRY_AGAIN)
