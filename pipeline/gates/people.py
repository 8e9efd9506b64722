"""Who may be meant by a word: pupils by every form of their names, and the school's own staff."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from pipeline.gates.folding import fold, seen
from pipeline.gates.lists import lines, tables
from pipeline.gates.words import Named

AROUND = tables("names.toml")["around"]
FORENAMES = frozenset(name for line in lines("forenames.txt") for name in line.split())

_LETTERS = re.compile(r"[^\W\d_]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_ENDINGS = tables("names.toml")["endings"]
#: Shorter ones and an s make other words (bo, bos).
_OWNS_FROM, _ANY_CASE_FROM = 3, 4


class Kind(IntEnum):
    """How a form came from a name; the lower, the surer."""

    WHOLE = 0  #: the first name and the last name in one word
    EXACT = 1
    OWNED = 2  #: Sannes
    SMALL = 3  #: Sannetje
    BENT = 4  #: Zuzannie: counts only in a text in such a language


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Person:
    """One of a set of people; equal to itself only, so that caches find it fast."""

    pupil: int
    wanted: bool  #: a hit when named; else somebody who may be named
    first: tuple[str, ...]
    last: frozenset[str]  #: the words of the last name, without infixes
    initials: frozenset[str]  #: letters that can stand for the last name


class Form(NamedTuple):
    person: Person
    kind: Kind
    rest: tuple[str, ...]  #: the words that follow the first one


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class People:
    """Everybody whom a text can name, by the first word of each form of their name; equal to itself only."""

    forms: Mapping[str, tuple[Form, ...]]
    by_last: Mapping[str, tuple[Person, ...]]
    staff_first: frozenset[str]
    staff_pairs: frozenset[
        tuple[str, str]
    ]  #: words that stand beside each other in the name of one of the staff


@lru_cache(maxsize=128)
def people(
    pupils: frozenset[Named], others: frozenset[Named], staff: frozenset[str], *, bent: bool = False
) -> People:
    """The index of one set of people, made once; ``bent`` with the cases of Slavic languages."""
    forms: dict[str, list[Form]] = defaultdict(list)
    by_last: dict[str, list[Person]] = defaultdict(list)
    for person, one in _persons(pupils, others):
        for words, kind in _forms(one.first_name, one.last_name, bent):
            forms[words[0]].append(Form(person, kind, words[1:]))
        for last in person.last:
            by_last[last].append(person)
    named = [_without_titles(_words(name)) for name in sorted(staff)]
    return People(
        forms={key: tuple(rows) for key, rows in forms.items()},
        by_last={key: tuple(rows) for key, rows in by_last.items()},
        staff_first=frozenset(words[0] for words in named if words),
        staff_pairs=frozenset(pair for words in named for pair in pairwise(_without_infixes(words))),
    )


def _persons(pupils: frozenset[Named], others: frozenset[Named]) -> Iterator[tuple[Person, Named]]:
    for one in sorted(pupils | others, key=lambda one: (one.pupil, one.first_name, one.last_name)):
        last = _words(one.last_name)
        core = _without_infixes(last) or last
        person = Person(
            pupil=one.pupil,
            wanted=one in pupils,
            first=_words(one.first_name),
            last=frozenset(core),
            initials=frozenset(word[0] for word in last),
        )
        yield person, one


@lru_cache(maxsize=1 << 13)
def _forms(first_name: str, last_name: str, bent: bool) -> tuple[tuple[tuple[str, ...], Kind], ...]:
    found: dict[tuple[str, ...], Kind] = {}
    plain = seen(first_name).lower()
    for spelled in dict.fromkeys((plain, plain.translate(_UMLAUTS))):
        for words, kind in _spelled(spelled, _words(last_name)):
            found[words] = min(kind, found.get(words, kind))
            for form in _bent(words[-1]) if bent and kind is Kind.EXACT else ():
                found.setdefault((*words[:-1], form), Kind.BENT)
    return tuple(found.items())


def _spelled(first_name: str, last: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Kind]]:
    words = _words(first_name)
    if not words:
        return
    joined = "".join(words)
    heads = {
        words,
        (joined,),
        *([words[:1]] if len(words) > 1 and "-" not in first_name and len(words[0]) > 1 else []),
    }
    for head in heads:
        yield head, Kind.EXACT
        yield from (((*head[:-1], form), kind) for form, kind in _derived(head[-1]))
    for tail in filter(None, {"".join(last), "".join(_without_infixes(last))}):
        yield (fold(joined + tail),), Kind.WHOLE


def _derived(name: str) -> Iterator[tuple[str, Kind]]:
    if len(name) < _OWNS_FROM or (len(name) < _ANY_CASE_FROM and name[-1] in "aeiouy"):
        return
    if name[-1] not in "sxz":
        yield f"{name}s", Kind.OWNED
    yield from ((name + ending, Kind.SMALL) for ending in _ENDINGS["small"])
    if name[-1] in "aou":
        yield f"{name}{name[-1]}tje", Kind.SMALL
    else:
        yield from ((f"{name}{name[-1]}{ending}", Kind.SMALL) for ending in ("etje", "eke"))


def _bent(name: str) -> Iterator[str]:
    """Its cases in Polish and Ukrainian, roughly: Zuzanny, Kacprem."""
    if name.endswith(("a", "\u0430", "\u044f")):
        yield from (name[:-1] + ending for ending in _ENDINGS["woman"])
        return
    yield from (name + ending for ending in _ENDINGS["man"])
    if name.endswith(("er", "ek")):
        yield from (f"{name[:-2]}{name[-1]}{ending}" for ending in _ENDINGS["man"])


@lru_cache(maxsize=1 << 13)
def _words(text: str) -> tuple[str, ...]:
    return tuple(fold(word) for word in _LETTERS.findall(seen(text)))


def _without_infixes(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in AROUND["infixes"])


def _without_titles(words: tuple[str, ...]) -> tuple[str, ...]:
    while words and is_title(words[0]):
        words = words[1:]
    return words


def is_title(plain: str) -> bool:
    """``juf``, ``gymmeester``: before a name it is one of the staff."""
    if plain in AROUND["titles"] or plain.endswith(("juf", "juffrouw")):
        return True
    return plain.endswith("meester") and plain.removesuffix("meester") in AROUND["masters"]
