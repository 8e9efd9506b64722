"""Rules 1 to 10 and 17 of product.md for the weekly newsletter, as slow and obvious as they can be said.

`play` gives one `Outcome` per weekly run. Nothing is indexed, cached or shared: every
question is asked again for every parent, post and photo.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from tests.oracle.access import current_children, groups_via
from tests.oracle.consent import photos_that_go
from tests.oracle.facts import (
    Facts,
    Link,
    Parent,
    Past,
    State,
    Story,
    change,
    channel_at,
    frozen,
    groups_of,
    role_of,
    to_school,
)
from tests.oracle.names import held_names
from tests.oracle.world import Channel, Purpose, Role, RunWeekly, World, moment, real


class Why(StrEnum):
    """Rule 17: why a parent gets nothing; the first that fits, in this order."""

    NOT_APPROVED = "not_approved"
    BLOCKED = "blocked"
    NO_CURRENT_CHILD = "no_current_child"
    NO_ADDRESS = "no_address"
    CHANNEL_NONE = "channel_none"
    OTHER_CHANNEL = "other_channel"
    NO_NEWS = "no_news"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What of one post goes to one parent."""

    photos: frozenset[str]
    groups: frozenset[str]  #: of the parent's children, that the post concerns; empty for the whole school


Result = dict[str, Reading] | Why


@dataclass(frozen=True, kw_only=True, slots=True)
class Now:
    """The run that is being judged."""

    since: datetime
    until: datetime
    at: datetime
    today: date  #: of ``at``, in the school's zone


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """One weekly run: the school just before it, its window, and what every parent gets."""

    before: Facts
    run: RunWeekly
    now: Now
    results: dict[str, Result]

    @property
    def since(self) -> datetime:
        return self.now.since

    @property
    def until(self) -> datetime:
        return self.now.until

    @property
    def counts(self) -> dict[str, int]:
        """``sent``, ``failed`` and every reason; they add up to the parents of the school."""
        return dict(Counter(self.state(parent) for parent in self.results))

    def state(self, parent: str) -> str:
        result = self.results[parent]
        if isinstance(result, Why):
            return result.value
        return "failed" if parent in self.run.failing else "sent"


def play(world: World) -> Iterator[Outcome]:
    """The timeline in order; every outcome counts as had or failed in the later runs."""
    facts = Facts(world.settings, world.staff)
    for step in world.steps:
        if isinstance(step, RunWeekly):
            outcome = run_weekly(frozen(facts), step)
            facts.runs.append(past(outcome))
            yield outcome
        else:
            change(facts, step)


def run_weekly(facts: Facts, run: RunWeekly) -> Outcome:
    """A window runs from the previous run's cut-off, by the calendar for the first, to its own moment."""
    until = moment(run.week, facts.settings)
    since = facts.runs[-1].until if facts.runs else moment(run.week.after(-1), facts.settings)
    today = run.at.astimezone(facts.settings.zone).date()
    now = Now(since=since, until=until, at=run.at, today=today)
    results = {parent: result_for(facts, parent, now) for parent in facts.parents}
    return Outcome(before=facts, run=run, now=now, results=results)


def past(outcome: Outcome) -> Past:
    facts, failing = outcome.before, outcome.run.failing
    read = {who: frozenset(what) for who, what in outcome.results.items() if not isinstance(what, Why)}
    return Past(
        key=outcome.run.week.key,
        since=outcome.since,
        until=outcome.until,
        version=facts.version,
        sendable=frozenset(
            name for name, story in facts.posts.items() if sendable(facts, story, outcome.now)
        ),
        sent={parent: posts for parent, posts in read.items() if parent not in failing},
        failed={parent: posts for parent, posts in read.items() if parent in failing},
    )


# Rule 17 ---------------------------------------------------------------------------------------


def result_for(facts: Facts, parent: str, now: Now) -> Result:
    """Rule 17: exactly one state per parent, the first that fits."""
    who = facts.parents[parent]
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
    if who.channel is not Channel.NEWSLETTER:
        return Why.OTHER_CHANNEL
    return readings(facts, parent, now) or Why.NO_NEWS


def approved(facts: Facts, parent: str) -> bool:
    """Rule 1: approved for at least one child, blocked or not.

    Links gone from the roster no longer count. Chosen: where none is left, the ended ones say
    whether the school had approved this parent, so that who left is ``no_current_child``.
    """
    theirs = links_of(facts, parent)
    left = [link for link in theirs if not link.ended]
    return any(link.approved is True for link in left or theirs)


