"""EDEXML as real files: what is read, what is never read, what is refused."""

from __future__ import annotations

import re
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipeline.intake.edexml import read_edexml
from pipeline.intake.records import EnrolmentRecord, Roster
from pipeline.model import Role
from pipeline.problems import BadInput, Problem

SENSITIVE = """<geslacht>2</geslacht>
<gebruikersnaam>SECRET1</gebruikersnaam><emailadres>SECRET2@x.nl</emailadres>
<fotourl>SECRET3</fotourl><etniciteit>SECRET4</etniciteit><land>SECRET5</land><land_vader>SECRET6</land_vader>
<land_moeder>SECRET7</land_moeder><sofinummer>SECRET8</sofinummer><bsn>SECRET9</bsn>
<onderwijsnummer>SECRET10</onderwijsnummer><bsn_ondwnr-4>SECRET11</bsn_ondwnr-4>
<rijksregisternummer>SECRET12</rijksregisternummer><gewicht_nieuw>SECRET13</gewicht_nieuw>
<gewicht>SECRET14</gewicht><postcodenl>SECRET15</postcodenl><postnummerbe>SECRET16</postnummerbe>
<postcodeoverig>SECRET17</postcodeoverig><start_ondw_jgr3>SECRET18</start_ondw_jgr3>
<toevoegingen><blok><code>SECRET19</code><leerling key="SECRET20"><achternaam>SECRET21</achternaam>
<groep key="SECRET22"/></leerling></blok></toevoegingen><mutatiedatum>SECRET23</mutatiedatum>
<vestiging key="SECRET24"/><naam>SECRET25</naam><roepnaam_x>SECRET26</roepnaam_x>"""


def document(
    pupils: str = '<leerling key="1"><roepnaam>Noor</roepnaam><groep key="a"/></leerling>',
    *,
    groups: str = '<groep key="a"><naam>Groep 3</naam></groep>',
    teachers: str = "",
    version: str = "<xsdversie>2.1</xsdversie>",
    attributes: str = "",
) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<EDEX{attributes}><school>{version}</school>\n'
        f"<groepen>{groups}</groepen>\n<leerlingen>{pupils}</leerlingen>\n"
        f"<leerkrachten>{teachers}</leerkrachten></EDEX>"
    )


def read(folder: Path, content: str | bytes) -> Roster:
    path = folder / "edex.xml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_edexml(path)


