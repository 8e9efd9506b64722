"""A world with all channels played through the command line, and what came of it in the model's words."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.installation import Installation
from tests.oracle.book import Book, Reading, Row, Sort
from tests.oracle.channels import waits_for_a_person
from tests.oracle.command_line import FILE, POST, pictures, refused_addresses, sharing
from tests.oracle.files import DAYS, command, write_staff
from tests.oracle.model import Why
from tests.oracle.world import (
    ImportPosts,
    ImportRoster,
    ReleaseRun,
    RunDue,
    Settings,
    Step,
    World,
)
from tests.smtp_server import Act, Moment, Phase, Received

WORDING = re.compile(r"\bVersie\s+(\d+)\s+van\s+(post\d+[a-z]\d+)\b")
Content = frozenset[tuple[str, Reading]]  #: a letter that can be counted
#: The states of a row, as the outbox names them.
STATES = {
    "queued": Row.QUEUED,
    "sent": Row.SENT,
    "failed": Row.FAILED,
    "refused": Row.FAILED,
    "held": Row.HELD,
}


class Refusing:
    """A relay's script: these addresses do not exist for now."""

    def __init__(self) -> None:
        self.addresses: frozenset[str] = frozenset()

    def __call__(self, moment: Moment) -> Act | None:
        no = moment.phase is Phase.RCPT and moment.recipient in self.addresses
        return Act(reply="550 5.1.1 no such mailbox here") if no else None


@dataclass(frozen=True, slots=True)
class RealRun:
    """A run as the outbox keeps it."""

    sort: Sort
    key: str
    rows: Mapping[str, Row | Why]  #: by parent
    letters: Mapping[str, Content]  #: of those that have an edition


class ChannelSchool:
    """One school in a folder of its own, whose mails go to ``relay``."""

    def __init__(self, folder: Path, relay: str, world: World, empty: Installation) -> None:
        shutil.copytree(empty.folder, folder)
        self.told = Installation(folder=folder, relay=relay, schools=[school(world.settings)])
        self._steps, self._seen = 0, 0
        self.told("import", "staff", write_staff(folder, world.staff))

    def step(self, step: Step, book: Book) -> None:
        """``book``: the school before this step; without a newsletter that waits there is none to release."""
        if isinstance(step, ReleaseRun):
            if key := waits_for_a_person(book):
                self.told("release", key, "--why", "het was vakantie", "--by", "m1")
            return
        self._steps += 1
        said = self.told(*command(step, self.told.folder / f"step{self._steps}"), expect=None)
        usual = (0, 1) if isinstance(step, ImportPosts | RunDue) else (0,)
        assert said.status in usual, said

    def new_runs(self) -> list[RealRun]:
        """Those made since the last look."""
        runs = self.told.sql("SELECT id, kind, key FROM run WHERE id > :seen ORDER BY id", seen=self._seen)
        self._seen = max((row[0] for row in runs), default=self._seen)
        return [self._run(*row) for row in runs]

    def _run(self, number: int, kind: str, key: str) -> RealRun:
        rows = self.told.sql(
            "SELECT parent.ref, delivery.state, delivery.reason, edition.items FROM delivery"
            " JOIN parent ON parent.id = delivery.parent_id"
            " LEFT JOIN edition ON edition.id = delivery.edition_id WHERE delivery.run_id = :run",
            run=number,
        )
        return RealRun(
            sort=Sort(kind),
            key=key,
            rows={
                ref: Why(reason) if state == "withheld" else STATES[state] for ref, state, reason, _ in rows
            },
            letters={ref: self._letter(items) for ref, _, _, items in rows if items},
        )

    def _letter(self, items: str) -> Content:
        posts = dict(self.told.sql("SELECT id, ref FROM post"))
        photos = dict(self.told.sql("SELECT id, file FROM photo"))
        bodies = dict(self.told.sql("SELECT id, body FROM revision"))
        return frozenset(
            (
                posts[post],
                Reading(photos=frozenset(photos[one] for one in shown), wording=wording_of(bodies[revision])),
            )
            for post, revision, shown, *_ in json.loads(items)
        )

    def inbox(self, parent: str) -> dict[str, frozenset[str]]:
        """Posts and their photos, as the app shows them."""
        posts = self.told("feed", parent, "--json").json["posts"]
        assert len({one["post"] for one in posts}) == len(posts), "a post twice"
        return {one["post"]: frozenset(photo["file"] for photo in one["photos"]) for one in posts}


def wording_of(body: str) -> int:
    return int(found[1]) if (found := WORDING.search(body)) else 0


def school(settings: Settings) -> dict[str, Any]:
    """The school's table in schedules.toml."""
    return {
        "id": "school",
        "name": "De School",
        "language": "nl",
        "timezone": settings.zone.key,
        "sender": "nieuws@school.example",
        "reply_to": "info@school.example",
        "management": ["directie@school.example"],
        "newsletter": {
            "day": DAYS[settings.weekday],
            "time": f"{settings.hour:02}:{settings.minute:02}",
        },
        "immediate": {
            "pause": settings.pause,
            "bundle": settings.bundle,
            "quiet_from": f"{settings.quiet_from:%H:%M}",
            "quiet_until": f"{settings.quiet_until:%H:%M}",
        },
        "late_hours": settings.late_hours,
        "own_child_photo": settings.own_child_photo,
        "owed_days": settings.owed_days,
    }


def playable(world: World, today: Any) -> World:
    """Imports happen on the real day; parents who share an address fail together."""
    emails: dict[str, str] = {}
    steps: list[Step] = []
    for step in world.steps:
        if isinstance(step, ImportRoster):
            emails |= {row.parent: row.email for row in step.rows}
            step = replace(step, on=today)
        if isinstance(step, RunDue):
            step = replace(step, failing=sharing(emails, step.failing))
        steps.append(step)
    return replace(world, steps=tuple(steps))


def addresses_of(book: Book, failing: frozenset[str]) -> frozenset[str]:
    return refused_addresses({name: one.email for name, one in book.facts.parents.items()}, failing)


def content(letter: Mapping[str, Reading]) -> Content:
    return frozenset(letter.items())


def mail(received: Received, photos_of: Mapping[str, str]) -> tuple[str, Content]:
    """Address and content of one mail: posts and their wording in both parts, photos by their pixels."""
    message = message_from_bytes(received.data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    text, rich = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert rich is not None
    plain, page = text.get_content(), rich.get_content()
    posts = set(POST.findall(plain))
    assert posts == set(POST.findall(page)), "text and HTML differ in their posts"
    wordings = {post: int(number) for number, post in WORDING.findall(plain)}
    assert wordings == {post: int(number) for number, post in WORDING.findall(page)}
    files = list(pictures(message, page))
    assert set(FILE.findall(plain)) <= set(files), "the text names a photo that stays behind"
    return received.recipient, frozenset(
        (
            post,
            Reading(
                photos=frozenset(one for one in files if photos_of[one] == post),
                wording=wordings.get(post, 0),
            ),
        )
        for post in posts
    )
