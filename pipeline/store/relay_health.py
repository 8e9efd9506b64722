"""What all processes know of one relay: whether to leave it alone, and how much it may still be given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from pipeline.deliver import Account, Answer, AnswerKind, RelayUnavailable
from pipeline.store import tables as t
from pipeline.store.database import Database
from pipeline.store.relay_budget import DAY, Budget, room_at

#: A relay that keeps failing gets one probe a minute; until then the wait doubles from one second.
LONGEST_REST = timedelta(seconds=60)
#: A provider's day is a rolling one: room comes back little by little, and one mail an hour asks for it.
FULL_REST = timedelta(hours=1)
#: So many temporary refusals in a row, over all connections, are a failing relay and not unlucky mails.
STORM = 20
#: A mail without an answer is worse: one round of four connections is enough, before more become doubtful.
DOUBT = 5


class RelayHealth:
    """`pipeline.deliver.Health` on the database."""

    def __init__(self, database: Database, relay: str, clock: Callable[[], datetime]) -> None:
        self._database, self._relay, self._clock = database, relay, clock
        self._next_try_at: datetime | None = None
        self._full_until: datetime | None = None
        self._failures = 0
        self._streak = 0
        #: Why trying again by itself is no use, such as a refused login: the run stops.
        self.hopeless: str | None = None
        self.trouble = ""
        self.look()

    def look(self) -> None:
        """See what other processes have learnt meanwhile."""
        with self._database.write() as connection:
            row = _row(connection, self._relay)
        self._failures, self._next_try_at, self.trouble, self._full_until = row

    def closed(self) -> bool:
        return self.hopeless is not None or (
            self._next_try_at is not None and self._next_try_at > self._clock()
        )

    def probing(self) -> bool:
        return self._failures > 0

    def opens_at(self) -> datetime | None:
        """When it may be tried again; None for now."""
        return self._next_try_at if self.closed() else None

    async def failed(self, trouble: RelayUnavailable) -> None:
        if trouble.permanent:
            self.hopeless = trouble.text
        await self._rest(trouble.text)

    async def answered(self, answer: Answer) -> None:
        if answer.account is Account.SHUT:
            self.hopeless = f"it lets us send nothing: {_words(answer)}"
            await self._rest(self.hopeless)
            return
        if answer.account is Account.FULL:
            self._full_until = self._clock() + FULL_REST
            await self._rest(f"it takes no more today: {_words(answer)}", FULL_REST)
            return
        if answer.kind in (AnswerKind.ACCEPTED, AnswerKind.PERMANENT):
            self._streak = 0
            if self._failures:
                await self._recovered()
            return
        self._streak += DOUBT if answer.kind == AnswerKind.UNKNOWN else 1
        if self._streak >= STORM:
            self._streak = 0
            await self._rest(f"it takes no mail for now: {_words(answer)}")

    async def _rest(self, why: str, rest: timedelta | None = None) -> None:
        if self.closed() and self.hopeless is None and rest is None:
            return  # another connection of ours has just seen the same
        self._failures += 1
        if rest is None:
            rest = min(timedelta(seconds=1 << min(self._failures - 1, 10)), LONGEST_REST)
        self._next_try_at, self.trouble = self._clock() + rest, why
        await asyncio.to_thread(self._keep)

    async def _recovered(self) -> None:
        self._failures, self._next_try_at, self.trouble, self._full_until = 0, None, "", None
        await asyncio.to_thread(self._keep)

    def _keep(self) -> None:
        with self._database.write() as connection:
            connection.execute(
                update(t.relay)
                .where(t.relay.c.url == self._relay)
                .values(
                    failures=self._failures,
                    next_try_at=self._next_try_at,
                    trouble=self.trouble[:500],
                    full_until=self._full_until,
                )
            )

    def room_at(self, budget: Budget) -> datetime | None:
        """When the budget has room for one more mail; None for now."""
        now = self._clock()
        with self._database.read() as connection:
            waits = [room_at(connection, self._relay, span, limit, now) for span, limit in budget.spans()]
        return max((wait for wait in waits if wait), default=None)

    def day_opens_at(self, budget: Budget) -> datetime | None:
        """When the relay's day has room again; None while it has."""
        with self._database.read() as connection:
            return day_opens_at(connection, self._relay, budget, self._clock())


def day_opens_at(connection: Connection, relay: str, budget: Budget, now: datetime) -> datetime | None:
    """When the relay's day has room again, by our own count or by what it said; None while it has."""
    said = connection.execute(select(t.relay.c.full_until).where(t.relay.c.url == relay)).scalar()
    ours = room_at(connection, relay, DAY, budget.per_day, now) if budget.per_day is not None else None
    return max((time for time in (said, ours) if time and time > now), default=None)


def _words(answer: Answer) -> str:
    return " ".join(filter(None, (str(answer.code or ""), answer.enhanced, answer.text)))


def _row(connection: Connection, relay: str) -> tuple[int, datetime | None, str, datetime | None]:
    c = t.relay.c
    query = select(c.failures, c.next_try_at, c.trouble, c.full_until).where(c.url == relay)
    row = connection.execute(query).first()
    if row is None:
        # On PostgreSQL another process may have added it meanwhile.
        with suppress(IntegrityError), connection.begin_nested():
            connection.execute(insert(t.relay).values(url=relay, failures=0, trouble=""))
        row = connection.execute(query).one()
    return row.failures, row.next_try_at, row.trouble, row.full_until
