"""The migrations build exactly what the tables say, on both databases, and are run by the first command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from pipeline.store.database import Database, DatabaseUnusable
from pipeline.store.migrate import HEAD, MIGRATIONS, ensure_schema, has_schema
from pipeline.store.tables import metadata


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def test_migrations_and_tables_are_the_same(database: Database) -> None:
    ensure_schema(database)
    with database.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []


def test_partial_indexes_are_of_the_rows_that_the_tables_say(database: Database) -> None:
    """Alembic does not compare their conditions."""
    ensure_schema(database)
    with database.read() as connection:
        found = {
            index["name"]: str(where)
            for table in metadata.tables
            for index in inspect(connection).get_indexes(table)
            for option, where in index.get("dialect_options", {}).items()
            if option.endswith("_where")
        }
    expected = {
        index.name: index.info["where"]
        for table in metadata.tables.values()
        for index in table.indexes
        if "where" in index.info
    }
    assert {name: re.sub(r"::text|[()]", "", where) for name, where in found.items()} == expected


def test_the_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_a_second_look_changes_nothing(database: Database) -> None:
    assert not has_schema(database)
    ensure_schema(database)
    assert has_schema(database)
    ensure_schema(database)
    with database.read() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == HEAD


def test_two_first_commands_at_once_make_one_schema(database_url: str) -> None:
    def first(_: int) -> None:
        database = Database(database_url)
        try:
            ensure_schema(database)
        finally:
            database.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(first, range(4)))


def test_looking_for_a_schema_makes_no_file(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/none.db")
    assert not has_schema(database)
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_for_its_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/deep/er/weekbrief.db")
    ensure_schema(database)
    assert (tmp_path / "deep/er/weekbrief.db").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "deep/er").stat().st_mode & 0o077 == 0


def test_a_rehearsal_takes_everything_back(database_url: str) -> None:
    made = Database(database_url)
    ensure_schema(made)
    rehearsal = Database(database_url, rehearse=True)
    ensure_schema(rehearsal)
    with rehearsal.write() as connection:
        connection.exec_driver_sql("INSERT INTO school (ref, uid) VALUES ('x', 'y')")
        assert connection.exec_driver_sql("SELECT count(*) FROM school").scalar() == 1
    with made.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM school").scalar() == 0
    made.close()
    rehearsal.close()


def test_a_newer_schema_is_refused(database: Database) -> None:
    ensure_schema(database)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseUnusable, match="another version"):
        ensure_schema(database)
