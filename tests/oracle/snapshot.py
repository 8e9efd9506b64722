"""The same school as `pipeline.model` values, for checking `collect` in memory.

Internal keys are the positions in sorted order, each kind from a start of its own, so that a
mixed-up key finds nothing instead of somebody else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pipeline import model as m
from tests.oracle.facts import Facts, Past, Story, to_school
from tests.oracle.files import first_name, last_name, naming
from tests.oracle.model import Outcome
from tests.oracle.world import Photo, Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Keys:
    """School ids to internal keys."""

    groups: dict[str, int]
    pupils: dict[str, int]
    parents: dict[str, int]
    staff: dict[str, int]
    posts: dict[str, int]


def keys_of(facts: Facts) -> Keys:
    groups = {one.group for one in facts.enrolments}
    groups |= {name for member in facts.staff for name in member.groups}
    groups |= {
        name for story in facts.posts.values() if not to_school(story.post) for name in story.post.groups
    }
    return Keys(
        groups=numbered(groups, 100),
        pupils=numbered(facts.born, 200),
        parents=numbered(facts.parents, 300),
        staff=numbered((member.id for member in facts.staff), 400),
        posts=numbered(facts.posts, 500),
    )


def numbered(names: Iterable[str], start: int) -> dict[str, int]:
    return {name: key for key, name in enumerate(sorted(names), start)}


def snapshot_of(outcome: Outcome) -> m.Snapshot:
    """Everything that the school's database would say when this run is made."""
    facts, keys = outcome.before, keys_of(outcome.before)
    return m.Snapshot(
        school=school(facts.settings),
        policy_version=facts.version,
        groups={key: m.Group(key=key, name=name) for name, key in keys.groups.items()},
        pupils={key: pupil(key, name, facts.born[name]) for name, key in keys.pupils.items()},
        parents=parents(facts, keys),
        guardianships=guardianships(facts, keys),
        enrolments=enrolments(facts, keys),
        staff=staff(facts, keys),
        consents=consents(facts, keys),
        posts=tuple(post(story, keys) for story in facts.posts.values()),
        runs=tuple(past_run(run, keys) for run in facts.runs),
        had=by_parent([run.sent for run in facts.runs], keys),
        failed=by_parent([run.failed for run in facts.runs], keys),
        switches={
            keys.parents[name]: tuple(
                m.Switch(version=version, was=m.Channel(was.value)) for version, was in one.switches
            )
            for name, one in facts.parents.items()
            if one.switches
        },
    )


def pupil(key: int, name: str, born: date | None) -> m.Pupil:
    return m.Pupil(key=key, id=name, birth_date=born, first_name=first_name(name), last_name=last_name(name))


def window_of(outcome: Outcome) -> m.Window:
    return m.Window(
        kind=m.RunKind.WEEKLY,
        key=outcome.run.week.key,
        since=outcome.since,
        until=outcome.until,
        at=outcome.run.at,
    )


def school(settings: Settings) -> m.School:
    return m.School(
        key=1,
        id="school",
        name="De School",
        language="nl",
        zone=settings.zone,
        sender="nieuws@school.example",
        reply_to="info@school.example",
        rules=m.RuleSettings(
            own_child_photo=settings.own_child_photo,
            class_parent_waits=settings.class_parent_waits,
            consent_per_school_year=settings.consent_per_school_year,
            owed_days=settings.owed_days,
        ),
    )


def parents(facts: Facts, keys: Keys) -> tuple[m.Parent, ...]:
    return tuple(
        m.Parent(
            key=keys.parents[name],
            id=name,
            name=f"Ouder {name}",
            address=one.email or None,
            language=one.language,
            channel=m.Channel(one.channel.value),
            suppressed=False,
            channel_since=one.left_none,
        )
        for name, one in facts.parents.items()
    )


APPROVALS = {None: m.Approval.UNDECIDED, True: m.Approval.APPROVED, False: m.Approval.UNAPPROVED}


def guardianships(facts: Facts, keys: Keys) -> tuple[m.Guardianship, ...]:
    return tuple(
        m.Guardianship(
            parent=keys.parents[parent],
            pupil=keys.pupils[pupil],
            approval=APPROVALS[link.approved],
            blocked=link.blocked,
            ended=link.ended,
            since=None,
            until=None,
            allowed_since=link.let_in,
        )
        for (parent, pupil), link in facts.links.items()
    )


def enrolments(facts: Facts, keys: Keys) -> tuple[m.Enrolment, ...]:
    return tuple(
        m.Enrolment(
            pupil=keys.pupils[one.pupil],
            group=keys.groups[one.group],
            since=one.since,
            until=one.until,
            ended=one.ended,
        )
        for one in facts.enrolments
    )


def staff(facts: Facts, keys: Keys) -> dict[int, m.Staff]:
    return {
        keys.staff[one.id]: m.Staff(
            key=keys.staff[one.id],
            id=one.id,
            name=f"Juf {one.id}",
            email=f"{one.id}@school.example",
            role=m.Role(one.role.value),
            groups=frozenset(keys.groups[group] for group in one.groups),
        )
        for one in facts.staff
    }


def consents(facts: Facts, keys: Keys) -> tuple[m.ConsentAnswer, ...]:
    """The pupil's own answer has no parent."""
    return tuple(
        m.ConsentAnswer(
            pupil=keys.pupils[one.pupil],
            purpose=m.Purpose(one.purpose.value),
            kind=m.Kind(one.kind.value),
            yes=one.yes,
            by=None if one.by == one.pupil else keys.parents[one.by],
            given_at=one.at,
        )
        for one in facts.answers
    )


def post(story: Story, keys: Keys) -> m.Post:
    one = story.post
    photos = tuple(photo(each, keys.posts[one.id] * 100 + place) for place, each in enumerate(one.photos))
    return m.Post(
        key=keys.posts[one.id],
        id=one.id,
        author=keys.staff[one.author],
        to_school=to_school(one),
        groups=frozenset() if to_school(one) else frozenset(keys.groups[name] for name in one.groups),
        published=one.published,
        state=m.PostState(story.state.value),
        released_since=story.released,
        content=m.Content(
            revision=1, title=f"Bericht {one.id}", body=f"Een mooie week. {naming(one)}", photos=photos
        ),
    )


VIDEO = m.Video(file="x-video.mp4", seconds=42, width=600, height=400, octets=1, digest="")


def photo(one: Photo, key: int) -> m.Photo:
    return m.Photo(
        key=key,
        file=one.file,
        name=f"{key:x}.jpg",
        shows=None if one.shows is None else frozenset(one.shows),
        alt=f"Foto {one.file}",
        caption="",
        width=600,
        height=400,
        video=VIDEO if one.video else None,
    )


def past_run(run: Past, keys: Keys) -> m.PastRun:
    return m.PastRun(
        key=run.key,
        since=run.since,
        until=run.until,
        policy_version=run.version,
        taken=frozenset(keys.posts[name] for name in run.sendable),
    )


def by_parent(runs: list[dict[str, frozenset[str]]], keys: Keys) -> dict[int, frozenset[int]]:
    """Parent to every post of all these runs; parents without any are left out."""
    result: dict[int, frozenset[int]] = {}
    for run in runs:
        for parent, posts in run.items():
            found = frozenset(keys.posts[name] for name in posts)
            result[keys.parents[parent]] = result.get(keys.parents[parent], frozenset()) | found
    return result
