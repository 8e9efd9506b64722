"""Rule 14: what is not said in a letter to parents, through masks, and what only looks like it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pipeline.gates.lists import lines
from pipeline.gates.patterns import compiled
from pipeline.gates.reading import blocks
from pipeline.gates.rows import GAPS, Slots, is_slot
from pipeline.gates.tone import LANGUAGES, find_tone, tone_words
from pipeline.gates.words import Gate, Passage

WORDS = tone_words(("nl", "en"))


def found(text: str, *languages: str) -> list[str]:
    words = tone_words(languages) if languages else WORDS
    return [finding.subject for finding in find_tone([Passage(place="text", text=text)], words)]


@pytest.mark.parametrize(
    "text, subject",
    [
        ("Wat een kutweer!", "kutweer"),
        ("Die klootzakken ook.", "klootzak"),
        ("KLOOTZAK", "klootzak"),
        ("kl00tzak", "klootzak"),
        ("kl**tzak", "klootzak"),
        ("k*t", "kut"),
        ("een k*t en nog een k*t", "kut"),  # Markdown takes the stars
        ("k.u.t.", "kut"),
        ("k u t", "kut"),
        ("kuuuut", "kut"),
        ("f_u_c_k", "fuck"),
        ("f*u*c*k", "fuck"),
        ("f**k", "fuck"),
        ("sh1t", "shit"),
        ("$hit", "shit"),
        ("sh!t!", "shit"),
        ("кut", "kut"),  # with a Cyrillic k
        ("f\u200buck", "fuck"),
        ("ｆｕｃｋ", "fuck"),
        ("**fu**ck", "fuck"),
        ("Ik maak je dood", "ik maak je dood"),
        ("ik weet waar jullie wonen", "ik weet waar je woont"),
        ("dan krijg je klappen", "dan krijg je klappen"),
        ("stomme eikel", "stomme eikel"),
        ("krijg de tering", "krijg de tering"),
        ("Ga terug naar je eigen land", "ga terug naar je land"),
    ],
)
def test_what_is_not_said_is_held_by_its_plain_form(text: str, subject: str) -> None:
    assert found(text) == [subject] or set(found(text)) == {subject}


@pytest.mark.parametrize(
    "text",
    [
        "Hoera, hoera!",
        "We zochten eikels, grote eikels en kleine.",
        "KWF kankerbestrijding",
        "homo sapiens",
        "Kuttingen en Essex",
        "Mongolië en een Mongoolse joert",
        "de piek op de boom",
        "Nazi-Duitsland en de slavernij",
        "Wie werd er vermoord?",
        "poep en plas",
        "De koning is dood, leve de koning",
        "schieten op doel",
        "een gekke dag in de Domtoren",
        "Kook de aardappels in een grote pot.",
        "Scunthorpe, shiitake en klootschieten",
        "We naaien een tas en gaan op de wip.",
        "3*4=12, k3 en groep 5/6",
        "Ik maak je blij. Dood hout verteert.",  # no row over the end of a sentence
        "info@kutno.example",
    ],
)
def test_what_only_looks_like_it_is_let_through(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "language, text",
    [
        ("de", "So ein Arschloch, verpiss dich!"),
        ("fr", "Espèce d'enculé, ta gueule"),
        ("pl", "Spierdalaj, ty kurwo"),
        ("tr", "orospu çocuğu"),
        ("uk", "Пішов нахуй, сука"),
        ("ar", "يا ابن الكلب"),
        ("ar", "والشرموطة"),
    ],
)
def test_every_language_has_words_of_its_own(language: str, text: str) -> None:
    assert found(text, language) != []
    assert found(text, "nl") == []


def test_a_school_adds_words_and_excepts_others() -> None:
    passages = [Passage(place="title", text="Stomme sufkop, wat een lulletje rozenwater, pindakop!")]
    own = tone_words(("nl",), extra=["pindakop*", "lelijke eend"], never=["lulletje*", "sufkop"])
    subjects = [finding.subject for finding in find_tone(passages, own)]
    assert subjects == ["pindakop"]


def test_an_exception_takes_out_a_row_of_words() -> None:
    passages = [Passage(place="title", text="eigen volk eerst")]
    assert find_tone(passages, tone_words(("nl",))) != ()
    assert find_tone(passages, tone_words(("nl",), never=["eigen volk eerst"])) == ()


def test_it_is_told_where_and_how_it_is_written() -> None:
    [finding] = find_tone([Passage(place="caption", text="Wat een KUTweer", photo=3)], WORDS)
    assert (finding.gate, finding.place, finding.photo, finding.pupil) == (Gate.TONE, "caption", 3, None)
    assert finding.words == "KUTweer"


def test_the_same_words_are_made_once() -> None:
    assert tone_words(["nl", "en"]) is tone_words(("en", "nl"))
    assert tone_words(("nl", "xx")) is not tone_words(("nl",))
    assert found("kut", "xx") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_of_a_list_finds_itself(language: str) -> None:
    words, listed = tone_words((language,)), lines(f"tone_{language}.txt")
    slots = Slots(listed).ways
    for line in listed:
        if not is_slot(line) and not line.startswith("- "):
            more = "xx" if line.isascii() else "щщ"
            steps = [step.split("|")[0].rstrip("?") for step in line.split() if step not in GAPS]
            text = " ".join(slots[step][0] if step.startswith("@") else step for step in steps)
            text = text.replace("*", more).replace("_", " ")
            assert find_tone([Passage(place="title", text=text)], words), line


@pytest.mark.parametrize("language, share", [("nl", 0.45), ("en", 0.2), ("de", 0.5), ("fr", 0.45)])
def test_the_share_of_a_public_list_that_is_held(shared_data: Path, language: str, share: float) -> None:
    """The rest are words with an everyday meaning (pot, eikel, matje) or the body as it is taught."""
    file = shared_data / "strings" / "ldnoobw" / f"{language}.txt"
    listed = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    words = tone_words((language,))
    held = sum(bool(find_tone([Passage(place="title", text=line)], words)) for line in listed)
    assert held / len(listed) >= share


def test_a_thousand_sentences_from_the_newspaper_are_hardly_held(shared_data: Path) -> None:
    file = shared_data / "strings" / "dutch_sentences_ud_lassysmall.txt"
    sentences = file.read_text(encoding="utf-8").splitlines()[::3]
    held = [text for text in sentences if found(text)]
    assert len(held) <= 5, held


def test_long_and_hostile_texts_cost_little() -> None:
    started = time.process_time()
    for text in ("k*" * 5_000, "ik ga je " * 2_000, "*" * 10_000, "a." * 5_000, "k" * 20_000):
        found(text)
    assert time.process_time() - started < 3


def rows(*lines: str, text: str) -> list[str]:
    return [hit.subject for hit in compiled(lines).found(blocks(Passage(place="title", text=text))[0].words)]


SLOTS = ("@not: niet geen", "@who: polen rare_vogels turk*", "@bad: dom lui")


@pytest.mark.parametrize(
    "row, text, subjects",
    [
        ("@who zijn @bad", "Turken zijn lui", ["turken zijn lui"]),
        ("@who zijn @bad", "Die rare vogels zijn dom", ["rare vogels zijn dom"]),
        ("@who zijn @bad", "Polen zijn nou eenmaal lui", []),
        ("@who zijn .. @bad", "Polen zijn nou eenmaal erg lui", ["polen zijn nou eenmaal erg lui"]),
        ("@who zijn .. @bad", "Polen zijn een twee drie vier vijf lui", []),  # no gap is that wide
        ("@who zijn .. @bad", "Polen zijn echt niet lui", []),
        ("@who zijn .. @bad", "Polen zijn hier, de kat is lui", []),  # nor goes over a comma
        ("@who ... @bad", "Polen zijn hier, en zo lui", ["polen zijn hier en zo lui"]),
        ("@who ... @bad", "Polen zijn hier. En zo lui", []),
        ("zijn @who? @bad", "zijn lui", ["zijn lui"]),
        ("@nobody zijn @bad", "nobody zijn dom", []),  # a slot that there is not stands for nothing
    ],
)
def test_rows_have_slots_and_gaps(row: str, text: str, subjects: list[str]) -> None:
    assert rows(*SLOTS, row, text=text) == subjects


def test_an_exception_with_a_long_gap_holds_for_all_that_lies_in_it() -> None:
    lines = (*SLOTS, "@who zijn .. @bad", "- zijn dom", "- @who ... verhaal")
    assert rows(*lines, text="Polen zijn dom") == ["polen zijn dom"]  # says more than the exception
    assert rows(*lines, text="Polen zijn dom, dacht de reus in het verhaal") == []


def test_a_school_uses_the_slots_of_the_list() -> None:
    passages = [Passage(place="title", text="Walen zijn saai")]
    assert find_tone(passages, tone_words(("nl",))) == ()
    [finding] = find_tone(passages, tone_words(("nl",), extra=["@people zijn saai"]))
    assert finding.subject == "walen zijn saai"


@pytest.mark.parametrize(
    "text",
    [
        "Wie hier nog parkeert, krijgt van mij een klap voor zijn kop",
        "Dan ram ik hem een paar tanden uit zijn bek",
        "Die wethouder weten wij wel te vinden",
        "Meisjes zijn nou eenmaal te dom voor techniek",
        "Dat soort Bulgaren hoort niet op onze school",
        "Wat een lekker kontje heeft die stagiair",
        "Houdt nu eens allemaal jullie bakkes",
        "Gij zijt precies nen dikke onnozelaar",
    ],
)
def test_a_kind_is_known_and_not_a_sentence(text: str) -> None:
    assert found(text) != []


@pytest.mark.parametrize(
    "text",
    [
        "Joden moesten in de oorlog een ster dragen, zeiden ze niets dan stonden ze voor straf op transport.",
        "Vluchtelingen kunnen vaak niet terug naar hun eigen land.",
        "Wij wachten jullie op bij de ingang met koffie, en weten jullie te belonen.",
        "Klap in je handen en trap niet op de planten.",
        "De krokodil heeft een grote bek, de hond houdt zijn bek dicht.",
        "We slaan de piñata kapot en blazen ballonnen op.",
        "Dom Helder Camara sprak in de Dom.",
        "Over seks en verliefdheid praten we in de week van de Lentekriebels.",
        "Meisjes en jongens kunnen allebei programmeren.",
    ],
)
def test_what_only_sounds_like_a_kind_is_let_through(text: str) -> None:
    assert found(text) == []
