"""Every table. Rows belong to a school; append-only tables hold internal keys, never names or addresses.

Texts of enumerations are those of `pipeline.words`.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, Table, Text, UniqueConstraint

from pipeline.store.calendar_tables import (
    calendar as calendar,
    calendar_entry as calendar_entry,
    calendar_group as calendar_group,
    edition_event as edition_event,
    post_event as post_event,
)
from pipeline.store.columns import (
    EPOCH as EPOCH,
    Instant as Instant,
    Key,
    flag,
    instant,
    key,
    metadata as metadata,
    number,
    partial_index,
    string,
    to,
)
from pipeline.store.made_photo_tables import made_photo as made_photo
from pipeline.store.media_tables import video as video
from pipeline.store.notice_tables import (
    notice as notice,
    notice_item as notice_item,
    notice_look as notice_look,
)
from pipeline.store.outbox_tables import (
    delivery as delivery,
    delivery_event as delivery_event,
    delivery_item as delivery_item,
    edition as edition,
    refusal as refusal,
    run as run,
    run_post as run_post,
    worker as worker,
)
from pipeline.store.relay_tables import relay as relay, relay_use as relay_use
from pipeline.store.roster_tables import roster_columns as roster_columns
from pipeline.store.text_tables import text_finding as text_finding, text_screen as text_screen

school = Table(
    "school",
    metadata,
    key(),
    Column("ref", Text, nullable=False, unique=True),
    string("uid"),  # random; makes Message-IDs of two schools differ
    number("policy_version", default=1),  # raised by every write that a rule reads (rule 16)
    number("given_up"),  # raised when a waiting mail is given up for another channel: no decision, yet news
)

group = Table(
    "school_group",
    metadata,
    key(),
    to("school"),
    string("name"),
    string("match"),  # trimmed, NFC, casefolded: what import files are compared with
    UniqueConstraint("school_id", "match"),
)

pupil = Table(
    "pupil",
    metadata,
    key(),
    to("school"),
    string("ref"),
    string("first_name"),
    string("last_name"),
    Column("birth_date", Date),
    string("source"),
    instant("erased_at", null=True),
    UniqueConstraint("school_id", "ref"),
)

parent = Table(
    "parent",
    metadata,
    key(),
    to("school"),
    string("ref"),
    string("name"),
    string("address", null=True),
    string("language"),
    string("channel"),
    flag("channel_chosen"),  # by the parent or staff: the roster's channel does not count any more
    number("channel_since"),  # policy version of the last change away from none
    flag("shut_out"),  # staff unapproved this parent: new links wait even with --approve
    instant("suppressed_at", null=True),
    instant("erased_at", null=True),
    UniqueConstraint("school_id", "ref"),
)

link = Table(
    "link",
    metadata,
    key(),
    to("school", index=True),
    to("parent"),
    to("pupil", index=True),
    string("approval"),
    flag("blocked"),
    flag("ended"),
    Column("since", Date),
    Column("until", Date),
    Column("ended_on", Date),
    number("allowed_since"),  # policy version at which it was last let in (rule 5)
    string("source"),
    UniqueConstraint("parent_id", "pupil_id"),
)

enrolment = Table(
    "enrolment",
    metadata,
    key(),
    to("school", index=True),
    to("pupil", index=True),
    to("school_group", "group_id"),
    Column("since", Date),
    Column("until", Date),
    flag("ended"),
    string("source"),
)

staff = Table(
    "staff",
    metadata,
    key(),
    to("school"),
    string("ref"),
    string("name"),
    string("email"),
    string("role"),
    UniqueConstraint("school_id", "ref"),
)

staff_group = Table(
    "staff_group",
    metadata,
    Column("staff_id", Key, ForeignKey("staff.id"), primary_key=True),
    Column("group_id", Key, ForeignKey("school_group.id"), primary_key=True),
)

consent = Table(  # append-only (rule 9)
    "consent",
    metadata,
    key(),
    to("school", index=True),
    to("pupil"),
    string("purpose"),
    string("kind"),
    Column("yes", Boolean(create_constraint=False), nullable=False),
    to("parent", null=True),  # null: the pupil answered
    instant("given_at"),
    string("how"),
    string("text_version"),
    instant("recorded_at"),
)

post = Table(
    "post",
    metadata,
    key(),
    to("school"),
    string("ref"),
    to("staff", "author_id"),
    flag("to_school"),
    instant("published"),
    string("state"),
    number("released_since"),
    to("revision", null=True),
    flag("urgent"),
    UniqueConstraint("school_id", "ref"),
)

post_group = Table(
    "post_group",
    metadata,
    Column("post_id", Key, ForeignKey("post.id"), primary_key=True),
    Column("group_id", Key, ForeignKey("school_group.id"), primary_key=True),
)

revision = Table(  # append-only: what a post said at one time
    "revision",
    metadata,
    key(),
    Column("post_id", Key, nullable=False, index=True),  # no foreign key: post.revision_id points back here
    string("digest"),
    string("title"),
    string("body"),
    string("extra"),  # JSON: event, links, language
)

photo = Table(
    "photo",
    metadata,
    key(),
    to("post", index=True),
    string("file"),
    string("source_digest"),
    string("name"),  # random name of the renditions in the media folder; empty when refused
    string("digest"),  # SHA-256 of the mail rendition
    number("width"),
    number("height"),
    number("size"),  # octets of the mail rendition; 0 for one from before they were kept
    flag("listed"),  # the author said who is recognisable, also when that is nobody (rule 7)
    flag("removed"),
    flag("replaced"),  # by one that staff made of it: it does not come back with an import
    string("refused", null=True),  # why the file could not be used
    instant("erased_at", null=True),
)

photo_shows = Table(
    "photo_shows",
    metadata,
    Column("photo_id", Key, ForeignKey("photo.id"), primary_key=True),
    Column("pupil_ref", Text, primary_key=True),  # the school's id: it may be of nobody we know
)

picture_draft = Table(  # names of pictures that an import is storing: gone once their rows stand
    "picture_draft",
    metadata,
    Column("name", Text, primary_key=True),
    instant("at"),
)

revision_photo = Table(
    "revision_photo",
    metadata,
    Column("revision_id", Key, ForeignKey("revision.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    to("photo"),
    string("alt"),
    string("caption"),
)

channel_change = Table(  # append-only: from which policy version on a parent had another channel (rule 5)
    "channel_change",
    metadata,
    key(),
    to("school", index=True),
    to("parent"),
    number("policy_version"),
    string("was"),
    string("channel"),
)

lookout = Table(  # how far the look for what goes as posts come has got, so that nothing is read for nothing
    "lookout",
    metadata,
    Column("school_id", Key, ForeignKey("school.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    number("policy_version"),
    number("given_up"),
    instant("until"),
)

installation = Table(  # one row
    "installation",
    metadata,
    key(),
    string("uid"),  # random
    number("runs"),  # raised with every run, here and in the media folder: tells a restored backup
)

decision = Table(  # append-only: who decided what, when and why (rule 20)
    "decision",
    metadata,
    key(),
    to("school", index=True),
    instant("at"),
    string("by"),
    string("what"),
    to("parent", null=True),
    to("pupil", null=True),
    to("post", null=True),
    string("why"),
    number("policy_version"),
    # Parents' reports are few, and asked for again and again.
    partial_index("ix_decision_report", "school_id", "id", where="what = 'report'"),
)
