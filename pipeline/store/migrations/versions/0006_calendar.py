"""Events that change, school calendars and the agenda of an edition."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

#: INTEGER PRIMARY KEY counts by itself on SQLite.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "post_event",
        sa.Column("post_id", KEY, nullable=False),
        sa.Column("school_id", KEY, nullable=False),
        sa.Column("revision_id", KEY, nullable=False),
        sa.Column("starts", sa.BigInteger(), nullable=False),
        sa.Column("over", sa.BigInteger(), nullable=False),
        *(_to("post_event", other) for other in ("post", "school", "revision")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_post_event")),
    )
    op.create_index("ix_post_event_school_id_over", "post_event", ["school_id", "over"])
    _calendars()
    op.create_table(
        "edition_event",
        sa.Column("edition_id", KEY, nullable=False),
        sa.Column("position", KEY, nullable=False),
        sa.Column("school_id", KEY, nullable=False),
        _flag("agenda"),
        sa.Column("source", sa.Text(), nullable=False),
        _number("source_id"),
        _number("sequence"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("groups", sa.Text(), nullable=False),
        sa.Column("when_and_where", sa.Text(), nullable=False),
        sa.Column("starts", sa.BigInteger(), nullable=False),
        *(_to("edition_event", other) for other in ("edition", "school")),
        sa.PrimaryKeyConstraint("edition_id", "position", name=op.f("pk_edition_event")),
    )
    op.create_index("ix_edition_event_source_source_id", "edition_event", ["source", "source_id"])
    op.create_index("ix_edition_event_school_id_starts", "edition_event", ["school_id", "starts"])
    _events_of_posts()


def _calendars() -> None:
    op.create_table(
        "calendar",
        sa.Column("id", KEY, nullable=False),
        sa.Column("school_id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("match", sa.Text(), nullable=False),
        _flag("to_school"),
        _to("calendar", "school"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar")),
        sa.UniqueConstraint("school_id", "match", name=op.f("uq_calendar_school_id_match")),
    )
    op.create_table(
        "calendar_group",
        sa.Column("calendar_id", KEY, nullable=False),
        sa.Column("group_id", KEY, nullable=False),
        _to("calendar_group", "calendar"),
        sa.ForeignKeyConstraint(["group_id"], ["school_group.id"], name=op.f("fk_calendar_group_group_id")),
        sa.PrimaryKeyConstraint("calendar_id", "group_id", name=op.f("pk_calendar_group")),
    )
    op.create_table(
        "calendar_entry",
        sa.Column("id", KEY, nullable=False),
        sa.Column("school_id", KEY, nullable=False),
        sa.Column("calendar_id", KEY, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("uid", "title", "location")),
        sa.Column("starts", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=True),
        sa.Column("over", sa.BigInteger(), nullable=False),
        *map(_flag, ("all_day", "cancelled")),
        *map(_number, ("sequence", "file_sequence")),
        *(_to("calendar_entry", other) for other in ("school", "calendar")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_entry")),
        sa.UniqueConstraint("calendar_id", "uid", name=op.f("uq_calendar_entry_calendar_id_uid")),
    )
    op.create_index("ix_calendar_entry_school_id_over", "calendar_entry", ["school_id", "over"])


def _events_of_posts() -> None:
    """The posts that were there already have their events in their texts."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT post.id, post.school_id, post.revision_id, revision.extra FROM post"
            " JOIN revision ON revision.id = post.revision_id WHERE revision.extra LIKE :has"
        ),
        {"has": '%"event"%'},
    ).all()
    for post, school, text, extra in rows:
        if event := json.loads(extra).get("event"):
            starts = datetime.fromisoformat(event["starts"])
            # A day for what has no end: it only says how long the row is looked at.
            ends = event.get("ends")
            over = datetime.fromisoformat(ends) if ends else starts + timedelta(days=1)
            values = {"p": post, "s": school, "r": text, "starts": _stored(starts), "over": _stored(over)}
            connection.execute(
                sa.text("INSERT INTO post_event VALUES (:p, :s, :r, :starts, :over)"),
                values,
            )


def _stored(moment: datetime) -> int:
    return (moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def _to(table: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{other}_id")
    return sa.ForeignKeyConstraint([f"{other}_id"], [f"{other}.id"], name=name)
