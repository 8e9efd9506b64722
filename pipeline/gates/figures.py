"""Who stands in a story, a history book or on a map, and not in the class."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from pipeline.gates.lists import lines, tables
from pipeline.gates.people import AROUND, Kind, People
from pipeline.gates.reading import Block, Word, in_sentence

_THINGS = tables("scenes.toml")["topics"]
#: How streets, schools and houses end that are called for somebody.
BUILT = tuple(_THINGS["things"])
#: How far is read behind "Saar en Jop zijn": what they are, and in which book.
_AHEAD = 7
#: Names between the one looked at and the verb: "Saar, Jop en Beer zijn".
_NAMES = 5
_ARE = frozenset(("is", "was", "zijn", "waren", "heet", "heten"))
_ARTICLES = frozenset(("de", "het", "een", "twee", "drie", "in"))
#: With these a longer word is one as well.
_LONG_FIGURES = tuple(figure for figure in AROUND["figures"] if len(figure) > 4)
_MANY_WORDS = frozenset(
    ("namen", "voornamen", "meisjesnamen", "jongensnamen", "woorden", "hoofdsteden", "steden", "personages")
)
#: "Nick is onze conciërge": at school only grown-ups are.
_GROWN = AROUND["after"] - {"burgemeester", "directeur", "schrijver", "schrijfster"}
_INTO = frozenset(("in", "uit", "van"))
#: Before a book that is the class's; "in haar boek" is the pupil's.
_OURS = frozenset(("ons", "onze", "het", "de", "dit", "een", "dat"))


def is_figure(block: Block, at: int, last: int, known: People) -> bool:
    """Whether the first name ``at`` to ``last`` is that of a figure, a ruler or a thing called so."""
    words = block.words
    return (
        in_story(words, at, known)
        or (not _hangs_on(words, at) and (_is_no_pupil(block, last) or _was_famous(block, last)))
        or _of_a_title(words, at, last)
        or _animal(words, at, last)
        or _of_old(words, at)
        or _names_a_thing(words, at, last, known)
        or _half_of_a_word(block, last)
        or _street_or_firm(words, last)
    )


def _stories() -> Mapping[str, list[tuple[tuple[str, ...], int, bool]]]:
    by_word = defaultdict(list)
    for line in lines("stories.txt"):
        turned = " en ".join(reversed(line.split(" en ")))  # Julia en Romeo
        for spelled in dict.fromkeys((line, line.replace(" en ", " "), turned)):  # Pim & Pom
            phrase = tuple(spelled.split())
            for place, word in enumerate(phrase):
                by_word[word].append((phrase, place, " en " in line))
    return by_word


_STORIES = _stories()


def in_story(words: tuple[Word, ...], at: int, known: People) -> bool:
    """Jip in "Jip en Janneke", unless both are pupils here; Kees in "Mees Kees" whoever is."""
    for phrase, place, joined in _STORIES.get(words[at].plain, ()):
        start = at - place
        if start >= 0 and tuple(word.plain for word in words[start : start + len(phrase)]) == phrase:
            ours = [word for word in phrase if any(f.kind <= Kind.EXACT for f in known.forms.get(word, ()))]
            return len(ours) < 2 or not joined
    return False


def _hangs_on(words: tuple[Word, ...], at: int) -> bool:
    """Volgens Sofia is de hoofdstad Rome: what follows is not said of her."""
    return at > 0 and words[at - 1].plain in (
        "volgens",
        "van",
        "door",
        "bij",
        "met",
        "voor",
        "aan",
        "dankzij",
    )


def _is_no_pupil(block: Block, last: int) -> bool:
    """Sofia is de hoofdstad van Bulgarije; Saar en Jop zijn de muizen in ons leesboek."""
    words = block.words
    verb = next((at for at in _rest(words, last, _NAMES) if words[at].plain in _ARE), None)
    if verb is None or any(
        words[at].text[0].islower() and words[at].plain not in AROUND["joins"] for at in range(last + 1, verb)
    ):
        return False
    ahead = [words[at].plain for at in _rest(words, verb, _AHEAD)]
    if _MANY_WORDS & set(ahead[:4]):
        return True
    if ahead[:1] == ["onze"] and _GROWN & set(ahead[1:3]):
        return True
    if ahead[1:2] == ["voor"] and ahead[0] in AROUND["languages"]:
        return True
    return (
        bool(ahead)
        and ahead[0] in _ARTICLES
        and (_says_what(ahead, _on_stage(block, words[last].sentence)) or _says_which_book(ahead))
    )


def _says_what(ahead: list[str], staged: bool) -> bool:
    """De hoofdstad van, een roman; a singer too, if she is no part in a play."""
    place = next(
        (place for place in (1, 2) if ahead[place : place + 1] and _is_no_child(ahead[place], staged)), None
    )
    if place is None or ahead[0] == "in":
        return False
    after = ahead[place + 1 : place + 2]
    return not after or after[0] in AROUND["says_so"] or (ahead[0] == "een" and after == ["in"])


def _is_no_child(plain: str, staged: bool) -> bool:
    return (
        plain in AROUND["no_pupil"] | (AROUND["kinds"] - {"ster", "dier"})
        or plain in _THINGS["works"]
        or plain.endswith(("merk", "serie", "reeks"))
        or (not staged and (plain in _THINGS["trades"] or plain in AROUND["figures"]))
    )


def _says_which_book(ahead: list[str]) -> bool:
    """Een muis in ons leesboek, de hoofdpersoon van de film."""
    lead = bool(AROUND["leads"] & set(ahead))
    works = AROUND["told_in"] | AROUND["told_of"] if lead else AROUND["told_in"]
    into = _INTO if lead else _INTO - {"van"}
    return any(
        word in works and place > 1 and ahead[place - 1] in _OURS and ahead[place - 2] in into
        for place, word in enumerate(ahead)
    )


@lru_cache(maxsize=4_096)
def _on_stage(block: Block, sentence: int) -> bool:
    return any(word.plain in AROUND["stages"] for word in in_sentence(block, sentence))


def _was_famous(block: Block, last: int) -> bool:
    """Odin was de oppergod van de Vikingen; not on a stage."""
    words = block.words
    ahead = [words[at].plain for at in _rest(words, last, _AHEAD)]
    if ahead[:1] not in (["was"], ["is"], ["waren"]) or ahead[1:2] not in (["de"], ["een"], ["het"]):
        return False
    return bool(AROUND["famous"] & set(ahead)) and not _on_stage(block, words[last].sentence)


def _of_a_title(words: tuple[Word, ...], at: int, last: int) -> bool:
    """We lezen Saar en de zeven zebra's."""
    after = [word.plain for word in words[last + 1 : last + 3]]
    return (
        at > 0
        and words[at - 1].plain in AROUND["read"]
        and after in (["en", "de"], ["en", "het"], ["en", "een"])
    )


