"""Handing mail to a real SMTP server over loopback: what arrives, and what becomes of what it refuses."""

from __future__ import annotations

import re

import pytest

from pipeline.deliver import Answer, AnswerKind, Envelope
from tests.relay_scene import (
    BIG,
    MESSAGE,
    assert_still_good,
    become_useless,
    both_ways,
    connect,
    offering,
    scene,
    to,
)
from tests.smtp_server import Act, Offers, Phase, Rule, SmtpServer, Then, refuse

# mails that arrive


@both_ways
async def test_mails_arrive_byte_for_byte_one_after_the_other(pipelining: bool) -> None:
    async with scene(offers=offering(pipelining)) as (server, session):
        for number in range(20):
            answer = await session.send(to(f"p{number}@post.example"), MESSAGE)
            assert answer == Answer(kind=AnswerKind.ACCEPTED, code=250, enhanced="2.0.0", text="Ok: taken")
    assert [mail.recipients for mail in server.messages] == [(f"p{n}@post.example",) for n in range(20)]
    assert {mail.data for mail in server.messages} == {MESSAGE}
    assert {mail.sender for mail in server.messages} == {"nieuws@regenboog.example"}
    assert (server.connections, server.seen[Phase.QUIT], server.seen[Phase.RSET]) == (1, 1, 0)


async def test_message_without_final_crlf_gets_one_and_nothing_else() -> None:
    async with scene() as (server, session):
        assert (await session.send(to(), b"Subject: x\r\n\r\n.no end")).kind is AnswerKind.ACCEPTED
    assert server.messages[0].data == b"Subject: x\r\n\r\n.no end\r\n"


async def test_message_larger_than_every_buffer_arrives_whole() -> None:
    async with scene() as (server, session):
        assert (await session.send(to(), BIG)).kind is AnswerKind.ACCEPTED
    assert server.messages[0].data == BIG


async def test_eight_bit_message_to_a_non_ascii_address_names_both_extensions() -> None:
    message = "Subject: Zoë\r\n\r\nDag\r\n".encode()
    async with scene() as (server, session):
        assert (await session.send(to("zoë@post.example"), message)).kind is AnswerKind.ACCEPTED
    assert server.messages[0].recipient == "zoë@post.example"
    assert server.messages[0].parameters.split() == [f"SIZE={len(message)}", "BODY=8BITMIME", "SMTPUTF8"]


async def test_server_that_only_knows_helo_is_served_one_by_one() -> None:
    async with scene(offers=Offers(esmtp=False, pipelining=False, size=None)) as (server, session):
        assert (await session.send(to(), MESSAGE)).kind is AnswerKind.ACCEPTED
    assert server.messages[0].parameters == ""


@both_ways
async def test_replies_in_many_lines_and_many_packets_are_understood(pipelining: bool) -> None:
    slow = [
        Rule(phase=phase, act=Act(reply=f"{code}-first\r\n{code} second", split=0.001))
        for phase, code in [(Phase.MAIL, 250), (Phase.RCPT, 250), (Phase.DATA, 354), (Phase.DOT, 250)]
    ]
    async with scene(*slow, offers=offering(pipelining)) as (_, session):
        answer = await session.send(to(), MESSAGE)
    assert answer == Answer(kind=AnswerKind.ACCEPTED, code=250, text="first second")


# refusals


@both_ways
@pytest.mark.parametrize(
    "reply, kind", [("450 4.2.2 full", AnswerKind.TEMPORARY), ("552 5.2.2 full", AnswerKind.PERMANENT)]
)
@pytest.mark.parametrize("phase", [Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.DOT])
async def test_refusal_is_the_mails_own_and_the_session_goes_on(
    phase: Phase, reply: str, kind: AnswerKind, pipelining: bool
) -> None:
    async with scene(refuse(phase, reply, times=1), offers=offering(pipelining)) as (server, session):
        answer = await session.send(to(), MESSAGE)
        code, enhanced, text = reply.split(" ")
        assert answer == Answer(kind=kind, code=int(code), enhanced=enhanced, text=text)
        assert server.messages == []
        await assert_still_good(server, session)
        assert server.seen[Phase.RSET] == (phase is not Phase.DOT)


async def test_first_refusal_is_the_answer_when_the_rest_is_refused_too() -> None:
    rules = [refuse(Phase.RCPT, "550 5.1.1 unknown"), refuse(Phase.DATA, "451 4.5.0 nobody to send to")]
    async with scene(*rules) as (_, session):
        assert (await session.send(to(), MESSAGE)).code == 550


async def test_data_let_in_without_a_recipient_is_ended_empty_and_nothing_arrives() -> None:
    rules = [
        refuse(Phase.RCPT, "550 5.1.1 unknown", times=1),
        Rule(phase=Phase.DATA, act=Act(reply="354 go"), times=1),
    ]
    async with SmtpServer(rules) as server:
        session = await connect(server)
        answer = await session.send(to(), MESSAGE)
        assert (answer.kind, answer.code, answer.lost) == (AnswerKind.PERMANENT, 550, False)
        assert server.messages[0].data == b""  # the server took the lone dot, for nobody
        assert server.messages[0].recipients == ()
        await assert_still_good(server, session)
        await session.close()
    assert server.faults == ["connection 1: 0 recipients in one transaction"]


