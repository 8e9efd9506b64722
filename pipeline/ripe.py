"""When posts go out as they come: what is ripe, and whether a run of them is due. Pure calendar and rules.

A post is ripe when its pause is over, in which an edit or a withdrawal still counts, and posts that
followed it closely have had theirs. A run takes every post whose own pause is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.audience import addressed
from pipeline.collect import Collected
from pipeline.facts import Facts
from pipeline.model import Post, RunKind
from pipeline.rules import Selected
from pipeline.sendable import unsendable

#: The smallest step of an instant: a cut-off just after one includes it.
_TICK = timedelta(microseconds=1)

#: Runs of posts as they come, in the order in which they are made.
AS_THEY_COME = (RunKind.URGENT, RunKind.IMMEDIATE, RunKind.FEED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ripeness:
    """Up to when a post must be published to be in a run at one moment."""

    until: datetime  #: the run's cut-off: published before it, and the pause is over
    ripe: datetime  #: published before it: a run is due


def ripeness(kind: RunKind, at: datetime, pause: timedelta, bundle: timedelta) -> Ripeness:
    """At the calendar's ``at``. What is urgent neither pauses nor waits for company."""
    if kind is RunKind.URGENT:
        return Ripeness(until=at + _TICK, ripe=at + _TICK)
    return Ripeness(until=at - pause + _TICK, ripe=at - pause - bundle + _TICK)


def is_due(facts: Facts, collected: Collected, ripe: datetime) -> bool:
    """Whether somebody is owed a ripe post.

    One whose mail failed goes along with a later run, but makes none: an address that refuses would be
    tried for ever.
    """
    fresh = [post for post in _fresh(facts) if post.published < ripe]
    return any(_has_ripe(facts, selected, fresh, ripe) for selected in collected.deliveries)


def _has_ripe(facts: Facts, selected: Selected, fresh: list[Post], ripe: datetime) -> bool:
    failed = facts.snapshot.failed.get(selected.parent, frozenset())
    return any(
        item.post.published < ripe and item.post.key not in failed for item in selected.items
    ) or addressed(facts, facts.parent(selected.parent), fresh)


def look_again_from(facts: Facts, ripe: datetime, until: datetime) -> datetime:
    """All that was published before this has been looked at; what is not ripe yet has to be once more."""
    unripe = [post.published for post in _fresh(facts) if post.published >= ripe]
    return min([until, *unripe])


def _fresh(facts: Facts) -> list[Post]:
    return [post for post in facts.snapshot.posts if not unsendable(facts, post) and facts.fresh(post)]
