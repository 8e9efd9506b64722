"""Two checks that know nothing of each other stand before every hand-over; either alone is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.deliver import Envelope
from pipeline.desk import object_to
from pipeline.facts import Facts
from pipeline.guard import Guard
from pipeline.model import Policy
from pipeline.octets import Octets
from pipeline.relay.recording import RecordingRelay
from pipeline.rules import Cleared, Open, Selected, clear
from tests.installation import (
    NEXT_FRIDAY,
    Installation,
    answer,
    child,
    html_of,
    mail,
    photo,
    picture,
    pictures_of,
    post,
    teacher,
)
from tests.scene import opened
from tests.week import Week, never_object, unchecked, week_made

GREEN, RED = picture((20, 120, 60)), picture((200, 20, 20))
WIEKE = {"pupil_first_name": "Wieke"}
ROSTER = (
    child("p1", "groep 3", "g1", **WIEKE),
    child("p2", "groep 4", "g2"),
    child("p3", "groep 3", "g3"),
    child("p1", "groep 3", "g3", access="blocked", **WIEKE),
    child("p4", "groep 4", "g4"),
    *(child(f"p{n}", "groep 5", f"g{n}") for n in range(10, 31)),  # so that one move is no landslide
)
WOOD = "Wieke Jansen zag de eekhoorn."
GYM = "Gymschoenen mee."


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Groups 3 and 4; the wood's picture shows p1, whom g3 (also of group 3) is blocked for."""
    told = Installation(folder=tmp_path_factory.mktemp("school") / "base", relay="file://mails")
    told.roster(*ROSTER)
    told.staff(teacher("s1", "groep 3|groep 4|groep 5", role="management"))
    told.consents(answer("p1", "g1"), answer("p2", "g2"), answer("p1", "g1", kind="name"))
    told.write("posts/bos.jpg", GREEN)
    told.write("posts/gym.jpg", RED)
    told.posts(
        post("bos", "groep 3", WOOD, photo("bos.jpg", ["p1"])),
        post("gym", "groep 4", GYM, photo("gym.jpg", ["p2"])),
        post("allen", "school", "Voor allen."),
        expect=1,  # nobody asked Wieke's family about the app
    )
    return told


@pytest.fixture
def told(base: Installation, tmp_path: Path) -> Installation:
    return base.copied(tmp_path / "school")


@pytest.fixture
def week(told: Installation) -> Iterator[Week]:
    with week_made(told) as made:
        yield made


# Sent is what the relay got: address -> the text and the number of pictures.

Sent = dict[str, tuple[str, int]]


def sent(relay: RecordingRelay) -> Sent:
    opened_mails = {each.envelope.recipient: mail(each.message) for each in relay.sent}
    assert len(opened_mails) == len(relay.sent)
    return {who: (html_of(message), pictures_of(message)) for who, message in opened_mails.items()}


def at(parent: str) -> str:
    return f"{parent}@ouders.example"


def states(told: Installation) -> dict[str, tuple[str, str | None]]:
    with opened(told) as ask:
        rows = ask(
            "SELECT parent.ref, delivery.state, delivery.reason FROM delivery"
            " JOIN parent ON parent.id = delivery.parent_id"
        )
    return {row[0]: (row[1], row[2]) for row in rows}


def test_without_a_decision_everyone_gets_theirs(week: Week, told: Installation) -> None:
    relay = RecordingRelay()
    week.deliver(relay)
    got = sent(relay)
    assert (WOOD in got[at("g1")][0], got[at("g1")][1]) == (True, 1)
    assert (WOOD in got[at("g3")][0], got[at("g3")][1]) == (True, 0), "custody"
    assert (GYM in got[at("g2")][0], got[at("g2")][1]) == (True, 1)
    assert {state for state, _ in states(told).values()} == {"sent"}


# A decision that falls after the run was made.


@dataclass(frozen=True, slots=True)
class Decided:
    do: Callable[[Installation], Any]
    forbidden: Callable[[Sent], bool]  #: whether something went that must not


def _nothing_to(parent: str) -> Callable[[Sent], bool]:
    return lambda got: at(parent) in got


