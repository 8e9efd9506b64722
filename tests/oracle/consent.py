"""Rules 1 and 7 to 11: which photos and videos of a post go to a parent."""

from __future__ import annotations

from datetime import date, datetime

from tests.oracle.access import child_stays, current_children, enrolled_now
from tests.oracle.facts import Facts, Story
from tests.oracle.world import Answer, Kind, Photo, Purpose

# Rules 1, 7 and 10 -----------------------------------------------------------------------------


def photos_that_go(
    facts: Facts, parent: str, story: Story, at: datetime, purpose: Purpose = Purpose.MAIL
) -> frozenset[str]:
    """Rule 8: the app asks for purpose ``app``, every mail for ``mail``."""
    photos = story.post.photos
    return frozenset(photo.file for photo in photos if photo_goes(facts, parent, photo, at, purpose))


def photo_goes(facts: Facts, parent: str, photo: Photo, at: datetime, purpose: Purpose) -> bool:
    """Rule 7: somebody listed who is on it, and all of them have consent; rules 1 and 10 besides.

    Rule 11: on a video too, and for its still picture.
    """
    if photo.shows is None:
        return False
    if any(custody(facts, parent, pupil) for pupil in photo.shows):
        return False
    without = {pupil for pupil in photo.shows if not granted(facts, pupil, at, purpose)}
    if photo.video:
        without |= {pupil for pupil in photo.shows if not granted(facts, pupil, at, purpose, Kind.VIDEO)}
    return not without or own_child_only(facts, parent, without, at)


def custody(facts: Facts, parent: str, pupil: str) -> bool:
    """Rule 1: this parent has a blocked link to that pupil, ended or not."""
    link = facts.links.get((parent, pupil))
    return link is not None and link.blocked


def own_child_only(facts: Facts, parent: str, without: set[str], at: datetime) -> bool:
    """Rule 10, where the setting allows it: one pupil lacks consent, and it is the recipient's own child.

    Chosen: "the only child" means one, so two siblings without consent stay behind; own is a child
    that gives access today (rule 2).
    """
    own = current_children(facts, parent, at.astimezone(facts.settings.zone).date())
    return facts.settings.own_child_photo and len(without) == 1 and all(one in own for one in without)


# Rules 8 and 9 ---------------------------------------------------------------------------------


def granted(
    facts: Facts, pupil: str, at: datetime, purpose: Purpose = Purpose.MAIL, kind: Kind = Kind.PHOTO
) -> bool:
    """Rule 9, for a photo by kind ``photo``; the newsletter needs purpose ``mail`` (rule 8).

    A pupil the school does not know has no consent (rule 7); nor has one who is not at school now.
    """
    today = at.astimezone(facts.settings.zone).date()
    if pupil not in facts.born or not enrolled_now(facts, pupil, today):
        return False
    latest = latest_answers(facts, pupil, at, purpose, kind)
    if sixteen(facts, pupil, today) and pupil in latest:
        return latest[pupil].yes and in_time(facts, latest[pupil], at)
    if any(not answer.yes for answer in latest.values()):
        return False
    return any(yes_counts(facts, answer, at) for answer in latest.values())


def latest_answers(
    facts: Facts, pupil: str, at: datetime, purpose: Purpose = Purpose.MAIL, kind: Kind = Kind.PHOTO
) -> dict[str, Answer]:
    """Each person's latest answer; at equal times no wins.

    A yes given after the run's time does not count yet, so it hides no earlier answer; a no
    counts already.
    """
    latest: dict[str, Answer] = {}
    for answer in facts.answers:
        if (answer.pupil, answer.purpose, answer.kind) != (pupil, purpose, kind):
            continue
        if answer.yes and answer.at > at:
            continue
        known = latest.get(answer.by)
        if known is None or (answer.at, not answer.yes) > (known.at, not known.yes):
            latest[answer.by] = answer
    return latest


def yes_counts(facts: Facts, answer: Answer, at: datetime) -> bool:
    """A yes of a parent with a current, unblocked link; being approved does not matter."""
    link = facts.links.get((answer.by, answer.pupil))
    if link is None or link.blocked or link.ended:
        return False
    return answer.yes and in_time(facts, answer, at)


def in_time(facts: Facts, answer: Answer, at: datetime) -> bool:
    """Consent ends when the pupil leaves and does not revive on return; per school year if so set.

    Chosen: a pupil's own yes ends in the same way, and the parents do not decide again.
    """
    today = at.astimezone(facts.settings.zone).date()
    given = answer.at.astimezone(facts.settings.zone).date()
    left_since = any(given < end <= today for _, end in child_stays(facts, answer.pupil))
    if facts.settings.consent_per_school_year and school_year(given) != school_year(today):
        return False
    return not left_since


def school_year(day: date) -> int:
    return day.year if (day.month, day.day) >= (8, 1) else day.year - 1


def sixteen(facts: Facts, pupil: str, today: date) -> bool:
    """From the sixteenth birthday; without a birth date never."""
    born = facts.born[pupil]
    return born is not None and (today.year - 16, today.month, today.day) >= (born.year, born.month, born.day)
