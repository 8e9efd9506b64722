"""A few pages over HTTP on this machine alone. GET only; nothing on them is about a person."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

#: Seconds for a client to ask: one that says nothing keeps a thread no longer.
_PATIENCE = 10


class PortTaken(Exception):
    """Something else answers there, or we may not (exit status 2)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    status: int
    type: str
    body: bytes


Pages = Mapping[str, Callable[[], Page]]  #: path -> made anew for every request


@contextmanager
def serving(host: str, port: int, pages: Pages) -> Iterator[None]:
    """Answer while the block runs. Raises `PortTaken` before it begins."""
    try:
        server = _Server(host, port, pages)
    except OSError as error:
        raise PortTaken(error.strerror) from error
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingTCPServer):
    daemon_threads = True  # a slow reader does not keep us from ending
    allow_reuse_address = True  # of connections that have just ended; never of a server that listens

    def __init__(self, host: str, port: int, pages: Pages) -> None:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        self.address_family = family
        self.pages = pages
        super().__init__(address[:2], _Handler)  # type: ignore[arg-type]  # IPv6 has two more

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is no news; a page that fails says so itself."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version, sys_version = "weekbrief", ""
    timeout = _PATIENCE

    def do_GET(self) -> None:
        make = self.server.pages.get(urlsplit(self.path).path)
        page = make() if make else Page(status=404, type="text/plain", body=b"/metrics and /health\n")
        self.send_response(page.status)
        self.send_header("Content-Type", page.type)
        self.send_header("Content-Length", str(len(page.body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(page.body)

    def log_message(self, format: str, *args: object) -> None:
        """A line for every scrape would bury the others."""
