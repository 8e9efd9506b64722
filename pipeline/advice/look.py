"""One look at the DNS of a sender: what is in order, what needs a person, and what could not be seen."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.advice.lookups import CouldNotLook, Dns
from pipeline.advice.records import (
    MOST_LOOKUPS,
    SHORT_KEY,
    Spf,
    ended,
    is_dmarc,
    is_spf,
    joined,
    key_bits,
    parse_spf,
    parse_tags,
    with_mechanism,
)
from pipeline.advice.sender import Sender


class What(StrEnum):
    SENDER = "sender"
    MX = "mx"
    SPF = "spf"
    DKIM = "dkim"
    DMARC = "dmarc"
    PTR = "ptr"


class State(StrEnum):
    GOOD = "good"
    MEND = "mend"  #: a person must do something
    UNSEEN = "unseen"  #: no answer, or nobody but the provider can know


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """To publish, in place of one of the same kind that stands there."""

    name: str
    kind: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    what: What
    state: State
    code: str  #: which sentence says it (`pipeline.advice.words`)
    values: dict[str, object] = field(default_factory=dict)  #: what stands in it
    found: str | None = None  #: the record as it stands
    publish: Record | None = None


def look(sender: Sender, dns: Dns) -> Iterator[Finding]:
    """At least one finding of each kind that is asked about. Never raises for what the DNS does."""
    yield from _sender(sender)
    for what, ask in ((What.MX, _mx), (What.SPF, _spf), (What.DKIM, _dkim), (What.DMARC, _dmarc)):
        yield from _seen(what, ask(sender, dns))
    if sender.own:
        yield from _seen(What.PTR, _ptr(sender, dns))


def _seen(what: What, findings: Iterator[Finding]) -> Iterator[Finding]:
    try:
        yield from findings
    except CouldNotLook as name:
        yield Finding(what=what, state=State.UNSEEN, code="could_not_look", values={"name": str(name)})


def _sender(sender: Sender) -> Iterator[Finding]:
    """Who logs in as another domain's mailbox is refused there, or signed for that other one."""
    if sender.user_domain and sender.preset and sender.user_domain != sender.domain:
        values: dict[str, object] = {"domain": sender.domain, "user": sender.user_domain}
        yield Finding(what=What.SENDER, state=State.MEND, code="sender_of_another", values=values)


def _mx(sender: Sender, dns: Dns) -> Iterator[Finding]:
    """A domain that takes no mail is refused by many, and answers of parents are lost."""
    hosts = dns.mx(sender.domain)
    values: dict[str, object] = {"domain": sender.domain}
    if "" in hosts:
        yield Finding(what=What.MX, state=State.MEND, code="mx_null", values=values)
    elif hosts or dns.addresses(sender.domain):
        yield Finding(what=What.MX, state=State.GOOD, code="mx_good", found=", ".join(hosts) or None)
    else:
        yield Finding(what=What.MX, state=State.MEND, code="mx_none", values=values)


# SPF (RFC 7208).


def _spf(sender: Sender, dns: Dns) -> Iterator[Finding]:
    records = sorted(text for text in dns.txt(sender.domain) if is_spf(text))
    if not records:
        value = with_mechanism("v=spf1", sender.mechanism) if sender.mechanism else None
        yield _mend_spf(sender, "spf_none" if value else "spf_none_ask", None, value)
    elif len(records) > 1:
        yield _mend_spf(sender, "spf_several", " / ".join(records), joined(records), number=len(records))
    else:
        yield from _one_spf(sender, dns, parse_spf(records[0]))


def _one_spf(sender: Sender, dns: Dns, spf: Spf) -> Iterator[Finding]:
    faults = []
    if spf.wrong:
        faults.append(_mend_spf(sender, "spf_wrong", spf.text, None, terms=" ".join(spf.wrong)))
    walk = _Walk(dns)
    walk.follow(spf)
    if walk.broken:
        faults.append(_mend_spf(sender, "spf_broken", spf.text, None, names=", ".join(walk.broken)))
    if walk.lookups > MOST_LOOKUPS:
        faults.append(_mend_spf(sender, "spf_lookups", spf.text, None, number=walk.lookups))
    faults += _spf_sources(sender, spf, walk)
    if spf.ending in ("+", "?") or (spf.ending is None and spf.redirect is None):
        faults.append(_mend_spf(sender, "spf_open", spf.text, ended(spf.text)))
    yield from faults or [
        Finding(
            what=What.SPF, state=State.GOOD, code="spf_good", values={"number": walk.lookups}, found=spf.text
        )
    ]


