"""The mark just before hand-over and the answer after it: the row decides, not what a process believes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pipeline.deliver import Answer, AnswerKind, Mark
from pipeline.desk import RunDesk
from pipeline.rules import Cleared
from pipeline.store.journal import GATHER, StoreJournal
from pipeline.store.outbox_rows import Claimed
from pipeline.store.relay_budget import Budget
from pipeline.store.run_rows import RunRows
from tests.installation import Installation
from tests.scene import opened, school
from tests.week import Week, week_made

ACCEPTED = Answer(kind=AnswerKind.ACCEPTED, code=250)


@pytest.fixture
def told(tmp_path: Path, database_url: str) -> Installation:
    return school(tmp_path / "school", 6, relay="file://mails", database=database_url, groups=2)


@pytest.fixture
def week(told: Installation) -> Iterator[Week]:
    with week_made(told) as made:
        yield made


def change(week: Week, sql: str, **values: Any) -> None:
    with week.office.database.write() as connection:
        assert connection.execute(text(sql), values).rowcount


async def taken(week: Week, number: int) -> list[Cleared]:
    desk = week.desk()
    found = [await desk.take() for _ in range(number)]
    return [cleared for cleared in found if cleared]


def with_journal(journal: StoreJournal, work: Coroutine[Any, Any, Any]) -> Any:
    try:
        return asyncio.run(work)
    finally:
        journal.close()


def row(told: Installation, cleared: Cleared) -> Any:
    with opened(told) as ask:
        return ask("SELECT state, owner, doubts FROM delivery WHERE id = :key", key=cleared.delivery)[0]


def events(told: Installation, cleared: Cleared) -> list[tuple[str, str]]:
    with opened(told) as ask:
        rows = ask(
            "SELECT event, moved_to FROM delivery_event WHERE delivery_id = :key ORDER BY id",
            key=cleared.delivery,
        )
    return [tuple(row) for row in rows]


def test_a_decision_between_clearing_and_mark_is_seen(week: Week, told: Installation) -> None:
    journal = week.journal()

    async def work() -> None:
        first, second = await taken(week, 2)
        assert await journal.handing_over(first) is Mark.GO
        change(week, "UPDATE school SET policy_version = policy_version + 1")
        assert await journal.handing_over(second) is Mark.CHANGED
        assert row(told, first).state == "sending"
        assert row(told, second).state == "queued"
        assert events(told, second) == []

    with_journal(journal, work())


@pytest.mark.parametrize("moved", ["rules", "today"])
def test_a_rule_or_a_day_that_changed_between_clearing_and_mark_is_seen(
    week: Week, told: Installation, moved: str
) -> None:
    now = [(week.now().digest, week.now().today)]
    journal = week.journal(rules=lambda: now[0])

    async def work() -> None:
        first, second = await taken(week, 2)
        assert await journal.handing_over(first) is Mark.GO
        digest, today = now[0]
        now[0] = ("other", today) if moved == "rules" else (digest, today + timedelta(days=1))
        assert await journal.handing_over(second) is Mark.CHANGED
        assert row(told, second).state == "queued"

    with_journal(journal, work())


def test_a_row_that_another_process_has_is_not_ours_to_send(week: Week, told: Installation) -> None:
    journal = week.journal()

    async def work() -> None:
        (cleared,) = await taken(week, 1)
        change(week, "UPDATE delivery SET owner = owner + 1 WHERE id = :key", key=cleared.delivery)
        assert await journal.handing_over(cleared) is Mark.GONE
        assert row(told, cleared).state == "queued"

    with_journal(journal, work())


def test_a_yes_that_comes_after_we_were_taken_for_dead_spares_the_second_copy(
    week: Week, told: Installation
) -> None:
    ours = week.journal()
    theirs = week.journal(worker=week.worker.number + 1)

    async def work() -> None:
        (cleared,) = await taken(week, 1)
        assert await ours.handing_over(cleared) is Mark.GO
        change(
            week,
            "UPDATE delivery SET state = 'deferred', doubts = 1, owner = owner + 1 WHERE id = :key",
            key=cleared.delivery,
        )
        await ours.answered(cleared, ACCEPTED)
        assert row(told, cleared).state == "sent"
        assert events(told, cleared)[-1] == ("accepted", "sent")
        assert await theirs.handing_over(replace(cleared, doubts=1)) is Mark.GONE

    try:
        with_journal(ours, work())
    finally:
        theirs.close()


@pytest.mark.parametrize("kind", [AnswerKind.TEMPORARY, AnswerKind.PERMANENT, AnswerKind.UNKNOWN])
def test_any_other_late_answer_is_kept_and_moves_nothing(
    week: Week, told: Installation, kind: AnswerKind
) -> None:
    journal = week.journal()

    async def work() -> None:
        (cleared,) = await taken(week, 1)
        assert await journal.handing_over(cleared) is Mark.GO
        change(
            week,
            "UPDATE delivery SET state = 'deferred', doubts = 1, owner = owner + 1 WHERE id = :key",
            key=cleared.delivery,
        )
        await journal.answered(cleared, Answer(kind=kind))
        assert tuple(row(told, cleared)) == ("deferred", week.worker.number + 1, 1)
        assert events(told, cleared)[-1][1] == "deferred"

    with_journal(journal, work())


def test_a_budget_lets_so_many_go_and_the_others_wait(week: Week, told: Installation) -> None:
    journal = week.journal(budget=Budget(per_minute=2, per_day=3))

    async def work() -> None:
        cleared = await taken(week, 4)
        marks = await asyncio.gather(*map(journal.handing_over, cleared))
        assert sorted(marks) == [Mark.GO, Mark.GO, Mark.WAIT, Mark.WAIT]
        change(week, "UPDATE delivery_event SET at = at - 61000000")
        later = [each for each, mark in zip(cleared, marks, strict=True) if mark is Mark.WAIT]
        assert [await journal.handing_over(each) for each in later] == [Mark.GO, Mark.WAIT]

    with_journal(journal, work())


class SlowRows(RunRows):
    def claim(self, most: int) -> list[Claimed]:
        time.sleep(0.2)
        return super().claim(most)


def test_what_is_claimed_ahead_is_sent_although_that_was_cut_off(week: Week) -> None:
    """Connections can end, because the relay is gone, just while more is being claimed."""
    office = week.office
    rows = SlowRows(office.database, week.row, week.worker, week.maker.languages, office.clock)
    desk = RunDesk(rows, week.maker.press, week.now)

    async def work() -> int:
        idle = asyncio.Event()
        idle.set()
        ahead = asyncio.create_task(desk.clear_ahead(4, idle))
        await asyncio.sleep(0.05)
        ahead.cancel()
        await asyncio.gather(ahead, return_exceptions=True)
        taken = 0
        while await desk.take():
            taken += 1
        return taken

    assert asyncio.run(work()) == 6


def test_with_large_mails_an_answer_waits_for_others_that_are_about_to_end(week: Week) -> None:
    """Longer than for small ones: they end further apart, and their line is busy anyway."""
    journal = week.journal()

    async def work() -> None:
        large = [replace(each, message=bytes(50_000_000)) for each in await taken(week, 2)]
        assert await asyncio.gather(*map(journal.handing_over, large)) == [Mark.GO, Mark.GO]
        await asyncio.sleep(0.5)
        first = journal.answered(large[0], ACCEPTED)
        await asyncio.sleep(10 * GATHER)
        assert not first.done()
        await asyncio.gather(first, journal.answered(large[1], ACCEPTED))

    with_journal(journal, work())
