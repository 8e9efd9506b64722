"""The families of a generated school, how its roster states them, and how they change."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from tests.oracle.world import Channel, Row, Week

Place = tuple[str, date | None, date | None]  #: group, first day, first day away


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    email: str
    channel: Channel


@dataclass(slots=True)
class Town:
    """What the next roster will say."""

    groups: tuple[str, ...]
    born: dict[str, date | None] = field(default_factory=dict)
    places: dict[str, list[Place]] = field(default_factory=dict)  #: by pupil
    people: dict[str, Person] = field(default_factory=dict)  #: by parent
    links: dict[tuple[str, str], bool] = field(default_factory=dict)  #: (parent, pupil) -> blocked
    dropped: dict[tuple[str, str], bool] = field(default_factory=dict)  #: links that an earlier roster had


def rows_of(town: Town) -> tuple[Row, ...]:
    """One row for each link and group. A parent or pupil that nothing links is in no row."""
    return tuple(
        Row(
            pupil=pupil,
            born=town.born[pupil],
            group=group,
            since=since,
            until=until,
            parent=parent,
            email=town.people[parent].email,
            channel=town.people[parent].channel,
            blocked=blocked,
        )
        for (parent, pupil), blocked in town.links.items()
        for group, since, until in town.places[pupil]
    )


def found_town(rng: Random, week: Week) -> Town:
    town = Town(("groep 3", "groep 4", "groep 5")[: rng.randint(2, 3)])
    for _ in range(rng.randint(1, 3)):
        add_family(rng, town, week.day(1))
    return town


def add_family(rng: Random, town: Town, monday: date) -> None:
    """One to three parents and children; not every parent is linked to every child."""
    parents = [f"g{len(town.people) + i}" for i in range(rng.choice((1, 2, 2, 3)))]
    pupils = [f"p{len(town.born) + i}" for i in range(rng.choice((1, 2, 2, 3)))]
    for parent in parents:
        town.people[parent] = person(rng, town, parent)
    for pupil in pupils:
        town.born[pupil] = birthday(rng, monday)
        town.places[pupil] = places(rng, town, monday)
    for pupil in pupils:
        for parent in [one for one in parents if rng.random() < 0.85] or [rng.choice(parents)]:
            town.links[parent, pupil] = rng.random() < 0.12


def person(rng: Random, town: Town, parent: str) -> Person:
    """Sometimes without an address, sometimes with another parent's."""
    email = f"{parent}@ouders.example"
    shared = sorted(one.email for one in town.people.values())
    if shared and rng.random() < 0.15:
        email = rng.choice(shared)
    if rng.random() < 0.07:
        email = ""
    return Person(email=email, channel=channel(rng))


def channel(rng: Random) -> Channel:
    return rng.choices(tuple(Channel), (2, 1, 10, 2))[0]


def birthday(rng: Random, monday: date) -> date | None:
    """Mostly small children; some turn sixteen within weeks, some have been for a while."""
    match rng.choices(("small", "soon", "seventeen", "unknown"), (9, 5, 3, 1))[0]:
        case "soon":
            around = monday + timedelta(days=rng.choice((4, 6, 11, rng.randint(-10, 20))))
            return around.replace(year=around.year - 16, day=min(around.day, 28))
        case "seventeen":
            return date(monday.year - 17, 9, 9)
        case "unknown":
            return None
        case _:
            return date(monday.year - 8, 5, 5)


def places(rng: Random, town: Town, monday: date) -> list[Place]:
    """One group, two at once, a move between two (with or without days between), or a gap long ago."""
    one, other = rng.sample(town.groups, 2)
    day = monday + timedelta(days=rng.choice((4, 6, 11, rng.randint(-6, 20), rng.randint(-6, 20))))
    began = rng.choice((None, None, monday - timedelta(days=90)))
    match rng.choices(("one", "two", "came", "left", "moved", "gap"), (10, 3, 3, 2, 3, 2))[0]:
        case "two":
            return [(one, began, None), (other, rng.choice((None, day)), None)]
        case "came":
            return [(one, day, None)]
        case "left":
            return [(one, began, day)]
        case "moved":
            return [(one, began, day), (other, day, None)]
        case "gap":
            return [(one, began, day), (other, day + timedelta(days=rng.choice((1, 3, 8))), None)]
        case _:
            return [(one, began, None)]


