"""The kinds of column our tables are made of.

Instants are stored as microseconds since 1970 in UTC (`Instant`): exact, sortable and the same on
SQLite and PostgreSQL.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, MetaData, Text, text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware datetime as integer microseconds since 1970-01-01T00:00Z."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else stored(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + timedelta(microseconds=value)


def stored(instant: datetime) -> int:
    """What stands in an `Instant` column."""
    return (instant - EPOCH) // _MICROSECOND


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: INTEGER PRIMARY KEY counts by itself on SQLite; BIGINT on PostgreSQL.
Key = BigInteger().with_variant(Integer(), "sqlite")


def key() -> Column[int]:
    return Column("id", Key, primary_key=True)


def to(table: str, name: str | None = None, *, null: bool = False, index: bool = False) -> Column[int]:
    return Column(name or f"{table}_id", Key, ForeignKey(f"{table}.id"), nullable=null, index=index)


def string(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


def flag(name: str) -> Column[bool]:
    return Column(name, Boolean(create_constraint=False), nullable=False, server_default=text("false"))


def number(name: str, *, null: bool = False, default: int = 0) -> Column[int]:
    return Column(name, BigInteger, nullable=null, server_default=None if null else text(str(default)))


def instant(name: str, *, null: bool = False) -> Column[datetime]:
    return Column(name, Instant, nullable=null)


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of the rows for which ``where`` holds, which the migrations make so.

    The condition stands in its ``info``: as SQLAlchemy's own arguments it would have every command read the
    dialects of all databases first, a twentieth of what it takes to start.
    """
    return Index(name, *columns, unique=unique, info={"where": where})
