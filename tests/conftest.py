"""What all tests share. Nothing here reaches beyond this machine, nor into the developer's own Weekbrief."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests import one_dialect, postgres as postgresql

ROOT = Path(__file__).resolve().parents[1]
LOOPBACK = ("127.", "::1", "localhost")

# A test that reads the developer's settings could send real mail.
for name in ("CONFIG", "DATABASE", "RELAY", "SECRET", "SMTP_PASSWORD", "DKIM_KEY"):
    os.environ.pop(f"WEEKBRIEF_{name}", None)

# The usual lax umask: a file for its owner only is the code's doing.
os.umask(0o022)

# CI gives the same answer twice; at a desk every run looks somewhere new. Time is never a verdict.
settings.register_profile("dev", deadline=None, print_blob=True)
settings.register_profile(
    "ci",
    deadline=None,
    print_blob=True,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("long", settings.get_profile("dev"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


def _stay_on_this_machine(event: str, arguments: tuple[Any, ...]) -> None:
    """Audit hook: no look-up and no connection beyond loopback. premailer and email-validator do both."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host and not host.startswith(LOOPBACK):
        raise AssertionError(f"{event} to {host!r}: tests stay on this machine")


sys.addaudithook(_stay_on_this_machine)

one_dialect.share()


#: Of the chaos tests those that mostly wait, for the daemon or for bad relays.
_WAITING = {
    *("test_serve", "test_due_moment", "test_notices_killed"),
    *("test_relay_faults", "test_stopped", "test_budget", "test_overtaking"),
}
#: In the short form on one database, the one that has more to go wrong there; the long form has both.
_SHORT_ON = {
    "test_killed": "postgresql",
    "test_last_moment": "postgresql",
    "test_due_moment": "postgresql",
    "test_budget": "postgresql",
    "test_together": "sqlite",
    "test_overtaking": "sqlite",
}
#: What these make once for all their tests would be made once in each of the parallel processes.
_MADE_ONCE = {
    *(
        "test_agenda",
        "test_called_off",
        "test_decisions",
        "test_gate_sentences",
        "test_guard",
        "test_held_texts",
    ),
    *("test_lint", "test_notices", "test_own_look", "test_photo_made", "test_preview", "test_relay_command"),
    *("test_relay_connect", "test_retention", "test_status_explain"),
}


def _on_the_other_database(item: pytest.Item) -> bool:
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    there, here = parameters.get("database_url"), _SHORT_ON.get(item.path.stem)
    return item.get_closest_marker("chaos") is not None and here is not None and there not in (None, here)


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Chaos tests run one after another, in some of the parallel processes: more would race for the cores.
    Those that mostly wait have one to themselves, so that the others keep the cores busy meanwhile."""
    if os.environ.get("WEEKBRIEF_CHAOS") != "long":
        left_out = [item for item in items if _on_the_other_database(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    for item in items:
        if item.path.stem in _MADE_ONCE:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
        if item.get_closest_marker("chaos"):
            group = "waiting" if item.path.stem in _WAITING else "chaos"
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout's top folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real test input beside the checkout, read in place; WEEKBRIEF_SHARED_DATA names another folder."""
    folder = Path(os.environ.get("WEEKBRIEF_SHARED_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no shared test input at {folder} (WEEKBRIEF_SHARED_DATA names another folder)")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgresql.Postgres]:
    """A running PostgreSQL, one for each test process."""
    try:
        with postgresql.server() as server:
            yield server
    except postgresql.CannotStart as error:
        pytest.skip(f"no PostgreSQL: {error}")


@pytest.fixture
def postgres_url(postgres: postgresql.Postgres) -> Iterator[str]:
    """A fresh, empty PostgreSQL database."""
    url = postgres.fresh()
    yield url
    postgres.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh, empty database on each engine that the store supports; the test runs on both."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        return url
    return f"sqlite:///{tmp_path / 'weekbrief.db'}"
