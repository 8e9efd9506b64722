"""Making a run: read, collect, print, and write it whole; or show what it would be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection

from pipeline.collect import Collected, EditionKey, collect, collect_by
from pipeline.facts import Facts
from pipeline.guard import Guard
from pipeline.links import LinkPurpose, Links
from pipeline.mime import content_id
from pipeline.mime_headers import ascii_domain, message_id
from pipeline.model import Edition, Parent, RunKind, School, Snapshot, Window
from pipeline.press import Press, for_feed
from pipeline.ripe import Ripeness, is_due, look_again_from
from pipeline.store import runs
from pipeline.store.database import Database
from pipeline.store.guard_facts import load_guard_facts
from pipeline.store.lookouts import Seen, looked, seen
from pipeline.store.new_run import NewDelivery, NewEdition, NewRun, free_key, hold_in_feed, make_run
from pipeline.store.past_runs import first_since
from pipeline.store.run_count import count_run, kept_beside
from pipeline.store.run_rows import guard_moment
from pipeline.store.snapshot import load

#: A decision committed between reading and writing makes us look again; so many times in a row it cannot be.
_TRIES = 20
_TOO_FAST = "decisions keep changing faster than a run can be made"
#: A link in a newsletter that was made longer after its moment than this counts from when it was made.
_LINKS_AGE = timedelta(days=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class Maker:
    """What making needs of one school and installation."""

    database: Database
    school: School
    uid: str  #: the school's random id: part of every Message-ID
    languages: tuple[str, ...]
    press: Press
    links: Links | None  #: None without a web part
    clock: Callable[[], datetime]

    def read(self, window: Window) -> tuple[Snapshot, Collected]:
        with self.database.read() as connection:
            snapshot = load(connection, self.school, self.languages, window=window)
        return snapshot, collect(snapshot, window)

    def make(self, window: Window, held: str | None = None) -> Snapshot | None:
        """What the new newsletter was made of; None when another process was first.

        ``held``: why it waits for a person, if there is any mail that can wait.
        """
        for _ in range(_TRIES):
            if self._exists(window):
                return None
            snapshot, collected = self.read(window)
            if self.write(snapshot, collected, held if collected.editions else None):
                return snapshot
        raise RuntimeError(_TOO_FAST)

    def _exists(self, window: Window) -> bool:
        with self.database.read() as connection:
            return runs.find_run(connection, self.school.key, window.kind, window.key) is not None

    def make_as_they_come(
        self, kind: RunKind, at: datetime, ready: Ripeness, begins: datetime
    ) -> tuple[int, Snapshot] | None:
        """A run of the posts that are ripe for that kind, and what it was made of; None when none is due.

        ``begins``: where the window of a school's first run begins.
        """
        for _ in range(_TRIES):
            saw = self._seen()
            facts, collected = self.look(kind, at, ready, begins)
            if not is_due(facts, collected, ready.ripe):
                self._looked(kind, saw, look_again_from(facts, ready.ripe, ready.until))
                return None
            if run := self.write(facts.snapshot, collected):
                self._looked(kind, saw, ready.until)
                return run, facts.snapshot
        raise RuntimeError(_TOO_FAST)

    def foresee(self, kind: RunKind, at: datetime, ready: Ripeness, begins: datetime) -> Collected | None:
        """What `make_as_they_come` would make now; None for nothing."""
        facts, collected = self.look(kind, at, ready, begins)
        return collected if is_due(facts, collected, ready.ripe) else None

    def look(self, kind: RunKind, at: datetime, ready: Ripeness, begins: datetime) -> tuple[Facts, Collected]:
        """What a run of that kind would hold at this moment, due or not."""
        with self.database.read() as connection:
            window = self._window(connection, kind, at, ready, begins)
            snapshot = load(connection, self.school, self.languages, window=window)
        facts = Facts(snapshot, window)
        return facts, collect_by(facts)

    def _window(
        self, connection: Connection, kind: RunKind, at: datetime, ready: Ripeness, begins: datetime
    ) -> Window:
        since = max(first_since(connection, self.school) or begins, begins)
        key = free_key(connection, self.school, kind, at)
        return Window(kind=kind, key=key, since=since, until=ready.until, at=at)

    def _seen(self) -> Seen:
        """Before looking: what changes meanwhile is looked at again."""
        with self.database.read() as connection:
            return seen(connection, self.school.key)

    def _looked(self, kind: RunKind, saw: Seen, until: datetime) -> None:
        """A calendar ahead of the clock (``--at``) has not seen what happens until then."""
        with self.database.write() as connection:
            looked(connection, self.school.key, kind, saw, min(until, self.clock()))

    def write(self, snapshot: Snapshot, collected: Collected, held: str | None = None) -> int | None:
        """The run's key, once it stands whole; None when its facts do not hold any more."""
        new = self.new_run(snapshot, collected, held)
        with kept_beside(self.database, self.press.media), self.database.write() as connection:
            run = make_run(connection, new)
            if run is None:
                return None
            if new.window.kind is RunKind.FEED:
                self._check_feed(connection, snapshot, collected, run)
            count_run(connection)
        return run

    def _check_feed(self, connection: Connection, snapshot: Snapshot, collected: Collected, run: int) -> None:
        """The second check, before the commit that puts posts into the feed: what it objects to is held."""
        moment = guard_moment(snapshot, collected.window, run)
        guard = Guard(load_guard_facts(connection, self.school, moment))
        for selected in collected.deliveries:
            posts = {item.post.key: item.post.content.revision for item in selected.items}
            pictures = [content_id(photo.name) for item in selected.items for photo in item.photos]
            if posts and (objection := guard.objection_to_feed(selected.parent, posts, pictures)):
                hold_in_feed(connection, run, selected.parent, objection, self.clock())

    def new_run(self, snapshot: Snapshot, collected: Collected, held: str | None = None) -> NewRun:
        printed, faults = self.print_all(collected.editions)
        deliveries = list(self.deliveries(snapshot, collected, printed, faults))
        return NewRun(
            school=self.school.key,
            window=collected.window,
            made_at=self.clock(),
            policy_version=snapshot.policy_version,
            last_run=snapshot.last_run,
            held=held,
            taken=collected.taken,
            editions=list({edition.digest: edition for edition in printed.values()}.values()),
            # Edition by edition, so that few need to be in memory while they are sent.
            deliveries=sorted(deliveries, key=lambda delivery: delivery.edition or ""),
            refused=[
                *((None, refused) for refused in collected.refused),
                *((each.parent, refused) for each in collected.deliveries for refused in each.refused),
            ],
        )

    def print_all(
        self, editions: Mapping[EditionKey, Edition]
    ) -> tuple[dict[EditionKey, NewEdition], dict[EditionKey, str]]:
        """Every edition printed, or why it could not be: one poison edition stops only itself."""
        printed: dict[EditionKey, NewEdition] = {}
        faults: dict[EditionKey, str] = {}
        for key, edition in editions.items():
            try:
                feed = edition.window.kind is RunKind.FEED
                printed[key] = for_feed(edition) if feed else self.press.print(edition)
            except Exception as fault:
                faults[key] = f"it cannot be made: {fault!r}"
        return printed, faults

    def deliveries(
        self,
        snapshot: Snapshot,
        collected: Collected,
        printed: dict[EditionKey, NewEdition],
        faults: dict[EditionKey, str],
    ) -> Iterable[NewDelivery]:
        parents = {parent.key: parent for parent in snapshot.parents}
        for selected in collected.deliveries:
            parent = parents[selected.parent]
            key = collected.edition_of.get(parent.key)
            fault = faults.get(key) if key else None
            yield NewDelivery(
                parent=parent.key,
                withheld=selected.withheld,
                failed=fault,
                edition=printed[key].digest if key and not fault else None,
                message_id=self.message_id(collected.window, parent),
                name=parent.name,
                address=parent.address,
                unsubscribe=self.unsubscribe(collected.window, parent),
                via=tuple(
                    (item.post.key, via) for item, via in zip(selected.items, selected.via, strict=True)
                ),
            )

    def message_id(self, window: Window, parent: Parent) -> str:
        """Fixed by school, run and parent: recognisable however often the mail is handed over."""
        told = f"{self.uid} {window.kind} {window.key} {parent.key}"
        unique = sha256(told.encode()).hexdigest()[:32]
        return message_id(unique, ascii_domain(self.school.sender).partition("@")[2])

    def unsubscribe(self, window: Window, parent: Parent) -> str | None:
        """Signed as of the run's moment, so that a preview before it shows the very link that is sent."""
        if self.links is None:
            return None
        now = self.clock()
        issued = window.until if abs(now - window.until) < _LINKS_AGE else now
        return self.links.make(LinkPurpose.PREFERENCES, self.school.id, parent.key, issued)
