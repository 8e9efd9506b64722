"""Gives out cleared deliveries of one run, each decided on what is true at that moment (rule 16).

Rows are claimed in batches; decisions are read in bulk whenever the policy has moved, and everything
that is still open is then judged by the new facts as its turn comes. What a decision took something
from gets a new edition, or is withheld, before it is looked at again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import islice

from pipeline.collect import EditionKey, share
from pipeline.deliver import Envelope
from pipeline.facts import Facts
from pipeline.guard import Guard
from pipeline.mime_headers import ascii_domain
from pipeline.model import Policy
from pipeline.octets import Octets
from pipeline.outbox import Event
from pipeline.press import Press
from pipeline.rules import Cleared, Open, Selected, clear
from pipeline.standing import Now as Now, Standing
from pipeline.store.new_run import NewEdition
from pipeline.store.outbox_rows import Claimed, Stored
from pipeline.store.run_rows import RunRows, Taken
from pipeline.way import Way

BATCH = 250

#: The first check; a test that switches it off shows that the second one catches it.
Clear = Callable[[Open, Facts, Policy, Envelope, Callable[[], Octets]], Cleared | Selected]
#: The second check, the other way round.
Object = Callable[[Guard, Cleared], str | None]


def object_to(guard: Guard, cleared: Cleared) -> str | None:
    return guard.objection(cleared.delivery, cleared.parent, cleared.envelope.recipient, cleared.message)


class RunDesk:
    """`pipeline.deliver.Desk` for one run."""

    def __init__(
        self,
        rows: RunRows,
        press: Press,
        now: Callable[[], Now],
        *,
        given: Callable[[], None] = lambda: None,
        overtaken: Callable[[], Awaitable[bool]] | None = None,
        clear: Clear = clear,
        object_to: Object = object_to,
    ) -> None:
        self._rows, self._press, self._now = rows, press, now
        self._given, self._clear, self._object_to = given, clear, object_to
        #: Another run should go first: nothing is given out until this is taken back.
        self.overtaken = False
        self._way = Way(overtaken) if overtaken else None
        self._waiting: deque[Claimed] = deque()
        self._drained = False
        self._stopped = False
        self._standing: Standing | None = None
        self._stale = False  # decisions have moved, or may have: read them anew
        self._objected: set[int] = set()
        self._editions: dict[int, Stored] = {}
        self._reprinted: dict[EditionKey, NewEdition] = {}
        self._ahead: dict[int, tuple[Standing, Claimed, Cleared | None]] = {}
        self._moved = asyncio.Event()  # one was taken: there may be more to clear ahead
        self._lock = asyncio.Lock()

    def stop(self) -> None:
        """Give out nothing more: the process has been asked to end."""
        self._stopped = True

    @property
    def stopped(self) -> bool:
        return self._stopped

    def empty(self) -> bool:
        return self._stopped or self.overtaken or (self._drained and not self._waiting)

    async def again(self, cleared: Cleared) -> None:
        """It was not handed over: a decision moved, or the relay's budget is used up."""
        self._look_anew(cleared.policy)
        await self._put_back(cleared.delivery)

    def _look_anew(self, policy: Policy) -> None:
        """Decide by fresh facts, unless another connection has read them already."""
        if self._standing is not None and self._standing.policy == policy:
            self._stale = True

    async def _put_back(self, delivery: int) -> None:
        claimed = await asyncio.to_thread(self._rows.reread, delivery)
        if claimed is not None:
            self._waiting.appendleft(claimed)

    async def fill(self, least: int = 1) -> None:
        """Claim what is due unless so many are here, so that `empty` tells the truth."""
        async with self._lock:
            if len(self._waiting) < least:
                claimed = await asyncio.to_thread(self._rows.claim, BATCH)
                self._drained = not claimed
                self._waiting.extend(claimed)
                await self._read_editions()

    async def take(self) -> Cleared | None:
        while not (self._stopped or self.overtaken):
            if not self._waiting:
                await self.fill()
            if not self._waiting:
                return None
            claimed = self._waiting.popleft()
            if cleared := await self._cleared(claimed):
                if await self._give_way():
                    self._waiting.appendleft(claimed)
                    return None
                self._given()
                return cleared
        return None

    async def _give_way(self) -> bool:
        if self._way is not None and await self._way.asked(self._standing):
            self.overtaken = True
        return self.overtaken

    async def clear_ahead(self, most: int, idle: asyncio.Event) -> None:
        """Clear what comes next, at most so many, whenever ``idle`` is set; until cancelled.

        It counts only while these facts stand.
        """
        while True:
            await idle.wait()
            if len(self._waiting) < most and not (self._drained or self._stopped):
                await self._fill_whole(most)
            standing = self._standing
            claimed = None if standing is None or self._stale else self._uncleared(standing, most)
            if standing is None or claimed is None:
                self._moved.clear()
                await self._moved.wait()
                continue
            self._ahead[claimed.key] = standing, claimed, None
            with suppress(Exception):  # it comes again when it is this one's turn
                outcome = self._judge(claimed, standing)
                if isinstance(outcome, Cleared) and not self._objection(standing, outcome):
                    self._ahead[claimed.key] = standing, claimed, outcome
            await asyncio.sleep(0)

    async def _fill_whole(self, least: int) -> None:
        """As `fill`, also when cancelled: what is claimed and not here nobody would send."""
        filling = asyncio.create_task(self.fill(least))
        try:
            await asyncio.shield(filling)
        except asyncio.CancelledError:
            await filling
            raise

    def _uncleared(self, standing: Standing, most: int) -> Claimed | None:
        for claimed in islice(self._waiting, most):
            facts, row, _ = self._ahead.get(claimed.key, (None, None, None))
            if (facts is not standing or row is not claimed) and claimed.edition in self._editions:
                return claimed
        return None

    def _cleared_ahead(self, claimed: Claimed, standing: Standing) -> Cleared | None:
        facts, row, cleared = self._ahead.pop(claimed.key, (None, None, None))
        return cleared if facts is standing and row is claimed else None

    async def _cleared(self, claimed: Claimed) -> Cleared | None:
        """Leave for this one; or None, after what stands in its way has been written down."""
        standing = await self._current(claimed)
        if cleared := self._cleared_ahead(claimed, standing):
            return cleared
        try:
            outcome = self._judge(claimed, standing)
        except Exception as fault:  # one poison edition stops only itself
            await asyncio.to_thread(self._rows.end, claimed, Event.GIVE_UP, f"it cannot be made: {fault!r}")
            return None
        if isinstance(outcome, Taken):
            await self._narrow(standing, outcome)
            return None
        if objection := self._objection(standing, outcome):
            await self._hold(claimed, standing, objection)
            return None
        return outcome

    def _objection(self, standing: Standing, cleared: Cleared) -> str | None:
        try:
            return self._object_to(standing.guard, cleared)
        except Exception as fault:  # what the second check cannot read must not go
            return f"it cannot be read: {fault!r}"

    async def _hold(self, claimed: Claimed, standing: Standing, objection: str) -> None:
        if claimed.key in self._objected:
            why = f"the second check objects: {objection}"
            await asyncio.to_thread(self._rows.end, claimed, Event.HOLD, why)
        else:  # its facts may be older than the row, which another process can have rewritten: once anew
            self._objected.add(claimed.key)
            self._look_anew(standing.policy)
            await self._put_back(claimed.key)

    def _judge(self, claimed: Claimed, standing: Standing) -> Cleared | Taken:
        stored = self._editions[claimed.edition]
        waiting = Open(
            delivery=claimed.key,
            parent=claimed.parent,
            edition=claimed.edition,
            address=claimed.address,
            items=stored.items,
            agenda=stored.agenda,
            attempts=claimed.attempts,
            doubts=claimed.doubts,
        )
        school = standing.facts.school
        envelope = Envelope(sender=ascii_domain(school.sender), recipient=ascii_domain(claimed.address))
        outcome = self._clear(
            waiting,
            standing.facts,
            standing.policy,
            envelope,
            lambda: self._press.message(claimed.edition, stored.pieces, claimed),
        )
        return outcome if isinstance(outcome, Cleared) else self._left(claimed, standing, outcome)

    def _left(self, claimed: Claimed, standing: Standing, left: Selected) -> Taken:
        """A decision since took something away: withhold, or print what is left."""
        version = standing.policy.version
        if left.withheld:
            return Taken(claimed=claimed, left=left, version=version)
        address = standing.facts.parent(claimed.parent).address
        assert address is not None, "the rules let nobody through without an address"
        printed = self._printed(standing.facts, left)
        return Taken(claimed=claimed, left=left, version=version, edition=printed, address=address)

    async def _narrow(self, standing: Standing, taken: Taken) -> None:
        """Write down what is left, and look at it again."""
        delivery = taken.claimed.key
        if not await asyncio.to_thread(self._rows.take_away, taken):
            self._look_anew(standing.policy)  # the policy moved once more: judge by that
        elif taken.left.withheld:
            return
        self._objected.discard(delivery)  # what was held against its old row counts no more
        expected = await asyncio.to_thread(self._rows.expected, delivery)
        for guard in (standing.guard, (self._standing or standing).guard):
            guard.expect(delivery, expected)
        await self._put_back(delivery)

    def _printed(self, facts: Facts, left: Selected) -> NewEdition:
        editions, edition_of = share(facts, (left,))
        key = edition_of[left.parent]
        if key not in self._reprinted:
            self._reprinted[key] = self._press.print(editions[key])
        return self._reprinted[key]

    async def _current(self, claimed: Claimed) -> Standing:
        """Facts of today's policy, read in bulk when it has moved, and this delivery's edition."""
        now = self._now()
        async with self._lock:
            standing = self._standing
            same = standing and (standing.policy.rules, standing.policy.today) == (now.digest, now.today)
            if standing is None or self._stale or not same:
                self._stale = False  # before reading: what moves meanwhile is seen at the mark
                self._standing = standing = await asyncio.to_thread(self._read, now)
            if claimed.edition not in self._editions:
                await self._read_editions(claimed.edition)
        self._moved.set()
        return standing

    async def _read_editions(self, *more: int) -> None:
        """Those of all that is waiting; the rest is done with."""
        wanted = {*more, *(each.edition for each in self._waiting)}
        kept = {key: self._editions[key] for key in wanted & self._editions.keys()}
        if len(kept) < len(wanted):
            self._editions = kept | await asyncio.to_thread(self._rows.editions, wanted - kept.keys())

    def _read(self, now: Now) -> Standing:
        snapshot, window, guard_facts = self._rows.facts(now.school, now.at)
        facts = Facts(snapshot, window)
        before = self._standing
        guard = before.guard.renewed(guard_facts) if before else Guard(guard_facts)
        policy = Policy(version=snapshot.policy_version, rules=now.digest, today=facts.today)
        return Standing(policy=policy, facts=facts, guard=guard)
