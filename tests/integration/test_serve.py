"""`weekbrief serve` as its machine sees it: metrics, health, log, a port that is taken, a locked database."""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry
from sqlalchemy import event

from pipeline.alarm import Alarm
from pipeline.metrics import Pulse
from pipeline.office import opened as open_office
from pipeline.serve import Daemon, SettingsWatch
from tests.daemon import free_port, get, school_due, serving, values, wait_until
from tests.installation import Installation
from tests.scene import opened
from tests.smtp_script import Phase
from tests.smtp_server import ThreadedServer, refuse

REFUSED = "550 5.1.1 <g1@ouders.example> Ouder g1 does not live here"


def test_metrics_health_and_log_tell_what_happened_and_name_nobody(tmp_path: Path) -> None:
    port = free_port()
    script = [refuse(Phase.RCPT, REFUSED, recipient="g1@ouders.example")]
    with ThreadedServer(script) as server:
        top = {"metrics": f"127.0.0.1:{port}"}
        told = school_due(tmp_path / "school", 4, relay=server.url, top=top)
        told("hold", "van-1", "--why", "Een goede reden", "--by", "s1")
        with serving(told) as daemon:
            wait_until(lambda: get(port, "/health")[0] == 200)
            wait_until(lambda: "hand_over" in daemon.text and len(server.messages) == 3)
            wait_until(lambda: values(get(port, "/metrics")[1])["weekbrief_tick_running"] == 0)
            metrics, (status, health) = get(port, "/metrics")[1], get(port, "/health")
            lost = get(port, "/")
            assert daemon.stop(10) == 0
    found = values(metrics)
    school = 'school="regenboog"'
    assert found["weekbrief_ticks_total"] >= 1
    assert found["weekbrief_tick_errors_total"] == 0
    assert abs(found["weekbrief_last_tick_timestamp_seconds"] - time.time()) < 60
    assert found['weekbrief_delivery_events_total{event="hand_over"}'] == 4
    assert found['weekbrief_delivery_events_total{event="accepted"}'] == 3
    assert found['weekbrief_delivery_events_total{event="permanent"}'] == 1
    assert found[f'weekbrief_deliveries_needing_a_person{{{school},state="refused"}}'] == 1
    assert found[f'weekbrief_posts_stopped{{{school},state="held"}}'] == 1
    assert found[f'weekbrief_open_deliveries{{{school},state="queued"}}'] == 0
    assert found[f"weekbrief_newsletter_overdue_seconds{{{school}}}"] == 0
    with opened(told) as ask:
        [(until, done)] = ask("SELECT until, closed_at FROM run")
    assert found[f"weekbrief_newsletter_moment_timestamp_seconds{{{school}}}"] == until / 1e6
    assert abs(found[f"weekbrief_newsletter_closed_timestamp_seconds{{{school}}}"] - done / 1e6) < 1e-3
    assert status == 200
    assert json.loads(health)["ok"]
    assert lost[0] == 404
    [answer] = [line for line in daemon.told("delivery") if line["event"] == "permanent"]
    assert (answer["state"], answer["code"], answer["enhanced"]) == ("refused", 550, "5.1.1")
    assert datetime.fromisoformat(answer["timestamp"]).utcoffset() == timedelta(0)
    assert {line["what"] for line in daemon.log} >= {"started", "planned", "delivery", "stopping", "stopped"}
    for private in (
        "@",
        "Ouder",
        "Kind",
        "Jansen",
        "Titel",
        "Juf",
        "does not live",
        "goede reden",
        "Regenboog",
    ):
        assert private not in daemon.text + metrics + health, private


