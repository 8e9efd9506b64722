"""However a name is written and wherever it stands, it is found; and nothing is found where no name is.

``WEEKBRIEF_GATES=long`` makes it the long form.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable

from hypothesis import given, settings, strategies as st

from pipeline.gates.folding import fold, seen
from pipeline.gates.names import find_names
from pipeline.gates.personal import find_personal
from pipeline.gates.tone import find_tone, tone_words
from pipeline.gates.words import Named, Passage

LONG = os.environ.get("WEEKBRIEF_GATES") == "long"
settings.register_profile("gates", deadline=None, database=None, max_examples=3_000 if LONG else 120)
many = settings(settings.get_profile("gates"))

FIRST = (
    *(
        "Sanne",
        "Zoë",
        "İbrahim",
        "Łukasz",
        "Anne-Fleur",
        "Jan Willem",
        "Noël",
        "D'Angelo",
        "Oğuz",
        "Bo",
        "Max",
    ),
    *(
        "Roos",
        "Storm",
        "Mei",
        "Wil",
        "Beer",
        "Lente",
        "Sydney",
        "Jip",
        "Оксана",
        "ليلى",
        "美咲",
        "Renée",
        "Ties",
    ),
)
LAST = (
    *(
        "de Vries",
        "van den Berg",
        "Jansen",
        "El Idrissi",
        "Yıldız",
        "van 't Hof",
        "Jansen-de Boer",
        "d'Ancona",
    ),
    *(
        "O'Neil",
        "Wiśniewska",
        "Bos",
        "de Wit",
        "Koning",
        "Øvergård",
        "Müller",
        "Шевченко",
        "حداد",
        "佐藤",
        "ten Brink",
    ),
)
WORDS = (
    *(
        "vandaag",
        "gingen",
        "we",
        "met",
        "de",
        "hele klas",
        "naar het bos",
        "en",
        "daar was een roos",
        ",",
        "want",
    ),
    *(
        "juf Anouk",
        "meester Kees",
        "wilde dat",
        ".",
        "Groep 5",
        "zong",
        "in de Aula",
        "!",
        "Koning Winter",
        "kwam",
    ),
    *("(", ")", "niet:", "het bleef droog", "12 keer", '"', "van"),
)


def _plain_letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


WAYS: tuple[Callable[[str], str], ...] = (
    str,
    str.lower,
    str.upper,
    str.title,
    _plain_letters,
    _wide,
    lambda name: unicodedata.normalize("NFD", name),
    lambda name: f"{name}'s",
    lambda name: f"{name}’s",
    lambda name: name.replace(" ", "\n"),
    lambda name: name.replace(" ", "\u00a0"),
    lambda name: f"🎉{name}🎉",
    lambda name: f"`{name}`",
    lambda name: f"[zie](https://example.org/{name.replace(' ', '_')}.jpg)",
    lambda name: f'[zie](https://example.org "{name.replace(chr(34), "")}")',
    lambda name: "".join(f"&#{ord(c)};" for c in name),
)


@st.composite
def hidden(draw: st.DrawFn) -> Callable[[str], str]:
    """What a mark in the middle of a name does to it: nothing that its reader sees."""
    mark = draw(st.sampled_from(["", "", "\u200b", "\u200d", "\u00ad", "\u2060", "\ufeff", "**"]))
    at = draw(st.integers(1, 3))

    def hide(name: str) -> str:
        if mark == "**":
            return f"**{name[:at]}**{name[at:]}" if name[:at].isalpha() else name
        return name[:at] + mark + name[at:]

    return hide


@many
@given(
    first=st.sampled_from(FIRST),
    last=st.sampled_from(LAST),
    way=st.sampled_from(WAYS),
    hide=hidden(),
    before=st.lists(st.sampled_from(WORDS), max_size=6),
    after=st.lists(st.sampled_from(WORDS), max_size=6),
)
def test_a_whole_name_is_found_wherever_and_however_it_stands(
    first: str,
    last: str,
    way: Callable[[str], str],
    hide: Callable[[str], str],
    before: list[str],
    after: list[str],
) -> None:
    pupil = Named(pupil=1, first_name=first, last_name=last)
    name = f"{first} {last}"
    written = way(hide(name)) if way in WAYS[:1] else way(name)
    text = " ".join([*before, written, *after])
    assert find_names([Passage(place="text", text=text)], {pupil}), text


@many
@given(
    first=st.sampled_from(FIRST),
    last=st.sampled_from(LAST),
    other=st.sampled_from(LAST),
    before=st.lists(st.sampled_from(WORDS), max_size=6),
)
def test_a_namesake_who_may_be_named_is_not_taken_for_the_other(
    first: str, last: str, other: str, before: list[str]
) -> None:
    if set(fold(last).replace("-", " ").split()) & set(fold(other).replace("-", " ").split()) - {"de", "van"}:
        return
    without = Named(pupil=1, first_name=first, last_name=other)
    consenting = Named(pupil=2, first_name=first, last_name=last)
    text = " ".join([*before, first, last, "zong", "."])
    assert find_names([Passage(place="title", text=text)], {without}, {consenting}) == ()


PUPILS = frozenset(Named(pupil=key, first_name=first, last_name="Xx") for key, first in enumerate(FIRST))


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, fold(seen(text))))


@many
@given(text=st.text(max_size=60) | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_nothing_is_found_where_the_letters_of_no_name_stand(text: str) -> None:
    pupils = {Named(pupil=key, first_name=first, last_name="Zwartkruis") for key, first in enumerate(FIRST)}
    letters = "".join(filter(str.isalpha, fold(seen(text))))
    possible = [
        one for one in pupils if "".join(filter(str.isalpha, fold(seen(one.first_name))))[:2] in letters
    ]
    for finding in find_names([Passage(place="title", text=text)], pupils):
        assert finding.pupil in {one.pupil for one in possible} or "zwartkruis" in letters


@many
@given(
    text=st.text(
        alphabet=st.sampled_from("Sane *_`[]()<>&#;|\n\t-.!:/\\'\"🎉١٢kut1@\u200b\u00ad"), max_size=80
    )
)
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    pupils = {Named(pupil=1, first_name="Sanne", last_name="de Vries")}
    words = tone_words(("nl", "en", "ar"))
    for place in ("text", "title"):
        passages = [Passage(place=place, text=text)]
        for found in (
            find_names(passages, pupils),
            find_personal(passages, pupils),
            find_tone(passages, words),
        ):
            assert all(0 < len(one.words) <= 80 and one.subject for one in found)
            assert len(set(found)) == len(found)
