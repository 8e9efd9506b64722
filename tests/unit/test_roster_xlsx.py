"""roster.csv's columns as a workbook: the same people, at a bounded cost, and nothing in it is run."""

from __future__ import annotations

import re
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.intake.formats import RosterFormat, read_roster
from pipeline.intake.records import Roster
from pipeline.intake.roster_check import COLUMNS
from pipeline.problems import BadInput
from tests.rosters import roster_csv, workbook

TODAY = date(2026, 11, 25)
ROW = ["p1", "Noor", "de Vries", "2018-03-04", "groep 3", "2026-08-01", "", "g1", "Jan", "j@x.example", "nl", "mail", "yes"]  # fmt: skip  # noqa: E501


def row(**cells: Any) -> list[Any]:
    return list((dict(zip(COLUMNS, ROW, strict=True)) | cells).values())


def read(path: Path, *rows: list[Any], header: Any = COLUMNS) -> Roster:
    return read_roster(workbook(path / "r.xlsx", ("Lijst", [header, *rows])), today=TODAY)


def refused(path: Path) -> str:
    with pytest.raises(BadInput) as error:
        read_roster(path, today=TODAY)
    return str(error.value)


def changed(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """The workbook with one of its parts rewritten, as a program other than Excel might."""
    with zipfile.ZipFile(path) as old:
        parts = {each.filename: old.read(each) for each in old.infolist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return path


SHEET = "xl/worksheets/sheet1.xml"


def test_a_workbook_says_the_same_as_the_csv(tmp_path: Path) -> None:
    rows = [
        row(),
        row(parent_id="g2", parent_name="Zoë Ünal", parent_email="", access="blocked"),
        row(pupil_id="p2", group="", enrolled_from=""),
    ]
    as_csv = roster_csv(tmp_path / "r.csv", (dict(zip(COLUMNS, each, strict=True)) for each in rows))
    one, two = read(tmp_path, *rows), read_roster(as_csv, today=TODAY)
    assert (one.pupils, one.groups, one.enrolments) == (two.pupils, two.groups, two.enrolments)
    assert (one.parents, one.links, one.source) == (two.parents, two.links, two.source)


def test_cells_are_read_as_they_are_meant(tmp_path: Path) -> None:
    told = row(pupil_id=12, parent_id=7.0, pupil_birth_date=date(2018, 3, 4))
    roster = read(tmp_path, row(enrolled_from=datetime(2026, 8, 1)), told)  # noqa: DTZ001 - as Excel has it
    assert [each.id for each in roster.pupils] == ["p1", "12"]
    assert roster.pupils[1].birth_date == date(2018, 3, 4)
    assert roster.enrolments[0].since == date(2026, 8, 1)
    assert [each.id for each in roster.parents] == ["g1", "7"]


def test_empty_rows_and_columns_are_none(tmp_path: Path) -> None:
    header = ["", *COLUMNS, "", "bsn"]
    roster = read(tmp_path, [], ["", *ROW, "", "123456782"], [None] * 16, header=header)
    assert [(each.id, each.line) for each in roster.pupils] == [("p1", 3)]
    assert "bsn" in roster.remarks[0].message
    assert "123456782" not in repr(roster)


def test_mistakes_are_told_by_row_and_column(tmp_path: Path) -> None:
    path = workbook(tmp_path / "r.xlsx", ("Lijst", [COLUMNS, row(access=True), row(pupil_birth_date=43163)]))
    assert refused(path).replace(str(path), "r").splitlines() == [
        "r:2:13: access is 'TRUE'; write yes or blocked, or leave it empty for yes",
        "r:3:4: pupil_birth_date is '43163'; write it as 2015-06-21 (year-month-day), between 1900 and 2199,"
        " or leave it empty",
    ]


def test_a_value_beyond_the_headings_is_a_shifted_row(tmp_path: Path) -> None:
    path = workbook(tmp_path / "r.xlsx", ("Lijst", [COLUMNS, [*ROW[:3], "", *ROW[3:]]]))
    assert "this row has 14 fields, the header has 13" in refused(path)


def test_the_sheet_with_the_columns_is_taken_and_two_are_refused(tmp_path: Path) -> None:
    notes, roster = ("Uitleg", [["Vul in op blad 2"]]), ("Lijst", [COLUMNS, ROW])
    assert read_roster(workbook(tmp_path / "1.xlsx", notes, roster), today=TODAY).pupils
    twice = workbook(tmp_path / "2.xlsx", roster, ("Kopie", [COLUMNS, ROW]))
    assert "more than one sheet with a roster: 'Lijst', 'Kopie'" in refused(twice)
    none = workbook(tmp_path / "3.xlsx", notes, ("Leeg", []))
    assert "has no sheet with the columns of a roster, such as pupil_id, " in refused(none)
    alone = workbook(tmp_path / "4.xlsx", ("Lijst", [["pupil", "groep"], ["p1", "3"]]))
    assert "no column was recognised for the pupil's number" in refused(alone)


NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def excel(path: Path, cells: str, strings: list[str], size: str = "A1:XFD1048576") -> Path:
    """A workbook laid out as Excel itself does: shared strings, dates as numbers with a style."""
    kinds = {"workbook": "sheet.main", "styles": "styles", "sharedStrings": "sharedStrings"}
    overrides = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="{TYPE}.{kind}+xml"/>'
        for part, kind in (*kinds.items(), ("worksheets/sheet1", "worksheet"))
    )
    targets = {"worksheet": "worksheets/sheet1", "styles": "styles", "sharedStrings": "sharedStrings"}
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}.xml"/>'
        for number, (kind, target) in enumerate(targets.items(), 1)
    )
    of_all = f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">{overrides}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{of_all}</Relationships>',
        "xl/workbook.xml": f'<workbook {NS} xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Blad1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{relations}'
        "</Relationships>",
        "xl/styles.xml": f'<styleSheet {NS}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
        "</styleSheet>",
        "xl/sharedStrings.xml": f"<sst {NS}>{''.join(f'<si>{each}</si>' for each in strings)}</sst>",
        SHEET: f'<worksheet {NS}><dimension ref="{size}"/><sheetData>{cells}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_what_excel_itself_writes_is_read(tmp_path: Path) -> None:
    strings = [f"<t>{name}</t>" for name in COLUMNS]
    strings += ["<t>p1</t>", '<r><t xml:space="preserve">Zo</t></r><r><t>ë</t></r>']
    header = "".join(f'<c r="{chr(65 + n)}1" t="s"><v>{n}</v></c>' for n in range(13))
    values = '<c r="A2" t="s"><v>13</v></c><c r="B2" t="s"><v>14</v></c><c r="D2" s="1"><v>43163</v></c>'
    cells = f'<row r="1">{header}</row><row r="2">{values}</row>'
    for size in ("A1:XFD1048576", "A1:A1"):  # neither is true
        path = excel(tmp_path / "r.xlsx", cells, strings, size)
        (pupil,) = read_roster(path, today=TODAY).pupils
        assert (pupil.id, pupil.first_name, pupil.birth_date) == ("p1", "Zoë", date(2018, 3, 4))
    changed(path, "xl/sharedStrings.xml", lambda xml: xml[:-20])
    assert "cannot be read as a workbook" in refused(path)