def _name_or_and(word: Word) -> bool:
    return word.text[0].isupper() or word.plain in AROUND["joins"]


def _rest(words: tuple[Word, ...], at: int, most: int) -> range:
    """The places behind ``at`` in its sentence, at most so many."""
    stop = at + 1
    while stop < min(len(words), at + 1 + most) and words[stop].sentence == words[at].sentence:
        stop += 1
    return range(at + 1, stop)


def _animal(words: tuple[Word, ...], at: int, last: int) -> bool:
    """Kees de kraai, where a sentence or a title begins or that is what it is called."""
    if last + 2 >= len(words) or words[last + 1].plain not in ("de", "het") or words[last + 1].gap != " ":
        return False
    begins = words[at].first or words[at - 1].plain in ("over", "heet", "heette", "genaamd")
    return begins and _is_figures(words[last + 2])


def _is_figures(word: Word) -> bool:
    """A kraai, a stoomtrein."""
    return word.text.islower() and (word.plain in AROUND["figures"] or word.plain.endswith(_LONG_FIGURES))


def _of_old(words: tuple[Word, ...], at: int) -> bool:
    """Koningin Emma was regentes."""
    if not at or words[at - 1].plain not in AROUND["crowns"] or words[at].gap != " ":
        return False
    return any(word.plain in AROUND["of_old"] for word in words if word.sentence == words[at].sentence)


def _names_a_thing(words: tuple[Word, ...], at: int, last: int, known: People) -> bool:
    """Het Emma Kinderziekenhuis, het Max Euweplein, kamphuis De Linde."""
    if at and words[at - 1].capital and words[at - 1].plain in ("de", "het") and words[at].gap == " ":
        return True
    if not at or last + 1 >= len(words) or words[at - 1].plain != "het" or words[at].gap != " ":
        return False
    after = words[last + 1]
    return after.capital and after.gap in (" ", "-") and after.plain not in known.forms


def _half_of_a_word(block: Block, last: int) -> bool:
    """EVA-foam, jan-in-de-zak; not Sanne-dag, nor sanne-op-reis in an address."""
    after = block.words[last + 1] if last + 1 < len(block.words) else None
    if after is None or after.gap != "-" or not after.text[0].islower() or block.words[last].text.istitle():
        return False
    return not _ADDRESS.search(block.chunk(last).rstrip(".,;:!?)\"'"))


_ADDRESS = re.compile(r"[/._#@\\]")


def _street_or_firm(words: tuple[Word, ...], last: int) -> bool:
    """The Jan Steenstraat, Mees & Co."""
    if last + 1 >= len(words):
        return False
    after = words[last + 1]
    if after.gap in (" & ", " ") and after.plain in _THINGS["firms"]:
        return after.gap != " " or after.text.isupper()
    return after.gap in (" ", "-") and after.text[0].isupper() and after.plain.endswith(BUILT)
