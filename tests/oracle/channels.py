"""Mail as posts come, the app and the newsletter together, as slow and obvious as they can be said.

`take` gives a `Call` for each `weekbrief run`: what was made in it, and what reached whom. Nothing is
indexed, cached or shared: every question is asked again for every parent, post and run.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from tests.oracle.book import Book, Call, Delivered, Made, Now, Reading, Row, Sort, newsletters
from tests.oracle.due import addressed, due_newsletter, has_rows, new_in, now_of, open_for, owes
from tests.oracle.facts import Facts, State, change
from tests.oracle.letters import is_pending, result_for, sendable
from tests.oracle.model import Why
from tests.oracle.names import let_names_go, note_lifted
from tests.oracle.world import Act, Decide, ReleaseRun, RunDue, Step, World

#: Of the pupils whom posts name here nothing has a date that matters.
EVER = datetime(2030, 1, 1, tzinfo=UTC)


def begin(world: World) -> Book:
    return Book(facts=Facts(world.settings, world.staff))


def take(book: Book, step: Step, recorded: Collection[Sort] = tuple(Sort)) -> Call | None:
    """Let one step happen; what a run did.

    Nothing says that a run must be made, or must not, in which everybody who would have a row gets nothing.
    ``recorded``: the kinds of which one may be made here.
    """
    if isinstance(step, RunDue):
        return run_due(book, step, recorded)
    if isinstance(step, ReleaseRun):
        release(book)
    else:
        change_and_note(book.facts, step)
    return None


def change_and_note(facts: Facts, step: Step) -> None:
    """What a release lets go is what its text is held for just before it."""
    release_of = isinstance(step, Decide) and step.act is Act.RELEASE
    story = facts.posts.get(step.post) if isinstance(step, Decide) and release_of else None
    if story is not None and story.state is not State.WITHDRAWN:
        let_names_go(facts, story, EVER)
    change(facts, step)
    note_lifted(facts, EVER)


def run_due(book: Book, step: RunDue, recorded: Collection[Sort]) -> Call:
    """What goes as posts come is made first and sent before anything else; then what was released, then the
    newsletter. After each of these something may have become due as posts come again."""
    call = Call(step=step, made=[], delivered=[])
    while True:
        for sort in (Sort.URGENT, Sort.IMMEDIATE, Sort.FEED):
            now = now_of(book, sort, step.at)
            if open_for(book, now) and (owes(book, now) or (sort in recorded and has_rows(book, now))):
                call.made.append(make(book, now))
        call.delivered += hand_over(book, step)
        if send_released(book, step, call):
            continue
        weekly = due_newsletter(book, step.at)
        if weekly is None:
            return call
        give_up_held(book)
        call.made.append(make(book, weekly))
        call.delivered += hand_over(book, step)


def make(book: Book, now: Now) -> Made:
    facts = book.facts
    results = {parent: result_for(book, book.runs, parent, now) for parent in facts.parents}
    new = [story for story in facts.posts.values() if new_in(book, story, now)]
    weekly = now.sort is Sort.WEEKLY
    audience = {parent for parent in facts.parents if weekly or addressed(book, parent, new, now)}
    run = Made(
        now=now,
        version=facts.version,
        took=frozenset(name for name, story in facts.posts.items() if sendable(facts, story, now)),
        channels={name: parent.channel for name, parent in facts.parents.items()},
        results=results,
        audience=audience,
        rows={},
        pending={(who, post) for who in facts.parents for post in facts.posts if is_pending(book, who, post)},
    )
    for parent, result in results.items():
        if not isinstance(result, Why):
            run.audience.add(parent)
            run.rows[parent] = first_row(facts, now)
    book.runs.append(run)
    return run


def first_row(facts: Facts, now: Now) -> Row:
    """The feed has it as soon as the row stands."""
    if now.sort is Sort.WEEKLY and now.at - now.until > timedelta(hours=facts.settings.late_hours):
        return Row.HELD
    return Row.QUEUED


def hand_over(book: Book, step: RunDue) -> list[Delivered]:
    """Every mail that waits; what an address refuses has failed for good."""
    delivered = []
    for run in book.runs:
        for parent in [one for one, row in run.rows.items() if row is Row.QUEUED]:
            fails = parent in step.failing and run.now.sort is not Sort.FEED
            run.rows[parent] = Row.FAILED if fails else Row.SENT
            if not fails:
                delivered.append(delivery(book, run, parent))
    return delivered


def delivery(book: Book, run: Made, parent: str) -> Delivered:
    letter, email = run.results[parent], book.facts.parents[parent].email
    assert not isinstance(letter, Why)
    return Delivered(parent=parent, sort=run.now.sort, email=email, letter=letter)


# Held because it came late ---------------------------------------------------------------------


def give_up_held(book: Book) -> None:
    """Nobody let the late one go before the next was made: its posts are owed to that."""
    for run in newsletters(book.runs):
        for parent, row in run.rows.items():
            if row in (Row.HELD, Row.RELEASED):
                run.rows[parent] = Row.FAILED


def release(book: Book) -> None:
    for run in newsletters(book.runs)[-1:]:
        for parent, row in run.rows.items():
            if row is Row.HELD:
                run.rows[parent] = Row.RELEASED


def waits_for_a_person(book: Book) -> str | None:
    """The key of the newest newsletter, when it is held."""
    runs = newsletters(book.runs)
    return runs[-1].now.key if runs and Row.HELD in runs[-1].rows.values() else None


def send_released(book: Book, step: RunDue, call: Call) -> bool:
    """Rule 16: what has been forbidden since it was made stays behind, nothing is added. Whether any was."""
    found = [
        (n, who) for n, run in enumerate(book.runs) for who, row in run.rows.items() if row is Row.RELEASED
    ]
    for place, parent in found:
        look_again(book, place, parent, step)
    call.delivered += hand_over(book, step)
    return bool(found)


def look_again(book: Book, place: int, parent: str, step: RunDue) -> None:
    run = book.runs[place]
    old = run.results[parent]
    assert not isinstance(old, Why)
    run.channels[parent] = book.facts.parents[parent].channel  # who changed it meanwhile was not served
    del run.rows[parent]  # not to count as had in what follows
    now = Now(
        sort=run.now.sort,
        key=run.now.key,
        since=run.now.since,
        until=run.now.until,
        at=step.at,
        today=step.at.astimezone(book.facts.settings.zone).date(),
    )
    new = result_for(book, book.runs[:place], parent, now)
    if not isinstance(new, Why):
        new = {name: less(old[name], new[name]) for name in old if name in new} or Why.NO_NEWS
    run.results[parent] = new
    if not isinstance(new, Why):
        run.rows[parent] = Row.QUEUED


def less(old: Reading, new: Reading) -> Reading:
    """The text stays the one that was made."""
    return Reading(photos=old.photos & new.photos, wording=old.wording)
