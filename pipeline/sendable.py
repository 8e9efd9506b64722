"""Rules 3 to 5 and 12 to 14: whether a post can go to anyone in a run."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.facts import Facts
from pipeline.model import Post, PostReason, PostState, Role, RunKind
from pipeline.text_rules import held_by_text


def withdrawn(facts: Facts, post: Post) -> PostReason | None:
    return PostReason.WITHDRAWN if post.state == PostState.WITHDRAWN else None


def held(facts: Facts, post: Post) -> PostReason | None:
    return PostReason.HELD if post.state == PostState.HELD else None


def waiting(facts: Facts, post: Post) -> PostReason | None:
    return PostReason.WAITING if post.state == PostState.WAITING else None


def author(facts: Facts, post: Post) -> PostReason | None:
    """Rule 3: a teacher or class parent posts to their own groups only, management to any."""
    staff = facts.snapshot.staff.get(post.author)
    if staff is None:
        return PostReason.AUTHOR
    own = staff.role == Role.MANAGEMENT or (not post.to_school and post.groups <= staff.groups)
    return None if own else PostReason.AUTHOR


def not_published(facts: Facts, post: Post) -> PostReason | None:
    return PostReason.NOT_PUBLISHED if post.published >= facts.window.until else None


def before_first_run(facts: Facts, post: Post) -> PostReason | None:
    return PostReason.BEFORE_FIRST_RUN if post.published < facts.first_since else None


def too_old(facts: Facts, post: Post) -> PostReason | None:
    return PostReason.TOO_OLD if post.published < facts.owed_from else None


def not_urgent(facts: Facts, post: Post) -> PostReason | None:
    """An urgent run has nothing else in it: the rest keeps to the channels that parents chose."""
    ordinary = facts.window.kind is RunKind.URGENT and not facts.urgent(post)
    return PostReason.NOT_URGENT if ordinary else None


_Rules = tuple[Callable[[Facts, Post], PostReason | None], ...]

#: What a person decided about the post itself.
STATE_RULES: _Rules = (withdrawn, held, waiting)
POST_RULES: _Rules = (
    *STATE_RULES,
    author,
    not_urgent,
    not_published,
    before_first_run,
    too_old,
    held_by_text,  # last: only what could go otherwise is searched
)


#: What is about one run's posts, not about what they speak of.
_OF_A_RUN = (not_urgent, too_old)


def unsendable(facts: Facts, post: Post) -> PostReason | None:
    """The first reason why this post, as it is shown, goes to nobody; worked out once for all its readers."""
    asked = (post.key, post.content.revision)
    if asked not in facts.unsendable:
        facts.unsendable[asked] = _first(POST_RULES, facts, post)
    return facts.unsendable[asked]


def off_agenda(facts: Facts, post: Post) -> PostReason | None:
    """Why this post's event stands in nobody's agenda: what keeps the post from going, whatever its age."""
    return next(
        (reason for rule in POST_RULES if rule not in _OF_A_RUN and (reason := rule(facts, post))), None
    )


def stopped(facts: Facts, post: Post) -> PostReason | None:
    """Whether a person or its text stops this post, as it is shown, which takes it from who can still be kept
    from seeing it too."""
    return _first((*STATE_RULES, held_by_text), facts, post)


def _first(rules: _Rules, facts: Facts, post: Post) -> PostReason | None:
    return next((reason for rule in rules if (reason := rule(facts, post))), None)