def test_a_hidden_sheet_is_not_looked_at(tmp_path: Path) -> None:
    hidden = row(pupil_id="p9")
    path = workbook(tmp_path / "r.xlsx", ("Oud", [COLUMNS, hidden]), ("Lijst", [COLUMNS, ROW]))
    changed(
        path, "xl/workbook.xml", lambda xml: re.sub(rb'(name="Oud"[^>]*state=")visible', rb"\1hidden", xml)
    )
    assert [each.id for each in read_roster(path, today=TODAY).pupils] == ["p1"]


# Formulas and what tries to be one.


def test_of_a_formula_only_the_stored_value_counts(tmp_path: Path) -> None:
    path = workbook(tmp_path / "r.xlsx", ("Lijst", [COLUMNS, row(pupil_first_name='="No"&"or"')]))
    told = refused(path)
    assert "r.xlsx:2:2: this formula has no stored value" in told
    changed(path, SHEET, lambda xml: re.sub(rb"<v\s*/>|<v></v>", b"<v>Noor</v>", xml))
    changed(path, SHEET, lambda xml: xml.replace(b'r="B2"', b'r="B2" t="str"'))
    assert read_roster(path, today=TODAY).pupils[0].first_name == "Noor"


def test_an_access_that_is_a_formula_without_a_value_lets_nobody_in(tmp_path: Path) -> None:
    """An empty access would mean yes."""
    path = workbook(tmp_path / "r.xlsx", ("Lijst", [COLUMNS, row(access='=IF(A2="p1","blocked","yes")')]))
    assert "r.xlsx:2:13: this formula has no stored value" in refused(path)


