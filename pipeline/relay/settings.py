"""Where mail is handed to, as pure values: readable without a mail library or a network."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from pipeline.relay.presets import Preset

HELP = (
    "use smtp+starttls://user@host:587, smtps://user@host:465, file://folder, "
    "or smtp://localhost:25 for a server on this machine"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeouts:
    """Patience per phase in seconds, as RFC 5321 section 4.5.3.2 asks."""

    connect: float = 30
    greeting: float = 300
    command: float = 300  #: EHLO, STARTTLS, AUTH, MAIL, RCPT, RSET
    data: float = 120  #: from DATA to 354, and for each block of the message
    answer: float = 600  #: from the final dot to its answer


@dataclass(frozen=True, kw_only=True, slots=True)
class OAuth:
    """How to get an access token (RFC 6749). The secret is never part of it."""

    preset: Preset  #: whose way of doing it
    tenant: str = ""  #: of Microsoft 365
    client: str = ""  #: of Microsoft 365: the application's id
    token_url: str | None = None  #: instead of the provider's own


@dataclass(frozen=True, kw_only=True, slots=True)
class RelaySettings:
    """The ``[relay]`` table, or one of ``[relays.NAME]``. Password and secret are never part of it."""

    url: str
    name: str = ""  #: "" is the one of ``[relay]``
    preset: Preset | None = None
    oauth: OAuth | None = None  #: None: login by password
    senders: tuple[
        str, ...
    ] = ()  #: patterns of schools' senders that it is for, such as ``*@school.example``
    connections: int = 4
    per_minute: int | None = None
    per_day: int | None = None
    reserve: int = 0  #: of ``per_day``, for urgent mail alone
    timeouts: Timeouts = field(default_factory=Timeouts)
    helo: str | None = None  #: name in EHLO; None says our own address as a literal (RFC 5321 4.1.4)
    ca_file: Path | None = None  #: PEM file to trust instead of the system's authorities

    @property
    def password_variable(self) -> str:
        """The environment variable with the password of its user."""
        return _variable("WEEKBRIEF_SMTP_PASSWORD", self.name)

    @property
    def secret_variable(self) -> str:
        """The environment variable with the secret by which tokens are got."""
        return _variable("WEEKBRIEF_OAUTH_SECRET", self.name)


def _variable(variable: str, name: str) -> str:
    return f"{variable}_{name.upper().replace('-', '_')}" if name else variable


class Security(StrEnum):
    STARTTLS = "smtp+starttls"  #: plain greeting, then TLS before anything else
    TLS = "smtps"  #: TLS from the first byte (RFC 8314)
    LOOPBACK = "smtp"  #: no TLS, this machine only


_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.LOOPBACK: 25}


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """An SMTP server that ``url`` names."""

    security: Security
    host: str
    port: int
    user: str | None


def parse_url(url: str, *, base: Path | None = None) -> Server | Path:
    """Give the SMTP server, or the absolute folder of a ``file://`` relay, that ``url`` names.

    ``base`` is the absolute folder that a relative ``file://`` folder is resolved against.
    Raises `ValueError` whose text says what to do; it never repeats a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(f"this relay address cannot be read: {HELP}") from None
    if parts.scheme == "file":
        return _folder(url, base)
    if parts.scheme not in set(Security):
        raise ValueError(f"unknown kind of relay {parts.scheme!r}: {HELP}")
    return _server(parts, port)


def is_loopback(host: str) -> bool:
    """Whether ``host`` (a name or an address without brackets) can only be this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _server(parts: SplitResult, port: int | None) -> Server:
    security = Security(parts.scheme)
    _refuse_extras(parts)
    host = parts.hostname
    if not host:
        raise ValueError(f"the relay address names no host: {HELP}")
    if security is Security.LOOPBACK and not is_loopback(host):
        raise ValueError(
            f"smtp:// sends in clear and is for this machine only, and {host} is not this machine: "
            f"use smtp+starttls://{host}:587 or smtps://{host}:465"
        )
    user = unquote(parts.username) if parts.username else None
    return Server(security=security, host=host, port=port or _PORTS[security], user=user)


def _refuse_extras(parts: SplitResult) -> None:
    if parts.password is not None:
        raise ValueError(
            "the relay address holds a password: take it out and put it into WEEKBRIEF_SMTP_PASSWORD"
        )
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(f"the relay address has something after the port: {HELP}")


def _folder(url: str, base: Path | None) -> Path:
    name = unquote(url.removeprefix("file://"))
    if not name or "\0" in name or not url.startswith("file://"):
        raise ValueError("file:// needs a folder behind it, such as file://mails")
    if Path(name).is_absolute():
        return Path(name)
    if base is None or not base.is_absolute():
        raise ValueError(f"{url} is relative and nothing says to what: write file:///the/whole/path")
    return base / name
