"""``weekbrief relay test``: what it shows of a relay, the one mail it sends, and how it ends."""

from __future__ import annotations

import json
import re
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dkim
import pytest

from pipeline import settings
from tests.dns_server import DnsServer
from tests.installation import Installation, mail, text_of
from tests.smtp_server import Offers, Phase, ThreadedServer, make_tls, refuse

USER, PASSWORD, ME = "nieuws@regenboog.example", "geheim", "ik@regenboog.example"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    return make_tls(tmp_path_factory.mktemp("tls"))


def secured(folder: Path, server: ThreadedServer, ca_file: Path, **more: Any) -> Installation:
    url = f"smtp+starttls://localhost:{server.port}"
    told = {"user": USER, "ca_file": str(ca_file), **more}
    environ = {"WEEKBRIEF_SMTP_PASSWORD": PASSWORD}
    return Installation(folder=folder, relay=url, relay_settings=told, environ=environ)


def test_it_shows_the_session_and_sends_one_mail_to_oneself(
    tmp_path: Path, tls: tuple[ssl.SSLContext, Path]
) -> None:
    offers = Offers(auth=("PLAIN",), size=35_000_000)
    with ThreadedServer(tls=tls[0], users={USER: PASSWORD}, offers=offers) as server:
        told = secured(tmp_path, server, tls[1], preset="google", per_day=100, reserve=10)
        shown = told("relay", "test", "--json").json
        assert server.messages == [], "nobody was named"
        said = told("relay", "test", "--to", ME)
        [sent] = server.messages
        assert server.faults == []
    assert shown["connected"]
    assert shown["tls"]["version"].startswith("TLSv1.")
    assert "trustme" in shown["tls"]["issuer"]
    assert datetime.fromisoformat(shown["tls"]["until"]) > datetime.now(UTC) + timedelta(days=30)
    assert (shown["login"], shown["max_size"], shown["mail"]) == ("plain", 35_000_000, None)
    assert "PIPELINING" in shown["extensions"]
    assert shown["limits"] == {
        "connections": 4,
        "per_minute": 120,
        "per_day": 100,
        "reserve": 10,
        "used_today": 0,
    }
    for words in (
        "TLSv1.",
        "login: plain",
        "35.0 MB",
        "100 a day (10 kept for urgent mail)",
        "was taken: 250",
    ):
        assert words in said.out
    assert PASSWORD not in said.out + said.err + str(shown)
    assert (sent.sender, sent.recipient) == (USER, ME)
    message = mail(sent.data)
    assert (message["To"], message["From"]) == (ME, "KBS de Regenboog <nieuws@regenboog.example>")
    assert "proefmail" in text_of(message)
    assert told("status", "--json").json["relay"]["used_today"] == 1


def test_a_wrong_password_is_a_matter_of_settings(tmp_path: Path, tls: tuple[ssl.SSLContext, Path]) -> None:
    with ThreadedServer(tls=tls[0], users={USER: "x"}, offers=Offers(auth=("PLAIN",))) as server:
        said = secured(tmp_path, server, tls[1])("relay", "test", "--to", ME, expect=2)
        assert server.messages == []
    assert "refused the login: 535" in said.out
    assert PASSWORD not in said.out + said.err


def test_a_relay_that_is_away_is_tried_again_later_and_nobodys_mail_waits_longer(tmp_path: Path) -> None:
    with ThreadedServer() as server:
        server.deaf()
        told = Installation(folder=tmp_path, relay=server.url)
        shown = told("relay", "test", "--json", expect=75).json
    assert not shown["connected"]
    assert "cannot reach" in shown["trouble"]
    assert told("status", "--json").json["relay"]["next_try_at"] is None


ANSWERS = {
    "550 5.1.1 no such mailbox": (1, "was refused: 550 5.1.1 no such mailbox"),
    "451 4.3.0 later": (75, "was put off: 451 4.3.0 later"),
    "550 5.4.5 Daily user sending limit exceeded": (75, "was put off: 550 5.4.5 Daily"),
}


@pytest.mark.parametrize("reply", ANSWERS)
def test_the_relays_answer_is_said(tmp_path: Path, reply: str) -> None:
    status, words = ANSWERS[reply]
    with ThreadedServer([refuse(Phase.RCPT, reply)]) as server:
        told = Installation(folder=tmp_path, relay=server.url)
        assert words in told("relay", "test", "--to", ME, expect=status).out


