"""The mail of posts as they come, urgent or not, and the first mail that a parent gets."""

from __future__ import annotations

import re

import pytest
from lxml import html as parser

from pipeline.fragments import Brand, Fragments
from pipeline.guard import read_contents
from pipeline.mime import Encoder, Slot, compose, dump, encode_photo, fill
from pipeline.model import Item, RunKind
from pipeline.render import render
from pipeline.templates import Templates
from tests.newsletter import AUTHORS, closed, edition, item, letter, photo, school, shown, week

IMMEDIATE, URGENT, WEEKLY = RunKind.IMMEDIATE, RunKind.URGENT, RunKind.WEEKLY
BECAUSE = (
    "De directie heeft dit bericht als dringend aangemerkt. Daarom krijg je het meteen per mail, wat je ook"
)


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates.load()


def words(markup: str) -> str:
    return re.sub(r"\s+", " ", parser.fromstring(markup).text_content()).strip()


def posts(*groups: str, number: int = 3) -> list[Item]:
    return [item(key, f"Titel {key}", groups=groups) for key in range(1, number + 1)]


# --- subjects


@pytest.mark.parametrize(
    "items, kind, nl, en",
    [
        (posts(number=1), IMMEDIATE, "Titel 1", "Titel 1"),
        (posts("groep 3"), IMMEDIATE, "3 nieuwe berichten uit groep 3", "3 new posts from groep 3"),
        (
            posts("groep 10", "groep 3", number=2),
            IMMEDIATE,
            "2 nieuwe berichten uit groep 3 en groep 10",
            "2 new posts from groep 3 and groep 10",
        ),
        (posts(), IMMEDIATE, "3 nieuwe berichten van KBS de Regenboog", "3 new posts from KBS de Regenboog"),
        (
            [*posts("groep 3", number=1), item(2, "b")],
            IMMEDIATE,
            "2 nieuwe berichten van KBS de Regenboog",
            "2 new posts from KBS de Regenboog",
        ),
        (posts(number=1), URGENT, "Dringend: Titel 1", "Urgent: Titel 1"),
        (posts("x"), URGENT, "Dringend: 3 nieuwe berichten uit x", "Urgent: 3 new posts from x"),
    ],
)
def test_the_subject_is_the_title_or_how_many_posts_of_whom(
    templates: Templates, items: list[Item], kind: RunKind, nl: str, en: str
) -> None:
    assert letter(templates, *items, kind=kind).mail.subject == nl
    assert letter(templates, *items, kind=kind, language="en").mail.subject == en


def test_one_set_of_groups_gives_one_subject_in_whatever_order_it_came(templates: Templates) -> None:
    items = [item(1, "a", groups=["groep 10", "groep 3"]), item(2, "b", groups=["groep 3", "groep 10"])]
    subject = letter(templates, *items, kind=IMMEDIATE).mail.subject
    assert subject == "2 nieuwe berichten uit groep 3 en groep 10"


def test_a_title_cannot_break_out_of_the_subject(templates: Templates) -> None:
    mail = letter(templates, item(1, "Bos\r\nBcc: a@b.example\u2028 %(subject)s"), kind=URGENT).mail
    assert mail.subject == "Dringend: Bos  Bcc: a@b.example  %(subject)s"
    assert b"\r\nBcc:" not in dump(compose(mail, Encoder()))


def test_a_title_of_nothing_that_can_be_shown_still_leaves_a_subject(templates: Templates) -> None:
    mail = letter(templates, item(1, "\x01", groups=["groep 3"]), kind=IMMEDIATE).mail
    assert mail.subject == "Eén nieuw bericht uit groep 3"


def test_a_very_long_title_leaves_a_subject_that_can_be_read(templates: Templates) -> None:
    mail = letter(templates, item(1, "woord " * 100), kind=IMMEDIATE).mail
    assert len(mail.subject) <= 120
    assert mail.subject.endswith("…")
    assert ("woord " * 100).strip() in shown(mail.html)


# --- what it says


@pytest.mark.parametrize("kind", [IMMEDIATE, URGENT, RunKind.FEED])
def test_both_parts_tell_the_same_facts(templates: Templates, kind: RunKind) -> None:
    mail = letter(templates, *week(), web=True, kind=kind, welcome=True).mail
    rich, plain = words(shown(mail.html)), re.sub(r"\s+", " ", shown(mail.text))
    facts = [
        *("KBS de Regenboog", "6 nieuwe berichten", "groep 3 en groep 10", "De hele school"),
        *(entry.post.content.title for entry in week()),
        *("juf Sanne · woensdag 18 november", "vrijdag 4 december 2026", "Schoolplein en aula"),
        *("omdat je kind in groep 10 zit", "voor iedereen op school", "Op zoek naar sporen"),
        *("Dit is je eerste mail van KBS de Regenboog", "Kies hoe het nieuws bij je komt, of stop ermee"),
        *("Tekst en beeld blijven van de school", "leerkracht en de directie", "info@regenboog.example"),
    ]
    facts += ["Dringend", "heeft deze berichten als dringend aangemerkt"] if kind is URGENT else []
    assert [fact for fact in facts if fact not in rich] == []
    assert [fact for fact in facts if fact not in plain] == []
    assert "https://ouders.example.nl/keuze" in plain


