"""Lines of a list of words, made ready to look for; the signs are explained in ``lists/tone_nl.txt``."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from pipeline.gates.folding import fold
from pipeline.gates.reading import Word
from pipeline.gates.rows import WORDS_KEPT, Hit, Rows, Slots, is_slot, plain_form, rows_of

#: So far from a hit the telling word of a row can be that excepts it.
_AROUND = 12
_RUN = re.compile(r"(.)\1{2,}")
#: Arabic and, with, for, the: written as one with the word behind them.
_ARABIC_BEFORE = re.compile("^[\u0648\u0641\u0628\u0644]?(?:\u0627\u0644)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Side:
    """Words to look for by themselves; ``begins`` and ``ends`` by their length."""

    whole: Mapping[str, str]
    begins: Mapping[int, Mapping[str, str]]
    ends: Mapping[int, Mapping[str, str]]

    def look(self, plain: str) -> str | None:
        if plain in self.whole:
            return self.whole[plain]
        for length, heads in self.begins.items():
            if head := heads.get(plain[:length]):
                return head
        for length, tails in self.ends.items():
            if len(plain) > length and (tail := tails.get(plain[-length:])):
                return tail
        return None


@dataclass(frozen=True, kw_only=True, eq=False)
class Telling:
    """Which words can tell something, to pass over all others; ``begins`` and ``ends`` by their length."""

    whole: frozenset[str]
    begins: Mapping[int, frozenset[str]]
    ends: Mapping[int, frozenset[str]]

    @staticmethod
    def of(parts: Iterable[_Side | Rows | Telling]) -> Telling:
        whole, begins, ends = set[str](), defaultdict[int, set[str]](set), defaultdict[int, set[str]](set)
        for part in parts:
            whole.update(part.whole)
            for into, by_length in ((begins, part.begins), (ends, part.ends)):
                for length, some in by_length.items():
                    into[length].update(some)
        return Telling(
            whole=frozenset(whole),
            begins={length: frozenset(some) for length, some in begins.items()},
            ends={length: frozenset(some) for length, some in ends.items()},
        )

    @cached_property
    def tells(self) -> Callable[[str], bool]:
        """Whether a word can; also what is written with letters or an article too many."""
        return lru_cache(WORDS_KEPT)(self._look)

    def _look(self, plain: str) -> bool:
        if plain in self.whole or _RUN.search(plain) or "\u0600" <= plain[0] <= "\u06ff":
            return True
        for length, heads in self.begins.items():
            if plain[:length] in heads:
                return True
        return any(plain[-length:] in tails for length, tails in self.ends.items())


@dataclass(frozen=True, kw_only=True, eq=False)
class ToneWords:
    """What is not said in a letter to parents, ready to look for."""

    _said: _Side
    _never: _Side
    _rows: Rows
    _never_rows: Rows
    _telling: Telling

    @cached_property
    def word(self) -> Callable[[str], str | None]:
        """The plain form of the listed word that a folded word is a form of."""
        return lru_cache(WORDS_KEPT)(self._look)

    def found(self, words: Sequence[Word], places: Iterable[int] | None = None) -> tuple[Hit, ...]:
        """Every row and word of the lists in ``words``; of those that begin in another the other only.

        ``places`` are those of the words that tell something, if they are known.
        """
        if places is None:
            places = [at for at, word in enumerate(words) if self._telling.tells(word.plain)]
        hits = [Hit(at, at, one) for at in places if (one := self.word(words[at].plain))]
        hits += self._rows.hits(words, places)
        kept, end = [], -1
        for hit in sorted(hits, key=lambda hit: (hit.first, -hit.last)):
            if hit.first > end and not self._excepted(hit, words):
                kept.append(hit)
                end = hit.last
        return tuple(kept)

    def _excepted(self, hit: Hit, words: Sequence[Word]) -> bool:
        around = range(max(0, hit.first - _AROUND), min(len(words), hit.last + 1 + _AROUND))
        return any(_excepts(no, hit) for no in self._never_rows.hits(words, around))

    def tells(self, plain: str) -> bool:
        """Whether ``plain`` is listed or can be what tells most of a row that is."""
        return self._telling.tells(plain) and (bool(self._rows.of(plain)) or self.word(plain) is not None)

    @staticmethod
    def together(lists: Iterable[ToneWords]) -> Telling:
        """To ask of many lists at once whether a word tells something in any."""
        return Telling.of(one._telling for one in lists)

    def masked(self, hidden: re.Pattern[str]) -> str | None:
        """The one word that ``hidden`` fits, if there is one; of long words the beginning counts."""
        for whole, subject in self._said.whole.items():
            if hidden.fullmatch(whole):
                return subject
        heads = (pair for by_length in self._said.begins.values() for pair in by_length.items())
        return next((subject for head, subject in heads if _fits_head(hidden, head)), None)

    def _look(self, plain: str) -> str | None:
        forms = [plain]
        if _RUN.search(plain):
            forms += [_RUN.sub(r"\1", plain), _RUN.sub(r"\1\1", plain)]
        if "\u0600" <= plain[0] <= "\u06ff":
            forms.append(_ARABIC_BEFORE.sub("", plain))
        for form in forms:
            if form and (subject := self._said.look(form)):
                return None if any(self._never.look(form) for form in forms) else subject
        return None


def compiled(entries: Iterable[str], slots: Slots | None = None) -> ToneWords:
    """Lists and a school's own words as one; what begins with ``-`` is never a hit.

    ``slots``: those that several lists share; else their lines are among the others.
    """
    lines = [" ".join(entry.split()) for entry in entries]
    slots = slots or Slots(lines)
    never = [line[2:] for line in lines if line.startswith("- ")]
    said = [line for line in lines if line and not line.startswith("- ") and not is_slot(line)]
    exceptions = {fold(entry) for entry in never}
    words = _side(filter(_is_word, said))
    rows = rows_of(
        (line for line in said if not _is_word(line) and plain_form(line) not in exceptions), slots
    )
    return ToneWords(
        _said=words,
        _never=_side(filter(_is_word, never)),
        _rows=rows,
        _never_rows=rows_of((line for line in never if not _is_word(line)), slots),
        _telling=Telling.of((words, rows)),
    )


def _excepts(no: Hit, hit: Hit) -> bool:
    """Whether ``no`` tells that ``hit`` is meant otherwise: not if the hit has all of it and more."""
    more = hit.first <= no.first and no.last <= hit.last and (hit.first, hit.last) != (no.first, no.last)
    return no.first <= hit.last and hit.first <= no.last and (no.wide or not more)


def _is_word(entry: str) -> bool:
    return not any(sign in entry for sign in " |@")


def _side(entries: Iterable[str]) -> _Side:
    whole: dict[str, str] = {}
    begins: dict[int, dict[str, str]] = defaultdict(dict)
    ends: dict[int, dict[str, str]] = defaultdict(dict)
    for entry in entries:
        bare = fold(entry.strip("*").replace("-", ""))
        if not bare:
            continue
        if entry.endswith("*"):
            begins[len(bare)][bare] = bare
        elif entry.startswith("*"):
            ends[len(bare)][bare] = bare
        else:
            whole[bare] = bare
    return _Side(whole=whole, begins=_longest_first(begins), ends=_longest_first(ends))


def _longest_first(by_length: Mapping[int, dict[str, str]]) -> dict[int, dict[str, str]]:
    """So that a release of the one word lets no other pass that only begins alike."""
    return dict(sorted(by_length.items(), reverse=True))


def _fits_head(hidden: re.Pattern[str], head: str) -> bool:
    """Whether the beginning of the hidden word can be ``head``; its pattern has one sign for each letter."""
    signs = re.findall(r"\[a-z\]|.", hidden.pattern)
    return len(signs) >= len(head) and bool(re.fullmatch("".join(signs[: len(head)]), head))
