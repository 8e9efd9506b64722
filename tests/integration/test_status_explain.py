"""`status` and `explain`: every parent in one state, every post and photo with its reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.installation import (
    FRIDAY,
    NEXT_FRIDAY,
    SCHOOL,
    WEEK,
    Installation,
    answer,
    child,
    photo,
    picture,
    post,
    teacher,
)
from tests.smtp_server import Phase, ThreadedServer, refuse

EVERY_REASON = {
    "not_approved": 1,
    "blocked": 1,
    "no_current_child": 1,
    "no_address": 1,
    "suppressed": 1,
    "channel_none": 1,
    "other_channel": 2,
    "no_news": 1,
}


def school_of_reasons(school: Installation) -> Installation:
    """One parent for each reason of rule 17, so that a later reason would fit them too where it can."""
    school.roster(child("p0", "groep 3", "wacht", channel="none", parent_email=""), approve=False)
    school.roster(
        child("p0", "groep 3", "krijgt"),
        child("p1", "groep 3", "geblokkeerd", access="blocked", channel="none"),
        child("p2", "groep 3", "weg", enrolled_until="2026-11-20", parent_email="", channel="app"),
        child("p0", "groep 3", "zonder", parent_email="", channel="none"),
        child("p0", "groep 3", "gestuiterd", channel="none"),
        child("p0", "groep 3", "niets", channel="none"),
        child("p0", "groep 3", "mail", channel="mail"),
        child("p0", "groep 3", "app", channel="app"),
        child("p3", "groep 4", "geennieuws"),
        child("p0", "groep 3", "wacht", channel="none", parent_email=""),
        approve=True,
    )
    school("unapprove", "wacht")
    school.sql("UPDATE parent SET suppressed_at = 1 WHERE ref = 'gestuiterd'")
    school.staff(teacher("s1", "groep 3"))
    school.posts(post("bos"))
    return school


def test_a_school_with_every_reason_counts_each_parent_once(tmp_path: Path, database_url: str) -> None:
    school = school_of_reasons(Installation(folder=tmp_path, relay="file://mails", database=database_url))
    dry = school("run", "--dry-run", "--at", FRIDAY)
    school("run", "--at", FRIDAY)
    run = school.status()
    assert run["withheld"] == EVERY_REASON
    assert list(run["withheld"]) == list(EVERY_REASON)
    assert (run["parents"], run["sent"], run["queued"], run["failed"], run["held"]) == (10, 1, 0, 0, 0)
    assert run["parents"] == sum(run["withheld"].values()) + 1
    assert (run["school"], run["kind"], run["key"]) == ("regenboog", "weekly", WEEK)
    real = school("run", "--week", WEEK, "--at", FRIDAY)
    assert dry.out.splitlines()[-1:] == real.out.splitlines()  # the dry run foretold it


@pytest.mark.parametrize(
    "parent", ["wacht", "geblokkeerd", "weg", "zonder", "gestuiterd", "niets", "mail", "app"]
)
def test_explain_gives_the_reason_before_and_after_the_run(
    reasons: Installation, tmp_path: Path, parent: str
) -> None:
    wanted = {
        "wacht": "not_approved",
        "geblokkeerd": "blocked",
        "weg": "no_current_child",
        "zonder": "no_address",
        "gestuiterd": "suppressed",
        "niets": "channel_none",
        "mail": "other_channel",
        "app": "other_channel",
    }[parent]
    school = reasons.copied(tmp_path / "school")
    before = school.explain(parent, "--week", WEEK)
    school("run", "--at", FRIDAY)
    for told in (
        before,
        school.explain(parent, "--week", WEEK),
        school.explain(parent, "bos", "--week", WEEK),
    ):
        assert told["parent"] == parent
        assert told["run"] == WEEK
        assert told["reason"] == wanted
        assert told["items"] == [{"post": "bos", "included": False, "reason": wanted}]


@pytest.fixture(scope="module")
def reasons(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("reasons") / "school"
    return school_of_reasons(Installation(folder=folder, relay="file://mails"))


def test_no_news_is_explained_by_each_posts_own_reason(reasons: Installation, tmp_path: Path) -> None:
    school = reasons.copied(tmp_path / "school")
    school("run", "--at", FRIDAY)
    assert school.explain("geennieuws")["items"] == [
        {"post": "bos", "included": False, "reason": "not_in_audience"}
    ]
    assert school.explain("geennieuws")["reason"] == "no_news"


# Explain: posts and photos.


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Two families in groep 3; p1 has the parents g1 and g9, who is blocked."""
    school = Installation(folder=tmp_path_factory.mktemp("week") / "school", relay="file://mails")
    school.roster(
        child("p1", "groep 3", "g1"),
        child("p1", "groep 3", "g9", access="blocked"),
        child("p2", "groep 3", "g2"),
        child("p9", "groep 4", "g9"),
        child("p5", "groep 4", "g1"),
    )
    school.staff(teacher("s1", "groep 3|groep 4"), teacher("dir", "", role="management"))
    school.consents(
        answer("p1", "g1"),
        answer("p2", "g2", "no"),
        answer("p9", "g9"),
        answer("p5", "g1", purpose="app"),
    )
    for name, colour in (("een.jpg", 10), ("twee.jpg", 60), ("negen.jpg", 110), ("vijf.jpg", 160)):
        school.write(f"posts/{name}", picture((colour, 0, 0)))
    photos = (
        photo("een.jpg", ["p1"]),
        photo("twee.jpg", ["p2"]),
        photo("negen.jpg", ["p9"]),
        photo("vijf.jpg", ["p5"]),
    )
    school.posts(
        post("drie", "groep 3"),
        post("allen", "school", "Iedereen", *photos, author="dir"),
        post("samen", groups=["groep 3", "groep 4"]).replace('group = "groep 3"\n', ""),
        post("straks", published="2026-11-20T15:30:00"),
        post("oud", published="2026-11-13T15:29:59"),
    )
    return school


