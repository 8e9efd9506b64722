"""Who is told what, and how it is put: pure decisions about notices to staff (rule 23)."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from pipeline import notice_texts, notice_why
from pipeline.days import first_instant
from pipeline.languages import LANGUAGES
from pipeline.model import Content, Photo, Post, PostState, Role, School, Staff
from pipeline.notice_mail import NoticeText
from pipeline.notice_texts import Names, bundle
from pipeline.notices import (
    AT_ONCE,
    News,
    Reader,
    Telling,
    Trouble,
    What,
    concerns,
    due_day,
    news,
    readers,
    told_as,
)
from pipeline.texts import Texts, load_texts

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 18, 15, tzinfo=UTC)
SCHOOL = School(
    key=1,
    id="regenboog",
    name="De Regenboog",
    language="nl",
    zone=AMSTERDAM,
    sender="nieuws@regenboog.example",
    reply_to="info@regenboog.example",
)
NAMES = Names(pupils={1: "Sanne Jansen", 2: "Omar de Wit"}, groups={3: "groep 3", 4: "groep 4"})
TEXTS = {language: load_texts(language) for language in ("nl", "en")}

OF_PHOTOS = (What.PHOTO_NOT_LISTED, What.PHOTO_UNKNOWN_PUPIL, What.PHOTO_NO_CONSENT, What.PHOTO_REFUSED)
#: Whatever would give away why something stays behind, in both languages.
NEVER = ("consent", "toestemming", "recogni", "herkenb", "roster", "leerlingenlijst", "list", "Sanne", "Omar")


def a_post(key: int = 1, author: int = 9, group: int | None = 3, released: int = 0) -> Post:
    return Post(
        key=key,
        id=f"bericht-{key}",
        author=author,
        to_school=group is None,
        groups=frozenset() if group is None else frozenset({group}),
        published=NOW - timedelta(days=1),
        state=PostState.LIVE,
        released_since=released,
        content=Content(revision=key, title=f"Titel {key}", body=""),
    )


def a_photo(key: int) -> Photo:
    return Photo(key=key, file=f"{key}.jpg", name="", shows=None, alt="", caption="", width=1, height=1)


def person(key: int, role: Role, groups: Iterable[int] = (), email: str | None = None) -> Staff:
    address = f"s{key}@x.example" if email is None else email
    return Staff(key=key, id=f"s{key}", name=f"Juf {key}", email=address, role=role, groups=frozenset(groups))


def all_words(text: NoticeText) -> str:
    return "\n".join(_words(text))


def _words(text: NoticeText) -> Iterator[str]:
    yield from (text.subject, text.heading, text.lead, text.closing)
    for section in text.sections:
        yield from (section.title, section.lead)
        yield from (f"{row.what}: {row.detail}" for row in section.rows)


def told_to(reader: Reader, found: Iterable[Trouble], texts: Texts, before: datetime | None = None) -> str:
    return all_words(bundle(reader, news(reader, found, {}), (), NAMES, SCHOOL, texts, before=before))


# A class parent never learns why.

CLASS_PARENT = Reader(address="kp@x.example", staff=frozenset({9}), class_parent=True)
reasons = st.sampled_from(OF_PHOTOS)
pupils = st.lists(st.sampled_from([1, 2]), unique=True, max_size=2).map(tuple)


def photo_trouble(number: int, what: What, who: tuple[int, ...]) -> Trouble:
    unknown = ("Sanne-99",) if what is What.PHOTO_UNKNOWN_PUPIL else ()
    return Trouble(what=what, post=a_post(number), photo=a_photo(number), pupils=who, unknown=unknown)


@given(
    st.lists(st.tuples(reasons, pupils, reasons, pupils), min_size=1, max_size=5),
    st.sampled_from(["nl", "en"]),
    st.booleans(),
)
def test_what_a_class_parent_reads_is_the_same_whatever_the_reasons(
    photos: list[tuple[What, tuple[int, ...], What, tuple[int, ...]]], language: str, near: bool
) -> None:
    one, other = (
        [photo_trouble(n, each[at], each[at + 1]) for n, each in enumerate(photos)]  # type: ignore[arg-type]
        for at in (0, 2)
    )
    before = NOW + timedelta(hours=1) if near else None
    text = told_to(CLASS_PARENT, one, TEXTS[language], before)
    assert text == told_to(CLASS_PARENT, other, TEXTS[language], before)
    assert not [word for word in NEVER if word.lower() in text.lower()]
    assert all(f"Titel {n}: {n}.jpg" in text for n in range(len(photos)))


@given(st.sampled_from([What.POST_HELD, What.POST_WAITING, What.POST_AUTHOR]), st.sampled_from(["nl", "en"]))
def test_a_class_parent_hears_that_a_post_waits_or_does_not_go(what: What, language: str) -> None:
    text = told_to(CLASS_PARENT, [Trouble(what=what, post=a_post())], TEXTS[language])
    waits = TEXTS[language].say("It waits for a teacher of the group or the management.")
    stays = TEXTS[language].say("This post does not go along for now. The teacher can tell you more.")
    assert (waits in text, stays in text) == (what is What.POST_WAITING, what is not What.POST_WAITING)
    assert not [word for word in NEVER if word.lower() in text.lower()]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_teachers_and_management_read_the_names(language: str) -> None:
    trouble = photo_trouble(1, What.PHOTO_NO_CONSENT, (1, 2))
    for reader in readers([person(5, Role.TEACHER, [3])], ["directie@x.example"]):
        text = told_to(reader, [trouble], TEXTS[language])
        assert "Sanne Jansen" in text
        assert "Omar de Wit" in text


# Whom a post concerns, and as what they read it.


def test_only_the_groups_teachers_the_author_and_the_management_are_told() -> None:
    everyone = readers(
        [
            person(1, Role.TEACHER, [3]),
            person(2, Role.TEACHER, [4]),
            person(3, Role.CLASS_PARENT, [3]),
            person(9, Role.CLASS_PARENT, [3]),
            person(5, Role.MANAGEMENT),
            person(6, Role.TEACHER, [3], email=""),
        ],
        ["directie@x.example"],
    )
    of_group = [reader.address for reader in everyone if concerns(reader, a_post())]
    assert of_group == ["directie@x.example", "s1@x.example", "s9@x.example"]
    of_school = [reader.address for reader in everyone if concerns(reader, a_post(group=None, author=5))]
    assert of_school == ["directie@x.example", "s5@x.example"]


def test_one_address_gets_one_mail_and_a_class_parent_at_it_makes_it_discreet() -> None:
    shared = [
        person(1, Role.TEACHER, [3], "Samen@x.example"),
        person(2, Role.CLASS_PARENT, [3], "samen@x.example"),
    ]
    (reader,) = readers(shared, [])
    assert reader.discreet
    assert told_as(reader, What.PHOTO_NO_CONSENT) is What.PHOTO_STAYS
    (led,) = readers(shared, ["samen@x.example"])
    assert not led.discreet
    assert led.key is None


# What is news.

TEACHER = Reader(address="s1@x.example", staff=frozenset({1}), groups=frozenset({3}))


def telling(first: datetime, last: datetime | None = None, version: int = 1) -> Telling:
    return Telling(first=first, last=last or first, version=version)


def known(
    told: Telling, what: What = What.POST_HELD
) -> dict[tuple[int | None, What, int, int | None], Telling]:
    return {(1, what, 1, None): told}


def kinds(found: Iterable[News]) -> list[bool]:
    return [new.again for new in found]


HELD = Trouble(what=What.POST_HELD, post=a_post())
FRIDAY = NOW + timedelta(days=2)


@pytest.mark.parametrize(
    "told, before, again",
    [
        ({}, None, [False]),
        ({}, FRIDAY, [False]),
        (known(telling(NOW)), None, []),
        (known(telling(NOW)), FRIDAY, [True]),
        (known(telling(FRIDAY - timedelta(hours=23))), FRIDAY, []),
        (known(telling(NOW - timedelta(days=9), NOW)), FRIDAY, []),
        (known(telling(NOW), What.POST_WAITING), None, [False]),
    ],
    ids=[
        "new",
        "new and near",
        "told",
        "told and near",
        "told lately",
        "told twice",
        "told of another thing",
    ],
)
def test_a_thing_is_told_once_and_once_more_before_the_newsletter(
    told: dict[tuple[int | None, What, int, int | None], Telling], before: datetime | None, again: list[bool]
) -> None:
    assert kinds(news(TEACHER, [HELD], told, before)) == again


things = st.sampled_from([(post, what) for post in (1, 2) for what in (None, *OF_PHOTOS)])
moments = st.tuples(st.integers(1, 30), st.booleans(), st.frozensets(things, max_size=5))


@given(st.lists(moments, max_size=12), st.booleans())
def test_over_weeks_of_looks_everyone_is_told_each_thing_when_it_is_new_and_at_most_once_more(
    looks: list[tuple[int, bool, frozenset[tuple[int, What | None]]]], discreet: bool
) -> None:
    """Against a model: by hand, the times at which this reader heard of each thing as it is put to them."""
    reader = Reader(
        address="x@x.example", staff=frozenset({1, 9}), groups=frozenset({3}), class_parent=discreet
    )
    heard: dict[tuple[int, object], list[datetime]] = {}
    told: dict[tuple[int | None, What, int, int | None], Telling] = {}
    at = NOW
    for hours, near, wrong in looks:
        at += timedelta(hours=hours)
        before = at + timedelta(hours=1) if near else None
        found = [as_trouble(*thing) for thing in sorted(wrong, key=str)]
        wanted = {as_heard(thing, discreet) for thing in wrong if tell_now(heard, thing, discreet, before)}
        fresh = news(reader, found, told, before)
        assert {(new.trouble.post.key, new.trouble.photo and new.what) for new in fresh} == wanted
        for thing in wanted:
            heard.setdefault(thing, []).append(at)
        for new in fresh:
            key = (9, new.what, new.trouble.post.key, new.trouble.photo.key if new.trouble.photo else None)
            told[key] = telling(told[key].first if key in told else at, at)
    assert all(len(times) <= 2 for times in heard.values())


def as_trouble(post: int, what: What | None) -> Trouble:
    return Trouble(what=what or What.POST_HELD, post=a_post(post), photo=a_photo(post) if what else None)


def as_heard(thing: tuple[int, What | None], discreet: bool) -> tuple[int, object]:
    post, what = thing
    return post, What.PHOTO_STAYS if what and discreet else what


def tell_now(
    heard: dict[tuple[int, object], list[datetime]],
    thing: tuple[int, What | None],
    discreet: bool,
    before: datetime | None,
) -> bool:
    times = heard.get(as_heard(thing, discreet), [])
    if not times or before is None:
        return not times
    return len(times) == 1 and before - times[0] > timedelta(days=1)


def test_a_post_that_was_released_and_held_again_is_news() -> None:
    anew = Trouble(what=What.POST_HELD, post=a_post(released=7))
    assert kinds(news(TEACHER, [anew], known(telling(NOW, version=6)))) == [False]
    assert kinds(news(TEACHER, [anew], known(telling(NOW, version=8)))) == []


def test_a_post_of_after_the_newsletter_is_not_told_in_haste() -> None:
    assert news(TEACHER, [HELD], {}, HELD.post.published) == ()
    assert len(news(TEACHER, [HELD], {}, HELD.post.published + AT_ONCE)) == 1


# Once a day, whatever the clocks do.


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "Australia/Lord_Howe", "America/Sao_Paulo", "UTC"])
@pytest.mark.parametrize("moment", [time(0), time(2, 15), time(16), time(23, 59)], ids=str)
def test_every_day_of_two_years_has_one_bundle_at_its_time(zone: str, moment: time) -> None:
    local = ZoneInfo(zone)
    at, end = datetime(2016, 9, 1, tzinfo=UTC), datetime(2018, 9, 1, tzinfo=UTC)
    last, made = None, list[tuple[date, datetime]]()
    while at < end:
        day, due = due_day(at, moment, local, last)
        if due:
            made.append((day, at))
        if due or last is None:
            last = day.isoformat()
        at += timedelta(minutes=30)
    days = [day for day, _ in made]
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
    assert len(days) >= 729
    for day, when in made:
        late = when - first_instant(datetime.combine(day, moment), local)
        assert timedelta(0) <= late < timedelta(minutes=30) or day == days[0]


def test_a_clock_that_jumps_back_a_little_tells_nothing_twice_and_one_far_ahead_silences_nobody() -> None:
    noon = datetime(2026, 11, 18, 11, tzinfo=UTC)
    assert due_day(noon, time(16), AMSTERDAM, "2026-11-18") == (date(2026, 11, 17), False)
    assert due_day(noon, time(16), AMSTERDAM, "2027-11-18") == (date(2026, 11, 17), True)


# Every sentence is there in every language.


def sentences() -> set[str]:
    """Every text in the modules that is said: arguments of `say` and `count`, and tables of sentences."""
    trees = [ast.parse(inspect.getsource(module)) for module in (notice_texts, notice_why)]
    found: set[str] = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("say", "count"):
            found |= set(_strings(node.args))
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            found |= set(_strings(node.value.values))
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "words":
            found |= set(_strings([node.value]))
    return found


def _strings(nodes: Iterable[ast.expr]) -> Iterator[str]:
    return (n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str))


def test_every_sentence_is_in_every_catalogue() -> None:
    assert len(sentences()) > 50
    for language, texts in ((each, load_texts(each)) for each in LANGUAGES):
        keys = texts.catalogue._catalog
        known = {key if isinstance(key, str) else key[0] for key in keys}
        plural = {"%(num)s things ask for attention", "It is for %(num)s parents."}
        assert sentences() - known - plural == set(), language
        assert sentences() - plural <= {key for key in known if texts.catalogue.gettext(key)}
