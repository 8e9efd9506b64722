"""A school of a few lines in memory, for tests of one rule at a time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pipeline import model as m
from pipeline.facts import Facts

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
#: The cut-off of week 47.
FRIDAY = datetime(2026, 11, 20, 15, 30, tzinfo=AMSTERDAM)
WEDNESDAY = FRIDAY - timedelta(days=2)


def day(number: int) -> date:
    """A day of November 2026."""
    return date(2026, 11, number)


class Small:
    """Everything is named by the school's own ids; keys are given out as names come."""

    def __init__(self, **rules: Any) -> None:
        self.rules = m.RuleSettings(**rules)
        self._keys: dict[tuple[str, str], int] = {}
        self.pupils: dict[str, date | None] = {}
        self.parents: dict[str, dict[str, Any]] = {}
        self.links: list[m.Guardianship] = []
        self.enrolments: list[m.Enrolment] = []
        self.members: list[m.Staff] = []
        self.consents: list[m.ConsentAnswer] = []
        self.posts: list[m.Post] = []
        self.runs: list[tuple[str, datetime]] = []  #: key and cut-off; each a week long
        self.taken: dict[str, set[str]] = {}  #: run -> posts
        self.had: dict[str, set[str]] = {}  #: parent -> posts
        self.failed: dict[str, set[str]] = {}

    def key(self, kind: str, name: str) -> int:
        return self._keys.setdefault((kind, name), len(self._keys) + 1)

    def pupil(self, name: str, born: date | None = None) -> int:
        self.pupils.setdefault(name, born)
        return self.key("pupil", name)

    def group(self, name: str) -> int:
        return self.key("group", name)

    def parent(self, name: str, **changes: Any) -> int:
        self.parents.setdefault(name, {}).update(changes)
        return self.key("parent", name)

    def link(self, parent: str, pupil: str, **changes: Any) -> None:
        values: dict[str, Any] = {
            "approval": m.Approval.APPROVED,
            "blocked": False,
            "ended": False,
            "since": None,
            "until": None,
            "allowed_since": 1,
        }
        self.links.append(
            m.Guardianship(parent=self.parent(parent), pupil=self.pupil(pupil), **{**values, **changes})
        )

    def enrol(self, pupil: str, group: str, **changes: Any) -> None:
        values: dict[str, Any] = {"since": None, "until": None, "ended": False}
        self.enrolments.append(
            m.Enrolment(pupil=self.pupil(pupil), group=self.group(group), **{**values, **changes})
        )

    def family(self, parent: str, pupil: str, group: str = "groep 3", **link: Any) -> None:
        """A parent with a child in a group."""
        self.link(parent, pupil, **link)
        if not any(each.pupil == self.pupil(pupil) for each in self.enrolments):
            self.enrol(pupil, group)

    def staff(self, name: str, role: m.Role = m.Role.TEACHER, *groups: str) -> int:
        key = self.key("staff", name)
        of = frozenset(map(self.group, groups))
        self.members.append(m.Staff(key=key, id=name, name=name, email="", role=role, groups=of))
        return key

    def answer(self, pupil: str, by: str | None, yes: bool = True, **changes: Any) -> None:
        """``by`` None: the pupil's own."""
        values: dict[str, Any] = {
            "purpose": m.Purpose.MAIL,
            "kind": m.Kind.PHOTO,
            "given_at": FRIDAY - timedelta(days=60),
        }
        parent = None if by is None else self.parent(by)
        self.consents.append(
            m.ConsentAnswer(pupil=self.pupil(pupil), yes=yes, by=parent, **{**values, **changes})
        )

    def photo(self, name: str, *shows: str, **changes: Any) -> m.Photo:
        values: dict[str, Any] = {
            "key": self.key("photo", name),
            "file": name,
            "name": name,
            "shows": frozenset(shows),
            "alt": "",
            "caption": "",
            "width": 4,
            "height": 3,
        }
        return m.Photo(**{**values, **changes})

    def post(self, name: str, *groups: str, photos: tuple[m.Photo, ...] = (), **changes: Any) -> m.Post:
        """For these groups, or without any for the school; by the management when not told otherwise."""
        if ("staff", "dir") not in self._keys:
            self.staff("dir", m.Role.MANAGEMENT)
        values: dict[str, Any] = {
            "key": self.key("post", name),
            "id": name,
            "author": self.key("staff", "dir"),
            "to_school": not groups,
            "groups": frozenset(map(self.group, groups)),
            "published": WEDNESDAY,
            "state": m.PostState.LIVE,
            "released_since": 0,
            "content": m.Content(revision=self.key("post", name), title=name, body="", photos=photos),
        }
        post = m.Post(**{**values, **changes})
        self.posts.append(post)
        return post

    def run(self, key: str, until: datetime, *taken: str) -> None:
        """An earlier run; runs get policy version 10, 20, ..."""
        self.runs.append((key, until))
        self.taken[key] = set(taken)

    def snapshot(self) -> m.Snapshot:
        names = {key: name for (kind, name), key in self._keys.items() if kind == "group"}
        return m.Snapshot(
            school=m.School(
                key=1,
                id="klein",
                name="Klein",
                language="nl",
                zone=AMSTERDAM,
                sender="nieuws@klein.example",
                reply_to="info@klein.example",
                rules=self.rules,
            ),
            policy_version=1000,
            groups={key: m.Group(key=key, name=name) for key, name in names.items()},
            pupils={
                self.key("pupil", name): m.Pupil(key=self.key("pupil", name), id=name, birth_date=born)
                for name, born in self.pupils.items()
            },
            parents=tuple(self._parent(name, changes) for name, changes in self.parents.items()),
            guardianships=tuple(self.links),
            enrolments=tuple(self.enrolments),
            staff={member.key: member for member in self.members},
            consents=tuple(self.consents),
            posts=tuple(self.posts),
            runs=tuple(self._past_run(n, key, until) for n, (key, until) in enumerate(self.runs, 1)),
            had=self._by_parent(self.had),
            failed=self._by_parent(self.failed),
        )

    def _parent(self, name: str, changes: dict[str, Any]) -> m.Parent:
        values: dict[str, Any] = {
            "key": self.key("parent", name),
            "id": name,
            "name": name,
            "address": f"{name}@ouders.example",
            "language": "nl",
            "channel": m.Channel.NEWSLETTER,
            "suppressed": False,
            "channel_since": 1,
        }
        return m.Parent(**{**values, **changes})

    def _past_run(self, number: int, key: str, until: datetime) -> m.PastRun:
        taken = frozenset(self.key("post", name) for name in self.taken.get(key, ()))
        since = until - timedelta(days=7)
        return m.PastRun(key=key, since=since, until=until, policy_version=10 * number, taken=taken)

    def _by_parent(self, posts: dict[str, set[str]]) -> dict[int, frozenset[int]]:
        return {
            self.key("parent", parent): frozenset(self.key("post", name) for name in names)
            for parent, names in posts.items()
        }

    def window(self, at: datetime | None = None) -> m.Window:
        until = FRIDAY
        since = max((cut_off for _, cut_off in self.runs), default=until - timedelta(days=7))
        return m.Window(kind=m.RunKind.WEEKLY, key="2026-W47", since=since, until=until, at=at or until)

    def facts(self, at: datetime | None = None) -> Facts:
        return Facts(self.snapshot(), self.window(at))
