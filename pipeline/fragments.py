"""The pieces of a newsletter in HTML and plain text, each made once per run and shared by editions.

Staff text is only ever a value, never template source, and goes out escaped or through `Markdown`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from markupsafe import Markup, escape

from pipeline.markdown import Body, allowed
from pipeline.mime import content_id
from pipeline.model import Edition, Event, Item, Link, Photo, School
from pipeline.palette import DEFAULT, palette
from pipeline.templates import Letter, Place, Templates
from pipeline.texts import Texts, line, naturally, week_of

#: A card's inside is 564 pixels wide; a portrait is at most 560 high, so that it fits a screen.
_WIDE, _HALF, _HIGH = 564, 276, 560

Parts = tuple[str | Place, ...]
Values = Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Brand:
    """What a school's mail shows besides the posts."""

    colour: str | None = None  #: ``#rrggbb``; None is our own green
    authors: Mapping[int, str] = field(default_factory=dict)  #: staff key -> name as parents know it
    contact: str = ""  #: whom to tell in case of doubt (rule 22); the school's ``reply_to`` when empty
    web: bool = False  #: there is a web part, so PREFERENCES is a link; otherwise parents write to us


@dataclass(frozen=True, slots=True)
class Piece:
    html: Parts
    text: Parts
    size: int  #: octets of the HTML, places aside


class Fragments:
    """One school's pieces, for as long as one run lasts."""

    def __init__(self, templates: Templates, brand: Brand) -> None:
        """Raises `ValueError` when the brand's colour is none."""
        self.templates = templates
        self.brand = brand
        self._palette = palette(brand.colour or DEFAULT)
        self._markdown = templates.markdown(self._palette)
        self._made: dict[Hashable, Piece] = {}
        self._bodies: dict[tuple[int, int], Body] = {}

    def head(self, edition: Edition) -> Piece:
        """With the places NAME, PREHEADER, SUMMARY and CHANGE."""
        return self._once(("head", edition.language, edition.window.key), lambda: self._head(edition))

    def chapter(self, edition: Edition, groups: tuple[str, ...]) -> Piece:
        return self._once(("chapter", edition.language, groups), lambda: self._chapter(edition, groups))

    def item(self, edition: Edition, item: Item) -> Piece:
        post, photos = item.post, tuple(photo.name for photo in item.photos)
        key = ("item", post.key, post.content.revision, photos, edition.language, item.groups)
        return self._once(key, lambda: self._item(edition, item))

    def foot(self, edition: Edition) -> Piece:
        """With the place CHANGE."""
        return self._once(("foot", edition.language), lambda: self._foot(edition))

    def _once(self, key: Hashable, make: Callable[[], Piece]) -> Piece:
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = make()
        return made

    def _head(self, edition: Edition) -> Piece:
        texts = self._letter(edition).texts
        both = {
            "letter": texts.say("Newsletter from %(school)s", school=line(edition.school.name)),
            "week": week_of(edition.window),
            "covers": texts.covers(edition.window, edition.school.zone),
            "hello": texts.around("Hello %(name)s,", "name"),
        }
        return self._fill(edition, ("start", "head"), both, {}, {})

    def _chapter(self, edition: Edition, groups: tuple[str, ...]) -> Piece:
        texts = self._letter(edition).texts
        rich, plain = {"groups": _rich_list(texts, groups)}, {"groups": _list(texts, groups)}
        return self._fill(edition, ("chapter",), {"to_school": not groups}, rich, plain)

    def _foot(self, edition: Edition) -> Piece:
        contact = line(self.brand.contact or edition.school.reply_to)
        sentence = (
            "Are you in doubt about a text or a photo? Tell the teacher and the management: %(contact)s."
        )
        both = {
            "contact": contact,
            "contact_url": f"mailto:{quote(contact, safe='@')}",
            "doubt": self._letter(edition).texts.around(sentence, "contact"),
        }
        return self._fill(edition, ("foot", "end"), both, {}, {})

    def _item(self, edition: Edition, item: Item) -> Piece:
        content, texts = item.post.content, self._letter(edition).texts
        title, body = line(content.title), self._body(item)
        both = {
            "mark": f"p-{item.post.key}-{content.revision}",
            "title": title,
            "author": line(self.brand.authors.get(item.post.author, "")),
            "published": texts.day(item.post.published.astimezone(edition.school.zone)),
            "event": _event(content.event, edition.school, texts) if content.event else None,
            "links": [_link(link) for link in content.links],
        }
        rich = {"body": Markup(body.html), "rows": _rows(item.photos), "why": _why(texts, item, _rich_list)}  # noqa: S704
        photos = [{"alt": line(photo.alt), "caption": line(photo.caption)} for photo in item.photos]
        plain = {"body": body.text, "photos": photos, "why": _why(texts, item, _list), "rule": _rule(title)}
        return self._fill(edition, ("item",), both, rich, plain)

    def _body(self, item: Item) -> Body:
        key = (item.post.key, item.post.content.revision)
        if key not in self._bodies:
            self._bodies[key] = self._markdown.render(item.post.content.body)
        return self._bodies[key]

    def _fill(
        self, edition: Edition, names: Sequence[str], both: Values, rich: Values, plain: Values
    ) -> Piece:
        """The named fragments filled: HTML with ``both`` and ``rich``, text with ``both`` and ``plain``."""
        letter, school = self._letter(edition), edition.school
        common = {"lang": edition.language, "home": school.language, "school": line(school.name), **both}
        html = {**common, **rich, "palette": self._palette}
        rich_parts = tuple(part for name in names for part in letter.html[name].fill(html))
        return Piece(
            rich_parts,
            tuple(part for name in names for part in letter.text[name].fill({**common, **plain})),
            sum(len(part.encode()) for part in rich_parts if isinstance(part, str)),
        )

    def _letter(self, edition: Edition) -> Letter:
        return self.templates.letters[edition.language]


