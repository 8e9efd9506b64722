"""A roster from the outside: what it would change, what waits, what is wrong, and back out again."""

from __future__ import annotations

import csv
import io
import os
import pty
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from tests.installation import Installation, child

LIST = """\
Lln.nr;Roepnaam;Achternaam;Groep;Naam ouder 1;E-mail ouder 1;Naam ouder 2;E-mail ouder 2
101;Sanne;de Vries;groep 3;Jan de Vries;jan@x.example;Els Bakker;els@x.example
102;Tim;de Vries;groep 1;Jan de Vries;jan@x.example;Els Bakker;els@x.example
103;Zoë;Çelik;groep 3;Ayşe Çelik;ayse@x.example;;
"""


@pytest.fixture
def school(tmp_path: Path) -> Installation:
    return Installation(folder=tmp_path / "school", relay="smtp://127.0.0.1:1")


def own_list(school: Installation, text: str = LIST) -> str:
    path = school.folder / "lijst.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def exported(school: Installation) -> str:
    return school("export", "roster", "-").out


def dump(school: Installation) -> list[tuple[object, ...]]:
    """Everything that a roster decides."""
    tables = ("pupil", "parent", "link", "enrolment", "school_group")
    return [row for table in tables for row in school.sql(f"SELECT * FROM {table} ORDER BY id")]


def test_people_of_a_list_without_numbers_stay_who_they_are(school: Installation) -> None:
    """Whatever becomes of addresses and spellings: their approval and their channel stay with them."""
    assert school("import", "roster", own_list(school), "--approve").status == 0
    school("prefer", "els@x.example", "mail")
    said = school(
        "import", "roster", own_list(school, LIST.replace("jan@x", "jan2@x").replace("Els B", "E. B"))
    )
    assert "101~1 Jan de Vries: address 'jan@x.example' becomes 'jan2@x.example'" in said.out
    assert "parents: 0 new, 2 changed" in said.out
    assert "wait for approval" not in said.out
    rows = list(csv.DictReader(io.StringIO(exported(school))))
    assert {(row["parent_id"], row["parent_name"], row["channel"]) for row in rows} == {
        ("101~1", "Jan de Vries", "newsletter"),
        ("101~2", "E. Bakker", "mail"),
        ("103~1", "Ayşe Çelik", "newsletter"),
    }


def test_a_new_partner_at_the_old_address_is_somebody_new_and_waits(school: Installation) -> None:
    school("import", "roster", own_list(school), "--approve")
    said = school("import", "roster", own_list(school, LIST.replace("Els Bakker", "Mo Amrani")), "--force")
    assert "2 parent-pupil links wait for approval" in said.out
    assert "101~2 Els Bakker of 101 Sanne de Vries, groep 3" in said.out, "whose link ends is told"


def test_a_dry_run_is_a_page_that_tells_what_would_change(school: Installation) -> None:
    school("import", "roster", own_list(school), "--approve")
    before = dump(school)
    new = LIST + "104;Mees;Bakker;groep 1;Ayşe Çelik;ayse@x.example;A. Celik;ayse@x.example\n"
    said = school("import", "roster", own_list(school, new), "--dry-run")
    assert "groep 1: pupils 1 new, 0 changed, 0 gone; links 2 new, 0 ended" in said.out
    assert "104 Mees Bakker, groep 1" in said.out
    assert "ayse@x.example: 103~1 Ayşe Çelik, 104~2 A. Celik" in said.out
    assert "103~1 Ayşe Çelik and 104~2 A. Celik" in said.out
    assert dump(school) == before


def test_a_known_parent_with_another_known_child_is_named(school: Installation) -> None:
    both = [child("p1", "groep 3", "g1"), child("p2", "groep 3", "g2")]
    school.roster(*both, approve=True)
    said = school.roster(*both, child("p2", "groep 3", "g1"), approve=False)
    assert "parents with a child they had no access to before (1):" in said.out
    assert "waits for approval" in said.out


