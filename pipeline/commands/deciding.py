"""What staff decide: who gets in, whose news goes how, which post stops or goes, which mail goes again."""

from __future__ import annotations

import getpass
import os
from argparse import Namespace

from pipeline.commands import Exit
from pipeline.commands.console import say
from pipeline.found_words import found_words
from pipeline.intake.text import clean
from pipeline.model import Channel, PostState, School
from pipeline.office import Office
from pipeline.problems import BadInput, Problem
from pipeline.store import decisions, doubts
from pipeline.store.decisions import Decider, Undecidable
from pipeline.store.release_run import is_run_held, release_run
from pipeline.store.resend import resend


def decide(office: Office, told: Namespace) -> Exit:
    if told.command == "approve" and (told.all or told.parent is None):
        from pipeline.commands.rosters import approve_all

        return approve_all(office, told)
    school = office.school(office.settings.school(told.school))
    decider = decider_of(office, told)
    about = _ABOUT[told.command](office, school, told, decider)
    say(f"{told.command}: {about}, by {decider.by}")
    return Exit.DONE


def decider_of(office: Office, told: Namespace) -> Decider:
    """Who decides, when and why. Raises `BadInput` without a reason where one is kept."""
    by, why = (clean(words or "")[0] for words in (told.by, told.why))
    if told.command in _NEED_A_REASON and not why:
        raise BadInput([Problem(file="--why", message="give the reason: it is kept with the decision")])
    if told.by is not None and not by:
        raise BadInput([Problem(file="--by", message="name who decides, or leave it out")])
    return Decider(by=by or _user(), at=office.clock(), why=why)


def _user() -> str:
    """The operating system's user, or their number where it knows no name, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def _approve(office: Office, school: School, told: Namespace, decider: Decider) -> str:
    yes = told.command == "approve"
    links = decisions.approve(office.database, school, told.parent, decider, yes=yes)
    return f"{told.parent} ({links} parent-pupil links changed)"


def _block(office: Office, school: School, told: Namespace, decider: Decider) -> str:
    yes = told.command == "block"
    changed = decisions.block(office.database, school, told.parent, told.pupil, decider, yes=yes)
    return f"{told.parent} for {told.pupil}" + ("" if changed else " (it was so already)")


def _post(office: Office, school: School, told: Namespace, decider: Decider) -> str:
    set_state = {"hold": decisions.hold, "withdraw": decisions.withdraw}
    changed = set_state[told.command](office.database, school, told.post, decider)
    return str(told.post) + ("" if changed else " (it was so already)")


def _release(office: Office, school: School, told: Namespace, decider: Decider) -> str:
    """A post, or a newsletter that came too late; a post of that very name comes first."""
    try:
        let_go = decisions.release(office.database, school, told.post, decider)
    except Undecidable:
        if not is_run_held(office.database, school, told.post):
            raise
    else:
        for words in found_words(let_go.held):
            say(f"lets go: {told.post} {words}")
        return str(told.post) + ("" if let_go.changed else " (it was so already)")
    mails = release_run(office.database, school, told.post, decider)
    return f"{told.post} ({mails} mails, with the next `weekbrief run`)"


def report(office: Office, told: Namespace) -> Exit:
    """A parent's doubt: the command of whoever takes it down, or of the web part for the parent."""
    school = office.school(office.settings.school(told.school))
    parent, why = (clean(words)[0] for words in (told.by, told.why))
    if not why:
        raise BadInput(
            [Problem(file="--why", message="give the parent's words: they are kept, for the teachers")]
        )
    was = doubts.report(office.database, school, told.post, parent, why=why, at=office.clock())
    say(f"report: {told.post}, by {parent}: {_REPORTED.get(was, 'it is held until a person decides')}")
    return Exit.DONE


_REPORTED = {
    PostState.WITHDRAWN: "it was withdrawn before; the report is kept",
    PostState.HELD: "it was held already; the report is kept too",
}


def _prefer(office: Office, school: School, told: Namespace, decider: Decider) -> str:
    channel = Channel(told.channel)
    changed = decisions.prefer(office.database, school, told.parent, channel, decider)
    return f"{told.parent} gets {_GETS[channel]} from now on" + ("" if changed else " (it was so already)")


def _resend(office: Office, school: School, told: Namespace, decider: Decider) -> str:
    key = resend(office.database, school, told.parent, told.week, decider)
    return f"{told.parent} of {key}, with the next `weekbrief run`"


_GETS = {
    Channel.APP: "their news in the app",
    Channel.MAIL: "each post by mail as it comes",
    Channel.NEWSLETTER: "the newsletter",
    Channel.NONE: "nothing",
}
_NEED_A_REASON = ("confirm", "hold", "release", "resend", "withdraw")
_ABOUT = {
    "approve": _approve,
    "unapprove": _approve,
    "block": _block,
    "unblock": _block,
    "hold": _post,
    "prefer": _prefer,
    "release": _release,
    "resend": _resend,
    "withdraw": _post,
}
