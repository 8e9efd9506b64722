"""The life of one delivery: every state with every event."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given, strategies as st

from pipeline.model import DeliveryState as S
from pipeline.outbox import COUNTED_AS, HAD, NOT_HAD, OPEN, Event, move, wait_before

#: State -> what each event that moves it makes of it. Whatever is not named moves nothing.
MOVES: dict[S, dict[Event, S]] = {
    S.QUEUED: {
        Event.HAND_OVER: S.SENDING,
        Event.GIVE_UP: S.FAILED,
        Event.WITHHOLD: S.WITHHELD,
        Event.HOLD: S.HELD,
    },
    S.DEFERRED: {
        Event.HAND_OVER: S.SENDING,
        Event.ACCEPTED: S.SENT,  # late: the relay had it after all, and a second copy would be one too many
        Event.GIVE_UP: S.FAILED,
        Event.WITHHOLD: S.WITHHELD,
        Event.HOLD: S.HELD,
    },
    S.SENDING: {
        Event.ACCEPTED: S.SENT,
        Event.TEMPORARY: S.DEFERRED,
        Event.PERMANENT: S.REFUSED,
        Event.LOST: S.DEFERRED,
        Event.LOST_AGAIN: S.IN_DOUBT,
    },
    S.HELD: {Event.RELEASE: S.QUEUED, Event.GIVE_UP: S.FAILED},
    S.IN_DOUBT: {Event.RELEASE: S.QUEUED},
    S.SENT: {},
    S.REFUSED: {},
    S.FAILED: {},
    S.WITHHELD: {},
}


@pytest.mark.parametrize("state,event", list(product(S, Event)))
def test_every_pair_has_its_answer(state: S, event: Event) -> None:
    assert move(state, event) is MOVES[state].get(event, state)


def test_what_was_sent_or_given_up_never_moves_again() -> None:
    for state in (S.SENT, S.REFUSED, S.FAILED, S.WITHHELD):
        assert {move(state, event) for event in Event} == {state}


def test_only_a_waiting_delivery_is_handed_over() -> None:
    assert {state for state in S if move(state, Event.HAND_OVER) is S.SENDING} == {
        S.QUEUED,
        S.DEFERRED,
        S.SENDING,
    }


def test_every_state_is_had_or_not_had_or_withheld() -> None:
    assert HAD | NOT_HAD | {S.WITHHELD} == set(S)
    assert not HAD & NOT_HAD
    assert OPEN < HAD


def test_every_state_but_withheld_is_counted_under_one_word_of_the_contract() -> None:
    assert set(COUNTED_AS) == set(S) - {S.WITHHELD}
    assert set(COUNTED_AS.values()) == {"sent", "queued", "failed", "held"}
    assert {state for state, word in COUNTED_AS.items() if word == "queued"} == OPEN
    assert {state for state, word in COUNTED_AS.items() if word == "failed"} == NOT_HAD


@pytest.mark.parametrize("attempt,seconds", [(1, 4), (2, 8), (3, 16), (10, 2048), (11, 3600), (500, 3600)])
def test_waits_double_up_to_an_hour(attempt: int, seconds: int) -> None:
    assert wait_before(attempt, 0.5) == timedelta(seconds=seconds)


@given(attempt=st.integers(1, 10_000), jitter=st.floats(0, 1, exclude_max=True))
def test_jitter_spreads_a_wait_by_a_quarter_each_way(attempt: int, jitter: float) -> None:
    middle = wait_before(attempt, 0.5)
    assert middle * 0.75 <= wait_before(attempt, jitter) < middle * 1.2501
