"""Rule 13: one pupil together with something personal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise, zip_longest

from pipeline.gates.names import Naming, namings
from pipeline.gates.people import is_title
from pipeline.gates.reading import Block
from pipeline.gates.topics import Personal, personal_words, speech
from pipeline.gates.words import Finding, Gate, Named, Passage

#: Words before something personal that can tell whose it is: "over haar eigen dyslexie".
_WHOSE = 3
#: And words before it in which one who has it can be told to: "heeft een allergie".
_HAS = 2


def find_personal(
    passages: Sequence[Passage],
    pupils: Collection[Named],
    *,
    staff: Collection[str] = (),
    language: str = "nl",
) -> tuple[Finding, ...]:
    """Every pupil whom the passages name together with something personal; consent counts for nothing.

    Together: in one sentence, or in two that follow each other and speak of the same pupil. Dutch
    and English words are looked for in every text.
    """
    named = defaultdict(list)
    for naming in namings(passages, pupils, staff=staff):
        named[naming.passage, id(naming.block)].append(naming)
    found: dict[tuple[int, str, Passage], str] = {}
    for rows in named.values():
        for naming, personal in _together(rows[0].block, rows):
            key = (naming.person.pupil, personal.topic, naming.passage)
            found.setdefault(key, f"{naming.words} … {personal.words}")
    return tuple(
        Finding(
            gate=Gate.PERSONAL,
            subject=f"pupil:{pupil}:{topic}",
            words=words[:80],
            place=passage.place,
            photo=passage.photo,
            pupil=pupil,
        )
        for (pupil, topic, passage), words in found.items()
    )


def _together(block: Block, named: Sequence[Naming]) -> Iterator[tuple[Naming, Personal]]:
    by_sentence = defaultdict(list)
    for naming in named:
        by_sentence[block.words[naming.mention.first].sentence].append(naming)
    sentences = _sentences(block)
    for number, row in personal_words(block).items():
        if by_sentence.keys().isdisjoint((number - 1, number, number + 1)):
            continue
        sentence = sentences[number]
        for personal in row:
            if _told(block, sentence, personal) or _of_staff(
                block, sentence, personal, by_sentence.get(number, ())
            ):
                continue
            if here := by_sentence.get(number):
                yield from ((naming, personal) for naming in here if _said_here(block, sentence, personal))
            elif _goes_on(block, sentence, personal):
                yield from ((naming, personal) for naming in _beside(by_sentence, number, personal))


def _sentences(block: Block) -> Mapping[int, range]:
    rows: dict[int, range] = {}
    for at, word in enumerate(block.words):
        rows[word.sentence] = range(rows[word.sentence].start if word.sentence in rows else at, at + 1)
    return rows


def _plain(block: Block, places: range) -> list[str]:
    return [block.words[at].plain for at in places]


def _is_own(block: Block, sentence: range, personal: Personal) -> bool:
    before = range(max(sentence.start, personal.first - _WHOSE), personal.first)
    plain = _plain(block, before)
    talks = speech().told
    return any(word in speech().own and after not in talks for word, after in zip_longest(plain, plain[1:]))


def _told(block: Block, sentence: range, personal: Personal) -> bool:
    """Spoken of in a talk, a play or a story, and not as the pupil's own."""
    before = _tells_of_a_story(block, range(sentence.start, personal.first))
    if not before and _is_or_has(block, sentence, personal):
        return False  # "Emma is te ziek voor de musical"
    return (before or _tells_of_a_story(block, sentence)) and not _is_own(block, sentence, personal)


def _tells_of_a_story(block: Block, places: range) -> bool:
    words = _plain(block, places)
    return not speech().told.isdisjoint({*words, *(f"{one} {other}" for one, other in pairwise(words))})


def _is_or_has(block: Block, sentence: range, personal: Personal) -> bool:
    """Whether it is said of somebody: is te dik, heeft een allergie; not is de zieke koning."""
    words = set(_plain(block, range(max(sentence.start, personal.first - _HAS), personal.first + 1)))
    return not personal.mild and bool(words & speech().has) and words.isdisjoint(("de", "the"))


def _of_staff(block: Block, sentence: range, personal: Personal, named: Sequence[Naming]) -> bool:
    """Whether the last person before it is one of the staff: "juf Anouk is ziek"."""
    titles = [at for at in range(sentence.start, personal.first) if is_title(block.words[at].plain)]
    pupils = [naming.mention.first for naming in named if naming.mention.first < personal.first]
    if pupils and _is_own(block, sentence, personal):
        return False  # "Tim vertelde juf Anouk over zijn dyslexie"
    return bool(titles) and max(titles) > max(pupils, default=-1)


def _said_here(block: Block, sentence: range, personal: Personal) -> bool:
    of_all = personal.mild and speech().all & set(_plain(block, _up_to_comma(block, sentence, personal)))
    return not of_all or _is_own(block, sentence, personal)


def _up_to_comma(block: Block, sentence: range, personal: Personal) -> range:
    later = (at for at in range(personal.first + 1, sentence.stop) if "," in block.words[at].gap)
    return range(sentence.start, next(later, sentence.stop))


def _goes_on(block: Block, sentence: range, personal: Personal) -> bool:
    """Whether a sentence without a name can go on about the pupil of the one beside it."""
    words = set(_plain(block, sentence))
    if speech().all & words:
        return False
    return not personal.mild or bool(speech().pronouns & words)


def _beside(named: Mapping[int, Sequence[Naming]], number: int, personal: Personal) -> Sequence[Naming]:
    before = named.get(number - 1, ())
    return before or (() if personal.mild else named.get(number + 1, ()))
