"""Signed links for parents: bound to one purpose, one school and one parent, and expiring.

The signature is itsdangerous' HMAC with a key derived per purpose, so that a link made for
stopping the newsletter opens nothing else. Nothing is looked up or changed here (rule 21: no GET
changes anything; the page behind the link asks first and posts).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from itsdangerous import BadSignature, URLSafeTimedSerializer
from itsdangerous.timed import TimestampSigner

#: Newsletters are read late and kept long; a link to stop must outlive both.
LIFETIME = timedelta(days=400)


def post_page(base_url: str, post: int) -> str:
    """Where the web part shows a post: the same for everybody, and nothing without logging in.

    It stands in mails that are passed on: a signed link would show a class's video to whoever has the mail,
    for as long as it lasts; this one asks who is there, and the rules of that moment answer (decision 0027).
    """
    return f"{base_url}/posts/{post}"


class LinkPurpose(StrEnum):
    """What a link may be used for. The values are part of every signature: never change one."""

    PREFERENCES = "preferences"  #: choose a channel or stop (RFC 8058 one-click too)


class Links:
    """Makes and reads the links of one installation."""

    def __init__(self, base_url: str, secret: str) -> None:
        self._base_url, self._secret = base_url, secret

    def make(self, purpose: LinkPurpose, school: str, parent: int, issued: datetime) -> str:
        """The https URL; the same arguments give the same one."""
        token = self._signer(purpose, issued).dumps([school, parent])
        return f"{self._base_url}/{purpose}/{token}"

    def read(self, purpose: LinkPurpose, token: str, now: datetime) -> tuple[str, int] | None:
        """School and parent of a link that was made for this purpose and has not expired; None otherwise."""
        try:
            school, parent = self._signer(purpose, now).loads(token, max_age=LIFETIME.days * 86_400)
        except BadSignature:  # expired ones too
            return None
        return str(school), int(parent)

    def _signer(self, purpose: LinkPurpose, now: datetime) -> URLSafeTimedSerializer:
        class At(TimestampSigner):
            def get_timestamp(self) -> int:
                return int(now.timestamp())

        return URLSafeTimedSerializer(self._secret, salt=f"weekbrief {purpose}", signer=At)
