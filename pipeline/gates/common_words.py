"""Roos or a rose: whether a word that is also a name is the name here."""

from __future__ import annotations

import re

from pipeline.gates.people import AROUND, FORENAMES, People, Person
from pipeline.gates.reading import Block, Word
from pipeline.gates.small_letters import named_in_small_letters
from pipeline.gates.word_kinds import AGED, KIND_OF, ONLY_CHILDREN, ahead_of, among_names

#: What can be said of a child and of the weather.
_VERBS = AROUND["acts"] | AROUND["beings"] | AROUND["storms"]
#: Behind Storm, where it is the weather.
_OF_WEATHER = AROUND["headlines"] | AROUND["joins"] | AROUND["storms"]
#: Behind Mei, where it is the month.
_OF_SEASONS = AROUND["seasons"] | AROUND["headlines"] | AROUND["storms"]
#: Behind "Merel," where it begins no list of birds.
_TO_A_CHILD = AROUND["kin"] | AROUND["acts"] | AROUND["called"]


def is_the_word(block: Block, at: int, person: Person, known: People) -> bool:
    """Whether the word at ``at``, which is also ``person``'s first name or a form of it, is just a word.

    In small letters behind an article every one is.
    """
    words = block.words
    kind = KIND_OF.get(words[at].plain) or KIND_OF.get("".join(person.first))
    if _is_a_month(words, at):
        return True
    if kind is None:
        return words[at].text[0].islower() and _behind_an_article(words, at)
    if _surely_meant(block, at, person):
        return False
    if not words[at].text[0].isupper():
        return not named_in_small_letters(block, at, kind, known)
    if words[at].capital:
        return _word_with_capital(words, at, kind)
    return not _named_where_all_have_capitals(block, at, kind, known)


def _surely_meant(block: Block, at: int, person: Person) -> bool:
    """@Merel, de Merel uit onze klas, lentes tekening."""
    ahead = [word.plain for word in ahead_of(block.words, at)]
    if not ahead:
        return False
    if block.text.startswith("@", max(0, block.words[at].start - 1)):
        return True
    if ahead[0] in ("uit", "van") and block.words[at].text[0].isupper():
        return bool({"klas", "groep"} & set(ahead[1:3]))
    return ahead[0] in AROUND["handled"] and block.words[at].plain == "".join(person.first) + "s"


def _behind_an_article(words: tuple[Word, ...], at: int) -> bool:
    """De klaas; een houten klaas."""
    before = [word.plain for word in words[max(0, at - 2) : at]]
    return before[-1:] != [] and (
        before[-1] in AROUND["determiners"] or (before[0] == "een" and before[-1].endswith(("e", "en")))
    )


def _is_a_month(words: tuple[Word, ...], at: int) -> bool:
    """23 dec. t/m 3 jan., jan/feb."""
    if words[at].plain not in AROUND["months"]:
        return False
    after = words[at + 1] if at + 1 < len(words) else None
    dated = re.search(r"\d[.e]?\s?$", words[at].gap) or (after and re.match(r"\.? ?['’]?\d", after.gap))
    if words[at].text.islower() and dated:
        return True
    if (
        after
        and after.gap.startswith(".")
        and AROUND["months"] & {word.plain for word in words[at + 1 : at + 3]}
    ):
        return True  # Jan. en feb.
    beside = [*words[max(0, at - 1) : at], *([after] if after else [])]
    return words[at].text.islower() and any(word.plain in AROUND["months"] for word in beside)


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
        return words[at + 1].plain != "jaar"
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
    if _has_possessive(words, at) or among_names(words, at, kind, known) or _does(words, at, kind):
        return True
    if AGED.match(block.text, words[at].end) or _has_hers(words, at):
        return True
    after = words[at + 1] if at + 1 < len(words) else None
    if after and after.gap == " " and after.plain in AROUND["not_of_names"]:
        return False
    if after and words[at].plain in ("lieve", "dear") and after.plain in AROUND["dear"]:
        return False
    if _among_words(words, at):
        return False
    if not words[at].first and words[at - 1].plain in AROUND["safe_before"]:
        return kind in ("rare", "thing")
    if KIND_OF.get(words[at].plain) is None and words[at].plain.endswith("s"):
        return kind != "thing" or _of_hers(words, at)
    if kind == "time":
        return _blows_no_trees_down(block, at)
    return kind in ("rare", "place") or (kind == "thing" and _stands_for_a_child(block, at))


