"""Where a block of text names somebody whom we know, and whom it may mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pipeline.gates.common_words import is_the_word
from pipeline.gates.context import is_somebody_else, told_staff
from pipeline.gates.figures import in_story
from pipeline.gates.people import AROUND, FORENAMES, Form, Kind, People, Person
from pipeline.gates.reading import Block, Word

#: Between the parts of one name.
_WITHIN = re.compile(r"[\s'’/_(,\-–\"*]{0,3}")
_SHORTENED = re.compile(r"\.?[\s'’/_\-]{0,2}")
#: Infixes of one last name (van de, van 't, v.d., de la); more are not read.
_INFIXES = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """Words ``first`` up to and with ``last`` of a block name one of ``persons``."""

    first: int
    last: int
    persons: tuple[Person, ...]
    in_full: bool  #: with a last name or its initial: it can be nobody else
    another: bool = False  #: "ook Sanne": not the one named before


@lru_cache(maxsize=1 << 13)
def mentions(block: Block, known: People) -> tuple[Mention, ...]:
    """Every one in the order of the text; where namesakes differ by what follows, only those that fit."""
    return tuple(_mentions(block, known))


def _mentions(block: Block, known: People) -> Iterator[Mention]:
    forms, by_last, words = known.forms, known.by_last, block.words
    skip = -1
    for at, word in enumerate(words):
        if at > skip and (rows := forms.get(word.plain) or _of_small(forms, word.plain)):
            mention = _named(block, at, rows, known)
        elif at > skip and (namesakes := by_last.get(word.plain)):
            mention = _with_initial(words, at, namesakes) or _misspelled(words, at, namesakes, known)
        else:
            continue
        if mention:
            skip = mention.last
            yield mention


def _of_small(forms: Mapping[str, tuple[Form, ...]], plain: str) -> tuple[Form, ...]:
    """Sannetjes fiets."""
    if not plain.endswith(("jes", "kes")):
        return ()
    return tuple(form for form in forms.get(plain[:-1], ()) if form.kind is Kind.SMALL)


def _named(block: Block, at: int, rows: tuple[Form, ...], known: People) -> Mention | None:
    words = block.words
    fits = [(form, last) for form in rows if (last := _end(words, at, form.rest)) is not None]
    fits = _surest(words, at, fits)
    if not fits:
        return None
    last = max(last for _, last in fits)
    fits = [(form, end) for form, end in fits if end == last]
    ends = {form.person: _last_name(words, at, last, form) for form, _ in fits}
    full = {person: end for person, end in ends.items() if end is not None}
    persons = tuple(dict.fromkeys(form.person for form, _ in fits))
    if full and in_story(words, at, known) and not any(words[end].plain in p.last for p, end in full.items()):
        return None  # Nina Simone, where a Nina Simons is a pupil
    if full:
        return None if told_staff(words, at) else _full(words, at, full)
    if initial := _initialled(words, last, persons):
        return Mention(first=at, last=last + 1, persons=initial, in_full=True)
    bent = all(form.kind is Kind.BENT for form, _ in fits)  # "mama Julii" is Julia's mother
    if not bent and is_somebody_else(block, at, last, known):
        return None
    if at == last and is_the_word(block, at, fits[0][0].person, known):
        return None
    return Mention(first=at, last=last, persons=persons, in_full=False, another=_another(words, at))


def _end(words: tuple[Word, ...], at: int, rest: tuple[str, ...]) -> int | None:
    for further, wanted in enumerate(rest, at + 1):
        if (
            further >= len(words)
            or words[further].plain != wanted
            or not _WITHIN.fullmatch(words[further].gap)
        ):
            return None
    return at + len(rest)


def _surest(words: tuple[Word, ...], at: int, fits: list[tuple[Form, int]]) -> list[tuple[Form, int]]:
    """Whose name it is as it stands; only if it is nobody's, those of whose name it is a form."""
    exact = [(form, end) for form, end in fits if form.kind <= Kind.EXACT]
    if exact:
        return exact
    loose = words[at].plain not in FORENAMES
    return [
        (form, end)
        for form, end in fits
        if loose and (form.kind is not Kind.SMALL or words[at].text[0].isupper())
        if len(words[at].plain) > _SURE_FROM or words[at].text[0].isupper()
    ]


#: A derived form of at most so many letters needs its capital (jans, tims).
_SURE_FROM = 4


def _last_name(words: tuple[Word, ...], at: int, end: int, form: Form) -> int | None:
    """The last word of the whole name if the person's last name follows, or comes before as in a list."""
    if form.kind is Kind.WHOLE:
        return end
    infixes = middle = 0
    for further in range(end + 1, min(end + 2 + _INFIXES, len(words))):
        word = words[further]
        gap = _SHORTENED if words[further - 1].plain in AROUND["infixes"] else _WITHIN
        if not gap.fullmatch(word.gap):
            break
        if _is_last(word.plain, form.person):
            return further
        if word.plain in AROUND["infixes"]:
            infixes += 1
        elif word.text[0].isupper() and not middle and not infixes and word.gap == " ":
            middle += 1  # a second first name
        else:
            break
    before = at - 1
    if before >= 0 and words[before].plain in form.person.last and re.fullmatch(r",? ", words[at].gap):
        return end if words[before].text[0].isupper() else None
    return None


