"""The words of the command line: commands, their arguments, and what `--help` says of them (contract.md)."""

from __future__ import annotations

from argparse import (
    SUPPRESS,
    ArgumentParser,
    ArgumentTypeError,
    RawDescriptionHelpFormatter,
)
from collections.abc import Callable
from functools import cache

from pipeline.commands import look_words, photo_words, relay_words

_EPILOG = """\
exit status:
  0   done
  1   done, but something needs a person (failed or held; the summary says what)
  2   bad usage or bad input, named with file, line and column; nothing was changed
  75  something is still queued because relay or database cannot take it now; try again, nothing is lost

environment:
  WEEKBRIEF_CONFIG         the settings file (default ./schedules.toml)
  WEEKBRIEF_DATABASE       overrides its database
  WEEKBRIEF_RELAY          overrides its relay url
  WEEKBRIEF_SMTP_PASSWORD  the relay's password; of [relays.NAME] with _NAME behind it; never in the file
  WEEKBRIEF_OAUTH_SECRET   the secret by which tokens for the relay are got; _NAME as above
  WEEKBRIEF_DKIM_KEY       signs mail, where `dkim` names no key_file
  WEEKBRIEF_SECRET         signs parents' links; needed with a base_url
"""

_MAP = "which column of your own list holds what (default: as the last one, or by its headings)"


@cache
def parser(main: Callable[..., int]) -> ArgumentParser:
    """``main``: the command line itself, for the demonstration, which gives commands as a school would."""
    whole = ArgumentParser(
        prog="weekbrief",
        description="A school's news to each parent, weekly or as it comes: what they may see, nothing else.",
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    whole.set_defaults(alone=False, school=None, config=None, debug=False)
    _add_global(whole)
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, does: str, help: str, *, alone: bool = False) -> ArgumentParser:
        command = commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".")
        command.set_defaults(does=does, alone=alone)
        _add_global(command)
        return command

    demo = add("demo", "demo.demo", "try it: an invented school, its week, and where to look", alone=True)
    demo.set_defaults(main=main)  # it gives the commands that a school would give
    init = add(
        "init",
        "starting.init",
        "write a commented starter schedules.toml and create the database",
        alone=True,
    )
    init.add_argument("dir", nargs="?", metavar="DIR", help="where (default: here)")
    look_words.add_look(add, _school)
    files = "Read a school's own files: each as a whole or, with a mistake in it, not at all."
    _add_import(commands.add_parser("import", help="read a school's own files", description=files))
    out = "Write what is known as a file."
    _add_export(commands.add_parser("export", help="write what is known as a file", description=out))
    _add_run(add("run", "running.run_command", "do what is due now; safe to call as often as you like"))
    add("serve", "serving.serve", "stay, and do what is due when it is due, until asked to end")
    relay_words.add_words(commands.add_parser("relay", help=relay_words.TRY), add, _add_global)
    _add_shown(add)
    _add_decisions(add)
    change = "make a new photo of one in a post, with its own list of who is shown"
    photo_words.add_words(commands.add_parser("photo", help=change, description=change), _add_global)
    return whole


def _add_global(parser: ArgumentParser) -> None:
    """Before the command or after it: SUPPRESS, so that the one place does not undo the other."""
    config = "settings (default ./schedules.toml, or WEEKBRIEF_CONFIG)"
    parser.add_argument("--config", metavar="FILE", default=SUPPRESS, help=config)
    debug = "show where an unexpected error came from"
    parser.add_argument("--debug", action="store_true", default=SUPPRESS, help=debug)


def _school(parser: ArgumentParser) -> None:
    parser.add_argument("--school", metavar="ID", help="needed only when schedules.toml has more than one")


def _add_import(parser: ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="WHAT")
    help = {
        "roster": "pupils, groups, parents and who belongs to whom (see --format)",
        "staff": "staff, their roles and groups (CSV)",
        "consents": "consent answers (CSV); they are only ever added",
        "posts": "a folder of posts (Markdown) with their photos",
        "calendar": "a school calendar (iCalendar, .ics) for the newsletter's agenda",
    }
    for kind, words in help.items():
        one = kinds.add_parser(kind, help=words, description=f"Import {words}.")
        one.set_defaults(does="rosters.roster" if kind == "roster" else f"intake.{kind}", alone=False)
        _add_global(one)
        one.add_argument("path", metavar="PATH", help="the folder" if kind == "posts" else "the file")
        _school(one)
        one.add_argument("--dry-run", action="store_true", help="show the difference, change nothing")
        if kind == "roster":
            _add_roster(one)
        if kind == "calendar":
            _add_calendar(one)


def _add_roster(parser: ArgumentParser) -> None:
    formats = ("auto", "csv", "xlsx", "oneroster", "edexml", "sds")
    known = (
        "default: told apart by content. csv: roster.csv or a list with columns of your own; xlsx: the same"
        " as a workbook; oneroster:"
        " OneRoster 1.1 or 1.2 and sds: School Data Sync 2.1, each a folder or zip; edexml: EDEXML 2.0 or 2.1"
    )
    parser.add_argument("--format", choices=formats, default="auto", help=known)
    parser.add_argument(
        "--approve",
        action="store_true",
        help="let parents in where nobody decided yet; never whom staff let out",
    )
    parser.add_argument(
        "--force", action="store_true", help="even if it changes so much that it may be the wrong file"
    )
    parser.add_argument("--map", metavar="FILE", help=_MAP)


def _add_export(parser: ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="WHAT")
    words = "write the roster as it stands as roster.csv"
    one = kinds.add_parser("roster", help=words, description=f"{words[0].upper()}{words[1:]}.")
    one.set_defaults(does="rosters.export", alone=False)
    _add_global(one)
    one.add_argument("path", metavar="FILE", help="where to; - for standard output")
    one.add_argument("--force", action="store_true", help="over a file that is there already")
    _school(one)


