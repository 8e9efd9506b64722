"""The test server itself: what other tests conclude from it must be true."""

from __future__ import annotations

import json
import smtplib
import socket
import time
from pathlib import Path

import pytest

from tests.smtp_server import Act, Offers, Phase, Rule, ServerProcess, ThreadedServer, read_log, refuse

MESSAGE = "Subject: x\r\nMessage-ID:\r\n <1@x.example>\r\n\r\n.a\r\n..b\r\n"


def talk(port: int, *packets: bytes) -> bytes:
    """Say ``packets`` after each other, each after a reply to the one before; give all replies."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        for packet in packets:
            heard += line.recv(65536)
            line.sendall(packet)
        while part := line.recv(65536):
            heard += part
    return heard


def test_another_client_finds_a_server_that_keeps_its_mail_as_it_was_sent() -> None:
    with ThreadedServer() as server:
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            client.sendmail("a@x.example", ["b@x.example"], MESSAGE)
        (mail,) = server.messages
    assert (mail.sender, mail.recipient, mail.data.decode()) == ("a@x.example", "b@x.example", MESSAGE)
    assert mail.header("message-id") == "<1@x.example>"
    assert abs(mail.at - time.time()) < 60
    assert server.faults == []


MAIL = b"MAIL FROM:<a@x.example>\r\n"
RCPT = b"RCPT TO:<b@x.example>\r\n"


@pytest.mark.parametrize(
    "packets, fault",
    [
        ([MAIL], "out of turn"),
        ([b"EHLO x\n"], "bare"),
        ([b"EHLO x\r\n", MAIL, MAIL], "out of turn"),
        ([b"EHLO x\r\n", MAIL, RCPT, b"DATA\r\nSubject: x\r\n.\r\n"], "more sent before the reply"),
        ([b"EHLO x\r\n", MAIL, RCPT, RCPT, b"DATA\r\n", b"x\r\n.\r\n"], "2 recipients"),
        ([b"EHLO x\r\n", MAIL, RCPT, b"DATA\r\n", b"x\ny\r\n.\r\n"], "bare"),
        ([b"EHLO x\r\n", MAIL, RCPT, b"DATA\r\n", b"x" * 1000 + b"\r\n.\r\n"], "998"),
        ([b"EHLO x\r\n", MAIL, RCPT, b"DATA\r\n", b"\xc3\xab\r\n.\r\n"], "8BITMIME"),
        ([b"EHLO x\r\n", b"MAIL FROM:<a@x.example> RET=HDRS\r\n"], "not offered"),
        ([b"EHLO x\r\n", MAIL, "RCPT TO:<zoë@x.example>\r\n".encode()], "SMTPUTF8"),
        ([b"EHLO x\r\n", b"AUTH PLAIN AGEAYg==\r\n"], "not offered"),
        ([b"EHLO x\r\n", b"HELP ME\r\n"], "unknown"),
    ],
)
def test_breach_of_the_protocol_is_noted(packets: list[bytes], fault: str) -> None:
    with ThreadedServer() as server:
        talk(server.port, *packets, b"QUIT\r\n")
        assert any(fault in noted for noted in server.faults)


def test_pipelining_that_was_not_offered_is_noted() -> None:
    with ThreadedServer(offers=Offers(pipelining=False)) as server:
        talk(server.port, b"EHLO x\r\n", MAIL + RCPT, b"QUIT\r\n")
        assert server.faults


def test_rules_choose_by_recipient_number_and_count() -> None:
    rules = [
        refuse(Phase.RCPT, "550 5.1.1 never", recipient="no@x.example"),
        Rule(phase=Phase.MAIL, act=Act(reply="450 4.3.0 storm"), messages=range(3, 5)),
        refuse(Phase.DOT, "451 4.3.0 once", times=1),
    ]
    codes = []
    with ThreadedServer(rules) as server:
        for recipient in ("yes@x.example", "no@x.example", "a@x.example", "b@x.example", "c@x.example"):
            with smtplib.SMTP("127.0.0.1", server.port) as client:
                try:
                    client.sendmail("a@x.example", [recipient], MESSAGE)
                    codes.append(250)
                except smtplib.SMTPResponseException as error:
                    codes.append(error.smtp_code)
                except smtplib.SMTPRecipientsRefused as error:
                    codes.append(error.recipients[recipient][0])
        assert codes == [451, 550, 450, 450, 250]
        assert [mail.recipient for mail in server.messages] == ["c@x.example"]


def test_server_process_keeps_its_mails_and_rules_and_survives_to_be_read_after_it_was_killed(
    tmp_path: Path,
) -> None:
    rules = [
        {"phase": "rcpt", "recipient": "no@x.example", "act": {"reply": "550 5.1.1 no", "then": "close"}}
    ]
    (tmp_path / "rules.json").write_text(json.dumps(rules))
    with ServerProcess(tmp_path, "--rules", str(tmp_path / "rules.json")) as server:
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            client.sendmail("a@x.example", ["b@x.example"], MESSAGE)
            client.sendmail("a@x.example", ["c@x.example"], MESSAGE)
            with pytest.raises((smtplib.SMTPException, OSError)):
                client.sendmail("a@x.example", ["no@x.example"], MESSAGE)
            client.close()
        assert server.faults == []
    assert [mail.recipient for mail in server.messages] == ["b@x.example", "c@x.example"]
    assert {mail.data.decode() for mail in server.messages} == {MESSAGE}
    with server.log.open("ab") as log:
        log.write(b'{"sender": "x", "data": 100}\nhalf')
    assert len(read_log(server.log)) == 2  # a mail that is just being written does not count yet


def test_deaf_server_refuses_connections_until_it_listens_again() -> None:
    with ThreadedServer() as server:
        server.deaf()
        with pytest.raises(ConnectionRefusedError):
            smtplib.SMTP("127.0.0.1", server.port)
        server.listen()
        smtplib.SMTP("127.0.0.1", server.port).close()
