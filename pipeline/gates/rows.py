"""Rows of words in one sentence, with slots and gaps; the signs are explained in ``lists/tone_nl.txt``."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

from pipeline.gates.folding import fold
from pipeline.gates.reading import Word

#: So many words fit in a gap; in the long one also what stands behind a comma.
GAPS = {"..": 4, "...": 16}
#: Over these no short gap goes on: behind them something else may be spoken of.
_CLAUSE = re.compile(r"[,;:()]")
#: The slot whose words no gap goes over: "zijn .. dom" is not "zijn echt niet dom".
_NOT = "@not"
#: The slot of words that are in every second text: a row is looked for by another one of its words.
_OFTEN = "@often"
#: Of so many different words a list remembers what it has for them.
WORDS_KEPT = 1 << 16
#: Longer than any word: one that is rare tells more than one that is long.
_RARE = 1_000


class Hit(NamedTuple):
    """Words ``first`` up to and with ``last`` of a text."""

    first: int
    last: int
    subject: str  #: in its plain form
    wide: bool = False  #: with a long gap: it speaks of all that lies in it


class _Step(NamedTuple):
    """One place in a row of words, or a gap."""

    whole: frozenset[str] = frozenset()  #: of a gap: the words that it does not go over
    begins: tuple[str, ...] = ()
    phrases: tuple[tuple[_Step, ...], ...] = ()  #: or several words after each other
    may_miss: bool = False
    gap: int = 0  #: how many words it has room for

    def fits(self, plain: str) -> bool:
        return plain in self.whole or plain.startswith(self.begins)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Row:
    """A row of words, looked for where the one that tells most is.

    What stands around it is made into steps when somebody looks: of thousands of rows a text needs a few.
    """

    before: tuple[str, ...]  #: from there back to the first
    after: tuple[str, ...]
    subject: str  #: empty if the words as they are written are its plain form
    slots: Slots

    def hit(self, words: Sequence[Word], at: int) -> Hit | None:
        """The row around ``at``, where its telling word is; never over a sentence's end."""
        sentence, step = words[at].sentence, self.slots.step
        first = _reach(tuple(map(step, self.before)), words, at, -1, sentence)
        last = None if first is None else _reach(tuple(map(step, self.after)), words, at, 1, sentence)
        if first is None or last is None:
            return None
        subject = self.subject or " ".join(word.plain for word in words[first : last + 1])
        return Hit(first, last, subject, "..." in self.before or "..." in self.after)


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """Many rows, by the word that tells most of each."""

    whole: Mapping[str, Sequence[Row]]
    begins: Mapping[int, Mapping[str, Sequence[Row]]]  #: by the length of how it begins
    ends: Mapping[int, Mapping[str, Sequence[Row]]] = field(
        default_factory=dict
    )  #: none: it tells too little

    @cached_property
    def of(self) -> Callable[[str], tuple[Row, ...]]:
        """Those whose telling word a word can be; of most words none."""
        return lru_cache(WORDS_KEPT)(self._look)

    def _look(self, plain: str) -> tuple[Row, ...]:
        rows = [*self.whole.get(plain, ())]
        for length, heads in self.begins.items():
            rows += heads.get(plain[:length], ())
        return tuple(dict.fromkeys(rows))

    def hits(self, words: Sequence[Word], places: Iterable[int]) -> Iterator[Hit]:
        """Every one whose telling word is at one of ``places``, in no order."""
        for at in places:
            for row in self.of(words[at].plain):
                if hit := row.hit(words, at):
                    yield hit


