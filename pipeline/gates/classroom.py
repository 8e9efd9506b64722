"""What in a sentence speaks for a pupil of the class: with other pupils, doing what pupils do."""

from __future__ import annotations

import re

from pipeline.gates.people import AROUND, People
from pipeline.gates.reading import Block, Word
from pipeline.gates.scenes import CLASS, OUTSIDE, VERBS, is_pupil, names_before, plain_words

_DOES = VERBS - {"heet", "heette", "is", "was"}


def weight_in_class(block: Block, at: int, last: int, known: People) -> int:
    """How much tells that the first name ``at`` to ``last`` is that of a child of this class."""
    words = block.words
    plain = plain_words(block, words[at].sentence)
    about = at > 0 and words[at - 1].plain == "over"
    staged = not plain.isdisjoint(CLASS["stages"]) and not is_part(words, at)
    signs = (
        4 * _beside_a_pupil(words, at, last, known),
        _acts(words, at, last),
        3 * (not about and bool(CLASS["sure"] & plain)),
        bool(CLASS["kin"] & plain),
        3 * staged,
        _ours(words, at, known),
        2 * bool(CLASS["hours"] & plain),
        4 * _of_a_group(words, last),
        3 * (block.photo and at == 0),
        _with(words, at),
        owns(words, last),
        2 * any(word.plain == "als" for word in words[last + 1 : last + 3]),
        int(bool(CLASS["now"] & plain)),
    )
    return sum(signs)


def _beside_a_pupil(words: tuple[Word, ...], at: int, last: int, known: People) -> bool:
    """Max en Fleur, if Fleur is a pupil; Max en ridder Fleur too."""
    for place, step in ((last + 1, 1), (at - 1, -1)):
        if not 0 <= place < len(words):
            continue
        gap = words[place].gap if step > 0 else words[place + 1].gap
        if words[place].plain in AROUND["joins"]:
            place += step
        elif not re.fullmatch(r"\s?[,&+/]\s?", gap):
            continue
        for word in words[max(0, min(place, place + step)) : max(place, place + step) + 1]:
            if word.plain != words[at].plain and word.text[0].isupper() and is_pupil(word, known):
                return True
    return False


def _acts(words: tuple[Word, ...], at: int, last: int) -> int:
    """Vertelde Joy, Joy vertelde."""
    before = words[at - 1 : at] if at and not words[at].first else ()
    after = () if before and before[0].plain in CLASS["prepositions"] else words[last + 1 : last + 2]
    sides = [*before, *after]
    plain = {word.plain for word in sides if word.sentence == words[at].sentence}
    if plain & CLASS["acts"]:
        return 4
    return 2 * (not plain.isdisjoint(_DOES))


def _ours(words: tuple[Word, ...], at: int, known: People) -> int:
    """Onze Max; "zijn broer Max" is ours as well, unless the brother is nobody we know."""
    if not at or words[at - 1].plain not in CLASS["ours"]:
        return 0
    if at == 1 or words[at - 2].plain not in ("zijn", "haar"):
        return 4
    return 4 if any(is_pupil(word, known) and word.text[0].isupper() for word in words[: at - 1]) else 1


def _of_a_group(words: tuple[Word, ...], last: int) -> bool:
    """Sem uit groep 5, Sem van onze klas."""
    after = [word.plain for word in words[last + 1 : last + 4]]
    return bool(after) and after[0] in ("uit", "van") and bool({"groep", "klas", "leerjaar"} & set(after))


def _with(words: tuple[Word, ...], at: int) -> int:
    """De tekening van Nora, gespeeld door Linde, vraag het aan Sterre; not het boek van."""
    if not at:
        return 0
    before = words[at - 1].plain
    if before == "van":
        return 2 * (at > 1 and words[at - 2].plain not in OUTSIDE["works"])
    return 2 if before == "door" else int(before in CLASS["beside"])


def owns(words: tuple[Word, ...], last: int) -> int:
    """Madeliefs opa, Iris' groepje."""
    if last + 1 >= len(words):
        return 0
    after = words[last + 1]
    marked = after.gap.startswith("'") or words[last].plain.endswith("s")
    return 2 * (marked and after.plain in CLASS["objects"] and after.gap in (" ", "' ", "'"))


def is_part(words: tuple[Word, ...], at: int) -> bool:
    """Verkleed als Jip of Puck, kom als Jip, in de rol van Jip; not "kom als Jip roept"."""
    first = min((at, *names_before(words, at)))
    before = [word.plain for word in words[max(0, first - _BEFORE) : first]]
    if before[-1:] != ["als"]:
        return before[-2:] == ["rol", "van"]
    if "verkleed" in before or "geschminkt" in before:
        return True
    after = words[at + 1].plain if at + 1 < len(words) else ""
    return before[-2:-1] != [] and before[-2] in CLASS["coming"] and after not in VERBS


#: How far before a name.
_BEFORE = 6
