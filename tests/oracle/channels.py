"""Rule 5 over all channels, as slow and obvious as it can be said: mail as posts come, the app, the newsletter.

`take` gives a `Call` for each `weekbrief run`: what was made in it, and what reached whom. Rules 1 to 4 and
7 to 10 are those of the newsletter's model; only the purpose that consent is asked for differs.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from tests.oracle.access import current_children, enrolled_now, groups_via
from tests.oracle.consent import photos_that_go
from tests.oracle.facts import Facts, State, Story, change, role_of, to_school
from tests.oracle.model import Why, approved, author_allowed, every_link_blocked
from tests.oracle.world import (
    Channel,
    Purpose,
    ReleaseRun,
    Role,
    RunDue,
    Settings,
    Step,
    Week,
    World,
    moment,
    real,
)


class Sort(StrEnum):
    """The kinds of run, in the order in which one call makes them."""

    URGENT = "urgent"
    IMMEDIATE = "immediate"
    FEED = "feed"
    WEEKLY = "weekly"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What of one post goes to one parent."""

    photos: frozenset[str]
    wording: int


Letter = dict[str, Reading]  #: by post


class Row(StrEnum):
    """Where one parent's row stands when it has something to read."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    HELD = "held"
    RELEASED = "released"


@dataclass(frozen=True, kw_only=True, slots=True)
class Now:
    """The run that is being judged."""

    sort: Sort
    key: str
    since: datetime  #: for a newsletter; for the others only the first run's counts
    until: datetime  #: the cut-off
    at: datetime
    today: date  #: of ``at``, in the school's zone


@dataclass(kw_only=True, slots=True)
class Made:
    """A run that was made, and where its rows stand."""

    now: Now
    version: int
    took: frozenset[str]  #: the posts that were sendable
    channels: dict[str, Channel]  #: of every parent, when it was made
    results: dict[str, Letter | Why]  #: of every parent of the school
    audience: set[str]  #: the parents who have a row, whether or not they get something
    rows: dict[str, Row]  #: of those with something to read
    pending: set[tuple[str, str]]  #: (parent, post) that was still to be sent over another channel just then


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    parent: str
    sort: Sort
    email: str
    letter: Letter


@dataclass(kw_only=True, slots=True)
class Call:
    """What one `weekbrief run` did."""

    step: RunDue
    made: list[Made]
    delivered: list[Delivered]


@dataclass(kw_only=True, slots=True)
class Book:
    """The school and every run so far, oldest first."""

    facts: Facts
    runs: list[Made] = field(default_factory=list)


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
        change(book.facts, step)
    return None


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


# What is due -----------------------------------------------------------------------------------


def now_of(book: Book, sort: Sort, at: datetime) -> Now:
    """A run as posts come: urgent ones take all up to now, the others leave out the pause."""
    settings = book.facts.settings
    until = at if sort is Sort.URGENT else at - timedelta(seconds=settings.pause)
    since = moment(newest_week(settings, at).after(-1), settings)
    return Now(
        sort=sort, key="", since=since, until=until, at=at, today=at.astimezone(settings.zone).date()
    )


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
    return not any(story.post.id in run.took and story.released <= run.version for run in ours)


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


def newsletters(runs: list[Made]) -> list[Made]:
    return [run for run in runs if run.now.sort is Sort.WEEKLY]


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
    found = [(n, who) for n, run in enumerate(book.runs) for who, row in run.rows.items() if row is Row.RELEASED]
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


# Who gets what ---------------------------------------------------------------------------------


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
    purpose = Purpose.APP if now.sort is Sort.FEED else Purpose.MAIL
    for name, story in facts.posts.items():
        if not sendable(facts, story, now) or not reached(book, earlier, parent, story, now):
            continue
        if owed(book, earlier, parent, story, now):
            photos = photos_that_go(facts, parent, story, now.at, purpose)
            letter[name] = Reading(photos=photos, wording=story.post.wording)
    return letter


def sendable(facts: Facts, story: Story, now: Now) -> bool:
    """Rules 3 and 4, and for an urgent run only what management marked so."""
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
    return not any(left_out(book, run, parent, story) for run in earlier)


def left_out(book: Book, run: Made, parent: str, story: Story) -> bool:
    """It served this parent and could have sent the post, which nobody stopped and released since.

    It could not when the post was just then on its way over the channel that the parent had before. Who
    came later is like one who had not been let in: an earlier post goes along only if it became sendable
    after that run, or with a newsletter if it is of its window.
    """
    if (parent, story.post.id) in run.pending:
        return False
    served = serves(run.now.sort, run.channels.get(parent, book.facts.parents[parent].first))
    return served and story.post.id in run.took and story.released <= run.version


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
                if story.state is State.LIVE and any(groups_via(facts, one, story, today) for one in children):
                    allowed = photos_that_go(facts, parent, story, at, Purpose.APP)
                    shown[name] = reading.photos & allowed
    return shown