def test_a_day_without_room_has_none_for_a_test(tmp_path: Path) -> None:
    with ThreadedServer() as server:
        told = Installation(folder=tmp_path, relay=server.url, relay_settings={"per_day": 1})
        told("relay", "test", "--to", ME)
        said = told("relay", "test", "--to", ME, expect=75)
        assert len(server.messages) == 1
    assert "no mail was sent" in said.out


def test_a_mail_that_is_taken_ends_a_relays_rest(tmp_path: Path) -> None:
    with ThreadedServer() as server:
        told = Installation(folder=tmp_path, relay=server.url)
        told("relay", "test")
        told.sql(
            "UPDATE relay SET failures = 3, next_try_at = :at, trouble = 'full'", at=4_000_000_000_000_000
        )
        told("relay", "test", "--to", ME)
    assert told("status", "--json").json["relay"]["trouble"] is None


def test_a_folder_gets_a_file_and_says_that_nothing_is_sent(tmp_path: Path) -> None:
    told = Installation(folder=tmp_path, relay="file://mails")
    said = told("relay", "test", "--to", ME)
    assert "nothing is sent" in said.out
    [file] = (tmp_path / "mails").glob("*.eml")
    assert mail(file.read_bytes())["To"] == ME


def test_one_of_several_is_named_and_uses_a_school_of_its_own(tmp_path: Path) -> None:
    with ThreadedServer() as one, ThreadedServer() as other:
        told = Installation(folder=tmp_path, relay=one.url, top={"relays": {"eigen": {"url": other.url}}})
        told("relay", "test", "--to", ME, "eigen")
        assert (len(one.messages), len(other.messages)) == (0, 1)
    said = told("relay", "test", "ander", expect=2)
    assert "there is no relay 'ander'; there are: eigen" in said.err


def test_an_address_that_is_none_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    with ThreadedServer() as server:
        told = Installation(folder=tmp_path, relay=server.url)
        for wrong in ("juf", "a@x.example>\r\nRCPT TO:<b@x.example", "Juf <juf@x.example>"):
            told("relay", "test", "--to", wrong, expect=2)
        assert server.server.connections == 0


def documented(number: int) -> dict[str, Any]:
    text = (Path(__file__).resolve().parents[2] / "docs" / "relays.md").read_text("utf-8")
    found: dict[str, Any] = json.loads(re.findall(r"^```json\n(.*?)^```", text, re.M | re.S)[number])
    return found


def test_the_docs_show_what_comes(tmp_path: Path) -> None:
    with ThreadedServer() as server:
        told = Installation(folder=tmp_path, relay=server.url)
        shown = told("relay", "test", "--to", ME, "--json").json
    trial = documented(0)
    for part in ("limits", "mail"):
        assert list(shown[part]) == list(trial[part])
    assert list(shown) == list(trial)
    with DnsServer({}) as dns:
        [school] = told("check", "--dns", dns.address, "--json", expect=1).json["schools"]
    [example] = documented(1)["schools"]
    assert list(school) == list(example)
    assert list(school["items"][-1]) == list(example["items"][0])
    assert list(school["items"][-2]["publish"] or school["items"][-1]["publish"]) == list(
        example["items"][0]["publish"]
    )


def test_the_settings_that_the_docs_give_for_each_provider_are_taken(tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "relays.md").read_text("utf-8")
    school = settings.starter().partition("\n[[school]]")[2]
    blocks = re.findall(r"^```toml\n(.*?)^```", text, re.M | re.S)
    for block in blocks:
        file = tmp_path / "schedules.toml"
        file.write_text(f"{block}[[school]]{school}", "utf-8")
        settings.load(file, {})
    assert len(blocks) == 5


def test_it_is_signed_as_the_newsletter_is_and_check_looks_for_that_very_key(tmp_path: Path) -> None:
    with ThreadedServer() as server:
        told = Installation(folder=tmp_path, relay=server.url)
        told("dkim", "--new", tmp_path / "dkim.pem")
        told.settings(dkim={"selector": "wb1", "key_file": "dkim.pem"})
        told("relay", "test", "--to", ME)
        content = told("dkim").out.partition("content  ")[2].splitlines()[0]
        [sent] = server.messages
    name = "wb1._domainkey.regenboog.example"
    zone = f'"{content[:200]}" "{content[200:]}"'

    def published(asked: bytes, **_: object) -> bytes | None:
        return content.encode() if asked.decode().rstrip(".") == name else None

    assert dkim.verify(sent.data, dnsfunc=published)
    with DnsServer({(name, "TXT"): [zone]}) as dns:
        found = told("check", "--dns", dns.address, "--json", expect=1).json["schools"][0]["items"]
    assert {item["what"]: item["state"] for item in found}["dkim"] == "good"
