"""A little DNS server on loopback, over UDP: it says what a test's zone says, and nothing else."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from threading import Thread
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.reversename
import dns.rrset

Zone = Mapping[tuple[str, str], Sequence[str]]  #: (name, type) -> values as in a zone file


class DnsServer:
    """``failing``: names about which it fails."""

    def __init__(self, zone: Zone, *, failing: Sequence[str] = ()) -> None:
        self.zone, self.failing, self.asked = zone, failing, list[tuple[str, str]]()

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ask_to_end()
        self._thread.join()
        self._socket.close()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _ask_to_end(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
            ours.sendto(b"", ("127.0.0.1", self.port))

    def _serve(self) -> None:
        while True:
            question, who = self._socket.recvfrom(4096)
            if not question:
                return
            self._socket.sendto(self._answer(dns.message.from_wire(question)).to_wire(), who)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        [asked] = query.question
        name, kind = str(asked.name).rstrip("."), dns.rdatatype.to_text(asked.rdtype)
        self.asked.append((name, kind))
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name in self.failing:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif values := self.zone.get((name, kind)):
            answer.answer.append(dns.rrset.from_text_list(asked.name, 300, "IN", kind, values))
        elif not any(known == name for known, _ in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer


def reverse(address: str) -> str:
    """The name under which an address is asked about."""
    return str(dns.reversename.from_address(address)).rstrip(".")
