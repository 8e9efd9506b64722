"""`preview` shows exactly what is sent: before the run is made, and after it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from lxml import html as parser

from pipeline.preview import file_name
from tests.installation import (
    FRIDAY,
    WEEK,
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
)
from tests.smtp_server import ThreadedServer

FAMILIES = (
    child("p1", "groep 3", "g1", parent_name="Zoë Ünal-Ørsted"),
    child("p2", "groep 4", "g2", language="en"),
    child("p1", "groep 3", "g3", channel="app"),
)


def fill(school: Installation) -> Installation:
    school.roster(*FAMILIES)
    school.staff(teacher("s1", "groep 3|groep 4"), teacher("dir", "", role="management"))
    school.consents(answer("p1", "g1"))
    school.write("posts/een.jpg", picture((200, 40, 40)))
    school.write("posts/twee.jpg", picture((40, 200, 40)))
    school.posts(
        post(
            "drie",
            "groep 3",
            "Samen **buiten**.",
            photo("een.jpg", ["p1"], "Buiten"),
            photo("twee.jpg", ["p2"]),
        ),
        post("allen", "school", "Voor iedereen.", author="dir"),
    )
    return school


def undated(message: bytes) -> bytes:
    return re.sub(rb"(?m)^Date: .*\r\n", b"", message, count=1)


@pytest.mark.parametrize("web", [False, True], ids=["mail only", "with a web part"])
def test_a_preview_is_byte_for_byte_what_is_sent_but_for_its_date(tmp_path: Path, web: bool) -> None:
    with ThreadedServer() as server:
        school = Installation(
            folder=tmp_path,
            relay=server.url,
            top={"base_url": "https://ouders.example.nl"} if web else {},
            environ={"WEEKBRIEF_SECRET": "a-secret-of-more-than-16"} if web else {},
        )
        fill(school)
        school("preview", "--all", "--week", WEEK, "--out", tmp_path / "before")
        assert server.messages == []
        school("run", "--at", FRIDAY)
        school("preview", "--all", "--week", WEEK, "--out", tmp_path / "after")
        received = {m.recipients[0].partition("@")[0]: m.data for m in server.messages}
    assert sorted(received) == ["g1", "g2"]
    assert web == (b"List-Unsubscribe-Post" in received["g1"])
    for parent, data in received.items():
        before = (tmp_path / f"before/{parent}.eml").read_bytes()
        after = (tmp_path / f"after/{parent}.eml").read_bytes()
        assert undated(before) == undated(data)
        assert after == data
        assert pictures_of(mail(data)) == (1 if parent == "g1" else 0)
    assert {path.stem for path in (tmp_path / "before").iterdir()} == {"g1", "g2"}


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return fill(Installation(folder=tmp_path_factory.mktemp("standing") / "school", relay="file://mails"))


@pytest.fixture
def school(tmp_path: Path, standing: Installation) -> Installation:
    return standing.copied(tmp_path / "school")


def test_every_mail_has_a_page_and_a_text_beside_it(school: Installation, tmp_path: Path) -> None:
    said = school("preview", "--all", "--week", WEEK, "--out", tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        f"{parent}.{kind}" for parent in ("g1", "g2") for kind in ("eml", "html", "txt")
    ]
    assert "g3: gets nothing: other_channel" in said.out
    page = (tmp_path / "out/g1.html").read_text("utf-8")
    assert "cid:" not in page
    assert 'src="data:image/jpeg;base64,' in page
    assert "Samen *buiten*." in (tmp_path / "out/g1.txt").read_text("utf-8")
    assert 'lang="en"' in (tmp_path / "out/g2.html").read_text("utf-8")


def test_one_parent_by_id_or_address(school: Installation, tmp_path: Path) -> None:
    school("preview", "g1@ouders.example", "--week", WEEK, "--out", tmp_path / "out")
    assert {path.stem for path in (tmp_path / "out").iterdir()} == {"g1"}


def test_a_preview_of_nobody_or_of_everybody_and_one_is_bad_usage(school: Installation) -> None:
    school("preview", expect=2)
    school("preview", "g1", "--all", expect=2)


def test_a_preview_is_of_what_is_decided_now(school: Installation, tmp_path: Path) -> None:
    school("withdraw", "allen", "--why", "fout")
    school("preview", "--all", "--week", WEEK, "--out", tmp_path / "out")
    assert {path.stem for path in (tmp_path / "out").iterdir()} == {"g1"}
    assert "Voor iedereen" not in (tmp_path / "out/g1.txt").read_text("utf-8")


def test_after_a_decision_a_preview_of_what_still_waits_is_of_what_will_be_sent(tmp_path: Path) -> None:
    """The run is made, its mail waits for the budget, and a family withdraws its consent (rule 16)."""
    with ThreadedServer() as server:
        school = fill(Installation(folder=tmp_path, relay=server.url, relay_settings={"per_day": 1}))
        school("run", "--at", FRIDAY, expect=75)
        (first,) = server.messages
        waits = ({"g1", "g2"} - {first.recipients[0].partition("@")[0]}).pop()
        school("withdraw", "allen", "--why", "fout")
        school.consents(answer("p1", "g1", "no", given_at="2026-11-20T15:45"))
        school("preview", waits, "--week", WEEK, "--out", tmp_path / "out")
        school.relay_settings = {}
        school.settings()
        school("run", "--at", FRIDAY)
        sent = [m.data for m in server.messages[1:]]
    shown = [path.read_bytes() for path in (tmp_path / "out").glob("*.eml")]
    assert [undated(data) for data in shown] == [undated(data) for data in sent]
    assert all(pictures_of(mail(data)) == 0 for data in shown)


def test_a_mail_that_cannot_be_made_stops_only_itself(school: Installation, tmp_path: Path) -> None:
    for path in (school.folder / "media").rglob("*-mail.jpg"):
        path.unlink()
    said = school("preview", "--all", "--week", WEEK, "--out", tmp_path / "out")
    assert "g1: gets nothing: it cannot be made" in said.out
    assert {path.stem for path in (tmp_path / "out").iterdir()} == {"g2"}


def test_files_of_two_parents_never_have_one_name() -> None:
    names = [file_name(id) for id in ("a/b", "a_b", "a?b", "..", ".", "/", "x" * 300, "x" * 301, "é" * 300)]
    assert len(set(names)) == len(names)
    for name in names:
        assert "/" not in name
        assert not name.startswith(".")
        assert len(f"{name}.html".encode()) < 255
    assert file_name("g12") == "g12"
    assert file_name("zoë@ouders.example") == "zoë@ouders.example"


def test_an_english_reader_gets_english_words_around_the_posts(school: Installation, tmp_path: Path) -> None:
    school("preview", "g2", "--week", WEEK, "--out", tmp_path / "out")
    assert "Voor iedereen." in html_of(mail((tmp_path / "out/g2.eml").read_bytes()))


def test_a_turkish_post_in_an_arabic_mail_of_a_dutch_school(tmp_path: Path) -> None:
    """Whose language is whose: the reader's around the post, the post's own within it."""
    school = Installation(folder=tmp_path / "school", relay="file://mails")
    school.roster(child("p1", "groep 3", "g1", language="ar"), child("p2", "groep 3", "g2", channel="app"))
    school.staff(teacher("s1", "groep 3"))
    school.posts(post("orman", body="Merhaba.", title="Ormanda", language="tr"), post("bos", title="Bos"))
    school("preview", "g1", "--week", WEEK, "--out", tmp_path / "out")
    sent = mail((tmp_path / "out/g1.eml").read_bytes())
    root = parser.fromstring(html_of(sent))
    assert (root.get("lang"), root.get("dir"), sent["Content-Language"]) == ("ar", "rtl", "ar")
    titles = {head.text: (head.get("lang"), head.get("dir")) for head in root.iter("h3")}
    assert titles == {"Ormanda": ("tr", "ltr"), "Bos": ("nl", "ltr")}
    assert sent["Subject"].startswith("النشرة الأسبوعية")
    assert sent["Subject"].isprintable(), "no invisible marks of direction"
    school("run", "--at", "2026-11-18T15:00")
    feed = json.loads(school("feed", "g2", "--json").out)
    assert {each["post"]: each["language"] for each in feed["posts"]} == {"orman": "tr", "bos": "nl"}