def test_a_newsletter_that_no_run_was_made_for_is_told_as_overdue(tmp_path: Path) -> None:
    """Another program keeps the database from taking what the daemon wants to write."""
    port = free_port()
    told = school_due(tmp_path / "school", 2, relay="file://mails", top={"metrics": f"127.0.0.1:{port}"})
    impatient = f"sqlite:///{told.folder}/weekbrief.db?timeout=0.2"
    with told.connected() as connection, serving(told, WEEKBRIEF_DATABASE=impatient) as daemon:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        wait_until(lambda: daemon.told("tick_failed"))
        found, (status, _) = values(get(port, "/metrics")[1]), get(port, "/health")
        connection.rollback()
        wait_until(lambda: (told.folder / "mails").is_dir())
        assert daemon.stop(10) == 0
    assert found["weekbrief_tick_errors_total"] >= 1
    assert 3500 < found['weekbrief_newsletter_overdue_seconds{school="regenboog"}'] < 4000
    assert status == 200, "it answers, and the next look is due"
    assert daemon.told("tick_failed")[0]["fault"][0] == "DatabaseTrouble"


def test_a_port_in_use_is_told_before_anything_is_done(tmp_path: Path) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        top = {"metrics": f"127.0.0.1:{port}"}
        told = school_due(tmp_path / "school", 2, relay="file://mails", top=top)
        before = told.dump()
        said = told("serve", expect=2)
    assert f"127.0.0.1:{port}" in said.err
    assert "nothing was changed" in said.err
    assert told.dump() == before


def test_the_alarm_wakes_at_the_moment_itself_however_long_its_pause_is() -> None:
    woken, at = threading.Event(), datetime.now(UTC) + timedelta(seconds=0.4)
    alarm = Alarm(woken.set, pause=timedelta(hours=1))
    alarm.start()
    try:
        alarm.set(at + timedelta(hours=1))
        alarm.set(at)
        assert woken.wait(30), "not with the next pause, an hour from now"
        assert datetime.now(UTC) >= at
    finally:
        alarm.end()


def test_the_alarm_wakes_at_once_and_once_for_a_moment_that_has_passed() -> None:
    times: list[float] = []
    alarm = Alarm(lambda: times.append(time.monotonic()), pause=timedelta(hours=1))
    alarm.start()
    try:
        alarm.set(datetime.now(UTC) - timedelta(days=3))
        wait_until(lambda: times, 10)
        time.sleep(0.2)
    finally:
        alarm.end()
    assert len(times) == 1


def test_a_backup_that_was_put_back_is_told_and_nothing_is_sent(tmp_path: Path) -> None:
    port = free_port()
    told = school_due(tmp_path / "school", 2, relay="file://mails", top={"metrics": f"127.0.0.1:{port}"})
    backup = told.copied(tmp_path / "backup").folder / "weekbrief.db"
    told("run")
    mails = sorted(path.name for path in (told.folder / "mails").iterdir())
    shutil.copyfile(backup, told.folder / "weekbrief.db")
    with serving(told) as daemon:
        wait_until(lambda: daemon.told("restored_backup"))
        wait_until(lambda: values(get(port, "/metrics")[1])["weekbrief_restored_backup"] == 1)
        assert json.loads(get(port, "/health")[1])["restored_backup"] is True
        assert daemon.stop(10) == 0
    assert sorted(path.name for path in (told.folder / "mails").iterdir()) == mails
    assert daemon.told("tick_failed") == []


def test_the_alarm_can_be_ended_in_the_very_moment_in_which_it_wakes_us() -> None:
    """An error in its thread would fail this test."""
    for _ in range(30):
        woken = threading.Event()
        alarm = Alarm(woken.set, pause=timedelta(hours=1))
        alarm.start()
        alarm.set(datetime.now(UTC) + timedelta(milliseconds=3))
        assert woken.wait(30)
        alarm.end()


def test_the_daemon_does_not_look_for_what_is_past_its_term_with_every_tick(tmp_path: Path) -> None:
    """That reads every parent and delivery of every school."""
    school = Installation(folder=tmp_path / "school", relay="file://mails")
    statements: list[str] = []
    with open_office(school.config, {}, need_relay=True) as office:
        event.listen(
            office.database.engine, "before_cursor_execute", lambda *about: statements.append(about[2])
        )
        registry = CollectorRegistry()
        daemon = Daemon(office, SettingsWatch(office), Pulse(registry))
        daemon.start()
        wait_until(lambda: (registry.get_sample_value("weekbrief_ticks_total") or 0) >= 2)
        assert daemon.end(timedelta(seconds=10))
    assert sum(statement.startswith("UPDATE edition") for statement in statements) == 1
