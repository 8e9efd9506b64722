"""Every language has every sentence, its own plural forms and dates, and Latin digits."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Message

from pipeline.catalogues import align, catalogue, untranslated
from pipeline.languages import LANGUAGES, Direction, direction, first_strong
from pipeline.model import Event, RunKind, Window
from pipeline.texts import LOCALES, Texts, load_texts

ZONE = ZoneInfo("Europe/Amsterdam")
TEXTS = {language: load_texts(language) for language in LANGUAGES}

#: Words that are written as in English; anything else that is equal was forgotten.
SAME = {
    "de": {"Newsletter", "App", "Video, %(time)s"},
    "fr": {"Photo", "Urgent", "Parents", "Agenda", "Messages"},
    "nl": {"week %(week)s", "Video, %(time)s", "Agenda", "Later", "mail"},
    "pl": {"mail"},
    "tr": {"Video, %(time)s"},
}


def messages(language: str) -> Iterator[Message]:
    return (message for message in catalogue(language) if message.id)


def forms(message: Message) -> list[tuple[str, str]]:
    """Each form with the English that it stands for."""
    if not message.pluralizable:
        return [(str(message.id), str(message.string))]
    return [(message.id[1], form) for form in message.string or ()]


def test_each_language_has_its_catalogue_and_no_other_has() -> None:
    assert sorted(path.name for path in LOCALES.iterdir()) == sorted(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_waits_for_a_translation(language: str) -> None:
    assert list(untranslated(language)) == []


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_nothing_was_left_in_english(language: str) -> None:
    left = {form for message in messages(language) for key, form in forms(message) if key == form}
    assert left <= SAME.get(language, set())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_has_the_places_of_its_sentence(language: str) -> None:
    """Only a form for one number alone may leave the number out."""
    texts = TEXTS[language]
    plural = texts.catalogue.plural  # type: ignore[attr-defined]
    numbers = [{n for n in range(500) if plural(n) == at} for at in range(6)]
    for message in messages(language):
        for at, (key, form) in enumerate(forms(message)):
            wanted, found = (set(re.findall(r"%\((\w+)\)s", text)) for text in (key, form))
            alone = message.pluralizable and len(numbers[at]) == 1
            assert found == wanted or (alone and found == wanted - {"num"}), (key, form)
            assert not re.search(r"%(?!\(\w+\)s)", form.replace("%%", "")), form


NEW_POSTS = {
    "nl": "1 nieuw bericht|2 nieuwe berichten|5 nieuwe berichten|21 nieuwe berichten",
    "en": "1 new post|2 new posts|5 new posts|21 new posts",
    "de": "1 neuer Beitrag|2 neue Beiträge|5 neue Beiträge|21 neue Beiträge",
    "fr": "1 nouveau message|2 nouveaux messages|5 nouveaux messages|21 nouveaux messages",
    "pl": "1 nowa wiadomość|2 nowe wiadomości|5 nowych wiadomości|21 nowych wiadomości",
    "tr": "1 yeni paylaşım|2 yeni paylaşım|5 yeni paylaşım|21 yeni paylaşım",
    "uk": "1 новий допис|2 нові дописи|5 нових дописів|21 новий допис",
}
ONE = {"nl": "Eén", "en": "One", "de": "Ein", "pl": "Jedna", "tr": "Bir"}


@pytest.mark.parametrize("language, wanted", NEW_POSTS.items())
def test_a_number_takes_its_form(language: str, wanted: str) -> None:
    said = [TEXTS[language].count("One new post", "%(num)s new posts", n) for n in (1, 2, 5, 21)]
    said[0] = said[0].replace(ONE.get(language, "1"), "1")
    assert said == wanted.split("|")


@pytest.mark.parametrize(
    "number, pl, uk, ar",
    [
        (0, "0 spraw wymaga uwagi", "0 справ потребують уваги", "لا أمور تحتاج إلى انتباهكم"),
        (1, "1 sprawa wymaga uwagi", "1 справа потребує уваги", "أمر واحد يحتاج إلى انتباهكم"),
        (2, "2 sprawy wymagają uwagi", "2 справи потребують уваги", "أمران يحتاجان إلى انتباهكم"),
        (3, "3 sprawy wymagają uwagi", "3 справи потребують уваги", "3 أمور تحتاج إلى انتباهكم"),
        (5, "5 spraw wymaga uwagi", "5 справ потребують уваги", "5 أمور تحتاج إلى انتباهكم"),
        (11, "11 spraw wymaga uwagi", "11 справ потребують уваги", "11 أمرًا يحتاج إلى انتباهكم"),
        (21, "21 spraw wymaga uwagi", "21 справа потребує уваги", "21 أمرًا يحتاج إلى انتباهكم"),
        (22, "22 sprawy wymagają uwagi", "22 справи потребують уваги", "22 أمرًا يحتاج إلى انتباهكم"),
        (100, "100 spraw wymaga uwagi", "100 справ потребують уваги", "100 أمر يحتاج إلى انتباهكم"),
        (103, "103 sprawy wymagają uwagi", "103 справи потребують уваги", "103 أمور تحتاج إلى انتباهكم"),
    ],
)
def test_languages_with_many_forms_take_the_right_one(number: int, pl: str, uk: str, ar: str) -> None:
    counted = {
        language: TEXTS[language].count(
            "%(num)s thing asks for attention", "%(num)s things ask for attention", number
        )
        for language in ("pl", "uk", "ar")
    }
    assert counted == {"pl": pl, "uk": uk, "ar": ar}


def covers(texts: Texts, since: datetime, until: datetime) -> str:
    return texts.covers(Window(kind=RunKind.WEEKLY, key="", since=since, until=until, at=until), ZONE)


@pytest.mark.parametrize(
    "language, day, month, week, months, years",
    [
        (
            *("nl", "vrijdag 4 december", "dec", "13 t/m 20 november 2026"),
            *("27 november t/m 4 december 2026", "28 december 2026 t/m 4 januari 2027"),
        ),
        (
            *("en", "Friday 4 December", "Dec", "13 to 20 November 2026"),
            *("27 November to 4 December 2026", "28 December 2026 to 4 January 2027"),
        ),
        (
            *("de", "Freitag, 4. Dezember", "Dez", "13. bis 20. November 2026"),
            *("27. November bis 4. Dezember 2026", "28. Dezember 2026 bis 4. Januar 2027"),
        ),
        (
            *("fr", "vendredi 4 décembre", "déc", "du 13 au 20 novembre 2026"),
            *("du 27 novembre au 4 décembre 2026", "du 28 décembre 2026 au 4 janvier 2027"),
        ),
        (
            *("pl", "piątek, 4 grudnia", "gru", "od 13 do 20 listopada 2026"),
            *("od 27 listopada do 4 grudnia 2026", "od 28 grudnia 2026 do 4 stycznia 2027"),
        ),
        (
            *("tr", "4 Aralık Cuma", "Ara", "13 – 20 Kasım 2026"),
            *("27 Kasım – 4 Aralık 2026", "28 Aralık 2026 – 4 Ocak 2027"),
        ),
        (
            *("uk", "п’ятниця, 4 грудня", "груд", "з 13 до 20 листопада 2026\u00a0р."),
            *("з 27 листопада до 4 грудня 2026\u00a0р.", "з 28 грудня 2026\u00a0р. до 4 січня 2027\u00a0р."),
        ),
        (
            *("ar", "الجمعة، 4 ديسمبر", "ديسمبر", "من 13 إلى 20 نوفمبر 2026"),
            *("من 27 نوفمبر إلى 4 ديسمبر 2026", "من 28 ديسمبر 2026 إلى 4 يناير 2027"),
        ),
    ],
)
def test_days_and_weeks_are_said_as_the_language_does(
    language: str, day: str, month: str, week: str, months: str, years: str
) -> None:
    texts, noon = TEXTS[language], 12
    assert texts.day(date(2026, 12, 4)) == day
    assert texts.month(date(2026, 12, 4)) == month
    ends = [(11, 13, 20), (11, 27, 34), (12, 28, 35)]
    for said, (at, first, last) in zip((week, months, years), ends, strict=True):
        begins = datetime(2026, at, first, noon, tzinfo=ZONE)
        until = datetime.fromordinal(begins.toordinal() + last - first).replace(hour=noon, tzinfo=ZONE)
        assert covers(texts, begins, until) == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_digits_are_those_of_the_country(language: str) -> None:
    """Also in Arabic: families see 19:00 everywhere around them."""
    starts, ends = (datetime(2026, 12, day, 14, 30, tzinfo=ZONE) for day in (9, 11))
    event = Event(starts=starts, ends=ends, location="")
    said = " ".join(TEXTS[language].when(event, ZONE))
    assert {"9", "11", "2026", "14", "30"} <= set(re.findall(r"[0-9]+", said))
    assert not re.search(r"[^\D0-9]", said)


def test_lists_are_joined_as_the_language_does() -> None:
    joined = {language: TEXTS[language].all_of(["groep 3", "groep 4"]) for language in LANGUAGES}
    assert joined == {
        **{"nl": "groep 3 en groep 4", "en": "groep 3 and groep 4", "de": "groep 3 und groep 4"},
        **{"fr": "groep 3 et groep 4", "pl": "groep 3 i groep 4", "tr": "groep 3 ve groep 4"},
        **{"uk": "groep 3 і groep 4", "ar": "groep 3 و groep 4"},
    }
    classes = ["<bdi>الصف 3</bdi>", "<bdi>الصف 4</bdi>"]
    assert TEXTS["ar"].all_of(classes) == " و".join(classes)
    assert all(texts.all_of([]) == "" for texts in TEXTS.values())


@pytest.mark.parametrize(
    "tag, rtl",
    [
        *(("ar", True), ("ar-eg", True), ("fa", True), ("he", True), ("ckb", True), ("uz-Arab", True)),
        *(("nl", False), ("tr", False), ("ar-latn", False), ("uk", False), ("so", False), ("zh-hant", False)),
    ],
)
def test_which_way_a_language_is_written(tag: str, rtl: bool) -> None:
    assert direction(tag) is (Direction.RTL if rtl else Direction.LTR)


def test_the_first_letter_with_a_direction_decides() -> None:
    assert first_strong("3. (رحلة) bos") is Direction.RTL
    assert first_strong("12:00 – bos رحلة") is Direction.LTR
    assert first_strong("12:00!") is None


def test_a_new_dutch_sentence_gets_a_place_in_every_catalogue_and_is_missed_until_filled(
    tmp_path: Path,
) -> None:
    shutil.copytree(LOCALES, tmp_path, dirs_exist_ok=True)
    dutch = tmp_path / "nl/LC_MESSAGES/weekbrief.po"
    text = dutch.read_text("utf-8").replace('msgid "Photo"\nmsgstr "Foto"\n\n', "")
    assert text != dutch.read_text("utf-8")
    cats = 'msgid "One cat"\nmsgid_plural "%(num)s cats"\nmsgstr[0] "Eén kat"\nmsgstr[1] "%(num)s katten"\n'
    dutch.write_text(f"{text}\n{cats}", "utf-8")
    assert list(untranslated("ar", tmp_path)) == ["One cat"]
    for language in ("ar", "en"):
        align(language, tmp_path)
    assert list(untranslated("ar", tmp_path)) == ["One cat"]
    assert list(untranslated("en", tmp_path)) == []
    aligned = catalogue("ar", tmp_path)
    assert aligned.get("Photo") is None
    assert len(aligned.get("One cat").string) == 6  # type: ignore[union-attr, arg-type]
    assert aligned.get("Urgent").string == "عاجل"  # type: ignore[union-attr]
