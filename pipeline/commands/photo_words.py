"""The words of ``weekbrief photo crop`` and ``photo blur``; what they do stands in `photo.py`."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable

_DOES = {
    "crop": "cut a part out of a photo of a post, into a new photo with its own list of who is shown",
    "blur": "blur parts of a photo of a post for good, into a new photo with its own list of who is shown",
}


def add_words(photo: ArgumentParser, to_every: Callable[[ArgumentParser], None]) -> None:
    """The words of ``weekbrief photo``; ``to_every`` adds what every command takes."""
    kinds = photo.add_subparsers(dest="how", required=True, metavar="WHAT")
    for how, help in _DOES.items():
        one = kinds.add_parser(how, help=help, description=f"{help[0].upper()}{help[1:]}.")
        one.set_defaults(does="photo.make", alone=False)
        to_every(one)
        one.add_argument("post", metavar="POST", help="the post's id")
        one.add_argument("file", metavar="FILE", help="the photo as its author named it")
        several = "; as often as there are parts" if how == "blur" else ""
        box = (
            f"left, top, width and height in pixels of the mailed picture, or as 10%%,20%%,30%%,40%%{several}"
        )
        one.add_argument("--box", action="append", required=True, metavar="X,Y,W,H", help=box)
        _add_list(one)
        one.add_argument("--beside", action="store_true", help="keep the old photo in the post too")
        one.add_argument("--alt", metavar="TEXT", help="what it shows (default: as the old one)")
        one.add_argument("--caption", metavar="TEXT", help="its caption (default: as the old one)")
        seen = "write what it would look like to a file, and change nothing"
        one.add_argument("--preview", metavar="FILE.jpg", help=seen)
        one.add_argument("--why", metavar="TEXT", help="the reason, which is kept")
        by = "who decides: a staff id or address (default: this machine's user)"
        one.add_argument("--by", metavar="STAFF", help=by)
        one.add_argument("--school", metavar="ID", help="needed only when schedules.toml has more than one")


def _add_list(one: ArgumentParser) -> None:
    listed = one.add_mutually_exclusive_group()
    shows = "ids of the pupils who can be recognised on the new photo; not given, it is held"
    listed.add_argument("--shows", metavar="P1,P2", help=shows)
    listed.add_argument("--nobody", action="store_true", help="nobody can be recognised on the new photo")
