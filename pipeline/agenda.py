"""The agenda of a newsletter: what is on this week and the next, for whom, and what became of it.

An event of a post stands there for who is in that post's audience now (rule 2), whether or not they had
the post; an entry of a school calendar for who has a current child in one of its groups. What changed or
is off is marked for who was told otherwise. Worked out once for all parents with the same groups.

Mail of posts as they come has only what its reader was told otherwise, once (docs/decisions/0037).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from pipeline.audience import audience
from pipeline.days import local_date, local_day_start
from pipeline.facts import Facts
from pipeline.model import Content, Parent, Post, PostReason, PostState, RunKind
from pipeline.occasions import (
    AgendaLine,
    CalendarEntry,
    LineState,
    Occasion,
    OpenLine,
    Source,
    SourceKind,
    Told,
)
from pipeline.sendable import off_agenda
from pipeline.text_rules import entry_findings

Value = TypeVar("Value")
Lines = tuple[AgendaLine, ...]

#: What was worked out of some facts, for as long as somebody has these.
_KNOWN: WeakKeyDictionary[Facts, dict[Hashable, Any]] = WeakKeyDictionary()


def agenda_span(at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From a moment to the end of the week after it, by the school's calendar; weeks end with Sunday."""
    today = local_date(at, zone)
    return at, local_day_start(today + timedelta(days=14 - today.weekday()), zone)


def agenda_of(facts: Facts, parent: Parent) -> Lines:
    """What stands in this parent's agenda, by time; of mail as posts come, what is news of it."""
    if facts.window.kind is not RunKind.WEEKLY:
        return tuple(_news(facts, parent)) if facts.snapshot.told else ()
    key = ("lines", _reach(facts, parent))
    lines = _once(facts, key, lambda: tuple(_lines(facts, parent)))
    settled = not any(line.occasion.sequence or line.occasion.cancelled for line in lines)
    return lines if settled else tuple(_for_reader(facts, parent, lines))


def agenda_again(facts: Facts, parent: Parent, waiting: tuple[OpenLine, ...]) -> Lines:
    """What of an open delivery's agenda may still go (rule 16): lines are only ever taken away."""
    key = ("again", _reach(facts, parent), waiting)
    return _once(facts, key, lambda: tuple(_still(facts, parent, waiting)))


def _once(facts: Facts, key: Hashable, make: Callable[[], Value]) -> Value:
    known = _KNOWN.setdefault(facts, {})
    if key not in known:
        known[key] = make()
    made: Value = known[key]
    return made


def _reach(facts: Facts, parent: Parent) -> frozenset[object]:
    """All that `audience` asks of a parent: who have the same see the same agenda."""
    return _once(
        facts,
        ("reach", parent.key),
        lambda: frozenset(
            (
                facts.stay(link.pupil),
                frozenset((e.group, facts.in_group_since(link.pupil, e.group)) for e in enrolments),
            )
            for link, enrolments in facts.access.get(parent.key, ())
        ),
    )


# What is on.


@dataclass(frozen=True, slots=True)
class _Found:
    source: Source
    occasion: Occasion


def _found(facts: Facts) -> list[_Found]:
    """What somebody's agenda may hold, by time; whole days come before the hours of their day."""
    moved = {source for _, source in facts.snapshot.told}
    found = [each for each in _everything(facts) if each.source in moved or _in_span(facts, each.occasion)]
    return sorted(found, key=lambda each: _rank(facts, each))


def _span(facts: Facts) -> tuple[datetime, datetime]:
    return _once(facts, "span", lambda: agenda_span(facts.window.at, facts.school.zone))


def _in_span(facts: Facts, occasion: Occasion) -> bool:
    return _once(facts, ("in span", occasion), lambda: _lies_in(_span(facts), occasion, facts.school.zone))


def _lies_in(span: tuple[datetime, datetime], occasion: Occasion, zone: ZoneInfo) -> bool:
    since, until = span
    return occasion.starts < until and occasion.over(zone) > since


def _worth_telling(facts: Facts, before: Told, occasion: Occasion) -> bool:
    """Whether a reader is told of a change now: at the first chance, and when it is or was to be soon."""
    since, until = _span(facts)
    if before.last != occasion.tidings:
        return _is_news(facts, before, occasion)
    return since <= before.starts < until or _in_span(facts, occasion)


def _is_news(facts: Facts, before: Told, occasion: Occasion) -> bool:
    """Whether a reader heard otherwise of what is, or was to be, still to come."""
    to_come = max(occasion.over(facts.school.zone), before.starts) > facts.window.at
    return before.last != occasion.tidings and to_come


def _rank(facts: Facts, found: _Found) -> tuple[object, ...]:
    occasion = found.occasion
    day = occasion.starts.astimezone(facts.school.zone).date()
    of_calendar = found.source.kind is SourceKind.CALENDAR
    return (day, not occasion.all_day, occasion.starts, occasion.title.casefold(), of_calendar, found.source)


def _everything(facts: Facts) -> Iterator[_Found]:
    for key, (post, shown) in facts.snapshot.eventful.items():
        if occasion := _of_post(facts, post, shown):
            yield _Found(Source(SourceKind.POST, key), occasion)
    for key, entry in facts.snapshot.entries.items():
        if occasion := _of_entry(facts, entry):
            yield _Found(Source(SourceKind.CALENDAR, key), occasion)


def _of_entry(facts: Facts, entry: CalendarEntry) -> Occasion | None:
    """Rules 12 to 14 stop it like a post, also when it is off: a waiting mail has its words in it already."""
    occasion = entry.occasion
    held = entry_findings(facts, occasion.title, occasion.location, entry.groups)
    return None if held else occasion


