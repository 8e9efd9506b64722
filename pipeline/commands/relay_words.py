"""The words of `weekbrief relay test` and `weekbrief check`."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable

TRY = "try a relay out"


def add_words(
    relay: ArgumentParser,
    add: Callable[..., ArgumentParser],
    add_global: Callable[[ArgumentParser], None],
) -> None:
    """``relay``: the command that `test` stands under."""
    kinds = relay.add_subparsers(dest="kind", required=True, metavar="WHAT")
    words = "connect as a run does, show what the relay offers, and send one mail to yourself"
    test = kinds.add_parser("test", help=words, description=f"{words[0].upper()}{words[1:]}.")
    test.set_defaults(does="relays.test", alone=False)
    add_global(test)
    test.add_argument("relay", nargs="?", metavar="NAME", help="one of [relays.NAME] (default: [relay])")
    to = "an address of your own; without it nothing is sent"
    test.add_argument("--to", metavar="ADDRESS", help=to)
    test.add_argument("--school", metavar="ID", help="whose sender (default: the first that uses this relay)")
    check = add("check", "check.check", "look whether the DNS lets our mail arrive, and say what to ask")
    check.add_argument("--school", metavar="ID", help="only this one (default: all of schedules.toml)")
    check.add_argument("--dns", metavar="HOST[:PORT]", help="ask this server (default: this machine's)")
    for one in (test, check):
        one.add_argument("--json", action="store_true", help="one JSON document on standard output")
