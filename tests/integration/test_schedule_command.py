"""`weekbrief schedule`: what it announces is what `run` then does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.installation import FRIDAY, NEXT_FRIDAY, Installation, child, post, teacher


@pytest.fixture
def school(tmp_path: Path) -> Installation:
    told = Installation(folder=tmp_path / "school", relay="file://mails")
    told.roster(child("p1", "groep 3", "g1"))
    told.staff(teacher("s1", "groep 3"))
    told.posts(post("drie"))
    return told


def moments(school: Installation, at: str, *more: str) -> list[dict[str, Any]]:
    document = school("schedule", "--at", at, "--json", *more).json
    assert [told["timezone"] for told in document["schools"]] == ["Europe/Amsterdam"]
    found: list[dict[str, Any]] = document["schools"][0]["moments"]
    return found


def test_what_is_due_and_what_comes(school: Installation) -> None:
    first, second = moments(school, FRIDAY, "--next", "2")
    assert (first["key"], first["at"], first["due"]) == ("2026-W47", "2026-11-20T15:30:00+01:00", True)
    assert (second["key"], second["due"], second["since"]) == ("2026-W48", False, first["at"])


def test_a_newsletter_that_was_missed_joins_the_next(school: Installation) -> None:
    school("run", "--at", FRIDAY)
    [missed_both] = moments(school, "2026-12-05T09:00", "--next", "1")
    assert (missed_both["key"], missed_both["since"]) == ("2026-W49", "2026-11-20T15:30:00+01:00")
    school("run", "--at", "2026-12-05T09:00")
    assert [school.status(run)["key"] for run in (0, 1)] == ["2026-W47", "2026-W49"]


def test_a_run_that_was_made_is_not_announced(school: Installation) -> None:
    school("run", "--at", FRIDAY)
    assert [each["key"] for each in moments(school, FRIDAY, "--next", "2")] == ["2026-W48", "2026-W49"]
    school("run", "--at", NEXT_FRIDAY)
    assert moments(school, NEXT_FRIDAY)[0]["key"] == "2026-W49"


def test_it_says_so_in_words_and_writes_nothing(school: Installation) -> None:
    before = school.dump()
    out = school("schedule", "--at", FRIDAY).out
    assert "regenboog (Europe/Amsterdam):" in out
    assert "2026-W47: Friday 20 November 2026 at 15:30" in out
    assert "due: the next `weekbrief run` makes it" in out
    assert school.dump() == before
    school("schedule", "--next", "0", expect=2)
    school("schedule", "--at", "vrijdag", expect=2)
