"""What is known of mail providers: where they listen, what they take, and how they say that it is enough.

Limits as the providers publish them (November 2026); a school's own in `schedules.toml` go before them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Preset(StrEnum):
    GOOGLE = "google"  #: Google Workspace, a mailbox of its own
    MICROSOFT365 = "microsoft365"  #: Exchange Online, SMTP AUTH of a mailbox
    SES = "ses"  #: Amazon SES
    POSTFIX = "postfix"  #: a mail server of one's own


class Login(StrEnum):
    PASSWORD = "password"  # noqa: S105 - the word of the settings, not one
    XOAUTH2 = "xoauth2"


@dataclass(frozen=True, kw_only=True, slots=True)
class Habits:
    """What a provider is like."""

    url: str | None = None  #: with {user} where the user goes; None: a school must say
    login: Login = Login.PASSWORD
    connections: int = 4
    per_minute: int | None = None
    per_day: int | None = None
    #: Code and enhanced status (None: any) of a permanent refusal that means "no more today", with words that
    #: its text must hold, in lower case.
    full: tuple[tuple[int, str | None, str], ...] = ()


#: Of Google: 2,000 messages a day for a mailbox; a school that sends by smtp-relay.gmail.com says 10,000.
#: Of Microsoft: three connections, 30 messages a minute, 10,000 recipients a day.
#: Of SES: the sandbox's; who has left it knows their own quota.
HABITS: Mapping[Preset, Habits] = {
    Preset.GOOGLE: Habits(
        url="smtp+starttls://{user}@smtp.gmail.com:587",
        connections=4,
        per_minute=120,
        per_day=2_000,
        full=((550, "5.4.5", ""), (550, "5.7.1", "limit exceeded"), (552, "5.4.5", "")),
    ),
    Preset.MICROSOFT365: Habits(
        url="smtp+starttls://{user}@smtp.office365.com:587",
        login=Login.XOAUTH2,  # passwords are refused there with 5.7.30
        connections=3,
        per_minute=30,
        per_day=10_000,
        full=((550, "5.1.90", ""), (554, "5.2.0", "quotaexceeded"), (554, "5.2.2", "quotaexceeded")),
    ),
    Preset.SES: Habits(connections=10, per_minute=60, per_day=200),
    Preset.POSTFIX: Habits(url="smtp://localhost:25", connections=10),
}
_NONE = Habits()
#: Said of the sender to whatever command: the account may not send, so that no mail is at fault.
SHUT_OUT = (
    (530, None, ""),
    (535, None, ""),
    (534, None, ""),
    (538, None, ""),
    (550, "5.7.30", ""),
    (550, "5.7.60", ""),
    (554, "5.7.30", ""),
)
#: Temporary, and long: the day's quota is used up, whatever the provider.
_FULL_FOR_NOW = ((454, None, "daily"), (452, "4.5.3", "daily"), (421, "4.7.28", "daily"))


def habits(preset: Preset | None) -> Habits:
    return HABITS[preset] if preset else _NONE


def is_full(preset: Preset | None, code: int, enhanced: str | None, text: str) -> bool:
    """Whether an answer says that today's share is used up, and nothing of the mail."""
    return _among((*habits(preset).full, *_FULL_FOR_NOW), code, enhanced, text)


def is_shut_out(code: int, enhanced: str | None, text: str) -> bool:
    """Whether an answer refuses the account and not the mail: the whole run stops."""
    return _among(SHUT_OUT, code, enhanced, text)


def _among(
    known: tuple[tuple[int, str | None, str], ...], code: int, enhanced: str | None, text: str
) -> bool:
    said = text.casefold()
    return any(
        code == number and (status is None or status == enhanced) and words in said
        for number, status, words in known
    )
