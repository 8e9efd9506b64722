"""Lines of a list of words, made ready to look for; the signs are explained in ``lists/tone_nl.txt``."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pipeline.gates.folding import fold
from pipeline.gates.reading import Word

_RUN = re.compile(r"(.)\1{2,}")
#: Arabic and, with, for, the: written as one with the word behind them.
_ARABIC_BEFORE = re.compile("^[\u0648\u0641\u0628\u0644]?(?:\u0627\u0644)?")


class _Step(NamedTuple):
    """One place in a row of words."""

    whole: frozenset[str]
    begins: tuple[str, ...]
    may_miss: bool

    def fits(self, plain: str) -> bool:
        return plain in self.whole or plain.startswith(self.begins)


class _Row(NamedTuple):
    steps: tuple[_Step, ...]
    subject: str


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


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ToneWords:
    """What is not said in a letter to parents, ready to look for."""

    _said: _Side
    _never: _Side
    _rows: Mapping[str, tuple[_Row, ...]]  #: by each first word
    _open_rows: tuple[_Row, ...]  #: whose first word ends in a star
    _heads: tuple[str, ...]  #: how these begin
    _known: dict[str, str | None] = field(default_factory=dict)  #: answers given before

    def word(self, plain: str) -> str | None:
        """The plain form of the listed word that ``plain``, folded, is a form of."""
        try:
            return self._known[plain]
        except KeyError:
            if len(self._known) > 1 << 16:
                self._known.clear()
            answer = self._known[plain] = self._look(plain)
            return answer

    def row(self, words: Sequence[Word], at: int) -> tuple[str, int] | None:
        """The plain form of the longest row of words that begins at ``at``, and where it ends."""
        plain = words[at].plain
        rows = self._rows.get(plain, ())
        if plain.startswith(self._heads):
            rows = (*rows, *self._open_rows)
        if not rows:
            return None
        ends = (
            (last, row.subject)
            for row in rows
            if (last := _end_of_row(row.steps, words, at, words[at].sentence)) is not None
        )
        last, subject = max(ends, default=(0, ""))
        return (subject, last) if subject else None

    def begins(self, plain: str) -> bool:
        """Whether ``plain`` is listed or begins a row that is."""
        return plain in self._rows or plain.startswith(self._heads) or self.word(plain) is not None

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
        if any(self._never.look(form) for form in forms):
            return None
        return next((subject for form in forms if form and (subject := self._said.look(form))), None)


def compiled(entries: Iterable[str]) -> ToneWords:
    """Lists and a school's own words as one; what begins with ``-`` is never a hit."""
    said, never, rows = [], [], defaultdict(list)
    for entry in entries:
        words = entry.removeprefix("- ").split()
        if not words:
            continue
        if entry.startswith("- "):
            never.append(entry[2:])
        elif len(words) == 1 and "|" not in entry:
            said.append(entry)
        else:
            row = _Row(tuple(map(_step, words)), _plain_form(words))
            for first in row.steps[0].whole or {""}:
                rows[first].append(row)
    exceptions = {fold(entry) for entry in never}
    kept = {key: tuple(row for row in found if row.subject not in exceptions) for key, found in rows.items()}
    open_rows = {row: None for found in kept.values() for row in found if row.steps[0].begins}
    return ToneWords(
        _said=_side(said),
        _never=_side(entry for entry in never if " " not in entry),
        _rows=kept,
        _open_rows=tuple(open_rows),
        _heads=tuple(head for row in open_rows for head in row.steps[0].begins),
    )


def _plain_form(words: Sequence[str]) -> str:
    """The first way to say it, without what may be missing."""
    return " ".join(word.split("|")[0].rstrip("*") for word in words if not word.endswith("?"))


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


def _step(text: str) -> _Step:
    ways = [fold(way) for way in text.rstrip("?").split("|")]
    return _Step(
        whole=frozenset(way for way in ways if not way.endswith("*")),
        begins=tuple(way.rstrip("*") for way in ways if way.endswith("*")),
        may_miss=text.endswith("?"),
    )


def _end_of_row(steps: Sequence[_Step], words: Sequence[Word], at: int, sentence: int) -> int | None:
    """The last word of the row, tried with and without what may be missing; never over a sentence's end."""
    if not steps:
        return at - 1
    step, rest = steps[0], steps[1:]
    if at < len(words) and step.fits(words[at].plain) and words[at].sentence == sentence:
        last = _end_of_row(rest, words, at + 1, sentence)
        if last is not None:
            return last
    return _end_of_row(rest, words, at, sentence) if step.may_miss else None


def _fits_head(hidden: re.Pattern[str], head: str) -> bool:
    """Whether the beginning of the hidden word can be ``head``; its pattern has one sign for each letter."""
    signs = re.findall(r"\[a-z\]|.", hidden.pattern)
    return len(signs) >= len(head) and bool(re.fullmatch("".join(signs[: len(head)]), head))
