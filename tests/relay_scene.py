"""A scripted SMTP server with a session of ours, for the tests of the relay."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pipeline.deliver import AnswerKind, Envelope
from pipeline.relay import RelaySettings, Timeouts, open_relay
from pipeline.relay.pipelining import PipeliningSession
from tests.smtp_server import Offers, Rule, SmtpServer

MESSAGE = b"Subject: week 47\r\nMessage-ID: <1@x.example>\r\n\r\nDag\r\n.\r\n..twee\r\n.drie\r\n"
BIG = b"Subject: big\r\n\r\n" + (b"y" * 76 + b"\r\n") * 200_000  # 15 MB: no kernel takes it whole
QUICK = Timeouts(connect=5, greeting=5, command=5, data=5, answer=5)
HASTY = Timeouts(connect=0.2, greeting=0.2, command=0.2, data=0.2, answer=0.2)

both_ways = pytest.mark.parametrize("pipelining", [True, False], ids=["pipelining", "one_by_one"])
both_tls = pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])

Tls = tuple[ssl.SSLContext, Path]  #: the server's context, the authority's PEM file


def to(recipient: str = "ouder@post.example") -> Envelope:
    return Envelope(sender="nieuws@regenboog.example", recipient=recipient)


async def connect(
    server: SmtpServer, timeouts: Timeouts = QUICK, scheme: str = "smtp", ca_file: Path | None = None
) -> PipeliningSession:
    host = "127.0.0.1" if scheme == "smtp" else "localhost"
    settings = RelaySettings(url=f"{scheme}://{host}:{server.port}", timeouts=timeouts, ca_file=ca_file)
    session = await open_relay(settings, password=None).connect()
    assert isinstance(session, PipeliningSession)
    return session


@contextlib.asynccontextmanager
async def scene(
    *rules: Rule, timeouts: Timeouts = QUICK, offers: Offers | None = None
) -> AsyncIterator[tuple[SmtpServer, PipeliningSession]]:
    """A server that does as the rules say, with a session; nobody may have broken the protocol after it."""
    async with SmtpServer(list(rules), offers=offers) as server:
        session = await connect(server, timeouts)
        try:
            yield server, session
        finally:
            await session.close()
    assert server.faults == []


def offering(pipelining: bool) -> Offers:
    return Offers(pipelining=pipelining)


async def assert_still_good(server: SmtpServer, session: PipeliningSession) -> None:
    """The session hands over another mail, and only that one arrives more."""
    before = len(server.messages)
    assert session.usable
    answer = await session.send(to("next@post.example"), MESSAGE)
    assert answer.kind is AnswerKind.ACCEPTED
    assert [mail.recipient for mail in server.messages[before:]] == ["next@post.example"]
    assert server.messages[-1].data == MESSAGE


async def become_useless(session: PipeliningSession) -> None:
    """Wait until the session has noticed, five seconds at most."""
    for _ in range(5000):
        if not session.usable:
            return
        await asyncio.sleep(0.001)
    pytest.fail("the session was not found to be useless")
