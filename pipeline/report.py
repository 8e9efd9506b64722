"""What staff can see: `status` (contract.md) and what needs a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from pipeline.found_words import found_words
from pipeline.model import (
    CHANNEL_OF,
    LARGE,
    SHOWN_AS,
    Approval,
    DeliveryState,
    PostState,
    RunKind,
    School,
)
from pipeline.office import budget_of
from pipeline.relay.settings import RelaySettings
from pipeline.store import runs, tables as t
from pipeline.store.doubts import doubts
from pipeline.store.finding_rows import load_held
from pipeline.store.notice_rows import failed_notices
from pipeline.store.relay_budget import DAY, used
from pipeline.store.relay_health import day_opens_at

_TROUBLED = (DeliveryState.FAILED, DeliveryState.REFUSED, DeliveryState.HELD, DeliveryState.IN_DOUBT)


def status(
    connection: Connection,
    served: Iterable[tuple[School, RelaySettings]],
    relays: Sequence[RelaySettings],
    now: datetime,
) -> dict[str, Any]:
    """The document of ``status --json``; all but ``runs`` are additions to the contract's.

    ``served``: each school with the relay that it uses. ``relays``: the one of ``[relay]`` first.
    """
    served = tuple(served)
    return {
        "runs": sorted(
            (
                run_counts(connection, school, row) | _waits(connection, school, relay, row, now)
                for school, relay in served
                for row in _runs(connection, school)
            ),
            key=lambda run: (run["until"], run["school"]),
        ),
        "relay": _relay(connection, relays[0], now),
        "relays": [{"name": each.name, **_relay(connection, each, now)} for each in relays[1:]],
        "needs": [need for school, _ in served for need in _needs(connection, school)],
    }


def waits_words(mails: int, at: datetime) -> str:
    """How it is said that mails wait; ``at`` is shown by its own zone."""
    wait = "waits" if mails == 1 else "wait"
    return f"{mails} {wait} until {at:%H:%M (%Y-%m-%d)}, when the relay's day has room again"


def _runs(connection: Connection, school: School) -> list[Any]:
    where = t.run.c.school_id == school.key
    return list(connection.execute(select(t.run).where(where).order_by(t.run.c.until)))


def run_counts(connection: Connection, school: School, row: Any) -> dict[str, Any]:
    """One run as `status` shows it. ``parents`` is every parent, the sum of the rest (rule 17)."""
    states, withheld = runs.counts(connection, row.id)
    parents = sum(states.values()) + sum(withheld.values())
    kind = RunKind(row.kind)
    return {
        "school": school.id,
        "kind": SHOWN_AS[kind],
        "key": row.key,
        "channel": CHANNEL_OF[kind],
        "urgent": kind is RunKind.URGENT,
        "parents": parents,
        **states,
        "withheld": withheld,
        "closed": row.closed_at is not None,
        "until": row.until.isoformat(),
    }


def _waits(
    connection: Connection, school: School, relay: RelaySettings, row: Any, now: datetime
) -> dict[str, str | None]:
    """Until when the relay's day has no room for what is open of a run; null while it has, or nothing is."""
    at = None
    if row.closed_at is None and row.kind != RunKind.FEED:
        budget = budget_of(relay, urgent=row.kind == RunKind.URGENT)
        at = day_opens_at(connection, relay.url, budget, now)
    return {"waits_until": at.astimezone(school.zone).isoformat(timespec="seconds") if at else None}


def _relay(connection: Connection, relay: RelaySettings, now: datetime) -> dict[str, Any]:
    row = connection.execute(select(t.relay).where(t.relay.c.url == relay.url)).first()
    shown: dict[str, Any] = {"url": relay.url, "trouble": None, "next_try_at": None}
    if row is not None and row.failures:
        next_try = row.next_try_at.isoformat() if row.next_try_at else None
        shown |= {"trouble": row.trouble, "next_try_at": next_try}
    if relay.per_day is not None:
        shown |= {
            "per_day": relay.per_day,
            "reserve": relay.reserve,
            "used_today": used(connection, relay.url, now - DAY),
        }
    return shown