def _has_hers(words: tuple[Word, ...], at: int) -> bool:
    """Lente en haar papa: nothing but a person has one without an article before."""
    ahead = [word.plain for word in ahead_of(words, at)[:2]]
    if ahead[:1] == ["haar"] and len(ahead) > 1:
        return True
    return len(ahead) > 1 and ahead[0] in ("en", "met") and ahead[1] in ("haar", "zijn")


def _of_hers(words: tuple[Word, ...], at: int) -> bool:
    """Merels boekbespreking; not "Merels bouwen hun nest"."""
    after = words[at + 1] if at + 1 < len(words) else None
    return after is not None and after.gap == " " and after.plain not in AROUND["of_many"]


def _blows_no_trees_down(block: Block, at: int) -> bool:
    """Storm durfde niet; Storm! below a photo."""
    words, rest = block.words, ahead_of(block.words, at)
    name = words[at].plain in FORENAMES
    if not rest or rest[0].plain in AROUND["where"]:
        return block.photo and (name or (bool(rest) and rest[0].plain in AROUND["where_no_month"]))
    after = rest[0]
    if after.plain in _VERBS and AROUND["handled"] & {word.plain for word in rest}:
        return True
    if after.gap != " " or after.text[0].isupper() or AROUND["weather"] & {word.plain for word in rest}:
        return False
    if name:  # told like a child, not like a gale
        return after.plain not in _OF_WEATHER
    verb = len(after.plain) > 3 and after.plain.endswith(("t", "te", "de"))
    return verb and after.plain not in _OF_SEASONS


def _among_words(words: tuple[Word, ...], at: int) -> bool:
    """Linde, beuk en eik."""
    rest = words[at + 1 : at + 3]
    if len(rest) < 2 or not all(word.text[0].islower() for word in rest):
        return False
    listed = rest[0].gap == ", " and (rest[1].plain in AROUND["joins"] or rest[1].gap == ", ")
    return listed and rest[0].plain not in _TO_A_CHILD


def _stands_for_a_child(block: Block, at: int) -> bool:
    """Roos by herself, "Roos op de schommel" below a photo, "Merel jarig": a rose would have an article."""
    words = block.words
    rest = ahead_of(words, at)
    if not rest:
        return words[at].first
    after, name = rest[0], words[at].plain in FORENAMES
    if (
        after.plain in AROUND["joins"]
        and len(rest) > 1
        and rest[1].text.islower()
        and _is_thing(rest[1].plain)
    ):
        return False  # "Haas en konijn lijken op elkaar"
    if after.plain in AROUND["where"]:
        hers = after.plain == "met" and rest[1:2] and rest[1].plain in ("haar", "zijn", "z")
        return block.photo or name or bool(hers)
    if after.gap.startswith((",", " (")):
        return block.photo or name or after.plain in AROUND["called"]
    return after.gap == " " and after.text[0].islower() and after.plain not in AROUND["headlines"]


def _is_thing(plain: str) -> bool:
    return plain in KIND_OF or plain in AROUND["figures"]


def _does(words: tuple[Word, ...], at: int, kind: str) -> bool:
    """Whether what follows is said of a person."""
    ahead = [word.plain for word in ahead_of(words, at)]
    if not ahead:
        return False
    if ahead[0] in AROUND["acts"]:
        if kind != "time" or ahead[0] in ONLY_CHILDREN:
            return True
        return not AROUND["weather"] & set(ahead)
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
    ahead = [word.plain for word in ahead_of(words, at)]
    return ahead[:1] in (["is"], ["zijn"], ["was"]) and bool(AROUND["kinds"] & set(ahead))


def _has_possessive(words: tuple[Word, ...], at: int) -> bool:
    """Max' fiets, Iris's jas, Roos' tekening."""
    after = words[at + 1] if at + 1 < len(words) else None
    return after is not None and (after.gap.startswith("' ") or (after.gap == "'" and after.plain == "s"))
