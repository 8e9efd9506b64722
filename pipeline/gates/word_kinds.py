"""Of which kind a word is that is a name too, and what both ways of writing it are told by."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from pipeline.gates.lists import tables
from pipeline.gates.people import AROUND, FORENAMES, Kind, People
from pipeline.gates.reading import Word

KIND_OF: Mapping[str, str] = {
    word: kind for kind, words in tables("names.toml")["words"].items() for word in words
}
#: How far a sentence is read after the word.
_AHEAD = 5
#: How old: "zes", "12".
AGE = rf"(?:\d{{1,2}}|{'|'.join(sorted(AROUND['numbers']))})"
#: "Is zes!", "wordt al 12 jaar".
AGED = re.compile(rf" (?:is|was|wordt|werd) (?:al )?{AGE}(?:!|\.|,| jaar| geworden|$)")
#: What children do and neither months nor storms.
ONLY_CHILDREN = AROUND["acts"] - AROUND["seasons"] - AROUND["storms"]
LISTED = re.compile(r" ?[,&+/] ?")


def is_rare(plain: str) -> bool:
    """Whether a first name is no word, or one that is seldom said."""
    return KIND_OF.get(plain, "rare") in ("rare", "thing")


def ahead_of(words: tuple[Word, ...], at: int) -> tuple[Word, ...]:
    """What follows in the same sentence, a few words of it."""
    return tuple(word for word in words[at + 1 : at + 1 + _AHEAD] if word.sentence == words[at].sentence)


def among_names(words: tuple[Word, ...], at: int, kind: str, known: People) -> bool:
    """Beside a name, with a comma or "en" between them."""
    sides: tuple[tuple[int, Callable[[int], str]], ...] = (
        (1, lambda place: words[place].gap),
        (-1, lambda place: words[place + 1].gap),
    )
    for step, gap_at in sides:
        place = at + step
        if not 0 <= place < len(words):
            continue
        gap = gap_at(place)
        if words[place].plain in AROUND["joins"]:
            place += step
        elif not LISTED.fullmatch(gap):
            continue
        if 0 <= place < len(words) and _surely_named(words[place], kind, known):
            return True
    return False


def _surely_named(word: Word, kind: str, known: People) -> bool:
    plain = word.plain
    if KIND_OF.get(plain):
        return word.capital and any(form.kind <= Kind.EXACT for form in known.forms.get(plain, ()))
    if word.capital and kind != "time" and plain not in AROUND["no_last_name"]:
        return True
    return plain in FORENAMES or any(form.kind <= Kind.EXACT for form in known.forms.get(plain, ()))
