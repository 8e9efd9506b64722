"""Every kind of mail as data: what the checks look at, what the gallery shows.

A new kind of post is a new line in `every`; a language comes by itself from `pipeline.languages.LANGUAGES`.
The posts are those of the invented school of `make demo`, with its drawn pictures: nobody in them exists.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw

from pipeline.demo import POSTS
from pipeline.demo.pictures import Picture, draw
from pipeline.demo.posts import DemoPost
from pipeline.intake.photo_play import with_play_mark
from pipeline.model import Event, Item, Link, Photo, RunKind, Video
from pipeline.occasions import AgendaLine
from tests.mail_checks.agendas import ALL_THAT_CHANGES, TWO_WEEKS, WHAT_CHANGED
from tests.newsletter import ZONE, item, photo

LONG = "superlangwoordzonderspatiesdatnergensbreektomdathetgewoonzolangis"

#: The number of a picture and this is the same picture in another post: no two posts share a file.
_AGAIN = 100
_FILMED = 2  #: hundreds: a still picture of a video

#: Staff of the invented school, by key and by their id there.
AUTHORS = {1: "Hanneke Vos", 2: "Youssef El Amrani", 3: "juf Noor"}
_STAFF = {"s1": 1, "s2": 2}


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One kind of mail to parents."""

    name: str  #: of its files
    shows: str  #: what is to be seen
    items: tuple[Item, ...]
    run: RunKind = RunKind.IMMEDIATE
    welcome: bool = False
    own_look: bool = False  #: of a school with its own colour, logo and words
    web: bool = True  #: of a school with a web part, where videos and more photos are
    agenda: tuple[AgendaLine, ...] = ()


@cache
def drawn(number: int) -> bytes:
    """The JPEG of `photo` number ``number``: the pictures of the invented week, as their posts have them."""
    post, at = _pictures()[number % _AGAIN - 1]
    jpeg = draw(post.pictures[at], seed=f"47 {post.files()[at]}")
    return _playable(jpeg) if number // _AGAIN == _FILMED else jpeg


def _playable(jpeg: bytes) -> bytes:
    """As the intake makes the still picture of a video."""
    file = BytesIO()
    with_play_mark(Image.open(BytesIO(jpeg)).convert("RGB")).save(file, "JPEG", quality=85)
    return file.getvalue()


@cache
def logo() -> bytes:
    """A PNG: a boat with a sail, for the school that has its own look."""
    sheet = Image.new("RGB", (160, 160), "#ffffff")
    pen = ImageDraw.Draw(sheet)
    pen.ellipse((4, 4, 156, 156), fill="#8c1d40")
    pen.polygon([(78, 26), (78, 96), (34, 96)], fill="#ffffff")
    pen.polygon([(86, 40), (86, 96), (120, 96)], fill="#f4d58d")
    pen.chord((30, 66, 130, 142), 0, 180, fill="#ffffff")
    file = BytesIO()
    sheet.save(file, "PNG", optimize=True)
    return file.getvalue()


@cache
def _pictures() -> tuple[tuple[DemoPost, int], ...]:
    whole = ((post, at) for post in POSTS for at, each in enumerate(post.pictures) if not each.broken)
    return tuple(whole)


def _photos(post: DemoPost) -> Iterator[Photo]:
    for number, (owner, at) in enumerate(_pictures(), 1):
        if owner is post:
            yield _photo(number, post.pictures[at])


def _photo(number: int, picture: Picture) -> Photo:
    size = Image.open(BytesIO(drawn(number))).size
    return photo(number, picture.alt, picture.caption, size)


def _demo(id: str, *, held_back: bool = False) -> Item:
    """A post of the invented week; ``held_back``: none of its photos may go to this reader."""
    key, post = next((key, post) for key, post in enumerate(POSTS, 1) if post.id == f"w47-{id}")
    event = post.event and Event(
        starts=_local(post.event.starts), ends=_local(post.event.ends), location=post.event.location
    )
    return item(
        key,
        post.title,
        post.body.strip(),
        groups=() if post.groups == ("school",) else post.groups,
        photos=() if held_back else tuple(_photos(post)),
        event=event,
        links=[Link(url=url, title=title) for url, title in post.links],
        author=_STAFF.get(post.author, 3),
        published=_local(post.published),
    )


