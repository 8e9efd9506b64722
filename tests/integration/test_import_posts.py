"""Importing posts through the command line: what goes in, what waits for a person, what is refused."""

from __future__ import annotations

import json
import quopri
import re
from base64 import b64decode
from email import message_from_bytes
from html import unescape
from pathlib import Path

import pytest

from pipeline.intake.text import clean, match_name
from tests.installation import (
    FRIDAY,
    WEEK,
    Installation,
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
from tests.smtp_server import ThreadedServer


@pytest.fixture
def school(tmp_path: Path) -> Installation:
    made = Installation(folder=tmp_path / "school", relay="file://mails")
    made.roster(child("p1", "groep 3", "g1"), child("p2", "groep 4", "g2"))
    made.staff(
        teacher("s1", "groep 3"),
        teacher("dir", "", role="management"),
        teacher("kp", "groep 3", role="class_parent"),
        teacher("kp4", "groep 4", role="class_parent"),
    )
    return made


def sent(school: Installation) -> list[str]:
    """The texts of the mails that a run hands over."""
    school("run", "--at", FRIDAY, expect=None)
    return [text_of(mail(path.read_bytes())) for path in sorted((school.folder / "mails").glob("*.eml"))]


# What is refused, all of it.


@pytest.mark.parametrize(
    "wrong", [post("x", "groep 33"), post("x", author="niemand")], ids=["group", "author"]
)
def test_an_unknown_group_or_author_changes_nothing(school: Installation, wrong: str) -> None:
    before = school.dump()
    said = school.posts(post("a"), wrong, expect=2)
    assert "x.md:" in said.err
    assert "nothing was changed" in said.err
    assert school.dump() == before
    assert not (school.folder / "media").exists()


def test_media_outside_the_folder_are_refused(school: Installation) -> None:
    school.write("secret.jpg", picture())
    (school.folder / "posts").mkdir()
    (school.folder / "posts/link.jpg").symlink_to(school.folder / "secret.jpg")
    before = school.dump()
    for name in ("../secret.jpg", "link.jpg", str(school.folder / "secret.jpg"), "missing.jpg"):
        said = school.posts(post("a", "groep 3", "", photo(name)), expect=2)
        assert "a.md:" in said.err
    assert school.dump() == before


def test_a_photo_named_twice_in_one_post_is_refused(school: Installation) -> None:
    """Two lists of who it shows cannot both be right, and the shorter one must not win."""
    school.write("posts/bos.jpg", picture())
    twice = (photo("bos.jpg", ["p1"]), photo("./bos.jpg", []))
    said = school.posts(post("a", "groep 3", "", *twice), expect=2)
    assert "a.md:" in said.err
    assert "twice" in said.err


def test_the_same_picture_may_stand_in_two_posts_with_two_lists(school: Installation) -> None:
    school.write("posts/bos.jpg", picture())
    school.posts(
        post("a", "groep 3", "", photo("bos.jpg", [])), post("b", "groep 3", "", photo("bos.jpg", ["p1"]))
    )
    school("run", "--at", FRIDAY)
    told = {item["post"]: item["photos"][0] for item in school.explain("g1")["items"]}
    assert told["a"]["included"]
    assert told["b"] == {"file": "bos.jpg", "included": False, "reason": "no_consent"}


# What waits for a person: exit status 1.


@pytest.mark.parametrize(
    "content,words",
    [
        (post("a", "groep 3", "", photo("bos.jpg", None)), "does not list who it shows"),
        (post("a", "groep 3", "", photo("bos.jpg", ["p404"])), "p404"),
        (post("a", "groep 3", "", photo("kapot.jpg", [])), "kapot.jpg"),
        (post("a", author="kp"), "waits until a teacher releases it"),
        (post("a", "groep 4"), "own groups only"),
        (post("a", "school"), "own groups only"),
    ],
)
def test_what_needs_a_person_is_said_and_ends_1(school: Installation, content: str, words: str) -> None:
    school.write("posts/bos.jpg", picture())
    school.write("posts/kapot.jpg", b"\xff\xd8\xff geen plaatje")
    for said in (school.posts(content, expect=1), school.posts(expect=1)):
        assert words in said.out
        assert "a.md:" in said.out
    assert school("status", "--json").json["needs"] or "own groups" in words


def test_a_photo_that_waits_stays_and_its_post_goes(school: Installation) -> None:
    school.write("posts/bos.jpg", picture())
    school.posts(post("a", "groep 3", "Toch een verhaal.", photo("bos.jpg", None)), expect=1)
    (text,) = sent(school)
    assert "Toch een verhaal." in text
    assert school.explain("g1", "a")["items"][0]["photos"] == [
        {"file": "bos.jpg", "included": False, "reason": "not_listed"}
    ]


def test_a_class_parents_post_goes_after_a_teacher_released_it(school: Installation) -> None:
    school.posts(post("a", author="kp"), expect=1)
    assert "class parent" in school("release", "a", "--why", "mag", "--by", "kp", expect=2).err
    school("release", "a", "--why", "mag", "--by", "s1")
    assert len(sent(school)) == 1


def test_a_released_post_that_the_class_parent_changes_waits_again(school: Installation) -> None:
    school.posts(post("a", author="kp"), expect=1)
    school("release", "a", "--why", "mag", "--by", "s1")
    school.posts(post("a", body="Heel iets anders.", author="kp"), expect=1)
    assert sent(school) == []


def test_a_setting_lets_class_parents_post_at_once(school: Installation) -> None:
    school.settings(class_parent_waits=False)
    school.posts(post("a", author="kp"))
    assert len(sent(school)) == 1


def test_a_class_parent_never_posts_to_another_group(school: Installation) -> None:
    school.posts(post("a", "groep 3", author="kp4"), expect=1)
    school("release", "a", "--why", "mag", "--by", "dir")
    assert sent(school) == []
    assert school.explain("g1", "a")["items"] == [
        {"post": "a", "included": False, "reason": "author_not_allowed"}
    ]


# What goes in.


def test_an_author_may_be_named_by_address_and_a_group_in_any_case(school: Installation) -> None:
    school.posts(post("a", " GROEP 3", author="S1@Regenboog.example"))
    assert len(sent(school)) == 1


def test_management_posts_to_any_group_and_the_school(school: Installation) -> None:
    school.posts(post("a", "school", author="dir"), post("b", "groep 4", author="dir"))
    texts = sent(school)
    assert ["Titel b" in text for text in texts] == [False, True]
    assert all("Titel a" in text for text in texts)


def test_raw_html_is_shown_as_text(school: Installation) -> None:
    school.posts(post("a", body="<script>alert(1)</script> en <b>vet</b> & zo"))
    school("preview", "g1", "--week", WEEK, "--out", school.folder / "out")
    message = mail((school.folder / "out/g1.eml").read_bytes())
    assert "<script>alert" not in html_of(message)
    assert "&lt;script&gt;" in html_of(message)
    assert "<script>alert(1)</script> en <b>vet</b> & zo" in text_of(message)


def test_a_later_version_of_a_post_replaces_what_was_not_sent_yet(school: Installation) -> None:
    school.posts(post("a", body="Eerste versie."))
    said = school.posts(post("a", body="Tweede versie."))
    assert "0 new and 1 changed" in said.out
    (text,) = sent(school)
    assert "Tweede versie." in text
    assert "Eerste" not in text


def test_a_photo_taken_out_of_a_post_does_not_go(school: Installation) -> None:
    school.write("posts/bos.jpg", picture())
    school.posts(post("a", "groep 3", "", photo("bos.jpg", [])))
    school.posts(post("a"))
    school("run", "--at", FRIDAY)
    (path,) = (school.folder / "mails").glob("*.eml")
    assert pictures_of(mail(path.read_bytes())) == 0


def test_other_bytes_under_the_same_name_are_another_photo(school: Installation) -> None:
    school.write("posts/bos.jpg", picture((255, 0, 0)))
    school.posts(post("a", "groep 3", "", photo("bos.jpg", [])))
    school.write("posts/bos.jpg", picture((0, 0, 255)))
    assert "1 changed" in school.posts().out
    assert school.sql("SELECT file, removed FROM photo ORDER BY id") == [("bos.jpg", 1), ("bos.jpg", 0)]


# Every photo, every string.


def test_every_photo_is_taken_or_refused_by_name(school: Installation, shared_data: Path) -> None:
    files = [path for path in sorted((shared_data / "photos").rglob("*")) if path.is_file()]
    assert len(files) > 30
    tables = []
    for number, path in enumerate(files):
        name = f"{number:02}{path.suffix}"
        school.write(f"posts/{name}", path.read_bytes())
        tables.append(photo(name, []))
    said = school.posts(post("a", "groep 3", "Alles.", *tables), expect=1)
    refused = [line for line in said.out.splitlines() if "refused:" in line]
    taken = school.sql("SELECT count(*) FROM photo WHERE refused IS NULL")[0][0]
    assert taken + len(refused) == len(files)
    assert taken >= 20
    kept = {path.name for path in (school.folder / "media").rglob("*.jpg")}
    assert len(kept) == 2 * taken
    for path in (school.folder / "media").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0


def test_every_naughty_string_comes_out_of_the_mail_as_it_went_in(tmp_path: Path, shared_data: Path) -> None:
    """As names, titles, groups and bodies; through a real SMTP server, in the text and in the HTML."""
    strings = _naughty(shared_data)
    assert len(strings) > 400
    blocks = [range(start, min(start + 8, len(strings))) for start in range(0, len(strings), 8)]
    with ThreadedServer() as server:
        school = Installation(folder=tmp_path / "school", relay=server.url)
        school.roster(
            *(
                child(f"p{n}", strings[n], f"g{g}", parent_name=strings[g])
                for block in blocks
                for n in block
                for g in block
            )
        )
        school.staff(teacher("dir", "", role="management", name="Marieke"))
        school.posts(*(post(f"n{n}", s, f"    {s}", title=s, author="dir") for n, s in enumerate(strings)))
        assert f"{len(strings)} sent" in school("run", "--at", FRIDAY).out
        assert server.faults == []
        messages = {
            int(received.recipients[0].partition("@")[0][1:]): received for received in server.messages
        }
    for block in blocks:
        first = mail(messages[block[0]].data)
        _check_bodies((text_of(first), html_of(first)), [strings[n] for n in block])
        (to,) = first["To"].addresses
        assert to.addr_spec == f"g{block[0]}@ouders.example"
        for n in block:
            assert set(message_from_bytes(messages[n].data).keys()) <= HEADERS
            for shown in _alternatives(messages[n].data):
                told = _undirected(shown.replace("<bdi>", "").replace("</bdi>", ""))
                assert f"Hallo {_undirected(strings[n])}," in told, strings[n]


def _undirected(text: str) -> str:
    """Without what turns the direction: a name that begins such a turn is followed by what ends it."""
    return _flat(re.sub("[\u202a-\u202e\u2066-\u2069]", "", text))


def _naughty(shared_data: Path) -> list[str]:
    """Those that a name, a title and a group can be: one line, and told apart as groups are."""
    (path,) = (shared_data / "strings").rglob("blns.json")
    found: dict[str, str] = {}
    for string in json.loads(path.read_text("utf-8")):
        kept, _ = clean(string)
        told_apart = kept and "@" not in kept and "|" not in kept and match_name(kept) != "school"
        if told_apart and len(kept) <= 300 and kept not in NO_CHARACTERS:
            found.setdefault(match_name(kept), kept)
    return list(found.values())


#: Never a letter of anybody's name (Unicode, "noncharacters"): a mail has nothing to show for them.
NO_CHARACTERS = ("\ufffe", "\ufeff")


def _check_bodies(shown: tuple[str, str], strings: list[str]) -> None:
    for text in map(_flat, (shown[0], unescape(shown[1]))):
        for string in strings:  # as a group, a title and a text at least
            assert text.count(_flat(string)) >= 3, string


def _alternatives(data: bytes) -> tuple[str, str]:
    """Text and HTML of a mail without photos, ten times faster than the email package gives them."""
    found = re.search(rb'boundary="([^"]+)"', data)
    assert found
    text, html = (_decoded(part) for part in data.split(b"--" + found[1])[1:3])
    return text, unescape(html)


def _decoded(part: bytes) -> str:
    head, _, body = part.partition(b"\r\n\r\n")
    return (b64decode(body) if b"base64" in head else quopri.decodestring(body)).decode()


def _flat(text: str) -> str:
    return " ".join(text.split())


HEADERS = {
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "List-Id",
    "List-Unsubscribe",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Content-Language",
    "Content-Type",
}
