"""What a school's own roster columns mean, and what several relays need."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rosters()
    _relays()


def _rosters() -> None:
    op.create_table(
        "roster_columns",
        sa.Column("school_id", KEY, nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_roster_columns_school_id")),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_roster_columns")),
    )


def _relays() -> None:
    op.add_column("relay", sa.Column("full_until", sa.BigInteger(), nullable=True))
    op.create_table(
        "relay_use",
        sa.Column("id", KEY, nullable=False),
        sa.Column("relay", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay_use")),
    )
    op.create_index("ix_relay_use_relay_at", "relay_use", ["relay", "at"])
