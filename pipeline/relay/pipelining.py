"""One SMTP session that hands over mail after mail, each transaction in two writes.

RFC 5321 (transactions), RFC 2920 (pipelining), RFC 1047 (why a missing answer is a doubt).
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from pipeline.deliver import Account, Answer, AnswerKind, Envelope
from pipeline.octets import Octets
from pipeline.relay.about import About
from pipeline.relay.envelope import CannotCarry, Offer, commands, stuffed
from pipeline.relay.replies import NotSmtp, Reply, answer_to
from pipeline.relay.settings import Timeouts
from pipeline.relay.wire import Wire, WireLost

GOODBYE = 2.0  #: seconds that QUIT and closing may take together

# A refusal of us, not of the mail: commands out of step. Taking it for the mail's own fault would refuse a
# whole school for good because of one wrong setting. What is about our account, `answer_to` tells.
_OUT_OF_STEP = 503


class _Step(NamedTuple):
    line: bytes
    patience: float

    @property
    def name(self) -> str:
        return self.line[:4].decode()

    def passed(self, reply: Reply) -> bool:
        return reply.code == 354 if self.line == _DATA else reply.good


_DATA = b"DATA\r\n"
_RSET = b"RSET\r\n"


class PipeliningSession:
    """`pipeline.deliver.Session` over a `Wire`."""

    def __init__(self, wire: Wire, offer: Offer, timeouts: Timeouts, about: About) -> None:
        self._wire, self.offer, self._timeouts, self.about = wire, offer, timeouts, about
        self._complete = False  # the final dot of the present message has left
        self._begun = False  # the relay may hold a transaction that was refused half-way: RSET goes first

    @property
    def usable(self) -> bool:
        """Whether a mail can be begun now. Ask before a mail is marked as being sent: costs a microsecond."""
        return self._wire.quiet

    async def send(self, envelope: Envelope, message: Octets) -> Answer:
        """Hand over ``message`` (CRLF lines, no dot-stuffing yet). Never raises for what the relay does."""
        if not self.usable:
            return self._lost(self._last_words())
        try:
            mail, rcpt = commands(envelope, message, self.offer)
        except CannotCarry as error:
            return Answer(kind=AnswerKind.PERMANENT, text=str(error))
        self._complete = False
        try:
            answer = await self._transact(mail, rcpt, stuffed(message))
        except (WireLost, NotSmtp) as error:
            kind = AnswerKind.UNKNOWN if self._complete else AnswerKind.TEMPORARY
            return self._lost(Answer(kind=kind, text=str(error)))
        except BaseException:
            self._wire.abort()  # cancelled: what has not left must not leave any more
            raise
        return self._settled(answer)

    async def close(self) -> None:
        """Say QUIT with short patience and close; never raises for what the relay does."""
        try:
            if self.usable:
                self._wire.write(b"QUIT\r\n")
                with contextlib.suppress(WireLost):
                    await self._wire.reply(GOODBYE, "QUIT")
        finally:
            await self._wire.close(GOODBYE)

    async def _transact(self, mail: bytes, rcpt: bytes, body: Sequence[bytes]) -> Answer:
        refusal = await self._begin(mail, rcpt)
        if refusal is not None:
            return refusal
        if not self._wire.quiet:  # closed, or an answer too many: then the next one would be another mail's
            return self._last_words()
        if not await self._wire.write_all(body, self._timeouts.data):
            return self._cut_short(await self._wire.reply(0, "the message"))
        self._complete = True
        return answer_to(await self._wire.reply(self._timeouts.answer, "the final dot"))

    async def _begin(self, mail: bytes, rcpt: bytes) -> Answer | None:
        """Get as far as 354, or give the refusal."""
        steps = self._steps(mail, rcpt)
        if self.offer.pipelining:
            self._wire.write(b"".join(step.line for step in steps))
        for place, step in enumerate(steps):
            if not self.offer.pipelining:
                self._wire.write(step.line)
            reply = await self._wire.reply(step.patience, step.name)
            if not step.passed(reply):
                return await self._refused(reply, step, steps[place + 1 :])
        self._begun = False
        return None

    def _steps(self, mail: bytes, rcpt: bytes) -> list[_Step]:
        command, data = self._timeouts.command, self._timeouts.data
        steps = [_Step(mail, command), _Step(rcpt, command), _Step(_DATA, data)]
        return [_Step(_RSET, command), *steps] if self._begun else steps

    async def _refused(self, reply: Reply, step: _Step, rest: list[_Step]) -> Answer:
        """The first refusal is the answer; the replies to what went along with it are taken in too."""
        if reply.code < 400 or step.line == _RSET:
            raise NotSmtp(f"the relay answered {reply.code} to {step.name}")
        answer = answer_to(reply)
        if reply.code == _OUT_OF_STEP or answer.account is Account.SHUT:
            return replace(answer, kind=AnswerKind.TEMPORARY, lost=True)
        self._begun = True
        if not self.offer.pipelining or answer.lost:
            return answer
        try:
            await self._take_in(rest, nobody=step.name == "RCPT")
        except (WireLost, NotSmtp):
            return replace(answer, lost=True)
        return answer

    async def _take_in(self, rest: list[_Step], *, nobody: bool) -> None:
        """Read the replies to ``rest`` and end a DATA that was let in although nothing may be sent.

        ``nobody``: the relay has accepted no recipient, so that an empty message reaches nobody
        (RFC 2920 section 3.1). With a recipient accepted only dropping the connection is safe.
        """
        for step in rest:
            reply = await self._wire.reply(step.patience, step.name)
            if reply.closing:
                raise WireLost(reply.text)
            if step.name == "RCPT":
                nobody = not reply.good
            if step.line == _DATA and reply.code == 354:
                await self._end_empty(nobody)

    async def _end_empty(self, nobody: bool) -> None:
        if not nobody:
            raise NotSmtp("the relay wants a message for a transaction that it refused")
        self._wire.write(b".\r\n")
        await self._wire.reply(self._timeouts.answer, "an empty message")
        self._begun = False

    def _cut_short(self, reply: Reply) -> Answer:
        if reply.code < 400:
            raise NotSmtp(f"the relay answered {reply.code} before the message was complete")
        return answer_to(reply, lost=True)

    def _last_words(self) -> Answer:
        """Why nothing could be sent. What a relay says unasked (421 before it closes) is about no mail."""
        words = self._wire.last_words
        if words is None:
            return Answer(kind=AnswerKind.TEMPORARY, text=self._wire.why_lost, lost=True)
        return Answer(
            kind=AnswerKind.TEMPORARY, code=words.code, enhanced=words.enhanced, text=words.text, lost=True
        )

    def _settled(self, answer: Answer) -> Answer:
        return answer if self.usable and not answer.lost else self._lost(answer)

    def _lost(self, answer: Answer) -> Answer:
        self._wire.abort()
        return replace(answer, lost=True)
