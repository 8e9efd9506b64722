"""A folder of posts: Markdown files with TOML front matter between ``+++`` lines, media beside them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline import toml_lines
from pipeline.intake.post_fields import FrontMatter
from pipeline.intake.post_record import PostReader
from pipeline.intake.records import PostRecord, Posts
from pipeline.intake.text import Findings, open_file, refusal, text_lines
from pipeline.problems import BadInput, Problem

MAX_BODY = 200_000  #: bytes
_MAX_FRONT = 32_000  #: characters; a hundred photos with their captions
_MAX_FRONT_LINE = 2000  #: characters; tomllib needs the square of it for a key with many dots
_FENCE = "+++"
_ENDS = "\r\n"
_SYSTEM_FILES = {"thumbs.db", "desktop.ini"}
_SHOWN = 10


def read_posts(folder: Path, *, zone: ZoneInfo) -> Posts:
    """The posts of ``folder`` (not of folders in it), in the order of their file names; times in UTC.

    ``zone`` is the school's, for times without an offset. Raises `BadInput` with every mistake of all files.
    """
    posts: list[PostRecord] = []
    problems: list[Problem] = []
    remarks: list[Problem] = []
    for path in _entries(folder):
        if _is_post(path.name):
            findings = Findings(str(path))
            post = _read_post(path, folder, zone, findings)
            problems += findings.problems()
            remarks += findings.remarks
            if post and not findings.failed:
                posts.append(post)
    problems += _doubles(posts)
    if problems:
        raise BadInput(problems)
    return Posts(posts=tuple(posts), remarks=(*remarks, *_unread(folder, posts)))


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise refusal(
            folder, "is no folder that can be read; name the folder that holds the posts"
        ) from error


def _is_post(name: str) -> bool:
    return name.casefold().endswith(".md") and not name.startswith(".")


def _read_post(path: Path, folder: Path, zone: ZoneInfo, findings: Findings) -> PostRecord | None:
    if path.is_symlink():
        findings.problem("is a link; put the file itself into the folder")
        return None
    try:
        lines = list(text_lines(partial(open_file, path, limit=MAX_BODY + 4 * _MAX_FRONT), findings))
    except BadInput as error:
        findings.problem(error.problems[0].message)
        return None
    parts = None if findings.failed else _parts(lines, findings)
    if parts is None:
        return None
    document = toml_lines.read(parts.front, findings.file, first_line=parts.first_line)
    for problem in document.problems:
        findings.problem(_for_posts(problem.message), line=problem.line, column=problem.column)
    if document.data is None:
        return None
    return PostReader(FrontMatter(document, findings, zone), document.data, folder).post(parts.body)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Parts:
    front: str
    first_line: int  #: of ``front``
    body: str


def _parts(lines: list[str], findings: Findings) -> _Parts | None:
    """Cut a post at its fences. None when it has no whole front matter; the findings say why."""
    stripped = [line.rstrip() for line in lines]
    start = next((number for number, line in enumerate(stripped) if line), 0)
    if stripped[start : start + 1] != [_FENCE]:
        yaml = " (between --- lines stands YAML)" if stripped[start : start + 1] == ["---"] else ""
        message = f"the front matter is missing: a post begins with a line {_FENCE}, then TOML{yaml}"
        findings.problem(message, line=start + 1)
        return None
    if _FENCE not in stripped[start + 1 :]:
        findings.problem(f"the front matter is not closed with a second line {_FENCE}", line=start + 1)
        return None
    end = stripped.index(_FENCE, start + 1)
    front, body = lines[start + 1 : end], "".join(lines[end + 1 :])
    long = [number for number, line in enumerate(front, start + 2) if len(line) > _MAX_FRONT_LINE]
    if long or sum(map(len, front)) > _MAX_FRONT:
        message = (
            f"the front matter is too large: at most {_MAX_FRONT_LINE} characters a line, {_MAX_FRONT} in all"
        )
        findings.problem(message, line=long[0] if long else start + 1)
        return None
    if len(body.encode()) > MAX_BODY:
        message = f"the text is {len(body.encode()) // 1000} kB, at most {MAX_BODY // 1000} kB fit"
        findings.problem(message, line=end + 2)
    return _Parts(front="".join(f"{line.rstrip(_ENDS)}\n" for line in front), first_line=start + 2, body=body)


def _for_posts(message: str) -> str:
    """The TOML reader's words are about settings, where schools are what stands more than once."""
    return message.replace("a school", "a photo").replace("[[school]]", "[[photo]]")


def _doubles(posts: list[PostRecord]) -> list[Problem]:
    first: dict[str, PostRecord] = {}
    problems = []
    for post in posts:
        known = first.setdefault(post.id, post)
        if known is not post:
            other = f"{Path(known.file).name} (line {known.line})"
            message = f"id {post.id!r} is also that of {other}; each post has its own"
            problems.append(Problem(file=post.file, line=post.line, message=message))
    return problems


def _unread(folder: Path, posts: list[PostRecord]) -> list[Problem]:
    """Remarks on what lies in the folder and no post uses."""
    used = {str(photo.path) for post in posts for photo in post.photos}
    used |= {str(video.path) for post in posts for video in post.videos}
    used |= {str(video.poster.path) for post in posts for video in post.videos if video.poster}
    loose, deep = [], []
    for place, folders, files in os.walk(folder.resolve()):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for name in sorted(files):
            path = Path(place, name)
            if _is_post(name):
                deep += [] if path.parent == folder.resolve() else [path]
            elif not (name.startswith(".") or name.casefold() in _SYSTEM_FILES or str(path) in used):
                loose.append(path)
    return _named(folder, "posts in folders inside this one are not read", deep) + _named(
        folder, "files that no post uses", loose
    )


def _named(folder: Path, message: str, paths: list[Path]) -> list[Problem]:
    if not paths:
        return []
    shown = ", ".join(str(path.relative_to(folder.resolve())) for path in paths[:_SHOWN])
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return [Problem(file=str(folder), message=f"{message}: {shown}{more}")]
