"""The same school as the files and commands of the real thing.

Every photo has a colour of its own, so that a test can tell from the pixels which one a mail carries.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from PIL import Image

from tests.oracle.world import (
    Act,
    Answer,
    Decide,
    ImportConsents,
    ImportPosts,
    ImportRoster,
    Photo,
    Post,
    Prefer,
    ReleaseRun,
    Row,
    RunDue,
    RunWeekly,
    Settings,
    StaffMember,
    Step,
)

DAYS = {1: "mon", 2: "tue", 3: "wed", 4: "thu", 5: "fri", 6: "sat", 7: "sun"}


def write_config(folder: Path, settings: Settings, relay: str) -> Path:
    """schedules.toml with one school; the rule settings keep their defaults."""
    path = folder / "schedules.toml"
    time = f"{settings.hour:02}:{settings.minute:02}"
    path.write_text(
        f"""\
database = "sqlite:///weekbrief.db"
media = "media"

[relay]
url = "{relay}"

[[school]]
id = "school"
name = "De School"
language = "nl"
timezone = "{settings.zone.key}"
sender = "nieuws@school.example"
reply_to = "info@school.example"
management = ["directie@school.example"]
newsletter = {{ day = "{DAYS[settings.weekday]}", time = "{time}" }}
""",
        encoding="utf-8",
    )
    return path


def command(step: Step, folder: Path) -> list[str]:
    """The arguments that let ``step`` happen; what it needs is written into ``folder``."""
    folder.mkdir(exist_ok=True)
    match step:
        case ImportRoster():
            approve = ["--approve"] if step.approve else []
            return ["import", "roster", str(write_roster(folder, step.rows)), "--force", *approve]
        case ImportConsents():
            return ["import", "consents", str(write_consents(folder, step.answers))]
        case ImportPosts():
            return ["import", "posts", str(write_posts(folder, step.posts))]
        case RunWeekly():
            return ["run", "--week", step.week.key, "--at", step.at.isoformat()]
        case RunDue():
            return ["run", "--at", step.at.isoformat()]
        case Prefer():
            return ["prefer", step.parent, step.channel.value, "--by", "m1"]
        case ReleaseRun():
            raise TypeError("which run it is, only the model knows")
        case Decide(act=Act.HOLD | Act.RELEASE | Act.WITHDRAW):
            return [step.act.value, step.post, "--why", "besproken in het team", "--by", "m1"]
        case Decide():
            return [step.act.value, step.parent, *([step.pupil] if step.pupil else []), "--by", "m1"]


def write_table(path: Path, columns: str, lines: Iterable[Iterable[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(columns.split())
        table.writerows(lines)
    return path


def write_roster(folder: Path, rows: tuple[Row, ...]) -> Path:
    columns = """pupil_id pupil_first_name pupil_last_name pupil_birth_date group enrolled_from enrolled_until
        parent_id parent_name parent_email language channel access"""
    return write_table(folder / "roster.csv", columns, (roster_line(row) for row in rows))


def roster_line(row: Row) -> list[object]:
    pupil = [row.pupil, first_name(row.pupil), last_name(row.pupil), day(row.born)]
    parent = [row.parent, f"Ouder {row.parent}", row.email, row.language, row.channel.value]
    access = "blocked" if row.blocked else ""
    return [*pupil, row.group, day(row.since), day(row.until), *parent, access]


def day(value: date | None) -> str:
    return value.isoformat() if value else ""


def write_staff(folder: Path, staff: tuple[StaffMember, ...]) -> Path:
    lines = (
        (one.id, f"Collega {one.id}", f"{one.id}@school.example", one.role.value, "|".join(one.groups))
        for one in staff
    )
    return write_table(folder / "staff.csv", "staff_id name email role groups", lines)


def write_consents(folder: Path, answers: tuple[Answer, ...]) -> Path:
    lines = (
        (one.pupil, one.purpose.value, one.kind.value, "yes" if one.yes else "no", one.by, one.at.isoformat())
        for one in answers
    )
    return write_table(folder / "consents.csv", "pupil_id purpose kind answer given_by given_at", lines)


def write_posts(folder: Path, posts: tuple[Post, ...]) -> Path:
    for post in posts:
        for photo in post.photos:
            Image.new("RGB", (48, 32), colour(photo.file)).save(folder / photo.file, quality=95)
        (folder / f"{post.id}.md").write_text(post_text(post), encoding="utf-8")
    return folder


def colour(file: str) -> tuple[int, int, int]:
    """Far enough from every other photo's of the same world to survive JPEG."""
    number = int("".join(filter(str.isdigit, file)))
    return 30 + number % 6 * 40, 30 + number // 6 % 6 * 40, 30 + number // 36 % 6 * 40


def post_text(post: Post) -> str:
    groups = ", ".join(f'"{group}"' for group in post.groups)
    where = f"group = {groups}" if len(post.groups) == 1 else f"groups = [{groups}]"
    head = [
        f'id = "{post.id}"',
        where,
        f'author = "{post.author}"',
        f'title = "Bericht {post.id}"',
        f"published = {post.published.isoformat()}",
        *(["urgent = true"] if post.urgent else []),
    ]
    photos = [line for photo in post.photos for line in photo_lines(photo)]
    return "\n".join(
        [
            "+++",
            *head,
            *photos,
            "+++",
            f"Het was een mooie week in de klas. {wording(post)} {naming(post)}",
            "",
        ]
    )


def naming(post: Post) -> str:
    return "".join(f"Ook {first_name(pupil)} {last_name(pupil)} was erbij. " for pupil in post.names)


def first_name(pupil: str) -> str:
    """No two are alike, and none is a word."""
    return f"Qua{_spelt(pupil)}x"


def last_name(pupil: str) -> str:
    return f"Vro{_spelt(pupil)}wijk"


def _spelt(id: str) -> str:
    syllables = ("ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu")
    return "".join(syllables[int(letter)] if letter.isdecimal() else letter for letter in id)


def wording(post: Post) -> str:
    """What a reader can tell the edited text by."""
    return f"Versie {post.wording} van {post.id}." if post.wording else ""


def photo_lines(photo: Photo) -> list[str]:
    shows = [] if photo.shows is None else [f"shows = {list(photo.shows)}"]
    return ["[[photo]]", f'file = "{photo.file}"', f'alt = "Beeld {photo.file}"', *shows]
