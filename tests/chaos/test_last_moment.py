"""Rule 16: what was decided before a mail was handed over is honoured, also in the middle of a run."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from tests.chaos.racing import Allowed, Mail, Racing
from tests.installation import Installation, mail
from tests.scene import RUN, Process, assert_sound, opened, short_or_long
from tests.smtp_script import Received
from tests.smtp_server import ServerProcess

pytestmark = pytest.mark.chaos

FAMILIES = short_or_long(18, 60)
SEEDS = {"sqlite": short_or_long(1, 20), "postgresql": short_or_long(1, 20)}
#: Seconds per mail at the server, over four connections: the run lasts long enough to be raced.
SLOWLY = 0.05
REASONS = {"not_approved", "blocked", "channel_none", "other_channel", "no_news"}


@dataclass(frozen=True, slots=True)
class Decided:
    """After a decision: every hand-over whose event has a number above ``events`` came later."""

    what: str
    events: int
    allowed: Allowed


def test_nothing_that_was_forbidden_before_hand_over_is_in_a_mail_handed_over_after(
    tmp_path: Path, database_url: str, request: pytest.FixtureRequest
) -> None:
    base = Racing(
        Installation(folder=tmp_path / "base", relay="smtp://127.0.0.1:1", database=database_url),
        FAMILIES,
        random.Random(0),
    )
    base.prepare()
    late = 0
    for seed in range(SEEDS[request.node.callspec.params["database_url"]]):
        late += race(tmp_path / str(seed), base, seed, request)
    assert late > 0, "no mail was handed over after a decision: nothing was shown"


def race(folder: Path, base: Racing, seed: int, request: pytest.FixtureRequest) -> int:
    """One delivery with decisions all the while; how many mails were handed over after one of them."""
    folder.mkdir()
    rules = folder / "rules.json"
    rules.write_text(json.dumps([{"phase": "dot", "act": {"delay": SLOWLY}}]))
    with ServerProcess(folder, "--rules", str(rules)) as server:
        racing = Racing(fresh(base.told, folder, server.url, request), FAMILIES, random.Random(seed))
        decided = decisions_during_a_run(racing, server)
        mails = server.messages
        assert server.faults == []
    assert_sound(racing.told)
    late = check(racing.told, decided, mails)
    print(f"seed {seed}: {len(decided) - 1} decisions, {len(mails)} mails, {late} after a decision")
    return late


def fresh(base: Installation, folder: Path, relay: str, request: pytest.FixtureRequest) -> Installation:
    """The prepared school once more, not sent to yet."""
    if base.database.startswith("postgresql"):
        postgres = request.getfixturevalue("postgres")
        database = postgres.fresh(template=base.database.partition("@/")[2].partition("?")[0])
        request.addfinalizer(lambda: postgres.drop(database))
        told = Installation(folder=folder / "school", relay=relay, database=database)
        (told.folder / "media").symlink_to(base.folder / "media")
        (told.folder / "posts").symlink_to(base.folder / "posts")
        return told
    copied = base.copied(folder / "school")
    source = Path(base.database.removeprefix("sqlite:///"))
    target = folder / "weekbrief.db"
    target.write_bytes(source.read_bytes())
    return Installation(folder=copied.folder, relay=relay, database=f"sqlite:///{target}")


def decisions_during_a_run(racing: Racing, server: ServerProcess) -> list[Decided]:
    process = Process(racing.told, *RUN)
    while process.running and not server.messages:
        time.sleep(0.005)
    decided = [Decided("nothing yet", -1, racing.now())]
    while process.running:
        what = racing.decide()
        with opened(racing.told) as ask:
            events = ask("SELECT COALESCE(MAX(id), 0) FROM delivery_event")[0][0]
        decided.append(Decided(str(what), events, racing.now()))
        time.sleep(0.02)  # a run is collected anew after each decision, and gives up when they never pause
    ended = process.end()
    assert ended.status == 0, ended
    return decided


def check(told: Installation, decided: Sequence[Decided], mails: Sequence[Received]) -> int:
    with opened(told) as ask:
        rows = ask(
            "SELECT delivery.message_id, parent.ref, delivery.state, delivery.reason,"
            " (SELECT MAX(id) FROM delivery_event"
            "  WHERE delivery_id = delivery.id AND event = 'hand_over') AS handed"
            " FROM delivery JOIN parent ON parent.id = delivery.parent_id"
            " JOIN run ON run.id = delivery.run_id WHERE run.kind <> 'feed'"  # which no mail comes of
        )
        posts = {row[0]: row[1] for row in ask("SELECT id, ref FROM post")}
        pictures = {
            row[0]: row[1]
            for row in ask("SELECT photo.digest, post.ref FROM photo JOIN post ON post.id = photo.post_id")
        }
    by_id = {row.message_id: row for row in rows}
    got = {each.header("Message-ID"): opened_mail(each, by_id, posts, pictures) for each in mails}
    assert len(got) == len(mails), "one twice"
    assert {row.state for row in rows} <= {"sent", "withheld"}, "nothing is held or failed for no reason"
    assert {row.reason for row in rows if row.state == "withheld"} <= REASONS
    assert got.keys() == {row.message_id for row in rows if row.state == "sent"}
    late = 0
    for message_id, letter in got.items():
        before = [each for each in decided if each.events < by_id[message_id].handed]
        late += len(before) > 1
        objection = before[-1].allowed.objection(letter)
        assert objection is None, (objection, letter, [each.what for each in before])
    at_last = decided[-1].allowed
    for row in rows:
        had = got[row.message_id].posts if row.message_id in got else frozenset()
        kept = always(at_last.posts(row.ref), decided, row.ref)
        assert had >= kept, "something was taken away for nothing"
    return late


def always(posts: frozenset[str], decided: Sequence[Decided], parent: str) -> frozenset[str]:
    """What was allowed all along: a child that moves brings no post of its new group (rule 16)."""
    for each in decided:
        posts &= each.allowed.posts(parent)
    return posts


_MARK = re.compile(r'\bid="p-(\d+)-\d+"')


def opened_mail(
    received: Received, by_id: dict[str, object], posts: dict[int, str], pictures: dict[str, str]
) -> Mail:
    message = mail(received.data)
    html = message.get_body(("html",))
    assert html is not None
    attached = [
        part.get_payload(decode=True) for part in message.walk() if part.get_content_maintype() == "image"
    ]
    assert received.recipient in message["To"]
    return Mail(
        parent=by_id[received.header("Message-ID")].ref,  # type: ignore[attr-defined]
        address=received.recipient,
        posts=frozenset(posts[int(key)] for key in _MARK.findall(html.get_content())),
        pictures=frozenset(pictures[sha256(data).hexdigest()] for data in attached),  # type: ignore[arg-type]
    )
