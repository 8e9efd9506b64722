"""A school whose people change their minds while its newsletter is being sent, and what may still go.

Every decision here only takes away, so that one simple state says what a mail may hold that was handed
over after it: the model keeps that state, in words that share nothing with the pipeline's rules.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.installation import Installation, Row, answer, child, photo, picture, post, teacher

GROUPS = [f"groep {number}" for number in range(1, 7)]
BEFORE, AFTER = "2026-09-01T09:00", "2026-11-20T15:59"


@dataclass(frozen=True, slots=True)
class Mail:
    """What one parent got."""

    parent: str
    address: str
    posts: frozenset[str]
    pictures: frozenset[str]  #: the posts whose picture goes along


@dataclass(kw_only=True)
class Allowed:
    """What may still be sent."""

    group_of: dict[str, str]  #: pupil -> group
    children: dict[str, set[str]]  #: parent -> pupils
    shows: dict[str, set[str] | None]  #: post -> pupils on its picture; None: not listed
    to: dict[str, str]  #: post -> group, or "school"
    address: dict[str, str]
    out: set[str] = field(default_factory=set)  #: parents who get nothing any more
    blocked: set[tuple[str, str]] = field(default_factory=set)
    dead: set[str] = field(default_factory=set)  #: posts
    refusing: set[str] = field(default_factory=set)  #: pupils without consent
    no_picture: set[str] = field(default_factory=set)  #: posts whose picture was taken back

    def posts(self, parent: str) -> frozenset[str]:
        if parent in self.out:
            return frozenset()
        through = {pupil for pupil in self.children[parent] if (parent, pupil) not in self.blocked}
        groups = {self.group_of[pupil] for pupil in through} | ({"school"} if through else set())
        return frozenset(ref for ref, group in self.to.items() if group in groups and ref not in self.dead)

    def pictures(self, parent: str) -> frozenset[str]:
        barred = {pupil for who, pupil in self.blocked if who == parent}
        return frozenset(
            ref
            for ref in self.posts(parent)
            if ref not in self.no_picture
            and (shown := self.shows[ref]) is not None
            and not shown & (self.refusing | barred)
        )

    def objection(self, mail: Mail) -> str | None:
        """Why this mail must not go any more."""
        if mail.address != self.address[mail.parent]:
            return f"to the old address {mail.address}"
        if too_many := mail.posts - self.posts(mail.parent):
            return f"posts {sorted(too_many)}"
        if too_many := mail.pictures - self.pictures(mail.parent):
            return f"pictures of {sorted(too_many)}"
        return None


class Racing:
    """The school, its present state, and the changes of mind."""

    def __init__(self, told: Installation, families: int, chance: random.Random) -> None:
        self.told, self._chance = told, chance
        self.rows = _roster(families, random.Random(families))
        pupils = {row["pupil_id"]: row["group"] for row in self.rows}
        self.state = Allowed(
            group_of=pupils,
            children={row["parent_id"]: set() for row in self.rows},
            shows={"allen": set()},
            to={"allen": "school"} | {f"van-{n}": group for n, group in enumerate(GROUPS)},
            address={row["parent_id"]: row["parent_email"] for row in self.rows},
        )
        for row in self.rows:
            self.state.children[row["parent_id"]].add(row["pupil_id"])
        for n, group in enumerate(GROUPS):
            there = sorted(pupil for pupil, its in pupils.items() if its == group)
            self.state.shows[f"van-{n}"] = set(there[:2])

    def prepare(self) -> None:
        self.told.roster(*self.rows)
        self.told.staff(teacher("s1", "|".join(GROUPS), role="management"))
        parent_of = {row["pupil_id"]: row["parent_id"] for row in self.rows}
        self.told.consents(*(answer(pupil, by, given_at=BEFORE) for pupil, by in parent_of.items()))
        for n in range(len(self.state.to)):
            self.told.write(f"posts/{n}.jpg", picture((40 * n, 120, 60)))
        self.told.posts(*map(self._post, self.state.to))

    def _post(self, ref: str) -> str:
        shown = self.state.shows[ref]
        name = f"{list(self.state.to).index(ref)}.jpg"
        told = [] if ref in self.state.no_picture else [photo(name, None if shown is None else sorted(shown))]
        return post(ref, self.state.to[ref], "Tekst.", *told)

    def decide(self) -> str | None:
        """One change of mind, committed when this returns; None when there was nothing left to change."""
        kinds: list[Callable[[], str | None]] = [
            self._unapprove,
            self._block,
            self._hold_or_withdraw,
            self._refuse,
            self._show_more,
            self._take_back,
            self._move,
            self._other_address,
            self._silent,
        ]
        weights = [3, 5, 1, 4, 3, 1, 5, 5, 3]
        (kind,) = self._chance.choices(kinds, weights)
        return kind()

    def now(self) -> Allowed:
        return copy.deepcopy(self.state)

    # Each changes the school first and the model after it.

    def _parent(self) -> str:
        return self._chance.choice(sorted(self.state.children.keys() - self.state.out))

    def _unapprove(self) -> str:
        parent = self._parent()
        self.told("unapprove", parent, "--why", "x")
        self.state.out.add(parent)
        return f"unapprove {parent}"

    def _block(self) -> str:
        parent = self._parent()
        pupil = self._chance.choice(sorted(self.state.children[parent]))
        self.told("block", parent, pupil, "--why", "x")
        self.state.blocked.add((parent, pupil))
        return f"block {parent} {pupil}"

    def _hold_or_withdraw(self) -> str:
        ref, what = self._chance.choice(list(self.state.to)), self._chance.choice(["hold", "withdraw"])
        if ref in self.state.dead:
            what = "withdraw"
        self.told(what, ref, "--why", "x")
        self.state.dead.add(ref)
        return f"{what} {ref}"

    def _refuse(self) -> str:
        shown = set[str]().union(*(each or () for each in self.state.shows.values()))
        pupil = self._chance.choice(sorted(shown or self.state.group_of))
        row = next(row for row in self.rows if row["pupil_id"] == pupil)
        self.told.consents(answer(pupil, row["parent_id"], "no", given_at=AFTER))
        self.state.refusing.add(pupil)
        return f"no consent for {pupil}"

    def _show_more(self) -> str:
        """Someone is on the picture who was not listed; or nobody knows any more who is."""
        ref = self._chance.choice(list(self.state.to))
        shown = self.state.shows[ref]
        if shown is None or self._chance.random() < 0.3:
            self.state.shows[ref] = None
        else:
            self.state.shows[ref] = shown | {self._chance.choice(sorted(self.state.group_of))}
        return self._posted(ref, f"shows {ref} {self.state.shows[ref]}")

    def _take_back(self) -> str:
        ref = self._chance.choice(list(self.state.to))
        self.state.no_picture.add(ref)
        return self._posted(ref, f"take back the picture of {ref}")

    def _posted(self, ref: str, what: str) -> str:
        self.told.posts(self._post(ref), expect=None)
        return what

    def _move(self) -> str:
        pupil = self._chance.choice(sorted(self.state.group_of))
        group = self._chance.choice(GROUPS)
        self._roster_with(lambda row: row["pupil_id"] == pupil, group=group)
        self.state.group_of[pupil] = group
        return f"move {pupil} to {group}"

    def _other_address(self) -> str:
        parent = self._parent()
        new = f"{parent}.{self._chance.randrange(10**9)}@ouders.example"
        self._roster_with(lambda row: row["parent_id"] == parent, parent_email=new)
        self.state.address[parent] = new
        return f"address of {parent}"

    def _silent(self) -> str:
        parent = self._parent()
        channel = self._chance.choice(["none", "app"])
        self._roster_with(lambda row: row["parent_id"] == parent, channel=channel)
        self.state.out.add(parent)
        return f"channel {channel} for {parent}"

    def _roster_with(self, which: Callable[[Row], bool], **changed: str) -> None:
        self.rows = [{**row, **changed} if which(row) else row for row in self.rows]
        self.told.roster(*self.rows, more=["--force"])


def _roster(families: int, chance: random.Random) -> list[Row]:
    """Two parents and one to three children each; a roster's access and channel stay as they are."""
    rows = []
    for family in range(families):
        for n in range(chance.choice([1, 1, 2, 3])):
            group = chance.choice(GROUPS)
            rows += [child(f"p{family}-{n}", group, f"g{family}{letter}") for letter in "ab"]
    return rows
