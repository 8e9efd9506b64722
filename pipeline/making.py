"""Making a weekly run: read, collect, print, and write it whole; or show what it would be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection

from pipeline.collect import Collected, EditionKey, collect
from pipeline.links import LinkPurpose, Links
from pipeline.mime_headers import ascii_domain, message_id
from pipeline.model import Edition, Parent, School, Snapshot, Window
from pipeline.press import Press
from pipeline.store import runs
from pipeline.store.database import Database
from pipeline.store.runs import NewDelivery, NewEdition, NewRun
from pipeline.store.snapshot import load

#: A decision committed between reading and writing makes us look again; so many times in a row it cannot be.
_TRIES = 20
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
            snapshot = load(connection, self.school, self.languages, kind=window.kind, until=window.until)
        return snapshot, collect(snapshot, window)

    def make(self, window: Window) -> Snapshot | None:
        """What the new run was made of; None when another process was first."""
        for _ in range(_TRIES):
            snapshot, collected = self.read(window)
            new = self.new_run(snapshot, collected)
            with self.database.write() as connection:
                if self._exists(connection, window):
                    return None
                run = runs.make_run(connection, new)
            if run is not None:
                return snapshot
        raise RuntimeError("decisions keep changing faster than a run can be made")

    def _exists(self, connection: Connection, window: Window) -> bool:
        return runs.find_run(connection, self.school.key, window.kind, window.key) is not None

    def new_run(self, snapshot: Snapshot, collected: Collected) -> NewRun:
        printed, faults = self.print_all(collected.editions)
        deliveries = list(self.deliveries(snapshot, collected, printed, faults))
        return NewRun(
            school=self.school.key,
            window=collected.window,
            made_at=self.clock(),
            policy_version=snapshot.policy_version,
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
                printed[key] = self.press.print(edition)
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
