"""When the daemon calls itself ill, and what its log makes of what it is given."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from pipeline.health import SILENT, health, pages
from pipeline.logs import fault_fields, json_lines, places
from pipeline.metrics import Pulse
from pipeline.office import Office, opened
from pipeline.problems import Problem
from pipeline.serve import SettingsWatch
from tests.installation import Installation


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def office_in(folder: Path) -> Iterator[Office]:
    with opened(Installation(folder=folder, relay="file://mails").config, {}) as office:
        yield office


def asked(office: Office, pulse: Pulse) -> tuple[int, Any]:
    page = health(office, SettingsWatch(office), pulse)
    return page.status, json.loads(page.body)


def test_a_daemon_that_looks_no_more_is_ill_unless_a_look_is_under_way(tmp_path: Path) -> None:
    clock = Clock()
    pulse = Pulse(CollectorRegistry(), clock)
    with office_in(tmp_path) as office:
        assert asked(office, pulse)[0] == 200, "it has just begun"
        clock.now += SILENT + 1
        status, told = asked(office, pulse)
        assert status == 503
        assert "61 s" in told["why"][0]
        pulse.began()
        assert asked(office, pulse)[0] == 200, "a long newsletter is no illness"
        pulse.ended()
        assert asked(office, pulse)[0] == 200


def test_a_daemon_without_its_database_is_ill_and_its_own_values_are_still_shown(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    pulse = Pulse(registry, Clock())
    with office_in(tmp_path) as office:
        pages(office, SettingsWatch(office), pulse, registry)
        office.database.close()
        (tmp_path / "weekbrief.db").write_bytes(b"no database" * 500)
        status, told = asked(office, pulse)
        shown = generate_latest(registry).decode()
    assert status == 503
    assert "DatabaseUnusable" in told["why"][0]
    assert "weekbrief_database_up 0.0" in shown
    assert "weekbrief_ticks_total 0.0" in shown


def test_a_line_of_the_log_is_one_json_object_with_an_utc_time() -> None:
    out = io.StringIO()
    json_lines(out)("delivery", run=1, delivery=2, event="accepted", code=250, enhanced=None)
    [line] = out.getvalue().splitlines()
    told = json.loads(line)
    assert told.pop("timestamp").endswith("Z")
    wanted = {"what": "delivery", "level": "info", "run": 1, "delivery": 2, "event": "accepted", "code": 250}
    assert told == wanted


def test_a_log_that_nobody_reads_any_more_stops_no_work() -> None:
    out = io.StringIO()
    log = json_lines(out)
    out.close()
    log("delivery", event="accepted")


def test_a_fault_is_told_without_its_words() -> None:
    try:
        try:
            raise ValueError("femke@example.nl")
        except ValueError as cause:
            raise KeyError("Noor") from cause
    except KeyError as fault:
        told = fault_fields(fault)
    assert told["fault"] == ["KeyError", "ValueError"]
    assert told["where"][-1].startswith("tests/unit/test_health.py:")


@pytest.mark.parametrize(
    "message, place",
    [("`sender`: 'juf' is not an e-mail address", "schedules.toml:9 sender"), ("no", "schedules.toml:9")],
)
def test_a_mistake_is_told_by_its_place(message: str, place: str) -> None:
    assert places((Problem(file="/srv/schedules.toml", line=9, message=message),)) == [place]


def test_what_libraries_and_threads_have_to_say_is_told_without_their_words() -> None:
    """In a process of its own: it takes them over for the whole process."""
    code = """
import logging, threading, warnings
from pipeline.logs import standard_error, take_library_remarks
take_library_remarks(standard_error())
logging.getLogger("asyncio").error("no answer for %s", "femke@example.nl")
logging.getLogger("asyncio").info("not told at all")
warnings.warn("femke@example.nl")
def fail():
    raise ValueError("femke@example.nl")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr
    told = [json.loads(line) for line in said.splitlines()]
    assert "femke" not in said
    assert [(line["what"], line.get("logger")) for line in told] == [
        ("library", "asyncio"),
        ("library", "py.warnings"),
        ("thread_ended", None),
    ]
    assert told[2]["fault"] == ["ValueError"]
