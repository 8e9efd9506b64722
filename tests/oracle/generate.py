"""Small nasty schools: `make_world` from any `random.Random`, `worlds` for hypothesis.

A world is a prologue (roster, consents, some posts) and, for each of two to four weeks,
what happens in it and its run. Times cluster on purpose: at window ends, at midnights, on
the same instant, around sixteenth birthdays.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.oracle.answers import import_consents
from tests.oracle.named_worlds import naming_somebody
from tests.oracle.roster import change_town, choose_newsletter, found_town, rows_of
from tests.oracle.story import Story, between, local_day, on
from tests.oracle.world import (
    SCHOOL,
    Act,
    Decide,
    ImportPosts,
    ImportRoster,
    Photo,
    Post,
    Role,
    RunWeekly,
    Settings,
    StaffMember,
    Step,
    Week,
    World,
    moment,
)

#: zone and first week; the clock changes in W13 and W43 of 2026 in Amsterdam, and in W44 of 2018
#: in Sao Paulo at midnight
STARTS = (
    ("Europe/Amsterdam", Week(year=2026, number=45)),
    ("Europe/Amsterdam", Week(year=2026, number=12)),
    ("Europe/Amsterdam", Week(year=2026, number=42)),
    ("Europe/Amsterdam", Week(year=2026, number=52)),
    ("America/Sao_Paulo", Week(year=2018, number=43)),
    ("America/Sao_Paulo", Week(year=2026, number=30)),
    ("UTC", Week(year=2026, number=46)),
)


def make_world(rng: Random) -> World:
    zone, week = rng.choice(STARTS)
    settings = make_settings(rng, ZoneInfo(zone))
    story = Story(rng, settings, found_town(rng, week), ())
    story.staff = make_staff(story)
    story.shift = timedelta(days=rng.choices((0, 60, -60, 5), (12, 1, 1, 1))[0])
    since = moment(week.after(-1), settings)
    steps: list[Step] = [import_roster(story, since - timedelta(days=4))]
    for _ in range(rng.randint(2, 4)):
        until = moment(week, settings)
        steps += happenings(story, since, until)
        steps.append(run(story, week, until))
        since, week = until, week.after(rng.choices((1, 2, 5), (12, 2, 1))[0])
    return naming_somebody(World(settings=settings, staff=story.staff, steps=tuple(steps)), rng)


def worlds() -> st.SearchStrategy[World]:
    """The same worlds, drawn from hypothesis' own choices so that it can shrink them."""
    return st.randoms(use_true_random=False).map(make_world)


def make_settings(rng: Random, zone: ZoneInfo) -> Settings:
    day, hour, minute = rng.choices(((5, 15, 30), (7, 2, 30), (7, 0, 0)), (8, 1, 1))[0]
    return Settings(
        zone=zone,
        weekday=day,
        hour=hour,
        minute=minute,
        class_parent_waits=rng.random() < 0.8,
        own_child_photo=rng.random() < 0.25,
        consent_per_school_year=rng.random() < 0.15,
        owed_days=rng.choice((28, 28, 28, 14, 10)),
    )


def make_staff(story: Story) -> tuple[StaffMember, ...]:
    groups = story.town.groups
    teachers = [StaffMember(id=f"t{i}", role=Role.TEACHER, groups=(one,)) for i, one in enumerate(groups)]
    return (
        StaffMember(id="m1", role=Role.MANAGEMENT),
        *teachers,
        StaffMember(id="t9", role=Role.TEACHER, groups=groups),
        StaffMember(id="c1", role=Role.CLASS_PARENT, groups=(groups[0],)),
    )


def happenings(story: Story, since: datetime, until: datetime) -> list[Step]:
    """What is imported and decided between one run and the next, in any order."""
    steps: list[Step] = []
    for _ in range(story.rng.randint(1, 6)):
        steps += happening(story, since, until)
    if not story.posts:
        steps.append(import_posts(story, since, until))
    return steps


def happening(story: Story, since: datetime, until: datetime) -> list[Step]:
    match story.rng.choices(("posts", "decide", "consents", "roster", "choose"), (4, 4, 3, 3, 2))[0]:
        case "posts":
            return [import_posts(story, since, until)]
        case "consents":
            return [import_consents(story, since, until)]
        case "roster":
            change_town(story.rng, story.town, local_day(story, since), local_day(story, until))
            return [import_roster(story, between(story.rng, since, until))]
        case "choose":
            choose_newsletter(story.rng, story.town)
            return [import_roster(story, between(story.rng, since, until)), *again(story)]
        case _:
            return decide(story)


def import_roster(story: Story, at: datetime) -> ImportRoster:
    rows = rows_of(story.town)
    story.links |= {(row.parent, row.pupil) for row in rows}
    story.today = max(story.today, local_day(story, at))
    return ImportRoster(rows=rows, approve=story.rng.random() < 0.75, on=story.today + story.shift)


