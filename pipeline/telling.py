"""Telling the staff: look for news, make the notices that are due, send what is queued (rule 23).

Outside every run: a notice is a mail of its own. Called after the runs, and cheap when there is nothing
to tell: three small queries for all schools together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pipeline.deliver import Answer, AnswerKind, Envelope, Relay, RelayUnavailable, Session
from pipeline.mime_headers import ascii_domain
from pipeline.model import School
from pipeline.news_desk import NewsDesk, Wanted
from pipeline.notices import AT_ONCE, due_day
from pipeline.office import Office
from pipeline.settings import SchoolSettings
from pipeline.store.database import DatabaseTrouble
from pipeline.store.journal import PATIENCE
from pipeline.store.notice_rows import Marked, NoticeRows
from pipeline.store.notices import Agenda, Look, NoticeState, agendas, make
from pipeline.store.relay_health import RelayHealth
from pipeline.store.workers import Worker

#: So many in one call at most, and none begun after so long: newsletters must not wait for notices.
MOST = 50
LONGEST = timedelta(seconds=20)


@dataclass(kw_only=True, slots=True)
class Told:
    """What became of one school's notices in one call."""

    sent: int = 0
    queued: int = 0  #: still
    failed: int = 0


#: A school and the calendar's now, by which its days and newsletters are due.
Turn = tuple[SchoolSettings, School, datetime]


def worth_telling(office: Office, turns: Iterable[Turn]) -> list[int]:
    """Keys of the schools whose staff there is something to tell: three small queries for all together."""
    turns = [turn for turn in turns if turn[0].notices is not None]
    found = _agendas(office, [school.key for _, school, _ in turns])
    return [
        school.key
        for told, school, at in turns
        if _plan(office, told, school, at, found[school.key]) or _can_send(office, found[school.key])
    ]


async def tell(
    office: Office,
    told: SchoolSettings,
    school: School,
    worker: Worker,
    at: datetime,
    *,
    stopped: Callable[[], bool] = lambda: False,
) -> Told:
    """Tell staff what is new and due, and send what is queued.

    ``at`` is the calendar's now, by which days and newsletters are due; retries go by the office's clock.
    ``stopped`` is asked before each mail. Not for two tasks of one process at once for the same school;
    any number of processes may. Raises `DatabaseTrouble`, losing nothing.
    """
    if told.notices is None:
        return Told()
    found = await asyncio.to_thread(_make_due, office, told, school, at)
    if not _can_send(office, found):
        return Told(queued=found.open)
    return await _Post(office, school, worker, stopped).send()


def _agendas(office: Office, schools: Collection[int]) -> dict[int, Agenda]:
    with office.database.read() as connection:
        return agendas(connection, schools, office.clock())


def _can_send(office: Office, found: Agenda) -> bool:
    """Something is due, or was being sent by a process that may have died."""
    first = found.next_try_at
    return bool(found.sending) or (first is not None and first <= office.clock())


def _make_due(office: Office, told: SchoolSettings, school: School, at: datetime) -> Agenda:
    """Make what is due, in one transaction; what another process made meanwhile is theirs to have made."""
    found = _agendas(office, [school.key])[school.key]
    plan = _plan(office, told, school, at, found)
    if plan is None:
        return found
    made, version = NewsDesk(office, told, school, at=at, window=plan.window).write(plan.wanted)
    look = plan.look(found.look, version)
    with office.database.write() as connection:
        now = office.clock()
        make(connection, school.key, made, seen=found.look, look=look, version=version, at=at, now=now)
    return _agendas(office, [school.key])[school.key]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Plan:
    """What is to be looked for now."""

    wanted: Wanted
    day: date  #: the newest whose bundle has come
    window: tuple[datetime, datetime]  #: of the next newsletter

    def look(self, seen: Look | None, version: int) -> Look:
        """How far the look will have got; ``version`` is the policy it found."""
        return Look(
            day=self.day.isoformat() if seen is None or self.wanted.day else seen.day,
            version=version if seen is None or self.wanted.before else seen.version,
            until=self.wanted.before or (seen.until if seen else None),
            doubt=self.wanted.doubt or (seen.doubt if seen else 0),
        )


def _plan(office: Office, told: SchoolSettings, school: School, at: datetime, found: Agenda) -> _Plan | None:
    """None when there is nothing to look for. A school's first look notes where it begins, at least."""
    notices = told.notices
    assert notices is not None
    day, due = due_day(at, notices.time, school.zone, found.look.day if found.look else None)
    calendar = office.calendar(told)
    key, until = calendar.next_after(at)
    wanted = Wanted(
        day=day if due else None,
        before=until if notices.held and _is_news(found, at, until) else None,
        doubt=found.doubt if notices.held and found.doubt > (found.look.doubt if found.look else 0) else 0,
        runs=found.runs if notices.summary else (),
        held=notices.held,
        addresses=notices.addresses,
    )
    if not wanted.anything and found.look is not None:
        return None
    return _Plan(wanted=wanted, day=day, window=calendar.window(key))


def _is_news(found: Agenda, at: datetime, until: datetime) -> bool:
    """A newsletter is near, and something was decided since we last looked before it."""
    looked = (found.look.until, found.look.version) if found.look else None
    return until - at <= AT_ONCE and looked != (until, found.version)


class _Post:
    """Sends one school's notices, one after the other over one connection."""

    def __init__(self, office: Office, school: School, worker: Worker, stopped: Callable[[], bool]) -> None:
        self._clock, self._stopped = office.clock, stopped
        to = office.settings.relay_of(office.settings.school(school.id))
        self._rows = NoticeRows(
            office.database, school.key, worker, office.clock, office.jitter, relay=to.url
        )
        self._relay: Relay = office.relay(to)
        self._health = RelayHealth(office.database, to.url, office.clock)
        self._budget = office.budget(to)
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
