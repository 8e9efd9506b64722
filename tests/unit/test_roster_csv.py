"""roster.csv as real files: what is read, what is refused, and with which words and lines."""

from __future__ import annotations

import csv
import json
import os
import re
import time
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from pipeline.intake.records import EnrolmentRecord, Roster
from pipeline.intake.roster_check import COLUMNS
from pipeline.intake.roster_csv import read_roster_csv
from pipeline.intake.text import MAX_PROBLEMS, clean, match_name
from pipeline.model import Channel
from pipeline.problems import BadInput, Problem

TODAY = date(2026, 11, 20)
HEADER = ",".join(COLUMNS)
ROW = "p1,Noor,de Vries,2018-03-04,groep 3,2026-08-01,2027-07-31,g1,Jan de Vries,jan@x.example,nl,mail,yes"


def read_bytes(folder: Path, content: bytes) -> Roster:
    path = folder / "roster.csv"
    path.write_bytes(content)
    return read_roster_csv(path, today=TODAY)


def read(folder: Path, *rows: str, header: str = HEADER, end: str = "\n") -> Roster:
    return read_bytes(folder, (end.join([header, *rows]) + end).encode())


def refused(folder: Path, *rows: str, header: str = HEADER) -> tuple[Problem, ...]:
    with pytest.raises(BadInput) as error:
        read(folder, *rows, header=header)
    return error.value.problems


def row(**values: str) -> str:
    cells = dict(zip(COLUMNS, ROW.split(","), strict=True)) | values
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells.values())


# What is read


def test_one_row_gives_a_pupil_an_enrolment_a_parent_and_their_link(tmp_path: Path) -> None:
    roster = read(tmp_path, ROW)
    (pupil,), (enrolment,), (parent,), (link,) = (
        roster.pupils,
        roster.enrolments,
        roster.parents,
        roster.links,
    )
    assert (pupil.id, pupil.first_name, pupil.last_name, pupil.birth_date, pupil.line) == (
        "p1",
        "Noor",
        "de Vries",
        date(2018, 3, 4),
        2,
    )
    assert enrolment == EnrolmentRecord(
        pupil="p1", group="groep 3", since=date(2026, 8, 1), until=date(2027, 7, 31), line=2
    )
    assert (parent.id, parent.name, parent.address) == ("g1", "Jan de Vries", "jan@x.example")
    assert (parent.language, parent.channel) == ("nl", Channel.MAIL)
    assert (link.parent, link.pupil, link.blocked) == ("g1", "p1", False)
    assert (roster.source, roster.groups, roster.carries_parents, roster.remarks) == (
        "csv",
        ("groep 3",),
        True,
        (),
    )


def test_empty_cells_mean_open_dates_newsletter_and_not_blocked(tmp_path: Path) -> None:
    roster = read(tmp_path, "p1,Noor,,,groep 3,,,g1,Jan,,,,")
    assert roster.pupils[0].birth_date is None
    assert (roster.enrolments[0].since, roster.enrolments[0].until) == (None, None)
    assert (roster.parents[0].address, roster.parents[0].language) == (None, "")
    assert roster.parents[0].channel is Channel.NEWSLETTER
    assert not roster.links[0].blocked


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("quoted", [False, True])
def test_bom_separator_line_end_and_quotes_make_no_difference(
    tmp_path: Path, end: str, bom: bytes, separator: str, quoted: bool
) -> None:
    def line(text: str) -> str:
        cells = text.split(",")
        return separator.join(f'"{cell}"' if quoted else cell for cell in cells)

    plain = read(tmp_path, ROW)
    other = read_bytes(tmp_path, bom + end.join([line(HEADER), line(ROW)]).encode())
    assert other == plain


def test_columns_may_stand_in_any_order_and_unknown_ones_are_named(tmp_path: Path) -> None:
    header = ",".join(("shoe_size", *reversed(COLUMNS)))
    roster = read(tmp_path, ",".join(("31", *reversed(ROW.split(",")))), header=header)
    assert roster.pupils == read(tmp_path, ROW).pupils
    plain = roster.parents[0]
    assert plain.address == "jan@x.example"
    problems = refused(
        tmp_path, ",".join(("31", *reversed(ROW.replace("mail,", "post,").split(",")))), header=header
    )
    assert (problems[0].line, problems[0].column) == (2, 3)
    assert any("shoe_size" in remark.message for remark in roster.remarks)