def _needs(connection: Connection, school: School) -> list[dict[str, Any]]:
    """What waits for a person, each with what it is about."""
    return [
        *_held_newsletters(connection, school),
        *_deliveries_in_trouble(connection, school),
        *failed_notices(connection, school),
        *_large_mails(connection, school),
        *_stopped_posts(connection, school),
        *_photos_behind(connection, school),
        *_links_waiting(connection, school),
    ]


def _deliveries_in_trouble(connection: Connection, school: School) -> Iterable[dict[str, Any]]:
    """Of the newest newsletter and what went as posts came since: what failed earlier went along with it."""
    newest = _since_the_newest_newsletter(connection, school)
    d, last = t.delivery.c, _last_answer()
    query = (
        select(t.run.c.key, t.parent.c.ref, d.state, d.reason, last.label("said"))
        .join(t.run, t.run.c.id == d.run_id)
        .join(t.parent, t.parent.c.id == d.parent_id)
        .where(d.run_id.in_(newest), d.state.in_(_TROUBLED))
        .where(t.run.c.held.is_(None) | d.reason.is_distinct_from(t.run.c.held))
        .order_by(t.run.c.id, t.parent.c.ref)
    )
    for key, parent, state, reason, said in connection.execute(query):
        yield {"what": state, "school": school.id, "run": key, "parent": parent, "why": reason or said or ""}


def _since_the_newest_newsletter(connection: Connection, school: School) -> Select[int]:
    c = t.run.c
    weekly = select(func.max(c.id)).where(c.school_id == school.key, c.kind == RunKind.WEEKLY)
    newest = connection.execute(weekly).scalar() or 0
    later = and_(c.kind != RunKind.WEEKLY, c.id > newest)
    return select(c.id).where(c.school_id == school.key, or_(c.id == newest, later))


def _held_newsletters(connection: Connection, school: School) -> Iterable[dict[str, Any]]:
    """Made too long after their moment; a later one takes their posts along, so only the newest waits."""
    newest = _since_the_newest_newsletter(connection, school)
    c, d = t.run.c, t.delivery.c
    waiting = select(func.count()).where(d.run_id == c.id, d.state == DeliveryState.HELD).scalar_subquery()
    rows = connection.execute(
        select(c.key, c.held, waiting.label("mails")).where(c.id.in_(newest), c.held.is_not(None))
    )
    for key, why, mails in rows:
        yield {
            "what": "newsletter_held",
            "school": school.id,
            "run": key,
            "why": why,
            "mails": mails,
            "do": f"weekbrief release {key} --why TEXT",
        }


def _large_mails(connection: Connection, school: School) -> Iterable[dict[str, Any]]:
    newest = select(func.max(t.run.c.id)).where(t.run.c.school_id == school.key).group_by(t.run.c.kind)
    for key in connection.execute(select(t.run.c.id).where(t.run.c.id.in_(newest))).scalars():
        if large := large_mails(connection, key):
            run = connection.execute(select(t.run.c.key).where(t.run.c.id == key)).scalar_one()
            yield {"what": "mail_too_large", "school": school.id, "run": run, **large}


