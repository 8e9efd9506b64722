"""What is urgent, and what goes as it comes, does not wait for a newsletter of 400 parents."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.installation import Installation, Row, child, post, teacher
from tests.scene import LONG, Process, address, assert_sound, copies, opened
from tests.smtp_server import Act, Moment, Phase, ThreadedServer

pytestmark = pytest.mark.chaos

PARENTS = 400
TENTH = PARENTS // 10
GROUPS = [f"groep {number + 1}" for number in range(8)]
TITLE = "Titel later"  #: of the post that overtakes; one of such a mail's subject
#: Seconds that the relay takes for each mail, over four connections: 400 last eight seconds and more.
SLOWLY = 0.08
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass
class Slow:
    """A relay's script: it takes its time until the test has seen what it wants to see."""

    delay: float = SLOWLY

    def __call__(self, moment: Moment) -> Act | None:
        return Act(delay=self.delay) if moment.phase is Phase.DOT and self.delay else None


@dataclass(frozen=True)
class Scene:
    told: Installation
    server: ThreadedServer
    slow: Slow
    process: Process

    def wait_for(self, mails: int) -> None:
        while self.process.running and len(self.server.messages) < mails:
            time.sleep(0.005)
        assert self.process.running, self.process.end()


@contextmanager
def newsletter_being_sent(folder: Path, database: str, *more: Row) -> Iterator[Scene]:
    """By a process of its own; its moment has just been. At the end all is sent, each mail once."""
    now = datetime.now(UTC)
    slow = Slow()
    with ThreadedServer(slow, keep_bytes=True) as server:
        told = Installation(
            folder=folder / "school", relay=server.url, database=database, schools=[school_at(now)]
        )
        rows = [child(f"p{n}", GROUPS[n % len(GROUPS)], f"g{n}") for n in range(PARENTS)]
        told.roster(*rows, *more)
        told.staff(teacher("s1", "|".join(GROUPS)), teacher("m1", "", role="management"))
        told.posts(post("allen", "school", author="m1", published=written(now - timedelta(days=1))))
        scene = Scene(told, server, slow, Process(told, "run"))
        scene.wait_for(TENTH)
        yield scene
        slow.delay = 0
        ended = scene.process.end()
        assert ended.status == 0, ended
        assert server.faults == []
    assert_sound(told)
    assert len(server.messages) == len({one.header("Message-ID") for one in server.messages})


def school_at(now: datetime) -> dict[str, Any]:
    moment = now - timedelta(minutes=2)
    return {
        "id": "regenboog",
        "name": "KBS de Regenboog",
        "language": "nl",
        "timezone": "UTC",
        "sender": "nieuws@regenboog.example",
        "management": ["directie@regenboog.example"],
        "newsletter": {"day": _DAYS[moment.weekday()], "time": f"{moment:%H:%M}"},
        "immediate": {"pause": 1, "bundle": 0, "quiet_from": "00:00", "quiet_until": "00:00"},
        "school_days": list(_DAYS),
        "notices": False,
    }


def written(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def imported(scene: Scene, content: str) -> int:
    """By another process; how many mails the relay had taken when that was done."""
    scene.told.write("later/later.md", content)
    ended = Process(scene.told, "import", "posts", str(scene.told.folder / "later")).end()
    assert ended.status == 0, ended
    return len(scene.server.messages)


@pytest.mark.parametrize("group", ["groep 3", "school"] if LONG else ["groep 3"])
def test_an_urgent_post_is_with_all_its_parents_before_the_next_tenth_of_the_newsletters(
    tmp_path: Path, database_url: str, group: str
) -> None:
    addressed = {address(n) for n in range(PARENTS) if group in ("school", GROUPS[n % len(GROUPS)])}
    with newsletter_being_sent(tmp_path, database_url) as scene:
        urgent = post("later", group, author="m1", urgent=True, published=written(datetime.now(UTC)))
        from_here = imported(scene, urgent)
        assert from_here < PARENTS - 2 * TENTH, "imported too late to show anything"
        scene.wait_for(from_here + len(addressed) + TENTH)
        came = scene.server.messages[from_here : from_here + len(addressed) + TENTH]
        overtook = {one.recipient for one in came if TITLE in one.header("Subject")}
        assert overtook == addressed, f"{len(overtook)} of {len(addressed)} before the next {TENTH}"
    everything = copies(scene.server.messages)
    assert {who: len(mails) for who, mails in everything.items()} == {
        address(n): 1 + (address(n) in addressed) for n in range(PARENTS)
    }


def test_a_post_that_ripens_meanwhile_is_not_behind_the_whole_newsletter(tmp_path: Path) -> None:
    by_mail = [child(f"pm{n}", "groep 3", f"m{n}", channel="mail") for n in range(20)]
    addresses = {row["parent_email"] for row in by_mail}
    database = f"sqlite:///{tmp_path / 'weekbrief.db'}"
    with newsletter_being_sent(tmp_path, database, *by_mail) as scene:
        ripe = datetime.now(UTC) + timedelta(seconds=2)
        imported(scene, post("later", "groep 3", published=written(ripe)))
        while set(recipients(scene)) != addresses:
            assert scene.process.running, "the newsletter was sent first"
            assert datetime.now(UTC) < ripe + timedelta(seconds=8), "it is due, and nothing comes"
            time.sleep(0.01)
        newsletters = len(scene.server.messages) - 2 * len(by_mail)
        assert newsletters < PARENTS - TENTH, "the newsletter was nearly through"
        assert datetime.now(UTC) > ripe + timedelta(seconds=1), "before its pause was over"
    assert sorted(recipients(scene)) == sorted(addresses)
    with opened(scene.told) as ask:
        kinds = [row[0] for row in ask("SELECT kind FROM run ORDER BY id")]
    assert kinds == ["immediate", "weekly", "immediate"]


def recipients(scene: Scene) -> list[str]:
    return [one.recipient for one in scene.server.messages if TITLE in one.header("Subject")]
