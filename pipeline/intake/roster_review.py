"""What a roster would change, put so that a secretary sees in one page whether it is the right one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from pipeline.intake.own_people import near, plain_name
from pipeline.intake.records import Roster
from pipeline.intake.roster_plan import Change, Plan, Standing
from pipeline.intake.text import match_name
from pipeline.model import Approval

NO_GROUP = "(no group)"
_MANY = (
    30  #: parents at one address are no family but a mistake of another kind: not compared with each other
)


@dataclass(frozen=True, kw_only=True, slots=True)
class InGroup:
    """What changes in one group."""

    group: str
    pupils_new: int
    pupils_changed: int
    pupils_gone: int
    links_new: int
    links_ended: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """Each line names people by number and name, for staff alone."""

    groups: tuple[InGroup, ...]
    pupils_new: tuple[str, ...]
    pupils_changed: tuple[str, ...]
    pupils_gone: tuple[str, ...]  #: the file has them no more, or in no group
    parents_new: tuple[str, ...]
    parents_changed: tuple[str, ...]
    links_ended: tuple[str, ...]
    access: tuple[str, ...]  #: known parents with a child they had no access to before
    shared: tuple[str, ...]  #: addresses of more than one parent
    doubles: tuple[str, ...]  #: two parents who may be one person


def review(plan: Plan, roster: Roster, known: Standing) -> Review:
    """What ``plan`` would change, against what stands."""
    names = _Names(roster, known)
    gone = _gone(plan, known)
    return Review(
        groups=_by_group(plan, names, gone),
        pupils_new=tuple(names.pupil(each.id) for each in plan.pupils if each.key is None),
        pupils_changed=tuple(names.change(each, "pupil") for each in plan.pupils if each.key is not None),
        pupils_gone=tuple(map(names.pupil, sorted(gone))),
        parents_new=tuple(names.parent(each.id) for each in plan.parents if each.key is None),
        parents_changed=tuple(names.change(each, "parent") for each in plan.parents if each.key is not None),
        links_ended=tuple(
            names.link(each.id) for each in plan.links if "ended_on" in each.values and _ends(each)
        ),
        access=tuple(_access(plan, names, known)),
        shared=tuple(_shared(roster, names)),
        doubles=tuple(_doubles(roster, names)),
    )


def _ends(link: Change) -> bool:
    return bool(link.values.get("ended"))


class _Names:
    """People as staff know them: by number and name."""

    def __init__(self, roster: Roster, known: Standing) -> None:
        self._known = known
        self._pupils = {ref: _full(row.first_name, row.last_name) for ref, row in known.pupils.items()}
        self._pupils |= {each.id: _full(each.first_name, each.last_name) for each in roster.pupils}
        self._parents = {ref: row.name for ref, row in known.parents.items()}
        self._parents |= {each.id: each.name for each in roster.parents}
        self.groups: dict[str, str] = {}
        for (pupil, match), rows in known.enrolments.items():
            if any(not row.ended for row in rows):
                self.groups.setdefault(pupil, known.groups[match].name)
        for each in roster.enrolments:
            self.groups[each.pupil] = each.group

    def group(self, pupil: str) -> str:
        return self.groups.get(pupil, NO_GROUP)

    def pupil(self, id: str) -> str:
        return f"{id} {self._pupils.get(id, '')}".rstrip() + f", {self.group(id)}"

    def parent(self, id: str) -> str:
        return f"{id} {self._parents.get(id, '')}".rstrip()

    def link(self, pair: tuple[str, str]) -> str:
        return f"{self.parent(pair[0])} of {self.pupil(pair[1])}"

    def change(self, change: Change, who: str) -> str:
        rows: Mapping[str, object] = self._known.pupils if who == "pupil" else self._known.parents
        row, told = rows[change.id], []
        for name, value in change.values.items():
            if name not in ("suppressed_at", "channel_since"):
                told.append(f"{name.replace('_', ' ')} {_shown(getattr(row, name))} becomes {_shown(value)}")
        named = self.pupil(change.id) if who == "pupil" else self.parent(change.id)
        return f"{named}: {', '.join(told)}" if told else named


def _full(first: str, last: str) -> str:
    return " ".join(filter(None, (first, last)))


def _shown(value: object) -> str:
    return repr(str(value)) if value not in (None, "") else "nothing"


def _gone(plan: Plan, known: Standing) -> set[str]:
    """Pupils whose last enrolment ends."""
    ended = {each.key for each in plan.enrolments if each.values.get("ended")}
    begun = {each.id[0] for each in plan.enrolments if not each.values.get("ended")}
    standing: dict[str, list[bool]] = defaultdict(list)
    for (pupil, _), rows in known.enrolments.items():
        standing[pupil] += [row.id in ended for row in rows if not row.ended]
    return {pupil for pupil, ends in standing.items() if ends and all(ends) and pupil not in begun}


def _by_group(plan: Plan, names: _Names, gone: Iterable[str]) -> tuple[InGroup, ...]:
    new = Counter(names.group(each.id) for each in plan.pupils if each.key is None)
    changed = Counter(names.group(each.id) for each in plan.pupils if each.key is not None)
    left = Counter(map(names.group, gone))
    links = Counter(names.group(each.id[1]) for each in plan.links if each.key is None)
    ended = Counter(names.group(each.id[1]) for each in plan.links if _ends(each))
    groups = sorted({*new, *changed, *left, *links, *ended}, key=match_name)
    return tuple(
        InGroup(
            group=group,
            pupils_new=new[group],
            pupils_changed=changed[group],
            pupils_gone=left[group],
            links_new=links[group],
            links_ended=ended[group],
        )
        for group in groups
    )


def _access(plan: Plan, names: _Names, known: Standing) -> Iterable[str]:
    """Of known parents only: a new parent is a new parent."""
    for link in plan.links:
        parent, pupil = link.id
        row = known.links.get(link.id)
        again = row is not None and row.ended and not _ends(link)
        if parent in known.parents and pupil in known.pupils and (row is None or again):
            approved = link.values.get("approval", row.approval if row is not None else None)
            state = "let in at once" if approved == Approval.APPROVED else "waits for approval"
            yield f"{names.link(link.id)}: {state}"


def _shared(roster: Roster, names: _Names) -> Iterable[str]:
    for address, parents in _at_one_address(roster).items():
        if len(parents) > 1:
            yield f"{address}: {', '.join(names.parent(each) for each in parents)}"


def _at_one_address(roster: Roster) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for parent in roster.parents:
        if parent.address:
            found[parent.address.casefold()].append(parent.id)
    return found


def _doubles(roster: Roster, names: _Names) -> Iterable[str]:
    """Nearly one name at one address, or of parents of one child."""
    name_of = {each.id: each.name for each in roster.parents}
    around: dict[str, list[str]] = defaultdict(list)
    for link in roster.links:
        around[link.pupil].append(link.parent)
    pairs = {
        tuple(sorted(pair))
        for together in (*_at_one_address(roster).values(), *around.values(), *_same_name(roster))
        if len(together) <= _MANY
        for pair in combinations(together, 2)
    }
    for one, other in sorted(pairs):
        if near(name_of.get(one, ""), name_of.get(other, "")):
            yield f"{names.parent(one)} and {names.parent(other)}"


def _same_name(roster: Roster) -> Iterable[list[str]]:
    """Parents of exactly one name, wherever: brothers and sisters whose rows give different addresses."""
    found: dict[str, list[str]] = defaultdict(list)
    for parent in roster.parents:
        found[plain_name(parent.name)].append(parent.id)
    return found.values()