def test_a_header_in_capitals_is_understood(tmp_path: Path) -> None:
    assert read(tmp_path, ROW, header=HEADER.upper()).pupils


def test_line_breaks_in_quotes_and_blank_lines_keep_the_line_numbers_right(tmp_path: Path) -> None:
    roster = read(
        tmp_path,
        "",
        row(parent_name="Jan\r\nde\nVries"),
        "",
        ",,,,,,,,,,,,",
        row(pupil_id="p2", parent_id="g2"),
    )
    assert [pupil.line for pupil in roster.pupils] == [3, 8]
    assert roster.parents[0].name == "Jan  de Vries"
    assert any(remark.line == 3 and "control" in remark.message for remark in roster.remarks)


def test_values_are_trimmed_and_in_nfc_also_ids(tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "Zoë")
    roster = read(tmp_path, row(pupil_id=f"\u00a0{decomposed} ", pupil_first_name=f" {decomposed}\u3000"))
    assert roster.pupils[0].id == roster.pupils[0].first_name == "Zoë"


def test_cells_that_look_like_formulas_are_text(tmp_path: Path) -> None:
    roster = read(tmp_path, row(parent_name="=1+2", pupil_first_name="+31", group="-groep"))
    assert (roster.parents[0].name, roster.pupils[0].first_name, roster.groups) == (
        "=1+2",
        "+31",
        ("-groep",),
    )


def test_groups_that_differ_in_case_and_white_space_are_one_with_the_first_spelling(tmp_path: Path) -> None:
    roster = read(tmp_path, row(), row(pupil_id="p2", group="Groep  3"), row(pupil_id="p3", group="Groep  3"))
    assert roster.groups == ("groep 3",)
    assert {each.group for each in roster.enrolments} == {"groep 3"}
    assert sum("same as" in remark.message for remark in roster.remarks) == 1


def test_a_pupil_with_two_parents_in_two_groups_is_told_once(tmp_path: Path) -> None:
    rows = [
        row(group=group, parent_id=parent, parent_name=parent)
        for group in ("a", "b")
        for parent in ("g1", "g2")
    ]
    roster = read(tmp_path, *rows)
    sizes = (len(roster.pupils), len(roster.enrolments), len(roster.parents), len(roster.links))
    assert sizes == (1, 2, 2, 2)


def test_two_parents_may_share_an_address(tmp_path: Path) -> None:
    roster = read(tmp_path, row(), row(parent_id="g2", parent_name="Els"))
    assert [parent.address for parent in roster.parents] == ["jan@x.example"] * 2


def test_two_stints_in_one_group_are_two_enrolments(tmp_path: Path) -> None:
    first = row(enrolled_from="2025-08-01", enrolled_until="2026-01-01")
    second = row(enrolled_from="2026-01-01", enrolled_until="")
    assert [each.until for each in read(tmp_path, first, second).enrolments] == [date(2026, 1, 1), None]


@pytest.mark.parametrize("order", [("blocked", "yes"), ("yes", "blocked"), ("BLOCKED", "")])
def test_of_rows_that_disagree_about_access_blocked_wins(tmp_path: Path, order: tuple[str, str]) -> None:
    roster = read(tmp_path, *(row(access=access) for access in order))
    assert [link.blocked for link in roster.links] == [True]
    assert any("blocked counts" in remark.message for remark in roster.remarks)


def test_rows_without_group_or_parent_are_read_with_a_remark(tmp_path: Path) -> None:
    alone = row(group="", enrolled_from="", enrolled_until="", **dict.fromkeys(COLUMNS[7:], ""))
    roster = read(tmp_path, alone)
    assert (len(roster.pupils), roster.enrolments, roster.parents, roster.links) == (1, (), (), ())
    assert ["in no group" in roster.remarks[0].message, "no parent" in roster.remarks[1].message] == [
        True,
        True,
    ]


