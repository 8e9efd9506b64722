"""``[relay]``, ``[relays.NAME]`` and presets: what they may say, and which school uses which."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import settings
from pipeline.problems import BadInput
from pipeline.relay.presets import Preset
from pipeline.settings import Settings

SCHOOLS = """
[[school]]
id = "regenboog"
name = "KBS de Regenboog"
language = "nl"
timezone = "Europe/Amsterdam"
sender = "Nieuws@Regenboog.example"
management = ["directie@regenboog.example"]
newsletter = { day = "fri", time = "15:30" }
"""
SECRETS = {
    "WEEKBRIEF_SMTP_PASSWORD": "een",
    "WEEKBRIEF_OAUTH_SECRET": "twee",
    "WEEKBRIEF_SMTP_PASSWORD_DE_ZON": "drie",
    "WEEKBRIEF_OAUTH_SECRET_DE_ZON": "vier",
}


def load(
    folder: Path, text: str, environ: dict[str, str] | None = None, *, need_relay: bool = False
) -> Settings:
    file = folder / "schedules.toml"
    file.write_text(text + ("" if "[[school]]" in text else SCHOOLS), "utf-8")
    return settings.load(file, environ or {}, need_relay=need_relay)


GOOGLE = '[relay]\npreset = "google"\nuser = "nieuws@regenboog.example"\n'
MICROSOFT = """\
[relay]
preset = "microsoft365"
user = "nieuws@regenboog.example"
tenant = "t-1"
client = "c-1"
"""


def test_a_preset_fills_in_what_is_not_said(tmp_path: Path) -> None:
    relay = load(tmp_path, GOOGLE).relay
    assert relay.url == "smtp+starttls://nieuws%40regenboog.example@smtp.gmail.com:587"
    assert (relay.connections, relay.per_minute, relay.per_day) == (4, 120, 2000)
    assert (relay.preset, relay.oauth) == (Preset.GOOGLE, None)
    own = load(tmp_path, f"{GOOGLE}connections = 2\nper_day = 500\nreserve = 50\n").relay
    assert (own.connections, own.per_minute, own.per_day, own.reserve) == (2, 120, 500, 50)


def test_microsoft_takes_tokens_and_google_when_it_is_told_so(tmp_path: Path) -> None:
    relay = load(tmp_path, MICROSOFT).relay
    assert relay.oauth is not None
    assert (relay.oauth.tenant, relay.oauth.client, relay.oauth.token_url) == ("t-1", "c-1", None)
    assert load(tmp_path, f'{GOOGLE}login = "token"\n').relay.oauth is not None
    assert load(tmp_path, f'{MICROSOFT}login = "password"\n').relay.oauth is None


def test_a_user_goes_with_an_address_too(tmp_path: Path) -> None:
    """The @ of a mailbox would have to be quoted there."""
    told = '[relay]\npreset = "ses"\nurl = "smtps://email-smtp.eu-west-1.amazonaws.com"\nuser = "AK/1"\n'
    assert load(tmp_path, told).relay.url == "smtps://AK%2F1@email-smtp.eu-west-1.amazonaws.com"


MANY = """\
[relay]
url = "file://mails"

[relays.de-zon]
preset = "google"
user = "nieuws@zon.example"
senders = ["*@zon.example", "*@*.zon.example"]

