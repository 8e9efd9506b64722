"""What the school's files and its staff's decisions leave behind: the state that the rules read.

`Facts` is the timeline played up to some step. Nothing here decides who gets what.
``version`` counts the changes, so that "before" and "after" a run need no clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from tests.oracle.world import (
    SCHOOL,
    Act,
    Answer,
    Channel,
    Decide,
    ImportConsents,
    ImportPosts,
    ImportRoster,
    Post,
    Prefer,
    Purpose,
    ReleaseRun,
    Role,
    Row,
    RunDue,
    RunWeekly,
    Settings,
    StaffMember,
    Step,
)


class State(StrEnum):
    LIVE = "live"
    WAITING = "waiting"
    HELD = "held"
    WITHDRAWN = "withdrawn"


@dataclass(slots=True)
class Parent:
    email: str
    language: str
    channel: Channel
    left_none: int = 0  #: version at which the channel last changed away from none
    first: Channel = Channel.NEWSLETTER  #: with which they came
    switches: tuple[tuple[int, Channel], ...] = ()  #: version of each change, and the channel before it
    chosen: bool = False  #: by the parent or staff, so that the roster's does not count


@dataclass(slots=True)
class Link:
    approved: bool | None = None  #: None: nobody decided yet
    blocked: bool = False
    ended: bool = False
    let_in: int = 0  #: version of the last approval, unblock or return


@dataclass(slots=True)
class Enrolment:
    pupil: str
    group: str
    since: date | None
    until: date | None
    ended: bool = False  #: gone from the roster


@dataclass(slots=True)
class Story:
    """A post and what staff made of it."""

    post: Post
    state: State
    released: int = 0  #: version of the last release
    let_go: frozenset[tuple[str, Purpose]] = frozenset()  #: pupils whom a person let it name
    held: dict[Purpose, frozenset[str]] = field(default_factory=dict)  #: for whose names it waited last
    lifted: dict[Purpose, int] = field(default_factory=dict)  #: version at which it last waited for one less


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """An earlier weekly run."""

    key: str
    since: datetime
    until: datetime
    version: int
    sendable: frozenset[str]
    sent: dict[str, frozenset[str]]  #: parent -> posts
    failed: dict[str, frozenset[str]]


@dataclass(slots=True)
class Facts:
    settings: Settings
    staff: tuple[StaffMember, ...]
    version: int = 0
    parents: dict[str, Parent] = field(default_factory=dict)
    born: dict[str, date | None] = field(default_factory=dict)  #: every pupil the school ever named
    links: dict[tuple[str, str], Link] = field(default_factory=dict)  #: (parent, pupil)
    enrolments: list[Enrolment] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    posts: dict[str, Story] = field(default_factory=dict)
    runs: list[Past] = field(default_factory=list)


def frozen(facts: Facts) -> Facts:
    """The facts as they are now, which later changes leave alone."""
    return replace(
        facts,
        parents={name: replace(parent) for name, parent in facts.parents.items()},
        born=dict(facts.born),
        links={pair: replace(link) for pair, link in facts.links.items()},
        enrolments=[replace(enrolment) for enrolment in facts.enrolments],
        answers=list(facts.answers),
        posts={name: replace(story) for name, story in facts.posts.items()},
        runs=list(facts.runs),
    )


def change(facts: Facts, step: Step) -> None:
    """Let one import or decision happen."""
    facts.version += 1
    match step:
        case ImportRoster():
            import_roster(facts, step)
        case ImportConsents():
            import_consents(facts, step)
        case ImportPosts():
            for post in step.posts:
                import_post(facts, post)
        case Decide(act=Act.HOLD | Act.RELEASE | Act.WITHDRAW):
            decide_post(facts, step)
        case Decide():
            decide_parent(facts, step)
        case Prefer():
            facts.parents[step.parent].chosen = True
            change_channel(facts, facts.parents[step.parent], step.channel)
        case RunWeekly() | RunDue() | ReleaseRun():
            raise TypeError("a run is judged by model.py and channels.py")


def import_roster(facts: Facts, step: ImportRoster) -> None:
    for row in step.rows:
        facts.born[row.pupil] = row.born
        update_parent(facts, row)
        update_link(facts, row)
        update_enrolment(facts, row)
    end_what_is_gone(facts, step)
    if step.approve:
        approve_undecided(facts, step.rows)


def update_parent(facts: Facts, row: Row) -> None:
    known = facts.parents.get(row.parent)
    if known is None:
        facts.parents[row.parent] = Parent(row.email, row.language, row.channel, first=row.channel)
        return
    known.email, known.language = row.email, row.language
    if not known.chosen:
        change_channel(facts, known, row.channel)


def change_channel(facts: Facts, parent: Parent, channel: Channel) -> None:
    if parent.channel is Channel.NONE and channel is not Channel.NONE:
        parent.left_none = facts.version
    if channel is not parent.channel:
        parent.switches += ((facts.version, parent.channel),)
    parent.channel = channel


def update_link(facts: Facts, row: Row) -> None:
    """An import adds blocks and never lifts one (also again after staff lifted the same block).

    A link that comes back keeps its approval and counts as newly let in.
    """
    link = facts.links.setdefault((row.parent, row.pupil), Link())
    if link.ended:
        link.ended = False
        link.let_in = facts.version
    if row.blocked:
        link.blocked = True


def update_enrolment(facts: Facts, row: Row) -> None:
    """A pupil in a group once; a second import changes the dates.

    An enrolment that comes back after it was gone stands beside the one that was ended.
    """
    for enrolment in facts.enrolments:
        if (enrolment.pupil, enrolment.group, enrolment.ended) == (row.pupil, row.group, False):
            enrolment.since, enrolment.until = row.since, row.until
            return
    facts.enrolments.append(Enrolment(row.pupil, row.group, row.since, row.until))


def end_what_is_gone(facts: Facts, step: ImportRoster) -> None:
    """What the newer roster lacks is ended on the day of the import, or earlier where it had an end date."""
    for (parent, pupil), link in facts.links.items():
        if not any((row.parent, row.pupil) == (parent, pupil) for row in step.rows):
            link.ended = True
    for enrolment in facts.enrolments:
        here = any((row.pupil, row.group) == (enrolment.pupil, enrolment.group) for row in step.rows)
        if not here and not enrolment.ended:
            enrolment.ended = True
            enrolment.until = min(enrolment.until or step.on, step.on)


def approve_undecided(facts: Facts, rows: tuple[Row, ...]) -> None:
    """``--approve``: links of this file that nobody decided about, blocked ones too.

    Not those of a parent whom staff unapproved. A block is no decision about approval.
    """
    for row in rows:
        theirs = [link for (parent, _), link in facts.links.items() if parent == row.parent]
        link = facts.links[row.parent, row.pupil]
        if link.approved is None and not any(one.approved is False for one in theirs):
            link.approved, link.let_in = True, facts.version


def decide_parent(facts: Facts, step: Decide) -> None:
    """approve and unapprove are about all links of the parent, ended and blocked ones too.

    Saying again what is so already changes nothing, so it is no new approval.
    """
    for (parent, pupil), link in facts.links.items():
        if parent != step.parent:
            continue
        if step.act is Act.APPROVE and link.approved is not True:
            link.approved, link.let_in = True, facts.version
        if step.act is Act.UNAPPROVE:
            link.approved = False
        if step.act is Act.BLOCK and pupil == step.pupil:
            link.blocked = True
        if step.act is Act.UNBLOCK and pupil == step.pupil and link.blocked:
            link.blocked, link.let_in = False, facts.version


def import_consents(facts: Facts, step: ImportConsents) -> None:
    """Append-only. An answer of somebody who never had a link is refused, so it does not exist."""
    for answer in step.answers:
        allowed = answer.pupil in facts.born and answer.by in (answer.pupil, *guardians(facts, answer.pupil))
        if allowed and answer not in facts.answers:
            facts.answers.append(answer)


def guardians(facts: Facts, pupil: str) -> list[str]:
    return [parent for parent, child in facts.links if child == pupil]


def channel_at(parent: Parent, version: int) -> Channel:
    """Which channel they had; who came later counts as having had their first one."""
    later = [was for changed, was in parent.switches if changed > version]
    return later[0] if later else parent.channel


def import_post(facts: Facts, post: Post) -> None:
    """A post that comes again has new content and keeps its state; but what a teacher released of a class
    parent (rule 3) was the post as it stood, so that another waits again."""
    waits = facts.settings.class_parent_waits and role_of(facts, post.author) is Role.CLASS_PARENT
    story = facts.posts.get(post.id)
    if story is None:
        facts.posts[post.id] = Story(post, State.WAITING if waits else State.LIVE)
        return
    if waits and post != story.post and story.state is State.LIVE:
        story.state = State.WAITING
    story.post = post


def decide_post(facts: Facts, step: Decide) -> None:
    """Withdrawn is for good. Releasing a post that nothing holds back changes nothing."""
    story = facts.posts.get(step.post)
    if story is None or story.state is State.WITHDRAWN:
        return
    if step.act is Act.WITHDRAW:
        story.state = State.WITHDRAWN
    elif step.act is Act.HOLD:
        story.state = State.HELD
    elif story.state is not State.LIVE:
        story.state, story.released = State.LIVE, facts.version


def role_of(facts: Facts, author: str) -> Role | None:
    for member in facts.staff:
        if member.id == author:
            return member.role
    return None


def groups_of(facts: Facts, author: str) -> tuple[str, ...]:
    for member in facts.staff:
        if member.id == author:
            return member.groups
    return ()


def to_school(post: Post) -> bool:
    return SCHOOL in post.groups
