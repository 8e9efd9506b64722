"""Rules 1, 7, 8, 10 and 11: which photos and videos of a post go along to one parent."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.consent import granted_for
from pipeline.facts import Facts
from pipeline.model import CHANNEL_OF, PURPOSE_OF, Parent, Photo, PhotoReason


def custody(facts: Facts, parent: Parent | None, photo: Photo) -> PhotoReason | None:
    """Rule 1: never a photo of a pupil for whom this parent is blocked, by whatever path it comes."""
    barred = facts.barred_ids.get(parent.key) if parent else None
    return PhotoReason.CUSTODY if barred and photo.shows and barred & photo.shows else None


def file_refused(facts: Facts, parent: Parent | None, photo: Photo) -> PhotoReason | None:
    return PhotoReason.REFUSED if photo.refused else None


def removed(facts: Facts, parent: Parent | None, photo: Photo) -> PhotoReason | None:
    return PhotoReason.REMOVED if photo.removed else None


def not_listed(facts: Facts, parent: Parent | None, photo: Photo) -> PhotoReason | None:
    return PhotoReason.NOT_LISTED if photo.shows is None else None


def unknown_pupil(facts: Facts, parent: Parent | None, photo: Photo) -> PhotoReason | None:
    known = facts.pupil_by_id
    return PhotoReason.UNKNOWN_PUPIL if any(pupil not in known for pupil in photo.shows or ()) else None


def no_consent(facts: Facts, parent: Parent | None, photo: Photo) -> PhotoReason | None:
    """Rules 7 and 8; rule 10's setting lets one child who lacks it pass: the recipient's own."""
    lacking = _without_consent(facts, photo)
    if len(lacking) == 1 and parent and facts.school.rules.own_child_photo:
        lacking -= {link.pupil for link, _ in facts.access.get(parent.key, ())}
    return PhotoReason.NO_CONSENT if lacking else None


def _without_consent(facts: Facts, photo: Photo) -> set[int]:
    purpose = PURPOSE_OF[CHANNEL_OF[facts.window.kind]]
    pupils = (facts.pupil_by_id[pupil].key for pupil in photo.shows or ())
    return {pupil for pupil in pupils if not granted_for(facts, pupil, purpose, photo)}


PHOTO_RULES: tuple[Callable[[Facts, Parent | None, Photo], PhotoReason | None], ...] = (
    custody,
    file_refused,
    removed,
    not_listed,
    unknown_pupil,
    no_consent,
)


def photo_stays(facts: Facts, parent: Parent | None, photo: Photo) -> PhotoReason | None:
    """Why this photo does not go to this parent; None when it goes along.

    Without a parent: why it goes to nobody.
    """
    return next((reason for rule in PHOTO_RULES if (reason := rule(facts, parent, photo))), None)
