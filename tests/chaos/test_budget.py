"""What a relay may be given in a minute and a day holds for all processes together, and survives them."""

from __future__ import annotations

import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.scene import RUN, Process, assert_sound, opened, school, states
from tests.smtp_server import ServerProcess

pytestmark = pytest.mark.chaos

PARENTS = 40


def test_the_days_budget_is_shared_by_two_processes_and_survives_them(
    tmp_path: Path, database_url: str
) -> None:
    with ServerProcess(tmp_path) as server:
        told = school(tmp_path / "school", PARENTS, relay=server.url, database=database_url, per_day=10)
        for _ in range(2):
            ended = [process.end() for process in [Process(told, *RUN), Process(told, *RUN)]]
            assert [each.status for each in ended] == [75, 75], ended
            # The first of them to end may still have seen mails of the other on their way.
            assert all(" wait until " in each.err for each in ended), ended
            assert any("30 wait until " in each.err for each in ended), ended
            assert len(server.messages) == 10
    assert Counter(states(told).values()) == {"sent": 10, "queued": 30}
    assert_sound(told)


def test_the_minutes_budget_is_never_exceeded_by_processes_that_come_and_go(
    tmp_path: Path, database_url: str
) -> None:
    with ServerProcess(tmp_path) as server:
        told = school(tmp_path / "school", PARENTS, relay=server.url, database=database_url, per_minute=7)
        for _ in range(2):
            pair = [Process(told, *RUN), Process(told, *RUN)]
            deadline = time.monotonic() + 40
            while time.monotonic() < deadline and len(server.messages) < 7:
                time.sleep(0.05)
            time.sleep(1.5)
            pair[0].send(signal.SIGTERM)
            pair[1].kill()
            # A slow machine may not have got as far as listening for TERM, and either may have seen by itself
            # that the minute is used up.
            first, second = (process.end().status for process in pair)
            assert first in (75, -signal.SIGTERM)
            assert second in (75, -signal.SIGKILL)
        mails = server.messages
    assert mails[-1].at - mails[0].at < 60
    assert len(mails) == 7
    assert Counter(states(told).values())["sent"] <= 7
    with opened(told) as ask:
        assert ask("SELECT COUNT(*) FROM delivery_event WHERE event = 'hand_over'")[0][0] == 7