async def test_data_let_in_for_a_refused_sender_is_never_ended_because_the_recipient_stands() -> None:
    rules = [
        refuse(Phase.MAIL, "550 5.7.1 not you", times=1),
        Rule(phase=Phase.RCPT, act=Act(reply="250 Ok")),
        Rule(phase=Phase.DATA, act=Act(reply="354 go")),
    ]
    async with scene(*rules) as (server, session):
        answer = await session.send(to(), MESSAGE)
        assert (answer.kind, answer.code, answer.lost) == (AnswerKind.PERMANENT, 550, True)
    assert server.messages == []


async def test_data_let_in_for_nobody_after_a_refused_sender_is_ended_empty() -> None:
    rules = [
        refuse(Phase.MAIL, "550 5.7.1 not you", times=1),
        Rule(phase=Phase.DATA, act=Act(reply="354 go"), times=1),
    ]
    async with SmtpServer(rules) as server:
        session = await connect(server)
        answer = await session.send(to(), MESSAGE)
        assert (answer.kind, answer.code, answer.lost) == (AnswerKind.PERMANENT, 550, False)
        await assert_still_good(server, session)
        await session.close()


@pytest.mark.parametrize("code", [503, 530])
async def test_refusal_of_the_session_is_not_held_against_the_mail(code: int) -> None:
    async with scene(refuse(Phase.MAIL, f"{code} 5.7.0 Authentication required")) as (_, session):
        answer = await session.send(to(), MESSAGE)
    assert (answer.kind, answer.code, answer.lost) == (AnswerKind.TEMPORARY, code, True)


@both_ways
@pytest.mark.parametrize("phase", [Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.DOT])
async def test_421_is_temporary_and_ends_the_session_wherever_it_comes(
    phase: Phase, pipelining: bool
) -> None:
    going = Rule(phase=phase, act=Act(reply="421 4.3.2 going down", then=Then.CLOSE))
    async with scene(going, offers=offering(pipelining)) as (server, session):
        answer = await session.send(to(), MESSAGE)
        assert answer == Answer(
            kind=AnswerKind.TEMPORARY, code=421, enhanced="4.3.2", text="going down", lost=True
        )
        assert not session.usable
    assert server.messages == []


async def test_421_behind_a_refusal_ends_the_session_and_leaves_the_refusal() -> None:
    rules = [refuse(Phase.RCPT, "550 5.1.1 unknown"), refuse(Phase.DATA, "421 4.3.2 going down")]
    async with scene(*rules) as (_, session):
        answer = await session.send(to(), MESSAGE)
        assert (answer.kind, answer.code, answer.lost) == (AnswerKind.PERMANENT, 550, True)


async def test_refusal_holds_when_the_server_closes_right_after_it() -> None:
    async with scene(Rule(phase=Phase.RCPT, act=Act(reply="550 5.1.1 unknown", then=Then.CLOSE))) as (
        _,
        session,
    ):
        answer = await session.send(to(), MESSAGE)
    assert (answer.kind, answer.code, answer.lost) == (AnswerKind.PERMANENT, 550, True)


async def test_acceptance_holds_when_the_server_closes_right_after_it() -> None:
    async with scene(Rule(phase=Phase.DOT, act=Act(then=Then.CLOSE, reply="250 Ok"))) as (server, session):
        answer = await session.send(to(), MESSAGE)
        assert answer.kind is AnswerKind.ACCEPTED
        await become_useless(session)
        assert (await session.send(to(), MESSAGE)).lost
    assert len(server.messages) == 1


async def test_rset_that_fails_costs_the_session_and_not_the_next_mail() -> None:
    rules = [refuse(Phase.MAIL, "550 no", times=1), refuse(Phase.RSET, "554 no")]
    async with scene(*rules) as (_, session):
        assert (await session.send(to(), MESSAGE)).kind is AnswerKind.PERMANENT
        answer = await session.send(to(), MESSAGE)
        assert (answer.kind, answer.lost) == (AnswerKind.TEMPORARY, True)


# what this relay cannot carry


@pytest.mark.parametrize(
    "envelope, message, offers, text",
    [
        (to(), b"x" * 2000 + b"\r\n", Offers(size=1000), "2002 octets .* at most 1000"),
        (to("zoë@post.example"), MESSAGE, Offers(smtputf8=False), "SMTPUTF8"),
        (to(), b"\xc3\xab\r\n", Offers(eight_bit=False), "8BITMIME"),
        (to("a@x.example>\r\nRCPT TO:<z@z.example"), MESSAGE, Offers(), "not an address"),
        (to(""), MESSAGE, Offers(), "not an address"),
    ],
)
async def test_mail_that_the_relay_cannot_carry_is_refused_without_a_word_to_it(
    envelope: Envelope, message: bytes, offers: Offers, text: str
) -> None:
    async with scene(offers=offers) as (server, session):
        answer = await session.send(envelope, message)
        assert (answer.kind, answer.code, answer.lost) == (AnswerKind.PERMANENT, None, False)
        assert re.search(text, answer.text)
        assert server.seen[Phase.MAIL] == 0
        await assert_still_good(server, session)
