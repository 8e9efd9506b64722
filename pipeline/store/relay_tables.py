"""The tables of relays: what processes share about one, and what it was given outside every run."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from pipeline.store.columns import instant, key, metadata, number, string

relay = Table(  # what processes share about one relay: how long to leave it alone
    "relay",
    metadata,
    key(),
    Column("url", Text, nullable=False, unique=True),
    number("failures"),
    instant("next_try_at", null=True),
    string("trouble"),
    instant("full_until", null=True),  # it said itself that its day is full
)

relay_use = Table(  # hand-overs that are no delivery's, such as notices: its limits count them too
    "relay_use",
    metadata,
    key(),
    string("relay"),
    instant("at"),
    Index("ix_relay_use_relay_at", "relay", "at"),
)
