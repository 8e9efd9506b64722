"""Consent answers for a generated school: disagreeing, changed, too early, too late, at the same instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from tests.oracle.story import Story, between, local_day, on
from tests.oracle.world import (
    Answer,
    ImportConsents,
    Kind,
    Purpose,
)


def import_consents(story: Story, since: datetime, until: datetime) -> ImportConsents:
    """Answers of many at once: nearly every link the first times, single ones later."""
    chance = story.rng.choice((0.9, 0.9, 0.5, 0.2))
    answers = [
        answer(story, parent, pupil, since, until)
        for parent, pupil in sorted(story.links)
        if story.rng.random() < chance
    ]
    changed = [replace(one, yes=not one.yes) for one in answers if story.rng.random() < 0.05]
    given = (*answers, *changed, *own_answers(story, since, until))
    # nearly every family answers about videos in the same breath, and some of them otherwise
    filmed = [
        replace(one, kind=Kind.VIDEO, yes=one.yes is not (number % 9 == 4))
        for number, one in enumerate(given)
        if number % 5
    ]
    return ImportConsents(answers=(*given, *filmed))


def answer(story: Story, by: str, pupil: str, since: datetime, until: datetime) -> Answer:
    rng = story.rng
    usual = rng.random() < 0.9
    return Answer(
        pupil=pupil,
        purpose=Purpose.MAIL if usual or rng.random() < 0.5 else Purpose.APP,
        kind=Kind.PHOTO if usual else rng.choice(tuple(Kind)),
        yes=rng.random() < 0.82,
        by=by,
        at=answer_time(story, since, until),
    )


def answer_time(story: Story, since: datetime, until: datetime) -> datetime:
    """Long ago, the same instant for many, last school year, at the run's own time, or after it."""
    rng, zone = story.rng, story.settings.zone
    together = on(date(since.year, 8, 20), zone) if since.month > 8 else on(date(since.year - 1, 9, 1), zone)
    choices = (
        together,
        together,
        on(date(together.year, 8, 1), zone) - rng.choice((0, 1)) * timedelta(seconds=1),
        between(rng, since - timedelta(days=9), until),
        between(rng, since, until),
        on(known_day(story) or local_day(story, between(rng, since, until)), zone),
        until,
        until + timedelta(seconds=1),
        between(rng, until, until + timedelta(days=9)),
    )
    return rng.choice(choices)


def own_answers(story: Story, since: datetime, until: datetime) -> list[Answer]:
    """Of pupils who are sixteen by then, which the import demands."""
    answers = []
    for pupil in sorted({pupil for _, pupil in story.links}):
        born = story.town.born[pupil]
        at = answer_time(story, since, until)
        if born and on(born.replace(year=born.year + 16), story.settings.zone) <= at:
            answers.append(Answer(pupil=pupil, yes=story.rng.random() < 0.5, by=pupil, at=at))
    return answers


def known_day(story: Story) -> date | None:
    """A first or last day of an enrolment."""
    days = {day for places in story.town.places.values() for _, *ends in places for day in ends}
    return story.rng.choice(sorted(day for day in days if day) or [None])