def test_control_characters_are_left_out_with_a_remark(tmp_path: Path) -> None:
    roster = read(tmp_path, row(parent_name="Jan\x07\x1b[31m\u2028Bcc: x"))
    assert roster.parents[0].name == "Jan[31m Bcc: x"
    assert [remark.column for remark in roster.remarks] == [9]


@pytest.mark.parametrize("malformed", ["jan", "Jan <jan@x.nl>", "jan@x.nl, els@x.nl"])
def test_a_malformed_address_is_a_remark_with_its_line_and_counts_as_empty(
    tmp_path: Path, malformed: str
) -> None:
    roster = read(tmp_path, row(parent_email=malformed))
    assert roster.parents[0].address is None
    assert [(remark.line, remark.column) for remark in roster.remarks] == [(2, 10)]


# What is refused, and how


def test_all_mistakes_are_told_at_once_with_line_and_field(tmp_path: Path) -> None:
    problems = refused(
        tmp_path,
        row(pupil_birth_date="4-3-2018", channel="post"),
        row(pupil_id="", access="perhaps", language="Dutch"),
    )
    assert [(problem.line, problem.column) for problem in problems] == [
        (2, 4),
        (2, 12),
        (3, 1),
        (3, 11),
        (3, 13),
    ]
    assert all(problem.file.endswith("roster.csv") for problem in problems)


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_is_needed_so_that_a_misspelled_one_cannot_lift_a_block(
    tmp_path: Path, column: str
) -> None:
    (problem,) = refused(tmp_path, ROW, header=HEADER.replace(column, column + "s"))
    assert f"{column} (is '{column}s' meant?)" in problem.message
    assert problem.line == 1


def test_missing_columns_are_named_in_one_problem(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, "x,y", header="name,surname")
    assert all(column in problem.message for column in COLUMNS)


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, ROW + ",yes", header=HEADER + ",access")
    assert "'access' stands twice" in problem.message
    assert problem.column == 14


@pytest.mark.parametrize(
    "content, line, word",
    [
        (f"{HEADER}\r\n{ROW}\r\np2,Zo".encode() + b"\xeb,x", 3, "Windows-1252"),
        ((HEADER + "\n" + ROW.replace("Noor", "Noor" * 30000) + "\n").encode() + b"\x80", 3, "Windows-1252"),
        (f"{HEADER}\n{ROW}".encode("utf-16"), 1, "UTF-16"),
        (f"{HEADER}\n{ROW}".encode("utf-16-le"), 1, "NUL"),
        (f"{HEADER}\n{ROW}\np\0".encode(), 3, "NUL"),
        (b"", 1, "empty"),
        (b"\n\n", 1, "empty"),
        (HEADER.encode(), None, "no rows"),
    ],
)
def test_files_that_are_no_utf8_table_are_refused_with_the_line(
    tmp_path: Path, content: bytes, line: int | None, word: str
) -> None:
    with pytest.raises(BadInput) as error:
        read_bytes(tmp_path, content)
    assert error.value.problems[0].line == line
    assert word in error.value.problems[0].message


@pytest.mark.parametrize("before", ["é", "😀"])
def test_the_first_bad_byte_is_found_over_the_edge_of_a_block(tmp_path: Path, before: str) -> None:
    start = HEADER.encode() + b"\n"
    for edge in range(65536 - 12, 65536 + 4):
        content = b"a" * (edge - len(start)) + b"\r\n" + before.encode() + b"\xe9\r\n\r\n"
        with pytest.raises(BadInput) as error:
            read_bytes(tmp_path, start + content)
        assert [problem.line for problem in error.value.problems if "UTF-8" in problem.message] == [3], edge


def test_an_unclosed_quote_is_told_with_the_line_it_is_in(tmp_path: Path) -> None:
    problems = refused(tmp_path, ROW, 'p2,"Noor,x' + ",x" * 10, *[ROW] * 3)
    assert [(problem.line, "never closed" in problem.message) for problem in problems] == [(3, True)]
    problems = refused(tmp_path, ROW, 'p2,"Noor"x,' + ",x" * 10)
    assert [(problem.line, "double quote" in problem.message) for problem in problems] == [(3, True)]


