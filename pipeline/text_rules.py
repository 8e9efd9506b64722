"""Rules 12 to 14: whether a post's text holds it back, by today's consents and what people released.

What is looked for stands in `pipeline/gates`; whom it is looked for, and what of it counts, is decided here.
Asked of a post as it is shown (its revision), for the purpose of the run's channel, once for all its readers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.consent import granted
from pipeline.facts import Facts
from pipeline.gates.words import Finding, Gate, Named, Passage
from pipeline.model import CHANNEL_OF, PURPOSE_OF, Kind, Photo, Post, PostReason, Purpose, Released
from pipeline.photo_rules import photo_stays

#: Beside the school's own and the post's: coarse words of the playground are English all over Europe.
_EVERYWHERE = "en"
#: In place of words, for a text that cannot be searched.
_UNREAD = "(it cannot be searched)"


def held_by_text(facts: Facts, post: Post) -> PostReason | None:
    return PostReason.HELD if findings(facts, post) else None


def findings(facts: Facts, post: Post) -> tuple[Finding, ...]:
    """What the gates stop at in the post as it is shown, without what a person let go."""
    asked = (post.key, post.content.revision)
    if asked not in facts.searched:
        found = tuple(_search_safely(facts, post))
        facts.searched[asked] = tuple(each for each in found if not _released(facts, post, each))
    held: tuple[Finding, ...] = facts.searched[asked]
    return held


def entry_findings(facts: Facts, title: str, location: str, groups: frozenset[int]) -> tuple[Finding, ...]:
    """The same of an entry of a school calendar; ``groups`` is empty for the whole school.

    Nobody lets one go: its words are changed where the calendar is kept.
    """
    asked = ("entry", title, location, groups)
    if asked not in facts.searched:
        passages = (Passage(place="title", text=title), Passage(place="location", text=location))
        addressed = _addressed(facts, groups or None)
        facts.searched[asked] = tuple(_safely(lambda: _stopping(facts, passages, addressed, "")))
    found: tuple[Finding, ...] = facts.searched[asked]
    return found


def purpose_of(facts: Facts) -> Purpose:
    """What consent is asked for in this run (rule 8)."""
    return PURPOSE_OF[CHANNEL_OF[facts.window.kind]]


def _released(facts: Facts, post: Post, finding: Finding) -> bool:
    released = facts.snapshot.released.get(post.key, frozenset())
    return release_of(finding.gate, finding.subject, purpose_of(facts)) in released


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """An open row of what was found: one subject in one post, for one purpose."""

    key: int
    post: int
    revision: int
    gate: Gate
    subject: str
    purpose: Purpose
    pupil: int | None
    found: tuple[Finding, ...]  #: every place; empty once the child it names is erased
    since: int  #: policy version


def release_of(gate: str, subject: str, purpose: Purpose) -> Released:
    """What a release lets go: consent to a name is asked for each purpose, the rest is the same in all."""
    return Released(gate=gate, subject=subject, purpose=purpose if gate == Gate.NAME else None)


def _search_safely(facts: Facts, post: Post) -> list[Finding]:
    return _safely(lambda: _search(facts, post))


def _safely(search: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """A text that the gates stumble over must stop neither the other posts nor go unread: a person looks."""
    try:
        return list(search())
    except Exception:
        return [Finding(gate=Gate.TONE, subject=_UNREAD, words=_UNREAD, place="text")]


def _search(facts: Facts, post: Post) -> Iterator[Finding]:
    addressed = _addressed(facts, None if post.to_school else post.groups)
    return _stopping(facts, tuple(_passages(facts, post)), addressed, post.content.language)


def _stopping(
    facts: Facts, passages: tuple[Passage, ...], addressed: _Addressed, language: str
) -> Iterator[Finding]:
    """``language``: of the texts; the school's when empty."""
    # Here, because their lists take longer to read than many commands need altogether.
    from pipeline.gates.names import find_names
    from pipeline.gates.personal import find_personal
    from pipeline.gates.tone import find_tone, tone_words

    gates, staff = facts.school.rules.text_checks, _staff(facts)
    if gates.names and addressed.without_consent:
        yield from find_names(passages, addressed.without_consent, addressed.with_consent, staff=staff)
    language = language.partition("-")[0] or facts.school.language
    if gates.personal and addressed.everybody:
        yield from find_personal(passages, addressed.everybody, staff=staff, language=language)
    if gates.tone:
        words = tone_words({facts.school.language, language, _EVERYWHERE}, gates.extra, gates.never)
        yield from find_tone(passages, words)


def _passages(facts: Facts, post: Post) -> Iterator[Passage]:
    """Every text that a reader of this post sees."""
    content = post.content
    yield Passage(place="title", text=content.title)
    yield Passage(place="text", text=content.body)
    if content.event is not None:
        yield Passage(place="location", text=content.event.location)
    for link in content.links:
        yield Passage(place="link", text=str(link.title))  # a broken row is for its own mail to stumble over
    for photo in content.photos:
        if photo_stays(facts, None, photo) is None:  # what stays behind takes its words along
            yield from _beside(photo)


def _beside(photo: Photo) -> Iterator[Passage]:
    yield Passage(place="caption", text=photo.caption, photo=photo.key)
    yield Passage(place="alt", text=photo.alt, photo=photo.key)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Addressed:
    """The pupils of the groups that a post is for: the same sets for all such posts, which spares work."""

    everybody: frozenset[Named]
    without_consent: frozenset[Named]
    with_consent: frozenset[Named]


def _addressed(facts: Facts, groups: frozenset[int] | None) -> _Addressed:
    """``groups``: None for the whole school."""
    asked = ("addressed", groups)
    if asked not in facts.searched:
        facts.searched[asked] = _look_up(facts, groups)
    found: _Addressed = facts.searched[asked]
    return found


def _look_up(facts: Facts, groups: frozenset[int] | None) -> _Addressed:
    by_group = _by_group(facts)
    wanted = by_group.keys() if groups is None else groups & by_group.keys()
    everybody = frozenset[Named]().union(*(by_group[group] for group in wanted))
    purpose = purpose_of(facts)
    may = frozenset(named for named in everybody if granted(facts, named.pupil, purpose, Kind.NAME))
    return _Addressed(everybody=everybody, without_consent=everybody - may, with_consent=may)


def _by_group(facts: Facts) -> dict[int, frozenset[Named]]:
    """Group -> those who are in it today; who was erased has no name to be found by."""
    if "groups" not in facts.searched:
        found: dict[int, set[Named]] = defaultdict(set)
        for key, pupil in facts.snapshot.pupils.items():
            if pupil.first_name:
                named = Named(pupil=key, first_name=pupil.first_name, last_name=pupil.last_name)
                for enrolment in facts.current_enrolments(key):
                    found[enrolment.group].add(named)
        facts.searched["groups"] = {group: frozenset(each) for group, each in found.items()}
    groups: dict[int, frozenset[Named]] = facts.searched["groups"]
    return groups


def _staff(facts: Facts) -> frozenset[str]:
    if "staff" not in facts.searched:
        facts.searched["staff"] = frozenset(staff.name for staff in facts.snapshot.staff.values())
    names: frozenset[str] = facts.searched["staff"]
    return names
