"""An invented week and an invented notice in a school's own templates, and what mails must say of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape

from pipeline.agenda_weeks import mark_of
from pipeline.brand import Brand, Logo
from pipeline.fragments import Fragments
from pipeline.mime import Part, Slot, content_id
from pipeline.model import (
    Content,
    Edition,
    Event,
    Item,
    Link,
    Photo,
    Post,
    PostState,
    RunKind,
    School,
    Window,
)
from pipeline.notice_mail import NoticeRow, NoticeSection, NoticeText, render_notice
from pipeline.occasions import AgendaLine, LineState, Occasion, OpenLine, Source, SourceKind
from pipeline.render import render
from pipeline.settings import SchoolSettings, school_value
from pipeline.templates import Templates
from pipeline.texts import Texts

#: Rule 22, as `pipeline/locale` has it; a school's own words come after it, never instead.
RIGHTS = (
    "Texts and pictures belong to the school. Enjoy them together at home, but do not spread them any"
    " further: not on social media and not in app groups."
)
_TEXT = (
    "We zochten sporen, luisterden naar de vogels en tekenden wat we vonden. Daarna lazen we voor uit het"
    " nieuwe boek, en wie wilde mocht meespelen. "
)
#: What people may write, and what must never become a part of the page.
PROBE = 'Zo <b id="probe" onclick="x()">& "zo"</b> {{7*7}}((7*7))'
#: One of everything that Markdown makes.
_MARKDOWN = (
    "# Kop een\n\n## Kop twee\n\n### Kop drie\n\n- een\n\n1. twee\n\n> drie\n\n```\nvier\n```\n\n---\n\n"
    "| a | b |\n|--|--|\n| [c](https://bos.example.nl/) | `d` |"
)
_NAME = "Sam de Vries-Öztürk"
_NEWS = (LineState.CHANGED, LineState.CANCELLED)  #: all that mail as posts come tells of an agenda


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """What a mail must say."""

    what: str  #: in words for whoever mends the template
    fragment: str  #: which part of the template says it
    text: str  #: as it reads


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One finished mail."""

    page: str  #: of which template
    language: str
    subject: str
    html: str
    text: str
    size: int  #: octets of HTML
    facts: tuple[Fact, ...]
    pictures: Mapping[str, str]  #: content id -> the alternative text it must have
    marks: tuple[str, ...]  #: ids that titles must bear


def samples(told: SchoolSettings, templates: Templates, logo: Logo | None = None) -> Iterator[Sample]:
    """A newsletter, an urgent mail and a notice, in every language that the templates were read in."""
    school = school_value(told, 1)
    brand = Brand(
        colour=told.colour,
        authors={1: "juf Sanne"},
        contact=told.contact or "",
        logo=logo,
        texts=told.texts,
        web=False,
    )
    fragments = Fragments(templates, brand)
    for language in templates.letters:
        for kind in (RunKind.WEEKLY, RunKind.URGENT):
            yield _letter(school, fragments, language, kind)
        yield _notice(told, school, templates, language)


def _letter(school: School, fragments: Fragments, language: str, kind: RunKind) -> Sample:
    items = tuple(_items(school))
    until = datetime(2026, 11, 20, 15, 30, tzinfo=school.zone)
    window = Window(kind=kind, key="2026-W47", since=until - timedelta(days=7), until=until, at=until)
    agenda = tuple(_agenda(until, tuple(LineState) if kind is RunKind.WEEKLY else _NEWS))
    edition = Edition(
        school=school, window=window, language=language, items=items, welcome=True, agenda=agenda
    )
    made = render(edition, fragments)
    html, text = _shown(made.mail.html, rich=True), _shown(made.mail.text, rich=False)
    pictures = {content_id(photo.name): photo.alt for item in items for photo in item.photos}
    if any(content_id(each.name) not in pictures for each in made.mail.photos):
        pictures[content_id(made.mail.photos[0].name)] = school.name
    return Sample(
        page="post" if kind is RunKind.URGENT else "newsletter",
        language=language,
        subject=made.mail.subject,
        html=html,
        text=text,
        size=len(html.encode()),
        facts=tuple(_facts(edition, fragments)),
        pictures=pictures,
        marks=(
            *(f"p-{item.post.key}-{item.post.content.revision}" for item in items),
            *(mark_of(line) for line in agenda),
        ),
    )


def _shown(parts: tuple[Part, ...], *, rich: bool) -> str:
    """As one parent gets it."""
    values = {Slot.NAME: _NAME, Slot.PREFERENCES: "mailto:x@school.example"}
    values = {slot: escape(value) if rich else value for slot, value in values.items()}
    return "".join(values[part] if isinstance(part, Slot) else part for part in parts)


def _items(school: School) -> Iterator[Item]:
    """An ordinary week: seven posts of some length, and one with everything."""
    photos = tuple(_photo(number) for number in range(1, 4))
    starts = datetime(2026, 12, 4, 19, 0, tzinfo=school.zone)
    event = Event(starts=starts, ends=starts + timedelta(minutes=90), location="De aula naast de kast")
    links = (
        Link(url="https://bos.example.nl/kaart", title="De kaart van het bos"),
        Link(url="javascript:alert(1)", title="Een link die niet mag"),
    )
    body = f"{_TEXT}\n\n{PROBE}\n\n{_MARKDOWN}"
    everything = Content(revision=2, title=PROBE, body=body, photos=photos, event=event, links=links)
    yield _item(school, 1, everything, ("groep 3", "groep 10"))
    for number in range(2, 9):
        content = Content(revision=1, title=f"Bericht nummer {number}", body=_TEXT * 4)
        yield _item(school, number, content, () if number % 3 else ("groep 3",))


