"""Sessions that break, fall silent or talk nonsense: what is known of the mail, and what is a doubt."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from dataclasses import replace

import pytest

from pipeline.deliver import AnswerKind
from pipeline.relay.pipelining import PipeliningSession
from pipeline.relay.wire import Wire, WireLost
from tests.relay_scene import (
    BIG,
    HASTY,
    MESSAGE,
    become_useless,
    both_ways,
    offering,
    scene,
    to,
)
from tests.smtp_server import Act, Moment, Phase, Rule, SmtpServer, Then

# connections that break, and silence


@both_ways
@pytest.mark.parametrize("then", [Then.CLOSE, Then.RESET])
@pytest.mark.parametrize("phase", [Phase.MAIL, Phase.RCPT, Phase.DATA])
async def test_connection_lost_before_the_message_is_a_plain_failure(
    phase: Phase, then: Then, pipelining: bool
) -> None:
    gone = Rule(phase=phase, act=Act(reply="", then=then))
    async with scene(gone, offers=offering(pipelining)) as (server, session):
        answer = await session.send(to(), MESSAGE)
        assert (answer.kind, answer.code, answer.lost) == (AnswerKind.TEMPORARY, None, True)
        assert answer.text
    assert server.messages == []


async def test_server_that_says_354_and_closes_has_not_got_the_message() -> None:
    async with scene(Rule(phase=Phase.DATA, act=Act(reply="354 go", then=Then.CLOSE))) as (_, session):
        answer = await session.send(to(), MESSAGE)
    assert (answer.kind, answer.lost) == (AnswerKind.TEMPORARY, True)


@pytest.mark.parametrize("then", [Then.CLOSE, Then.RESET])
async def test_connection_lost_in_the_middle_of_a_message_that_had_not_all_left_is_a_plain_failure(
    then: Then,
) -> None:
    gone = Rule(phase=Phase.BODY, act=Act(reply="", then=then, after=100_000))
    async with scene(gone) as (server, session):
        answer = await session.send(to(), BIG)
        assert (answer.kind, answer.lost) == (AnswerKind.TEMPORARY, True)
    assert server.messages == []


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("then", [Then.CLOSE, Then.RESET])
async def test_connection_lost_after_the_final_dot_is_a_doubt(then: Then, kept: bool) -> None:
    gone = Rule(phase=Phase.DOT, act=Act(reply="", then=then, keep=kept))
    async with scene(gone) as (server, session):
        answer = await session.send(to(), MESSAGE)
        assert (answer.kind, answer.code, answer.lost) == (AnswerKind.UNKNOWN, None, True)
    assert len(server.messages) == kept


@both_ways
@pytest.mark.parametrize("phase", [Phase.MAIL, Phase.RCPT, Phase.DATA])
async def test_silence_before_the_message_is_a_plain_failure(phase: Phase, pipelining: bool) -> None:
    hang = Rule(phase=phase, act=Act(then=Then.HANG))
    async with scene(hang, offers=offering(pipelining), timeouts=HASTY) as (_, session):
        answer = await session.send(to(), MESSAGE)
        assert (answer.kind, answer.lost) == (AnswerKind.TEMPORARY, True)
        assert "0.2 s" in answer.text


async def test_answer_later_than_our_patience_is_a_doubt_and_no_failure() -> None:
    async with scene(Rule(phase=Phase.DOT, act=Act(delay=0.5)), timeouts=HASTY) as (server, session):
        answer = await session.send(to(), MESSAGE)
        assert (answer.kind, answer.lost) == (AnswerKind.UNKNOWN, True)
        assert "0.2 s" in answer.text
    assert len(server.messages) == 1


async def test_late_answer_within_our_patience_is_waited_for() -> None:
    patient = replace(HASTY, answer=5)
    async with scene(Rule(phase=Phase.DOT, act=Act(delay=0.5)), timeouts=patient) as (_, session):
        assert (await session.send(to(), MESSAGE)).kind is AnswerKind.ACCEPTED


async def stop_reading(server: SmtpServer, session: PipeliningSession) -> asyncio.Future[None]:
    """From the message on the server takes no more for half a second, and no buffer between is large.

    Gives what becomes done when the server has read all that ever came, and the connection is gone.
    """
    loop = asyncio.get_running_loop()
    session._wire._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    (connection,) = server.open
    transport = connection._transport
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

    def script(moment: Moment) -> None:
        if moment.phase is Phase.BODY:
            transport.pause_reading()
            loop.call_later(0.5, transport.resume_reading)

    server.script = script
    return connection.gone


async def test_message_given_up_halfway_is_never_completed_by_closing() -> None:
    async with scene(timeouts=HASTY) as (server, session):
        gone = await stop_reading(server, session)
        answer = await session.send(to(), BIG[:200_000])
        assert (answer.kind, answer.lost) == (AnswerKind.TEMPORARY, True)
        await asyncio.wait_for(gone, 30)
        assert server.seen[Phase.DATA] == 1
    assert server.messages == []


async def test_cancelled_sending_leaves_nothing_that_could_still_arrive() -> None:
    async with scene() as (server, session):
        gone = await stop_reading(server, session)
        sending = asyncio.create_task(session.send(to(), BIG[:200_000]))
        await asyncio.sleep(0.2)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert not session.usable
        await asyncio.wait_for(gone, 30)
        assert server.seen[Phase.DATA] == 1
    assert server.messages == []


async def test_write_that_the_kernel_refuses_is_known_not_to_have_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        transport, _ = await asyncio.get_running_loop().create_connection(
            asyncio.Protocol, *listener.getsockname()
        )
        wire = Wire(transport)
        peer, _ = listener.accept()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()  # a reset, which the event loop has had no turn to notice
        with pytest.raises(WireLost):
            await wire.write_all([b"the message"], 5)
        await wire.close(1)


async def test_message_waits_for_a_server_that_reads_on_in_time() -> None:
    async with scene() as (server, session):
        await stop_reading(server, session)
        assert (await session.send(to(), BIG[:200_000])).kind is AnswerKind.ACCEPTED
    assert server.messages[0].data == BIG[:200_000] + b"\r\n"


async def test_early_refusal_in_the_middle_of_the_message_is_the_answer() -> None:
    early = Rule(phase=Phase.BODY, act=Act(reply="552 5.3.4 too much", then=Then.HANG, after=100_000))
    async with scene(early) as (server, session):
        answer = await session.send(to(), BIG)
        assert (answer.kind, answer.code, answer.lost) == (AnswerKind.PERMANENT, 552, True)
    assert server.messages == []


async def test_acceptance_before_the_message_is_complete_is_not_believed() -> None:
    early = Rule(phase=Phase.BODY, act=Act(reply="250 fine", then=Then.HANG, after=100_000))
    async with scene(early) as (_, session):
        answer = await session.send(to(), BIG)
        assert (answer.kind, answer.lost) == (AnswerKind.TEMPORARY, True)


@pytest.mark.parametrize(
    "phase, garbage, kind",
    [
        *((phase, "hello there", AnswerKind.TEMPORARY) for phase in (Phase.MAIL, Phase.RCPT, Phase.DATA)),
        *((phase, "354 go", AnswerKind.TEMPORARY) for phase in (Phase.MAIL, Phase.RCPT)),
        (Phase.DATA, "250 Ok", AnswerKind.TEMPORARY),
        (Phase.DATA, "354 go\r\nwhat", AnswerKind.TEMPORARY),
        (Phase.DOT, "hello there", AnswerKind.UNKNOWN),
        (Phase.DOT, "354 go", AnswerKind.UNKNOWN),
        (Phase.DOT, "250 Ok\r\nwhat", AnswerKind.ACCEPTED),  # said before the session went wrong
    ],
)
async def test_garbage_ends_the_session(phase: Phase, garbage: str, kind: AnswerKind) -> None:
    async with scene(Rule(phase=phase, act=Act(reply=garbage))) as (_, session):
        answer = await session.send(to(), MESSAGE)
        assert (answer.kind, answer.lost) == (kind, True)
        assert not session.usable


async def test_reply_too_many_is_never_taken_for_the_next_mails() -> None:
    async with scene(Rule(phase=Phase.DATA, act=Act(reply="354 go\r\n250 done"))) as (server, session):
        answer = await session.send(to(), MESSAGE)
        assert (answer.kind, answer.lost) == (AnswerKind.TEMPORARY, True)
    assert server.messages == []


# the time between mails


@pytest.mark.parametrize("end", ["hang_up", "drop"])
async def test_idle_session_that_the_server_closed_is_noticed_before_the_next_mail(end: str) -> None:
    async with scene() as (server, session):
        assert session.usable
        getattr(server, end)()
        time.sleep(0.05)  # noqa: ASYNC251 (no turn of the event loop: the look itself must notice)
        await asyncio.sleep(0)  # the server's own turn
        time.sleep(0.05)  # noqa: ASYNC251
        assert not session.usable
        answer = await session.send(to(), MESSAGE)
        assert (answer.kind, answer.lost) == (AnswerKind.TEMPORARY, True)
    assert server.messages == []


async def test_421_said_to_an_idle_session_is_reported_and_not_taken_for_a_reply_to_mail() -> None:
    async with scene() as (server, session):
        for connection in server.open:
            connection._transport.write(b"421 4.4.2 idle too long\r\n")
        await become_useless(session)
        answer = await session.send(to(), MESSAGE)
        assert (answer.kind, answer.code, answer.lost) == (AnswerKind.TEMPORARY, 421, True)
    assert server.seen[Phase.MAIL] == 0


async def test_close_is_short_when_the_server_does_not_say_goodbye() -> None:
    async with scene(Rule(phase=Phase.QUIT, act=Act(then=Then.HANG))) as (_, session):
        started = time.monotonic()
        await session.close()
        assert time.monotonic() - started < 5
        await session.close()  # a second time does no harm
