"""Rules 12 to 14, one at a time: whose name counts, for what, and what a person let go."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pipeline import model as m
from pipeline.facts import Facts
from pipeline.gates.words import Gate
from pipeline.sendable import stopped, unsendable
from pipeline.text_rules import findings, release_of
from tests.small_school import FRIDAY, Small, day


@pytest.fixture
def school() -> Small:
    """Wieke in group 3 and Sjoerd in group 4, whose families said nothing yet."""
    small = Small()
    small.family("mum", "Wieke")
    small.family("dad", "Sjoerd", "groep 4")
    return small


def facts_of(small: Small, kind: m.RunKind = m.RunKind.WEEKLY, **snapshot: Any) -> Facts:
    told = small.snapshot()
    pupils = {
        key: replace(each, first_name=each.id, last_name="Tuinstra") for key, each in told.pupils.items()
    }
    return Facts(replace(told, pupils=pupils, **snapshot), replace(small.window(), kind=kind))


def wrote(
    small: Small, body: str, *groups: str, photos: tuple[m.Photo, ...] = (), title: str = "Nieuws"
) -> m.Post:
    content = m.Content(revision=1, title=title, body=body, photos=photos)
    return small.post("bos", *groups, content=content)


def held(facts: Facts, post: m.Post) -> set[tuple[str, str]]:
    """Gate and place."""
    found = {(str(each.gate), each.place) for each in findings(facts, post)}
    assert (unsendable(facts, post) is m.PostReason.HELD) == (stopped(facts, post) is not None) == bool(found)
    return found


def test_a_pupil_of_the_addressed_groups_without_consent_holds_it(school: Small) -> None:
    post = wrote(school, "Wieke en Sjoerd waren er.", "groep 3")
    assert held(facts_of(school), post) == {("name", "text")}
    (found,) = findings(facts_of(school), post)
    assert (found.words, found.pupil) == ("Wieke", school.key("pupil", "Wieke"))
    to_all = replace(post, to_school=True, groups=frozenset())
    assert {found.words for found in findings(facts_of(school), to_all)} == {"Wieke", "Sjoerd"}


@pytest.mark.parametrize(
    "purpose, kind, goes",
    [
        (m.Purpose.MAIL, m.RunKind.WEEKLY, True),
        (m.Purpose.MAIL, m.RunKind.IMMEDIATE, True),
        (m.Purpose.MAIL, m.RunKind.FEED, False),
        (m.Purpose.APP, m.RunKind.FEED, True),
        (m.Purpose.APP, m.RunKind.URGENT, False),
    ],
)
def test_consent_to_a_name_counts_for_its_purpose(
    school: Small, purpose: m.Purpose, kind: m.RunKind, goes: bool
) -> None:
    school.answer("Wieke", "mum", kind=m.Kind.NAME, purpose=purpose)
    post = wrote(school, "Wieke was er.", "groep 3", title="Nieuws")
    assert (findings(facts_of(school, kind), post) == ()) is goes


def test_who_left_or_has_not_come_yet_is_no_pupil_of_the_group(school: Small) -> None:
    school.enrolments[:] = [replace(school.enrolments[0], until=day(20)), *school.enrolments[1:]]
    assert held(facts_of(school), wrote(school, "Wieke was er.", "groep 3")) == set()


def test_a_photo_that_stays_behind_takes_its_words_along(school: Small) -> None:
    unlisted = school.photo("a.jpg", shows=None, caption="Wieke in het bos", alt="Wieke")
    assert held(facts_of(school), wrote(school, "Mooi.", "groep 3", photos=(unlisted,))) == set()
    listed = replace(unlisted, shows=frozenset())
    post = wrote(school, "Mooi.", "groep 3", photos=(listed,))
    assert held(facts_of(school), post) == {("name", "caption"), ("name", "alt")}


def test_every_text_of_a_post_is_searched(school: Small) -> None:
    post = wrote(school, "Mooi.", "groep 3", title="Over Wieke")
    assert held(facts_of(school), post) == {("name", "title")}
    event = m.Event(starts=FRIDAY, ends=None, location="Bij Wieke thuis")
    links = (m.Link(url="https://voorbeeld.example/", title="Foto's van Wieke"),)
    more = replace(post, content=replace(post.content, title="Feest", event=event, links=links))
    assert held(facts_of(school), more) == {("name", "location"), ("name", "link")}


def test_a_release_holds_for_its_subject_and_purpose(school: Small) -> None:
    post = wrote(school, "Wieke was er.", "groep 3")
    (found,) = findings(facts_of(school), post)
    released = {post.key: frozenset({release_of(found.gate, found.subject, m.Purpose.MAIL)})}
    assert findings(facts_of(school, released=released), post) == ()
    assert findings(facts_of(school, m.RunKind.FEED, released=released), post) != ()
    other = {post.key + 1: released[post.key]}
    assert findings(facts_of(school, released=other), post) != ()


def test_tone_and_personal_matter_hold_whatever_the_consent_and_are_released_for_all(school: Small) -> None:
    for purpose in m.Purpose:
        school.answer("Wieke", "mum", kind=m.Kind.NAME, purpose=purpose)
    post = wrote(school, "Wieke was ziek. Wat een klootzak.", "groep 3")
    assert held(facts_of(school), post) == {("personal", "text"), ("tone", "text")}
    let_go = frozenset(
        release_of(each.gate, each.subject, m.Purpose.APP) for each in findings(facts_of(school), post)
    )
    assert findings(facts_of(school, released={post.key: let_go}), post) == ()


def test_a_school_can_switch_each_gate_off_and_have_words_of_its_own(school: Small) -> None:
    post = wrote(school, "Wieke was ziek. Snert, klootzak.", "groep 3")
    for gate in Gate:
        setting = {Gate.NAME: "names", Gate.PERSONAL: "personal", Gate.TONE: "tone"}[gate]
        school.rules = m.RuleSettings(text_checks=m.TextRules(**{setting: False}))  # type: ignore[arg-type]
        assert {found.gate for found in findings(facts_of(school), post)} == set(Gate) - {gate}
    school.rules = m.RuleSettings(text_checks=m.TextRules(extra=("snert",), never=("klootzak",)))
    tone = [found.words for found in findings(facts_of(school), post) if found.gate is Gate.TONE]
    assert tone == ["Snert"]


def test_an_earlier_text_that_is_still_on_its_way_is_judged_by_itself(school: Small) -> None:
    old = m.Content(revision=7, title="Nieuws", body="Wieke was er.")
    post = wrote(school, "Niemand was er.", "groep 3")
    facts = facts_of(school, old_contents={7: old})
    assert stopped(facts, post) is None
    assert stopped(facts, facts.as_shown(post, 7)) is m.PostReason.HELD
    assert stopped(facts, post) is None


def test_what_a_person_stopped_or_is_not_due_is_not_searched(school: Small) -> None:
    post = replace(wrote(school, "Wieke was er.", "groep 3"), published=FRIDAY + timedelta(hours=1))
    facts = facts_of(school)
    assert unsendable(facts, post) is m.PostReason.NOT_PUBLISHED
    assert unsendable(facts, replace(post, key=99, state=m.PostState.WITHDRAWN)) is m.PostReason.WITHDRAWN
    assert not facts.searched


def test_a_text_that_cannot_be_searched_is_held(school: Small) -> None:
    post = wrote(school, None, "groep 3")  # type: ignore[arg-type]
    assert held(facts_of(school), post) == {("tone", "text")}
