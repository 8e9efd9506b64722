"""Bringing the database to the schema this version wants, on first use and after an upgrade."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import column, func, inspect, select, table

from pipeline.store.database import Database, DatabaseUnusable, create_private

MIGRATIONS = Path(__file__).parent / "migrations"
#: The newest revision; `tests/integration/test_migrations.py` holds it to the folder's own head.
HEAD = "0007"
#: PostgreSQL's advisory lock for it: "WB" and a number of ours.
_LOCK = 0x5742_0002


def ensure_schema(database: Database) -> None:
    """Create or upgrade what is missing. Costs one query when all is well.

    Raises `DatabaseUnusable` for a database that a newer version made, or, in a rehearsal, for one
    that would have to be changed.
    """
    if database.path is not None and not database.path.exists():
        create_private(database.path)
    found = _revision(database)
    if found == HEAD:
        return
    if found is not None and not list((MIGRATIONS / "versions").glob(f"{found}_*.py")):
        raise DatabaseUnusable(f"the database is of another version of Weekbrief ({found}); upgrade this one")
    if found is not None and database.rehearse:
        raise DatabaseUnusable("the database must be upgraded first, which `weekbrief status` does")
    _upgrade(database)


def has_schema(database: Database) -> bool:
    """Whether there is one at all, of whatever version; looking creates nothing."""
    there = database.path is None or database.path.exists()
    return there and _revision(database) is not None


def _revision(database: Database) -> str | None:
    with database.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(
            select(column("version_num")).select_from(table("alembic_version"))
        ).scalar()


def _upgrade(database: Database) -> None:
    # Here, because alembic costs 150 ms to import and is wanted once per upgrade.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.write() as connection:
        if not database.sqlite:  # two at once would both create; on SQLite BEGIN IMMEDIATE has seen to that
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
