"""``weekbrief import``."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from pipeline.commands import Exit
from pipeline.commands.console import list_problems, progress, say
from pipeline.days import local_date
from pipeline.found_words import found_words
from pipeline.intake.consents_csv import read_consents_csv
from pipeline.intake.consents_import import import_consents
from pipeline.intake.formats import RosterFormat, read_roster
from pipeline.intake.roster_import import RosterSummary, import_roster
from pipeline.intake.staff_csv import read_staff_csv
from pipeline.intake.staff_import import import_staff
from pipeline.office import Office
from pipeline.store.screen import Screened


def roster(office: Office, told: Namespace) -> Exit:
    settings = office.settings.school(told.school)
    now = office.clock()
    today = local_date(now, settings.zone)
    people = read_roster(Path(told.path), RosterFormat(told.format), today=today)
    summary = import_roster(
        office.database,
        office.school(settings),  # after reading: a bad file does not even make a new school's row
        people,
        approve=told.approve,
        force=told.force,
        dry_run=told.dry_run,
        today=today,
        now=now,
    )
    _say_roster(summary, told.dry_run)
    return Exit.DONE


def _say_roster(summary: RosterSummary, dry_run: bool) -> None:
    say("would import:" if dry_run else "imported:")
    for kind in summary.new:
        words = f"{summary.new[kind]} new, {summary.changed[kind]} changed"
        if kind in summary.ended:
            words += f", {summary.ended[kind]} ended"
        say(f"  {kind}: {words}")
    if summary.waiting:
        say(f"  {summary.waiting} parent-pupil links wait for approval (approve, or import with --approve)")
    _say_texts(summary.texts)
    list_problems("remarks:", summary.remarks)


def _say_texts(texts: Screened) -> None:
    """Posts whose texts are held, or not any more, by what was imported."""
    for post in sorted(texts.new, key=texts.refs.__getitem__):
        for words in found_words(texts.held[post]):
            say(f"  now held: {texts.refs[post]} {words}")
    for post in sorted(texts.lifted, key=texts.refs.__getitem__):
        left = "in part" if post in texts.held else "and can go"
        say(f"  not held for its text any more: {texts.refs[post]}, {left}")


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
    _say_texts(summary.texts)
    list_problems("remarks:", summary.remarks)
    return Exit.DONE


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
            dry_run=told.dry_run,
            progress=step,
        )
    say(f"{_verb(told)} {summary.new} new and {summary.changed} changed posts; {summary.same} were the same")
    list_problems("needs a person:", summary.held)
    list_problems("remarks:", summary.remarks)
    return Exit.NEEDS_A_PERSON if summary.held else Exit.DONE


def _verb(told: Namespace) -> str:
    return "would import" if told.dry_run else "imported"
