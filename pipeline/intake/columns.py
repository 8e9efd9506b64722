"""Which columns of a school's own list hold what: recognised by their headings, or said in a map file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.intake.headings import OF_PARENTS, OF_PUPILS, PUPIL, Field, Meaning, forbidden, meaning

MOST_PARENTS = 6  #: beside each other in one row
_NAMES = (Field.FIRST_NAME, Field.LAST_NAME, Field.NAME)
_OF_ROW = (
    Field.LANGUAGE,
    Field.CHANNEL,
    Field.ACCESS,
)  #: without a parent's word: of every parent in the row

Slot = dict[Field, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """Headings by what they hold. One that stands there twice is called ``NAME (2)`` the second time."""

    pupil: Mapping[Field, str]
    parents: tuple[Mapping[Field, str], ...] = ()  #: beside each other in one row
    emails: tuple[str, ...] = ()  #: of the parents in their order, joined by commas within a cell
    family: Mapping[Field, str] = field(default_factory=dict)  #: language, channel or access of all of them

    def headings(self) -> set[str]:
        """Every heading that is read."""
        slots = (self.pupil, self.family, *self.parents)
        return {heading for slot in slots for heading in slot.values()} | set(self.emails)

    def gaps(self) -> list[str]:
        """What a roster cannot do without, in words; empty when nothing is missing."""
        missing = []
        if Field.ID not in self.pupil:
            missing.append("the pupil's number in your administration (such as Leerlingnummer)")
        if not any(name in self.pupil for name in _NAMES):
            missing.append("the pupil's name (such as Roepnaam and Achternaam)")
        if Field.GROUP not in self.pupil:
            missing.append("the pupil's group (such as Groep)")
        if not self.emails and not any(Field.EMAIL in parent for parent in self.parents):
            missing.append("the parents' addresses (such as E-mail ouder 1)")
        return missing

    def as_json(self) -> dict[str, Any]:
        """What `from_json` reads, and a map file holds as TOML."""
        return {
            "pupil": {name.value: heading for name, heading in self.pupil.items()},
            "parent": [{name.value: heading for name, heading in each.items()} for each in self.parents],
            "emails": list(self.emails),
            "family": {name.value: heading for name, heading in self.family.items()},
        }


def from_json(told: Mapping[str, Any]) -> Columns:
    """Raises `ValueError`, in words, for what no map of columns says."""
    unknown = set(told) - {"pupil", "parent", "emails", "family"}
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))}: known are [pupil], [[parent]], emails and [family]")
    parents = told.get("parent", [])
    emails = told.get("emails", [])
    if not isinstance(parents, list) or len(parents) > MOST_PARENTS:
        raise ValueError(f"write [[parent]] for each parent of a row, at most {MOST_PARENTS}")
    if not isinstance(emails, list) or not all(isinstance(each, str) for each in emails):
        raise ValueError('emails is a list of headings, as in  emails = ["E-mailadressen"]')
    return Columns(
        pupil=_slot("[pupil]", told.get("pupil", {}), OF_PUPILS),
        parents=tuple(_slot("[[parent]]", each, OF_PARENTS) for each in parents),
        emails=tuple(emails),
        family=_slot("[family]", told.get("family", {}), frozenset(_OF_ROW)),
    )


def _slot(where: str, told: Any, known: frozenset[Field]) -> Slot:
    if not isinstance(told, dict):
        raise ValueError(f"{where} must be a table")
    slot: Slot = {}
    for name, heading in told.items():
        if name not in set(map(str, known)):
            raise ValueError(f"{where} {name}: known are {', '.join(sorted(known))}")
        if not isinstance(heading, str):
            raise ValueError(f"{where} {name} must be a heading between double quotes")
        if forbidden(heading):
            raise ValueError(
                f"{where} {name} = {heading!r}: such numbers are never read; name another column"
            )
        slot[Field(name)] = heading
    return slot


@dataclass(frozen=True, kw_only=True, slots=True)
class Recognised:
    columns: Columns
    doubts: tuple[str, ...]  #: two columns that could both be the one thing


def recognise(headings: Sequence[str]) -> Recognised:
    """What a school's headings say by themselves, read from left to right.

    ``E-mail`` behind ``Ouder 1`` is that parent's; a ``Naam`` behind it too, once the pupil has a name.
    """
    reading = _Reading()
    for heading in headings:
        if (said := meaning(heading)) is not None:
            reading.take(heading, said)
    return reading.done()


class _Reading:
    def __init__(self) -> None:
        self._slots: dict[str, dict[Field, tuple[str, int]]] = {PUPIL: {}, "family": {}}
        self._emails: list[str] = []
        self._inherited: dict[str, str] = {}  #: slot -> an address whose heading names nobody
        self._at = PUPIL  #: whom the last heading that named somebody was about
        self._doubts: list[str] = []

    def take(self, heading: str, said: Meaning) -> None:
        who = self._whose(said)
        if who is None:
            self._emails.append(heading)
            return
        if said.field is Field.EMAIL and said.who is None and said.number is None:
            self._inherited[who] = heading
        slot, sure = self._slots.setdefault(who, {}), said.sure + (said.who is not None)
        known = slot.get(said.field)
        if known is not None and known[1] == sure:
            self._doubts.append(f"{known[0]!r} and {heading!r} could both be the {_words(who, said.field)}")
        if known is None or known[1] < sure:
            slot[said.field] = (heading, sure)

    def _whose(self, said: Meaning) -> str | None:
        """The slot that the heading fills; None for an address of the family's."""
        if said.who == PUPIL:
            self._at = PUPIL
            return PUPIL
        if said.who is not None or said.number is not None:
            self._at = f"{said.who or 'parent'}{said.number or ''}"
            return self._at
        if said.field is Field.EMAIL:
            inside = self._at != PUPIL and Field.EMAIL not in self._slots[self._at]
            return self._at if inside else None
        if said.field in _OF_ROW:
            return "family" if self._at == PUPIL else self._at
        of_parent = self._at != PUPIL and said.field in OF_PARENTS and self._pupil_has(said.field)
        return self._at if of_parent else PUPIL

    def _pupil_has(self, field: Field) -> bool:
        pupil = self._slots[PUPIL]
        return field in pupil or (field in _NAMES and any(name in pupil for name in _NAMES))

    def done(self) -> Recognised:
        slots = {
            who: {name: heading for name, (heading, _) in slot.items()} for who, slot in self._slots.items()
        }
        pupil, family = slots.pop(PUPIL), slots.pop("family")
        emails = [*self._joint(slots), *self._emails]
        if len(slots) > 1 and "parent" in slots:  # "E-mail ouders" beside "Ouder 1" and "Ouder 2"
            joint = slots.pop("parent")
            emails += [joint[Field.EMAIL]] if Field.EMAIL in joint else []
        columns = Columns(
            pupil=pupil,
            parents=tuple(slots[who] for who in self._in_order(slots)),
            emails=tuple(emails),
            family=family,
        )
        return Recognised(columns=columns, doubts=tuple(self._doubts))

    def _joint(self, slots: dict[str, Slot]) -> Iterator[str]:
        """``Ouder 1``, ``Ouder 2``, ``E-mail``: one address column behind several parents is of them all."""
        having = [who for who, slot in slots.items() if Field.EMAIL in slot]
        if len(slots) > 1 and len(having) == 1 and having[0] in self._inherited:
            yield slots[having[0]].pop(Field.EMAIL)

    def _in_order(self, slots: Mapping[str, Slot]) -> Iterator[str]:
        """Numbered parents by their number, the others as they stand."""
        yield from sorted(slots, key=lambda who: int(who[-1]) if who[-1].isdecimal() else 0)


def _words(who: str, field: Field) -> str:
    return f"{'pupil' if who == PUPIL else who}'s {field.value.replace('_', ' ')}"
