"""OneRoster exports as real folders and zips: what is read, what is refused, and with which words."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from pipeline.intake.formats import read_roster
from pipeline.intake.records import Roster
from pipeline.model import Role
from pipeline.problems import BadInput, Problem
from tests.rosters import (
    Adult,
    Child,
    Families,
    Files,
    enrol,
    folder,
    mode,
    put,
    roster_csv,
    start,
    user,
    zipped,
)

TODAY = date(2026, 11, 25)


def read(path: Path, files: Files, today: date = TODAY) -> Roster:
    return read_roster(folder(path / "export", files), today=today)


def refused(path: Path, files: Files, today: date = TODAY) -> list[str]:
    with pytest.raises(BadInput) as error:
        read(path, files, today)
    return [str(each).removeprefix(f"{path}/export/") for each in error.value.problems]


def small(version: str = "1.1", mode: str = "bulk") -> Files:
    """One pupil in one class, no parent."""
    files = start(version, mode)
    put(files, "orgs.csv", sourcedId="s1", name="De Regenboog", type="school")
    put(files, "classes.csv", sourcedId="c1", title="groep 3", schoolSourcedId="s1")
    user(files, "p1")
    enrol(files, "e1", "c1", "p1")
    return files


def links(roster: Roster) -> set[tuple[str, str]]:
    return {(link.parent, link.pupil) for link in roster.links}


def said(remarks: tuple[Problem, ...]) -> str:
    return "\n".join(each.message for each in remarks if not each.message.startswith("columns not used"))


# The same school as roster.csv.

IDS = st.integers(1, 9).map(str)
DAYS = st.sampled_from(["", "2026-08-24", "2026-10-01"])
NAMES = st.sampled_from(["Noor", "Zoë", "Ali, de kleine", "O'Neill", "Łukasz", 'Piet "P"', "Ünal"])


@st.composite
def families(draw: st.DrawFn) -> Families:
    adults = [
        Adult(id=f"g{n}", first=draw(NAMES), email=draw(st.sampled_from(["", f"g{n}@x.example", "geen"])))
        for n in range(draw(st.integers(0, 4)))
    ]
    names = [adult.id for adult in adults]
    children = []
    for n in range(draw(st.integers(1, 4))):
        groups = draw(st.lists(st.sampled_from(["groep 3", "Plusklas", "groep 4b"]), unique=True, max_size=2))
        stints = tuple((group, draw(DAYS), draw(st.sampled_from(["", "2027-07-10"]))) for group in groups)
        parents = tuple(draw(st.lists(st.sampled_from(names), unique=True, max_size=3))) if names else ()
        born = draw(st.sampled_from(["", "2018-03-04"]))
        children.append(
            Child(id=f"p{n}", first=draw(NAMES), last="Bos", born=born, stints=stints, parents=parents)
        )
    used = {parent for child in children for parent in child.parents}
    return Families(children=children, adults=[adult for adult in adults if adult.id in used])


def facts(roster: Roster) -> dict[str, Any]:
    """What is in the records, without the lines they come from."""
    return {
        "pupils": {(p.id, p.first_name, p.last_name, p.birth_date) for p in roster.pupils},
        "groups": set(roster.groups),
        "enrolments": {(e.pupil, e.group, e.since, e.until) for e in roster.enrolments},
        "parents": {(p.id, p.name, p.address) for p in roster.parents},
        "links": {(link.parent, link.pupil, link.blocked) for link in roster.links},
    }


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    school=families(),
    version=st.sampled_from(["1.1", "1.2"]),
    direction=st.sampled_from(["pupil", "parent", "both"]),
    packed=st.booleans(),
)
def test_a_school_is_the_same_as_roster_csv(
    tmp_path_factory: pytest.TempPathFactory, school: Families, version: str, direction: str, packed: bool
) -> None:
    here = tmp_path_factory.mktemp("school")
    files = school.oneroster(version=version, direction=direction)
    export = zipped(here / "r.zip", files, under="data/") if packed else folder(here / "export", files)
    as_csv = read_roster(roster_csv(here / "roster.csv", school.roster_rows()), today=TODAY)
    as_export = read_roster(export, today=TODAY)
    assert facts(as_export) == facts(as_csv)
    assert as_export.delta is None


def test_the_same_export_gives_the_same_roster_each_time(tmp_path: Path) -> None:
    path = folder(tmp_path / "export", small())
    assert read_roster(path, today=TODAY) == read_roster(path, today=TODAY)


# Who is who.


def test_guardians_parents_and_relatives_are_linked_from_either_side(tmp_path: Path) -> None:
    files = small()
    user(files, "p2", agents="g1")
    user(files, "g1", role="guardian", agents="p2")
    user(files, "g2", role="parent", agents="p1,p2")
    user(files, "g3", role="relative", agents="p1")
    assert links(read(tmp_path, files)) == {("g1", "p2"), ("g2", "p1"), ("g2", "p2"), ("g3", "p1")}


def test_a_user_is_teacher_and_guardian_by_two_roles(tmp_path: Path) -> None:
    files = small("1.2")
    files["users.csv"][1][files["users.csv"][0].index("agentSourcedIds")] = "t1"
    user(files, "t1", "Juf", "Sanne", role="teacher", email="sanne@x.example")
    put(files, "roles.csv", sourcedId="r9", userSourcedId="t1", role="guardian", orgSourcedId="s1")
    enrol(files, "e9", "c1", "t1", "teacher")
    roster = read(tmp_path, files)
    assert links(roster) == {("t1", "p1")}
    (teacher,) = roster.staff
    assert (teacher.id, teacher.name, teacher.role, teacher.groups) == (
        "t1",
        "Juf Sanne",
        Role.TEACHER,
        ("groep 3",),
    )


def test_a_parent_who_teaches_a_class_is_both_in_version_1_1(tmp_path: Path) -> None:
    files = small()
    user(files, "g1", role="parent", agents="p1")
    enrol(files, "e9", "c1", "g1", "teacher")
    roster = read(tmp_path, files)
    assert links(roster) == {("g1", "p1")}
    assert [(each.id, each.groups) for each in roster.staff] == [("g1", ("groep 3",))]


def test_a_teacher_named_as_a_relation_gets_no_parents_rights(tmp_path: Path) -> None:
    """Rule 2: staff membership never gives parent rights."""
    files = small()
    user(files, "p2", agents="t1")
    user(files, "t1", role="teacher", agents="p1")
    roster = read(tmp_path, files)
    assert not roster.links
    assert not roster.parents
    assert "p2 is related to t1, who has not the role of a parent, guardian or relative" in said(
        roster.remarks
    )


def test_management_does_not_come_with_an_export(tmp_path: Path) -> None:
    files = small()
    for role in ("administrator", "principal", "aide", "proctor", "ext:coach"):
        user(files, role, role=role)
    assert not read(tmp_path, files).staff


def test_a_pupil_who_teaches_and_a_teacher_who_learns_are_told_and_left_out(tmp_path: Path) -> None:
    files = small()
    user(files, "t1", role="teacher")
    enrol(files, "e8", "c1", "t1", "student")
    enrol(files, "e9", "c1", "p1", "teacher")
    roster = read(tmp_path, files)
    assert [each.pupil for each in roster.enrolments] == ["p1"]
    assert [(each.id, each.groups) for each in roster.staff] == [("t1", ())]
    assert "user t1 is in class 'groep 3' as a pupil, but is none" in said(roster.remarks)
    assert "pupil p1 is a teacher of 'groep 3' here" in said(roster.remarks)


def test_a_parent_without_a_child_here_is_not_kept(tmp_path: Path) -> None:
    """Rule 20: only what is needed is stored."""
    files = small()
    user(files, "g1", role="parent", email="g1@x.example")
    roster = read(tmp_path, files)
    assert not roster.parents
    assert "parent g1 is linked to no pupil" in said(roster.remarks)


def test_a_role_counts_from_its_first_day_up_to_its_last(tmp_path: Path) -> None:
    files = small("1.2")
    files["users.csv"][1][files["users.csv"][0].index("agentSourcedIds")] = "over,still,early"
    for id, begins, ends in (
        ("over", "2024-03-06", "2026-11-25"),
        ("still", "2026-11-25", "2026-11-26"),
        ("early", "2026-11-26", ""),
    ):
        user(files, id, role="")
        cells = {"sourcedId": f"r-{id}", "userSourcedId": id, "role": "guardian"}
        put(files, "roles.csv", **cells, beginDate=begins, endDate=ends)
    roster = read(tmp_path, files)
    assert links(roster) == {("still", "p1")}
    assert "the role guardian of over ended on 2026-11-25" in said(roster.remarks)


def test_the_name_that_is_used_goes_before_the_official_one(tmp_path: Path) -> None:
    files = small("1.2")
    files["users.csv"][0] += ["prefferedGivenName"]  # as real exports spell it
    files["users.csv"][1] += ["Noortje"]
    assert read(tmp_path, files).pupils[0].first_name == "Noortje"


def test_nothing_but_what_is_needed_is_kept(tmp_path: Path) -> None:
    """Rule 20."""
    files = small()
    secrets = {"password": "S3cret", "phone": "0612345678", "userIds": "{BSN:123456782}", "sms": "0687654321"}
    user(files, "g1", role="parent", agents="p1", **secrets)
    put(files, "demographics.csv", sourcedId="p1", birthDate="2018-03-04", sex="female")
    roster = read(tmp_path, files)
    assert not [each for each in (*secrets.values(), "female") if each in repr(roster)]


def test_what_is_the_same_in_many_rows_is_told_a_few_times(tmp_path: Path) -> None:
    files = small()
    for number in range(2, 50):
        user(files, f"p{number}", agents="g9")
    told = said(read(tmp_path, files).remarks).splitlines()
    assert len([each for each in told if "g9, who is not there: no link" in each]) == 3
    assert any(each.endswith("no link (and 45 more like this)") for each in told)


# Dates.


def test_without_dates_of_its_own_an_enrolment_lasts_as_long_as_its_classs_terms(
    tmp_path: Path,
) -> None:
    files = small()
    files["classes.csv"][1][files["classes.csv"][0].index("termSourcedIds")] = "t1,t2"
    put(files, "academicSessions.csv", sourcedId="t2", startDate="2027-02-01", endDate="2027-07-10")
    put(files, "academicSessions.csv", sourcedId="t1", startDate="2026-08-24", endDate="2027-01-31")
    user(files, "p2")
    enrol(files, "e2", "c1", "p2", since="2026-10-01")
    dates = [(each.since, each.until) for each in read(tmp_path, files).enrolments]
    assert dates == [(date(2026, 8, 24), date(2027, 7, 10)), (date(2026, 10, 1), date(2027, 7, 10))]


def test_a_term_that_is_not_there_bounds_nothing(tmp_path: Path) -> None:
    files = small()
    files["classes.csv"][1][files["classes.csv"][0].index("termSourcedIds")] = "t1,t2"
    put(files, "academicSessions.csv", sourcedId="t1", startDate="2022-08-24", endDate="2023-01-31")
    (enrolment,) = read(tmp_path, files).enrolments
    assert (enrolment.since, enrolment.until) == (None, None)


@pytest.mark.parametrize("written", ["1/05/2023", "05-01-2023", "20230501", "2023-13-01", "2023-5-1"])
def test_a_date_that_can_be_read_in_two_ways_is_refused(tmp_path: Path, written: str) -> None:
    files = small()
    enrol(files, "e2", "c1", "p1", since=written)
    (problem,) = refused(tmp_path, files)
    assert problem.startswith(f"enrollments.csv:3:9: beginDate is {written!r}; write it as 2015-06-21")


def test_a_moment_where_a_day_is_meant_counts_as_its_day(tmp_path: Path) -> None:
    files = small()
    enrol(files, "e2", "c1", "p1", since="2027-08-24T00:00:00.000Z")
    files["enrollments.csv"][1][-1] = "2027-07-10T00:00:00+02:00"
    days = {(each.since, each.until) for each in read(tmp_path, files).enrolments}
    assert days == {(None, date(2027, 7, 10)), (date(2027, 8, 24), None)}


def test_dates_that_contradict_are_refused(tmp_path: Path) -> None:
    files = small()
    user(files, "p2")
    enrol(files, "e2", "c1", "p2", since="2026-10-01", until="2026-10-01")
    enrol(files, "e3", "c1", "p1", since="2026-10-01")
    put(files, "demographics.csv", sourcedId="p1", birthDate="2030-01-01")
    one, two, three = refused(tmp_path, files)
    assert one == "demographics.csv:2:4: birthDate 2030-01-01 lies in the future"
    assert two.startswith(
        "enrollments.csv:3:10: endDate 2026-10-01 (the first day no longer there) isn't after"
    )
    assert three.startswith(
        "enrollments.csv:4: pupil p1 is in groep 3 from 2026-10-01 here and from the start"
    )


# Mistakes, all at once.


def test_every_mistake_is_told_with_its_file_and_line(tmp_path: Path) -> None:
    files = small()
    user(files, "p2", role="pupil")
    user(files, "p1")
    user(files, "", "Ali")
    user(files, "g1", "", "", role="parent", agents="p1", status="gone")
    user(files, "g2", "", "", role="parent", agents="p1")
    put(files, "classes.csv", sourcedId="c2", title="Groep  3", schoolSourcedId="s1")
    put(files, "classes.csv", sourcedId="c3", title=" School ", schoolSourcedId="s1")
    put(files, "classes.csv", sourcedId="c4", schoolSourcedId="s1")
    enrol(files, "e2", "c9", "p1")
    enrol(files, "e3", "c1", "p9")
    enrol(files, "e4", "c1", "p1", "leerling")
    problems = refused(tmp_path, files)
    assert [problem.partition(": ")[0] for problem in problems] == [
        "classes.csv:3",
        "classes.csv:4",
        "classes.csv:5",
        "users.csv:3:6",
        "users.csv:4:1",
        "users.csv:5:1",
        "users.csv:6:2",
        "users.csv:7",
        "enrollments.csv:3",
        "enrollments.csv:4",
        "enrollments.csv:5:7",
    ]
    assert "class 'c9' is not in classes.csv" in problems[8]
    assert "user 'p9' is not in users.csv" in problems[9]


@pytest.mark.parametrize(
    "spoil, word",
    [
        (lambda f: f.pop("classes.csv"), "classes.csv should be in the export (bulk) and is not"),
        (lambda f: mode(f, "enrollments", "absent"), "the export has no enrollments.csv"),
        (lambda f: mode(f, "users", "full"), "users.csv is said to be 'full'"),
        (lambda f: f["manifest.csv"][1].__setitem__(1, "1.0"), "this is OneRoster 1.0; versions 1.1 and 1.2"),
        (lambda f: f["users.csv"].pop(), "nobody in the export is a pupil today"),
        (lambda f: f["users.csv"].clear(), "the file is empty"),
        (lambda f: f["users.csv"][0].__setitem__(15, "agentSourcedId"), "is 'agentsourcedid' meant?"),
        (lambda f: f["users.csv"][1].pop(), "this row has 17 fields, the header has 18"),
        (lambda f: f["users.csv"][1].insert(3, "x"), "this row has 19 fields"),
    ],
)
def test_an_incomplete_or_unknown_export_is_refused(tmp_path: Path, spoil: Any, word: str) -> None:
    files = small()
    spoil(files)
    assert word in "\n".join(refused(tmp_path, files))


def test_a_version_that_is_not_told_is_read_by_its_files(tmp_path: Path) -> None:
    files = small("1.2")
    del files["manifest.csv"][1:]
    roster = read(tmp_path, files)
    assert [each.id for each in roster.pupils] == ["p1"]
    assert "doesn't say which version" in said(roster.remarks)


def test_the_export_of_two_schools_is_refused(tmp_path: Path) -> None:
    """Rule 2: who is imported gets this school's posts."""
    files = small()
    put(files, "orgs.csv", sourcedId="s2", name="De Klimboom", type="school")
    user(files, "p2", orgSourcedIds="s2")
    (problem,) = refused(tmp_path, files)
    assert problem.startswith("orgs.csv: the export holds 2 schools: De Klimboom (s2), De Regenboog (s1).")


