"""Rule 12: signs of a world outside the class against signs of the class."""

from __future__ import annotations

import os

import pytest

from pipeline.gates.lists import lines
from pipeline.gates.names import find_names
from pipeline.gates.words import Passage
from tests.unit.test_gate_frames import FRAMES, pupils

LONG = os.environ.get("WEEKBRIEF_GATES") == "long"
NAMES = (
    *("Matilda", "Vincent", "Anne", "Kobe", "Nora", "Rosa", "Jip", "Imani", "Saar", "Jette", "Eva", "Max"),
    *("Storm", "Merel", "Linde", "Madelief", "Sam", "Fons", "Mei", "Lente", "Wolf", "Roos", "Tom"),
)
PUPILS = pupils([*NAMES])
STAFF = frozenset({"juf Anne", "meester Tom", "Rosa Pinto"})


def found(text: str, place: str = "text") -> bool:
    return bool(find_names([Passage(place=place, text=text)], PUPILS, frozenset(), STAFF))


@pytest.mark.parametrize(
    "outside, in_class",
    [
        ("De musical heet Matilda, naar Roald Dahl.", "Matilda vertelde over de musical."),
        ("Vincent en zijn broer Theo, zei de gids van het Van Gogh Museum.", "Vincent mocht het museum in."),
        ("In de stad Kobe beeft de aarde.", "Kobe vertelde over de stad."),
        ("Het stuk waarin Nora de deur dichttrekt.", "Nora trekt de deur dicht."),
        ("Rosa Parks bleef zitten. Door Rosa begon de staking.", "Rosa bleef zitten."),
        ("Wie komt er verkleed als Jip?", "Jip kwam verkleed als prins."),
        ("De laatste dag van het feest heet imani, dat is Swahili.", "gefeliciteerd imani"),
        ("In de televisieserie schonk huishoudster Saar koffie.", "In de kring schonk Saar koffie."),
        ("We reden via Jette naar de stad.", "We bellen Jette vanavond."),
        ("De school uit Jette komt zingen.", "De tas van Jette is zoek."),
        ("We zoeken nog EVA-foam.", "Eva zoekt nog foam."),
        ("Omroep MAX komt filmen.", "MAX HEEFT GEWONNEN"),
        ("Storm trok over het land.", "Storm durfde van de hoge."),
        ("Storm houdt huis aan zee.", "Storm houdt een spreekbeurt over haaien."),
        ("Merels bouwen hun nest.", "Merels opa bouwt een nest."),
        ("Linde, beuk en eik staan in de tuin.", "Linde, Eva en Sam staan in de tuin."),
        ("Sam de brandweerman redt een kat.", "Sam redt een kat."),
        ("Ons klaskonijn Fons is ontsnapt.", "Het konijn van Fons is ontsnapt."),
        ("Reken uit: Sam koopt drie appels.", "Sam koopt drie appels."),
        ("Meester Tom vertelt dat Tom hier zelf op school was.", "Juf Anne en Anne gaan samen."),
        ("Eva betekent leven.", "Eva weet wat leven is."),
        ("We leerden over Anne en haar dagboek.", "We leerden van Anne hoe je vouwt."),
        ("De app Sam helpt bij het lezen.", "De kleine Sam helpt bij het lezen."),
        ("Mei brengt regen en wind.", "Mei leest een verhaal voor."),
        ("Wolf gezien bij Ede", "Wolf leest voor"),
        ("We zongen Ave Rosa in het koor.", "We zongen met Rosa in het koor."),
        ("Saint Vincent ligt in zee.", "Vincent ligt in het gras."),
        ("Vincent werd in 1853 geboren.", "In 1953 brak de dijk, vertelde Vincent."),
        ("Nora zwom in 1969 over het kanaal.", "Nora las over de ramp van 1953."),
        ("De Rosa 2 vloog naar de maan.", "Rosa 2 jaar!"),
        ("Kom als Pluk, Floddertje of Jip.", "Kom als Jip roept."),
        ("Op de kaart staan de woorden ik, nora en sok.", "Vandaag mochten nora en sam voorlezen."),
        ("Bloemenzaak Rosa zit om de hoek.", "De bloemen van Rosa staan om de hoek."),
        ("In de ridderserie Tom zien we kastelen.", "In de kring Tom met zijn kasteel."),
        ("Theo van Gogh schreef zijn broer Vincent.", "Saar schreef zijn broer Vincent."),
        ("Een Rosa is een soort aardappel.", "Rosa is een soort held."),
        ("De naam Rosa betekent roos.", "Gevonden: beker, naam Rosa."),
        ("Roos en lelie bloeien.", "Roos en haar papa bakken."),
        ("Mei is zes weken oud nieuws.", "Mei is zes!"),
        ("Storm zet door tot de avond.", "Storm zet zijn fiets weg."),
        ("Anne, oma van Sem Bos, leest voor.", "Hulp: opa van Anne, oma van Sem Bos"),
        ("er zat een wolf op de dijk", "vandaag is wolf de weerman"),
        ("Merel, mus en vink in de heg", "#hupmerel op naar de finale"),
    ],
)
def test_the_same_name_outside_and_in_the_class(outside: str, in_class: str) -> None:
    assert not found(outside)
    assert found(in_class)


@pytest.mark.parametrize(
    "text", ["Merel met haar vogelhuisje", "Storm op de glijbaan", "roos en merel bij de zandtafel", "Wolf"]
)
def test_below_a_photo_a_word_that_is_a_name_is_the_child(text: str) -> None:
    assert found(text, "caption")


@pytest.mark.parametrize(
    "text, place",
    [
        ("storm & mei op de glijbaan", "caption"),
        ("merel, drie jaar", "caption"),
        ("Mei voor het raam", "caption"),
        ("storm_op_de_step.jpg", "link"),
        ("wolf_en_roos.jpg", "link"),
        ("lente-viert-feest.jpg", "link"),
        ("#teamkobe", "text"),
        ("#evaisjarig", "text"),
        ("lentes tekening hangt hier", "text"),
        ("opa van mei past op", "text"),
        ("mees wil de weerman zijn, roos is drie jaar", "text"),
        ("Evaatje en Samke", "text"),
        ("Tommie mocht voorlezen", "text"),
        ("@Merel: tot morgen!", "text"),
        ("De Storm uit onze klas kan jongleren", "text"),
        ("Lente haar oma leest voor", "text"),
    ],
)
def test_how_little_children_are_called_and_written(text: str, place: str) -> None:
    assert found(text, place)


@pytest.mark.parametrize("text", ["#storm", "#lentefeest", "#samenwerken", "#evaluatie", "#rosarium"])
def test_a_hashtag_is_no_child_for_a_few_letters_of_one(text: str) -> None:
    assert not found(text)


@pytest.mark.parametrize(
    "text", ["#matilda", "https://school.example/foto/saar-viert-feest", "Sammeke op stelten"]
)
def test_hashtags_addresses_and_flemish_small_forms(text: str) -> None:
    assert found(text)


def test_whoever_bears_the_name_of_a_world_is_found_in_everyday_frames() -> None:
    names = sorted({name for line in lines("worlds.txt") for name in line.partition(" : ")[0].split()})
    names = [name.title() for name in names if len(name) > 2][:: 1 if LONG else 25]
    group = pupils(names)
    missed = [
        (name, frame)
        for key, name in enumerate(names)
        for frame in FRAMES[:15]
        if key
        not in {one.pupil for one in find_names([Passage(place="text", text=frame.format(n=name))], group)}
    ]
    assert len(missed) <= len(names) * 15 // 50, missed
