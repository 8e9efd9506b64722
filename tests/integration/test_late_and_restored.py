"""What comes too late waits for a person; a restored backup sends nothing until one has looked."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import Installation, child, mail, post, teacher, text_of
from tests.smtp_server import ThreadedServer

MOMENT = "2026-11-20T15:30"
IN_TIME = "2026-11-22T15:30"  #: 48 hours after it, to the minute
TOO_LATE = "2026-11-22T15:31"
NEXT = "2026-11-27T15:30"


@pytest.fixture
def server() -> Iterator[ThreadedServer]:
    with ThreadedServer() as server:
        yield server


@pytest.fixture
def school(tmp_path: Path, server: ThreadedServer) -> Installation:
    made = Installation(folder=tmp_path / "school", relay=server.url)
    made.roster(child("p1", "groep 3", "g1"), child("p2", "groep 3", "g2"))
    made.staff(teacher("s1", "groep 3"), teacher("kp", "groep 3", role="class_parent"))
    made.posts(post("bos"))
    return made


def titles(server: ThreadedServer, parent: str) -> list[str]:
    texts = [text_of(mail(m.data)) for m in server.messages if m.recipients == (f"{parent}@ouders.example",)]
    return sorted(line[6:] for text in texts for line in text.splitlines() if line.startswith("Titel "))


# Too late.


def test_a_newsletter_in_time_goes_and_one_too_late_waits(
    school: Installation, server: ThreadedServer, tmp_path: Path
) -> None:
    late = school.copied(tmp_path / "late")
    school("run", "--at", IN_TIME)
    assert len(server.messages) == 2
    assert "2 held" in late("run", "--at", TOO_LATE, expect=1).out
    assert len(server.messages) == 2
    run = late.status()
    assert (run["key"], run["held"], run["queued"], run["closed"]) == ("2026-W47", 2, 0, True)
    needs = late("status", "--json").json["needs"]
    assert needs == [
        {
            "what": "newsletter_held",
            "school": "regenboog",
            "run": "2026-W47",
            "why": "late",
            "mails": 2,
            "do": "weekbrief release 2026-W47 --why TEXT",
        }
    ]
    assert late("run", "--at", TOO_LATE).out == "nothing is due\n", "it counts as that moment's one run"


def test_a_person_releases_it_once(school: Installation, server: ThreadedServer) -> None:
    school("run", "--at", TOO_LATE, expect=1)
    school("release", "2026-W47", "--why", "gaat toch", "--by", "kp", expect=2)
    said = school("release", "2026-W47", "--why", "gaat toch", "--by", "s1")
    assert "2 mails" in said.out
    school("run", "--at", TOO_LATE)
    assert (titles(server, "g1"), titles(server, "g2")) == (["bos"], ["bos"])
    school("release", "2026-W47", "--why", "nog eens", expect=2)
    kept = school.sql("SELECT \"by\", what, why FROM decision WHERE what LIKE 'release%'")
    assert kept == [("s1", "release 2026-W47", "gaat toch")]


def test_a_decision_made_while_it_waited_counts(school: Installation, server: ThreadedServer) -> None:
    school("run", "--at", TOO_LATE, expect=1)
    school("unapprove", "g2")
    school("release", "2026-W47", "--why", "gaat toch")
    school("run", "--at", TOO_LATE)
    assert (titles(server, "g1"), titles(server, "g2")) == (["bos"], [])


def test_unreleased_its_posts_are_owed_to_the_next(school: Installation, server: ThreadedServer) -> None:
    school("run", "--at", TOO_LATE, expect=1)
    school.posts(post("lezen", published="2026-11-25T10:00:00"))
    school("run", "--at", NEXT)
    assert titles(server, "g1") == ["bos", "lezen"]
    assert len(server.messages) == 2
    said = school("release", "2026-W47", "--why", "te laat", expect=2)
    assert "a later newsletter took its posts along" in said.err
    assert [need["what"] for need in school("status", "--json").json["needs"]] == []


def test_a_week_that_a_person_asks_for_is_not_too_late(school: Installation, server: ThreadedServer) -> None:
    school("run", "--week", "2026-W47", "--at", "2026-11-26")
    assert len(server.messages) == 2


def test_how_late_is_a_setting(school: Installation, server: ThreadedServer) -> None:
    school.settings(late_hours=1)
    school("run", "--at", "2026-11-20T16:31", expect=1)
    assert server.messages == []


def test_a_dry_run_foretells_that_it_will_wait(school: Installation) -> None:
    foretold = school("run", "--dry-run", "--at", TOO_LATE).out
    assert foretold == school("run", "--at", TOO_LATE, expect=1).out


# Restored.


def backup(school: Installation, name: str) -> Path:
    shutil.copytree(school.folder, school.folder.parent / name)
    return school.folder.parent / name


def restore(school: Installation, saved: Path, *names: str) -> None:
    for name in names:
        here, there = school.folder / name, saved / name
        shutil.rmtree(here) if here.is_dir() else here.unlink()
        shutil.copytree(there, here) if there.is_dir() else shutil.copy(there, here)


@pytest.fixture
def restored(school: Installation, server: ThreadedServer) -> Installation:
    """The database is of before the newsletter that went; the media folder is of today."""
    saved = backup(school, "backup")
    school("run", "--at", MOMENT)
    restore(school, saved, "weekbrief.db")
    assert len(server.messages) == 2
    return school


def test_a_restored_database_sends_nothing_until_a_person_confirms(
    restored: Installation, server: ThreadedServer
) -> None:
    for _ in range(2):
        said = restored("run", "--at", MOMENT, expect=1)
        assert "the database is older" in said.err
        assert "weekbrief confirm --why TEXT" in said.err
    assert len(server.messages) == 2
    assert restored("status", "--json").json["needs"][0]["what"] == "backup_restored"
    restored("confirm", "--why", "nagekeken", "--by", "s1")
    restored("run", "--at", MOMENT)
    assert len(server.messages) == 4, "a person said so"
    assert restored.sql("SELECT \"by\", why FROM decision WHERE what = 'confirm'") == [("s1", "nagekeken")]
    assert restored("status", "--json").json["needs"] == []


def test_the_recipe_brings_the_history_up_to_date_without_a_second_mail(
    restored: Installation, server: ThreadedServer
) -> None:
    restored("confirm", "--why", "geschiedenis bijgewerkt")
    restored.environ["WEEKBRIEF_RELAY"] = f"file://{restored.folder / 'not-sent'}"
    restored("run", "--at", MOMENT)
    del restored.environ["WEEKBRIEF_RELAY"]
    assert restored("run", "--at", MOMENT).out == "nothing is due\n"
    assert len(server.messages) == 2


def test_a_restored_media_folder_is_noticed_too(school: Installation, server: ThreadedServer) -> None:
    school("run", "--at", "2026-11-13T15:30")
    saved = backup(school, "backup")
    for at in (MOMENT, NEXT):
        school.posts(post(at[:10], published=f"{at[:10]}T10:00:00"))
        school("run", "--at", at)
    sent = len(server.messages)
    restore(school, saved, "media")
    said = school("run", "--at", "2026-12-04T15:30", expect=1)
    assert "the media folder is older" in said.err
    assert len(server.messages) == sent


def test_a_backup_of_both_together_is_one_history(school: Installation, server: ThreadedServer) -> None:
    """Nothing was lost that the two know of: that the relay knows more, only the mails' ids can tell."""
    school("run", "--at", MOMENT)
    saved = backup(school, "backup")
    restore(school, saved, "weekbrief.db", "media")
    assert school("run", "--at", MOMENT).out == "nothing is due\n"


