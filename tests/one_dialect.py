"""SQL compiled once for a whole test process, not once for each of the thousand installations that it opens.

SQLAlchemy keeps what it compiled by engine, and by the dialect object that every engine has of its own. A
test process opens a database for each command, as the command line does, and a third of its time went into
compiling the same statements. Nothing else is shared: each engine keeps its own pool and its own settings.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.engine import Dialect

from pipeline.store import database

_DIALECTS: dict[str, Dialect] = {}
_COMPILED: dict[Any, Any] = {}


def share() -> None:
    """From now on `Database` opens engines that share what they compiled."""
    database.create_engine = _sharing  # type: ignore[assignment]


def _sharing(url: URL, **arguments: Any) -> Engine:
    engine = create_engine(url, execution_options={"compiled_cache": _COMPILED}, **arguments)
    engine.dialect = _DIALECTS.setdefault(engine.driver, engine.dialect)
    return engine
