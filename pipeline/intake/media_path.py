"""Media that a post names: a regular file inside the posts' folder, reached without any link."""

from __future__ import annotations

import stat
import unicodedata
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

MAX_NAME = 500  #: characters


class BadMedia(ValueError):
    """This name leads to no usable file; the message says why and what to do."""


def find_media(folder: Path, name: str) -> Path:
    """The file that ``name`` (relative, with ``/``) means inside ``folder``. Raises `BadMedia`.

    Every part is looked at with lstat, so that no link leads out of the folder. It can still be
    exchanged between this look and its opening: open it with O_NOFOLLOW.
    """
    path = PurePosixPath(name)
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise BadMedia("this is no file name")
    if path.is_absolute() or "\\" in name or ".." in path.parts or name[1:2] == ":":
        raise BadMedia(
            f"{name!r} must be a file in the posts' folder, named from there with / and without .."
        )
    found = folder.resolve()
    for part in path.parts:
        found = _step(found, part, name)
    if not stat.S_ISREG(found.lstat().st_mode):
        raise BadMedia(f"{name!r} is not a file")
    return found


def _step(folder: Path, part: str, name: str) -> Path:
    try:
        entry = folder / part
        mode = entry.lstat().st_mode
    except OSError:
        entry = _same_in_nfc(folder, part, name)
        mode = entry.lstat().st_mode
    if stat.S_ISLNK(mode):
        raise BadMedia(f"{name!r} leads over a link ({part}); put the file itself into the posts' folder")
    return entry


def _same_in_nfc(folder: Path, part: str, name: str) -> Path:
    """A Mac writes "é" in file names as two characters, an editor writes it as one."""
    try:
        names = {unicodedata.normalize("NFC", each.name): each for each in folder.iterdir()}
    except OSError:
        names = {}
    wanted = unicodedata.normalize("NFC", part)
    if wanted in names:
        return names[wanted]
    lower = {each.casefold(): each for each in names}
    near = get_close_matches(wanted.casefold(), lower, n=1)
    hint = f"; is {lower[near[0]]!r} meant?" if near else "; put it beside the post"
    raise BadMedia(f"there is no file {name!r} in the posts' folder{hint}")
