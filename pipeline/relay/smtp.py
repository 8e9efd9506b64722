"""Sessions with an SMTP relay: aiosmtplib connects, secures and logs in, our own sender hands over.

aiosmtplib is trusted with the part that happens once per connection. Its data path costs ten times
what a pipelining one does, and does not tell whether the final dot had left when a connection broke.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import ssl
from typing import TYPE_CHECKING, cast

import aiosmtplib

from pipeline.deliver import RelayUnavailable
from pipeline.relay.about import About, extensions_of, tls_of
from pipeline.relay.envelope import read_offer
from pipeline.relay.pipelining import PipeliningSession
from pipeline.relay.replies import printable
from pipeline.relay.settings import RelaySettings, Security, Server
from pipeline.relay.wire import Wire

if TYPE_CHECKING:  # tokens need cryptography, which relays with a password do without
    from pipeline.relay.tokens import Tokens

_METHODS = ("plain", "login")
_HELO = re.compile(r"[A-Za-z0-9.-]+|\[[A-Za-z0-9:.-]+\]")


class SmtpRelay:
    """`pipeline.deliver.Relay` over SMTP. Raises `ValueError` for settings that can never work."""

    def __init__(
        self, server: Server, settings: RelaySettings, *, password: str | None, tokens: Tokens | None = None
    ) -> None:
        if server.user is not None and password is None and tokens is None:
            variable = settings.secret_variable if settings.oauth else settings.password_variable
            raise ValueError(
                f"the relay address names the user {server.user} but there is no password: set {variable}"
            )
        if settings.helo is not None and not _HELO.fullmatch(settings.helo):
            raise ValueError(f"helo {settings.helo!r} is no host name and no address in brackets")
        self._server, self._timeouts, self._helo = server, settings.timeouts, settings.helo
        self._password, self._tokens = password, tokens
        self._tls = None if server.security is Security.LOOPBACK else _trust(settings)

    async def connect(self) -> PipeliningSession:
        """Open a session, past TLS and AUTH. Raises `RelayUnavailable`."""
        try:
            return await self._session()
        except _OldToken:  # it ended while we had it: the next one is new
            return await self._session()

    async def _session(self) -> PipeliningSession:
        sock = await self._dial()
        smtp = aiosmtplib.SMTP(
            hostname=self._server.host,
            local_hostname=self._helo or _literal(sock),
            use_tls=self._server.security is Security.TLS,
            start_tls=False,  # None would go on in clear where a server offers no STARTTLS
            tls_context=self._tls,
            timeout=self._timeouts.command,
        )
        try:
            await smtp.connect(sock=sock, timeout=self._timeouts.greeting)
            login = await self._introduce(smtp)
            return self._take_over(smtp, login)
        except RelayUnavailable:
            smtp.close()
            raise
        except (aiosmtplib.SMTPException, OSError) as error:
            smtp.close()
            raise self._unavailable(error) from error
        except BaseException:
            smtp.close()
            raise

    async def _introduce(self, smtp: aiosmtplib.SMTP) -> str | None:
        """Up to where mail can be handed over; gives the way of logging in."""
        await _greet(smtp)
        if self._server.security is Security.STARTTLS:
            if not smtp.supports_extension("starttls"):
                raise self._hopeless(
                    "offers no STARTTLS, and nothing is sent in clear: use smtps:// or its port"
                )
            await smtp.starttls()
            await _greet(smtp)
        if self._server.user is not None and self._tokens is not None:
            await self._show_token(smtp, self._server.user, self._tokens)
            return "xoauth2"
        if self._server.user is not None and self._password is not None:
            return await self._log_in(smtp, self._server.user, self._password)
        return None

    async def _show_token(self, smtp: aiosmtplib.SMTP, user: str, tokens: Tokens) -> None:
        if "xoauth2" not in smtp.server_auth_methods:
            raise self._hopeless(f"offers no AUTH XOAUTH2, so {user} cannot log in with a token")
        token, new = await tokens.give()
        try:
            await smtp.auth_xoauth2(user, token)
        except aiosmtplib.SMTPAuthenticationError as error:
            tokens.forget(token)
            if new or error.code < 500:
                raise
            raise _OldToken(str(error)) from error

    async def _log_in(self, smtp: aiosmtplib.SMTP, user: str, password: str) -> str:
        methods = [method for method in _METHODS if method in smtp.server_auth_methods]
        if not methods:
            raise self._hopeless(f"offers neither AUTH PLAIN nor LOGIN, so {user} cannot log in")
        log_in = smtp.auth_plain if methods[0] == "plain" else smtp.auth_login
        await log_in(user, password)
        return methods[0]

    def _take_over(self, smtp: aiosmtplib.SMTP, login: str | None) -> PipeliningSession:
        """Put our own protocol onto aiosmtplib's connection and make it forget that connection.

        What it has read and not used is handed on: it can only be something that the relay said
        unasked, and dropping it would pair every later reply with the wrong command.
        """
        protocol, transport, offer = smtp.protocol, smtp.transport, read_offer(smtp.esmtp_extensions)
        if protocol is None or transport is None or transport.is_closing():
            raise RelayUnavailable(f"{self._name} closed the connection before the first mail")
        about = About(
            server=self._name,
            tls=tls_of(transport.get_extra_info("ssl_object")),
            login=login,
            extensions=extensions_of(smtp.esmtp_extensions),
            max_size=offer.max_size,
        )
        wire = Wire(cast(asyncio.Transport, transport), bytes(protocol._buffer))
        smtp.protocol = smtp.transport = None
        if not wire.quiet:
            wire.abort()
            raise RelayUnavailable(f"{self._name} spoke out of turn or hung up: {wire.farewell}")
        return PipeliningSession(wire, offer, self._timeouts, about)

    async def _dial(self) -> socket.socket:
        host, port, patience = self._server.host, self._server.port, self._timeouts.connect
        try:
            async with asyncio.timeout(patience):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
                addresses = [str(info[4][0]) for info in found]
                return await _first_to_answer(list(filter(self._may_dial, addresses)), port, patience)
        except TimeoutError as error:
            raise RelayUnavailable(f"{self._name} did not answer within {patience:g} s") from error
        except OSError as error:
            raise RelayUnavailable(f"cannot reach {self._name}: {error.strerror or error}") from error

    def _may_dial(self, address: str) -> bool:
        """Without TLS only loopback, also where the hosts file gives ``localhost`` another meaning."""
        return self._tls is not None or ipaddress.ip_address(address).is_loopback

    @property
    def _name(self) -> str:
        return f"{self._server.host}:{self._server.port}"

    def _hopeless(self, text: str) -> RelayUnavailable:
        return RelayUnavailable(f"{self._name} {text}", permanent=True)

    def _unavailable(self, error: Exception) -> RelayUnavailable:
        """Say what failed and whether a person must act first."""
        for cause in (error, error.__cause__):
            if isinstance(cause, ssl.SSLError):
                return self._untrusted(cause)
        if isinstance(error, aiosmtplib.SMTPResponseException):
            return self._rejected(error)
        text = printable(str(error).encode()) or type(error).__name__
        return RelayUnavailable(f"no session with {self._name}: {text}")

    def _rejected(self, error: aiosmtplib.SMTPResponseException) -> RelayUnavailable:
        step = "the login" if isinstance(error, aiosmtplib.SMTPAuthenticationError) else "the session"
        words = printable(error.message.encode("utf-8", "replace"))
        code = error.code if error.code > 0 else None
        text = f"{self._name} refused {step}: {code or ''} {words}"
        return RelayUnavailable(text, code=code, permanent=500 <= error.code < 600)

    def _untrusted(self, error: ssl.SSLError) -> RelayUnavailable:
        if isinstance(error, ssl.SSLCertVerificationError):
            return self._hopeless(
                f"has a certificate that cannot be trusted ({error.verify_message}): correct the host name, "
                "or name the authority's file in ca_file"
            )
        if error.reason == "WRONG_VERSION_NUMBER":
            return self._hopeless(
                "does not begin with TLS: use smtp+starttls:// with this port, or another port"
            )
        return RelayUnavailable(f"no TLS with {self._name}: {error.reason or error}")


class _OldToken(RelayUnavailable):
    """The relay refused a token that we had had for a while."""


def _trust(settings: RelaySettings) -> ssl.SSLContext:
    """Trust the system's authorities, or only ``ca_file``. Always checks certificate and name."""
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:  # ssl.SSLError is one too
        raise ValueError(f"ca_file {settings.ca_file} cannot be used: {error.strerror or error}") from error


async def _greet(smtp: aiosmtplib.SMTP) -> None:
    """EHLO, or HELO where a server does not know EHLO (RFC 5321 section 3.2)."""
    try:
        await smtp.ehlo()
    except aiosmtplib.SMTPHeloError as error:
        if error.code not in (500, 501, 502, 504):
            raise
        await smtp.helo()


async def _first_to_answer(addresses: list[str], port: int, patience: float) -> socket.socket:
    """Try the addresses in the system's order (RFC 6724), each with an equal share of the patience."""
    trouble = OSError("no address that may be used")
    for address in addresses:
        try:
            async with asyncio.timeout(patience / len(addresses)):
                return await _open(address, port)
        except OSError as error:  # TimeoutError is one too
            trouble = error
    raise trouble


async def _open(address: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, (address, port))
    except BaseException:
        sock.close()
        raise
    return sock


def _literal(sock: socket.socket) -> str:
    """Our own address as EHLO wants it from a host without a public name (RFC 5321 section 4.1.3)."""
    address: str = sock.getsockname()[0].partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
