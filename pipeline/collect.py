"""Stage 1: who gets what from one run, and why not. Pure: a snapshot and a window in, decisions out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from pipeline.facts import Facts
from pipeline.model import Edition, Parent, Post, Snapshot, Window, Withheld
from pipeline.photo_rules import photo_stays
from pipeline.rules import OpenItem, Refused, Selected, judge, open_item
from pipeline.sendable import unsendable

EditionKey = tuple[str, tuple[OpenItem, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Collected:
    """One run's decisions: exactly one `Selected` per parent of the school (rule 17)."""

    window: Window
    taken: frozenset[int]  #: the posts this run could send: later runs owe them to nobody new (rule 5)
    deliveries: tuple[Selected, ...]
    editions: dict[EditionKey, Edition]
    edition_of: dict[int, EditionKey]  #: parent -> edition, for parents with something to read
    refused: tuple[Refused, ...]  #: posts and photos that stay behind for everybody

    def counts(self) -> Counter[Withheld | None]:
        """How many parents are withheld by reason; None counts those with a mail."""
        return Counter(selected.withheld for selected in self.deliveries)


def collect(snapshot: Snapshot, window: Window) -> Collected:
    """Apply rules 1 to 10 to every parent; parents with the same items and language share an edition."""
    facts = Facts(snapshot, window)
    refused = [
        Refused(post=post.key, reason=reason)
        for post in snapshot.posts
        if (reason := unsendable(facts, post)) and post.published >= facts.owed_from
    ]
    sendable = sorted(
        (post for post in snapshot.posts if not unsendable(facts, post)),
        key=lambda post: (post.published, post.key),
    )
    owed = [post for post in sendable if not facts.settled(post)]
    shelf = _Shelf(facts, owed)
    deliveries = tuple(judge(facts, parent, shelf.for_parent(parent)) for parent in snapshot.parents)
    editions, edition_of = share(facts, deliveries)
    return Collected(
        window=window,
        taken=frozenset(post.key for post in sendable),
        deliveries=deliveries,
        editions=editions,
        edition_of=edition_of,
        refused=(*refused, *_photos_behind(facts, owed)),
    )


def share(
    facts: Facts, deliveries: tuple[Selected, ...]
) -> tuple[dict[EditionKey, Edition], dict[int, EditionKey]]:
    """One edition for all parents with the same items, photos, labels and language."""
    editions: dict[EditionKey, Edition] = {}
    edition_of: dict[int, EditionKey] = {}
    for selected in deliveries:
        if selected.withheld:
            continue
        language = facts.parent(selected.parent).language
        key = (language, tuple(map(open_item, selected.items)))
        edition_of[selected.parent] = key
        if key not in editions:
            editions[key] = Edition(
                school=facts.school, window=facts.window, language=language, items=selected.items
            )
    return editions, edition_of


class _Shelf:
    """The sendable posts by group, so that a parent is only asked about posts that could reach them."""

    def __init__(self, facts: Facts, sendable: list[Post]) -> None:
        self._facts = facts
        self._rank = {post.key: rank for rank, post in enumerate(sendable)}
        self._to_school = [post for post in sendable if post.to_school]
        self._to_group: dict[int, list[Post]] = {}
        for post in sendable:
            for group in post.groups:
                self._to_group.setdefault(group, []).append(post)

    def for_parent(self, parent: Parent) -> list[Post]:
        posts = {post.key: post for post in self._to_school}
        for _, enrolments in self._facts.access.get(parent.key, ()):
            for enrolment in enrolments:
                posts.update((post.key, post) for post in self._to_group.get(enrolment.group, ()))
        return sorted(posts.values(), key=lambda post: self._rank[post.key])


def _photos_behind(facts: Facts, sendable: list[Post]) -> list[Refused]:
    """The photos that go to nobody, each once; what one parent only lacks stands with that parent."""
    return [
        Refused(post=post.key, photo=photo.key, reason=reason)
        for post in sendable
        for photo in post.content.photos
        if (reason := photo_stays(facts, None, photo))
    ]
