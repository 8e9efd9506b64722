"""A connection that is past EHLO and AUTH: bytes out, replies in, and when it broke. Knows no mail."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import socket
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol, cast

from pipeline.relay.replies import NotSmtp, Replies, Reply

BLOCK = 262_144  #: octets written at once; each block gets the DATA patience to leave (RFC 5321 4.5.3.2.5)
_AT_ONCE = 256  #: parts in one call of the kernel; Linux takes 1,024
SMALL = 16_384  #: octets; copying so few costs less than another call of the kernel
ABORT_PATIENCE = 1.0  #: seconds that an aborted transport may take to let go

# Linux tells at once that the peer has hung up; elsewhere the event loop does, when it has read as far.
_HUNG_UP: int = getattr(select, "POLLRDHUP", 0)


class _Poll(Protocol):
    def poll(self, timeout: float, /) -> list[tuple[int, int]]: ...


class WireLost(Exception):
    """The connection broke or the relay was silent too long; the text says which."""


class Wire(asyncio.Protocol):
    """Takes the place of whatever protocol ``transport`` had. Used by one task at a time."""

    def __init__(self, transport: asyncio.Transport, already_read: bytes = b"") -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._replies = Replies()
        self._why_lost: str | None = None
        self._full = False  # the kernel has not taken all that we wrote
        self._unsent: deque[bytes | memoryview] = deque()  # of the present mail
        self._waiter: asyncio.Future[None] | None = None
        self._closed: asyncio.Future[None] = self._loop.create_future()
        # The TLS transport takes a high mark of 0 for "always full", hence 1.
        transport.set_write_buffer_limits(high=1, low=0)
        transport.set_protocol(self)
        self._poll = _watch(transport)
        self._handle = _plain_handle(transport)
        if already_read:
            self.data_received(already_read)

    # what the transport tells us

    def data_received(self, data: bytes) -> None:
        try:
            self._replies.feed(data)
        except NotSmtp as error:
            self._lose(str(error))
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose(f"the connection broke: {exc}" if exc else "the relay closed the connection")
        if not self._closed.done():
            self._closed.set_result(None)

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        self._wake()

    # what the session asks

    @property
    def quiet(self) -> bool:
        """Open, and nothing has been said that nobody asked for: fit to begin a transaction."""
        return not (self._replies.done or self._replies.partial) and self.open

    @property
    def open(self) -> bool:
        if self._why_lost is not None or self._transport.is_closing():
            return False
        return self._poll is None or not self._poll.poll(0)

    @property
    def last_words(self) -> Reply | None:
        """What the relay said unasked, typically 421 before it closed."""
        return self._replies.done[0] if self._replies.done else None

    @property
    def farewell(self) -> str:
        """The relay's last words, or else what became of the connection."""
        words = self.last_words
        return f"{words.code} {words.text}" if words else self.why_lost

    @property
    def why_lost(self) -> str:
        return self._why_lost or "the relay closed the connection"

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    async def write_all(self, parts: Sequence[bytes], patience: float) -> bool:
        """Have the kernel take all ``parts``, or say False when the relay spoke before that.

        Raises `WireLost` when the connection broke, or no block left within ``patience`` seconds.
        """
        self._unsent = deque(parts if self._handle is not None else _blocks(parts))
        try:
            self._push()
            while self._full or self._unsent:
                await self._taken(patience)
                if self._replies.done and (self._full or self._unsent):
                    return False
                if self._full or self._transport.is_closing():
                    raise WireLost(self.why_lost)
                self._push()
            if self._transport.is_closing():
                raise WireLost(self.why_lost)
        finally:
            self._unsent = deque()  # nothing of a mail that was given up may leave later
        return True

    def _push(self) -> None:
        """Write on until nobody takes any more: to the kernel itself, where nothing stands between."""
        while self._unsent and not (self._full or self._replies.done or self._transport.is_closing()):
            if self._handle is not None:
                self._gathered(self._handle)
            if self._unsent:
                self._transport.write(self._next())

    def _next(self) -> bytes | memoryview:
        """What the transport gets: a block, or where we write beside it only so much as it takes to wait."""
        block = self._unsent.popleft()
        if self._handle is None or len(block) <= SMALL:
            return block
        self._unsent.appendleft(memoryview(block)[SMALL:])
        return memoryview(block)[:SMALL]

    def _gathered(self, handle: int) -> None:
        """Take from what is unsent what the kernel has room for, in one call: a mail with photos has eighty
        parts, which lie in memory for many mails and are not copied.

        Only while nothing waits in the transport, which will meet what trouble there is with the next block.
        """
        unsent = self._unsent
        if self._transport.get_write_buffer_size():
            return
        with contextlib.suppress(OSError):
            while unsent:
                taken = os.writev(handle, list(islice(unsent, _AT_ONCE)))
                while unsent and taken >= len(unsent[0]):
                    taken -= len(unsent.popleft())
                if taken:
                    unsent[0] = memoryview(unsent[0])[taken:]
                    return

    async def _taken(self, patience: float) -> None:
        until = self._loop.time() + patience
        while self._full and not self._replies.done:
            self._check(until, f"the relay took nothing for {patience:g} s")
            await self._sleep(until)

    async def reply(self, patience: float, to: str) -> Reply:
        """The next reply. Raises `WireLost` when none can come or none came within ``patience`` seconds."""
        done = self._replies.done
        if not done:
            until = self._loop.time() + patience
            while not done:
                self._check(until, f"no answer to {to} within {patience:g} s")
                await self._sleep(until)
        return done.popleft()

    def abort(self) -> None:
        """Drop the connection with all that has not left yet: a message cut off must never be completed."""
        self._lose("this side gave the connection up")
        self._transport.abort()

    async def close(self, patience: float) -> None:
        """Close in order if that works within ``patience`` seconds, then at any rate."""
        self._transport.close()
        try:
            await self._gone(patience)
        finally:
            self.abort()
        await self._gone(ABORT_PATIENCE)

    # inside

    async def _gone(self, patience: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._closed), patience)

    def _lose(self, why: str) -> None:
        if self._why_lost is None:
            self._why_lost = why
        self._wake()

    def _check(self, until: float, silence: str) -> None:
        if self._why_lost is not None:
            raise WireLost(self._why_lost)
        if self._loop.time() >= until:
            raise WireLost(silence)

    async def _sleep(self, until: float) -> None:
        self._waiter = self._loop.create_future()
        alarm = self._loop.call_at(until, self._wake)
        try:
            await self._waiter
        finally:
            alarm.cancel()
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def _blocks(parts: Sequence[bytes]) -> Iterator[bytes | memoryview]:
    """What is written at once: small parts joined with the beginning of the next large one, which is cut
    without copying the rest of it."""
    small: list[bytes] = []
    for part in parts:
        if len(part) < SMALL:
            small.append(part)
            continue
        begins = 0
        if small:
            begins = SMALL
            yield b"".join([*small, part[:begins]])
            small = []
        whole = memoryview(part)
        yield from (whole[start : start + BLOCK] for start in range(begins, len(part), BLOCK))
    if small:
        yield b"".join(small)


def _plain_handle(transport: asyncio.Transport) -> int | None:
    """The socket's own number, where it can be written to beside the transport; None with TLS."""
    sock = cast("socket.socket | None", transport.get_extra_info("socket"))
    plain = sock is not None and transport.get_extra_info("sslcontext") is None and hasattr(os, "writev")
    return sock.fileno() if plain and sock is not None else None


def _watch(transport: asyncio.Transport) -> _Poll | None:
    """Make a watcher that tells whether the peer has hung up, at once and for half a microsecond."""
    sock = cast("socket.socket | None", transport.get_extra_info("socket"))
    if sock is None or not hasattr(select, "poll"):
        return None
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    poll = select.poll()
    poll.register(sock.fileno(), _HUNG_UP)
    return poll
