"""What staff decide about parents and posts: in force at once, kept with who, when and why (rule 20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from pipeline.mime_headers import ascii_domain
from pipeline.model import Approval, Channel, PostState, Role, School
from pipeline.store import tables as t
from pipeline.store.channels import note_switches
from pipeline.store.database import Database, lock_school, raise_policy
from pipeline.store.screen import lift, screen
from pipeline.text_rules import Held


class Undecidable(Exception):
    """The decision cannot be made as asked; nothing was changed (exit status 2)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decider:
    """Who decides, when and why."""

    by: str  #: a staff id or address, or the operating system's user
    at: datetime
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LetGo:
    """What a release did."""

    changed: bool
    held: tuple[Held, ...]  #: what the text was held for, and is not any more


def find_parents(connection: Connection, school: School, told: str) -> list[Row[Any]]:
    """By the school's id or by address; two parents may share an address."""
    c = t.parent.c
    here = (c.school_id == school.key, c.erased_at.is_(None))
    if row := connection.execute(select(t.parent).where(*here, c.ref == told)).first():
        return [row]
    wanted = told.strip().casefold()  # here, because SQLite lowers only A to Z
    with_address = connection.execute(select(t.parent).where(*here, c.address.is_not(None)).order_by(c.ref))
    return [row for row in with_address if wanted in _spellings(row.address)]


def _spellings(address: str) -> set[str]:
    """As it is kept, and as it stands in envelopes and relays' answers."""
    return {address.casefold(), ascii_domain(address).casefold()}


def find_parent(connection: Connection, school: School, told: str) -> Row[Any]:
    found = find_parents(connection, school, told)
    if len(found) == 1:
        return found[0]
    if not found:
        raise Undecidable(f"there is no parent {told!r} (an id of the roster, or an e-mail address)")
    ids = ", ".join(row.ref for row in found)
    raise Undecidable(f"{told} is the address of more than one parent; name one by id: {ids}")


def find_post(connection: Connection, school: School, told: str) -> Row[Any]:
    c = t.post.c
    row = connection.execute(select(t.post).where(c.school_id == school.key, c.ref == told)).first()
    if row is None:
        raise Undecidable(f"there is no post {told!r}")
    return row


def approve(database: Database, school: School, parent: str, decider: Decider, *, yes: bool) -> int:
    """Let a parent in for all their children, or out. How many parent-pupil links changed."""
    with database.write() as connection:
        lock_school(connection, school.key)
        row = find_parent(connection, school, parent)
        if yes:
            refuse_class_parent(connection, school, decider)
        wanted = Approval.APPROVED if yes else Approval.UNAPPROVED
        c = t.link.c
        other = (c.parent_id == row.id, c.approval != wanted)
        version = raise_policy(connection, school.key)
        values: dict[str, Any] = {"approval": wanted} | ({"allowed_since": version} if yes else {})
        changed = connection.execute(update(t.link).where(*other).values(**values)).rowcount
        connection.execute(update(t.parent).where(t.parent.c.id == row.id).values(shut_out=not yes))
        what = "approve" if yes else "unapprove"
        keep_decision(connection, school, decider, what, version, parent_id=row.id)
    return changed


def block(
    database: Database, school: School, parent: str, pupil: str, decider: Decider, *, yes: bool
) -> bool:
    """Block one parent for one pupil (rule 1), or lift it. Whether that changed anything."""
    with database.write() as connection:
        lock_school(connection, school.key)
        row = find_parent(connection, school, parent)
        link = _link(connection, school, row, pupil)
        if not yes:
            refuse_class_parent(connection, school, decider)
        version = raise_policy(connection, school.key)
        values: dict[str, Any] = {"blocked": yes} | (
            {} if yes or not link.blocked else {"allowed_since": version}
        )
        connection.execute(update(t.link).where(t.link.c.id == link.id).values(**values))
        what = "block" if yes else "unblock"
        keep_decision(connection, school, decider, what, version, parent_id=row.id, pupil_id=link.pupil_id)
    return bool(link.blocked) != yes


def _link(connection: Connection, school: School, parent: Row[Any], pupil: str) -> Row[Any]:
    linked = (
        select(t.link, t.pupil.c.ref)
        .join(t.pupil, t.pupil.c.id == t.link.c.pupil_id)
        .where(t.link.c.parent_id == parent.id)
    )
    links = {row.ref: row for row in connection.execute(linked)}
    if pupil not in links:
        known = ", ".join(sorted(links)) or "nobody"
        raise Undecidable(f"parent {parent.ref} has no link to a pupil {pupil!r}; linked to: {known}")
    return links[pupil]


