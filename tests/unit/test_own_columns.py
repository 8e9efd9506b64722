"""A school's own list: what its headings mean, what its rows say, and whom it means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.intake.choosing import Chooser, read_map
from pipeline.intake.columns import Columns, from_json, recognise
from pipeline.intake.formats import read_roster
from pipeline.intake.headings import Field, forbidden, meaning
from pipeline.intake.own_people import near
from pipeline.intake.records import Roster
from pipeline.problems import BadInput
from tests.rosters import workbook

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    "heading, said",
    [
        ("Leerlingnummer", ("pupil", None, Field.ID)),
        ("Lln.nr", ("pupil", None, Field.ID)),
        ("Student ID", ("pupil", None, Field.ID)),
        ("Roepnaam", (None, None, Field.FIRST_NAME)),
        ("Tussenv.", (None, None, Field.PREFIX)),
        ("Geb.datum", (None, None, Field.BIRTH_DATE)),
        ("Stamgroep", (None, None, Field.GROUP)),
        ("E-mailadres verzorger 2", ("parent", 2, Field.EMAIL)),
        ("verzorger1email", ("parent", 1, Field.EMAIL)),
        ("Ouder/verzorger 1", ("parent", 1, Field.NAME)),
        ("Naam moeder", ("mother", None, Field.NAME)),
        ("Guardian 2 last name", ("parent", 2, Field.LAST_NAME)),
        ("E-mailadressen", (None, None, Field.EMAIL)),
        ("Datum inschrijving", (None, None, Field.ENROLLED_FROM)),
        ("Élève", None),
        ("Telefoon ouder 1", None),
        ("Geslacht", None),
        ("BSN", None),
        ("Ouderlijk gezag", None),
        ("Relatie verzorger 1", None),
        ("", None),
    ],
)
def test_what_a_heading_says(heading: str, said: tuple[str | None, int | None, Field] | None) -> None:
    found = meaning(heading)
    assert (found and (found.who, found.number, found.field)) == said


@pytest.mark.parametrize("heading", ["BSN", "Burgerservicenummer", "b.s.n.", "PGN / BSN", "Nationaliteit 1"])
def test_numbers_of_the_state_are_never_read_whatever_a_map_says(heading: str) -> None:
    assert forbidden(heading)
    with pytest.raises(ValueError, match="never read"):
        from_json({"pupil": {"id": heading}})


def test_headings_without_a_word_for_whom_belong_to_the_parent_before_them() -> None:
    found = recognise(["Leerlingnr", "Naam", "Groep", "Ouder 1", "E-mail", "Ouder 2", "E-mail (2)"])
    assert found.columns == Columns(
        pupil={Field.ID: "Leerlingnr", Field.NAME: "Naam", Field.GROUP: "Groep"},
        parents=(
            {Field.NAME: "Ouder 1", Field.EMAIL: "E-mail"},
            {Field.NAME: "Ouder 2", Field.EMAIL: "E-mail (2)"},
        ),
    )
    assert not found.doubts
    assert not found.columns.gaps()


def test_the_surer_of_two_headings_is_read_and_equal_ones_are_asked_about() -> None:
    found = recognise(["Leerlingnr", "Voornamen", "Roepnaam", "Achternaam", "Leerjaar", "Groep", "E-mail"])
    assert found.columns.pupil[Field.FIRST_NAME] == "Roepnaam"
    assert found.columns.pupil[Field.GROUP] == "Groep"
    assert not found.doubts
    assert (
        "'Leerlingnummer' and 'Leerlingcode' could both be"
        in recognise(["Leerlingnummer", "Leerlingcode"]).doubts[0]
    )


def own(folder: Path, text: str) -> Roster:
    path = folder / "lijst.csv"
    path.write_text(text, encoding="utf-8")
    return read_roster(path, today=TODAY)


def people(roster: Roster) -> list[tuple[str, str | None]]:
    return [(each.name, each.address) for each in roster.parents]


LIST = """\
Leerlingenlijst 2026-2027;;;;;;;;;
;;;;;;;;;
Lln.nr;Roepnaam;Tussenv.;Achternaam;Geb.datum;Groep;Naam ouder 1;E-mail ouder 1;Naam ouder 2;E-mail ouder 2
101;Sanne;de;Vries;3-9-2017;groep 3;Jan de Vries;jan@x.example;Els Bakker;els@x.example
102;Tim;de;Vries;14-2-2019;groep 1;Jan de Vries;jan@x.example;;
103;Zoë;;Çelik;1-1-2018;groep 3;Ayşe Çelik;"ayse@x.example, ali@x.example";Ali Çelik;
"""


def test_two_parents_beside_each_other_with_names_in_three_columns(tmp_path: Path) -> None:
    roster = own(tmp_path, LIST)
    names = [(each.id, each.first_name, each.last_name, each.birth_date) for each in roster.pupils]
    assert names == [
        ("101", "Sanne", "de Vries", date(2017, 9, 3)),
        ("102", "Tim", "de Vries", date(2019, 2, 14)),
        ("103", "Zoë", "Çelik", date(2018, 1, 1)),
    ]
    assert people(roster) == [
        ("Jan de Vries", "jan@x.example"),
        ("Els Bakker", "els@x.example"),
        ("Ayşe Çelik", "ayse@x.example"),
        ("Ali Çelik", "ali@x.example"),
    ]
    assert [(each.parent, each.pupil) for each in roster.links] == [
        ("101~1", "101"),
        ("101~2", "101"),
        ("101~1", "102"),
        ("103~1", "103"),
        ("103~2", "103"),
    ]


def test_a_workbook_reads_as_the_same_list(tmp_path: Path) -> None:
    rows = [line.replace('"', "").split(";") for line in LIST.splitlines()]
    book = read_roster(workbook(tmp_path / "l.xlsx", ("Blad1", rows)), today=TODAY)
    assert people(book) == people(own(tmp_path, LIST))


@pytest.mark.parametrize(
    "name, first, last",
    [
        ("Vries, Jan Willem de", "Jan Willem", "de Vries"),
        ("Jan Willem van den Berg", "Jan Willem", "van den Berg"),
        ("Sanne Bakker", "Sanne", "Bakker"),
        ("Bakker, Sanne", "Sanne", "Bakker"),
        ("Sanne", "Sanne", ""),
    ],
)
def test_a_name_in_one_column(tmp_path: Path, name: str, first: str, last: str) -> None:
    roster = own(tmp_path, f'nr;naam leerling;groep;e-mail\n1;"{name}";3;a@x.example\n')
    assert [(each.first_name, each.last_name) for each in roster.pupils] == [(first, last)]
    assert people(roster) == [(f"ouder van {first}", "a@x.example")]


def test_addresses_joined_by_comma_go_to_the_parents_in_their_order(tmp_path: Path) -> None:
    text = 'nr,voornaam,groep,ouder 1,ouder 2,e-mailadressen\n1,Noor,3,Jan,Els,"j@x.example, e@x.example"\n'
    assert people(own(tmp_path, text)) == [("Jan", "j@x.example"), ("Els", "e@x.example")]


def test_american_dates_are_told_by_the_whole_column(tmp_path: Path) -> None:
    rows = "1,A,3,9/3/2017,a@x.example\n2,B,3,9/30/2017,b@x.example\n"
    text = f"id,first name,class,date of birth,parent email\n{rows}"
    assert [each.birth_date for each in own(tmp_path, text).pupils] == [date(2017, 9, 3), date(2017, 9, 30)]


def test_a_row_whose_values_are_shifted_refuses_the_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="values are shifted"):
        own(tmp_path, "nr;voornaam;groep;e-mail\n1;Noor;3;a@x.example\n2;Vries; Tim;3;b@x.example\n")


def test_what_is_not_understood_is_said_with_the_headings_that_were_found(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        own(tmp_path, "volgnr;kleur\n1;rood\n")
    said = str(error.value)
    assert "the pupil's group (such as Groep)" in said
    assert "--map FILE" in said
    assert "'volgnr', 'kleur'" in said


def test_a_map_file_says_which_column_holds_what(tmp_path: Path) -> None:
    told = tmp_path / "map.toml"
    told.write_text(
        '[pupil]\nid = "x"\nname = "y"\ngroup = "z"\n\n[[parent]]\nname = "p"\nemail = "q"\n', "utf-8"
    )
    (tmp_path / "l.csv").write_text("x,y,z,p,q\n7,Noor de Vries,groep 3,Jan,j@x.example\n", "utf-8")
    chooser = Chooser(told=read_map(told), known=None, ask=None)
    roster = read_roster(tmp_path / "l.csv", today=TODAY, choose=chooser)
    assert people(roster) == [("Jan", "j@x.example")]
    assert from_json(chooser.chosen.as_json()) == chooser.chosen if chooser.chosen else False


@pytest.mark.parametrize(
    "text, why",
    [
        ("[pupil]\nname = 3\n", "must be a heading"),
        ("[pupil]\nemail = 'a'\n", "known are"),
        ("[pupils]\n", "known are"),
        ("[pupil]\nid = 'a'\n", "does not say which column holds the pupil's name"),
        ("x\n", "map.toml:1"),
    ],
)
def test_a_wrong_map_file_is_refused_with_a_reason(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "map.toml").write_text(text, "utf-8")
    with pytest.raises(BadInput, match=why.replace("[", r"\[")):
        read_map(tmp_path / "map.toml")


def columns(**told: Any) -> Columns:
    return from_json({"pupil": {"id": "nr", "name": "wie", "group": "g"}, "emails": ["m"], **told})


@pytest.mark.parametrize(
    "names, read", [(["nr", "wie", "g", "m"], True), (["nr", "naam", "groep", "e-mail"], False)]
)
def test_the_last_lists_columns_count_while_all_are_there(
    tmp_path: Path, names: Sequence[str], read: bool
) -> None:
    (tmp_path / "l.csv").write_text(f"{','.join(names)}\n1,Noor,3,a@x.example\n", "utf-8")
    chooser = Chooser(told=None, known=columns(), ask=None)
    roster = read_roster(tmp_path / "l.csv", today=TODAY, choose=chooser)
    assert len(roster.parents) == 1
    assert bool(chooser.remarks) != read


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("J. de Vries", "Jan de Vries", True),
        ("Jan de Vries", "JAN DE VRIES", True),
        ("Zoë Çelik", "Zoe Celik", True),
        ("Fatima El Amrani", "Fatima El Amrany", True),
        ("Jan de Vries", "Jo de Vries", False),
        ("Jan de Vries", "Jan Bakker", False),
        ("", "Jan", False),
    ],
)
def test_near_names(one: str, other: str, same: bool) -> None:
    assert near(one, other) is near(other, one) is same
