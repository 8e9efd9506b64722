"""``weekbrief photo crop`` and ``photo blur``."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from pipeline.commands import Exit
from pipeline.commands.console import say
from pipeline.commands.deciding import decider_of
from pipeline.intake.photo_make import Wanted, make_photo, preview_photo
from pipeline.intake.photo_wire import Operation
from pipeline.intake.text import clean
from pipeline.office import Office


def make(office: Office, told: Namespace) -> Exit:
    school, wanted = office.school(office.settings.school(told.school)), _wanted(told)
    media = office.settings.media
    if told.preview:
        preview_photo(office.database, school, wanted, media=media, to=Path(told.preview))
        say(f"{told.preview} shows what it would look like; nothing was changed")
        return Exit.DONE
    decider = decider_of(office, told)
    made = make_photo(office.database, school, wanted, decider, media=media, new_name=office.new_name)
    place = "beside" if told.beside else "in place of"
    size = f"{made.width} by {made.height}"
    say(f"photo {told.how}: {made.file} ({size}) in {told.post} {place} {told.file}, by {decider.by}")
    if made.listed:
        return Exit.DONE
    say("  held: nobody said who is on it; do it again with --shows or --nobody")
    return Exit.NEEDS_A_PERSON


def _wanted(told: Namespace) -> Wanted:
    return Wanted(
        post=told.post,
        file=told.file,
        operation=Operation[told.how.upper()],
        boxes=told.box,
        shows=_shown(told),
        beside=told.beside,
        alt=_line(told.alt),
        caption=_line(told.caption),
    )


def _shown(told: Namespace) -> frozenset[str] | None:
    if told.nobody:
        return frozenset()
    if told.shows is None:
        return None
    return frozenset(filter(None, (pupil.strip() for pupil in told.shows.split(","))))


def _line(text: str | None) -> str | None:
    return None if text is None else clean(text)[0]
