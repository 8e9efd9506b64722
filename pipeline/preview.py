"""Exactly what would be sent, without sending: of a run that was made, or of the one to come."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

from pipeline.collect import Collected, EditionKey, share
from pipeline.facts import Facts
from pipeline.making import Maker
from pipeline.model import DeliveryState, Snapshot, Window
from pipeline.multipart import leaves
from pipeline.octets import Octets
from pipeline.rules import Open, Selected, narrow, open_item, open_lines
from pipeline.store import tables as t
from pipeline.store.outbox_rows import Stored, edition_rows
from pipeline.store.run_rows import made_window
from pipeline.store.runs import WAITING_STATES
from pipeline.store.snapshot import load

_LONGEST = 100  #: bytes of an id in a file's name


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """One parent's mail, or why there is none."""

    parent: str
    message: bytes | None
    why: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _To:
    message_id: str
    date: datetime
    name: str
    address: str
    unsubscribe: str | None


def preview_made(maker: Maker, run: Row[Any], parents: frozenset[int] | None) -> Iterator[Shown]:
    """The stored editions, joined as every attempt joins them; what waits, as decisions now leave it."""
    d = t.delivery.c
    query = (
        select(t.delivery, t.parent.c.ref)
        .join(t.parent, t.parent.c.id == d.parent_id)
        .where(d.run_id == run.id)
        .order_by(t.parent.c.ref)
    )
    # Not held open while files are written: on SQLite that would keep a run from recording answers.
    with maker.database.read() as connection:
        rows = connection.execute(query).all()
    shelf = _Shelf(maker, run)
    for row in rows:
        if parents is None or row.parent_id in parents:
            yield shelf.shown(row)


def _made(parent: str, message: Callable[[], Octets]) -> Shown:
    """As in a run, a mail that cannot be made stops only itself."""
    try:
        return Shown(parent=parent, message=bytes(message()))
    except Exception as fault:
        return Shown(parent=parent, message=None, why=f"it cannot be made: {fault!r}")


class _Shelf:
    """The stored editions of a run that was made, each read once."""

    def __init__(self, maker: Maker, run: Row[Any]) -> None:
        self._maker, self._run = maker, run
        self._editions: dict[int, Stored] = {}
        self._reprinted: list[EditionKey] = []

    def shown(self, row: Row[Any]) -> Shown:
        stored = self._edition(row.edition_id)
        if stored is None or not stored.pieces or row.address is None or row.state == DeliveryState.WITHHELD:
            why = row.reason or "its text is past its term and deleted"
            return Shown(parent=row.ref, message=None, why=why)
        if row.state in WAITING_STATES:
            return self._as_decided_now(row, stored)
        return _made(row.ref, lambda: self._maker.press.message(row.edition_id, stored.pieces, row))

    def _edition(self, key: int | None) -> Stored | None:
        if key is None:
            return None
        if key not in self._editions:
            with self._maker.database.read() as connection:
                self._editions = dict(edition_rows(connection, [key]))
        return self._editions[key]

    def _as_decided_now(self, row: Row[Any], stored: Stored) -> Shown:
        """Rule 16: decisions since may have taken something away."""
        waiting = Open(
            delivery=row.id,
            parent=row.parent_id,
            edition=row.edition_id,
            address=row.address,
            items=stored.items,
            agenda=stored.agenda,
        )
        left = narrow(waiting, self._facts)
        address = self._facts.parent(row.parent_id).address
        if left.withheld or address is None:
            return Shown(parent=row.ref, message=None, why=left.withheld)
        to = _To(
            message_id=row.message_id,
            date=row.date,
            name=row.name,
            address=address,
            unsubscribe=row.unsubscribe,
        )
        number, pieces = row.edition_id, stored.pieces
        if tuple(map(open_item, left.items)) != stored.items or open_lines(left.agenda) != stored.agenda:
            number, pieces = self._reprint(left)
        return _made(row.ref, lambda: self._maker.press.message(number, pieces, to))

    def _reprint(self, left: Selected) -> tuple[int, bytes]:
        editions, edition_of = share(self._facts, (left,))
        key = edition_of[left.parent]
        if key not in self._reprinted:
            self._reprinted.append(key)
        # Below zero, where no stored edition is.
        return -1 - self._reprinted.index(key), self._maker.press.print(editions[key]).pieces

    @cached_property
    def _facts(self) -> Facts:
        maker, run = self._maker, self._run
        window = made_window(run, max(maker.clock(), run.until))
        with maker.database.read() as connection:
            snapshot = load(connection, maker.school, maker.languages, window=window, before_run=run.id)
        return Facts(snapshot, window)