def prefer(database: Database, school: School, parent: str, channel: Channel, decider: Decider) -> bool:
    """How a parent gets their news from now on, whatever a roster says. Whether that changed anything."""
    with database.write() as connection:
        lock_school(connection, school.key)
        row = find_parent(connection, school, parent)
        if row.channel == Channel.NONE != channel:
            refuse_class_parent(connection, school, decider)
        version = raise_policy(connection, school.key)
        values: dict[str, Any] = {"channel": channel, "channel_chosen": True}
        if row.channel == Channel.NONE != channel:
            values["channel_since"] = version  # nothing that closed before is owed (rule 5)
        note_switches(connection, school.key, version, {row.id: channel})
        connection.execute(update(t.parent).where(t.parent.c.id == row.id).values(**values))
        keep_decision(connection, school, decider, f"prefer {channel}", version, parent_id=row.id)
    return bool(row.channel != channel)


def hold(database: Database, school: School, post: str, decider: Decider) -> bool:
    """Stop a post for everyone who has not had it. Whether that changed anything."""
    return _set_state(database, school, post, decider, "hold", PostState.HELD)


def withdraw(database: Database, school: School, post: str, decider: Decider) -> bool:
    """Stop a post for good."""
    return _set_state(database, school, post, decider, "withdraw", PostState.WITHDRAWN)


def release(database: Database, school: School, post: str, decider: Decider) -> LetGo:
    """Let a held or waiting post go, and what its text was held for; only by a teacher of the group or the
    management."""
    with database.write() as connection:
        lock_school(connection, school.key)
        row = _post_to_decide(connection, school, post)
        refuse_decider(connection, school, row, decider)
        # As it is found now: what nobody was told of must not stop it again right after.
        held = screen(connection, school, decider.at, row.published).held.get(row.id, ())
        version = raise_policy(connection, school.key)
        if row.state != PostState.LIVE:
            values = {"state": PostState.LIVE, "released_since": version}
            connection.execute(update(t.post).where(t.post.c.id == row.id).values(**values))
        decision = keep_decision(connection, school, decider, "release", version, post_id=row.id)
        lift(connection, held, decider.at, version, decision)
    return LetGo(changed=row.state != PostState.LIVE or bool(held), held=held)


def _set_state(
    database: Database, school: School, post: str, decider: Decider, what: str, state: PostState
) -> bool:
    """Stopping a post is anyone's to do."""
    with database.write() as connection:
        lock_school(connection, school.key)
        find = find_post if state == PostState.WITHDRAWN else _post_to_decide
        row = find(connection, school, post)
        version = raise_policy(connection, school.key)
        if row.state != state:
            connection.execute(update(t.post).where(t.post.c.id == row.id).values(state=state))
        keep_decision(connection, school, decider, what, version, post_id=row.id)
    return bool(row.state != state)


def _post_to_decide(connection: Connection, school: School, post: str) -> Row[Any]:
    row = find_post(connection, school, post)
    if row.state == PostState.WITHDRAWN:
        raise Undecidable(f"post {post!r} was withdrawn, and stays so; publish it anew under another id")
    return row


def refuse_class_parent(connection: Connection, school: School, decider: Decider) -> None:
    """Letting somebody in is the school's to do; keeping somebody out is anyone's."""
    staff = _staff(connection, school, decider)
    if staff and all(person.role == Role.CLASS_PARENT for person in staff):
        raise Undecidable(f"{decider.by} is a class parent: a teacher or the management decides who gets in")


def refuse_decider(connection: Connection, school: School, post: Row[Any], decider: Decider) -> None:
    """Staff decide within their role; who works on this machine under another name is trusted, and named."""
    staff = _staff(connection, school, decider)
    if not staff or any(person.role == Role.MANAGEMENT for person in staff):
        return
    teachers = [person.id for person in staff if person.role == Role.TEACHER]
    if not teachers:
        raise Undecidable(f"{decider.by} is a class parent: a teacher of the group or the management decides")
    of_post, of_staff = t.post_group.c, t.staff_group.c
    groups = select(of_post.group_id).where(of_post.post_id == post.id)
    own = select(of_staff.group_id).where(of_staff.staff_id.in_(teachers), of_staff.group_id.in_(groups))
    if connection.execute(own).first() is None:
        raise Undecidable(f"{decider.by} is no teacher of this post's group: they or the management decide")


def _staff(connection: Connection, school: School, decider: Decider) -> list[Row[Any]]:
    """Who that is: by id, otherwise everyone with that address."""
    c = t.staff.c
    everyone = connection.execute(select(t.staff).where(c.school_id == school.key)).all()
    by_id = [person for person in everyone if person.ref == decider.by]
    address = decider.by.strip().casefold()
    return by_id or [person for person in everyone if address and person.email.casefold() == address]


def keep_decision(
    connection: Connection, school: School, decider: Decider, what: str, version: int, **about: int
) -> int:
    """Its key."""
    kept = insert(t.decision).values(
        school_id=school.key,
        at=decider.at,
        by=decider.by,
        what=what,
        why=decider.why,
        policy_version=version,
        **about,
    )
    return int(connection.execute(kept.returning(t.decision.c.id)).scalar_one())