def _not_told(text: str, *parents: str) -> Callable[[Sent], bool]:
    return lambda got: any(text in got[at(parent)][0] for parent in parents if at(parent) in got)


def _no_picture(*parents: str) -> Callable[[Sent], bool]:
    return lambda got: any(got[at(parent)][1] for parent in parents if at(parent) in got)


def _roster_with(**changed: str) -> Callable[[Installation], Any]:
    """The roster with other words about g1 and their child."""
    pupil = {name: value for name, value in changed.items() if name in ("group", "enrolled_until")}
    rows = [{**row, **pupil} if row["pupil_id"] == "p1" else row for row in ROSTER]
    rows[0] = {**rows[0], **changed}
    return lambda told: told.roster(*rows)


def _posts_with(*tables: str) -> Callable[[Installation], Any]:
    return lambda told: told.posts(post("bos", "groep 3", WOOD, *tables), expect=None)


DECISIONS = {
    "unapproved": Decided(lambda told: told("unapprove", "g1", "--why", "x"), _nothing_to("g1")),
    "blocked": Decided(lambda told: told("block", "g1", "p1", "--why", "x"), _nothing_to("g1")),
    "withdrawn": Decided(lambda told: told("withdraw", "bos", "--why", "x"), _not_told(WOOD, "g1", "g3")),
    "held": Decided(lambda told: told("hold", "bos", "--why", "x"), _not_told(WOOD, "g1", "g3")),
    "no_consent": Decided(
        lambda told: told.consents(answer("p1", "g1", "no", given_at="2026-11-20T15:59")), _no_picture("g1")
    ),
    "no_consent_to_a_name": Decided(
        lambda told: told.consents(answer("p1", "g1", "no", kind="name", given_at="2026-11-20T15:59")),
        _not_told(WOOD, "g1", "g3"),
    ),
    "shows_more": Decided(_posts_with(photo("bos.jpg", ["p1", "p4"])), _no_picture("g1")),
    "shows_unlisted": Decided(_posts_with(photo("bos.jpg", None)), _no_picture("g1")),
    "picture_taken_back": Decided(_posts_with(), _no_picture("g1")),
    "moved": Decided(_roster_with(group="groep 4"), _not_told(WOOD, "g1")),
    "other_address": Decided(_roster_with(parent_email="new@ouders.example"), _nothing_to("g1")),
    "no_address": Decided(_roster_with(parent_email=""), _nothing_to("g1")),
    "channel_none": Decided(_roster_with(channel="none"), _nothing_to("g1")),
    "channel_app": Decided(_roster_with(channel="app"), _nothing_to("g1")),
    "left": Decided(_roster_with(enrolled_until="2026-11-20"), _nothing_to("g1")),
}
each_decision = pytest.mark.parametrize("decided", DECISIONS.values(), ids=DECISIONS.keys())


@each_decision
def test_what_was_decided_before_the_hand_over_is_honoured(
    week: Week, told: Installation, decided: Decided
) -> None:
    decided.do(told)
    relay = RecordingRelay()
    week.deliver(relay)
    assert not decided.forbidden(sent(relay))
    assert at("g2") in sent(relay)
    assert {state for state, _ in states(told).values()} <= {"sent", "withheld"}


@each_decision
def test_the_second_check_alone_stops_it(week: Week, told: Installation, decided: Decided) -> None:
    decided.do(told)
    relay = RecordingRelay()
    week.deliver(relay, week.desk(clear=unchecked))
    assert not decided.forbidden(sent(relay))
    assert at("g2") in sent(relay)
    state, reason = states(told)["g1"]
    assert state == "held"
    assert "the second check objects" in (reason or "")


@each_decision
def test_the_first_check_alone_stops_it(week: Week, told: Installation, decided: Decided) -> None:
    decided.do(told)
    relay = RecordingRelay()
    week.deliver(relay, week.desk(object_to=never_object))
    assert not decided.forbidden(sent(relay))
    assert at("g2") in sent(relay)
    assert {state for state, _ in states(told).values()} <= {"sent", "withheld"}


@each_decision
def test_without_either_check_it_would_go(week: Week, told: Installation, decided: Decided) -> None:
    """Or the tests above would show nothing."""
    decided.do(told)
    relay = RecordingRelay()
    week.deliver(relay, week.desk(clear=unchecked, object_to=never_object))
    assert decided.forbidden(sent(relay))


