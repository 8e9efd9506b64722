"""Hands one finished mail to a relay so many times: what the bytes themselves cost.

``python ready.py PORT OCTETS MAILS CONNECTIONS``. No TLS, no pipelining, no look at the bytes: a blocking
socket for each connection, and the mail in one call.
"""

from __future__ import annotations

import socket
import sys
from concurrent.futures import ThreadPoolExecutor

_LINE = b"x" * 76 + b"\r\n"


def main() -> None:
    port, octets, mails, connections = map(int, sys.argv[1:])
    ready = b"Subject: ready\r\n\r\n" + _LINE * (octets // len(_LINE)) + b".\r\n"
    shares = [mails // connections + (at < mails % connections) for at in range(connections)]
    with ThreadPoolExecutor(connections) as lanes:
        for done in [lanes.submit(_send, port, ready, share) for share in shares]:
            done.result()


def _send(port: int, ready: bytes, mails: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as wire:
        _answer(wire, b"")
        _answer(wire, b"EHLO [127.0.0.1]\r\n")
        for _ in range(mails):
            for command in (b"MAIL FROM:<a@a.example>\r\n", b"RCPT TO:<b@b.example>\r\n", b"DATA\r\n"):
                _answer(wire, command)
            _answer(wire, ready)
        _answer(wire, b"QUIT\r\n")


def _answer(wire: socket.socket, said: bytes) -> None:
    """Say it and wait for the last line of the reply."""
    wire.sendall(said)
    reply = b""
    while not reply.endswith(b"\n") or reply.splitlines()[-1][3:4] == b"-":
        got = wire.recv(4096)
        if not got:
            raise ConnectionError("the relay hung up")
        reply += got
    if reply.splitlines()[-1][:1] not in b"23":
        raise ConnectionError(reply.decode())


if __name__ == "__main__":
    main()
