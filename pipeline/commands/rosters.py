"""``weekbrief import roster``, ``export roster``, ``pending``: who belongs to whom, and what that changes."""

from __future__ import annotations

import csv
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from pipeline.commands import Exit
from pipeline.commands.asking import ask, at_terminal
from pipeline.commands.console import list_problems, say, say_json
from pipeline.commands.deciding import decider_of
from pipeline.commands.held import say_texts
from pipeline.days import local_date
from pipeline.intake.choosing import Chooser, read_map
from pipeline.intake.columns import Columns, from_json
from pipeline.intake.formats import RosterFormat, read_roster
from pipeline.intake.records import Roster
from pipeline.intake.roster_check import COLUMNS
from pipeline.intake.roster_import import RosterSummary, import_roster, stated_links
from pipeline.intake.roster_review import Review
from pipeline.intake.text import refusal
from pipeline.model import School
from pipeline.office import Office
from pipeline.problems import BadInput, Problem
from pipeline.store import roster_rows as rows

_SHOWN = 12  #: lines of one kind in a review; the rest is counted


def roster(office: Office, told: Namespace) -> Exit:
    settings = office.settings.school(told.school)
    now = office.clock()
    today = local_date(now, settings.zone)
    chooser = _chooser(office, told)
    people = read_roster(Path(told.path), RosterFormat(told.format), today=today, choose=chooser)
    school = office.school(settings)  # after reading: a bad file does not even make a new school's row
    summary = import_roster(
        office.database,
        school,
        people,
        approve=told.approve,
        force=told.force,
        dry_run=told.dry_run,
        today=today,
        now=now,
    )
    if chooser.chosen is not None:
        _say_columns(chooser.chosen)
        if not told.dry_run:
            rows.remember_columns(office.database, school, chooser.chosen.as_json(), office.clock())
    _say_roster(summary, told.dry_run)
    say_texts(summary.texts)
    list_problems("remarks:", (*chooser.remarks, *summary.remarks))
    return Exit.DONE


def _chooser(office: Office, told: Namespace) -> Chooser:
    given = getattr(told, "map", None)
    return Chooser(
        told=read_map(Path(given)) if given else None,
        known=_known(office, told),
        ask=ask if at_terminal() else None,
    )


def _known(office: Office, told: Namespace) -> Columns | None:
    settings = office.settings.school(told.school)
    with office.database.read() as connection:
        found = rows.known_columns(connection, settings.id)  # a bad file must not make a new school's row
    return from_json(found) if found else None


def _say_columns(columns: Columns) -> None:
    slots = [("pupil", columns.pupil), *((f"parent {n}", each) for n, each in enumerate(columns.parents, 1))]
    for who, slot in slots:
        read = ", ".join(f"{field.replace('_', ' ')}: {heading}" for field, heading in slot.items())
        say(f"  {who} read from  {read}")
    if columns.emails:
        say(f"  addresses of the parents read from  {', '.join(columns.emails)}")


def _say_roster(summary: RosterSummary, dry_run: bool) -> None:
    say("would import:" if dry_run else "imported:")
    for kind in summary.new:
        words = f"{summary.new[kind]} new, {summary.changed[kind]} changed"
        if kind in summary.ended:
            words += f", {summary.ended[kind]} ended"
        say(f"  {kind}: {words}")
    _say_review(summary.review)
    if summary.waiting:
        say(f"  {summary.waiting} parent-pupil links wait for approval (`weekbrief pending` lists them)")


def _say_review(review: Review) -> None:
    """One page, the same before and after: what a secretary checks, and what concerns access last."""
    _say_groups(review)
    _some("new pupils", review.pupils_new)
    _some("changed pupils", review.pupils_changed)
    _some("new parents", review.parents_new)
    _some("pupils who are in no group any more", review.pupils_gone)
    _some("changed parents", review.parents_changed)
    _some("links that end", review.links_ended)
    _some("parents with a child they had no access to before", review.access)
    _some("addresses of more than one parent", review.shared)
    _some("perhaps one person twice", review.doubles)


