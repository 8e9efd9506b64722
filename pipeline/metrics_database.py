"""What of the metrics stands in the database, read when Prometheus asks: a few bulk queries, no names.

It is the same whichever process did the work, and true after a restart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Row, func, select

from pipeline.model import DeliveryState, PostState, RunKind
from pipeline.office import Office
from pipeline.outbox import OPEN
from pipeline.schedule import Due, due
from pipeline.settings import Settings
from pipeline.store import tables as t

_TROUBLED = (DeliveryState.FAILED, DeliveryState.HELD, DeliveryState.IN_DOUBT, DeliveryState.REFUSED)
_STOPPED = (PostState.HELD, PostState.WAITING)

Labelled = Mapping[tuple[int, str], int]  #: (school's key, state) -> number


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What was read; schools by their keys."""

    keys: Mapping[str, int]  #: of the schools that the store knows
    open: Labelled
    troubled: Labelled  #: in the newest run of each kind
    held_runs: Mapping[int, int]
    stopped: Labelled
    weekly: Mapping[int, list[Any]]  #: newsletters, oldest first
    relays: Sequence[Row[Any]]


class DatabaseMetrics(Collector):
    def __init__(self, office: Office) -> None:
        self._office = office

    def describe(self) -> Iterable[Metric]:
        """Nothing is read when we are registered."""
        return ()

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("weekbrief_database_up", "1 when the database answered this request")
        try:
            settings, now = self._office.settings, self._office.clock()
            with self._office.database.read() as connection:
                found = read(connection, settings)
            metrics = [*_of_schools(self._office, settings, found, now), *_of_relay(found, now)]
        except Exception:  # whatever it is, the process's own values must still be shown
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from metrics


def read(connection: Connection, settings: Settings) -> Found:
    r, relay = t.run.c, t.relay.c
    urls = [each.url for each in (settings.relay, *settings.relays)]
    keys = _pairs(connection.execute(select(t.school.c.ref, t.school.c.id)))
    weekly: dict[int, list[Any]] = {}
    query = select(r.school_id, r.key, r.until, r.closed_at).where(r.kind == RunKind.WEEKLY)
    for row in connection.execute(query.order_by(r.until)):
        weekly.setdefault(row.school_id, []).append(row)
    return Found(
        keys=keys,
        open=_deliveries(connection, select(r.id).where(r.closed_at.is_(None)), sorted(OPEN)),
        troubled=_deliveries(connection, select(func.max(r.id)).group_by(r.school_id, r.kind), _TROUBLED),
        held_runs=_held_runs(connection),
        stopped=_posts(connection),
        weekly=weekly,
        relays=connection.execute(select(t.relay).where(relay.url.in_(urls))).all(),
    )


def _held_runs(connection: Connection) -> dict[Any, int]:
    """Made too late, and neither released nor overtaken by the next since."""
    r, d = t.run.c, t.delivery.c
    query = (
        select(r.school_id, func.count(r.id.distinct()))
        .join(t.delivery, d.run_id == r.id)
        .where(r.held.is_not(None), d.state == DeliveryState.HELD, d.reason == r.held)
    )
    return _pairs(connection.execute(query.group_by(r.school_id)))


def _deliveries(connection: Connection, runs: Any, states: Iterable[DeliveryState]) -> Labelled:
    d = t.delivery.c
    query = select(d.school_id, d.state, func.count()).where(d.run_id.in_(runs), d.state.in_(states))
    return _labelled(connection.execute(query.group_by(d.school_id, d.state)))


def _posts(connection: Connection) -> Labelled:
    p = t.post.c
    query = select(p.school_id, p.state, func.count()).where(p.state.in_(_STOPPED))
    return _labelled(connection.execute(query.group_by(p.school_id, p.state)))


def _pairs(rows: Iterable[Any]) -> dict[Any, int]:
    return dict(map(tuple, rows))


def _labelled(rows: Iterable[Any]) -> Labelled:
    return {(school, state): number for school, state, number in rows}


def _of_schools(office: Office, settings: Settings, found: Found, now: datetime) -> Iterator[Metric]:
    ids = {school.id: found.keys.get(school.id, 0) for school in settings.schools}
    yield _by_state("weekbrief_open_deliveries", "Mails still to be sent", ids, found.open, sorted(OPEN))
    yield _by_state(
        "weekbrief_deliveries_needing_a_person",
        "Failed, refused, held or doubtful mails of the newest run of each kind",
        ids,
        found.troubled,
        _TROUBLED,
    )
    yield _by_state("weekbrief_posts_stopped", "Posts that wait for a person", ids, found.stopped, _STOPPED)
    yield _by_school(
        "weekbrief_runs_held",
        "Runs that wait until a person releases them",
        {id: found.held_runs.get(key, 0) for id, key in ids.items()},
    )
    newest = {id: found.weekly[key][-1] for id, key in ids.items() if found.weekly.get(key)}
    yield _by_school(
        "weekbrief_newsletter_moment_timestamp_seconds",
        "The moment of the newest newsletter that was made",
        {id: row.until.timestamp() for id, row in newest.items()},
    )
    yield _by_school(
        "weekbrief_newsletter_closed_timestamp_seconds",
        "When the newest newsletter was all sent; 0 while it is not",
        {id: row.closed_at.timestamp() if row.closed_at else 0 for id, row in newest.items()},
    )
    yield _by_school(
        "weekbrief_newsletter_overdue_seconds",
        "Seconds since a newsletter's moment passed without a run; 0 when none is due",
        {
            school.id: _overdue(office, school.id, found.weekly.get(ids[school.id], []), now)
            for school in settings.schools
        },
    )


def _overdue(office: Office, id: str, past: list[Any], now: datetime) -> float:
    what = due(office.calendar(office.settings.school(id)), now=now, past=past)
    return (now - what.until).total_seconds() if isinstance(what, Due) else 0


def _of_relay(found: Found, now: datetime) -> Iterator[Metric]:
    """Of several relays the one that is worst off: an alert needs no more."""
    rests = [row.next_try_at - now for row in found.relays if row.next_try_at is not None]
    rest = max(rests, default=timedelta(0))
    failures = max((row.failures for row in found.relays), default=0)
    yield _plain("weekbrief_relay_failures", "How often in a row the relay failed", failures)
    yield _plain(
        "weekbrief_relay_rest_seconds", "How long it is still left alone", max(rest.total_seconds(), 0)
    )


def _by_state(
    name: str, help: str, ids: Mapping[str, int], numbers: Labelled, states: Iterable[str]
) -> Metric:
    family = GaugeMetricFamily(name, help, labels=["school", "state"])
    for id, key in ids.items():
        for state in states:
            family.add_metric([id, str(state)], numbers.get((key, state), 0))
    return family


def _by_school(name: str, help: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, help, labels=["school"])
    for id, value in values.items():
        family.add_metric([id], value)
    return family


def _plain(name: str, help: str, value: float) -> Metric:
    family = GaugeMetricFamily(name, help)
    family.add_metric([], value)
    return family
