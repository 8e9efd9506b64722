"""What a roster would change, worked out in memory before a single row is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row

from pipeline.intake.records import EnrolmentRecord, LinkRecord, ParentRecord, PupilRecord, Roster
from pipeline.intake.text import match_name
from pipeline.model import Approval, Channel

Values = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """The school's rows as they are, by the school's own ids."""

    groups: dict[str, Row[Any]]  #: by match
    pupils: dict[str, Row[Any]]
    parents: dict[str, Row[Any]]
    links: dict[tuple[str, str], Row[Any]]  #: (parent, pupil)
    enrolments: dict[tuple[str, str], list[Row[Any]]]  #: (pupil, group match)


@dataclass(kw_only=True, slots=True)
class Change:
    """One row to write: ``key`` is None for a new one."""

    id: Any  #: the school's id, or a pair of them
    values: Values
    key: int | None = None
    lets_in: bool = False  #: this gives access, or gives it back: the policy version is noted (rule 5)


@dataclass(kw_only=True, slots=True)
class Plan:
    groups: list[Change] = field(default_factory=list)
    pupils: list[Change] = field(default_factory=list)
    parents: list[Change] = field(default_factory=list)
    links: list[Change] = field(default_factory=list)
    enrolments: list[Change] = field(default_factory=list)
    links_ended: int = 0
    enrolments_ended: int = 0
    links_standing: int = 0  #: not ended, before this import

    def __bool__(self) -> bool:
        return any((self.groups, self.pupils, self.parents, self.links, self.enrolments))


def plan_roster(roster: Roster, standing: Standing, *, approve: bool, today: date) -> Plan:
    """Compare the file with the rows. An import adds blocks and never lifts one (contract.md)."""
    plan = Plan(links_standing=sum(not link.ended for link in standing.links.values()))
    for name in roster.groups:
        if match_name(name) not in standing.groups:
            plan.groups.append(Change(id=match_name(name), values={"name": name, "match": match_name(name)}))
    for pupil in roster.pupils:
        row = standing.pupils.get(pupil.id)
        _add(plan.pupils, pupil.id, row, _pupil_values(pupil, row, roster))
    for parent in roster.parents:
        _plan_parent(plan, parent, standing.parents.get(parent.id))
    for link in roster.links:
        _plan_link(plan, link, standing, roster.source, approve)
    if roster.carries_parents:
        _end_links(plan, roster, standing, today)
    _plan_enrolments(plan, roster, standing, today)
    return plan


def _add(changes: list[Change], id: Any, row: Row[Any] | None, values: Values) -> Change | None:
    if row is None:
        changes.append(Change(id=id, values=values))
        return changes[-1]
    different = {name: value for name, value in values.items() if getattr(row, name) != value}
    if different:
        changes.append(Change(id=id, values=different, key=row.id))
        return changes[-1]
    return None


def _pupil_values(pupil: PupilRecord, row: Row[Any] | None, roster: Roster) -> Values:
    """A file of another source than the pupil's own completes what is known and never empties it."""
    values: Values = {
        "first_name": pupil.first_name,
        "last_name": pupil.last_name,
        "birth_date": pupil.birth_date,
    }
    if row is None:
        return values | {"source": roster.source}
    if pupil.birth_date is None and not roster.carries_births:
        del values["birth_date"]
    own = row.source == roster.source
    return values if own else {name: value for name, value in values.items() if value}


def _plan_parent(plan: Plan, parent: ParentRecord, row: Row[Any] | None) -> None:
    values: Values = {"name": parent.name, "address": parent.address}
    if row is None or parent.language is not None:
        values["language"] = parent.language or ""
    if row is None or (parent.channel is not None and not row.channel_chosen):
        values["channel"] = parent.channel or Channel.NEWSLETTER
    if row is not None and row.address != parent.address:
        values["suppressed_at"] = None  # what bounced was the old address
    change = _add(plan.parents, parent.id, row, values)
    if change and row is not None and row.channel == Channel.NONE and "channel" in change.values:
        change.lets_in = True


