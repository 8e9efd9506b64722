"""Rules 1, 2 and 17: whether a parent gets anything from a run at all, before any post is looked at."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.facts import Facts
from pipeline.model import CHANNEL_OF, Approval, Channel, Parent, Withheld


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
    return Withheld.OTHER_CHANNEL if parent.channel != CHANNEL_OF[facts.window.kind] else None


PARENT_RULES: tuple[Callable[[Facts, Parent], Withheld | None], ...] = (
    not_approved,
    blocked,
    no_current_child,
    no_address,
    suppressed,
    channel_none,
    other_channel,
)


def withheld(facts: Facts, parent: Parent) -> Withheld | None:
    """The first reason of rule 17 that fits, before any post is looked at."""
    return next((reason for rule in PARENT_RULES if (reason := rule(facts, parent))), None)
