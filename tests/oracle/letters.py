"""Rule 5 over all channels: what goes to whom in one run, and why not.

Rules 1 to 4 and 7 to 10 are those of the newsletter's model; only the purpose that consent is asked for
differs.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.oracle.access import current_children, groups_via
from tests.oracle.book import Book, Letter, Made, Now, Reading, Row, Sort, newsletters
from tests.oracle.consent import photos_that_go
from tests.oracle.facts import Facts, State, Story, role_of
from tests.oracle.model import Why, approved, author_allowed, every_link_blocked
from tests.oracle.names import held_names, released
from tests.oracle.world import Channel, Purpose, Role, real


def serves(sort: Sort, channel: Channel) -> bool:
    """An urgent post goes by mail to everybody but those who want nothing."""
    if sort is Sort.URGENT:
        return channel is not Channel.NONE
    one = {Sort.IMMEDIATE: Channel.MAIL, Sort.FEED: Channel.APP, Sort.WEEKLY: Channel.NEWSLETTER}
    return channel is one[sort]


def result_for(book: Book, earlier: list[Made], parent: str, now: Now) -> Letter | Why:
    """Rule 17: the first that fits. ``earlier``: the runs that were made before this one."""
    facts, who = book.facts, book.facts.parents[parent]
    if not approved(facts, parent):
        return Why.NOT_APPROVED
    if every_link_blocked(facts, parent):
        return Why.BLOCKED
    if not current_children(facts, parent, now.today):
        return Why.NO_CURRENT_CHILD
    if not who.email:
        return Why.NO_ADDRESS
    if who.channel is Channel.NONE:
        return Why.CHANNEL_NONE
    if not serves(now.sort, who.channel):
        return Why.OTHER_CHANNEL
    return letter_for(book, earlier, parent, now) or Why.NO_NEWS


def letter_for(book: Book, earlier: list[Made], parent: str, now: Now) -> Letter:
    facts, letter = book.facts, {}
    purpose = purpose_of(now)
    for name, story in facts.posts.items():
        if not sendable(facts, story, now) or not reached(book, earlier, parent, story, now):
            continue
        if owed(book, earlier, parent, story, now):
            photos = photos_that_go(facts, parent, story, now.at, purpose)
            letter[name] = Reading(photos=photos, wording=story.post.wording)
    return letter


def purpose_of(now: Now) -> Purpose:
    return Purpose.APP if now.sort is Sort.FEED else Purpose.MAIL


def sendable(facts: Facts, story: Story, now: Now) -> bool:
    """Rules 3, 4 and 12, and for an urgent run only what management marked so."""
    if held_names(facts, story, now.at, purpose_of(now)):
        return False
    if not author_allowed(facts, story) or story.state is not State.LIVE:
        return False
    if now.sort is Sort.WEEKLY:
        return story.post.published < now.until
    fits = now.sort is not Sort.URGENT or urgent(facts, story)
    return fits and story.post.published <= now.until  # a post whose pause is just over goes


def urgent(facts: Facts, story: Story) -> bool:
    return story.post.urgent and role_of(facts, story.post.author) is Role.MANAGEMENT


def reached(book: Book, earlier: list[Made], parent: str, story: Story, now: Now) -> bool:
    """Rule 2, through a child that was let in before the newsletter's window of that post closed."""
    return any(
        groups_via(book.facts, child, story, now.today)
        and (of_this_window(story, now) or let_in_in_time(book, earlier, parent, child, story))
        for child in current_children(book.facts, parent, now.today)
    )


def of_this_window(story: Story, now: Now) -> bool:
    return now.sort is Sort.WEEKLY and now.since <= story.post.published < now.until


def let_in_in_time(book: Book, earlier: list[Made], parent: str, child: str, story: Story) -> bool:
    """Rule 5: a new approval, unblock or change away from ``none`` brings no post from a window that
    closed before it. Windows are the newsletter's, and close when their run is made."""
    let_in = max(book.facts.links[parent, child].let_in, book.facts.parents[parent].left_none)
    closed = [run for run in newsletters(earlier) if run.now.since <= story.post.published < run.now.until]
    return all(let_in <= run.version for run in closed)


def owed(book: Book, earlier: list[Made], parent: str, story: Story, now: Now) -> bool:
    """Rule 5: not had, not too old; and an earlier post only if no run left it out for this parent."""
    name = story.post.id
    if had(book, parent, name) or too_old(book, earlier, story, now):
        return False
    if of_this_window(story, now) or failed_before(book, parent, name):
        return True
    return not any(left_out(book, run, parent, story, purpose_of(now)) for run in earlier)


def left_out(book: Book, run: Made, parent: str, story: Story, purpose: Purpose) -> bool:
    """It served this parent and could have sent the post, which nobody stopped and released since.

    It could not when the post was just then on its way over the channel that the parent had before. Who
    came later is like one who had not been let in: an earlier post goes along only if it became sendable
    after that run, or with a newsletter if it is of its window.
    """
    if (parent, story.post.id) in run.pending:
        return False
    served = serves(run.now.sort, run.channels.get(parent, book.facts.parents[parent].first))
    return served and story.post.id in run.took and released(story, purpose) <= run.version


def had(book: Book, parent: str, post: str) -> bool:
    """Sent or held, over whatever channel."""
    return any(row is not Row.FAILED for row in rows_with(book, parent, post))


def is_pending(book: Book, parent: str, post: str) -> bool:
    return any(row in (Row.QUEUED, Row.HELD, Row.RELEASED) for row in rows_with(book, parent, post))


def failed_before(book: Book, parent: str, post: str) -> bool:
    return Row.FAILED in rows_with(book, parent, post)


def rows_with(book: Book, parent: str, post: str) -> list[Row]:
    """Of every run that gives or gave this parent the post."""
    rows = []
    for run in book.runs:
        letter = run.results.get(parent, Why.NO_NEWS)
        if parent in run.rows and not isinstance(letter, Why) and post in letter:
            rows.append(run.rows[parent])
    return rows


def too_old(book: Book, earlier: list[Made], story: Story, now: Now) -> bool:
    """Rule 5: from before the first run's window, or older than 28 days on the school's clock."""
    settings = book.facts.settings
    oldest = real(now.until.astimezone(settings.zone) - timedelta(days=settings.owed_days))
    first = earlier[0].now.since if earlier else now.since
    return story.post.published < first or story.post.published.timestamp() < oldest.timestamp()


# The app's inbox -------------------------------------------------------------------------------


def inbox(book: Book, parent: str, at: datetime) -> dict[str, frozenset[str]]:
    """Posts and their photos: what came in over the feed, less all that has been forbidden since."""
    facts, today = book.facts, at.astimezone(book.facts.settings.zone).date()
    shut_out = not approved(facts, parent) or every_link_blocked(facts, parent)
    shown: dict[str, frozenset[str]] = {}
    for run in book.runs if not shut_out else ():
        letter = run.results.get(parent)
        if run.now.sort is Sort.FEED and letter and not isinstance(letter, Why):
            for name, reading in letter.items():
                story = facts.posts[name]
                children = current_children(facts, parent, today)
                held = story.state is not State.LIVE or held_names(facts, story, at, Purpose.APP)
                if not held and any(groups_via(facts, one, story, today) for one in children):
                    allowed = photos_that_go(facts, parent, story, at, Purpose.APP)
                    shown[name] = reading.photos & allowed
    return shown
