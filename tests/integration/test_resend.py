"""`weekbrief resend`: a person lets a held or doubtful mail go, under the same Message-ID."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import FRIDAY, Installation, child, mail, post, teacher
from tests.smtp_server import ThreadedServer


@pytest.fixture
def server() -> Iterator[ThreadedServer]:
    with ThreadedServer() as server:
        yield server


@pytest.fixture
def school(tmp_path: Path, server: ThreadedServer) -> Installation:
    """One newsletter sent, its one mail now as if it were in doubt."""
    made = Installation(folder=tmp_path / "school", relay=server.url)
    made.roster(child("p1", "groep 3", "g1"))
    made.staff(teacher("s1", "groep 3"), teacher("k1", "groep 3", role="class_parent"))
    made.posts(post("lezen"))
    made("run", "--at", FRIDAY)
    made.sql("UPDATE delivery SET state = 'in_doubt', doubts = 2")
    return made


def test_the_next_run_sends_it_once_more_under_the_same_message_id(
    school: Installation, server: ThreadedServer
) -> None:
    assert school.status()["held"] == 1
    school("resend", "g1", "--why", "de ouder heeft niets gekregen", "--by", "s1")
    assert school.status()["queued"] == 1
    school("run", "--at", FRIDAY)
    assert (school.status()["sent"], school.status()["closed"]) == (1, True)
    first, second = server.messages
    assert first.data == second.data
    assert mail(first.data)["Message-ID"] == mail(second.data)["Message-ID"]
    kept = school.sql("SELECT \"by\", why FROM decision WHERE what = 'resend'")
    assert kept == [("s1", "de ouder heeft niets gekregen")]


def test_what_a_decision_forbids_meanwhile_does_not_go(school: Installation, server: ThreadedServer) -> None:
    school("resend", "g1", "--why", "toch")
    school("withdraw", "lezen", "--why", "klopt niet")
    school("run", "--at", FRIDAY)
    assert len(server.messages) == 1
    assert school.status()["withheld"] == {"no_news": 1}


@pytest.mark.parametrize(
    "words",
    [
        ("g9", "--why", "x"),
        ("g1", "--why", "x", "--week", "2026-W01"),
        ("g1", "--why", "x", "--by", "k1"),
        ("g1",),
    ],
    ids=["nobody", "no such run", "a class parent", "no reason"],
)
def test_what_cannot_be_is_refused_and_changes_nothing(school: Installation, words: tuple[str, ...]) -> None:
    before = school.dump()
    school("resend", *words, expect=2)
    assert school.dump() == before


def test_a_mail_that_was_sent_is_not_sent_again(school: Installation) -> None:
    school.sql("UPDATE delivery SET state = 'sent'")
    assert "nothing to let go" in school("resend", "g1", "--why", "x", expect=2).err
