"""What stands around a first name, and so whether it is somebody else's."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from itertools import takewhile

from pipeline.gates.evidence import is_told_elsewhere
from pipeline.gates.figures import BUILT, is_figure
from pipeline.gates.people import AROUND, FORENAMES, Kind, People, is_title
from pipeline.gates.reading import Block, Word

_QUOTED = re.compile(r"(?<!\w)[\"“„«'](?!\s)[^\"“”„«»\n]{2,80}?[\"”»'](?!\w)")
_ROMAN = re.compile(r"[IVX]{1,4}")
#: Words before a quotation in which "het prentenboek" still speaks of it.
_BEFORE_QUOTE = 6
#: Names in a list before the one that is looked at: "de juffen Anouk, Fatma, Sanne en Roos".
_LIST = 12


def is_somebody_else(block: Block, at: int, last: int, known: People) -> bool:
    """Whether the first name ``at`` to ``last`` is one of the staff's, a stranger's or a figure's."""
    words = block.words
    return (
        _of_staff(words, at, last, known)
        or _titled(words, at, known)
        or _signs(words, at, known)
        or _explained_after(words, last)
        or (_has_small_words(block) and _other_last_name(words, last, known))
        or _half_of_double(words, at, last, known)
        or is_figure(block, at, last, known)
        or _in_title_of_work(block, at)
        or _what_a_work_is_about(words, at)
        or is_told_elsewhere(block, at, last, known)
    )


def told_staff(words: tuple[Word, ...], at: int) -> bool:
    """Whether a title stands before word ``at`` that makes even a pupil's whole name that of a teacher."""
    return (
        at > 0 and is_title(words[at - 1].plain) and not _after_article(words, at - 1) and _beside(words[at])
    )


def _of_staff(words: tuple[Word, ...], at: int, last: int, known: People) -> bool:
    """With the last name of one of the staff, or in an e-mail address."""
    before = next(
        (words[i].plain for i in range(at - 1, -1, -1) if words[i].plain not in AROUND["infixes"]), ""
    )
    rest = range(last + 1, min(last + 6, len(words)))
    after = next((words[i].plain for i in rest if words[i].plain not in AROUND["infixes"]), "")
    pairs = known.staff_pairs
    if (before, words[at].plain) in pairs or (words[last].plain, after) in pairs:
        return True
    return last + 1 < len(words) and words[last + 1].gap == "@"


def _next_without_infix(words: tuple[Word, ...]) -> str:
    return next((word.plain for word in words if word.plain not in AROUND["infixes"]), "")


def _titled(words: tuple[Word, ...], at: int, known: People) -> bool:
    """After a title or role; in a list after one if the title is for all, or the name is of the staff."""
    if _in_brackets(words, at) or _is_kin(words, at):
        return True
    start = at
    if (
        at > 1
        and words[at].gap in (" ", "-")
        and words[at - 1].text[0].isupper()
        and _role(words[at - 2].plain)
    ):
        start = at - 1  # meester Jan Willem
    if start > 0 and _beside(words[start]):
        before = words[start - 1].plain
        if is_title(before):
            return not _after_article(words, start - 1)
        if before in AROUND["roles"] or before.endswith(tuple(AROUND["role_ends"])):
            return not (start > 1 and words[start - 2].plain in ("als", "as"))
    if start > 0 and words[start - 1].plain in AROUND["plurals"]:
        return True
    return _listed(words, at, known)


def _what_a_work_is_about(words: tuple[Word, ...], at: int) -> bool:
    """The film over Anna, Elsa en een sneeuwpop; ons boek gaat over Anna, het heet Anna en de sneeuw."""
    for name in (at, *_names_before(words, at)):
        before = [word.plain for word in reversed(words[max(0, name - 4) : name])]
        if not before or before[0] not in ("over", "about", "heet", "heette"):
            continue
        rest = [word for word in before[1:] if word not in ("gaat", "ging", "dat", "die")]
        if rest and rest[0] in AROUND["about"]:
            return True
    return False


def _listed(words: tuple[Word, ...], at: int, known: People) -> bool:
    for name in _names_before(words, at):
        before = words[name - 1].plain if name else ""
        if words[name].plain == words[at].plain:
            return False  # "juf Eva en Eva"
        if before in ("heten", "heetten") and name > 1:
            before = words[name - 2].plain
        if before in AROUND["plurals"]:
            return True
        if _role(before) and (words[name - 1].text[0].islower() or before not in known.forms):
            return words[at].plain in known.staff_first
    return False


def _signs(words: tuple[Word, ...], at: int, known: People) -> bool:
    """One of the staff below a letter: groetjes, Sanne; namens het team: Els, Sanne en Roos."""
    if words[at].plain not in known.staff_first:
        return False
    signs = AROUND["signs"]
    first = min((at, *takewhile(lambda name: words[name].plain not in signs, _names_before(words, at))))
    while first > 0 and words[first - 1].plain in ("van", "het", "hele", "team"):
        first -= 1
    return first > 0 and words[first - 1].plain in signs and words[at].text[0].isupper()