def _of_post(facts: Facts, post: Post, shown: Content) -> Occasion | None:
    """Rules 3 and 4 stop it; that the post was withdrawn only cancels it."""
    reason = off_agenda(facts, post)
    return occasion_of(post, shown) if reason in (None, PostReason.WITHDRAWN) else None


def occasion_of(post: Post, shown: Content) -> Occasion | None:
    """The event that ``shown`` has, as today's state of the post leaves it.

    Of a withdrawn post only when it was to be: nothing of its words goes out again.
    """
    if shown.event is None:
        return None
    occasion = event_of(shown)
    if post.state is PostState.WITHDRAWN:
        after = max(occasion.sequence, post.content.cancelled) + 1
        return replace(occasion, title="", location="", sequence=after, cancelled=True)
    if post.content.event is None:
        title, after = post.content.title, post.content.cancelled
        return replace(occasion, title=title, sequence=after, cancelled=True)
    return occasion


def event_of(content: Content) -> Occasion:
    """The event of a post that has one, as its text says it."""
    event = content.event
    assert event is not None, "asked for the event of a text without one"
    return Occasion(
        title=content.title,
        starts=event.starts,
        ends=event.ends,
        location=event.location,
        all_day=event.all_day,
        sequence=event.sequence,
    )


# For whom.


def _lines(facts: Facts, parent: Parent) -> Iterator[AgendaLine]:
    seen: set[object] = set()
    for each in _once(facts, "found", lambda: _found(facts)):
        groups = _groups(facts, parent, each.source)
        if groups is None or not seen.isdisjoint(marks := _marks(facts, each)):
            continue
        cancelled = each.occasion.cancelled
        if not cancelled:
            seen |= marks
        state = LineState.CANCELLED if cancelled else LineState.PLAIN
        line = OpenLine(each.source, each.occasion.sequence, state, groups)
        yield AgendaLine(open=line, occasion=each.occasion)


def _marks(facts: Facts, found: _Found) -> set[object]:
    """By which one occasion is known again that a post and a calendar, or two calendars, speak of."""
    marks: set[object] = {(found.occasion.starts, found.occasion.title.casefold())}
    if found.source.kind is SourceKind.CALENDAR:
        marks.add(facts.snapshot.entries[found.source.key].uid)
    return marks


def _groups(facts: Facts, parent: Parent, source: Source) -> tuple[str, ...] | None:
    """The reader's groups that it concerns, none for the whole school; None: it is not for them."""
    if source.kind is SourceKind.CALENDAR:
        return _groups_of_entry(facts, parent, facts.snapshot.entries[source.key])
    post, _ = facts.snapshot.eventful[source.key]
    paths = audience(facts, parent, post)
    return None if isinstance(paths, PostReason) else facts.group_names(paths)


def _groups_of_entry(facts: Facts, parent: Parent, entry: CalendarEntry) -> tuple[str, ...] | None:
    access = facts.access.get(parent.key, ())
    if entry.to_school:
        return () if access else None
    mine = {enrolment.group for _, enrolments in access for enrolment in enrolments} & entry.groups
    return tuple(sorted(facts.snapshot.groups[group].name for group in mine)) or None


def _for_reader(facts: Facts, parent: Parent, lines: Lines) -> Iterator[AgendaLine]:
    """What is off stands there only for who was told of it; what they were told otherwise is marked, also
    when it lies in other weeks now."""
    for line in lines:
        before = facts.snapshot.told.get((parent.key, line.open.source))
        cancelled = line.open.state is LineState.CANCELLED
        if before is not None and (cancelled or before.first != line.occasion.when_and_where):
            state = LineState.CANCELLED if cancelled else LineState.CHANGED
            if _worth_telling(facts, before, line.occasion):
                yield replace(line, open=line.open._replace(state=state))
        elif not cancelled and _in_span(facts, line.occasion):
            yield line


def _news(facts: Facts, parent: Parent) -> Iterator[AgendaLine]:
    """What this reader heard otherwise, each by itself: their calendar may have it from a post and from the
    school's calendar."""
    for each in _once(facts, "found", lambda: _found(facts)):
        before = facts.snapshot.told.get((parent.key, each.source))
        if before is None or not _is_news(facts, before, each.occasion):
            continue
        groups = _groups(facts, parent, each.source)
        if groups is not None:
            state = LineState.CANCELLED if each.occasion.cancelled else LineState.CHANGED
            line = OpenLine(each.source, each.occasion.sequence, state, groups)
            yield AgendaLine(open=line, occasion=each.occasion)


# Rule 16: again, at the last moment.


def _still(facts: Facts, parent: Parent, waiting: Iterable[OpenLine]) -> Iterator[AgendaLine]:
    for line in waiting:
        occasion = _as_it_says(facts, line)
        groups = _groups(facts, parent, line.source) if occasion is not None else None
        if occasion is not None and groups is not None:
            yield AgendaLine(open=line._replace(groups=groups), occasion=occasion)


def _as_it_says(facts: Facts, line: OpenLine) -> Occasion | None:
    """The occasion, if the line still says of it what is true."""
    found = _now(facts, line.source)
    same = found is not None and found.sequence == line.sequence
    return found if same and found and found.cancelled == (line.state is LineState.CANCELLED) else None


def _now(facts: Facts, source: Source) -> Occasion | None:
    if source.kind is SourceKind.CALENDAR:
        entry = facts.snapshot.entries.get(source.key)
        return _of_entry(facts, entry) if entry else None
    eventful = facts.snapshot.eventful.get(source.key)
    return _of_post(facts, *eventful) if eventful else None
