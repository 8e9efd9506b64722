"""Two pupils who are there to be named: their families answer, posts name them, and people let that go.

Put into a world that is otherwise made, so that what else happens in it stays as it was. Nothing of them
has a date that matters: everything was answered long ago, and they stay.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from tests.oracle.world import (
    Act,
    Answer,
    Channel,
    Decide,
    ImportConsents,
    ImportPosts,
    ImportRoster,
    Kind,
    Purpose,
    Row,
    Step,
    World,
)

#: Pupil -> parent and group.
NAMED = {"px": ("gx", "groep 3"), "py": ("gy", "groep 4")}
#: Runs at the end of such a world, in which all that is owed has its chance to go.
LAST = 2
LONG_AGO = datetime(2017, 9, 1, 9, tzinfo=UTC)


def with_names(world: World, rng: Random) -> World:
    channels = {pupil: rng.choice((Channel.APP, Channel.MAIL, Channel.NEWSLETTER)) for pupil in NAMED}
    rows = tuple(
        Row(pupil=pupil, group=group, parent=parent, email=f"{parent}@mail.example", channel=channels[pupil])
        for pupil, (parent, group) in NAMED.items()
    )
    ids = dict.fromkeys(
        post.id for step in world.steps if isinstance(step, ImportPosts) for post in step.posts
    )
    names = {id: some_names(rng) for id in ids}
    steps = [_told(step, rows, names) for step in world.steps]
    for id in [id for id in ids if names[id]]:
        if rng.random() < 0.5:
            steps = released_somewhere(steps, id, rng)
    for number in range(rng.randint(2, 6)):
        steps.insert(rng.randint(1, len(steps) - LAST), some_answer(rng, number))
    return replace(world, steps=tuple(steps))


def some_names(rng: Random) -> tuple[str, ...]:
    return rng.choices(((), ("px",), ("py",), ("px", "py")), (6, 2, 1, 1))[0]


def _told(step: Step, rows: tuple[Row, ...], names: dict[str, tuple[str, ...]]) -> Step:
    if isinstance(step, ImportRoster):
        return replace(step, rows=(*step.rows, *rows))
    if isinstance(step, ImportPosts):
        return replace(step, posts=tuple(replace(post, names=names[post.id]) for post in step.posts))
    return step


def released_somewhere(steps: list[Step], id: str, rng: Random) -> list[Step]:
    """Between its import and a withdrawal, after which nobody releases it any more."""
    begins = next(n for n, step in enumerate(steps, 1) if isinstance(step, ImportPosts) and _holds(step, id))
    gone = Decide(act=Act.WITHDRAW, post=id)
    ends = steps.index(gone) if gone in steps else len(steps) - LAST
    place = rng.randint(begins, max(begins, ends))
    if place > ends:
        return steps
    return [*steps[:place], Decide(act=Act.RELEASE, post=id), *steps[place:]]


def _holds(step: ImportPosts, id: str) -> bool:
    return any(post.id == id for post in step.posts)


def some_answer(rng: Random, number: int) -> ImportConsents:
    """A later one counts more than those before it in the file or in time."""
    pupil = rng.choice(tuple(NAMED))
    at = LONG_AGO + timedelta(minutes=rng.randint(0, 3) + number)
    return ImportConsents(
        answers=(
            Answer(
                pupil=pupil,
                purpose=rng.choice(tuple(Purpose)),
                kind=Kind.NAME,
                yes=rng.random() < 0.7,
                by=NAMED[pupil][0],
                at=at,
            ),
        )
    )


def naming_somebody(world: World, rng: Random) -> World:
    """In a world of newsletters: posts that name its own pupils, whose families answered that too."""
    pupils = sorted(
        {row.pupil for step in world.steps if isinstance(step, ImportRoster) for row in step.rows}
    )
    return replace(world, steps=tuple(_naming(step, pupils, rng) for step in world.steps))


def _naming(step: Step, pupils: list[str], rng: Random) -> Step:
    if isinstance(step, ImportConsents):
        also = [replace(one, kind=Kind.NAME) for one in step.answers if rng.random() < 0.5]
        return replace(step, answers=(*step.answers, *also))
    if isinstance(step, ImportPosts):
        named = [(post, _some(pupils, rng)) for post in step.posts]
        return replace(step, posts=tuple(replace(post, names=tuple(who)) for post, who in named))
    return step


def _some(pupils: list[str], rng: Random) -> list[str]:
    return rng.sample(pupils, min(len(pupils), rng.choices((0, 1, 2), (6, 3, 1))[0]))


def without_names(step: Step) -> Step:
    if isinstance(step, ImportPosts):
        return replace(step, posts=tuple(replace(post, names=()) for post in step.posts))
    return step
