"""The life of one delivery: its states, what can happen to it, and the one table of moves."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from pipeline.model import DeliveryState as S


class Event(StrEnum):
    HAND_OVER = "hand_over"  #: the durable mark just before DATA (rule 16)
    ACCEPTED = "accepted"  #: the relay took responsibility
    TEMPORARY = "temporary"  #: 4xx, or the connection broke before the message was complete
    PERMANENT = "permanent"  #: 5xx: never tried again
    LOST = "lost"  #: no answer, or its owner died while sending: sent once more with the same Message-ID
    LOST_AGAIN = "lost_again"  #: the second time: a person looks
    GIVE_UP = "give_up"  #: no attempts left, or the next issue is due
    WITHHOLD = "withhold"  #: a rule left nothing to send
    HOLD = "hold"  #: the second guard disagreed
    RELEASE = "release"  #: a person looked and lets it go


class _Moves(dict[tuple[S, Event], S]):
    """A table that answers every pair: what is not named moves nothing."""

    def __missing__(self, pair: tuple[S, Event]) -> S:
        return pair[0]


_OPEN = {Event.HAND_OVER: S.SENDING, Event.GIVE_UP: S.FAILED, Event.WITHHOLD: S.WITHHELD, Event.HOLD: S.HELD}

_MOVES = _Moves(
    {
        **{(S.QUEUED, event): state for event, state in _OPEN.items()},
        **{(S.DEFERRED, event): state for event, state in _OPEN.items()},
        (S.SENDING, Event.ACCEPTED): S.SENT,
        (S.SENDING, Event.TEMPORARY): S.DEFERRED,
        (S.SENDING, Event.PERMANENT): S.REFUSED,
        (S.SENDING, Event.LOST): S.DEFERRED,
        (S.SENDING, Event.LOST_AGAIN): S.IN_DOUBT,
        (S.HELD, Event.RELEASE): S.QUEUED,
        (S.HELD, Event.GIVE_UP): S.FAILED,  # of a run that came too late and that nobody released
        (S.IN_DOUBT, Event.RELEASE): S.QUEUED,
        # An answer that comes after another process took the row over, while it waits for its second try:
        # the relay has it, so a second copy would be one too many.
        (S.DEFERRED, Event.ACCEPTED): S.SENT,
    }
)

#: Not yet decided: the run cannot close and its posts count as on their way.
OPEN = frozenset({S.QUEUED, S.SENDING, S.DEFERRED})
#: A parent in one of these has had the posts (rule 5), or is about to.
HAD = OPEN | {S.SENT, S.HELD, S.IN_DOUBT}
#: Posts of these deliveries are owed again.
NOT_HAD = frozenset({S.FAILED, S.REFUSED})

#: How `status` counts (contract.md): the sum over these and `withheld` is every parent of the school.
COUNTED_AS = {
    S.SENT: "sent",
    S.QUEUED: "queued",
    S.SENDING: "queued",
    S.DEFERRED: "queued",
    S.FAILED: "failed",
    S.REFUSED: "failed",
    S.HELD: "held",
    S.IN_DOUBT: "held",
}

FIRST_WAIT = timedelta(seconds=4)
LONGEST_WAIT = timedelta(hours=1)


def move(state: S, event: Event) -> S:
    """The state after ``event``. Every pair has an answer; a late or doubled event moves nothing."""
    return _MOVES[state, event]


def wait_before(attempt: int, jitter: float) -> timedelta:
    """How long after the ``attempt``-th temporary failure (1, 2, ...) to try again.

    Doubles up to an hour; ``jitter`` in [0, 1) spreads it over 75 to 125 %, so that a thousand
    deferred mails do not come back in one second.
    """
    doubled = min(FIRST_WAIT * (1 << min(attempt - 1, 20)), LONGEST_WAIT)
    return doubled * (0.75 + jitter / 2)
