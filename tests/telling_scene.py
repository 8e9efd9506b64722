"""A school whose staff are told things, in this process or, as a program, in one that can be killed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

from pipeline.office import Office, opened
from pipeline.schedule import parse_at
from pipeline.store.workers import at_work
from pipeline.telling import Told, tell
from tests.installation import SCHOOL, Installation, mail, text_of
from tests.smtp_script import Received

ROOT = Path(__file__).resolve().parents[1]
DIRECTOR = "directie@regenboog.example"
#: The settings of a school whose staff are told.
TOLD = {**SCHOOL, "notices": {"time": "16:00"}}

#: Week 47 of 2026; the newsletter is due on Friday at 15:30, the daily bundle at 16:00.
WEDNESDAY, THURSDAY = "2026-11-18T16:00", "2026-11-19T16:00"
NOON, NEAR = "2026-11-20T12:00", "2026-11-20T14:00"
FRIDAY, SATURDAY = "2026-11-20T16:00", "2026-11-21T16:00"


def told(school: Installation, at: str, *, later: timedelta = timedelta(0)) -> Told:
    """One call of `tell` for the first school; ``later``: by how much the real clock has gone on."""
    with opened(school.config, school.environ) as office:
        went_on = replace(office, clock=lambda: office.clock() + later, jitter=lambda: 0.5)
        return _tell(went_on, at)


def _tell(office: Office, at: str) -> Told:
    (settings, *_) = office.settings.schools
    with at_work(office.database, office.clock()) as worker:
        moment = parse_at(at, settings.zone)
        return asyncio.run(tell(office, settings, office.school(settings), worker, moment))


def process(school: Installation, at: str) -> subprocess.Popen[str]:
    """One call of `tell` in a process of its own."""
    command = [sys.executable, "-m", "tests.telling_scene", str(school.config), at]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice as somebody reads it."""

    to: str
    subject: str
    text: str
    message: EmailMessage


def letters(messages: Iterable[Received]) -> list[Letter]:
    """Those to staff, by the address they went to; mails to parents left out."""
    read = [(received.recipient, mail(received.data)) for received in messages]
    return [
        Letter(to, str(message["Subject"]), text_of(message), message)
        for to, message in sorted(read, key=lambda pair: pair[0])
        if not to.endswith("@ouders.example")
    ]


def text_to(messages: Iterable[Received], address: str) -> str:
    """The text of the one notice to this address."""
    (letter,) = (letter for letter in letters(messages) if letter.to == address)
    return " ".join(letter.text.split())


def main() -> None:
    with opened(Path(sys.argv[1]), {}) as office:
        print(_tell(office, sys.argv[2]))


if __name__ == "__main__":
    main()