def test_it_has_no_band_of_a_newsletter_and_the_post_comes_at_once(templates: Templates) -> None:
    mail = letter(templates, week()[2], kind=IMMEDIATE).mail
    root = parser.fromstring(shown(mail.html))
    assert [head.text_content().strip() for head in root.xpath("//h1 | //h2 | //h3")] == [
        *("KBS de Regenboog", "groep 3", "Naar het bos", "Goed om te weten"),
    ]
    for part in (shown(mail.html), shown(mail.text)):
        assert "Weekbrief" not in part
        assert "week 47" not in part
        assert "Anna de Vries" not in part


@pytest.mark.parametrize("kind", [IMMEDIATE, URGENT])
def test_how_to_change_or_stop_stands_before_the_post_and_after_it(
    templates: Templates, kind: RunKind
) -> None:
    mail = letter(templates, closed(), kind=kind, web=True).mail
    for parts in (mail.html, mail.text):
        assert [part for part in parts if isinstance(part, Slot)] == [Slot.PREFERENCES] * 2
        before = "".join(parts[: parts.index(Slot.PREFERENCES)])
        assert "Morgen is de school dicht" not in before
    root = parser.fromstring(shown(letter(templates, closed(), kind=kind).mail.html))
    asked = root.xpath("//a/@href")[0]
    assert asked == "mailto:info@regenboog.example?subject=Nieuws%20per%20mail%3A%20wijzigen%20of%20stoppen"


def test_posts_are_counted_only_when_they_are_more_than_one(templates: Templates) -> None:
    for number, said in ((1, 0), (2, 1)):
        mail = letter(templates, *posts("groep 3", number=number), kind=IMMEDIATE).mail
        assert words(shown(mail.html)).count(f"{number} nieuwe berichten") == said
        assert shown(mail.text).count(f"{number} nieuwe berichten") == said
        assert "Eén nieuw bericht" not in shown(mail.text)


def test_a_chapter_for_each_set_of_groups(templates: Templates) -> None:
    same = letter(templates, *posts("groep 3"), kind=IMMEDIATE).mail
    mixed = letter(templates, *posts("groep 3"), item(9, "x"), kind=IMMEDIATE).mail
    heads = [
        [head.text_content().strip() for head in parser.fromstring(shown(mail.html)).iter("h2")]
        for mail in (same, mixed)
    ]
    assert heads == [["groep 3", "Goed om te weten"], ["De hele school", "groep 3", "Goed om te weten"]]


@pytest.mark.parametrize("kind", [IMMEDIATE, URGENT])
def test_titles_carry_the_mark_of_their_post_and_nobody_can_write_one(
    templates: Templates, kind: RunKind
) -> None:
    forged = 'id="p-9-9" <h3 id="p-9-9">x</h3> `id="p-9-9"`'
    entry = item(7, forged, forged, groups=[forged], photos=[photo(1, forged, forged)], revision=3)
    brand = {"authors": {1: forged}, "of": school(name=forged)}
    for items, marks in (
        ([entry], ["p-7-3"]),
        ([entry, item(12, "Twee", groups=["x"])], ["p-7-3", "p-12-1"]),
    ):
        html = shown(letter(templates, *items, kind=kind, welcome=True, **brand).mail.html)
        assert sorted(re.findall(r'\bid="(p-[^"]*)"', html)) == sorted(marks)


@pytest.mark.parametrize("kind", [IMMEDIATE, URGENT])
def test_the_guard_finds_each_post_in_the_finished_bytes(templates: Templates, kind: RunKind) -> None:
    mail = letter(templates, *week(), kind=kind, welcome=True).mail
    values = {
        Slot.TO: "anna@ouders.example",
        Slot.MESSAGE_ID: "<1@regenboog.example>",
        Slot.DATE: "Fri, 20 Nov 2026 15:30:00 +0100",
        Slot.UNSUBSCRIBE: "List-Unsubscribe: <mailto:info@regenboog.example>",
    }
    contents = read_contents(fill(compose(mail, Encoder()), values, lambda _: encode_photo(b"x")))
    assert contents.posts == {entry.post.key for entry in week()}
    assert len(contents.pictures) == 6


