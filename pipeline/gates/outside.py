"""What in a text speaks for somebody outside the class: a figure, a ship, a town, somebody of renown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise

from pipeline.gates.appositions import explained, is_figures, named_so, of_a_longer_name
from pipeline.gates.classroom import is_part, owns
from pipeline.gates.long_ago import in_that_year, long_ago
from pipeline.gates.people import AROUND, Form, Kind, People, is_title
from pipeline.gates.reading import Block, Word, in_sentence, places
from pipeline.gates.scenes import ENDS, OUTSIDE, is_pupil, plain_words, topics
from pipeline.gates.worlds import NAMES, weight_of_company, weight_of_worlds

#: How far a sign is looked for before a name.
_BEFORE = 6
#: Words that go on cards.
_SPELLED = ("woord", "letter", "flits", "klank", "rijm")
_QUOTED = re.compile(r"[\"“„‘«](?!\s)[^\"“”„«»\n]{2,40}[\"”’»]")


def weight_outside(block: Block, at: int, last: int, known: People) -> int:
    """How much tells that the first name ``at`` to ``last`` belongs to nobody in the class."""
    return sum(_of_the_text(block, at, last, known)) + sum(_of_the_words(block, at, last, known))


def _of_the_text(block: Block, at: int, last: int, known: People) -> Iterator[int]:
    """What its sentence and its paragraph are about."""
    words, sentence = block.words, block.words[at].sentence
    forms = known.forms.get(words[at].plain, ())
    firsts = _in_worlds(words[at].plain, forms)
    world = max((weight_of_worlds(block, at, first, known) for first in firsts), default=0)
    ago = long_ago(block)
    years = 0 if not ago else 6 * in_that_year(block, at, last) or 3 * (sentence in ago)
    yield max(world, years) or topics(block, sentence)
    yield 2 * (bool(world) and all(form.kind > Kind.EXACT for form in forms))  # Abeltje, where an Abel is
    yield max((weight_of_company(block, at, first, known) for first in firsts), default=0)
    yield 5 * _introduced(block, at, known) or 4 * _of_staff_before(block, at, known)
    yield 6 * _exercise(words, at)
    yield 2 * _made_by_somebody(words, last, known)
    yield _of_a_title(block, last)
    yield _told_of(block, at)
    yield _as_a_word(block, at, known)


@lru_cache(maxsize=1 << 12)
def _in_worlds(plain: str, forms: tuple[Form, ...]) -> frozenset[str]:
    """The first names that may be meant and that some world knows."""
    return frozenset({plain, *("".join(form.person.first) for form in forms)}) & NAMES


def _of_the_words(block: Block, at: int, last: int, known: People) -> Iterator[int]:
    """What stands beside it."""
    words = block.words
    before = [word.plain for word in words[max(0, at - 2) : at]]
    yield named_so(words, at, known)
    yield of_a_longer_name(words, at, known)
    yield explained(words, at, last)
    yield _is_where(words, at, last, known)
    yield 3 * ("waarin" in before or _is_part(block, at) or _called(words, at))
    yield _out_of_a_work(words, last) or 3 * _read_out(before)
    yield 4 * (last + 1 < len(words) and words[last + 1].plain in OUTSIDE["of_words"])
    yield 3 * (before[-1:] == ["van"] and before[0] in OUTSIDE["of_renown"])
    yield 3 * (before[-1:] in (["de"], ["een"]) and words[at].capital and words[at].gap == " ")
    yield 2 * _is_half_a_word(words, last) * (2 if before[-1:] and before[-1] in AROUND["determiners"] else 1)


def _is_part(block: Block, at: int) -> bool:
    where = places(block)
    return ("als" in where or "rol" in where) and is_part(block.words, at)


def _of_a_title(block: Block, last: int) -> int:
    """Anna en de reus, where a work is spoken of."""
    after = block.words[last + 1 : last + 5]
    if len(after) < 3 or after[0].plain != "en" or after[1].plain not in ("de", "het", "een"):
        return 0
    if not topics(block, block.words[last].sentence) or block.photo:
        return 0
    strange = any(is_figures(word.plain) or is_figures(word.plain.removesuffix("s")) for word in after[2:])
    return 3 if strange else 2


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


def _as_a_word(block: Block, at: int, known: People) -> int:
    """In small letters where others have their capitals, and in quotation marks: "om shanti"."""
    word = block.words[at]
    if not word.text[0].islower() or not _begins_well(block, word.sentence):
        return 0
    quoted = any(begin < word.start < end for begin, end in _quotations(block))
    return 1 + 2 * (quoted or _is_word_of_many(block.words, at, known))


def _is_word_of_many(words: tuple[Word, ...], at: int, known: People) -> bool:
    """De woordkaarten ik, kim en sok."""
    beside = [words[place] for place in range(max(0, at - 2), min(len(words), at + 3)) if place != at]
    if any(word.text[0].isupper() or is_pupil(word, known) for word in beside):
        return False
    listed = words[at].gap == ", " or (words[at + 1 : at + 2] and words[at + 1].gap == ", ")
    return bool(listed) and any(word.plain.startswith(_SPELLED) for word in words[max(0, at - _BEFORE) : at])


@lru_cache(maxsize=4_096)
def _quotations(block: Block) -> tuple[tuple[int, int], ...]:
    return tuple(match.span() for match in _QUOTED.finditer(block.text))


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
