"""The command line itself: exit statuses, where words go, and what it does when something is in its way."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.installation import FRIDAY, ROSTER, SCHOOL, Installation, call, child, post, teacher

COMMAND = (sys.executable, "-m", "pipeline.cli")


@pytest.fixture
def school(tmp_path: Path) -> Installation:
    return Installation(folder=tmp_path / "school", relay="file://mails")


@pytest.fixture
def two_schools(tmp_path: Path) -> Installation:
    second = {**SCHOOL, "id": "klimboom", "name": "OBS de Klimboom", "sender": "nieuws@klimboom.example"}
    return Installation(folder=tmp_path / "schools", relay="file://mails", schools=(SCHOOL, second))


# Usage.


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nonsense",),
        ("import",),
        ("import", "roster"),
        ("run", "--nonsense"),
        ("hold", "w47-bos"),
        ("explain",),
        ("block", "g1"),
        ("import", "roster", "x.csv", "--format", "nonsense"),
    ],
)
def test_wrong_words_end_2(school: Installation, words: tuple[str, ...]) -> None:
    said = school(*words, expect=2)
    assert "usage: weekbrief" in said.err
    assert said.out == ""


def test_help_names_every_command_and_exit_status(school: Installation) -> None:
    said = school("--help")
    for word in ("demo", "init", "import", "run", "preview", "explain", "status", "unapprove", "block", "75"):
        assert word in said.out


def test_the_settings_file_may_be_named_before_or_after_the_command(school: Installation) -> None:
    good, missing = str(school.config), str(school.folder / "elsewhere.toml")
    assert call("--config", good, "status").status == 0
    assert call("status", "--config", good).status == 0
    assert call("status", "--config", missing).status == 2
    assert call("import", "staff", "x.csv", "--config", missing).status == 2


def test_the_environment_names_the_settings_file_and_an_option_wins(school: Installation) -> None:
    environ = {"WEEKBRIEF_CONFIG": str(school.config)}
    assert call("status", environ=environ).status == 0
    assert call("--config", school.folder / "none.toml", "status", environ=environ).status == 2


def test_without_a_settings_file_the_way_to_one_is_shown(school: Installation) -> None:
    school.config.unlink()
    said = school("status", expect=2)
    assert "weekbrief init" in said.err


def test_all_mistakes_in_the_settings_come_at_once_and_nothing_is_made(school: Installation) -> None:
    school.settings(language="fy", newsletter={"day": "fredag", "time": "25:00"}, sender="geen adres")
    said = school("run", expect=2)
    for word in ("language", "fredag", "25:00", "geen adres"):
        assert word in said.err
    assert said.err.count("schedules.toml:") >= 4
    assert not (school.folder / "weekbrief.db").exists()


def test_the_environment_overrides_database_and_relay(school: Installation) -> None:
    school.environ = {
        "WEEKBRIEF_DATABASE": f"sqlite:///{school.folder}/other.db",
        "WEEKBRIEF_RELAY": "file://other",
    }
    school.roster(child("p1", "groep 3", "g1"))
    school.staff(teacher("s1", "groep 3"))
    school.posts(post("bos"))
    school("run", "--at", FRIDAY)
    assert (school.folder / "other.db").exists()
    assert not (school.folder / "weekbrief.db").exists()
    assert len(list((school.folder / "other").glob("*.eml"))) == 1
    assert not (school.folder / "mails").exists()


def test_words_may_stand_after_the_options(school: Installation) -> None:
    school.roster(child("p1", "groep 3", "g1"))
    school.staff(teacher("s1", "groep 3"))
    school.posts(post("bos"))
    shown = school("explain", "g1", "--week", "2026-W47", "--json", "bos").json
    assert [item["post"] for item in shown["items"]] == ["bos"]
    school("preview", "--week", "2026-W47", "--out", school.folder / "out", "g1")
    assert (school.folder / "out/g1.eml").exists()
    assert "too-much" in school("status", "too-much", expect=2).err


# One school and many.


def test_a_school_must_be_named_where_there_are_two(two_schools: Installation) -> None:
    for words in (("import", "staff", "x.csv"), ("approve", "g1"), ("explain", "g1"), ("preview", "g1")):
        said = two_schools(*words, expect=2)
        assert "regenboog, klimboom" in said.err
    assert "klimboom" in two_schools("run", "--school", "unknown", expect=2).err


def test_status_and_run_take_all_schools_together(two_schools: Installation) -> None:
    said = two_schools("run", "--at", FRIDAY)
    assert [run["school"] for run in two_schools("status", "--json").json["runs"]] == [
        "klimboom",
        "regenboog",
    ]
    assert "regenboog 2026-W47" in said.out
    assert "klimboom 2026-W47" in said.out


def test_a_week_that_one_school_cannot_have_yet_is_refused_for_all(two_schools: Installation) -> None:
    late = {**two_schools.schools[1], "newsletter": {"day": "sat", "time": "09:00"}}
    two_schools.schools = (SCHOOL, late)
    two_schools.settings()
    two_schools("import", "roster", _roster(two_schools), "--school", "regenboog", "--approve")
    said = two_schools("run", "--week", "2026-W47", "--at", FRIDAY, expect=2)
    assert "klimboom" in said.err
    assert two_schools("status", "--json").json["runs"] == []


def _roster(school: Installation) -> Path:
    return school.csv("roster.csv", ROSTER, [child("p1", "groep 3", "g1")])


# Where words go.


def test_json_is_one_document_on_standard_output(school: Installation) -> None:
    school.roster(child("p1", "groep 3", "g1"))
    school.staff(teacher("s1", "groep 3"))
    school.posts(post("bos"))
    for words in (("status",), ("explain", "g1"), ("explain", "g1", "bos")):
        said = school(*words, "--json")
        assert isinstance(said.json, dict)
        assert said.err == ""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_without_our_letters_gets_all_words_in_its_own(
    school: Installation, encoding: str
) -> None:
    school.roster(child("zoë", "groep 3", "łucja", parent_email="zoë@ouders.example"))
    to_it = ("--config", school.config)
    refused = call(*to_it, "approve", "niemand-ł", encoding=encoding)
    assert refused.status == 2
    assert "niemand-" in refused.err
    explained = call(*to_it, "explain", "łucja", "--json", encoding=encoding)
    assert explained.json["parent"] == "łucja"


def test_who_stops_reading_does_not_stop_the_work(school: Installation) -> None:
    """As with `weekbrief run | head -1`: the newsletters still go, and the exit status says so."""
    school.roster(*(child(f"p{n}", "groep 3", f"g{n}") for n in range(120)))
    school.staff(teacher("s1", "groep 3"))
    school.posts(post("bos"))
    reading, writing = os.pipe()
    os.close(reading)
    command = [*COMMAND, "run", "--at", FRIDAY]
    done = subprocess.run(command, cwd=school.folder, stdout=writing, stderr=writing, check=False)
    os.close(writing)
    assert done.returncode == 0
    assert school.status()["sent"] == 120


# What stands in the way.


def test_a_locked_database_ends_75_and_nothing_is_lost(tmp_path: Path) -> None:
    school = Installation(
        folder=tmp_path, relay="file://mails", database="sqlite:///weekbrief.db?timeout=0.1"
    )
    school("status")
    lock = sqlite3.connect(tmp_path / "weekbrief.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    said = school("import", "roster", _roster(school), expect=75)
    assert "locked" in said.err
    assert "try again" in said.err
    lock.execute("ROLLBACK")
    lock.close()
    school("import", "roster", _roster(school))


def test_a_file_that_is_no_database_is_named_as_such(school: Installation) -> None:
    school.write("weekbrief.db", "Dit is geen database. " * 100)
    said = school("status", expect=2)
    assert "not a database" in said.err
    assert (school.folder / "weekbrief.db").read_text().startswith("Dit is geen")


def test_a_database_of_a_newer_version_is_left_alone(school: Installation) -> None:
    school("status")
    school.sql("UPDATE alembic_version SET version_num = '9999'")
    before = (school.folder / "weekbrief.db").read_bytes()
    said = school("run", "--at", FRIDAY, expect=2)
    assert "another version" in said.err
    assert (school.folder / "weekbrief.db").read_bytes() == before


def test_a_folder_where_the_database_should_be_is_named(school: Installation) -> None:
    (school.folder / "weekbrief.db").mkdir()
    assert "is a folder" in school("status", expect=2).err


def test_a_kind_of_database_that_is_not_supported_is_refused(tmp_path: Path) -> None:
    school = Installation(folder=tmp_path, relay="file://mails", database="mysql://root@localhost/x")
    assert "mysql is not supported" in school("status", expect=2).err


def test_a_path_that_cannot_be_is_bad_input(school: Installation) -> None:
    school.roster(child("p1", "groep 3", "g1"))
    school.staff(teacher("s1", "groep 3"))
    school.posts(post("bos"))
    school.write("taken", "")
    said = school("preview", "--all", "--week", "2026-W47", "--out", school.folder / "taken", expect=2)
    assert "taken" in said.err
    assert school("init", school.folder / "taken", expect=2).err


@pytest.mark.parametrize("kind", ["roster", "staff", "consents", "posts"])
def test_an_import_path_of_the_wrong_kind_is_refused_in_a_sentence(school: Installation, kind: str) -> None:
    school("status")
    before = school.dump()
    (school.folder / "empty").mkdir()
    school.write("binary", b"\0\xff\xfe" * 50)
    os.mkfifo(school.folder / "pipe")
    wrong = ["missing", "binary", "pipe", "/dev/null", "name\0d"]
    for name in wrong if kind == "posts" else [*wrong, "empty"]:
        said = school("import", kind, f"{school.folder}/{name}", expect=2)
        assert "nothing was changed" in said.err
        assert "Traceback" not in said.err
    assert school.dump() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(school: Installation) -> None:
    _roster(school).chmod(0)
    assert "roster.csv" in school("import", "roster", school.folder / "roster.csv", expect=2).err


# Files.


def test_files_are_made_for_their_owner_only(school: Installation) -> None:
    school.roster(child("p1", "groep 3", "g1"))
    school.staff(teacher("s1", "groep 3"))
    school.posts(post("bos"))
    school("run", "--at", FRIDAY)
    school("preview", "--all", "--week", "2026-W47", "--out", school.folder / "shown")
    made = [school.folder / "weekbrief.db", *(school.folder / "mails").iterdir()]
    made += (school.folder / "shown").iterdir()
    assert len(made) >= 5
    for path in made:
        assert path.stat().st_mode & 0o077 == 0, path


def test_init_writes_a_starter_and_makes_the_database(tmp_path: Path) -> None:
    assert call("init", tmp_path / "new").status == 0
    assert (tmp_path / "new/schedules.toml").is_file()
    assert (tmp_path / "new/weekbrief.db").stat().st_mode & 0o777 == 0o600
    assert call("--config", tmp_path / "new/schedules.toml", "status", "--json").json["runs"] == []


def test_init_never_writes_over_a_file_that_stands(school: Installation) -> None:
    before = school.config.read_bytes()
    said = school("init", school.folder)
    assert school.config.read_bytes() == before
    assert "stays as it is" in said.out
    assert (school.folder / "weekbrief.db").exists()