def _spf_sources(sender: Sender, spf: Spf, walk: _Walk) -> Iterator[Finding]:
    """Whether it lets the relay send. What names a server of one's own by number we cannot judge."""
    wanted = sender.mechanism
    if wanted is None:
        values: dict[str, object] = {"domain": sender.domain}
        yield Finding(what=What.SPF, state=State.UNSEEN, code="spf_ask", values=values, found=spf.text)
    elif not _lets_send(wanted, walk):
        yield _mend_spf(sender, "spf_lacks", spf.text, with_mechanism(spf.text, wanted), mechanism=wanted)


def _lets_send(wanted: str, walk: _Walk) -> bool:
    if wanted.startswith("include:"):
        return wanted.removeprefix("include:") in walk.reached
    return bool(walk.sources & {"a", "mx", "ip4", "ip6"})


def _mend_spf(sender: Sender, code: str, found: str | None, value: str | None, **values: object) -> Finding:
    publish = Record(name=sender.domain, kind="TXT", value=value) if value else None
    told = {"domain": sender.domain, **values}
    return Finding(what=What.SPF, state=State.MEND, code=code, values=told, found=found, publish=publish)


class _Walk:
    """Through all that a record includes, as whoever checks it must go."""

    def __init__(self, dns: Dns) -> None:
        self._dns = dns
        self.lookups = 0
        self.reached: set[str] = set()
        self.sources: set[str] = set()  #: kinds of mechanisms that stand anywhere
        self.broken: list[str] = []  #: included, and without a record: the whole then counts for nothing

    def follow(self, spf: Spf) -> None:
        self.lookups += spf.lookups
        self.sources |= {name for _, name, _ in spf.mechanisms}
        for name in spf.includes:
            # A macro differs for every mail; and what includes itself would never end.
            if "%" in name or name in self.reached or len(self.reached) > 2 * MOST_LOOKUPS:
                continue
            self.reached.add(name)
            records = [text for text in self._dns.txt(name) if is_spf(text)]
            if len(records) != 1:
                self.broken.append(name)
            else:
                self.follow(parse_spf(records[0]))


# DKIM (RFC 6376).


def _dkim(sender: Sender, dns: Dns) -> Iterator[Finding]:
    domain = sender.dkim_domain or sender.domain
    if domain != sender.domain and not sender.domain.endswith(f".{domain}"):
        values: dict[str, object] = {"domain": sender.domain, "signs": domain}
        yield Finding(what=What.DKIM, state=State.MEND, code="dkim_of_another", values=values)
        return
    if sender.dkim_record:
        yield _own_key(f"{sender.selectors[0]}._domainkey.{domain}", sender.dkim_record, dns)
        return
    if not sender.selectors:
        code = "dkim_ses" if sender.preset == "ses" else "dkim_ask"
        yield Finding(what=What.DKIM, state=State.UNSEEN, code=code, values={"domain": domain})
        return
    found = [key for selector in sender.selectors for key in _keys(f"{selector}._domainkey.{domain}", dns)]
    best = max(found, key=lambda each: each.state is State.GOOD, default=None)
    if best is None:
        names = ", ".join(f"{selector}._domainkey.{domain}" for selector in sender.selectors)
        code = f"dkim_none_{sender.preset}" if sender.preset in ("google", "microsoft365") else "dkim_none"
        values = {"names": names, "domain": domain}
        best = Finding(what=What.DKIM, state=State.MEND, code=code, values=values)
    yield best


