"""School Data Sync 2.1 as real folders and zips; older versions and what is no single school are refused."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from pipeline.intake.formats import RosterFormat, detect, read_roster
from pipeline.intake.records import Roster
from pipeline.problems import BadInput
from tests.rosters import Adult, Child, Families, Files, folder, put, roster_csv, zipped

TODAY = date(2026, 11, 25)
SCHOOL = Families(
    children=[
        Child(id="p1", first="Zoë", born="2018-03-04", parents=("g1", "g2")),
        Child(id="p2", stints=(("groep 3", "", ""), ("plusklas", "", "")), parents=("g2",)),
        Child(id="p3", stints=(), parents=()),
    ],
    adults=[Adult(id="g1", email="g1@x.example"), Adult(id="g2", first="Ada", email="geen adres")],
)


def read(path: Path, files: Files, today: date = TODAY) -> Roster:
    return read_roster(folder(path / "export", files), today=today)


def refused(path: Path, files: Files, today: date = TODAY) -> str:
    with pytest.raises(BadInput) as error:
        read(path, files, today)
    return str(error.value)


def said(roster: Roster) -> str:
    return "\n".join(str(each) for each in roster.remarks)


@pytest.mark.parametrize("packed", [False, True])
def test_a_school_is_the_same_as_roster_csv(tmp_path: Path, packed: bool) -> None:
    files = SCHOOL.sds()
    path = zipped(tmp_path / "sds.zip", files, under="uit/") if packed else folder(tmp_path / "sds", files)
    assert detect(path) is RosterFormat.SDS
    found = read_roster(path, today=TODAY)
    wanted = read_roster(roster_csv(tmp_path / "roster.csv", SCHOOL.roster_rows()), today=TODAY)
    assert [(p.id, p.first_name, p.last_name, p.birth_date) for p in found.pupils] == [
        (p.id, p.first_name, p.last_name, p.birth_date) for p in wanted.pupils
    ]
    assert {(p.id, p.name, p.address) for p in found.parents} == {
        (p.id, p.name, p.address) for p in wanted.parents
    }
    assert {(e.parent, e.pupil) for e in found.links} == {(e.parent, e.pupil) for e in wanted.links}
    assert {(e.pupil, e.group) for e in found.enrolments} == {(e.pupil, e.group) for e in wanted.enrolments}
    assert found.groups == wanted.groups
    assert "'geen adres' of g2 is no e-mail address" in said(found)


def test_only_parents_guardians_and_relatives_are_linked_and_only_to_pupils(tmp_path: Path) -> None:
    files = SCHOOL.sds()
    for id in ("g3", "g4"):
        put(files, "users.csv", sourcedId=id, givenName="X", familyName="Y")
    for pupil, other, role in (
        ("p3", "g3", "Relative"),
        ("p3", "g4", "doctor"),
        ("g1", "g4", "parent"),
        ("p3", "g9", "parent"),
    ):
        cells = {"userSourcedId": pupil, "relationshipUserSourcedId": other}
        put(files, "relationships.csv", **cells, relationshipRole=role)
    roster = read(tmp_path, files)
    links = {(each.parent, each.pupil) for each in roster.links}
    assert links == {("g1", "p1"), ("g2", "p1"), ("g2", "p2"), ("g3", "p3")}
    assert "g4 is doctor to p3, and no parent: no link" in said(roster)
    assert "g1, to whom g4 is parent, is no pupil here: no link" in said(roster)
    assert "p3 is related to g9, who is not there: no link" in said(roster)
    assert "g4" not in {each.id for each in roster.parents}


def test_a_teacher_may_be_a_parent_too(tmp_path: Path) -> None:
    files = SCHOOL.sds()
    put(files, "roles.csv", userSourcedId="g1", orgSourcedId="s1", role="Teacher")
    put(files, "enrollments.csv", classSourcedId="c1", userSourcedId="g1", role="Teacher")
    roster = read(tmp_path, files)
    assert [(each.id, each.groups) for each in roster.staff] == [("g1", ("groep 3",))]
    assert "g1" in {each.id for each in roster.parents}


def test_an_export_without_relationships_ends_no_link(tmp_path: Path) -> None:
    files = SCHOOL.sds()
    del files["relationships.csv"]
    roster = read(tmp_path, files)
    assert (roster.carries_parents, roster.parents, roster.links) == (False, (), ())


def test_every_mistake_is_told_with_its_file_and_line(tmp_path: Path) -> None:
    files = SCHOOL.sds()
    put(files, "users.csv", sourcedId="p1", givenName="X")
    put(files, "users.csv", sourcedId="p8")
    put(files, "roles.csv", userSourcedId="p8", orgSourcedId="s1", role="student")
    put(files, "roles.csv", userSourcedId="p9", orgSourcedId="s1", role="student")
    put(files, "roles.csv", userSourcedId="p1", orgSourcedId="s1", role="student", roleEndDate="7/1/2027")
    cells = {"userSourcedId": "p1", "relationshipUserSourcedId": "p2"}
    put(files, "relationships.csv", **cells, relationshipRole="parent")
    put(files, "enrollments.csv", classSourcedId="c9", userSourcedId="p1", role="student")
    put(files, "enrollments.csv", classSourcedId="c1", userSourcedId="p9", role="student")
    told = refused(tmp_path, files).replace(f"{tmp_path}/export/", "")
    assert [each.partition(": ")[0] for each in told.splitlines()] == [
        "users.csv:3",
        "users.csv:7:1",
        "users.csv:8",
        "roles.csv:6:1",
        "roles.csv:7:8",
        "enrollments.csv:5",
        "enrollments.csv:6",
    ]
    assert "p2 is a pupil and a parent" in told


@pytest.mark.parametrize(
    "missing, word",
    [
        ("roles.csv", "School Data Sync version 2.0"),
        ("classes.csv", "classes.csv is missing; export it too"),
        ("enrollments.csv", "enrollments.csv is missing; export it too"),
    ],
)
def test_an_export_that_lacks_a_file_is_refused(tmp_path: Path, missing: str, word: str) -> None:
    files = SCHOOL.sds()
    del files[missing]
    assert word in refused(tmp_path, files)


def test_oneroster_without_its_manifest_is_told_from_it(tmp_path: Path) -> None:
    files = SCHOOL.oneroster(version="1.2")
    del files["manifest.csv"]
    files["users.csv"][1][3] = "true"
    assert "this is OneRoster without its manifest.csv" in refused(tmp_path, files)


def test_microsofts_own_example_is_two_schools_and_over(shared_data: Path) -> None:
    path = shared_data / "sis_csv/microsoft_sds/SDS v2.1"
    with pytest.raises(BadInput, match=r"2 schools: College of Engineering \(110001\), School of TwoDotOne"):
        read_roster(path, today=date(2021, 10, 1))
    with pytest.raises(BadInput, match="is it last year's export"):
        read_roster(path, today=TODAY)


def test_microsofts_own_example_without_its_college_is_read(shared_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "sds"
    shutil.copytree(shared_data / "sis_csv/microsoft_sds/SDS v2.1", path)
    for name, college in (("classes.csv", "112001"), ("enrollments.csv", "112001"), ("roles.csv", "114008")):
        rows = (path / name).read_text().splitlines(keepends=True)
        (path / name).chmod(0o644)
        (path / name).write_text("".join(row for row in rows if college not in row))
    roster = read_roster(path, today=date(2021, 10, 1))
    links = {(each.parent, each.pupil) for each in roster.links}
    assert links == {("114002", "114001"), ("114002", "114003"), ("114005", "114004")}
    assert {(each.pupil, each.since, each.until) for each in roster.enrolments} == {
        (pupil, date(2021, 8, 24), date(2022, 6, 11)) for pupil in ("114001", "114003", "114004")
    }
    assert [(each.id, each.groups) for each in roster.staff if each.groups] == [("114007", ("Biology 10",))]


@pytest.mark.parametrize("version", ["SDS Format/25 Users", "UK Format/100 Users", "SDS v2"])
def test_versions_without_parents_are_refused_by_name(shared_data: Path, version: str) -> None:
    with pytest.raises(BadInput, match=r"which has no parents; version 2\.1 is read"):
        read_roster(shared_data / "sis_csv/microsoft_sds" / version, today=TODAY)
