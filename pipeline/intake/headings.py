"""What the headings of a school's own list mean, in Dutch and English: whose value it is, and which.

``E-mail verzorger 2`` is the address of the second parent, ``Geb.datum`` the pupil's birth date. A heading
that says nothing we know is not used; one that could mean two things is asked about, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Field(StrEnum):
    """What a column can hold; the values are the words of a map file."""

    ID = "id"
    FIRST_NAME = "first_name"
    PREFIX = "prefix"  #: tussenvoegsel
    LAST_NAME = "last_name"
    NAME = "name"  #: the whole of it
    BIRTH_DATE = "birth_date"
    GROUP = "group"
    ENROLLED_FROM = "enrolled_from"
    ENROLLED_UNTIL = "enrolled_until"
    EMAIL = "email"
    LANGUAGE = "language"
    CHANNEL = "channel"
    ACCESS = "access"


#: Of whom a name can be.
NAME_FIELDS = (Field.FIRST_NAME, Field.PREFIX, Field.LAST_NAME, Field.NAME)
_DATES_AND_GROUP = (Field.BIRTH_DATE, Field.GROUP, Field.ENROLLED_FROM, Field.ENROLLED_UNTIL)
OF_PUPILS = frozenset({Field.ID, *NAME_FIELDS, *_DATES_AND_GROUP})
OF_PARENTS = frozenset(Field) - frozenset(_DATES_AND_GROUP)

PUPIL = "pupil"
#: Parts of headings that name somebody. A digit behind it, or in front, tells which parent.
_WHO = {
    PUPIL: "leerling leerlingen lln kind pupil student child learner",
    "parent": "ouder ouders verzorger verzorgers verz voogd parent parents guardian guardians carer contact"
    " contactpersoon gezin family",
    "mother": "moeder mother mama",
    "father": "vader father papa",
}
#: Parts that name a value, with how sure they are: of two columns for one field the surer one is read.
_VALUES = (
    (Field.ID, 1, "id nummer nr number stamnummer stamnr code key sleutel"),
    (Field.FIRST_NAME, 3, "roepnaam firstname preferred"),
    (Field.FIRST_NAME, 2, "voornaam given forename first"),
    (Field.FIRST_NAME, 1, "voornamen voorletters voorletter initials initialen"),
    (Field.PREFIX, 1, "tussenvoegsel tussenvoegsels tussenv tussen voorvoegsel voorvoegsels infix prefix"),
    (Field.LAST_NAME, 2, "achternaam familienaam geslachtsnaam surname lastname last"),
    (Field.NAME, 1, "naam name fullname volledige full"),
    (Field.BIRTH_DATE, 1, "geboortedatum geboren geb birth birthdate birthday dob"),
    (Field.GROUP, 3, "groep groepsnaam stamgroep group"),
    (Field.GROUP, 2, "klas class basisgroep homeroom"),
    (Field.GROUP, 1, "jaargroep leerjaar grade"),
    (
        Field.ENROLLED_FROM,
        1,
        "inschrijfdatum inschrijving instroomdatum instroom ingeschreven enrolled start",
    ),
    (
        Field.ENROLLED_UNTIL,
        1,
        "uitschrijfdatum uitschrijving uitstroomdatum uitstroom uitgeschreven left end",
    ),
    (Field.EMAIL, 1, "email mail emailadres mailadres emailadressen mailadressen emails emailaddress"),
    (Field.LANGUAGE, 1, "taal voorkeurstaal thuistaal language"),
    (Field.CHANNEL, 1, "kanaal channel"),
    (Field.ACCESS, 1, "toegang access"),
)
#: Parts without a meaning of their own, such as those of "datum van inschrijving" or "adres".
_EMPTY = (
    "van de het der den en in op per of the and s sinds vanaf tot datum date adres adressen address addresses"
    " e eerste tweede first second roep school"
)
_FILLING = frozenset(_EMPTY.split())
_WHO_OF = {word: who for who, words in _WHO.items() for word in words.split()}
_WHAT = {word: (field, sure) for field, sure, words in _VALUES for word in words.split()}
#: Longest first, so that "ouders" is not "ouder" and a rest.
_WORDS = sorted({*_WHO_OF, *_WHAT}, key=len, reverse=True)
#: Never read, whatever else the heading says (rule 20): numbers of the state, and what nobody needs here.
_NEVER = re.compile(r"bsn|burgerservice|sofi|onderwijsnummer|eckid|iban|rekening|nationaliteit|geloof|ethni")
#: Others of the kind that stands in every list: they say clearly that they are something else.
_OTHER = re.compile(
    r"telefoon|tel\b|mobiel|phone|mobile|straat|street|huisnummer|huisnr|postcode|zip|plaats|city|woonplaats"
    r"|geslacht\b|gender|sex|huisarts|verzekering|relatie|gezag|beroep|opleiding|land\b|country|opmerking|remark"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Meaning:
    """What one heading says."""

    who: str | None  #: `PUPIL`, "parent", "mother", "father"; None when it does not say
    number: int | None  #: which parent, from 1
    field: Field
    sure: int


def meaning(heading: str) -> Meaning | None:
    """What ``heading`` says; None when that is nothing we use."""
    plain = _plain(heading)
    if forbidden(heading) or _OTHER.search(plain):
        return None
    words = [part for token in re.findall(r"[a-z]+|\d+", plain) for part in _parts(token)]
    if None in words:
        return None
    named = [word for word in words if word is not None]
    whos = {_WHO_OF[word] for word in named if word in _WHO_OF}
    whats = [_WHAT[word] for word in named if word in _WHAT]
    numbers = {int(word) for word in named if word.isdecimal() and len(word) == 1}
    field = _field(whats, named)
    if len(whos) > 1 or len(numbers) > 1 or (field is None and not whos):
        return None
    who = next(iter(whos), None)
    found, sure = field or (Field.NAME, 0)  # "Ouder 1" holds a name, if it holds anything of use
    return Meaning(who=who, number=next(iter(numbers), None), field=found, sure=sure)


def forbidden(heading: str) -> bool:
    """Whether the column is one that we must not read at all."""
    return _NEVER.search(_plain(heading).replace(" ", "")) is not None


def _field(whats: Sequence[tuple[Field, int]], words: Iterable[str]) -> tuple[Field, int] | None:
    """Of several words the one that says more: "last name" is no whole name, "start date" no start of all."""
    telling = [what for what in whats if what[0] is not Field.NAME] or list(whats)
    if {"first", "preferred"} & set(words) and any(what[0] is Field.LAST_NAME for what in telling):
        return None
    fields = {what[0] for what in telling}
    return max(telling, key=lambda what: what[1]) if len(fields) == 1 else None


def _plain(heading: str) -> str:
    folded = unicodedata.normalize("NFKD", heading).casefold()
    kept = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", " ", re.sub(r"\be[- ]?mail", "email", kept)).strip()


def _parts(token: str) -> list[str | None]:
    """``leerlingnummer`` as leerling and nummer; [None] when a part of the token is no word of ours."""
    if token.isdecimal() or token in _FILLING or token in _WHO_OF or token in _WHAT:
        return [token]
    for word in _WORDS:
        if len(word) > 2 and token.startswith(word):
            rest = _parts(token[len(word) :])
            if None not in rest:
                return [word, *rest]
    return [None]
