"""What the second guard reads of a finished mail's words, and the names it looks for. Knows no rule."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

_ALT = re.compile(r'<img\b[^>]*\balt="([^"]*)"[^>]*>')
_INLINE = re.compile(r"</?(?:a|b|del|em|i|s|span|strong)\b[^>]*>")
_TAG = re.compile(r"<[^>]*>?")
#: Where one stretch of words ends: no name goes on after it.
_END = re.compile(r"[^\w\s'’-]|\n")
_WORD = re.compile(r"\w+")


@lru_cache(maxsize=1 << 10)  # a post stands in hundreds of editions in the same words
def seen(page: str) -> str:
    """What a reader sees of a stretch of HTML that begins within a tag: words and pictures' descriptions, one
    line for each block."""
    page = _ALT.sub(r"<p>\1<p>", f"<p {page}")
    return html.unescape(_TAG.sub("\n", _INLINE.sub("", page.replace("\n", " "))))


@lru_cache(maxsize=1 << 10)
def names_in(text: str, names: frozenset[str]) -> frozenset[str]:
    """Which of these full names (as `folded` gives them) stand in it, whatever their case and accents."""
    lengths = _lengths(names)
    found: set[str] = set()
    for stretch in _END.split(text):
        words = folded(stretch).split()
        for at, word in enumerate(words):
            found.update(" ".join(words[at : at + many]) for many in lengths.get(word, ()))
    return names & found


@lru_cache(maxsize=1 << 7)
def _lengths(names: frozenset[str]) -> Mapping[str, frozenset[int]]:
    """First word -> of how many words the names are that begin with it."""
    lengths: dict[str, set[int]] = {}
    for name in names:
        first, *rest = name.split()
        lengths.setdefault(first, set()).add(1 + len(rest))
    return {first: frozenset(each) for first, each in lengths.items()}


@lru_cache(maxsize=1 << 12)
def folded(text: str) -> str:
    """Words with one space between them, without capitals, accents, hyphens and apostrophes."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return " ".join(_WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))
