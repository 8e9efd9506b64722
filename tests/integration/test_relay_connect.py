"""Opening a session with a relay: refusals, TLS and login."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.deliver import AnswerKind, RelayUnavailable
from pipeline.relay import RelaySettings, open_relay
from pipeline.relay.pipelining import PipeliningSession
from tests.relay_scene import (
    BIG,
    HASTY,
    MESSAGE,
    QUICK,
    Tls,
    assert_still_good,
    become_useless,
    both_tls,
    connect,
    to,
)
from tests.smtp_server import Act, Moment, Offers, Phase, Rule, SmtpServer, Then, make_tls, refuse

# opening a session


async def unavailable(
    url: str, *, password: str | None = None, ca_file: Path | None = None
) -> RelayUnavailable:
    relay = open_relay(RelaySettings(url=url, timeouts=HASTY, ca_file=ca_file), password=password)
    with pytest.raises(RelayUnavailable) as refusal:
        await relay.connect()
    assert "geheim" not in refusal.value.text
    return refusal.value


@pytest.mark.parametrize("phase", [Phase.CONNECT, Phase.EHLO])
@pytest.mark.parametrize(
    "reply, permanent", [("421 4.3.2 busy", False), ("450 later", False), ("554 no", True)]
)
async def test_refused_session_is_permanent_only_with_5xx(phase: Phase, reply: str, permanent: bool) -> None:
    async with SmtpServer([refuse(phase, reply)]) as server:
        refusal = await unavailable(f"smtp://127.0.0.1:{server.port}")
    assert (refusal.code, refusal.permanent) == (int(reply[:3]), permanent)


@pytest.mark.parametrize(
    "act",
    [Act(then=Then.HANG), Act(reply="", then=Then.CLOSE), Act(reply="", then=Then.RESET), Act(reply="huh")],
)
@pytest.mark.parametrize("phase", [Phase.CONNECT, Phase.EHLO])
async def test_silent_broken_or_senseless_server_may_be_tried_again(phase: Phase, act: Act) -> None:
    async with SmtpServer([Rule(phase=phase, act=act)]) as server:
        refusal = await unavailable(f"smtp://127.0.0.1:{server.port}")
    assert not refusal.permanent
    assert refusal.text


async def test_dead_listener_may_be_tried_again_and_is_found_when_it_is_back() -> None:
    async with SmtpServer() as server:
        await server.deaf()
        refusal = await unavailable(f"smtp://127.0.0.1:{server.port}")
        assert not refusal.permanent
        assert f"127.0.0.1:{server.port}" in refusal.text
        await server.listen()
        session = await connect(server)
        await assert_still_good(server, session)
        await session.close()


async def test_words_left_over_from_before_the_first_mail_are_not_taken_for_its_reply() -> None:
    spoken = Act(reply="250 test.example\r\n421 4.3.2 on second thoughts")
    async with SmtpServer([Rule(phase=Phase.EHLO, act=spoken)]) as server:
        refusal = await unavailable(f"smtp://127.0.0.1:{server.port}")
    assert not refusal.permanent
    assert "second thoughts" in refusal.text


async def test_ehlo_says_our_own_address_unless_a_name_is_set() -> None:
    said: list[str] = []

    def listen(moment: Moment) -> None:
        if moment.phase is Phase.EHLO:
            said.append(moment.line)

    async with SmtpServer(listen) as server:
        for helo in (None, "school.example"):
            settings = RelaySettings(url=f"smtp://127.0.0.1:{server.port}", timeouts=QUICK, helo=helo)
            session = await open_relay(settings, password=None).connect()
            await session.close()
    assert said == ["EHLO [127.0.0.1]", "EHLO school.example"]


# TLS and AUTH


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return make_tls(tmp_path_factory.mktemp("tls"), "localhost", "127.0.0.1")


USERS = {"juf@school.example": "geheim é"}


def secure_server(tls: Tls, *rules: Rule, scheme: str, **options: Any) -> SmtpServer:
    return SmtpServer(list(rules), tls=tls[0], implicit=scheme == "smtps", **options)


def secure_url(server: SmtpServer, scheme: str, host: str = "localhost") -> str:
    return f"{scheme}://juf%40school.example@{host}:{server.port}"


@both_tls
@pytest.mark.parametrize("auth", [("PLAIN",), ("LOGIN",), ("CRAM-MD5", "LOGIN", "PLAIN")], ids="-".join)
async def test_mails_arrive_over_tls_after_login(tls: Tls, scheme: str, auth: tuple[str, ...]) -> None:
    async with secure_server(tls, scheme=scheme, users=USERS, offers=Offers(auth=auth)) as server:
        settings = RelaySettings(url=secure_url(server, scheme), timeouts=QUICK, ca_file=tls[1])
        session = await open_relay(settings, password="geheim é").connect()
        assert isinstance(session, PipeliningSession)
        assert session.offer.pipelining
        for message in (MESSAGE, BIG, MESSAGE):
            assert (await session.send(to(), message)).kind is AnswerKind.ACCEPTED
        await assert_still_good(server, session)
        await session.close()
    assert [mail.data for mail in server.messages[:3]] == [MESSAGE, BIG, MESSAGE]
    assert server.faults == []


@both_tls
@pytest.mark.parametrize(
    "phase, then, size, kind",
    [
        (Phase.MAIL, Then.CLOSE, 1, AnswerKind.TEMPORARY),
        (Phase.MAIL, Then.RESET, 1, AnswerKind.TEMPORARY),
        (Phase.BODY, Then.CLOSE, 200_000, AnswerKind.TEMPORARY),
        (Phase.BODY, Then.RESET, 200_000, AnswerKind.TEMPORARY),
        (Phase.DOT, Then.CLOSE, 1, AnswerKind.UNKNOWN),
        (Phase.DOT, Then.RESET, 1, AnswerKind.UNKNOWN),
        (Phase.DOT, Then.HANG, 1, AnswerKind.UNKNOWN),
    ],
)
async def test_broken_tls_connection_is_judged_as_any_other(
    tls: Tls, scheme: str, phase: Phase, then: Then, size: int, kind: AnswerKind
) -> None:
    gone = Rule(phase=phase, act=Act(reply="", then=then, after=100_000))
    async with secure_server(tls, gone, scheme=scheme) as server:
        url = f"{scheme}://localhost:{server.port}"
        settings = RelaySettings(url=url, timeouts=replace(QUICK, answer=0.5), ca_file=tls[1])
        session = await open_relay(settings, password=None).connect()
        message = MESSAGE if size == 1 else BIG
        answer = await session.send(to(), message)
        assert (answer.kind, answer.lost) == (kind, True)
        await session.close()
    assert server.messages == []


async def test_closed_idle_tls_session_is_noticed(tls: Tls) -> None:
    async with secure_server(tls, scheme="smtps") as server:
        settings = RelaySettings(url=f"smtps://localhost:{server.port}", timeouts=QUICK, ca_file=tls[1])
        session = await open_relay(settings, password=None).connect()
        assert isinstance(session, PipeliningSession)
        await assert_still_good(server, session)
        server.hang_up()
        await become_useless(session)
        await session.close()


@both_tls
async def test_wrong_password_needs_a_person(tls: Tls, scheme: str) -> None:
    async with secure_server(tls, scheme=scheme, users=USERS, offers=Offers(auth=("PLAIN",))) as server:
        refusal = await unavailable(secure_url(server, scheme), password="geheimer", ca_file=tls[1])
    assert (refusal.code, refusal.permanent) == (535, True)


async def test_login_refused_for_now_may_be_tried_again(tls: Tls) -> None:
    busy = refuse(Phase.AUTH, "454 4.7.0 later")
    async with secure_server(
        tls, busy, scheme="smtps", users=USERS, offers=Offers(auth=("LOGIN",))
    ) as server:
        refusal = await unavailable(secure_url(server, "smtps"), password="geheim é", ca_file=tls[1])
    assert (refusal.code, refusal.permanent) == (454, False)


@pytest.mark.parametrize("auth", [(), ("CRAM-MD5",)], ids=["none", "cram_md5"])
async def test_server_without_our_login_methods_needs_a_person(tls: Tls, auth: tuple[str, ...]) -> None:
    async with secure_server(tls, scheme="smtps", users=USERS, offers=Offers(auth=auth)) as server:
        refusal = await unavailable(secure_url(server, "smtps"), password="geheim é", ca_file=tls[1])
    assert refusal.permanent
    assert "AUTH PLAIN" in refusal.text


async def test_server_without_starttls_never_hears_the_password(tls: Tls) -> None:
    async with SmtpServer(users=USERS, offers=Offers(auth=("PLAIN", "LOGIN"))) as server:
        refusal = await unavailable(secure_url(server, "smtp+starttls"), password="geheim", ca_file=tls[1])
    assert refusal.permanent
    assert "STARTTLS" in refusal.text
    assert (server.seen[Phase.AUTH], server.seen[Phase.MAIL]) == (0, 0)


async def test_starttls_refused_after_it_was_offered_is_not_gone_round(tls: Tls) -> None:
    no = refuse(Phase.STARTTLS, "454 4.7.0 TLS not available")
    async with secure_server(tls, no, scheme="smtp+starttls") as server:
        refusal = await unavailable(secure_url(server, "smtp+starttls"), password="geheim", ca_file=tls[1])
    assert (refusal.code, refusal.permanent) == (454, False)
    assert server.seen[Phase.MAIL] == 0


@both_tls
@pytest.mark.parametrize("how", ["unknown_authority", "other_name"])
async def test_certificate_that_proves_nothing_needs_a_person(
    tmp_path: Path, tls: Tls, scheme: str, how: str
) -> None:
    served = tls if how == "unknown_authority" else make_tls(tmp_path, "other.example")
    ca_file = None if how == "unknown_authority" else served[1]
    async with secure_server(served, scheme=scheme, users=USERS) as server:
        refusal = await unavailable(secure_url(server, scheme), password="geheim", ca_file=ca_file)
    assert refusal.permanent
    assert "certificate" in refusal.text
    assert server.seen[Phase.AUTH] == 0


async def test_tls_to_a_server_that_begins_in_clear_says_which_scheme_to_use(
    tls: Tls,
) -> None:
    async with SmtpServer() as server:
        refusal = await unavailable(secure_url(server, "smtps"), password="geheim", ca_file=tls[1])
    assert refusal.permanent
    assert "smtp+starttls://" in refusal.text


async def test_login_in_clear_works_on_loopback_where_it_is_asked_for() -> None:
    async with SmtpServer(users=USERS, offers=Offers(auth=("PLAIN",))) as server:
        url = f"smtp://juf%40school.example@127.0.0.1:{server.port}"
        session = await open_relay(RelaySettings(url=url, timeouts=QUICK), password="geheim é").connect()
        assert (await session.send(to(), MESSAGE)).kind is AnswerKind.ACCEPTED
        await session.close()
    assert server.faults == []
