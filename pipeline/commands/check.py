"""``weekbrief check``: what the DNS says of the schools' senders, and what to ask the administrator."""

from __future__ import annotations

import ipaddress
from argparse import Namespace
from typing import Any

from pipeline.advice.look import Finding, State, look
from pipeline.advice.lookups import Resolver
from pipeline.advice.sender import Sender, sender_of
from pipeline.advice.words import language_of, lines, sentence
from pipeline.commands import Exit
from pipeline.commands.console import say, say_json
from pipeline.commands.running import chosen
from pipeline.office import Office
from pipeline.problems import BadInput, Problem
from pipeline.settings import SchoolSettings

_DNS_PORT = 53


def check(office: Office, told: Namespace) -> Exit:
    """1 when something needs a person; what could not be seen is no 1."""
    dns = Resolver(_server(told.dns) if told.dns else None)
    settings, worst, documents = office.settings, Exit.DONE, []
    for school in chosen(office, told.school):
        relay = settings.relay_of(school)
        sender = sender_of(school, relay, office.dkim_record(school))
        findings = list(look(sender, dns))
        documents.append(_document(school, sender, relay.url, findings))
        if not told.json:
            _say(school, sender, relay.url, findings)
        if any(finding.state is State.MEND for finding in findings):
            worst = Exit.NEEDS_A_PERSON
    if told.json:
        say_json({"schools": documents})
    return worst


def _say(school: SchoolSettings, sender: Sender, relay: str, findings: list[Finding]) -> None:
    say(f"{school.id}: {sender.domain}, {relay}")
    for finding in findings:
        for line in lines(finding, language_of(school.language)):
            say(f"  {line}")


def _document(school: SchoolSettings, sender: Sender, relay: str, findings: list[Finding]) -> dict[str, Any]:
    language = language_of(school.language)
    return {
        "school": school.id,
        "domain": sender.domain,
        "relay": relay,
        "items": [
            {
                "what": finding.what.value,
                "state": finding.state.value,
                "code": finding.code,
                "says": sentence(finding, language),
                "found": finding.found,
                "publish": {
                    "name": finding.publish.name,
                    "type": finding.publish.kind,
                    "value": finding.publish.value,
                }
                if finding.publish
                else None,
            }
            for finding in findings
        ],
    }


def _server(text: str) -> tuple[str, int]:
    """``192.0.2.1``, ``192.0.2.1:5353`` or ``[2001:db8::1]:5353``."""
    host, port = text, str(_DNS_PORT)
    if text.startswith("[") or text.count(":") == 1:
        host, _, port = text.rpartition(":") if not text.endswith("]") else (text, "", port)
    try:
        address = str(ipaddress.ip_address(host.strip("[]")))
        if not port.isdecimal() or not 0 < int(port) < 65_536:
            raise ValueError
        return address, int(port)
    except ValueError:
        words = f"{text!r} is no address of a DNS server: write 192.0.2.1 or 192.0.2.1:53"
        raise BadInput([Problem(file="--dns", message=words)]) from None