def preview_coming(maker: Maker, window: Window, parents: frozenset[int] | None) -> Iterator[Shown]:
    """What the newsletter would be if it were made now."""
    return preview_collected(maker, *maker.read(window), parents)


def preview_collected(
    maker: Maker, snapshot: Snapshot, collected: Collected, parents: frozenset[int] | None
) -> Iterator[Shown]:
    """What a run of that would be."""
    window = collected.window
    refs = {parent.key: parent.id for parent in snapshot.parents}
    printed, faults = maker.print_all(dict(_wanted(collected, parents)))
    numbers = {key: number for number, key in enumerate(printed)}
    told = {parent.key: parent for parent in snapshot.parents}
    now = maker.clock()
    for selected in sorted(collected.deliveries, key=lambda each: refs[each.parent]):
        if parents is not None and selected.parent not in parents:
            continue
        parent, key = told[selected.parent], collected.edition_of.get(selected.parent)
        if key is None or key in faults or parent.address is None:
            why = selected.withheld or faults.get(key) if key else selected.withheld
            yield Shown(parent=parent.id, message=None, why=why)
            continue
        to = _To(
            message_id=maker.message_id(window, parent),
            date=now,
            name=parent.name,
            address=parent.address,
            unsubscribe=maker.unsubscribe(window, parent),
        )
        number, pieces = numbers[key], printed[key].pieces
        yield _made(parent.id, partial(maker.press.message, number, pieces, to))


def _wanted(collected: Any, parents: frozenset[int] | None) -> list[Any]:
    keys = {key for parent, key in collected.edition_of.items() if parents is None or parent in parents}
    return [(key, edition) for key, edition in collected.editions.items() if key in keys]


def write_files(folder: Path, name: str, message: bytes) -> None:
    """``NAME.eml`` as it goes to the relay, and its parts for a browser, a text editor and a calendar."""
    folder.mkdir(parents=True, exist_ok=True)
    safe = file_name(name)
    (folder / f"{safe}.eml").write_bytes(message)
    html, text = parts(message)
    (folder / f"{safe}.html").write_text(html, "utf-8")
    (folder / f"{safe}.txt").write_text(text, "utf-8")
    for leaf in leaves(message):
        if leaf.kind == "text/calendar":
            (folder / f"{safe}.ics").write_bytes(leaf.data())


def file_name(id: str) -> str:
    """A name for files of a parent; two ids never share one, whatever stands in them."""
    safe = re.sub(r"[^\w.@+-]", "_", id).lstrip(".")
    if safe == id and len(id.encode()) <= _LONGEST:
        return safe
    short = safe.encode()[:_LONGEST].decode(errors="ignore")
    return f"{short}-{sha256(id.encode()).hexdigest()[:8]}"


def in_page(kind: str, data: bytes) -> str:
    """A picture as a URL that needs no file."""
    return f"data:{kind};base64,{b64encode(data).decode()}"


def parts(message: bytes, show: Callable[[str, bytes], str] = in_page) -> tuple[str, str]:
    """HTML and text as a mail program shows them; ``show`` gives a URL for a picture's type and bytes."""
    html = text = ""
    for leaf in leaves(message):
        if leaf.kind == "text/html":
            html = leaf.data().decode()
        elif leaf.kind == "text/plain":
            text = leaf.data().decode()
        elif leaf.kind.startswith("image/"):
            html = html.replace(f"cid:{leaf.content_id}", show(leaf.kind, leaf.data()))
    return html, text
