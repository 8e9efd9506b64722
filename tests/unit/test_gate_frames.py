"""First names from all over the world in everyday sentences, and strangers in newspapers."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from pipeline.gates.names import find_names
from pipeline.gates.personal import find_personal
from pipeline.gates.words import Named, Passage

LONG = os.environ.get("WEEKBRIEF_GATES") == "long"
FRAMES = (
    *("{n} was jarig en trakteerde op fruit.", "Vandaag mocht {n} de bel luiden.", "Gefeliciteerd {n}!"),
    *(
        "De tekening van {n} hangt in de gang.",
        "We luisterden naar {n} en de rest van de groep.",
        "Foto: {n}",
    ),
    *("{n} en Xaveria bouwden een hut.", "Op de foto ziet u {n} op de glijbaan.", "{n} won de wedstrijd!"),
    *("{n} heeft een boek geschreven.", "Bedankt {n}, voor de mooie kaart.", "Hoera voor {n}!"),
    *(
        "Het idee kwam van {n}, goed bedacht.",
        "Aan tafel zaten {n}, Xaveria en Quirijn.",
        "Wat zong {n} mooi!",
    ),
    *("{n} las voor uit eigen werk.", "De mama van {n} bracht taart.", "{n} vertelde over zijn vakantie."),
    *("# {n} is jarig", "- {n}\n- Xaveria", "{n}'s tekening is af.", "{upper} IS JARIG"),
    *("{lower} was jarig en trakteerde", "toen mocht {lower} voorlezen", "**{n}** heeft een zusje."),
)
#: Words as well as names, or places: the hard ones.
HARD = (
    "Roos Iris Bas Max Mark Jan Floor Fleur Wolf Beer April Mei Juni Storm Lente Wil Ben Merel Jade Amber"
    " Lot Jet Joy Hope Sky Bo Kees Linde Madelief Koen Puck Job Robin Sterre Jip Paris Milan Jordan Sydney"
)
COMMON = (
    "Emma Julia Mila Sophie Olivia Yara Saar Nora Tess Noor Noah Liam Luca Lucas Mees Finn Milan Levi Sem"
)


def pupils(names: list[str]) -> frozenset[Named]:
    return frozenset(Named(pupil=key, first_name=name, last_name="Xyz") for key, name in enumerate(names))


def found(text: str, among: frozenset[Named]) -> set[int | None]:
    return {finding.pupil for finding in find_names([Passage(place="text", text=text)], among)}


def test_at_least_99_of_100_first_names_in_everyday_frames_are_found(shared_data: Path) -> None:
    with (shared_data / "strings" / "common-forenames-by-country.csv").open(encoding="utf-8-sig") as file:
        names = sorted({row["Localized Name"].strip() for row in csv.DictReader(file)} - {""})
    names = [*HARD.split(), *names[:: 1 if LONG else 40]]
    group = pupils(names)
    asked = missed = 0
    for key, name in enumerate(names):
        for frame in FRAMES:
            asked += 1
            missed += key not in found(frame.format(n=name, upper=name.upper(), lower=name.lower()), group)
    assert missed / asked <= (0.01 if LONG else 0.03)  # half of the short form are hard ones


def test_newspapers_hold_hardly_any_sentence_for_the_most_common_names(shared_data: Path) -> None:
    file = shared_data / "strings" / "dutch_sentences_ud_lassysmall.txt"
    sentences = file.read_text(encoding="utf-8").splitlines()[:: 1 if LONG else 3]
    group = pupils([*COMMON.split(), "Sanne", "Roos", "Max", "Storm", "Lente"])
    held = [text for text in sentences if found(text, group)]
    personal = [text for text in sentences if find_personal([Passage(place="text", text=text)], group)]
    assert (len(held), len(personal)) <= (len(sentences) // 500, 0), held
