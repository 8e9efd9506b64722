"""Stage 3: hand cleared deliveries to the relay, one answer recorded before the next mail.

This module declares the two edges it needs (`Relay`, `Journal`); `relay/` and `store/`
provide them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from pipeline.model import Envelope as Envelope
from pipeline.octets import Octets
from pipeline.rules import Cleared


class AnswerKind(StrEnum):
    """What the caller must do with what the relay said."""

    ACCEPTED = "accepted"  #: 2xx after the final dot
    TEMPORARY = "temporary"  #: 4xx, or the connection broke before the message was complete: try again later
    PERMANENT = "permanent"  #: 5xx, or this relay cannot carry this message at all: never try again
    UNKNOWN = "unknown"  #: the message was complete but no answer came: it may have been accepted (RFC 1047)


class Account(StrEnum):
    """What an answer says of ourselves, and nothing of the mail."""

    FULL = "full"  #: the day's share is used up: later, and no sooner
    SHUT = "shut"  #: we may not send at all: a person must act first


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    kind: AnswerKind
    code: int | None = None  #: SMTP reply code
    enhanced: str | None = None  #: RFC 3463 status, such as "5.1.1"
    text: str = ""
    lost: bool = False  #: the session cannot be used any more
    account: Account | None = None


class RelayUnavailable(Exception):
    """No session could be opened, so nothing was handed over. ``permanent``: trying again is no use."""

    def __init__(self, text: str, *, code: int | None = None, permanent: bool = False) -> None:
        super().__init__(text)
        self.text, self.code, self.permanent = text, code, permanent


class Session(Protocol):
    """One connection to the relay; used by one task at a time."""

    @property
    def usable(self) -> bool:
        """False once the other side is gone: noticed before the next mail is marked as being sent."""

    async def send(self, envelope: Envelope, message: Octets) -> Answer:
        """Hand over ``message`` (CRLF lines, no dot-stuffing yet). Never raises for what the relay does."""

    async def close(self) -> None: ...


class Relay(Protocol):
    async def connect(self) -> Session:
        """Open a session or raise `RelayUnavailable`."""


class Mark(StrEnum):
    """What became of the attempt to mark a delivery as being sent."""

    GO = "go"  #: durable: send it now
    CHANGED = "changed"  #: a decision was committed since it was cleared: clear it again (rule 16)
    GONE = "gone"  #: the row is not ours any more
    WAIT = "wait"  #: the relay's budget is used up for now


class Journal(Protocol):
    """Where hand-overs and answers become durable; many connections share a commit.

    Both begin at once and give a future, which must be awaited.
    """

    @property
    def idle(self) -> asyncio.Event:
        """Set while it does not need the processor: the disk or the relay works."""

    def handing_over(self, cleared: Cleared) -> asyncio.Future[Mark]: ...

    def answered(self, cleared: Cleared, answer: Answer) -> asyncio.Future[Mark]: ...


class Health(Protocol):
    """What we know of the relay: whether to leave it alone for now."""

    def closed(self) -> bool: ...

    def probing(self) -> bool:
        """Whether it failed last: one mail asks whether it is well again, before all connections do."""

    async def failed(self, trouble: RelayUnavailable) -> None:
        """It could not be reached."""

    async def answered(self, answer: Answer) -> None:
        """It answered: many temporary refusals in a row are a failing relay too."""


class Desk(Protocol):
    """Gives the next cleared delivery, decided on what is true now."""

    async def take(self) -> Cleared | None:
        """The next one, claimed and cleared; None when nothing is due."""

    async def again(self, cleared: Cleared) -> None:
        """Put one back that was not handed over."""

    def empty(self) -> bool:
        """Whether nothing is due as far as we know, so that no connection need be opened."""

    async def clear_ahead(self, most: int, idle: asyncio.Event) -> None:
        """Clear up to ``most`` of the next while ``idle`` is set; until cancelled."""


async def deliver(desk: Desk, journal: Journal, relay: Relay, health: Health, *, connections: int) -> None:
    """Send all that is due now over up to ``connections`` connections, then return.

    A delivery waits in its row, not here: what cannot go now is simply left. Every connection
    records the answer to one mail in the same commit as the mark of its next, before any byte of
    the next goes out, so that a crash leaves at most one doubtful mail per connection.
    """
    ahead = asyncio.create_task(desk.clear_ahead(2 * connections, journal.idle))
    first, *others = (_Lane(desk, journal, relay, health) for _ in range(connections))
    lanes = (first.run(), *(lane.run(behind=first) for lane in others))
    ended = await asyncio.gather(*lanes, return_exceptions=True)
    ahead.cancel()
    await asyncio.gather(ahead, return_exceptions=True)  # what troubled it troubled a lane as well
    # One lane's trouble must not cut off another in the middle of a mail: all end first.
    for trouble in ended:
        if isinstance(trouble, BaseException):
            raise trouble


class _Lane:
    def __init__(self, desk: Desk, journal: Journal, relay: Relay, health: Health) -> None:
        self._desk, self._journal, self._relay, self._health = desk, journal, relay, health
        self._session: Session | None = None
        self._answered: asyncio.Future[Mark] | None = None  # the last answer, on its way to the disk
        self._tried = asyncio.Event()  # one mail has been answered, or there is none

    async def run(self, behind: _Lane | None = None) -> None:
        """Until nothing more can go; after the first mail of ``behind`` where the relay is in doubt."""
        try:
            if behind is not None and self._health.probing():
                await behind._tried.wait()
            while await self._next():
                self._tried.set()
        finally:
            self._tried.set()
            await self._end()

    async def _next(self) -> bool:
        if self._health.closed() or await self._desk_is_empty() or not await self._connected():
            return False
        cleared = await self._desk.take()
        if cleared is None:
            return False
        marking = self._journal.handing_over(cleared)
        try:
            await self._recorded()
        finally:  # never leave a mark behind that nobody waits for
            mark = await marking
        if mark is not Mark.GO:
            return await self._not_now(cleared, mark)
        assert self._session is not None
        answer = await self._session.send(cleared.envelope, cleared.message)
        self._answered = self._journal.answered(cleared, answer)
        await self._health.answered(answer)
        return True

    async def _desk_is_empty(self) -> bool:
        if not self._desk.empty():
            return False
        await self._recorded()
        return self._desk.empty()

    async def _not_now(self, cleared: Cleared, mark: Mark) -> bool:
        if mark is not Mark.GONE:
            await self._desk.again(cleared)
        return mark is not Mark.WAIT

    async def _connected(self) -> bool:
        """A usable session, or False: the relay is then left alone for a while."""
        if self._session is not None and self._session.usable:
            return True
        await self._hang_up()
        try:
            self._session = await self._relay.connect()
        except RelayUnavailable as trouble:
            await self._health.failed(trouble)
            return False
        return True

    async def _recorded(self) -> None:
        if self._answered is not None:
            answered, self._answered = self._answered, None
            await answered

    async def _end(self) -> None:
        try:
            await self._recorded()
        finally:
            await self._hang_up()

    async def _hang_up(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()
