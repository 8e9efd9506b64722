"""The invented school's families: who is who, who lives where, who said yes to what."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum, auto
from random import Random

from pipeline.demo.names import CIRCLES, Circle
from pipeline.demo.posts_school import GROUPS

#: Pupils in each of `GROUPS`: 250.
SIZES = (22, 21, 22, 21, 20, 22, 20, 21, 21, 20, 20, 20)
#: Families by number of pupils and by number of guardians: 190 families, 250 pupils, 400 parents.
PUPILS_OF = (1,) * 136 + (2,) * 48 + (3,) * 6
GUARDIANS_OF = (1,) * 26 + (2,) * 118 + (3,) * 46
#: Letters that do not come apart into a plain one and an accent: dotless i and l with a stroke.
_STROKES = {0x131: "i", 0x142: "l"}
_DOMAINS = ("post.example", "brievenbus.example", "mail.example", "kade.example", "familie.example")


class Answer(Enum):
    """What a family said about photos."""

    YES = auto()
    NO = auto()
    APP_ONLY = auto()
    DIVIDED = auto()  #: one guardian yes, another no
    SILENT = auto()


@dataclass(kw_only=True, slots=True)
class Adult:
    id: str
    name: str
    email: str
    language: str = "nl"
    channel: str = "newsletter"


@dataclass(kw_only=True, slots=True)
class Stint:
    """A pupil's time in one group; open ends are None."""

    group: str
    since: date | None
    until: date | None = None


@dataclass(kw_only=True, slots=True)
class Child:
    id: str
    first: str
    last: str
    born: date
    stints: list[Stint]

    @property
    def group(self) -> str:
        return self.stints[-1].group


@dataclass(kw_only=True, slots=True)
class Family:
    children: list[Child]
    adults: list[Adult]
    photos: Answer = Answer.YES
    named: bool = True  #: False: no post may name their children
    #: (parent id, pupil id) whose contact the roster blocks
    blocked: set[tuple[str, str]] = field(default_factory=set)


def make_families(rng: Random) -> list[Family]:
    """Families with ids in order of the roster, the same for the same generator."""
    seats = [(group, year) for group, size in zip(GROUPS, SIZES, strict=True) for year in _years(group, size)]
    rng.shuffle(seats)
    pupils, guardians = list(PUPILS_OF), list(GUARDIANS_OF)
    rng.shuffle(pupils)
    rng.shuffle(guardians)
    ids = (_numbered("p"), _numbered("g"))
    taken: set[str] = set()
    families = []
    for count, adults in zip(pupils, guardians, strict=True):
        own = [seats.pop() for _ in range(count)]
        families.append(_family(rng, sorted(own, key=lambda seat: seat[1]), adults, ids, taken))
    return families


def _numbered(letter: str) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"{letter}{number}"


def _years(group: str, size: int) -> list[int]:
    """The school year (1 to 8) of each seat; combined groups have half of each."""
    years = [int(part) for part in group.removeprefix("groep ").rstrip("abc").split("/")]
    return [years[seat % len(years)] for seat in range(size)]


def _family(
    rng: Random,
    seats: list[tuple[str, int]],
    adults: int,
    ids: tuple[Iterator[str], Iterator[str]],
    taken: set[str],
) -> Family:
    circle = _circle(rng)
    other = circle if rng.random() < 0.8 else _circle(rng)
    names = [rng.choice(each.last) for each in (circle, other, circle)]
    firsts = rng.sample(circle.pupils, len(seats))
    children = [
        _child(rng, next(ids[0]), first, names[0], group, year)
        for first, (group, year) in zip(firsts, seats, strict=True)
    ]
    guardians = [
        _adult(rng, next(ids[1]), _first_name(rng, (circle, other, circle)[at]), names[at], taken)
        for at in range(adults)
    ]
    return Family(children=children, adults=guardians)


def _circle(rng: Random) -> Circle:
    return rng.choices(CIRCLES, [circle.weight for circle in CIRCLES])[0]


def _first_name(rng: Random, circle: Circle) -> str:
    return rng.choice(circle.parents)


def _child(rng: Random, number: str, first: str, last: str, group: str, year: int) -> Child:
    """Dutch schools count from the first of October: group 3 of this year was born from October 2019 on."""
    born = date(2022 - year, 10, 1) + timedelta(days=rng.randrange(365))
    start = date(2026, 8, 31) if year > 1 else max(date(2026, 8, 31), born.replace(year=born.year + 4))
    return Child(id=number, first=first, last=last, born=born, stints=[Stint(group=group, since=start)])


def _adult(rng: Random, number: str, first: str, last: str, taken: set[str]) -> Adult:
    local = "".join(_plain(f"{first}.{last}").split())
    email = f"{local}@{rng.choice(_DOMAINS)}"
    while email in taken:
        email = f"{local}{rng.randrange(2, 99)}@{rng.choice(_DOMAINS)}"
    taken.add(email)
    channel = rng.choices(("newsletter", "", "app", "mail", "none"), (76, 6, 8, 7, 3))[0]
    return Adult(id=number, name=f"{first} {last}", email=email, channel=channel)


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.lower().translate(_STROKES))
    return "".join(letter for letter in letters if letter.isascii())
