"""The daemon asks every few seconds, for all schools at once, whether there is anybody to tell."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import event

from pipeline.office import Office, opened
from pipeline.schedule import parse_at
from pipeline.telling import Turn, worth_telling
from tests.installation import Installation
from tests.telling_scene import FRIDAY, NEAR, NOON, THURSDAY, TOLD, WEDNESDAY, told

SCHOOLS = tuple({**TOLD, "id": f"school-{n}"} for n in range(12))


@pytest.fixture
def schools(tmp_path: Path, database_url: str) -> Installation:
    return Installation(folder=tmp_path, relay="file://mails", database=database_url, schools=SCHOOLS)


def turns(office: Office, at: str) -> list[Turn]:
    return [(each, office.school(each), parse_at(at, each.zone)) for each in office.settings.schools]


def test_only_schools_with_something_to_tell_are_named(schools: Installation) -> None:
    with opened(schools.config, {}) as office:
        (first, *others) = [school.key for _, school, _ in turns(office, WEDNESDAY)]
        assert worth_telling(office, turns(office, WEDNESDAY)) == [first, *others]  # nobody has looked yet
        told(schools, WEDNESDAY)
        assert worth_telling(office, turns(office, WEDNESDAY)) == others
        assert first not in worth_telling(office, turns(office, "2026-11-19T15:59"))
        assert first in worth_telling(office, turns(office, THURSDAY))
        told(schools, THURSDAY)
        assert first not in worth_telling(office, turns(office, NOON))
        assert first in worth_telling(office, turns(office, NEAR))
        told(schools, NEAR)
        assert first not in worth_telling(office, turns(office, NEAR))
        assert first in worth_telling(office, turns(office, FRIDAY))


def test_one_answer_for_all_schools_takes_three_queries(schools: Installation) -> None:
    with opened(schools.config, {}) as office:
        asked = turns(office, WEDNESDAY)
        statements: list[str] = []
        event.listen(
            office.database.engine, "before_cursor_execute", lambda *about: statements.append(about[2])
        )
        worth_telling(office, asked)
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 3
