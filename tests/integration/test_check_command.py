"""``weekbrief check`` asks a real DNS server, and ends soon where none answers."""

from __future__ import annotations

import socket
import time
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pipeline.advice.lookups import CouldNotLook, Resolver
from tests.dns_server import DnsServer, reverse
from tests.installation import SCHOOL, Installation

DOMAIN, HOST = "regenboog.example", "mail.regenboog.example"


def key() -> str:
    """In two strings, as every key of this length stands in the DNS."""
    public = generate_private_key(65537, 2048).public_key()
    told = b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    return f'"v=DKIM1; k=rsa; p={told[:200]}" "{told[200:]}"'


ZONE = {
    (DOMAIN, "MX"): ["20 later.example.", "1 smtp.google.com."],
    (DOMAIN, "TXT"): ['"google-site-verification=x"', '"v=spf1 include:_spf.google.com ~all"'],
    ("_spf.google.com", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 ~all"'],
    (f"google._domainkey.{DOMAIN}", "TXT"): [key()],
    (f"_dmarc.{DOMAIN}", "TXT"): ['"v=DMARC1; p=quarantine; rua=mailto:a@regenboog.example"'],
    (HOST, "A"): ["192.0.2.7"],
    (reverse("192.0.2.7"), "PTR"): [f"{HOST.upper()}."],
}


def test_what_is_found_is_told_in_words_and_as_json(tmp_path: Path) -> None:
    told = Installation(folder=tmp_path, relay="smtp+starttls://nieuws%40regenboog.example@smtp.gmail.com")
    with DnsServer(ZONE) as server:
        said = told("check", "--dns", server.address)
        document = told("check", "--dns", server.address, "--json").json
    assert said.out.count("in orde") == 4
    [school] = document["schools"]
    assert {item["what"]: item["found"] for item in school["items"]}["mx"] == "smtp.google.com, later.example"


def test_who_has_something_to_do_is_told_what_to_publish(tmp_path: Path) -> None:
    """In the school's language, for every school, and as exit status 1."""
    other = {**SCHOOL, "id": "zon", "sender": "nieuws@zon.example", "language": "en"}
    told = Installation(
        folder=tmp_path,
        relay="smtp://localhost:25",
        schools=[SCHOOL, other],
        relay_settings={"helo": HOST},
    )
    with DnsServer({**ZONE, (f"_dmarc.{DOMAIN}", "TXT"): []}, failing=["_dmarc.zon.example"]) as server:
        said = told("check", "--dns", server.address, expect=1).out
        told("check", "--dns", server.address, "--school", "nergens", expect=2)
    assert f'_dmarc.{DOMAIN} TXT "v=DMARC1; p=none; rua=mailto:directie@regenboog.example"' in said
    assert "PTR    in orde" in said
    assert f'zon.example TXT "v=spf1 a:{HOST} ~all"' in said
    assert "DMARC  not seen: no answer from the DNS about _dmarc.zon.example" in said


def test_what_could_not_be_seen_is_no_fault(tmp_path: Path) -> None:
    told = Installation(folder=tmp_path, relay="file://mails")
    with DnsServer({}, failing=[DOMAIN, f"_dmarc.{DOMAIN}"]) as server:
        said = told("check", "--dns", server.address)
    assert said.out.count("geen antwoord van de DNS") == 3, "of MX, SPF and DMARC; DKIM has no name to ask"


def test_silence_ends_soon_however_much_there_is_to_ask() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        resolver = Resolver(("127.0.0.1", deaf.getsockname()[1]), patience=0.1, silence=0.2)
        begun = time.monotonic()
        for number in range(50):
            with pytest.raises(CouldNotLook):
                resolver.txt(f"x{number}.example")
        assert time.monotonic() - begun < 5


def test_a_resolver_that_knows_nothing_of_the_world_is_not_believed() -> None:
    """As behind a wall: it says of every name that there is none, the root among them."""
    for zone, seen in (({}, False), ({("", "NS"): ["a.root-servers.example."]}, True)):
        with DnsServer({**zone, (DOMAIN, "A"): ["192.0.2.1"]}) as server:
            resolver = Resolver(("127.0.0.1", server.port))
            resolver._knows = None  # as this machine's own
            if seen:
                assert resolver.addresses(DOMAIN) == ["192.0.2.1"]
                assert resolver.txt("nowhere.example") == []
            else:
                with pytest.raises(CouldNotLook):
                    resolver.txt("nowhere.example")


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".example", ".".join(["y" * 60] * 5)])
def test_a_name_that_is_none_is_not_asked(name: str) -> None:
    with pytest.raises(CouldNotLook):
        Resolver(("127.0.0.1", 9)).txt(name)


def test_a_server_that_is_none_is_refused(tmp_path: Path) -> None:
    told = Installation(folder=tmp_path, relay="file://mails")
    for server in ("dns.example", "127.0.0.1:x", "127.0.0.1:0x35", "127.0.0.1:70000", "[::1"):
        assert "write 192.0.2.1" in told("check", "--dns", server, expect=2).err