def test_the_second_check_finds_a_full_name_by_itself(week: Week, told: Installation) -> None:
    """Where the gates found nothing, for whatever reason."""
    told.consents(answer("p1", "g1", "no", kind="name", given_at="2026-11-20T15:59"))
    told.sql("DELETE FROM text_finding")
    relay = RecordingRelay()
    week.deliver(relay, week.desk(clear=unchecked))
    assert not _not_told(WOOD, "g1", "g3")(sent(relay))
    state, reason = states(told)["g1"]
    assert state == "held"
    assert "names a child without consent" in (reason or "")


def test_what_was_taken_from_waiting_mails_comes_with_the_next_once_consent_is_back(
    week: Week, told: Installation
) -> None:
    told.consents(answer("p1", "g1", "no", kind="name", given_at="2026-11-20T15:59"))
    relay = RecordingRelay()
    week.deliver(relay)
    assert not _not_told(WOOD, "g1", "g3")(sent(relay))
    told.consents(answer("p1", "g1", kind="name", given_at="2026-11-21T09:00"))
    told("run", "--at", NEXT_FRIDAY)
    for parent, included in {"g1": True, "g3": True, "g2": False}.items():
        (item,) = told.explain(parent, "bos", "--week", "2026-W48")["items"]
        assert item["included"] is included


# Mix-ups: of editions, of addresses, of pictures.


class Mixing:
    """A press that hands out another delivery's edition, or fills in another's name, for some."""

    def __init__(self, week: Week, *, edition_of: dict[str, str], told: Installation) -> None:
        self._press = week.maker.press
        with opened(told) as ask:
            rows = ask(
                "SELECT delivery.address, edition.id, edition.pieces FROM delivery"
                " JOIN edition ON edition.id = delivery.edition_id"
            )
        self._editions = {row[0]: (row[1], row[2]) for row in rows}
        self._edition_of = {at(one): at(other) for one, other in edition_of.items()}

    def print(self, edition: Any) -> Any:
        return self._press.print(edition)

    def message(self, edition: int, stored: bytes, to: Any) -> Octets:
        if to.address in self._edition_of:
            edition, stored = self._editions[self._edition_of[to.address]]
        return self._press.message(edition, stored, to)


def test_two_editions_swapped_between_two_parents_reach_neither(week: Week, told: Installation) -> None:
    relay = RecordingRelay()
    week.deliver(relay, week.desk(press=Mixing(week, edition_of={"g1": "g2", "g2": "g1"}, told=told)))
    assert not {at("g1"), at("g2")} & sent(relay).keys()
    assert len(relay.sent) == len(states(told)) - 2
    for parent in ("g1", "g2"):
        state, reason = states(told)[parent]
        assert (state, reason) == (
            "held",
            "the second check objects: its posts are not those of this parent's delivery",
        )


def test_a_picture_of_a_child_that_a_parent_is_blocked_for_is_caught(week: Week, told: Installation) -> None:
    """The same posts, once with the picture (g1) and once without (g3)."""
    relay = RecordingRelay()
    week.deliver(relay, week.desk(press=Mixing(week, edition_of={"g3": "g1"}, told=told)))
    assert at("g3") not in sent(relay)
    assert sent(relay)[at("g1")][1] == 1
    assert states(told)["g3"] == (
        "held",
        "the second check objects: a picture shows a child this parent is blocked for",
    )


class ForAnother:
    """A press that fills in another parent's name and address."""

    def __init__(self, week: Week, address: str) -> None:
        self._press, self._address = week.maker.press, address
        self._last: Any = None

    def message(self, edition: int, stored: bytes, to: Any) -> Octets:
        if to.address != self._address:
            self._last = to
            return self._press.message(edition, stored, to)
        assert self._last is not None
        return self._press.message(edition, stored, self._last)


def test_a_mail_written_to_another_parent_is_caught(week: Week, told: Installation) -> None:
    relay = RecordingRelay()
    week.deliver(relay, week.desk(press=ForAnother(week, at("g12"))), connections=1)
    assert at("g12") not in sent(relay)
    assert states(told)["g12"] == (
        "held",
        "the second check objects: the To line is not the envelope's address",
    )
    assert len(relay.sent) == len(states(told)) - 1