[relays.eigen]
url = "smtp://localhost:25"
senders = ["*@regenboog.example"]
"""


def school(sender: str, more: str = "") -> str:
    return SCHOOLS.replace("Nieuws@Regenboog.example", sender) + more


WHICH = {
    "Nieuws@Regenboog.example": "eigen",
    "x@zon.example": "de-zon",
    "x@school.zon.example": "de-zon",
    "x@horizon.example": "",
    "x@zon.example.org": "",
}


@pytest.mark.parametrize("sender", WHICH)
def test_a_schools_relay_is_the_first_that_its_sender_fits(tmp_path: Path, sender: str) -> None:
    found = load(tmp_path, MANY + school(sender))
    assert found.relay_of(found.schools[0]).name == WHICH[sender]
    named = load(tmp_path, MANY + school(sender, 'relay = "de-zon"\n'))
    assert named.relay_of(named.schools[0]).name == "de-zon", "what a school says goes first"


def test_each_relay_has_secrets_of_its_own_that_stand_in_no_value(tmp_path: Path) -> None:
    found = load(tmp_path, MANY, SECRETS, need_relay=True)
    zon = found.relays[0]
    assert (zon.password_variable, zon.secret_variable) == (
        "WEEKBRIEF_SMTP_PASSWORD_DE_ZON",
        "WEEKBRIEF_OAUTH_SECRET_DE_ZON",
    )
    assert (found.smtp_password(zon), found.relay_secret(zon)) == ("drie", "vier")
    assert found.smtp_password(found.relay) == "een"
    assert not any(secret in repr(found) for secret in SECRETS.values())


def test_a_rehearsal_is_for_every_school_and_has_nothing_of_a_provider(tmp_path: Path) -> None:
    rehearsed = {"WEEKBRIEF_RELAY": "smtp://localhost:2525"}
    told = (
        MICROSOFT
        + "reserve = 10\n"
        + MANY.partition("\n\n")[2]
        + school("x@zon.example", 'relay = "eigen"\n')
    )
    found = load(tmp_path, told, rehearsed, need_relay=True)
    assert found.relays == ()
    assert found.relay_of(found.schools[0]).url == "smtp://localhost:2525"
    relay = found.relay
    assert (relay.preset, relay.oauth, relay.per_day, relay.reserve) == (None, None, None, 0)
    limited = load(tmp_path, f"{GOOGLE}per_day = 100\nreserve = 10\n", rehearsed).relay
    assert (limited.per_day, limited.reserve) == (100, 10), "what the school itself says stays"


MISTAKES = {
    "no address": ("[relay]\nconnections = 2", 1, "`url` is missing in [relay]"),
    "no mailbox": ('[relay]\npreset = "google"', 1, "`user` is missing"),
    "no region": ('[relay]\npreset = "ses"\nuser = "AK"', 1, "`url` is missing in [relay]"),
    "no such preset": ('[relay]\npreset = "yahoo"\nurl = "file://m"', 2, "`preset`: write"),
    "no tenant": (MICROSOFT.replace('tenant = "t-1"\n', ""), 1, "`tenant` is missing"),
    "no client": (MICROSOFT.replace('client = "c-1"\n', ""), 1, "`client` is missing"),
    "a token elsewhere": ('[relay]\nurl = "smtps://a@x.example"\nlogin = "token"', 3, '"token" goes with'),
    "a token for nobody": (
        MICROSOFT.replace("user = ", "#").replace("tenant", 'url = "smtps://x.example"\ntenant'),
        1,
        "`user` is missing: a token is for a mailbox",
    ),
    "two users": ('[relay]\nurl = "smtps://a@x.example"\nuser = "b"', 3, "`url` names a user too"),
    "senders of all": ('[relay]\nurl = "file://m"\nsenders = ["*@x.nl"]', 3, "for every school"),
    "a sender without @": (
        '[relay]\nurl = "file://m"\n[relays.a]\nurl = "file://n"\nsenders = ["zon.nl"]',
        5,
        '"*@zon.nl"',
    ),
    "a reserve of what": ('[relay]\nurl = "smtp://localhost"\nreserve = 5', 3, "part of `per_day`"),
    "a reserve of all": (f"{GOOGLE}reserve = 2000", 4, "leaves nothing of the 2000"),
    "a secret": ('[relay]\nurl = "file://m"\nclient_secret = "x"', 3, "WEEKBRIEF_OAUTH_SECRET"),
    "no authority": ('[relay]\nurl = "file://m"\nca_file = "x.pem"', 3, "there is no file"),
    "a name": ('[relay]\nurl = "file://m"\n[relays."De Zon"]\nurl = "file://n"', 3, 'such as "de-zon"'),
    "no table": ('[relay]\nurl = "file://m"\n[relays]\neigen = "x"', 4, "`eigen`: this needs to be a table"),
    "unknown there": (
        '[relay]\nurl = "file://m"\n[relays.a]\nurl = "file://n"\nfoo = 1',
        5,
        "in [relays.NAME]",
    ),
    "patience there": (
        '[relay]\nurl = "file://m"\n[relays.a]\nurl = "file://n"\n[relays.a.timeouts]\nconect = 1',
        6,
        "do you mean `connect`?",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_line_and_what_to_write(tmp_path: Path, name: str) -> None:
    text, line, words = MISTAKES[name]
    with pytest.raises(BadInput) as bad:
        load(tmp_path, text + "\n")
    [problem] = bad.value.problems
    assert problem.line == line
    assert words in problem.message


def test_a_school_that_names_no_relay_of_ours_is_told_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as bad:
        load(tmp_path, MANY + school("a@x.example", 'relay = "zon"\n'))
    [problem] = bad.value.problems
    assert "there is no relay 'zon'; there are de-zon, eigen" in problem.message


@pytest.mark.parametrize(
    "text, variable",
    [
        (GOOGLE, "WEEKBRIEF_SMTP_PASSWORD "),
        (MICROSOFT, "WEEKBRIEF_OAUTH_SECRET "),
        (MANY, "WEEKBRIEF_SMTP_PASSWORD_DE_ZON "),
        (MANY.replace("senders", 'login = "token"\nsenders', 1), "WEEKBRIEF_OAUTH_SECRET_DE_ZON "),
    ],
)
def test_who_sends_needs_each_secret_and_who_looks_needs_none(
    tmp_path: Path, text: str, variable: str
) -> None:
    load(tmp_path, text)
    with pytest.raises(BadInput) as bad:
        load(tmp_path, text, need_relay=True)
    [problem] = bad.value.problems
    assert f"set the environment variable {variable}" in problem.message
