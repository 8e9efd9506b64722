"""What a sentence is about, and words that tell; the lists are in ``lists/scenes.toml``."""

from __future__ import annotations

from functools import lru_cache

from pipeline.gates.lists import tables
from pipeline.gates.people import Kind, People
from pipeline.gates.reading import Block, Word, in_sentence

OUTSIDE, CLASS = (tables("scenes.toml")[name] for name in ("topics", "class"))
#: Nouns that end so are shops, clubs, boats: nothing that a pupil is.
ENDS = tuple(OUTSIDE["ends"])
#: Topics help what else points outside, and are too little by themselves.
_TOPICS_MOST = 2


@lru_cache(maxsize=4_096)
def plain_words(block: Block, sentence: int) -> frozenset[str]:
    return frozenset(word.plain for word in in_sentence(block, sentence))


@lru_cache(maxsize=4_096)
def topics(block: Block, sentence: int) -> int:
    """How much of the world outside a sentence speaks of."""
    return min(_TOPICS_MOST, sum(map(_topic, plain_words(block, sentence))))


@lru_cache(maxsize=1 << 14)
def _topic(plain: str) -> int:
    return 2 * _is_in(plain, "strong") or int(_is_in(plain, "weak"))


def _is_in(plain: str, name: str) -> bool:
    return plain in OUTSIDE[name] or plain.startswith(_HEADS[name])


_HEADS = {
    name: tuple(word[:-1] for word in OUTSIDE[name] if word.endswith("*")) for name in ("strong", "weak")
}


def is_pupil(word: Word, known: People) -> bool:
    """Whether the word is the first name of a pupil as the roster has it."""
    return any(form.kind <= Kind.EXACT for form in known.forms.get(word.plain, ()))
