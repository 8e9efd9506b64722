"""The statements of every commit of the journal, compiled once and run on the driver's own cursor.

SQLAlchemy's part in such a small statement takes several times as long as the statement itself, and
two of each kind stand around every mail.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ClauseElement,
    ColumnElement,
    Connection,
    Insert,
    any_,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.engine import Dialect

from pipeline.deliver import AnswerKind
from pipeline.model import DeliveryState
from pipeline.outbox import Event, move
from pipeline.store import tables as t
from pipeline.store.runs import WAITING_STATES

EVENT_OF = {
    AnswerKind.ACCEPTED: Event.ACCEPTED,
    AnswerKind.TEMPORARY: Event.TEMPORARY,
    AnswerKind.PERMANENT: Event.PERMANENT,
    AnswerKind.UNKNOWN: Event.LOST,
}


SENDING = move(DeliveryState.QUEUED, Event.HAND_OVER)

#: In the order in which an event of the journal is told.
EVENT_COLUMNS = ("delivery_id", "at", "event", "moved_to", "owner", "relay", "code", "enhanced", "text")


class Statements:
    """All of them on one kind of database.

    Values are given as the driver takes them: instants by `columns.stored`. Raises the driver's own
    errors, which `Database.write` gives their names.

    On SQLite each takes and gives all its rows as one JSON text: every row that the driver steps to
    costs giving up the interpreter, and getting it back while the other thread works is slow.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._sqlite = dialect.name == "sqlite"
        version = select(t.school.c.policy_version).where(t.school.c.id == bindparam("school"))
        if not self._sqlite:
            # A decision commits wholly before this hand-over, or wholly after it.
            version = version.with_for_update(read=True)
        self._version = _Compiled(version, dialect)
        self._hand_over = _Move(dialect, WAITING_STATES, _handing_over())
        settled = (*EVENT_OF.values(), Event.LOST_AGAIN)
        self._settle = {event: _Move(dialect, (SENDING,), _settling(event)) for event in settled}
        self._events = _Compiled(_insert_events() if self._sqlite else insert(t.delivery_event), dialect)

    def version(self, connection: Connection, school: int) -> int:
        """The school's policy version, locked until commit."""
        [(version,)] = self._version.run(connection, {"school": school})
        return int(version)

    def hand_over(self, connection: Connection, keys: Sequence[int], *, us: int, now: int) -> set[int]:
        """Mark what is still ours as being sent; gives which of them were."""
        return self._hand_over.run(connection, keys, {"us": us, "now": now})

    def settle(
        self,
        connection: Connection,
        event: Event,
        keys: Sequence[int],
        *,
        us: int,
        now: int,
        wait: int | None,
    ) -> set[int]:
        """Record the same answer to several; gives which of them were still ours."""
        return self._settle[event].run(connection, keys, {"us": us, "now": now, "wait": wait})

    def keep(self, connection: Connection, events: Sequence[Sequence[object]]) -> None:
        """Append what happened; each as `EVENT_COLUMNS` says."""
        if self._sqlite:
            self._events.run(connection, {"rows": json.dumps(events)})
        else:
            rows = [dict(zip(EVENT_COLUMNS, event, strict=True)) for event in events]
            self._events.run_all(connection, rows)


@lru_cache(maxsize=4)  # compiling takes 5 ms, and a supplier's process opens a journal for each school
def statements(dialect: Dialect) -> Statements:
    return Statements(dialect)


class _Move:
    """Move those of some rows that are ours and in a certain state, and say which they were."""

    def __init__(self, dialect: Dialect, states: Iterable[DeliveryState], values: Mapping[str, Any]) -> None:
        c = t.delivery.c
        self._sqlite = dialect.name == "sqlite"
        in_state = c.state.in_([literal_column(f"'{state.value}'") for state in states])
        ours = (self._among(c.id), c.owner == bindparam("us"), in_state)
        if self._sqlite:
            self._which = _Compiled(select(func.json_group_array(c.id)).where(*ours), dialect)
            self._update = _Compiled(update(t.delivery).where(self._among(c.id)).values(**values), dialect)
        else:
            returning = update(t.delivery).where(*ours).values(**values).returning(c.id)
            self._update = _Compiled(returning, dialect)

    def run(self, connection: Connection, keys: Sequence[int], values: Mapping[str, object]) -> set[int]:
        if not self._sqlite:
            return {key for (key,) in self._update.run(connection, {"keys": list(keys), **values})}
        [(ours,)] = self._which.run(connection, {"keys": json.dumps(keys), **values})
        self._update.run(connection, {"keys": ours, **values})
        return set(json.loads(ours))

    def _among(self, column: ColumnElement[int]) -> ColumnElement[bool]:
        """One value for any number of keys, which no text of a statement depends on."""
        if self._sqlite:
            keys = func.json_each(bindparam("keys")).table_valued("value")
            return column.in_(select(keys.c.value))
        return column == any_(bindparam("keys", type_=ARRAY(BigInteger)))


def _handing_over() -> dict[str, Any]:
    return {"state": SENDING, "attempts": t.delivery.c.attempts + 1, "handed_at": _given("now")}


def _settling(event: Event) -> dict[str, Any]:
    """What an answer of this kind changes."""
    state = move(SENDING, event)
    changed: dict[str, Any] = {"state": state, "next_try_at": _given("wait")}
    changed |= {"owner": None} if state == DeliveryState.DEFERRED else {"done_at": _given("now")}
    if event in (Event.LOST, Event.LOST_AGAIN):
        changed["doubts"] = t.delivery.c.doubts + 1
    return changed


def _insert_events() -> Insert:
    rows = func.json_each(bindparam("rows")).table_valued("value")
    cells = [_cell(rows.c.value, place) for place in range(len(EVENT_COLUMNS))]
    return insert(t.delivery_event).from_select(EVENT_COLUMNS, select(*cells), include_defaults=False)


def _cell(row: ColumnElement[Any], place: int) -> ColumnElement[Any]:
    return func.json_extract(row, literal_column(f"'$[{place}]'"))


def _given(name: str) -> Any:
    return bindparam(name, type_=BigInteger, required=False)


class _Compiled:
    """One statement, ready for the driver."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        columns = EVENT_COLUMNS if isinstance(statement, Insert) else None
        compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
        self._text: str = compiled.string
        self._constants = {
            name: value.value if isinstance(value, DeliveryState) else value
            for name, value in compiled.params.items()
        }
        self._places: list[str] | None = compiled.positiontup

    def run(self, connection: Connection, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self._text, self._arguments(values))
            return list(cursor.fetchall()) if cursor.description else []
        finally:
            cursor.close()

    def run_all(self, connection: Connection, rows: Iterable[Mapping[str, object]]) -> None:
        cursor = connection.connection.cursor()
        try:
            cursor.executemany(self._text, [self._arguments(row) for row in rows])
        finally:
            cursor.close()

    def _arguments(self, values: Mapping[str, object]) -> Any:
        every = {**self._constants, **values}
        return every if self._places is None else [every[name] for name in self._places]


def state_of(connection: Connection, delivery: int) -> DeliveryState:
    found = connection.execute(select(t.delivery.c.state).where(t.delivery.c.id == delivery))
    return DeliveryState(found.scalar_one())
