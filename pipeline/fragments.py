"""The pieces of a mail in HTML and plain text, each made once per run and shared by editions.

Staff text is only ever a value, never template source, and goes out escaped or through `Markdown`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote, urlsplit

from markupsafe import Markup, escape

from pipeline import photo_grid
from pipeline.agenda_weeks import agenda_words, event_words
from pipeline.brand import Brand as Brand
from pipeline.film_words import Films, film_words
from pipeline.languages import Direction
from pipeline.markdown import Body, allowed
from pipeline.mime import content_id
from pipeline.model import Edition, Item, Link, Photo, RunKind
from pipeline.own_words import own_words
from pipeline.palette import DEFAULT, palette
from pipeline.templates import Letter, Place, Templates
from pipeline.texts import Texts, line, naturally, underline, week_of

#: The slim bar of a mail of posts as they come has less room for a logo.
_SMALL = 0.64

#: Why an urgent mail comes (one post, more): it goes also to who chose the app or the newsletter.
_BECAUSE = (
    "The management marked this post as urgent, so you get it by mail at once, whatever you chose.",
    "The management marked these posts as urgent, so you get them by mail at once, whatever you chose.",
)
_WELCOME = "This is your first mail from %(school)s: you get a mail whenever there is news for you."
#: The first mail of a parent who chose anything but none.
_WELCOME_URGENT = (
    "This is your first mail from %(school)s. Only urgent news always comes like this: "
    "you choose how the other news reaches you."
)

#: For photos that did not fit (one, more), with a web part and without.
_MORE_IN_THE_APP = ("One more photo in the app", "%(num)s more photos in the app")
_MORE = (
    "One more photo did not fit into this mail. Would you like it? Ask the school: %(contact)s.",
    "%(num)s more photos did not fit into this mail. Would you like them? Ask the school: %(contact)s.",
)

Parts = tuple[str | Place, ...]
Values = Mapping[str, object]


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
        self._markdown = cache(lambda flow: templates.markdown(self._palette, flow))
        self._made: dict[Hashable, Piece] = {}
        self._bodies: dict[tuple[int, int, Direction], Body] = {}

    def head(self, edition: Edition) -> Piece:
        """With the places PREHEADER, SUMMARY and CHANGE, and NAME in a newsletter."""
        several = len(edition.items) > 1
        key = ("head", *_page(edition), edition.window.key, edition.welcome, several)
        return self._once(key, lambda: self._post_head(edition) if light(edition) else self._head(edition))

    def chapter(self, edition: Edition, groups: tuple[str, ...]) -> Piece:
        key = ("chapter", *_page(edition), groups)
        return self._once(key, lambda: self._chapter(edition, groups))

    def agenda(self, edition: Edition) -> Piece:
        """All of an edition's agenda, which many share."""
        lines = tuple(line.open for line in edition.agenda)
        return self._once(("agenda", *_page(edition), lines), lambda: self._agenda(edition))

    def item(self, edition: Edition, item: Item) -> Piece:
        post, photos = item.post, tuple(photo.name for photo in item.photos)
        shown = (post.key, post.content.revision, photos, len(item.left), item.groups)
        key = ("item", *_page(edition), *shown)
        return self._once(key, lambda: self._item(edition, item))

    def foot(self, edition: Edition) -> Piece:
        """With the place CHANGE."""
        return self._once(("foot", *_page(edition)), lambda: self._foot(edition))

    def opening(self, item: Item) -> str:
        """How a post begins, on one line."""
        return line(" ".join(self._body(item, Direction.LTR).text[:400].split()))

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
            "hello": self.brand.hello(texts),
            "logo": self.brand.logo_at(1),
        }
        welcome = ("welcome",) if edition.welcome else ()
        return self._fill(edition, ("start", "head", *welcome), both, {}, {})

    def _post_head(self, edition: Edition) -> Piece:
        texts, school = self._letter(edition).texts, line(edition.school.name)
        urgent, number = edition.window.kind is RunKind.URGENT, len(edition.items)
        both = {
            "letter": texts.say("News from %(school)s", school=school),
            "because": texts.count(*_BECAUSE, number),
            "logo": self.brand.logo_at(_SMALL),
        }
        welcome = _WELCOME_URGENT if urgent else _WELCOME
        rich = {"welcome": _said(texts, welcome, school=_apart(school))}
        plain = {"welcome": texts.say(welcome, school=school)}
        extras = {"urgent": urgent, "welcome": edition.welcome, "count": number > 1}
        wanted = (name for name, applies in extras.items() if applies)
        return self._fill(edition, ("start", "head", *wanted), both, rich, plain)

    def _chapter(self, edition: Edition, groups: tuple[str, ...]) -> Piece:
        texts = self._letter(edition).texts
        rich, plain = {"groups": _rich_list(texts, groups)}, {"groups": _list(texts, groups)}
        return self._fill(edition, ("chapter",), {"to_school": not groups}, rich, plain)

    def _agenda(self, edition: Edition) -> Piece:
        both = agenda_words(edition, self._letter(edition).texts)
        return self._fill(edition, ("agenda",), both, {}, {})

    def _foot(self, edition: Edition) -> Piece:
        contact = self._contact(edition)
        sentence = (
            "Are you in doubt about a text or a photo? Tell the teacher and the management: %(contact)s."
        )
        both = {
            "contact": contact,
            "contact_url": f"mailto:{quote(contact, safe='@')}",
            "doubt": self._letter(edition).texts.around(sentence, "contact"),
            "rights": self.brand.say(self.brand.texts.rights, edition),
            "footer": self.brand.say(self.brand.texts.footer, edition),
        }
        return self._fill(edition, ("foot", "end"), both, {}, {})

    def _item(self, edition: Edition, item: Item) -> Piece:
        content, texts = item.post.content, self._letter(edition).texts
        own = own_words(content.language, content.body or content.title, edition.school)
        title, body = line(content.title), self._body(item, own["direction"])
        both = {
            **own,
            "mark": f"p-{item.post.key}-{content.revision}",
            "title": title,
            "rule": underline(title),
            "author": line(self.brand.authors.get(item.post.author, "")),
            "published": texts.day(item.post.published.astimezone(edition.school.zone)),
            "event": event_words(content, edition, texts, self.brand.calendar_links),
            "links": [_link(link) for link in content.links],
            "more": self._more(edition, texts, len(item.left)),
        }
        films = film_words(item, texts, self.brand.base_url, self.brand.contact or edition.school.reply_to)
        rich = {
            "body": Markup(body.html),  # noqa: S704
            "rows": _rows(item.photos, films),
            "why": _why(texts, item, _rich_list),
        }
        photos = [
            {"alt": line(photo.alt), "caption": line(photo.caption), "film": films.get(photo.key)}
            for photo in item.photos
        ]
        plain = {"body": body.text, "photos": photos, "why": _why(texts, item, _list)}
        return self._fill(edition, ("item",), both, rich, plain)

    def _more(self, edition: Edition, texts: Texts, number: int) -> str:
        """That there are more photos, and where; the number is of those that this reader might get."""
        if not number:
            return ""
        if self.brand.web:
            return texts.count(*_MORE_IN_THE_APP, number)
        return texts.count(*_MORE, number, contact=self._contact(edition))

    def _contact(self, edition: Edition) -> str:
        return line(self.brand.contact or edition.school.reply_to)

    def _body(self, item: Item, flow: Direction) -> Body:
        key = (item.post.key, item.post.content.revision, flow)
        if key not in self._bodies:
            self._bodies[key] = self._markdown(flow).render(item.post.content.body)
        return self._bodies[key]

    def _fill(
        self, edition: Edition, names: Sequence[str], both: Values, rich: Values, plain: Values
    ) -> Piece:
        """The named fragments filled: HTML with ``both`` and ``rich``, text with ``both`` and ``plain``."""
        letter, school = self._letter(edition), edition.school
        common = {"lang": edition.language, "school": line(school.name), **own_words("", "", school), **both}
        html = {**common, "named": _apart(school.name), **rich, "palette": self._palette}
        rich_parts = tuple(part for name in names for part in letter.html[name].fill(html))
        return Piece(
            rich_parts,
            tuple(part for name in names for part in letter.text[name].fill({**common, **plain})),
            sum(len(part.encode()) for part in rich_parts if isinstance(part, str)),
        )

    def _letter(self, edition: Edition) -> Letter:
        letters = self.templates.posts if light(edition) else self.templates.letters
        return letters[edition.language]


