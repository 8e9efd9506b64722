"""Five processes when something is due, of cron and the daemon in any mixture: one run of each kind."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.daemon import Serve, school_due, wait_until
from tests.installation import Installation, child, post, teacher
from tests.scene import Process, assert_copies_alike, assert_sound, copies, opened, short_or_long
from tests.smtp_server import ServerProcess

pytestmark = pytest.mark.chaos

TOGETHER = 5
PARENTS = 12
#: Fridays half an hour after the newsletter's moment, and a day on which each week's post was published.
WEEKS = {
    "2026-W45": ("2026-11-06T16:00", "2026-11-04T10:00:00"),
    "2026-W46": ("2026-11-13T16:00", "2026-11-11T10:00:00"),
    "2026-W47": ("2026-11-20T16:00", "2026-11-18T10:00:00"),
}


def test_five_processes_at_every_due_moment_make_one_run_of_each_kind(
    tmp_path: Path, database_url: str
) -> None:
    weeks = list(WEEKS)[: short_or_long(1 if "postgresql" in database_url else 2, 3)]
    with ServerProcess(tmp_path) as server:
        told = Installation(folder=tmp_path / "school", relay=server.url, database=database_url)
        channels = ["newsletter", "mail", "app"]
        rows = [child(f"p{n}", "groep 3", f"g{n}", channel=channels[n % 3]) for n in range(PARENTS)]
        told.roster(*rows)
        told.staff(teacher("s1", "groep 3"))
        told.posts(*(post(week, published=WEEKS[week][1]) for week in weeks))
        for week in weeks:
            together = [Process(told, "run", "--at", WEEKS[week][0]) for _ in range(TOGETHER)]
            ended = [process.end() for process in together]
            assert [each.status for each in ended] == [0] * TOGETHER, ended
        mails, faults = server.messages, server.faults
    assert Counter(runs(told)) == Counter(kind for kind in ("immediate", "feed", "weekly") for _ in weeks)
    received = copies(mails)
    by_mail = {f"g{n}@ouders.example": len(weeks) for n in range(PARENTS) if channels[n % 3] != "app"}
    assert {who: len(those) for who, those in received.items()} == by_mail
    assert all(len({one.data for one in those}) == len(weeks) for those in received.values())
    with opened(told) as ask:
        assert ask("SELECT parent_id, post_id FROM delivery_item GROUP BY 1, 2 HAVING COUNT(*) > 1") == []
        assert ask("SELECT COUNT(*) FROM delivery_item")[0][0] == PARENTS * len(weeks)
    assert_sound(told)
    assert faults == []


def test_two_daemons_and_three_calls_of_cron_at_one_moment_make_one_run(
    tmp_path: Path, database_url: str
) -> None:
    with ServerProcess(tmp_path) as server:
        told = school_due(tmp_path / "school", PARENTS, relay=server.url, database=database_url)
        told("prefer", "g1", "app")
        daemons = [Serve(told, f"serve{n}") for n in range(2)]
        try:
            ended = [process.end() for process in [Process(told, "run") for _ in range(TOGETHER - 2)]]
            wait_until(lambda: len(server.messages) >= PARENTS - 1 and not still_open(told))
            wait_until(lambda: all(daemon.told("started") for daemon in daemons))
            assert [daemon.stop(15) for daemon in daemons] == [0, 0]
        finally:
            for daemon in daemons:
                daemon.kill()
        mails, faults = server.messages, server.faults
    assert [each.status for each in ended] == [0] * (TOGETHER - 2), ended
    assert Counter(runs(told)) == {"feed": 1, "weekly": 1}
    received = copies(mails)
    expected = {f"g{n}@ouders.example": 1 for n in range(PARENTS) if n != 1}
    assert {who: len(those) for who, those in received.items()} == expected
    assert_sound(told)
    assert_copies_alike(received)
    assert faults == []


def runs(told: Installation) -> list[str]:
    with opened(told) as ask:
        return [row[0] for row in ask("SELECT kind FROM run")]


def still_open(told: Installation) -> bool:
    with opened(told) as ask:
        return bool(ask("SELECT id FROM run WHERE closed_at IS NULL"))
