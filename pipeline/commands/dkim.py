"""``weekbrief dkim``: a key to sign mail with, and what to publish in the DNS for it."""

from __future__ import annotations

import os
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from pipeline import dkim as signing, settings as settings_module, settings_look
from pipeline.commands import Exit
from pipeline.commands.console import say
from pipeline.mime_headers import ascii_domain
from pipeline.problems import BadInput, Problem
from pipeline.settings import SchoolSettings


def dkim(told: Namespace) -> Exit:
    """Show the record of the school's key; with ``--new``, make another key first, never over one."""
    config = Path(told.config or os.environ.get("WEEKBRIEF_CONFIG") or "schedules.toml")
    settings = settings_module.load(config, os.environ)
    school = settings.school(told.school)
    if told.new:
        _new(school, Path(told.new), told.selector or f"wb{datetime.now(UTC):%Y%m}", config)
    elif school.dkim is None:
        words = "it has no key yet: `weekbrief dkim --new dkim.pem` makes one"
        raise BadInput([Problem(file=str(config), message=f"{school.id}: {words}")])
    else:
        file = school.dkim.key_file
        pem = file.read_bytes() if file else (settings.dkim_key or "").encode()
        _show(school, str(file or "WEEKBRIEF_DKIM_KEY"), pem, school.dkim.selector)
    return Exit.DONE


def _new(school: SchoolSettings, file: Path, selector: str, config: Path) -> None:
    try:
        selector = settings_look.selector(selector)
    except ValueError as why:
        raise BadInput([Problem(file="--selector", message=str(why))]) from None
    try:
        signing.write_new_key(file)
    except FileExistsError:
        words = "stands already; mail signed with it may still be on its way: name another file"
        raise BadInput([Problem(file=str(file), message=words)]) from None
    _show(school, str(file), file.read_bytes(), selector)
    named = os.path.relpath(file, config.absolute().parent)
    say(f'\nWhen it is there (a day later, to be sure), add to [[school]] "{school.id}" in {config}:')
    say(f'  dkim = {{ selector = "{selector}", key_file = "{named}" }}')
    if school.dkim is not None:
        say("in place of the line that stands there. Leave the old record in the DNS for a week after that.")


def _show(school: SchoolSettings, place: str, pem: bytes, selector: str) -> None:
    domain = (school.dkim and school.dkim.domain) or ascii_domain(school.sender).rpartition("@")[2].lower()
    try:
        content = signing.record(signing.load_key(pem))
    except ValueError as why:
        raise BadInput([Problem(file=place, message=str(why))]) from None
    say("Let whoever keeps the domain put this into its DNS, a TXT record:")
    say(f"  name     {selector}._domainkey.{domain}")
    say(f"  content  {content}")
    say("or, as a line of a zone file:")
    say(f"  {signing.zone_line(selector, domain, content)}")
