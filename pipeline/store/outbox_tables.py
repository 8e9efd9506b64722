"""The tables of runs and deliveries: the outbox, what happened to it, and who works on it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, UniqueConstraint

from pipeline.store.columns import Key, flag, instant, key, metadata, number, partial_index, string, to

run = Table(
    "run",
    metadata,
    key(),
    to("school"),
    string("kind"),
    string("key"),
    instant("since"),
    instant("until"),
    instant("at"),  # the calendar's now when it was made
    instant("made_at"),  # the real clock
    number("policy_version"),
    instant("closed_at", null=True),
    instant("carried_from", null=True),  # holidays skipped the newsletters of posts since then
    string("held", null=True),  # why it waits for a person: it came too late
    UniqueConstraint("school_id", "kind", "key"),
)

run_post = Table(
    "run_post",
    metadata,
    Column("run_id", Key, ForeignKey("run.id"), primary_key=True),
    Column("post_id", Key, ForeignKey("post.id"), primary_key=True),
)

edition = Table(
    "edition",
    metadata,
    key(),
    to("run"),
    string("digest"),
    string("language"),
    string("items"),  # JSON: [[post, revision, [photos], [group names]], ...]
    number("size"),  # bytes of encoded HTML
    Column("pieces", LargeBinary, nullable=True),  # null once `keep_mails_days` are over
    UniqueConstraint("run_id", "digest"),
)

delivery = Table(  # the outbox: one parent in one run
    "delivery",
    metadata,
    key(),
    to("run"),
    to("school", index=True),
    to("parent", index=True),
    string("state"),
    string("reason", null=True),  # of rule 17 when withheld; in words when failed or held
    to("edition", null=True, index=True),
    string("message_id"),
    instant("date"),
    string("name"),
    string("address", null=True),
    string("unsubscribe", null=True),  # the parent's own https link, fixed with the row
    number("attempts"),
    number("doubts"),
    instant("next_try_at", null=True),
    number("owner", null=True),  # the process that claimed it: also the fencing number
    instant("handed_at", null=True),
    instant("done_at", null=True),
    UniqueConstraint("run_id", "parent_id"),
    Index("ix_delivery_run_id_state", "run_id", "state"),
)

delivery_item = Table(
    "delivery_item",
    metadata,
    Column("delivery_id", Key, ForeignKey("delivery.id"), primary_key=True),
    Column("post_id", Key, ForeignKey("post.id"), primary_key=True),
    Column("parent_id", Key, ForeignKey("parent.id"), nullable=False),
    flag("had"),  # sent, in doubt, held or on its way
    string("via"),  # JSON: [[pupil, group or null], ...]
    # Rule 5 as a constraint: a parent has a post once, whatever code runs.
    partial_index("uq_delivery_item_once", "parent_id", "post_id", unique=True, where="had"),
)

delivery_event = Table(  # append-only: every attempt and what came of it
    "delivery_event",
    metadata,
    key(),
    to("delivery", index=True),
    instant("at"),
    string("event"),
    string("moved_to"),
    number("owner", null=True),
    string("relay"),
    number("code", null=True),
    string("enhanced", null=True),
    string("text"),
    partial_index("ix_delivery_event_relay_at", "relay", "at", where="event = 'hand_over'"),
)

refusal = Table(  # append-only: why a post or photo stayed behind, for one parent or (null) for everybody
    "refusal",
    metadata,
    key(),
    to("run", index=True),
    to("parent", null=True),
    to("post"),
    to("photo", null=True),
    string("reason"),
)

worker = Table(  # one row per process that claims deliveries; its id is the fencing number
    "worker",
    metadata,
    key(),
    string("host"),
    number("pid"),
    instant("started_at"),
    sqlite_autoincrement=True,  # a number given twice would make a dead process's mail ours
)
