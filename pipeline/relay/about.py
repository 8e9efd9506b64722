"""What is known of an open session, for who wants to see it: TLS, login, what is offered. No I/O."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Tls:
    version: str  #: such as "TLSv1.3"
    cipher: str
    issuer: str  #: who signed the server's certificate
    until: datetime | None  #: when the certificate ends


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    server: str  #: host and port
    tls: Tls | None  #: None: in clear, which only this machine is talked to in
    login: str | None  #: "plain", "login", "xoauth2"; None: none
    extensions: tuple[str, ...]  #: of EHLO, with their parameters, in the relay's order
    max_size: int | None  #: octets of a mail; None: no limit is told


def tls_of(secured: ssl.SSLObject | None) -> Tls | None:
    """``secured``: the transport's ``ssl_object``."""
    if secured is None:
        return None
    cipher, certificate = secured.cipher(), secured.getpeercert() or {}
    ends: Any = certificate.get("notAfter")
    return Tls(
        version=secured.version() or "",
        cipher=cipher[0] if cipher else "",
        issuer=_issuer(certificate.get("issuer", ())),
        until=datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if ends else None,
    )


def extensions_of(told: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{name.upper()} {parameters}".strip() for name, parameters in told.items())


def _issuer(names: Any) -> str:
    told = {key: value for name in names for key, value in name}
    wanted: Iterable[str] = ("organizationName", "commonName")
    return ", ".join(told[key] for key in wanted if told.get(key))
