"""A mail catcher on loopback: takes every message over real SMTP and keeps it as a file.

Small on purpose: a general SMTP server reads a mail with photos line by line, and the demo's week
would take a minute instead of seconds.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_HELLO = (
    b"250-catcher.example\r\n250-PIPELINING\r\n250-SMTPUTF8\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"
)
_RECIPIENT = re.compile(rb"RCPT TO:<([^>]*)>", re.IGNORECASE)
_END = b"\r\n.\r\n"
_LARGEST = 64 << 20  #: bytes of one message


class _Folder:
    """One file per message, named after its recipient."""

    def __init__(self, folder: Path) -> None:
        self.turn_to(folder)

    def turn_to(self, folder: Path) -> None:
        """What comes from now on goes into that folder."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._mails: dict[str, int] = {}

    def keep(self, recipient: str, message: bytes) -> None:
        name = re.sub(r"[^\w.@+-]", "_", recipient)
        number = self._mails[name] = self._mails.get(name, 0) + 1
        if number > 1:  # another of the same day, or of a parent who shares the address
            name = f"{name}-{number}"
        (self._folder / f"{name}.eml").write_bytes(message)


class _Session:
    """One connection, spoken to as RFC 5321 has it."""

    def __init__(self, folder: _Folder, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._folder, self._reader, self._writer = folder, reader, writer
        self._recipient = ""

    async def talk(self) -> None:
        self._writer.write(b"220 catcher.example\r\n")
        try:
            while line := await self._reader.readline():
                if not await self._answer(line.strip()):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # who hangs up is done
        finally:
            self._writer.close()

    async def _answer(self, line: bytes) -> bool:
        verb = line[:4].upper()
        if verb in (b"EHLO", b"HELO"):
            self._writer.write(_HELLO)
        elif verb == b"DATA":
            await self._take()
        elif verb == b"QUIT":
            self._writer.write(b"221 2.0.0 bye\r\n")
            return False
        else:
            if found := _RECIPIENT.match(line):
                self._recipient = found[1].decode()
            self._writer.write(b"250 2.0.0 ok\r\n")
        return True

    async def _take(self) -> None:
        self._writer.write(b"354 go on\r\n")
        stuffed = await self._reader.readuntil(_END)
        message = (b"\r\n" + stuffed[: -len(_END) + 2]).replace(b"\r\n.", b"\r\n")[2:]
        self._folder.keep(self._recipient, message)
        self._writer.write(b"250 2.0.0 kept\r\n")


@contextmanager
def catching(folder: Path) -> Iterator[tuple[str, Callable[[Path], None]]]:
    """Catch mail into ``folder`` while the block runs; gives the relay's URL, and a way to name another."""
    into = _Folder(folder)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="catcher", daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(_serve(into), loop).result()
    try:
        yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}", into.turn_to
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _serve(folder: _Folder) -> asyncio.Server:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _Session(folder, reader, writer).talk()

    return await asyncio.start_server(talk, "127.0.0.1", 0, limit=_LARGEST)


async def _stop(server: asyncio.Server) -> None:
    server.close()
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