def test_a_school_is_one_with_its_departments_and_whatever_district(tmp_path: Path) -> None:
    files = small()
    put(files, "orgs.csv", sourcedId="d1", name="Onderbouw", type="department", parentSourcedId="s1")
    put(files, "orgs.csv", sourcedId="b1", name="Stichting", type="district")
    put(files, "classes.csv", sourcedId="c2", title="groep 1", schoolSourcedId="d1")
    user(files, "p2", orgSourcedIds="b1,s1")
    user(files, "p3", orgSourcedIds="b1")
    assert len(read(tmp_path, files).pupils) == 3


def test_a_user_cannot_be_pupil_and_parent(tmp_path: Path) -> None:
    files = small("1.2")
    put(files, "roles.csv", sourcedId="r9", userSourcedId="p1", role="guardian")
    assert "user p1 is a pupil and a parent" in refused(tmp_path, files)[0]


def test_headings_without_a_name_at_the_end_may_lack_their_cells(tmp_path: Path) -> None:
    """As the roles.csv of a real data set has them."""
    files = small("1.2")
    files["roles.csv"][0] += ["", ""]
    assert [each.id for each in read(tmp_path, files).pupils] == ["p1"]


# Zips.


def test_names_are_found_whatever_their_case_and_what_a_mac_adds_is_passed_over(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "r.zip", {name.upper(): rows for name, rows in small().items()}, under="Mijn map/"
    )
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("__MACOSX/Mijn map/._users.csv", b"\0\5\x16\7")
        archive.writestr("Mijn map/lees mij.txt", "hallo")
    roster = read_roster(path, today=TODAY)
    assert [each.id for each in roster.pupils] == ["p1"]
    assert any(each.file == f"{path}/Mijn map/USERS.CSV" for each in roster.remarks)


