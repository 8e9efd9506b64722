"""Telling a wrong file by what it would change: last year's, another school's, one that was sorted badly."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.intake.records import Roster
from pipeline.intake.roster_plan import Plan, Standing
from pipeline.problems import BadInput, Problem

_LEAST = 10  #: of a few people a quarter is soon reached, and soon checked by eye
_RIGHT = "is it the right file, complete, and sorted as a whole? If so, import it again with --force"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Suspicion:
    number: int
    of: int
    what: str
    part: int  #: refused from one in so many on


def refuse_wrong(plan: Plan, roster: Roster, known: Standing) -> None:
    """Raise `BadInput`, with the numbers, for a file that changes more than a roster does (contract.md).

    Of the links that end more than a tenth is too many. A column that was sorted by itself moves addresses,
    names or children from one parent to another: more than a quarter of them, and more than a few.
    """
    found = [each for each in _suspicions(plan, known) if _too_many(each)]
    if found:
        raise BadInput([Problem(file=roster.file, message=_words(each)) for each in found])


def _too_many(found: _Suspicion) -> bool:
    least = 0 if found.part == 10 else _LEAST
    return found.number * found.part > found.of and found.number > least


def _suspicions(plan: Plan, known: Standing) -> list[_Suspicion]:
    links, parents = plan.links_standing, len(known.parents)
    gained = sum(
        each.key is None and each.id[0] in known.parents and each.id[1] in known.pupils for each in plan.links
    )
    moved = sum(
        each.key is not None and "address" in each.values and bool(known.parents[each.id].address)
        for each in plan.parents
    )
    renamed = sum(each.key is not None and "name" in each.values for each in plan.parents)
    children = sum(each.key is not None and "first_name" in each.values for each in plan.pupils)
    return [
        _Suspicion(number=plan.links_ended, of=links, part=10, what="end {} of the {} parent-pupil links"),
        _Suspicion(
            number=gained,
            of=links,
            part=4,
            what="link known parents to other known pupils: {} against {} links now",
        ),
        _Suspicion(number=moved, of=parents, part=4, what="give {} of the {} parents another address"),
        _Suspicion(number=renamed, of=parents, part=4, what="give {} of the {} parents another name"),
        _Suspicion(
            number=children, of=len(known.pupils), part=4, what="give {} of the {} pupils another first name"
        ),
    ]


def _words(found: _Suspicion) -> str:
    much = "more than a tenth" if found.part == 10 else "more than a quarter"
    return f"this file would {found.what.format(found.number, found.of)}, {much}; {_RIGHT}"