def large_mails(connection: Connection, run: int) -> dict[str, int]:
    """How many parents get a mail whose end some mail programs hide, and the largest in kB (contract.md)."""
    e, d = t.edition.c, t.delivery.c
    counted = select(func.count(), func.max(e.size)).select_from(
        t.delivery.join(t.edition, e.id == d.edition_id)
    )
    parents, size = connection.execute(counted.where(d.run_id == run, e.size > LARGE)).one()
    return {"parents": parents, "kB": size // 1000} if parents else {}


def _last_answer() -> Any:
    e = t.delivery_event.c
    return (
        select(e.text)
        .where(e.delivery_id == t.delivery.c.id)
        .order_by(e.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _could_still_go(connection: Connection, school: School) -> ColumnElement[bool]:
    """Posts that rule 5 has not let go of: what is older nobody needs to decide on any more."""
    p, newest = t.post.c, select(func.max(t.run.c.until)).where(t.run.c.school_id == school.key)
    until = connection.execute(newest).scalar()
    here = p.school_id == school.key
    return (
        here if until is None else and_(here, p.published >= until - timedelta(days=school.rules.owed_days))
    )


def _stopped_posts(connection: Connection, school: School) -> Iterable[dict[str, Any]]:
    """Held by a person, by a parent's doubt or for what stands in it; or a class parent's that waits."""
    p, open_ = t.post.c, t.text_finding.c.lifted_at.is_(None)
    with_findings = select(t.text_finding.c.post_id).where(t.text_finding.c.school_id == school.key, open_)
    stopped = or_(p.state.in_((PostState.HELD, PostState.WAITING)), p.id.in_(with_findings))
    where = (_could_still_go(connection, school), p.state != PostState.WITHDRAWN, stopped)
    rows = connection.execute(select(p.id, p.ref, p.state).where(*where).order_by(p.ref)).all()
    reasons = why_held(connection, school, [row.id for row in rows])
    for key, ref, state in rows:
        about = {"school": school.id, "post": ref}
        if state == PostState.WAITING:
            yield {"what": "post_waiting", **about}
        if state == PostState.HELD or reasons.get(key):
            yield {"what": "post_held", **about, **_in_words(ref, reasons.get(key, []))}


def _in_words(post: str, reasons: list[str]) -> dict[str, str]:
    if not reasons:
        return {}
    return {"why": "; ".join(reasons), "do": f"weekbrief release {post} --why TEXT, or withdraw"}


def why_held(connection: Connection, school: School, posts: list[int]) -> dict[int, list[str]]:
    """Post -> what stands in its text, and which parents have doubts about it, in words for staff alone."""
    reasons: dict[int, list[str]] = {}
    for post, rows in load_held(connection, t.text_finding.c.post_id.in_(posts)).items():
        reasons.setdefault(post, []).extend(found_words(rows))
    reported = doubts(connection, school, posts)
    for post, reports in reported.items():
        for doubt in reports:
            parent = connection.execute(select(t.parent.c.ref).where(t.parent.c.id == doubt.parent)).scalar()
            reasons.setdefault(post, []).append(f"parent {parent} has doubts: {doubt.why}")
    return reasons


def _photos_behind(connection: Connection, school: School) -> Iterable[dict[str, Any]]:
    """Photos that no author listed yet, whose file was refused, or that show somebody unknown."""
    p, ph, shown = t.post.c, t.photo.c, t.photo_shows.c
    query = (
        select(p.ref, ph.id, ph.file, ph.listed, ph.refused)
        .join(t.post, p.id == ph.post_id)
        .where(_could_still_go(connection, school), p.state != PostState.WITHDRAWN)
        .where(~ph.removed, ph.erased_at.is_(None))
        .order_by(p.ref, ph.file)
    )
    known = select(t.pupil.c.ref).where(t.pupil.c.school_id == school.key)
    unknown = set(connection.execute(select(shown.photo_id).where(shown.pupil_ref.not_in(known))).scalars())
    for ref, key, file, listed, refused in connection.execute(query):
        if refused or not listed or key in unknown:
            what = "photo_refused" if refused else "photo_not_listed" if not listed else "photo_unknown_pupil"
            yield {"what": what, "school": school.id, "post": ref, "photo": file, "why": refused or ""}


def _links_waiting(connection: Connection, school: School) -> Iterable[dict[str, Any]]:
    c = t.link.c
    where = (c.school_id == school.key, c.approval == Approval.UNDECIDED, ~c.ended, ~c.blocked)
    waiting = connection.execute(select(func.count()).where(*where)).scalar_one()
    if waiting:
        yield {"what": "links_to_approve", "school": school.id, "number": waiting}
