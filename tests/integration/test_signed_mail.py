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
