"""Exports with anything broken in them are read or refused, and nothing else ever happens."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest

from pipeline.intake.formats import read_roster
from pipeline.intake.roster_check import COLUMNS
from pipeline.problems import BadInput
from tests.rosters import Adult, Child, Families, Files, folder, roster_csv, workbook, zipped

SCHOOL = Families(
    children=[Child(id=f"p{n}", born="2018-03-04", parents=("g1", f"g{n}")) for n in range(1, 4)],
    adults=[Adult(id=f"g{n}", email=f"g{n}@x.example") for n in range(1, 4)],
    teaches={"g1": "groep 3"},
)
WORDS = (
    *("", "p1", "g1", "p2,g2", "c1", "s1", "student", "parent", "teacher", "active", "tobedeleted", "bulk"),
    *("delta", "absent", "1.2", "school", "2026-01-01", "1/2/2026", '"', "\n", "a@b", "\0", "é", "x" * 1200),
)


def spoil(files: Files, chance: random.Random) -> None:
    """Lose, double or change a few rows, cells and files."""
    for _ in range(chance.randint(1, 5)):
        rows = files[chance.choice(sorted(files))]
        match chance.randrange(8):
            case 0 if len(files) > 1:
                del files[chance.choice(sorted(files))]
            case 1 if rows:
                rows.pop(chance.randrange(len(rows)))
            case 2 if rows:
                rows.append(list(chance.choice(rows)))
            case _ if rows and (row := chance.choice(rows)):
                row[chance.randrange(len(row))] = chance.choice(WORDS)
            case _:
                pass


def scratch(path: Path, chance: random.Random, most: int) -> Path:
    content = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, most)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    path.write_bytes(content)
    return path


def broken(here: Path, chance: random.Random) -> Path:
    files = chance.choice(
        [
            lambda: SCHOOL.oneroster(version=chance.choice(["1.1", "1.2"]), direction="both"),
            lambda: SCHOOL.oneroster(version="1.2", mode="delta"),
            SCHOOL.sds,
        ]
    )()
    rows = [list(row.values()) for row in SCHOOL.roster_rows()]
    match chance.randrange(5):
        case 0:
            return scratch(workbook(here / "r.xlsx", ("Lijst", [COLUMNS, *rows])), chance, 4)
        case 1:
            return scratch(zipped(here / "r.zip", files), chance, 4)
        case 2:
            return scratch(roster_csv(here / "r.csv", SCHOOL.roster_rows()), chance, 3)
        case _:
            spoil(files, chance)
            return folder(here / "r", files) if chance.random() < 0.5 else zipped(here / "r.zip", files)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_broken_in_an_export_it_is_read_or_refused(tmp_path: Path, seed: int) -> None:
    chance, read = random.Random(seed), 0
    for number in range(100):
        path = broken(tmp_path / str(number), chance)
        try:
            roster = read_roster(path, today=date(2026, 11, 25))
        except BadInput as error:
            told = str(error)
        else:
            told, read = str(path), read + 1
            if roster.delta is not None:
                continue  # the people of its links may be known already
            assert {link.pupil for link in roster.links} <= {pupil.id for pupil in roster.pupils}
            assert {link.parent for link in roster.links} <= {parent.id for parent in roster.parents}
        assert told.startswith(str(path))
    assert 0 < read < 100
