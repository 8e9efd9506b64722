"""Rule 12: who stands in a story, a history book, on a map or below a letter, and who is a pupil."""

from __future__ import annotations

import time

import pytest

from pipeline.gates.names import find_names
from pipeline.gates.personal import find_personal
from pipeline.gates.tone import find_tone, tone_words
from pipeline.gates.words import Named, Passage

PUPILS = frozenset(
    Named(pupil=key, first_name=first, last_name=last)
    for key, (first, last) in enumerate(
        [
            *[("Sem", "Bakker"), ("Noa", "de Wit"), ("Sofia", "Rossi"), ("Emma", "de Groot")],
            *[("Max", "Smit"), ("Kees", "Bos"), ("Mees", "Kok"), ("Saar", "Mol"), ("Thomas", "Groen")],
            *[("Linde", "Boersma"), ("Julia", "Nowak"), ("Odin", "Visser"), ("Victor", "Willems")],
            *[("Hugo", "Prins"), ("Sanne", "de Boer"), ("Roos", "Vink"), ("Jurre", "de Ruijter")],
        ]
    )
)
CONSENTING = frozenset(
    {
        Named(pupil=100, first_name="Sanne", last_name="Kuipers"),
        Named(pupil=101, first_name="Daan", last_name="Bos"),
    }
)
STAFF = frozenset({"Sanne Willems", "Els Vos", "Roos van Beek"})


def found(text: str, place: str = "text") -> set[str]:
    passages = [Passage(place=place, text=text)]
    return {finding.words for finding in find_names(passages, PUPILS, CONSENTING, STAFF)}


@pytest.mark.parametrize(
    "text",
    [
        "Sofia is de hoofdstad van Bulgarije.",
        "Emma is een roman van Jane Austen.",
        "Saar en Jop zijn de hoofdpersonen van ons voorleesboek.",
        "Saar is een vlieg in ons leesboek.",
        "Sem is in de Bijbel een zoon van Noach.",
        "Odin was de oppergod van de Vikingen.",
        "We lazen Saar en de zeven zebra's.",
        "Kees de kraai is onze klassenpop.",
        "Thomas de stoomtrein puft voorbij.",
        "Koningin Emma was regentes voor Wilhelmina.",
        "De opbrengst is voor het Emma Kinderziekenhuis.",
        "Verzamelen op het Max Euweplein.",
        "Wij logeren op kampeerterrein De Linde.",
        "Mees Kees op kamp is een mooie film.",
        "Victor Hugo schreef over Parijs.",
        "Julia Donaldson schreef De Gruffalo.",
        "Julia en Romeo, bewerkt voor groep 8",
        "Max. twee traktaties per kind",
        "De juf (Sanne) heeft een nieuwe bril.",
        "Groetjes, Sanne",
        "Namens het hele team: Els, Sanne en Roos",
    ],
)
def test_figures_rulers_places_and_signatures_are_no_pupils(text: str) -> None:
    assert not found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Noa is een film aan het maken over de sloot.",
        "Sofia is de stad in geweest met haar opa.",
        "Emma is de hele dag in haar boek gedoken.",
        "Sem is de schrijver van het verhaal.",
        "Saar was de wolf in het sprookje.",
        "Odin was een beroemde zanger in het toneelstuk.",
        "Toen gaf Kees de hond een koekje.",
        "Sem de piraat stal de show.",
        "Koningin Noa is jarig!",
        "Max zes jaar!",
        "Het team met Sanne won.",
        "Groetjes van Sem",
        "De meester (Noa hielp hem) hing de slingers op.",
    ],
)
def test_a_pupil_in_a_sentence_like_those_is_found(text: str) -> None:
    assert found(text)


@pytest.mark.parametrize("spelled", ["de Ruijter", "de Ruyter", "De Ruiter", "d. Ruijter"])
def test_a_last_name_spelled_as_it_sounds_is_still_the_pupils(spelled: str) -> None:
    assert found(f"Jurre {spelled} mocht mee.")


@pytest.mark.parametrize("text", ["Daan won de quiz.", "Sanne Kuipers won.", "Fenna Visser van groep 8 won."])
def test_who_may_be_named_and_who_is_in_no_addressed_group_is_no_hit(text: str) -> None:
    assert not found(text)


def test_what_a_talk_is_about_is_not_the_speakers_own() -> None:
    passages = [Passage(place="text", text="Daan houdt vrijdag zijn spreekbeurt over diabetes.")]
    assert not find_personal(passages, CONSENTING)
    own = [Passage(place="text", text="Daan hield een spreekbeurt over zijn eigen diabetes.")]
    assert find_personal(own, CONSENTING)


def test_a_post_of_5000_words_costs_a_tenth_of_a_second() -> None:
    walk = "Sem en Noa liepen met juf Sanne door het bos en zagen een mees, een beer en een roos. "
    passages = [Passage(place="text", text=walk * (5_000 // len(walk.split())))]
    coarse = tone_words(("nl", "en"))
    find_tone([Passage(place="text", text="warm")], coarse)
    started = time.process_time()
    find_names(passages, PUPILS, CONSENTING, STAFF)
    find_personal(passages, PUPILS | CONSENTING, staff=STAFF)
    find_tone(passages, coarse)
    assert time.process_time() - started < 0.4  # a tenth where nothing else runs


@pytest.mark.parametrize("text", ["Jurrre de Ruijter won.", "Tomas Groen zingt", "Hier staat Viktor Willems"])
def test_a_first_name_spelled_otherwise_before_the_last_name_is_found(text: str) -> None:
    assert found(text)


@pytest.mark.parametrize("text", ["Tess Groen uit Zwolle zong.", "Meester Viktor Willems is ziek."])
def test_another_first_name_before_a_pupils_last_name_is_somebody_else(text: str) -> None:
    assert not found(text)
