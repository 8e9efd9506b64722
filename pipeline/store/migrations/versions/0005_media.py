"""Videos, and pictures made from other pictures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _photos()


def _photos() -> None:
    """How many octets a photo adds to a mail."""
    op.add_column("photo", sa.Column("size", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
