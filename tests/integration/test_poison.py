"""One edition that cannot be made, at whatever moment, stops only its own deliveries."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.octets import Octets
from pipeline.relay.recording import RecordingRelay
from tests.installation import Installation, child, photo, picture, post, teacher
from tests.scene import opened, states
from tests.smtp_server import ThreadedServer
from tests.week import week_made

#: One reader each, so as many editions as parents.
EDITIONS = 1_000 if os.environ.get("WEEKBRIEF_CHAOS") == "long" else 60
POISON = "g7@ouders.example"


@pytest.fixture
def relay() -> Iterator[ThreadedServer]:
    with ThreadedServer() as server:
        yield server
    assert server.faults == []


def many_editions(folder: Path, relay: str, *tables: str) -> Installation:
    """Every parent has a group of their own; the poison's post has ``tables``."""
    told = Installation(folder=folder, relay=relay)
    names = [f"groep {number}" for number in range(EDITIONS)]
    told.roster(*(child(f"p{n}", name, f"g{n}") for n, name in enumerate(names)))
    told.staff(teacher("s1", "groep 1", role="management"))
    told.write("posts/bos.jpg", picture())
    told.posts(
        *(post(f"van-{n}", name, "", *(tables if n == 7 else ())) for n, name in enumerate(names)),
    )
    return told


def change(told: Installation, sql: str, **values: Any) -> None:
    """Put something into the database that no import would."""
    from sqlalchemy import text

    from tests.scene import engine

    at = engine(told)
    try:
        with at.begin() as connection:
            assert connection.execute(text(sql), values).rowcount == 1
    finally:
        at.dispose()


def assert_only_the_poison_failed(told: Installation, relay: ThreadedServer, words: str) -> None:
    ended = told("run", "--at", "2026-11-20T16:00", expect=1)
    assert f"{EDITIONS} parents: {EDITIONS - 1} sent, 0 queued, 1 failed, 0 held" in ended.out
    assert "`weekbrief status` says which and why" in ended.err
    state = states(told)
    assert state.pop(POISON) == "failed"
    assert set(state.values()) == {"sent"}
    assert {mail.recipient for mail in relay.messages} == state.keys()
    assert len(relay.messages) == len(state)
    said = told("status", expect=None)
    assert words in said.out
    assert told("run", "--at", "2026-11-20T16:00", expect=None).status in (0, 1)
    assert len(relay.messages) == len(state), "it is not tried over and over"


def test_a_picture_that_has_gone_from_the_media_folder(tmp_path: Path, relay: ThreadedServer) -> None:
    told = many_editions(tmp_path / "school", relay.url, photo("bos.jpg", []))
    for file in told.folder.rglob("*-mail.jpg"):
        file.unlink()
    assert_only_the_poison_failed(told, relay, "it cannot be made")


@pytest.mark.parametrize(
    "extra",
    [
        '{"links": [{"url": null, "title": 7}]}',
        '{"links": [], "event": {"starts": "9999-12-31T23:59:59+00:00"}}',
    ],
)
def test_a_post_that_no_template_can_show(tmp_path: Path, relay: ThreadedServer, extra: str) -> None:
    told = many_editions(tmp_path / "school", relay.url)
    change(
        told,
        "UPDATE revision SET extra = :extra WHERE id = (SELECT revision_id FROM post WHERE ref = 'van-7')",
        extra=extra,
    )
    assert_only_the_poison_failed(told, relay, "it cannot be made")


@pytest.mark.parametrize("pieces", [None, b"", b"\xff\x00 no pieces at all"])
def test_stored_pieces_that_cannot_be_read(
    tmp_path: Path, relay: ThreadedServer, pieces: bytes | None
) -> None:
    told = many_editions(tmp_path / "school", relay.url)
    with week_made(told):
        change(
            told,
            "UPDATE edition SET pieces = :pieces WHERE id ="
            " (SELECT edition_id FROM delivery WHERE address = :poison)",
            pieces=pieces,
            poison=POISON,
        )
    assert_only_the_poison_failed(told, relay, "it cannot be made")


class Poisoned:
    """A press that cannot print what is left of one post's edition."""

    def __init__(self, press: Any, title: str) -> None:
        self._press, self._title = press, title

    def print(self, edition: Any) -> Any:
        if any(item.post.content.title == self._title for item in edition.items):
            raise RuntimeError("ink is out")
        return self._press.print(edition)

    def message(self, edition: int, stored: bytes, to: Any) -> Octets:
        message: Octets = self._press.message(edition, stored, to)
        return message


def test_what_a_decision_leaves_cannot_be_printed(tmp_path: Path) -> None:
    told = many_editions(tmp_path / "school", "file://mails", photo("bos.jpg", []))
    with week_made(told) as week:
        told.posts(post("van-7", "groep 7", "", photo("bos.jpg", None)), expect=1)  # the picture must stay
        relay = RecordingRelay()
        week.deliver(relay, week.desk(press=Poisoned(week.maker.press, "Titel van-7")))
    state = states(told)
    assert state.pop(POISON) == "failed"
    assert set(state.values()) == {"sent"}
    assert {each.envelope.recipient for each in relay.sent} == state.keys()
    with opened(told) as ask:
        assert "ink is out" in ask("SELECT reason FROM delivery WHERE state = 'failed'")[0][0]
