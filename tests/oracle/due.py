"""What is due at one moment, over which channel, and for whom such a run keeps rows."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.oracle.access import enrolled_now
from tests.oracle.book import Book, Now, Sort, newsletters
from tests.oracle.facts import Facts, Story, to_school
from tests.oracle.letters import failed_before, purpose_of, result_for, sendable, serves, too_old
from tests.oracle.model import Why
from tests.oracle.names import released
from tests.oracle.world import Settings, Week, moment


def now_of(book: Book, sort: Sort, at: datetime) -> Now:
    """A run as posts come: urgent ones take all up to now, the others leave out the pause."""
    settings = book.facts.settings
    until = at if sort is Sort.URGENT else at - timedelta(seconds=settings.pause)
    since = moment(newest_week(settings, at).after(-1), settings)
    return Now(sort=sort, key="", since=since, until=until, at=at, today=at.astimezone(settings.zone).date())


def open_for(book: Book, now: Now) -> bool:
    return now.sort is not Sort.IMMEDIATE or not quiet(book.facts.settings, now.at)


def owes(book: Book, now: Now) -> bool:
    """Somebody is owed a post that is ripe. A failed delivery alone is no reason: it goes along."""
    for parent in book.facts.parents:
        result = result_for(book, book.runs, parent, now)
        for name in [] if isinstance(result, Why) else result:
            if ripe(book.facts, book.facts.posts[name], now) and not failed_before(book, parent, name):
                return True
    return False


def has_rows(book: Book, now: Now) -> bool:
    """A ripe post is new to somebody's channel, so that it is recorded why they get nothing (rule 6)."""
    stories = book.facts.posts.values()
    new = [story for story in stories if ripe(book.facts, story, now) and new_in(book, story, now)]
    return any(addressed(book, parent, new, now) for parent in book.facts.parents)


def new_in(book: Book, story: Story, now: Now) -> bool:
    """No earlier run for these parents had it, as an urgent one is for all, or somebody released it since."""
    if not sendable(book.facts, story, now) or too_old(book, book.runs, story, now):
        return False
    ours = [run for run in book.runs if run.now.sort in (now.sort, Sort.URGENT)]
    return not any(
        story.post.id in run.took and released(story, purpose_of(now)) <= run.version for run in ours
    )


def addressed(book: Book, parent: str, stories: list[Story], now: Now) -> bool:
    """Rule 17, the audience of such a run: this parent's channel, and a child, let in or not, in a group of
    the post."""
    facts = book.facts
    if not serves(now.sort, facts.parents[parent].channel):
        return False
    groups = {
        one.group
        for (who, pupil), link in facts.links.items()
        if who == parent and not link.ended
        for one in enrolled_now(facts, pupil, now.today)
    }
    return any(groups and (to_school(one.post) or groups & set(one.post.groups)) for one in stories)


def ripe(facts: Facts, story: Story, now: Now) -> bool:
    wait = 0 if now.sort is Sort.URGENT else facts.settings.pause + facts.settings.bundle
    return story.post.published + timedelta(seconds=wait) <= now.at


def quiet(settings: Settings, at: datetime) -> bool:
    """Between 19:00 and 07:00, and at weekends, by the clock on the school's wall."""
    local = at.astimezone(settings.zone)
    begin, end, clock = settings.quiet_from, settings.quiet_until, local.time()
    night = begin <= clock or clock < end if begin > end else begin <= clock < end
    return night or local.isoweekday() > 5


def newest_week(settings: Settings, at: datetime) -> Week:
    """Of the newest newsletter moment that has come."""
    year, number, _ = at.astimezone(settings.zone).date().isocalendar()
    week = Week(year=year, number=number)
    return week if moment(week, settings) <= at else week.after(-1)


def due_newsletter(book: Book, at: datetime) -> Now | None:
    """One for all moments that have come since the last; its window touches the last one's."""
    settings = book.facts.settings
    week = newest_week(settings, at)
    until = moment(week, settings)
    earlier = newsletters(book.runs)
    if earlier and until <= earlier[-1].now.until:
        return None
    since = earlier[-1].now.until if earlier else moment(week.after(-1), settings)
    today = at.astimezone(settings.zone).date()
    return Now(sort=Sort.WEEKLY, key=week.key, since=since, until=until, at=at, today=today)
