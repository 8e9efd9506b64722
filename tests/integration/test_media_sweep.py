"""Pictures of a killed import go; those of posts, of an import under way and of others stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from pipeline.intake.photo_files import Size, store, stored_names
from pipeline.office import opened
from pipeline.store import tables as t
from pipeline.store.retention import sweep_pictures
from tests.installation import Installation, child, photo, picture, post, teacher

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def school(tmp_path: Path) -> Installation:
    made = Installation(folder=tmp_path / "school", relay="file://mails")
    made.roster(child("p1", "groep 3", "g1"))
    made.staff(teacher("s1", "groep 3"))
    return made


def test_only_what_this_database_noted_long_ago_is_removed(school: Installation) -> None:
    with opened(school.config, {}) as office:
        media = office.settings.media
        for name in ("killed-import", "under-way-now", "of-another-database"):
            store(media, name, {Size.MAIL: b"small", Size.LARGE: b"large"})
        with office.database.write() as connection:
            for name, age in (("killed-import", timedelta(days=3)), ("under-way-now", timedelta(minutes=5))):
                connection.execute(insert(t.picture_draft).values(name=name, at=NOW - age))
        assert sweep_pictures(office.database, media, NOW - timedelta(days=1)) == 1
        assert stored_names(media) == {"under-way-now", "of-another-database"}
        assert sweep_pictures(office.database, media, NOW - timedelta(days=1)) == 0


def test_an_import_that_ends_leaves_no_note_and_one_that_fails_no_picture(school: Installation) -> None:
    school.write("posts/a.jpg", picture())
    school.posts(post("bos", "groep 3", "Tekst.", photo("a.jpg", [])))
    assert school.sql("SELECT name FROM picture_draft") == []
    stored = stored_names(school.folder / "media")
    assert len(stored) == 1
    school.sql("CREATE TRIGGER full BEFORE INSERT ON revision BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    school.write("posts/b.jpg", picture((90, 20, 20)))
    school.posts(post("duin", "groep 3", "Tekst.", photo("b.jpg", [])), expect=75)
    assert stored_names(school.folder / "media") == stored
