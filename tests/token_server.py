"""Gives access tokens as Microsoft and Google do, on loopback: RFC 6749 section 4.4 and RFC 7523."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

Form = Mapping[str, str]
Answer = tuple[int, dict[str, Any]]


@dataclass(kw_only=True)
class TokenServer:
    """``check`` says why a request gets no token, as RFC 6749 5.2 names it; "" for one that does."""

    check: Callable[[Form], str]
    clock: Callable[[], float]
    lasts: float = 3600  #: seconds
    given: dict[str, float] = field(default_factory=dict)  #: token -> when it ends
    fail_with: Answer | None = None  #: instead of any other answer
    asked: list[Form] = field(default_factory=list)

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                form = {
                    name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()
                }
                status, document = outer.answer(form)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(document).encode())

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/token"

    def answer(self, form: Form) -> Answer:
        self.asked.append(form)
        if self.fail_with is not None:
            return self.fail_with
        if why := self.check(form):
            return 400 if why == "invalid_grant" else 401, {"error": why, "error_description": f"no: {why}"}
        token = f"token-{len(self.given)}"
        self.given[token] = self.clock() + self.lasts
        return 200, {"access_token": token, "expires_in": self.lasts, "token_type": "Bearer"}

    def accepts(self, user: str, token: str) -> bool:
        return self.given.get(token, 0) > self.clock()


def claims(assertion: str, key: RSAPublicKey) -> dict[str, Any] | None:
    """What a JSON Web Token says; None when its signature is not of ``key``."""
    signed, _, signature = assertion.rpartition(".")
    try:
        key.verify(_bytes(signature), signed.encode(), PKCS1v15(), SHA256())
    except InvalidSignature:
        return None
    return dict(json.loads(_bytes(signed.partition(".")[2])))


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
