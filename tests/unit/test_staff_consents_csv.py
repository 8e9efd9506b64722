"""staff.csv and consents.csv as real files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipeline.intake.consents_csv import ConsentsFile, read_consents_csv
from pipeline.intake.staff_csv import StaffFile, read_staff_csv
from pipeline.model import Kind, Purpose, Role
from pipeline.problems import BadInput, Problem

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
STAFF = "staff_id,name,email,role,groups"
CONSENTS = "pupil_id,purpose,kind,answer,given_by,given_at"


def write(folder: Path, *lines: str) -> Path:
    path = folder / "file.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def staff(folder: Path, *rows: str) -> StaffFile:
    return read_staff_csv(write(folder, STAFF, *rows))


def staff_refused(folder: Path, *rows: str) -> tuple[Problem, ...]:
    with pytest.raises(BadInput) as error:
        staff(folder, *rows)
    return error.value.problems


def consents(folder: Path, *rows: str, header: str = CONSENTS) -> ConsentsFile:
    return read_consents_csv(write(folder, header, *rows), zone=AMSTERDAM)


def consents_refused(folder: Path, *rows: str) -> tuple[Problem, ...]:
    with pytest.raises(BadInput) as error:
        consents(folder, *rows)
    return error.value.problems


def test_staff_have_a_role_and_groups_separated_by_bars(tmp_path: Path) -> None:
    read = staff(
        tmp_path,
        "s1,Sanne,sanne@X.example,Teacher, groep 3 |Groep 4||GROEP 3",
        "s2,Di,d@x.example,management,",
    )
    sanne, di = read.staff
    assert (sanne.id, sanne.name, sanne.email, sanne.role) == ("s1", "Sanne", "sanne@x.example", Role.TEACHER)
    assert (sanne.groups, di.groups, di.role) == (("groep 3", "Groep 4"), (), Role.MANAGEMENT)
    assert read.remarks == ()


def test_staff_without_a_usable_address_are_read_with_a_remark(tmp_path: Path) -> None:
    read = staff(tmp_path, "s1,Sanne,sanne,class_parent,a", "s2,Els,,teacher,a")
    assert [each.email for each in read.staff] == ["", ""]
    assert [(remark.line, remark.column) for remark in read.remarks] == [(2, 3), (3, 3)]


def test_the_same_staff_row_twice_is_one_and_another_one_is_refused(tmp_path: Path) -> None:
    same = "s1,Sanne,s@x.example,teacher,a"
    assert len(staff(tmp_path, same, same).staff) == 1
    (problem,) = staff_refused(tmp_path, same, "s1,Sanne,s@x.example,teacher,b")
    assert problem.line == 3
    assert "line 2" in problem.message


@pytest.mark.parametrize(
    "row, column",
    [
        (",Sanne,s@x.example,teacher,a", 1),
        ("s1,,s@x.example,teacher,a", 2),
        ("s1,s@x.example,Sanne,teacher,a", 2),
        ("s1,Sanne,s@x.example,juf,a", 4),
        ("s1,Sanne,s@x.example,,a", 4),
        ("s1,Sanne,s@x.example,teacher,School", 5),
        ("s1,Sanne,s@x.example,teacher,a|b@x", 5),
    ],
)
def test_a_staff_value_that_does_not_fit_is_refused_in_its_field(
    tmp_path: Path, row: str, column: int
) -> None:
    assert {(problem.line, problem.column) for problem in staff_refused(tmp_path, row)} == {(2, column)}


def test_a_consent_answer_is_read_with_its_moment_in_utc(tmp_path: Path) -> None:
    read = consents(
        tmp_path,
        "p1,mail,photo,yes,g1,2026-09-01T09:30,form,v2",
        header=CONSENTS + ",how,text_version",
    )
    (answer,) = read.consents
    assert (answer.pupil, answer.purpose, answer.kind, answer.yes) == ("p1", Purpose.MAIL, Kind.PHOTO, True)
    assert (answer.given_by, answer.how, answer.text_version, answer.line) == ("g1", "form", "v2", 2)
    assert answer.given_at == datetime(2026, 9, 1, 7, 30, tzinfo=UTC)


def test_how_and_text_version_may_be_left_out_as_columns(tmp_path: Path) -> None:
    (answer,) = consents(tmp_path, "p1,app,name,NO,g1,2026-09-01 09:30").consents
    assert (answer.yes, answer.how, answer.text_version) == (False, "", "")


@pytest.mark.parametrize(
    "written, hour, minute",
    [
        ("2026-07-01T12:00:00+02:00", 10, 0),
        ("2026-07-01T12:00Z", 12, 0),
        ("2026-07-01t12:00:30.5", 10, 0),
        ("2026-07-01", 22, 0),  # begins at 00:00 in the school's zone
        ("2026-10-25T02:30", 0, 30),  # twice on the clock: the first
        ("2026-03-29T02:30", 1, 0),  # never on the clock: the first instant after it
    ],
)
def test_moments_without_offset_are_in_the_schools_zone(
    tmp_path: Path, written: str, hour: int, minute: int
) -> None:
    (answer,) = consents(tmp_path, f"p1,app,name,no,g1,{written}").consents
    assert (answer.given_at.hour, answer.given_at.minute) == (hour, minute)
    assert answer.given_at.tzinfo is UTC


def test_identical_answers_are_one_and_differing_ones_stay(tmp_path: Path) -> None:
    rows = [
        "p1,app,name,no,g1,2026-09-01T09:30",
        "p1,app,name,no,g1,2026-09-01T09:30",
        "p1,app,name,no,g1,2026-09-01T07:30Z",
        "p1,app,name,yes,g1,2026-09-01T09:30",
    ]
    assert [(each.yes, each.line) for each in consents(tmp_path, *rows).consents] == [(False, 2), (True, 5)]


def test_all_mistakes_of_consents_are_told_at_once(tmp_path: Path) -> None:
    problems = consents_refused(
        tmp_path,
        "p1,newsletter,photo,yes,g1,2026-09-01T09:30",
        "p1,app,foto,ja,g1,2026-09-01T09:30",
        ",app,photo,no,,1-9-2026",
        "p1,app,photo,,g1,2026-02-30T09:30",
        "p1,app,photo,no,g1,0001-01-01T00:00",
        "p1,app,photo,no,2026-09-01,2026-09-01T25:00",
    )
    assert [(problem.line, problem.column) for problem in problems] == [
        (2, 2),
        (3, 3),
        (3, 4),
        (4, 1),
        (4, 5),
        (4, 6),
        (5, 4),
        (5, 6),
        (6, 6),
        (7, 5),
        (7, 6),
    ]


def test_files_with_a_header_only_hold_nothing(tmp_path: Path) -> None:
    assert staff(tmp_path).staff == ()
    assert consents(tmp_path).consents == ()


def test_files_with_other_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="given_at"):
        read_consents_csv(write(tmp_path, STAFF, "a,b,c,d,e"), zone=AMSTERDAM)
