"""What the DNS may say of a sender, and what is asked for then; on zones in memory."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pipeline import settings
from pipeline.advice.look import Finding, State, What, look
from pipeline.advice.lookups import CouldNotLook
from pipeline.advice.sender import Sender, sender_of
from pipeline.advice.words import language_of, lines, sentence
from pipeline.relay.presets import Preset
from pipeline.relay.settings import RelaySettings

DOMAIN = "regenboog.example"
Zone = Mapping[tuple[str, str], Sequence[str]]


@dataclass
class Memory:
    """`pipeline.advice.lookups.Dns` on a zone."""

    zone: Zone
    failing: Sequence[str] = ()
    asked: list[str] = field(default_factory=list)

    def _ask(self, name: str, kind: str) -> list[str]:
        self.asked.append(name)
        if name in self.failing:
            raise CouldNotLook(name)
        return list(self.zone.get((name, kind), ()))

    def txt(self, name: str) -> list[str]:
        return self._ask(name, "TXT")

    def mx(self, name: str) -> list[str]:
        return self._ask(name, "MX")

    def addresses(self, name: str) -> list[str]:
        return self._ask(name, "A")

    def names(self, address: str) -> list[str]:
        return self._ask(address, "PTR")


@cache
def key(bits: int) -> str:
    """A DKIM record; short keys are of no use and made of any number."""
    public = (
        generate_private_key(65537, bits).public_key()
        if bits >= 1024
        else RSAPublicNumbers(65537, (1 << bits - 1) + 1).public_key()
    )
    told = b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    return f"v=DKIM1; k=rsa; p={told}"


GOOGLE = Sender(
    domain=DOMAIN,
    reports="directie@regenboog.example",
    preset=Preset.GOOGLE,
    user_domain=DOMAIN,
    selectors=("google",),
)
KEY, POLICY = f"google._domainkey.{DOMAIN}", f"_dmarc.{DOMAIN}"


def zone(**changed: Sequence[str]) -> dict[tuple[str, str], Sequence[str]]:
    """All in order, but for ``mx``, ``spf``, ``dkim`` or ``dmarc``."""
    return {
        (DOMAIN, "MX"): changed.get("mx", ["smtp.google.com"]),
        (DOMAIN, "TXT"): ["google-site-verification=x", *changed.get("spf", [f"v=spf1 {INCLUDE} ~all"])],
        ("_spf.google.com", "TXT"): ["v=spf1 ip4:192.0.2.0/24 ~all"],
        (KEY, "TXT"): changed.get("dkim", [key(1024)]),
        (POLICY, "TXT"): changed.get("dmarc", ["v=DMARC1; p=quarantine; rua=mailto:a@b.example"]),
    }


INCLUDE = "include:_spf.google.com"


def seen(found: Zone, sender: Sender = GOOGLE, **more: Any) -> list[Finding]:
    return list(look(sender, Memory(found, **more)))


def mended(findings: Sequence[Finding]) -> list[str]:
    return [finding.code for finding in findings if finding.state is State.MEND]


def test_all_in_order() -> None:
    found = seen(zone())
    assert {finding.what: finding.state for finding in found} == dict.fromkeys(
        (What.MX, What.SPF, What.DKIM, What.DMARC), State.GOOD
    )


SPF: Mapping[str, tuple[list[str], list[str], str | None]] = {
    "none": ([], ["spf_none"], f"v=spf1 {INCLUDE} ~all"),
    "lacks": (["v=spf1 mx -all"], ["spf_lacks"], f"v=spf1 mx {INCLUDE} -all"),
    "two": (["v=spf1 mx -all", f"v=spf1 {INCLUDE} ~all"], ["spf_several"], f"v=spf1 {INCLUDE} mx ~all"),
    "open": ([f"v=spf1 {INCLUDE} +all"], ["spf_open"], f"v=spf1 {INCLUDE} ~all"),
    "undecided": ([f"v=spf1 {INCLUDE} ?all"], ["spf_open"], f"v=spf1 {INCLUDE} ~all"),
    "endless": ([f"v=spf1 {INCLUDE}"], ["spf_open"], f"v=spf1 {INCLUDE} ~all"),
    "misspelled": ([f"v=spf1 {INCLUDE} inclde:x ~all"], ["spf_wrong"], None),
    "broken": ([f"v=spf1 {INCLUDE} include:gone.example ~all"], ["spf_broken"], None),
    "itself": ([f"v=spf1 {INCLUDE} include:{DOMAIN} ~all"], [], None),
    "redirected": (["v=spf1 redirect=_spf.google.com"], [], None),
    "capitals": (["V=SPF1 Include:_SPF.google.com ~ALL"], [], None),
    "with a macro": ([f"v=spf1 {INCLUDE} include:%{{ir}}.x.example ~all"], [], None),
    "costly": ([f"v=spf1 {INCLUDE} {' '.join(['a:x.example'] * 10)} ~all"], ["spf_lookups"], None),
    "just not too costly": ([f"v=spf1 {INCLUDE} {' '.join(['a:x.example'] * 9)} -all"], [], None),
}


@pytest.mark.parametrize("name", SPF)
def test_spf(name: str) -> None:
    records, codes, publish = SPF[name]
    found = [finding for finding in seen(zone(spf=records)) if finding.what is What.SPF]
    assert mended(found) == codes
    assert [finding.publish.value for finding in found if finding.publish] == [publish] * (
        publish is not None
    )


def test_what_is_included_by_what_is_included_counts_too() -> None:
    """A school whose DNS keeps one record for all its senders."""
    more = {("_s.x.example", "TXT"): [f"v=spf1 {INCLUDE} {' '.join(['mx'] * 8)} ~all"]}
    own = ["v=spf1 include:_s.x.example ~all"]
    assert mended(seen({**zone(spf=own), **more})) == []
    assert mended(seen({**zone(spf=["v=spf1 include:_s.x.example a ~all"]), **more})) == ["spf_lookups"]


MENDED: Mapping[str, dict[str, list[str]]] = {
    "mx_null": {"mx": [""]},
    "mx_none": {"mx": []},
    "dkim_none_google": {"dkim": []},
    "dkim_withdrawn": {"dkim": ["v=DKIM1; p="]},
    "dkim_unreadable": {"dkim": ["v=DKIM1; p=AAAA"]},
    "dkim_short": {"dkim": [key(512)]},
    "dmarc_none": {"dmarc": ["v=DMARC2; p=none"]},
    "dmarc_wrong": {"dmarc": ["v=DMARC1; rua=mailto:x@y.example"]},
    "dmarc_several": {"dmarc": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]},
}


@pytest.mark.parametrize("code", MENDED)
def test_what_needs_a_person(code: str) -> None:
    found = seen(zone(**MENDED[code]))
    assert mended(found) == [code]
    if code.startswith("dmarc"):
        [publish] = [finding.publish for finding in found if finding.publish]
        assert (publish.name, publish.kind) == (POLICY, "TXT")
        assert publish.value == "v=DMARC1; p=none; rua=mailto:directie@regenboog.example"


def test_one_good_key_among_several_is_enough_and_ed25519_is_one() -> None:
    good = b64encode(bytes(32)).decode()
    assert mended(seen(zone(dkim=["v=DKIM1; p=", f"v=DKIM1; k=ed25519; p={good}"]))) == []


def test_a_domain_without_mx_that_has_an_address_takes_mail() -> None:
    """RFC 5321 section 5.1."""
    assert mended(seen({**zone(mx=[]), (DOMAIN, "A"): ["192.0.2.1"]})) == []


def test_the_policy_of_the_domain_above_counts_by_what_it_says_of_those_below() -> None:
    sender = Sender(domain=f"school.{DOMAIN}", reports="x@y.example", preset=None)
    found = {finding.what: finding for finding in seen(zone(dmarc=["v=DMARC1; p=reject; sp=none"]), sender)}
    assert found[What.DMARC].code == "dmarc_watching"
    assert "p=quarantine" in sentence(found[What.DMARC], "en")


HOST = "mail.regenboog.example"
OWN = Sender(
    domain=DOMAIN,
    reports="x@y.example",
    preset=Preset.POSTFIX,
    own_host=HOST,
    own=True,
    selectors=("google",),
)
REVERSE: Mapping[str, Zone] = {
    "ptr_good": {(HOST, "A"): ["192.0.2.7"], ("192.0.2.7", "PTR"): [HOST]},
    "ptr_none": {(HOST, "A"): ["192.0.2.7"]},
    "ptr_unconfirmed": {
        (HOST, "A"): ["192.0.2.7"],
        ("192.0.2.7", "PTR"): ["host7.provider.example"],
        ("host7.provider.example", "A"): ["192.0.2.8"],
    },
    "ptr_no_host": {},
}


@pytest.mark.parametrize("code", REVERSE)
def test_the_reverse_name_of_a_mail_server_of_ones_own(code: str) -> None:
    found = seen({**zone(spf=["v=spf1 a:mail.regenboog.example -all"]), **REVERSE[code]}, OWN)
    assert [finding.code for finding in found if finding.what is What.PTR] == [code]
    assert mended(found) == [code] * (code != "ptr_good")


def test_the_key_that_we_sign_with_must_be_the_one_that_stands_there() -> None:
    ours = replace(GOOGLE, selectors=("wb1",), dkim_record=key(1024), dkim_domain=DOMAIN)
    there = {**zone(), (f"wb1._domainkey.{DOMAIN}", "TXT"): [key(1024).replace("p=", "p= ")]}
    assert mended(seen(there, ours)) == []
    for stands, code in (([], "dkim_own_none"), ([key(512)], "dkim_own_other")):
        found = seen({**there, (f"wb1._domainkey.{DOMAIN}", "TXT"): stands}, ours)
        assert mended(found) == [code]
        [publish] = [finding.publish for finding in found if finding.publish]
        assert (publish.name, publish.value) == (f"wb1._domainkey.{DOMAIN}", key(1024))


def test_mail_that_is_signed_for_another_domain_does_not_count() -> None:
    signed = Sender(
        domain=DOMAIN, reports="x@y.example", preset=None, selectors=("s",), dkim_domain="x.example"
    )
    assert "dkim_of_another" in mended(seen(zone(), signed))


def test_a_name_without_an_answer_hides_nothing_else() -> None:
    found = seen(zone(dmarc=[]), failing=[DOMAIN])
    assert [(finding.what, finding.state) for finding in found] == [
        (What.MX, State.UNSEEN),
        (What.SPF, State.UNSEEN),
        (What.DKIM, State.GOOD),
        (What.DMARC, State.MEND),
    ]


SENDERS = {
    "smtp+starttls://nieuws%40regenboog.example@smtp.gmail.com": (Preset.GOOGLE, INCLUDE),
    "smtps://smtp-relay.gmail.com": (Preset.GOOGLE, INCLUDE),
    "smtp+starttls://x@smtp.office365.com": (Preset.MICROSOFT365, "include:spf.protection.outlook.com"),
    "smtp+starttls://AK@email-smtp.eu-west-1.amazonaws.com": (Preset.SES, "include:amazonses.com"),
    "smtp://localhost:25": (None, "mx"),
    "smtps://x@mail.provider.example": (None, None),
    "file://mails": (None, None),
}


@pytest.mark.parametrize("url", SENDERS)
def test_a_provider_is_known_by_its_address(tmp_path: Path, url: str) -> None:
    file = tmp_path / "schedules.toml"
    file.write_text(settings.starter(), "utf-8")
    [school] = settings.load(file, {}).schools
    sender = sender_of(school, RelaySettings(url=url))
    assert (sender.preset, sender.mechanism) == SENDERS[url]
    assert mended(seen({}, sender)) != []


def test_every_finding_is_said_in_both_languages() -> None:
    from pipeline.advice import words

    english, dutch = words._SENTENCES["en"], words._SENTENCES["nl"]
    assert english.keys() == dutch.keys()
    source = Path(words.__file__).with_name("look.py").read_text("utf-8")
    assert [code for code in english if f'"{code}"' not in source and not code.startswith("dkim_none_")] == []
    for each in [*seen(zone(spf=[], dmarc=[], dkim=[], mx=[])), *seen({}, OWN)]:
        for language in ("nl", "tr"):
            assert all("%(" not in line for line in lines(each, language_of(language)))
