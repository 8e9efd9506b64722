"""Access tokens for relays that take no password: OAuth 2.0 for a service (RFC 6749 4.4, RFC 7523).

Microsoft 365 gives one for client credentials; Google for an assertion that a service account signs in the
mailbox's name. A token is kept until shortly before it ends, and thrown away when the relay refuses it.
"""

from __future__ import annotations

import asyncio
import base64
import json
import math
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from threading import Lock
from urllib.parse import urlencode

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from pipeline.deliver import RelayUnavailable
from pipeline.relay.presets import Preset
from pipeline.relay.replies import printable
from pipeline.relay.settings import OAuth

_MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
_GOOGLE = "https://oauth2.googleapis.com/token"
_MICROSOFT_SCOPE = "https://outlook.office365.com/.default"
_GOOGLE_SCOPE = "https://mail.google.com/"
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_EARLY = 300  #: seconds before its end a token is renewed: a session may begin with it just then
_LONGEST = 86_400  #: seconds that any token is believed to last
_PATIENCE = 30  #: seconds
_MOST = 100_000  #: octets of an answer
#: RFC 6749 5.2: no second try helps before a person has acted.
_HOPELESS = {"invalid_client", "invalid_grant", "invalid_scope", "unauthorized_client", "access_denied"}


@dataclass(slots=True, eq=False)
class Tokens:
    """One mailbox's tokens, for all its relays, threads and event loops in this process.

    ``secret`` is the client's; or of Google's service account the key file's content (JSON) or its path.
    """

    oauth: OAuth
    user: str
    secret: str = field(repr=False)
    clock: Callable[[], float] = time.time
    _token: str = field(default="", repr=False, init=False)
    _ends: float = field(default=0.0, init=False)
    _asking: Lock = field(default_factory=Lock, init=False)

    async def give(self) -> tuple[str, bool]:
        """One that is good for some minutes, and whether it is a new one. Raises `RelayUnavailable`."""
        token = self._token
        if token and not self._ending():
            return token, False
        return await asyncio.to_thread(self._renewed)

    def _renewed(self) -> tuple[str, bool]:
        with self._asking:  # connections that open together share one
            new = not self._token or self._ending()
            if new:
                self._token, self._ends = self._ask()
            return self._token, new

    def _ending(self) -> bool:
        return self.clock() >= self._ends - _EARLY

    def forget(self, token: str) -> None:
        """The relay did not take it: it was withdrawn, or ended sooner than was said."""
        if self._token == token:
            self._token = ""

    def _ask(self) -> tuple[str, float]:
        url, form = self._google() if self.oauth.preset is Preset.GOOGLE else self._microsoft()
        now = self.clock()
        told = _post(url, form)
        token = told.get("access_token")
        if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
            raise RelayUnavailable(f"{url} gave no access token")
        return token, now + _seconds(told.get("expires_in"))

    def _microsoft(self) -> tuple[str, Mapping[str, str]]:
        url = self.oauth.token_url or _MICROSOFT.format(tenant=self.oauth.tenant)
        return url, {
            "grant_type": "client_credentials",
            "client_id": self.oauth.client,
            "client_secret": self.secret,
            "scope": _MICROSOFT_SCOPE,
        }

    def _google(self) -> tuple[str, Mapping[str, str]]:
        account = _account(self.secret)
        url = self.oauth.token_url or _GOOGLE
        now = int(self.clock())
        claims = {
            "iss": account.email,
            "sub": self.user,
            "scope": _GOOGLE_SCOPE,
            "aud": url,
            "iat": now,
            "exp": now + 3600,
        }
        return url, {"grant_type": _JWT_BEARER, "assertion": _signed(account.key, claims)}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Account:
    email: str
    key: RSAPrivateKey = field(repr=False)


def _account(secret: str) -> _Account:
    """The service account of a key file, or of its content. Raises `RelayUnavailable` when it is none."""
    try:
        text = secret if secret.lstrip().startswith("{") else Path(secret).read_text("utf-8")
        told = json.loads(text)
        key = load_pem_private_key(told["private_key"].encode(), password=None)
        email = str(told["client_email"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, UnsupportedAlgorithm) as error:
        words = "the OAuth secret is no key file (JSON) of a Google service account"
        raise RelayUnavailable(f"{words}: {type(error).__name__}", permanent=True) from error
    if not isinstance(key, RSAPrivateKey):
        raise RelayUnavailable("the service account's key is no RSA key", permanent=True)
    return _Account(email=email, key=key)


def _signed(key: RSAPrivateKey, claims: Mapping[str, object]) -> str:
    """A JSON Web Token, RS256 (RFC 7515, 7518)."""
    head = _url64(json.dumps({"alg": "RS256", "typ": "JWT"}).encode())
    body = f"{head}.{_url64(json.dumps(claims).encode())}"
    return f"{body}.{_url64(key.sign(body.encode(), PKCS1v15(), SHA256()))}"


def _seconds(told: object) -> float:
    """How long a token lasts; where that cannot be read it is asked for anew each time."""
    try:
        lasts = float(told) if isinstance(told, int | float | str) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return min(max(lasts, 0.0), _LONGEST) if math.isfinite(lasts) else 0.0


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _post(url: str, form: Mapping[str, str]) -> Mapping[str, object]:
    """The JSON answer. A refusal that no second try helps is permanent; nothing of the form is repeated."""
    request = urllib.request.Request(url, data=urlencode(form).encode(), method="POST")  # noqa: S310
    try:
        with _opener(url).open(request, timeout=_PATIENCE) as answer:
            told = json.loads(answer.read(_MOST))
    except urllib.error.HTTPError as error:
        with error:
            raise _refused(url, error, form) from None
    except (OSError, HTTPException) as error:
        raise RelayUnavailable(f"no token from {url}: {getattr(error, 'reason', error)}") from None
    except (ValueError, RecursionError):
        raise RelayUnavailable(f"no token from {url}: the answer is no JSON") from None
    if not isinstance(told, dict):
        raise RelayUnavailable(f"no token from {url}: the answer is no JSON object")
    return told


def _opener(url: str) -> urllib.request.OpenerDirector:
    """Without redirects: a secret goes to the address in the settings and nowhere else.

    In clear it goes to this machine only, so past a proxy too.
    """
    handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
    handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context()))
    if not url.startswith("https:"):
        handlers.append(urllib.request.ProxyHandler({}))
    opener = urllib.request.build_opener(*handlers)
    opener.addheaders = [("Accept", "application/json")]
    return opener


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


def _refused(url: str, error: urllib.error.HTTPError, form: Mapping[str, str]) -> RelayUnavailable:
    try:
        told = json.loads(error.read(_MOST))
        why, words = str(told.get("error", "")), str(told.get("error_description", ""))
    except (OSError, HTTPException, ValueError, AttributeError, RecursionError):
        why = words = ""
    said = f"{error.code} {_shown(why, form)[:80]}".strip()
    first = _shown("".join(words.splitlines()[:1]), form)[:200]
    permanent = why in _HOPELESS or (400 <= error.code < 500 and error.code not in (408, 429))
    text = f"{url} gives no token ({said}): {first}".removesuffix(": ")
    return RelayUnavailable(text, permanent=permanent)


def _shown(words: str, form: Mapping[str, str]) -> str:
    """An answer that repeats the question must not get into a log."""
    for name in ("client_secret", "assertion"):
        if name in form:
            words = words.replace(form[name], "***")
    return printable(words.encode("utf-8", "replace"))
