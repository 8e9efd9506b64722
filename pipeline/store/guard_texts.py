"""The second guard's own queries about texts: what is held, and whose names must not stand where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from pipeline.guard import GuardedEntry, GuardedPost, TextOf
from pipeline.guard_text import folded
from pipeline.model import TextRules

CURRENT_ENROLMENT = """
    NOT enrolment.ended AND (enrolment.since IS NULL OR enrolment.since <= :today)
    AND (enrolment.until IS NULL OR enrolment.until > :today)
"""


class TextReader:
    """``rows`` runs a query with the school and today bound in it."""

    def __init__(self, rows: Callable[..., Any], gates: TextRules, *, run: int, purpose: str) -> None:
        self._rows, self._gates, self._run, self._purpose = rows, gates, run, purpose

    def held(self, named: frozenset[str]) -> dict[int, int]:
        """Post -> the text of it in which something is held, by the rows written when posts were searched.

        A name is held for as long as consent to it is missing, whatever a row says.
        """
        gates = self._gates
        rows = self._rows(
            "SELECT text_finding.post_id, text_finding.revision_id, text_finding.gate, pupil.ref"
            " FROM text_finding JOIN run_post ON run_post.post_id = text_finding.post_id"
            " LEFT JOIN pupil ON pupil.id = text_finding.pupil_id"
            " WHERE run_post.run_id = :run AND text_finding.purpose = :purpose"
            " AND text_finding.lifted_at IS NULL",
            run=self._run,
            purpose=self._purpose,
        )
        on = {"name": gates.names, "personal": gates.personal, "tone": gates.tone}
        return {
            post: revision
            for post, revision, gate, pupil in rows
            if on[gate] and not (gate == "name" and pupil in named)
        }

    def unnamed(
        self, posts: Mapping[int, GuardedPost], entries: Mapping[int, GuardedEntry], named: frozenset[str]
    ) -> dict[TextOf, frozenset[str]]:
        """Full names of pupils of its groups without consent, whom no person let be named in it.

        Of namesakes one of whom may be named, and of the staff, the words do not say who is meant.
        """
        hidden_in = self._hidden_in(named)
        released: dict[int, set[str]] = defaultdict(set)
        for post, ref in self._names_released():
            released[post].add(ref)
        of_posts = {
            ("post", key): frozenset(
                name for ref, name in hidden_in(post) if ref not in released.get(key, ())
            )
            for key, post in posts.items()
        }
        of_entries = {
            ("calendar", key): frozenset(name for _, name in hidden_in(entry))
            for key, entry in entries.items()
        }
        return {**of_posts, **of_entries}

    def _hidden_in(
        self, named: frozenset[str]
    ) -> Callable[[GuardedPost | GuardedEntry], frozenset[tuple[str, str]]]:
        """Of what is addressed to some groups: their pupils, with their names, who are not to be named."""
        pupils, groups = self._names_here()
        staff = {folded(name) for (name,) in self._rows("SELECT name FROM staff WHERE school_id = :school")}
        may = staff | {name for ref, name in pupils.items() if ref in named}
        hidden = frozenset(
            (ref, name) for ref, name in pupils.items() if ref not in named and name not in may
        )

        @cache
        def of(addressed: frozenset[int]) -> frozenset[tuple[str, str]]:
            refs = set[str]().union(*(groups.get(each, ()) for each in addressed))
            return frozenset(each for each in hidden if each[0] in refs)

        return lambda one: hidden if one.to_school else of(one.groups)

    def _names_here(self) -> tuple[dict[str, str], dict[int, set[str]]]:
        """Pupil -> full name; group -> pupils. Of who is at school today and has two names."""
        names: dict[str, str] = {}
        groups: dict[int, set[str]] = defaultdict(set)
        for ref, first, last, group in self._rows(
            "SELECT pupil.ref, pupil.first_name, pupil.last_name, enrolment.group_id FROM pupil"
            " JOIN enrolment ON enrolment.pupil_id = pupil.id"
            " WHERE pupil.school_id = :school AND pupil.first_name <> '' AND pupil.last_name <> ''"
            f" AND {CURRENT_ENROLMENT}"
        ):
            names[ref] = folded(f"{first} {last}")
            groups[group].add(ref)
        return names, groups

    def _names_released(self) -> set[tuple[int, str]]:
        """Post and pupil."""
        rows = self._rows(
            "SELECT text_finding.post_id, pupil.ref FROM text_finding"
            " JOIN pupil ON pupil.id = text_finding.pupil_id"
            " WHERE text_finding.school_id = :school AND text_finding.purpose = :purpose"
            " AND text_finding.gate = 'name' AND text_finding.decision_id IS NOT NULL",
            purpose=self._purpose,
        )
        return {(post, ref) for post, ref in rows}