def _own_key(name: str, record: str, dns: Dns) -> Finding:
    """What we sign with: any other key at that name makes every signature of ours a wrong one."""
    wanted = parse_tags(record)
    found = dns.txt(name)
    values: dict[str, object] = {"name": name, "bits": key_bits(wanted)}
    if any("".join(parse_tags(text).get("p", "").split()) == wanted["p"] for text in found):
        return Finding(what=What.DKIM, state=State.GOOD, code="dkim_good", values=values)
    publish = Record(name=name, kind="TXT", value=record)
    code = "dkim_own_other" if found else "dkim_own_none"
    return Finding(what=What.DKIM, state=State.MEND, code=code, values=values, publish=publish)


def _keys(name: str, dns: Dns) -> Iterator[Finding]:
    for text in dns.txt(name):
        bits = key_bits(parse_tags(text))
        code = "dkim_good"
        if bits is None or not bits:
            code = "dkim_unreadable" if bits is None else "dkim_withdrawn"
        elif bits < SHORT_KEY and bits != _ED25519:
            code = "dkim_short"
        state = State.GOOD if code == "dkim_good" else State.MEND
        values: dict[str, object] = {"name": name, "bits": bits}
        yield Finding(what=What.DKIM, state=state, code=code, values=values, found=f"{text[:60]}...")


_ED25519 = 256  #: bits of such a key, which is as good as a long one of the other kind


# DMARC (RFC 7489).


def _dmarc(sender: Sender, dns: Dns) -> Iterator[Finding]:
    name, records = _policy(sender.domain, dns)
    publish = Record(name=f"_dmarc.{sender.domain}", kind="TXT", value=_first_policy(sender))
    values: dict[str, object] = {"name": name, "domain": sender.domain}
    if not records:
        yield Finding(what=What.DMARC, state=State.MEND, code="dmarc_none", values=values, publish=publish)
        return
    tags, found = parse_tags(records[0]), " / ".join(records)
    policy = tags.get("p", "").lower()
    if name != f"_dmarc.{sender.domain}":
        policy = tags.get("sp", policy).lower()
    values |= {"policy": policy}
    if len(records) > 1 or policy not in ("none", "quarantine", "reject"):
        code = "dmarc_several" if len(records) > 1 else "dmarc_wrong"
        yield Finding(
            what=What.DMARC, state=State.MEND, code=code, values=values, found=found, publish=publish
        )
        return
    code = "dmarc_watching" if policy == "none" else "dmarc_good"
    yield Finding(what=What.DMARC, state=State.GOOD, code=code, values=values, found=found)


def _policy(domain: str, dns: Dns) -> tuple[str, list[str]]:
    """Of the domain itself, or of the nearest one above it that has any."""
    labels = domain.split(".")
    for start in range(max(len(labels) - 1, 1)):
        name = f"_dmarc.{'.'.join(labels[start:])}"
        if records := [text for text in dns.txt(name) if is_dmarc(text)]:
            return name, records
    return f"_dmarc.{domain}", []


def _first_policy(sender: Sender) -> str:
    return f"v=DMARC1; p=none; rua=mailto:{sender.reports}"


# The reverse name of a server of one's own.


def _ptr(sender: Sender, dns: Dns) -> Iterator[Finding]:
    if sender.own_host is None:
        yield Finding(what=What.PTR, state=State.UNSEEN, code="ptr_ask")
        return
    addresses = dns.addresses(sender.own_host)
    if not addresses:
        yield Finding(what=What.PTR, state=State.MEND, code="ptr_no_host", values={"host": sender.own_host})
    for address in addresses:
        yield _reverse(sender.own_host, address, dns)


def _reverse(host: str, address: str, dns: Dns) -> Finding:
    """A name that leads back to the address (forward-confirmed): what receivers look for."""
    names = dns.names(address)
    confirmed = next((name for name in names if _same(address, dns.addresses(name))), None)
    values: dict[str, object] = {"host": host, "address": address, "names": ", ".join(names)}
    if confirmed:
        return Finding(what=What.PTR, state=State.GOOD, code="ptr_good", values=values, found=confirmed)
    code = "ptr_unconfirmed" if names else "ptr_none"
    return Finding(what=What.PTR, state=State.MEND, code=code, values=values)


def _same(address: str, others: list[str]) -> bool:
    wanted = ipaddress.ip_address(address)
    return any(ipaddress.ip_address(other) == wanted for other in others)