def _say_groups(review: Review) -> None:
    for each in review.groups:
        say(
            f"  {each.group}: pupils {each.pupils_new} new, {each.pupils_changed} changed,"
            f" {each.pupils_gone} gone; links {each.links_new} new, {each.links_ended} ended"
        )


def _some(title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    say(f"{title} ({len(lines)}):")
    for line in lines[:_SHOWN]:
        say(f"  {line}")
    if len(lines) > _SHOWN:
        say(f"  and {len(lines) - _SHOWN} more")


# What waits for approval.


def pending(office: Office, told: Namespace) -> Exit:
    school = office.school(office.settings.school(told.school))
    with office.database.read() as connection:
        waiting = rows.pending(connection, school)
    if told.json:
        say_json({"school": school.id, "pending": [_pending_json(each) for each in waiting]})
        return Exit.DONE
    say(f"{len(waiting) or 'no'} parent-pupil links wait for approval")
    for each in waiting:
        say(f"  {_pending_words(each)}")
    if waiting:
        say("let in one parent with `weekbrief approve PARENT`, all of a roster with")
        say("`weekbrief approve --all --from ROSTER`; whom you do not let in gets nothing")
    return Exit.DONE


def _pending_json(each: rows.Pending) -> dict[str, object]:
    return {name: value for name, value in asdict(each).items() if name != "key"}


def _pending_words(each: rows.Pending) -> str:
    where = f" ({', '.join(each.groups)})" if each.groups else ""
    notes = [f"<{each.address}>" if each.address else "no address"]
    notes += [f"already let in for {each.others} other pupils"] if each.others else []
    notes += ["was let out by staff before"] if each.shut_out else []
    named = f"{each.parent} {each.parent_name} of {each.pupil} {each.pupil_name}{where}"
    return f"{named}: {'; '.join(notes)}"


def approve_all(office: Office, told: Namespace) -> Exit:
    """``approve --all --from ROSTER``: what the school's own file states, it has looked at."""
    if told.parent is not None or told.source is None:
        words = "write `approve PARENT`, or `approve --all --from ROSTER` for all that a roster states"
        raise BadInput([Problem(file="approve", message=words)])
    settings = office.settings.school(told.school)
    decider = decider_of(office, told)
    today = local_date(office.clock(), settings.zone)
    people = read_roster(Path(told.source), today=today, choose=_chooser(office, told))
    school = office.school(settings)
    chosen, waiting = rows.approve_all(office.database, school, _stated(office, school, people), decider)
    say(f"approve: {len(chosen)} parent-pupil links of {told.source}, by {decider.by}")
    _some("still waiting", [_pending_words(each) for each in waiting])
    return Exit.DONE


def _stated(office: Office, school: School, people: Roster) -> frozenset[tuple[str, str]]:
    with office.database.read() as connection:
        return stated_links(connection, school, people)


# roster.csv back.


def export(office: Office, told: Namespace) -> Exit:
    school = office.school(office.settings.school(told.school))
    with office.database.read() as connection:
        lines = list(rows.roster_rows(connection, school))
    if told.path == "-":
        _write(sys.stdout, lines)
        return Exit.DONE
    with _new_file(Path(told.path), force=told.force) as file:
        _write(file, lines)
    say(
        f"exported {len(lines)} rows to {told.path}: names and addresses of children's families, keep it safe"
    )
    return Exit.DONE


def _write(file: TextIO, lines: Sequence[tuple[str, ...]]) -> None:
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows(lines)


def _new_file(path: Path, *, force: bool) -> TextIO:
    """For the service alone (rule 20), and never over another file by mistake."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        return os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8", newline="")
    except FileExistsError as error:
        raise refusal(
            path, "is there already; name another file, or give --force to write over it"
        ) from error
