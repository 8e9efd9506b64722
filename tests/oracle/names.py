"""Rule 12: a text that names a pupil of the addressed groups is held where that pupil lacks consent."""

from __future__ import annotations

from datetime import date, datetime

from tests.oracle.access import enrolled_now
from tests.oracle.consent import granted
from tests.oracle.facts import Facts, State, Story, to_school
from tests.oracle.world import Kind, Purpose


def held_names(facts: Facts, story: Story, at: datetime, purpose: Purpose) -> frozenset[str]:
    """The pupils for whose names this post waits; a person can let it name somebody, for that purpose."""
    today = at.astimezone(facts.settings.zone).date()
    return frozenset(
        pupil
        for pupil in story.post.names
        if addressed(facts, story, pupil, today)
        and not granted(facts, pupil, at, purpose, Kind.NAME)
        and (pupil, purpose) not in story.let_go
    )


def addressed(facts: Facts, story: Story, pupil: str, today: date) -> bool:
    groups = {one.group for one in enrolled_now(facts, pupil, today)}
    return bool(groups) and (to_school(story.post) or not groups.isdisjoint(story.post.groups))


def let_names_go(facts: Facts, story: Story, at: datetime) -> None:
    """A release lets the post name whomever it is held for just then."""
    for purpose in Purpose:
        names = held_names(facts, story, at, purpose)
        story.let_go |= {(pupil, purpose) for pupil in names}


def note_lifted(facts: Facts, at: datetime) -> None:
    """Whose name held a post and does not any more, by a consent, an edit or a release: it is released."""
    for story in facts.posts.values():
        for purpose in Purpose if story.state is not State.WITHDRAWN else ():
            held = held_names(facts, story, at, purpose)
            if story.held.get(purpose, frozenset()) - held:
                story.lifted = {**story.lifted, purpose: facts.version}
            story.held = {**story.held, purpose: held}


def released(story: Story, purpose: Purpose) -> int:
    """Version of the last release, for what goes for that purpose."""
    return max(story.released, story.lifted.get(purpose, 0))
