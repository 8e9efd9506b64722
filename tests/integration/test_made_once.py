"""A newsletter is made once, however two processes that make it cross."""

from __future__ import annotations

from pathlib import Path

from tests.installation import FRIDAY, Installation, child, post, teacher
from tests.week import week_made


def test_facts_read_after_another_process_made_the_newsletter_make_no_second(
    tmp_path: Path, database_url: str
) -> None:
    """It looked whether the newsletter was there, the other made it, and only then it read the school."""
    school = Installation(folder=tmp_path / "school", relay="file://mails", database=database_url)
    school.roster(child("p1", "groep 3", "g1"))
    school.staff(teacher("s1", "groep 3"))
    school.posts(post("bos"))
    with week_made(school) as week:
        snapshot, collected = week.maker.read(week.window)
        assert week.maker.write(snapshot, collected) is None
    school("run", "--at", FRIDAY)
    assert [run["sent"] for run in school.runs()] == [1]
