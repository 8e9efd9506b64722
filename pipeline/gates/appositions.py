"""What stands beside a name and says of what it is one: de stad Kobe, Rosa de hond, Saint Vincent."""

from __future__ import annotations

from pipeline.gates.people import AROUND, FORENAMES, People, is_title
from pipeline.gates.reading import Word
from pipeline.gates.scenes import CLASS, ENDS, OUTSIDE, VERBS, is_pupil

#: More than can speak for the class.
SURELY = 20
#: With a capital before a name, and no part of it.
_NO_NAME = CLASS["ours"] | AROUND["no_last_name"] | AROUND["roles"] | AROUND["determiners"]
#: Ridderserie, tekenfilm, liedboek.
_WORKS = ("serie", "film", "boek", "musical", "strip", "sprookje", "roman", "opera")


def named_so(words: tuple[Word, ...], at: int, known: People) -> int:
    """Huishoudster Saartje, de stad Kobe, gospelkoor Amazing Faith."""
    before = at - 1
    while (
        before > 0
        and at - before < 3
        and words[before].capital
        and words[before + 1].gap == " "
        and not is_pupil(words[before], known)
    ):
        before -= 1
    if before < 0 or words[before + 1].gap not in (" ", " '", ' "', " “", " ‘"):
        return 0
    noun = words[before]
    if (noun.text[0].isupper() and not noun.first) or _wherein(words, before):
        return 0
    if noun.plain in OUTSIDE["trades"] or noun.plain.endswith(ENDS):
        return SURELY
    if noun.plain in OUTSIDE["works"] or noun.plain.endswith(_WORKS):
        return 4
    if noun.plain in OUTSIDE["words"]:  # a mug with "naam Deniz" is a child's
        return 4 * (noun.plain not in ("naam", "voornaam") or _has_article(words, before))
    if noun.plain in OUTSIDE["figures"]:
        return 3 * (not before or words[before - 1].plain not in CLASS["ours"])
    return 3 * (before == at - 1 and _is_called_so(words, before))


def _wherein(words: tuple[Word, ...], noun: int) -> bool:
    """In het museum Luna: a museum and a child."""
    if noun < 2 or words[noun].plain in OUTSIDE["towns"] or words[noun].plain.endswith(_WORKS):
        return False
    return words[noun - 1].plain in AROUND["determiners"] and words[noun - 2].plain in OUTSIDE["wherein"]


def explained(words: tuple[Word, ...], at: int, last: int) -> int:
    """Rosa, de hond van de buren; Mees en Lot, de knuffels; Karel de hond, but Sem de piraat at carnival."""
    rest = words[last + 1 : last + 7]
    while len(rest) > 1 and rest[0].plain in AROUND["joins"] and rest[1].text[0].isupper():
        rest = rest[2:]
    if len(rest) < 2 or rest[0].plain not in ("de", "het", "een", "zijn", "haar"):
        return 0
    if rest[0].gap == " ":
        if at and words[at - 1].plain in VERBS:
            return 0  # "in de musical is Daan de koning"
        noun = rest[1].plain if rest[0].plain in ("de", "het") and rest[1].text.islower() else ""
        grown = noun in OUTSIDE["trades"] or noun in AROUND["roles"]
        return 4 if grown else 3 if noun in AROUND["figures"] else 2 * is_figures(noun)
    if rest[0].gap == ": ":
        return 3 * (rest[0].plain == "een" and rest[1].plain in OUTSIDE["works"])
    if rest[0].gap not in (", ", " ("):
        return 0
    nouns = [word.plain for word in rest[1:3] if word.text.islower()]
    many = any(is_figures(noun.removesuffix("s")) and noun.endswith("s") for noun in nouns)
    return 8 if many else 3 * any(map(is_figures, nouns))


def is_figures(plain: str) -> bool:
    known = (OUTSIDE["figures"], OUTSIDE["trades"], AROUND["figures"], AROUND["kinds"])
    return any(plain in names for names in known)


def _is_called_so(words: tuple[Word, ...], noun: int) -> bool:
    """Het project Lola, het meisje Sofie; not "in de kring Sem", "de kleine Sem", "gaf de juf Sanne"."""
    if not noun or words[noun].text[0].isupper():
        return False
    article, plain = words[noun - 1], words[noun].plain
    before = words[noun - 2].plain if noun > 1 else ""
    if plain.endswith("e") or plain in CLASS["ours"] or is_title(plain):
        return False
    if article.plain == "het":  # "het was Floor", "het bleek Floor"
        return plain in OUTSIDE["called_so"]
    return article.plain in ("de", "een") and (article.first or before in OUTSIDE["calling"])


def _has_article(words: tuple[Word, ...], noun: int) -> bool:
    return noun > 0 and words[noun - 1].plain in AROUND["determiners"]


def of_a_longer_name(words: tuple[Word, ...], at: int, known: People) -> int:
    """Saint Vincent, Ave Maria, Air Jordans, Jamie Oliver: behind a capital that nobody here explains."""
    before = words[at - 1] if at else None
    if before is None or words[at].gap not in (" ", "-") or not words[at].text[0].isupper():
        return 0
    if not before.text[0].isupper() or len(before.text) == 1 or is_pupil(before, known):
        return 0
    if before.plain in AROUND["saints"]:
        return SURELY
    if before.plain in FORENAMES:
        return 4 * (words[at].gap == " ")
    return 3 * (
        before.capital
        and words[at].gap == " "
        and before.plain not in _NO_NAME
        and not is_title(before.plain)
    )
