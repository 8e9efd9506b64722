"""`make bench`: how well the gates of rules 12 to 14 tell what must wait for a person, on labelled sentences.

The gates were built with ``development.toml`` in sight, the other files were written afterwards, from the
judge's on apart from the gates. Those of ``SEALED`` were only measured: nothing was mended
for them. ``--misses`` lists every other sentence that was judged otherwise than it is labelled. Last comes
how long the gates take for a school's week.
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pipeline.gates.names import find_names
from pipeline.gates.personal import find_personal
from pipeline.gates.tone import find_tone, tone_words
from pipeline.gates.words import Finding, Gate, Named, Passage

FOLDER = Path(__file__).resolve().parent / "gates"
FILES = (
    *("development", "held-out", "last-look", "judge", "judge-again", "judge-third", "judge-fourth"),
    *("teacher", "linguist", "librarian", "director", "upper-school", "lower-school"),
)
SEALED = ("tester", "tester-again", "editor", "outsider", "inspector", "director-again")

POSTS, WORDS, PUPILS = 50, 200, 400


class Holds(StrEnum):
    """What a sentence must be held for."""

    FULL = "full"
    FIRST = "first"
    PERSONAL = "personal"
    TONE = "tone"
    NOTHING = "nothing"


GATE_OF = {
    Holds.FULL: Gate.NAME,
    Holds.FIRST: Gate.NAME,
    Holds.PERSONAL: Gate.PERSONAL,
    Holds.TONE: Gate.TONE,
}


@dataclass(frozen=True, kw_only=True)
class Group:
    without: frozenset[Named]  #: pupils who may not be named
    consenting: frozenset[Named]
    staff: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Sentence:
    text: str
    holds: Holds
    expected: frozenset[str]  #: whole names of pupils, or plain words; none for tone: any word will do
    group: Group
    place: str
    about: str  #: what a harmless one could be taken for


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the gates found in one sentence."""

    sentence: Sentence
    found: Mapping[Gate, frozenset[str]]  #: whole names, or plain words

    @property
    def held(self) -> bool:
        return any(self.found.values())

    @property
    def right(self) -> bool:
        """Held for what is expected, or not at all."""
        gate = GATE_OF.get(self.sentence.holds)
        if gate is None:
            return not self.held
        return bool(self.found[gate]) and self.sentence.expected <= self.found[gate]

    @property
    def stray(self) -> frozenset[str]:
        """What a gate found besides, by the gate that the sentence is for; by all for a harmless one."""
        if self.sentence.holds is Holds.TONE and not self.sentence.expected:
            return frozenset()
        gates = [GATE_OF[self.sentence.holds]] if self.sentence.holds in GATE_OF else list(Gate)
        return frozenset(one for gate in gates for one in self.found[gate]) - self.sentence.expected


def read(name: str) -> Iterator[Sentence]:
    """The sentences of one file."""
    file = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    groups = {title: _group(table) for title, table in file["group"].items()}
    for table in file["set"]:
        for line in table["sentences"].strip().splitlines():
            text, _, expected = line.partition(" | ")
            yield Sentence(
                text=text.replace("⏎", "\n"),
                holds=Holds(table["holds"]),
                expected=frozenset(one.strip() for one in expected.split(",") if one.strip()),
                group=groups[table["group"]],
                place=table.get("place", "text"),
                about=table.get("about", ""),
            )


def _group(table: Mapping[str, list[str]]) -> Group:
    keys = iter(range(1, 1_000))
    without, consenting = (
        frozenset(
            Named(pupil=next(keys), first_name=first.strip(), last_name=last.strip())
            for first, _, last in (name.partition("|") for name in table[which])
        )
        for which in ("without", "with")
    )
    return Group(without=without, consenting=consenting, staff=frozenset(table["staff"]))


def judge(sentence: Sentence) -> Verdict:
    """What every gate says about the sentence where it stands in a post."""
    passages, group = [Passage(place=sentence.place, text=sentence.text)], sentence.group
    everybody = group.without | group.consenting
    names = {one.pupil: f"{one.first_name} {one.last_name}" for one in everybody}
    tone = find_tone(passages, tone_words(("nl", "en")))
    found = {
        Gate.NAME: find_names(passages, group.without, group.consenting, group.staff),
        Gate.PERSONAL: find_personal(passages, everybody, staff=group.staff),
    }
    return Verdict(
        sentence=sentence,
        found={
            **{gate: frozenset(names[one.pupil or 0] for one in row) for gate, row in found.items()},
            Gate.TONE: frozenset(_labelled(one, sentence.expected) for one in tone),
        },
    )


def _labelled(finding: Finding, expected: frozenset[str]) -> str:
    """A label is the plain form of what is held, or the words as they are written."""
    return written if (written := finding.words.casefold()) in expected else finding.subject


@dataclass(frozen=True, kw_only=True)
class Score:
    sentences: int
    recall: float  #: of the sentences with something to hold, those held for it
    precision: float  #: of the findings, those that belong there


