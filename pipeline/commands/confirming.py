"""``weekbrief confirm``: a person has looked after a backup was put back."""

from __future__ import annotations

from argparse import Namespace

from pipeline.commands import Exit
from pipeline.commands.console import say
from pipeline.commands.deciding import decider_of
from pipeline.office import Office
from pipeline.store.database import raise_policy
from pipeline.store.decisions import keep_decision, refuse_class_parent
from pipeline.store.run_count import agreed


def confirm(office: Office, told: Namespace) -> Exit:
    """Runs go on from here; kept with who and why, for every school that is in the settings."""
    decider = decider_of(office, told)
    schools = [office.school(settings) for settings in office.settings.schools]
    with agreed(office.database, office.settings.media) as connection:
        for school in schools:
            refuse_class_parent(connection, school, decider)
            version = raise_policy(connection, school.key)
            keep_decision(connection, school, decider, "confirm", version)
    say(f"confirm: runs go on from here, by {decider.by}; `weekbrief run --dry-run` shows what is due now")
    return Exit.DONE
