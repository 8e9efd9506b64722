"""Mail as posts come, the app's feed, runs that wait for a person, and telling a restored backup."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

#: INTEGER PRIMARY KEY counts by itself on SQLite.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("post", sa.Column("urgent", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column(
        "school", sa.Column("given_up", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("run", sa.Column("carried_from", sa.BigInteger(), nullable=True))
    op.add_column("run", sa.Column("held", sa.Text(), nullable=True))
    op.create_table(
        "channel_change",
        sa.Column("id", KEY, nullable=False),
        sa.Column("school_id", KEY, nullable=False),
        sa.Column("parent_id", KEY, nullable=False),
        sa.Column("policy_version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["parent.id"], name=op.f("fk_channel_change_parent_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_channel_change_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_change")),
    )
    op.create_index(op.f("ix_channel_change_school_id"), "channel_change", ["school_id"])
    op.create_table(
        "lookout",
        sa.Column("school_id", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("given_up", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_lookout_school_id")),
        sa.PrimaryKeyConstraint("school_id", "kind", name=op.f("pk_lookout")),
    )
    op.create_table(
        "installation",
        sa.Column("id", KEY, nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("runs", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    _count_from_here()
    _owe_nothing_old()


def _count_from_here() -> None:
    installation = sa.table("installation", sa.column("id"), sa.column("uid"), sa.column("runs"))
    op.execute(installation.insert().values(id=1, uid=secrets.token_hex(8), runs=0))


def _owe_nothing_old() -> None:
    """Who chose mail or the app before there was either gets what comes, not four weeks at once."""
    op.execute("UPDATE school SET policy_version = policy_version + 1")
    op.execute(
        "UPDATE parent SET channel_since = (SELECT policy_version FROM school"
        " WHERE school.id = parent.school_id) WHERE channel IN ('mail', 'app')"
    )
