"""Which reader gets a file, by its content; what this version cannot read is named."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pytest

from pipeline.intake.formats import RosterFormat, detect, read_roster
from pipeline.intake.roster_check import COLUMNS
from pipeline.problems import BadInput

TODAY = date(2026, 11, 20)
CSV = ",".join(COLUMNS) + "\np1,Noor,,,a,,,g1,Jan,,,,\n"
EDEXML = (
    '<?xml version="1.0"?><EDEX><school><xsdversie>2.1</xsdversie></school><leerlingen>'
    '<leerling key="p1"><roepnaam>Noor</roepnaam></leerling></leerlingen></EDEX>'
)


@pytest.mark.parametrize(
    "content, source",
    [
        (CSV.encode(), "csv"),
        (b"\xef\xbb\xbf\r\n" + CSV.encode(), "csv"),
        (EDEXML.encode(), "edexml"),
        (b"\xef\xbb\xbf" + EDEXML.encode(), "edexml"),
        (EDEXML.encode("utf-16"), "edexml"),
        (b"\n " + EDEXML.removeprefix('<?xml version="1.0"?>').encode(), "edexml"),
    ],
)
def test_the_content_tells_the_format_whatever_the_name(tmp_path: Path, content: bytes, source: str) -> None:
    path = tmp_path / "roster.dat"
    path.write_bytes(content)
    roster = read_roster(path, today=TODAY)
    assert (roster.source, roster.pupils[0].id) == (source, "p1")


def test_a_named_format_is_believed(tmp_path: Path) -> None:
    path = tmp_path / "roster.xml"
    path.write_text(EDEXML)
    with pytest.raises(BadInput, match="missing columns"):
        read_roster(path, RosterFormat.CSV, today=TODAY)
    with pytest.raises(BadInput, match=r"Excel.*csv and edexml"):
        read_roster(path, RosterFormat.XLSX, today=TODAY)


@pytest.mark.parametrize(
    "names, word",
    [
        (["[Content_Types].xml", "xl/workbook.xml"], "Excel"),
        (["manifest.csv", "users.csv", "orgs.csv"], "OneRoster"),
        (["data/Manifest.CSV", "data/users.csv"], "OneRoster"),
        (["users.csv", "orgs.csv", "roles.csv"], "School Data Sync"),
        (["Student.csv", "Section.csv"], "School Data Sync"),
        (["photo.jpg"], "known"),
    ],
)
def test_zips_and_folders_are_recognised_and_named(tmp_path: Path, names: list[str], word: str) -> None:
    archive, folder = tmp_path / "roster.zip", tmp_path / "folder"
    folder.mkdir()
    with zipfile.ZipFile(archive, "w") as file:
        for name in names:
            file.writestr(name, "x")
            (folder / Path(name).name).write_text("x")
    for path in (archive, folder):
        with pytest.raises(BadInput, match=f"{word}.*csv and edexml"):
            read_roster(path, today=TODAY)


@pytest.mark.parametrize("content", [b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0\xa1\xb1", b"", b"\0" * 9])
def test_what_is_no_roster_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "roster"
    path.write_bytes(content)
    with pytest.raises(BadInput):
        read_roster(path, today=TODAY)


def test_real_files_of_other_formats_are_recognised(shared_data: Path) -> None:
    assert detect(shared_data / "oneroster/catalyst_moodle/Test_full_data_set.zip") is RosterFormat.ONEROSTER
    assert detect(shared_data / "oneroster/oat-sa_v1p1_base") is RosterFormat.ONEROSTER
    for name in ("SDS v2.1", "SDS v2", "SDS Format/25 Users"):
        assert detect(shared_data / "sis_csv/microsoft_sds" / name) is RosterFormat.SDS
    sample = shared_data / "edexml/samples/EDEXML-2.1/EDEXML.Voorbeeld.2.1.xml"
    assert detect(sample) is RosterFormat.EDEXML
