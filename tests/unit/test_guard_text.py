"""What the second guard reads in a page, and the names that it finds there."""

from __future__ import annotations

import pytest

from pipeline.guard_text import folded, names_in, seen

NAMES = frozenset({folded("Noor Bakker"), folded("Łucja van der Veen"), folded("Zoë El-Idrissi")})


@pytest.mark.parametrize(
    "page, found",
    [
        (">Hoera</h2><p>Vandaag werd <b>Noor</b> Bakker zes.</p>", {"noor bakker"}),
        ("><p>NOOR\r\nBAKKER was er</p>", {"noor bakker"}),
        ("><p>de moeder van Zoe El Idrissi</p>", {"zoe el idrissi"}),
        ("><p>łucja van der veen</p>", {"łucja van der veen"}),
        ('><img src="cid:1" alt="Noor Bakker in het bos" width="600">', {"noor bakker"}),
        ("><p>Noor&#32;Bakker</p>", {"noor bakker"}),
        ("><p>met Noor</p><p>Bakker de Boer bracht brood</p>", set()),
        ("><p>Voor Noor, bakker van beroep</p>", set()),
        ("><p>Noor Bakkers broer</p>", set()),
        ("><p>Eleanoor Bakker</p>", set()),
        ('><a href="https://noor.example/Noor Bakker">hier</a>', set()),
    ],
)
def test_full_names_are_found_in_what_a_reader_sees(page: str, found: set[str]) -> None:
    assert names_in(seen(page), NAMES) == found
