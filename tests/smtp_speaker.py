"""How the test server's connections receive, reply late or not at all, and break. Knows no commands."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.smtp_script import Act, Moment, Phase, Then

if TYPE_CHECKING:
    from tests.smtp_server import SmtpServer

_ONLY_RESET = struct.pack("ii", 1, 0)  # SO_LINGER of 0 s: closing sends RST

Effect = Callable[[], object]


class Speaker(asyncio.Protocol):
    """A connection that asks the server's script what to do at each moment, and does it."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._in = bytearray()
        self._out: list[bytes] = []
        self._busy = False  # a delayed reply, a TLS handshake, or hanging for ever
        self._secure = False
        self._number = self._message = 0
        self._sender: str | None = None
        self._asked = ""  # the recipient of the last RCPT
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def _pump(self) -> None:
        """Take in what has arrived, as far as that is possible now."""
        raise NotImplementedError

    # what the transport tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._secure = transport.get_extra_info("sslcontext") is not None
        self._server.connections += 1
        self._number = self._server.connections
        self._server.open.add(self)
        self._answer(Phase.CONNECT, "", "220 test.example ESMTP")
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._busy = True
        self._server.open.discard(self)
        if not self.gone.done():
            self.gone.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._in += data
        self._pump()

    def close(self) -> None:
        self._flush()
        self._busy = True
        self._transport.close()

    def reset(self) -> None:
        self._busy = True
        with contextlib.suppress(OSError):
            self._transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, _ONLY_RESET
            )
        self._transport.abort()

    # replies

    def _moment(self, phase: Phase, line: str) -> Moment:
        return Moment(phase, self._number, self._message, self._sender or "", self._asked, line)

    def _ask(self, moment: Moment) -> Act | None:
        self._server.seen[moment.phase] += 1
        return self._server.script(moment) if self._server.script else None

    def _answer(self, phase: Phase, line: str, usual: str, effect: Effect | None = None) -> None:
        self._carry_out(self._ask(self._moment(phase, line)), usual, effect)

    def _carry_out(self, act: Act | None, usual: str, effect: Effect | None = None) -> None:
        if act is None:
            self._finish(usual, effect, Then.GO_ON)
            return
        reply = usual if act.reply is None else act.reply
        if act.then is Then.HANG and act.reply is None:
            reply = ""
        if not act.delay and not act.split:
            self._finish(reply, effect, act.then)
            return
        self._flush()
        self._busy = True
        self._later = asyncio.get_running_loop().create_task(self._slowly(act, reply, effect))

    async def _slowly(self, act: Act, reply: str, effect: Effect | None) -> None:
        await asyncio.sleep(act.delay)
        if self._transport.is_closing():
            return
        if act.split:
            for octet in reply.encode() + b"\r\n":
                self._transport.write(bytes([octet]))
                await asyncio.sleep(act.split)
        self._busy = False
        self._finish(reply, effect, act.then, said=bool(act.split))
        self._pump()

    def _finish(self, reply: str, effect: Effect | None, then: Then, *, said: bool = False) -> None:
        if reply and not said:
            self._say(reply)
        if effect is not None and reply[:1] in ("2", "3"):
            effect()
        if then is Then.HANG:
            self._flush()
            self._busy = True
        elif then is Then.CLOSE:
            self.close()
        elif then is Then.RESET:
            self._flush()
            self.reset()

    def _say(self, reply: str) -> None:
        self._out.append(reply.encode("utf-8", "surrogateescape") + b"\r\n")

    def _flush(self) -> None:
        if self._out:
            self._transport.write(b"".join(self._out))
            self._out.clear()

    def _fault(self, text: str) -> None:
        self._server.fault(f"connection {self._number}: {text}")
