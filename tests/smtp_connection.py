"""One client's connection to the test server: a small, strict SMTP state machine (RFC 5321)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.smtp_script import Act, Phase, Received, Then, now
from tests.smtp_speaker import Speaker

if TYPE_CHECKING:
    from tests.smtp_server import SmtpServer

_PATH = re.compile(r"(?:FROM|TO):<([^\r\n]*?)>((?: [^ \r\n]+)*)\Z", re.IGNORECASE)
MAX_COMMAND = 1000  #: octets; generous over 512 and the extensions' additions
MAX_LINE = 998  #: octets of a message line without CRLF (RFC 5322 section 2.1.1)


class Connection(Speaker):
    def __init__(self, server: SmtpServer) -> None:
        super().__init__(server)
        self._in_body = False
        self._body_act: Act | None = None
        self._recipients: list[str] = []
        self._expect: Callable[[str], None] | None = None  # who gets the next line (AUTH)
        self._greeted = self._logged_in = False
        self._begin_no_mail()

    # bytes to commands and messages

    def _pump(self) -> None:
        while not self._busy and (self._take_body() if self._in_body else self._take_line()):
            pass
        self._flush()

    def _take_line(self) -> bool:
        end = self._in.find(b"\n")
        if end < 0:
            return False
        line = bytes(self._in[: end + 1])
        del self._in[: end + 1]
        self._judge_line(line)
        text = line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
        expect, self._expect = self._expect, None
        (expect or self._command)(text)
        return True

    def _judge_line(self, line: bytes) -> None:
        if not line.endswith(b"\r\n") or b"\r" in line[:-2] or b"\0" in line:
            self._fault(f"a command with a bare CR, LF or a NUL: {line!r}")
        if len(line) > MAX_COMMAND:
            self._fault(f"a command of {len(line)} octets")
        if self._in and (
            not self._server.offers.pipelining or line[:4].upper() in (b"DATA", b"EHLO", b"STAR")
        ):
            self._fault(f"more sent before the reply to {line!r}")

    def _take_body(self) -> bool:
        act = self._body_act
        if act is not None and len(self._in) >= act.after:
            self._body_act = None
            self._carry_out(act, "451 4.3.0 no more of this")
            return act.then is Then.GO_ON
        if self._in.startswith(b".\r\n"):
            end, after = 0, 3
        else:
            end = self._in.find(b"\r\n.\r\n") + 2
            after = end + 3
        if end == 1:
            return False
        data = bytes(self._in[:end])
        del self._in[:after]
        self._in_body = False
        self._complete(data)
        return True

    def _complete(self, data: bytes) -> None:
        self._judge_message(data)
        plain = (
            data.removeprefix(b".").replace(b"\r\n..", b"\r\n.")
            if b"\n." in data or data[:1] == b"."
            else data
        )
        mail = Received(
            self._sender or "", tuple(self._recipients), self._parameters, plain, now(), self._number
        )
        moment = self._moment(Phase.DOT, ".")
        self._begin_no_mail()
        act = self._ask(moment)
        reply = "250 2.0.0 Ok: taken" if act is None or act.reply is None else act.reply
        keep = None if act is None else act.keep
        silent = act is not None and act.then in (Then.HANG, Then.RESET, Then.CLOSE) and not act.reply
        if keep is True or (keep is None and reply.startswith("2") and not silent):
            self._server.receive(mail)
        self._carry_out(act, "" if silent else reply)

    def _judge_message(self, data: bytes) -> None:
        crlf = data.count(b"\r\n")
        if data.count(b"\n") != crlf or data.count(b"\r") != crlf or b"\0" in data:
            self._fault("a message with a bare CR, LF or a NUL")
        if max(map(len, data.split(b"\r\n"))) > MAX_LINE + 1:  # one more for a doubled dot
            self._fault("a message line of more than 998 octets")
        if "BODY=8BITMIME" not in self._parameters and not data.isascii():
            self._fault("8-bit octets without BODY=8BITMIME")
        if len(self._recipients) != 1:
            self._fault(f"{len(self._recipients)} recipients in one transaction")

    # commands

    def _command(self, line: str) -> None:
        verb = line.partition(" ")[0].upper()
        known = {
            "EHLO": self._hello,
            "HELO": self._hello,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": lambda text: self._answer(Phase.RSET, text, "250 2.0.0 Ok", self._begin_no_mail),
            "NOOP": lambda text: self._answer(Phase.NOOP, text, "250 2.0.0 Ok"),
            "QUIT": self._quit,
        }
        known.get(verb, self._unknown)(line)

    def _unknown(self, line: str) -> None:
        self._fault(f"an unknown command {line[:80]!r}")
        self._say("500 5.5.2 unknown command")

    def _hello(self, line: str) -> None:
        offers = self._server.offers
        if line[:4].upper() == "HELO" or not offers.esmtp:
            phase = Phase(line[:4].lower())
            reply = "250 test.example" if phase is Phase.HELO else "502 5.5.2 no EHLO here"
            return self._answer(phase, line, reply, self._greet)
        words = ["test.example"]
        words += ["PIPELINING"] * offers.pipelining + ["8BITMIME"] * offers.eight_bit
        words += ["SMTPUTF8"] * offers.smtputf8 + ([f"SIZE {offers.size}"] if offers.size is not None else [])
        words += ["STARTTLS"] * self._may_secure + ["ENHANCEDSTATUSCODES"]
        if offers.auth and (offers.auth_before_tls or not self._may_secure):
            words.append("AUTH " + " ".join(offers.auth))
        lines = [f"250-{word}" for word in words[:-1]] + [f"250 {words[-1]}"]
        return self._answer(Phase.EHLO, line, "\r\n".join(lines), self._greet)

    @property
    def _may_secure(self) -> bool:
        return self._server.tls is not None and not self._secure

    def _greet(self) -> None:
        self._greeted = True
        self._begin_no_mail()

    def _starttls(self, line: str) -> None:
        if not self._may_secure:
            self._fault("STARTTLS that was not offered")
            return self._say("502 5.5.1 not offered")
        return self._answer(Phase.STARTTLS, line, "220 2.0.0 go ahead", self._secure_it)

    def _secure_it(self) -> None:
        self._flush()
        self._busy, self._greeted = True, False
        self._handshake = asyncio.get_running_loop().create_task(self._shake_hands())

    async def _shake_hands(self) -> None:
        assert self._server.tls is not None
        loop = asyncio.get_running_loop()
        try:
            secure = await loop.start_tls(self._transport, self, self._server.tls, server_side=True)
        except OSError:  # the client did not like our certificate, or left
            self._transport.abort()
            self.connection_lost(None)
            return
        if secure is None:  # it left in the middle of the handshake
            self.connection_lost(None)
            return
        self._transport, self._secure, self._busy = secure, True, False
        self._pump()

    def _auth(self, line: str) -> None:
        words = line.split(" ")
        method = words[1].upper() if len(words) > 1 else ""
        if method not in self._server.offers.auth:
            self._fault(f"AUTH {method} that was not offered")
            return self._say("504 5.5.4 not offered")
        if self._may_secure:
            self._fault("AUTH in clear where TLS was to be had")
        given = words[2] if len(words) > 2 else None
        take = {"PLAIN": self._auth_plain, "XOAUTH2": self._auth_token}.get(method, self._auth_login)
        if given is not None:
            return take(given)
        self._expect = take
        return self._say("334 " + ("VXNlcm5hbWU6" if method == "LOGIN" else ""))

    def _auth_plain(self, text: str) -> None:
        _, user, password = (_decode(text) + "\0\0").split("\0")[:3]
        self._check(user, password)

    def _auth_token(self, text: str) -> None:
        """As Google and Microsoft do: a refusal is told in a challenge first, which wants an empty answer."""
        user, _, rest = _decode(text).removeprefix("user=").partition("\1auth=Bearer ")
        if self._server.tokens(user, rest.removesuffix("\1\1")):
            return self._answer(Phase.AUTH, user, "235 2.7.0 welcome", self._log_in)
        self._expect = lambda _: self._say("535 5.7.8 the token is not accepted")
        return self._say("334 eyJzdGF0dXMiOiI0MDAifQ==")

    def _auth_login(self, text: str) -> None:
        user = _decode(text)
        self._expect = lambda password: self._check(user, _decode(password))
        self._say("334 UGFzc3dvcmQ6")

    def _check(self, user: str, password: str) -> None:
        known = self._server.users.get(user) == password
        reply = "235 2.7.0 welcome" if known else "535 5.7.8 wrong user or password"
        self._answer(Phase.AUTH, user, reply, self._log_in)

    def _log_in(self) -> None:
        self._logged_in = True

    def _mail(self, line: str) -> None:
        match = _PATH.match(line[5:])
        if match is None or not self._greeted or self._sender is not None:
            self._fault(f"MAIL misformed or out of turn: {line!r}")
            return self._say("503 5.5.1 MAIL out of turn")
        if (self._server.users or "XOAUTH2" in self._server.offers.auth) and not self._logged_in:
            return self._say("530 5.7.0 Authentication required")
        self._message = self._server.seen[Phase.MAIL] + 1
        parameters = match[2].upper()
        self._judge_parameters(parameters.split())
        return self._answer(Phase.MAIL, line, "250 2.1.0 Ok", lambda: self._begin_mail(match[1], parameters))

    def _judge_parameters(self, words: list[str]) -> None:
        offers = self._server.offers
        offered = {"SIZE": offers.size is not None, "BODY": offers.eight_bit, "SMTPUTF8": offers.smtputf8}
        for word in words:
            if not offered.get(word.partition("=")[0], False):
                self._fault(f"the parameter {word} was not offered")

    def _rcpt(self, line: str) -> None:
        match = _PATH.match(line[5:])
        if match is None:
            self._fault(f"RCPT misformed: {line!r}")
            return self._say("501 5.5.4 misformed")
        if not match[1].isascii() and "SMTPUTF8" not in self._parameters:
            self._fault(f"a recipient beyond ASCII without SMTPUTF8: {match[1]!r}")
        self._asked = match[1]
        usual = "250 2.1.5 Ok" if self._sender is not None else "503 5.5.1 MAIL first"
        return self._answer(Phase.RCPT, line, usual, lambda: self._recipients.append(match[1]))

    def _data(self, line: str) -> None:
        usual = "354 go ahead" if self._recipients else "554 5.5.1 no valid recipients"
        self._answer(Phase.DATA, line, usual, self._begin_body)

    def _begin_body(self) -> None:
        self._in_body = True
        self._body_act = self._ask(self._moment(Phase.BODY, ""))

    def _quit(self, line: str) -> None:
        self._answer(Phase.QUIT, line, "221 2.0.0 bye", self.close)

    def _begin_mail(self, sender: str, parameters: str) -> None:
        self._sender, self._parameters = sender, parameters

    def _begin_no_mail(self) -> None:
        self._sender = None
        self._recipients = []
        self._asked = self._parameters = ""


def _decode(text: str) -> str:
    with contextlib.suppress(binascii.Error, UnicodeDecodeError):
        return base64.b64decode(text, validate=True).decode()
    return ""
