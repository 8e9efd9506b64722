"""A second, coarser model: who stays, reads and was let in from the first day gets every post once.

It knows nothing of windows, pauses and earlier runs, so that it can tell whether `channels.py` reads rule 5
as a parent would: nothing twice, nothing missed, however often they change their mind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date, datetime, timedelta

from tests.oracle.access import current_children, groups_via
from tests.oracle.book import Book, Row, Sort
from tests.oracle.channels import begin, take
from tests.oracle.facts import State
from tests.oracle.model import Why, approved, author_allowed, every_link_blocked
from tests.oracle.names import held_names
from tests.oracle.world import Channel, Purpose, RunDue, World

Pair = tuple[str, str]  #: parent and post


def missed_or_doubled(world: World, recorded: Collection[Sort]) -> list[str]:
    """One line for each pair that the finer model gives too little or too often."""
    book, got = begin(world), Counter[Pair]()
    steady: dict[Pair, bool] = {}
    for step in world.steps:
        if isinstance(step, RunDue):
            note(book, step, steady)
        call = take(book, step, recorded)
        got.update((one.parent, post) for one in (call.delivered if call else ()) for post in one.letter)
    last = max(step.at for step in world.steps if isinstance(step, RunDue))
    troubled = {pair for pair in steady if had_trouble(book, pair)}
    owed = {pair for pair, all_along in steady.items() if all_along and must_have(book, pair, last)}
    missed = [f"{parent} misses {post}" for parent, post in sorted(owed - troubled) if not got[parent, post]]
    return missed + [f"{who} has {post} {n} times" for (who, post), n in got.items() if n > 1]


def note(book: Book, step: RunDue, steady: dict[Pair, bool]) -> None:
    today = step.at.astimezone(book.facts.settings.zone).date()
    for parent in book.facts.parents:
        for post in book.facts.posts:
            so_far = steady.get((parent, post), True)
            steady[parent, post] = (
                so_far and may_read(book, parent, post, today) and parent not in step.failing
            )


def may_read(book: Book, parent: str, post: str, today: date) -> bool:
    """Let in with the first roster and never out again, with an address, and a child whom it concerns."""
    facts, who = book.facts, book.facts.parents[parent]
    if not who.email or who.channel is Channel.NONE or who.left_none:
        return False
    if not approved(facts, parent) or every_link_blocked(facts, parent):
        return False
    return any(
        facts.links[parent, child].let_in == 1 and groups_via(facts, child, facts.posts[post], today)
        for child in current_children(facts, parent, today)
    )


def must_have(book: Book, pair: Pair, last: datetime) -> bool:
    """By the last run: ripe, live, allowed, neither too old nor from before the first run's window."""
    facts, story = book.facts, book.facts.posts[pair[1]]
    wait = timedelta(seconds=facts.settings.pause + facts.settings.bundle)
    young = story.post.published > last - timedelta(days=facts.settings.owed_days - 1)
    begun = bool(book.runs) and story.post.published >= book.runs[0].now.since
    ready = story.state is State.LIVE and author_allowed(facts, story)
    ready = ready and not any(held_names(facts, story, last, purpose) for purpose in Purpose)
    return young and begun and ready and story.post.published + wait < last - timedelta(minutes=6)


def had_trouble(book: Book, pair: Pair) -> bool:
    """A newsletter that was held and given up goes along with something else, which may not have come yet."""
    parent, post = pair
    letters = [(run.results.get(parent), run.rows.get(parent)) for run in book.runs]
    return any(
        row in (Row.FAILED, Row.HELD, Row.RELEASED)
        and not isinstance(letter, Why)
        and letter
        and post in letter
        for letter, row in letters
    )
