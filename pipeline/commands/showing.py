"""``weekbrief explain`` and ``preview``: everything is shown, nothing is changed."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row

from pipeline.commands import Exit
from pipeline.commands.console import say, say_json
from pipeline.due_runs import SchoolDue
from pipeline.explain import explain_coming, posts_had
from pipeline.explain_stream import explain_stream, run_that_had
from pipeline.ledger import explain_made
from pipeline.model import Channel, PostReason, RunKind, School, Window
from pipeline.office import Office
from pipeline.preview import Shown, preview_collected, preview_coming, preview_made, write_files
from pipeline.problems import BadInput, Problem
from pipeline.report import why_held
from pipeline.run import window_of
from pipeline.schedule import Calendar, Due, due, parse_key
from pipeline.settings import SchoolSettings
from pipeline.store import decisions, runs

if TYPE_CHECKING:  # making mail takes libraries that most commands can do without
    from pipeline.making import Maker


def explain(office: Office, told: Namespace) -> Exit:
    settings = office.settings.school(told.school)
    school = office.school(settings)
    with office.database.read() as connection:
        parent = decisions.find_parent(connection, school, told.parent)
        post = decisions.find_post(connection, school, told.post) if told.post else None
        run = _run_to_explain(connection, school, parent, post, told.week)
        if run is not None:
            document = explain_made(connection, school, run, parent, post.id if post else None)
    if run is None and told.week is None and (kind := _STREAM.get(parent.channel)):
        facts, collected = SchoolDue(office, settings, school, lambda _: office.clock()).unpaused(kind)
        with office.database.read() as connection:
            document = explain_stream(connection, school, parent, facts.snapshot, collected)
            if post is not None:
                document["items"] = [item for item in document["items"] if item["post"] == post.ref]
    elif run is None:
        window = coming(office, settings, school, told.week)
        snapshot, collected = office.maker(settings, school).read(window)
        with office.database.read() as connection:
            had = posts_had(connection, parent.id)
        document = explain_coming(snapshot, collected, parent.id, post, had)
    if told.json:
        say_json(document)
    else:
        _say_explained(document, _why_held(office, school, document))
    return Exit.DONE


def _why_held(office: Office, school: School, document: dict[str, Any]) -> dict[str, list[str]]:
    """Post -> what holds it. Not in the document, which names no other family's child."""
    held = [item["post"] for item in document["items"] if item.get("reason") == PostReason.HELD]
    with office.database.read() as connection:
        refs = {decisions.find_post(connection, school, post).id: post for post in held}
        reasons = why_held(connection, school, list(refs))
    return {refs[post]: words for post, words in reasons.items()}


def _say_explained(document: dict[str, Any], held: dict[str, list[str]]) -> None:
    reason = f" ({document['reason']})" if document["reason"] else ""
    say(f"parent {document['parent']}, {_called(document['run'])}: {document['state']}{reason}")
    for item in document["items"]:
        if item["included"]:
            groups = f" ({', '.join(item['groups'])})" if item["groups"] else ""
            via = f" through {', '.join(item['via'])}{groups}" if item["via"] else ""
            say(f"  {item['post']}: goes{via}, by {item['channel']}")
        else:
            say(f"  {item['post']}: does not go: {item['reason']}")
            for words in held.get(item["post"], ()):
                say(f"    {words}")
        for photo in item.get("photos", ()):
            say(
                f"    {photo['file']}: "
                + ("goes along" if photo["included"] else f"stays: {photo['reason']}")
            )
    _say_agenda(document.get("agenda", ()))


def _say_agenda(lines: Iterable[dict[str, Any]]) -> None:
    for line in lines:
        what = line.get("post") or f"{line['title'] or 'an event'} of {line['calendar'] or 'a calendar'}"
        groups = f" ({', '.join(line['groups'])})" if line["groups"] else ""
        state = "" if line["state"] == "plain" else f": {line['state']}"
        say(f"  agenda, {line['starts'][:16].replace('T', ' ')}: {what}{groups}{state}")


def _called(run: str) -> str:
    return f"newsletter {run}" if "-W" in run else f"as posts come, {run}"


