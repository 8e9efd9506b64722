"""The oracle on hand-made examples of photos and consent (rules 1 and 7 to 10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from tests.oracle.examples import (
    DAD,
    FRIEND,
    MUM,
    PICTURE,
    YES,
    at,
    decide,
    photos,
    picture,
    post,
    roster,
    run,
    said,
)
from tests.oracle.world import Act, Kind, Photo, Purpose, Row, Step


class TestPhotos:
    def test_a_photo_goes_if_everybody_listed_on_it_has_consent(self) -> None:
        both = roster(MUM, FRIEND)
        assert photos("mum", both, YES, picture("sam"), run(47)) == PICTURE
        assert photos("mum", both, YES, picture("sam", "kim"), run(47)) == set()
        assert photos("mum", both, YES, picture("sam", "nobody"), run(47)) == set()
        assert photos("mum", both, picture(), run(47)) == PICTURE
        unlisted = post(photos=(Photo(file="foto.jpg", shows=None),))
        assert photos("mum", both, YES, unlisted, run(47)) == set()

    def test_a_video_needs_consent_of_both_kinds(self) -> None:
        film = post(photos=(Photo(file="foto.jpg", shows=("sam",), video=True),))
        filmed = said(True, "mum", at(9, 1), kind=Kind.VIDEO)
        assert photos("mum", roster(MUM), YES, filmed, film, run(47)) == PICTURE
        assert photos("mum", roster(MUM), YES, film, run(47)) == set()
        assert photos("mum", roster(MUM), filmed, film, run(47)) == set()
        assert photos("mum", roster(MUM), filmed, film, run(47), own_child_photo=True) == PICTURE
        withdrawn = said(False, "mum", at(9, 2), kind=Kind.VIDEO)
        assert photos("mum", roster(MUM), YES, filmed, withdrawn, film, run(47)) == set()
        assert photos("mum", roster(MUM), YES, picture("sam"), run(47)) == PICTURE

    def test_custody_wins_over_consent_by_whatever_path(self) -> None:
        rows = roster(replace(DAD, blocked=True), replace(FRIEND, parent="dad"), MUM)
        assert photos("dad", rows, YES, picture("sam"), run(47)) == set()
        assert photos("mum", rows, YES, picture("sam"), run(47)) == PICTURE
        ended = roster(replace(FRIEND, parent="dad"), MUM)
        assert photos("dad", rows, ended, YES, picture("sam"), run(47)) == set()

    def test_the_own_child_setting_lets_only_the_own_child_go_without_consent(self) -> None:
        rows = roster(MUM, FRIEND)
        assert photos("mum", rows, picture("sam"), run(47)) == set()
        assert photos("mum", rows, picture("sam"), run(47), own_child_photo=True) == PICTURE
        assert photos("friend", rows, picture("sam"), run(47), own_child_photo=True) == set()
        assert photos("mum", rows, picture("sam", "kim"), run(47), own_child_photo=True) == set()


class TestConsent:
    def goes(self, *steps: Step, rows: tuple[Row, ...] = (MUM, DAD, FRIEND), **settings: Any) -> bool:
        read = photos("friend", roster(*rows), *steps, picture("sam"), run(47), **settings)
        return read == PICTURE

    def test_only_mail_and_photo_count_for_a_photo_in_the_newsletter(self) -> None:
        assert not self.goes(said(True, "mum", at(9, 1), purpose=Purpose.APP))
        assert not self.goes(said(True, "mum", at(9, 1), kind=Kind.VIDEO))
        assert self.goes(YES, said(False, "mum", at(9, 2), purpose=Purpose.APP))

    def test_silence_is_no_and_one_no_is_enough(self) -> None:
        assert not self.goes()
        assert self.goes(YES)
        assert not self.goes(YES, said(False, "dad", at(8, 30)))

    def test_the_latest_answer_of_each_counts_and_at_equal_times_no_wins(self) -> None:
        assert self.goes(said(False, "mum", at(8, 30)), YES)
        assert not self.goes(YES, said(False, "mum", at(9, 1)))
        assert not self.goes(said(False, "mum", at(9, 1)), YES)

    def test_the_file_order_does_not_matter(self) -> None:
        assert self.goes(YES, said(False, "mum", at(8, 30)))

    def test_a_no_of_a_blocked_or_former_parent_counts_and_a_yes_does_not(self) -> None:
        blocked = (MUM, replace(DAD, blocked=True), FRIEND)
        assert not self.goes(said(True, "dad", at(9, 1)), rows=blocked)
        assert not self.goes(YES, said(False, "dad", at(9, 1)), rows=blocked)
        assert not self.goes(said(True, "dad", at(9, 1)), roster(MUM, FRIEND))
        assert not self.goes(YES, said(False, "dad", at(9, 1)), roster(MUM, FRIEND))

    def test_a_yes_needs_no_approval(self) -> None:
        assert self.goes(YES, decide(Act.UNAPPROVE, "mum"))

    def test_a_yes_after_the_runs_time_does_not_count_yet_and_a_no_does(self) -> None:
        assert self.goes(said(True, "mum", at(11, 20, 15, 30)))
        assert not self.goes(said(True, "mum", at(11, 20, 15, 31)))
        assert not self.goes(YES, said(False, "mum", at(11, 25)))
        assert not self.goes(said(False, "mum", at(9, 1)), said(True, "mum", at(11, 25)))

    def test_from_sixteen_the_pupils_own_answer_decides_once_given(self) -> None:
        rows = (*(replace(row, born=date(2010, 11, 20)) for row in (MUM, DAD)), FRIEND)
        own = at(11, 20, 9)
        assert self.goes(YES, rows=rows)
        assert not self.goes(YES, said(False, "sam", own), rows=rows)
        assert self.goes(said(False, "mum", at(9, 1)), said(True, "sam", own), rows=rows)

    def test_consent_ends_when_the_pupil_leaves_and_does_not_revive(self) -> None:
        left = replace(MUM, until=date(2026, 11, 17))
        back = replace(MUM, group="groep 4", since=date(2026, 11, 19))
        assert not self.goes(YES, rows=(left, FRIEND))
        assert not self.goes(YES, rows=(left, back, FRIEND))
        assert self.goes(said(True, "mum", at(11, 17, 0)), rows=(left, back, FRIEND))
        assert self.goes(YES, rows=(replace(left, until=date(2026, 11, 19)), back, FRIEND))

    def test_per_school_year_if_the_school_says_so(self) -> None:
        last_year = said(True, "mum", at(7, 31, 23, 59))
        assert self.goes(last_year)
        assert not self.goes(last_year, consent_per_school_year=True)
        assert self.goes(said(True, "mum", at(8, 1, 0)), consent_per_school_year=True)
