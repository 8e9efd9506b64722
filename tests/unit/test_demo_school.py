"""The invented school: the same every time, right for our own readers, and with every refusal in it."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from pipeline.demo import DemoSchool, write_school
from pipeline.intake.consents_csv import read_consents_csv
from pipeline.intake.posts import read_posts
from pipeline.intake.roster_csv import read_roster_csv
from pipeline.intake.staff_csv import read_staff_csv
from pipeline.settings import load

pytestmark = pytest.mark.xdist_group("demo_school")  # it is written once for all of them

ZONE = ZoneInfo("Europe/Amsterdam")
MOMENT = datetime(2026, 11, 20, 15, 30, tzinfo=ZONE)
WINDOW_BEGINS = datetime(2026, 11, 13, 15, 30, tzinfo=ZONE)
Row = dict[str, str]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoSchool:
    return write_school(tmp_path_factory.mktemp("demo"), relay_url="smtp://127.0.0.1:2525")


def rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def roster(demo: DemoSchool) -> list[Row]:
    return rows(demo.roster)


@pytest.fixture(scope="module")
def posts(demo: DemoSchool) -> dict[str, dict[str, Any]]:
    found = {}
    for path in demo.posts.glob("*.md"):
        _, front, body = path.read_text(encoding="utf-8").split("+++\n", 2)
        post = tomllib.loads(front)
        found[post["id"]] = {**post, "body": body}
    return found


def by(roster: list[Row], column: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in roster:
        found.setdefault(row[column], []).append(row)
    return found


def digests(folder: Path) -> Mapping[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def answers(demo: DemoSchool, purpose: str) -> dict[str, set[str]]:
    """Photo answers per pupil."""
    found: dict[str, set[str]] = {}
    for row in rows(demo.consents):
        if (row["purpose"], row["kind"]) == (purpose, "photo"):
            found.setdefault(row["pupil_id"], set()).add(row["answer"])
    return found


# ---------------------------------------------------------------- files


def test_the_same_seed_gives_the_same_bytes(demo: DemoSchool, tmp_path: Path) -> None:
    again = write_school(tmp_path / "again", relay_url="smtp://127.0.0.1:2525")
    assert digests(tmp_path / "again") == digests(demo.config.parent)
    assert (again.decisions, again.explain) == (demo.decisions, demo.explain)


def test_our_own_readers_take_every_file_as_it_is(demo: DemoSchool) -> None:
    roster = read_roster_csv(demo.roster, today=date(2026, 11, 20))
    assert (len(roster.pupils), len(roster.parents), len(roster.groups)) == (250, 400, 12)
    assert len(read_staff_csv(demo.staff).staff) == 20
    assert read_consents_csv(demo.consents, zone=ZONE).consents
    assert len(read_posts(demo.posts, zone=ZONE).posts) == 42
    settings = load(demo.config, {})
    assert [school.id for school in settings.schools] == [demo.school]
    assert settings.relay.per_minute >= 10_000, "the demonstration must not wait for a budget"


def test_the_counts_are_those_of_a_real_school(roster: list[Row]) -> None:
    pupils, parents = by(roster, "pupil_id"), by(roster, "parent_id")
    assert len(pupils) == 250
    assert len(parents) == 400
    sizes = Counter(group for group, found in by(roster, "group").items() for _ in by(found, "pupil_id"))
    assert len(sizes) == 12
    assert all(19 <= size <= 23 for size in sizes.values())
    guardians = Counter(len(by(found, "parent_id")) for found in pupils.values())
    assert set(guardians) == {1, 2, 3}
    assert sum(len(by(found, "pupil_id")) > 1 for found in parents.values()) > 60, "siblings"
    channels = Counter(found[0]["channel"] for found in parents.values())
    assert set(channels) == {"newsletter", "", "app", "mail", "none"}
    assert channels["newsletter"] > 280
    assert sum(found[0]["language"] == "en" for found in parents.values()) == 24


def test_every_address_is_one_that_cannot_exist(demo: DemoSchool, roster: list[Row]) -> None:
    addresses = {row["parent_email"] for row in roster} | {row["email"] for row in rows(demo.staff)}
    assert all(address.endswith(".example") for address in addresses if address)
    text = "".join(path.read_text(encoding="utf-8") for path in demo.posts.glob("*.md"))
    assert all(url.split("/")[2].endswith(".example") for url in re.findall(r"https?://[^\"\s)]+", text))


def test_the_week_has_forty_posts_by_people_of_the_school(
    demo: DemoSchool, posts: dict[str, dict[str, Any]]
) -> None:
    assert sum(post.startswith("w47-") for post in posts) == 41
    staff = {row["staff_id"] for row in rows(demo.staff)}
    assert all(post["author"] in staff for post in posts.values())
    assert sum("event" in post for post in posts.values()) >= 4
    assert sum("link" in post for post in posts.values()) >= 4
    assert len({post["title"] for post in posts.values()}) == len(posts)
    assert all(post["published"].utcoffset() == MOMENT.utcoffset() for post in posts.values())


def test_one_post_alone_names_a_child(roster: list[Row], posts: dict[str, dict[str, Any]]) -> None:
    names = {row["pupil_first_name"].casefold() for row in roster}
    naming = []
    for name, post in posts.items():
        photos = [photo.get(key, "") for photo in post.get("photo", []) for key in ("alt", "caption")]
        words = set(re.findall(r"\w+", " ".join([post["title"], post["body"], *photos]).casefold()))
        naming += [name] if words & names else []
    assert naming == ["w47-spreekbeurt"]


def test_every_photo_is_a_drawn_picture_with_its_own_words(
    demo: DemoSchool, posts: dict[str, dict[str, Any]]
) -> None:
    photos = [photo for post in posts.values() for photo in post.get("photo", [])]
    assert len(photos) >= 40
    assert len({photo["alt"] for photo in photos}) == len(photos)
    assert {photo["file"] for photo in photos} == {path.name for path in demo.posts.glob("*.jpg")}
    whole = [demo.posts / photo["file"] for photo in photos if photo["file"] != "moestuin2.jpg"]
    sizes = [Image.open(io.BytesIO(path.read_bytes())).size for path in whole]
    assert all(1000 <= max(size) <= 1200 for size in sizes)
    assert len({path.read_bytes() for path in whole}) == len(whole)


# ---------------------------------------------------------------- refusals


def test_parents_who_get_nothing(demo: DemoSchool, roster: list[Row]) -> None:
    parents = by(roster, "parent_id")
    orders = {order[0]: order for order in demo.decisions}
    assert sum(order[0] == "unapprove" for order in demo.decisions) == 2
    assert sum(found[0]["parent_email"] == "" for found in parents.values()) == 3
    assert {row["access"] for row in roster} == {"yes", "blocked"}
    blocked_for_all = [found for found in parents.values() if {row["access"] for row in found} == {"blocked"}]
    assert len(blocked_for_all) == 1
    _, parent, pupil, *_ = [order for order in demo.decisions if order[0] == "block"][1]
    assert {row["pupil_id"] for row in parents[parent]} == {pupil}
    assert orders["unapprove"][1] in parents
    left = by([row for row in roster if row["enrolled_until"] == "2026-11-17"], "pupil_id")
    assert len(left) == 1
    for found in left.values():
        assert all(len(parents[row["parent_id"]]) == 1 for row in found), "no other child at school"


def test_children_who_left_came_and_moved(roster: list[Row]) -> None:
    pupils = by(roster, "pupil_id")
    stints = {
        pupil: sorted({(row["enrolled_from"], row["enrolled_until"], row["group"]) for row in found})
        for pupil, found in pupils.items()
    }
    unusual = [found for found in stints.values() if len(found) > 1 or found[0][1] or found[0][0] > "2026-11"]
    moved = [("2026-08-31", "2026-11-18", "groep 5"), ("2026-11-18", "", "groep 4/5")]
    assert sorted(unusual) == [
        [("2026-08-31", "2026-11-17", "groep 6")],
        moved,
        [("2026-11-18", "", "groep 3b")],
    ]


def test_shared_and_malformed_addresses(demo: DemoSchool, roster: list[Row]) -> None:
    addresses = {row["parent_id"]: row["parent_email"] for row in roster}
    shared = Counter(address for address in addresses.values() if address)
    assert sum(count == 2 for count in shared.values()) == 4
    remarks = read_roster_csv(demo.roster, today=date(2026, 11, 20)).remarks
    assert sum("(at)" in each.message for each in remarks) == 1


def test_families_who_refuse_hesitate_or_disagree(demo: DemoSchool, roster: list[Row]) -> None:
    app, mail = answers(demo, "app"), answers(demo, "mail")
    pupils = {row["pupil_id"] for row in roster}
    assert sum(found == {"no"} for found in app.values()) >= 10, "refuse everything"
    assert sum(found == {"yes", "no"} for found in mail.values()) >= 5, "parents who disagree"
    assert len(pupils - mail.keys()) >= 6, "never answered"
    assert any(app[pupil] == {"yes"} and mail[pupil] == {"no"} for pupil in mail), "app only"
    assert sum(found == {"yes"} for found in mail.values()) > 180


def _photos(posts: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [photo for post in posts.values() for photo in post.get("photo", [])]


def test_photos_that_stay_behind(
    demo: DemoSchool, roster: list[Row], posts: dict[str, dict[str, Any]]
) -> None:
    photos, known, mail = _photos(posts), {row["pupil_id"] for row in roster}, answers(demo, "mail")
    listed = [set(photo["shows"]) for photo in photos if photo.get("shows")]
    assert sum("shows" not in photo for photo in photos) == 1, "not listed"
    assert sum(bool(shows - known) for shows in listed) == 1, "unknown pupil"
    assert sum(any("no" in mail.get(each, ()) for each in shows) for shows in listed) == 2, "no consent"
    assert sum(photo["shows"] == [] for photo in photos if "shows" in photo) > 20
    with pytest.raises(OSError, match="truncated"):
        Image.open(io.BytesIO((demo.posts / "moestuin2.jpg").read_bytes())).load()


def test_the_explained_parent_misses_a_photo_through_custody_only(
    demo: DemoSchool, roster: list[Row], posts: dict[str, dict[str, Any]]
) -> None:
    _, parent, pupil, *_ = next(order for order in demo.decisions if order[0] == "block")
    assert parent == demo.explain
    own = by(roster, "parent_id")[parent]
    assert len(by(own, "pupil_id")) == 2
    assert own[0]["channel"] == "newsletter"
    [podium] = [
        post for post in posts.values() if any(pupil in p.get("shows", ()) for p in post.get("photo", []))
    ]
    assert podium["group"] == "school"
    mail = answers(demo, "mail")
    assert all(mail[each] == {"yes"} for each in podium["photo"][0]["shows"])
    voices = {row["given_by"] for row in rows(demo.consents) if row["pupil_id"] == pupil}
    assert parent not in voices, "the yes comes from somebody who is not blocked"


def test_pupils_on_other_photos_have_a_yes_that_counts(
    demo: DemoSchool, roster: list[Row], posts: dict[str, dict[str, Any]]
) -> None:
    blocked = {(row["parent_id"], row["pupil_id"]) for row in roster if row["access"] == "blocked"}
    blocked |= {(order[1], order[2]) for order in demo.decisions if order[0] == "block"}
    pupils = {pupil for photo in _photos(posts) for pupil in photo.get("shows", ())}
    for row in rows(demo.consents):
        if row["pupil_id"] in pupils:
            assert (row["given_by"], row["pupil_id"]) not in blocked


def test_posts_that_wait_are_held_withdrawn_early_late_or_by_the_wrong_author(
    demo: DemoSchool, posts: dict[str, dict[str, Any]]
) -> None:
    staff = {row["staff_id"]: row for row in rows(demo.staff)}
    orders = {order[1]: order[0] for order in demo.decisions if order[0] in {"hold", "release", "withdraw"}}
    assert sorted(orders.values()) == ["hold", "release", "withdraw"]
    assert set(orders) <= set(posts)
    waiting = {name for name, post in posts.items() if staff[post["author"]]["role"] == "class_parent"}
    assert len(waiting) == 3
    assert [name for name, order in orders.items() if order == "release" and name in waiting]
    assert [name for name, post in posts.items() if post["published"] >= MOMENT] == ["w47-weekend"]
    assert [name for name, post in posts.items() if post["published"] < WINDOW_BEGINS] == ["w46-lampionnen"]
    foreign = [
        name
        for name, post in posts.items()
        if staff[post["author"]]["role"] != "management"
        and not set(post.get("groups") or [post["group"]]) <= set(staff[post["author"]]["groups"].split("|"))
    ]
    assert foreign == ["w47-boekenruil"]


def test_another_seed_makes_another_school_and_the_relay_is_the_one_given(
    demo: DemoSchool, tmp_path: Path
) -> None:
    school = write_school(tmp_path, relay_url='smtp://127.0.0.1:2525/"x"', seed=1)
    assert len(by(rows(school.roster), "parent_id")) == 400
    assert len(read_posts(school.posts, zone=ZONE).posts) == 42
    assert school.roster.read_bytes() != demo.roster.read_bytes()
    assert tomllib.loads(school.config.read_text())["relay"]["url"] == 'smtp://127.0.0.1:2525/"x"'