def light(edition: Edition) -> bool:
    """Whether it goes out as the mail of posts as they come, not as a newsletter."""
    return edition.window.kind is not RunKind.WEEKLY


def _page(edition: Edition) -> tuple[RunKind, str]:
    """What every piece depends on."""
    return edition.window.kind, edition.language


def _list(texts: Texts, names: Iterable[str]) -> str:
    return texts.all_of(map(line, names))


def _rich_list(texts: Texts, names: Iterable[str]) -> str:
    """Each name kept apart from the sentence around it, whichever way its script runs."""
    return Markup(texts.all_of(map(_apart, names)))  # noqa: S704


def _apart(name: str) -> Markup:
    return Markup("<bdi>{}</bdi>").format(line(name))


def _said(texts: Texts, sentence: str, **values: Markup) -> Markup:
    """`Texts.say` for HTML; the sentence is ours and has nothing to escape but its quotes."""
    return escape(texts.catalogue.gettext(sentence)) % values


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


def _rows(photos: Sequence[Photo], films: Films) -> list[dict[str, object]]:
    """On a telephone photos with words below them stand below each other; words need the room."""
    made = ([_cell(cell, films) for cell in row] for row in photo_grid.rows(photos))
    return [{"cells": row, "stacks": any(cell["caption"] or cell["film"] for cell in row)} for row in made]


def _cell(cell: photo_grid.Cell, films: Films) -> dict[str, object]:
    film = films.get(cell.photo.key)
    return {
        "cid": content_id(cell.photo.name),
        "width": cell.width,
        "height": cell.height,
        "share": f"{cell.share:g}%",
        "alt": line(cell.photo.alt) or (film["words"] if film else ""),  # a link must have a name
        "caption": line(cell.photo.caption),
        "film": film,
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