def run(story: Story, week: Week, until: datetime) -> RunWeekly:
    """Made at the moment itself, a little later, or only days after it."""
    late = story.rng.choice((0, 0, 5, 60 * 10, 60 * 24 * 2, 60 * 24 * 4 + 7))
    parents = sorted({parent for parent, _ in story.links})
    failing = frozenset(one for one in parents if story.rng.random() < 0.12)
    at = until + timedelta(minutes=late)
    story.today = max(story.today, local_day(story, at))
    return RunWeekly(week=week, at=at, failing=failing)


# Posts -----------------------------------------------------------------------------------------


def import_posts(story: Story, since: datetime, until: datetime) -> ImportPosts:
    """New posts, and now and then an earlier one again with other people listed on its photos."""
    posts = [new_post(story, since, until) for _ in range(story.rng.randint(1, 3))]
    old = sorted(set(story.posts) - {post.id for post in posts})
    if old and story.rng.random() < 0.3:
        posts.append(relisted(story, story.posts[story.rng.choice(old)]))
    story.posts |= {post.id: post for post in posts}
    return ImportPosts(posts=tuple(posts))


def new_post(story: Story, since: datetime, until: datetime) -> Post:
    name = f"post{len(story.posts)}{chr(97 + story.photos % 26)}{story.photos}"
    author, groups = author_and_groups(story)
    story.photos += 1
    photos = tuple(new_photo(story, groups) for _ in range(story.rng.choice((0, 1, 1, 2, 3))))
    published = publish_time(story, since, until)
    return Post(id=name, groups=groups, author=author.id, published=published, photos=photos)


def author_and_groups(story: Story) -> tuple[StaffMember, tuple[str, ...]]:
    """Mostly what the author may do, sometimes not."""
    rng, groups = story.rng, story.town.groups
    author = rng.choice(story.staff)
    if rng.random() < 0.25 or (author.role is Role.MANAGEMENT and rng.random() < 0.5):
        return (author if rng.random() < 0.3 else story.staff[0]), (SCHOOL,)
    own = author.groups if author.groups and rng.random() < 0.85 else groups
    return author, tuple(sorted(rng.sample(own, rng.randint(1, min(2, len(own))))))


def new_photo(story: Story, groups: tuple[str, ...]) -> Photo:
    story.photos += 1
    return Photo(file=f"foto{story.photos}.jpg", shows=shown(story), video=story.photos % 3 == 2)


def shown(story: Story) -> tuple[str, ...] | None:
    rng = story.rng
    if rng.random() < 0.1:
        return None
    pupils = sorted({pupil for _, pupil in story.links})
    count = min(rng.choice((0, 1, 1, 1, 2, 3)), len(pupils))
    return (*rng.sample(pupils, count), *(["p-onbekend"] if rng.random() < 0.06 else []))


def relisted(story: Story, post: Post) -> Post:
    photos = tuple(replace(photo, shows=shown(story)) for photo in post.photos)
    return replace(post, photos=photos)


def publish_time(story: Story, since: datetime, until: datetime) -> datetime:
    """In the window, exactly at its ends, at a midnight, late by weeks, or in the future."""
    rng, second = story.rng, timedelta(seconds=1)
    ends = (since, until, since - second, until - second, since + second, until + second)
    match rng.choices(("window", "end", "midnight", "late", "older", "next"), (9, 4, 3, 2, 1, 1))[0]:
        case "end":
            return rng.choice(ends)
        case "midnight":
            day = local_day(story, between(rng, since, until))
            return on(day, story.settings.zone) - rng.choice((0, 1)) * second
        case "late":
            return between(rng, since - timedelta(days=8), since)
        case "older":
            return until - timedelta(days=rng.choice((10, 14, 28))) - rng.choice((-1, 0, 1)) * second
        case "next":
            return between(rng, until, until + timedelta(days=5))
        case _:
            return between(rng, since, until)


# Decisions -------------------------------------------------------------------------------------


def decide(story: Story) -> list[Step]:
    """One decision, or one and its opposite, or both halves in different weeks by chance."""
    rng = story.rng
    act = rng.choice((*Act, Act.RELEASE, Act.RELEASE, Act.APPROVE, Act.APPROVE, Act.UNBLOCK))
    if act in (Act.HOLD, Act.RELEASE, Act.WITHDRAW):
        return decide_post(story, act)
    parent, pupil = rng.choice(sorted(story.links))
    if act in (Act.APPROVE, Act.UNAPPROVE):
        return [Decide(act=act, parent=parent)]
    return [Decide(act=act, parent=parent, pupil=pupil)]


def again(story: Story) -> list[Step]:
    """A post held and released, perhaps long after others had it."""
    left = sorted(set(story.posts) - story.gone)
    if not left or story.rng.random() < 0.5:
        return []
    post = story.rng.choice(left)
    return [Decide(act=Act.HOLD, post=post), Decide(act=Act.RELEASE, post=post)]


def decide_post(story: Story, act: Act) -> list[Step]:
    left = sorted(set(story.posts) - story.gone)
    if not left:
        return []
    post = story.rng.choice(left)
    if act is Act.WITHDRAW:
        story.gone.add(post)
    return [Decide(act=act, post=post)]
