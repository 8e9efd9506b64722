"""``weekbrief status``: asked often, by people and by scripts, so it loads nothing that only mail needs."""

from __future__ import annotations

from argparse import Namespace
from datetime import datetime

from pipeline import report
from pipeline.commands import Exit
from pipeline.commands.console import say, say_json
from pipeline.office import Office
from pipeline.store.run_count import doubt


def status(office: Office, told: Namespace) -> Exit:
    settings = office.settings
    schools = [(office.school(told), settings.relay_of(told)) for told in settings.schools]
    with office.database.read() as connection:
        document = report.status(connection, schools, settings.every_relay, office.clock())
    document["needs"] = [*_restored(office), *document["needs"]]
    if told.json:
        say_json(document)
        return Exit.DONE
    for run in document["runs"]:
        say(counts_line(run))
        if run["waits_until"] and run["queued"]:
            say(f"  {report.waits_words(run['queued'], datetime.fromisoformat(run['waits_until']))}")
    if not document["runs"]:
        say("no run has been made yet")
    for relay in (document["relay"], *document["relays"]):
        say(_relay_line(relay))
    for need in document["needs"]:
        about = ", ".join(f"{name} {value}" for name, value in need.items() if value and name != "what")
        say(f"needs a person: {need['what'].replace('_', ' ')}: {about}")
    return Exit.DONE


def _relay_line(relay: dict[str, object]) -> str:
    name = f"{relay['name']} " if "name" in relay else ""
    used = f"; {relay['used_today']} of {relay['per_day']} a day used" if "per_day" in relay else ""
    return f"relay {name}{relay['url']}: {relay['trouble'] or 'no trouble known'}{used}"


def _restored(office: Office) -> list[dict[str, str]]:
    why = doubt(office.database, office.settings.media)
    return [{"what": "backup_restored", "why": why}] if why else []


def counts_line(counts: dict[str, object]) -> str:
    withheld = counts["withheld"]
    assert isinstance(withheld, dict)
    reasons = ", ".join(f"{reason} {number}" for reason, number in withheld.items())
    return (
        f"{counts['school']} {counts['key']}: {counts['parents']} parents: {counts['sent']} sent,"
        f" {counts['queued']} queued, {counts['failed']} failed, {counts['held']} held,"
        f" {sum(withheld.values())} withheld" + (f" ({reasons})" if reasons else "")
    )
