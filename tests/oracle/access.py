"""Rules 1 and 2: through which child and which group a post reaches a parent."""

from __future__ import annotations

from datetime import date

from tests.oracle.facts import Enrolment, Facts, Link, Story, to_school

# Stays -----------------------------------------------------------------------------------------


def enrolled_now(facts: Facts, pupil: str, today: date) -> list[Enrolment]:
    """The pupil's current enrolments; one gone from the roster is never current."""
    return [
        one
        for one in facts.enrolments
        if one.pupil == pupil and not one.ended and (one.since or date.min) <= today < (one.until or date.max)
    ]


def child_stays(facts: Facts, pupil: str) -> list[tuple[date, date]]:
    """The pupil's unbroken stays, oldest first, as (first day, first day away).

    Enrolments that overlap or touch are one stay, whatever their groups. An enrolment gone from
    the roster counts up to the day it was ended. A day without any group breaks the stay, a
    weekend too.
    """
    stays: list[tuple[date, date]] = []
    spans = [(one.since or date.min, one.until or date.max) for one in facts.enrolments if one.pupil == pupil]
    for first, end in sorted(span for span in spans if span[0] < span[1]):
        if stays and first <= stays[-1][1]:
            stays[-1] = (stays[-1][0], max(end, stays[-1][1]))
        else:
            stays.append((first, end))
    return stays


# Rules 1 and 2 ---------------------------------------------------------------------------------


def opens(link: Link) -> bool:
    """Rules 1 and 2: a child gives access only through an approved, unblocked, current link."""
    return link.approved is True and not link.blocked and not link.ended


def current_children(facts: Facts, parent: str, today: date) -> list[str]:
    """Rule 2: link and enrolment are both current on the day of the run."""
    return [
        pupil
        for (who, pupil), link in facts.links.items()
        if who == parent and opens(link) and enrolled_now(facts, pupil, today)
    ]


def groups_via(facts: Facts, pupil: str, story: Story, today: date) -> list[str]:
    """Rule 2: the groups of this child through which the post reaches it.

    A post to the school gives all its current groups, provided it was published after the
    pupil's present unbroken stay began; a post to groups those it addresses, each since the
    child's enrolment in that group began. Days begin at 00:00 in the school's zone.
    """
    day = story.post.published.astimezone(facts.settings.zone).date()
    now = enrolled_now(facts, pupil, today)
    if to_school(story.post):
        return [one.group for one in now] if day >= stay_began(facts, pupil, today) else []
    return [one.group for one in now if one.group in story.post.groups and begun(one, day)]


def begun(enrolment: Enrolment, day: date) -> bool:
    return enrolment.since is None or enrolment.since <= day


def stay_began(facts: Facts, pupil: str, today: date) -> date:
    """Rule 2: the first day of the stay, over all groups, that today is in."""
    return next(first for first, end in child_stays(facts, pupil) if first <= today < end)