def preview(office: Office, told: Namespace) -> Exit:
    settings = office.settings.school(told.school)
    school = office.school(settings)
    if told.all == (told.parent is not None):
        raise BadInput([Problem(file="preview", message="name one PARENT, or --all")])
    with office.database.read() as connection:
        parent = None if told.all else decisions.find_parent(connection, school, told.parent)
        wanted = None if parent is None else frozenset({parent.id})
        run = _run_asked_for(connection, school, told.week) if told.week else None
    maker = office.maker(settings, school)
    as_it_comes = _mail_as_it_comes(office, settings, maker, wanted) if told.week is None else {}
    if parent is not None and parent.channel == Channel.MAIL and told.week is None:
        shown: Iterator[Shown] = iter(())
        name = "as-posts-come"
    elif run is not None:
        shown, name = preview_made(maker, run, wanted), run.key
    else:
        window = coming(office, settings, school, told.week)
        shown, name = preview_coming(maker, window, wanted), window.key
    mails = [each for each in shown if each.parent not in as_it_comes]
    _write_previews([*mails, *as_it_comes.values()], Path(told.out or f"preview-{name}"), name)
    return Exit.DONE


def _mail_as_it_comes(
    office: Office, settings: SchoolSettings, maker: Maker, wanted: frozenset[int] | None
) -> dict[str, Shown]:
    """Who reads by mail -> what would go to them as posts come, as if its pause were over."""
    due = SchoolDue(office, settings, maker.school, lambda _: office.clock())
    facts, collected = due.unpaused(RunKind.IMMEDIATE)
    shown = preview_collected(maker, facts.snapshot, collected, wanted)
    return {each.parent: each for each in shown}


def _write_previews(shown: Iterable[Shown], folder: Path, name: str) -> None:
    written, nothing = 0, 0
    for each in shown:
        if each.message is None:
            nothing += 1
            if nothing <= 20:
                say(f"{each.parent}: gets nothing: {each.why}")
        else:
            write_files(folder, each.parent, each.message)
            written += 1
    if not written and not nothing:
        say("there is nothing to come for that parent now")
    say(f"{name}: {written} mails in {folder}, {nothing} parents get none; nothing was sent")


#: What brings posts as they come, by the channel that a parent chose.
_STREAM = {Channel.MAIL: RunKind.IMMEDIATE, Channel.APP: RunKind.FEED}


def _run_to_explain(
    connection: Connection, school: School, parent: Row[Any], post: Row[Any] | None, week: str | None
) -> Row[Any] | None:
    """The run asked for; otherwise the one in which the post came to this parent as it was published, or the
    newest newsletter of who reads it."""
    if week is None:
        run = run_that_had(connection, parent.id, post.id) if post is not None else None
        if run is not None and (run.kind != RunKind.WEEKLY or parent.channel in _STREAM):
            return run
        if parent.channel in _STREAM:
            return None
    return _run_asked_for(connection, school, week)


def _run_asked_for(connection: Any, school: School, week: str | None) -> Row[Any] | None:
    """The run of that week if it was made; without a week the newest one made."""
    if week is not None:
        return runs.find_run(connection, school.key, RunKind.WEEKLY, week)
    made = runs.runs_of(connection, school.key, RunKind.WEEKLY)
    return made[-1] if made else None


def coming(office: Office, settings: SchoolSettings, school: School, week: str | None) -> Window:
    """The window of a run that was not made yet: of ``week``, of what is due now, or of the next moment."""
    calendar = office.calendar(settings)
    now = office.clock()
    with office.database.read() as connection:
        past = runs.runs_of(connection, school.key, RunKind.WEEKLY)
    if week is None:
        what = due(calendar, now=now, past=past)
        if not isinstance(what, Due):
            _, moment = calendar.next_after(now)
            what = due(calendar, now=moment, past=past)
    else:
        what = due(calendar, now=max(now, _moment(calendar, week)), past=past, week=week)
    if not isinstance(what, Due):
        raise BadInput([Problem(file="--week", message=what.text)])
    return window_of(what, max(now, what.until))


def _moment(calendar: Calendar, week: str) -> Any:
    try:
        return calendar.instant(parse_key(week))
    except ValueError as error:
        raise BadInput([Problem(file="--week", message=str(error))]) from error
