"""What is told of long ago: a year before any pupil was born."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache

from pipeline.gates.reading import Block

_NUMBER = re.compile(
    r"(?<!\d)\d{1,4}(?!\d)(?! (?:meter|euro|stap|km|kilo|gram|liter|ml|kind|boek|bladz|woord|stuk|keer|uur))"
)
#: In 1574, sinds 1953, (1881-1973).
_SINCE = tuple(
    f"{word} "
    for word in ("in", "uit", "sinds", "anno", "rond", "van", "tot", "tussen", "na", "voor", "jaar")
)
_YEAR_BEFORE = re.compile(r"\b(?:in|sinds|rond|anno|vanaf) (\d{4}) \w+ \Z", re.IGNORECASE)
_YEAR_AFTER = re.compile(r" \w+ (?:in|sinds|rond|anno|vanaf|tot|van) (\d{4})\b")
#: Pupils were born later.
_LONG_AGO = ("1000", "2010")


def in_that_year(block: Block, at: int, last: int) -> bool:
    """Napoleon werd in 1815 verslagen, in 1815 werd Napoleon; not "in 1953 brak de dijk, zei Daan"."""
    text, words = block.text, block.words
    before = _YEAR_BEFORE.search(text, max(0, words[at].start - 30), words[at].start)
    after = _YEAR_AFTER.match(text, words[last].end)
    return any(found is not None and "1000" <= found[1] < "2010" for found in (before, after))


@lru_cache(maxsize=4_096)
def long_ago(block: Block) -> frozenset[int]:
    """The sentences that tell of a year before any pupil was born."""
    years = [match for match in _NUMBER.finditer(block.text) if _is_year(block.text, match)]
    starts = [word.start for word in block.words] if years else []
    return frozenset(block.words[bisect_left(starts, match.start()) - 1].sentence for match in years)


def _is_year(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - 9) : match.start()].lower()
    if before == "het jaar ":
        return True
    first, stop = _LONG_AGO
    return first <= match[0] < stop and len(match[0]) == len(first) and before.endswith((*_SINCE, "("))
