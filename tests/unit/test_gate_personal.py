"""Rule 13: one pupil together with something personal, and what only stands beside a name."""

from __future__ import annotations

import pytest

from pipeline.gates.personal import find_personal
from pipeline.gates.words import Gate, Named, Passage

PUPILS = frozenset(
    Named(pupil=key, first_name=first, last_name=last)
    for key, (first, last) in enumerate([("Sanne", "de Vries"), ("Tim", "Jansen"), ("Roos", "Smit")], 1)
)


def topics(text: str) -> set[str]:
    findings = find_personal([Passage(place="text", text=text)], PUPILS, staff=["juf Sanne"])
    return {finding.subject for finding in findings}


@pytest.mark.parametrize(
    "text, subject",
    [
        ("Sanne heeft dyslexie.", "pupil:1:results"),
        ("Sanne de Vries haalde een 4 voor rekenen.", "pupil:1:results"),
        ("Tim kreeg een tien voor zijn dictee.", "pupil:2:results"),
        ("Tim is geschorst.", "pupil:2:behaviour"),
        ("Tim brak zijn arm.", "pupil:2:health"),
        ("Sanne is weer beter!", "pupil:1:health"),
        ("Sannes opa is overleden.", "pupil:1:care"),
        ("De ouders van Roos liggen uit elkaar.", "pupil:3:care"),
        ("Sanne was er niet. Ze ligt in het ziekenhuis.", "pupil:1:health"),
        ("Beterschap! Wij missen Roos.", "pupil:3:health"),
        ("Tim hield een spreekbeurt over zijn eigen ADHD.", "pupil:2:health"),
        ("Tim has been diagnosed with autism.", "pupil:2:health"),
        ("Tim heeft luizen, controleert u alle kinderen?", "pupil:2:health"),
        ("De ouders van Roos kunnen het kampgeld niet betalen.", "pupil:3:care"),
        ("Roos is te ziek voor de musical.", "pupil:3:health"),
        ("Tim had weer een boze bui.", "pupil:2:behaviour"),
        ("Tim doet groep 8 volgend jaar over.", "pupil:2:results"),
    ],
)
def test_something_personal_about_one_pupil_is_held(text: str, subject: str) -> None:
    assert topics(text) == {subject}


@pytest.mark.parametrize(
    "text",
    [
        "Sanne won de voorleeswedstrijd.",
        "Sanne is jarig.",
        "Alle kinderen maakten de Cito-toets.",
        "Alle kinderen doen de toets, Tim heeft er zin in.",
        "Tim is weer beter in voetbal.",
        "Juf Sanne is ziek.",
        "Juf Sanne is ziek. Tim maakte een kaart.",
        "Tim hield een spreekbeurt over ADHD.",
        "Tim speelt de zieke koning.",
        "Tim is de zieke koning in de musical.",
        "Tim mag groep 8 iets vertellen over bijen.",
        "Tim trapte de bal hard in het doel.",
        "Het konijn van Roos is ziek.",
        "Er heerst griep.",
        "Tim las voor. De luizencontrole is maandag. Neem een kam mee.",
        "Tim las voor. Alle ouders krijgen het rapport mee.",
        "Roos is een bloem en wij zijn ziek van de regen.",
    ],
)
def test_what_is_no_pupils_own_is_let_through(text: str) -> None:
    assert topics(text) == set()


def test_each_pupil_and_each_topic_is_a_finding() -> None:
    assert topics("Tim en Roos hadden ruzie en Tim is ziek.") >= {
        "pupil:2:behaviour",
        "pupil:3:behaviour",
        "pupil:2:health",
    }


def test_it_is_told_where_and_with_which_words() -> None:
    [finding] = find_personal([Passage(place="alt", text="Tim in het gips", photo=4)], PUPILS)
    assert (finding.gate, finding.place, finding.photo, finding.pupil) == (Gate.PERSONAL, "alt", 4, 2)
    assert finding.words == "Tim … in het gips"


def test_two_paragraphs_do_not_speak_of_each_other() -> None:
    assert topics("Sanne las voor.\n\nHet ziekenhuis in de stad is verbouwd.") == set()
