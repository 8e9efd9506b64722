"""Marks and answers, durable when awaited: many connections share one commit.

A single thread writes. Whatever is asked while a commit is under way goes into the next one, in
the order it was asked, so the answer to one mail and the mark of that connection's next are one
commit. Nothing is guessed: a row that is not ours any more, or a policy that has moved, says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import Connection, func, select, update

from pipeline.deliver import Answer, Mark
from pipeline.model import DeliveryState, Policy
from pipeline.outbox import Event, move, wait_before
from pipeline.rules import Cleared
from pipeline.store import tables as t
from pipeline.store.columns import stored
from pipeline.store.database import Database, DatabaseTrouble
from pipeline.store.journal_statements import EVENT_OF, SENDING, state_of, statements
from pipeline.store.relay_budget import Budget, room
from pipeline.store.runs import forget_items

#: Seconds that a commit waits for connections that are about to end their mail.
GATHER = 0.005
#: With photos they end further apart, and it waits longer: for so much of the time that the last mail took,
#: and at most as long as a line of so many octets in a second needs for one.
SHARE, LINE = 0.75, 50_000_000
#: With so many mails on their way the relay does not notice when we think for a moment.
ENOUGH_OUT = 6
#: How long an answer is tried again when the disk is full or the database locked, before we stop.
PATIENCE = (0.2, 0.5, 1, 2, 4)

#: The first half of our advisory lock numbers on PostgreSQL: "WB" and the kind of lock.
_BUDGET = 0x5742_0003


@dataclass(frozen=True, slots=True)
class _Asked:
    cleared: Cleared
    answer: Answer | None  #: None: may it be handed over?
    done: asyncio.Future[Mark]


class StoreJournal:
    """`pipeline.deliver.Journal` on the database."""

    def __init__(
        self,
        database: Database,
        *,
        school: int,
        worker: int,
        relay: str,
        budget: Budget,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
        rules: Callable[[], tuple[str, date]] | None = None,
        run: int | None = None,
        log: Callable[..., None] | None = None,
    ) -> None:
        """``rules``: digest of the rule settings and the school's date as they are now.

        ``log``: is told each hand-over and answer once it is durable, from the thread that writes, as
        ``log("delivery", run=run, delivery=2, event="accepted", state="sent", code=250, enhanced="2.0.0")``.
        """
        self._database, self._worker = database, worker
        self._relay, self._budget = relay, budget
        self._clock, self._jitter, self._rules = clock, jitter, rules
        self._run, self._log = run, log
        self._statements, self._school = statements(database.engine.dialect), school
        self._asked: list[_Asked] = []
        self._out: dict[int, float] = {}  # deliveries being sent just now, and since when
        self._took = 0.0  # seconds, the last of them that was answered
        self._all_in = asyncio.Event()
        self.idle = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")

    def handing_over(self, cleared: Cleared) -> asyncio.Future[Mark]:
        return self._ask(cleared, None)

    def answered(self, cleared: Cleared, answer: Answer) -> asyncio.Future[Mark]:
        now = asyncio.get_running_loop().time()
        self._took = now - self._out.pop(cleared.delivery, now)
        if len(self._out) < ENOUGH_OUT:
            self.idle.clear()
        if not self._out:
            self._all_in.set()
        return self._ask(cleared, answer)

    def close(self) -> None:
        self._thread.shutdown()

    def _ask(self, cleared: Cleared, answer: Answer | None) -> asyncio.Future[Mark]:
        done: asyncio.Future[Mark] = asyncio.get_running_loop().create_future()
        self._asked.append(_Asked(cleared, answer, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        return done

    async def _write_all(self) -> None:
        while self._asked:
            await self._gather()
            batch, self._asked = self._asked, []
            try:
                marks = await self._write_patiently(batch)
            except Exception as trouble:
                for asked in batch:
                    if not asked.done.done():
                        asked.done.set_exception(trouble)
                continue
            for asked, mark in zip(batch, marks, strict=True):
                if asked.answer is None and mark is Mark.GO:
                    self._out[asked.cleared.delivery] = asyncio.get_running_loop().time()
                if not asked.done.done():
                    asked.done.set_result(mark)

    async def _gather(self) -> None:
        """Let connections that are just ending their mail share this commit: the disk takes the time."""
        if self._out:
            self._all_in.clear()
            largest = max(len(asked.cleared.message) for asked in self._asked)
            longest = max(GATHER, min(self._took * SHARE, largest / LINE))
            enough = asyncio.get_running_loop().call_later(longest, self._all_in.set)
            await self._all_in.wait()
            enough.cancel()

    async def _write_patiently(self, batch: Sequence[_Asked]) -> list[Mark]:
        """An answer that cannot be recorded becomes a second copy, so it is worth waiting for the disk."""
        loop = asyncio.get_running_loop()
        for pause in PATIENCE:
            try:
                return await loop.run_in_executor(self._thread, self._write, batch, loop)
            except DatabaseTrouble:
                if not any(asked.answer for asked in batch):
                    raise
                await asyncio.sleep(pause)
        return await loop.run_in_executor(self._thread, self._write, batch, loop)

    def _write(self, batch: Sequence[_Asked], loop: asyncio.AbstractEventLoop) -> list[Mark]:
        with self._database.write() as connection:
            if any(asked.answer is None for asked in batch):
                self._wait_for_turn(connection)
            now = self._clock()  # not before: waiting for the lock can take long, and budgets count by this
            events = self._record(connection, batch, now)
            marks = self._mark(connection, [asked.cleared for asked in batch if not asked.answer], now)
            going = [key for key, mark in marks.items() if mark is Mark.GO]
            events += [self._event(key, Event.HAND_OVER, SENDING, now, None) for key in going]
            self._statements.keep(connection, events)
            # Not before: this thread has to get the interpreter back after every statement.
            loop.call_soon_threadsafe(self.idle.set)
        self._tell(events)
        return [Mark.GO if asked.answer else marks[asked.cleared.delivery] for asked in batch]

    def _tell(self, events: Sequence[tuple[object, ...]]) -> None:
        """Not the relay's own words: they may hold an address."""
        if self._log is not None:
            for key, _, event, state, _, _, code, enhanced, _ in events:
                self._log(
                    "delivery",
                    run=self._run,
                    delivery=key,
                    event=event,
                    state=state,
                    code=code,
                    enhanced=enhanced,
                )

    # Hand-over (rule 16).

    def _wait_for_turn(self, connection: Connection) -> None:
        """Two processes on PostgreSQL must not both take the last mail of the relay's budget."""
        if self._budget.spans() and not self._database.sqlite:
            connection.execute(select(func.pg_advisory_xact_lock(_BUDGET, func.hashtext(self._relay))))

    def _mark(self, connection: Connection, asked: Sequence[Cleared], now: datetime) -> dict[int, Mark]:
        if not asked:
            return {}
        version = self._statements.version(connection, self._school)
        current = [c for c in asked if self._stands(c.policy, version)]
        marks = {c.delivery: Mark.CHANGED for c in asked if c not in current}
        free = room(connection, self._relay, self._budget, now, len(current))
        marks |= {c.delivery: Mark.WAIT for c in current[free:]}
        going = self._set_sending(connection, current[:free], now)
        marks |= {c.delivery: Mark.GO if c.delivery in going else Mark.GONE for c in current[:free]}
        return marks

    def _stands(self, cleared_under: Policy, version: int) -> bool:
        if cleared_under.version != version:
            return False
        return self._rules is None or (cleared_under.rules, cleared_under.today) == self._rules()

    def _set_sending(self, connection: Connection, cleared: Sequence[Cleared], now: datetime) -> set[int]:
        if not cleared:
            return set()
        keys = [each.delivery for each in cleared]
        return self._statements.hand_over(connection, keys, us=self._worker, now=stored(now))

    # Answers.

    def _record(
        self, connection: Connection, batch: Sequence[_Asked], now: datetime
    ) -> list[tuple[object, ...]]:
        """Move the rows that were answered; gives the events to keep."""
        events = []
        told = [(asked.cleared, asked.answer, _event_of(asked)) for asked in batch if asked.answer]
        for event, group in groupby(sorted(told, key=lambda one: one[2]), key=lambda one: one[2]):
            same = list(group)
            moved = self._settle(connection, [cleared for cleared, _, _ in same], event, now)
            for cleared, answer, _ in same:
                stands = (
                    move(SENDING, event)
                    if cleared.delivery in moved
                    else state_of(connection, cleared.delivery)
                )
                events.append(self._event(cleared.delivery, event, stands, now, answer))
        return events

    def _settle(
        self, connection: Connection, cleared: Sequence[Cleared], event: Event, now: datetime
    ) -> set[int]:
        """Move the rows that are still ours; what another process took over meanwhile stays as it is."""
        waits: dict[datetime | None, list[int]] = {}
        for each in cleared:
            waits.setdefault(self._next_try(each, event, now), []).append(each.delivery)
        moved: set[int] = set()
        for wait, keys in waits.items():
            moved |= self._statements.settle(
                connection,
                event,
                keys,
                us=self._worker,
                now=stored(now),
                wait=None if wait is None else stored(wait),
            )
        if event == Event.ACCEPTED and len(moved) < len(cleared):
            late = {each.delivery for each in cleared} - moved
            moved |= self._accepted_late(connection, late, now)
        if move(SENDING, event) == DeliveryState.REFUSED:
            forget_items(connection, sorted(moved))
        return moved

    def _accepted_late(self, connection: Connection, keys: set[int], now: datetime) -> set[int]:
        """Taken for dead, we come back with a yes before the second copy has gone: it need not go."""
        c = t.delivery.c
        rows = connection.execute(
            update(t.delivery)
            .where(c.id.in_(keys), c.state == DeliveryState.DEFERRED, c.doubts > 0)
            .values(state=move(DeliveryState.DEFERRED, Event.ACCEPTED), owner=None, done_at=now)
            .returning(c.id)
        )
        return set(rows.scalars())

    def _next_try(self, cleared: Cleared, event: Event, now: datetime) -> datetime | None:
        if event == Event.TEMPORARY:
            return now + wait_before(cleared.attempts + 1, self._jitter())
        return None

    def _event(
        self, key: int, event: Event, state: DeliveryState, now: datetime, answer: Answer | None
    ) -> tuple[object, ...]:
        """As `EVENT_COLUMNS` says."""
        said = (answer.code, answer.enhanced, answer.text[:500]) if answer else (None, None, "")
        return (key, stored(now), event.value, state.value, self._worker, self._relay, *said)


def _event_of(asked: _Asked) -> Event:
    assert asked.answer is not None
    event = EVENT_OF[asked.answer.kind]
    return Event.LOST_AGAIN if event == Event.LOST and asked.cleared.doubts else event