def test_a_formula_that_shows_an_error_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "r.xlsx", ("Lijst", [COLUMNS, row(group="#REF!")]))
    assert "this cell shows #REF!; correct its formula or type the value" in refused(path)


@pytest.mark.parametrize(
    "evil", ["=cmd|' /C calc'!A0", "@SUM(1)", "+1+1", "-2", '=HYPERLINK("http://x","y")']
)
def test_text_that_looks_like_a_formula_is_text(tmp_path: Path, evil: str) -> None:
    path = workbook(tmp_path / "r.xlsx", ("Lijst", [COLUMNS, row(pupil_last_name="@@@")]))
    escaped = evil.replace("&", "&amp;").encode()
    changed(path, SHEET, lambda xml: xml.replace(b"@@@", escaped))
    if "@" in evil:
        assert "holds an @" in refused(path)
    else:
        assert read_roster(path, today=TODAY).pupils[0].last_name == evil


@pytest.mark.parametrize("value", [10**15, 1.5e300, -(10**18)])
def test_a_number_that_excel_has_rounded_is_no_id(tmp_path: Path, value: float) -> None:
    path = workbook(tmp_path / "r.xlsx", ("Lijst", [COLUMNS, row(pupil_id=value)]))
    assert "r.xlsx:2:1: Excel rounds numbers of over 15 digits" in refused(path)


def test_nul_is_refused_and_other_control_characters_are_left_out(tmp_path: Path) -> None:
    path = workbook(tmp_path / "r.xlsx", ("Lijst", [COLUMNS, row(pupil_first_name="@@@")]))
    changed(path, SHEET, lambda xml: xml.replace(b"@@@", b"No_x0007_or_x000D_ B"))
    assert read_roster(path, today=TODAY).pupils[0].first_name == "Noor  B"
    changed(path, SHEET, lambda xml: xml.replace(b"_x0007_", b"_x0000_"))
    assert "r.xlsx:2:2: this cell holds a NUL character" in refused(path)


# What costs too much, and what is no workbook.


def bomb(path: Path, content: bytes) -> Path:
    good = workbook(path / "bomb.xlsx", ("Lijst", [COLUMNS, ROW]))
    return changed(good, SHEET, lambda xml: xml.replace(b"</sheetData>", content + b"</sheetData>"))


