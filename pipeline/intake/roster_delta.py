"""A file of changes against what is known: who its people are, and what of the rest has ended.

It ends only what it names: a row that says so, or somebody's list of relations that no longer has a link.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from pipeline.intake.records import LinkRecord, PupilRecord, Roster
from pipeline.intake.roster_plan import Standing
from pipeline.problems import Problem


def settle_delta(roster: Roster, known: Standing) -> Roster:
    """The roster with only those records that it or the school's data vouch for; a whole one as it is."""
    if roster.delta is None:
        return roster
    unsure = roster.delta.unsure
    pupils = tuple(each for each in roster.pupils if each.id not in unsure or each.id in known.pupils)
    parents = tuple(each for each in roster.parents if each.id not in unsure or each.id in known.parents)
    are_pupils = {*known.pupils, *(each.id for each in pupils)}
    are_parents = {*known.parents, *(each.id for each in parents)}
    links = tuple(each for each in roster.links if each.pupil in are_pupils and each.parent in are_parents)
    linked = {each.parent for each in links}
    listed = {
        one: others
        for one, others in roster.delta.listed.items()
        if others & (are_parents if one in are_pupils else are_pupils if one in are_parents else set())
    }
    return replace(
        roster,
        pupils=pupils,
        parents=tuple(each for each in parents if each.id in known.parents or each.id in linked),
        links=links,
        enrolments=tuple(each for each in roster.enrolments if each.pupil in are_pupils),
        delta=replace(roster.delta, listed=listed),
        remarks=(
            *roster.remarks,
            *_unknown(roster, {*are_pupils, *are_parents}),
            *_silent(roster, pupils, links, listed, known),
        ),
    )


def _unknown(roster: Roster, people: Collection[str]) -> Iterator[Problem]:
    """Of a file of changes only the import can tell that nobody knows whom it means."""
    named = [each.id for each in roster.pupils] + [each.id for each in roster.parents]
    named += [each.pupil for each in roster.enrolments]
    staff = {each.id for each in roster.staff}
    for person in dict.fromkeys(named):
        if person not in people and person not in staff:
            message = f"{person} is no pupil or parent known here, nor by a role in this file of changes"
            yield Problem(file=roster.file, message=message)


def _silent(
    roster: Roster,
    pupils: Collection[PupilRecord],
    links: Collection[LinkRecord],
    listed: Collection[str],
    known: Standing,
) -> Iterator[Problem]:
    """An empty list may mean that nobody is left, or that this school's links stand with the parents."""
    if roster.delta is None or roster.delta.links_whole:
        return
    named = {each.pupil for each in links}
    linked = {pupil for (_, pupil), row in known.links.items() if not row.ended}
    for each in pupils:
        if each.id in linked and each.id not in named and each.id not in listed:
            message = f"pupil {each.id} stands here without parents; those known stay (to end a link: block)"
            yield Problem(file=roster.file, message=message)
