"""What in a text speaks for somebody outside the class: a figure, a ship, a town, somebody of renown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise

from pipeline.gates.classroom import is_part, owns
from pipeline.gates.people import AROUND, Kind, People, is_title
from pipeline.gates.reading import Block, Word, in_sentence, places
from pipeline.gates.scenes import CLASS, ENDS, OUTSIDE, is_pupil, plain_words, topics
from pipeline.gates.worlds import NAMES, weight_of_company, weight_of_worlds

#: More than can speak for the class.
_SURELY = 20
#: How far a sign is looked for before a name.
_BEFORE = 6
_QUOTED = re.compile(r"[\"“„‘«](?!\s)[^\"“”„«»\n]{2,40}[\"”’»]")


def weight_outside(block: Block, at: int, last: int, known: People) -> int:
    """How much tells that the first name ``at`` to ``last`` belongs to nobody in the class."""
    return sum(_of_the_text(block, at, last, known)) + sum(_of_the_words(block, at, last, known))


def _of_the_text(block: Block, at: int, last: int, known: People) -> Iterator[int]:
    """What its sentence and its paragraph are about."""
    words, sentence = block.words, block.words[at].sentence
    forms = known.forms.get(words[at].plain, ())
    firsts = {words[at].plain, *("".join(form.person.first) for form in forms)} & NAMES
    yield max((weight_of_worlds(block, at, first, known) for first in firsts), default=0) or topics(
        block, sentence
    )
    yield max((weight_of_company(block, at, first, known) for first in firsts), default=0)
    yield 5 * _introduced(block, at, known) or 4 * _of_staff_before(block, at, known)
    yield 5 * _child_of_staff(block, sentence)
    yield 6 * _exercise(words, at)
    yield 2 * _made_by_somebody(words, last, known)
    yield _of_a_title(block, last)
    yield _told_of(block, at)
    yield _as_a_word(block, at)


def _of_the_words(block: Block, at: int, last: int, known: People) -> Iterator[int]:
    """What stands beside it."""
    words = block.words
    before = [word.plain for word in words[max(0, at - 2) : at]]
    yield _apposition(words, at, known)
    yield _explained(words, at, last)
    yield _is_where(words, at, last, known)
    yield 3 * ("waarin" in before or is_part(words, at) or _called(words, at))
    yield _out_of_a_work(words, last) or 3 * _read_out(before)
    yield 4 * (last + 1 < len(words) and words[last + 1].plain in OUTSIDE["of_words"])
    yield 3 * (before[-1:] == ["van"] and before[0] in OUTSIDE["of_renown"])
    yield 3 * (before[-1:] == ["de"] and words[at].capital and words[at].gap == " ")
    yield 3 * _is_a_make(words, last)
    yield 2 * _is_half_a_word(words, last) * (2 if before[-1:] and before[-1] in AROUND["determiners"] else 1)


def _apposition(words: tuple[Word, ...], at: int, known: People) -> int:
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
        return _SURELY
    if noun.plain in OUTSIDE["works"] or noun.plain in OUTSIDE["words"]:
        return 4
    if noun.plain in OUTSIDE["figures"]:
        return 3 * (not before or words[before - 1].plain not in CLASS["ours"])
    return 3 * (before == at - 1 and _is_called_so(words, before))


def _wherein(words: tuple[Word, ...], noun: int) -> bool:
    """In het museum Luna: a museum and a child."""
    if noun < 2 or words[noun].plain in OUTSIDE["towns"]:
        return False
    return words[noun - 1].plain in AROUND["determiners"] and words[noun - 2].plain in OUTSIDE["wherein"]


def _explained(words: tuple[Word, ...], at: int, last: int) -> int:
    """Rosa, de hond van de buren; Mees en Lot, de knuffels; Karel de hond, but Sem de piraat at carnival."""
    rest = words[last + 1 : last + 7]
    while len(rest) > 1 and rest[0].plain in AROUND["joins"] and rest[1].text[0].isupper():
        rest = rest[2:]
    if len(rest) < 2 or rest[0].plain not in ("de", "het", "een", "zijn", "haar"):
        return 0
    if rest[0].gap == " ":
        if at and words[at - 1].plain in AROUND["beings"] | AROUND["acts"]:
            return 0  # "in de musical is Daan de koning"
        noun = rest[1].plain if rest[0].plain in ("de", "het") and rest[1].text.islower() else ""
        grown = noun in OUTSIDE["trades"] or noun in AROUND["roles"]
        return 4 if grown else 3 if noun in AROUND["figures"] else 2 * _is_figures(noun)
    if rest[0].gap not in (", ", " ("):
        return 0
    nouns = [word.plain for word in rest[1:3] if word.text.islower()]
    many = any(_is_figures(noun.removesuffix("s")) and noun.endswith("s") for noun in nouns)
    return 8 if many else 3 * any(map(_is_figures, nouns))


def _is_figures(plain: str) -> bool:
    known = (OUTSIDE["figures"], OUTSIDE["trades"], AROUND["figures"], AROUND["kinds"])
    return any(plain in names for names in known)


def _of_a_title(block: Block, last: int) -> int:
    """Anna en de reus, where a work is spoken of."""
    after = block.words[last + 1 : last + 5]
    if len(after) < 3 or after[0].plain != "en" or after[1].plain not in ("de", "het", "een"):
        return 0
    if not topics(block, block.words[last].sentence) or block.photo:
        return 0
    strange = any(_is_figures(word.plain) or _is_figures(word.plain.removesuffix("s")) for word in after[2:])
    return 3 if strange else 2


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


def _is_where(words: tuple[Word, ...], at: int, last: int, known: People) -> int:
    """In Florence, uit Jette; not "in Noahs tuin". Naar Brecht may be either."""
    if not at or words[at].gap != " " or not words[at].text[0].isupper() or owns(words, last):
        return 0
    if all(form.kind > Kind.EXACT for form in known.forms.get(words[at].plain, ())):
        return 0
    before = at - 1
    while before > 1 and words[before].plain in AROUND["joins"] and words[before - 1].capital:
        if is_pupil(words[before - 1], known):
            return 0
        before -= 2
    if words[before].plain in ("via", "naar", "richting"):
        return 2
    return 3 * (words[before].plain in ("in", "uit", "te", "vanuit", "nabij"))


def _told_of(block: Block, at: int) -> int:
    """We leerden over Bilal."""
    words = block.words
    if not at or words[at - 1].plain != "over":
        return 0
    return 3 if OUTSIDE["learnt"] & plain_words(block, words[at].sentence) else 1


def _called(words: tuple[Word, ...], at: int) -> bool:
    """De musical van groep 8 heet Matilda."""
    if not at or words[at - 1].plain not in ("heet", "heette", "heten", "genaamd", "titel"):
        return False
    before = words[max(0, at - 1 - _BEFORE) : at - 1]
    return any(_is_no_child(word.plain) for word in before if word.sentence == words[at].sentence)


def _is_no_child(plain: str) -> bool:
    """A book, a ship, a pope, a parrot."""
    known = (
        any(plain in OUTSIDE[name] for name in ("works", "trades", "figures", "grown"))
        or plain in AROUND["roles"]
    )
    return known or plain.endswith(ENDS)


def _made_by_somebody(words: tuple[Word, ...], last: int, known: People) -> bool:
    """Max en de Maximonsters van Maurice Sendak."""
    rest = [word for word in words[last + 1 : last + 9] if word.sentence == words[last].sentence]
    for by, first, second in zip(rest, rest[1:], rest[2:], strict=False):
        if (
            by.plain in ("van", "door", "by")
            and first.capital
            and second.capital
            and second.gap == " "
            and not is_pupil(first, known)
        ):
            return True
    return False


def _exercise(words: tuple[Word, ...], at: int) -> bool:
    """Reken uit: Rik koopt drie appels. De zin van de dag: Bob bakt broodjes."""
    colon = next((place for place in range(at, max(0, at - 3), -1) if words[place].gap.startswith(":")), 0)
    return any(word.plain in OUTSIDE["exercises"] for word in words[max(0, colon - 5) : colon])


def _introduced(block: Block, at: int, known: People) -> bool:
    """Rosa behind Rosa Parks, in one paragraph."""
    first = _strangers(block, known).get(block.words[at].plain)
    return first is not None and first < at


def _of_staff_before(block: Block, at: int, known: People) -> bool:
    """Meester Tom vertelt: vroeger zat Tom zelf op deze school."""
    plain = block.words[at].plain
    joined = block.words[at - 1].plain in AROUND["joins"]  # "juf Eva en Eva"
    return plain in known.staff_first and not joined and _first_titled(block, plain) < at


@lru_cache(maxsize=4_096)
def _first_titled(block: Block, plain: str) -> int:
    titled = (at for at in places(block)[plain] if at and is_title(block.words[at - 1].plain))
    return next(titled, len(block.words))


@lru_cache(maxsize=4_096)
def _child_of_staff(block: Block, sentence: int) -> bool:
    """De ooievaar bracht juf Emma een dochter: Juno."""
    plain = plain_words(block, sentence)
    return bool(OUTSIDE["births"] & plain) and any(map(is_title, plain)) and not {"broertje", "zusje"} & plain


@lru_cache(maxsize=4_096)
def _strangers(block: Block, known: People) -> Mapping[str, int]:
    """First names of pupils with the last name of nobody here, and where they first stand."""
    found: dict[str, int] = {}
    for place, (word, after) in enumerate(pairwise(block.words)):
        if word.plain in OUTSIDE["works"] and after.gap == " " and after.text[0].isupper():
            found.setdefault(after.plain, -1)  # Pippa's jurk, uit de serie Pippa
        if not (after.capital and after.gap == " " and word.text[0].isupper() and word.plain in known.forms):
            continue
        if after.plain in AROUND["no_last_name"] or is_pupil(after, known):
            continue
        if not any(after.plain in form.person.last for form in known.forms[word.plain]):
            found.setdefault(word.plain, place)
    return found


def _as_a_word(block: Block, at: int) -> int:
    """In small letters where others have their capitals, and in quotation marks: "om shanti"."""
    word = block.words[at]
    if not word.text[0].islower() or not _begins_well(block, word.sentence):
        return 0
    return 1 + 2 * any(begin < word.start < end for begin, end in _quotations(block))


@lru_cache(maxsize=4_096)
def _quotations(block: Block) -> tuple[tuple[int, int], ...]:
    return tuple(match.span() for match in _QUOTED.finditer(block.text))


def _is_a_make(words: tuple[Word, ...], last: int) -> bool:
    """Jelle's Marble Runs, Anna's Hoeve."""
    after = [word for word in words[last + 1 : last + 3] if word.gap in ("'", " ")]
    return len(after) > 1 and after[0].gap == "'" and after[1].capital and after[1].plain not in NAMES


def _is_half_a_word(words: tuple[Word, ...], last: int) -> bool:
    """Marie-koekjes."""
    after = words[last + 1 : last + 2]
    return bool(after) and after[0].gap == "-" and after[0].text[0].islower()


def _out_of_a_work(words: tuple[Word, ...], last: int) -> int:
    """De dappere Arthur uit de legende, Tygo in de serie; a musical is what pupils stand in as well."""
    after = [word.plain for word in words[last + 1 : last + 6]]
    if after[1:2] == ["eigen"] or not OUTSIDE["works"] & set(after[2:]):
        return 0
    if after[0] == "in":
        return 2 * (after[2] in ("serie", "film", "boek", "strip", "sprookje", "verhaal", "tekenfilm"))
    return 3 * (after[0] == "uit")


def _read_out(before: list[str]) -> bool:
    """Vandaag lezen we Jules op de boerderij."""
    return len(before) == 2 and before[0] in AROUND["read"] and before[1] in ("we", "wij", "ze", "samen")


@lru_cache(maxsize=4_096)
def _begins_well(block: Block, sentence: int) -> bool:
    """Whether the writer of a sentence gives capitals where they belong."""
    return any(word.text[0].isupper() for word in in_sentence(block, sentence))
