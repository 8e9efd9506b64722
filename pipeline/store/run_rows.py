"""One run's rows as the desk uses them: claim, read the facts, and write down what a decision changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from pipeline.days import local_date
from pipeline.facts import Facts
from pipeline.guard import GuardFacts
from pipeline.model import (
    CHANNEL_OF,
    PURPOSE_OF,
    Channel,
    DeliveryState,
    RunKind,
    School,
    Snapshot,
    Window,
    Withheld,
    serves,
)
from pipeline.outbox import Event, move
from pipeline.rules import Selected
from pipeline.store import tables as t
from pipeline.store.database import Database, lock_school
from pipeline.store.guard_facts import GuardMoment, load_guard_facts
from pipeline.store.lookouts import look_anew
from pipeline.store.new_run import NewEdition, insert_editions, record_refused
from pipeline.store.outbox_rows import Claimed, Outlook, Stored, claim, claimed_row, edition_rows, outlook
from pipeline.store.runs import WAITING_STATES, close_run, forget_items, note
from pipeline.store.snapshot import is_current, load
from pipeline.store.workers import Worker


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What a decision left of one open delivery."""

    claimed: Claimed
    left: Selected
    version: int  #: the policy that was decided under
    edition: NewEdition | None = None
    address: str | None = None


class RunRows:
    """The rows of one run, for the process that works on it as ``worker``."""

    def __init__(
        self,
        database: Database,
        run: Row[Any],
        worker: Worker,
        languages: Iterable[str],
        clock: Callable[[], datetime],
        known: Snapshot | None = None,
    ) -> None:
        """``known``: what the run was made of, which need not be read again while it is true."""
        self.run = run
        self._known = known
        self._database, self._worker = database, worker
        self._languages, self._clock = tuple(languages), clock

    def claim(self, most: int) -> list[Claimed]:
        if self.run.kind == RunKind.FEED:
            return []  # it was there the moment it was made: nothing of it may ever become a mail
        with self._database.write() as connection:
            return claim(connection, self.run.id, self._worker, self._clock(), most)

    def reread(self, delivery: int) -> Claimed | None:
        """A delivery of ours as its row stands now; None when it is not ours to send any more."""
        c = t.delivery.c
        ours = (c.id == delivery, c.owner == self._worker.number, c.state.in_(WAITING_STATES))
        with self._database.read() as connection:
            row = connection.execute(select(t.delivery).where(*ours)).first()
        return claimed_row(row) if row else None

    def editions(self, keys: Iterable[int]) -> dict[int, Stored]:
        with self._database.read() as connection:
            return edition_rows(connection, sorted(keys))

    def expected(self, delivery: int) -> frozenset[int]:
        c = t.delivery_item.c
        with self._database.read() as connection:
            rows = connection.execute(select(c.post_id).where(c.delivery_id == delivery, c.had))
            return frozenset(rows.scalars())

    def facts(self, school: School, at: datetime) -> tuple[Snapshot, Window, GuardFacts]:
        """The rules' snapshot and the guard's own facts, of one and the same moment."""
        window = made_window(self.run, at)
        with self._database.read() as connection:
            snapshot = self._known
            if snapshot is None or not is_current(connection, snapshot, school):
                snapshot = load(connection, school, self._languages, window=window, before_run=self.run.id)
            moment = guard_moment(snapshot, window, self.run.id)
            return snapshot, window, load_guard_facts(connection, school, moment)

    def end(self, claimed: Claimed, event: Event, why: str) -> None:
        """This delivery cannot go: failed, or held for a person."""
        state = move(DeliveryState.QUEUED, event)
        now = self._clock()
        with self._database.write() as connection:
            ended = self._update(connection, claimed, state=state, reason=why, done_at=now, owner=None)
            if ended and state == DeliveryState.FAILED:
                forget_items(connection, [claimed.key])
            note(connection, [(claimed.key, event, state)], now, why)

    def take_away(self, taken: Taken) -> bool:
        """Write down what is left; False when a decision was committed meanwhile and nothing was written."""
        with self._database.write() as connection:
            if lock_school(connection, self.run.school_id) != taken.version:
                return False
            if taken.left.withheld:
                self._withhold(connection, taken)
            else:
                self._reprint(connection, taken)
            refused = [(taken.claimed.parent, refused) for refused in taken.left.refused]
            record_refused(connection, self.run.id, refused)
        return True

    def _withhold(self, connection: Connection, taken: Taken) -> None:
        now, state = self._clock(), DeliveryState.WITHHELD
        reason = taken.left.withheld
        if self._update(connection, taken.claimed, state=state, reason=reason, done_at=now, owner=None):
            forget_items(connection, [taken.claimed.key])
            note(connection, [(taken.claimed.key, Event.WITHHOLD, state)], now, str(reason))
            if self.run.kind == RunKind.URGENT or reason in (Withheld.OTHER_CHANNEL, Withheld.CHANNEL_NONE):
                look_anew(connection, self.run.school_id)  # another channel owes them its posts now

    def _reprint(self, connection: Connection, taken: Taken) -> None:
        assert taken.edition is not None
        editions = insert_editions(connection, self.run.school_id, self.run.id, [taken.edition])
        edition = editions[taken.edition.digest]
        if self._update(connection, taken.claimed, edition_id=edition, address=taken.address):
            left = [item.post.key for item in taken.left.items]
            c = t.delivery_item.c
            gone = (c.delivery_id == taken.claimed.key, c.post_id.not_in(left))
            connection.execute(update(t.delivery_item).where(*gone).values(had=False))
            if self.run.kind == RunKind.URGENT:
                look_anew(connection, self.run.school_id)  # what is urgent no more goes over other channels

    def _update(self, connection: Connection, claimed: Claimed, **values: Any) -> bool:
        c = t.delivery.c
        ours = (c.id == claimed.key, c.owner == self._worker.number, c.state.in_(WAITING_STATES))
        return connection.execute(update(t.delivery).where(*ours).values(**values)).rowcount > 0

    def outlook(self) -> Outlook:
        with self._database.read() as connection:
            return outlook(connection, self.run.id, self._worker)

    def close(self) -> bool:
        with self._database.write() as connection:
            return close_run(connection, self.run.id, self._clock())


def made_window(run: Row[Any], at: datetime) -> Window:
    """The window of a run that was made, judged at ``at``."""
    return Window(
        kind=RunKind(run.kind),
        key=run.key,
        since=run.since,
        until=run.until,
        at=at,
        carried_from=run.carried_from,
    )


def guard_moment(snapshot: Snapshot, window: Window, run: int) -> GuardMoment:
    rules = snapshot.school.rules
    return GuardMoment(
        run=run,
        at=window.at,
        today=local_date(window.at, snapshot.school.zone),
        purpose=PURPOSE_OF[CHANNEL_OF[window.kind]],
        channels=frozenset(channel for channel in Channel if serves(window.kind, channel)),
        urgent=window.kind is RunKind.URGENT,
        yes_since=Facts(snapshot, window).school_year_began if rules.consent_per_school_year else None,
    )
