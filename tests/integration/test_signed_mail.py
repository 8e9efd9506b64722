"""What leaves a school that signs its mail: as a real server gets it, judged by dkimpy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dkim
import pytest

from tests.installation import (
    FRIDAY,
    SCHOOL,
    WEEK,
    Installation,
    answer,
    child,
    mail,
    photo,
    picture,
    post,
    teacher,
)
from tests.smtp_script import Received
from tests.smtp_server import ThreadedServer

NAME = "OBS De Zevensprong – École 🌈"
LONG = "woord" * 300


@pytest.fixture
def server() -> Iterator[ThreadedServer]:
    with ThreadedServer() as server:
        yield server
    assert server.faults == []


@pytest.fixture
def school(tmp_path: Path, server: ThreadedServer) -> Installation:
    told = {**SCHOOL, "name": NAME, "notices": {"time": "16:00"}}
    school = Installation(folder=tmp_path, relay=server.url, schools=(told,))
    said = school("dkim", "--new", tmp_path / "dkim.pem", "--selector", "wb2026")
    (tmp_path / "record.txt").write_text(said.out.partition("content  ")[2].partition("\n")[0])
    school.settings(dkim={"selector": "wb2026", "key_file": "dkim.pem"})
    school.roster(child("p1", "groep 3", "g1"), child("p2", "groep 3", "g2", parent_name="Łucja Öz"))
    school.staff(teacher("s1", "groep 3"))
    school.consents(answer("p1", "g1"))
    school.write("posts/bos.jpg", picture())
    body = f".\n\n..punten vooraan\n\nFrom hier\n\n{LONG}"
    school.posts(
        post("bos", "groep 3", body, photo("bos.jpg", ["p1"]), title="Üben – ‘Żółw’ 🐢"),
        post("wie", "groep 3", "Wie staat erop?", photo("bos.jpg", None)),
        expect=1,
    )
    return school


def is_valid(folder: Path, received: Received) -> bool:
    public = (folder / "record.txt").read_bytes()
    verdict: bool = dkim.verify(received.data, dnsfunc=lambda name, timeout=5: public)
    return verdict


def test_every_mail_is_signed_those_to_staff_too_and_alike_on_every_attempt(
    school: Installation, server: ThreadedServer, tmp_path: Path
) -> None:
    school("run", "--at", FRIDAY, expect=None)
    received = server.messages
    assert {each.recipient.partition("@")[2] for each in received} == {"ouders.example", "regenboog.example"}
    assert [each.recipient for each in received if not is_valid(tmp_path, each)] == []
    (first,) = (each for each in received if each.recipient == "g1@ouders.example")
    signature = str(mail(first.data)["DKIM-Signature"])
    for name in ("List-Unsubscribe", "From", "Subject", "Date", "List-Id"):
        assert name in signature
    assert b"image/jpeg" in first.data
    school("preview", "g1", "--week", WEEK, "--out", tmp_path / "again")  # made anew, as an attempt makes it
    assert (tmp_path / "again" / "g1.eml").read_bytes() == first.data


def test_the_command_shows_the_same_record_again_and_writes_over_no_key(tmp_path: Path) -> None:
    school = Installation(folder=tmp_path, relay="file://mails")
    assert "weekbrief dkim --new" in school("dkim", expect=2).err
    key = tmp_path / "dkim.pem"
    told = school("dkim", "--new", key, "--selector", "WB1").out
    assert "wb1._domainkey.regenboog.example" in told
    assert 'dkim = { selector = "wb1", key_file = "dkim.pem" }' in told
    before = key.read_bytes()
    assert "stands already" in school("dkim", "--new", key, expect=2).err
    assert "no selector" in school("dkim", "--new", tmp_path / "b.pem", "--selector", "a b", expect=2).err
    assert key.read_bytes() == before
    school.settings(dkim={"selector": "wb1", "key_file": "dkim.pem"})
    (record,) = (line for line in told.splitlines() if "content" in line)
    assert record in school("dkim").out


def test_a_key_that_cannot_sign_stops_the_mail_and_loses_none(tmp_path: Path) -> None:
    school = Installation(folder=tmp_path, relay="file://mails")
    school.roster(child("p1", "groep 3", "g1"))
    school.staff(teacher("s1", "groep 3"))
    school.posts(post("bos"))
    key = tmp_path / "dkim.pem"
    key.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    key.chmod(0o600)
    school.settings(dkim={"selector": "wb1", "key_file": "dkim.pem"})
    assert "dkim.pem" in school("run", "--at", FRIDAY, expect=2).err
    assert school("lint", expect=2).out.startswith(f"error: {key}")
    assert not (tmp_path / "mails").exists()
    key.unlink()
    school.settings()
    school("dkim", "--new", key)
    school.settings(dkim={"selector": "wb1", "key_file": "dkim.pem"})
    school("run", "--at", FRIDAY)
    assert [path.suffix for path in (tmp_path / "media" / "look").iterdir()] == [".signs"]
    (sent,) = (tmp_path / "mails").rglob("*.eml")
    assert sent.read_bytes().startswith(b"DKIM-Signature: v=1;")