def test_a_crash_between_commit_and_folder_is_no_restored_backup(
    school: Installation, server: ThreadedServer
) -> None:
    school("run", "--at", MOMENT)
    [count] = (school.folder / "media").glob("runs-*.count")
    count.unlink()  # as it was before that first run
    assert school("run", "--at", MOMENT).out == "nothing is due\n"
    assert count.read_text() == "1\n"


def test_two_databases_may_share_one_media_folder(tmp_path: Path, server: ThreadedServer) -> None:
    one = Installation(folder=tmp_path / "one", relay=server.url, top={"media": "../media"})
    two = Installation(folder=tmp_path / "two", relay=server.url, top={"media": "../media"})
    for school in (one, two):
        school.roster(child("p1", "groep 3", "g1"))
        school.staff(teacher("s1", "groep 3"))
        school.posts(post("bos"))
        school("run", "--at", MOMENT)
    one.posts(post("nieuw", published="2026-11-25T10:00:00"))
    one("run", "--at", NEXT)
    two("run", "--at", NEXT)
    assert titles(server, "g1") == ["bos", "bos", "nieuw"]


# Holidays.


def test_what_a_holiday_skips_is_carried_over_and_not_lost(tmp_path: Path, server: ThreadedServer) -> None:
    """Six weeks of summer: longer than a post is owed otherwise."""
    school = Installation(folder=tmp_path / "school", relay=server.url)
    school.settings(holidays={"region": "midden"}, late_hours=48)
    school.roster(child("p1", "groep 3", "g1"))
    school.staff(teacher("s1", "groep 3"))
    school("run", "--at", "2027-07-09T15:30")
    school.posts(post("afscheid", published="2027-07-14T12:00:00"))
    for friday in (
        "2027-07-16",
        "2027-07-23",
        "2027-07-30",
        "2027-08-06",
        "2027-08-13",
        "2027-08-20",
        "2027-08-27",
    ):
        school("run", "--at", f"{friday}T15:30")
    keys = [run["key"] for run in school.runs()]
    assert titles(server, "g1") == ["afscheid"], keys
    assert len(keys) < 7
