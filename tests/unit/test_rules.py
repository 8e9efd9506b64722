"""Rules 1 to 10, 16 and 17, each by its number on a school of a few lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from pipeline import model as m
from pipeline.collect import collect
from pipeline.consent import granted
from pipeline.photo_rules import photo_stays
from pipeline.rules import Cleared, Open, Selected, clear, narrow, open_item
from pipeline.sendable import unsendable
from tests.small_school import AMSTERDAM, FRIDAY, WEDNESDAY, Small, day

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def selected(school: Small, parent: str, at: datetime | None = None) -> Selected:
    collected = collect(school.snapshot(), school.window(at))
    (found,) = (each for each in collected.deliveries if each.parent == school.key("parent", parent))
    return found


def got(school: Small, parent: str = "g1", at: datetime | None = None) -> list[str]:
    return [item.post.id for item in selected(school, parent, at).items]


def why(school: Small, post: str, parent: str = "g1") -> str | None:
    """The reason that is kept for this parent and post."""
    key = school.key("post", post)
    return next(
        (r.reason for r in selected(school, parent).refused if r.post == key and r.photo is None), None
    )


# Rule 1 and 17: whether a parent gets anything; the first reason that fits.


def of_reason(**changes: Any) -> Small:
    """A parent for whom every later reason of rule 17 fits too."""
    school = Small()
    told: dict[str, Any] = {
        "approval": m.Approval.UNAPPROVED,
        "blocked": True,
        "until": day(1),
        "address": None,
        "suppressed": True,
        "channel": m.Channel.NONE,
    } | changes
    link = {name: told.pop(name) for name in ("approval", "blocked", "until")}
    school.parent("g1", **told)
    school.family("g1", "p1", **link)
    return school


IN_ORDER: tuple[tuple[m.Withheld, dict[str, Any]], ...] = (
    (m.Withheld.NOT_APPROVED, {"approval": m.Approval.APPROVED}),
    (m.Withheld.BLOCKED, {"blocked": False}),
    (m.Withheld.NO_CURRENT_CHILD, {"until": None}),
    (m.Withheld.NO_ADDRESS, {"address": "g1@ouders.example"}),
    (m.Withheld.SUPPRESSED, {"suppressed": False}),
    (m.Withheld.CHANNEL_NONE, {"channel": m.Channel.APP}),
    (m.Withheld.OTHER_CHANNEL, {"channel": m.Channel.NEWSLETTER}),
    (m.Withheld.NO_NEWS, {}),
)


@pytest.mark.parametrize("place", range(len(IN_ORDER)), ids=[str(reason) for reason, _ in IN_ORDER])
def test_17_the_first_reason_that_fits_is_the_one(place: int) -> None:
    cured: dict[str, Any] = {}
    for _, cure in IN_ORDER[:place]:
        cured |= cure
    school = of_reason(**cured)
    found = selected(school, "g1")
    assert found.withheld is IN_ORDER[place][0]
    assert found.items == ()


def test_1_undecided_is_not_approved() -> None:
    school = Small()
    school.family("g1", "p1", approval=m.Approval.UNDECIDED)
    assert selected(school, "g1").withheld is m.Withheld.NOT_APPROVED


def test_1_a_block_for_one_child_leaves_the_others() -> None:
    school = Small()
    school.family("g1", "p1", "groep 3", blocked=True)
    school.family("g1", "p2", "groep 4")
    school.post("drie", "groep 3")
    school.post("vier", "groep 4")
    school.post("allen")
    assert got(school) == ["vier", "allen"]


@pytest.mark.parametrize("ended", [False, True])
def test_1_custody_bars_a_photo_by_whatever_path(ended: bool) -> None:
    """Also of a link that has ended, also through another child, also where every family said yes."""
    school = Small()
    school.family("g1", "p1", blocked=True, ended=ended)
    school.family("g1", "p2")
    school.family("g2", "p1")
    school.answer("p1", "g2")
    school.answer("p2", "g1")
    photo = school.photo("samen.jpg", "p1", "p2")
    school.post("a", "groep 3", photos=(photo,))
    assert [item.photos for item in selected(school, "g1").items] == [()]
    assert [item.photos for item in selected(school, "g2").items] == [(photo,)]
    (refused,) = selected(school, "g1").refused
    assert refused.reason is m.PhotoReason.CUSTODY


# Rule 2: audience.


@pytest.mark.parametrize(
    "since,until,published,reaches",
    [
        (None, None, WEDNESDAY, True),
        (day(18), None, datetime(2026, 11, 18, tzinfo=AMSTERDAM), True),
        (day(18), None, datetime(2026, 11, 18, tzinfo=AMSTERDAM) - SECOND, False),
        (None, day(21), WEDNESDAY, True),
        (None, day(20), WEDNESDAY, False),  # not there any more on the day of the run
        (day(21), None, WEDNESDAY, False),
    ],
)
def test_2_a_post_reaches_who_is_in_the_group_today_and_was_when_it_was_published(
    since: date | None, until: date | None, published: datetime, reaches: bool
) -> None:
    school = Small()
    school.link("g1", "p1")
    school.enrol("p1", "groep 3", since=since, until=until)
    school.post("a", "groep 3", published=published)
    assert (got(school) == ["a"]) is reaches


@pytest.mark.parametrize(
    "dates,reaches", [((day(18), None), True), ((day(21), None), False), ((None, day(20)), False)]
)
def test_2_a_link_has_dates_too(dates: tuple[date | None, date | None], reaches: bool) -> None:
    school = Small()
    school.family("g1", "p1", since=dates[0], until=dates[1])
    school.post("a", "groep 3")
    assert (got(school) == ["a"]) is reaches


def test_2_for_the_school_the_first_day_of_the_unbroken_stay_counts() -> None:
    school = Small()
    school.link("g1", "p1")
    school.enrol("p1", "groep 3", since=day(1), until=day(18))
    school.enrol("p1", "groep 4", since=day(18))
    school.link("g2", "p2")
    school.enrol("p2", "groep 3", since=day(1), until=day(17))
    school.enrol("p2", "groep 4", since=day(18))
    school.post("allen", published=FRIDAY - timedelta(days=4))
    assert got(school, "g1") == ["allen"]
    assert got(school, "g2") == []
    assert why(school, "allen", "g2") == m.PostReason.BEFORE_ENROLMENT


def test_2_another_groups_post_is_not_for_them() -> None:
    school = Small()
    school.family("g1", "p1", "groep 3")
    school.post("vier", "groep 4")
    assert selected(school, "g1").withheld is m.Withheld.NO_NEWS


def test_2_siblings_give_every_path_and_the_names_of_the_groups() -> None:
    school = Small()
    school.family("g1", "p1", "groep 4")
    school.family("g1", "p2", "groep 3")
    school.post("samen", "groep 3", "groep 4", "groep 5")
    found = selected(school, "g1")
    assert found.items[0].groups == ("groep 3", "groep 4")
    assert {(via.pupil, via.group) for via in found.via[0]} == {
        (school.pupil("p1"), school.group("groep 4")),
        (school.pupil("p2"), school.group("groep 3")),
    }


# Rules 3 and 4: whether a post goes at all.


@pytest.mark.parametrize(
    "role,groups,to,goes",
    [
        (m.Role.TEACHER, ["groep 3"], ["groep 3"], True),
        (m.Role.TEACHER, ["groep 3"], ["groep 3", "groep 4"], False),
        (m.Role.TEACHER, ["groep 3"], [], False),
        (m.Role.CLASS_PARENT, ["groep 3"], ["groep 3"], True),
        (m.Role.CLASS_PARENT, ["groep 3"], ["groep 4"], False),
        (m.Role.MANAGEMENT, [], ["groep 3"], True),
        (m.Role.MANAGEMENT, [], [], True),
    ],
)
def test_3_authors_post_to_their_own_groups(
    role: m.Role, groups: list[str], to: list[str], goes: bool
) -> None:
    school = Small()
    author = school.staff("s1", role, *groups)
    post = school.post("a", *to, author=author)
    assert unsendable(school.facts(), post) == (None if goes else m.PostReason.AUTHOR)


@pytest.mark.parametrize(
    "changes,reason",
    [
        ({"state": m.PostState.HELD}, m.PostReason.HELD),
        ({"state": m.PostState.WITHDRAWN}, m.PostReason.WITHDRAWN),
        ({"state": m.PostState.WAITING}, m.PostReason.WAITING),
        ({"published": FRIDAY}, m.PostReason.NOT_PUBLISHED),
        ({"published": FRIDAY - SECOND}, None),
        ({"published": FRIDAY - timedelta(days=7)}, None),
        ({"published": FRIDAY - timedelta(days=7) - SECOND}, m.PostReason.BEFORE_FIRST_RUN),
        ({"author": 999}, m.PostReason.AUTHOR),
    ],
)
def test_4_a_post_has_one_reason_not_to_go(changes: dict[str, Any], reason: m.PostReason | None) -> None:
    school = Small()
    post = school.post("a", **changes)
    assert unsendable(school.facts(), post) == reason


def test_5_what_is_older_than_the_setting_is_too_old() -> None:
    school = Small(owed_days=10)
    school.run("2026-W45", FRIDAY - timedelta(days=14))
    just = school.post("a", published=FRIDAY - timedelta(days=10))
    older = school.post("b", published=just.published - SECOND)
    assert unsendable(school.facts(), just) is None
    assert unsendable(school.facts(), older) is m.PostReason.TOO_OLD


# Rule 5: once. Week 46 was run under policy version 10.

LAST_WEEK = FRIDAY - timedelta(days=7)


def second_week(**parent_and_link: Any) -> Small:
    school = Small()
    school.parent("g1", channel_since=parent_and_link.pop("channel_since", 1))
    school.family("g1", "p1", **parent_and_link)
    return school


def test_5_what_somebody_had_never_comes_again() -> None:
    school = second_week()
    school.post("a", "groep 3")
    school.had["g1"] = {"a"}
    assert got(school) == []
    assert why(school, "a") == m.PostReason.ALREADY_HAD


@pytest.mark.parametrize(
    "taken,released,failed,owed",
    [
        (True, 0, False, False),  # a run had it
        (False, 0, False, True),  # imported late
        (True, 11, False, True),  # released after that run
        (True, 10, False, False),  # released before it
        (True, 0, True, True),  # its delivery failed
    ],
)
def test_5_an_earlier_post_goes_along_only_if_it_could_not_go_then(
    taken: bool, released: int, failed: bool, owed: bool
) -> None:
    school = second_week()
    school.post("a", "groep 3", published=LAST_WEEK - HOUR, released_since=released)
    school.run("2026-W46", LAST_WEEK, *(["a"] if taken else []))
    if failed:
        school.failed["g1"] = {"a"}
    assert (got(school) == ["a"]) is owed


@pytest.mark.parametrize(
    "late",
    [{"allowed_since": 11}, {"channel_since": 11}],
    ids=["approved or unblocked since", "away from none since"],
)
def test_5_who_was_let_in_since_gets_nothing_of_a_window_that_closed(late: dict[str, Any]) -> None:
    school = second_week(**late)
    school.run("2026-W46", LAST_WEEK)
    school.post("laat", "groep 3", published=LAST_WEEK - HOUR)
    school.post("nieuw", "groep 3")
    assert got(school) == ["nieuw"]
    assert why(school, "laat") == m.PostReason.NOT_OWED


def test_5_a_sibling_let_in_earlier_opens_the_window() -> None:
    school = second_week(allowed_since=11)
    school.family("g1", "p2", "groep 3")
    school.run("2026-W46", LAST_WEEK)
    school.post("laat", "groep 3", published=LAST_WEEK - HOUR)
    assert got(school) == ["laat"]


# Rules 7 to 10: photos.


def first_photo(school: Small, photo: m.Photo, parent: str = "g1", at: datetime | None = None) -> str | None:
    snapshot = school.snapshot()
    (reader,) = (each for each in snapshot.parents if each.id == parent)
    return photo_stays(school.facts(at), reader, photo)


@pytest.fixture
def school() -> Small:
    """p1 with g1 and g2; p2 with g3."""
    made = Small()
    made.family("g1", "p1")
    made.family("g2", "p1")
    made.family("g3", "p2")
    return made


def test_7_a_photo_with_nobody_on_it_goes(school: Small) -> None:
    assert first_photo(school, school.photo("bos.jpg")) is None


@pytest.mark.parametrize(
    "changes,reason",
    [
        ({"shows": None}, m.PhotoReason.NOT_LISTED),
        ({"shows": frozenset({"p404"})}, m.PhotoReason.UNKNOWN_PUPIL),
        ({"shows": frozenset({"p1"})}, m.PhotoReason.NO_CONSENT),
        ({"refused": True}, m.PhotoReason.REFUSED),
        ({"removed": True}, m.PhotoReason.REMOVED),
    ],
)
def test_7_a_photo_stays_for_a_named_reason(school: Small, changes: dict[str, Any], reason: str) -> None:
    assert first_photo(school, school.photo("bos.jpg", **changes)) == reason


def test_7_every_pupil_on_it_must_have_consent(school: Small) -> None:
    photo = school.photo("samen.jpg", "p1", "p2")
    school.answer("p1", "g1")
    assert first_photo(school, photo) == m.PhotoReason.NO_CONSENT
    school.answer("p2", "g3")
    assert first_photo(school, photo) is None


@pytest.mark.parametrize(
    "changes", [{"purpose": m.Purpose.APP}, {"kind": m.Kind.VIDEO}, {"kind": m.Kind.NAME}]
)
def test_8_consent_is_for_one_purpose_and_kind(school: Small, changes: dict[str, Any]) -> None:
    school.answer("p1", "g1", **changes)
    assert first_photo(school, school.photo("een.jpg", "p1")) == m.PhotoReason.NO_CONSENT


def consent(school: Small, at: datetime | None = None) -> bool:
    return granted(school.facts(at), school.pupil("p1"), m.Purpose.MAIL, m.Kind.PHOTO)


def test_9_silence_is_no(school: Small) -> None:
    assert not consent(school)


def test_9_one_parents_no_beats_the_others_yes(school: Small) -> None:
    school.answer("p1", "g1", True)
    assert consent(school)
    school.answer("p1", "g2", False, given_at=FRIDAY - timedelta(days=300))
    assert not consent(school)


def test_9_the_latest_answer_of_each_counts_and_at_equal_times_no_wins(school: Small) -> None:
    early, late = FRIDAY - timedelta(days=9), FRIDAY - timedelta(days=8)
    school.answer("p1", "g1", False, given_at=early)
    school.answer("p1", "g1", True, given_at=late)
    assert consent(school)
    school.answer("p1", "g1", False, given_at=late)
    assert not consent(school)


@pytest.mark.parametrize("link", [{"blocked": True}, {"ended": True}, {"until": day(20)}, {"since": day(21)}])
def test_9_a_yes_needs_a_current_unblocked_link_and_a_no_does_not(link: dict[str, Any]) -> None:
    school = Small()
    school.family("g1", "p1", **link)
    school.family("g2", "p1")
    school.answer("p1", "g1", True)
    assert not consent(school)
    school.answer("p1", "g2", True)
    assert consent(school)
    school.answer("p1", "g1", False, given_at=FRIDAY - HOUR)
    assert not consent(school)


def test_9_a_yes_of_who_is_not_approved_counts() -> None:
    school = Small()
    school.family("g1", "p1", approval=m.Approval.UNAPPROVED)
    school.answer("p1", "g1")
    assert consent(school)


def test_9_a_later_yes_does_not_count_yet_and_a_later_no_does(school: Small) -> None:
    school.answer("p1", "g1", True, given_at=FRIDAY + SECOND)
    assert not consent(school)
    assert consent(school, at=FRIDAY + SECOND)
    school.answer("p1", "g1", False, given_at=FRIDAY + HOUR)
    assert not consent(school, at=FRIDAY + SECOND)


@pytest.mark.parametrize(
    "born,own,parents,answer",
    [
        (date(2010, 11, 20), True, False, True),  # sixteen today: the pupil's own yes decides
        (date(2010, 11, 20), False, True, False),
        (date(2010, 11, 20), None, True, True),  # once given: until then the parents'
        (date(2008, 1, 1), None, False, False),
    ],
)
def test_9_from_sixteen_the_pupils_own_answer_decides_once_given(
    born: date, own: bool | None, parents: bool, answer: bool
) -> None:
    school = Small()
    school.pupil("p1", born)
    school.family("g1", "p1")
    school.answer("p1", "g1", parents)
    if own is not None:
        school.answer("p1", None, own, given_at=FRIDAY - SECOND)
    assert consent(school) is answer


def test_9_an_answer_of_a_pupil_who_was_fifteen_is_none() -> None:
    school = Small()
    school.pupil("p1", date(2010, 11, 20))
    school.family("g1", "p1")
    school.answer("p1", None, True, given_at=datetime(2026, 11, 19, 23, 59, tzinfo=AMSTERDAM))
    assert not consent(school)


def test_9_it_ends_when_the_pupil_leaves_and_does_not_come_back_with_them() -> None:
    school = Small()
    school.link("g1", "p1")
    school.enrol("p1", "groep 3", since=day(1), until=day(5))
    school.answer("p1", "g1", given_at=datetime(2026, 11, 2, tzinfo=AMSTERDAM))
    assert not consent(school)
    school.enrol("p1", "groep 3", since=day(10))
    assert not consent(school)
    school.answer("p1", "g1", given_at=datetime(2026, 11, 10, tzinfo=AMSTERDAM))
    assert consent(school)


def test_9_a_school_year_ends_it_where_the_setting_says_so() -> None:
    for yearly, answer in ((True, False), (False, True)):
        school = Small(consent_per_school_year=yearly)
        school.family("g1", "p1")
        school.answer("p1", "g1", given_at=datetime(2026, 7, 31, 23, 59, tzinfo=AMSTERDAM))
        assert consent(school) is answer


def test_10_the_own_child_passes_only_where_the_setting_lets_it() -> None:
    for allowed in (False, True):
        school = Small(own_child_photo=allowed)
        school.family("g1", "p1")
        school.family("g3", "p2")
        photo = school.photo("een.jpg", "p1")
        assert (first_photo(school, photo) is None) is allowed
        assert first_photo(school, photo, "g3") == m.PhotoReason.NO_CONSENT
        assert first_photo(school, school.photo("twee.jpg", "p1", "p2")) == m.PhotoReason.NO_CONSENT


def test_10_two_own_children_without_consent_are_two_reasons() -> None:
    school = Small(own_child_photo=True)
    school.family("g1", "p1")
    school.family("g1", "p2")
    assert first_photo(school, school.photo("een.jpg", "p1")) is None
    assert first_photo(school, school.photo("twee.jpg", "p1", "p2")) == m.PhotoReason.NO_CONSENT


# Rule 16: again at the last moment.

POLICY = m.Policy(version=1000, rules="", today=day(20))
ENVELOPE = m.Envelope(sender="nieuws@klein.example", recipient="g1@ouders.example")


def waiting(school: Small, parent: str = "g1") -> Open:
    found = selected(school, parent)
    items = tuple(map(open_item, found.items))
    address = f"{parent}@ouders.example"
    return Open(delivery=1, parent=found.parent, edition=1, address=address, items=items)


def a_week() -> Small:
    school = Small()
    school.family("g1", "p1")
    school.answer("p1", "g1")
    school.post("a", "groep 3", photos=(school.photo("een.jpg", "p1"),))
    school.post("b")
    return school


def test_16_what_nothing_changed_for_goes() -> None:
    school = a_week()
    cleared = clear(waiting(school), school.facts(), POLICY, ENVELOPE, lambda: b"bytes")
    assert isinstance(cleared, Cleared)
    assert cleared.message == b"bytes"


@pytest.mark.parametrize("change", ["withdrawn", "held", "consent", "shows", "removed", "moved", "author"])
def test_16_what_was_decided_since_is_taken_away(change: str) -> None:
    school = a_week()
    before = waiting(school)
    post = school.posts[0]
    photo = post.content.photos[0]
    if change in ("withdrawn", "held"):
        school.posts[0] = replace(post, state=m.PostState(change))
    elif change == "consent":
        school.answer("p1", "g1", False, given_at=FRIDAY)
    elif change in ("shows", "removed"):
        other = replace(photo, shows=None) if change == "shows" else replace(photo, removed=True)
        school.posts[0] = replace(post, content=replace(post.content, photos=(other,)))
    elif change == "moved":
        school.enrolments[0] = replace(school.enrolments[0], group=school.group("groep 4"))
    else:
        school.posts[0] = replace(post, author=999)
    left = clear(before, school.facts(), POLICY, ENVELOPE, lambda: b"")
    assert isinstance(left, Selected)
    posts = [item.post.id for item in left.items]
    assert posts == (["a", "b"] if change in ("consent", "shows", "removed") else ["b"])
    assert all(item.photos == () for item in left.items)


@pytest.mark.parametrize(
    "change,reason",
    [
        ({"address": None}, m.Withheld.NO_ADDRESS),
        ({"suppressed": True}, m.Withheld.SUPPRESSED),
        ({"channel": m.Channel.MAIL}, m.Withheld.OTHER_CHANNEL),
    ],
)
def test_16_a_parent_who_may_have_nothing_any_more_gets_nothing(
    change: dict[str, Any], reason: m.Withheld
) -> None:
    school = a_week()
    before = waiting(school)
    school.parent("g1", **change)
    left = clear(before, school.facts(), POLICY, ENVELOPE, lambda: b"")
    assert isinstance(left, Selected)
    assert left.withheld is reason


def test_16_a_changed_address_is_not_sent_to() -> None:
    school = a_week()
    before = waiting(school)
    school.parent("g1", address="nieuw@ouders.example")
    assert isinstance(clear(before, school.facts(), POLICY, ENVELOPE, lambda: b""), Selected)


def test_16_later_decisions_never_add() -> None:
    school = Small()
    school.family("g1", "p1")
    school.post("a", "groep 3", photos=(school.photo("een.jpg", "p1"),))
    before = waiting(school)
    school.answer("p1", "g1")
    school.post("b")
    school.family("g1", "p2", "groep 4")
    left = narrow(before, school.facts())
    assert [item.post.id for item in left.items] == ["a"]
    assert left.items[0].photos == ()


def test_6_and_16_when_nothing_is_left_it_is_no_news() -> None:
    school = Small()
    school.family("g1", "p1")
    school.post("a", "groep 3")
    before = waiting(school)
    school.posts[0] = replace(school.posts[0], state=m.PostState.WITHDRAWN)
    left = clear(before, school.facts(), POLICY, ENVELOPE, lambda: b"")
    assert isinstance(left, Selected)
    assert left.withheld is m.Withheld.NO_NEWS
