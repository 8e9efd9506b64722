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
    _videos()


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
