"""``weekbrief init``."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from pipeline.commands import Exit
from pipeline.commands.console import say
from pipeline.office import opened
from pipeline.settings import starter


def init(told: Namespace) -> Exit:
    """Write a starter that sends nothing yet, never over an existing one, and create the database."""
    folder = Path(told.dir or ".")
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "schedules.toml"
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(starter())
        say(f"wrote {file}: fill in your school and its relay")
    except FileExistsError:
        say(f"{file} stands already and stays as it is")
    with opened(file, os.environ) as office:
        for settings in office.settings.schools:
            office.school(settings)
        say(f"the database is ready: {office.database.url.render_as_string()}")
    return Exit.DONE