def _names_before(words: tuple[Word, ...], at: int) -> Iterator[int]:
    """The names that are listed before the one at ``at``, nearest first."""
    for _ in range(_LIST):
        joined = at > 0 and words[at - 1].plain in AROUND["joins"]
        comma = at > 0 and re.fullmatch(r"\s?[,&+/]\s?", words[at].gap)
        name = at - 2 if joined else at - 1
        if name < 0 or not (joined or comma) or not words[name].text[0].isupper():
            return
        yield name
        at = name


def _in_brackets(words: tuple[Word, ...], at: int) -> bool:
    """De juf (Sanne)."""
    if not at or words[at].gap != " (" or not is_title(words[at - 1].plain):
        return False
    return at + 1 == len(words) or words[at + 1].gap.startswith(")")


def _is_kin(words: tuple[Word, ...], at: int) -> bool:
    """De moeder van Finn, Sofie, leest voor."""
    if at < 3 or words[at].gap != ", " or words[at - 2].plain != "van":
        return False
    after = words[at + 1] if at + 1 < len(words) else None
    told = after is not None and after.gap.startswith(",") and after.text.islower()
    return told and _role(words[at - 3].plain)


def _role(plain: str) -> bool:
    return is_title(plain) or plain in AROUND["roles"]


def _beside(word: Word) -> bool:
    return word.gap in (" ", ". ", ".", "-", "\n") or word.gap.strip("\"'“„‘") == " "


def _after_article(words: tuple[Word, ...], at: int) -> bool:
    return at > 0 and words[at - 1].plain == "de"


def _explained_after(words: tuple[Word, ...], last: int) -> bool:
    """``Sanne, onze stagiaire``, ``Roos (mama van Tim)``, ``Ayse Hanim``."""
    rest = words[last + 1 : last + 5]
    if not rest:
        return False
    opened, comma = "(" in rest[0].gap, rest[0].gap.startswith(",")
    if not (opened or comma):
        return rest[0].plain in ("ogretmen", "hanim", "bey", "hoca")
    for place, word in enumerate(rest):
        if word.plain in AROUND["after"]:
            follows = words[last + 2 + place] if last + 2 + place < len(words) else None
            return opened or follows is None or follows.plain not in AROUND["joins"]
        if word.plain not in (
            "onze",
            "de",
            "een",
            "nieuwe",
            "intern",
            "interne",
            "die",
            "our",
            "the",
            "als",
            "zijn",
        ):
            return False
    return False


@lru_cache(maxsize=4_096)
def _has_small_words(block: Block) -> bool:
    """In a caption of nothing but capitals ("Tim Sportdag") the word behind a name can be anything."""
    return any(word.text[0].islower() and word.plain not in AROUND["infixes"] for word in block.words)


def _other_last_name(words: tuple[Word, ...], last: int, known: People) -> bool:
    """A word with a capital behind it that is no part of anything we know: somebody else's last name."""
    for further in range(last + 1, min(last + 6, len(words))):
        word = words[further]
        if word.gap not in (" ", " '", ". ", ".", "-", "/") or (word.gap != " " and further == last + 1):
            return False
        if _ROMAN.fullmatch(word.text) and further == last + 1 and words[further + 1 : further + 2]:
            return not words[further + 1].gap.startswith(".")
        if word.plain in AROUND["infixes"] and not (word.capital and further > last + 1):
            continue
        if not word.capital:
            return False
        if len(word.text) == 1 or word.text.isupper():
            return bool(_ROMAN.fullmatch(word.text))
        if further > last + 1:  # Femke de Boer, whatever a boer is; "wat Zoë van het Rijksmuseum maakte"
            return words[further - 1].plain != "het" or not word.plain.endswith(BUILT)
        exact = any(form.kind <= Kind.EXACT for form in known.forms.get(word.plain, ()))
        return not exact and word.plain not in AROUND["no_last_name"] and not _role(word.plain)
    return False


def _half_of_double(words: tuple[Word, ...], at: int, last: int, known: People) -> bool:
    """One half of Anne-Fleur or Jan Willem, who is neither Anne nor Willem."""
    after = words[last + 1] if last + 1 < len(words) else None
    if (
        after
        and after.gap == "-"
        and after.text[0].isupper()
        and after.plain in FORENAMES - known.forms.keys()
    ):
        return True
    before = words[at - 1] if at else None
    if not before or not before.text[0].isupper():
        return False
    if words[at].gap == "-":
        return before.plain in FORENAMES - known.forms.keys() or before.plain in ("sint", "st")
    return words[at].gap == " " and before.plain in AROUND["doubles"] and before.plain not in known.forms


def _in_title_of_work(block: Block, at: int) -> bool:
    """In quotation marks, after "het prentenboek", "we zongen"."""
    start = block.words[at].start
    begins, ends = _titles_of_works(block)
    title = bisect_left(begins, start) - 1
    return title >= 0 and start < ends[title]


@lru_cache(maxsize=4_096)
def _titles_of_works(block: Block) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Where each begins and where it ends."""
    starts = [word.start for word in block.words]
    spans = []
    for match in _QUOTED.finditer(block.text):
        first = bisect_left(starts, match.start())
        before = block.words[max(0, first - _BEFORE_QUOTE) : first]
        if any(word.plain in AROUND["works"] for word in before):
            spans.append(match.span())
    return tuple(begin for begin, _ in spans), tuple(end for _, end in spans)
