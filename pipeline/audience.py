"""Rules 2 and 5: by which paths a post reaches a parent, and whether it is still owed to them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from pipeline.facts import Facts
from pipeline.model import Enrolment, Guardianship, Parent, Post, PostReason, RunKind, Via


def audience(facts: Facts, parent: Parent, post: Post) -> tuple[Via, ...] | PostReason:
    """Every path, or the reason why there is none."""
    paths: list[Via] = []
    too_early = False
    for link, enrolments in facts.access.get(parent.key, ()):
        for group, since in _reached(facts, link, enrolments, post):
            began = facts.began(since)
            if began is None or post.published >= began:
                paths.append(Via(pupil=link.pupil, group=group))
            else:
                too_early = True
    if paths:
        return tuple(paths)
    return PostReason.BEFORE_ENROLMENT if too_early else PostReason.NOT_IN_AUDIENCE


def _reached(
    facts: Facts, link: Guardianship, enrolments: list[Enrolment], post: Post
) -> list[tuple[int | None, date | None]]:
    """The groups through which this child is addressed, each with the first day that counts."""
    if post.to_school:
        stay = facts.stay(link.pupil)
        return [(None, stay.since)] if stay else []
    groups = {enrolment.group for enrolment in enrolments} & post.groups
    return [(group, facts.in_group_since(link.pupil, group)) for group in sorted(groups)]


def addressed(facts: Facts, parent: Parent, posts: Iterable[Post]) -> bool:
    """Whether one of these posts is for a group of a child of theirs, let in or not: whom a run of posts as
    they come keeps a row for (rule 17)."""
    groups: set[int] = set()
    for link in facts.links_of.get(parent.key, ()):
        if not link.ended:
            groups.update(enrolment.group for enrolment in facts.current_enrolments(link.pupil))
    return any(bool(groups) and (post.to_school or not groups.isdisjoint(post.groups)) for post in posts)


def not_owed(facts: Facts, parent: Parent, post: Post, paths: tuple[Via, ...]) -> PostReason | None:
    if post.key in facts.snapshot.had.get(parent.key, ()):
        return PostReason.ALREADY_HAD
    if facts.window.kind is RunKind.WEEKLY and post.published >= facts.window.since:
        return None
    owed = _became_sendable_since(facts, parent, post) and _let_in(facts, parent, post, paths)
    return None if owed else PostReason.NOT_OWED


def _became_sendable_since(facts: Facts, parent: Parent, post: Post) -> bool:
    """An earlier post goes along only if no run of the parent's channel had it, it was released since, its
    mail failed, or that was given up for another channel: no run made while it waited brought it either."""
    run = facts.served_by(parent, post)
    return (
        run is None
        or post.released_since > run.policy_version
        or post.key in facts.snapshot.failed.get(parent.key, ())
        or post.key in facts.snapshot.passed_over.get(parent.key, ())
    )


def _let_in(facts: Facts, parent: Parent, post: Post, paths: tuple[Via, ...]) -> bool:
    """A new approval, an unblock or a change away from ``none`` opens no window that closed before it."""
    run = facts.window_of(post.published)
    if run is None:
        return True
    if parent.channel_since > run.policy_version:
        return False
    pupils = {path.pupil for path in paths}
    return any(
        link.pupil in pupils and link.allowed_since <= run.policy_version
        for link, _ in facts.access[parent.key]
    )
