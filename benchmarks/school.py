"""An invented school of any size: the files a school would import, the same on every machine.

24 groups, 28 posts of a week (one for the whole school, one or two for each group), no photos.
Families have one to three children and one or two parents, so that brothers and sisters make
editions of two and three groups. A mail comes to about 20 kB.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

GROUPS = tuple(f"groep {year}{letter}" for year in range(1, 9) for letter in "abc")
WEEK, AT = "2026-W47", "2026-11-20T16:00"


def _words(*lines: str) -> list[str]:
    return " ".join(lines).split()


_FIRST = _words(
    "Anna Bram Cato Daan Eva Finn Guus Hugo Isa Jip Kees Lotte Mees Noor Olaf Puck Roos Tess Vera"
)
_LAST = _words("Bakker Bos Dekker Jansen Kuipers Meijer Mulder Peters Smit Visser Vos Willems Çelik Özdemir")
_TEXT = _words(
    "de kinderen hebben deze week samen gelezen gerekend en buiten gespeeld in het bos vonden wij",
    "bladeren kastanjes en een egel die wij voorzichtig lieten slapen morgen bakken we brood met",
    "opa Henk en vrijdag sluiten we af met muziek neem een oude trui mee en laarzen want het wordt nat",
)


@dataclass(frozen=True, slots=True)
class Child:
    id: str
    first: str
    last: str
    born: str
    group: str


@dataclass(frozen=True, slots=True)
class Family:
    children: tuple[Child, ...]
    parents: tuple[tuple[str, str, str], ...]  #: id, name, address


def families(parents: int, chance: Random) -> Iterator[Family]:
    """Families with ``parents`` parents in all."""
    made = pupils = 0
    while made < parents:
        last = chance.choice(_LAST)
        adults = min(chance.choice((1, 2, 2)), parents - made)
        years = chance.sample(range(1, 9), chance.choice((1, 1, 1, 2, 2, 3)))
        children = []
        for year in years:
            pupils += 1
            group = f"groep {year}{chance.choice('abc')}"
            born = f"{2023 - year}-{chance.randint(1, 9):02d}-{chance.randint(1, 28):02d}"
            children.append(Child(f"p{pupils}", chance.choice(_FIRST), last, born, group))
        people = []
        for _ in range(adults):
            made += 1
            people.append(
                (f"g{made}", f"{chance.choice(_FIRST)} {last}", f"ouder{made}@gezin{made % 97}.example")
            )
        yield Family(tuple(children), tuple(people))


@dataclass(frozen=True, slots=True)
class Article:
    id: str
    group: str  #: "school" for everybody
    author: str
    title: str
    body: str
    published: str


def articles(chance: Random) -> list[Article]:
    groups = ["school", *GROUPS, *GROUPS[::8]]
    return [_article(number, group, chance) for number, group in enumerate(groups, 1)]


def _article(number: int, group: str, chance: Random) -> Article:
    author = "m1" if group == "school" else f"t{GROUPS.index(group) + 1}"
    published = f"2026-11-{16 + number % 4}T{9 + number % 6:02d}:05:00+01:00"
    paragraphs = (" ".join(chance.choices(_TEXT, k=22)).capitalize() + "." for _ in range(2))
    return Article(
        f"post{number}", group, author, f"Nieuws {number} uit {group}", "\n\n".join(paragraphs), published
    )


def write_school(
    folder: Path, parents: int, *, relay: str, connections: int | None = None, photos: Sequence[bytes] = ()
) -> None:
    """``schedules.toml``, ``roster.csv``, ``staff.csv``, ``consents.csv`` and ``posts/`` in ``folder``.

    ``photos``: files of pictures, which all stand in the post for the whole school.
    """
    chance = Random(parents)
    people = list(families(parents, chance))
    _write_settings(folder, relay, connections)
    _write_roster(folder / "roster.csv", people)
    _write_staff(folder / "staff.csv")
    _write_consents(folder / "consents.csv", people)
    _write_posts(folder / "posts", articles(Random(28)), photos)


def mailing(parents: int) -> list[dict[str, Any]]:
    """Who gets what of the same school, worked out beforehand for programs that decide nothing."""
    week = articles(Random(28))
    return [
        {
            "name": name,
            "address": address,
            "posts": [_plain(post) for post in week if _concerns(post, family)],
        }
        for family in families(parents, Random(parents))
        for _, name, address in family.parents
    ]


def _concerns(post: Article, family: Family) -> bool:
    return post.group == "school" or any(child.group == post.group for child in family.children)


def _plain(post: Article) -> dict[str, str]:
    return {
        "title": post.title,
        "author": post.author,
        "day": post.published[:10],
        "body": post.body,
        "group": post.group,
    }


def _write_settings(folder: Path, relay: str, connections: int | None) -> None:
    lanes = f"connections = {connections}\n" if connections else ""
    (folder / "schedules.toml").write_text(
        f"""database = "sqlite:///weekbrief.db"
media = "media"
[relay]
url = "{relay}"
{lanes}[[school]]
id = "regenboog"
name = "KBS de Regenboog"
language = "nl"
timezone = "Europe/Amsterdam"
sender = "nieuws@regenboog.example"
reply_to = "info@regenboog.example"
management = ["directie@regenboog.example"]
notices = false
newsletter = {{ day = "fri", time = "15:30" }}
""",
        "utf-8",
    )


def _rows(path: Path, head: str, rows: Iterator[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head.split(","))
        writer.writerows(rows)


def _write_roster(path: Path, people: list[Family]) -> None:
    head = (
        "pupil_id,pupil_first_name,pupil_last_name,pupil_birth_date,group,enrolled_from,enrolled_until,"
        "parent_id,parent_name,parent_email,language,channel,access"
    )
    _rows(
        path,
        head,
        (
            (c.id, c.first, c.last, c.born, c.group, "2026-08-01", "", *parent, "", "newsletter", "yes")
            for family in people
            for c in family.children
            for parent in family.parents
        ),
    )


def _write_staff(path: Path) -> None:
    teachers = (
        (f"t{at}", f"juf {at}", f"t{at}@regenboog.example", "teacher", group)
        for at, group in enumerate(GROUPS, 1)
    )
    management = ("m1", "directeur Marieke", "directie@regenboog.example", "management", "")
    _rows(path, "staff_id,name,email,role,groups", iter([management, *teachers]))


def _write_consents(path: Path, people: list[Family]) -> None:
    _rows(
        path,
        "pupil_id,purpose,kind,answer,given_by,given_at",
        (
            (child.id, purpose, "photo", "yes", family.parents[0][0], "2026-09-01T12:00:00")
            for family in people
            for child in family.children
            for purpose in ("app", "mail")
        ),
    )


def _write_posts(folder: Path, week: list[Article], photos: Sequence[bytes]) -> None:
    folder.mkdir()
    for number, photo in enumerate(photos):
        (folder / f"photo{number}.jpg").write_bytes(photo)
    for post in week:
        shown = range(len(photos) if post.group == "school" else 0)
        tables = "".join(f'[[photo]]\nfile = "photo{n}.jpg"\nshows = []\n' for n in shown)
        (folder / f"{post.id}.md").write_text(
            f'+++\nid = "{post.id}"\ngroup = "{post.group}"\nauthor = "{post.author}"\n'
            f'title = "{post.title}"\npublished = {post.published}\n{tables}+++\n{post.body}\n',
            "utf-8",
        )