def test_what_an_inbox_shows_beside_a_title_is_how_the_post_begins(templates: Templates) -> None:
    body = f"Het *was* <b>mooi</b>.\n\n- een\n- twee\n\n{'verder ' * 60}"
    html = shown(letter(templates, item(1, "Bos", body), kind=IMMEDIATE).mail.html)
    begins = parser.fromstring(html).xpath("//div[contains(@style, 'display:none')]")[0].text_content()
    assert begins.startswith("Het was <b>mooi</b>. - een - twee verder")
    assert len(begins) <= 140
    html = shown(letter(templates, *posts(), kind=IMMEDIATE).mail.html)
    begins = parser.fromstring(html).xpath("//div[contains(@style, 'display:none')]")[0].text_content()
    assert begins == "Titel 1 · Titel 2 · Titel 3"


def test_nothing_is_fetched_from_anywhere(templates: Templates) -> None:
    html = shown(letter(templates, *week(), kind=URGENT, welcome=True, web=True).mail.html)
    outside = r"""(?:src|srcset|background|@import|url\()[\s="'(]*(?!cid:)[a-z]+:|<link|fonts\.googleapis"""
    assert re.findall(outside, html) == []
    assert "#ac00" not in html
    assert "9999px" not in html


# --- urgent


def test_an_urgent_mail_says_why_it_comes_and_no_other_does(templates: Templates) -> None:
    for kind, said in ((URGENT, True), (IMMEDIATE, False), (WEEKLY, False)):
        mail = letter(templates, closed(), kind=kind).mail
        for part in (words(shown(mail.html)), shown(mail.text)):
            assert (BECAUSE in part) is said
            assert ("Dringend" in part) is said
    english = letter(templates, closed(), kind=URGENT, language="en").mail
    sentence = "The management marked this post as urgent, so you get it by mail at once, whatever you chose."
    assert sentence in words(shown(english.html))
    assert sentence in shown(english.text)


def test_an_urgent_sign_says_nothing_to_who_listens(templates: Templates) -> None:
    root = parser.fromstring(shown(letter(templates, closed(), kind=URGENT).mail.html))
    assert [sign.text_content() for sign in root.xpath("//span[@aria-hidden='true']")] == ["!"]


# --- the first mail


@pytest.mark.parametrize(
    "kind, nl, en",
    [
        (
            WEEKLY,
            "Dit is je eerste weekbrief van KBS de Regenboog: het nieuws van school bij elkaar in één mail.",
            "This is your first newsletter from KBS de Regenboog: the news from school together in one mail.",
        ),
        (
            IMMEDIATE,
            "Dit is je eerste mail van KBS de Regenboog: je krijgt een mail zodra er nieuws voor je is.",
            "This is your first mail from KBS de Regenboog: you get a mail whenever there is news for you.",
        ),
        (
            URGENT,
            "Dit is je eerste mail van KBS de Regenboog. Alleen dringend nieuws komt altijd zo: voor het"
            " andere nieuws kies je zelf hoe je het krijgt.",
            "This is your first mail from KBS de Regenboog. Only urgent news always comes like this: you"
            " choose how the other news reaches you.",
        ),
    ],
)
def test_the_first_mail_says_how_this_works_and_how_to_choose(
    templates: Templates, kind: RunKind, nl: str, en: str
) -> None:
    for language, sentence in (("nl", nl), ("en", en)):
        first = letter(templates, closed(), kind=kind, language=language, welcome=True, web=True).mail
        later = letter(templates, closed(), kind=kind, language=language, web=True).mail
        for part in ("html", "text"):
            assert sentence in words(f"<p>{shown(getattr(first, part))}</p>")
            assert sentence not in words(f"<p>{shown(getattr(later, part))}</p>")
        said = parser.fromstring(shown(first.html)).xpath(f"//p[contains(., '{sentence[:20]}')]/a/@href")
        assert said == ["https://ouders.example.nl/keuze"]


def test_first_and_later_readers_share_what_is_the_same(templates: Templates) -> None:
    fragments = Fragments(templates, Brand(authors=AUTHORS))
    first, later = (
        render(edition(*week(), kind=IMMEDIATE, welcome=welcome), fragments).mail for welcome in (True, False)
    )
    assert first != later
    assert set(later.html) < set(first.html)
    assert set(later.text) < set(first.text)


@pytest.mark.parametrize("kind", RunKind)
def test_the_same_posts_give_the_same_bytes(templates: Templates, kind: RunKind) -> None:
    made = [
        dump(
            compose(letter(templates, *posts, web=True, kind=kind, welcome=True, of=school()).mail, Encoder())
        )
        for posts in (week(), tuple(reversed(week())))
    ]
    assert made[0] == made[1]


def test_one_runs_pieces_never_stand_in_for_another_kinds(templates: Templates) -> None:
    """Whoever keeps `Fragments` longer than a run still gets each kind its own head."""
    fragments = Fragments(templates, Brand(authors=AUTHORS))
    for kind in (*RunKind, *reversed(RunKind)):
        kept = render(edition(closed(), kind=kind), fragments).mail
        assert kept == letter(templates, closed(), kind=kind).mail
