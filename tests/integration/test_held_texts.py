"""A post held for its text or a doubt reaches nobody; released, it reaches whoever should have had it.

Rules 5, 12 to 16 and 23 from outside: real files, a real database, a real mail server, every channel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.installation import Installation, answer, child, mail, photo, picture, post, teacher, text_of
from tests.smtp_server import ThreadedServer

#: The school's first newsletter has gone; then a week in which things are posted, and the Monday after it.
START, WEDNESDAY = "2026-11-13T15:30", "2026-11-18T14:30"
FRIDAY, MONDAY, NEXT_FRIDAY = "2026-11-20T15:30", "2026-11-23T10:00", "2026-11-27T15:30"
CHANNELS = ("newsletter", "mail", "app")
NOOR = "Vandaag werd Noor Bakker zes jaar."


@pytest.fixture
def server() -> Iterator[ThreadedServer]:
    with ThreadedServer() as server:
        yield server
    assert server.faults == []


def begun(folder: Path, relay: str, **options: str) -> Installation:
    """Noor, whose family said nothing about names, and Daan in group 3; a parent of each on every channel."""
    made = Installation(folder=folder, relay=relay, **options)
    made.roster(*_roster())
    made.staff(
        teacher("s1", "groep 3"),
        teacher("s4", "groep 4"),
        teacher("dir", "", role="management"),
        teacher("kp", "groep 3", role="class_parent"),
    )
    made("run", "--at", START)
    return made


def _roster() -> Iterator[dict[str, str]]:
    noor = {"pupil_first_name": "Noor", "pupil_last_name": "Bakker"}
    daan = {"pupil_first_name": "Daan", "pupil_last_name": "Visser"}
    yield {**child("p1", "groep 3", "mum", **noor)}
    for channel in CHANNELS:
        yield {**child("p2", "groep 3", channel, **daan, channel=channel)}
    yield {**child("p4", "groep 4", "other", channel="mail")}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return begun(tmp_path_factory.mktemp("made") / "school", "file://mails")


@pytest.fixture
def school(made: Installation, tmp_path: Path, server: ThreadedServer) -> Installation:
    copy = replace(made.copied(tmp_path / "school"), relay=server.url)
    copy.settings()
    return copy


def got(school: Installation, server: ThreadedServer, id: str, reader: str = "app") -> dict[str, int]:
    """Who has had that post by mail, and how often, or has it now as ``reader`` of the app."""
    found: dict[str, int] = {}
    for each in server.messages:
        if f"Titel {id}" in text_of(mail(each.data)).splitlines():
            parent = each.recipient.partition("@")[0]
            found[parent] = found.get(parent, 0) + 1
    if id in [each["post"] for each in school("feed", reader, "--json").json["posts"]]:
        found[reader] = 1
    return found


ALL = dict.fromkeys(("mum", *CHANNELS), 1)


# Held reaches nobody, released those who should have had it.


def test_released_after_the_newsletter_it_reaches_exactly_those_who_should_have_had_it(
    tmp_path: Path, server: ThreadedServer, database_url: str
) -> None:
    school = begun(tmp_path / "school", server.url, database=database_url)
    school.posts(post("feest", body=NOOR), post("bos"), expect=1)
    for at in (WEDNESDAY, FRIDAY):
        school("run", "--at", at)
    assert got(school, server, "feest") == {}
    assert got(school, server, "bos") == ALL
    late = [child("p2", "groep 3", "late", pupil_first_name="Daan", pupil_last_name="Visser")]
    late += [
        {**late[0], "parent_id": "late-app", "parent_email": "late-app@ouders.example", "channel": "app"}
    ]
    school.roster(*_roster(), *late)
    school("release", "feest", "--by", "s1", "--why", "de ouders vinden het goed")
    for at in (MONDAY, NEXT_FRIDAY, NEXT_FRIDAY):
        school("run", "--at", at)
    assert got(school, server, "feest") == ALL
    assert "late-app" not in got(school, server, "feest", "late-app")
    assert got(school, server, "bos") == ALL


def test_a_consent_that_comes_later_lifts_it_for_that_purpose_alone(
    school: Installation, server: ThreadedServer
) -> None:
    school.posts(post("feest", body=NOOR), expect=1)
    school("run", "--at", FRIDAY)
    said = school.consents(answer("p1", "mum", kind="name", purpose="mail"))
    assert "not held for its text any more: feest, in part" in said.out
    for at in (MONDAY, NEXT_FRIDAY):
        school("run", "--at", at)
    assert got(school, server, "feest") == {"mum": 1, "newsletter": 1, "mail": 1}
    school.consents(answer("p1", "mum", kind="name", purpose="app"))
    school("run", "--at", NEXT_FRIDAY)
    assert got(school, server, "feest") == ALL


def test_an_edit_that_takes_the_name_out_lets_it_go_and_a_released_name_stays_released(
    school: Installation, server: ThreadedServer
) -> None:
    school.posts(post("feest", body=NOOR), post("pret", body="Daan was er ook."), expect=1)
    school("run", "--at", WEDNESDAY)
    school("release", "pret", "--by", "dir", "--why", "mag")
    said = school.posts(post("feest", body="Er werd iemand zes."), post("pret", body="Daan kwam."))
    assert "needs a person" not in said.out
    said = school.posts(post("pret", body="Daan en Noor kwamen."), expect=1)
    assert '"Noor" in the text' in said.out
    assert '"Daan"' not in said.out
    school("run", "--at", FRIDAY)
    assert got(school, server, "feest") == ALL
    assert got(school, server, "pret") == {}
    assert 'lets go: pret names "Noor" in the text' in school("release", "pret", "--why", "ook goed").out
    school("run", "--at", MONDAY)
    school("run", "--at", NEXT_FRIDAY)
    assert got(school, server, "pret") == ALL


def test_consent_withdrawn_after_some_have_had_it_stops_the_rest_and_a_new_yes_brings_it_to_them(
    school: Installation, server: ThreadedServer
) -> None:
    for purpose in ("mail", "app"):
        school.consents(answer("p1", "mum", kind="name", purpose=purpose))
    school.posts(post("feest", body=NOOR))
    school("run", "--at", WEDNESDAY)
    assert got(school, server, "feest") == {"mail": 1, "app": 1}
    said = school.consents(
        *(
            answer("p1", "mum", "no", kind="name", purpose=each, given_at="2026-11-19")
            for each in ("mail", "app")
        )
    )
    assert 'now held: feest names "Noor' in said.out
    school("run", "--at", FRIDAY)
    assert got(school, server, "feest") == {"mail": 1}, "out of the app's feed at once"
    yes = [answer("p1", "mum", kind="name", purpose=each, given_at="2026-11-21") for each in ("mail", "app")]
    school.consents(*yes)
    school("run", "--at", NEXT_FRIDAY)
    assert got(school, server, "feest") == ALL


def test_a_photo_that_stays_behind_takes_its_words_along(
    school: Installation, server: ThreadedServer
) -> None:
    school.consents(answer("p2", "app", purpose="app"))
    school.write("posts/a.jpg", picture())
    school.posts(post("bos", "groep 3", "Leuk.", photo("a.jpg", ["p2"], caption="Noor in het bos")), expect=1)
    for at in (WEDNESDAY, FRIDAY):
        school("run", "--at", at)
    assert got(school, server, "bos") == {"mum": 1, "newsletter": 1, "mail": 1}


def test_what_a_school_switches_off_holds_nothing_and_what_it_adds_does(
    school: Installation, server: ThreadedServer
) -> None:
    school.posts(post("feest", body=NOOR), post("soep", body="Snert met worst."), expect=1)
    school.settings(text_checks={"names": False, "extra": ["snert"]})
    school("run", "--at", FRIDAY)
    assert got(school, server, "feest") == {"mum": 1, "newsletter": 1, "mail": 1, "app": 1}
    assert got(school, server, "soep") == {}
    (need,) = (need for need in school("status", "--json").json["needs"] if need["what"] == "post_held")
    assert (need["post"], need["why"]) == ("soep", 'has "Snert" in the text')


# A parent's doubt.


def test_a_report_holds_it_at_once_for_whoever_has_not_had_it(
    school: Installation, server: ThreadedServer
) -> None:
    school.posts(post("bos"))
    school("run", "--at", WEDNESDAY)
    before = got(school, server, "bos")
    assert before == {"mail": 1, "app": 1}
    said = school("report", "bos", "--by", "MAIL@ouders.example", "--why", "Dit hoort er niet.")
    assert "held until a person decides" in said.out
    school("report", "bos", "--by", "mum", "--why", "Vind ik ook.")
    school("run", "--at", FRIDAY)
    assert got(school, server, "bos") == {"mail": 1}
    kept = (
        "SELECT what, why, parent.ref FROM decision JOIN parent ON parent.id = parent_id ORDER BY decision.id"
    )
    assert school.sql(kept) == [
        ("report", "Dit hoort er niet.", "mail"),
        ("report", "Vind ik ook.", "mum"),
    ]
    assert "class parent" in school("release", "bos", "--by", "kp", "--why", "ach", expect=2).err
    school("release", "bos", "--by", "s1", "--why", "besproken")
    school("run", "--at", NEXT_FRIDAY)
    assert got(school, server, "bos") == ALL
    school("report", "bos", "--by", "app", "--why", "toch niet")
    assert got(school, server, "bos") == {"mum": 1, "newsletter": 1, "mail": 1}


def test_a_report_on_what_was_withdrawn_is_kept_and_changes_nothing(school: Installation) -> None:
    school.posts(post("bos"))
    school("withdraw", "bos", "--why", "vergissing", "--by", "dir")
    assert "withdrawn before" in school("report", "bos", "--by", "mum", "--why", "hm").out
    assert school.sql("SELECT state FROM post") == [("withdrawn",)]
    assert [what for (what,) in school.sql("SELECT what FROM decision ORDER BY id")] == ["withdraw", "report"]


def test_only_a_parent_whom_it_reaches_or_reached_reports_it(school: Installation) -> None:
    school.posts(post("bos"))
    school.roster(
        *_roster(),
        child("p9", "groep 4", "twin-a", parent_email="twin@ouders.example"),
        child("p9", "groep 4", "twin-b", parent_email="twin@ouders.example"),
        child("p1", "groep 3", "shut", pupil_first_name="Noor", pupil_last_name="Bakker", access="blocked"),
    )
    before = school.dump()
    for parent, words in {
        "other": "not for parent other",
        "shut": "no parent whom the school lets in",
        "nobody": "there is no parent",
        "twin@ouders.example": "twin-a, twin-b",
    }.items():
        assert words in school("report", "bos", "--by", parent, "--why", "hm", expect=2).err
    assert "give the parent's words" in school("report", "bos", "--by", "mum", "--why", " ", expect=2).err
    assert school.dump() == before
    school("run", "--at", FRIDAY)
    school.roster(*(each for each in _roster() if each["parent_id"] != "mum"), _moved(), more=["--force"])
    school("report", "bos", "--by", "mum", "--why", "ik heb hem gehad")


def _moved() -> dict[str, str]:
    return {**next(_roster()), "group": "groep 4"}


# What is told, and what a rehearsal leaves.


def test_an_import_tells_where_the_words_stand_and_a_rehearsal_writes_nothing(school: Installation) -> None:
    before = school.dump()
    told = post("feest", "groep 3", "Fijn.", title="Noor is jarig", published="2026-11-18T14:00:00")
    rehearsed = school.posts(told, expect=1, more=["--dry-run"])
    assert school.dump() == before
    said = school.posts(told, expect=1)
    place = f'{school.folder / "posts" / "feest.md"}:2: held: feest names "Noor" in the title'
    for each in (rehearsed, said):
        assert place in each.out
        assert "release feest --why TEXT" in each.out
    answered = [answer("p1", "mum", kind="name", purpose=each) for each in ("mail", "app")]
    before = school.dump()
    assert "and can go" in school.consents(*answered, more=["--dry-run"]).out
    assert school.dump() == before
    assert "and can go" in school.consents(*answered).out


def test_explain_says_held_and_tells_the_words_to_staff_alone(school: Installation) -> None:
    school.posts(post("feest", body=NOOR), expect=1)
    school("run", "--at", FRIDAY)
    said = school("explain", "newsletter", "--week", "2026-W47")
    assert "feest: does not go: held\n    names " in said.out
    document = school("explain", "newsletter", "--week", "2026-W47", "--json")
    assert {"post": "feest", "included": False, "reason": "held"} in document.json["items"]
    assert "Noor" not in document.out
    assert "p1" not in document.out


def test_erasing_a_pupil_or_parent_takes_their_words_out(school: Installation) -> None:
    school.posts(post("feest", body=NOOR), expect=1)
    school("report", "feest", "--by", "mum", "--why", "Noor wil dit niet.")
    school.settings(keep_after_leaving_days=1)
    school.roster(*list(_roster())[1:], more=["--force"])
    school("run", "--at", "2027-12-31T12:00")
    assert school.sql("SELECT DISTINCT found FROM text_finding") == [("[]",)]
    assert school.sql("SELECT why FROM decision WHERE what = 'report'") == [("",)]
