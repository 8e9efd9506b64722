"""``weekbrief relay test``: does the relay take our mail, and on what terms."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from pipeline.commands import Exit
from pipeline.commands.console import say, say_json
from pipeline.deliver import AnswerKind
from pipeline.office import Office
from pipeline.problems import BadInput, Problem
from pipeline.relay import RelaySettings
from pipeline.settings import SchoolSettings
from pipeline.settings_checks import address
from pipeline.store.relay_budget import DAY, used
from pipeline.trial import Trial, try_relay

#: A certificate that ends so soon is told as something to look after.
_SOON = timedelta(days=14)


def test(office: Office, told: Namespace) -> Exit:
    relay, school = _asked(office, told)
    to = _address(told.to) if told.to else None
    try:
        trial = asyncio.run(try_relay(office, relay, school, to))
    except ValueError as wrong:
        raise BadInput([Problem(file=str(office.settings.file), message=str(wrong))]) from None
    shown = _document(office, relay, trial, to)
    if told.json:
        say_json(shown)
    for line in _lines(office, relay, school, trial, shown):
        say(line, error=told.json)
    return _status(trial)


def _asked(office: Office, told: Namespace) -> tuple[RelaySettings, SchoolSettings]:
    """The relay that is named, or the school's, or the one of ``[relay]``; and a school that uses it."""
    settings = office.settings
    if told.relay is None:
        school = settings.school(told.school) if told.school else settings.schools[0]
        return (settings.relay_of(school) if told.school else settings.relay), school
    found = [relay for relay in settings.relays if relay.name == told.relay]
    if not found:
        names = ", ".join(relay.name for relay in settings.relays) or "none but [relay], which has no name"
        words = f"there is no relay {told.relay!r}; there are: {names}"
        raise BadInput([Problem(file=str(settings.file), message=words)])
    if told.school:
        return found[0], settings.school(told.school)
    users = (school for school in settings.schools if settings.relay_of(school) == found[0])
    return found[0], next(users, settings.schools[0])


def _address(text: str) -> str:
    try:
        return address(text)
    except ValueError as wrong:
        raise BadInput([Problem(file="--to", message=str(wrong))]) from None


def _status(trial: Trial) -> Exit:
    """2: the settings must change first. 1: it works, and this mail was refused."""
    if trial.trouble is not None:
        return Exit.BAD_INPUT if trial.trouble.permanent else Exit.TRY_AGAIN
    answer = trial.answer
    if trial.full_until or (answer and answer.kind in (AnswerKind.TEMPORARY, AnswerKind.UNKNOWN)):
        return Exit.TRY_AGAIN
    return Exit.NEEDS_A_PERSON if answer and answer.kind is AnswerKind.PERMANENT else Exit.DONE


def _document(office: Office, relay: RelaySettings, trial: Trial, to: str | None) -> dict[str, Any]:
    about, answer = trial.about, trial.answer
    tls = about.tls if about else None
    with office.database.read() as connection:
        used_today = used(connection, relay.url, office.clock() - DAY)
    return {
        "relay": relay.name or None,
        "url": relay.url,
        "connected": trial.trouble is None,
        "trouble": trial.trouble.text if trial.trouble else None,
        "tls": {
            "version": tls.version,
            "cipher": tls.cipher,
            "issuer": tls.issuer,
            "until": tls.until.isoformat() if tls.until else None,
        }
        if tls
        else None,
        "login": about.login if about else None,
        "extensions": list(about.extensions) if about else [],
        "max_size": about.max_size if about else None,
        "limits": {
            "connections": relay.connections,
            "per_minute": relay.per_minute,
            "per_day": relay.per_day,
            "reserve": relay.reserve,
            "used_today": used_today,
        },
        "mail": {
            "to": to,
            "answer": answer.kind.value,
            "code": answer.code,
            "enhanced": answer.enhanced,
            "text": answer.text,
        }
        if answer
        else None,
        "waits_until": trial.full_until.isoformat(timespec="seconds") if trial.full_until else None,
    }


def _lines(
    office: Office, relay: RelaySettings, school: SchoolSettings, trial: Trial, shown: dict[str, Any]
) -> Iterator[str]:
    name = f"relay {relay.name}" if relay.name else "relay"
    if trial.trouble is not None:
        again = "change the settings first" if trial.trouble.permanent else "try again later"
        yield f"{name} {relay.url}: no session: {trial.trouble.text}; {again}"
        return
    yield f"{name} {relay.url}: connected"
    if trial.about is None:
        yield "  a folder: each mail becomes a file in it, and nothing is sent"
    else:
        yield from _session_lines(office, shown)
    yield f"  we keep to: {_limits(relay, shown['limits']['used_today'])}"
    yield from _mail_lines(school, trial, shown)


def _session_lines(office: Office, shown: dict[str, Any]) -> Iterator[str]:
    tls = shown["tls"]
    if tls is None:
        yield "  in clear, to this machine only"
    else:
        ends = (tls["until"] or "")[:10]
        soon = ends and ends <= (office.clock() + _SOON).date().isoformat()
        yield f"  {tls['version']} {tls['cipher']}; certificate of {tls['issuer']} until {ends}" + (
            ": it ends soon" if soon else ""
        )
    yield f"  login: {shown['login'] or 'none'}"
    yield f"  extensions: {', '.join(shown['extensions']) or 'none'}"
    size = shown["max_size"]
    yield f"  largest mail: {f'{size / 1_000_000:.1f} MB' if size else 'no limit told'}"


def _limits(relay: RelaySettings, used_today: int) -> str:
    parts = [f"{relay.connections} connections"]
    if relay.per_minute is not None:
        parts.append(f"{relay.per_minute} a minute")
    if relay.per_day is not None:
        kept = f" ({relay.reserve} kept for urgent mail)" if relay.reserve else ""
        parts.append(f"{relay.per_day} a day{kept}")
    return f"{', '.join(parts)}; used in the last 24 hours: {used_today}"


def _mail_lines(school: SchoolSettings, trial: Trial, shown: dict[str, Any]) -> Iterator[str]:
    if trial.full_until is not None:
        at = trial.full_until.astimezone(school.zone)
        yield f"  no mail was sent: the relay's limits have no room before {at:%H:%M (%Y-%m-%d)}"
    elif trial.answer is None:
        yield "  no mail was sent: add --to YOUR-OWN-ADDRESS to send one"
    else:
        answer = trial.answer
        said = " ".join(filter(None, (str(answer.code or ""), answer.enhanced, answer.text)))
        words = {
            AnswerKind.ACCEPTED: "was taken",
            AnswerKind.TEMPORARY: "was put off",
            AnswerKind.PERMANENT: "was refused",
            AnswerKind.UNKNOWN: "got no answer, and may have gone",
        }
        yield f"  one mail from {school.sender} to {shown['mail']['to']} {words[answer.kind]}: {said}"
