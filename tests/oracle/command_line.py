"""A world played through the installed command, and what its mails say, in the model's words."""

from __future__ import annotations

import io
import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from lxml import html  # type: ignore[import-untyped]
from PIL import Image

from tests.oracle.files import colour, command, write_config, write_staff
from tests.oracle.model import Outcome, Why
from tests.oracle.named_worlds import without_names
from tests.oracle.world import ImportPosts, ImportRoster, Post, RunWeekly, Settings, Step, World
from tests.smtp_server import Received

Mail = tuple[str, frozenset[tuple[str, frozenset[str]]]]  #: address, and for each post its photos

POST = re.compile(r"\bpost\d+[a-z]\d+\b")
FILE = re.compile(r"\bfoto\d+\.jpg\b")


class CommandLine:
    """One school in a folder of its own, and the relay that its mails go to."""

    def __init__(self, program: Path, folder: Path, relay: str, world: World) -> None:
        self.program = program
        self.folder = folder
        self.config = write_config(folder, world.settings, relay)
        self.numbers = iter(range(1000))
        self.call("import", "staff", str(write_staff(folder, world.staff)))

    def call(self, *arguments: str, allowed: tuple[int, ...] = (0,)) -> str:
        """Standard output; an exit status that is not allowed is an error with all that was said."""
        line = [str(self.program), "--config", str(self.config), *arguments]
        done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode in allowed, f"{arguments}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def step(self, step: Step) -> None:
        """Posts and runs may leave something for a person (1)."""
        allowed = (0, 1) if isinstance(step, ImportPosts | RunWeekly) else (0,)
        self.call(*command(step, self.folder / f"step{next(self.numbers)}"), allowed=allowed)

    def counts(self, key: str) -> dict[str, int]:
        """One run's line of ``status --json``, flattened to what is not zero."""
        runs = json.loads(self.call("status", "--json", allowed=(0, 1)))["runs"]
        (run,) = [one for one in runs if (one["kind"], one["key"]) == ("weekly", key)]
        states = {name: run[name] for name in ("sent", "queued", "failed", "held")} | run["withheld"]
        assert run["parents"] == sum(states.values())
        return {name: number for name, number in states.items() if number}


def for_the_command_line(world: World, today: datetime) -> World:
    """The world as the commands can play it.

    Nobody is named: what a release of a name does is for channels.py. Imports happen on the real day;
    schedules.toml leaves the rules at their defaults; what a relay refuses is an address, so parents who
    share one fail together.
    """
    old = world.settings
    plain = Settings(zone=old.zone, weekday=old.weekday, hour=old.hour, minute=old.minute)
    day = today.astimezone(old.zone).date()
    emails: dict[str, str] = {}
    steps: list[Step] = []
    for step in world.steps:
        if isinstance(step, ImportRoster):
            emails |= {row.parent: row.email for row in step.rows}
            step = replace(step, on=day)
        if isinstance(step, RunWeekly):
            step = replace(step, failing=sharing(emails, step.failing))
        if isinstance(step, ImportPosts):
            step = replace(step, posts=tuple(map(without_videos, step.posts)))
        steps.append(without_names(step))
    return replace(world, settings=plain, steps=tuple(steps))


def without_videos(post: Post) -> Post:
    """Making real ones takes too long here: tests/integration/test_videos.py has them."""
    return replace(post, photos=tuple(replace(photo, video=False) for photo in post.photos))


def sharing(emails: dict[str, str], failing: frozenset[str]) -> frozenset[str]:
    """Everybody who has an address of one that fails."""
    refused = refused_addresses(emails, failing)
    return frozenset(parent for parent, email in emails.items() if email in refused)


def refused_addresses(emails: dict[str, str], failing: frozenset[str]) -> frozenset[str]:
    return frozenset(emails[parent] for parent in failing if parent in emails) - {""}


def expected_mails(outcome: Outcome) -> Counter[Mail]:
    mails: Counter[Mail] = Counter()
    for parent, result in outcome.results.items():
        if not isinstance(result, Why) and outcome.state(parent) == "sent":
            content = frozenset((post, reading.photos) for post, reading in result.items())
            mails[outcome.before.parents[parent].email, content] += 1
    return mails


def mail(received: Received, photos_of: dict[str, str]) -> Mail:
    """What one mail carries: posts by their titles, photos by ``alt`` and by the colour of their pixels."""
    message = message_from_bytes(received.data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    text, rich = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert rich is not None
    posts = set(POST.findall(text.get_content()))
    assert posts == set(POST.findall(rich.get_content())), "text and HTML differ in their posts"
    files = list(pictures(message, rich.get_content()))
    content = ((post, frozenset(one for one in files if photos_of[one] == post)) for post in posts)
    return received.recipient, frozenset(content)


def pictures(message: EmailMessage, page: str) -> Iterator[str]:
    """The files that the page shows; each must be attached, in its own colour, and nothing else may be."""
    parts = {part["Content-ID"].strip("<>"): part for part in message.walk() if part["Content-ID"]}
    for image in html.fromstring(page).iter("img"):
        (file,) = FILE.findall(image.get("alt") or "") or [""]
        part = parts.pop(image.get("src").removeprefix("cid:"))
        if file:
            assert alike(middle(part.get_payload(decode=True)), colour(file)), f"{file} shows another photo"
            yield file
    assert not parts, "something is attached that the mail does not show"


def middle(octets: object) -> tuple[int, ...]:
    assert isinstance(octets, bytes)
    picture = Image.open(io.BytesIO(octets)).convert("RGB")
    pixel = picture.getpixel((picture.width // 2, picture.height // 2))
    assert isinstance(pixel, tuple)
    return pixel


def alike(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 16 for a, b in zip(one, other, strict=True))
