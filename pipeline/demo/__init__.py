"""An invented primary school and one week of it, as the files that a real school would bring.

Nobody in it exists. Basisschool De Walvisboot has 12 groups, 250 pupils and 400 parents; its week is
2026-W47, with a newsletter on Friday 20 November 2026 at 15:30. Every kind of refusal occurs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from pipeline.demo.people import Answer
from pipeline.demo.pictures import Seen
from pipeline.demo.posts import CHILD, DemoPost, write_post
from pipeline.demo.posts_middle import POSTS as MIDDLE
from pipeline.demo.posts_old import POSTS as OLD
from pipeline.demo.posts_school import POSTS as SCHOOL
from pipeline.demo.posts_young import POSTS as YOUNG
from pipeline.demo.school import Cast, make_cast, write_consents, write_roster, write_staff

DOMAIN = "walvisboot.example"
POSTS = (*SCHOOL, *YOUNG, *MIDDLE, *OLD)

_SETTINGS = """\
# An invented school. Everything in it may be thrown away.
database = "sqlite:///weekbrief.db"
media = "media"

[relay]
url = {relay}
per_minute = 60000
per_day = 100000

[[school]]
id = "walvisboot"
name = "Basisschool De Walvisboot"
language = "nl"
timezone = "Europe/Amsterdam"
sender = "nieuws@{domain}"
reply_to = "info@{domain}"
management = ["hanneke@{domain}", "youssef@{domain}"]
newsletter = {{ day = "fri", time = "15:30" }}
colour = "#1f5f8a"
contact = "Telefoon 010 000 00 47, bereikbaar van 8.00 tot 16.00 uur"
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoSchool:
    """Where the school's files are, and what the demonstration does with them."""

    config: Path  #: schedules.toml
    roster: Path
    staff: Path
    consents: Path
    posts: Path  #: the folder
    school: str  #: id
    week: str
    days: tuple[str, ...]  #: for ``run --at``, in the school's zone: the week before and two school days
    at: str  #: the same, just after the newsletter's moment
    after: str  #: the same, when what went along is told to staff
    decisions: tuple[tuple[str, ...], ...]  #: commands of the staff, to give after the imports
    explain: str  #: id of a parent whose newsletter lacks a photo through custody


def write_school(folder: Path, *, relay_url: str, seed: int = 47) -> DemoSchool:
    """Write all files of the example school into ``folder``, the same bytes for the same seed."""
    rng = Random(seed)
    cast = make_cast(rng)
    school = _demo_school(folder, cast)
    school.posts.mkdir(parents=True, exist_ok=True)
    settings = _SETTINGS.format(relay=json.dumps(relay_url), domain=DOMAIN)
    school.config.write_text(settings, encoding="utf-8")
    write_roster(school.roster, cast)
    write_staff(school.staff, cast, domain=DOMAIN)
    write_consents(school.consents, cast, rng)
    for post in (_with_name(post, cast) for post in POSTS):
        shows = [_shown(picture.seen, post, cast, rng) for picture in post.pictures]
        write_post(school.posts, post, shows, seed=seed)
    return school


def _with_name(post: DemoPost, cast: Cast) -> DemoPost:
    """One post names a child whose family does not want that, by accident."""
    return replace(post, body=post.body.replace(CHILD, cast.unnamed.first))


def _demo_school(folder: Path, cast: Cast) -> DemoSchool:
    return DemoSchool(
        config=folder / "schedules.toml",
        roster=folder / "roster.csv",
        staff=folder / "staff.csv",
        consents=folder / "consents.csv",
        posts=folder / "posts",
        school="walvisboot",
        week="2026-W47",
        days=("2026-11-13T15:31:00", *(f"2026-11-{day}T17:00:00" for day in (17, 19))),
        at="2026-11-20T15:31:00",
        after="2026-11-20T16:01:00",
        decisions=tuple(_decisions(cast)),
        explain=cast.custody_parent.id,
    )


def _decisions(cast: Cast) -> Iterator[tuple[str, ...]]:
    by = ("--by", "s1")
    for adult in cast.unapproved:
        yield ("unapprove", adult.id, *by)
    yield ("block", cast.custody_parent.id, cast.custody_child.id, *by)
    yield ("block", cast.blocked_parent.id, cast.blocked_child.id, *by)
    yield ("release", "w47-kriebels", "--why", "Gelezen, prima oproep", "--by", "s7")
    yield ("hold", "w47-plattegrond", "--why", "Eerst nakijken of er geen huisadressen op staan", *by)
    yield ("withdraw", "w47-debat", "--why", "De klas wil eerst zelf de uitslag horen", "--by", "s13")


def _shown(seen: Seen, post: DemoPost, cast: Cast, rng: Random) -> Sequence[str] | None:
    """Pupil ids for ``shows``."""
    if seen is Seen.UNLISTED:
        return None
    if seen is Seen.NOBODY:
        return []
    if seen is Seen.UNKNOWN:
        return [*_some(cast, post, rng, 2), "p9047"]
    if seen is Seen.CUSTODY:
        return [*_some(cast, post, rng, 2), cast.custody_child.id]
    if seen is Seen.SOME:
        return _some(cast, post, rng, 3)
    answer = Answer.NO if seen is Seen.REFUSED else Answer.APP_ONLY
    return [*_some(cast, post, rng, 2), _pupils(cast, post, answer)[0]]


def _some(cast: Cast, post: DemoPost, rng: Random, count: int) -> list[str]:
    """Pupils with every consent, none of whom a parent is blocked for."""
    special = {cast.custody_child.id, cast.blocked_child.id}
    blocked = {pupil for family in cast.families for _, pupil in family.blocked}
    return rng.sample(
        [each for each in _pupils(cast, post, Answer.YES) if each not in special | blocked], count
    )


def _pupils(cast: Cast, post: DemoPost, answer: Answer) -> list[str]:
    """Pupils of the post's groups, there all week, whose family answered so."""
    return [
        child.id
        for family in cast.families
        if family.photos is answer
        for child in family.children
        if len(child.stints) == 1 and child.stints[0].until is None and _in(child.group, post)
    ]


def _in(group: str, post: DemoPost) -> bool:
    return post.groups == ("school",) or group in post.groups
