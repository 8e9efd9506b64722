"""Makes a failing world small: leaves out what the failure does not need, until nothing more can go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.oracle.world import (
    ImportConsents,
    ImportPosts,
    ImportRoster,
    Post,
    RunDue,
    RunWeekly,
    Settings,
    Step,
    World,
)


def shrink(world: World, fails: Callable[[World], bool]) -> World:
    """The first smaller world that still fails, again and again."""
    while True:
        smaller = next((one for one in smaller_worlds(world) if fails(one)), None)
        if smaller is None:
            return world
        world = smaller


def smaller_worlds(world: World) -> Iterator[World]:
    """The boldest first: half of the steps away, then a quarter, and so on."""
    size = len(world.steps) // 2
    while size > 1:
        for at in range(0, len(world.steps), size):
            yield replace(world, steps=world.steps[:at] + world.steps[at + size :])
        size //= 2
    for at, step in enumerate(world.steps):
        before, after = world.steps[:at], world.steps[at + 1 :]
        yield replace(world, steps=before + after)
        for smaller in smaller_steps(step):
            yield replace(world, steps=(*before, smaller, *after))
    plain = Settings(zone=world.settings.zone)
    for name in ("own_child_photo", "consent_per_school_year", "class_parent_waits", "owed_days"):
        value = getattr(plain, name)
        if getattr(world.settings, name) != value:
            yield replace(world, settings=replace(world.settings, **{name: value}))


def smaller_steps(step: Step) -> Iterator[Step]:
    match step:
        case ImportRoster():
            for parent in sorted({row.parent for row in step.rows}):
                yield replace(step, rows=tuple(row for row in step.rows if row.parent != parent))
            for at in range(len(step.rows)):
                yield replace(step, rows=step.rows[:at] + step.rows[at + 1 :])
        case ImportConsents():
            if len(step.answers) > 1:
                yield replace(step, answers=())
            for at in range(len(step.answers)):
                yield replace(step, answers=step.answers[:at] + step.answers[at + 1 :])
        case ImportPosts():
            for at, post in enumerate(step.posts):
                yield replace(step, posts=step.posts[:at] + step.posts[at + 1 :])
                for smaller in smaller_posts(post):
                    yield replace(step, posts=(*step.posts[:at], smaller, *step.posts[at + 1 :]))
        case RunWeekly() | RunDue() if step.failing:
            yield replace(step, failing=frozenset())
        case _:
            return


def smaller_posts(post: Post) -> Iterator[Post]:
    for at, photo in enumerate(post.photos):
        rest = post.photos[:at], post.photos[at + 1 :]
        yield replace(post, photos=rest[0] + rest[1])
        for pupil in photo.shows or ():
            shows = tuple(one for one in photo.shows or () if one != pupil)
            yield replace(post, photos=(*rest[0], replace(photo, shows=shows), *rest[1]))