class Slots:
    """What stands for each slot of lists: their lines ``@name: a b c``; those of one name go together."""

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self.ways: dict[str, tuple[str, ...]] = {}
        for entry in filter(is_slot, entries):
            name, _, ways = entry.partition(":")
            self.ways[name] = (
                *self.ways.get(name, ()),
                *(one for way in ways.split() for one in self._of(way)),
            )
        self._often = frozenset(map(fold, self.ways.get(_OFTEN, ())))
        stops = frozenset(map(fold, self.ways.get(_NOT, ())))
        self._gaps = {sign: _Step(whole=stops, gap=room) for sign, room in GAPS.items()}
        self._steps: dict[str, _Step] = {}  # the same again in many rows
        self._tells: dict[str, int] = {}

    def step(self, text: str) -> _Step:
        """What ``text``, one place in a line, stands for."""
        if text not in self._steps:
            self._steps[text] = self._made(text)
        return self._steps[text]

    def tells(self, text: str) -> int:
        """The more, the fewer texts have such a word; a row needs one that tells something."""
        if text not in self._tells:
            self._tells[text] = self._tell(text)
        return self._tells[text]

    def _tell(self, text: str) -> int:
        if text in GAPS or text.endswith("?"):
            return 0
        if "|" in text:
            return min(map(self.tells, text.split("|")))
        if text.startswith("@"):
            return min(map(self.tells, self.ways.get(text, ())), default=0)
        if "_" in text:
            return max(map(self.tells, text.split("_")))
        return len(text.rstrip("*")) + _RARE * (fold(text) not in self._often)

    def ways_of(self, text: str) -> list[str]:
        """All that can stand in one place."""
        if "|" not in text and "@" not in text:
            return [text.rstrip("?")]
        return [one for way in text.rstrip("?").split("|") for one in self._of(way)]

    def _of(self, way: str) -> tuple[str, ...]:
        """What a slot stands for; any other word for itself."""
        return self.ways.get(way, ()) if way.startswith("@") else (way,)

    def _made(self, text: str) -> _Step:
        if text in GAPS:
            return self._gaps[text]
        ways = self.ways_of(text)
        single = [fold(way) for way in ways if "_" not in way]
        return _Step(
            whole=frozenset(way for way in single if not way.endswith("*")),
            begins=tuple(way.rstrip("*") for way in single if way.endswith("*")),
            phrases=tuple(tuple(map(self.step, way.split("_"))) for way in ways if "_" in way),
            may_miss=text.endswith("?"),
        )


def is_slot(entry: str) -> bool:
    return entry.startswith("@") and ":" in entry


def rows_of(entries: Iterable[str], slots: Slots) -> Rows:
    """The lines of more than one word, ready to look for."""
    by_word: dict[str, list[Row]] = defaultdict(list)
    by_head: dict[int, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for entry in entries:
        for ways, row in _rows(entry, slots):
            for way in map(fold, ways):
                if way.endswith("*"):
                    by_head[len(way) - 1][way[:-1]].append(row)
                else:
                    by_word[way].append(row)
    return Rows(whole=by_word, begins=by_head)


def plain_form(entry: str) -> str:
    """The first way to say it, without what may be missing; nothing if it has slots or gaps."""
    if "@" in entry or not GAPS.keys().isdisjoint(entry.split()):
        return ""
    return " ".join(word.split("|")[0].rstrip("*") for word in entry.split() if not word.endswith("?"))


def _rows(entry: str, slots: Slots) -> Iterator[tuple[Sequence[str], Row]]:
    """What tells most of it, and the row around; one more for each way of several words to say that."""
    subject, places = plain_form(entry), entry.split()
    at = _telling(places, slots)
    if not slots.tells(places[at]):
        return
    before, after = tuple(places[:at]), tuple(places[at + 1 :])
    single = []
    for way in slots.ways_of(places[at]):
        if "_" not in way:
            single.append(way)
            continue
        phrase = way.split("_")
        told = _telling(phrase, slots)
        left, right = (*before, *phrase[:told]), (*phrase[told + 1 :], *after)
        yield [phrase[told]], Row(before=left[::-1], after=right, subject=subject, slots=slots)
    if single:
        yield single, Row(before=before[::-1], after=after, subject=subject, slots=slots)


def _telling(places: Sequence[str], slots: Slots) -> int:
    return max(range(len(places)), key=[slots.tells(each) for each in places].__getitem__)


def _reach(steps: tuple[_Step, ...], words: Sequence[Word], at: int, way: int, sentence: int) -> int | None:
    """The last place of the row from ``at`` on, tried with and without what may be missing."""
    if not steps:
        return at
    step, rest = steps[0], steps[1:]
    if step.gap:
        return _over_gap(step, rest, words, at, way, sentence)
    there = at + way
    if not 0 <= there < len(words) or words[there].sentence != sentence:
        return at if all(each.may_miss or each.gap for each in steps) else None
    ways = [(rest, there)] if step.fits(words[there].plain) else []
    ways += [((*phrase[::way], *rest), at) for phrase in step.phrases]
    ways += [(rest, at)] if step.may_miss else []
    reached = (_reach(left, words, place, way, sentence) for left, place in ways)
    return next((last for last in reached if last is not None), None)


def _over_gap(
    gap: _Step, rest: tuple[_Step, ...], words: Sequence[Word], at: int, way: int, sentence: int
) -> int | None:
    for further in range(gap.gap + 1):
        there = at + way
        if not 0 <= there < len(words) or (
            gap.gap == GAPS[".."] and _CLAUSE.search(words[max(at, there)].gap)
        ):
            return at if not rest else None
        last = _reach(rest, words, at, way, sentence)
        if last is not None or further == gap.gap:
            return last
        if words[there].sentence != sentence or gap.fits(words[there].plain):
            return None
        at = there
    return None
