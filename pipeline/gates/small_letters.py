"""A word that is a name too, in small letters: what makes it the name all the same."""

from __future__ import annotations

import re

from pipeline.gates.people import AROUND, FORENAMES, Kind, People
from pipeline.gates.reading import Block, Word
from pipeline.gates.word_kinds import AGE, AGED, LISTED, ONLY_CHILDREN, ahead_of, among_names

#: foto/sanne.jpg
_ADDRESS = re.compile(r"/|\w[._]\w")
#: merel, drie jaar
_AGED_SO = re.compile(rf",? {AGE} jaar\b")


def named_in_small_letters(block: Block, at: int, kind: str, known: People) -> bool:
    """Whether the word at ``at`` is the name: in an address, below a photo or in a hurry."""
    words = block.words
    if (
        AGED.match(block.text, words[at].end)
        or _in_an_address(block, at, kind)
        or _as_hurried_writers_do(words, at, kind, known)
    ):
        return True
    if not block.photo and not _ADDRESS.search(block.chunk(at)):
        return False
    return _beside_a_pupil(words, at, known) or _AGED_SO.match(block.text, words[at].end) is not None


def _in_an_address(block: Block, at: int, kind: str) -> bool:
    """#nova, albums/jasmijn-viert-feest: a name, if the word is one more often than not; not #hope."""
    plain, chunk = block.words[at].plain, block.chunk(at)
    if chunk.startswith("#"):
        return kind == "rare" and plain not in AROUND["feelings"]
    if not _ADDRESS.search(chunk) or (at and block.words[at - 1].plain in AROUND["determiners"]):
        return False
    if kind == "time":
        return _begins_a_caption(block, at)
    return kind == "rare" or (kind == "thing" and plain in FORENAMES)


def _begins_a_caption(block: Block, at: int) -> bool:
    """storm_op_de_loopfiets.jpg, mei_met_haar_step.jpg."""
    ahead = [word.plain for word in ahead_of(block.words, at)]
    if not ahead or AROUND["weather"] & set(ahead):
        return False
    if ahead[0] in ONLY_CHILDREN:
        return True
    name = block.words[at].plain in FORENAMES
    return ahead[0] in AROUND["where"] if name else ahead[0] in AROUND["where_no_month"]


def _beside_a_pupil(words: tuple[Word, ...], at: int, known: People) -> bool:
    """Below a photo: roos en merel bij de zandtafel."""
    beside = [
        words[place]
        for by, place in ((at - 1, at - 2), (at + 1, at + 2))
        if 0 <= place < len(words) and words[by].plain in AROUND["joins"]
    ]
    for after, place in ((at, at - 1), (at + 1, at + 1)):
        if 0 <= place < len(words) and LISTED.fullmatch(words[after].gap):
            beside.append(words[place])
    return any(form.kind <= Kind.EXACT for word in beside for form in known.forms.get(word.plain, ()))


def _as_hurried_writers_do(words: tuple[Word, ...], at: int, kind: str, known: People) -> bool:
    """As hurried writers do it: roos was jarig, toen mocht roos voorlezen."""
    ahead = [word.plain for word in ahead_of(words, at)]
    before = words[at - 1].plain if at and not words[at].first else ""
    open_before = not before or before in AROUND["safe_before"] or bool(re.search(r"[,:;]", words[at].gap))
    joined = words[at].first or (at > 1 and words[at - 2].first)
    if joined and kind in ("rare", "thing") and _beside_a_pupil(words, at, known):
        return True
    jarig = "jarig" in ahead[:3] and (ahead[0] in AROUND["beings"] or before in AROUND["beings"])
    if before == "van" and at > 1 and words[at - 2].plain in AROUND["relatives"]:
        return True
    if kind == "time" and _called_on(words, at, kind):
        return True
    if kind in ("time", "verb"):
        return jarig and (open_before or before in AROUND["beings"]) and "in" not in ahead[:2]
    if jarig and (open_before or before in AROUND["beings"]):
        return True
    if among_names(words, at, kind, known) or _called_on(words, at, kind):
        return True
    if kind == "place":
        return before not in AROUND["before_place"]
    if open_before and ahead:
        return ahead[0] in AROUND["acts"] or (
            ahead[0] in AROUND["beings"] and bool(AROUND["said_of"] & set(ahead))
        )
    return before in AROUND["turned"]


def _called_on(words: tuple[Word, ...], at: int, kind: str) -> bool:
    """Vandaag is mees de weerman, mees wil de weerman zijn: a thing would have an article of its own."""
    ahead = [word.plain for word in ahead_of(words, at)]
    if words[at].first and kind != "time" and ahead[:1] and ahead[0] in AROUND["beings"]:
        ahead = ahead[1:]
    elif words[at].first or words[at - 1].plain not in AROUND["beings"]:
        return False
    if not ahead:
        return False
    if AROUND["kinds"] & set(ahead) or (kind == "time" and words[at].plain not in FORENAMES):
        return False
    return ahead[0] in AROUND["determiners"] and not AROUND["weather"] & set(ahead)
