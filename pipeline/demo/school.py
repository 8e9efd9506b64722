"""What is special about some of the families, and the school's roster, staff and consents as files."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from pipeline.demo.people import Adult, Answer, Child, Family, Stint, make_families
from pipeline.demo.posts_school import GROUPS

ROSTER_COLUMNS = (
    "pupil_id", "pupil_first_name", "pupil_last_name", "pupil_birth_date", "group", "enrolled_from",
    "enrolled_until", "parent_id", "parent_name", "parent_email", "language", "channel", "access",
)  # fmt: skip
STAFF_COLUMNS = ("staff_id", "name", "email", "role", "groups")
CONSENT_COLUMNS = ("pupil_id", "purpose", "kind", "answer", "given_by", "given_at", "how", "text_version")
TUESDAY, WEDNESDAY = date(2026, 11, 17), date(2026, 11, 18)

_TEAM = (
    ("s1", "Hanneke Terpstra", "management", ()),
    ("s2", "Youssef Amrani", "management", ()),
    ("s3", "Marit de Graaf", "teacher", ("groep 1/2a",)),
    ("s4", "Soraya Pengel", "teacher", ("groep 1/2b",)),
    ("s5", "Ilse Hoekstra", "teacher", ("groep 1/2c",)),
    ("s6", "Bram Wiersma", "teacher", ("groep 3a",)),
    ("s7", "Fenna Kuiper", "teacher", ("groep 3b",)),
    ("s8", "Willemijn Aerts", "teacher", ("groep 4",)),
    ("s9", "Joost van Laar", "teacher", ("groep 4/5",)),
    ("s10", "Esra Kaplan", "teacher", ("groep 5",)),
    ("s11", "Ruben Sluiter", "teacher", ("groep 6",)),
    ("s12", "Anouk Verbeek", "teacher", ("groep 6/7",)),
    ("s13", "Sietse Bouma", "teacher", ("groep 7",)),
    ("s14", "Carlijn Postma", "teacher", ("groep 8",)),
    ("s15", "Dirk Reitsma", "teacher", GROUPS),
    ("s16", "Pien Ouwehand", "teacher", GROUPS),
    ("s17", "Renske Mulder", "teacher", ("groep 3a", "groep 4")),
)
#: Class parents are staff with an id of their own; being one gives no rights as a parent (rule 2).
_CLASS_PARENTS = (("s18", "groep 1/2a"), ("s19", "groep 3b"), ("s20", "groep 8"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Cast:
    """Everybody at the school, and who has which part in the example."""

    families: tuple[Family, ...]
    class_parents: tuple[Adult, ...]  #: in the order of ``_CLASS_PARENTS``
    custody_parent: Adult  #: to be blocked for one of their two children
    custody_child: Child
    blocked_parent: Adult  #: to be blocked for their only child
    blocked_child: Child
    unapproved: tuple[Adult, Adult]
    unnamed: Child  #: whom no post may name, and whom one post names


class _Casting:
    """Gives each part to a family that has none yet, in the order in which they are asked for."""

    def __init__(self, families: Sequence[Family]) -> None:
        self._free = list(families)

    def next(self, fits: Callable[[Family], bool]) -> Family:
        family = next(each for each in self._free if fits(each))
        self._free.remove(family)
        return family

    def of(self, *, pupils: int, adults: int) -> Family:
        return self.next(lambda family: (len(family.children), len(family.adults)) == (pupils, adults))

    def several(self, count: int, fits: Callable[[Family], bool]) -> list[Family]:
        return [self.next(fits) for _ in range(count)]


def make_cast(rng: Random) -> Cast:
    families = make_families(rng)
    casting = _Casting(families)
    custody = casting.of(pupils=2, adults=2)
    blocked = casting.of(pupils=1, adults=2)
    for family in (custody, blocked):
        _all_on_newsletter(family)
    class_parents = tuple(_class_parent(casting, group) for _, group in _CLASS_PARENTS)
    _move_children(casting)
    _spoil_addresses(casting)
    unapproved = casting.several(2, lambda family: len(family.adults) == 2)
    for family in unapproved:
        _all_on_newsletter(family)
    _block_in_roster(casting)
    _give_languages(casting)
    _answer_about_photos(casting)
    unnamed = casting.next(lambda each: [child.group for child in each.children] == ["groep 4"])
    unnamed.named = False
    return Cast(
        families=tuple(families),
        class_parents=class_parents,
        custody_parent=custody.adults[1],
        custody_child=custody.children[0],
        blocked_parent=blocked.adults[1],
        blocked_child=blocked.children[0],
        unapproved=(unapproved[0].adults[1], unapproved[1].adults[0]),
        unnamed=unnamed.children[0],
    )


def _all_on_newsletter(family: Family) -> None:
    for adult in family.adults:
        adult.channel = "newsletter"


def _class_parent(casting: _Casting, group: str) -> Adult:
    family = casting.next(lambda each: _in_group(each, group))
    return family.adults[0]


def _move_children(casting: _Casting) -> None:
    """One left on Tuesday, one came on Wednesday, one moved to another group on Wednesday."""

    def only_child_of(group: str) -> Callable[[Family], bool]:
        return lambda each: [child.group for child in each.children] == [group]

    left, came, moved = (casting.next(only_child_of(group)) for group in ("groep 6", "groep 3b", "groep 5"))
    for family in (left, came, moved):
        _all_on_newsletter(family)
    left.children[0].stints[0].until = TUESDAY
    came.children[0].stints[0].since = WEDNESDAY
    moved.children[0].stints[0].until = WEDNESDAY
    moved.children[0].stints.append(Stint(group="groep 4/5", since=WEDNESDAY))


def _spoil_addresses(casting: _Casting) -> None:
    """Four couples with one address between them, three parents without, one with a slip of the pen."""
    for family in casting.several(4, lambda each: len(each.adults) == 2):
        family.adults[1].email = family.adults[0].email
    for family in casting.several(3, lambda each: len(each.adults) > 1):
        family.adults[-1].email = ""
    slip = casting.next(lambda each: len(each.adults) > 1)
    slip.adults[0].email = slip.adults[0].email.replace("@", "(at)")


def _block_in_roster(casting: _Casting) -> None:
    """One parent whom the roster blocks for the only child, one blocked for one child of two."""
    for pupils in (1, 2):
        family = casting.of(pupils=pupils, adults=3)
        family.adults[2].channel = "newsletter"
        family.blocked.add((family.adults[2].id, family.children[0].id))


def _give_languages(casting: _Casting) -> None:
    for family in casting.several(12, lambda each: len(each.adults) == 2):
        for adult in family.adults:
            adult.language = "en"
    # We have no Somali: its readers get the school's.
    for language in ("pl", "tr", "uk", "ar", "de", "fr", "so", ""):
        casting.next(lambda each: True).adults[0].language = language


def _answer_about_photos(casting: _Casting) -> None:
    """A family in every group refuses; others allow the app only, disagree, or never answer."""
    for answer, groups in (
        (Answer.NO, GROUPS),
        (Answer.APP_ONLY, GROUPS[4:]),
        (Answer.DIVIDED, GROUPS[:5]),
        (Answer.SILENT, GROUPS[6:]),
    ):
        for group in groups:
            casting.next(_couple_in(group)).photos = answer


def _couple_in(group: str) -> Callable[[Family], bool]:
    return lambda family: len(family.adults) > 1 and _in_group(family, group)


def _in_group(family: Family, group: str) -> bool:
    return any(child.group == group for child in family.children)


# ---------------------------------------------------------------- as files


def write_roster(path: Path, cast: Cast) -> None:
    _write(path, ROSTER_COLUMNS, (row for family in cast.families for row in _roster_rows(family)))


def _roster_rows(family: Family) -> Iterator[Sequence[str]]:
    for child in family.children:
        for stint in child.stints:
            for adult in family.adults:
                access = "blocked" if (adult.id, child.id) in family.blocked else "yes"
                yield (
                    *(child.id, child.first, child.last, child.born.isoformat()),
                    *(stint.group, _iso(stint.since), _iso(stint.until)),
                    *(adult.id, adult.name, adult.email, adult.language, adult.channel, access),
                )


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def write_staff(path: Path, cast: Cast, *, domain: str) -> None:
    team = [
        (number, name, f"{name.split()[0].lower()}@{domain}", role, "|".join(groups))
        for number, name, role, groups in _TEAM
    ]
    parents = [
        (number, adult.name, adult.email, "class_parent", group)
        for (number, group), adult in zip(_CLASS_PARENTS, cast.class_parents, strict=True)
    ]
    _write(path, STAFF_COLUMNS, [*team, *parents])


def write_consents(path: Path, cast: Cast, rng: Random) -> None:
    _write(path, CONSENT_COLUMNS, (row for family in cast.families for row in _consent_rows(family, rng)))


def _consent_rows(family: Family, rng: Random) -> Iterator[Sequence[str]]:
    for child in family.children:
        minutes = rng.randrange(14 * 24 * 60)
        given_at = (datetime(2026, 9, 1, 8, 0) + timedelta(minutes=minutes)).isoformat()  # noqa: DTZ001
        named = "yes" if rng.random() < 0.85 and family.named else "no"
        for purpose in ("app", "mail"):
            for kind in ("photo", "video"):
                for adult, answer in _answers(family, purpose):
                    yield child.id, purpose, kind, answer, adult.id, given_at, "ouderportaal", "2026-1"
            yield child.id, purpose, "name", named, family.adults[0].id, given_at, "ouderportaal", "2026-1"


def _answers(family: Family, purpose: str) -> Iterable[tuple[Adult, str]]:
    first, *others = family.adults
    if family.photos is Answer.SILENT:
        return ()
    if family.photos is Answer.DIVIDED:
        return ((first, "yes"), (others[0], "no"))
    refused = family.photos is Answer.NO or (family.photos is Answer.APP_ONLY and purpose == "mail")
    return ((first, "no" if refused else "yes"),)


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
