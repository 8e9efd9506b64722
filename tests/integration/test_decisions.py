"""Staff's decisions through the command line: in force at once, kept with who, when and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.installation import FRIDAY, NEXT_FRIDAY, Installation, child, post, teacher


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return made(tmp_path_factory.mktemp("standing") / "school")


@pytest.fixture
def school(tmp_path: Path, standing: Installation) -> Installation:
    return standing.copied(tmp_path / "school")


@pytest.fixture
def any_school(tmp_path: Path, database_url: str) -> Installation:
    return made(tmp_path / "school", database=database_url)


def made(folder: Path, **options: str) -> Installation:
    made = Installation(folder=folder, relay="file://mails", **options)
    made.roster(
        child("p1", "groep 3", "g1"),
        child("p2", "groep 3", "g2", parent_email="samen@ouders.example"),
        child("p2", "groep 3", "g3", parent_email="samen@ouders.example"),
        child("p3", "groep 4", "g1"),
    )
    made.staff(
        teacher("s1", "groep 3"),
        teacher("s4", "groep 4"),
        teacher("dir", "", role="management"),
        teacher("kp", "groep 3", role="class_parent"),
    )
    made.posts(post("drie"), post("vier", "groep 4", author="s4"), post("allen", "school", author="dir"))
    return made


def got(school: Installation, parent: str) -> set[str]:
    """The posts of a parent in the newest run."""
    return {item["post"] for item in school.explain(parent)["items"] if item["included"]}


def kept(school: Installation) -> list[tuple[object, ...]]:
    return school.sql('SELECT what, "by", why FROM decision ORDER BY id')


def test_unapprove_and_approve(any_school: Installation) -> None:
    any_school("unapprove", "g1", "--by", "dir", "--why", "niet bekend")
    any_school("run", "--at", FRIDAY)
    assert any_school.status()["withheld"] == {"not_approved": 1}
    any_school("approve", "g1", "--by", "dir")
    assert kept(any_school) == [("unapprove", "dir", "niet bekend"), ("approve", "dir", "")]
    any_school("run", "--at", NEXT_FRIDAY)
    assert got(any_school, "g1") == set()  # a new approval opens no window that closed before it (rule 5)


def test_a_parent_may_be_named_by_address_in_any_case(school: Installation) -> None:
    school("unapprove", "G1@Ouders.Example")
    assert school.sql("SELECT what FROM decision") == [("unapprove",)]


@pytest.mark.parametrize("command", ["approve", "unapprove", "explain", "preview"])
def test_an_address_of_two_parents_names_neither(school: Installation, command: str) -> None:
    before = school.dump()
    said = school(command, "samen@ouders.example", expect=2)
    assert "g2, g3" in said.err
    assert "g2, g3" in school("block", "samen@ouders.example", "p2", expect=2).err
    assert school.dump() == before


def test_two_parents_of_one_address_each_get_their_own_mail(school: Installation) -> None:
    school("run", "--at", FRIDAY)
    assert school.status()["sent"] == 3
    assert len(list((school.folder / "mails").glob("*.eml"))) == 3


def test_a_block_is_about_one_pupil(school: Installation) -> None:
    school("block", "g1", "p1", "--by", "dir", "--why", "rechter")
    school("run", "--at", FRIDAY)
    assert got(school, "g1") == {"vier", "allen"}
    assert school.explain("g1", "drie")["items"][0]["reason"] == "not_in_audience"


def test_a_parent_blocked_for_every_child_gets_nothing(any_school: Installation) -> None:
    any_school("block", "g2", "p2")
    any_school("run", "--at", FRIDAY)
    assert any_school.status()["withheld"] == {"blocked": 1}
    any_school("unblock", "g2", "p2")
    any_school("run", "--at", NEXT_FRIDAY)
    assert got(any_school, "g2") == set()


@pytest.mark.parametrize("command", ["block", "unblock"])
def test_a_pupil_that_is_not_the_parents_is_refused(school: Installation, command: str) -> None:
    before = school.dump()
    said = school(command, "g2", "p1", expect=2)
    assert "linked to: p2" in said.err
    assert school.dump() == before


@pytest.mark.parametrize(
    "words",
    [("approve", "g404"), ("block", "g404", "p1"), ("hold", "w404", "--why", "x"), ("explain", "g1", "w404")],
)
def test_who_or_what_is_not_there_is_refused(school: Installation, words: tuple[str, ...]) -> None:
    before = school.dump()
    said = school(*words, expect=2)
    assert "404" in said.err
    assert school.dump() == before


def test_hold_release_withdraw(any_school: Installation) -> None:
    any_school("hold", "drie", "--why", "klacht", "--by", "kp")
    any_school("hold", "vier", "--why", "klacht", "--by", "s1")
    any_school("run", "--at", FRIDAY)
    assert got(any_school, "g1") == {"allen"}
    assert any_school.explain("g1", "drie")["items"][0]["reason"] == "held"
    assert {"what": "post_held", "school": "regenboog", "post": "drie"} in any_school(
        "status", "--json"
    ).json["needs"]
    any_school("release", "drie", "--why", "niets mis", "--by", "s1")
    any_school("withdraw", "vier", "--why", "toch wel", "--by", "s4")
    any_school("run", "--at", NEXT_FRIDAY)
    assert got(any_school, "g1") == {"drie"}
    assert any_school.explain("g1", "vier")["items"][0]["reason"] == "withdrawn"
    assert kept(any_school) == [
        ("hold", "kp", "klacht"),
        ("hold", "s1", "klacht"),
        ("release", "s1", "niets mis"),
        ("withdraw", "s4", "toch wel"),
    ]


def test_what_was_withdrawn_stays_so(school: Installation) -> None:
    school("withdraw", "drie", "--why", "fout")
    for command in ("release", "hold"):
        assert "withdrawn" in school(command, "drie", "--why", "toch", expect=2).err
    school.posts(post("drie", body="Nieuwe tekst."), expect=0)
    school("run", "--at", FRIDAY)
    assert "drie" not in got(school, "g1")


def test_a_held_post_that_is_imported_again_stays_held(school: Installation) -> None:
    school("hold", "drie", "--why", "klacht")
    school.posts(post("drie", body="Nieuwe tekst."), expect=1)
    school("run", "--at", FRIDAY)
    assert "drie" not in got(school, "g1")


@pytest.mark.parametrize("who", ["kp", "KP@regenboog.example", "s4"])
def test_release_is_for_the_groups_teacher_or_the_management(school: Installation, who: str) -> None:
    school("hold", "drie", "--why", "klacht", "--by", who)
    assert "decide" in school("release", "drie", "--why", "mag", "--by", who, expect=2).err
    school("release", "drie", "--why", "mag", "--by", "dir")


def test_a_class_parent_lets_nobody_in(school: Installation) -> None:
    school("unapprove", "g1", "--by", "kp")
    school("block", "g1", "p1", "--by", "kp")
    assert "class parent" in school("approve", "g1", "--by", "kp", expect=2).err
    assert "class parent" in school("unblock", "g1", "p1", "--by", "kp", expect=2).err


@pytest.mark.parametrize("command", ["hold", "release", "withdraw"])
def test_a_reason_must_say_something(school: Installation, command: str) -> None:
    school(command, "drie", expect=2)
    assert "reason" in school(command, "drie", "--why", " \t", expect=2).err
    assert kept(school) == []


def test_without_by_the_operating_systems_user_decides(school: Installation) -> None:
    school.environ = {"LOGNAME": "conciërge"}
    school("unapprove", "g1")
    assert kept(school) == [("unapprove", "conciërge", "")]


def test_a_decision_raises_the_policy_version(school: Installation) -> None:
    version = "SELECT policy_version FROM school"
    for words in (("unapprove", "g1"), ("block", "g1", "p1"), ("hold", "drie", "--why", "x")):
        ((before,),) = school.sql(version)
        school(*words)
        assert school.sql(version) == [(before + 1,)]


def test_what_a_parent_chose_counts_and_no_roster_changes_it(any_school: Installation) -> None:
    any_school("prefer", "g1", "none", "--by", "dir", "--why", "wil geen mail")
    any_school("run", "--at", FRIDAY)
    assert any_school.status()["withheld"] == {"channel_none": 1}
    any_school.roster(
        child("p1", "groep 3", "g1", channel="newsletter"),
        child("p2", "groep 3", "g2", parent_email="samen@ouders.example", channel="none"),
        child("p2", "groep 3", "g3", parent_email="samen@ouders.example"),
        child("p3", "groep 4", "g1", channel="newsletter"),
    )
    assert dict(any_school.sql("SELECT ref, channel FROM parent")) == {
        "g1": "none",
        "g2": "none",
        "g3": "newsletter",
    }
    assert kept(any_school) == [("prefer none", "dir", "wil geen mail")]


def test_a_change_away_from_none_opens_no_week_that_has_closed(any_school: Installation) -> None:
    """Rule 5."""
    any_school("prefer", "g1", "none")
    any_school("run", "--at", FRIDAY)
    any_school("prefer", "g1", "newsletter")
    any_school.posts(post("nieuw", published="2026-11-25T10:00:00"), expect=None)
    any_school("run", "--at", NEXT_FRIDAY)
    assert got(any_school, "g1") == {"nieuw"}


def test_who_chooses_and_what_is_said_about_it(school: Installation) -> None:
    assert "g1 gets nothing from now on" in school("prefer", "g1", "none").out
    assert "(it was so already)" in school("prefer", "g1", "none").out
    assert "a class parent" in school("prefer", "g1", "mail", "--by", "kp", expect=2).err
    assert "each post by mail as it comes" in school("prefer", "g1", "mail", "--by", "s1").out
    assert "there is no parent 'g9'" in school("prefer", "g9", "none", expect=2).err
    school("prefer", "g1", "post", expect=2)
