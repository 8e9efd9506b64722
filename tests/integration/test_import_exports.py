"""Exports of other programs through the command line: what roster.csv says too, and what a delta ends."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.intake.roster_check import COLUMNS
from tests.installation import Installation, Said
from tests.rosters import (
    HEADERS,
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
    text,
    user,
    workbook,
    zipped,
)

BOTH = (("groep 3", "", ""), ("plusklas", "", ""))
CLASS = Families(
    children=[
        Child(id="p0", stints=(("groep 3", "2026-08-24", "2027-07-10"),), parents=("g0", "h0")),
        Child(
            id="p1", born="2018-03-04", stints=(("groep 3", "", ""), ("plusklas", "", "")), parents=("g1",)
        ),
        *(Child(id=f"p{n}", parents=(f"g{n}",)) for n in range(2, 12)),
    ],
    adults=[
        Adult(id="h0", first="Zoë", last="Ünal", email="zoe@x.example"),
        *(Adult(id=f"g{n}", email=f"g{n}@x.example") for n in range(12)),
    ],
    teaches={"g1": "groep 3"},
)

FACTS = {
    "pupil": "SELECT ref, first_name, last_name, birth_date FROM pupil ORDER BY 1",
    "parent": "SELECT ref, name, address, language, channel, channel_chosen FROM parent ORDER BY 1",
    "group": "SELECT name, match FROM school_group ORDER BY 1",
    "link": "SELECT parent.ref, pupil.ref, approval, blocked, ended, ended_on FROM link"
    " JOIN parent ON parent.id = parent_id JOIN pupil ON pupil.id = pupil_id ORDER BY 1, 2",
    "enrolment": "SELECT pupil.ref, school_group.name, since, until, ended FROM enrolment"
    " JOIN pupil ON pupil.id = pupil_id JOIN school_group ON school_group.id = group_id ORDER BY 1, 2, 3",
}


@pytest.fixture
def school(tmp_path: Path) -> Installation:
    return Installation(folder=tmp_path / "school", relay="file://mails")


def take(school: Installation, path: Path, *more: str, expect: int = 0) -> Said:
    school.folder.mkdir(exist_ok=True)
    school.settings()
    return school("import", "roster", path, *more, expect=expect)


def facts(school: Installation) -> dict[str, list[tuple[Any, ...]]]:
    return {name: school.sql(question) for name, question in FACTS.items()}


def live(school: Installation) -> set[tuple[str, str]]:
    return {(parent, pupil) for parent, pupil, *_, ended, _ in school.sql(FACTS["link"]) if not ended}


def in_groups(school: Installation) -> set[tuple[str, str]]:
    return {(pupil, group) for pupil, group, _, _, ended in school.sql(FACTS["enrolment"]) if not ended}


WAYS: dict[str, Callable[[Path], Path]] = {
    "OneRoster 1.1": lambda path: folder(path / "or", CLASS.oneroster(direction="both")),
    "OneRoster 1.2": lambda path: zipped(path / "or.zip", CLASS.oneroster(version="1.2", direction="parent")),
    "workbook": lambda path: workbook(
        path / "r.xlsx", ("Lijst", [COLUMNS, *(list(row.values()) for row in CLASS.roster_rows())])
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_export_gives_the_store_that_roster_csv_gives(tmp_path: Path, way: str) -> None:
    found = []
    for name, path in (
        ("csv", roster_csv(tmp_path / "roster.csv", CLASS.roster_rows())),
        ("export", WAYS[way](tmp_path)),
    ):
        school = Installation(folder=tmp_path / name, relay="file://mails")
        take(school, path, "--approve")
        found.append(facts(school))
        before = school.dump()
        said = take(school, path, "--approve")
        assert school.dump() == before
        assert "links: 0 new, 0 changed, 0 ended" in said.out
    assert found[0] == found[1]
    assert len(found[0]["link"]) == 13


@pytest.mark.parametrize("way", ["OneRoster 1.1", "OneRoster 1.2"])
def test_what_is_exported_of_a_school_makes_the_same_school_anew(tmp_path: Path, way: str) -> None:
    one = Installation(folder=tmp_path / "one", relay="file://mails")
    take(one, WAYS[way](tmp_path), "--approve")
    before = one.dump()
    one("export", "roster", tmp_path / "back.csv")
    take(one, tmp_path / "back.csv")
    assert one.dump() == before, "to the school itself it says nothing new"
    other = Installation(folder=tmp_path / "other", relay="file://mails")
    take(other, tmp_path / "back.csv", "--approve")
    assert facts(other) == facts(one)


def test_a_dry_run_says_what_the_import_does_and_writes_nothing(school: Installation, tmp_path: Path) -> None:
    path = folder(tmp_path / "or", CLASS.oneroster())
    dry = take(school, path, "--dry-run")
    assert not (school.folder / "weekbrief.db").exists()
    assert dry.out.replace("would import", "imported") == take(school, path).out


def test_what_is_gone_ends_and_a_landslide_is_refused(school: Installation, tmp_path: Path) -> None:
    take(school, folder(tmp_path / "1", CLASS.oneroster()))
    less = Families(children=CLASS.children[:-1], adults=CLASS.adults)
    take(school, folder(tmp_path / "2", less.oneroster()))
    assert ("g11", "p11") not in live(school)
    before = school.dump()
    half = Families(children=CLASS.children[:6], adults=CLASS.adults)
    said = take(school, folder(tmp_path / "3", half.oneroster()), expect=2)
    assert "would end 5 of the 12 parent-pupil links" in said.err
    assert school.dump() == before


def test_a_bad_file_among_good_ones_changes_nothing(school: Installation, tmp_path: Path) -> None:
    take(school, folder(tmp_path / "1", CLASS.oneroster()))
    before = school.dump()
    files = CLASS.oneroster()
    enrol(files, "e99", "c9", "p1")
    said = take(school, folder(tmp_path / "2", files), expect=2)
    assert "enrollments.csv:16: class 'c9' is not in classes.csv" in said.err
    assert "nothing was changed" in said.err
    assert school.dump() == before


def test_an_export_leaves_what_it_does_not_hold(school: Installation, tmp_path: Path) -> None:
    """OneRoster knows no languages and no channels; roster.csv and parents do."""
    rows = [row | {"language": "en", "channel": "mail"} for row in CLASS.roster_rows()]
    take(school, roster_csv(tmp_path / "roster.csv", rows))
    take(school, folder(tmp_path / "or", CLASS.oneroster()))
    assert set(school.sql("SELECT language, channel FROM parent")) == {("en", "mail")}


def test_birth_dates_that_were_left_out_stay_as_known(school: Installation, tmp_path: Path) -> None:
    """Rule 9 counts from the sixteenth birthday."""
    born = "SELECT birth_date FROM pupil WHERE ref = 'p1'"
    take(school, folder(tmp_path / "1", CLASS.oneroster()))
    files = CLASS.oneroster()
    mode(files, "demographics", "absent")
    take(school, folder(tmp_path / "2", files))
    assert [str(day) for (day,) in school.sql(born)] == ["2018-03-04"]
    changes = start("1.1", "delta")
    user(changes, "p1", "Anders")
    take(school, folder(tmp_path / "3", changes))
    assert [str(day) for (day,) in school.sql(born)] == ["2018-03-04"]
    del files["demographics.csv"][2:]
    mode(files, "demographics", "bulk")
    take(school, folder(tmp_path / "4", files))
    assert school.sql(born) == [(None,)]


def test_an_export_that_says_nothing_of_teaching_takes_no_group_from_a_teacher(
    school: Installation, tmp_path: Path
) -> None:
    taught = "SELECT staff.ref, school_group.name FROM staff JOIN staff_group ON staff.id = staff_id"
    taught += " JOIN school_group ON school_group.id = group_id ORDER BY 1"
    take(school, folder(tmp_path / "1", CLASS.oneroster()))
    silent = CLASS.oneroster()
    silent["enrollments.csv"] = [row for row in silent["enrollments.csv"] if "teacher" not in row]
    user(silent, "t1", role="teacher")
    take(school, folder(tmp_path / "2", silent))
    assert school.sql(taught) == [("g1", "groep 3")]
    moved = CLASS.oneroster()
    user(moved, "t1", role="teacher")
    enrol(moved, "e-t1", "c1", "t1", "teacher")
    put(moved, "classes.csv", sourcedId="c9", title="groep 9", schoolSourcedId="s1")
    next(row for row in moved["enrollments.csv"] if row[0] == "e-g1")[3] = "c9"
    take(school, folder(tmp_path / "3", moved))
    assert school.sql(taught) == [("g1", "groep 9"), ("t1", "groep 3")]


# Deltas.


@pytest.fixture
def known(school: Installation, tmp_path: Path) -> Installation:
    take(school, folder(tmp_path / "all", CLASS.oneroster(version="1.2", direction="both")), "--approve")
    return school


def delta(classes: bool = True, version: str = "1.2") -> Files:
    files = start(version, "delta")
    if classes:
        mode(files, "classes", "bulk")
        for number, group in enumerate(CLASS.groups, 1):
            put(files, "classes.csv", sourcedId=f"c{number}", title=group, schoolSourcedId="s1")
    return files


def test_a_delta_without_rows_changes_nothing(known: Installation, tmp_path: Path) -> None:
    before = known.dump()
    take(known, folder(tmp_path / "delta", delta()))
    assert known.dump() == before


def test_a_delta_ends_only_what_its_rows_say_is_gone(known: Installation, tmp_path: Path) -> None:
    links, groups = live(known), in_groups(known)
    files = delta()
    user(files, "p2", status="tobedeleted")
    put(files, "roles.csv", sourcedId="r-h0", userSourcedId="h0", role="guardian", status="tobedeleted")
    enrol(files, "e-p1-1", "c2", "p1", status="tobedeleted")
    take(known, folder(tmp_path / "delta", files), "--force")
    assert links - live(known) == {("g2", "p2"), ("h0", "p0")}
    assert groups - in_groups(known) == {("p2", "groep 3"), ("p1", "plusklas")}
    assert live(known) <= links


def test_a_delta_that_ends_more_than_a_tenth_is_refused(known: Installation, tmp_path: Path) -> None:
    before, files = known.dump(), delta()
    for pupil in ("p2", "p3"):
        user(files, pupil, status="tobedeleted")
    said = take(known, folder(tmp_path / "delta", files), expect=2)
    assert "would end 2 of the 13" in said.err
    assert known.dump() == before


def test_a_delta_adds_people_and_changes_those_it_names(known: Installation, tmp_path: Path) -> None:
    links, files = live(known), delta()
    user(files, "g3", "Jan", "Bos", role="", email="nieuw@x.example")  # whose role is not repeated
    user(files, "p20", "Ali", agents="g3,g20")
    user(files, "g20", "Ada", role="parent", email="ada@x.example")
    enrol(files, "e20", "c1", "p20", since="2026-11-01")
    enrol(files, "e21", "c2", "p3")
    take(known, folder(tmp_path / "delta", files))
    assert live(known) - links == {("g3", "p20"), ("g20", "p20")}
    assert links < live(known)
    assert {("p20", "groep 3"), ("p3", "plusklas"), ("p3", "groep 3")} <= in_groups(known)
    named = known.sql("SELECT name, address FROM parent WHERE ref = 'g3'")
    assert named == [("Jan Bos", "nieuw@x.example")]


def test_a_shorter_list_of_relations_in_a_delta_ends_the_link_it_lacks(
    known: Installation, tmp_path: Path
) -> None:
    """Who may no longer see the child is left out of its list, and must not stay by silence."""
    links, files = live(known), delta()
    user(files, "p0", agents="g0")
    take(known, folder(tmp_path / "delta", files))
    assert links - live(known) == {("h0", "p0")}


def test_an_empty_list_of_relations_in_a_delta_ends_nothing_and_is_told(
    known: Installation, tmp_path: Path
) -> None:
    links, files = live(known), delta()
    user(files, "p0", "Anders")
    said = take(known, folder(tmp_path / "delta", files))
    assert live(known) == links
    assert "pupil p0 stands here without parents; those known stay" in said.out


def test_a_delta_makes_no_parent_of_who_is_none(known: Installation, tmp_path: Path) -> None:
    links, files = live(known), delta()
    user(files, "p0", agents="g0,h0,directeur")
    user(files, "iemand", "X", role="", agents="p0")
    enrol(files, "e9", "c1", "niemand")
    said = take(known, folder(tmp_path / "delta", files))
    assert live(known) == links
    assert "iemand is no pupil or parent known here" in said.out
    assert "niemand is no pupil or parent known here" in said.out


def test_who_is_deleted_stays_so_though_another_row_names_them(known: Installation, tmp_path: Path) -> None:
    links, files = live(known), delta()
    user(files, "p0", agents="g0,h0")
    user(files, "h0", role="", status="tobedeleted")
    take(known, folder(tmp_path / "delta", files))
    assert links - live(known) == {("h0", "p0")}


def test_one_of_two_roles_that_is_over_ends_nothing(known: Installation, tmp_path: Path) -> None:
    links, files = live(known), delta()
    for id, ends in (("r-h0", ""), ("r-old", "2025-07-01")):
        put(files, "roles.csv", sourcedId=id, userSourcedId="h0", role="guardian", endDate=ends)
    take(known, folder(tmp_path / "delta", files))
    assert live(known) == links


def test_a_parent_of_whom_a_delta_repeats_only_the_other_role_stays_one(
    known: Installation, tmp_path: Path
) -> None:
    links, files = live(known), delta()
    user(files, "h0", "Zoë", "Ünal", role="teacher", email="zoe@x.example")
    user(files, "p0", agents="g0,h0")
    enrol(files, "e-h0", "c2", "h0", "teacher")
    said = take(known, folder(tmp_path / "delta", files))
    assert live(known) == links
    assert "h0 is no" not in said.out
    assert ("h0", "teacher") in known.sql("SELECT ref, role FROM staff")


def test_a_childless_parent_of_a_delta_is_not_kept(known: Installation, tmp_path: Path) -> None:
    files = delta()
    user(files, "g77", role="parent", email="g77@x.example")
    take(known, folder(tmp_path / "delta", files))
    assert known.sql("SELECT count(*) FROM parent WHERE ref = 'g77'") == [(0,)]


def test_a_new_stay_in_a_delta_leaves_the_one_before_as_it_was(known: Installation, tmp_path: Path) -> None:
    stays = "SELECT since, until, ended FROM enrolment JOIN pupil ON pupil.id = pupil_id WHERE ref = 'p0'"
    files = delta()
    enrol(files, "e-new", "c1", "p0", since="2027-08-20")
    take(known, folder(tmp_path / "delta", files))
    found = sorted((str(since), str(until), bool(ended)) for since, until, ended in known.sql(stays))
    assert found == [("2026-08-24", "2027-07-10", False), ("2027-08-20", "None", False)]


def test_a_stay_that_a_delta_replaces_ends(known: Installation, tmp_path: Path) -> None:
    stays = "SELECT since, ended FROM enrolment JOIN pupil ON pupil.id = pupil_id WHERE ref = 'p0'"
    files = delta()
    enrol(files, "e-p0-0", "c1", "p0", since="2026-08-24", until="2027-07-10", status="tobedeleted")
    enrol(files, "e-new", "c1", "p0", since="2027-08-20")
    take(known, folder(tmp_path / "delta", files))
    found = sorted((str(since), bool(ended)) for since, ended in known.sql(stays))
    assert found == [("2026-08-24", True), ("2027-08-20", False)]


def test_a_delta_must_hold_the_classes_it_speaks_of(known: Installation, tmp_path: Path) -> None:
    before, files = known.dump(), delta(classes=False)
    enrol(files, "e-p1-1", "c2", "p1", status="tobedeleted")
    said = take(known, folder(tmp_path / "delta", files), expect=2)
    assert "class 'c2' is not in classes.csv; a file of changes must hold the classes" in said.err
    assert known.dump() == before


def test_a_class_that_a_delta_deletes_ends_for_everybody_in_it(known: Installation, tmp_path: Path) -> None:
    groups, files = in_groups(known), delta(classes=False)
    put(files, "classes.csv", sourcedId="c2", title="plusklas", schoolSourcedId="s1", status="tobedeleted")
    take(known, folder(tmp_path / "delta", files))
    assert groups - in_groups(known) == {("p1", "plusklas")}


def test_a_delta_takes_no_group_from_a_teacher(known: Installation, tmp_path: Path) -> None:
    files = delta()
    user(files, "g1", "Jan", "Bos", role="teacher")
    take(known, folder(tmp_path / "delta", files))
    taught = "SELECT staff.ref, name FROM staff JOIN staff_group ON staff.id = staff_id"
    assert known.sql(taught) == [("g1", "Jan Bos")]


def test_users_as_a_whole_and_enrolments_as_changes_end_each_by_its_own_rule(
    known: Installation, tmp_path: Path
) -> None:
    files = Families(children=CLASS.children[:-1], adults=CLASS.adults).oneroster(version="1.2")
    del files["enrollments.csv"][1:]
    mode(files, "enrollments", "delta")
    groups = in_groups(known)
    take(known, folder(tmp_path / "mixed", files))
    assert ("g11", "p11") not in live(known)
    assert in_groups(known) == groups


# What would cost too much.


def huge(path: Path, row: Callable[[int], str], rows: int) -> Path:
    files = CLASS.oneroster()
    del files["demographics.csv"]
    made = zipped(path / "huge.zip", files)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        header = HEADERS["demographics.csv"] + "\n"
        archive.writestr("demographics.csv", header + "".join(map(row, range(rows))))
    return made


BOMBS: dict[str, Callable[[Path], Path]] = {
    "more rows than a school": lambda path: huge(path, lambda n: f"x{n},,,,\n", 100_001),
    "two hundred megabytes": lambda path: huge(path, lambda _: "," * 1_000_000, 201),
    "one endless line": lambda path: huge(path, lambda _: "x" * 1_000_000, 3),
    "NUL": lambda path: huge(path, lambda _: "p\0,\n", 1),
    "UTF-16": lambda path: _written(path, text(CLASS.oneroster()["users.csv"]).encode("utf-16")),
    "Windows-1252": lambda path: _written(path, text(CLASS.oneroster()["users.csv"]).encode("cp1252")),
    "a thousand files": lambda path: _stuffed(path),
}


def _written(path: Path, content: bytes) -> Path:
    made = folder(path / "or", CLASS.oneroster())
    (made / "users.csv").write_bytes(content)
    return made


def _stuffed(path: Path) -> Path:
    with zipfile.ZipFile(zipped(path / "many.zip", CLASS.oneroster()), "a") as archive:
        for number in range(1_001):
            archive.writestr(f"{number}.csv", "")
    return path / "many.zip"


@pytest.mark.parametrize("kind", BOMBS)
def test_what_costs_too_much_or_is_no_text_is_refused_cheaply(
    school: Installation, tmp_path: Path, kind: str
) -> None:
    path = BOMBS[kind](tmp_path)
    began = time.process_time()
    said = take(school, path, expect=2)
    assert time.process_time() - began < 5
    assert str(path) in said.err
    assert "nothing was changed" in said.err
    assert school.sql("SELECT count(*) FROM school") == [(0,)]
