"""The oracle on hand-made examples, one for each sentence of the rules it was written from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.oracle.examples import (
    DAD,
    FRIEND,
    MUM,
    YES,
    ZONE,
    at,
    decide,
    got,
    outcomes,
    picture,
    post,
    roster,
    run,
)
from tests.oracle.model import Why
from tests.oracle.world import SCHOOL, Act, Channel, Settings, Week, moment


class TestTime:
    def test_the_window_is_half_open(self) -> None:
        before, first, last, after = (
            at(11, 13, 15, 29),
            at(11, 13, 15, 30),
            at(11, 20, 15, 29),
            at(11, 20, 15, 30),
        )
        steps = [post(str(i), published=when) for i, when in enumerate((before, first, last, after))]
        assert got("mum", roster(MUM), *steps, run(47)) == {"1", "2"}

    def test_the_next_window_begins_at_the_cut_off(self) -> None:
        assert got("mum", roster(MUM), post(published=at(11, 20, 15, 30)), run(47), run(48)) == {"bos"}

    def test_a_window_over_a_clock_change_is_longer_by_the_calendar(self) -> None:
        (outcome,) = outcomes(run(43))
        assert (outcome.since, outcome.until) == (at(10, 16, 15, 30), at(10, 23, 15, 30))
        (outcome,) = outcomes(run(44))
        assert outcome.until.timestamp() - outcome.since.timestamp() == (7 * 24 + 1) * 3600

    def test_a_moment_that_the_clock_skips_happens_at_the_first_instant_after_it(self) -> None:
        settings = Settings(zone=ZONE, weekday=7, hour=2)
        assert moment(Week(year=2026, number=13), settings) == at(3, 29, 3)

    def test_a_doubled_moment_happens_the_first_time(self) -> None:
        settings = Settings(zone=ZONE, weekday=7, hour=2)
        assert moment(Week(year=2026, number=43), settings).utcoffset() == at(10, 24).utcoffset()


class TestWithheld:
    def test_the_first_reason_that_fits(self) -> None:
        assert got("mum", roster(MUM, approve=False), post(), run(47)) is Why.NOT_APPROVED
        assert got("mum", roster(replace(MUM, blocked=True)), post(), run(47)) is Why.BLOCKED
        assert (
            got("mum", roster(replace(MUM, until=date(2026, 11, 17))), post(), run(47))
            is Why.NO_CURRENT_CHILD
        )
        assert got("mum", roster(replace(MUM, email="")), post(), run(47)) is Why.NO_ADDRESS
        assert got("mum", roster(replace(MUM, channel=Channel.NONE)), post(), run(47)) is Why.CHANNEL_NONE
        assert got("mum", roster(replace(MUM, channel=Channel.APP)), post(), run(47)) is Why.OTHER_CHANNEL
        assert got("mum", roster(MUM), run(47)) is Why.NO_NEWS

    def test_a_parent_gone_from_the_roster_has_no_current_child(self) -> None:
        assert got("dad", roster(MUM, DAD), roster(MUM), post(), run(47)) is Why.NO_CURRENT_CHILD

    def test_the_counts_add_up(self) -> None:
        (outcome,) = outcomes(roster(MUM, DAD, replace(FRIEND, email="")), post(), run(47, None, "dad"))
        assert outcome.counts == {"sent": 1, "failed": 1, "no_address": 1}


class TestApproval:
    def test_approve_on_import_lets_in_nobody_whom_staff_unapproved(self) -> None:
        steps = (
            roster(MUM),
            decide(Act.UNAPPROVE, "mum"),
            roster(MUM, replace(MUM, pupil="kim")),
            post(),
            run(47),
        )
        assert got("mum", *steps) is Why.NOT_APPROVED

    def test_a_new_link_of_an_approved_parent_waits(self) -> None:
        other = replace(MUM, pupil="kim", group="groep 4")
        steps = (
            roster(MUM),
            roster(MUM, other, approve=False),
            post(groups=("groep 4",), author="m"),
            run(47),
        )
        assert got("mum", *steps) is Why.NO_NEWS

    def test_an_import_adds_blocks_and_never_lifts_one(self) -> None:
        assert (
            got("mum", roster(MUM), roster(replace(MUM, blocked=True)), roster(MUM), run(47)) is Why.BLOCKED
        )

    def test_a_parent_blocked_for_one_child_still_reads_for_the_other(self) -> None:
        steps = (roster(replace(MUM, blocked=True), replace(MUM, pupil="kim", group="groep 4")), post())
        both = post("both", groups=("groep 3", "groep 4"), author="m")
        assert got("mum", *steps, both, run(47)) == {"both"}


class TestAudience:
    def test_who_left_on_tuesday_gets_nothing_on_friday(self) -> None:
        left = replace(MUM, until=date(2026, 11, 17))
        steps = (
            roster(left, replace(left, group="groep 4", until=None)),
            post(published=at(11, 16)),
            run(47),
        )
        assert got("mum", *steps) is Why.NO_NEWS

    def test_enrolment_is_judged_at_the_time_of_the_run(self) -> None:
        left = replace(MUM, until=date(2026, 11, 21))
        assert got("mum", roster(left), post(), run(47, at(11, 20, 23, 59))) == {"bos"}
        assert got("mum", roster(left), post(), run(47, at(11, 21, 0, 0))) is Why.NO_CURRENT_CHILD

    def test_a_post_from_before_the_enrolment_does_not_reach_the_parent(self) -> None:
        came = roster(replace(MUM, since=date(2026, 11, 18)))
        early, late = post("early", published=at(11, 17, 23, 59, 59)), post("late", published=at(11, 18, 0))
        assert got("mum", came, early, late, run(47)) == {"late"}

    def test_a_direct_move_keeps_the_stay_for_school_posts_unbroken(self) -> None:
        day = date(2026, 11, 18)
        moved = roster(replace(MUM, until=day), replace(MUM, group="groep 4", since=day))
        news = post("school", groups=(SCHOOL,), author="m"), post("new", groups=("groep 4",), author="m")
        assert got("mum", moved, *news, post(), run(47)) == {"school"}

    def test_a_day_between_two_groups_breaks_the_stay(self) -> None:
        gap = replace(MUM, until=date(2026, 11, 18)), replace(MUM, group="groep 4", since=date(2026, 11, 19))
        assert got("mum", roster(*gap), post(groups=(SCHOOL,), author="m"), run(47)) is Why.NO_NEWS

    def test_a_move_by_a_newer_roster_keeps_the_stay_up_to_the_day_of_the_import(self) -> None:
        news = post(groups=(SCHOOL,), author="m")
        newer = replace(MUM, group="groep 4", since=date(2026, 11, 18))
        assert got("mum", roster(MUM), roster(newer, on=date(2026, 11, 18)), news, run(47)) == {"bos"}
        assert got("mum", roster(MUM), roster(newer, on=date(2026, 11, 17)), news, run(47)) is Why.NO_NEWS

    def test_siblings_share_a_post_labelled_with_both_groups(self) -> None:
        rows = MUM, replace(MUM, pupil="kim", group="groep 4"), replace(FRIEND, pupil="bo", group="groep 5")
        shared = post(groups=("groep 3", "groep 4", "groep 5"), author="m")
        (outcome,) = outcomes(roster(*rows), shared, run(47))
        result = outcome.results["mum"]
        assert not isinstance(result, Why)
        assert result["bos"].groups == {"groep 3", "groep 4"}


class TestAuthorAndState:
    def test_teachers_post_to_their_own_groups_only(self) -> None:
        rows = MUM, replace(MUM, pupil="kim", group="groep 4")
        foreign, mixed = post("f", groups=("groep 4",)), post("x", groups=("groep 3", "groep 4"))
        school, own = post("s", groups=(SCHOOL,)), post("o")
        assert got("mum", roster(*rows), foreign, mixed, school, own, run(47)) == {"o"}

    def test_a_class_parents_post_waits_for_its_release(self) -> None:
        waiting = (roster(MUM), post(author="c"))
        assert got("mum", *waiting, run(47)) is Why.NO_NEWS
        assert got("mum", *waiting, decide(Act.RELEASE, post="bos"), run(47)) == {"bos"}
        assert got("mum", *waiting, run(47), class_parent_waits=False) == {"bos"}

    def test_held_and_withdrawn_posts_stay(self) -> None:
        assert got("mum", roster(MUM), post(), decide(Act.HOLD, post="bos"), run(47)) is Why.NO_NEWS
        withdrawn = decide(Act.WITHDRAW, post="bos"), decide(Act.RELEASE, post="bos")
        assert got("mum", roster(MUM), post(), *withdrawn, run(47)) is Why.NO_NEWS


class TestOwed:
    def test_nothing_goes_twice(self) -> None:
        assert got("mum", roster(MUM), post(), run(47), run(48)) is Why.NO_NEWS

    def test_a_failed_delivery_is_owed_until_it_succeeds(self) -> None:
        steps = (roster(MUM), post(), run(47, None, "mum"), run(48, None, "mum"), run(49))
        assert got("mum", *steps) == {"bos"}
        assert got("mum", *steps, run(50)) is Why.NO_NEWS

    def test_imported_or_released_late_goes_with_the_next_run(self) -> None:
        assert got("mum", roster(MUM), run(47), post(), run(48)) == {"bos"}
        held = (roster(MUM), post(), decide(Act.HOLD, post="bos"), run(47), decide(Act.RELEASE, post="bos"))
        assert got("mum", *held, run(48)) == {"bos"}

    def test_nothing_from_before_the_first_window_or_older_than_the_setting(self) -> None:
        assert got("mum", roster(MUM), run(47), post(published=at(11, 13, 15, 29)), run(48)) is Why.NO_NEWS
        runs = run(47), run(48), run(49), run(50)
        assert got("mum", roster(MUM), *runs, post(published=at(11, 20, 15, 30)), run(51)) == {"bos"}
        assert got("mum", roster(MUM), *runs, post(published=at(11, 20, 15, 29)), run(51)) is Why.NO_NEWS

    def test_a_new_approval_brings_nothing_from_a_closed_window_however_late_its_file(self) -> None:
        waiting = (roster(MUM, approve=False), post("old"), run(47), decide(Act.APPROVE, "mum"))
        assert got("mum", *waiting, post("late"), post("new", published=at(11, 24)), run(48)) == {"new"}

    def test_approving_again_is_no_new_approval(self) -> None:
        assert got("mum", roster(MUM), run(47), decide(Act.APPROVE, "mum"), post(), run(48)) == {"bos"}

    def test_an_unblock_a_return_and_a_change_from_none_bring_nothing_from_a_closed_window(self) -> None:
        blocked = (roster(replace(MUM, blocked=True)), run(47), decide(Act.UNBLOCK, "mum", "sam"))
        returned = (roster(MUM, DAD), roster(DAD), run(47), roster(MUM, DAD))
        chose = (roster(replace(MUM, channel=Channel.NONE)), run(47), roster(MUM))
        for steps in (blocked, returned, chose):
            assert got("mum", *steps, post(), post("new", published=at(11, 24)), run(48)) == {"new"}

    def test_who_was_let_in_before_the_run_reads_the_whole_window(self) -> None:
        assert got("mum", roster(MUM, approve=False), post(), decide(Act.APPROVE, "mum"), run(47)) == {"bos"}

    def test_a_change_of_channel_brings_what_no_run_of_the_former_one_had(self) -> None:
        """The app had no run here: whom a newsletter did not serve has not had its posts."""
        changed = (roster(replace(MUM, channel=Channel.APP)), post("old"), run(47), roster(MUM))
        assert got("mum", *changed, post("late"), run(48)) == {"old", "late"}

    def test_a_photo_allowed_later_does_not_follow_its_post(self) -> None:
        assert got("mum", roster(MUM), picture("sam"), run(47), YES, run(48)) is Why.NO_NEWS