def test_explain_says_through_which_child_and_group(week: Installation, tmp_path: Path) -> None:
    school = week.copied(tmp_path / "school")
    coming = school.explain("g1", "--week", WEEK)
    school("run", "--at", FRIDAY)
    made = school.explain("g1")
    assert coming["items"] == made["items"] or {item["post"] for item in coming["items"]} >= {
        item["post"] for item in made["items"]
    }
    for told in (coming, made):
        items = {item["post"]: item for item in told["items"]}
        assert items["drie"]["via"] == ["p1"]
        assert items["drie"]["groups"] == ["groep 3"]
        assert items["samen"]["via"] == ["p1", "p5"]
        assert sorted(items["samen"]["groups"]) == ["groep 3", "groep 4"]
        assert items["allen"]["via"] == ["p1", "p5"]
        assert items["allen"]["channel"] == "newsletter"


def test_explain_gives_every_photo_its_reason(week: Installation, tmp_path: Path) -> None:
    school = week.copied(tmp_path / "school")
    coming = {parent: school.explain(parent, "allen", "--week", WEEK) for parent in ("g1", "g9")}
    school("run", "--at", FRIDAY)
    made = {parent: school.explain(parent, "allen") for parent in ("g1", "g9")}
    no_consent = {"included": False, "reason": "no_consent"}
    for told in (coming, made):
        assert told["g1"]["items"][0]["photos"] == [
            {"file": "een.jpg", "included": True},
            {"file": "twee.jpg"} | no_consent,
            {"file": "negen.jpg", "included": True},
            {"file": "vijf.jpg"} | no_consent,
        ]
        assert told["g9"]["items"][0]["photos"][0] == {
            "file": "een.jpg",
            "included": False,
            "reason": "custody",
        }
        assert told["g9"]["items"][0]["photos"][2] == {"file": "negen.jpg", "included": True}


def test_explain_answers_for_a_post_outside_the_window(week: Installation, tmp_path: Path) -> None:
    school = week.copied(tmp_path / "school")
    told = [school.explain("g1", "--week", WEEK, post)["items"] for post in ("straks", "oud")]
    school("run", "--at", FRIDAY)
    told += [school.explain("g1", post)["items"] for post in ("straks", "oud")]
    assert [items[0]["reason"] for items in told] == ["not_published", "before_first_run"] * 2
    assert all(len(items) == 1 for items in told)


def test_explain_names_no_other_familys_child(week: Installation, tmp_path: Path) -> None:
    school = week.copied(tmp_path / "school")
    documents = [school("explain", "g2", "--week", WEEK, "--json").out]
    school("run", "--at", FRIDAY)
    documents += [school("explain", "g2", "--json").out, school("explain", "g2").out]
    for told in documents:
        for other in ("p1", "p5", "p9", "Kind-p1", "g1", "g9"):
            assert other not in told


def test_explain_says_what_an_earlier_run_did(week: Installation, tmp_path: Path) -> None:
    school = week.copied(tmp_path / "school")
    school("run", "--at", FRIDAY)
    school("run", "--at", NEXT_FRIDAY)
    assert school.explain("g1", "drie")["items"] == [
        {"post": "drie", "included": False, "reason": "already_had"}
    ]
    assert school.explain("g1", "straks")["items"][0]["included"]
    assert school.explain("g1", "drie", "--week", WEEK)["items"][0]["included"]


def test_explain_for_people_says_the_same(week: Installation, tmp_path: Path) -> None:
    school = week.copied(tmp_path / "school")
    school("run", "--at", FRIDAY)
    shown = school("explain", "g1@ouders.example").out
    assert "drie: goes through p1 (groep 3), by newsletter" in shown
    assert "twee.jpg: stays: no_consent" in shown


