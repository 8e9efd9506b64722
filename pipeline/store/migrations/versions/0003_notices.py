"""Notices to staff: mails of their own, outside every run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

#: INTEGER PRIMARY KEY counts by itself on SQLite.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", KEY, nullable=False),
        sa.Column("school_id", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("staff_id", KEY, nullable=True),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        _number("attempts"),
        _number("doubts"),
        sa.Column("owner", sa.BigInteger(), nullable=True),
        sa.Column("next_try_at", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        _to("notice", "school"),
        _to("notice", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint(
            "school_id", "kind", "key", "recipient", name=op.f("uq_notice_school_id_kind_key_recipient")
        ),
    )
    op.create_index("ix_notice_school_id_state", "notice", ["school_id", "state"])
    op.create_table(
        "notice_item",
        sa.Column("id", KEY, nullable=False),
        sa.Column("notice_id", KEY, nullable=False),
        sa.Column("school_id", KEY, nullable=False),
        sa.Column("staff_id", KEY, nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("post_id", KEY, nullable=True),
        sa.Column("photo_id", KEY, nullable=True),
        sa.Column("parent_id", KEY, nullable=True),
        sa.Column("delivery_id", KEY, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        _number("policy_version"),
        *(_to("notice_item", other) for other in ("notice", "school", "staff", "post", "photo", "parent")),
        _to("notice_item", "delivery"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_item")),
    )
    op.create_index(op.f("ix_notice_item_notice_id"), "notice_item", ["notice_id"])
    op.create_index(op.f("ix_notice_item_school_id"), "notice_item", ["school_id"])
    op.create_table(
        "notice_look",
        sa.Column("school_id", KEY, nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        _number("policy_version"),
        sa.Column("until", sa.BigInteger(), nullable=True),
        _to("notice_look", "school"),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_notice_look")),
    )


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def _to(table: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{other}_id")
    return sa.ForeignKeyConstraint([f"{other}_id"], [f"{other}.id"], name=name)
