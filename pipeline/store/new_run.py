"""Writing a run whole, in one transaction: its editions, every parent's row, and what was refused."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import Connection, insert, select, update

from pipeline.model import DeliveryState, RunKind, School, Via, Window, Withheld
from pipeline.occasions import Occasion, OpenLine, Source
from pipeline.outbox import Event
from pipeline.rules import OpenItem, Refused
from pipeline.store import tables as t
from pipeline.store.agenda_rows import agenda_rows
from pipeline.store.database import lock_school
from pipeline.store.past_runs import last_run
from pipeline.store.runs import find_run, note


@dataclass(frozen=True, kw_only=True, slots=True)
class NewEdition:
    digest: str
    language: str
    items: tuple[OpenItem, ...]
    pieces: bytes  #: empty in the app's feed, which shows the posts themselves
    size: int  #: bytes of encoded HTML
    #: What it tells is on: lines of its agenda, and sources of the events of its posts.
    events: tuple[tuple[OpenLine | Source, Occasion], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class NewDelivery:
    parent: int
    withheld: Withheld | None
    edition: str | None  #: its digest
    failed: str | None = None  #: why its edition could not be made
    held: str | None = None  #: why it waits for a person
    message_id: str
    name: str
    address: str | None
    unsubscribe: str | None
    via: tuple[tuple[int, tuple[Via, ...]], ...] = ()  #: post -> paths


@dataclass(frozen=True, kw_only=True, slots=True)
class NewRun:
    school: int
    window: Window
    made_at: datetime
    policy_version: int
    last_run: int  #: the newest run when the facts were read
    held: str | None = None  #: why it waits for a person as a whole
    taken: frozenset[int]
    editions: Sequence[NewEdition]
    deliveries: Sequence[NewDelivery]
    refused: Sequence[tuple[int | None, Refused]]  #: parent (None: everybody) and what was refused


def free_key(connection: Connection, school: School, kind: RunKind, at: datetime) -> str:
    """A name for a run of posts as they come: when it was made, by the school's clock."""
    suffix = {RunKind.FEED: "-app", RunKind.URGENT: "-urgent"}.get(kind, "")
    name = f"{at.astimezone(school.zone):%Y-%m-%dT%H:%M}{suffix}"
    c = t.run.c
    like = c.key.startswith(name, autoescape=True)
    taken = connection.execute(select(c.key).where(c.school_id == school.key, c.kind == kind, like)).scalars()
    found = set(taken)
    numbered = (name if number == 1 else f"{name}-{number}" for number in count(1))
    return next(key for key in numbered if key not in found)


def hold_in_feed(connection: Connection, run: int, parent: int, why: str, now: datetime) -> None:
    """The second check objects: a person looks before it stands in the feed."""
    c = t.delivery.c
    state, reason = DeliveryState.HELD, f"the second check objects: {why}"
    mine = update(t.delivery).where(c.run_id == run, c.parent_id == parent).values(state=state, reason=reason)
    keys = connection.execute(mine.returning(c.id)).scalars()
    note(connection, [(key, Event.HOLD, state) for key in keys], now, reason)


def make_run(connection: Connection, new: NewRun) -> int | None:
    """Write the run with every parent's row; its key, or None when something changed under our hands.

    Either another process made a run first, or a decision was committed after the snapshot was
    read: the caller looks again.
    """
    if lock_school(connection, new.school) != new.policy_version:
        return None
    if last_run(connection, new.school) != new.last_run:
        return None  # somebody may have had since then what stands in this one
    if find_run(connection, new.school, new.window.kind, new.window.key) is not None:
        return None  # made between the caller's look whether it exists and its reading of the facts
    run = _insert_run(connection, new)
    editions = insert_editions(connection, new.school, run, new.editions)
    _insert_deliveries(connection, run, new, editions)
    record_refused(connection, run, new.refused)
    return run


def _insert_run(connection: Connection, new: NewRun) -> int:
    window = new.window
    row = connection.execute(
        insert(t.run)
        .values(
            school_id=new.school,
            kind=window.kind,
            key=window.key,
            since=window.since,
            until=window.until,
            at=window.at,
            made_at=new.made_at,
            policy_version=new.policy_version,
            carried_from=window.carried_from,
            held=new.held,
        )
        .returning(t.run.c.id)
    )
    run = int(row.scalar_one())
    if new.taken:
        connection.execute(
            insert(t.run_post), [{"run_id": run, "post_id": post} for post in sorted(new.taken)]
        )
    return run


