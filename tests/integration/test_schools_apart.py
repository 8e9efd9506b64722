"""A fault with one school keeps no other school from its newsletter."""

from __future__ import annotations

from pathlib import Path

from tests.installation import FRIDAY, SCHOOL, Installation, child, post, teacher

OTHER = {**SCHOOL, "id": "horizon", "name": "OBS Horizon", "sender": "nieuws@horizon.example"}


def test_the_second_school_is_served_when_the_first_cannot_be(tmp_path: Path) -> None:
    both = Installation(folder=tmp_path / "two", relay="file://mails", schools=(SCHOOL, OTHER))
    for school in ("regenboog", "horizon"):
        more = ("--school", school)
        both.roster(child("p1", "groep 3", f"ouder-{school}"), more=more)
        both.staff(teacher("s1", "groep 3"), more=more)
        both.posts(post("lezen"), folder=f"posts-{school}", more=more)
    # What no command does: a post without the text that its row points to.
    both.sql(
        "UPDATE post SET revision_id = 999 WHERE school_id = (SELECT id FROM school WHERE ref = 'regenboog')"
    )
    said = both("run", "--at", FRIDAY, expect=None)
    assert said.status != 0
    runs = {run["school"]: run for run in both("status", "--json").json["runs"]}
    assert runs["horizon"]["sent"] == 1
    assert [mail.name for mail in (both.folder / "mails").glob("*.eml")] == [
        "0001-ouder-horizon@ouders.example.eml"
    ]


def test_a_calendar_ahead_of_the_clock_is_said_to_delete(tmp_path: Path) -> None:
    school = Installation(folder=tmp_path / "one", relay="file://mails")
    assert "ahead of the clock" in school("run", "--at", "2199-01-01", expect=None).err
    assert "ahead of the clock" not in school("run", "--at", "2020-11-20T16:00", expect=None).err
