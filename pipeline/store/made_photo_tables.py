"""The table of photos that staff made of other photos: a part cut out, or parts blurred."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table

from pipeline.store.columns import Key, flag, metadata, string, to

made_photo = Table(
    "made_photo",
    metadata,
    Column("photo_id", Key, ForeignKey("photo.id"), primary_key=True),
    to("photo", "made_from", index=True),
    string("how"),  # JSON: what was done, and to which parts in fractions of the picture
    flag("beside"),  # it stands beside what it was made from, and not in its place
    string("alt", null=True),  # null: as what it was made from
    string("caption", null=True),
)