#: So many letters more or fewer can a name have in another spelling.
_SPELLED = 2
_SOUNDS = (
    *(("ij", "y"), ("sch", "s"), ("ckx", "x"), ("ck", "k"), ("gh", "g"), ("th", "t"), ("ph", "f")),
    *(("ae", "a"), ("ou", "au"), ("ei", "y"), ("dt", "t"), ("cz", "c"), ("c", "k"), ("z", "s"), ("ss", "s")),
)


@lru_cache(maxsize=1 << 13)
def _is_last(plain: str, person: Person) -> bool:
    """Jansen, Jansens; long ones also with a letter wrong."""
    return any(
        plain in (last, f"{last}s")
        or (
            abs(len(plain) - len(last)) <= _SPELLED
            and (_nearly(plain, last) or _nearly(_alike(plain), _alike(last)))
        )
        for last in person.last
    )


@lru_cache(maxsize=1 << 13)
def _alike(plain: str) -> str:
    """One spelling for what sounds the same: Ruijter and Ruyter, Backx and Bax, Visscher and Visser."""
    for written, spoken in _SOUNDS:
        plain = plain.replace(written, spoken)
    return plain


def _nearly(one: str, other: str) -> bool:
    """Whether one letter is wrong, missing or too many in a name of at least five."""
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < 5 or one[0] != other[0]:
        return False
    same = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    return longer[same + 1 :] == shorter[same + (len(longer) == len(shorter)) :]


def _full(words: tuple[Word, ...], at: int, full: dict[Person, int]) -> Mention:
    """Of those who fit, the longest name; of Jansen and Janssen the one that is written."""
    last = max(full.values())
    fits = [person for person, end in full.items() if end == last]
    exact = [person for person in fits if words[last].plain in person.last]
    return Mention(first=at, last=last, persons=tuple(exact or fits), in_full=True)


def _initialled(words: tuple[Word, ...], last: int, persons: tuple[Person, ...]) -> tuple[Person, ...]:
    """Those whose last name can begin with the single capital that follows: Sanne B., Sanne de V."""
    for further in range(last + 1, min(last + 2 + _INFIXES, len(words))):
        word = words[further]
        if (
            len(word.text) == 1
            and word.text.isupper()
            and word.gap in (" ", *([". ", "."] if further > last + 1 else []))
        ):
            return tuple(person for person in persons if word.plain in person.initials)
        if word.plain not in AROUND["infixes"]:
            break
    return ()


def _with_initial(words: tuple[Word, ...], at: int, namesakes: tuple[Person, ...]) -> Mention | None:
    """S. de Vries, S.M. de Vries: the initials before a last name."""
    before = at - 1
    while before >= 0 and words[before].plain in AROUND["infixes"] and not _is_initial(words[before]):
        before -= 1
    if before < 0 or not _is_initial(words[before]):
        return None
    while before > 0 and _is_initial(words[before - 1]) and words[before].gap in (".", ". "):
        before -= 1
    initial = words[before].plain
    persons = tuple(person for person in namesakes if person.first and person.first[0][0] == initial)
    return Mention(first=before, last=at, persons=persons, in_full=True) if persons else None


def _misspelled(
    words: tuple[Word, ...], at: int, namesakes: tuple[Person, ...], known: People
) -> Mention | None:
    """Mohamed El Amrani for Mohammed: a first name that nobody here has before a last name that one has."""
    before = at - 1
    while before >= 0 and words[before].plain in AROUND["infixes"] and _joined(words[before + 1]):
        before -= 1
    if before < 0 or not _joined(words[before + 1]) or told_staff(words, before):
        return None
    plain = words[before].plain
    if plain in known.forms or (plain, words[at].plain) in known.staff_pairs:
        return None
    persons = tuple(person for person in namesakes if person.first and _sounds_like(plain, person.first[0]))
    return Mention(first=before, last=at, persons=persons, in_full=True) if persons else None


def _joined(word: Word) -> bool:
    return _SHORTENED.fullmatch(word.gap) is not None


@lru_cache(maxsize=1 << 13)
def _sounds_like(one: str, other: str) -> bool:
    return _alike(one) == _alike(other) or _nearly(one, other)


def _is_initial(word: Word) -> bool:
    return len(word.text) == 1 and not word.text.islower()  # some scripts have no capitals


def _another(words: tuple[Word, ...], at: int) -> bool:
    return at > 0 and words[at - 1].plain in AROUND["another"]
