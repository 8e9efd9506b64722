"""Roos or a rose: whether a word that is also a name is the name here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from pipeline.gates.lists import tables
from pipeline.gates.people import AROUND, FORENAMES, Kind, People, Person
from pipeline.gates.reading import Block, Word

#: How far a sentence is read after the word.
_AHEAD = 5

_KIND_OF: Mapping[str, str] = {
    word: kind for kind, words in tables("names.toml")["words"].items() for word in words
}


def is_the_word(block: Block, at: int, person: Person, known: People) -> bool:
    """Whether the word at ``at``, which is also ``person``'s first name or a form of it, is just a word.

    In small letters behind an article every one is.
    """
    words = block.words
    kind = _KIND_OF.get(words[at].plain) or _KIND_OF.get("".join(person.first))
    if kind is None:
        return words[at].text[0].islower() and at > 0 and words[at - 1].plain in AROUND["determiners"]
    if not words[at].text[0].isupper():
        return not _named_in_small_letters(words, at, kind, known)
    if words[at].capital:
        return _word_with_capital(words, at, kind)
    return not _named_where_all_have_capitals(block, at, kind, known)


def _word_with_capital(words: tuple[Word, ...], at: int, kind: str) -> bool:
    """De Wolf, 1 April, in Sydney: where the capital would tell, but something else tells more."""
    before = words[at - 1].plain if at else ""
    if kind == "place" and before in AROUND["before_place"]:
        return at < 2 or words[at - 2].plain not in AROUND["senses"]
    if kind == "time" and (before in AROUND["moment"] or re.search(r"\d", words[at].gap)):
        return True
    return _counted(words, at) or _with_article(words, at) or before in AROUND["works"]


def _with_article(words: tuple[Word, ...], at: int) -> bool:
    """De Wolf, De Boze Wolf."""
    before = at - 1
    while (
        before > 0
        and words[before].capital
        and words[before].plain not in AROUND["determiners"]
        and words[before].gap == " "
        and words[before].plain not in FORENAMES
    ):
        before -= 1
    return before >= 0 and words[before].plain in AROUND["determiners"] and words[before + 1].gap == " "


def _counted(words: tuple[Word, ...], at: int) -> bool:
    """Max 10, Max. tien, Max twee, Mei 2026; a full stop that ends no sentence is that of a short form."""
    gap = words[at + 1].gap if at + 1 < len(words) else ""
    if re.match(r"[.:]? ?\d", gap):
        return True
    after = words[at + 1] if gap else None
    if after is None or after.sentence != words[at].sentence or not after.text[0].islower():
        return False
    if gap.startswith("."):
        return True
    years = words[at + 2 : at + 3]
    if words[at].plain != "max" or gap != " " or (years and years[0].plain == "jaar"):
        return False
    return after.plain in AROUND["numbers"]


def _named_where_all_have_capitals(block: Block, at: int, kind: str, known: People) -> bool:
    """At the start of a sentence, or in one that is all in capitals."""
    words = block.words
    if _counted(words, at) or _with_article(words, at) or _of_a_kind(words, at):
        return False
    if _has_possessive(words, at) or _among_names(words, at, kind, known) or _does(words, at, kind):
        return True
    after = words[at + 1] if at + 1 < len(words) else None
    if after and after.gap == " " and after.plain in AROUND["not_of_names"]:
        return False
    if not words[at].first and words[at - 1].plain in AROUND["safe_before"]:
        return kind in ("rare", "thing")
    return kind in ("rare", "place") or (kind == "thing" and _stands_for_a_child(words, at))


def _stands_for_a_child(words: tuple[Word, ...], at: int) -> bool:
    """Roos by herself; of words that are mostly names also "Roos op de schommel", "Roos, kom maar"."""
    after = words[at + 1] if at + 1 < len(words) else None
    if after is None or after.sentence != words[at].sentence:
        return words[at].first
    return words[at].plain in FORENAMES and (
        after.plain in AROUND["where"] or after.gap.startswith((",", " ("))
    )


def _does(words: tuple[Word, ...], at: int, kind: str) -> bool:
    """Whether what follows is said of a person."""
    ahead = [word.plain for word in _ahead(words, at)]
    if not ahead:
        return False
    if ahead[0] in AROUND["acts"]:
        return kind != "time" or not AROUND["weather"] & set(ahead)
    if ahead[:2] in (["uit", "groep"], ["van", "groep"]):
        return True
    if ahead[0] not in AROUND["beings"]:
        return False
    if AROUND["said_of"] & set(ahead):
        return True
    if kind == "time" or (kind == "verb" and words[at].plain in FORENAMES):
        return ahead[0] in ("heeft", "had", "wil", "kan", "kon") and not AROUND["weather"] & set(ahead)
    return kind != "verb"


def _of_a_kind(words: tuple[Word, ...], at: int) -> bool:
    """Roos is een bloem."""
    ahead = [word.plain for word in _ahead(words, at)]
    return ahead[:1] in (["is"], ["zijn"], ["was"]) and bool(AROUND["kinds"] & set(ahead))


def _ahead(words: tuple[Word, ...], at: int) -> tuple[Word, ...]:
    return tuple(word for word in words[at + 1 : at + 1 + _AHEAD] if word.sentence == words[at].sentence)


def _has_possessive(words: tuple[Word, ...], at: int) -> bool:
    """Max' fiets, Iris's jas, Roos' tekening."""
    after = words[at + 1] if at + 1 < len(words) else None
    return after is not None and (after.gap.startswith("' ") or (after.gap == "'" and after.plain == "s"))


def _among_names(words: tuple[Word, ...], at: int, kind: str, known: People) -> bool:
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
        elif not re.fullmatch(r" ?[,&+/] ?", gap):
            continue
        if 0 <= place < len(words) and _surely_named(words[place], kind, known):
            return True
    return False


def _surely_named(word: Word, kind: str, known: People) -> bool:
    plain = word.plain
    if _KIND_OF.get(plain):
        return word.capital and any(form.kind <= Kind.EXACT for form in known.forms.get(plain, ()))
    if word.capital and kind != "time" and plain not in AROUND["no_last_name"]:
        return True
    return plain in FORENAMES or any(form.kind <= Kind.EXACT for form in known.forms.get(plain, ()))


def _named_in_small_letters(words: tuple[Word, ...], at: int, kind: str, known: People) -> bool:
    """As hurried writers do it: roos was jarig, toen mocht roos voorlezen."""
    ahead = [word.plain for word in _ahead(words, at)]
    before = words[at - 1].plain if at and not words[at].first else ""
    open_before = not before or before in AROUND["safe_before"] or bool(re.search(r"[,:;]", words[at].gap))
    jarig = "jarig" in ahead[:3] and (ahead[0] in AROUND["beings"] or before in AROUND["beings"])
    if kind in ("time", "verb"):
        return jarig and (open_before or before in AROUND["beings"]) and "in" not in ahead[:2]
    if jarig and (open_before or before in AROUND["beings"]):
        return True
    if _among_names(words, at, kind, known):
        return True
    if kind == "place":
        return before not in AROUND["before_place"]
    if open_before and ahead:
        return ahead[0] in AROUND["acts"] or (
            ahead[0] in AROUND["beings"] and bool(AROUND["said_of"] & set(ahead))
        )
    return before in AROUND["turned"]