def change_town(rng: Random, town: Town, since: date, until: date) -> None:
    """What differs in the next roster."""
    for _ in range(rng.randint(1, 3)):
        day = since + timedelta(days=rng.randint(0, max((until - since).days, 1)))
        rng.choices(CHANGES, (2, 2, 3, 2, 2, 5, 2, 2, 1))[0](rng, town, day)


def drop_link(rng: Random, town: Town, day: date) -> None:
    if len(town.links) > 1:
        gone = rng.choice(sorted(town.links))
        town.dropped[gone] = town.links.pop(gone)


def drop_pupil(rng: Random, town: Town, day: date) -> None:
    """The pupil left and the school just no longer names it."""
    pupil = rng.choice(sorted(town.born))
    theirs = [link for link in town.links if link[1] == pupil]
    if len(theirs) < len(town.links):
        for link in theirs:
            town.dropped[link] = town.links.pop(link)


def bring_back(rng: Random, town: Town, day: date) -> None:
    """A dropped link again; where it was the pupil's only one, mostly with the day of return."""
    if not town.dropped:
        return
    link = rng.choice(sorted(town.dropped))
    town.links[link] = town.dropped.pop(link)
    alone = all(other == link or other[1] != link[1] for other in town.links)
    if alone and rng.random() < 0.7:
        town.places[link[1]] = [(rng.choice(town.groups), day, None)]


def move(rng: Random, town: Town, day: date) -> None:
    """The newer roster names another group and no longer the old one."""
    pupil = rng.choice(sorted(town.born))
    group, since, _ = town.places[pupil][-1]
    other = rng.choice([one for one in town.groups if one != group])
    town.places[pupil] = [(other, rng.choice((day, day, since)), None)]


def redate(rng: Random, town: Town, day: date) -> None:
    """An enrolment gets an end date, or another first day."""
    pupil = rng.choice(sorted(town.born))
    group, since, until = town.places[pupil][-1]
    late = since is None or since < day
    town.places[pupil][-1] = rng.choice(((group, since, day if late else until), (group, day, None)))


def change_person(rng: Random, town: Town, day: date) -> None:
    parent = rng.choice(sorted(town.people))
    now = town.people[parent]
    if now.channel is not Channel.NEWSLETTER and rng.random() < 0.7:
        town.people[parent] = replace(now, channel=Channel.NEWSLETTER)
    elif rng.random() < 0.6:
        town.people[parent] = replace(now, channel=channel(rng))
    else:
        town.people[parent] = person(rng, town, parent)


def choose_newsletter(rng: Random, town: Town) -> None:
    """A parent with no address or another channel begins to read."""
    waiting = [name for name, one in town.people.items() if one != reader(one, name)]
    if waiting:
        name = rng.choice(sorted(waiting))
        town.people[name] = reader(town.people[name], name)


def reader(one: Person, name: str) -> Person:
    return replace(one, channel=Channel.NEWSLETTER, email=one.email or f"{name}@ouders.example")


def add_link(rng: Random, town: Town, day: date) -> None:
    """A parent appears for a child of any family: a new partner, or a guardian."""
    link = (rng.choice(sorted(town.people)), rng.choice(sorted(town.born)))
    if link not in town.links:
        town.dropped.pop(link, None)
        town.links[link] = rng.random() < 0.2


def block(rng: Random, town: Town, day: date) -> None:
    """The roster begins or ceases to say blocked; only the first has an effect."""
    link = rng.choice(sorted(town.links))
    town.links[link] = not town.links[link]


def family(rng: Random, town: Town, day: date) -> None:
    add_family(rng, town, day)


CHANGES = (drop_link, drop_pupil, bring_back, move, redate, change_person, add_link, block, family)
