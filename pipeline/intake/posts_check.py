"""What posts refer to: groups, authors and pupils that the school must know (contract.md, "posts")."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from sqlalchemy import Connection, select

from pipeline.intake.records import PostRecord, Posts
from pipeline.intake.text import match_name
from pipeline.model import Role, School, Staff
from pipeline.problems import BadInput, Problem
from pipeline.store import tables as t

WHOLE_SCHOOL = "school"


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """The school's groups, staff and pupils, as posts name them."""

    groups: dict[str, int]  #: by match
    staff: dict[str, list[Staff]]  #: by id, and by address in lower case
    pupils: frozenset[str]

    def author(self, post: PostRecord) -> Staff:
        return self.authors(post)[0]

    def authors(self, post: PostRecord) -> list[Staff]:
        return self.staff.get(post.author) or self.staff.get(post.author.lower(), [])

    def to_school(self, post: PostRecord) -> bool:
        return any(match_name(group) == WHOLE_SCHOOL for group in post.groups)

    def group_keys(self, post: PostRecord) -> set[int]:
        return set() if self.to_school(post) else {self.groups[match_name(group)] for group in post.groups}

    def may_post(self, post: PostRecord) -> bool:
        """Rule 3, as staff are told at import; the rule itself is asked again at every run."""
        author = self.author(post)
        own = not self.to_school(post) and self.group_keys(post) <= author.groups
        return author.role == Role.MANAGEMENT or own


def known(connection: Connection, school: School) -> Known:
    groups = connection.execute(
        select(t.group.c.match, t.group.c.id).where(t.group.c.school_id == school.key)
    )
    pupils = connection.execute(select(t.pupil.c.ref).where(t.pupil.c.school_id == school.key))
    return Known(
        groups={row.match: row.id for row in groups},
        staff=_staff(connection, school),
        pupils=frozenset(pupils.scalars()),
    )


def _staff(connection: Connection, school: School) -> dict[str, list[Staff]]:
    memberships: dict[int, set[int]] = defaultdict(set)
    joined = select(t.staff_group).join(t.staff).where(t.staff.c.school_id == school.key)
    for row in connection.execute(joined):
        memberships[row.staff_id].add(row.group_id)
    named: dict[str, list[Staff]] = defaultdict(list)
    for row in connection.execute(select(t.staff).where(t.staff.c.school_id == school.key)):
        staff = Staff(
            key=row.id,
            id=row.ref,
            name=row.name,
            email=row.email,
            role=Role(row.role),
            groups=frozenset(memberships[row.id]),
        )
        for name in {row.ref, row.email.lower()} - {""}:
            named[name].append(staff)
    return dict(named)


def check_posts(posts: Posts, facts: Known) -> None:
    """Raises `BadInput` naming every unknown group and author, and every photo or video named twice."""
    problems = [problem for post in posts.posts for problem in _problems(post, facts)]
    if problems:
        raise BadInput(problems)


def _problems(post: PostRecord, facts: Known) -> list[Problem]:
    problems = []
    whole = facts.to_school(post)
    if whole and len(post.groups) > 1:
        message = "a post to the school reaches every group; leave the other groups out"
        problems.append(Problem(file=post.file, line=post.group_line, message=message))
    for group in post.groups:
        if not whole and match_name(group) not in facts.groups:
            message = f"there is no group {group!r}{_hint(match_name(group), facts.groups)}"
            problems.append(Problem(file=post.file, line=post.group_line, message=message))
    authors = facts.authors(post)
    if not authors:
        message = (
            f"there is no staff member {post.author!r}{_hint(post.author, facts.staff)}; import staff first"
        )
        problems.append(Problem(file=post.file, line=post.author_line, message=message))
    elif len(authors) > 1:
        ids = ", ".join(sorted(staff.id for staff in authors))
        message = f"{post.author} is the address of more than one staff member; name one by id: {ids}"
        problems.append(Problem(file=post.file, line=post.author_line, message=message))
    elif post.urgent and authors[0].role != Role.MANAGEMENT:
        message = "only the management may mark a post as urgent; take the line out, or let them post it"
        problems.append(Problem(file=post.file, line=post.urgent_line, message=message))
    return [*problems, *_doubles(post)]


def _doubles(post: PostRecord) -> Iterator[Problem]:
    """One photo has one list of who it shows; of two in one post the shorter must never win."""
    seen: set[Path] = set()
    posters = (video.poster for video in post.videos if video.poster)
    for photo in (*post.media, *posters):
        if photo.path in seen:
            message = f"{photo.file!r} stands twice in this post; name each photo and video once"
            yield Problem(file=post.file, line=photo.line, message=message)
        seen.add(photo.path)


def _hint(name: str, names: dict[str, object] | dict[str, int] | dict[str, list[Staff]]) -> str:
    close = get_close_matches(name, list(names), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
