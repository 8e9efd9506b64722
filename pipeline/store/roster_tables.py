"""What a school's own roster columns mean, as the last import of such a list read them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table

from pipeline.store.columns import Key, instant, metadata, string

roster_columns = Table(
    "roster_columns",
    metadata,
    Column("school_id", Key, ForeignKey("school.id"), primary_key=True),
    string("columns"),  # JSON, as `pipeline.intake.columns` writes it: headings, never what stood below them
    instant("at"),
)