def test_what_waits_is_listed_and_let_in_by_the_roster_that_states_it(school: Installation) -> None:
    path = own_list(school)
    school("import", "roster", path)
    school("unapprove", "103~1", "--by", "directie")
    waiting = school("pending", "--json").json["pending"]
    assert [(each["parent"], each["pupil"]) for each in waiting] == [
        ("101~1", "102"),
        ("101~2", "102"),
        ("101~1", "101"),
        ("101~2", "101"),
    ]
    part = own_list(school, "\n".join(line for line in LIST.splitlines() if "102" not in line))
    assert "approve: 2 parent-pupil links" in school("approve", "--all", "--from", part).out
    assert len(school("pending", "--json").json["pending"]) == 2
    school("approve", "--all", expect=2)
    assert "no parent-pupil links wait" not in school("pending").out


@pytest.mark.parametrize(
    "change, said",
    [
        ("another school's", "end 60 of the 60 parent-pupil links, more than a tenth"),
        ("parents sorted alone", "parent-pupil links, more than a tenth"),
        ("addresses sorted alone", "give 60 of the 60 parents another address, more than a quarter"),
    ],
)
def test_a_wrong_file_is_refused_by_how_much_it_would_change(
    school: Installation, change: str, said: str
) -> None:
    def rows(name: int, address: int, first: int = 0) -> list[dict[str, str]]:
        return [
            child(
                f"p{first + n}",
                "groep 3",
                f"g{(n + name) % 60}",
                parent_email=f"a{(n + name + address) % 60}@x.example",
            )
            for n in range(60)
        ]

    school.roster(*rows(0, 0), approve=True)
    before = dump(school)
    wrong = {
        "another school's": rows(0, 0, first=100),
        "parents sorted alone": rows(7, 0),
        "addresses sorted alone": rows(0, 5),
    }[change]
    refused = school.roster(*wrong, expect=2)
    assert said in refused.err
    assert dump(school) == before


def test_a_person_at_a_terminal_is_asked_once_and_the_answer_is_remembered(school: Installation) -> None:
    """Also where they would give a number of the state: that is refused, whoever says it."""
    path = own_list(school, "nr;kind;lokaal;BSN;e-mail ouder\n1;Noor;3;111222333;a@x.example\n")
    weekbrief = Path(sys.executable).with_name("weekbrief")
    command = [weekbrief, "--config", school.config, "import", "roster", path]
    ours, theirs = pty.openpty()
    os.write(ours, b"4\nlokaal\n")
    done = subprocess.run(
        command, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, timeout=60, check=False
    )
    os.close(theirs)
    assert done.returncode == 0, os.read(ours, 10_000)
    os.close(ours)
    assert b"group: lokaal" in done.stdout
    assert school("import", "roster", path).status == 0, "and nobody is there to be asked"


def test_an_export_is_for_the_service_alone_and_overwrites_nothing(school: Installation) -> None:
    school.roster(child("p1", "groep 3", "g1"))
    target = school.folder / "uit.csv"
    assert school("export", "roster", str(target)).status == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert "is there already" in school("export", "roster", str(target), expect=2).err
    assert school("export", "roster", str(target), "--force").status == 0


_names = st.text(st.characters(codec="utf-8", categories=["L", "N"], include_characters=" -'."), min_size=1)
_tidy = _names.map(lambda name: " ".join(name.split())).filter(bool)
_days = st.sampled_from(["", "2026-08-17", "2026-09-01"])


@st.composite
def rosters(draw: st.DrawFn) -> list[dict[str, str]]:
    parents = draw(st.lists(_tidy, min_size=1, max_size=3))
    rows = []
    for pupil in range(draw(st.integers(1, 4))):
        first, since = draw(_tidy), draw(_days)
        for parent in draw(st.lists(st.integers(0, len(parents) - 1), min_size=1, unique=True)):
            access = draw(st.sampled_from(["yes", "blocked"]))
            rows.append(
                child(
                    f"p{pupil}",
                    f"groep {pupil % 2}",
                    f"g{parent}",
                    pupil_first_name=first,
                    parent_name=parents[parent],
                    parent_email=f"g{parent}@x.example" if parent else "",
                    enrolled_from=since,
                    access=access,
                )
            )
    return rows


@settings(max_examples=5, deadline=None)
@given(rows=rosters())
def test_an_import_of_an_export_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("round")
    school = Installation(folder=folder / "school", relay="smtp://127.0.0.1:1")
    school.roster(*rows, approve=True)
    before, target = dump(school), folder / "uit.csv"
    assert school("export", "roster", str(target)).status == 0
    assert school("import", "roster", str(target)).status == 0
    assert dump(school) == before