def test_an_envelope_of_another_parent_is_caught(week: Week, told: Installation) -> None:
    def misdirected(
        waiting: Open, facts: Facts, policy: Policy, envelope: Envelope, message: Callable[[], bytes]
    ) -> Cleared | Selected:
        if envelope.recipient == at("g1"):
            envelope = Envelope(sender=envelope.sender, recipient=at("g2"))
        return clear(waiting, facts, policy, envelope, message)

    relay = RecordingRelay()
    week.deliver(relay, week.desk(clear=misdirected))
    assert [each.envelope.recipient for each in relay.sent].count(at("g2")) == 1
    assert states(told)["g1"] == (
        "held",
        "the second check objects: the envelope's address is not this parent's",
    )


def files_of(told: Installation) -> dict[str, Path]:
    """Picture -> the file that is attached."""
    with opened(told) as ask:
        rows = ask("SELECT file, name FROM photo")
    (media,) = {path.parents[1] for path in told.folder.rglob("*-mail.jpg")}
    return {file: media / name[:2] / f"{name}-mail.jpg" for file, name in rows}


def test_a_picture_swapped_for_another_ones_bytes_is_caught(week: Week, told: Installation) -> None:
    files = files_of(told)
    files["bos.jpg"].write_bytes(files["gym.jpg"].read_bytes())
    relay = RecordingRelay()
    week.deliver(relay)
    assert at("g1") not in sent(relay)
    assert sent(relay)[at("g2")][1] == 1
    assert states(told)["g1"] == (
        "held",
        "the second check objects: an attached picture is not one of ours",
    )


class Again:
    """A press that has forgotten every picture before each mail, and meets another file after the first."""

    def __init__(self, week: Week, swap: Callable[[], object]) -> None:
        self._week, self._swap, self._first = week, swap, True

    def message(self, edition: int, stored: bytes, to: Any) -> Octets:
        message = self._week.another_press().message(edition, stored, to)
        if to.address in (at("g0"), at("g1")) and self._first:
            self._first = False
            self._swap()
        return message


def test_a_picture_swapped_while_its_edition_is_being_sent_is_caught(
    base: Installation, tmp_path: Path
) -> None:
    told = base.copied(tmp_path / "school")
    told.roster(
        *ROSTER, child("p1", "groep 3", "g0", **WIEKE)
    )  # a second reader of the edition with the picture
    with week_made(told) as week:
        files = files_of(told)
        red = files["gym.jpg"].read_bytes()
        relay = RecordingRelay()
        press = Again(week, lambda: files["bos.jpg"].write_bytes(red))
        week.deliver(relay, week.desk(press=press), connections=1)
    got = states(told)
    assert sorted([got["g0"][0], got["g1"][0]]) == ["held", "sent"]


def test_what_the_second_check_cannot_read_is_held(week: Week, told: Installation) -> None:
    def stumbles(guard: Any, cleared: Cleared) -> str | None:
        if cleared.envelope.recipient == at("g1"):
            raise ValueError("no such header")
        return None

    relay = RecordingRelay()
    week.deliver(relay, week.desk(object_to=stumbles))
    state, reason = states(told)["g1"]
    assert state == "held"
    assert "no such header" in (reason or "")
    assert len(relay.sent) == len(states(told)) - 1


def test_an_objection_to_a_row_rewritten_since_does_not_hold_it(week: Week, told: Installation) -> None:
    """Facts can be read just before a row is rewritten: that must not use up its one look more."""
    asked: list[str | None] = []

    def looks_late(guard: Guard, cleared: Cleared) -> str | None:
        if cleared.envelope.recipient != at("g1") or len(asked) == 2:
            return object_to(guard, cleared)
        if not asked:
            told("hold", "bos", "--why", "x")
        asked.append("its posts are not those of this parent's delivery")
        return asked[-1]

    relay = RecordingRelay()
    week.deliver(relay, week.desk(object_to=looks_late), connections=1)
    assert len(asked) == 2
    assert states(told)["g1"] == ("sent", None)
    assert WOOD not in sent(relay)[at("g1")][0]