def every_link_blocked(facts: Facts, parent: str) -> bool:
    """Rule 17, ``blocked``. A parent with no link left is not blocked but without current child."""
    left = [link for link in links_of(facts, parent) if not link.ended]
    return bool(left) and all(link.blocked for link in left)


def links_of(facts: Facts, parent: str) -> list[Link]:
    return [link for (who, _), link in facts.links.items() if who == parent]


# Rules 3 and 4 ---------------------------------------------------------------------------------


def author_allowed(facts: Facts, story: Story) -> bool:
    """Rule 3: management posts to any; others to their own groups only, all the addressed ones.

    The school as a whole is nobody's own group. A class parent's waiting is a state of the post.
    """
    if role_of(facts, story.post.author) is Role.MANAGEMENT:
        return True
    own = groups_of(facts, story.post.author)
    return not to_school(story.post) and all(group in own for group in story.post.groups)


def sendable(facts: Facts, story: Story, now: Now) -> bool:
    """Rules 3, 4 and 12: allowed author, not waiting, held or withdrawn, published before the cut-off, and
    nobody named who must not be."""
    if held_names(facts, story, now.at, Purpose.MAIL):
        return False
    return author_allowed(facts, story) and story.state is State.LIVE and story.post.published < now.until


# Rule 5 ----------------------------------------------------------------------------------------


def readings(facts: Facts, parent: str, now: Now) -> dict[str, Reading]:
    """Every post that reaches this parent in this run, each once, with the photos that go along."""
    result = {}
    for name, story in facts.posts.items():
        reached = [
            child
            for child in current_children(facts, parent, now.today)
            if groups_via(facts, child, story, now.today)
            and not window_closed_before_let_in(facts, parent, child, story)
        ]
        if reached and sendable(facts, story, now) and owed(facts, parent, story, now):
            result[name] = Reading(
                photos=photos_that_go(facts, parent, story, now.at),
                groups=labels(facts, parent, story, now.today),
            )
    return result


def labels(facts: Facts, parent: str, story: Story, today: date) -> frozenset[str]:
    """Rule 5: the groups that the post concerns, of all this parent's current children.

    Chosen: also the group of a child that was let in too late to bring the post by itself.
    """
    children = current_children(facts, parent, today)
    groups = [group for child in children for group in groups_via(facts, child, story, today)]
    return frozenset() if to_school(story.post) else frozenset(groups)


def owed(facts: Facts, parent: str, story: Story, now: Now) -> bool:
    """Rule 5: not had, not too old, and no earlier run had it, unless its delivery failed."""
    name = story.post.id
    if any(name in run.sent.get(parent, ()) for run in facts.runs):
        return False
    if too_old(facts, story, now):
        return False
    if any(name in run.failed.get(parent, ()) for run in facts.runs):
        return True
    served = [run for run in closed_before(facts, story) if reads(facts.parents[parent], run)]
    return all(became_sendable_after(story, run) for run in served)


def too_old(facts: Facts, story: Story, now: Now) -> bool:
    """Rule 5: from before the first run's window, or older than 28 days.

    Chosen: calendar days on the school's clock before this run's cut-off, the end included,
    also for a post inside the window of a run that comes after a long pause.
    """
    oldest = real(now.until.astimezone(facts.settings.zone) - timedelta(days=facts.settings.owed_days))
    first_window = facts.runs[0].since if facts.runs else now.since
    return story.post.published.timestamp() < oldest.timestamp() or story.post.published < first_window


def closed_before(facts: Facts, story: Story) -> list[Past]:
    """The earlier runs whose window, or an older one, the post was published in."""
    return [run for run in facts.runs if story.post.published < run.until]


def reads(parent: Parent, run: Past) -> bool:
    """Rule 5: the run was one of the channel that this parent had then."""
    return channel_at(parent, run.version) is Channel.NEWSLETTER


def became_sendable_after(story: Story, run: Past) -> bool:
    """Rule 5: imported or released after that run.

    Chosen: a release after the run counts even if the post was also sendable at that run and
    held later, for a report in the middle of a run holds it for those who had not had it yet.
    """
    return story.post.id not in run.sendable or story.released > run.version


def window_closed_before_let_in(facts: Facts, parent: str, child: str, story: Story) -> bool:
    """Rule 5: a new approval, unblock, returning link or change away from ``none`` brings no post
    from a window that closed before it, however late its file came.

    Windows close when their run is made, as approvals have no date and always count. Chosen:
    also after a failed delivery, for without the new approval it could not go.
    """
    let_in = max(facts.links[parent, child].let_in, facts.parents[parent].left_none)
    return any(let_in > run.version for run in closed_before(facts, story))
