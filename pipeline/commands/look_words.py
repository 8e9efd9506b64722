"""The words of `weekbrief lint` and `weekbrief dkim`."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable


def add_look(add: Callable[..., ArgumentParser], school: Callable[[ArgumentParser], None]) -> None:
    dkim = add(
        "dkim", "dkim.dkim", "show what to publish for the key that signs mail, or make one", alone=True
    )
    lint = add("lint", "lint.lint", "check a school's own mail templates, logo, colour and key", alone=True)
    lint.add_argument("folder", nargs="?", metavar="FOLDER", help="templates that no school uses yet")
    lint.add_argument("--json", action="store_true", help="one JSON document on standard output")
    school(lint)
    dkim.add_argument("--new", metavar="FILE", help="make a key in this new file")
    dkim.add_argument(
        "--selector", metavar="NAME", help="what it is called in the DNS (default: wb and month)"
    )
    school(dkim)