@pytest.mark.parametrize("wrong", [ROW + ",", ROW + ",x", ROW.rpartition(",")[0], "p1"])
def test_a_row_with_too_many_or_too_few_fields_is_shifted(tmp_path: Path, wrong: str) -> None:
    (problem,) = refused(tmp_path, ROW, wrong)
    assert "shifted" in problem.message
    assert problem.line == 3


@pytest.mark.parametrize("channel", [channel.value for channel in Channel])
@pytest.mark.parametrize("shift", range(len(COLUMNS) - 1))
@pytest.mark.parametrize("way", ["left", "right", "doubled"])
def test_a_row_whose_cells_moved_by_one_is_caught(tmp_path: Path, channel: str, shift: int, way: str) -> None:
    cells = ROW.replace(",mail,", f",{channel},").split(",")
    if way == "left":
        moved = [*cells[:shift], *cells[shift + 1 :], ""]
    else:
        moved = [*cells[:shift], "" if way == "right" else cells[shift], *cells[shift:-1]]
    assert next(problem.line for problem in refused(tmp_path, ROW.replace("p1", "p9"), ",".join(moved))) == 3


def test_a_whole_file_that_is_shifted_is_one_problem_with_examples(tmp_path: Path) -> None:
    cells = [
        f"p{n},Noor{n},x,2018-03-04,groep 3,2026-08-01,,g{n},Jan,jan{n}@x.example,nl,mail" for n in range(400)
    ]
    (problem,) = refused(tmp_path, *(f",{line}" for line in cells))
    assert "columns seem to have shifted" in problem.message
    assert "field" in problem.message


def test_one_column_written_wrong_everywhere_is_one_problem(tmp_path: Path) -> None:
    rows = [row(pupil_id=f"p{n}", pupil_birth_date="04-03-2018") for n in range(400)]
    (problem,) = refused(tmp_path, *rows)
    assert (problem.line, problem.column) == (2, 4)
    assert "400 of 400 rows" in problem.message


def test_of_very_many_problems_the_first_are_shown_and_the_rest_counted(tmp_path: Path) -> None:
    rows = [row(pupil_id=f"p{n}", channel="post" if n % 3 == 0 else "") for n in range(400)]
    problems = refused(tmp_path, *rows)
    assert len(problems) == MAX_PROBLEMS + 1
    assert "and 84 more" in problems[-1].message


@pytest.mark.parametrize(
    "column, one, two",
    [
        ("parent_name", "Jan", "Jan P."),
        ("parent_email", "a@x.example", "b@x.example"),
        ("parent_email", "a@x.example", ""),
        ("language", "nl", "en"),
        ("channel", "app", ""),
        ("pupil_first_name", "Noor", "Nora"),
        ("pupil_last_name", "a", "b"),
        ("pupil_birth_date", "2018-03-04", "2018-03-05"),
    ],
)
def test_rows_that_disagree_about_one_person_are_refused_with_both_lines(
    tmp_path: Path, column: str, one: str, two: str
) -> None:
    first, second = row(group="a", **{column: one}), row(group="b", **{column: two})
    (problem,) = refused(tmp_path, first, second)
    assert (problem.line, problem.column) == (3, COLUMNS.index(column) + 1)
    assert "line 2" in problem.message


@pytest.mark.parametrize(
    "one, two",
    [
        (("2026-08-01", "2027-01-01"), ("2026-08-01", "2027-02-01")),
        (("2026-08-01", ""), ("2026-08-01", "2027-02-01")),
        (("", ""), ("2026-08-01", "")),
        (("2026-08-01", "2026-10-01"), ("2026-09-30", "2026-12-01")),
    ],
)
def test_overlapping_enrolments_in_one_group_are_refused_with_both_lines(
    tmp_path: Path, one: tuple[str, str], two: tuple[str, str]
) -> None:
    rows = [row(enrolled_from=since, enrolled_until=until) for since, until in (one, two)]
    (problem,) = refused(tmp_path, *rows)
    assert problem.line == 3
    assert "line 2" in problem.message


