"""``[relay]`` and ``[relays.NAME]``: presets filled in, secrets looked for, and which school uses which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pipeline.relay.presets import Login, Preset, habits
from pipeline.relay.settings import OAuth, RelaySettings, Timeouts, parse_url

if TYPE_CHECKING:
    from pipeline.settings_shape import FileShape, RelayShape

Keys = tuple[str | int, ...]
Report = Callable[[Keys, str], None]

#: What a preset stands for is the provider's; another server, for a rehearsal, has none of it.
OF_PRESETS = ("preset", "user", "login", "tenant", "client", "token_url", "senders")
_TOKENS = (Preset.GOOGLE, Preset.MICROSOFT365)


def relays(shape: FileShape, folder: Path) -> tuple[RelaySettings, tuple[RelaySettings, ...]]:
    """The relay of ``[relay]``, and those with names."""
    named = tuple(_relay(each, folder, name) for name, each in shape.relays.items())
    return _relay(shape.relay, folder, ""), named


def relay_of(
    sender: str, name: str | None, default: RelaySettings, named: Sequence[RelaySettings]
) -> RelaySettings:
    """A school's: by the name it says, else the first whose ``senders`` its sender fits, else the default."""
    if name is not None:
        return next(relay for relay in named if relay.name == name)
    fits = (
        relay for relay in named if any(fnmatchcase(sender.lower(), each.lower()) for each in relay.senders)
    )
    return next(fits, default)


def _relay(shape: RelayShape, folder: Path, name: str) -> RelaySettings:
    preset = Preset(shape.preset) if shape.preset else None
    known = habits(preset)
    url = _address(shape.url, shape.user, known.url)
    to = parse_url(url, base=folder)
    return RelaySettings(
        name=name,
        url=f"file://{quote(str(to))}" if isinstance(to, Path) else url,
        preset=preset,
        oauth=_oauth(shape, preset),
        senders=tuple(shape.senders),
        connections=shape.connections or known.connections,
        per_minute=shape.per_minute or known.per_minute,
        per_day=shape.per_day or known.per_day,
        reserve=shape.reserve,
        timeouts=Timeouts(**shape.timeouts.model_dump(exclude_none=True)),
        helo=shape.helo,
        ca_file=folder / shape.ca_file if shape.ca_file else None,
    )


def _address(url: str | None, user: str | None, usual: str | None) -> str:
    """``url`` with ``user`` in it where that is told apart: the @ of a mailbox would need quoting there."""
    name = quote(user or "", safe="")
    if url is None:
        return (usual or "").replace("{user}", name)
    return url.replace("//", f"//{name}@", 1) if name and not url.startswith("file:") else url


def _oauth(shape: RelayShape, preset: Preset | None) -> OAuth | None:
    if preset is None or _login(shape.login, preset) is Login.PASSWORD:
        return None
    return OAuth(
        preset=preset, tenant=shape.tenant or "", client=shape.client or "", token_url=shape.token_url
    )


def _login(told: str | None, preset: Preset | None) -> Login:
    if told is not None:
        return Login.XOAUTH2 if told == "token" else Login.PASSWORD
    return habits(preset).login


def check_relays(
    data: Mapping[str, Any], folder: Path, environ: Mapping[str, str], report: Report, *, need_relay: bool
) -> None:
    """What no single value shows, of every relay; and that a school's relay is there."""
    tables = dict(_tables(data))
    for keys, table in tables.items():
        _check(keys, table, folder, environ, report, need_relay=need_relay)
    names = {str(keys[1]) for keys in tables if len(keys) > 1}
    schools = data.get("school")
    for i, school in enumerate(schools if isinstance(schools, list) else ()):
        name = school.get("relay") if isinstance(school, dict) else None
        if isinstance(name, str) and name not in names:
            there = f"; there are {', '.join(sorted(names))}" if names else f"; write [relays.{name}] for it"
            report(("school", i, "relay"), f"`relay`: there is no relay {name!r}{there}")


def _tables(data: Mapping[str, Any]) -> Iterator[tuple[Keys, Mapping[str, Any]]]:
    if isinstance(relay := data.get("relay"), dict):
        yield ("relay",), relay
    named = data.get("relays")
    for name, table in (named if isinstance(named, dict) else {}).items():
        if isinstance(table, dict):
            yield ("relays", name), table


