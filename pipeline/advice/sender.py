"""What mail of one school goes out as: its domain, and what is known of the relay that it goes over."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.mime_headers import ascii_domain
from pipeline.relay.presets import Preset, habits
from pipeline.relay.settings import RelaySettings, Server, is_loopback, parse_url
from pipeline.settings import SchoolSettings

_HOSTS = {
    Preset.GOOGLE: re.compile(r"smtp(-relay)?\.g(oogle)?mail\.com"),
    Preset.MICROSOFT365: re.compile(r"smtp(-[a-z]+)?\.office365\.com|.*\.mail\.protection\.outlook\.com"),
    Preset.SES: re.compile(r"email-smtp(-fips)?\.[a-z0-9-]+\.amazonaws\.com"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    domain: str  #: of the sender's address, as the DNS has it
    reports: str  #: who should get what receivers report
    preset: Preset | None  #: as it was told, or as the relay's name shows
    user_domain: str | None = None  #: of the mailbox that logs in; None: none does, or it is no address
    own_host: str | None = (
        None  #: name of a mail server of one's own that delivers; None: another's, or unknown
    )
    own: bool = False  #: a mail server of one's own delivers
    selectors: tuple[str, ...] = ()  #: under which a DKIM key may stand
    dkim_domain: str | None = None  #: that mail is signed for, where it is signed here
    dkim_record: str | None = None  #: what must stand there then

    @property
    def mechanism(self) -> str | None:
        """What the sender's SPF must let send; None: only the provider knows."""
        if include := habits(self.preset).include:
            return f"include:{include}"
        return (f"a:{self.own_host}" if self.own_host else "mx") if self.own else None


def sender_of(school: SchoolSettings, relay: RelaySettings, dkim_record: str | None = None) -> Sender:
    """``dkim_record``: of the key with which we sign this school's mail ourselves."""
    target = parse_url(relay.url, base=Path("/"))
    server = target if isinstance(target, Server) else None
    preset = relay.preset or (_preset(server.host) if server else None)
    here = server is not None and is_loopback(server.host)
    own = preset is Preset.POSTFIX or here
    user = server.user if server else None
    return Sender(
        domain=_domain(school.sender),
        reports=school.management[0],
        preset=preset,
        user_domain=_domain(user) if user and "@" in user else None,
        own_host=(relay.helo if here or server is None else server.host) if own else None,
        own=own,
        selectors=(school.dkim.selector,) if school.dkim else habits(preset).selectors,
        dkim_domain=school.dkim.domain if school.dkim else None,
        dkim_record=dkim_record,
    )


def _preset(host: str) -> Preset | None:
    return next((preset for preset, known in _HOSTS.items() if known.fullmatch(host.lower())), None)


def _domain(address: str) -> str:
    return ascii_domain(address).rpartition("@")[2].lower()
