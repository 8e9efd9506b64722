"""A video's way from the author's folder into mails and the app, and out of the world again (rule 11)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.relay.recording import RecordingRelay
from tests.films import film
from tests.installation import (
    FRIDAY,
    Installation,
    answer,
    child,
    html_of,
    mail,
    picture,
    pictures_of,
    post,
    teacher,
    text_of,
    video,
)
from tests.week import unchecked, week_made

pytestmark = pytest.mark.xdist_group("videos")  # the school is made, and its films, once for all of them

SONG, PLAY = "Groep 3 zingt", "Wij spelen toneel"
ROSTER = (
    child("p1", "groep 3", "g1"),
    child("p2", "groep 3", "g2"),
    child("p3", "groep 3", "app", channel="app"),
    child("p4", "groep 3", "weg", access="blocked"),
    child("p5", "groep 3", "weg"),
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Of p1 and p3 there is consent for photos and videos, of p2 for photos alone."""
    told = Installation(folder=tmp_path_factory.mktemp("school") / "base", relay="file://mails")
    told.roster(*ROSTER)
    told.staff(teacher("s1", "groep 3"))
    filmed = [
        answer(pupil, by, purpose=purpose, kind=kind)
        for pupil, by in (("p1", "g1"), ("p3", "app"))
        for purpose in ("mail", "app")
        for kind in ("photo", "video")
    ]
    told.consents(*filmed, answer("p2", "g2"))
    told.write("posts/lied.mp4", film())
    told.write("posts/toneel.mp4", film("toneel.mp4", sound=False))
    told.posts(
        post("lied", "groep 3", "Een lied.", video("lied.mp4", ["p1", "p3"], "De kring", caption=SONG)),
        post("toneel", "groep 3", "Een stuk.", video("toneel.mp4", ["p2"], caption=PLAY)),
    )
    return told


@pytest.fixture
def school(base: Installation, tmp_path: Path) -> Installation:
    return base.copied(tmp_path / "school")


def mails(school: Installation) -> dict[str, bytes]:
    school("run", "--at", FRIDAY)
    found = [path.read_bytes() for path in sorted((school.folder / "mails").glob("*.eml"))]
    return {str(mail(each)["To"]).partition("@")[0].rpartition("<")[2]: each for each in found}


def stored(school: Installation) -> list[str]:
    return sorted(path.suffix for path in (school.folder / "media").glob("??/*"))


def test_the_mail_has_the_still_picture_of_who_may_be_filmed(school: Installation) -> None:
    for parent, data in mails(school).items():
        message = mail(data)
        html, text = html_of(message), text_of(message)
        assert pictures_of(message) == 1, parent
        assert b"video/mp4" not in data
        for part in (html, text):
            assert (SONG in part, PLAY in part, "Een stuk." in part) == (True, False, True)
            assert "Video, 0:01" in part
            assert "De video zelf zit niet in deze mail." in part
            assert "info@regenboog.example" in part.partition("Wil je hem zien?")[2][:120]
        assert 'alt="De kring"' in html
        assert "http" not in text


def test_explain_names_the_video_and_why_it_stays(school: Installation) -> None:
    def told(item: str) -> list[dict[str, object]]:
        [found] = [each for each in school.explain("g1")["items"] if each["post"] == item]
        photos: list[dict[str, object]] = found["photos"]
        return photos

    school("run", "--at", FRIDAY)
    assert told("lied") == [{"file": "lied.mp4", "included": True}]
    assert told("toneel") == [{"file": "toneel.mp4", "included": False, "reason": "no_consent"}]


def test_a_link_leads_to_the_post_and_is_the_same_for_everybody(school: Installation) -> None:
    school.top = {"base_url": "https://ouders.example.nl"}
    school.environ["WEEKBRIEF_SECRET"] = "x" * 32
    school.settings()
    found = [mail(data) for data in mails(school).values()]
    [[key]] = school.sql("SELECT id FROM post WHERE ref = 'lied'")
    link = f"https://ouders.example.nl/posts/{key}"
    assert len(found) == 3
    for message in found:
        assert html_of(message).count(f'href="{link}"') == 2, "the picture and the line"
        assert link in text_of(message)
        assert "zit niet in deze mail" not in text_of(message)


