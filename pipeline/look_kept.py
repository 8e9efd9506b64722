"""What of a school's own look was made ready before: told from names of files alone, so that a `run` with
nothing to do stays as quick as it is without a look."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from pipeline.settings import SchoolSettings
from pipeline.template_files import Sources, find_folder

#: To be raised whenever templates have to say more, or in another way, than before.
VERSION = 1


def folder(media: Path) -> Path:
    return media / "look"


def sources_of(told: SchoolSettings, kept: Path | None) -> Sources:
    return Sources(mail=find_folder() / "mail", own=told.templates, kept=kept)


def good_mark(told: SchoolSettings, sources: Sources) -> str:
    """The name of an empty file that stands for: these templates, with these words, were found in order."""
    ours = Sources(mail=sources.mail)  # a newer version of ours may say more, which theirs then must too
    basis = repr((VERSION, ours.digest(), sources.digest(), told.language, told.name, told.texts))
    return f"{sha256(basis.encode()).hexdigest()[:32]}.good"


def logo_mark(file: Path) -> str:
    """The name of the file that tells what this picture became."""
    return f"{sha256(file.read_bytes()).hexdigest()[:32]}.logo"


def key_mark(pem: bytes) -> str:
    """The name of an empty file that stands for: this key was found fit to sign."""
    return f"{sha256(pem).hexdigest()[:32]}.signs"


def is_ready(told: SchoolSettings, media: Path) -> bool:
    """Whether nothing of the school's look has to be made or checked."""
    kept = folder(media)
    if told.logo is not None and not (kept / logo_mark(told.logo)).is_file():
        return False
    return told.templates is None or (kept / good_mark(told, sources_of(told, kept))).is_file()


def read_logo(media: Path, name: str) -> bytes:
    """A logo's PNG. Raises `FileNotFoundError` when it is gone."""
    return (folder(media) / f"{name}.png").read_bytes()
