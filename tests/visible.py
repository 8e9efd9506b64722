"""What a reader gets to see of HTML, told by the standard library's parser alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser

_EMPTY = {"br", "hr", "img", "meta"}
_UNSEEN = {"style", "title", "script"}


class Visible(HTMLParser):
    """The words, links and elements of ``markup``."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []  #: in order, with the numbers of lists
        self.targets: list[str] = []  #: of links, and their titles
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.comments: list[str] = []
        self.inside: list[tuple[str, str]] = []  #: (id or class, words) of elements that have one and words
        self._open: list[tuple[str, int, str]] = []
        self._numbers: list[int | None] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.elements.append((tag, named))
        if tag in {"ol", "ul"}:
            self._numbers.append(int(named.get("start", 1)) if tag == "ol" else None)
        if tag == "li" and self._numbers and self._numbers[-1] is not None:
            number = int(named.get("value", self._numbers[-1]))
            self.words.append(f"{number} ")
            self._numbers[-1] = number + 1
        if tag == "a":
            self.targets += [named.get("href", "").removeprefix("mailto:"), named.get("title", "")]
        if tag not in _EMPTY:
            self._open.append((tag, len(self.words), named.get("id") or named.get("class", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag in {"ol", "ul"} and self._numbers:
            self._numbers.pop()
        while self._open:
            opened, at, name = self._open.pop()
            if name:
                self.inside.append((name, "".join(self.words[at:])))
            if opened == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1][0] not in _UNSEEN:
            self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def squeezed(text: str) -> str:
    return re.sub(r"[ \t\n\r\f]+", " ", text).strip()


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def same_facts(markup: str, text: str) -> Iterator[str]:
    """In what a plain text differs from HTML: its words in the same order, its links, and no word besides."""
    seen, told = Visible(markup), letters(text)
    words = letters("".join(seen.words))
    if not _stand_in(words, told):
        yield f"words that the text lacks, or has in another order: {words!r}"
    missing = [target for target in seen.targets if letters(target) not in told]
    if missing:
        yield f"links that the text lacks: {missing!r}"
    more = Counter(told) - Counter(words) - Counter(letters("".join(seen.targets)))
    if more:
        yield f"letters that only the text has: {more!r}"


def _stand_in(words: str, told: str) -> bool:
    """Whether ``told`` has all of ``words`` in this order, whatever stands between."""
    rest = iter(told)
    return all(letter in rest for letter in words)
