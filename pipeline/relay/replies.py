"""What a relay says, as values: reply lines in, codes and answers out. No I/O.

RFC 5321 section 4.2 (replies), RFC 2034 and 3463 (enhanced status codes).
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from functools import lru_cache

from pipeline.deliver import Account, Answer, AnswerKind
from pipeline.relay.presets import is_full, is_shut_out

MAX_REPLY = (
    65_536  #: octets of one reply, far above any real EHLO; bounds what a broken server can make us hold
)
MAX_TEXT = 500  #: characters of a reply that we keep

_KINDS = {2: AnswerKind.ACCEPTED, 4: AnswerKind.TEMPORARY, 5: AnswerKind.PERMANENT}
_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?\Z", re.DOTALL)
_ENHANCED = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?=\s|\Z)\s*")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffd]+")


class NotSmtp(Exception):
    """The server said something that is no SMTP reply: from here on nobody knows which reply is for what."""


@dataclass(frozen=True, slots=True)
class Reply:
    code: int
    enhanced: str | None
    text: str  #: all lines joined by a space, printable, without the enhanced code

    @property
    def good(self) -> bool:
        return self.code < 300

    @property
    def closing(self) -> bool:
        """421: the server is about to close the connection (RFC 5321 section 3.8)."""
        return self.code == 421


class Replies:
    """Cuts a stream of bytes into replies, however the packets fall."""

    def __init__(self) -> None:
        self.done: deque[Reply] = deque()  #: complete ones that nobody has taken yet
        self._rest = b""  # of a line that has no end yet
        self._lines: list[bytes] = []  # of a reply that still goes on
        self._held = 0  # octets in them

    def feed(self, data: bytes) -> None:
        """Add to ``done`` what ``data`` completes. Raises `NotSmtp`, with those before it kept."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            reply = None if self._lines else _single(line)
            if reply is None:
                reply = self._continued(line.removesuffix(b"\r"))
            if reply is not None:
                self.done.append(reply)
        if len(self._rest) + self._held > MAX_REPLY:
            raise NotSmtp("the relay's reply does not end")

    @property
    def partial(self) -> bool:
        """Whether a reply has begun and not ended."""
        return bool(self._rest or self._lines)

    def _continued(self, line: bytes) -> Reply | None:
        match = _LINE.match(line)
        if match is None or (self._lines and not line.startswith(self._lines[0][:3])):
            raise NotSmtp(f"the relay answered with something that is not SMTP: {printable(line)[:80]!r}")
        self._lines.append(line)
        self._held += len(line)
        if match[2] == b"-":
            return None
        reply = _make_reply(self._lines)
        self._lines, self._held = [], 0
        return reply


def answer_to(reply: Reply, *, lost: bool = False) -> Answer:
    """Read a refusal, or the answer to the final dot, by the first digit of its code.

    What it says of our account and not of the mail is never permanent for the mail.
    """
    kind = _KINDS.get(reply.code // 100)
    if kind is None:
        raise NotSmtp(f"the relay answered {reply.code} where only 2xx, 4xx or 5xx has a meaning")
    account = None if reply.good else _of_us(reply)
    return Answer(
        kind=AnswerKind.TEMPORARY if account else kind,
        account=account,
        code=reply.code,
        enhanced=reply.enhanced,
        text=reply.text,
        lost=lost or reply.closing,
    )


def _of_us(reply: Reply) -> Account | None:
    if is_shut_out(reply.code, reply.enhanced, reply.text):
        return Account.SHUT
    return Account.FULL if is_full(reply.code, reply.enhanced, reply.text) else None


def printable(line: bytes) -> str:
    """``line`` as one line of text that is safe to store and to show."""
    return _UNPRINTABLE.sub(" ", line.decode("utf-8", "replace")).strip()


def split_enhanced(code: int, text: str) -> tuple[str | None, str]:
    """Take the enhanced status off the front of ``text``; one of another class than ``code`` is none."""
    match = _ENHANCED.match(text)
    if match is None or not match[1].startswith(str(code)[0]):
        return None, text
    return match[1], text[match.end() :]


@lru_cache(maxsize=64)  # the replies to MAIL, RCPT and DATA are the same for every mail
def _single(line: bytes) -> Reply | None:
    """The reply that ``line`` is all by itself, else None."""
    match = _LINE.match(line.removesuffix(b"\r"))
    return None if match is None or match[2] == b"-" else _make_reply([match[0]])


def _make_reply(lines: list[bytes]) -> Reply:
    code = int(lines[0][:3])
    found = [split_enhanced(code, printable(line[4:])) for line in lines]
    enhanced = next((status for status, _ in found if status), None)
    text = " ".join(text for _, text in found if text)
    return Reply(code, enhanced, text[:MAX_TEXT])
