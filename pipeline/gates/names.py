"""Rule 12: pupils whom a text names although they lack consent for that."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pipeline.gates.reading import fold, words
from pipeline.gates.words import Finding, Gate, Named, Passage


def find_names(
    passages: Sequence[Passage],
    pupils: Collection[Named],
    others: Collection[Named] = (),
    staff: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Every one of ``pupils`` whom the passages name; ``others`` and ``staff`` may be named."""
    found: list[Finding] = []
    for passage in passages:
        plain = {
            form for word in words(passage) for form in (word.plain, word.plain.rstrip("'").removesuffix("s"))
        }
        found += [_finding(passage, pupil) for pupil in pupils if fold(pupil.first_name) in plain]
    return tuple(found)


def _finding(passage: Passage, pupil: Named) -> Finding:
    return Finding(
        gate=Gate.NAME,
        subject=f"pupil:{pupil.pupil}",
        words=pupil.first_name,
        place=passage.place,
        photo=passage.photo,
        pupil=pupil.pupil,
    )
