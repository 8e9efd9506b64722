"""Importing roster, staff and consents through the command line: what is written, refused and left alone."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipeline.days import local_date
from pipeline.office import real_clock
from tests.installation import (
    FRIDAY,
    ROSTER,
    SCHOOL,
    WEEK,
    Installation,
    answer,
    call,
    child,
    post,
    teacher,
)

FAMILIES = tuple(child(f"p{n}", "groep 3", f"g{n}") for n in range(1, 13))


@pytest.fixture
def school(tmp_path: Path) -> Installation:
    return Installation(folder=tmp_path / "school", relay="file://mails")


@pytest.fixture
def any_school(tmp_path: Path, database_url: str) -> Installation:
    return Installation(folder=tmp_path / "school", relay="file://mails", database=database_url)


def everything(school: Installation) -> None:
    school.roster(*FAMILIES, child("p1", "plusklas", "g1"))
    school.staff(teacher("s1", "groep 3|plusklas"), teacher("dir", "", role="management"))
    school.consents(answer("p1", "g1"), answer("p2", "g2", "no"))
    school.posts(post("bos"))


# The same file again, and only looking.


def test_a_second_import_of_the_same_files_changes_no_row(any_school: Installation) -> None:
    rows = (*FAMILIES, child("p13", "plusklas", "g1", enrolled_from="2026-10-01", access="blocked"))
    any_school.roster(*rows)
    any_school.staff(teacher("s1", "groep 3|plusklas"))
    any_school.consents(answer("p1", "g1"))
    any_school.posts(post("bos"))
    before = any_school.dump()
    again = [
        any_school.roster(*rows),
        any_school.staff(teacher("s1", "groep 3|plusklas")),
        any_school.consents(answer("p1", "g1")),
        any_school.posts(),
    ]
    assert any_school.dump() == before
    assert "0 new, 0 changed" in again[0].out
    assert "0 new and 0 changed" in again[1].out
    assert "0 new answers; 1 were known" in again[2].out
    assert "0 new and 0 changed posts; 1 were the same" in again[3].out


def test_a_dry_run_of_an_import_leaves_every_byte(school: Installation) -> None:
    everything(school)
    before = {path: path.read_bytes() for path in school.folder.glob("weekbrief.db*")}
    dry = ["--dry-run"]
    roster = school.roster(*FAMILIES, child("p20", "groep 9", "g20"), child("p21", "groep 9", "g1"), more=dry)
    staff = school.staff(teacher("s2", "groep 77"), more=dry)
    consents = school.consents(answer("p3", "g3"), more=dry)
    posts = school.posts(post("bos", body="Anders."), post("duin"), more=dry)
    assert {path: path.read_bytes() for path in school.folder.glob("weekbrief.db*")} == before
    assert not list(school.folder.glob("media/**/*.jpg"))
    assert "would import" in roster.out
    assert "parents: 1 new" in roster.out
    assert "pupils: 2 new" in roster.out
    assert "would import 1 new and 0 changed staff" in staff.out
    assert "would import 1 new answers" in consents.out
    assert "would import 1 new and 1 changed posts" in posts.out


def test_a_dry_run_before_anything_was_made_makes_nothing(school: Installation) -> None:
    said = school.roster(*FAMILIES, more=["--dry-run"])
    assert "parents: 12 new" in said.out
    school("run", "--dry-run", "--at", FRIDAY)
    assert not (school.folder / "weekbrief.db").exists()


def test_a_dry_run_for_a_school_that_is_not_there_yet_leaves_it_so(school: Installation) -> None:
    everything(school)
    school.schools = (SCHOOL, {**SCHOOL, "id": "klimboom"})
    school.settings()
    before = school.dump()
    words = ("--school", "klimboom", "--dry-run")
    assert "parents: 12 new" in school("import", "roster", school.folder / "roster.csv", *words).out
    assert "klimboom 2026-W47: 0 parents" in school("run", *words, "--at", FRIDAY).out
    assert school.dump() == before


def test_what_a_dry_run_says_is_what_the_import_then_does(school: Installation) -> None:
    everything(school)
    rows = (*FAMILIES[:11], child("p1", "groep 4", "g1"), child("p20", "groep 9", "g20"))
    dry = school.roster(*rows, more=["--dry-run"])
    real = school.roster(*rows)
    assert dry.out.replace("would import", "imported") == real.out


# Bad input changes nothing.

BAD_ROSTERS = {
    "unknown column words": "pupil;parent\n1;2\n",
    "Windows-1252": ",".join(ROSTER).encode() + "\np1,Zoë,J,,g,,,g1,A,,,,\n".encode("cp1252"),
    "one mistake in the last row": None,
    "empty": "",
    "a group called school": None,
}


@pytest.mark.parametrize("kind", BAD_ROSTERS)
def test_a_bad_roster_changes_nothing(school: Installation, kind: str) -> None:
    everything(school)
    before = school.dump()
    content = BAD_ROSTERS[kind]
    rows = {
        "one mistake in the last row": (*FAMILIES, child("p99", "groep 3", "g99", channel="post")),
        "a group called school": (*FAMILIES, child("p99", " School ", "g99")),
    }
    if content is None:
        said = school.roster(*rows[kind], expect=2)
        assert "roster.csv:14:" in said.err
    else:
        said = school("import", "roster", school.write("bad.csv", content), "--approve", expect=2)
    assert "nothing was changed" in said.err
    assert school.dump() == before


@pytest.mark.parametrize(
    "column,values",
    [
        ("parent_name", ("Anna", "Annemarie")),
        ("parent_email", ("a@ouders.example", "b@ouders.example")),
        ("language", ("nl", "en")),
        ("channel", ("mail", "app")),
    ],
)
def test_rows_that_disagree_about_a_parent_are_refused_with_both_lines(
    school: Installation, column: str, values: tuple[str, str]
) -> None:
    one, two = (child(f"p{n}", "groep 3", "g1", **{column: value}) for n, value in enumerate(values))
    said = school.roster(one, two, expect=2)
    assert "roster.csv:3:" in said.err
    assert "line 2" in said.err


def test_a_row_shifted_by_one_column_is_refused(school: Installation) -> None:
    everything(school)
    before = school.dump()
    shifted = ",".join(ROSTER) + "\np1,Kind,Jansen,,,groep 3,,g1,Ouder,g1@ouders.example,nl,newsletter,yes\n"
    said = school("import", "roster", school.write("shifted.csv", shifted), expect=2)
    assert "shifted.csv:2" in said.err
    assert school.dump() == before


def test_consents_of_who_cannot_answer_are_refused_all_together(school: Installation) -> None:
    everything(school)
    before = school.dump()
    said = school.consents(
        answer("p1", "g1"),
        answer("p1", "g2"),
        answer("p404", "g1"),
        answer("p1", "p1"),
        answer("p1", "s1"),
        expect=2,
    )
    for line in (3, 4, 5, 6):
        assert f"consents.csv:{line}" in said.err
    assert "consents.csv:2" not in said.err
    assert school.dump() == before


def test_a_pupil_answers_from_the_sixteenth_birthday(school: Installation) -> None:
    school.roster(child("p1", "brugklas", "g1", pupil_birth_date="2010-11-20"))
    school.consents(answer("p1", "p1", given_at="2026-11-19T23:59"), expect=2)
    school.consents(answer("p1", "p1", given_at="2026-11-20T00:00"))


def test_who_had_a_link_may_still_answer(school: Installation) -> None:
    school.roster(*FAMILIES, child("p1", "groep 3", "oma"))
    school.roster(*FAMILIES)
    school.consents(answer("p1", "oma", "no"))


@pytest.mark.parametrize("kind", ["roster", "staff", "consents", "posts"])
def test_a_bad_first_file_makes_not_even_the_school(school: Installation, kind: str) -> None:
    bad = (
        school.write("bad/bad.md", "+++\nid = 1\n")
        if kind == "posts"
        else school.write("bad.csv", "a,b\n1,2\n")
    )
    school("import", kind, bad.parent if kind == "posts" else bad, expect=2)
    assert school.sql("SELECT count(*) FROM school") == [(0,)]


# Links: approval, blocks, endings.


def test_nobody_gets_in_without_approval(school: Installation) -> None:
    said = school.roster(*FAMILIES, approve=False)
    assert "12 parent-pupil links wait" in said.out
    school.staff(teacher("s1", "groep 3"))
    school.posts(post("bos"))
    school("approve", "g1", "--by", "dir")
    school("run", "--at", FRIDAY)
    run = school.status()
    assert run["sent"] == 1
    assert run["withheld"] == {"not_approved": 11}


def test_a_new_link_of_an_approved_parent_waits(school: Installation) -> None:
    school.roster(*FAMILIES)
    school.roster(*FAMILIES, child("p20", "groep 4", "g1"), approve=False)
    school.staff(teacher("s1", "groep 3|groep 4"))
    school.posts(post("vier", "groep 4"), post("drie"))
    school("run", "--at", FRIDAY)
    told = {item["post"]: item["included"] for item in school.explain("g1")["items"]}
    assert told == {"vier": False, "drie": True}


def test_approve_on_import_never_lets_in_whom_staff_let_out(any_school: Installation) -> None:
    any_school.roster(*FAMILIES)
    any_school("unapprove", "g1", "--by", "dir", "--why", "onbekend")
    any_school.roster(*FAMILIES, child("p20", "groep 4", "g1"))
    links = any_school.sql(
        "SELECT approval FROM link JOIN parent ON parent.id = link.parent_id WHERE parent.ref = 'g1'"
    )
    assert sorted(links) == [("unapproved",), ("undecided",)]


def test_an_import_adds_a_block_and_never_lifts_one(any_school: Installation) -> None:
    any_school.roster(*FAMILIES)
    any_school.roster(*FAMILIES[1:], child("p1", "groep 3", "g1", access="blocked"))
    any_school.roster(*FAMILIES)
    blocked = (
        "SELECT parent.ref FROM link JOIN parent ON parent.id = link.parent_id WHERE link.blocked ORDER BY 1"
    )
    assert any_school.sql(blocked) == [("g1",)]
    any_school("unblock", "g1", "p1", "--by", "dir")
    assert any_school.sql(blocked) == []
    any_school.roster(*FAMILIES)
    assert any_school.sql(blocked) == []


def test_rows_that_disagree_about_access_block(school: Installation) -> None:
    school.roster(child("p1", "groep 3", "g1"), child("p1", "plusklas", "g1", access="blocked"))
    assert school.sql("SELECT blocked FROM link") == [(1,)]


def test_a_file_that_ends_more_than_a_tenth_of_the_links_needs_force(any_school: Installation) -> None:
    any_school.roster(*FAMILIES)
    before = any_school.dump()
    said = any_school.roster(*FAMILIES[:10], expect=2)
    assert "2 of the 12" in said.err
    assert "--force" in said.err
    assert any_school.dump() == before
    any_school.roster(*FAMILIES[:11])  # one in twelve is no landslide
    any_school.roster(*FAMILIES[:3], more=["--force"])
    assert any_school.sql("SELECT count(*) FROM link WHERE NOT ended") == [(3,)]


def test_exactly_a_tenth_may_end(school: Installation) -> None:
    school.roster(*FAMILIES[:10])
    school.roster(*FAMILIES[:9])
    assert school.sql("SELECT count(*) FROM link WHERE ended") == [(1,)]


def test_another_schools_file_ends_nothing_here(school: Installation) -> None:
    school.schools = (SCHOOL, {**SCHOOL, "id": "klimboom"})
    school.settings()
    for id in ("regenboog", "klimboom"):
        school.roster(*FAMILIES, more=["--school", id])
    school.roster(*FAMILIES[:2], more=["--school", "klimboom", "--force"])
    ended = (
        "SELECT school.ref, count(*) FROM link JOIN school ON school.id = link.school_id"
        " WHERE ended GROUP BY 1"
    )
    assert school.sql(ended) == [("klimboom", 10)]


# Parents: channel, language, address.


def test_the_rosters_channel_counts_only_until_somebody_chose(any_school: Installation) -> None:
    any_school.roster(*FAMILIES)
    any_school.sql("UPDATE parent SET channel_chosen = true, channel = 'app' WHERE ref = 'g1'")
    any_school.roster(child("p1", "groep 3", "g1", channel="mail"), *FAMILIES[2:], more=["--force"])
    any_school.roster(*FAMILIES[2:], child("p2", "groep 3", "g2", channel="none"), more=["--force"])
    channels = dict(any_school.sql("SELECT ref, channel FROM parent"))
    assert channels["g1"] == "app"
    assert channels["g2"] == "none"
    assert channels["g3"] == "newsletter"


def test_a_malformed_address_is_named_with_its_line_and_counts_as_empty(school: Installation) -> None:
    said = school.roster(
        child("p1", "groep 3", "g1", parent_email="geen adres"), child("p2", "groep 3", "g2", parent_email="")
    )
    assert "roster.csv:2:" in said.out
    assert "'geen adres'" in said.out
    assert "roster.csv:3:" not in said.out
    school.staff(teacher("s1", "groep 3"))
    school.posts(post("bos"))
    school("run", "--at", FRIDAY)
    assert school.status()["withheld"] == {"no_address": 2}


def test_a_language_that_we_lack_is_the_schools_and_a_region_changes_nothing(school: Installation) -> None:
    wanted = {"so": "nl", "": "nl", "en": "en", "EN-gb": "en", "nl_BE": "nl"}
    school.roster(*(child("p1", "groep 3", f"g{n}", language=tag) for n, tag in enumerate(wanted)))
    school.staff(teacher("s1", "groep 3"))
    school.posts(post("bos"))
    school("preview", "--all", "--week", WEEK, "--out", school.folder / "out")
    shown = [(school.folder / f"out/g{n}.html").read_text("utf-8") for n in range(len(wanted))]
    assert [re.findall(r'<html[^>]* lang="(\w+)"', page) for page in shown] == [
        [each] for each in wanted.values()
    ]


def test_an_address_beyond_ascii_is_written_to_and_found_however_it_is_spelt(school: Installation) -> None:
    school.roster(child("p1", "groep 3", "g1", parent_email="José@bücher.example"))
    for spelling in ("José@bücher.example", "josé@BÜCHER.example", "josé@xn--bcher-kva.example"):
        assert school.explain(spelling)["parent"] == "g1"
    school.staff(teacher("s1", "groep 3"))
    school.posts(post("bos"))
    school("run", "--at", FRIDAY)
    assert school.status()["sent"] == 1


def test_unknown_columns_are_ignored_and_named(school: Installation) -> None:
    told = school.csv("roster.csv", [*ROSTER, "bsn"], [{**FAMILIES[0], "bsn": "123456782"}])
    assert "bsn" in school("import", "roster", told).out
    assert b"123456782" not in (school.folder / "weekbrief.db").read_bytes()


@pytest.mark.parametrize("shape", ["semicolons", "BOM", "CRLF"])
def test_what_spreadsheets_make_of_it_is_read(school: Installation, shape: str) -> None:
    school.csv("roster.csv", ROSTER, FAMILIES)
    content = (school.folder / "roster.csv").read_text()
    made = {
        "semicolons": content.replace(",", ";"),
        "BOM": f"\ufeff{content}",
        "CRLF": content.replace("\n", "\r\n"),
    }
    school("import", "roster", school.write("made.csv", made[shape]), "--approve")
    assert school.sql("SELECT count(*) FROM parent") == [(12,)]


def test_groups_are_one_however_they_are_written(school: Installation) -> None:
    school.roster(child("p1", "Groep Één", "g1"), child("p2", " groep e\u0301e\u0301n ", "g2"))
    assert school.sql("SELECT name FROM school_group") == [("Groep Één",)]


# Stays: who left and came back.


def test_a_return_to_the_group_is_a_new_stay_and_the_old_yes_does_not_come_back(school: Installation) -> None:
    """Rule 9: consent ends when the pupil leaves."""
    first = child("p1", "groep 3", "g1", enrolled_from="2026-08-17", enrolled_until="2026-10-01")
    back = child("p1", "groep 3", "g1", enrolled_from="2026-11-02")
    school.roster(first, *FAMILIES[1:])
    school.consents(answer("p1", "g1", given_at="2026-09-01T09:00"))
    school.roster(back, *FAMILIES[1:])
    stints = school.sql(
        "SELECT since, until, ended FROM enrolment JOIN pupil ON pupil.id = pupil_id"
        " WHERE ref = 'p1' ORDER BY 1"
    )
    assert [(str(since), str(until)) for since, until, _ in stints] == [
        ("2026-08-17", "2026-10-01"),
        ("2026-11-02", "None"),
    ]
    before = school.dump()
    school.roster(back, *FAMILIES[1:])
    assert school.dump() == before


def test_a_first_day_that_was_wrong_is_corrected(school: Installation) -> None:
    school.roster(child("p1", "groep 3", "g1", enrolled_from="2026-08-17"))
    school.roster(child("p1", "groep 3", "g1", enrolled_from="2026-08-24"))
    assert [str(since) for (since,) in school.sql("SELECT since FROM enrolment")] == ["2026-08-24"]


def test_who_is_gone_from_the_roster_gets_nothing_and_may_come_back(school: Installation) -> None:
    school.staff(teacher("s1", "groep 3"))
    school.roster(*FAMILIES)
    school.roster(*FAMILIES[:11])
    today = local_date(real_clock(), _zone())
    assert str(school.sql("SELECT ended_on FROM link WHERE ended")[0][0]) == str(today)
    school.posts(post("bos", published=f"{today - timedelta(days=1)}T12:00:00"))
    school.settings(late_hours=24 * 7)  # the newest newsletter of that day may be days ago
    school("run", "--at", f"{today + timedelta(days=8)}")
    assert school.status()["withheld"]["no_current_child"] == 1
    school.roster(*FAMILIES, approve=False)
    assert school.sql("SELECT count(*) FROM link WHERE ended OR approval <> 'approved'") == [(0,)]


def _zone() -> ZoneInfo:
    return ZoneInfo("Europe/Amsterdam")


# EDEXML first, parents by roster.csv after.

EDEXML = (
    "EDEXML-2.0/EDEXML.Voorbeeld.2.0.xml",
    "EDEXML-2.1/EDEXML.Voorbeeld.2.1.xml",
    "EDEXML-2.1/EDEXML.Voorbeeld.2.1-Vla.xml",
)


@pytest.mark.parametrize("sample", EDEXML)
def test_parents_join_edexml_pupils_by_their_key(
    school: Installation, shared_data: Path, sample: str
) -> None:
    path = shared_data / "edexml/samples" / sample
    school("import", "roster", path)
    (pupil, name), *_ = school.sql(
        "SELECT pupil.ref, school_group.name FROM enrolment JOIN pupil ON pupil.id = pupil_id"
        " JOIN school_group ON school_group.id = group_id ORDER BY pupil.id"
    )
    counted = school.sql("SELECT count(*) FROM enrolment WHERE NOT ended")
    school.roster(child(pupil, name, "g1"))
    assert school.sql("SELECT count(*) FROM enrolment WHERE NOT ended") == counted
    assert school.sql(f"SELECT count(*) FROM pupil WHERE ref = '{pupil}'") == [(1,)]
    school.staff(teacher("s1", name))
    school.posts(post("bos", name))
    school("run", "--at", FRIDAY)
    assert school.status()["sent"] == 1


def test_an_edexml_file_ends_no_parent_link_and_a_roster_csv_no_edexml_group(
    school: Installation, shared_data: Path
) -> None:
    path = shared_data / "edexml/samples" / EDEXML[1]
    school("import", "roster", path)
    school.roster(*FAMILIES)
    stood = school.sql("SELECT count(*) FROM enrolment WHERE NOT ended")
    school("import", "roster", path)
    school.roster(*FAMILIES)
    assert school.sql("SELECT count(*) FROM link WHERE ended") == [(0,)]
    assert school.sql("SELECT count(*) FROM enrolment WHERE NOT ended") == stood


def test_every_edexml_file_is_imported_or_refused_and_leaves_nothing_half(
    school: Installation, shared_data: Path
) -> None:
    files = sorted(path for path in (shared_data / "edexml").rglob("*") if path.is_file())
    assert len(files) >= 12
    for path in files:
        school("status")
        before = school.dump()
        said = call("--config", school.config, "import", "roster", path)
        assert said.status in (0, 2), said
        assert "this failed" not in said.err
        if said.status:
            assert school.dump() == before
            assert path.name in said.err
        else:
            after = school.dump()
            school("import", "roster", path)
            assert school.dump() == after
