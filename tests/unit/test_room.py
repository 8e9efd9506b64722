"""No mail larger than the school says: which photos go, which are told by their number."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from pipeline.mime import Slot, compose, encode_photo, fill
from pipeline.model import CHANNEL_OF, Channel, Item, Link, Photo, PhotoReason, RunKind
from pipeline.room import PAGE, Weights, fit, photo_octets, text_octets
from pipeline.rules import Open, judge, narrow, open_item
from pipeline.templates import Templates
from tests.newsletter import edition, item, letter, photo, week
from tests.small_school import Small

KB = 1000
VALUES = {
    Slot.TO: "Anna de Vries-van der Meulen <anna@ouders.example>",
    Slot.MESSAGE_ID: "<0123456789abcdef0123456789abcdef@regenboog.example>",
    Slot.DATE: "Fri, 20 Nov 2026 15:30:00 +0100",
    Slot.UNSUBSCRIBE: "List-Unsubscribe: <mailto:info@regenboog.example>",
    Slot.NAME: "Anna de Vries-van der Meulen",
    Slot.PREFERENCES: "https://ouders.example.nl/keuze/" + "x" * 200,
}


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates.load()


def pictures(first: int, count: int, size: int = 300 * KB) -> list[Photo]:
    return [replace(photo(first + n, "Een bospad", "Op zoek"), size=size) for n in range(count)]


def shown(items: tuple[Item, ...]) -> list[list[int]]:
    return [[photo.key for photo in item.photos] for item in items]


def room_for(items: list[Item], photos: int, size: int = 300 * KB) -> int:
    """A limit that just has room for so many."""
    texts = sum(text_octets(item.post.content) for item in items)
    return PAGE + texts + photos * photo_octets(pictures(0, 1, size)[0])


def test_everything_goes_where_there_is_room() -> None:
    items = [item(1, "Bos", photos=pictures(1, 5)), item(2, "Gym")]
    assert fit(items, 8_000_000, Weights()) == tuple(items)


def test_every_post_keeps_its_first_photos_in_turns() -> None:
    items = [item(n, "Post", photos=pictures(10 * n, count)) for n, count in ((1, 5), (2, 1), (3, 4))]
    fitted = fit(items, room_for(items, 6), Weights())
    assert shown(fitted) == [[10, 11, 12], [20], [30, 31]]
    assert [[photo.key for photo in each.left] for each in fitted] == [[13, 14], [], [32, 33]]
    assert fit(items, room_for(items, 6) - 1, Weights())[0].photos == items[0].photos[:2]


def test_a_post_shows_its_first_photos_and_skips_none() -> None:
    """A small photo behind one that does not fit stays too: what is shown begins at the beginning."""
    huge = pictures(10, 1, 5_000 * KB)
    items = [item(1, "Groot", photos=huge + pictures(11, 2)), item(2, "Klein", photos=pictures(20, 3))]
    assert shown(fit(items, 2_000_000, Weights())) == [[], [20, 21, 22]]


def test_texts_always_go() -> None:
    items = [item(1, "Lang", "woord " * 200_000, photos=pictures(1, 2))]
    [fitted] = fit(items, 1_000_000, Weights())
    assert fitted.post == items[0].post
    assert not fitted.photos
    assert len(fitted.left) == 2


def test_a_photo_of_unknown_octets_counts_as_a_sharp_one() -> None:
    assert photo_octets(photo(1)) > photo_octets(replace(photo(1), size=500 * KB))


NAUGHTY = (
    "> > > > a\n",
    "- 1. - + * x\n",
    "| a | b |\n|---|---|\n| x | y |\n",
    "`a` **b** ~~c~~ [d](https://e.example/f) ",
    "# kop\n",
    "Gewoon een zin, met komma's en een punt. ",
    "çöğüş і ї Ґ العربية ",
    "&<>\"'=== ",
    "😀🎄 ",
    "x",
    "\n\n",
)


@pytest.mark.parametrize("seed", range(12))
def test_no_finished_mail_is_larger_than_the_limit(templates: Templates, seed: int) -> None:
    dice = random.Random(seed)
    posts = []
    for key in range(1, dice.randint(2, 6)):
        body = "".join(dice.choices(NAUGHTY, k=dice.randint(1, 400)))
        photos = [replace(each, alt=body[:80], caption=body[5:105]) for each in pictures(10 * key, 6)]
        links = [Link(url="https://lang.example/" + "a" * 300, title=body[:90])]
        groups = dice.choice(([], ["groep 3"], ["groep 3", "groep 10"]))
        posts.append(item(key, body[:100] or "x", body, photos=photos, links=links, groups=groups))
    limit = dice.randint(1_000_000, 6_000_000)
    language, kind = dice.choice(("nl", "en")), dice.choice((RunKind.WEEKLY, RunKind.URGENT))
    fitted = fit(posts, limit, Weights())
    assert any(each.left for each in fitted) or sum(map(len, shown(fitted))) == len(posts) * 6
    rendered = letter(templates, *fitted, language=language, kind=kind, welcome=True, web=seed % 2 == 0)
    octets = len(fill(compose(rendered.mail), VALUES, lambda _: encode_photo(bytes(300 * KB))))
    assert octets <= limit
    if all(each.photos for each in fitted) and any(each.left for each in fitted):
        assert octets > limit - 2_200_000  # nor is there room for half a dozen more


def test_a_usual_week_is_weighed_near_the_truth(templates: Templates) -> None:
    octets = len(fill(compose(letter(templates, *week()).mail), VALUES, lambda _: encode_photo(b"")))
    weighed = PAGE + sum(text_octets(each.post.content) for each in week())
    weighed += sum(photo_octets(replace(each, size=1)) for post in week() for each in post.photos)
    assert octets < weighed < 5 * octets


# ---------------------------------------------------------------- the rules


def crowded(**rules: object) -> Small:
    school = Small(mail_size=2_000_000, **rules)
    school.family("ouder", "kind")
    for name in ("a", "b"):
        photos = tuple(school.photo(f"{name}{n}", size=300 * KB) for n in range(5))
        school.post(name, "groep 3", photos=photos)
    return school


def files(items: tuple[Item, ...]) -> list[list[str]]:
    return [[photo.file for photo in item.photos] for item in items]


def test_what_has_no_room_is_a_refusal_with_a_name_and_stays_so() -> None:
    school = crowded()
    facts = school.facts()
    parent = facts.parent(school.parent("ouder"))
    selected = judge(facts, parent, facts.snapshot.posts)
    assert files(selected.items) == [["a0", "a1"], ["b0", "b1"]]
    assert {refused.reason for refused in selected.refused} == {PhotoReason.NO_ROOM}
    assert len(selected.refused) == 6
    waiting = Open(
        delivery=1,
        parent=parent.key,
        edition=1,
        address="ouder@ouders.example",
        items=tuple(map(open_item, selected.items)),
    )
    assert tuple(map(open_item, narrow(waiting, facts).items)) == waiting.items
    assert narrow(waiting, facts).refused == ()  # nothing new to write down


def test_a_photo_taken_away_lets_no_other_in() -> None:
    school = crowded()
    facts = school.facts()
    selected = judge(facts, facts.parent(school.parent("ouder")), facts.snapshot.posts)
    items = tuple(map(open_item, selected.items))
    gone = {"a0", "b4"}  # one that is shown, one that is not
    school.posts = [
        replace(post, content=replace(post.content, photos=tuple(
            replace(each, removed=each.file in gone) for each in post.content.photos)))
        for post in school.posts
    ]  # fmt: skip
    waiting = Open(delivery=1, parent=school.parent("ouder"), edition=1, address="x@y.example", items=items)
    now = narrow(waiting, school.facts())
    assert files(now.items) == [["a1"], ["b0", "b1"]]
    assert [len(each.left) for each in now.items] == [3, 2]  # nor is one counted that may not go any more


def test_the_feed_has_no_limit() -> None:
    school = crowded()
    school.parent("ouder", channel=Channel.APP)
    facts = school.facts()
    facts.window = replace(facts.window, kind=RunKind.FEED)
    assert CHANNEL_OF[RunKind.FEED] is Channel.APP
    parent = facts.parent(school.parent("ouder"))
    assert [len(each) for each in files(judge(facts, parent, facts.snapshot.posts).items)] == [5, 5]


# ---------------------------------------------------------------- the words


@pytest.mark.parametrize(
    "web, number, words",
    [
        (True, 7, "Nog 7 foto's in de app"),
        (True, 1, "Nog één foto in de app"),
        (False, 7, "Nog 7 foto's pasten niet in deze mail. Wil je ze zien? Vraag het de school: info@"),
        (False, 1, "Nog één foto paste niet in deze mail."),
    ],
)
def test_the_mail_says_how_many_more_there_are(
    templates: Templates, web: bool, number: int, words: str
) -> None:
    post = replace(item(1, "Bos", photos=pictures(1, 1)), left=tuple(pictures(2, number)))
    mail = letter(templates, post, item(2, "Gym"), web=web).mail
    html = "".join(str(part) for part in mail.html).replace("&#39;", "'")
    text = "".join(str(part) for part in mail.text)
    assert html.count(words) == 1
    assert text.count(words) == 1
    assert edition(post).items[0].left  # the number is part of what makes an edition