def _local(told: str) -> datetime:
    return datetime.fromisoformat(told).replace(tzinfo=ZONE)


def _filmed() -> Item:
    film = Video(file="koor.mp4", seconds=83, width=1280, height=720, octets=9_000_000, digest="")
    number = next(at for at, (post, _) in enumerate(_pictures(), 1) if post.id == "w47-podium")
    still = _photo(_FILMED * _AGAIN + number, _pictures()[number - 1][0].pictures[0])
    return item(
        70, "Kijk mee: het slotlied", "Zo klonk het op het podium.", photos=[replace(still, video=film)]
    )


def _many_photos() -> Item:
    """More photos than any post of the invented week has; an odd number, so that one stands alone."""
    body = "Wat een week! Een paar indrukken uit alle groepen, van het bos tot aan zee."
    return item(71, "De week in beeld", body, photos=_others(range(3, 22, 3)), author=2)


def _too_many_photos() -> Item:
    """Nine photos, of which four fitted."""
    body = "Van paddenstoelen tot pompoenen: zo veel foto's maakten we nog nooit in één week!"
    told = item(77, "Herfst in alle groepen", body, photos=_others((7, 14, 28, 35)), author=2)
    return replace(told, left=_others(range(23, 28)))


def _others(numbers: Iterable[int]) -> tuple[Photo, ...]:
    chosen = ((number, *_pictures()[number - 1]) for number in numbers)
    return tuple(_photo(_AGAIN + number, post.pictures[at]) for number, post, at in chosen)


_FORMATTED = item(
    72,
    "Alles over het schoolkamp",
    "Over **drie weken** gaan we op kamp. Hieronder staat alles bij elkaar; *bewaren dus*.\n\n"
    "## Wat gaat er mee?\n\n- een slaapzak en een kussen\n- warme kleren:\n  - een trui\n"
    "  - twee paar sokken\n- een zaklamp\n\n### Zo gaat het\n\n1. Maandag fietsen we erheen.\n"
    "2. Dinsdag is de grote bostocht.\n3. Woensdag fietsen we terug.\n\n"
    "| Dag | Vertrek | Fruit mee |\n|---|:-:|--:|\n| maandag | 09:00 | ja |\n"
    "| dinsdag | 10:30 | nee |\n| woensdag | 13:00 | ja |\n\n"
    "> Vorig jaar zagen we een das. Die stond gewoon naast de tent!\n>\n> *Groep 8*\n\n"
    "De code van de fietsenstalling is `4711`. Meer weten? Lees [de kampbrief]"
    "(https://www.walvisboot.example/kamp) of mail naar <kamp@walvisboot.example>.\n\n---\n\n"
    "```\nma  boterhammen met kaas\ndi  pannenkoeken\nwo  soep\n```\n",
    groups=["groep 8"],
)
_LONG_WORDS = item(
    73,
    f"Een {LONG} in de titel",
    f"Soms is een woord lang: {LONG}{LONG}.\n\nOf een adres: https://www.{LONG[:50]}.example/{LONG}/{LONG}.html"
    f"?a={LONG}\n\n| {LONG} | {LONG} | {LONG} |\n|--|--|--|\n| a | b | c |\n\n`{LONG}{LONG}`\n\n"
    f"```\n{LONG}{LONG}{LONG}\n```\n\n> {LONG}{LONG}\n\n- {LONG}{LONG}\n\n#### {LONG}{LONG}",
    groups=[f"groep {LONG}"],
    links=[Link(url=f"https://{LONG[:50]}.example/{LONG}", title=f"{LONG}{LONG}"), Link(url=LONG, title="")],
    event=Event(starts=_local("2026-12-09T09:00:00"), ends=_local("2026-12-11T14:00:00"), location=LONG * 2),
)
_EMOJI = item(
    74,
    "🎉 Feest in groep 4! 🎂🎈",
    "Wat een dag 🤩: we hebben gedanst 💃🕺, gezongen 🎶 en heel veel cake gegeten 🍰.\n\n"
    "- 👩🏽‍🏫 juf Noor trakteerde\n"
    "- 👨‍👩‍👧‍👦 opa's en oma's kwamen kijken\n- 🇳🇱 en 🇪🇺 hingen aan de muur\n\nDank jullie wel ❤️",
    groups=["groep 4"],
)
_URGENT = item(
    75,
    "Morgen is de school dicht",
    "Door een kapotte waterleiding is er morgen, **donderdag 26 november**, geen les. De noodopvang is"
    " open van 07:30 tot 18:00 uur in de gymzaal.\n\nVrijdag gaan we gewoon weer open.",
    author=1,
    published=_local("2026-11-25T16:00:00"),
)
_MIXED = item(
    76,
    "Welkom! أهلا وسهلا",
    "Bij **het taalcafé** praten ouders met elkaar, in het Nederlands en in hun eigen taal.\n\n"
    "مرحبا بكم في مقهى اللغة كل يوم ثلاثاء (الساعة 08:45) في المدرسة.\n\n"
    "До зустрічі! Do zobaczenia! Görüşürüz!",
)
_WEEK = ("sint", "studiedag", "schoolkamer", "hutten", "vogels", "letters")


