"""Brings every catalogue in line with the Dutch one, in which a new sentence is written first.

``python -m pipeline.catalogues`` (``make catalogues``) adds to each other language what it lacks, empty,
in Dutch order; takes out what Dutch no longer has; and names what waits for a translation, ending 1.
English, whose sentences are the keys, is filled in by itself.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from pipeline.languages import LANGUAGES
from pipeline.texts import LOCALES

_FIRST, _KEYS = LANGUAGES[:2]


def catalogue(language: str, folder: Path = LOCALES) -> Catalog:
    """As its file stands; raises `OSError` where there is none."""
    with _file(language, folder).open("rb") as file:
        return read_po(file, locale=language)


def untranslated(language: str, folder: Path = LOCALES) -> Iterator[str]:
    """The sentences, as English has them, that a catalogue lacks or has no form or too few forms of."""
    own = catalogue(language, folder)
    for message in _sentences(catalogue(_FIRST, folder)):
        found = own.get(_key(message))
        forms = _forms(found) if found else ()
        if len(forms) != (own.num_plurals if message.pluralizable else 1) or not all(forms):
            yield _key(message)


def align(language: str, folder: Path = LOCALES) -> None:
    """Write the catalogue anew with exactly the sentences that the Dutch one has."""
    own, path = catalogue(language, folder), _file(language, folder)
    aligned = Catalog(locale=language)
    aligned.mime_headers = own.mime_headers  # how many plural forms there are
    for message in _sentences(catalogue(_FIRST, folder)):
        found = own.get(_key(message))
        said = found.string if found else message.id if language == _KEYS else None
        aligned.add(message.id, said, flags=message.flags)
    written = BytesIO()
    write_po(written, aligned, width=0, omit_header=True)
    header, _, _ = path.read_text("utf-8").partition("\n\n")
    path.write_text(f"{header}\n\n{written.getvalue().decode().strip()}\n", "utf-8")


def _file(language: str, folder: Path) -> Path:
    return folder / language / "LC_MESSAGES" / "weekbrief.po"


def _sentences(found: Catalog) -> Iterator[Message]:
    return (message for message in found if message.id)


def _key(message: Message) -> str:
    return str(message.id[0] if message.pluralizable else message.id)


def _forms(message: Message) -> tuple[str, ...]:
    said = message.string or ""
    return (said,) if isinstance(said, str) else tuple(said)


def main() -> int:
    for language in LANGUAGES[1:]:
        align(language)
    waiting = [f"{language}: {text}" for language in LANGUAGES for text in untranslated(language)]
    sys.stdout.writelines(f"{each}\n" for each in waiting)
    return 1 if waiting else 0


if __name__ == "__main__":
    sys.exit(main())