def test_the_feed_names_the_file_and_how_long_it_lasts(school: Installation) -> None:
    school("run", "--at", "2026-11-18T15:00")
    posts = {each["post"]: each for each in school("feed", "app", "--json").json["posts"]}
    [shown] = posts["lied"]["photos"]
    assert (shown["video"]["seconds"], shown["video"]["width"]) == (1, 160)
    assert shown["video"]["file"] == f"{shown['picture']}-video.mp4"
    file = school.folder / "media" / shown["picture"][:2] / shown["video"]["file"]
    assert file.stat().st_size == shown["video"]["octets"]
    assert posts["toneel"]["photos"] == []
    school.consents(answer("p3", "app", "no", purpose="app", kind="video", given_at="2026-11-18T16:00"))
    posts = {each["post"]: each for each in school("feed", "app", "--json").json["posts"]}
    assert posts["lied"]["photos"] == []


def test_the_same_video_again_is_no_work_and_another_poster_is(school: Installation) -> None:
    before, files = school.dump(), stored(school)
    said = school.posts()
    assert (school.dump(), stored(school)) == (before, files)
    assert "2 were the same" in said.err + said.out
    school.write("posts/lied.jpg", picture())
    school.posts(post("lied", "groep 3", "Een lied.", video("lied.mp4", ["p1"], poster="lied.jpg")))
    assert school.sql("SELECT COUNT(*) FROM video") == [(3,)]
    assert stored(school).count(".mp4") == 3


def test_a_refused_video_stops_nothing_else(school: Installation) -> None:
    school.write("posts/kapot.mp4", b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom")
    school.write("posts/film.avi", b"RIFF\x24\x00\x00\x00AVI LIST")
    school.settings(video={"seconds": 1, "megabytes": 1})
    school.write("posts/lang.mp4", film("lang.mp4", source="color=red:s=160x120:r=5:d=9", sound=False))
    names = ("kapot.mp4", "film.avi", "lang.mp4", "lied.mp4")
    said = school.posts(post("veel", "groep 3", "Veel.", *(video(name, ["p1"]) for name in names)), expect=1)
    assert "kapot.mp4 is damaged" in said.out
    assert "save it as MP4" in said.out
    assert "lang.mp4 lasts 0:09, longer than the 0:01" in said.out
    assert school.sql("SELECT COUNT(*) FROM photo WHERE refused IS NULL") == [(3,)]
    assert school.sql("SELECT COUNT(*) FROM video") == [(3,)]
    assert school.sql("SELECT * FROM picture_draft") == []
    assert stored(school).count(".mp4") == 3


def test_a_video_named_twice_is_refused(school: Installation) -> None:
    before = school.dump()
    said = school.posts(post("x", "groep 3", "", video("lied.mp4", ["p1"]), video("lied.mp4", [])), expect=2)
    assert "'lied.mp4' stands twice" in said.err
    assert school.dump() == before


def test_videos_go_with_the_photos_of_their_time(school: Installation) -> None:
    assert stored(school) == [*[".jpg"] * 4, *[".mp4"] * 2]
    school("run", "--at", FRIDAY)
    school("run", "--at", "2028-01-07T15:30", expect=None)
    assert stored(school) == []


def test_the_second_check_knows_about_videos(school: Installation) -> None:
    """The families withdraw one of the two consents while the mails wait, and the first check is asleep."""
    with week_made(school) as week:
        school.consents(answer("p1", "g1", "no", kind="video", given_at="2026-11-20T15:00"))
        relay = RecordingRelay()
        week.deliver(relay, week.desk(clear=unchecked))
    assert relay.sent == []
    reasons = {reason for (reason,) in school.sql("SELECT reason FROM delivery WHERE state = 'held'")}
    assert reasons == {"the second check objects: a picture shows a child without consent"}
