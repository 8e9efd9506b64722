"""Which reader gets a file, by its content; what this version cannot read is named."""

from __future__ import annotations

import re
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
    with pytest.raises(BadInput, match="no column was recognised"):
        read_roster(path, RosterFormat.CSV, today=TODAY)
    for format in (RosterFormat.XLSX, RosterFormat.ONEROSTER, RosterFormat.SDS):
        with pytest.raises(BadInput, match=r"damaged workbook|zip file that cannot be opened"):
            read_roster(path, format, today=TODAY)


@pytest.mark.parametrize(
    "names, format",
    [
        (["[Content_Types].xml", "xl/workbook.xml"], RosterFormat.XLSX),
        (["manifest.csv", "users.csv", "orgs.csv"], RosterFormat.ONEROSTER),
        (["data/Manifest.CSV", "data/users.csv"], RosterFormat.ONEROSTER),
        (["users.csv", "orgs.csv", "roles.csv"], RosterFormat.SDS),
        (["Student.csv", "Section.csv"], RosterFormat.SDS),
    ],
)
def test_zips_and_folders_are_told_apart_by_what_they_hold(
    tmp_path: Path, names: list[str], format: RosterFormat
) -> None:
    archive, folder = tmp_path / "roster.zip", tmp_path / "folder"
    folder.mkdir()
    with zipfile.ZipFile(archive, "w") as file:
        for name in names:
            file.writestr(name, "x")
            (folder / Path(name).name).write_text("x")
    assert detect(archive) is detect(folder) is format


def test_a_zip_or_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as file:
        file.writestr("photo.jpg", "x")
    for path in (tmp_path, tmp_path / "photos.zip"):
        with pytest.raises(BadInput, match=r"without a roster that is known\. Known are roster\.csv"):
            read_roster(path, today=TODAY)


@pytest.mark.parametrize("header", ["sourcedId,status", "propertyName,value", "\ufeffSIS ID,Name"])
def test_one_file_of_several_is_refused_by_what_to_do(tmp_path: Path, header: str) -> None:
    path = tmp_path / "users.csv"
    path.write_text(f"{header}\nx,y\n", "utf-8")
    with pytest.raises(BadInput, match="one file of an export of several; name the folder or zip"):
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


def test_every_real_file_is_read_or_refused_with_a_reason(shared_data: Path) -> None:
    for top in ("oneroster", "sis_csv"):
        for path in sorted([*(shared_data / top).rglob("*")]):
            try:
                roster = read_roster(path, today=TODAY)
            except BadInput as error:
                reasons = str(error).removeprefix(f"{path}: ")
                assert re.search(r"\w+ \w+ \w+", reasons), path
                assert "Error" not in reasons, path
            else:
                assert roster.source == top, path
                assert roster.pupils, path


@pytest.mark.parametrize("name", ["Test_full_data_set", "Test_minimal_data_set", "oneroster_test_data"])
def test_real_exports_are_read(shared_data: Path, name: str) -> None:
    folder = shared_data / "oneroster/catalyst_moodle" / name
    one, two = read_roster(folder, today=TODAY), read_roster(Path(f"{folder}.zip"), today=TODAY)
    assert (one.pupils, one.links, one.enrolments) == (two.pupils, two.links, two.enrolments)
    assert one.pupils
