"""The tables of staff notices: what is to be mailed, what was told to whom, and how far we have looked.

A notice is a mail of its own, outside every run. Its bytes and its address go when the mails of that
time go; what stays holds internal keys (rule 20).
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, UniqueConstraint

from pipeline.store.columns import Key, instant, key, metadata, number, string, to

notice = Table(
    "notice",
    metadata,
    key(),
    to("school"),
    string("kind"),
    string("key"),  # a day, a newsletter's moment or a run's key: told once to each recipient
    string("recipient", null=True),  # address; null once `keep_mails_days` are over
    to("staff", null=True),  # null: an address of the management, from the settings
    string("message_id"),
    Column("message", LargeBinary, nullable=True),  # the same bytes on every attempt; null as the recipient
    string("state"),
    string("said"),  # the relay's last answer, or what was wrong
    number("attempts"),
    number("doubts"),  # how often it was handed over without an answer
    number("owner", null=True),  # the process that is sending it
    instant("next_try_at", null=True),
    instant("at"),  # the calendar's now when it was made: deletion counts by it
    instant("made_at"),  # the real clock
    instant("done_at", null=True),
    UniqueConstraint("school_id", "kind", "key", "recipient"),
    Index("ix_notice_school_id_state", "school_id", "state"),
)

notice_item = Table(  # append-only: what was told to whom
    "notice_item",
    metadata,
    key(),
    to("notice", index=True),
    to("school", index=True),
    to("staff", null=True),  # null: the management
    string("what"),
    to("post", null=True),
    to("photo", null=True),
    to("parent", null=True),
    to("delivery", null=True),
    instant("at"),  # the calendar's now
    number("policy_version"),  # a post released after it can be news again
)

notice_look = Table(  # how far the look for news has got, so that nothing is read for nothing
    "notice_look",
    metadata,
    Column("school_id", Key, ForeignKey("school.id"), primary_key=True),
    string("day"),  # the last day whose bundle was made
    number("policy_version"),
    instant("until", null=True),  # the newsletter before which we looked under that policy
    number("doubt"),  # the last of parents' reports (decision) that was looked at
)