def score(verdicts: Iterable[Verdict], *kinds: Holds) -> Score:
    """The figures of the sentences of these kinds; precision counts findings in harmless ones as well.

    A file without a sentence of them misses none.
    """
    rows = list(verdicts)
    mine = [row for row in rows if row.sentence.holds in kinds]
    gates = {GATE_OF[kind] for kind in kinds}
    right = sum(
        len(row.found[gate] & (row.sentence.expected or row.found[gate])) for row in mine for gate in gates
    )
    stray = sum(len(row.stray) for row in mine)
    stray += sum(
        len(row.found[gate]) for row in rows if row.sentence.holds is Holds.NOTHING for gate in gates
    )
    return Score(
        sentences=len(mine),
        recall=sum(row.right for row in mine) / len(mine) if mine else 1,
        precision=right / (right + stray) if right + stray else 1,
    )


def harmless_held(verdicts: Iterable[Verdict]) -> tuple[int, int]:
    """How many harmless sentences were held, of how many."""
    harmless = [row for row in verdicts if row.sentence.holds is Holds.NOTHING]
    return sum(row.held for row in harmless), len(harmless)


def table(verdicts: list[Verdict]) -> Iterator[str]:
    yield f"{'what':<22}{'sentences':>10}{'recall':>9}{'precision':>11}"
    rows = {
        "full names": (Holds.FULL,),
        "first names": (Holds.FIRST,),
        "names together": (Holds.FULL, Holds.FIRST),
        "something personal": (Holds.PERSONAL,),
        "tone": (Holds.TONE,),
    }
    for title, kinds in rows.items():
        figures = score(verdicts, *kinds)
        if not figures.sentences:
            continue
        yield f"{title:<22}{figures.sentences:>10}{figures.recall:>9.1%}{figures.precision:>11.1%}"
    held, harmless = harmless_held(verdicts)
    yield f"{'harmless, but held':<22}{harmless:>10}{held / max(harmless, 1):>9.1%}"


def misses(verdicts: Iterable[Verdict]) -> Iterator[str]:
    for row in verdicts:
        if not row.right or row.stray:
            found = {gate.value: sorted(one) for gate, one in row.found.items() if one}
            expected = sorted(row.sentence.expected)
            kind = f"{row.sentence.holds} {row.sentence.about}".strip()
            yield f"[{kind}] {row.sentence.text!r}: {expected}, found {found}"


def speed() -> Iterator[str]:
    """CPU time of each gate for 50 posts of 200 words and 400 pupils: texts that are new, and once more."""
    sentences = [sentence for name in FILES for sentence in read(name)]
    chance = random.Random(1)
    posts = [[Passage(place="text", text=_long_text(sentences, chance))] for _ in range(POSTS)]
    firsts, lasts = (
        sorted({getattr(one, key) for one in _everybody(sentences)}) for key in ("first_name", "last_name")
    )
    pupils = frozenset(
        Named(pupil=key, first_name=chance.choice(firsts), last_name=chance.choice(lasts))
        for key in range(PUPILS)
    )
    staff, words = frozenset[str](), tone_words(("nl", "en"))
    gates: dict[str, Callable[[list[Passage]], object]] = {
        "names": lambda passages: find_names(passages, pupils, frozenset(), staff),
        "something personal": lambda passages: find_personal(passages, pupils, staff=staff),
        "tone": lambda passages: find_tone(passages, words),
    }
    yield f"{POSTS} posts of {WORDS} words, {PUPILS} pupils (ms): new, the same again"
    for title, gate in gates.items():
        once, again = (_milliseconds(gate, posts) for _ in range(2))
        yield f"{title:<22}{once:>10.0f}{again:>9.0f}"


def _long_text(sentences: Sequence[Sentence], chance: random.Random) -> str:
    text: list[str] = []
    while len(" ".join(text).split()) < WORDS:
        text.append(chance.choice(sentences).text)
    return " ".join(text)


def _everybody(sentences: Iterable[Sentence]) -> set[Named]:
    return {one for row in sentences for one in row.group.without | row.group.consenting}


def _milliseconds(gate: Callable[[list[Passage]], object], posts: Iterable[list[Passage]]) -> float:
    gc.collect()
    gc.freeze()  # what the sentences before left behind is not the posts' to look through
    started = time.process_time()
    for passages in posts:
        gate(passages)
    return (time.process_time() - started) * 1_000


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--misses", action="store_true", help="list what was judged otherwise than labelled")
    told = parser.parse_args()
    for name in FILES:
        verdicts = [judge(sentence) for sentence in read(name)]
        show(f"{name}.toml", verdicts)
        if told.misses:
            print("\n".join(misses(verdicts)), end="\n\n")
    sealed = {name: [judge(sentence) for sentence in read(name)] for name in SEALED}
    for name, verdicts in sealed.items():
        show(f"{name}.toml, sealed", verdicts)
    show("all that are sealed", [row for verdicts in sealed.values() for row in verdicts])
    print("\n".join(speed()))
    return 0


def show(title: str, verdicts: list[Verdict]) -> None:
    kinds = Counter(row.sentence.holds for row in verdicts)
    print(f"Gates, {title}: {len(verdicts)} sentences, {kinds[Holds.NOTHING]} of them harmless")
    print("\n".join(table(verdicts)), end="\n\n")


if __name__ == "__main__":
    sys.exit(main())
