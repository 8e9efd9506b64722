# ruff: noqa: RUF001 - letters that look like others are what this is about
"""Letters made alike: capitals, accents, look-alikes and characters that nobody sees."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

#: Letters that no decomposition of Unicode takes apart, as a hurried writer types them.
_PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h", "ə": "e"}
)
#: Cyrillic and Greek letters that pass for Latin ones.
_LATIN_LOOKS = str.maketrans(
    "аеорсухіјѕһԁкмтнвαορτυικενχ",
    "aeopcyxijshdkmthbaoptuikevx",
)
_LATIN = re.compile(r"[a-z]")
_CYRILLIC_OR_GREEK = re.compile("[\u0370-\u03ff\u0400-\u052f]")
#: Turned apostrophes, primes and accents typed for one.
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘‛ʼ′`´＇", "'"))

#: Where invisible characters and marks can be; most texts have none of these.
_RARE = re.compile(
    "[\u00ad\u0300-\u1fff\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\uffff\U00010000-\U0010ffff]"
)


@lru_cache(maxsize=1 << 14)  # the words of a school's week, over and over
def fold(text: str) -> str:
    """``text`` without capitals and accents, one letter for all that look like it.

    Words of another script stay in it; only a word that mixes Latin letters with look-alikes becomes Latin.
    """
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in decomposed if unicodedata.category(c) != "Mn").translate(_PLAIN)
    if _LATIN.search(bare) and _CYRILLIC_OR_GREEK.search(bare):
        bare = bare.translate(_LATIN_LOOKS)
    return bare


def seen(text: str) -> str:
    """``text`` as its reader sees it: entities resolved, wide and bold letters plain, nothing invisible.

    Marks that NFKC leaves apart go as well; so a word is one run of letters in every script but Indic ones.
    """
    text = html.unescape(text)
    if text.isascii():
        return text
    whole = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES)
    if not _RARE.search(whole):
        return whole
    return "".join(c for c in whole if unicodedata.category(c) not in {"Cf", "Mn"})