def insert_editions(
    connection: Connection, school: int, run: int, editions: Sequence[NewEdition]
) -> dict[str, int]:
    """Digest -> key, of these editions; one that stands already keeps its key."""
    stood = _edition_keys(connection, run, [edition.digest for edition in editions])
    rows = [
        {
            "run_id": run,
            "digest": edition.digest,
            "language": edition.language,
            "items": items_text(edition.items),
            "size": edition.size,
            "pieces": edition.pieces,
        }
        for edition in editions
        if edition.digest not in stood
    ]
    if rows:
        connection.execute(insert(t.edition), rows)
    keys = _edition_keys(connection, run, [edition.digest for edition in editions])
    events = [
        {**row, "edition_id": keys[edition.digest], "school_id": school}
        for edition in editions
        if edition.digest not in stood
        for row in agenda_rows(edition.events)
    ]
    if events:
        connection.execute(insert(t.edition_event), events)
    return keys


def _edition_keys(connection: Connection, run: int, digests: list[str]) -> dict[str, int]:
    wanted = set(digests)
    rows = connection.execute(select(t.edition.c.digest, t.edition.c.id).where(t.edition.c.run_id == run))
    return {digest: key for digest, key in rows if digest in wanted}


def items_text(items: Iterable[OpenItem]) -> str:
    """As JSON; what one item lacks at its end is empty."""
    return json.dumps(list(map(_item_text, items)), ensure_ascii=False)


def _item_text(item: OpenItem) -> list[Any]:
    told = [item.post, item.revision, list(item.photos), list(item.groups)]
    return [*told, list(item.left)] if item.left else told


def items_from(text: str) -> tuple[OpenItem, ...]:
    return tuple(
        OpenItem(
            post=post,
            revision=revision,
            photos=tuple(photos),
            groups=tuple(groups),
            left=tuple(left[0]) if left else (),
        )
        for post, revision, photos, groups, *left in json.loads(text)
    )


def _insert_deliveries(connection: Connection, run: int, new: NewRun, editions: dict[str, int]) -> None:
    rows = [_delivery_row(run, new, delivery, editions) for delivery in new.deliveries]
    if not rows:
        return
    connection.execute(insert(t.delivery), rows)
    found = connection.execute(
        select(t.delivery.c.parent_id, t.delivery.c.id).where(t.delivery.c.run_id == run)
    ).all()
    keys = {row.parent_id: row.id for row in found}
    items = [
        {
            "delivery_id": keys[delivery.parent],
            "post_id": post,
            "parent_id": delivery.parent,
            "had": not delivery.failed,
            "via": via_text(via),
        }
        for delivery in new.deliveries
        for post, via in delivery.via
    ]
    if items:
        connection.execute(insert(t.delivery_item), items)


def _delivery_row(run: int, new: NewRun, delivery: NewDelivery, editions: dict[str, int]) -> dict[str, Any]:
    return {
        "run_id": run,
        "school_id": new.school,
        "parent_id": delivery.parent,
        "state": _first_state(new, delivery),
        "reason": delivery.withheld or delivery.failed or delivery.held or new.held,
        "edition_id": editions[delivery.edition] if delivery.edition else None,
        "message_id": delivery.message_id,
        "date": new.made_at,
        "name": delivery.name,
        "address": delivery.address,
        "unsubscribe": delivery.unsubscribe,
        "attempts": 0,
        "doubts": 0,
    }


def _first_state(new: NewRun, delivery: NewDelivery) -> DeliveryState:
    if delivery.withheld:
        return DeliveryState.WITHHELD
    if delivery.failed:
        return DeliveryState.FAILED
    if delivery.held or new.held:
        return DeliveryState.HELD
    # What stands in the feed has arrived with this very commit: there is nobody to hand it to.
    return DeliveryState.SENT if new.window.kind is RunKind.FEED else DeliveryState.QUEUED


def via_text(via: Iterable[Via]) -> str:
    """As JSON; by hand, because a week has tens of thousands of them and each is a few numbers."""
    paths = (f"[{path.pupil}, {'null' if path.group is None else path.group}]" for path in via)
    return f"[{', '.join(paths)}]"


def record_refused(connection: Connection, run: int, refused: Sequence[tuple[int | None, Refused]]) -> None:
    rows = [
        {"run_id": run, "parent_id": parent, "post_id": r.post, "photo_id": r.photo, "reason": r.reason}
        for parent, r in refused
    ]
    if rows:
        connection.execute(insert(t.refusal), rows)
