"""The example school's week as posts: what one is here, and how it becomes a file (contract.md, "posts")."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.demo.films import Film, shoot
from pipeline.demo.pictures import Picture, draw

#: Amsterdam in November and December.
OFFSET = "+01:00"
#: Where a body names the one child whom no post may name.
CHILD = "{child}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Meeting:
    """An event; times are local, without an offset."""

    starts: str
    ends: str
    location: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoPost:
    """One post of the example week."""

    id: str
    groups: tuple[str, ...]  #: ("school",) for everybody
    author: str  #: staff id
    published: str  #: local time, ISO
    title: str
    body: str
    pictures: tuple[Picture, ...] = ()
    film: Film | None = None
    event: Meeting | None = None
    links: tuple[tuple[str, str], ...] = ()  #: URL and title

    def files(self) -> list[str]:
        """Names of the picture files, beside the post."""
        stem = self.id.partition("-")[2]
        return [f"{stem}{number}.jpg" for number, _ in enumerate(self.pictures, start=1)]

    @property
    def film_file(self) -> str:
        return f"{self.id.partition('-')[2]}.mp4"


def write_post(folder: Path, post: DemoPost, shows: Sequence[Sequence[str] | None], *, seed: int) -> None:
    """Write the Markdown file and its pictures; ``shows`` has the pupil ids for each picture, or None."""
    for file, picture in zip(post.files(), post.pictures, strict=True):
        (folder / file).write_bytes(draw(picture, seed=f"{seed} {file}"))
    if post.film:
        (folder / post.film_file).write_bytes(shoot(post.film, seed=f"{seed} {post.film_file}"))
    text = "\n".join(["+++", *_front_matter(post, shows), "+++", post.body.strip(), ""])
    (folder / f"{post.id}.md").write_text(text, encoding="utf-8")


def _front_matter(post: DemoPost, shows: Sequence[Sequence[str] | None]) -> Iterator[str]:
    yield f"id = {_quoted(post.id)}"
    if len(post.groups) == 1:
        yield f"group = {_quoted(post.groups[0])}"
    else:
        yield f"groups = [{', '.join(map(_quoted, post.groups))}]"
    yield f"author = {_quoted(post.author)}"
    yield f"title = {_quoted(post.title)}"
    yield f"published = {post.published}{OFFSET}"
    for file, picture, pupils in zip(post.files(), post.pictures, shows, strict=True):
        yield from _medium("photo", file, picture, pupils)
    if post.film:
        yield from _medium("video", post.film_file, post.film, [])
    if post.event:
        yield "[event]"
        yield f"starts = {post.event.starts}{OFFSET}"
        yield f"ends = {post.event.ends}{OFFSET}"
        yield f"location = {_quoted(post.event.location)}"
    for url, title in post.links:
        yield from ("[[link]]", f"url = {_quoted(url)}", f"title = {_quoted(title)}")


def _medium(table: str, file: str, picture: Picture | Film, pupils: Sequence[str] | None) -> Iterator[str]:
    yield f"[[{table}]]"
    yield f"file = {_quoted(file)}"
    yield f"alt = {_quoted(picture.alt)}"
    if picture.caption:
        yield f"caption = {_quoted(picture.caption)}"
    if pupils is not None:
        yield f"shows = [{', '.join(map(_quoted, pupils))}]"


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are a part of TOML's."""
    return json.dumps(text, ensure_ascii=False)
