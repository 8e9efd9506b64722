"""Stage 1: who gets what from one run, and why not. Pure: a snapshot and a window in, decisions out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.audience import addressed
from pipeline.facts import Facts
from pipeline.model import Edition, Parent, Post, RunKind, Snapshot, Window, Withheld, serves
from pipeline.occasions import OpenLine
from pipeline.photo_rules import photo_stays
from pipeline.rules import OpenItem, Refused, Selected, judge, open_item, open_lines
from pipeline.sendable import unsendable

#: Language, whether it is its readers' first mail, and what stands in it: posts and agenda.
EditionKey = tuple[str, bool, tuple[OpenItem, ...], tuple[OpenLine, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Collected:
    """One run's decisions: exactly one `Selected` per parent of the school (rule 17), or of its audience
    in a run of posts as they come."""

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
    return collect_by(Facts(snapshot, window))


def collect_by(facts: Facts) -> Collected:
    """As `collect`, by facts that somebody else wants too."""
    snapshot = facts.snapshot
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
    deliveries = tuple(_deliveries(facts, sendable, owed))
    editions, edition_of = share(facts, deliveries)
    return Collected(
        window=facts.window,
        taken=_taken(facts, sendable, deliveries),
        deliveries=deliveries,
        editions=editions,
        edition_of=edition_of,
        refused=(*refused, *_photos_behind(facts, owed)),
    )


def _deliveries(facts: Facts, sendable: list[Post], owed: list[Post]) -> Iterator[Selected]:
    """Who changed channel may be owed what is settled for everyone else, and so may anyone by an urgent run,
    which serves all channels."""
    settled_too = _Shelf(facts, sendable)
    shelf = settled_too if facts.window.kind is RunKind.URGENT else _Shelf(facts, owed)
    fresh = [post for post in owed if facts.fresh(post)]
    for parent in facts.snapshot.parents:
        posts = (settled_too if parent.key in facts.snapshot.switches else shelf).for_parent(parent)
        if facts.window.kind is RunKind.WEEKLY:
            yield judge(facts, parent, posts)
        elif serves(facts.window.kind, parent.channel):
            selected = judge(facts, parent, posts)
            if selected.items or addressed(facts, parent, fresh):
                yield selected


def _taken(facts: Facts, sendable: list[Post], deliveries: tuple[Selected, ...]) -> frozenset[int]:
    """A newsletter takes all it could send; what goes as posts come, only what no such run had yet, or this
    one has: otherwise every one of them would name a month of posts."""
    if facts.window.kind is RunKind.WEEKLY:
        return frozenset(post.key for post in sendable)
    items = {item.post.key for selected in deliveries for item in selected.items}
    return frozenset(items | {post.key for post in sendable if facts.fresh(post)})


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
        welcome = selected.parent in facts.snapshot.newcomers
        key = (language, welcome, tuple(map(open_item, selected.items)), open_lines(selected.agenda))
        edition_of[selected.parent] = key
        if key not in editions:
            editions[key] = Edition(
                school=facts.school,
                window=facts.window,
                language=language,
                items=selected.items,
                welcome=welcome,
                agenda=selected.agenda,
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
