"""A snapshot at one calendar moment, indexed for the rules. Built once per snapshot; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

from pipeline.days import age_on, first_instant, local_date, local_day_start
from pipeline.model import (
    CHANNEL_OF,
    ConsentAnswer,
    Content,
    Enrolment,
    Guardianship,
    Parent,
    PastRun,
    PhotoReason,
    Post,
    PostReason,
    Pupil,
    Role,
    RunKind,
    School,
    Snapshot,
    Via,
    Window,
    serves,
)
from pipeline.room import Weights
from pipeline.spans import Span, unbroken

Value = TypeVar("Value")


class Facts:
    """What the rules ask of one school at `Window.at`."""

    def __init__(self, snapshot: Snapshot, window: Window) -> None:
        self.snapshot = snapshot
        self.window = window
        self.school: School = snapshot.school
        self.today: date = local_date(window.at, self.school.zone)
        self._day_starts: dict[date, datetime] = {}
        self._stays: dict[int, Span | None] = {}
        self._since: dict[tuple[int, int], date | None] = {}
        self._names: dict[tuple[Via, ...], tuple[str, ...]] = {}
        #: what the rules about posts said, by post and revision
        self.unsendable: dict[tuple[int, int], PostReason | None] = {}
        self.searched: dict[Hashable, Any] = {}  #: what the text rules looked up and found, each once
        self.photo_stays: dict[int, PhotoReason | None] = {}  #: why a photo goes to nobody, by photo
        self.weights = Weights()
        self.granted: dict[Hashable, bool] = {}  #: the consent rule's answers, asked once per pupil

    @cached_property
    def links_of(self) -> dict[int, list[Guardianship]]:
        return by(self.snapshot.guardianships, lambda link: link.parent)

    @cached_property
    def links_to(self) -> dict[int, list[Guardianship]]:
        return by(self.snapshot.guardianships, lambda link: link.pupil)

    @cached_property
    def enrolments_of(self) -> dict[int, list[Enrolment]]:
        return by(self.snapshot.enrolments, lambda enrolment: enrolment.pupil)

    @cached_property
    def answers_about(self) -> dict[Hashable, list[ConsentAnswer]]:  # pupil, purpose and kind
        return by(self.snapshot.consents, lambda answer: (answer.pupil, answer.purpose, answer.kind))

    @cached_property
    def pupil_by_id(self) -> dict[str, Pupil]:
        return {pupil.id: pupil for pupil in self.snapshot.pupils.values()}

    @cached_property
    def _parents(self) -> dict[int, Parent]:
        return {parent.key: parent for parent in self.snapshot.parents}

    def parent(self, key: int) -> Parent:
        return self._parents[key]

    @cached_property
    def _posts(self) -> dict[int, Post]:
        return {post.key: post for post in self.snapshot.posts}

    def post(self, key: int) -> Post:
        return self._posts[key]

    def group_names(self, paths: tuple[Via, ...]) -> tuple[str, ...]:
        """The groups by which a post reaches somebody, in the order of their names."""
        if paths not in self._names:
            groups = self.snapshot.groups
            names = {groups[path.group].name for path in paths if path.group is not None}
            self._names[paths] = tuple(sorted(names))
        return self._names[paths]

    @cached_property
    def _contents(self) -> dict[int, Content]:
        current = {post.content.revision: post.content for post in self.snapshot.posts}
        return {**self.snapshot.old_contents, **current}

    def content(self, revision: int) -> Content:
        """A revision's text and photos; its photos carry today's ``shows`` and whether they were removed."""
        return self._contents[revision]

    def as_shown(self, post: Post, revision: int) -> Post:
        """The post with the text and photos of one of its revisions."""
        return post if revision == post.content.revision else replace(post, content=self.content(revision))

    @cached_property
    def barred_ids(self) -> dict[int, frozenset[str]]:
        """Parent -> ids of pupils they are blocked for, also through links that have ended (rule 1)."""
        blocked = by((link for link in self.snapshot.guardianships if link.blocked), lambda link: link.parent)
        pupils = self.snapshot.pupils
        return {
            parent: frozenset(pupils[link.pupil].id for link in links) for parent, links in blocked.items()
        }

    @cached_property
    def taken_by(self) -> dict[int, list[PastRun]]:
        """Post -> the earlier runs for which it was sendable, newest first."""
        runs: dict[int, list[PastRun]] = defaultdict(list)
        for run in reversed(self.snapshot.runs):
            for post in run.taken:
                runs[post].append(run)
        return runs

    @cached_property
    def _taken_for_us(self) -> dict[int, PastRun]:
        """Post -> the last earlier run that had it for those who are on this run's channel."""
        return {
            post: run
            for run in self.snapshot.runs
            if self._for_us(run)
            for post in run.taken
            if self._counts(run, post)
        }

    def _for_us(self, run: PastRun) -> bool:
        """An urgent run is for every channel; that another had the post says nothing of the rest."""
        if self.window.kind is RunKind.URGENT:
            return run.kind is RunKind.URGENT
        return serves(run.kind, CHANNEL_OF[self.window.kind])

    def _counts(self, run: PastRun, post: int) -> bool:
        """A post that is urgent no more keeps to the parents' own channels: what an urgent run made of it
        counts only for who had it by then."""
        return run.kind is not RunKind.URGENT or post not in self._posts or self.urgent(self.post(post))

    def urgent(self, post: Post) -> bool:
        """Only management may overrule what parents chose, and only for as long as they are management."""
        staff = self.snapshot.staff.get(post.author)
        return post.urgent and staff is not None and staff.role is Role.MANAGEMENT

    def served_by(self, parent: Parent, post: Post) -> PastRun | None:
        """The last earlier run that had this post for this parent, whether or not it arrived (rule 5)."""
        runs = (run for run in self.taken_by.get(post.key, ()) if self._counts(run, post.key))
        return next((run for run in runs if self._served(parent, run)), None)

    def _served(self, parent: Parent, run: PastRun) -> bool:
        """Whether the run was one of the channel that the parent had then."""
        then = next(
            (
                switch.was
                for switch in self.snapshot.switches.get(parent.key, ())
                if switch.version > run.policy_version
            ),
            parent.channel,
        )
        return serves(run.kind, then)

    @cached_property
    def _given_up(self) -> frozenset[int]:
        """Posts of which a delivery failed, or was given up while it waited."""
        lost = (*self.snapshot.failed.values(), *self.snapshot.passed_over.values())
        return frozenset(post for posts in lost for post in posts)

    def settled(self, post: Post) -> bool:
        """Whether an earlier run took this post, it was not released since, and no delivery of it was lost:
        then nobody who kept their channel is owed it any more (rule 5)."""
        return not self.fresh(post) and post.key not in self._given_up

    def fresh(self, post: Post) -> bool:
        """Whether no earlier run of this channel could have it as it stands."""
        run = self._taken_for_us.get(post.key)
        return (
            run is None
            or (self.window.kind is RunKind.WEEKLY and post.published >= self.window.since)
            or post.released_since > run.policy_version
        )

    @cached_property
    def access(self) -> dict[int, list[tuple[Guardianship, list[Enrolment]]]]:
        """Parent -> the links that let them in today, each with the pupil's current enrolments (rule 2)."""
        current: dict[int, list[tuple[Guardianship, list[Enrolment]]]] = {}
        for parent, links in self.links_of.items():
            for link in links:
                if link.approval != "approved" or not self.holds(link):
                    continue
                if enrolments := self.current_enrolments(link.pupil):
                    current.setdefault(parent, []).append((link, enrolments))
        return current

    def holds(self, link: Guardianship) -> bool:
        """Current and unblocked; whether the school approved it is another question."""
        return not link.blocked and not link.ended and Span(link.since, link.until).holds(self.today)

    def current_enrolments(self, pupil: int) -> list[Enrolment]:
        return [
            enrolment
            for enrolment in self.enrolments_of.get(pupil, ())
            if not enrolment.ended and Span(enrolment.since, enrolment.until).holds(self.today)
        ]

    def began(self, day: date | None) -> datetime | None:
        """The first instant of ``day`` in the school's zone; None stays open."""
        if day is None:
            return None
        if day not in self._day_starts:
            self._day_starts[day] = local_day_start(day, self.school.zone)
        return self._day_starts[day]

    def in_group_since(self, pupil: int, group: int) -> date | None:
        """First day of the pupil's unbroken time in this group, given that they are in it today."""
        if (pupil, group) not in self._since:
            self._since[pupil, group] = self._work_out_since(pupil, group)
        return self._since[pupil, group]

    def _work_out_since(self, pupil: int, group: int) -> date | None:
        spans = [
            Span(e.since, e.until) for e in self.enrolments_of[pupil] if e.group == group and not e.ended
        ]
        stay = unbroken(spans, self.today)
        assert stay is not None, "asked for a group the pupil is not in"
        return stay.since

    def stay(self, pupil: int) -> Span | None:
        """The present unbroken stay at the school, over all groups (rule 2); None for who is not here.

        An enrolment that a newer roster no longer has counts as part of the stay, but cannot by
        itself make the pupil present.
        """
        if pupil not in self._stays:
            here = bool(self.current_enrolments(pupil))
            spans = [Span(e.since, e.until) for e in self.enrolments_of.get(pupil, ())]
            self._stays[pupil] = unbroken(spans, self.today) if here else None
        return self._stays[pupil]

    def last_left(self, pupil: int) -> date | None:
        """The day an earlier stay ended, if there was one before the present stay (rule 9).

        An enrolment that was taken back before it began is no stay: nobody left.
        """
        stay = self.stay(pupil)
        if stay is None or stay.since is None:
            return None
        began = (e for e in self.enrolments_of[pupil] if not Span(e.since, e.until).empty)
        return max((e.until for e in began if e.until is not None and e.until < stay.since), default=None)

    def of_age(self, pupil: Pupil, day: date) -> bool:
        """From the sixteenth birthday the pupil's own answer decides (rule 9)."""
        return pupil.birth_date is not None and age_on(pupil.birth_date, day) >= 16

    @cached_property
    def school_year_began(self) -> datetime:
        month, day = self.school.rules.school_year_starts
        year = self.today.year - (date(self.today.year, month, day) > self.today)
        return local_day_start(date(year, month, day), self.school.zone)

    @cached_property
    def owed_from(self) -> datetime:
        """Nothing published before this is owed: the first run's window, and the days of the setting."""
        local = self.window.until.astimezone(self.school.zone)
        oldest = local.replace(tzinfo=None) - timedelta(days=self.school.rules.owed_days)
        oldest_owed = first_instant(oldest, self.school.zone)
        if self.window.carried_from is not None:
            oldest_owed = min(oldest_owed, self.window.carried_from)
        return max(oldest_owed, self.first_since)

    @cached_property
    def first_since(self) -> datetime:
        """Where the window of the school's first run begins, or began."""
        runs = self.snapshot.runs
        known = [self.snapshot.first_since] if self.snapshot.first_since else []
        return min([self.window.since, *known, *(run.since for run in runs)])

    def window_of(self, published: datetime) -> PastRun | None:
        """The newsletter in whose window a post was published, once that was made."""
        weekly = (run for run in self.snapshot.runs if run.kind is RunKind.WEEKLY)
        return next((run for run in weekly if run.since <= published < run.until), None)


def by(values: Iterable[Value], key: Callable[[Value], Any]) -> dict[Any, list[Value]]:
    grouped: dict[Any, list[Value]] = defaultdict(list)
    for value in values:
        grouped[key(value)].append(value)
    return dict(grouped)
