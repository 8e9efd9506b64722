"""Words that hide behind digits, signs and stars: kl00tzak, sh!t, k*t, kl**tzak."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.gates.folding import fold
from pipeline.gates.patterns import ToneWords

_SIGNS = str.maketrans("034578@$!€|+9", "oeastbasiel" + "tg")
_EDGE = ".,;:?!()[]\"'“”„»«-+|"
_LONGEST = 40
_SIGN = re.compile(r"[\d@$!€|+*#%_•]")
_HIDDEN = re.compile(r"[*#%_•]")
_ADDRESS = re.compile(r"@\w+\.|://|www\.")
#: A mask must leave so many letters, or anything would fit.
_LETTERS = 2


def unmasked(text: str, words: ToneWords) -> Iterator[tuple[str, str]]:
    """Plain form and chunk of each listed word that is written with other signs in the place of letters."""
    for part in text.split():
        if part.isalpha() or not 3 <= len(chunk := part.strip(_EDGE)) <= _LONGEST:
            continue
        if _SIGN.search(chunk) and not _ADDRESS.search(chunk) and (subject := _subject(chunk, words)):
            yield subject, chunk


def _subject(chunk: str, words: ToneWords) -> str | None:
    for one in "il":  # a one can be either
        letters = fold(chunk.replace("1", one)).translate(_SIGNS)
        if sum(map(str.isalpha, fold(chunk))) < _LETTERS:
            return None
        whole = re.sub(r"[^a-z]", "", letters)
        if len(whole) > _LETTERS and (subject := words.word(whole)):
            return subject
        if _HIDDEN.search(letters.strip("*#%_•")) and (subject := _behind(letters, words)):
            return subject
    return None


def _behind(letters: str, words: ToneWords) -> str | None:
    signs = letters.strip("*#%_•-.")
    visible = re.sub(r"[^a-z]", "", signs)
    if len(visible) < _LETTERS or not signs[0].isalpha() or len(signs) - len(visible) > len(visible):
        return None
    if not re.fullmatch(r"[a-z*#%_•]+", signs):
        return None
    return words.masked(re.compile(_HIDDEN.sub("[a-z]", signs)))
