"""What holds a post's text: findings of the gates and what people decided about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

#: INTEGER PRIMARY KEY counts by itself on SQLite.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    others = ("school", "post", "revision", "pupil", "decision")
    op.create_table(
        "text_finding",
        sa.Column("id", KEY, nullable=False),
        sa.Column("school_id", KEY, nullable=False),
        sa.Column("post_id", KEY, nullable=False),
        sa.Column("revision_id", KEY, nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("pupil_id", KEY, nullable=True),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        _number("found_version"),
        sa.Column("lifted_at", sa.BigInteger(), nullable=True),
        sa.Column("lifted_version", sa.BigInteger(), nullable=True),
        sa.Column("decision_id", KEY, nullable=True),
        *(_to("text_finding", other) for other in others),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_finding")),
    )
    op.create_index(op.f("ix_text_finding_school_id"), "text_finding", ["school_id"])
    op.create_index(
        "uq_text_finding_open",
        "text_finding",
        ["post_id", "gate", "subject", "purpose"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "text_screen",
        sa.Column("school_id", KEY, nullable=False),
        _number("policy_version"),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        _to("text_screen", "school"),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_text_screen")),
    )
    op.add_column("notice_look", _number("doubt"))
    op.create_index(
        "ix_decision_report",
        "decision",
        ["school_id", "id"],
        sqlite_where=sa.text("what = 'report'"),
        postgresql_where=sa.text("what = 'report'"),
    )


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def _to(table: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{other}_id")
    return sa.ForeignKeyConstraint([f"{other}_id"], [f"{other}.id"], name=name)