@cache  # not at once: drawing takes time, and every worker of a test run reads this
def every() -> tuple[Kind, ...]:
    return (
        Kind(
            name="newsletter",
            shows="the newsletter",
            run=RunKind.WEEKLY,
            items=tuple(map(_demo, _WEEK)),
            agenda=TWO_WEEKS,
        ),
        Kind(
            name="agenda",
            shows="an agenda in which something changed",
            run=RunKind.WEEKLY,
            items=(_demo("kriebels"),),
            agenda=ALL_THAT_CHANGES,
        ),
        Kind(
            name="newsletter-first",
            shows="a parent's first newsletter",
            run=RunKind.WEEKLY,
            welcome=True,
            items=(_demo("soep"), _demo("egel")),
        ),
        Kind(
            name="own-look",
            shows="a school with its own colour, logo and words",
            run=RunKind.WEEKLY,
            own_look=True,
            items=(_demo("hutten"), _demo("studiedag")),
        ),
        Kind(name="text", shows="text alone", items=(_demo("pietengym"),)),
        Kind(name="photo", shows="one photo", items=(_demo("vogels"),)),
        Kind(name="photos", shows="many photos", items=(_many_photos(),)),
        Kind(name="photos-left", shows="photos that did not fit", items=(_too_many_photos(),)),
        Kind(name="video", shows="a video", items=(_filmed(),)),
        Kind(
            name="no-web",
            shows="a video and photos that did not fit, of a school without a web part",
            web=False,
            items=(_filmed(), _too_many_photos()),
        ),
        Kind(name="photo-held", shows="a photo that stays behind", items=(_demo("sommen", held_back=True),)),
        Kind(name="event", shows="an event", items=(_demo("studiedag"),)),
        Kind(name="links", shows="a link", items=(_demo("letters"),)),
        Kind(name="formatted", shows="headings, lists, a table, a quote, code", items=(_FORMATTED,)),
        Kind(name="long-words", shows="long words and addresses", items=(_LONG_WORDS,)),
        Kind(name="emoji", shows="emoji", items=(_EMOJI,)),
        Kind(name="scripts", shows="more scripts in one post", items=(_MIXED,)),
        Kind(name="two-groups", shows="a post to two groups", items=(_demo("hutten"),)),
        Kind(name="school", shows="a post to the whole school", items=(_demo("sint"),)),
        Kind(
            name="several",
            shows="several posts at once, and what changed in the agenda",
            items=(_demo("egel"), _demo("pepernoten")),
            agenda=WHAT_CHANGED,
        ),
        Kind(name="first", shows="a parent's first mail", welcome=True, items=(_demo("koor"),)),
        Kind(name="urgent", shows="an urgent post", run=RunKind.URGENT, items=(_URGENT,)),
    )


@cache
def poster() -> Kind:
    """A newsletter that can be seen whole: the one that the README shows."""
    return Kind(
        name="poster",
        shows="a short newsletter",
        run=RunKind.WEEKLY,
        items=(_demo("sint"), _demo("hutten")),
        agenda=TWO_WEEKS[1:],
    )


@cache
def everything() -> Kind:
    """Every kind of post in one newsletter: long, but all there is for the checks to look at."""
    return Kind(
        name="everything",
        shows="every kind of post",
        run=RunKind.WEEKLY,
        welcome=True,
        items=tuple({post.post.key: post for kind in every() for post in kind.items}.values()),
        agenda=ALL_THAT_CHANGES,
    )
