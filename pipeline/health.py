"""Whether the daemon is well, for whoever restarts it, and its metrics: two pages."""

from __future__ import annotations

import json

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from sqlalchemy import text

from pipeline.logs import fault_fields
from pipeline.metrics import Pulse
from pipeline.metrics_database import DatabaseMetrics
from pipeline.metrics_http import Page, Pages
from pipeline.office import Office
from pipeline.serve import SettingsWatch

#: Seconds without the end of a tick, and without one under way, after which the daemon is ill.
SILENT = 60


def pages(office: Office, watch: SettingsWatch, pulse: Pulse, registry: CollectorRegistry) -> Pages:
    """``registry`` is the one that ``pulse`` counts in."""
    refused = Gauge(
        "weekbrief_settings_refused",
        "1 while schedules.toml has mistakes and the last good one is in use",
        registry=registry,
    )
    refused.set_function(lambda: float(bool(watch.refused)))
    registry.register(DatabaseMetrics(office))
    return {
        "/health": lambda: health(office, watch, pulse),
        "/metrics": lambda: metrics(watch, registry),
    }


def health(office: Office, watch: SettingsWatch, pulse: Pulse) -> Page:
    """200 when ticks come and the database answers, with good settings or the last good ones; or 503."""
    watch.look()
    why = []
    if not pulse.running and pulse.silent_for > SILENT:
        why.append(f"no look at what is due for {pulse.silent_for:.0f} s: see the log, restart it")
    if fault := _database_trouble(office):
        why.append(f"the database does not answer ({fault})")
    document = {
        "ok": not why,
        "why": why,
        "running": pulse.running,
        "seconds_since_last_tick": round(pulse.silent_for, 1),
        "restored_backup": pulse.restored,
        "settings": "refused: going on with the last good ones" if watch.refused else "good",
        "mistakes": watch.refused,
        "changed_but_needs_a_restart": watch.not_followed,
    }
    body = json.dumps(document, indent=2).encode() + b"\n"
    return Page(status=503 if why else 200, type="application/json", body=body)


def _database_trouble(office: Office) -> str | None:
    try:
        with office.database.read() as connection:
            connection.execute(text("SELECT 1"))
    except Exception as fault:
        return " from ".join(fault_fields(fault)["fault"])
    return None


def metrics(watch: SettingsWatch, registry: CollectorRegistry) -> Page:
    watch.look()
    return Page(status=200, type=CONTENT_TYPE_PLAIN_0_0_4, body=generate_latest(registry))
