"""What is known of mail providers: where they listen, what they take, and how they say that it is enough.

Limits as the providers publish them (November 2026); a school's own in `schedules.toml` go before them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Preset(StrEnum):
    GOOGLE = "google"  #: Google Workspace, a mailbox of its own
    MICROSOFT365 = "microsoft365"  #: Exchange Online, SMTP AUTH of a mailbox
    SES = "ses"  #: Amazon SES
    POSTFIX = "postfix"  #: a mail server of one's own


class Login(StrEnum):
    PASSWORD = "password"  # noqa: S105 - the word of the settings, not one
    XOAUTH2 = "xoauth2"


class Said(NamedTuple):
    """An answer to be recognised: all that is told of it must fit."""

    code: int
    enhanced: str | None = None  #: a regular expression for all of it; None: any
    words: str = ""  #: a regular expression for some of its text, whatever its case


@dataclass(frozen=True, kw_only=True, slots=True)
class Habits:
    """What a provider is like."""

    url: str | None = None  #: with {user} where the user goes; None: a school must say
    login: Login = Login.PASSWORD
    connections: int = 4
    per_minute: int | None = None
    per_day: int | None = None
    include: str | None = None  #: of SPF (RFC 7208 5.2): what a sender's domain must let send for it
    selectors: tuple[str, ...] = ()  #: under which its DKIM keys usually stand (RFC 6376 3.1)


#: Of Google: 2,000 messages a day for a mailbox; a school that sends by smtp-relay.gmail.com says 10,000.
#: Of Microsoft: three connections, 30 messages a minute, 10,000 recipients a day.
#: Of SES: the sandbox's; who has left it knows their own quota.
HABITS: Mapping[Preset, Habits] = {
    Preset.GOOGLE: Habits(
        url="smtp+starttls://{user}@smtp.gmail.com:587",
        connections=4,
        per_minute=120,
        per_day=2_000,
        include="_spf.google.com",
        selectors=("google",),
    ),
    Preset.MICROSOFT365: Habits(
        url="smtp+starttls://{user}@smtp.office365.com:587",
        login=Login.XOAUTH2,  # passwords are refused there with 5.7.30
        connections=3,
        per_minute=30,
        per_day=10_000,
        include="spf.protection.outlook.com",
        selectors=("selector1", "selector2"),
    ),
    Preset.SES: Habits(connections=10, per_minute=60, per_day=200, include="amazonses.com"),
    Preset.POSTFIX: Habits(url="smtp://localhost:25", connections=10),
}
_NONE = Habits()

# Looked for whatever the preset: a school that wrote its provider's address alone has the same provider.

#: The day's share is used up; some providers say so with a code that elsewhere means "never".
FULL = (
    Said(550, r"5\.4\.5"),  # Google: daily user sending limit, daily SMTP relay limit
    Said(552, r"5\.4\.5"),
    Said(550, r"5\.7\.1", r"daily .*limit exceeded|email quota exceeded"),  # Google's SMTP relay
    Said(550, r"5\.1\.90"),  # Microsoft: the mailbox's recipients of a day
    Said(550, r"5\.7\.23[23]"),  # Microsoft: the tenant's
    Said(554, r"5\.2\.0", r"submissionquotaexceeded"),  # Microsoft, as SMTP AUTH says it
    Said(421, None, r"daily .*(limit|quota)"),
    Said(450, None, r"daily .*(limit|quota)"),
    Said(451, None, r"daily .*(limit|quota)"),
    Said(452, None, r"daily .*(limit|quota)"),
    Said(454, None, r"daily .*(limit|quota)"),  # SES
)
#: Said of whoever sends, to whatever command: no mail is at fault, and the next would hear the same.
SHUT_OUT = (
    Said(530),  # not logged in, or not over TLS
    Said(534),
    Said(535),
    Said(538),
    Said(
        550, r"5\.1\.8|5\.7\.(30|54|57|60|501|502|503|70[58]|750)"
    ),  # Microsoft: blocked, or may not send as
    Said(554, r"5\.7\.30"),
    Said(554, r"5\.2\.(0|252)", r"sendasdenied"),  # Microsoft: the sender is not the mailbox that logged in
    Said(554, r"5\.2\.2", r"storedrv\.submission"),  # Microsoft: its folder of sent mail is full
    Said(550, r"5\.7\.1", r"invalid credentials for relay|ip .*not authorized|relay(ing)? denied"),
    Said(550, r"5\.7\.0", r"mail (relay|sending) denied"),  # Google
    Said(
        554,
        None,
        r"message rejected: (email address is not verified|.*sending (has been )?(paused|suspended))",
    ),
    Said(554, None, r"message rejected: .*account.*(paused|suspended)|access denied: user .*not authorized"),
    Said(554, r"5\.7\.1", r"relay access denied"),  # Postfix
    Said(550, None, r"sender address rejected"),
    Said(553, None, r"sender address rejected"),
    Said(554, None, r"sender address rejected"),
)
#: What another host said of one recipient, and a relay that asked it repeats: never about us.
_QUOTED = re.compile(r"\bsaid: ")


def habits(preset: Preset | None) -> Habits:
    return HABITS[preset] if preset else _NONE


def is_full(code: int, enhanced: str | None, text: str) -> bool:
    """Whether an answer says that today's share is used up, and nothing of the mail."""
    return _among(FULL, code, enhanced, text)


def is_shut_out(code: int, enhanced: str | None, text: str) -> bool:
    """Whether an answer refuses the account and not the mail: the whole run stops."""
    return _among(SHUT_OUT, code, enhanced, text)


def _among(known: Sequence[Said], code: int, enhanced: str | None, text: str) -> bool:
    return not _QUOTED.search(text) and any(
        code == said.code
        and (said.enhanced is None or re.fullmatch(said.enhanced, enhanced or "") is not None)
        and re.search(said.words, text, re.IGNORECASE) is not None
        for said in known
    )
