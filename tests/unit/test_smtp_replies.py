"""What a relay says and what we may say to it, without a connection."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from pipeline.deliver import Answer, AnswerKind, Envelope
from pipeline.relay import RelaySettings, open_relay
from pipeline.relay.envelope import CannotCarry, Offer, commands, is_address, read_offer, stuffed
from pipeline.relay.replies import MAX_REPLY, MAX_TEXT, NotSmtp, Replies, Reply, answer_to
from pipeline.relay.settings import Security, Server, is_loopback, parse_url

ENVELOPE = Envelope(sender="nieuws@regenboog.example", recipient="ouder@post.example")


def read(*packets: bytes) -> list[Reply]:
    replies = Replies()
    for packet in packets:
        replies.feed(packet)
    return list(replies.done)


def test_reply_of_many_lines_is_one_reply_with_all_its_text() -> None:
    assert read(b"550-5.1.1 No such\r\n550-5.1.1 user\r\n550 5.1.1 here\r\n") == [
        Reply(550, "5.1.1", "No such user here")
    ]


def test_reply_without_text_or_with_bare_lf_is_still_a_reply() -> None:
    assert read(b"250\r\n354 \n") == [Reply(250, None, ""), Reply(354, None, "")]


@given(cuts=st.lists(st.integers(0, 60), max_size=8))
def test_replies_are_the_same_however_the_packets_fall(cuts: list[int]) -> None:
    whole = b"250-2.1.0 first\r\n250 2.1.0 sender\r\n550 5.1.1 no\r\n354 go\r\n"
    places = sorted({0, len(whole), *cuts})
    packets = [whole[start:end] for start, end in itertools.pairwise(places)]
    assert read(*packets) == read(whole)
    assert [reply.code for reply in read(whole)] == [250, 550, 354]


@pytest.mark.parametrize(
    "garbage",
    [
        b"HTTP/1.1 400 Bad\r\n",
        b"\r\n",
        b"25 ok\r\n",
        b"250x\r\n",
        b"650 x\r\n",
        b"150 x\r\n",
        b"\x16\x03\x01\n",
    ],
)
def test_what_is_no_reply_is_said_to_be_none(garbage: bytes) -> None:
    with pytest.raises(NotSmtp):
        read(garbage)


def test_lines_of_one_reply_with_two_codes_are_no_reply() -> None:
    with pytest.raises(NotSmtp):
        read(b"250-ok\r\n550 no\r\n")


def test_reply_before_garbage_in_one_packet_is_kept() -> None:
    replies = Replies()
    with pytest.raises(NotSmtp):
        replies.feed(b"250 ok\r\nwhat\r\n")
    assert [reply.code for reply in replies.done] == [250]


@pytest.mark.parametrize("endless", [b"2" * (MAX_REPLY + 1), b"250-x\r\n" * (MAX_REPLY // 5 + 1)])
def test_reply_that_never_ends_is_given_up(endless: bytes) -> None:
    with pytest.raises(NotSmtp):
        read(endless)


def test_text_of_a_reply_is_printable_and_short() -> None:
    (reply,) = read(b"550 \x1b[31mred\x07\xff " + b"x" * 2000 + b"\r\n")
    assert reply.text.isprintable()
    assert len(reply.text) == MAX_TEXT


@pytest.mark.parametrize(
    "line, enhanced, text",
    [
        (b"550 5.1.1 no", "5.1.1", "no"),
        (b"550 5.7.509", "5.7.509", ""),
        (b"550 4.1.1 no", None, "4.1.1 no"),
        (b"250 2.0.0 Ok: queued as 1", "2.0.0", "Ok: queued as 1"),
        (b"550 5.1.1x no", None, "5.1.1x no"),
        (b"550 5.1.1234 no", None, "5.1.1234 no"),
        (b"354 3.0.0 go", None, "3.0.0 go"),
    ],
)
def test_enhanced_status_is_read_only_where_it_is_one(line: bytes, enhanced: str | None, text: str) -> None:
    (reply,) = read(line + b"\r\n")
    assert (reply.enhanced, reply.text) == (enhanced, text)


@pytest.mark.parametrize(
    "code, kind, lost",
    [
        (250, AnswerKind.ACCEPTED, False),
        (251, AnswerKind.ACCEPTED, False),
        (421, AnswerKind.TEMPORARY, True),
        (450, AnswerKind.TEMPORARY, False),
        (452, AnswerKind.TEMPORARY, False),
        (550, AnswerKind.PERMANENT, False),
        (552, AnswerKind.PERMANENT, False),
    ],
)
def test_first_digit_decides_what_becomes_of_the_mail(code: int, kind: AnswerKind, lost: bool) -> None:
    answer = answer_to(Reply(code, None, "so"))
    assert answer == Answer(kind=kind, code=code, text="so", lost=lost)


def test_3xx_is_no_answer_to_a_message() -> None:
    with pytest.raises(NotSmtp):
        answer_to(Reply(354, None, "again"))


# what we say


@pytest.mark.parametrize(
    "address",
    [
        "a@x.example",
        "a.b+c@x-y.example",
        "o'neil@x.example",
        '"jan de boer"@x.example',
        '"a\\"b"@x.example',
        "zoë@x.example",
        "a@xn--caf-dma.example",
        "a@[192.0.2.1]",
        "a@[IPv6:2001:db8::1]",
        "postmaster@localhost",
    ],
)
def test_addresses_that_smtp_can_carry_are_let_through(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@x.example",
        "a@",
        "a@x.example>\r\nRCPT TO:<z@z.example",
        "a@x.example\r\n",
        "a@x.example\n",
        "a b@x.example",
        "a@x example",
        "<a@x.example>",
        "a>b@x.example",
        "a\0@x.example",
        "a@x\0.example",
        '"a\r\nb"@x.example',
        '"a"b"@x.example',
        "a@b@x.example",
        ".a@x.example",
        "a..b@x.example",
        "a@-x.example",
        "a@caf\u00e9.example",
        "a\u0085@x.example",
        "a\u2028b@x.example",
        "a\ud800@x.example",
        "a@x.example SIZE=1",
        "a" * 250 + "@x.example",
        "é" * 125 + "@x.example",
    ],
)
def test_whatever_could_become_another_command_or_recipient_is_no_address(address: str) -> None:
    assert not is_address(address)
    for envelope in (
        Envelope(sender=address, recipient="b@x.example"),
        Envelope(sender="b@x.example", recipient=address),
    ):
        with pytest.raises(CannotCarry):
            commands(envelope, b"x\r\n", Offer())


@given(st.text())
def test_no_text_as_recipient_makes_more_than_one_command(text: str) -> None:
    try:
        _, rcpt = commands(Envelope(sender="b@x.example", recipient=text), b"", Offer(smtputf8=True))
    except CannotCarry:
        return
    assert rcpt == f"RCPT TO:<{text}>\r\n".encode()
    assert rcpt.count(b"\n") == rcpt.count(b"\r") == 1


def test_parameters_are_those_that_the_relay_offers_and_the_mail_needs() -> None:
    everything = Offer(size=True, max_size=100, eight_bit=True, smtputf8=True)
    assert commands(ENVELOPE, b"x\r\n", everything)[0] == b"MAIL FROM:<nieuws@regenboog.example> SIZE=3\r\n"
    assert commands(ENVELOPE, b"x", everything)[0].endswith(b" SIZE=3\r\n")
    mail, rcpt = commands(Envelope(sender="a@x.example", recipient="zoë@x.example"), b"\xc3\r\n", everything)
    assert mail == b"MAIL FROM:<a@x.example> SIZE=3 BODY=8BITMIME SMTPUTF8\r\n"
    assert rcpt == "RCPT TO:<zoë@x.example>\r\n".encode()
    assert commands(ENVELOPE, b"x\r\n", Offer())[0] == b"MAIL FROM:<nieuws@regenboog.example>\r\n"


def test_message_of_exactly_the_limit_goes_and_one_octet_more_does_not() -> None:
    commands(ENVELOPE, b"x" * 98 + b"\r\n", Offer(size=True, max_size=100))
    with pytest.raises(CannotCarry, match=r"101 octets .* at most 100"):
        commands(ENVELOPE, b"x" * 99 + b"\r\n", Offer(size=True, max_size=100))
    with pytest.raises(CannotCarry, match="101"):
        commands(ENVELOPE, b"x" * 99, Offer(size=True, max_size=100))


def test_what_the_relay_cannot_carry_is_said_with_the_reason() -> None:
    with pytest.raises(CannotCarry, match="SMTPUTF8"):
        commands(Envelope(sender="a@x.example", recipient="zoë@x.example"), b"x\r\n", Offer(eight_bit=True))
    with pytest.raises(CannotCarry, match="8BITMIME"):
        commands(ENVELOPE, b"\xc3\xab\r\n", Offer())


@pytest.mark.parametrize(
    "size, limit",
    [("35882577", 35882577), ("0", None), ("", None), ("many", None), ("٣", None), ("-1", None)],
)
def test_size_offer_is_a_limit_only_when_it_is_a_number_above_zero(size: str, limit: int | None) -> None:
    assert read_offer({"size": size}) == Offer(size=True, max_size=limit)


@pytest.mark.parametrize(
    "message, wire",
    [
        (b"a\r\n", b"a\r\n.\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b".\r\n", b"..\r\n.\r\n"),
        (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
        (b"a\r\n.\r\n.\r\n..b\r\n", b"a\r\n..\r\n..\r\n...b\r\n.\r\n"),
        (b"a\n.\r\nMAIL", b"a\n..\r\nMAIL\r\n.\r\n"),
        (b"", b"\r\n.\r\n"),
    ],
)
def test_dots_are_doubled_and_the_end_is_one_line_of_a_dot(message: bytes, wire: bytes) -> None:
    assert b"".join(stuffed(message)) == wire


@given(st.lists(st.sampled_from([b".", b"..", b"a", b"\r\n", b".\r\n"])).map(b"".join))
def test_undoing_the_dots_gives_the_message_back(message: bytes) -> None:
    body = b"".join(stuffed(message))
    lines = body.removesuffix(b".\r\n").split(b"\r\n")
    assert b"." not in lines
    plain = b"\r\n".join(line.removeprefix(b".") for line in lines)
    assert plain == (message if message.endswith(b"\r\n") else message + b"\r\n")


# where it goes


def test_relay_addresses_are_read_with_their_usual_ports() -> None:
    assert parse_url("smtp+starttls://user@mail.example.nl") == Server(
        security=Security.STARTTLS, host="mail.example.nl", port=587, user="user"
    )
    assert parse_url("smtps://juf%40school.example@mail.example.nl:4650/") == Server(
        security=Security.TLS, host="mail.example.nl", port=4650, user="juf@school.example"
    )
    assert parse_url("smtp://[::1]") == Server(security=Security.LOOPBACK, host="::1", port=25, user=None)


def test_folders_are_read_and_relative_ones_stand_under_the_base() -> None:
    base = Path("/somewhere")
    assert parse_url("file:///abs/mails") == Path("/abs/mails")
    assert parse_url("file://mails/out%20box", base=base) == base / "mails/out box"
    with pytest.raises(ValueError, match="relative"):
        parse_url("file://mails")


@pytest.mark.parametrize(
    "url, advice",
    [
        ("smtp://mail.example.nl:25", r"smtp\+starttls://mail.example.nl:587"),
        ("smtp://127.0.0.1.example.nl", "this machine only"),
        ("smtps://user:geheim@mail.example.nl", "WEEKBRIEF_SMTP_PASSWORD"),
        ("smtps://user:@mail.example.nl", "WEEKBRIEF_SMTP_PASSWORD"),
        ("http://mail.example.nl", r"smtp\+starttls://"),
        ("mail.example.nl:587", r"smtp\+starttls://"),
        ("smtps://", "no host"),
        ("smtps://user@", "no host"),
        ("smtps://mail.example.nl:70000", "cannot be read"),
        ("smtps://mail.example.nl/path", "after the port"),
        ("smtps://mail.example.nl?tls=no", "after the port"),
        ("file://", "folder"),
        ("file:mails", "folder"),
        ("", r"smtp\+starttls://"),
    ],
)
def test_bad_relay_address_is_refused_with_what_to_do(url: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice) as refusal:
        parse_url(url, base=Path("/base"))
    assert "geheim" not in str(refusal.value)


def test_only_this_machine_is_loopback() -> None:
    assert all(map(is_loopback, ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1"]))
    assert not any(map(is_loopback, ["10.0.0.1", "0.0.0.0", "example.nl", "localhost.example.nl", "::"]))


@pytest.mark.parametrize(
    "settings, advice",
    [
        (RelaySettings(url="smtps://user@mail.example.nl"), "WEEKBRIEF_SMTP_PASSWORD"),
        (RelaySettings(url="smtp://localhost", helo="a b"), "helo"),
        (RelaySettings(url="smtps://mail.example.nl", ca_file=Path("/nowhere.pem")), "ca_file"),
    ],
)
def test_settings_that_can_never_work_are_refused_before_any_connection(
    settings: RelaySettings, advice: str
) -> None:
    with pytest.raises(ValueError, match=advice):
        open_relay(settings, password=None)
