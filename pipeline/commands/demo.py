"""``weekbrief demo``: an invented school, its week over real SMTP, and where to look."""

from __future__ import annotations

import os
import tempfile
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from pipeline import report
from pipeline.commands import Exit
from pipeline.commands.console import say
from pipeline.commands.status import counts_line
from pipeline.demo import DemoSchool, write_school
from pipeline.demo.catcher import catching
from pipeline.demo.look import write_pages
from pipeline.model import PostReason
from pipeline.office import opened

#: The command line itself.
Main = Callable[[Sequence[str]], int]
#: How `explain` ends the line of a post that is for other families.
_OF_OTHERS = f"does not go: {PostReason.NOT_IN_AUDIENCE}"
#: What `status` says of a text that names a child.
_NAMED = "without consent for"


def demo(told: Namespace) -> Exit:
    """Run the whole week in a scratch folder; `Exit.DONE` when every mail that should go has gone."""
    main: Main = told.main
    folder = Path(tempfile.mkdtemp(prefix="weekbrief-demo-"))
    mails, others = folder / "mails", folder / "mails-before-and-after"
    say(f"An invented school in {folder}")
    with _own_settings_only(), catching(others) as (relay, catch_into):
        school = write_school(folder, relay_url=relay)
        _import(main, school)
        say("its days, for who gets posts as they come, against a mail catcher on this machine ...")
        for at in school.days:
            _weekbrief(main, school, "run", "--at", at)
        catch_into(mails)
        say(f"its newsletter of {school.week} ...")
        _weekbrief(main, school, "run", "--week", school.week, "--at", school.at)
        catch_into(others / "after")
        _weekbrief(main, school, "run", "--at", school.after)
        runs = _runs(school)
    for caught in (mails, others, others / "after"):
        write_pages(caught)
    newsletter = next(run for run in runs if run["key"] == school.week)
    _tell(main, school, runs, newsletter, folder)
    caught_mails = len(list(mails.glob("*.eml")))
    return Exit.DONE if newsletter["sent"] == caught_mails > 0 else Exit.NEEDS_A_PERSON


def _import(main: Main, school: DemoSchool) -> None:
    _weekbrief(main, school, "import", "roster", str(school.roster), "--approve")
    _weekbrief(main, school, "import", "staff", str(school.staff))
    _weekbrief(main, school, "import", "consents", str(school.consents))
    say("its week: " + _weekbrief(main, school, "import", "posts", str(school.posts)).splitlines()[0])
    for decision in school.decisions:
        _weekbrief(main, school, *decision)


def _weekbrief(main: Main, school: DemoSchool, *arguments: str) -> str:
    """One command as a school would give it; what it said."""
    said = StringIO()
    with redirect_stdout(said):
        status = main(["--config", str(school.config), *arguments])
    if status not in (Exit.DONE, Exit.NEEDS_A_PERSON):
        raise RuntimeError(f"`weekbrief {' '.join(arguments)}` ended with {status}")
    return said.getvalue()


@contextmanager
def _own_settings_only() -> Iterator[None]:
    """A real school's variables must not turn the demonstration on its own database or relay."""
    ours = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("WEEKBRIEF_")}
    try:
        yield
    finally:
        os.environ.update(ours)


def _runs(school: DemoSchool) -> list[dict[str, Any]]:
    with opened(school.config, {}) as office:
        settings = office.settings
        value = office.school(settings.school(school.school)), settings.relay
        with office.database.read() as connection:
            document = report.status(connection, [value], settings.every_relay, office.clock())
    runs: list[dict[str, Any]] = document["runs"]
    return runs


def _tell(
    main: Main,
    school: DemoSchool,
    runs: Sequence[dict[str, Any]],
    newsletter: dict[str, Any],
    folder: Path,
) -> None:
    say("\n" + counts_line(newsletter))
    sent: Counter[str] = Counter()
    for run in runs:
        sent[run["channel"] if run["kind"] == "immediate" else "newsletter"] += run["sent"]
    around = folder / "mails-before-and-after"
    notices = sum("\nList-Id:" not in mail.read_text() for mail in around.rglob("*.eml"))
    say(
        f"as posts came: {sent['mail']} mails, and {sent['app']} times new posts in an app's feed;"
        f" {notices} notices to staff"
    )
    say("\nWhy one parent gets what they get (a custody matter is among it):")
    with _own_settings_only():
        lines = _weekbrief(main, school, "explain", school.explain, "--week", school.week).splitlines()
    others = [line for line in lines if line.endswith(_OF_OTHERS)]
    for line in lines:
        if line not in others:
            say(f"  {line}")
    say(f"  and {len(others)} posts of groups that their children are not in")
    say("\nOne post names a child whose family does not want that, so it waits for a person:")
    with _own_settings_only():
        needs = _weekbrief(main, school, "status").splitlines()
    for line in (line for line in needs if _NAMED in line):
        say(f"  {line}")
    say(f"\nLook at  {folder / 'mails'}  (each mail as NAME.eml and NAME.html; open one in a browser)")
    say(f"and at   {around}  (as posts came, and to staff)")
    say(f"and try  weekbrief --config {school.config} status")
