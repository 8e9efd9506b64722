"""Rule 20: bodies, photos and people go after the school's terms; what counts stays."""

from __future__ import annotations

import contextlib
import zlib
from pathlib import Path

import pytest

from tests.installation import FRIDAY, WEEK, Installation, answer, child, photo, picture, post, teacher

FAMILIES = (
    child("p1", "groep 3", "g1", parent_name="Annemarijn", enrolled_until="2026-12-18"),
    child("p2", "groep 3", "g2", parent_name="Bartholomeus"),
    child("p3", "groep 3", "g3", parent_name="Zonderling", parent_email=""),
)


def after_a_week(school: Installation) -> Installation:
    school.roster(*FAMILIES)
    school.staff(teacher("s1", "groep 3"))
    school.consents(answer("p1", "g1"), answer("p2", "g2"))
    school.write("posts/bos.jpg", picture())
    school.posts(post("bos", "groep 3", "Een verhaal.", photo("bos.jpg", ["p1", "p2"])))
    school("run", "--at", FRIDAY)
    return school


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("standing") / "school"
    return after_a_week(Installation(folder=folder, relay="file://mails"))


@pytest.fixture
def school(tmp_path: Path, standing: Installation) -> Installation:
    return standing.copied(tmp_path / "school")


def pictures(school: Installation) -> int:
    return len(list((school.folder / "media").rglob("*.jpg")))


def stored(school: Installation) -> str:
    """Everything that stands in any row, bodies of mails in clear."""

    found = []
    for rows in school.dump().values():
        for value in (value for row in rows for value in row):
            found.append(value.decode("latin-1") if isinstance(value, bytes) else str(value))
            if isinstance(value, bytes):
                with contextlib.suppress(zlib.error):
                    found.append(zlib.decompress(value).decode("latin-1"))
    return "\n".join(found)


def test_bodies_names_and_addresses_of_mails_go_after_their_term(tmp_path: Path, database_url: str) -> None:
    school = after_a_week(Installation(folder=tmp_path, relay="file://mails", database=database_url))
    counted = school.status()
    school("run", "--at", "2027-02-18T15:30")  # the 90th day
    assert school.sql("SELECT count(*) FROM edition WHERE pieces IS NULL") == [(0,)]
    school("run", "--at", "2027-02-18T15:31")
    assert school.sql("SELECT count(*) FROM edition WHERE pieces IS NOT NULL") == [(0,)]
    named = "SELECT count(*) FROM delivery WHERE run_id = 1 AND (name <> '' OR address IS NOT NULL)"
    assert school.sql(named) == [(0,)]
    runs = school("status", "--json").json["runs"]
    assert runs[0] == counted
    said = school("preview", "--all", "--week", WEEK, "--out", tmp_path / "out", expect=None)
    assert "0 mails" in said.out
    # Until the people themselves are forgotten the ledger still answers who received the photo.
    items = school.explain("g1", "bos", "--week", WEEK)["items"]
    assert items[0]["photos"] == [{"file": "bos.jpg", "included": True}]


def test_a_run_without_a_mail_forgets_whom_it_would_have_gone_to(school: Installation) -> None:
    school("run", "--at", "2026-11-27T15:30")
    school("run", "--at", "2027-06-01")
    assert school.sql("SELECT count(*) FROM delivery JOIN run ON run.id = run_id WHERE key < '2026-W49'")[0][
        0
    ]
    named = (
        "SELECT count(*) FROM delivery JOIN run ON run.id = run_id WHERE key < '2026-W49'"
        " AND (name <> '' OR delivery.address IS NOT NULL)"
    )
    assert school.sql(named) == [(0,)]


def test_photos_go_from_disk_after_their_term_and_their_post_stays(school: Installation) -> None:
    assert pictures(school) == 2
    school("run", "--at", "2027-11-18T14:05")
    assert pictures(school) == 2
    school("run", "--at", "2027-11-18T14:06")
    assert pictures(school) == 0
    assert school.sql("SELECT count(*) FROM post") == [(1,)]


def test_terms_are_settings(school: Installation) -> None:
    school.settings(keep_mails_days=1, keep_photos_days=2, keep_after_leaving_days=3)
    school("run", "--at", "2026-11-22T00:00")
    assert school.sql("SELECT count(*) FROM edition WHERE pieces IS NOT NULL") == [(0,)]
    assert pictures(school) == 0
    assert "Annemarijn" in stored(school)
    school("run", "--at", "2026-12-22T00:00")
    assert "Annemarijn" not in stored(school)


def test_who_left_is_forgotten_after_a_year_and_the_counts_stay(school: Installation) -> None:
    counted = school.status()
    school("run", "--at", "2027-12-18T12:00")
    assert "Annemarijn" in stored(school)
    school("run", "--at", "2027-12-19T12:00")
    everything = stored(school)
    for gone in ("Annemarijn", "g1@ouders.example", "Kind-p1"):
        assert gone not in everything
    assert "Bartholomeus" in everything
    assert "g1" not in {ref for (ref,) in school.sql("SELECT ref FROM parent")}
    assert "p1" not in {ref for (ref,) in school.sql("SELECT ref FROM pupil")}
    assert "p1" not in {ref for (ref,) in school.sql("SELECT pupil_ref FROM photo_shows")}
    assert school("status", "--json").json["runs"][0] == counted
    school("explain", "g1", expect=2)


def test_who_comes_back_after_that_is_new(school: Installation) -> None:
    school("run", "--at", "2028-01-07T15:30")
    school.roster(child("p1", "groep 3", "g1", parent_name="Annemarijn"), *FAMILIES[1:], approve=False)
    school.posts(post("terug", published="2028-01-10T10:00:00"))
    school("run", "--at", "2028-01-14T15:30")
    assert school.status()["withheld"]["not_approved"] == 1
    assert school.explain("g1", "bos", "--week", WEEK)["items"][0]["included"] is False


def test_forgetting_twice_changes_nothing_more(school: Installation) -> None:
    school("run", "--at", "2028-01-07T15:30")
    before = school.dump()
    school("run", "--at", "2028-01-07T15:31")
    after = school.dump()
    notes = {"worker", "lookout", "text_screen"}  # who worked, and up to when was looked
    assert {name: rows for name, rows in before.items() if name not in notes} == {
        name: rows for name, rows in after.items() if name not in notes
    }


def test_an_early_calendar_forgets_nothing(school: Installation) -> None:
    before = stored(school)
    school("run", "--at", "2020-01-03T16:00")
    assert "Annemarijn" in stored(school)
    assert pictures(school) == 2
    assert len(before) <= len(stored(school)) + 200
