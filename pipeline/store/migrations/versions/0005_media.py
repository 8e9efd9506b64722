"""Videos, and pictures made from other pictures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

#: INTEGER PRIMARY KEY counts by itself on SQLite.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _photos()
    _videos()


def _photos() -> None:
    """How many octets a photo adds to a mail, and photos that staff made of other photos."""
    op.add_column("photo", sa.Column("size", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("photo", _flag("replaced"))
    op.create_table(
        "made_photo",
        sa.Column("photo_id", KEY, nullable=False),
        sa.Column("made_from", KEY, nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        _flag("beside"),
        sa.Column("alt", sa.Text(), nullable=True),
        sa.Column("caption", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["made_from"], ["photo.id"], name=op.f("fk_made_photo_made_from")),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_made_photo_photo_id")),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_made_photo")),
    )
    op.create_index(op.f("ix_made_photo_made_from"), "made_photo", ["made_from"])


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False)


def _videos() -> None:
    op.create_table(
        "video",
        sa.Column("photo_id", KEY, nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        *map(_number, ("seconds", "width", "height", "octets")),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_video_photo_id")),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_video")),
    )


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)
