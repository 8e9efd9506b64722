"""Editions to render in tests, and what a reader gets to see of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline.fragments import Brand, Fragments
from pipeline.mime import Part, Slot
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
    Video,
    Window,
)
from pipeline.notice_mail import NoticeRow, NoticeSection, NoticeText
from pipeline.occasions import AgendaLine, LineState, Occasion, OpenLine, Source, SourceKind
from pipeline.render import Rendered, render
from pipeline.templates import Templates

ZONE = ZoneInfo("Europe/Amsterdam")
AUTHORS = {1: "juf Sanne", 2: "meester Youssef", 3: "directeur Marieke de Wit"}
VALUES = {Slot.NAME: "Anna de Vries", Slot.PREFERENCES: "https://ouders.example.nl/keuze"}


def school(**changes: object) -> School:
    values: dict[str, object] = {
        "key": 1,
        "id": "regenboog",
        "name": "KBS de Regenboog",
        "language": "nl",
        "zone": ZONE,
        "sender": "nieuws@regenboog.example",
        "reply_to": "info@regenboog.example",
    }
    return School(**{**values, **changes})  # type: ignore[arg-type]


def moment(day: int, hour: int = 14, minute: int = 5, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


def window(key: str = "2026-W47", kind: RunKind = RunKind.WEEKLY) -> Window:
    until = moment(20, 15, 30)
    return Window(kind=kind, key=key, since=until - timedelta(days=7), until=until, at=until)


def photo(number: int, alt: str = "", caption: str = "", size: tuple[int, int] = (1200, 900)) -> Photo:
    return Photo(
        key=number,
        file=f"IMG_{number}.jpg",
        name=f"random{number:04d}",
        shows=frozenset(),
        alt=alt,
        caption=caption,
        width=size[0],
        height=size[1],
    )


def item(
    key: int,
    title: str,
    body: str = "",
    *,
    groups: Sequence[str] = (),
    photos: Sequence[Photo] = (),
    event: Event | None = None,
    links: Sequence[Link] = (),
    author: int = 1,
    published: datetime | None = None,
    revision: int = 1,
) -> Item:
    content = Content(
        revision=revision, title=title, body=body, photos=tuple(photos), event=event, links=tuple(links)
    )
    post = Post(
        key=key,
        id=f"post-{key}",
        author=author,
        to_school=not groups,
        groups=frozenset(range(len(groups))),
        published=published or moment(18),
        state=PostState.LIVE,
        released_since=0,
        content=content,
    )
    return Item(post=post, photos=tuple(photos), groups=tuple(groups))


def edition(
    *items: Item,
    language: str = "nl",
    of: School | None = None,
    key: str = "2026-W47",
    kind: RunKind = RunKind.WEEKLY,
    welcome: bool = False,
    agenda: Sequence[AgendaLine] = (),
) -> Edition:
    return Edition(
        school=of or school(),
        window=window(key, kind),
        language=language,
        items=items,
        welcome=welcome,
        agenda=tuple(agenda),
    )


def letter(
    templates: Templates,
    *items: Item,
    language: str = "nl",
    of: School | None = None,
    kind: RunKind = RunKind.WEEKLY,
    welcome: bool = False,
    agenda: Sequence[AgendaLine] = (),
    **brand: object,
) -> Rendered:
    fragments = Fragments(templates, Brand(**{"authors": AUTHORS, **brand}))  # type: ignore[arg-type]
    made = edition(*items, language=language, of=of, kind=kind, welcome=welcome, agenda=agenda)
    return render(made, fragments)


def closed() -> Item:
    """What a management would mark as urgent."""
    return item(
        9,
        "Morgen is de school dicht",
        "Door een kapotte waterleiding is er morgen, **donderdag 26 november**, geen les. De noodopvang is"
        " open van 07:30 tot 18:00 uur in de gymzaal.\n\nVrijdag gaan we gewoon weer open.",
        author=3,
        published=moment(25, 16),
    )


def filmed() -> Item:
    """Two videos beside each other, one of them without an alt text."""
    film = Video(file="x-video.mp4", seconds=83, width=640, height=480, octets=1, digest="")
    pair = (photo(1, "De kring zingt", "Het lentelied"), photo(2))
    return item(11, "We zongen een lied", photos=[replace(each, video=film) for each in pair])


def notice() -> NoticeText:
    """What a teacher may be told on a Friday noon."""
    long = "superlangwoordzonderspatiesdatnergensbreektomdathetgewoonzolangis"
    held = (
        NoticeRow(
            "Naar het bos", "Noemt een leerling bij de voornaam.\nweekbrief release w47-bos --why TEKST"
        ),
        NoticeRow("Knutselmiddag", "Wacht op een leerkracht: een klassenouder schreef het."),
    )
    photos = (NoticeRow("bos3.jpg in Naar het bos"), NoticeRow(f"IMG_20261118_{long}.jpg", "Wie staat erop?"))
    counts = (NoticeRow("Verstuurd", "380"), NoticeRow("Geen nieuws", "9"), NoticeRow("Mislukt", "1"))
    return NoticeText(
        subject="Twee berichten en twee foto's wachten",
        heading="Twee berichten en twee foto's wachten",
        lead="De weekbrief gaat vandaag om 15:30 uur uit. Wat dan nog wacht, gaat een week later mee.",
        sections=(
            NoticeSection("Berichten die wachten", held, "Beslis voordat ze uitgaan."),
            NoticeSection("Foto's zonder lijst van wie erop staat", photos),
            NoticeSection("De vorige weekbrief", counts),
        ),
        closing="Hetzelfde staat altijd in weekbrief status.",
    )


def agenda() -> tuple[AgendaLine, ...]:
    """Two weeks with every kind of line."""
    long = "superlangwoordzonderspatiesdatnergensbreektomdathetgewoonzolangis"
    changed, cancelled = LineState.CHANGED, LineState.CANCELLED
    return (
        _line(1, "Week van het boek", moment(18, 0, 0), moment(23, 0, 0), all_day=True),
        _line(
            2, "Inloopavond", moment(24, 19, 0), moment(24, 20, 30), "groep 3", place="Aula", state=changed
        ),
        _line(3, "Zwemles", moment(24, 13, 0), None, "groep 3", "groep 10", state=cancelled),
        _line(4, "", moment(26, 8, 30), moment(26, 9, 0), "groep 10", state=cancelled),
        _line(5, f"Rekenen met een {long}", moment(27, 9, 0), moment(29, 14, 0), place=long),
        _line(6, "Schoolreis", moment(12, 8, 0, 12), None, "groep 3", state=changed),
    )


def _line(
    key: int,
    title: str,
    starts: datetime,
    ends: datetime | None,
    *groups: str,
    place: str = "",
    all_day: bool = False,
    state: LineState = LineState.PLAIN,
) -> AgendaLine:
    occasion = Occasion(
        title=title,
        starts=starts,
        ends=ends,
        location=place,
        all_day=all_day,
        sequence=int(state is not LineState.PLAIN),
        cancelled=state is LineState.CANCELLED,
    )
    source = Source(SourceKind.CALENDAR, key)
    return AgendaLine(open=OpenLine(source, occasion.sequence, state, groups), occasion=occasion)


def shown(parts: Sequence[Part]) -> str:
    """A part as Anna gets it."""
    return "".join(VALUES[part] if isinstance(part, Slot) else part for part in parts)


def week() -> tuple[Item, ...]:
    """A week with every kind of post."""
    pictures = [
        photo(1, "Een bospad met hoge dennen", "Op zoek naar sporen", (1200, 800)),
        photo(2, "Bomen aan de rand van het veld"),
        photo(3, "De zon boven het bos", "De zon kwam er nog even door"),
        photo(4, "Tekening van een herfstbos", "Getekend door groep 5", (900, 1200)),
        photo(5, "Dennen op een heuvel"),
        photo(6, "Een veldje in de mist"),
    ]
    party = Event(starts=moment(4, 8, 45, 12), ends=moment(4, 12, 0, 12), location="Schoolplein en aula")
    camp = Event(starts=moment(9, 9, 0, 12), ends=moment(11, 14, 0, 12), location="De Veluwe")
    long = "superlangwoordzonderspatiesdatnergensbreektomdathetgewoonzolangis"
    return (
        item(
            1,
            "Sinterklaas komt op school!",
            "Op **vrijdag 4 december** komt de Sint op bezoek. De kinderen hoeven die ochtend geen fruit"
            " mee te nemen: de pieten zorgen voor pepernoten en mandarijnen.\n\nWil je helpen versieren?"
            " Graag! Meld je bij juf Sanne, of kom donderdag na schooltijd gewoon binnenlopen.",
            event=party,
            author=3,
            published=moment(17, 10),
        ),
        item(
            2,
            "Nieuwe boeken in de bieb",
            "De favorieten:\n\n1. *De boomhut*\n2. *De mummie*\n\n> Lezen is reizen zonder koffer.",
            links=[Link(url="https://boeken.example.nl/6-tot-12/kiezen.html", title="Samen kiezen")],
            author=3,
            published=moment(18, 9),
        ),
        item(
            3,
            "Naar het bos",
            "We gingen **met z'n allen** naar het bos. Het rook er naar natte bladeren en paddenstoelen, en"
            " we vonden wel elf soorten!\n\n## Wat we zagen\n\n- een eekhoorn op een stam\n- sporen van een"
            " ree\n- een heel dikke kikker\n\nThuis verder kijken? Op [de site van het bos]"
            "(https://bos.example.nl/) staat een zoekkaart.",
            groups=["groep 3"],
            photos=pictures[:3],
        ),
        item(
            4,
            "Wat neem je mee naar gym?",
            "| Dag | Waar | Meenemen |\n|---|:-:|--:|\n| dinsdag | gymzaal | schoenen en handdoek |\n"
            "| donderdag | buiten | oude kleren |\n",
            groups=["groep 3", "groep 10"],
            published=moment(19, 11),
        ),
        item(5, "De tekeningen hangen!", "Kom kijken.", groups=["groep 10"], photos=pictures[3:4], author=2),
        item(
            6,
            f"Rekenen met een {long}",
            f"Zie `https://voorbeeld.example/{long}/{long}.html`:\n\n```\n12 + 30 = 42 {long}{long}\n```\n\n"
            f"| {long} | {long} |\n|--|--|\n| a | b |\n",
            groups=["groep 10"],
            photos=pictures[4:],
            event=camp,
            links=[Link(url=f"https://{long[:50]}.example.nl/tafels", title="")],
            author=2,
            published=moment(20, 9),
        ),
    )
