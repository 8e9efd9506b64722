"""What changes after a release, a run or an attempt: nobody gets more than was let go, or twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import (
    FRIDAY,
    NEXT_FRIDAY,
    Installation,
    answer,
    child,
    photo,
    picture,
    post,
    teacher,
)
from tests.smtp_server import ThreadedServer


@pytest.fixture
def server() -> Iterator[ThreadedServer]:
    with ThreadedServer() as server:
        yield server


@pytest.fixture
def school(tmp_path: Path, server: ThreadedServer) -> Installation:
    made = Installation(folder=tmp_path / "school", relay=server.url)
    made.roster(child("p1", "groep 3", "g1"), child("p2", "groep 4", "g2"))
    made.staff(
        teacher("s1", "groep 3|groep 4"),
        teacher("c1", "groep 3|groep 4", role="class_parent"),
        teacher("dir", "", role="management"),
    )
    return made


def state(school: Installation, ref: str) -> str:
    ((found,),) = school.sql("SELECT state FROM post WHERE ref = :ref", ref=ref)
    return str(found)


@pytest.mark.parametrize(
    "changed",
    [
        post("klas", "groep 4", "Tekst.", photo("a.jpg", ["p1"]), author="c1"),
        post("klas", "groep 3", "Tekst.", photo("a.jpg", []), author="c1"),
        post("klas", "groep 3", "Andere tekst.", photo("a.jpg", ["p1"]), author="c1"),
    ],
    ids=["other groups", "fewer children listed", "other text"],
)
def test_a_released_post_of_a_class_parent_waits_again_when_anything_of_it_changes(
    school: Installation, changed: str
) -> None:
    school.write("posts/a.jpg", picture())
    released = post("klas", "groep 3", "Tekst.", photo("a.jpg", ["p1"]), author="c1")
    school.posts(released, expect=1)
    school("release", "klas", "--why", "gelezen", "--by", "s1")
    school.posts(released)
    assert state(school, "klas") == "live"
    school.posts(changed, expect=1)
    assert state(school, "klas") == "waiting"


def test_a_post_published_anew_under_its_old_id_reaches_nobody_twice_and_stops_nobody(
    school: Installation, server: ThreadedServer
) -> None:
    school.posts(post("lezen"))
    school("run", "--at", FRIDAY)
    school.posts(post("lezen", published="2026-11-25T09:00:00"), post("gym", published="2026-11-25T10:00:00"))
    school("run", "--at", NEXT_FRIDAY)
    assert len([m for m in server.messages if m.recipients == ("g1@ouders.example",)]) == 2
    items = {item["post"]: item for item in school.explain("g1", "--week", "2026-W48")["items"]}
    assert items["gym"]["included"]
    assert items["lezen"]["reason"] == "already_had"


def reopened(school: Installation, state: str, **values: int | None) -> None:
    """As if every delivery of the last run were still on its way."""
    more = "".join(f", {name} = :{name}" for name in values)
    sent = "WHERE edition_id IS NOT NULL"
    school.sql(f"UPDATE delivery SET state = :state, done_at = NULL{more} {sent}", state=state, **values)
    school.sql("UPDATE run SET closed_at = NULL")


def test_what_may_have_arrived_is_not_owed_again_when_it_is_given_up(school: Installation) -> None:
    school.posts(post("lezen"))
    school("run", "--at", FRIDAY)
    far_ahead = 4_000_000_000_000_000  # microseconds: no try comes before the next newsletter
    reopened(school, "deferred", doubts=1, next_try_at=far_ahead)
    school.posts(post("gym", published="2026-11-25T10:00:00"))
    school("run", "--at", NEXT_FRIDAY, expect=1)
    items = {item["post"]: item for item in school.explain("g1", "--week", "2026-W48")["items"]}
    assert items["gym"]["included"]
    assert not items.get("lezen", {"included": False})["included"]


def test_what_surely_did_not_arrive_is_owed_again_when_it_is_given_up(school: Installation) -> None:
    school.posts(post("lezen"))
    school("run", "--at", FRIDAY)
    reopened(school, "deferred", doubts=0, next_try_at=4_000_000_000_000_000)
    school("run", "--at", NEXT_FRIDAY, expect=1)
    (item,) = [i for i in school.explain("g1", "--week", "2026-W48")["items"] if i["post"] == "lezen"]
    assert item["included"]


def test_the_second_check_agrees_when_a_birth_date_was_corrected(school: Installation) -> None:
    """Who turns out to have been fifteen could not answer; the parents' answer stands."""
    school.roster(child("p1", "groep 3", "g1", pupil_birth_date="2010-10-01"), child("p2", "groep 4", "g2"))
    school.consents(answer("p1", "g1"), answer("p1", "p1", "no", given_at="2026-10-05T09:00"))
    school.roster(child("p1", "groep 3", "g1", pupil_birth_date="2010-11-01"), child("p2", "groep 4", "g2"))
    school.write("posts/a.jpg", picture())
    school.posts(post("lezen", "groep 3", "Tekst.", photo("a.jpg", ["p1"])))
    school("run", "--at", FRIDAY)
    assert school.status()["held"] == 0
    (item,) = [i for i in school.explain("g1")["items"] if i["post"] == "lezen"]
    assert item["photos"] == [{"file": "a.jpg", "included": True}]


def test_a_shorter_term_for_what_is_owed_withholds_what_waits_and_fails_nothing(school: Installation) -> None:
    school.posts(post("lezen", published="2026-11-14T10:00:00"))
    school("run", "--at", FRIDAY)
    reopened(school, "queued")
    school.settings(owed_days=1)
    school("run", "--at", FRIDAY)
    assert school.status()["failed"] == 0
    assert school.status()["withheld"] == {"no_news": 2}
