"""The app's own inbox: what stands in a parent's feed, as today's decisions leave it.

A delivery of a feed run says what came in; a held or withdrawn post, a consent that ended, a block or an
unapproval takes it out again at once. Nothing is ever added to what a run put there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pipeline.facts import Facts
from pipeline.model import Parent, Photo, Post
from pipeline.recipient import shut_out
from pipeline.rules import OpenItem, look_again
from pipeline.sendable import stopped


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """One post that a run put into a parent's feed."""

    run: str  #: the run's key
    since: datetime  #: when it came in
    item: OpenItem


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One post as the feed shows it now."""

    run: str
    since: datetime
    post: Post
    photos: tuple[Photo, ...]
    groups: tuple[str, ...]


def feed_of(facts: Facts, parent: Parent, standing: Iterable[Standing]) -> list[Entry]:
    """What of it this parent may see by ``facts``, newest first."""
    if shut_out(facts, parent):
        return []
    shown = []
    for each in standing:
        item = look_again(facts, parent, each.item, stopped)
        if item is not None:
            shown.append(
                Entry(run=each.run, since=each.since, post=item.post, photos=item.photos, groups=item.groups)
            )
    return sorted(shown, key=lambda entry: (entry.post.published, entry.post.key), reverse=True)
