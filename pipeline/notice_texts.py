"""The words of notices, in the school's language (rule 23). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pipeline.model import PhotoReason, Post, PostReason, School, Withheld
from pipeline.notice_mail import NoticeRow, NoticeSection, NoticeText
from pipeline.notice_why import Names as Names, why
from pipeline.notices import News, Reader
from pipeline.texts import Texts, line, naturally

#: Rows of one kind in a summary, which is to stay one page.
_ROWS = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class BadAddress:
    """A parent whom mail does not reach."""

    parent: int
    id: str
    name: str
    address: str
    said: str  #: by the relay, or why it was given up
    delivery: int | None = None  #: None: suppressed, so nothing is tried any more


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """How one newsletter went. The numbers are parents and add up (rule 17)."""

    key: str
    until: datetime
    closed_at: datetime | None
    held: str | None  #: why it waits for a person
    states: Mapping[str, int]  #: sent, queued, failed and held
    withheld: Mapping[str, int]  #: by reason
    posts: int  #: that went to at least one parent
    posts_behind: tuple[tuple[str, PostReason], ...]  #: title and reason
    photos_behind: Mapping[PhotoReason, int]  #: that went to nobody


def bundle(
    reader: Reader,
    news: Iterable[News],
    addresses: Iterable[BadAddress],
    names: Names,
    school: School,
    texts: Texts,
    *,
    before: datetime | None = None,
    doubt: bool = False,
) -> NoticeText:
    """What is new for one reader; ``before`` is the moment of a newsletter that is near, ``doubt`` says that
    all of it is what parents reported."""
    news, addresses = tuple(news), tuple(addresses)
    say = _Words(reader, names, texts)
    number = len(news) + len(addresses)
    if reader.discreet:
        subject = texts.say("About your post at %(school)s", school=school.name)
    else:
        counted = texts.count("%(num)s thing asks for attention", "%(num)s things ask for attention", number)
        subject = f"{school.name}: {counted}"
    return NoticeText(
        subject=subject,
        heading=texts.say("About your post") if reader.discreet else texts.say("This asks for attention"),
        lead=_lead(before, doubt, school, texts),
        sections=tuple(section for section in say.sections(news, addresses) if section.rows),
        closing=_closing(reader, texts),
    )


def _lead(before: datetime | None, doubt: bool, school: School, texts: Texts) -> str:
    if doubt:
        return texts.say("Somebody has doubts about what was posted. It is held until a person decides.")
    if before is None:
        return texts.say("This is new since the last mail of this kind.")
    local = before.astimezone(school.zone)
    words = "The newsletter goes out on %(day)s at %(time)s. What is not solved by then stays behind."
    return texts.say(words, day=texts.day(local.date()), time=f"{local:%H:%M}")


def _closing(reader: Reader, texts: Texts) -> str:
    if reader.discreet:
        return ""
    if reader.management:
        return texts.say(
            "This is not repeated every day. What is still open always stands in: weekbrief status."
        )
    return texts.say("This is not repeated every day. The management always has the whole overview.")


@dataclass(frozen=True, slots=True)
class _Words:
    """How one reader is told things."""

    reader: Reader
    names: Names
    texts: Texts

    def sections(self, news: Iterable[News], addresses: Iterable[BadAddress]) -> Iterable[NoticeSection]:
        posts = tuple(self._row(new) for new in news if new.trouble.photo is None)
        photos = tuple(self._row(new) for new in news if new.trouble.photo is not None)
        texts = self.texts
        lets_go = texts.say("A teacher of the group or the management lets a post go or withdraws it.")
        listed = texts.say("Without them the rest of a post goes all the same.")
        bad = tuple(NoticeRow(_person(each), self._address(each)) for each in addresses)
        yield NoticeSection(texts.say("Posts that wait"), posts, "" if self.reader.discreet else lets_go)
        yield NoticeSection(texts.say("Photos that stay behind"), photos, listed)
        yield NoticeSection(
            texts.say("Addresses that no mail reaches"),
            bad,
            texts.say("Ask the family for an address that works, and import the roster with it."),
        )

    def _row(self, new: News) -> NoticeRow:
        trouble = new.trouble
        what = line(trouble.post.content.title)
        if not self.reader.discreet:
            what = f"{what} ({self._where(trouble.post)})"
        if trouble.photo is not None:
            what = f"{what}: {line(trouble.photo.file)}"
        detail = why(new, self.reader, self.names, self.texts)
        return NoticeRow(what, f"{detail} {self.texts.say('You were told before.')}" if new.again else detail)

    def _where(self, post: Post) -> str:
        if post.to_school:
            return self.texts.say("whole school")
        groups = (line(self.names.groups.get(group, "")) for group in post.groups)
        return self.texts.all_of(naturally(tuple(groups)))

    def _address(self, each: BadAddress) -> str:
        if each.delivery is None:
            words = self.texts.say("Suppressed: nothing is sent there any more.")
            return f"{words} {line(each.said)}".strip()
        return line(each.said)


def _person(each: BadAddress) -> str:
    return f"{line(each.name)} ({line(each.id)}), {each.address}"


def summary(told: Summary, school: School, texts: Texts) -> NoticeText:
    """One page after a newsletter, for the management."""
    closed = (told.closed_at or told.until).astimezone(school.zone)
    lead = texts.say(
        "All of it was done on %(day)s at %(time)s.", day=texts.day(closed.date()), time=f"{closed:%H:%M}"
    )
    return NoticeText(
        subject=texts.say("%(school)s: how the newsletter %(key)s went", school=school.name, key=told.key),
        heading=texts.say("Newsletter %(key)s", key=told.key),
        lead=lead,
        sections=tuple(section for section in _summary_sections(told, texts) if section.rows),
        closing=texts.say("Who, and why, is shown by: weekbrief status, and weekbrief explain."),
    )


def _summary_sections(told: Summary, texts: Texts) -> Iterable[NoticeSection]:
    yield NoticeSection(texts.say("Parents"), _parents(told, texts))
    withheld = tuple(
        NoticeRow(texts.say(_WITHHELD[reason]), str(told.withheld[reason]))
        for reason in Withheld
        if told.withheld.get(reason)
    )
    yield NoticeSection(texts.say("No mail, because"), withheld)
    yield NoticeSection(texts.say("Posts"), (NoticeRow(texts.say("Posts that went"), str(told.posts)),))
    behind = [NoticeRow(line(title), texts.say(_BEHIND[reason])) for title, reason in told.posts_behind]
    yield NoticeSection(texts.say("Posts that stayed behind"), _at_most(behind, texts))
    photos = Counter({texts.say(_PHOTOS[reason]): n for reason, n in told.photos_behind.items()})
    rows = tuple(NoticeRow(words, str(number)) for words, number in photos.items())
    yield NoticeSection(texts.say("Photos that stayed behind"), rows)


def _parents(told: Summary, texts: Texts) -> tuple[NoticeRow, ...]:
    total = sum(told.states.values()) + sum(told.withheld.values())
    said = {
        texts.say("Sent"): told.states["sent"],
        texts.say("Failed"): told.states["failed"],
        texts.say("Held or in doubt"): told.states["held"],
        texts.say("Still waiting"): told.states["queued"],
        texts.say("No mail"): sum(told.withheld.values()),
        texts.say("Parents in all"): total,
    }
    return tuple(NoticeRow(words, str(number)) for words, number in said.items())


def _at_most(rows: list[NoticeRow], texts: Texts) -> tuple[NoticeRow, ...]:
    if len(rows) <= _ROWS:
        return tuple(rows)
    more = texts.count("and %(num)s more", "and %(num)s more", len(rows) - _ROWS)
    return (*rows[:_ROWS], NoticeRow(more))


def late(told: Summary, school: School, texts: Texts) -> NoticeText:
    """A newsletter that came too late waits for a person, told at once to the management."""
    moment = told.until.astimezone(school.zone)
    waiting = told.states["queued"] + told.states["held"]
    return NoticeText(
        subject=texts.say(
            "%(school)s: the newsletter %(key)s waits for you", school=school.name, key=told.key
        ),
        heading=texts.say("Newsletter %(key)s", key=told.key),
        lead=texts.say(
            "It was due on %(day)s at %(time)s and came too late, so it is held and nothing was sent.",
            day=texts.day(moment.date()),
            time=f"{moment:%H:%M}",
        ),
        sections=(
            NoticeSection(
                texts.say("What you can do"),
                (
                    NoticeRow(
                        texts.say("Let it go"), f'weekbrief release {told.key} --why "{texts.say("reason")}"'
                    ),
                    NoticeRow(
                        texts.say("Do nothing"),
                        texts.say("Its posts then go along with the next newsletter."),
                    ),
                ),
                texts.count("It is for %(num)s parent.", "It is for %(num)s parents.", waiting),
            ),
        ),
        closing=texts.say("Who, and why, is shown by: weekbrief status, and weekbrief explain."),
    )


_WITHHELD = {
    Withheld.NOT_APPROVED: "not approved yet",
    Withheld.BLOCKED: "blocked",
    Withheld.NO_CURRENT_CHILD: "no child at school now",
    Withheld.NO_ADDRESS: "no e-mail address",
    Withheld.SUPPRESSED: "address suppressed",
    Withheld.CHANNEL_NONE: "wants no news",
    Withheld.OTHER_CHANNEL: "chose the app or mail as posts come",
    Withheld.NO_NEWS: "nothing to read this time",
}

_BEHIND = {
    PostReason.HELD: "held",
    PostReason.WAITING: "waits for a teacher or the management",
    PostReason.AUTHOR: "its author may not post there",
    PostReason.WITHDRAWN: "withdrawn",
}

#: The reasons of posts that a summary names; the others have no news for the management.
BEHIND = frozenset(_BEHIND)

_PHOTOS = {
    PhotoReason.NOT_LISTED: "nobody said who is on it",
    PhotoReason.UNKNOWN_PUPIL: "lists somebody who is not in the roster",
    PhotoReason.NO_CONSENT: "no consent",
    PhotoReason.REFUSED: "the file could not be used",
}
PHOTOS_BEHIND = frozenset(_PHOTOS)