def _list(texts: Texts, names: Iterable[str]) -> str:
    return texts.all_of(map(line, names))


def _rich_list(texts: Texts, names: Iterable[str]) -> str:
    """Each name kept apart from the sentence around it, whichever way its script runs."""
    return Markup(texts.all_of(f"<bdi>{escape(line(name))}</bdi>" for name in names))  # noqa: S704


def _why(texts: Texts, item: Item, listed: Callable[[Texts, Iterable[str]], str]) -> str:
    """Why this reader gets this post; it names the reader's own groups only."""
    if not item.groups:
        return texts.say("You get this because it is for everyone at school.")
    groups = listed(texts, naturally(item.groups))
    if len(item.groups) == 1:
        sentence = texts.catalogue.gettext("You get this because your child is in %(groups)s.")
    else:
        sentence = texts.catalogue.gettext("You get this because your family belongs to %(groups)s.")
    return type(groups)(sentence) % {"groups": groups}


def _rule(title: str) -> str:
    return "-" * max(3, min(len(title), 60))


def _rows(photos: Sequence[Photo]) -> list[list[dict[str, object]]]:
    """Pairs beside each other; with an odd number the first has a row of its own."""
    odd = len(photos) % 2
    first = [[_photo(photo, _WIDE)] for photo in photos[:odd]]
    pairs = range(odd, len(photos), 2)
    return [*first, *([_photo(photo, _HALF) for photo in photos[at : at + 2]] for at in pairs)]


def _photo(photo: Photo, room: int) -> dict[str, object]:
    fitting = min(room, photo.width, _HIGH * photo.width // max(photo.height, 1))
    return {
        "cid": content_id(photo.name),
        "width": max(fitting, 1),
        "alt": line(photo.alt),
        "caption": line(photo.caption),
    }


def _event(event: Event, school: School, texts: Texts) -> dict[str, object]:
    starts = event.starts.astimezone(school.zone)
    day, time = texts.when(event, school.zone)
    return {
        "number": starts.day,
        "month": texts.month(starts),
        "day": day,
        "time": time,
        "location": line(event.location),
    }


def _link(link: Link) -> dict[str, object]:
    url = line(link.url)
    return {"url": url, "title": line(link.title) or url, "host": _host(url), "safe": allowed(url)}


def _host(url: str) -> str:
    """Where a link leads, as a reader checks it before following; the whole of what is no web address."""
    try:
        return urlsplit(url).hostname or url
    except ValueError:  # such as "http://[::"
        return url
