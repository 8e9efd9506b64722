"""Somebody outside the class: what in a text speaks for it, weighed against what speaks for a pupil.

No single word decides. "De musical heet Matilda, naar het boek van Roald Dahl" has three signs of a story and
none of the class; "Matilda vertelde over de musical" has one of each, and in doubt it is the pupil.
"""

from __future__ import annotations

from pipeline.gates.classroom import weight_in_class
from pipeline.gates.outside import weight_outside
from pipeline.gates.people import People
from pipeline.gates.reading import Block

#: So much more must speak for the world outside.
_SURE = 3


def is_told_elsewhere(block: Block, at: int, last: int, known: People) -> bool:
    """Whether the first name ``at`` to ``last`` is rather that of a figure, a place or somebody of renown."""
    outside = weight_outside(block, at, last, known)
    return outside >= _SURE and outside >= _SURE + weight_in_class(block, at, last, known)
