"""Stage 2: an edition becomes one mail with holes for what differs per parent. Pure: no I/O, no clock.

An edition is a join of `Fragments`, which were made once per run for each way a post is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from html import escape
from itertools import chain, groupby
from urllib.parse import quote

from pipeline.agenda import event_of
from pipeline.calendar_file import CalendarFile, Entry
from pipeline.fragments import Fragments, Parts, Piece, light
from pipeline.mime import InlinePhoto, Mail, Part, Slot, content_id
from pipeline.mime_headers import ascii_domain
from pipeline.model import LARGE, Edition, Item, RunKind
from pipeline.occasions import Source, SourceKind
from pipeline.texts import Texts, line, natural, naturally, short, week_of

_PREHEADER, _SUBJECT = 140, 60  #: characters for titles; telephones show about as many
_TITLE = 120  #: characters of the one title that is a subject

Holes = Mapping[str, tuple[Part, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    mail: Mail
    html_size: int  #: octets of HTML before encoding, without what the holes will get

    @property
    def large(self) -> bool:
        """Whether some mail programs will cut its end off, so that staff must know."""
        return self.html_size > LARGE


def render(edition: Edition, fragments: Fragments) -> Rendered:
    """The mail of ``edition``, ready for `pipeline.mime.compose`; the same input gives the same mail.

    A weekly run's is a newsletter, any other run's the mail of posts as they come.
    Raises `KeyError` for a language the templates were not loaded in and `ValueError` for an
    edition without items (rule 6) or a school whose addresses no header can carry.
    """
    if not edition.items:
        raise ValueError("an empty mail is never sent")
    school, texts = edition.school, fragments.templates.letters[edition.language].texts
    items = in_order(edition.items)
    pieces = _pieces(edition, items, fragments)
    rich, plain = _holes(edition, items, texts, fragments)
    mail = Mail(
        subject=_post_subject(edition, items, texts) if light(edition) else _subject(edition, items, texts),
        from_name=line(school.name),
        from_address=school.sender,
        reply_to=school.reply_to,
        list_id=_list_id(school.id, school.sender),
        list_description=line(school.name),
        language=edition.language,
        text=_joined((piece.text for piece in pieces), plain),
        html=_joined((piece.html for piece in pieces), rich),
        photos=(*_logo(fragments, pieces[0]), *_inline(items)),
        calendar=_calendar(edition, items, texts, fragments),
    )
    return Rendered(mail=mail, html_size=sum(piece.size for piece in pieces))


def addressed(name: str, texts: Texts) -> str:
    """What the NAME slot gets: the parent's name, or a friendly word for who has none on file."""
    return line(name) or texts.say("parent or carer")


def in_order(items: Iterable[Item]) -> tuple[Item, ...]:
    """Chapters from wide to narrow: the school, posts to more groups, then groups as people count them;
    within a chapter as published."""
    return tuple(sorted(items, key=_rank))


def _rank(item: Item) -> tuple[object, ...]:
    groups = naturally(item.groups)
    return (bool(groups), -len(groups), _counted(groups), groups, item.post.published, item.post.key)


@cache
def _counted(groups: tuple[str, ...]) -> tuple[object, ...]:
    return tuple(map(natural, groups))


def _pieces(edition: Edition, items: Iterable[Item], fragments: Fragments) -> list[Piece]:
    agenda = [fragments.agenda(edition)] if edition.agenda else []
    urgent = edition.window.kind is RunKind.URGENT  # then nothing stands before the post
    pieces = [fragments.head(edition), *(() if urgent else agenda)]
    for groups, chapter in groupby(items, key=lambda item: naturally(item.groups)):
        pieces.append(fragments.chapter(edition, groups))
        pieces += map(partial(fragments.item, edition), chapter)
    return [*pieces, *(agenda if urgent else ()), fragments.foot(edition)]


def _holes(
    edition: Edition, items: tuple[Item, ...], texts: Texts, fragments: Fragments
) -> tuple[Holes, Holes]:
    """What goes into the places of fragments, in HTML and in plain text."""
    both: Holes = {"NAME": (Slot.NAME,)}
    summary, preheader = _summary(edition, items, texts), _preheader(edition, items, fragments)
    rich = {
        **both,
        "SUMMARY": (escape(summary),),
        "PREHEADER": (escape(preheader),),
        "CHANGE": _change_url(edition, texts, fragments),
    }
    return rich, {**both, "SUMMARY": (summary,), "CHANGE": _change_line(edition, texts, fragments)}


def _summary(edition: Edition, items: tuple[Item, ...], texts: Texts) -> str:
    if light(edition):
        return texts.count("One new post", "%(num)s new posts", len(items))
    return texts.count(
        "There is one post for you this week.", "There are %(num)s posts for you this week.", len(items)
    )


