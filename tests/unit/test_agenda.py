"""Whose agenda holds what: against a slow model that knows nothing of how it is worked out."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from pipeline import model as m
from pipeline.agenda import agenda_again, agenda_of, agenda_span, event_of
from pipeline.collect import collect
from pipeline.facts import Facts
from pipeline.occasions import AgendaLine, CalendarEntry, LineState, Occasion, Source, SourceKind, Told
from pipeline.rules import open_lines
from tests.small_school import AMSTERDAM, FRIDAY, Small

MONDAY = datetime(2026, 11, 23, 19, 0, tzinfo=AMSTERDAM)
GROUPS = ("groep 3", "groep 4")


class School(Small):
    """With events and calendars."""

    def __init__(self, **rules: Any) -> None:
        super().__init__(**rules)
        self.entries: dict[int, CalendarEntry] = {}
        self.told: dict[tuple[int, Source], Told] = {}
        self.shown: dict[int, m.Content] = {}  #: post -> the revision that had its event last

    def event(
        self, name: str, *groups: str, starts: datetime = MONDAY, sequence: int = 0, **post: Any
    ) -> m.Post:
        event = m.Event(starts=starts, ends=starts + timedelta(hours=1), location="Aula", sequence=sequence)
        content = m.Content(revision=self.key("revision", name), title=name, body="", event=event)
        made = self.post(name, *groups, **{"content": content, **post})
        self.shown[made.key] = content
        return made

    def entry(
        self, name: str, *groups: str, starts: datetime = MONDAY, uid: str = "", **changes: Any
    ) -> Source:
        key = self.key("entry", name)
        values: dict[str, Any] = {"ends": None, "location": "", "title": name, "starts": starts, **changes}
        self.entries[key] = CalendarEntry(
            key=key,
            calendar="jaar",
            uid=uid or name,
            to_school=not groups,
            groups=frozenset(map(self.group, groups)),
            occasion=Occasion(**values),
        )
        return Source(SourceKind.CALENDAR, key)

    def tell(self, parent: str, source: Source, occasion: Occasion) -> None:
        when = occasion.when_and_where
        self.told[self.key("parent", parent), source] = Told(when, occasion.starts, when)

    def snapshot(self) -> m.Snapshot:
        eventful = {post.key: (post, self.shown[post.key]) for post in self.posts if post.key in self.shown}
        return replace(super().snapshot(), eventful=eventful, entries=self.entries, told=self.told)


def lines(school: School, parent: str, at: datetime | None = None) -> tuple[AgendaLine, ...]:
    facts = school.facts(at)
    return agenda_of(facts, facts.parent(school.key("parent", parent)))


def titles(school: School, parent: str, at: datetime | None = None) -> list[str]:
    return [line.occasion.title for line in lines(school, parent, at)]


def of(post: m.Post) -> Source:
    return Source(SourceKind.POST, post.key)


@pytest.fixture
def school() -> School:
    made = School()
    made.family("g1", "p1", "groep 3")
    made.family("g2", "p2", "groep 4")
    return made


# Which weeks.


@pytest.mark.parametrize(
    "at,until",
    [
        ("2026-11-20T15:30", date(2026, 11, 30)),  # Friday: this weekend and the week after
        ("2026-11-23T00:00", date(2026, 12, 7)),  # Monday: two whole weeks
        ("2026-11-22T23:59", date(2026, 11, 30)),  # Sunday is the week's last day
        ("2026-10-23T15:30", date(2026, 11, 2)),  # the clocks go back in between
        ("2027-03-26T15:30", date(2027, 4, 5)),  # and forward
    ],
)
def test_the_agenda_is_of_this_week_and_the_next(at: str, until: date) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=AMSTERDAM)
    first, last = agenda_span(moment, AMSTERDAM)
    assert first == moment
    assert last == datetime(until.year, until.month, until.day, tzinfo=AMSTERDAM)


def test_what_is_past_is_not_in_it_and_what_goes_on_is(school: School) -> None:
    hour = timedelta(hours=1)
    school.entry("over", starts=FRIDAY - 2 * hour, ends=FRIDAY)
    school.entry("bezig", starts=FRIDAY - 2 * hour, ends=FRIDAY + hour)
    school.entry("vandaag", starts=FRIDAY - 2 * hour)  # nobody said until when
    school.entry("gisteren", starts=FRIDAY - 24 * hour)
    school.entry("laatste", starts=datetime(2026, 11, 29, 23, 59, tzinfo=AMSTERDAM))
    school.entry("te laat", starts=datetime(2026, 11, 30, 0, 0, tzinfo=AMSTERDAM))
    assert titles(school, "g1") == ["bezig", "vandaag", "laatste"]


def test_it_is_sorted_by_time_whole_days_first(school: School) -> None:
    school.event("laat", "groep 3", starts=MONDAY)
    school.event("vroeg", "groep 3", starts=MONDAY - timedelta(hours=10))
    school.entry("hele dag", starts=datetime(2026, 11, 23, tzinfo=AMSTERDAM), all_day=True)
    school.entry("zondag", starts=MONDAY - timedelta(days=1))
    assert titles(school, "g1") == ["zondag", "hele dag", "vroeg", "laat"]


def as_they_come(
    school: School, parent: str, kind: m.RunKind = m.RunKind.IMMEDIATE
) -> tuple[AgendaLine, ...]:
    facts = Facts(school.snapshot(), replace(school.window(), kind=kind))
    return agenda_of(facts, facts.parent(school.key("parent", parent)))


def test_only_a_newsletter_says_what_is_on(school: School) -> None:
    school.entry("studiedag")
    assert as_they_come(school, "g1") == ()
    changed = school.entry("koor", sequence=1)
    school.tell("g2", changed, school.entries[changed.key].occasion)
    assert as_they_come(school, "g1") == as_they_come(school, "g2") == ()


def test_it_makes_no_mail_by_itself(school: School) -> None:
    school.entry("studiedag")
    collected = collect(school.snapshot(), school.window())
    assert {selected.withheld for selected in collected.deliveries} == {m.Withheld.NO_NEWS}
    assert not any(selected.agenda for selected in collected.deliveries)


def test_parents_with_the_same_posts_and_another_agenda_share_no_edition(school: School) -> None:
    school.post("allen")
    school.entry("luizen", "groep 3")
    collected = collect(school.snapshot(), school.window())
    assert sorted(len(edition.agenda) for edition in collected.editions.values()) == [0, 1]


# What of a post stops its event.


@pytest.mark.parametrize(
    "changes",
    [
        {"state": m.PostState.HELD},
        {"state": m.PostState.WAITING},
        {"state": m.PostState.WITHDRAWN},
        {"published": FRIDAY},
        {"published": FRIDAY - timedelta(days=8)},  # before the school's first newsletter
    ],
)
def test_a_stopped_post_has_no_event_for_who_was_told_nothing(
    school: School, changes: dict[str, Any]
) -> None:
    school.event("avond", "groep 3", **changes)
    assert lines(school, "g1") == ()


def test_an_old_post_that_everybody_had_is_still_on(school: School) -> None:
    for week in range(1, 12):
        school.run(f"2026-W{36 + week}", FRIDAY - timedelta(weeks=12 - week))
    school.event("avond", "groep 3", published=FRIDAY - timedelta(weeks=11, hours=1))
    assert titles(school, "g1") == ["avond"]
    assert titles(school, "g2") == []


# What changed, and what is off.


def test_a_changed_time_is_marked_for_who_was_told_another(school: School) -> None:
    post = school.event("avond", sequence=1)
    school.tell("g1", of(post), replace(event_of(school.shown[post.key]), location="Gymzaal"))
    assert [line.open.state for line in lines(school, "g1")] == [LineState.CHANGED]
    assert [line.open.state for line in lines(school, "g2")] == [LineState.PLAIN]


def test_another_title_alone_is_no_change_of_plans(school: School) -> None:
    post = school.event("avond", sequence=1)
    school.tell("g1", of(post), event_of(school.shown[post.key]))
    assert [line.open.state for line in lines(school, "g1")] == [LineState.PLAIN]


def test_what_was_moved_further_away_is_told_at_once_and_when_it_was_to_be(school: School) -> None:
    later = MONDAY + timedelta(days=60)
    post = school.event("avond", starts=later, sequence=1)
    before = event_of(school.shown[post.key])
    school.tell("g1", of(post), replace(before, starts=MONDAY + timedelta(days=30)))
    assert [line.open.state for line in lines(school, "g1")] == [LineState.CHANGED]
    assert lines(school, "g2") == ()
    key = school.key("parent", "g1"), of(post)
    school.told[key] = school.told[key]._replace(last=before.tidings)  # they know by now
    assert lines(school, "g1") == ()
    school.told[key] = school.told[key]._replace(starts=MONDAY)
    assert [line.open.state for line in lines(school, "g1")] == [LineState.CHANGED]


def test_a_withdrawn_post_tells_who_knew_of_it_when_it_was_to_be_and_nothing_of_its_words(
    school: School,
) -> None:
    post = school.event("Afscheid van Daan", state=m.PostState.WITHDRAWN)
    school.tell("g1", of(post), event_of(school.shown[post.key]))
    [line] = lines(school, "g1")
    assert (line.open.state, line.open.sequence) == (LineState.CANCELLED, 1)
    assert (line.occasion.title, line.occasion.location, line.occasion.starts) == ("", "", MONDAY)
    assert lines(school, "g2") == ()


def test_an_event_that_was_taken_out_of_its_post_is_off(school: School) -> None:
    now = m.Content(revision=99, title="Toch niet", body="", cancelled=3)
    post = school.event("avond", sequence=2)
    school.posts[-1] = replace(post, content=now)
    school.tell("g1", of(post), event_of(school.shown[post.key]))
    [line] = lines(school, "g1")
    assert (line.open.state, line.open.sequence, line.occasion.title) == (LineState.CANCELLED, 3, "Toch niet")


def test_who_may_not_see_the_post_any_more_hears_nothing_of_its_end(school: School) -> None:
    post = school.event("avond", "groep 3", state=m.PostState.WITHDRAWN)
    school.tell("g2", of(post), event_of(school.shown[post.key]))
    assert lines(school, "g2") == ()


# Mail as posts come.


@pytest.mark.parametrize("kind", [m.RunKind.IMMEDIATE, m.RunKind.URGENT])
def test_mail_as_posts_come_tells_what_its_reader_heard_otherwise(school: School, kind: m.RunKind) -> None:
    moved, off = school.event("avond", sequence=1), school.entry("koor", cancelled=True, sequence=1)
    for parent, source in (("g1", of(moved)), ("g2", off)):
        school.tell(parent, source, replace(event_of(school.shown[moved.key]), location="Gymzaal"))
    assert [line.open.state for line in as_they_come(school, "g1", kind)] == [LineState.CHANGED]
    assert [line.open.state for line in as_they_come(school, "g2", kind)] == [LineState.CANCELLED]


def test_mail_as_posts_come_tells_it_once_though_a_newsletter_does_again(school: School) -> None:
    post = school.event("avond", sequence=1)
    now = event_of(school.shown[post.key])
    school.tell("g1", of(post), replace(now, location="Gymzaal"))
    key = school.key("parent", "g1"), of(post)
    school.told[key] = school.told[key]._replace(last=now.tidings)
    assert as_they_come(school, "g1") == ()
    assert [line.open.state for line in lines(school, "g1")] == [LineState.CHANGED]


def test_what_a_calendar_has_of_a_post_and_of_the_school_is_made_right_in_both(school: School) -> None:
    post, entry = school.event("Koor", sequence=1), school.entry("Koor", sequence=1)
    for source in (of(post), entry):
        school.tell("g1", source, replace(event_of(school.shown[post.key]), location="Gymzaal"))
    school.tell("g2", entry, replace(event_of(school.shown[post.key]), location="Gymzaal"))
    assert [line.open.source.kind for line in as_they_come(school, "g1")] == [
        SourceKind.POST,
        SourceKind.CALENDAR,
    ]
    assert [line.open.source.kind for line in as_they_come(school, "g2")] == [SourceKind.CALENDAR]


# One thing is one line.


def test_what_a_post_and_a_calendar_speak_of_stands_there_once(school: School) -> None:
    school.event("Sint op school", "groep 3")
    school.entry("sint op School")
    [line] = lines(school, "g1")
    assert line.open.source.kind is SourceKind.POST
    assert [line.open.source.kind for line in lines(school, "g2")] == [SourceKind.CALENDAR]


def test_the_same_entry_of_two_calendars_stands_there_once(school: School) -> None:
    school.link("g1", "p2")
    school.entry("Koor", "groep 3", uid="koor")
    school.entry("Koor van groep 4", "groep 4", uid="koor")
    assert len(lines(school, "g1")) == 1


# Rule 16.


def test_lines_are_only_ever_taken_away(school: School) -> None:
    stays = school.event("blijft", "groep 3")
    school.event("gaat", "groep 3")
    entry = school.entry("studiedag")
    made = lines(school, "g1")
    assert len(made) == 3
    school.posts = [
        post if post == stays else replace(post, state=m.PostState.WITHDRAWN) for post in school.posts
    ]
    school.entry("nieuw")
    held = school.entries[entry.key]
    school.entries[entry.key] = replace(held, occasion=replace(held.occasion, cancelled=True, sequence=1))
    facts = school.facts()
    left = agenda_again(facts, facts.parent(school.key("parent", "g1")), open_lines(made))
    assert [line.occasion.title for line in left] == ["blijft"]


def test_a_line_that_says_another_time_than_it_is_now_does_not_go(school: School) -> None:
    post = school.event("avond", "groep 3")
    made = lines(school, "g1")
    event = m.Event(starts=MONDAY + timedelta(hours=2), ends=None, location="Aula", sequence=1)
    content = m.Content(revision=98, title="avond", body="", event=event)
    school.posts = [replace(post, content=content)]
    school.shown[post.key] = content
    facts = school.facts()
    assert agenda_again(facts, facts.parent(school.key("parent", "g1")), open_lines(made)) == ()


# A slow model.

dates = st.none() | st.integers(-30, 30).map(lambda days: FRIDAY.date() + timedelta(days=days))
enrolled = st.lists(st.tuples(st.sampled_from(GROUPS), dates, dates), min_size=1, max_size=3)
links = st.fixed_dictionaries(
    {
        "approval": st.sampled_from([*m.Approval, m.Approval.APPROVED, m.Approval.APPROVED]),
        "blocked": st.sampled_from([False, False, True]),
        "ended": st.sampled_from([False, False, True]),
        "since": dates,
        "until": dates,
    }
)
whom = st.lists(st.sampled_from(GROUPS), unique=True, max_size=2)
published = st.integers(1, 160).map(lambda hours: FRIDAY - timedelta(hours=hours))


@settings(max_examples=4000 if os.environ.get("WEEKBRIEF_ORACLE") == "long" else 80, deadline=None)
@given(
    children=st.lists(enrolled, min_size=1, max_size=3),
    ties=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2), links), max_size=4),
    posts=st.lists(st.tuples(whom, published, st.sampled_from(m.PostState)), max_size=3),
    entries=st.lists(whom, max_size=3),
)
def test_every_line_is_for_its_reader_and_no_other_is_missing(
    children: list[Any], ties: list[Any], posts: list[Any], entries: list[Any]
) -> None:
    school = School()
    for number, stays in enumerate(children):
        for group, since, until in stays:
            school.enrol(f"p{number}", group, since=since, until=until)
    for parent in range(2):
        school.parent(f"g{parent}")
    for parent, child, link in {
        (p, c % len(children)): (p, c % len(children), k) for p, c, k in ties
    }.values():
        school.link(f"g{parent}", f"p{child}", **link)
    for number, (groups, when, state) in enumerate(posts):
        school.event(f"post {number}", *groups, published=when, state=state)
    for number, groups in enumerate(entries):
        school.entry(f"entry {number}", *groups)
    for parent in range(2):
        assert sorted(titles(school, f"g{parent}")) == sorted(_slowly(school, f"g{parent}")), parent


def _slowly(school: School, parent: str) -> list[str]:
    """Rule 2, read aloud: by each child, each of its days in a group, one by one."""
    today, mine = FRIDAY.date(), school.key("parent", parent)
    found = []
    for post in school.posts:
        if post.state is m.PostState.LIVE:
            day = post.published.astimezone(AMSTERDAM).date()
            kids = _children(school, mine, today)
            if any(
                _was_there(school, kid, None if post.to_school else post.groups, day, today) for kid in kids
            ):
                found.append(post.content.title)
    for entry in school.entries.values():
        groups = {g for kid in _children(school, mine, today) for g in _groups_on(school, kid, today)}
        if groups and (entry.to_school or groups & entry.groups):
            found.append(entry.occasion.title)
    return found


def _children(school: School, parent: int, today: date) -> list[int]:
    return [
        link.pupil
        for link in school.links
        if link.parent == parent
        and link.approval is m.Approval.APPROVED
        and not link.blocked
        and not link.ended
        and (link.since or date.min) <= today < (link.until or date.max)
        and _groups_on(school, link.pupil, today)
    ]


def _groups_on(school: School, pupil: int, day: date) -> set[int]:
    return {
        e.group
        for e in school.enrolments
        if e.pupil == pupil and (e.since or date.min) <= day < (e.until or date.max)
    }


def _was_there(school: School, pupil: int, groups: frozenset[int] | None, day: date, today: date) -> bool:
    """In one of these groups today, and on every day since the post came; None: in any group at all."""
    days = [day + timedelta(days=n) for n in range((today - day).days + 1)]
    if groups is None:
        return all(_groups_on(school, pupil, each) for each in days)
    return any(all(group in _groups_on(school, pupil, each) for each in days) for group in groups)
