"""``weekbrief import`` of staff, consents and posts."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from pipeline.commands import Exit
from pipeline.commands.console import list_problems, progress, say
from pipeline.commands.held import say_texts
from pipeline.intake.consents_csv import read_consents_csv
from pipeline.intake.consents_import import import_consents
from pipeline.intake.staff_csv import read_staff_csv
from pipeline.intake.staff_import import import_staff
from pipeline.office import Office


def staff(office: Office, told: Namespace) -> Exit:
    settings = office.settings.school(told.school)
    file = read_staff_csv(Path(told.path))
    school = office.school(settings)
    summary = import_staff(
        office.database, school, file.staff, file.remarks, file=told.path, dry_run=told.dry_run
    )
    say(f"{_verb(told)} {summary.new} new and {summary.changed} changed staff members")
    list_problems("remarks:", summary.remarks)
    return Exit.DONE


def consents(office: Office, told: Namespace) -> Exit:
    settings = office.settings.school(told.school)
    file = read_consents_csv(Path(told.path), zone=settings.zone)
    summary = import_consents(
        office.database,
        office.school(settings),
        file.consents,
        file.remarks,
        file=told.path,
        now=office.clock(),
        dry_run=told.dry_run,
    )
    say(f"{_verb(told)} {summary.new} new answers; {summary.known} were known")
    say_texts(summary.texts)
    list_problems("remarks:", summary.remarks)
    return Exit.DONE


_NOWHERE = (
    "mails show a still picture of each video and say whom to ask for it: without a base_url there is no"
    " place to watch one"
)


def posts(office: Office, told: Namespace) -> Exit:
    # Here, because pictures need libraries that no other command does.
    from pipeline.intake.posts import read_posts
    from pipeline.intake.posts_import import import_posts

    settings = office.settings.school(told.school)
    read = read_posts(Path(told.path), zone=settings.zone)
    school = office.school(settings)
    with progress("pictures") as step:
        summary = import_posts(
            office.database,
            school,
            read,
            media=office.settings.media,
            new_name=office.new_name,
            now=office.clock(),
            videos=settings.video,
            dry_run=told.dry_run,
            progress=step,
        )
    say(f"{_verb(told)} {summary.new} new and {summary.changed} changed posts; {summary.same} were the same")
    if any(post.videos for post in read.posts) and office.settings.base_url is None:
        say(_NOWHERE)
    list_problems("needs a person:", summary.held)
    list_problems("remarks:", summary.remarks)
    return Exit.NEEDS_A_PERSON if summary.held else Exit.DONE


def calendar(office: Office, told: Namespace) -> Exit:
    # Here, because calendars need libraries that no other command does.
    from pipeline.intake.calendar_ics import read_calendar
    from pipeline.intake.calendar_import import Target, import_calendar, name_of

    settings = office.settings.school(told.school)
    path, now = Path(told.path), office.clock()
    read = read_calendar(path, settings.zone, now)
    target = Target(name=told.name or name_of(path), groups=tuple(told.group or ()), force=told.force)
    school = office.school(settings)
    summary = import_calendar(office.database, school, read, target, now=now, dry_run=told.dry_run)
    whose = f"{target.name!r} for {' and '.join(target.groups) or 'the whole school'}"
    say(
        f"{_verb(told)} {summary.new} new and {summary.changed} changed events of {whose};"
        f" {summary.ended} are off now, {summary.same} were the same"
    )
    list_problems("needs a person:", summary.held)
    list_problems("remarks:", summary.remarks)
    return Exit.NEEDS_A_PERSON if summary.held else Exit.DONE


def _verb(told: Namespace) -> str:
    return "would import" if told.dry_run else "imported"
