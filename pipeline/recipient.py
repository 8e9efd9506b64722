"""Rules 1, 2 and 17: whether a parent gets anything from a run at all, before any post is looked at."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.facts import Facts
from pipeline.model import Approval, Channel, Parent, Withheld, serves


def not_approved(facts: Facts, parent: Parent) -> Withheld | None:
    """By the links that are left; where none is, by those that ended: who left was approved once."""
    links = facts.links_of.get(parent.key, [])
    links = [link for link in links if not link.ended] or links
    return None if any(link.approval == Approval.APPROVED for link in links) else Withheld.NOT_APPROVED


def blocked(facts: Facts, parent: Parent) -> Withheld | None:
    links = [link for link in facts.links_of.get(parent.key, ()) if not link.ended]
    return Withheld.BLOCKED if links and all(link.blocked for link in links) else None


def no_current_child(facts: Facts, parent: Parent) -> Withheld | None:
    return None if facts.access.get(parent.key) else Withheld.NO_CURRENT_CHILD


def no_address(facts: Facts, parent: Parent) -> Withheld | None:
    return None if parent.address else Withheld.NO_ADDRESS


def suppressed(facts: Facts, parent: Parent) -> Withheld | None:
    return Withheld.SUPPRESSED if parent.suppressed else None


def channel_none(facts: Facts, parent: Parent) -> Withheld | None:
    return Withheld.CHANNEL_NONE if parent.channel == Channel.NONE else None


def other_channel(facts: Facts, parent: Parent) -> Withheld | None:
    return None if serves(facts.window.kind, parent.channel) else Withheld.OTHER_CHANNEL


_Rules = tuple[Callable[[Facts, Parent], Withheld | None], ...]

#: Who gets in at all.
ACCESS_RULES: _Rules = (not_approved, blocked, no_current_child)
PARENT_RULES: _Rules = (*ACCESS_RULES, no_address, suppressed, channel_none, other_channel)


def withheld(facts: Facts, parent: Parent) -> Withheld | None:
    """The first reason of rule 17 that fits, before any post is looked at."""
    return _first(PARENT_RULES, facts, parent)


def shut_out(facts: Facts, parent: Parent) -> Withheld | None:
    """Why this parent may see nothing, of what they had before either."""
    return _first(ACCESS_RULES, facts, parent)


def _first(rules: _Rules, facts: Facts, parent: Parent) -> Withheld | None:
    return next((reason for rule in rules if (reason := rule(facts, parent))), None)