def test_a_week_that_is_none_is_bad_input(week: Installation) -> None:
    for wrong in ("47", "2026-W54", "2026-w47", "2026-W47-2"):
        assert "--week" in week("explain", "g1", "--week", wrong, expect=2).err
        week("preview", "g1", "--week", wrong, expect=2)
        week("run", "--week", wrong, "--at", FRIDAY, expect=2)


# Status.


def test_runs_stand_oldest_first_over_all_schools(tmp_path: Path) -> None:
    second = {**SCHOOL, "id": "avond", "newsletter": {"day": "fri", "time": "15:00"}}
    school = Installation(folder=tmp_path, relay="file://mails", schools=(SCHOOL, second))
    for at in (FRIDAY, NEXT_FRIDAY):
        school("run", "--at", at)
    told = [(run["school"], run["key"]) for run in school("status", "--json").json["runs"]]
    assert told == [
        ("avond", "2026-W47"),
        ("regenboog", "2026-W47"),
        ("avond", "2026-W48"),
        ("regenboog", "2026-W48"),
    ]


def test_failed_and_queued_deliveries_are_counted_named_and_end_as_the_contract_says(tmp_path: Path) -> None:
    wrong = refuse(Phase.RCPT, "550 5.1.1 no such user", recipient="g1@ouders.example")
    with ThreadedServer([wrong]) as server:
        school = Installation(folder=tmp_path, relay=server.url)
        school.roster(child("p1", "groep 3", "g1"), child("p2", "groep 3", "g2"))
        school.staff(teacher("s1", "groep 3"))
        school.posts(post("bos"))
        said = school("run", "--at", FRIDAY, expect=1)
        assert "1 sent, 0 queued, 1 failed" in said.out
        (need,) = school("status", "--json").json["needs"]
        assert (need["what"], need["parent"], need["run"]) == ("refused", "g1", WEEK)
        assert "no such user" in need["why"]
        assert "g1" in school("status").out
        assert school.explain("g1")["state"] == "refused"
        school("run", "--at", FRIDAY)  # nothing is due any more, and a 5xx is never tried again
        assert [mail.recipients for mail in server.messages] == [("g2@ouders.example",)]


def test_what_is_over_the_days_budget_stays_queued_and_ends_75(tmp_path: Path) -> None:
    with ThreadedServer() as server:
        school = Installation(folder=tmp_path, relay=server.url, relay_settings={"per_day": 1})
        school.roster(child("p1", "groep 3", "g1"), child("p2", "groep 3", "g2"))
        school.staff(teacher("s1", "groep 3"))
        school.posts(post("bos"))
        said = school("run", "--at", FRIDAY, expect=75)
        assert "1 sent, 1 queued" in said.out
        assert "regenboog 2026-W47: 1 waits until " in said.err
        assert school.status()["queued"] == 1
        school("run", "--at", FRIDAY, expect=75)
        assert len(server.messages) == 1


def test_a_mail_over_100_kb_goes_whole_and_staff_are_warned(tmp_path: Path) -> None:
    school = Installation(folder=tmp_path, relay="file://mails")
    school.roster(child("p1", "groep 3", "g1"))
    school.staff(teacher("s1", "groep 3"))
    school.posts(*(post(f"lang-{n}", body=f"Woord {n} van het verhaal. " * 4000) for n in range(2)))
    said = school("run", "--at", FRIDAY)
    assert "large" in said.err
    (need,) = school("status", "--json").json["needs"]
    assert need["what"] == "mail_too_large"
    assert need["parents"] == 1
    assert need["kB"] > 100
    (path,) = (school.folder / "mails").glob("*.eml")
    assert path.stat().st_size > 200_000


def test_status_names_what_needs_a_person(tmp_path: Path) -> None:
    school = Installation(folder=tmp_path, relay="file://mails")
    school.roster(child("p1", "groep 3", "g1"), approve=False)
    school.staff(teacher("s1", "groep 3"), teacher("kp", "groep 3", role="class_parent"))
    school.write("posts/een.jpg", picture())
    school.posts(post("bos", "groep 3", "", photo("een.jpg", None)), post("kamp", author="kp"), expect=1)
    needs = {need["what"]: need for need in school("status", "--json").json["needs"]}
    assert needs["links_to_approve"]["number"] == 1
    assert needs["post_waiting"]["post"] == "kamp"
    assert (needs["photo_not_listed"]["post"], needs["photo_not_listed"]["photo"]) == ("bos", "een.jpg")
    assert "kamp" in school("status").out


def test_status_changes_nothing(week: Installation) -> None:
    before = week.dump()
    json.loads(week("status", "--json").out)
    week("explain", "g1")
    week("run", "--dry-run", "--at", FRIDAY)
    week("preview", "--all", "--week", WEEK, "--out", week.folder / "out")
    assert week.dump() == before
