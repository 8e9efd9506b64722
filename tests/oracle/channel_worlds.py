"""Weeks in which everything changes: posts, edits, channels, groups, and runs at any moment.

A world is a school of five to eight parents on a Monday, what happens to it in about two weeks, and a last
newsletter. Times cluster on purpose: where a post becomes ripe, at the ends of quiet hours, at the moment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from tests.oracle.answers import answer_time
from tests.oracle.generate import (
    STARTS,
    author_and_groups,
    decide,
    import_roster,
    make_staff,
    new_photo,
    relisted,
)
from tests.oracle.named_worlds import with_names
from tests.oracle.roster import Town, add_family, change_town
from tests.oracle.story import Story, local_day
from tests.oracle.world import (
    Answer,
    Channel,
    ImportConsents,
    ImportPosts,
    Post,
    Prefer,
    Purpose,
    ReleaseRun,
    RunDue,
    Settings,
    Step,
    Week,
    World,
    moment,
)

SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class Weeks:
    """What the generator knows while the days go by."""

    story: Story
    since: datetime  #: where the first window may begin
    now: datetime
    steps: list[Step] = field(default_factory=list)

    @property
    def rng(self) -> Random:
        return self.story.rng


def make_channel_world(rng: Random, *, happenings: int = 18) -> World:
    zone, week = rng.choice(STARTS)
    settings = make_settings(rng, ZoneInfo(zone))
    story = Story(rng, settings, found_small_town(rng, week), ())
    story.staff = make_staff(story)
    weeks = Weeks(story, moment(week.after(-2), settings), first_morning(week, settings, rng))
    weeks.steps.append(replace(import_roster(story, weeks.now), approve=rng.random() < 0.9))
    weeks.steps.append(consents(weeks, chance=0.9))
    posts(weeks)
    for _ in range(happenings):
        happen(weeks)
    close(weeks)
    return with_names(World(settings=settings, staff=story.staff, steps=tuple(weeks.steps)), rng)


def make_settings(rng: Random, zone: ZoneInfo) -> Settings:
    pause, bundle = rng.choices(((60, 30), (0, 0), (600, 0), (60, 900)), (6, 1, 1, 1))[0]
    begin, end = rng.choices(((19, 7), (0, 0), (12, 14)), (6, 1, 1))[0]
    return Settings(
        zone=zone,
        pause=pause,
        bundle=bundle,
        quiet_from=time(begin),
        quiet_until=time(end),
        late_hours=rng.choice((48, 48, 20, 100)),
        own_child_photo=rng.random() < 0.2,
        owed_days=rng.choice((28, 28, 10)),
    )


def found_small_town(rng: Random, week: Week) -> Town:
    town = Town(("groep 3", "groep 4", "groep 5"))
    while len(town.people) < 5:
        add_family(rng, town, week.day(1))
    for name, person in town.people.items():
        town.people[name] = replace(person, channel=some_channel(rng))
    return town


def some_channel(rng: Random) -> Channel:
    return rng.choices(tuple(Channel), (4, 5, 4, 1))[0]


def first_morning(week: Week, settings: Settings, rng: Random) -> datetime:
    day = week.day(rng.randint(1, 3))
    return datetime(day.year, day.month, day.day, rng.randint(7, 18), tzinfo=settings.zone)


# What happens ----------------------------------------------------------------------------------


def happen(weeks: Weeks) -> None:
    later(weeks)
    what, weights = zip(*HAPPENINGS, strict=True)
    (one,) = weeks.rng.choices(what, weights)
    one(weeks)


def later(weeks: Weeks) -> None:
    """Mostly seconds or hours, sometimes days: real time, also over a clock change."""
    rng = weeks.rng
    span = rng.choices(
        (0, rng.randint(1, 100), rng.randint(60, 7200), rng.randint(7200, 72000), 86400 * rng.randint(1, 3)),
        (2, 4, 4, 4, 1),
    )[0]
    weeks.now = datetime.fromtimestamp(int(weeks.now.timestamp()) + span, weeks.now.tzinfo)


def posts(weeks: Weeks) -> None:
    new = [new_post(weeks) for _ in range(weeks.rng.choice((1, 1, 2)))]
    weeks.story.posts |= {post.id: post for post in new}
    weeks.steps.append(ImportPosts(posts=tuple(new)))


def new_post(weeks: Weeks) -> Post:
    story, rng = weeks.story, weeks.rng
    author, groups = author_and_groups(story)
    story.photos += 1
    name = f"post{len(story.posts)}{chr(97 + story.photos % 26)}{story.photos}"
    photos = tuple(
        replace(new_photo(story, groups), video=False) for _ in range(rng.choices((0, 1, 2), (6, 3, 1))[0])
    )
    return Post(
        id=name,
        groups=groups,
        author=author.id,
        published=publish_time(weeks),
        photos=photos,
        urgent=author.id == "m1" and rng.random() < 0.4,
    )


def publish_time(weeks: Weeks) -> datetime:
    """Now to the second or to how long a post waits, a little ahead, days ago, or at a window's end."""
    rng, now = weeks.rng, weeks.now
    settings = weeks.story.settings
    match rng.choices(("now", "ripe", "ahead", "days ago", "end"), (5, 4, 2, 4, 2))[0]:
        case "ripe":
            return now - SECOND * (settings.pause + settings.bundle + rng.choice((-1, 0, 1)))
        case "ahead":
            return now + SECOND * rng.choice((1, 30, 90, 4000, 90000))
        case "days ago":
            return now - SECOND * rng.randint(3600, 86400 * rng.choice((2, 9, 18)))
        case "end":
            return near_moment(weeks) + SECOND * rng.choice((-1, 0, 1))
        case _:
            return now - SECOND * rng.choice((0, 0, 1, 20, 60))


