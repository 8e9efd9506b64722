"""Rules 8 and 9: whether a pupil's family lets a photo, video or name be used for one purpose."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from pipeline.facts import Facts
from pipeline.model import ConsentAnswer, Kind, Photo, Purpose


def granted(facts: Facts, pupil_key: int, purpose: Purpose, kind: Kind) -> bool:
    """Rule 9. Silence is no; it ends when the pupil leaves."""
    asked = (pupil_key, purpose, kind)
    if asked not in facts.granted:
        facts.granted[asked] = facts.stay(pupil_key) is not None and _answered_yes(
            facts, pupil_key, purpose, kind
        )
    return facts.granted[asked]


def granted_for(facts: Facts, pupil_key: int, purpose: Purpose, photo: Photo) -> bool:
    """Of both kinds where the photo stands for a video (rule 11)."""
    kinds = (Kind.PHOTO, Kind.VIDEO) if photo.video else (Kind.PHOTO,)
    return all(granted(facts, pupil_key, purpose, kind) for kind in kinds)


def _answered_yes(facts: Facts, pupil_key: int, purpose: Purpose, kind: Kind) -> bool:
    asked = (pupil_key, purpose, kind)
    latest = _latest_of_each(each for each in facts.answers_about.get(asked, ()) if _heard(facts, each))
    pupil = facts.snapshot.pupils[pupil_key]
    own = latest.get(None)
    if own is not None and _was_of_age(facts, own):
        if not own.yes:
            return False  # a no counts from wherever and whenever it comes
        if facts.of_age(pupil, facts.today):
            return _counts_in_time(facts, own)
    parents = [answer for by, answer in latest.items() if by is not None]
    return all(answer.yes for answer in parents) and any(_yes_counts(facts, answer) for answer in parents)


def _heard(facts: Facts, answer: ConsentAnswer) -> bool:
    """A yes from after the calendar's now does not count yet; a no always does."""
    return not answer.yes or answer.given_at <= facts.window.at


def _latest_of_each(answers: Iterable[ConsentAnswer]) -> dict[int | None, ConsentAnswer]:
    """The last answer of every person who answered; at equal times no wins."""
    latest: dict[int | None, ConsentAnswer] = {}
    for answer in sorted(answers, key=lambda a: (a.given_at, not a.yes)):
        latest[answer.by] = answer
    return latest


def _was_of_age(facts: Facts, answer: ConsentAnswer) -> bool:
    pupil = facts.snapshot.pupils[answer.pupil]
    return facts.of_age(pupil, answer.given_at.astimezone(facts.school.zone).date())


def _yes_counts(facts: Facts, answer: ConsentAnswer) -> bool:
    """A yes needs a current, unblocked link to the pupil; being approved is about access, not about this."""
    return _counts_in_time(facts, answer) and any(
        link.parent == answer.by and facts.holds(link) for link in facts.links_to.get(answer.pupil, ())
    )


def _counts_in_time(facts: Facts, answer: ConsentAnswer) -> bool:
    """Leaving the school ended every yes given before; with the setting, so does a new school year."""
    left: date | None = facts.last_left(answer.pupil)
    since: datetime | None = facts.began(left)
    if since is not None and answer.given_at < since:
        return False
    return not facts.school.rules.consent_per_school_year or answer.given_at >= facts.school_year_began
