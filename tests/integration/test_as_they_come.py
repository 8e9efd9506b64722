"""Mail and the app's feed as posts come: what goes when, to whom, once, over one channel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.installation import (
    Installation,
    answer,
    child,
    html_of,
    mail,
    photo,
    picture,
    pictures_of,
    post,
    teacher,
    text_of,
)
from tests.smtp_server import Phase, ThreadedServer, refuse

#: The school's first newsletter has gone, so that what follows is an ordinary week.
START = "2026-11-13T15:30"
WEDNESDAY = "2026-11-18T"
FRIDAY = "2026-11-20T15:30"


@pytest.fixture
def server() -> Iterator[ThreadedServer]:
    with ThreadedServer() as server:
        yield server
        assert server.faults == []


@pytest.fixture
def school(tmp_path: Path, server: ThreadedServer) -> Installation:
    """One child in group 3 with a parent on each channel, and one in group 4."""
    made = Installation(folder=tmp_path / "school", relay=server.url)
    channels = ("newsletter", "mail", "app", "none")
    made.roster(
        *(child("p1", "groep 3", channel, channel=channel) for channel in channels),
        child("p2", "groep 4", "other", channel="mail"),
    )
    made.staff(teacher("s1", "groep 3|groep 4"), teacher("dir", "", role="management"))
    made("run", "--at", START)
    return made


def subjects(server: ThreadedServer) -> list[tuple[str, str]]:
    """(parent, subject) of every mail, in the order they came."""
    return [
        (m.recipients[0].partition("@")[0], str(mail(m.data)["Subject"]).partition(" (week")[0])
        for m in server.messages
    ]


def got(school: Installation, server: ThreadedServer, parent: str) -> list[str]:
    """Every post that reached this parent by mail or in the app, each as often as it did."""
    mails = [text_of(mail(m.data)) for m in server.messages if m.recipients[0].startswith(f"{parent}@")]
    titles = [line[6:] for text in mails for line in text.splitlines() if line.startswith("Titel ")]
    return sorted(titles + feed(school, parent))


def feed(school: Installation, parent: str) -> list[str]:
    return [each["post"] for each in school("feed", parent, "--json").json["posts"]]


def as_they_come(school: Installation) -> list[tuple[str, str, int]]:
    """(key, channel, parents) of each run but the newsletters."""
    return [(r["key"], r["channel"], r["parents"]) for r in school.runs() if r["kind"] == "immediate"]


# When.


def test_a_post_pauses_and_then_goes_within_two_minutes_of_its_publication(
    school: Installation, server: ThreadedServer
) -> None:
    school.posts(post("bos", published=WEDNESDAY + "14:05:00"))
    for moment in ("14:05:00", "14:06:00", "14:06:29"):
        school("run", "--at", WEDNESDAY + moment)
        assert server.messages == [], moment
    school("run", "--at", WEDNESDAY + "14:06:30")
    assert subjects(server) == [("mail", "Titel bos")]
    assert feed(school, "app") == ["bos"]
    assert as_they_come(school) == [
        ("2026-11-18T14:06-app", "app", 1),
        ("2026-11-18T14:06", "mail", 1),
    ] or as_they_come(school) == [("2026-11-18T14:06", "mail", 1), ("2026-11-18T14:06-app", "app", 1)]


def test_what_is_withdrawn_or_edited_in_the_pause_does_not_go_as_it_was(
    school: Installation, server: ThreadedServer
) -> None:
    school.posts(post("weg", published=WEDNESDAY + "14:05:00"), post("oud", published=WEDNESDAY + "14:05:10"))
    school("run", "--at", WEDNESDAY + "14:05:30")
    school("withdraw", "weg", "--why", "vergissing")
    school.posts(post("oud", body="Nu klopt het.", published=WEDNESDAY + "14:05:10"))
    school("run", "--at", WEDNESDAY + "14:08")
    assert subjects(server) == [("mail", "Titel oud")]
    assert "Nu klopt het." in text_of(mail(server.messages[0].data))


def test_posts_close_together_come_in_one_mail(school: Installation, server: ThreadedServer) -> None:
    school.posts(
        post("een", published=WEDNESDAY + "14:05:00"),
        post("twee", published=WEDNESDAY + "14:05:20"),
        post("later", published=WEDNESDAY + "14:05:45"),
    )
    school("run", "--at", WEDNESDAY + "14:06:30")
    assert [subject for _, subject in subjects(server)] == ["2 nieuwe berichten uit groep 3"]
    school("run", "--at", WEDNESDAY + "14:07:15")
    assert [subject for _, subject in subjects(server)][1:] == ["Titel later"]


@pytest.mark.parametrize(
    "published,quiet,goes",
    [
        ("2026-11-18T19:30:00", "2026-11-19T06:59", "2026-11-19T07:00"),
        ("2026-11-20T18:59:30", "2026-11-22T12:00", "2026-11-23T07:00"),  # over the weekend
        ("2026-11-21T10:00:00", "2026-11-21T12:00", "2026-11-23T07:00"),
    ],
)
def test_quiet_hours_and_weekends_hold_mail_and_not_the_feed(
    school: Installation, server: ThreadedServer, published: str, quiet: str, goes: str
) -> None:
    school.posts(post("laat", published=published))
    school("run", "--at", quiet)
    mailed = [subject for parent, subject in subjects(server) if parent == "mail"]
    assert (mailed, feed(school, "app")) == ([], ["laat"])
    school("run", "--at", goes)
    mailed = [subject for parent, subject in subjects(server) if parent == "mail"]
    assert mailed == ["Titel laat"]


def test_a_school_sets_its_own_hours_and_pause(school: Installation, server: ThreadedServer) -> None:
    school.settings(
        immediate={"pause": 0, "bundle": 0, "quiet_from": "00:00", "quiet_until": "00:00"},
        school_days=["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    )
    school.posts(post("nacht", published="2026-11-21T03:00:00"))
    school("run", "--at", "2026-11-21T03:00:00")
    assert ("mail", "Titel nacht") in subjects(server)


# Urgent.


def urgent(id: str = "ijs", **front: Any) -> str:
    told = {"group": "school", "author": "dir", "urgent": True, "published": "2026-11-21T21:00:00"}
    return post(id, **{**told, **front})


def test_urgent_goes_at_once_by_mail_to_all_but_none(school: Installation, server: ThreadedServer) -> None:
    school("run", "--at", FRIDAY)
    school.posts(urgent())
    school("run", "--at", "2026-11-21T21:00:00")
    assert {parent for parent, _ in subjects(server)} == {"newsletter", "mail", "app", "other"}
    assert {subject for _, subject in subjects(server)} == {"Dringend: Titel ijs"}
    assert feed(school, "app") == []
    [run] = [each for each in school.runs() if each["urgent"]]
    assert (run["kind"], run["sent"], run["parents"]) == ("immediate", 4, 4)
    school("run", "--at", "2026-11-23T08:00")
    school("run", "--at", "2026-11-27T15:30")
    assert len(server.messages) == 4, "over exactly one channel, once"


def test_only_the_management_may_mark_a_post_as_urgent(school: Installation) -> None:
    before = school.dump()
    said = school.posts(urgent(author="s1", group="groep 3"), expect=2)
    assert "ijs.md" in said.err
    assert "only the management" in said.err
    assert school.dump() == before


def test_urgent_by_who_is_no_management_any_more_keeps_to_the_channels(
    school: Installation, server: ThreadedServer
) -> None:
    school.posts(urgent(group="groep 3", published=WEDNESDAY + "14:05:00"))
    school.staff(teacher("s1", "groep 3|groep 4"), teacher("dir", "groep 3"))
    school("run", "--at", WEDNESDAY + "14:05:00")
    assert server.messages == []
    school("run", "--at", WEDNESDAY + "14:07")
    assert subjects(server) == [("mail", "Titel ijs")]


def test_urgent_never_skips_a_hold(school: Installation, server: ThreadedServer) -> None:
    school.posts(urgent())
    school("hold", "ijs", "--why", "klopt dit?")
    school("run", "--at", "2026-11-21T21:05")
    assert server.messages == []
    school("release", "ijs", "--why", "ja", "--by", "dir")
    school("run", "--at", "2026-11-21T21:10")
    assert len(server.messages) == 4


# Once, over one channel.


@pytest.mark.parametrize(
    "first,then,when",
    [  # `tests/property/test_channels.py` has them all, at random
        ("newsletter", "mail", "between"),
        ("newsletter", "app", "after"),
        ("mail", "newsletter", "before"),
        ("mail", "app", "between"),
        ("app", "newsletter", "between"),
        ("app", "mail", "before"),
    ],
)
def test_who_changes_channel_gets_every_post_once(
    tmp_path: Path, server: ThreadedServer, first: str, then: str, when: str
) -> None:
    school = Installation(folder=tmp_path / "school", relay=server.url)
    school.roster(child("p1", "groep 3", "g1", channel=first))
    school.staff(teacher("s1", "groep 3"))
    school("run", "--at", START)
    school.posts(
        post("ma", published="2026-11-16T10:00:00"),
        post("avond", published="2026-11-18T20:00:00"),
        post("vr", published="2026-11-20T15:29:00"),
    )
    school("run", "--at", "2026-11-16T10:05")
    if when == "before":
        school("prefer", "g1", then)
    school("run", "--at", "2026-11-18T20:05")
    if when == "between":
        school("prefer", "g1", then)
    for at in ("2026-11-19T07:00", "2026-11-20T15:29:30"):
        school("run", "--at", at)
    if when == "after":
        school("prefer", "g1", then)
    for at in (FRIDAY, "2026-11-20T15:40", "2026-11-23T09:00", "2026-11-27T15:30"):
        school("run", "--at", at)
    assert got(school, server, "g1") == ["avond", "ma", "vr"]


def test_a_switch_while_the_newsletter_waits_brings_its_posts_by_mail(
    school: Installation, server: ThreadedServer
) -> None:
    """The mark just before hand-over sees the switch; what the newsletter did not bring is owed elsewhere."""
    school.relay_settings = {"per_day": 1}
    school.settings()
    school.posts(post("bos", published=WEDNESDAY + "14:05:00"))
    school("run", "--at", WEDNESDAY + "14:10")  # takes the relay's budget
    school("run", "--at", FRIDAY, expect=75)
    school.relay_settings = {}
    school.settings()
    school("prefer", "newsletter", "mail")
    school("run", "--at", "2026-11-20T15:45")
    school("run", "--at", "2026-11-20T15:46")
    assert got(school, server, "newsletter") == ["bos"]
    assert ("newsletter", "Titel bos") in subjects(server)
    assert school.status()["withheld"]["other_channel"] == 4


def test_a_change_away_from_none_brings_the_open_week_and_nothing_before(
    school: Installation, server: ThreadedServer
) -> None:
    school.posts(
        post("dicht", published="2026-11-12T10:00:00"), post("open", published="2026-11-16T10:00:00")
    )
    school("run", "--at", "2026-11-17T10:00")
    school("prefer", "none", "mail")
    school("run", "--at", "2026-11-17T11:00")
    assert got(school, server, "none") == ["open"]


def test_who_chose_mail_before_this_version_gets_what_comes_and_not_a_month_at_once(
    school: Installation, server: ThreadedServer
) -> None:
    """What migration 0002 does, done by hand: a newer policy from which mail counts."""
    school.posts(post("oud", published="2026-11-12T10:00:00"))
    school.sql("DELETE FROM lookout")
    school.sql("UPDATE school SET policy_version = policy_version + 1")
    school.sql("UPDATE parent SET channel_since = (SELECT policy_version FROM school)")
    school("run", "--at", WEDNESDAY + "10:00")
    assert got(school, server, "mail") == []


def test_an_edit_is_not_sent_again_and_others_get_the_new_text(
    school: Installation, server: ThreadedServer
) -> None:
    school.posts(post("bos", body="Eerste tekst.", published=WEDNESDAY + "14:05:00"))
    school("run", "--at", WEDNESDAY + "14:10")
    school.posts(post("bos", body="Tweede tekst.", published=WEDNESDAY + "14:05:00"))
    school("run", "--at", WEDNESDAY + "14:20")
    school("run", "--at", FRIDAY)
    texts = {m.recipients[0].partition("@")[0]: text_of(mail(m.data)) for m in server.messages}
    assert len(server.messages) == 2
    assert "Eerste tekst." in texts["mail"]
    assert "Tweede tekst." in texts["newsletter"]


def test_a_refused_address_makes_no_run_by_itself_and_gets_it_with_the_next(tmp_path: Path) -> None:
    with ThreadedServer([refuse(Phase.RCPT, "550 5.1.1 no such mailbox", times=1)]) as server:
        school = Installation(folder=tmp_path / "school", relay=server.url)
        school.roster(child("p1", "groep 3", "g1", channel="mail"))
        school.staff(teacher("s1", "groep 3"))
        school("run", "--at", START)
        school.posts(post("een", published=WEDNESDAY + "14:05:00"))
        school("run", "--at", WEDNESDAY + "14:10", expect=1)
        for minute in range(11, 15):
            school("run", "--at", WEDNESDAY + f"14:{minute}")
        assert server.messages == []
        school.posts(post("twee", published=WEDNESDAY + "14:20:00"))
        school("run", "--at", WEDNESDAY + "14:25")
        assert got(school, server, "g1") == ["een", "twee"]
        assert len(server.messages) == 1


def test_a_run_keeps_rows_for_its_own_audience_each_with_its_reason(
    school: Installation, server: ThreadedServer
) -> None:
    school.roster(
        child("p1", "groep 3", "wacht", channel="mail", parent_email="wacht@ouders.example"),
        child("p1", "groep 3", "zonder", channel="mail", parent_email=""),
        child("p1", "groep 3", "mail", channel="mail"),
        child("p1", "groep 3", "blok", channel="mail", access="blocked"),
        child("p2", "groep 4", "other", channel="mail"),
        more=["--force"],
    )
    school("unapprove", "wacht")
    school.posts(post("bos", published=WEDNESDAY + "14:05:00"))
    school("run", "--at", WEDNESDAY + "14:10")
    [run] = [each for each in school.runs() if each["key"] == "2026-11-18T14:10"]
    assert run["withheld"] == {"not_approved": 1, "blocked": 1, "no_address": 1}
    assert (run["sent"], run["parents"]) == (1, 4)


def test_a_dry_run_foretells_what_goes_as_it_comes(school: Installation, server: ThreadedServer) -> None:
    school.posts(post("bos", published=WEDNESDAY + "14:05:00"))
    before = school.dump()
    foretold = school("run", "--dry-run", "--at", WEDNESDAY + "14:10").out.splitlines()
    assert school.dump() == before
    done = school("run", "--at", WEDNESDAY + "14:10").out.splitlines()
    assert foretold[:2] == done
    assert len(server.messages) == 1


def test_preview_and_explain_speak_of_the_parents_own_channel(
    school: Installation, server: ThreadedServer
) -> None:
    school.posts(post("bos", published="2026-11-23T10:00:00"))
    school("preview", "mail", "--out", school.folder / "out")
    assert "Titel bos" in (school.folder / "out" / "mail.txt").read_text()
    assert server.messages == []
    [item] = school.explain("mail")["items"]
    assert item == {"post": "bos", "included": True, "via": ["p1"], "channel": "mail", "groups": ["groep 3"]}
    school("run", "--at", "2026-11-23T10:05")
    told = school.explain("mail", "bos")
    assert (told["run"], told["state"]) == ("2026-11-23T10:05", "sent")
    assert school.explain("app", "bos")["items"][0]["channel"] == "app"


# The feed.


@pytest.fixture
def pictured(school: Installation) -> Installation:
    """A post with two pictures: one of p1, allowed in the app and not by mail, and one of nobody."""
    school.consents(answer("p1", "mail", purpose="app"), answer("p1", "mail", yes="no", purpose="mail"))
    school.write("posts/kind.jpg", picture())
    school.write("posts/boom.jpg", picture((90, 20, 20)))
    school.posts(
        post(
            "bos",
            "groep 3",
            "x",
            photo("kind.jpg", ["p1"]),
            photo("boom.jpg"),
            published=WEDNESDAY + "14:05:00",
        )
    )
    school("run", "--at", WEDNESDAY + "14:10")
    return school


def photos_in_feed(school: Installation) -> list[str]:
    return [each["file"] for one in school("feed", "app", "--json").json["posts"] for each in one["photos"]]


def test_a_photo_allowed_in_the_app_only_is_in_the_feed_and_in_no_mail(
    pictured: Installation, server: ThreadedServer
) -> None:
    assert photos_in_feed(pictured) == ["kind.jpg", "boom.jpg"]
    assert [pictures_of(mail(m.data)) for m in server.messages] == [1]
    photos = pictured.explain("app", "bos")["items"][0]["photos"]
    assert photos == [{"file": "kind.jpg", "included": True}, {"file": "boom.jpg", "included": True}]


def test_decisions_take_out_of_the_feed_at_once(pictured: Installation) -> None:
    pictured.consents(
        answer("p1", "mail", purpose="app"),
        answer("p1", "mail", yes="no", purpose="mail"),
        answer("p1", "mail", yes="no", purpose="app", given_at="2026-11-19T09:00"),
    )
    assert photos_in_feed(pictured) == ["boom.jpg"]
    pictured("unapprove", "app")
    assert feed(pictured, "app") == []
    pictured("approve", "app")
    assert feed(pictured, "app") == ["bos"]
    pictured("hold", "bos", "--why", "twijfel")
    assert feed(pictured, "app") == []
    pictured("release", "bos", "--why", "goed", "--by", "dir")
    assert feed(pictured, "app") == ["bos"]
    pictured("block", "app", "p1")
    assert feed(pictured, "app") == []


def test_a_photo_allowed_later_does_not_follow_into_the_feed(school: Installation) -> None:
    school.write("posts/kind.jpg", picture())
    school.posts(post("bos", "groep 3", "x", photo("kind.jpg", ["p1"]), published=WEDNESDAY + "14:05:00"))
    school("run", "--at", WEDNESDAY + "14:10")
    school.consents(answer("p1", "mail", purpose="app"))
    assert (feed(school, "app"), photos_in_feed(school)) == (["bos"], [])


def test_the_feed_keeps_what_came_when_the_parent_chooses_another_channel(
    pictured: Installation, server: ThreadedServer
) -> None:
    pictured("prefer", "app", "mail")
    pictured("run", "--at", WEDNESDAY + "14:20")
    assert feed(pictured, "app") == ["bos"]
    assert [parent for parent, _ in subjects(server)] == ["mail"], "had in the app, so not by mail too"


def test_what_stands_in_the_feed_never_becomes_a_mail(pictured: Installation, server: ThreadedServer) -> None:
    """However its row may look: a picture that is allowed in the app only must not leave by SMTP."""
    before = len(server.messages)
    feed_runs = "(SELECT id FROM run WHERE kind = 'feed')"
    pictured.sql(f"UPDATE delivery SET state = 'queued' WHERE run_id IN {feed_runs}")
    pictured.sql("UPDATE run SET closed_at = NULL WHERE kind = 'feed'")
    pictured("run", "--at", WEDNESDAY + "15:00", expect=None)
    assert len(server.messages) == before


def test_the_feed_says_all_of_a_post(school: Installation) -> None:
    event = '[event]\nstarts = 2026-12-04T19:00:00\nlocation = "Aula"'
    link = '[[link]]\nurl = "https://natuur.example/"\ntitle = "Natuur"'
    school.posts(post("bos", "groep 3", "Wij **gingen**.", event, link, published=WEDNESDAY + "14:05:00"))
    school("run", "--at", WEDNESDAY + "14:10")
    [entry] = school("feed", "app@ouders.example", "--json").json["posts"]
    assert (entry["title"], entry["text"].strip(), entry["author"]) == (
        "Titel bos",
        "Wij **gingen**.",
        "Juf s1",
    )
    assert entry["event"] == {"starts": "2026-12-04T19:00:00+01:00", "ends": None, "location": "Aula"}
    assert entry["links"] == [{"url": "https://natuur.example/", "title": "Natuur"}]
    assert (entry["groups"], entry["published"]) == (["groep 3"], "2026-11-18T14:05:00+01:00")
    assert "Titel bos" in school("feed", "app").out


# The first mail.


def test_the_first_mail_says_how_this_works_and_the_second_does_not(
    school: Installation, server: ThreadedServer
) -> None:
    for number, minute in enumerate(("14:05:00", "15:05:00")):
        school.posts(post(f"p{number}", published=WEDNESDAY + minute))
        school("run", "--at", WEDNESDAY + minute.replace(":05:00", ":10"))
    first, second = (html_of(mail(m.data)) for m in server.messages)
    assert "je eerste" in first
    assert "je eerste" not in second
