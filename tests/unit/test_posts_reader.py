"""Folders of posts as real files: what is read, and every mistake with the line of the .md file."""

from __future__ import annotations

import json
import os
import time
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from pipeline.intake.posts import MAX_BODY, read_posts
from pipeline.intake.records import PostRecord, Posts
from pipeline.intake.text import clean
from pipeline.problems import BadInput, Problem

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
FRONT = """id = "w47-bos"
group = "groep 3"
author = "s2"
title = "Naar het bos"
published = 2026-11-18T14:05:00+01:00
"""


def write(folder: Path, front: str = FRONT, body: str = "Tekst.\n", *, name: str = "a.md") -> None:
    (folder / name).write_bytes(f"+++\n{front}+++\n{body}".encode())


def read(folder: Path) -> Posts:
    return read_posts(folder, zone=AMSTERDAM)


def post(folder: Path, front: str = FRONT, body: str = "Tekst.\n") -> PostRecord:
    write(folder, front, body)
    (found,) = read(folder).posts
    return found


def refused(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(BadInput) as error:
        read(folder)
    return error.value.problems


def refused_post(folder: Path, front: str = FRONT, body: str = "Tekst.\n") -> list[tuple[int | None, str]]:
    write(folder, front, body)
    return [(problem.line, problem.message) for problem in refused(folder)]


# What is read


@pytest.mark.parametrize("told, tag", [("tr", "tr"), ("AR", "ar"), ("pt_BR", "pt-br"), ("", "")])
def test_a_post_may_say_its_language(tmp_path: Path, told: str, tag: str) -> None:
    assert post(tmp_path, f'{FRONT}language = "{told}"\n').language == tag


@pytest.mark.parametrize("told", ['"Turks!"', '"t"', "3", '"tr, ar"'])
def test_what_is_no_language_is_told_with_its_line(tmp_path: Path, told: str) -> None:
    ((line, words),) = refused_post(tmp_path, f"{FRONT}language = {told}\n")
    assert line == 7
    assert "language" in words


def test_the_contracts_example_is_read_whole(tmp_path: Path) -> None:
    front = FRONT + (
        '[[photo]]\nfile = "bos1.jpg"\nalt = "Een eekhoorn"\nshows = []\n'
        '[[photo]]\nfile = "map/bos2.jpg"\ncaption = "Bos"\n'
        '[[video]]\nfile = "lied.mp4"\nalt = "Groep 3 zingt"\nshows = ["p12", "p15"]\nposter = "lied.jpg"\n'
        "[event]\nstarts = 2026-12-04T19:00:00+01:00\nends = 2026-12-04T20:30:00\n"
        'location = "Aula"\n'
        '[[link]]\nurl = "https://www.natuurmonumenten.nl/"\ntitle = "Natuurmonumenten"\n'
    )
    (tmp_path / "map").mkdir()
    for name in ("bos1.jpg", "map/bos2.jpg", "lied.mp4", "lied.jpg"):
        (tmp_path / name).write_bytes(b"x")
    found = post(tmp_path, front, "We gingen **met z'n allen**.\n")
    assert (found.id, found.groups, found.author, found.title) == (
        "w47-bos",
        ("groep 3",),
        "s2",
        "Naar het bos",
    )
    assert (found.line, found.group_line, found.author_line) == (2, 3, 4)
    assert found.published == datetime(2026, 11, 18, 13, 5, tzinfo=UTC)
    assert found.body == "We gingen **met z'n allen**.\n"
    one, two = found.photos
    assert (one.path, one.file, one.alt, one.shows, one.line) == (
        tmp_path.resolve() / "bos1.jpg",
        "bos1.jpg",
        "Een eekhoorn",
        (),
        8,
    )
    assert (two.shows, two.caption) == (None, "Bos")
    (video,) = found.videos
    assert (video.shows, video.alt) == (("p12", "p15"), "Groep 3 zingt")
    assert video.poster is not None
    assert (video.poster.file, video.poster.shows, video.poster.line) == ("lied.jpg", ("p12", "p15"), 18)
    assert found.event is not None
    assert found.event.ends == datetime(2026, 12, 4, 19, 30, tzinfo=UTC)
    assert (found.links[0].url, found.links[0].title) == (
        "https://www.natuurmonumenten.nl/",
        "Natuurmonumenten",
    )
    assert read(tmp_path).remarks == ()


def test_posts_come_in_the_order_of_their_file_names(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        write(tmp_path, FRONT.replace("w47-bos", name), name=f"{name}.MD")
    assert [each.id for each in read(tmp_path).posts] == ["a", "b", "c"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_bom_and_line_ends_make_no_difference_and_the_body_stays_as_it_is(
    tmp_path: Path, end: str, bom: bytes
) -> None:
    body = f"{end}# Kop{end}{end}Tekst <b>  {end}+++{end}geen einde"
    text = f"+++{end}{FRONT.replace(chr(10), end)}+++ {end}{body}"
    (tmp_path / "a.md").write_bytes(bom + text.encode())
    (found,) = read(tmp_path).posts
    assert (found.body, found.title, found.author_line) == (body, "Naar het bos", 4)


@pytest.mark.parametrize(
    "written, wanted",
    [
        ('group = " groep 3 "', ("groep 3",)),
        ('group = "School"', ("school",)),
        ('groups = ["groep 3", "Groep 4", "GROEP 3"]', ("groep 3", "Groep 4")),
        ('groups = ["school"]', ("school",)),
    ],
)
def test_groups_are_named_one_or_more(tmp_path: Path, written: str, wanted: tuple[str, ...]) -> None:
    assert post(tmp_path, FRONT.replace('group = "groep 3"', written)).groups == wanted


@pytest.mark.parametrize(
    "written, hour",
    [
        ("2026-11-18T14:05:00", 13),
        ("2026-11-18 14:05:00Z", 14),
        ("2026-10-25T02:30:00", 0),
        ("2026-03-29T02:30:00", 1),
    ],
)
def test_times_without_offset_are_in_the_schools_zone(tmp_path: Path, written: str, hour: int) -> None:
    found = post(tmp_path, FRONT.replace("2026-11-18T14:05:00+01:00", written))
    assert (found.published.hour, found.published.tzinfo) == (hour, UTC)


def test_unknown_keys_unused_files_and_posts_in_folders_are_remarks(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    write(tmp_path / "deep")
    (tmp_path / "loose.jpg").write_bytes(b"x")
    (tmp_path / "used.jpg").write_bytes(b"x")
    (tmp_path / ".DS_Store").write_bytes(b"x")
    write(tmp_path, 'titel = "x"\n' + FRONT + '[[photo]]\nfile = "used.jpg"\nshow = ["p1"]\n')
    remarks = read(tmp_path).remarks
    assert [remark.line for remark in remarks] == [2, 10, None, None]
    assert "is 'title' meant?" in remarks[0].message
    assert "is 'shows' meant?" in remarks[1].message
    assert "deep/a.md" in remarks[2].message
    assert remarks[3].message.endswith("loose.jpg")


def test_an_empty_folder_holds_no_posts(tmp_path: Path) -> None:
    assert read(tmp_path) == Posts(posts=())


def test_control_characters_in_a_title_are_left_out_with_a_remark(tmp_path: Path) -> None:
    write(tmp_path, FRONT.replace("Naar het bos", "Naar\\r\\nBcc: x\\u0007\\u2028"))
    found = read(tmp_path)
    assert found.posts[0].title == "Naar  Bcc: x"
    assert found.remarks[0].line == 5


def test_file_names_written_by_a_mac_are_found(tmp_path: Path) -> None:
    (tmp_path / unicodedata.normalize("NFD", "café.jpg")).write_bytes(b"x")
    assert post(tmp_path, FRONT + '[[photo]]\nfile = "café.jpg"\n').photos[0].file == "café.jpg"


@pytest.mark.parametrize(
    "url", ["https://bücher.example/ä?q=1#x", "http://localhost:8000", "HTTPS://X.example/a%20b"]
)
def test_web_links_are_taken_as_they_are(tmp_path: Path, url: str) -> None:
    (link,) = post(tmp_path, FRONT + f'[[link]]\nurl = "{url}"\n').links
    assert (link.url, link.title) == (url, url)


# What is refused


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, 'id = 7\ngroup = ""\ngroups = []\ntitle = " "\npublished = "gisteren"\n', name="a.md")
    write(tmp_path, FRONT.replace("2026", "0026") + "x = y\nzomaar iets\n", name="b.md")
    write(tmp_path, "", name="c.md")
    (tmp_path / "d.md").write_text("zomaar tekst")
    problems = refused(tmp_path)
    by_file: dict[str, list[int | None]] = {}
    for problem in problems:
        by_file.setdefault(Path(problem.file).name, []).append(problem.line)
    assert by_file == {
        "a.md": [1, 2, 4, 5, 6],  # author missing; id, groups, title, published wrong
        "b.md": [6, 7, 8],
        "c.md": [1, 1, 1, 1, 1],
        "d.md": [1],
    }


@pytest.mark.parametrize(
    "front, line, word",
    [
        (FRONT.replace('"w47-bos"', "47"), 2, "double quotes"),
        (FRONT.replace('"w47-bos"', '" "'), 2, "empty"),
        (FRONT.replace('id = "w47-bos"\n', ""), 1, "id is missing"),
        (FRONT.replace('group = "groep 3"\n', ""), 1, "group is missing"),
        (FRONT.replace('"groep 3"', '"groep 3"\ngroups = ["a"]'), 4, "not both"),
        (FRONT.replace('group = "groep 3"', "groups = []"), 3, "empty"),
        (FRONT.replace('group = "groep 3"', 'groups = "a"'), 3, "list"),
        (FRONT.replace('group = "groep 3"', 'groups = ["a", ""]'), 3, "empty"),
        (FRONT.replace('group = "groep 3"', 'groups = ["a",\n3]'), 4, "double quotes"),
        (FRONT.replace('group = "groep 3"', 'groups = ["a", "school"]'), 3, "alone"),
        (FRONT.replace("Naar het bos", "x" * 301), 5, "301"),
        (FRONT.replace("Naar het bos", "a\\u0000b"), 5, "NUL"),
        (FRONT.replace("T14:05:00+01:00", ""), 6, "time as well"),
        (FRONT.replace("2026-11-18T14:05:00+01:00", "14:05:00"), 6, "without quotes"),
        (FRONT.replace("2026-11-18T14:05:00+01:00", '"2026-11-18T14:05"'), 6, "without quotes"),
        (FRONT.replace("2026", "0001"), 6, "year"),
        (FRONT.replace('author = "s2"', "author = s2"), 4, "double quotes"),
        (FRONT.replace('author = "s2"', "author"), 4, ""),
        (FRONT + FRONT, 7, "twice"),
        (FRONT + "[photo]\n[photo]\n", 8, "[[photo]]"),
        (FRONT + '[photo]\nfile = "x"\n', 7, "[[photo]]"),
        (FRONT + 'photo = "x"\n', 7, "[[photo]]"),
        (FRONT + "[[photo]]\n", 7, "file is missing"),
        (FRONT + '[[photo]]\nfile = "no.jpg"\n', 8, "no file"),
        (FRONT + '[[photo]]\nfile = "a.md"\nshows = ""\n', 9, "list"),
        (FRONT + '[[photo]]\nfile = "a.md"\nshows = [12]\n', 9, "double quotes"),
        (FRONT + '[[photo]]\nfile = "a.md"\nshows = [""]\n', 9, "empty"),
        (FRONT + '[[video]]\nfile = "a.md"\nposter = "no.jpg"\n', 9, "no file"),
        (FRONT + "[event]\n", 7, "starts is missing"),
        (FRONT + "[event]\nstarts = 2026-12-04\nends = 2026-12-04T19:00:00\n", 9, "without a time"),
        (FRONT + "[event]\nstarts = 2026-12-04\nends = 2026-12-03\n", 9, "before starts"),
        (FRONT + "[event]\nstarts = 0001-12-04\n", 8, "years"),
        (FRONT + "[event]\nstarts = 2026-12-04T19:00:00\nends = 2026-12-05\n", 9, "time as well"),
        (FRONT + "[event]\nstarts = 2026-12-04T10:00:00\nends = 2026-12-04T10:00:00\n", 9, "after"),
        (FRONT + "[[event]]\nstarts = 2026-12-04T10:00:00\n", 7, "[event]"),
        (FRONT + "[[link]]\n", 7, "url is missing"),
        (FRONT + '[[link]]\nurl = "x"\n\n[[link]]\nurl = "ftp://x.nl"\n', 8, "https"),
        (FRONT.replace("T14:05:00+01:00", "T25:05:00"), 6, ""),
    ],
)
def test_a_mistake_is_told_with_the_line_of_the_file(
    tmp_path: Path, front: str, line: int, word: str
) -> None:
    problems = refused_post(tmp_path, front)
    assert problems[0][0] == line, problems
    assert word in problems[0][1]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "mailto:jan@x.example",
        "//x.example",
        "https://",
        "https:///pad",
        "https://bank.example@evil.example/",
        "https://x.example/a b",
        "https://x.example/\\u202egpj",
        "https://x.example/<b>",
        "https://[::1",
        "https://x.example:port/",
        "www.x.example",
    ],
)
def test_links_that_are_no_plain_web_addresses_are_refused(tmp_path: Path, url: str) -> None:
    ((line, _),) = refused_post(tmp_path, FRONT + f'[[link]]\nurl = "{url}"\n')
    assert line == 8


@pytest.mark.parametrize(
    "name",
    [
        "/etc/hostname",
        "../outside.jpg",
        "map/../../outside.jpg",
        "map/../a.jpg",
        "C:/a.jpg",
        "map\\\\a.jpg",
        "link.jpg",
        "linked/a.jpg",
        "dangling.jpg",
        "pipe.jpg",
        "map",
        ".",
        "map/a.jpg/b",
        "x" * 300,
        "y" * 600,
        "a\\u0000.jpg",
        "",
    ],
)
def test_media_outside_the_folder_or_over_links_or_no_files_are_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "posts"
    (folder / "map").mkdir(parents=True)
    for path in (tmp_path / "outside.jpg", folder / "a.jpg", folder / "map/a.jpg"):
        path.write_bytes(b"x")
    (folder / "link.jpg").symlink_to(folder / "a.jpg")
    (folder / "linked").symlink_to(folder / "map")
    (folder / "dangling.jpg").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe.jpg")
    assert refused_post(folder, FRONT + f'[[photo]]\nfile = "{name}"\n')[0][0] == 8


def test_a_missing_file_that_nearly_exists_is_suggested(tmp_path: Path) -> None:
    (tmp_path / "Bos1.JPG").write_bytes(b"x")
    ((_, message),) = refused_post(tmp_path, FRONT + '[[photo]]\nfile = "bos1.jpg"\n')
    assert "'Bos1.JPG'" in message


def test_an_id_that_two_posts_share_is_refused_with_both_places(tmp_path: Path) -> None:
    write(tmp_path, name="a.md")
    write(tmp_path, "\n" + FRONT, name="b.md")
    (problem,) = refused(tmp_path)
    assert (Path(problem.file).name, problem.line) == ("b.md", 3)
    assert "a.md (line 2)" in problem.message


@pytest.mark.parametrize(
    "content, line, word",
    [
        (b"", 1, "front matter"),
        (b"---\nid: x\n---\n", 1, "YAML"),
        (b"# Kop\n+++\n", 1, "front matter"),
        (b"+++\nid = 'x'\n", 1, "not closed"),
        (f"+++\n{FRONT}+++\nZo".encode() + b"\xeb", 8, "Windows-1252"),
        (f"+++\n{FRONT}+++\n".encode("utf-16"), 1, "UTF-16"),
        (f"+++\n{FRONT}+++\nx\0y".encode(), 8, "NUL"),
        (f"+++\n{FRONT}+++\n".encode() + b"x" * (MAX_BODY + 1), 8, "200 kB"),
        (b"+++\n" + b"x" * 10_000_000, None, "MB"),
    ],
)
def test_files_that_are_no_posts_are_refused(
    tmp_path: Path, content: bytes, line: int | None, word: str
) -> None:
    (tmp_path / "a.md").write_bytes(content)
    (problem,) = refused(tmp_path)
    assert (problem.line, word in problem.message) == (line, True), problem


def test_links_and_pipes_in_place_of_posts_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "posts"
    folder.mkdir()
    write(tmp_path, name="real.md")
    os.mkfifo(folder / "a.md")
    (folder / "b.md").symlink_to(tmp_path / "real.md")
    assert [Path(problem.file).name for problem in refused(folder)] == ["a.md", "b.md"]


@pytest.mark.parametrize("kind", ["missing", "file"])
def test_what_is_no_folder_is_refused(tmp_path: Path, kind: str) -> None:
    if kind == "file":
        (tmp_path / "posts").write_text("x")
    with pytest.raises(BadInput, match="no folder"):
        read(tmp_path / "posts")


@pytest.mark.parametrize(
    "front",
    [
        "a = " + "[" * 1900,
        "a = [\n" * 5000,
        "a = " + "{a=" * 600,
        "a = " + "9" * 1900,
        "a" + ".a" * 15_000 + " = 1",
        "\n".join(f"b{n}" + ".a" * 950 + " = 1" for n in range(16)),
        "\n".join("[" + "a." * n + "a]" for n in range(150)),
        "x y\n" * 7000,
        'a = """' + '\\"' * 900,
        "a = " + "1979-05-27T07:32:00" * 100,
    ],
    ids=[
        "arrays",
        "lines",
        "tables",
        "digits",
        "dots",
        "many dots",
        "headers",
        "mistakes",
        "escapes",
        "dates",
    ],
)
def test_hostile_front_matter_ends_soon(tmp_path: Path, front: str) -> None:
    began = time.process_time()
    assert refused_post(tmp_path, front + "\n")
    assert time.process_time() - began < 5


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    front=st.text(alphabet=st.sampled_from("[]{}=\"'.,\\\n#a1-:TZ +_é\x00\r"), max_size=60),
    raw=st.binary(max_size=80),
)
def test_any_file_is_read_or_refused(tmp_path: Path, front: str, raw: bytes) -> None:
    (tmp_path / "a.md").write_bytes(f"+++\n{FRONT}{front}\n+++\n".encode())
    (tmp_path / "b.md").write_bytes(raw)
    (problem, *_) = refused(tmp_path)
    assert problem.message


def test_naughty_strings_as_titles_groups_and_bodies_come_out_literally(
    tmp_path: Path, shared_data: Path
) -> None:
    naughty = [
        text for text in json.loads((shared_data / "strings/blns/blns.json").read_text()) if clean(text)[0]
    ]
    for number, text in enumerate(naughty):
        quoted = json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
        front = (
            FRONT.replace('"Naar het bos"', quoted)
            .replace('"groep 3"', quoted)
            .replace("w47-bos", f"n{number:03}")
        )
        write(tmp_path, front, text, name=f"{number:03}.md")
    found = read(tmp_path)
    assert len(found.posts) == len(naughty) > 500
    for text, each in zip(naughty, found.posts, strict=True):
        assert each.body == text
        assert each.title == clean(text)[0]
        assert each.groups in ((each.title,), ("school",))
        if text.isprintable():
            assert each.title == text.strip()
