"""Rule 13: one pupil together with something personal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from pipeline.gates.names import find_names
from pipeline.gates.reading import blocks
from pipeline.gates.words import Finding, Gate, Named, Passage

_TOPICS = {"ziek": "health", "rapport": "results", "cito": "results"}


def find_personal(
    passages: Sequence[Passage],
    pupils: Collection[Named],
    *,
    staff: Collection[str] = (),
    language: str = "nl",
) -> tuple[Finding, ...]:
    """Every pupil whom the passages name together with something personal."""
    found = []
    for passage in passages:
        topics = {
            _TOPICS[word.plain] for block in blocks(passage) for word in block.words if word.plain in _TOPICS
        }
        for finding in find_names([passage], pupils, staff=staff):
            found += [
                replace(finding, gate=Gate.PERSONAL, subject=f"{finding.subject}:{topic}")
                for topic in sorted(topics)
            ]
    return tuple(found)