def _preheader(edition: Edition, items: tuple[Item, ...], fragments: Fragments) -> str:
    """What an inbox shows beside the subject: how a post begins where that is its title, else the titles."""
    if light(edition) and len(items) == 1:
        return short(fragments.opening(items[0]), _PREHEADER)
    return _titles(items, _PREHEADER, " · ")


def _change_url(edition: Edition, texts: Texts, fragments: Fragments) -> tuple[Part, ...]:
    if fragments.brand.web:
        return (Slot.PREFERENCES,)
    sentence = "News by mail: change or stop" if light(edition) else "Newsletter: change or stop"
    return (f"mailto:{quote(line(edition.school.reply_to), safe='@')}?subject={quote(texts.say(sentence))}",)


def _change_line(edition: Edition, texts: Texts, fragments: Fragments) -> tuple[Part, ...]:
    if fragments.brand.web:
        return (f"{texts.say('Choose how the news reaches you, or stop it')}: ", Slot.PREFERENCES)
    sentence = "Would you like the news in another way, or not at all? Write to %(address)s."
    return (texts.say(sentence, address=line(edition.school.reply_to)),)


def _joined(pieces: Iterable[Parts], holes: Holes) -> tuple[Part, ...]:
    """Fragments stay apart: `pipeline.mime.Encoder` encodes each only once."""
    joined: list[Part] = []
    for part in chain.from_iterable(pieces):
        joined += (part,) if isinstance(part, str) else holes[part.name]
    return tuple(joined)


def _subject(edition: Edition, items: tuple[Item, ...], texts: Texts) -> str:
    return texts.say(
        "Newsletter from %(school)s: %(titles)s (week %(week)s)",
        school=line(edition.school.name),
        titles=_titles(items, _SUBJECT, ", "),
        week=week_of(edition.window),
    )


def _post_subject(edition: Edition, items: tuple[Item, ...], texts: Texts) -> str:
    title = short(line(items[0].post.content.title), _TITLE) if len(items) == 1 else ""
    subject = title or _how_many(edition, items, texts)
    urgent = edition.window.kind is RunKind.URGENT
    return texts.say("Urgent: %(subject)s", subject=subject) if urgent else subject


def _how_many(edition: Edition, items: tuple[Item, ...], texts: Texts) -> str:
    concerned = {naturally(item.groups) for item in items}
    groups = texts.all_of(map(line, concerned.pop())) if len(concerned) == 1 else ""
    if groups:
        return texts.count(
            "One new post from %(groups)s", "%(num)s new posts from %(groups)s", len(items), groups=groups
        )
    school = line(edition.school.name)
    return texts.count(
        "One new post from %(school)s", "%(num)s new posts from %(school)s", len(items), school=school
    )


def _calendar(edition: Edition, items: Iterable[Item], texts: Texts, fragments: Fragments) -> str:
    """The events of its posts and of its agenda, for calendar programs; "" for none."""
    shown = [(item, item.post.content) for item in items if item.post.content.event]
    entries = [
        *(
            Entry(
                source=Source(SourceKind.POST, item.post.key), occasion=event_of(content), groups=item.groups
            )
            for item, content in shown
        ),
        *(
            Entry(source=line.open.source, occasion=line.occasion, groups=line.open.groups)
            for line in edition.agenda
        ),
    ]
    file = CalendarFile(edition.school, fragments.brand.calendar_mark, edition.window.until)
    return file.text(entries, texts)


def _titles(items: tuple[Item, ...], room: int, comma: str) -> str:
    """As many titles as fit in ``room`` characters, at least a part of the first."""
    titles = [line(item.post.content.title) for item in items]
    shown = short(titles[0], room)
    for title in titles[1:]:
        if len(shown) + len(comma) + len(title) > room:
            return f"{shown}{comma}…"
        shown += f"{comma}{title}"
    return shown


@cache
def _list_id(school: str, sender: str) -> str:
    """RFC 2919: stable for as long as the school keeps its id and the domain of its sender."""
    domain = ascii_domain(sender).rpartition("@")[2]
    return f"{re.sub(r'[^a-z0-9]+', '-', school.lower()).strip('-') or 'school'}.{domain}"


def _logo(fragments: Fragments, head: Piece) -> tuple[InlinePhoto, ...]:
    """The school's logo, where the head shows it: a template of the school's own may leave it out."""
    logo = fragments.brand.logo
    if logo is None or not any(f"cid:{content_id(logo.name)}" in str(part) for part in head.html):
        return ()
    return (InlinePhoto(name=logo.name, filename="logo.png"),)


def _inline(items: Iterable[Item]) -> tuple[InlinePhoto, ...]:
    photos = (photo for item in items for photo in item.photos)
    return tuple(
        InlinePhoto(name=photo.name, filename=f"photo-{number}.jpg") for number, photo in enumerate(photos, 1)
    )
