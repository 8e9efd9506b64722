"""The command line: words in, one command called, an exit status out (contract.md)."""

from __future__ import annotations

import atexit
import errno
import gc
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from pipeline.arguments import parser
from pipeline.commands import Exit
from pipeline.commands.console import list_problems, say, show_everything
from pipeline.problems import BadInput

#: A path that cannot be used: whoever named it must name another, or open it.
_WRONG_PATH = frozenset(
    (errno.EACCES, errno.EEXIST, errno.EISDIR, errno.ENAMETOOLONG, errno.ENOENT, errno.ENOTDIR, errno.EPERM)
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    os.umask(0o077)  # what is written is for the service alone (rule 20)
    # What a command reads lives until it ends: looking for garbage in it, then and at exit, finds none.
    gc.set_threshold(1_000_000)
    atexit.register(gc.freeze)
    show_everything()
    told = _told(arguments)
    try:
        return int(_call(told))
    except KeyboardInterrupt:
        say("stopped; nothing is lost, run again", error=True)
        return Exit.TRY_AGAIN
    except Exception as fault:
        return _ended_by(fault, debug=told.debug)


def _told(arguments: Sequence[str] | None) -> Namespace:
    """argparse takes a word that may be left out only before the options; people write it after them too."""
    words = parser(main)
    told, left = words.parse_known_args(arguments)
    for name in ("parent", "post", "dir", "folder", "relay"):
        if left and not left[0].startswith("-") and getattr(told, name, "there") is None:
            setattr(told, name, left.pop(0))
    if left:
        words.error(f"unrecognized arguments: {' '.join(left)}")
    return told


def _call(told: Namespace) -> Exit:
    module, _, name = told.does.rpartition(".")
    command: Callable[..., Exit] = getattr(import_module(f"pipeline.commands.{module}"), name)
    if told.alone:
        return command(told)
    # Here, so that `--help` and a wrong word are answered at once.
    from pipeline.office import opened

    to_run = told.does.startswith(("running.", "serving.", "relays."))
    rehearse = getattr(told, "dry_run", False)
    with opened(_config(told), os.environ, need_relay=to_run, rehearse=rehearse) as office:
        return command(office, told)


def _ended_by(fault: Exception, *, debug: bool) -> Exit:
    """A sentence and an exit status for what stopped a command. Never 1: that says the work was done."""
    # Here, as above; whatever can raise them has imported them.
    from pipeline.store.database import DatabaseTrouble, DatabaseUnusable
    from pipeline.store.decisions import Undecidable

    if isinstance(fault, BadInput):
        list_problems("nothing was changed:", fault.problems, error=True)
        return Exit.BAD_INPUT
    if isinstance(fault, Undecidable | DatabaseUnusable):
        say(f"{fault}; nothing was changed", error=True)
        return Exit.BAD_INPUT
    if isinstance(fault, DatabaseTrouble):
        say(f"the database cannot take it now: {fault}; nothing is lost, try again", error=True)
        return Exit.TRY_AGAIN
    if debug:
        raise fault
    if isinstance(fault, OSError) and fault.errno in _WRONG_PATH:
        say(f"{fault.filename}: {fault.strerror}", error=True)
        return Exit.BAD_INPUT
    words = str(fault) or type(fault).__name__
    say(f"this failed: {words}; nothing is lost, try again (--debug shows where)", error=True)
    return Exit.TRY_AGAIN


def _config(told: Namespace) -> Path:
    return Path(told.config or os.environ.get("WEEKBRIEF_CONFIG") or "schedules.toml")


if __name__ == "__main__":
    sys.exit(main())
