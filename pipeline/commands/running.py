"""``weekbrief run``."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from pipeline import report
from pipeline.collect import Collected
from pipeline.commands import Exit
from pipeline.commands.console import progress, say
from pipeline.commands.status import counts_line
from pipeline.due_runs import SchoolDue
from pipeline.model import Withheld
from pipeline.office import Office
from pipeline.problems import BadInput, Problem
from pipeline.run import Call, NotDue, Told, run, window_of
from pipeline.schedule import Due, Refusal, RefusalReason, parse_at
from pipeline.settings import SchoolSettings
from pipeline.store import tables as t
from pipeline.store.run_count import Restored, doubt


def run_command(office: Office, told: Namespace) -> Exit:
    schools = chosen(office, told.school)
    office.check_looks(schools)
    at = calendar_clock(office, told.at, schools)
    if refusal := _refusal(office, schools, told.week, at):
        say(refusal, error=True)
        return Exit.BAD_INPUT
    _warn_ahead(office, schools, at)
    if told.dry_run:
        if why := doubt(office.database, office.settings.media):
            say(why, error=True)
        return max(_dry_run(office, schools, told.week, at), Exit.NEEDS_A_PERSON if why else Exit.DONE)
    with progress("newsletters") as step:
        call = Call(office=office, schools=schools, week=told.week, at=at, progress=step)
        try:
            done = run(call)
        except NotDue as refusal:
            say(str(refusal), error=True)
            return Exit.BAD_INPUT
        except Restored as restored:
            say(str(restored), error=True)
            return Exit.NEEDS_A_PERSON
    return _say(office, schools, done)


def _warn_ahead(
    office: Office, schools: tuple[SchoolSettings, ...], at: Callable[[SchoolSettings], datetime]
) -> None:
    """A calendar ahead of the clock is for trying things out; on real data it is a slip that deletes."""
    if any(at(school) > office.clock() + timedelta(days=1) for school in schools):
        words = (
            "--at lies ahead of the clock: what is past its term by then is deleted, and runs wait until then"
        )
        say(words, error=True)


def chosen(office: Office, id: str | None) -> tuple[SchoolSettings, ...]:
    settings = office.settings
    return settings.schools if id is None else (settings.school(id),)


def calendar_clock(
    office: Office, text: str | None, schools: tuple[SchoolSettings, ...]
) -> Callable[[SchoolSettings], datetime]:
    """The calendar's now: the real clock, or ``--at`` read in each school's own zone."""
    if text is None:
        return lambda school: office.clock()
    try:
        moments = {school.id: parse_at(text, school.zone) for school in schools}
    except ValueError as error:
        raise BadInput([Problem(file="--at", message=str(error))]) from error
    return lambda school: moments[school.id]


def _refusal(
    office: Office,
    schools: tuple[SchoolSettings, ...],
    week: str | None,
    at: Callable[[SchoolSettings], datetime],
) -> str | None:
    """Why that week cannot be sent for one of the schools: then nothing is sent for any (contract.md)."""
    for settings in schools if week else ():
        what = SchoolDue(office, settings, office.school(settings), at).newsletter(week)
        if isinstance(what, Refusal) and what.reason is not RefusalReason.EXISTS:
            return f"{settings.id}: {what.text}"
    return None


def _say(office: Office, schools: tuple[SchoolSettings, ...], done: Told) -> Exit:
    values = {settings.id: office.school(settings) for settings in schools}
    worst = Exit.DONE
    with office.database.read() as connection:
        for key in dict.fromkeys(done.runs):
            row = connection.execute(select(t.run).where(t.run.c.id == key)).one()
            school = next(school for school in values.values() if school.key == row.school_id)
            counts = report.run_counts(connection, school, row)
            say(counts_line(counts))
            _warn_of_large_mails(connection, row)
            if counts["queued"]:
                worst = max(worst, Exit.TRY_AGAIN)
            elif counts["failed"] or counts["held"]:
                worst = max(worst, Exit.NEEDS_A_PERSON)
    if not done.runs and not done.stopped:
        say("nothing is due")
    for trouble in done.trouble:
        say(f"{trouble}; nothing is lost, run again", error=True)
    if done.stopped:
        worst = Exit.TRY_AGAIN
    if worst is Exit.NEEDS_A_PERSON:
        say("some deliveries failed or are held: `weekbrief status` says which and why", error=True)
    return worst


def _warn_of_large_mails(connection: Connection, run: Row[Any]) -> None:
    if large := report.large_mails(connection, run.id):
        say(
            f"{run.key}: the mail of {large['parents']} parents is large (up to {large['kB']} kB): some mail"
            " programs hide its end; shorter posts help",
            error=True,
        )


def _dry_run(
    office: Office,
    schools: tuple[SchoolSettings, ...],
    week: str | None,
    at: Callable[[SchoolSettings], datetime],
) -> Exit:
    """The counts that `run` would end with if every mail were accepted; writes nothing."""
    for settings in schools:
        school = office.school(settings)
        due = SchoolDue(office, settings, school, at)
        for collected in due.foresee_as_they_come() if week is None else ():
            say(_foreseen(settings, collected))
        what = due.newsletter(week)
        if isinstance(what, Due):
            _, collected = office.maker(settings, school).read(window_of(what, at(settings)))
            say(_foreseen(settings, collected, held=due.is_late(what, week)))
        else:
            say(f"{settings.id}: {what.text}")
    return Exit.DONE


def _foreseen(settings: SchoolSettings, collected: Collected, *, held: bool = False) -> str:
    counts = collected.counts()
    return counts_line(
        {
            "school": settings.id,
            "key": collected.window.key,
            "parents": len(collected.deliveries),
            "sent": 0 if held else counts[None],
            "queued": 0,
            "failed": 0,
            "held": counts[None] if held else 0,
            "withheld": {str(reason): counts[reason] for reason in Withheld if counts[reason]},
        }
    )
