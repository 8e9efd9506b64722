"""The tables of what holds a post's text: what the gates found, and how far they have looked.

A finding holds the words that matched, which can be a child's name: they go when that child is erased.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table

from pipeline.store.columns import Key, instant, key, metadata, number, partial_index, string, to

text_finding = Table(
    "text_finding",
    metadata,
    key(),
    to("school", index=True),
    to("post"),
    to("revision"),  # the text in which it was found
    string("gate"),
    string("subject"),  # what a release lets go, also in later texts of this post
    string("purpose"),
    to("pupil", null=True),  # whom the words name
    string("found"),  # JSON: [[words, place, photo or null], ...]
    instant("found_at"),  # the calendar's now
    number("found_version"),  # policy version from which on it stands
    instant("lifted_at", null=True),
    number("lifted_version", null=True),  # a post is released then, for this purpose (rule 5)
    to("decision", null=True),  # a person's release; null when text, consent or settings made it moot
    partial_index(
        "uq_text_finding_open",
        *("post_id", "gate", "subject", "purpose"),
        unique=True,
        where="lifted_at IS NULL",
    ),
)

text_screen = Table(  # as what the school stood when its posts were last searched
    "text_screen",
    metadata,
    Column("school_id", Key, ForeignKey("school.id"), primary_key=True),
    number("policy_version"),
    string("rules"),  # digest of the settings that are asked
    string("day"),
)