def _check(
    keys: Keys,
    table: Mapping[str, Any],
    folder: Path,
    environ: Mapping[str, str],
    report: Report,
    *,
    need_relay: bool,
) -> None:
    preset = Preset(table["preset"]) if table.get("preset") in set(Preset) else None
    ca_file = table.get("ca_file")
    if isinstance(ca_file, str) and not (folder / ca_file).is_file():
        report((*keys, "ca_file"), f"`ca_file`: there is no file {folder / ca_file}")
    _check_address(keys, table, preset, report)
    _check_senders(keys, table, report)
    _check_reserve(keys, table, preset, report)
    token = _login(table.get("login"), preset) is Login.XOAUTH2
    if token:
        _check_token(keys, table, preset, report)
    if need_relay:
        _check_secret(keys, table, token, environ, report)


def _check_address(keys: Keys, table: Mapping[str, Any], preset: Preset | None, report: Report) -> None:
    usual = habits(preset).url
    if not table.get("url"):
        if usual is None:
            where = "[relay]" if len(keys) == 1 else f"[relays.{keys[1]}]"
            example = 'url = "smtp+starttls://user@mail.example.nl:587"'
            report((*keys, "url"), f"`url` is missing in {where}: add  {example}")
        elif "{user}" in usual and not table.get("user"):
            words = '`user` is missing: add the mailbox, as in  user = "nieuws@school.example"'
            report((*keys, "user"), words)
    elif table.get("user") and _user_in(table["url"]):
        report((*keys, "user"), "`user`: `url` names a user too: take one of the two away")


def _check_senders(keys: Keys, table: Mapping[str, Any], report: Report) -> None:
    senders = table.get("senders")
    for each in senders if isinstance(senders, list) else ():
        if isinstance(each, str) and "@" not in each:
            words = f'`senders`: {each!r} fits no address: write "*@{each.removeprefix("*.")}"'
            report((*keys, "senders"), words)
    if senders and keys == ("relay",):
        words = "`senders`: [relay] is for every school that no other one is for: take this line out"
        report((*keys, "senders"), words)


def _check_reserve(keys: Keys, table: Mapping[str, Any], preset: Preset | None, report: Report) -> None:
    """What is kept for urgent mail must leave something to the newsletter."""
    reserve, per_day = table.get("reserve"), table.get("per_day", habits(preset).per_day)
    if not isinstance(reserve, int) or reserve < 1:
        return
    if per_day is None:
        report((*keys, "reserve"), "`reserve` is a part of `per_day`: say how many that is")
    elif isinstance(per_day, int) and reserve >= per_day:
        report((*keys, "reserve"), f"`reserve` leaves nothing of the {per_day} a day for newsletters")


def _check_token(keys: Keys, table: Mapping[str, Any], preset: Preset | None, report: Report) -> None:
    if preset not in _TOKENS:
        report((*keys, "login"), '`login`: "token" goes with preset = "google" or "microsoft365"')
        return
    for name in ("tenant", "client") if preset is Preset.MICROSOFT365 else ():
        if not table.get(name):
            words = f"`{name}` is missing: add the {name} id of the application registered for this mailbox"
            report((*keys, name), words)
    if table.get("url") and not _has_user(table):
        words = '`user` is missing: a token is for a mailbox, as in  user = "nieuws@school.example"'
        report((*keys, "user"), words)


def _check_secret(
    keys: Keys, table: Mapping[str, Any], token: bool, environ: Mapping[str, str], report: Report
) -> None:
    asked = RelaySettings(url="", name=str(keys[1]) if len(keys) > 1 else "")
    variable = asked.secret_variable if token else asked.password_variable
    if _has_user(table) and not environ.get(variable):
        what = "the secret by which tokens are got" if token else "their password"
        place = "user" if table.get("user") else "url"
        report((*keys, place), f"`{place}` names a user: set the environment variable {variable} to {what}")


def _has_user(table: Mapping[str, Any]) -> bool:
    return bool(table.get("user")) or _user_in(table.get("url"))


def _user_in(url: object) -> bool:
    try:
        return bool(url) and bool(getattr(parse_url(str(url), base=Path("/")), "user", None))
    except ValueError:
        return False
