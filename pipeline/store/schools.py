"""The school's own row."""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from pipeline.store.database import Database
from pipeline.store.tables import school


def find_school(connection: Connection, ref: str) -> int | None:
    return connection.execute(select(school.c.id).where(school.c.ref == ref)).scalar()


def add_school(connection: Connection, ref: str, uid: str) -> int:
    """The key of the school, made when it is not there yet; ``uid`` is random and kept for good."""
    found = find_school(connection, ref)
    if found is not None:
        return found
    try:
        with connection.begin_nested():
            row = connection.execute(insert(school).values(ref=ref, uid=uid).returning(school.c.id))
            return int(row.scalar_one())
    except IntegrityError:  # on PostgreSQL another process made it meanwhile
        found = find_school(connection, ref)
        assert found is not None
        return found


def rehearsed_school(database: Database, ref: str, uid: str) -> int:
    """The school's key in a rehearsal: one that is not there yet stands in each of its transactions."""
    with database.read() as connection:
        found = find_school(connection, ref)
        if found is not None:
            return found
        key = (connection.execute(select(func.max(school.c.id))).scalar() or 0) + 1
    database.stage(lambda connection: connection.execute(insert(school).values(id=key, ref=ref, uid=uid)))
    return key


def uid_of(connection: Connection, key: int) -> str:
    return str(connection.execute(select(school.c.uid).where(school.c.id == key)).scalar_one())