def test_a_file_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "r.zip", small(), under="a/")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("b/users.csv", "x")
    with pytest.raises(BadInput, match=r"there twice, as a/users\.csv and b/users\.csv"):
        read_roster(path, today=TODAY)


def test_a_zip_damaged_inside_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "r.zip", small())
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("users.csv")
    at = info.header_offset + 30 + len(info.filename) + 20
    content[at : at + 20] = b"\xff" * 20
    path.write_bytes(content)
    with pytest.raises(BadInput, match="damaged zip file"):
        read_roster(path, today=TODAY)


def test_a_zip_with_a_password_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "r.zip", small())
    content = path.read_bytes()
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = content.index(signature) + offset
        content = content[:at] + b"\1" + content[at + 1 :]
    path.write_bytes(content)
    with pytest.raises(BadInput, match="zip file with a password"):
        read_roster(path, today=TODAY)


# Real data sets.


def test_a_real_data_set_is_read_as_it_says(shared_data: Path) -> None:
    roster = read_roster(shared_data / "oneroster/catalyst_moodle/Test_full_data_set.zip", today=TODAY)
    assert links(roster) == {("usr-222-1234561", "usr-222-66778899")}
    assert [each.group for each in roster.enrolments] == ["Introduction to Physics"]
    assert {each.id for each in roster.staff} == {"usr-222-123456", "usr-222-987654"}


def test_a_real_teacher_who_is_a_guardian_is_both_while_the_role_lasts(shared_data: Path) -> None:
    path = shared_data / "oneroster/catalyst_moodle/v1p2_full_dataset"
    roster = read_roster(path, today=date(2025, 1, 1))
    assert {parent for parent, _ in links(roster)} == {"usr-222-123456"}
    assert "usr-222-123456" in {each.id for each in roster.staff}
    with pytest.raises(BadInput, match="is it last year's export"):
        read_roster(path, today=TODAY)


def test_real_deltas_and_schools_of_two_are_told_apart(shared_data: Path) -> None:
    delta = read_roster(shared_data / "oneroster/catalyst_moodle/oneroster_test_data.zip", today=TODAY)
    assert delta.delta is not None
    assert delta.pupils[0].birth_date == date(2010, 4, 17)
    with pytest.raises(BadInput, match=r"School 1 \(12345\), School 2 \(54321\)"):
        read_roster(shared_data / "oneroster/oat-sa_v1p1_base", today=TODAY)