@pytest.mark.parametrize("until", ["2026-08-01", "2026-07-31"])
def test_an_enrolment_that_ends_before_it_began_is_refused(tmp_path: Path, until: str) -> None:
    (problem,) = refused(tmp_path, row(enrolled_until=until))
    assert problem.column == 7


@pytest.mark.parametrize("name", ["school", " SCHOOL ", "ſchool"])
def test_a_group_called_school_is_refused(tmp_path: Path, name: str) -> None:
    (problem,) = refused(tmp_path, row(group=name))
    assert problem.column == 5


@pytest.mark.parametrize(
    "column, value",
    [
        ("pupil_birth_date", "20180304"),
        ("pupil_birth_date", "2018-W10-7"),
        ("pupil_birth_date", "2018-02-30"),
        ("pupil_birth_date", "1899-12-31"),
        ("pupil_birth_date", "2026-11-22"),
        ("pupil_birth_date", "२०१८-०३-०४"),
        ("enrolled_from", "1-8-2026"),
        ("enrolled_until", "9999-12-31"),
        ("pupil_first_name", "noor@x.example"),
        ("pupil_last_name", "2018-03-04"),
        ("parent_name", ""),
        ("group", "2026-08-01"),
        ("group", "a@b"),
        ("parent_id", ""),
        ("pupil_id", ""),
        ("parent_id", "2026-08-01"),
        ("language", "newsletter"),
        ("parent_email", "newsletter"),
        ("parent_email", "nl"),
        ("language", "app"),
        ("channel", "nl"),
        ("access", "no"),
        ("parent_name", "x" * 1001),
    ],
)
def test_a_value_that_does_not_fit_its_column_is_refused_there(
    tmp_path: Path, column: str, value: str
) -> None:
    problems = refused(tmp_path, row(**{column: value}))
    assert {(problem.line, problem.column) for problem in problems} == {(2, COLUMNS.index(column) + 1)}


def test_a_child_born_today_or_tomorrow_elsewhere_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, row(pupil_birth_date="2026-11-21")).pupils


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe"])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "roster.csv"
    if kind == "folder":
        path.mkdir()
    if kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(BadInput):
        read_roster_csv(path, today=TODAY)


def test_many_rows_cost_a_small_multiple_of_the_csv_module(tmp_path: Path) -> None:
    """Measured against DictReader, as machines and their moods differ."""
    rows = [
        row(pupil_id=f"p{n // 2}", parent_id=f"g{n}", parent_email=f"jan.{n}@school{n % 300}.example")
        for n in range(30_000)
    ]
    began = time.process_time()
    roster = read(tmp_path, *rows)
    ours = time.process_time() - began
    began = time.process_time()
    with (tmp_path / "roster.csv").open(newline="") as file:
        count = sum(1 for _ in csv.DictReader(file))
    assert len(roster.parents) == count == 30_000
    assert ours < 40 * (time.process_time() - began)


# Names


@given(st.text())
def test_matching_a_name_twice_changes_nothing(name: str) -> None:
    assert match_name(match_name(name)) == match_name(name)


@given(st.text())
def test_cleaned_text_stays_clean(text: str) -> None:
    once, _ = clean(text.replace("\0", ""))
    assert clean(once) == (once, False)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", once)


def test_naughty_strings_come_out_literally_or_are_refused_with_a_reason(
    tmp_path: Path, shared_data: Path
) -> None:
    naughty = json.loads((shared_data / "strings/blns/blns.json").read_text())
    taken = 0
    for number, text in enumerate(naughty):
        wanted, _ = clean(text)
        cells = {"parent_name": text, "pupil_first_name": text, "group": text or "x"}
        try:
            roster = read(tmp_path, row(parent_id=f"g{number}", **cells))
        except BadInput as error:
            assert "@" in text or not wanted, text
            assert error.problems  # noqa: PT017
            continue
        taken += 1
        assert roster.parents[0].name == roster.pupils[0].first_name == wanted
        assert (
            wanted == "".join(unicodedata.normalize("NFC", text).split())
            or wanted in (unicodedata.normalize("NFC", text))
            or roster.remarks
        )
    assert taken > 450
