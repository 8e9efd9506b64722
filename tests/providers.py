"""Mail providers as they document themselves, on a clock that the test turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.smtp_script import Act, Moment, Phase

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass(kw_only=True)
class Provider:
    """Takes so many mails in 24 hours and in a minute, over so many connections, and says how it refuses."""

    clock: Callable[[], datetime]
    day: int
    day_reply: str
    minute: int | None = None
    minute_reply: str = ""
    connections: int | None = None
    connections_reply: str = ""
    at: Phase = Phase.DOT  #: where a mail too many is refused
    taken: list[datetime] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    open: set[int] = field(default_factory=set)

    def __call__(self, moment: Moment) -> Act | None:
        if moment.phase is Phase.CONNECT:
            self.open.add(moment.connection)
            if self.connections is not None and len(self.open) > self.connections:
                return self._refuse(self.connections_reply)
        if moment.phase is Phase.QUIT:
            self.open.discard(moment.connection)
        if moment.phase is self.at:
            return self._judge()
        return None

    def _judge(self) -> Act | None:
        now = self.clock()
        if sum(at > now - DAY for at in self.taken) >= self.day:
            return self._refuse(self.day_reply)
        if self.minute is not None and sum(at > now - MINUTE for at in self.taken) >= self.minute:
            return self._refuse(self.minute_reply)
        if self.at is Phase.DOT:
            self.taken.append(now)
        return None

    def _refuse(self, reply: str) -> Act:
        self.refused.append(reply)
        return Act(reply=reply)


def google(clock: Callable[[], datetime], day: int) -> Provider:
    """A mailbox whose real limit is under what is published, as in a trial."""
    return Provider(
        clock=clock,
        day=day,
        day_reply="550-5.4.5 Daily user sending limit exceeded.\r\n550 5.4.5 gsmtp",
        minute=150,
        minute_reply="450 4.2.1 Peak SMTP relay limit exceeded for customer",
    )


def microsoft(clock: Callable[[], datetime], day: int) -> Provider:
    return Provider(
        clock=clock,
        day=day,
        day_reply="554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException",
        minute=30,
        minute_reply="421 4.3.2 too many in a minute",
        connections=3,
        connections_reply="432 4.3.2 Concurrent connections limit exceeded",
    )


def ses(clock: Callable[[], datetime], day: int) -> Provider:
    return Provider(
        clock=clock,
        day=day,
        day_reply="454 Throttling failure: Daily message quota exceeded.",
        minute=60,
        minute_reply="454 Throttling failure: Maximum sending rate exceeded.",
    )
