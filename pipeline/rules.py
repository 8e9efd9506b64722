"""product.md's rules put together: data in, decision out, each refusal with its name.

Tuples of same-shaped small functions decide about a parent, a post and a photo; the first
refusal ends it. `judge` applies them when a run is collected; `clear`, the only maker of
`Cleared`, applies the very same ones again just before hand-over (rule 16).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.agenda import agenda_again, agenda_of
from pipeline.audience import audience, not_owed
from pipeline.facts import Facts
from pipeline.model import (
    CHANNEL_OF,
    Channel,
    Envelope,
    Item,
    Parent,
    Photo,
    PhotoReason,
    Policy,
    Post,
    PostReason,
    Via,
    Withheld,
)
from pipeline.occasions import AgendaLine, OpenLine
from pipeline.octets import Octets
from pipeline.photo_rules import photo_stays
from pipeline.recipient import withheld
from pipeline.room import fit
from pipeline.sendable import unsendable


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """A refusal about one post, or about one of its photos, for one parent."""

    post: int
    reason: PostReason | PhotoReason
    photo: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Selected:
    """What one parent gets from one run, and why not more."""

    parent: int
    withheld: Withheld | None
    items: tuple[Item, ...] = ()
    via: tuple[tuple[Via, ...], ...] = ()  #: for each item, the paths by which it reaches the parent
    refused: tuple[Refused, ...] = ()
    agenda: tuple[AgendaLine, ...] = ()  #: beside the items: by itself it makes no mail (rule 6)


# Together: what one parent gets.


def judge(facts: Facts, parent: Parent, sendable: Iterable[Post]) -> Selected:
    """Rules 1 to 10 for one parent and the posts this run can send, in their order."""
    if reason := withheld(facts, parent):
        return Selected(parent=parent.key, withheld=reason)
    selected = _select(facts, parent, (_judge_post(facts, parent, post) for post in sendable))
    return replace(selected, agenda=agenda_of(facts, parent)) if selected.items else selected


def _judge_post(facts: Facts, parent: Parent, post: Post) -> _Judged:
    paths = audience(facts, parent, post)
    if isinstance(paths, PostReason):
        return Refused(post=post.key, reason=paths)
    if reason := not_owed(facts, parent, post, paths):
        return Refused(post=post.key, reason=reason)
    return _with_photos(facts, parent, post, post.content.photos, paths)


def _with_photos(
    facts: Facts,
    parent: Parent,
    post: Post,
    photos: Iterable[Photo],
    paths: tuple[Via, ...],
    left: Iterable[Photo] = (),
) -> tuple[Item, tuple[Via, ...], list[Refused]]:
    """The post goes; each photo that must stay behind leaves a refusal (rule 7: the rest goes without it).

    ``left`` are those for which there was no room: they never come back, and are counted while they might go.
    """
    reasons = [(photo, photo_stays(facts, parent, photo)) for photo in photos]
    staying = tuple([p for p, reason in reasons if not reason])
    uncounted = tuple([photo for photo in left if not photo_stays(facts, parent, photo)])
    item = Item(post=post, photos=staying, groups=facts.group_names(paths), left=uncounted)
    refused = [Refused(post=post.key, photo=p.key, reason=reason) for p, reason in reasons if reason]
    return item, paths, refused


_Judged = Refused | tuple[Item, tuple[Via, ...], list[Refused]]


def _select(facts: Facts, parent: Parent, judged: Iterable[_Judged]) -> Selected:
    items: list[Item] = []
    via: list[tuple[Via, ...]] = []
    refused: list[Refused] = []
    for outcome in judged:
        if isinstance(outcome, Refused):
            refused.append(outcome)
            continue
        item, paths, photos_refused = outcome
        items.append(item)
        via.append(paths)
        refused += photos_refused
    fitting = _fitting(facts, items)
    return Selected(
        parent=parent.key,
        withheld=None if items else Withheld.NO_NEWS,
        items=fitting,
        via=tuple(via),
        refused=(*refused, *_without_room(items, fitting)),
    )


def _fitting(facts: Facts, items: Sequence[Item]) -> tuple[Item, ...]:
    """What one mail has room for; the app's feed has no such limit."""
    if CHANNEL_OF[facts.window.kind] is Channel.APP:
        return tuple(items)
    return fit(items, facts.school.rules.mail_size, facts.weights)


def _without_room(items: Iterable[Item], fitting: Iterable[Item]) -> Iterator[Refused]:
    """Those that go no more; what was left before has its refusal already."""
    for item, now in zip(items, fitting, strict=True):
        for photo in item.photos[len(now.photos) :]:
            yield Refused(post=item.post.key, photo=photo.key, reason=PhotoReason.NO_ROOM)


