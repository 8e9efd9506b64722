"""Rule 18: why a parent gets a post or not from the run to come; of one that was made, see `ledger.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from pipeline.audience import audience
from pipeline.collect import Collected
from pipeline.explain_agenda import agenda_coming
from pipeline.facts import Facts
from pipeline.model import (
    CHANNEL_OF,
    Parent,
    Photo,
    Post,
    PostReason,
    Snapshot,
    Withheld,
)
from pipeline.recipient import withheld
from pipeline.rules import Selected
from pipeline.sendable import unsendable
from pipeline.store import tables as t


@dataclass(frozen=True, kw_only=True, slots=True)
class Reasons:
    """Refusals of one run that concern one parent: by post, and by photo."""

    of_posts: Mapping[int, str]
    of_photos: Mapping[int, str]


def reasons_of(pairs: Iterable[tuple[int | None, int, int | None, str]]) -> Reasons:
    """From (parent or None, post, photo or None, reason) in the order of decision; a parent's own wins."""
    posts: dict[int, str] = {}
    photos: dict[int, str] = {}
    for _, post, photo, reason in sorted(pairs, key=lambda pair: pair[0] is not None):
        if photo is None:
            posts[post] = str(reason)
        else:
            photos[photo] = str(reason)
    return Reasons(of_posts=posts, of_photos=photos)


#: A path by which a post came: the pupil's id, and the group's name; None for a post to the school.
Path = tuple[str, str | None]


def included(post: str, paths: Iterable[Path], channel: str, photos: list[dict[str, Any]]) -> dict[str, Any]:
    """``groups`` is an addition to the contract: rule 18 asks for child and group."""
    paths = list(paths)
    item: dict[str, Any] = {
        "post": post,
        "included": True,
        "via": list(dict.fromkeys(pupil for pupil, _ in paths)),
        "channel": channel,
        "groups": list(dict.fromkeys(group for _, group in paths if group is not None)),
    }
    return item | ({"photos": photos} if photos else {})


def photo_line(photo: Photo, went: bool, reasons: Reasons) -> dict[str, Any]:
    line: dict[str, Any] = {"file": photo.file, "included": went}
    return line if went else line | {"reason": reasons.of_photos.get(photo.key, "removed")}


def posts_had(connection: Connection, parent: int, before: datetime | None = None) -> frozenset[int]:
    """Posts that this parent has had, or that are on their way to them; ``before`` a run's cut-off."""
    item, run = t.delivery_item.c, t.run.c
    query = (
        select(item.post_id)
        .join(t.delivery, t.delivery.c.id == item.delivery_id)
        .join(t.run, run.id == t.delivery.c.run_id)
        .where(item.parent_id == parent, item.had)
    )
    query = query if before is None else query.where(run.until < before)
    return frozenset(connection.execute(query).scalars())


def explain_coming(
    snapshot: Snapshot, collected: Collected, parent: int, post: Row[Any] | None, had: frozenset[int]
) -> dict[str, Any]:
    """``had`` is of `posts_had`: the snapshot leaves out what nobody is owed any more."""
    told = next(each for each in snapshot.parents if each.key == parent)
    facts = Facts(snapshot, collected.window)
    # A run of posts as they come has a row only for whom it concerns.
    nothing = Selected(parent=parent, withheld=withheld(facts, told) or Withheld.NO_NEWS)
    selected = next((each for each in collected.deliveries if each.parent == parent), nothing)
    reasons = reasons_of(
        [
            *((None, r.post, r.photo, r.reason) for r in collected.refused),
            *((parent, r.post, r.photo, r.reason) for r in selected.refused),
        ]
    )
    why = _Why(facts, told, selected, reasons, had)
    posts = sorted(snapshot.posts, key=lambda p: (p.published, p.key))
    if post is None:
        shown = [_coming_item(why, p) for p in posts if _concerns(p.key, collected, reasons)]
    else:
        shown = [_coming_item(why, p) for p in posts if p.key == post.id] or [_long_gone(post, had)]
    return {
        "parent": told.id,
        "run": collected.window.key,
        "state": "withheld" if selected.withheld else "not_made_yet",
        "reason": selected.withheld,
        "items": shown,
        "agenda": agenda_coming(snapshot, selected.agenda),
    }


def _long_gone(post: Row[Any], had: frozenset[int]) -> dict[str, Any]:
    """So old that no snapshot reads it any more."""
    reason = PostReason.ALREADY_HAD if post.id in had else PostReason.TOO_OLD
    return {"post": post.ref, "included": False, "reason": str(reason)}


def _concerns(post: int, collected: Collected, reasons: Reasons) -> bool:
    return post in collected.taken or post in reasons.of_posts


@dataclass(frozen=True, slots=True)
class _Why:
    """What the reasons for one parent stem from."""

    facts: Facts
    parent: Parent
    selected: Selected
    reasons: Reasons
    had: frozenset[int]

    def not_this(self, post: Post) -> str:
        if reason := self.reasons.of_posts.get(post.key) or parent_reason(self.selected.withheld):
            return reason
        if reason := unsendable(self.facts, post):
            return PostReason.ALREADY_HAD if post.key in self.had else reason
        paths = audience(self.facts, self.parent, post)
        if isinstance(paths, PostReason):
            return paths
        return PostReason.ALREADY_HAD if post.key in self.had else PostReason.NOT_OWED


def _coming_item(why: _Why, post: Post) -> dict[str, Any]:
    snapshot, selected = why.facts.snapshot, why.selected
    for item, via in zip(selected.items, selected.via, strict=True):
        if item.post.key == post.key:
            paths = [
                (snapshot.pupils[p.pupil].id, None if p.group is None else snapshot.groups[p.group].name)
                for p in via
            ]
            went = {photo.key for photo in item.photos}
            photos = [photo_line(photo, photo.key in went, why.reasons) for photo in post.content.photos]
            return included(post.id, paths, CHANNEL_OF[why.facts.window.kind], photos)
    return {"post": post.id, "included": False, "reason": str(why.not_this(post))}


def parent_reason(withheld: str | None) -> str | None:
    """Having no news is the sum of the posts' own reasons, not one of them."""
    return None if withheld in (None, Withheld.NO_NEWS) else withheld
