"""Relays: where finished mails go. One small interface (`pipeline.deliver`), three ways behind it.

Importing this package loads no mail library; `open_relay` loads the one that the address needs.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.deliver import Relay
from pipeline.relay.settings import OAuth, RelaySettings, Timeouts, parse_url

if TYPE_CHECKING:  # tokens need cryptography, which relays with a password do without
    from pipeline.relay.tokens import Tokens

__all__ = ["RelaySettings", "Timeouts", "open_relay"]


def open_relay(
    settings: RelaySettings, *, password: str | None, secret: str | None = None, base: Path | None = None
) -> Relay:
    """Give the relay that ``settings.url`` names, without touching the network or the disk's folders.

    ``password`` is used only where the address names a user, ``secret`` where tokens take its place.
    ``base`` is the absolute folder that a relative ``file://`` folder is resolved against. Raises
    `ValueError` whose text says what to do.
    """
    target = parse_url(settings.url, base=base)
    if isinstance(target, Path):
        from pipeline.relay.file import FileRelay

        return FileRelay(target)
    from pipeline.relay.smtp import SmtpRelay

    if settings.oauth is None:
        return SmtpRelay(target, settings, password=password)
    tokens = _tokens(settings.oauth, target.user, secret) if target.user and secret else None
    return SmtpRelay(target, settings, password=None, tokens=tokens)


@lru_cache(maxsize=1000)
def _tokens(oauth: OAuth, user: str, secret: str) -> Tokens:
    """One for each mailbox: a thousand schools that share it must not ask for a thousand tokens."""
    from pipeline.relay.tokens import Tokens

    return Tokens(oauth, user, secret)
