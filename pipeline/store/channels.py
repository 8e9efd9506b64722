"""Who had which channel when: needed to know which run served whom (rule 5)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, insert, select

from pipeline.store import tables as t

#: Of more, all parents of the school are read: a database takes only so many values at once.
_FEW = 500


def note_switches(connection: Connection, school: int, version: int, channels: Mapping[int, str]) -> None:
    """Keep which of these parents get another channel than they have, before it is written.

    ``version`` is the policy version from which on it counts.
    """
    c = t.parent.c
    few = len(channels) <= _FEW
    which = c.id.in_(channels) if few else c.school_id == school
    rows = [
        {
            "school_id": school,
            "parent_id": row.id,
            "policy_version": version,
            "was": row.channel,
            "channel": new,
        }
        for row in connection.execute(select(c.id, c.channel).where(which))
        if (new := channels.get(row.id, row.channel)) != row.channel
    ]
    if rows:
        connection.execute(insert(t.channel_change), rows)