def refused(folder: Path, content: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(BadInput) as error:
        read(folder, content)
    return error.value.problems


def samples(shared_data: Path) -> list[Path]:
    return sorted((shared_data / "edexml/samples").rglob("*.xml"))


# What is read


def test_pupils_groups_and_teachers_are_read_and_no_parents(tmp_path: Path) -> None:
    pupils = (
        '<leerling key=" 7 "><achternaam>Hof</achternaam><voorvoegsel>van \'t</voorvoegsel>'
        "<voornamen>Gerard Jan</voornamen><voorletters-1>GJ</voorletters-1><roepnaam>Gradje</roepnaam>"
        '<geboortedatum>2018-06-21+02:00</geboortedatum><groep key="a"/><samengestelde_groepen>'
        '<samengestelde_groep key="s"/></samengestelde_groepen><instroomdatum>2022-08-19</instroomdatum>'
        "<uitstroomdatum>2027-07-31</uitstroomdatum></leerling>"
    )
    teachers = (
        '<leerkracht key="LK1"><achternaam>Bemmel</achternaam><voorvoegsel>van</voorvoegsel>'
        "<voorletters-1>J</voorletters-1><emailadres>J@School.Example</emailadres>"
        '<groepen><groep key="a"/><samengestelde_groep key="s"/></groepen></leerkracht>'
    )
    groups = (
        '<groep key="a"><naam>Groep 3</naam></groep>'
        '<samengestelde_groep key="s"><naam>Plus</naam></samengestelde_groep>'
    )
    roster = read(tmp_path, document(pupils, groups=groups, teachers=teachers))
    (pupil,), (teacher,) = roster.pupils, roster.staff
    assert (pupil.id, pupil.first_name, pupil.last_name) == ("7", "Gradje", "van 't Hof")
    assert (pupil.birth_date, pupil.line) == (date(2018, 6, 21), 4)
    assert roster.groups == ("Groep 3", "Plus")
    assert roster.enrolments == tuple(
        EnrolmentRecord(pupil="7", group=group, since=date(2022, 8, 19), until=date(2027, 8, 1), line=4)
        for group in ("Groep 3", "Plus")
    )
    assert (teacher.id, teacher.name, teacher.email) == ("LK1", "J van Bemmel", "J@school.example")
    assert (teacher.role, teacher.groups) == (Role.TEACHER, ("Groep 3", "Plus"))
    assert (roster.source, roster.carries_parents, roster.parents, roster.links) == ("edexml", False, (), ())


@pytest.mark.parametrize(
    "names, wanted",
    [
        ("<roepnaam>Noor</roepnaam>", ("Noor", "")),
        ("<achternaam>Assati</achternaam><voornamen>Ismaël Hassan</voornamen>", ("Ismaël Hassan", "Assati")),
        ("<achternaam>Vries</achternaam><voorvoegsel>de</voorvoegsel>", ("", "de Vries")),
        ("<achternaam>Vries</achternaam><voorletters-1>J</voorletters-1>", ("J", "Vries")),
    ],
)
def test_the_first_name_is_the_best_there_is(tmp_path: Path, names: str, wanted: tuple[str, str]) -> None:
    (pupil,) = read(tmp_path, document(f'<leerling key="1">{names}</leerling>')).pupils
    assert (pupil.first_name, pupil.last_name) == wanted


def test_a_pupil_without_group_is_read_with_a_remark(tmp_path: Path) -> None:
    roster = read(tmp_path, document('<leerling key="1"><roepnaam>Noor</roepnaam></leerling>'))
    assert (len(roster.pupils), roster.enrolments) == (1, ())
    assert "no group" in roster.remarks[0].message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_any_encoding_that_the_file_declares_is_read(tmp_path: Path, encoding: str) -> None:
    text = document().replace("Noor", "Zoë").replace("UTF-8", encoding.removesuffix("-sig"))
    assert read(tmp_path, text.encode(encoding)).pupils[0].first_name == "Zoë"


def test_namespaces_make_no_difference(tmp_path: Path) -> None:
    plain = read(tmp_path, document())
    assert read(tmp_path, document(attributes=' xmlns="http://www.edustandaard.nl/edexml"')) == plain
    prefixed = re.sub(r"<(/?)(?=[a-zE])", r"<\1e:", document()).replace("<e:EDEX", '<e:EDEX xmlns:e="urn:e"')
    assert read(tmp_path, prefixed) == plain


def test_line_breaks_and_controls_in_names_become_spaces(tmp_path: Path) -> None:
    roster = read(
        tmp_path, document('<leerling key="1"><roepnaam> Noor\n&#x85;Bcc: x </roepnaam></leerling>')
    )
    assert roster.pupils[0].first_name == "Noor  Bcc: x"


# What is never read


def test_nothing_but_the_allowed_fields_reaches_a_record(tmp_path: Path) -> None:
    def file(extra: str, eckid: str) -> str:
        pupil = f'<leerling key="1"{eckid}><roepnaam>Noor</roepnaam>{extra}<groep key="a"/></leerling>'
        teacher = f'<leerkracht key="t"{eckid}><roepnaam>Els</roepnaam>{extra}</leerkracht>'
        return document(pupil, teachers=teacher.replace("emailadres", "adres"))

    with_everything = read(tmp_path, file(SENSITIVE.replace("\n", ""), ' eckid="SECRET0"'))
    assert with_everything == read(tmp_path, file("", ""))
    assert "SECRET" not in repr(with_everything)


def test_problems_and_remarks_name_no_sensitive_value(tmp_path: Path) -> None:
    wrong = f'<leerling key="1"><geboortedatum>x</geboortedatum>{SENSITIVE}</leerling>'
    assert "SECRET" not in repr(refused(tmp_path, document(wrong)))


def test_sensitive_text_is_gone_before_the_next_event(tmp_path: Path) -> None:
    """A hundred thousand characters of BSN per pupil would show in the memory that stays in use."""
    pupils = "".join(
        f'<leerling key="{n}"><roepnaam>N</roepnaam><bsn>{"9" * 100_000}</bsn></leerling>' for n in range(100)
    )
    path = tmp_path / "edex.xml"
    path.write_text(document(pupils))
    read_edexml(path)
    tracemalloc.start()
    roster = read_edexml(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(roster.pupils) == 100
    assert peak < 2_000_000


def test_samples_give_the_same_without_their_sensitive_fields(tmp_path: Path, shared_data: Path) -> None:
    names = (
        "geslacht|start_ondw_jgr3|land|land_vader|land_moeder|bsn|bsn_ondwnr-4|rijksregisternummer|gewicht_nieuw"
        "|postcodenl|postnummerbe|mutatiedatum"
    )
    checked = 0
    for sample in samples(shared_data):
        text = sample.read_text()
        stripped = re.sub(rf"<({names})>.*?</\1>| eckid=\"[^\"]*\"", "", text)
        secrets = re.findall(r"<(?:bsn|bsn_ondwnr-4|rijksregisternummer|land\w*|postcodenl)>(.*?)<", text)
        try:
            roster = read_edexml(sample)
        except BadInput:
            continue
        assert stripped != text
        assert replace(read(tmp_path, stripped), file="", remarks=()) == replace(roster, file="", remarks=())
        said = repr(replace(roster, file="", remarks=()))
        assert [secret for secret in secrets if re.search(rf"\b{secret}\b", said)] == []
        checked += 1
    assert checked >= 6


def test_the_invalid_samples_are_refused_or_read_without_their_additions(shared_data: Path) -> None:
    folder = shared_data / "edexml/samples/harmbandstra"
    with pytest.raises(BadInput) as error:
        read_edexml(folder / "EDEXML.invalid_1.xml")
    assert (error.value.problems[0].line, "no part of EDEXML" in str(error.value)) == (3, True)
    odd, right = (
        read_edexml(folder / f"EDEXML.{name}.xml") for name in ("invalid_toevoegingen", "Voorbeeld.2.1")
    )
    assert [pupil.id for pupil in odd.pupils] == [pupil.id for pupil in right.pupils]
    assert "1234'" not in repr(odd)


# What is refused


@pytest.mark.parametrize(
    "content, line, word",
    [
        (document()[:-10], 5, "incomplete"),
        (document().replace("</naam>", "</name>"), 3, "mismatched"),
        (document().replace("Noor", "Noor & Els"), 4, "character"),
        (document().replace("Noor", "Zoë").encode("windows-1252"), 4, "encoding"),
        (document().encode("utf-16"), 1, "encoding"),
        (document().replace("UTF-8", "UTF-16"), 1, "encoding"),
        (document().replace("UTF-8", "martian"), 1, "encoding"),
        (document().replace("UTF-8", "hex"), 1, "encoding"),
        (document().replace("UTF-8", "utf-7"), 1, "encoding"),
        (document().replace("UTF-8", "shift_jis"), 1, "encoding"),
        (b"", 1, "incomplete"),
        ("<html><body/></html>", 1, "<html>"),
        (document().replace("leerlingen>", "pupils>"), 4, "<pupils>"),
        (document(version="<xsdversie>1.03</xsdversie>"), 2, "1.03"),
        (re.sub("<school>.*</school>", "", document()), None, "<school>"),
        (document(pupils=""), None, "no pupils"),
        ("x" * 10, 1, "syntax"),
    ],
)
def test_files_that_are_no_edexml_are_refused_in_words(
    tmp_path: Path, content: str | bytes, line: int | None, word: str
) -> None:
    problem = refused(tmp_path, content)[0]
    assert (problem.line, word in problem.message) == (line, True), problem


def test_all_mistakes_about_people_are_told_at_once(tmp_path: Path) -> None:
    pupils = "\n".join(
        [
            '<leerling key="1"><roepnaam>A</roepnaam><groep key="zz"/></leerling>',
            '<leerling key="1"><roepnaam>B</roepnaam></leerling>',
            "<leerling><roepnaam>C</roepnaam></leerling>",
            '<leerling key="3"/>',
            '<leerling key="4"><roepnaam>D</roepnaam><geboortedatum>21-06-2018</geboortedatum></leerling>',
            '<leerling key="5"><roepnaam>E</roepnaam><instroomdatum>2026-08-02</instroomdatum>'
            "<uitstroomdatum>2026-08-01</uitstroomdatum></leerling>",
        ]
    )
    problems = refused(tmp_path, document(pupils))
    assert [problem.line for problem in problems] == [4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize(
    "groups",
    [
        '<groep key="a"><naam>A</naam></groep><groep key="b"><naam> a </naam></groep>',
        '<groep key="a"><naam>A</naam></groep>'
        '<samengestelde_groep key="s"><naam>A</naam></samengestelde_groep>',
        '<groep key="a"><naam>A</naam></groep><groep key="a"><naam>B</naam></groep>',
        '<groep key="a"><naam>School</naam></groep>',
        '<groep key="a"/>',
        '<groep key="a"><naam>A</naam></groep><groep><naam>B</naam></groep>',
    ],
)
def test_groups_that_cannot_be_told_apart_are_refused(tmp_path: Path, groups: str) -> None:
    assert refused(tmp_path, document(groups=groups))[0].line == 3


BILLION_LAUGHS = (
    '<!DOCTYPE EDEX [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)


@pytest.mark.parametrize(
    "declaration",
    [
        BILLION_LAUGHS,
        '<!DOCTYPE EDEX [<!ENTITY i SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE EDEX SYSTEM "http://127.0.0.1:9/edex.dtd">',
        "<!DOCTYPE EDEX>",
        '<!DOCTYPE EDEX [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]>',
    ],
)
def test_document_types_and_entities_are_refused_at_once(tmp_path: Path, declaration: str) -> None:
    began = time.monotonic()
    content = document().replace("<EDEX>", declaration + "<EDEX>").replace("Noor", "&i;")
    assert "document type" in refused(tmp_path, content)[0].message
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "content",
    [
        lambda: b"<EDEX>" + b"<a>" * 10_000_000,
        lambda: b"<EDEX>" + b'<a x="' + b"y" * 30_000_000,
        lambda: b"<EDEX><!--" + b"y" * 30_000_000,
        lambda: document().replace("Noor", "N" * 30_000_000).encode(),
        lambda: b"<EDEX " + b" ".join(b'a%d="1"' % n for n in range(2_000_000)),
    ],
    ids=["nesting", "attribute", "comment", "text", "attributes"],
)
def test_hostile_sizes_end_soon(tmp_path: Path, content: Callable[[], bytes]) -> None:
    hostile = content()
    began = time.process_time()
    assert refused(tmp_path, hostile)
    assert time.process_time() - began < 5


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "edex.xml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(BadInput, match=r"100\.0 MB"):
        read_edexml(path)
