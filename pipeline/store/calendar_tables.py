"""The tables of what an agenda is made of: events of posts, school calendars, and what editions told."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text, UniqueConstraint

from pipeline.store.columns import Key, flag, instant, key, metadata, number, string, to

post_event = Table(  # one row for each post that has an event, or had one
    "post_event",
    metadata,
    Column("post_id", Key, ForeignKey("post.id"), primary_key=True),
    to("school"),
    to("revision"),  # the newest that has the event
    instant("starts"),
    instant("over"),  # when it is past
    Index("ix_post_event_school_id_over", "school_id", "over"),
)

calendar = Table(
    "calendar",
    metadata,
    key(),
    to("school"),
    string("name"),
    string("match"),  # of the name, as groups are compared
    flag("to_school"),
    UniqueConstraint("school_id", "match"),
)

calendar_group = Table(
    "calendar_group",
    metadata,
    Column("calendar_id", Key, ForeignKey("calendar.id"), primary_key=True),
    Column("group_id", Key, ForeignKey("school_group.id"), primary_key=True),
)

calendar_entry = Table(  # one time of one event; deleted some months after it
    "calendar_entry",
    metadata,
    key(),
    to("school"),
    to("calendar"),
    string("uid"),  # digest of the file's own UID and RECURRENCE-ID, which may name somebody
    string("title"),
    string("location"),
    instant("starts"),
    instant("ends", null=True),
    instant("over"),
    flag("all_day"),
    flag("cancelled"),
    number("sequence"),
    number("file_sequence"),  # SEQUENCE as the file had it
    UniqueConstraint("calendar_id", "uid"),
    Index("ix_calendar_entry_school_id_over", "school_id", "over"),
)

edition_event = Table(  # what an edition told of: events of its posts and the lines of its agenda
    "edition_event",
    metadata,
    Column("edition_id", Key, ForeignKey("edition.id"), primary_key=True),
    Column("position", Key, primary_key=True),
    to("school"),
    flag("agenda"),  # a line of the agenda; otherwise the event of one of its posts
    string("source"),  # of `SourceKind`
    number("source_id"),  # no foreign key: entries of calendars are deleted, what was told of them stays
    number("sequence"),
    string("state"),
    Column("groups", Text, nullable=False),  # JSON
    string("when_and_where"),  # a digest
    instant("starts"),
    Index("ix_edition_event_source_source_id", "source", "source_id"),
    Index("ix_edition_event_school_id_starts", "school_id", "starts"),
)
