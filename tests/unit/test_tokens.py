"""Access tokens: asked for as Microsoft and Google want it, kept while they are good, and told to nobody."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pipeline.deliver import RelayUnavailable
from pipeline.relay import RelaySettings, open_relay
from pipeline.relay.presets import Preset
from pipeline.relay.settings import OAuth
from pipeline.relay.tokens import Tokens
from tests.relay_scene import QUICK, both_tls
from tests.smtp_server import Offers, SmtpServer, make_tls
from tests.token_server import TokenServer, claims

USER, SECRET = "nieuws@regenboog.example", "geheim-secret/+=&"


@dataclass
class Clock:
    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[TokenServer]:
    with TokenServer(check=lambda form: "", clock=clock) as server:
        yield server


def microsoft(url: str, clock: Clock, secret: str = SECRET) -> Tokens:
    oauth = OAuth(preset=Preset.MICROSOFT365, tenant="t", client="c-1", token_url=url)
    return Tokens(oauth, USER, secret, clock=clock)


def google(url: str, clock: Clock, secret: str) -> Tokens:
    return Tokens(OAuth(preset=Preset.GOOGLE, token_url=url), USER, secret, clock=clock)


def given(tokens: Tokens) -> tuple[str, bool]:
    return asyncio.run(tokens.give())


def refused(tokens: Tokens) -> RelayUnavailable:
    with pytest.raises(RelayUnavailable) as refusal:
        given(tokens)
    assert SECRET not in f"{refusal.value!r} {refusal.value.text}"
    return refusal.value


@cache
def rsa() -> RSAPrivateKey:
    return generate_private_key(65537, 1024)


def key_file(**changed: str) -> str:
    pem = rsa().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    told = {"type": "service_account", "client_email": "brief@project.example", "private_key": pem}
    return json.dumps({**told, **changed})


def test_microsoft_is_asked_for_client_credentials(server: TokenServer, clock: Clock) -> None:
    assert given(microsoft(server.url, clock)) == ("token-0", True)
    assert server.asked == [
        {
            "grant_type": "client_credentials",
            "client_id": "c-1",
            "client_secret": SECRET,
            "scope": "https://outlook.office365.com/.default",
        }
    ]


@pytest.mark.parametrize("as_path", [False, True])
def test_google_gets_an_assertion_signed_by_the_service_account_for_the_mailbox(
    server: TokenServer, clock: Clock, tmp_path: Path, as_path: bool
) -> None:
    (tmp_path / "key.json").write_text(key_file(), "utf-8")
    tokens = google(server.url, clock, str(tmp_path / "key.json") if as_path else key_file())
    assert given(tokens)[0] == "token-0"
    [form] = server.asked
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert claims(form["assertion"], rsa().public_key()) == {
        "iss": "brief@project.example",
        "sub": USER,
        "scope": "https://mail.google.com/",
        "aud": server.url,
        "iat": int(clock.now),
        "exp": int(clock.now) + 3600,
    }


def test_one_is_kept_until_five_minutes_before_its_end(server: TokenServer, clock: Clock) -> None:
    tokens = microsoft(server.url, clock)
    assert given(tokens) == ("token-0", True)
    clock.now += 3299
    assert given(tokens) == ("token-0", False)
    clock.now += 1
    assert given(tokens) == ("token-1", True)


def test_one_that_was_refused_is_asked_for_anew_once(server: TokenServer, clock: Clock) -> None:
    tokens = microsoft(server.url, clock)
    tokens.forget(given(tokens)[0])
    assert given(tokens) == ("token-1", True)
    tokens.forget("token-0")
    assert given(tokens) == ("token-1", False), "another connection's old one is no reason"


def test_connections_that_open_together_share_one(server: TokenServer, clock: Clock) -> None:
    tokens = microsoft(server.url, clock)

    async def together() -> list[tuple[str, bool]]:
        return await asyncio.gather(*(tokens.give() for _ in range(8)))

    for _ in range(2):  # in one event loop, and then in another
        assert {token for token, _ in asyncio.run(together())} == {"token-0"}
    assert len(server.asked) == 1


@pytest.mark.parametrize("lasts", [None, "soon", "NaN", -1, [], 1e400, "9" * 5000])
def test_one_whose_end_cannot_be_read_is_asked_for_each_time(
    server: TokenServer, clock: Clock, lasts: object
) -> None:
    server.fail_with = 200, {"access_token": "x", "expires_in": lasts}
    tokens = microsoft(server.url, clock)
    assert [given(tokens), given(tokens)] == [("x", True)] * 2


@pytest.mark.parametrize(
    "error, permanent",
    [("invalid_client", True), ("unauthorized_client", True), ("temporarily_unavailable", True)],
)
def test_a_refusal_names_its_reason_and_repeats_no_secret(
    server: TokenServer, clock: Clock, error: str, permanent: bool
) -> None:
    said = f"AADSTS7000215: {'x' * 150} {SECRET} is wrong\r\nTrace ID: 1"
    server.fail_with = 401, {"error": error, "error_description": said}
    refusal = refused(microsoft(server.url, clock))
    assert refusal.permanent is permanent
    assert error in refusal.text
    assert "AADSTS7000215" in refusal.text
    assert "Trace" not in refusal.text
    assert "geheim" not in refusal.text, "nor half of it, where the words were cut"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_service_that_is_busy_may_be_asked_again(server: TokenServer, clock: Clock, status: int) -> None:
    server.fail_with = status, {}
    assert not refused(microsoft(server.url, clock)).permanent


@pytest.mark.parametrize("token", [None, "", 7, "é", "a\r\nb"])
def test_an_answer_without_a_token_is_none(server: TokenServer, clock: Clock, token: object) -> None:
    server.fail_with = 200, {"access_token": token, "expires_in": 3600}
    assert "no access token" in refused(microsoft(server.url, clock)).text


RAW = {
    "no http": b"220 mail.example ESMTP\r\n",
    "nothing": b"",
    "half": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
    "html": b"HTTP/1.1 200 OK\r\n\r\n<html>log in first</html>",
    "a list": b"HTTP/1.1 200 OK\r\n\r\n[1]",
    "deep": b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 90_000,
    "half a refusal": b"HTTP/1.1 400 Bad\r\nContent-Length: 99\r\n\r\n{",
}


@pytest.mark.parametrize("name", RAW)
def test_garbage_is_no_token_and_no_crash(clock: Clock, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(RAW[name])

        thread = Thread(target=answer)
        thread.start()
        refused(microsoft(f"http://127.0.0.1:{listener.getsockname()[1]}/token", clock))
        thread.join()


def test_a_service_that_is_down_may_be_asked_again(clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert not refused(microsoft(f"http://127.0.0.1:{port}/token", clock)).permanent


@dataclass
class Elsewhere:
    """Sends everybody on to another address."""

    to: str
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> str:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(307)
                self.send_header("Location", outer.to)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def test_the_secret_goes_nowhere_else_than_told(
    server: TokenServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Elsewhere(server.url) as url:
        assert "307" in refused(microsoft(url, clock)).text
    assert server.asked == []
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setenv("no_proxy", "")
    with TokenServer(check=lambda form: "", clock=clock) as asked:
        assert given(microsoft(asked.url, clock))[0] == "token-0"
    assert server.asked == [], "what goes in clear to this machine goes past a proxy"


def test_a_secret_that_is_no_key_file_needs_a_person(clock: Clock, tmp_path: Path) -> None:
    curve = generate_ec(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8")
    secrets = (
        "no-such-file.json",
        str(tmp_path),
        str(tmp_path / "photo.jpg"),
        "{",
        "{}",
        '{"private_key": 1}',
        key_file(private_key="-----BEGIN PRIVATE KEY-----"),
        key_file(private_key=curve),
    )
    for secret in secrets:
        refusal = refused(google("http://127.0.0.1:9/", clock, secret))
        assert refusal.permanent
        assert "key" in refusal.text
        assert "BEGIN" not in refusal.text


def test_nothing_secret_is_shown_where_values_are(server: TokenServer, clock: Clock) -> None:
    tokens = microsoft(server.url, clock)
    given(tokens)
    assert SECRET not in repr(tokens)
    assert "token-0" not in repr(tokens)


# With a relay.


def relay_to(server: SmtpServer, scheme: str, url: str, ca_file: Path, secret: str) -> RelaySettings:
    return RelaySettings(
        url=f"{scheme}://{USER.replace('@', '%40')}@localhost:{server.port}",
        preset=Preset.MICROSOFT365,
        oauth=OAuth(preset=Preset.MICROSOFT365, tenant="t", client=secret, token_url=url),
        timeouts=QUICK,
        ca_file=ca_file,
    )


@both_tls
async def test_a_token_opens_a_session_under_an_authority_of_ones_own(
    clock: Clock, server: TokenServer, tmp_path: Path, scheme: str
) -> None:
    tls, ca_file = make_tls(tmp_path)
    offers = Offers(auth=("XOAUTH2",))
    async with SmtpServer(tls=tls, implicit=scheme == "smtps", offers=offers, tokens=server.accepts) as smtp:
        settings = relay_to(smtp, scheme, server.url, ca_file, scheme)
        relay = open_relay(settings, password=None, secret=SECRET)
        first = await relay.connect()
        server.given.clear()  # withdrawn: the next session gets a new one by itself
        second = await open_relay(settings, password=None, secret=SECRET).connect()
        for session in (first, second):
            await session.close()
    assert len(server.asked) == 2, "every relay of one mailbox shares its token"
    assert smtp.faults == []


async def test_a_relay_that_takes_no_token_hears_none_and_a_new_one_refused_needs_a_person(
    server: TokenServer, tmp_path: Path
) -> None:
    tls, ca_file = make_tls(tmp_path)
    for auth, words in ((("PLAIN",), "XOAUTH2"), (("XOAUTH2",), "535")):
        async with SmtpServer(tls=tls, implicit=True, offers=Offers(auth=auth)) as smtp:
            settings = relay_to(smtp, "smtps", server.url, ca_file, words)
            with pytest.raises(RelayUnavailable) as refusal:
                await open_relay(settings, password=None, secret=SECRET).connect()
        assert refusal.value.permanent
        assert words in refusal.value.text
    assert len(server.asked) == 1