def _agenda(at: datetime, states: Iterable[LineState]) -> Iterator[AgendaLine]:
    """One line of each kind."""
    for key, state in enumerate(states, 1):
        off = state is LineState.CANCELLED
        starts = at + timedelta(days=3, hours=key)
        occasion = Occasion(
            title=f"{PROBE} {key}", starts=starts, ends=None, location=f"Zaal {key}", cancelled=off
        )
        source = Source(SourceKind.CALENDAR, key)
        yield AgendaLine(open=OpenLine(source, 0, state, (f"groep {key + 10}",)), occasion=occasion)


def _photo(number: int) -> Photo:
    return Photo(
        key=number,
        file=f"foto{number}.jpg",
        name=f"voorbeeld{number}",
        shows=frozenset(),
        alt=f'Kind {number} wijst "daar" & lacht',
        caption=f"Onderschrift nummer {number}",
        width=1200,
        height=900,
    )


def _item(school: School, key: int, content: Content, groups: tuple[str, ...]) -> Item:
    post = Post(
        key=key,
        id=f"voorbeeld-{key}",
        author=1,
        to_school=not groups,
        groups=frozenset(range(len(groups))),
        published=datetime(2026, 11, 18, 14, 5, tzinfo=school.zone),
        state=PostState.LIVE,
        released_since=0,
        content=content,
    )
    return Item(post=post, photos=content.photos, groups=groups)


def _facts(edition: Edition, fragments: Fragments) -> Iterator[Fact]:
    """What the parent must be able to read, whatever the template looks like."""
    school, brand, light = edition.school, fragments.brand, edition.window.kind is not RunKind.WEEKLY
    texts = fragments.templates.letters[edition.language].texts
    content, contact = edition.items[0].post.content, brand.contact or school.reply_to
    event = content.event
    assert event is not None, "the first post of the week has everything"
    day, time = texts.when(event, school.zone)
    if light:
        yield Fact(what="that it is urgent", fragment="urgent", text=texts.say("Urgent"))
    else:
        yield Fact(what="the parent's name", fragment="head", text=_NAME)
    yield from _facts_of_agenda(edition, texts)
    yield Fact(what="the groups of a chapter", fragment="chapter", text="groep 10")
    yield Fact(what="a post's title", fragment="item", text=PROBE)
    yield Fact(what="a post's text", fragment="item", text=_TEXT.strip())
    yield Fact(what="a post's author", fragment="item", text="juf Sanne")
    for photo in content.photos:
        yield Fact(what="a photo's caption", fragment="item", text=photo.caption)
    yield Fact(what="an event's day", fragment="item", text=day)
    yield Fact(what="an event's time", fragment="item", text=time)
    yield Fact(what="an event's place", fragment="item", text=event.location)
    for link in content.links:
        yield Fact(what="a link's title", fragment="item", text=link.title)
    yield Fact(what="whom to tell in case of doubt (rule 22)", fragment="foot", text=contact)
    yield Fact(
        what="that texts and pictures stay the school's (rule 22)", fragment="foot", text=texts.say(RIGHTS)
    )


def _facts_of_agenda(edition: Edition, texts: Texts) -> Iterator[Fact]:
    state = {LineState.CHANGED: "Changed", LineState.CANCELLED: "Cancelled"}
    for line in edition.agenda:
        occasion, zone = line.occasion, edition.school.zone
        said = {
            "title": occasion.title,
            "day": texts.day(occasion.starts.astimezone(zone)),
            "time": texts.hours(occasion, zone, texts.day),
            "place": occasion.location,
            "groups": line.open.groups[0],
        }
        for what, text in said.items():
            yield Fact(what=f"the {what} of what is on", fragment="agenda", text=text)
        if word := state.get(line.open.state):
            yield Fact(what=f"that something is {word.lower()}", fragment="agenda", text=texts.say(word))


def _notice(told: SchoolSettings, school: School, templates: Templates, language: str) -> Sample:
    rows = (
        NoticeRow(f"Een bericht dat wacht {PROBE}", "Een reden die telt"),
        NoticeRow("Nog een", "En nog een"),
    )
    counts = (NoticeRow("Aantal verstuurd", "380"),)
    text = NoticeText(
        subject="Twee berichten wachten",
        heading="Twee berichten wachten hier",
        lead="De aanhef van dit bericht",
        sections=(
            NoticeSection("Berichten van deze week", rows, "Beslis voordat ze gaan"),
            NoticeSection("De vorige week", counts),
        ),
        closing="Een slotregel die blijft",
    )
    mail = render_notice(text, replace(school, language=language), language, templates, told.colour)
    html, plain = _shown(mail.html, rich=True), _shown(mail.text, rich=False)
    said = [("head", text.heading), ("head", text.lead), ("foot", text.closing)]
    for section in text.sections:
        said += [("section", section.title), ("section", section.lead)]
        said += [("section", words) for row in section.rows for words in (row.what, row.detail)]
    facts = (Fact(what="all of the notice", fragment=where, text=words) for where, words in said if words)
    return Sample(
        page="notice",
        language=language,
        subject=mail.subject,
        html=html,
        text=plain,
        size=len(html.encode()),
        facts=tuple(facts),
        pictures={},
        marks=(),
    )