# Rule 16: again, at the last moment.


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenItem:
    """One post as the edition of an open delivery shows it."""

    post: int
    revision: int
    photos: tuple[int, ...]
    groups: tuple[str, ...]
    left: tuple[int, ...] = ()  #: photos for which there was no room, of which the mail says how many


@dataclass(frozen=True, kw_only=True, slots=True)
class Open:
    """A delivery that has not been handed over, as the outbox has it."""

    delivery: int
    parent: int
    edition: int
    address: str
    items: tuple[OpenItem, ...]
    agenda: tuple[OpenLine, ...] = ()
    attempts: int = 0
    doubts: int = 0  #: how often it was handed over without an answer


@dataclass(frozen=True, kw_only=True, slots=True)
class Cleared:
    """Leave to hand over these bytes to this address, under this policy. Only `clear` makes one."""

    delivery: int
    parent: int
    edition: int
    policy: Policy
    envelope: Envelope
    message: Octets
    attempts: int
    doubts: int


def clear(
    waiting: Open, facts: Facts, policy: Policy, envelope: Envelope, message: Callable[[], Octets]
) -> Cleared | Selected:
    """Look at today's decisions once more: leave to go, or what is left to send.

    Decisions made since only take away: a post or photo that is not in the delivery never joins it.
    ``facts`` must stem from a snapshot of ``policy``.
    """
    now = narrow(waiting, facts)
    if not _as_it_was(now, waiting) or facts.parent(waiting.parent).address != waiting.address:
        return now
    return Cleared(
        delivery=waiting.delivery,
        parent=waiting.parent,
        edition=waiting.edition,
        policy=policy,
        envelope=envelope,
        message=message(),
        attempts=waiting.attempts,
        doubts=waiting.doubts,
    )


def _as_it_was(now: Selected, waiting: Open) -> bool:
    if now.withheld or len(now.items) != len(waiting.items) or open_lines(now.agenda) != waiting.agenda:
        return False
    return all(map(_is_shown, now.items, waiting.items))


def _is_shown(item: Item, as_made: OpenItem) -> bool:
    """`open_item` of it is ``as_made``, without making another one for every post of every mail."""
    return (
        item.post.key == as_made.post
        and item.post.content.revision == as_made.revision
        and item.groups == as_made.groups
        and tuple([photo.key for photo in item.photos]) == as_made.photos
        and tuple([photo.key for photo in item.left]) == as_made.left
    )


def narrow(waiting: Open, facts: Facts) -> Selected:
    """What of an open delivery may still go."""
    parent = facts.parent(waiting.parent)
    if reason := withheld(facts, parent):
        return Selected(parent=parent.key, withheld=reason)
    left = _select(facts, parent, (_judge_again(facts, parent, item) for item in waiting.items))
    if not waiting.agenda or left.withheld:
        return left
    return replace(left, agenda=agenda_again(facts, parent, waiting.agenda))


def look_again(
    facts: Facts, parent: Parent, item: OpenItem, stopped: Callable[[Facts, Post], PostReason | None]
) -> Item | None:
    """What of a post that this parent has had already they may see now; None for nothing.

    ``stopped`` says which decisions about the post itself take it away.
    """
    judged = _judge_again(facts, parent, item, stopped)
    return None if isinstance(judged, Refused) else judged[0]


def _judge_again(
    facts: Facts,
    parent: Parent,
    item: OpenItem,
    stopped: Callable[[Facts, Post], PostReason | None] = unsendable,
) -> _Judged:
    """As `_judge_post`, for a post that was decided already: rule 5 was settled when the row was made."""
    post = facts.as_shown(facts.post(item.post), item.revision)
    if reason := stopped(facts, post):
        return Refused(post=post.key, reason=reason)
    paths = audience(facts, parent, post)
    if isinstance(paths, PostReason):
        return Refused(post=post.key, reason=paths)
    photos = [photo for photo in post.content.photos if photo.key in item.photos]
    left = [photo for photo in post.content.photos if photo.key in item.left] if item.left else ()
    return _with_photos(facts, parent, post, photos, paths, left)


def open_item(item: Item) -> OpenItem:
    return OpenItem(
        post=item.post.key,
        revision=item.post.content.revision,
        photos=tuple(photo.key for photo in item.photos),
        groups=item.groups,
        left=tuple(photo.key for photo in item.left),
    )


def open_lines(agenda: Iterable[AgendaLine]) -> tuple[OpenLine, ...]:
    return tuple([line.open for line in agenda])