def _plan_link(plan: Plan, link: LinkRecord, standing: Standing, source: str, approve: bool) -> None:
    pair = (link.parent, link.pupil)
    row, parent = standing.links.get(pair), standing.parents.get(link.parent)
    decided = row.approval if row is not None else Approval.UNDECIDED
    waits = not approve or (parent is not None and parent.shut_out)
    approval = decided if decided != Approval.UNDECIDED or waits else Approval.APPROVED
    values: Values = {
        "approval": approval,
        "blocked": link.blocked or (row is not None and row.blocked),
        "ended": False,
        "ended_on": None,
    }
    if row is None:
        values["source"] = source
    change = _add(plan.links, pair, row, values)
    if change and (row is None or "approval" in change.values or "ended" in change.values):
        change.lets_in = True


def _end_links(plan: Plan, roster: Roster, standing: Standing, today: date) -> None:
    named = {(link.parent, link.pupil) for link in roster.links}
    for pair, row in standing.links.items():
        if roster.delta and not roster.delta.ends_link(*pair):
            continue
        if pair not in named and not row.ended and row.source == roster.source:
            plan.links.append(Change(id=pair, key=row.id, values={"ended": True, "ended_on": today}))
            plan.links_ended += 1


# Enrolments: the same stint, a corrected one, a new one, or one that is gone.


def _plan_enrolments(plan: Plan, roster: Roster, standing: Standing, today: date) -> None:
    wanted: dict[tuple[str, str], list[EnrolmentRecord]] = defaultdict(list)
    for record in roster.enrolments:
        wanted[record.pupil, match_name(record.group)].append(record)
    for pair in sorted({*wanted, *standing.enrolments}):
        records, rows = wanted.get(pair, []), standing.enrolments.get(pair, [])
        ends = roster.delta is None or roster.delta.ends_enrolment(*pair)
        if records or ends:
            _plan_stints(plan, pair, records, rows, roster.source, today, ends=ends)


def _plan_stints(
    plan: Plan,
    pair: tuple[str, str],
    records: list[EnrolmentRecord],
    rows: list[Row[Any]],
    source: str,
    today: date,
    *,
    ends: bool,
) -> None:
    """One pupil in one group. A stint is known by its first day; a single one may have that day corrected."""
    unmatched = _match(records, rows, lambda record, row: record.since == row.since)
    left = [row for row in rows if row.id not in {row.id for _, row in unmatched if row is not None}]
    alone = [row for row in left if not row.ended]
    for record, row in unmatched:
        if row is None and len(alone) == 1 and len(records) == 1 and not _came_back(record, alone[0]):
            row = alone.pop()
        _plan_stint(plan, pair, record, row, source)
    for row in alone:
        if ends and row.source == source:
            _end_stint(plan, pair, row, today)


def _came_back(record: EnrolmentRecord, row: Row[Any]) -> bool:
    """The stint begins after the one that we know had ended: no correction but a return (rule 9)."""
    return record.since is not None and row.until is not None and row.until <= record.since


def _match(
    records: Iterable[EnrolmentRecord],
    rows: Iterable[Row[Any]],
    same: Callable[[EnrolmentRecord, Row[Any]], bool],
) -> list[tuple[EnrolmentRecord, Row[Any] | None]]:
    free = list(rows)
    pairs: list[tuple[EnrolmentRecord, Row[Any] | None]] = []
    for record in records:
        row = next((row for row in free if same(record, row)), None)
        if row is not None:
            free.remove(row)
        pairs.append((record, row))
    return pairs


def _plan_stint(
    plan: Plan, pair: tuple[str, str], record: EnrolmentRecord, row: Row[Any] | None, source: str
) -> None:
    if row is not None and row.source != source and record.since is None and record.until is None:
        return  # another source knows the dates better
    values: Values = {"since": record.since, "until": record.until, "ended": False}
    if row is None:
        values["source"] = source
    _add(plan.enrolments, pair, row, values)


def _end_stint(plan: Plan, pair: tuple[str, str], row: Row[Any], today: date) -> None:
    """Gone from the roster: never current again, and part of the stay up to today (rule 2)."""
    until = min(row.until or today, today)
    if row.since is not None:
        until = max(until, row.since)
    plan.enrolments.append(Change(id=pair, key=row.id, values={"ended": True, "until": until}))
    plan.enrolments_ended += 1
