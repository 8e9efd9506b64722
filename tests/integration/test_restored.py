"""After a backup was put back nothing goes until a person has looked; a late newsletter waits for one too."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import FRIDAY, NEXT_FRIDAY, WEEK, Installation, child, post, teacher
from tests.smtp_server import Phase, ThreadedServer, refuse

LATE = "2026-11-23T16:00"


@pytest.fixture
def server() -> Iterator[ThreadedServer]:
    with ThreadedServer() as server:
        yield server
        assert server.faults == []


def made(folder: Path, server: ThreadedServer) -> Installation:
    school = Installation(folder=folder / "school", relay=server.url)
    school.roster(child("p1", "groep 3", "g1"), child("p1", "groep 3", "g2"))
    school.staff(teacher("s1", "groep 3"), teacher("kp", "groep 3", role="class_parent"))
    return school


def test_a_database_put_back_sends_nothing_until_the_school_confirms(
    tmp_path: Path, server: ThreadedServer
) -> None:
    school = made(tmp_path, server)
    school.posts(post("bos"))
    backup = shutil.copy(school.folder / "weekbrief.db", tmp_path)
    school("run", "--at", FRIDAY)
    assert len(server.messages) == 2
    shutil.copy(backup, school.folder / "weekbrief.db")
    said = school("run", "--at", FRIDAY, expect=1)
    assert "weekbrief confirm" in said.err
    assert school("status", "--json").json["needs"][0]["what"] == "backup_restored"
    before = school.dump()
    assert "class parent" in school("confirm", "--why", "ja", "--by", "kp", expect=2).err
    assert school.dump() == before
    school("run", "--at", FRIDAY, expect=1)
    assert len(server.messages) == 2
    school("confirm", "--why", "alles nagekeken", "--by", "s1")
    school("run", "--at", FRIDAY)
    assert len(server.messages) == 4


def test_a_late_newsletter_with_nothing_in_it_asks_nobody_to_release_it(
    tmp_path: Path, server: ThreadedServer
) -> None:
    school = made(tmp_path, server)
    school("run", "--at", LATE)
    assert school.status()["withheld"] == {"no_news": 2}
    assert school("status", "--json").json["needs"] == []


def test_what_failed_of_a_late_newsletter_is_shown_beside_what_waits(tmp_path: Path) -> None:
    with ThreadedServer([refuse(Phase.RCPT, "550 5.1.1 no such mailbox", times=1)]) as server:
        school = made(tmp_path, server)
        school.posts(post("bos"))
        school("run", "--at", LATE, expect=1)
        school("resend", "g1", "--why", "deze mag al")
        school("run", "--at", LATE, expect=1)
        needs = school("status", "--json").json["needs"]
        assert [(need["what"], need.get("parent")) for need in needs] == [
            ("newsletter_held", None),
            ("refused", "g1"),
        ]
        school("release", WEEK, "--why", "toch nog")
        school("run", "--at", LATE, expect=1)
        school("release", WEEK, "--why", "nog eens", expect=2)
        school("run", "--at", NEXT_FRIDAY)
        assert [mail.recipients[0][:2] for mail in server.messages] == ["g2", "g1"]