def _add_calendar(parser: ArgumentParser) -> None:
    group = "only for this group; may be given more than once (default: the whole school)"
    parser.add_argument("--group", action="append", metavar="NAME", help=group)
    parser.add_argument("--name", metavar="NAME", help="which calendar it is (default: the file's name)")
    force = "even if most of it would be off, or if it becomes for others than before"
    parser.add_argument("--force", action="store_true", help=force)


def _add_run(run: ArgumentParser) -> None:
    run.add_argument("--school", metavar="ID", help="only this one (default: all of schedules.toml)")
    run.add_argument("--week", metavar="2026-W47", help="only that week's newsletter")
    at = "decide what is due, and who is where, as at 2026-11-20T15:30; what it sends is really sent"
    run.add_argument("--at", metavar="TIME", help=at)
    run.add_argument("--dry-run", action="store_true", help="print the counts, write nothing")


def _add_shown(add: Callable[..., ArgumentParser]) -> None:
    preview = add("preview", "showing.preview", "write exactly what would be sent as files, sending nothing")
    preview.add_argument("parent", nargs="?", metavar="PARENT", help="id or e-mail address")
    preview.add_argument("--all", action="store_true", help="for every parent")
    preview.add_argument("--out", metavar="DIR", help="where (default: ./preview-WEEK)")
    preview.add_argument("--week", metavar="2026-W47", help="made or not (default: the one to come)")
    explain = add("explain", "showing.explain", "say why a parent gets a post or not")
    explain.add_argument("parent", metavar="PARENT", help="id or e-mail address")
    explain.add_argument("post", nargs="?", metavar="POST", help="only this post")
    explain.add_argument("--week", metavar="2026-W47", help="made or not (default: the newest made)")
    for one in (preview, explain):
        _school(one)
    schedule = add("schedule", "schedule.schedule", "show which newsletters come next, and why")
    schedule.add_argument("--at", metavar="TIME", help="as seen at 2026-11-20T15:30")
    schedule.add_argument("--next", type=_some, default=4, metavar="N", help="how many (default: 4)")
    _school(schedule)
    pending = add("pending", "rosters.pending", "list the parent-pupil links that wait for approval")
    _school(pending)
    status = add("status", "status.status", "runs, counts per state, relay, and what needs a person")
    feed = add("feed", "feed.feed", "show what stands in a parent's inbox in the app")
    feed.add_argument("parent", metavar="PARENT", help="id or e-mail address")
    _school(feed)
    for one in (explain, feed, pending, schedule, status):
        one.add_argument("--json", action="store_true", help="one JSON document on standard output")


def _some(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 100:
        raise ArgumentTypeError("a number from 1 to 100")
    return number


_DECISIONS = {
    "approve": "let a parent in for all their children",
    "unapprove": "take a parent's access back: they get nothing any more",
    "block": "let nothing reach a parent through one pupil, nor any photo of that pupil",
    "unblock": "lift a block of one parent for one pupil",
    "hold": "stop a post for everyone who has not had it",
    "release": "let a held or waiting post go, or a newsletter that came too late",
    "withdraw": "stop a post for good",
    "prefer": "choose how a parent gets their news; a roster's channel does not count for them any more",
    "resend": "let a held or doubtful mail to a parent go with the next run",
}


def _add_decisions(add: Callable[..., ArgumentParser]) -> None:
    for name, help in _DECISIONS.items():
        one = add(name, "deciding.decide", help)
        on_post = name in ("hold", "release", "withdraw")
        if on_post:
            or_run = "; or the key of a newsletter that was held for being late" if name == "release" else ""
            one.add_argument("post", metavar="POST", help=f"its id{or_run}")
        else:
            several = "?" if name == "approve" else None
            one.add_argument("parent", metavar="PARENT", nargs=several, help="id or e-mail address")
        if name == "approve":
            _add_approve(one)
        if name == "resend":
            one.add_argument(
                "--week", metavar="KEY", help="of that run (default: the newest in which one waits)"
            )
        if name == "prefer":
            channels = ("app", "mail", "newsletter", "none")
            one.add_argument("channel", choices=channels, metavar="CHANNEL", help=", ".join(channels))
        if name in ("block", "unblock"):
            one.add_argument("pupil", metavar="PUPIL", help="its id")
        one.add_argument(
            "--why", required=on_post or name == "resend", metavar="TEXT", help="the reason, which is kept"
        )
        by = "who decides: a staff id or address (default: this machine's user)"
        one.add_argument("--by", metavar="STAFF", help=by)
        _school(one)
    _add_others(add, by)


def _add_others(add: Callable[..., ArgumentParser], by: str) -> None:
    report = add("report", "deciding.report", "hold a post because a parent has doubts about it")
    report.add_argument("post", metavar="POST", help="its id")
    report.add_argument("--by", required=True, metavar="PARENT", help="the parent: id or e-mail address")
    report.add_argument("--why", required=True, metavar="TEXT", help="in the parent's words, which are kept")
    _school(report)
    confirm = add("confirm", "confirming.confirm", "say that a backup was put back and all is well")
    confirm.add_argument("--why", required=True, metavar="TEXT", help="the reason, which is kept")
    confirm.add_argument("--by", metavar="STAFF", help=by)


def _add_approve(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--all", action="store_true", help="every waiting link that the roster of --from states"
    )
    parser.add_argument(
        "--from", dest="source", metavar="ROSTER", help="the file or folder, as for import roster"
    )
    parser.add_argument("--map", metavar="FILE", help=_MAP)
