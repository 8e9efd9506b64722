"""Questions to the DNS that end soon, also where there is none: an answer, nothing, or `CouldNotLook`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

import dns.exception
import dns.rdatatype
import dns.resolver
import dns.reversename

PATIENCE = 2.0  #: seconds for one question
SILENCE = 5.0  #: seconds of waiting for answers that did not come, in one call all in all


class CouldNotLook(Exception):
    """No answer came, which says nothing about what stands there."""


class Dns(Protocol):
    """Absolute names in, without the last dot; answers in the server's order, empty where nothing stands."""

    def txt(self, name: str) -> list[str]: ...

    def mx(self, name: str) -> list[str]:
        """Host names; "" is the null MX (RFC 7505)."""

    def addresses(self, name: str) -> list[str]:
        """IPv4 and IPv6."""

    def names(self, address: str) -> list[str]:
        """What an address is called in reverse."""


class Resolver:
    """`Dns` by this machine's resolver, or by ``server`` (an IP address and a port)."""

    def __init__(
        self,
        server: tuple[str, int] | None = None,
        *,
        patience: float = PATIENCE,
        silence: float = SILENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._patience, self._left, self._clock = patience, silence, clock
        self._resolver: dns.resolver.Resolver | None = None
        #: Whether "it is not there" can be believed; None: nobody has asked yet. Who names a server means it.
        self._knows: bool | None = None if server is None else True
        try:
            self._resolver = dns.resolver.Resolver(configure=server is None)
        except dns.exception.DNSException:  # no resolver is set up here: as offline as can be
            return
        if server is not None:
            self._resolver.nameservers, self._resolver.port = [server[0]], server[1]

    def txt(self, name: str) -> list[str]:
        return [
            b"".join(found.strings).decode("ascii", "backslashreplace") for found in self._ask(name, "TXT")
        ]

    def mx(self, name: str) -> list[str]:
        found = sorted(self._ask(name, "MX"), key=lambda each: int(each.preference))
        return [_bare(each.exchange) for each in found]

    def addresses(self, name: str) -> list[str]:
        return [found.address for kind in ("A", "AAAA") for found in self._ask(name, kind)]

    def names(self, address: str) -> list[str]:
        return [
            _bare(found.target) for found in self._ask(_bare(dns.reversename.from_address(address)), "PTR")
        ]

    def _ask(self, name: str, kind: str) -> list[Any]:
        found = self._answer(name, kind)
        if not found and not self._is_of_the_world():
            raise CouldNotLook(name)
        return found

    def _is_of_the_world(self) -> bool:
        """A resolver behind a wall says of every name that there is none: then there is no root either."""
        if self._knows is None:
            self._knows = bool(self._answer("", "NS"))
        return self._knows

    def _answer(self, name: str, kind: str) -> list[Any]:
        patience = min(self._patience, self._left)
        if self._resolver is None or patience <= 0:
            raise CouldNotLook(name)
        begun = self._clock()
        try:
            answer = self._resolver.resolve(
                f"{name}.", kind, lifetime=patience, raise_on_no_answer=False, search=False
            )
        except dns.resolver.NXDOMAIN:
            return []
        except (dns.exception.DNSException, OSError, ValueError) as why:
            self._left -= self._clock() - begun
            raise CouldNotLook(name) from why
        return list(answer.rrset or ())


def _bare(name: Any) -> str:
    return str(name).rstrip(".").lower()