CELLS = b'<row r="%d"><c r="A%d"><v>1</v></c></row>'
BOMBS: dict[str, Callable[[], bytes]] = {
    "many rows": lambda: (b"<row>" + b"<c/>" * 100 + b"</row>") * 16_000,
    "many cells": lambda: b'<row r="3">' + b"<c/>" * 1_300_000 + b"</row>",
    "a gap of rows": lambda: CELLS % (10**12, 10**12),
    "columns far out": lambda: b'<row><c r="XFD3"><v>1</v></c></row>' * 240_000,
    "too many bytes": lambda: b"<row>" + b" " * 25_000_000 + b"</row>",
    "rows that never end": lambda: b"<row " * 400_000,
    "long rows": lambda: (b"<row>" + b"<c/>" * 160_000 + b"</row>") * 2,
    "many styles": lambda: b"",
    "one long value": lambda: b'<row r="3"><c r="A3" t="str"><v>' + b"x" * 15_000_000 + b"</v></c></row>",
}


@pytest.mark.parametrize("kind", BOMBS)
def test_what_would_cost_too_much_is_refused_cheaply(tmp_path: Path, kind: str) -> None:
    path = bomb(tmp_path, BOMBS[kind]())
    if kind == "many styles":
        many = b"<font/>" * 40_000
        changed(path, "xl/styles.xml", lambda xml: xml.replace(b"</fonts>", many + b"</fonts>"))
    tracemalloc.start()
    began = time.process_time()
    told = refused(path)
    spent, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "save the list by itself as CSV" in told or "characters, more than" in told
    assert spent < 5
    assert peak < 150_000_000


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml", "docProps/core.xml"])
def test_a_document_type_is_refused_wherever_it_stands(tmp_path: Path, part: str) -> None:
    """With it come entities that grow, or that read other files."""
    path = workbook(tmp_path / "r.xlsx", ("Lijst", [COLUMNS, ROW]))
    laughs = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/hostname">]>'
    changed(path, part, lambda xml: laughs + xml[xml.startswith(b"<?xml") and xml.index(b"?>") + 2 :])
    assert "declares a document type" in refused(path)


@pytest.mark.parametrize("part", ["xl/workbook.xml", SHEET, "[Content_Types].xml"])
def test_a_damaged_workbook_is_refused(tmp_path: Path, part: str) -> None:
    path = workbook(tmp_path / "r.xlsx", ("Lijst", [COLUMNS, ROW]))
    changed(path, part, lambda xml: xml[: len(xml) // 2])
    assert "cannot be read as a workbook" in refused(path)


def test_a_workbook_that_is_damaged_or_empty_within_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "r.xlsx", ("Lijst", [COLUMNS, ROW]))
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo(SHEET).header_offset + 30 + len(SHEET) + 20
    content[at : at + 20] = b"\xff" * 20
    path.write_bytes(content)
    assert "is a damaged workbook" in refused(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("photo.jpg", "x")
    with pytest.raises(BadInput, match="cannot be read as a workbook"):
        read_roster(path, RosterFormat.XLSX, today=TODAY)


@pytest.mark.parametrize("encoding", ["utf-16", "cp037", "utf-7"])
def test_an_encoding_that_hides_what_is_looked_for_is_refused(tmp_path: Path, encoding: str) -> None:
    path = workbook(tmp_path / "r.xlsx", ("Lijst", [COLUMNS, ROW]))
    declaration = f'<?xml version="1.0" encoding="{encoding}"?>'

    def encoded(xml: bytes) -> bytes:
        body = re.sub(rb"\A<\?xml.*?\?>", b"", xml).decode()
        if encoding == "utf-16":
            return (declaration + body).encode("utf-16")
        return declaration.encode() + body.encode(encoding)

    changed(path, SHEET, encoded)
    assert "is written in an unusual encoding" in refused(path)


def test_rows_that_would_be_lost_refuse_the_workbook(tmp_path: Path) -> None:
    path = workbook(tmp_path / "r.xlsx", ("Lijst", [COLUMNS, ROW, row(pupil_id="p2")]))
    changed(path, SHEET, lambda xml: xml.replace(b'<row r="3"', b'<row r="2"'))
    assert "has rows that are not in order" in refused(path)


def test_a_text_document_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "brief.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "x")
        archive.writestr("word/document.xml", "x")
    assert "is no Excel workbook of today; save it as .xlsx" in refused(path)
