"""What a test has the SMTP server do, and what the server keeps: rules in, received mails out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path


class Phase(StrEnum):
    """When a rule is asked. BODY: while the message arrives; DOT: when it is complete."""

    CONNECT = "connect"
    EHLO = "ehlo"
    HELO = "helo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    DOT = "dot"
    RSET = "rset"
    NOOP = "noop"
    QUIT = "quit"


class Then(StrEnum):
    GO_ON = "go_on"
    CLOSE = "close"  #: FIN, after the reply
    RESET = "reset"  #: RST, without waiting for the reply to arrive
    HANG = "hang"  #: say nothing any more on this connection, keep it open


@dataclass(frozen=True, slots=True)
class Moment:
    phase: Phase
    connection: int  #: 1 is the first of this server
    message: int  #: 1 is the first MAIL command that this server saw; 0 before it
    sender: str
    recipient: str
    line: str  #: the command as it came


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """What to do instead of the usual. A command whose reply is 4xx or 5xx has no effect."""

    reply: str | None = None  #: None: the usual one; "": none; lines with their codes, separated by CRLF
    delay: float = 0  #: seconds before the reply; the connection takes nothing else meanwhile
    then: Then = Then.GO_ON
    after: int = 0  #: BODY only: octets of the message to take in first
    keep: bool | None = None  #: DOT only: count as received; None: if it is answered with 2xx
    split: float = 0  #: seconds between single octets of the reply, to come in many packets


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """``act`` at every moment of ``phase`` that fits, at most ``times`` times."""

    phase: Phase
    act: Act
    recipient: str | None = None
    messages: range | None = None  #: numbers of the MAIL commands it is for
    connection: int | None = None
    times: int | None = None

    def fits(self, moment: Moment) -> bool:
        return (
            moment.phase is self.phase
            and self.recipient in (None, moment.recipient)
            and (self.messages is None or moment.message in self.messages)
            and self.connection in (None, moment.connection)
        )


Script = Callable[[Moment], Act | None]


class Rules:
    """A `Script` of rules: the first that fits and is not used up decides."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._rules = [(rule, [rule.times]) for rule in rules]

    def __call__(self, moment: Moment) -> Act | None:
        for rule, left in self._rules:
            if left[0] == 0 or not rule.fits(moment):
                continue
            if left[0] is not None:
                left[0] -= 1
            return rule.act
        return None


def refuse(phase: Phase, reply: str, *, recipient: str | None = None, times: int | None = None) -> Rule:
    return Rule(phase=phase, act=Act(reply=reply), recipient=recipient, times=times)


def rules_from_json(text: str) -> Rules:
    """Read ``[{"phase": "rcpt", "recipient": ..., "times": 3, "messages": [1, 9], "act": {...}}]``."""
    return Rules(_rule(**item) for item in json.loads(text))


def _rule(phase: str, act: dict[str, object], messages: list[int] | None = None, **rest: object) -> Rule:
    doing = Act(**{**act, "then": Then(act.get("then", Then.GO_ON))})  # type: ignore[arg-type]
    which = range(*messages) if messages else None
    return Rule(phase=Phase(phase), act=doing, messages=which, **rest)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Received:
    """One mail that the server has taken, whether or not its answer reached the client."""

    sender: str
    recipients: tuple[str, ...]
    parameters: str  #: of MAIL
    data: bytes  #: dots undoubled, without the final dot
    at: float  #: seconds since the epoch
    connection: int

    @property
    def recipient(self) -> str:
        (only,) = self.recipients
        return only

    def header(self, name: str) -> str:
        """The first header of that name, unfolded, still encoded; "" when there is none."""
        head = self.data.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").replace("\r\n ", " ")
        start = f"{name.lower()}:"
        lines = (line for line in head.split("\r\n") if line.lower().startswith(start))
        return next(lines, start)[len(start) :].strip()


class Log:
    """Received mails in one file, each handed to the operating system before it is answered."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        self._faults = faults_path(path).open("ab", buffering=0)

    def add(self, mail: Received) -> None:
        head = {**asdict(mail), "data": len(mail.data)}
        self._file.write(json.dumps(head).encode() + b"\n" + mail.data + b"\n")

    def fault(self, text: str) -> None:
        self._faults.write(text.encode() + b"\n")

    def close(self) -> None:
        self._file.close()
        self._faults.close()


def faults_path(log: Path) -> Path:
    return log.with_name(log.name + ".faults")


def read_log(path: Path) -> list[Received]:
    """Every mail in a `Log`, also while its server goes on writing."""
    mails, content, place = [], path.read_bytes() if path.exists() else b"", 0
    while (end := content.find(b"\n", place)) >= 0:
        head = json.loads(content[place:end])
        place = end + 1 + head["data"] + 1
        if place > len(content):
            break  # being written just now
        head.update(recipients=tuple(head["recipients"]), data=content[end + 1 : place - 1])
        mails.append(Received(**head))
    return mails


def now() -> float:
    return time.time()
