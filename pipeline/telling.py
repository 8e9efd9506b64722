"""Telling the staff: look for news, make the notices that are due, send what is queued (rule 23).

Outside every run: a notice is a mail of its own. Called after each school's turn, and cheap when there
is nothing to tell: two small queries.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.deliver import Answer, AnswerKind, Envelope, Relay, RelayUnavailable, Session
from pipeline.mime_headers import ascii_domain
from pipeline.model import School
from pipeline.news_desk import NewsDesk, Wanted
from pipeline.notices import AT_ONCE, due_day
from pipeline.office import Office
from pipeline.settings import Notices, SchoolSettings
from pipeline.store.database import DatabaseTrouble
from pipeline.store.journal import PATIENCE
from pipeline.store.notice_rows import Marked, NoticeRows
from pipeline.store.notices import Agenda, Look, NoticeState, agenda, make
from pipeline.store.relay_health import RelayHealth
from pipeline.store.workers import Worker

#: So many in one call at most, and none begun after so long: newsletters must not wait for notices.
MOST = 50
LONGEST = timedelta(seconds=20)

#: The window ``[since, until)`` of the next newsletter after a calendar's now.
NextWindow = Callable[[datetime], tuple[datetime, datetime]]


@dataclass(kw_only=True, slots=True)
class Told:
    """What became of one school's notices in one call."""

    sent: int = 0
    queued: int = 0  #: still
    failed: int = 0


async def tell(
    office: Office,
    told: SchoolSettings,
    school: School,
    worker: Worker,
    at: datetime,
    *,
    next_window: NextWindow | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Told:
    """Tell staff what is new and due, and send what is queued.

    ``at`` is the calendar's now, by which days and newsletters are due; retries go by the office's clock.
    By default ``next_window`` is what the school's calendar says. ``stopped`` is asked before each mail.
    Not for two tasks of one process at once for the same school; any number of processes may. Raises
    `DatabaseTrouble`, losing nothing.
    """
    if told.notices is None:
        return Told()
    window = (next_window or _by_calendar(office, told))(at)
    found = await asyncio.to_thread(_make_due, office, told, told.notices, school, at, window)
    first = found.next_try_at
    if not (found.sending or (first is not None and first <= office.clock())):
        return Told(queued=found.open)
    return await _Post(office, school, worker, stopped).send()


def _by_calendar(office: Office, told: SchoolSettings) -> NextWindow:
    calendar = office.calendar(told)
    return lambda at: calendar.window(calendar.next_after(at)[0])


def _make_due(
    office: Office,
    told: SchoolSettings,
    notices: Notices,
    school: School,
    at: datetime,
    window: tuple[datetime, datetime],
) -> Agenda:
    """Make what is due, in one transaction; what another process made meanwhile is theirs to have made."""
    found = _agenda(office, school)
    seen = found.look
    day, due = due_day(at, notices.time, school.zone, seen.day if seen else None)
    wanted = Wanted(
        day=day if due else None,
        before=window[1] if notices.held and _is_news(found, at, window[1]) else None,
        runs=found.runs if notices.summary else (),
        held=notices.held,
        addresses=notices.addresses,
    )
    if not wanted.anything and seen is not None:
        return found
    desk = NewsDesk(office, told, school, at=at, window=window)
    made, version = desk.write(wanted) if wanted.anything else ([], found.version)
    look = Look(
        day=seen.day if seen and not due else day.isoformat(),
        version=version if wanted.before or seen is None else seen.version,
        until=wanted.before or (seen.until if seen else None),
    )
    with office.database.write() as connection:
        now = office.clock()
        make(connection, school.key, made, seen=seen, look=look, version=version, at=at, now=now)
    return _agenda(office, school)


def _is_news(found: Agenda, at: datetime, until: datetime) -> bool:
    """A newsletter is near, and something was decided since we last looked before it."""
    looked = (found.look.until, found.look.version) if found.look else None
    return until - at <= AT_ONCE and looked != (until, found.version)


def _agenda(office: Office, school: School) -> Agenda:
    with office.database.read() as connection:
        return agenda(connection, school.key, office.clock())


class _Post:
    """Sends one school's notices, one after the other over one connection."""

    def __init__(self, office: Office, school: School, worker: Worker, stopped: Callable[[], bool]) -> None:
        self._clock, self._stopped = office.clock, stopped
        self._rows = NoticeRows(office.database, school.key, worker, office.clock, office.jitter)
        self._relay: Relay = office.relay()
        self._health = RelayHealth(office.database, office.settings.relay.url, office.clock)
        self._budget = office.budget()
        self._sender = ascii_domain(school.sender)
        self._session: Session | None = None
        self._told = Told()

    async def send(self) -> Told:
        await asyncio.to_thread(self._rows.recover)
        await asyncio.to_thread(self._rows.give_up)
        try:
            await self._send_due()
        finally:
            await self._hang_up()
        self._told.queued = await asyncio.to_thread(self._rows.open)
        return self._told

    async def _send_due(self) -> None:
        until = self._clock() + LONGEST
        for key in await asyncio.to_thread(self._rows.due, MOST):
            if self._stopped() or self._clock() > until or not await self._ready():
                return
            if (marked := await asyncio.to_thread(self._rows.mark, key)) and not await self._hand_over(
                marked
            ):
                return

    async def _ready(self) -> bool:
        """A usable session to a relay that is not to be left alone, and that may be given more."""
        if self._health.closed() or self._health.room_at(self._budget):
            return False
        if self._session is not None and self._session.usable:
            return True
        await self._hang_up()
        try:
            self._session = await self._relay.connect()
        except RelayUnavailable as trouble:
            await self._health.failed(trouble)
            return False
        return True

    async def _hand_over(self, marked: Marked) -> bool:
        """Whether to go on: a relay that hangs or breaks off is left to the next call."""
        assert self._session is not None
        try:
            envelope = Envelope(sender=self._sender, recipient=ascii_domain(marked.recipient))
        except ValueError as fault:
            answer = Answer(kind=AnswerKind.PERMANENT, text=str(fault))
        else:
            answer = await self._session.send(envelope, marked.message)
        state = await self._recorded(marked, answer)
        self._told.sent += state is NoticeState.SENT
        self._told.failed += state is NoticeState.FAILED
        await self._health.answered(answer)
        return not answer.lost and answer.kind is not AnswerKind.UNKNOWN

    async def _recorded(self, marked: Marked, answer: Answer) -> NoticeState:
        """An answer that cannot be recorded becomes a second copy, so it is worth waiting for the disk."""
        for pause in PATIENCE:
            with suppress(DatabaseTrouble):
                return await asyncio.to_thread(self._rows.answered, marked, answer)
            await asyncio.sleep(pause)
        return await asyncio.to_thread(self._rows.answered, marked, answer)

    async def _hang_up(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()
