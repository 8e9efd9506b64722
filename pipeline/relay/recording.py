"""A relay that keeps mails in memory: for previews, dry runs and tests of what stands before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.deliver import Answer, AnswerKind, Envelope
from pipeline.octets import Octets

ACCEPTED = Answer(kind=AnswerKind.ACCEPTED, code=250)


@dataclass(frozen=True, slots=True)
class Recorded:
    envelope: Envelope
    message: bytes
    answer: Answer


@dataclass(slots=True)
class RecordingRelay:
    """`pipeline.deliver.Relay` without a network. ``answer`` decides; by default all are accepted."""

    answer: Callable[[Envelope, bytes], Answer] = lambda envelope, message: ACCEPTED
    sent: list[Recorded] = field(default_factory=list)  #: every mail in order, also the refused ones
    sessions: int = 0  #: how many were opened

    async def connect(self) -> RecordingSession:
        self.sessions += 1
        return RecordingSession(self)

    @property
    def accepted(self) -> list[Recorded]:
        return [mail for mail in self.sent if mail.answer.kind is AnswerKind.ACCEPTED]


@dataclass(slots=True)
class RecordingSession:
    relay: RecordingRelay
    usable: bool = True

    async def send(self, envelope: Envelope, message: Octets) -> Answer:
        if not self.usable:
            return Answer(kind=AnswerKind.TEMPORARY, text="this session was lost or closed", lost=True)
        whole = bytes(message)
        answer = self.relay.answer(envelope, whole)
        self.relay.sent.append(Recorded(envelope, whole, answer))
        self.usable = not answer.lost
        return answer

    async def close(self) -> None:
        self.usable = False
