"""What schedules.toml may say about a school's own look, words and signature, and the files it names."""

from __future__ import annotations

import re
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.languages import LANGUAGES
from pipeline.settings_checks import host_name

#: Files that a folder of own mail templates may hold; the same names as ours.
TEMPLATE_FILES = (
    "house.mjml",
    *(f"{page}.{kind}" for page in ("newsletter", "post", "notice") for kind in ("mjml", "txt")),
)
NAME = "{name}"
_LONGEST_TEXT = 500
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", re.IGNORECASE)
_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif")

Found = Iterator[tuple[tuple[str, ...], str]]


def own_text(value: object) -> dict[str, str]:
    """A paragraph for each language, or one for all of them (under "")."""
    if isinstance(value, str):
        return {"": _paragraph(value)}
    if not isinstance(value, dict) or not value:
        raise ValueError('write it as text between double quotes, or by language: { nl = "...", en = "..." }')
    for language in value:
        if language not in LANGUAGES:
            known = ", ".join(LANGUAGES)
            raise ValueError(f"{language!r} is no language that we have; there are: {known}")
    return {language: _paragraph(text) for language, text in value.items()}


def greeting(value: object) -> dict[str, str]:
    """As `own_text`, with one place for the parent's name."""
    found = own_text(value)
    if any(text.count(NAME) != 1 for text in found.values()):
        raise ValueError('it needs {name} once, where the parent\'s name comes: "Beste {name},"')
    return found


def _paragraph(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("write it as text between double quotes")
    text = unicodedata.normalize("NFC", " ".join(value.split()))
    if not text:
        raise ValueError("there is nothing between the quotes")
    if any(unicodedata.category(c) in {"Cc", "Cs"} for c in text):
        raise ValueError("take out the control characters")
    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"this is {len(text)} characters long; use at most {_LONGEST_TEXT}")
    return text


def selector(text: str) -> str:
    """The name under which a DKIM key stands in the DNS (RFC 6376 section 3.1)."""
    if len(text) <= 100 and all(_LABEL.fullmatch(label) for label in text.split(".")):
        return text.lower()
    raise ValueError(f'{text!r} is no selector: use letters, digits and hyphens, such as "wb2026"')


def signing_domain(text: str) -> str:
    try:
        return host_name(text.rstrip(".")).lower()
    except ValueError:
        raise ValueError(f'{text!r} is no domain: write it as "regenboog.example"') from None


def mistakes(school: Mapping[str, Any], folder: Path, environ: Mapping[str, str]) -> Found:
    """What is wrong with the files that one school's table names, each with its keys in that table."""
    logo, templates, dkim = school.get("logo"), school.get("templates"), school.get("dkim")
    if isinstance(logo, str):
        yield from ((("logo",), f"`logo`: {words}") for words in _logo(folder / logo))
    if isinstance(templates, str):
        found = folder_mistakes(folder / templates)
        yield from ((("templates",), f"`templates`: {words}") for words in found)
    if isinstance(dkim, dict):
        yield from _dkim(dkim, school.get("sender"), folder, environ)


def _logo(file: Path) -> Iterator[str]:
    if not file.is_file():
        yield f"there is no file {file}"
    elif file.suffix.lower() not in _PICTURES:
        yield f"{file.name} is no picture that we can use: save it as PNG"


def folder_mistakes(folder: Path) -> Iterator[str]:
    """Why this cannot be a folder of own mail templates."""
    if not folder.is_dir():
        yield f"there is no folder {folder}"
        return
    files = [file.name for file in folder.iterdir() if file.suffix in (".mjml", ".txt")]
    for name in sorted(set(files) - set(TEMPLATE_FILES)):
        yield f"{folder / name} is no template of ours; there are: {', '.join(TEMPLATE_FILES)}"
    if not files:
        yield f"{folder} holds no template; there are: {', '.join(TEMPLATE_FILES)}"


def _dkim(dkim: Mapping[str, Any], sender: object, folder: Path, environ: Mapping[str, str]) -> Found:
    if isinstance(name := dkim.get("key_file"), str):
        yield from ((("dkim", "key_file"), f"`key_file`: {words}") for words in _key_file(folder / name))
    elif not environ.get("WEEKBRIEF_DKIM_KEY"):
        words = 'add  key_file = "dkim.pem", or put the key into the environment variable WEEKBRIEF_DKIM_KEY'
        yield ("dkim",), f"`dkim` has no key: {words}"
    domain = dkim.get("domain")
    if isinstance(domain, str) and isinstance(sender, str) and sender.isascii():
        own = sender.rpartition("@")[2].lower()
        if own != domain.lower() and not own.endswith(f".{domain.lower()}"):
            words = f"the sender is of {own}: receivers count a signature of that domain, or of one it is in"
            yield ("dkim", "domain"), f"`domain`: {words}"


def _key_file(file: Path) -> Iterator[str]:
    """A key that others could read signs in their name too, so it is not used (decision 0030)."""
    try:
        mode, begins = file.stat().st_mode, file.read_bytes()[:64]
    except FileNotFoundError:
        yield f"there is no file {file}: `weekbrief dkim --new {file.name}` makes one"
        return
    except OSError as error:
        yield f"{file} cannot be read: {error.strerror}"
        return
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield f"others on this machine can read {file}: chmod 600 {file}"
    if not re.match(rb"-----BEGIN (RSA )?PRIVATE KEY-----", begins):
        yield f"{file} holds no private key in PEM form without a passphrase"