def near_moment(weeks: Weeks) -> datetime:
    year, number, _ = local_day(weeks.story, weeks.now).isocalendar()
    return moment(
        Week(year=year, number=number).after(weeks.rng.choice((-2, -1, -1, 0))), weeks.story.settings
    )


def edit(weeks: Weeks) -> None:
    """Another text; sometimes other people on the photos, another group, or urgent after all."""
    story, rng = weeks.story, weeks.rng
    post = story.posts[rng.choice(sorted(story.posts))]
    post = replace(post, wording=post.wording + 1)
    if rng.random() < 0.4:
        post = relisted(story, post)
    if rng.random() < 0.15:
        post = replace(post, groups=(rng.choice(story.town.groups),))
    if post.author == "m1" and rng.random() < 0.3:
        post = replace(post, urgent=not post.urgent)
    story.posts[post.id] = post
    weeks.steps.append(ImportPosts(posts=(post,)))


def decisions(weeks: Weeks) -> None:
    weeks.steps += decide(weeks.story)


def prefer(weeks: Weeks) -> None:
    """One parent or two, sometimes there and back again before anything is sent."""
    rng = weeks.rng
    parent = rng.choice(sorted({parent for parent, _ in weeks.story.links}))
    for _ in range(rng.choice((1, 1, 1, 2))):
        weeks.steps.append(Prefer(parent=parent, channel=some_channel(rng)))


def roster(weeks: Weeks) -> None:
    """Moves, departures, newcomers, other channels, as the school's next file states them."""
    day = local_day(weeks.story, weeks.now)
    change_town(weeks.rng, weeks.story.town, day - timedelta(days=4), day + timedelta(days=1))
    weeks.steps.append(import_roster(weeks.story, weeks.now))


def consents(weeks: Weeks, chance: float = 0.3) -> ImportConsents:
    """For both purposes, which a family may answer differently."""
    rng, story = weeks.rng, weeks.story
    return ImportConsents(
        answers=tuple(
            Answer(
                pupil=pupil,
                purpose=purpose,
                yes=rng.random() < 0.8,
                by=parent,
                at=answer_time(story, weeks.since, weeks.now),
            )
            for parent, pupil in sorted(story.links)
            for purpose in Purpose
            if rng.random() < chance
        )
    )


def more_consents(weeks: Weeks) -> None:
    weeks.steps.append(consents(weeks))


def run(weeks: Weeks) -> None:
    """At any moment, or at one where something begins or ends; sometimes several in a row."""
    rng = weeks.rng
    if rng.random() < 0.4:
        weeks.now = max(weeks.now, rng.choice(edges(weeks)))
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        parents = sorted({parent for parent, _ in weeks.story.links})
        chance = rng.choice((0, 0, 0.3))
        failing = frozenset(parent for parent in parents if rng.random() < chance)
        weeks.steps.append(RunDue(at=weeks.now, failing=failing))
        weeks.now += SECOND * rng.choice((0, 1, 89, 600))


def edges(weeks: Weeks) -> list[datetime]:
    """Moments within the next days at which a second matters."""
    settings, found = weeks.story.settings, [weeks.now]
    wait = SECOND * (settings.pause + settings.bundle)
    for post in list(weeks.story.posts.values())[-3:]:
        found += [post.published, post.published + wait - SECOND, post.published + wait]
    for days in range(4):
        day = local_day(weeks.story, weeks.now) + timedelta(days=days)
        for clock in (settings.quiet_from, settings.quiet_until, time(15, 30)):
            found += [datetime.combine(day, clock, settings.zone) - SECOND * less for less in (0, 1)]
    nearest = weeks.now + timedelta(days=4)
    return sorted(one for one in found if weeks.now <= one <= nearest)


def release_run(weeks: Weeks) -> None:
    weeks.steps.append(ReleaseRun())


def weekend(weeks: Weeks) -> None:
    """Nobody looks for days: the next newsletter may come too late."""
    weeks.now += timedelta(days=weeks.rng.randint(2, 6))
    run(weeks)
    if weeks.rng.random() < 0.5:
        release_run(weeks)


def close(weeks: Weeks) -> None:
    """All that is ripe by the next newsletter and five minutes has its chance to go."""
    settings = weeks.story.settings
    year, number, _ = local_day(weeks.story, weeks.now).isocalendar()
    last = moment(Week(year=year, number=number).after(1), settings) + timedelta(minutes=5)
    weeks.steps += [RunDue(at=last), RunDue(at=last)]


HAPPENINGS: tuple[tuple[Callable[[Weeks], None], int], ...] = (
    (posts, 6),
    (edit, 2),
    (decisions, 4),
    (prefer, 5),
    (roster, 2),
    (more_consents, 1),
    (run, 8),
    (release_run, 1),
    (weekend, 1),
)
