"""A real, fast and strict SMTP server on loopback that does what a test's script says.

In a test with an event loop: ``async with SmtpServer(...) as server``. In any other test:
``with ThreadedServer(...)``. As a process of its own, whose mails outlive the client and whose log
outlives the server: ``with ServerProcess(folder, ...)`` or ``python tests/smtp_server.py --log FILE``.
``messages`` holds what was received, ``faults`` every breach of the protocol by the client.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ssl
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from tests.smtp_connection import Connection  # noqa: E402
from tests.smtp_script import (  # noqa: E402
    Act,
    Log,
    Moment,
    Phase,
    Received,
    Rule,
    Rules,
    Script,
    Then,
    faults_path,
    read_log,
    refuse,
    rules_from_json,
)

__all__ = [
    "Act",
    "Moment",
    "Offers",
    "Phase",
    "Received",
    "Rule",
    "Rules",
    "ServerProcess",
    "SmtpServer",
    "Then",
    "ThreadedServer",
    "make_tls",
    "read_log",
    "refuse",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Offers:
    """What EHLO promises."""

    esmtp: bool = True  #: False: EHLO is unknown, only HELO
    pipelining: bool = True
    eight_bit: bool = True
    smtputf8: bool = True
    size: int | None = 30_000_000  #: octets; None offers no SIZE
    auth: tuple[str, ...] = ()  #: "PLAIN", "LOGIN", "XOAUTH2"
    auth_before_tls: bool = False  #: offer AUTH in clear where TLS is to be had


class SmtpServer:
    """Listens while entered. ``tls`` alone offers STARTTLS, with ``implicit`` TLS comes first."""

    def __init__(
        self,
        script: Script | list[Rule] | None = None,
        *,
        offers: Offers | None = None,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
        users: dict[str, str] | None = None,
        tokens: Callable[[str, str], bool] = lambda user, token: False,
        log: Path | None = None,
        keep_bytes: bool = True,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.script = Rules(script) if isinstance(script, list) else script
        self.offers = offers or Offers()
        self.tls, self.implicit = tls, implicit
        self.users, self.tokens = users or {}, tokens
        self.keep_bytes = keep_bytes  #: False forgets the messages' bytes, for long speed runs
        self.host, self.port = host, port  #: the port is known once entered
        self.messages: list[Received] = []
        self.faults: list[str] = []
        self.seen: Counter[Phase] = Counter()  #: how often each command came
        self.connections = 0  #: how many there have been
        self.open: set[Connection] = set()
        self._log = Log(log) if log else None
        self._listener: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.deaf()
        self.drop()
        await asyncio.gather(*(connection.gone for connection in self.open))
        if self._log:
            self._log.close()

    async def listen(self) -> None:
        """Begin to listen, or again after `deaf`, on the same port."""
        loop = asyncio.get_running_loop()
        tls = self.tls if self.implicit else None
        self._listener = await loop.create_server(
            lambda: Connection(self), self.host, self.port, ssl=tls, backlog=1000, reuse_address=True
        )
        self.port = self._listener.sockets[0].getsockname()[1]

    async def deaf(self) -> None:
        """Refuse new connections; open ones go on."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
            await asyncio.sleep(0)

    def drop(self) -> None:
        """Reset every open connection."""
        for connection in list(self.open):
            connection.reset()

    def hang_up(self) -> None:
        """Close every open connection in order, as a server does with idle ones."""
        for connection in list(self.open):
            connection.close()

    def receive(self, mail: Received) -> None:
        if self._log:
            self._log.add(mail)
        if not self.keep_bytes:
            mail = Received(mail.sender, mail.recipients, mail.parameters, b"", mail.at, mail.connection)
        self.messages.append(mail)

    def fault(self, text: str) -> None:
        self.faults.append(text)
        if self._log:
            self._log.fault(text)


class ThreadedServer:
    """An `SmtpServer` in a thread of its own, for tests without an event loop."""

    def __init__(self, script: Script | list[Rule] | None = None, **options: Any) -> None:
        self.server = SmtpServer(script, **options)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._wait(self.server.__aenter__())
        return self

    def __exit__(self, *error: object) -> None:
        self._wait(self.server.__aexit__())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def messages(self) -> list[Received]:
        return list(self.server.messages)

    @property
    def faults(self) -> list[str]:
        return list(self.server.faults)

    def call(self, function: Callable[[], object]) -> None:
        """Have the server's thread call ``function``, such as ``server.drop``."""

        async def call() -> None:
            function()

        self._wait(call())

    def deaf(self) -> None:
        self._wait(self.server.deaf())

    def listen(self) -> None:
        self._wait(self.server.listen())

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _wait(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)


class ServerProcess:
    """The server as a process: what it received is read from its log, also after it was killed."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.log = folder / "received.log"
        self._command = [sys.executable, __file__, "--log", str(self.log), *arguments]
        self.port = 0

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def messages(self) -> list[Received]:
        return read_log(self.log)

    @property
    def faults(self) -> list[str]:
        return faults_path(self.log).read_text("utf-8").splitlines()


def make_tls(folder: Path, *names: str) -> tuple[ssl.SSLContext, Path]:
    """Give a server's context for ``names`` and the PEM file of the authority behind it."""
    import trustme

    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or ("localhost", "127.0.0.1"))).configure_cert(context)
    ca_file = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    return context, ca_file


async def _serve(options: argparse.Namespace) -> None:
    script = rules_from_json(Path(options.rules).read_text("utf-8")) if options.rules else None
    offers = Offers(pipelining=not options.no_pipelining)
    server = SmtpServer(
        script, offers=offers, log=options.log, keep_bytes=False, host=options.host, port=options.port
    )
    async with server:
        print(server.port, flush=True)
        await asyncio.to_thread(sys.stdin.read)  # until who started us has gone


def main() -> None:
    parser = argparse.ArgumentParser(description="A scripted SMTP server; ends when its standard input does.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one; it is printed")
    parser.add_argument("--log", type=Path, help="append what is received to this file")
    parser.add_argument("--rules", help="JSON file of rules")
    parser.add_argument("--no-pipelining", action="store_true")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
