"""The finished mail of every kind in every language, and the pages that a browser opens of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from itertools import product
from pathlib import Path

from pipeline.brand import Brand, Logo
from pipeline.fragments import Fragments
from pipeline.languages import LANGUAGES
from pipeline.mime import EncodedPhoto, Encoder, Mail, Slot, compose, encode_photo, fill, is_logo, logo_name
from pipeline.mime_headers import date_header, list_unsubscribe, mailbox, mailto_url, message_id
from pipeline.model import School
from pipeline.multipart import leaves
from pipeline.notice_mail import render_notice
from pipeline.notice_texts import BadAddress, Names, Summary, bundle, summary
from pipeline.notices import News, Reader, Trouble, What
from pipeline.preview import parts
from pipeline.render import render
from pipeline.settings_values import OwnTexts
from pipeline.templates import Templates
from tests.mail_checks import kinds
from tests.mail_checks.kinds import AUTHORS, Kind, drawn, logo
from tests.newsletter import ZONE, edition, school

COLOUR = "#1f5f8a"
HOME = "https://ouders.walvisboot.example"
CHANGE = f"{HOME}/keuze/3f9a"

#: Kinds of mail to staff, and what they show.
NOTICES = {"notice": "what asks for attention (to staff)", "summary": "how the newsletter went (to staff)"}
#: Every template with all that can stand in it, and enough to see each in one more language.
TEMPLATES = ("everything", "first", "several", "urgent", "own-look", "no-web", *NOTICES)
TRANSLATED = ("newsletter", "first", "urgent", "notice")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One kind of mail in one language, as the relay gets it."""

    kind: str
    language: str
    message: bytes

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.language}"

    @property
    def html(self) -> str:
        """As it is sent, with ``cid:`` in it."""
        return next(leaf.data().decode() for leaf in leaves(self.message) if leaf.kind == "text/html")


@cache
def templates() -> Templates:
    return Templates.load()


def walvisboot() -> School:
    return school(
        id="walvisboot",
        name="Basisschool De Walvisboot",
        sender="nieuws@walvisboot.example",
        reply_to="info@walvisboot.example",
    )


def names() -> tuple[str, ...]:
    """Every kind of mail that the gallery shows."""
    return *(kind.name for kind in kinds.every()), *NOTICES


def samples(wanted: Iterable[str] | None = None, languages: Iterable[str] = LANGUAGES) -> Iterator[Sample]:
    """The named kinds (by default all) in every language."""
    encoder = Encoder()
    fragments = cache(lambda own_look, web: Fragments(templates(), _brand(own_look=own_look, web=web)))
    to_parents = {kind.name: kind for kind in (*kinds.every(), kinds.everything(), kinds.poster())}
    for language, name in product(languages, tuple(wanted or names())):
        to_parent = to_parents.get(name)
        if to_parent:
            mail = _to_parent(to_parent, language, fragments(to_parent.own_look, to_parent.web))
        else:
            mail = _to_staff(name, language)
        yield Sample(kind=name, language=language, message=_sent(mail, encoder))


def _brand(*, own_look: bool, web: bool) -> Brand:
    """The look of most samples, or of a school that has its own."""
    plain = Brand(authors=AUTHORS, web=web, base_url=HOME if web else "", colour=COLOUR)
    if not own_look:
        return plain
    words = OwnTexts(greeting={"": "Ahoi {name}!"}, footer={"": "De Walvisboot, Kade 47. Alle hens aan dek!"})
    logo_shown = Logo(name=logo_name(logo()), width=80, height=80)
    return replace(plain, colour="#8c1d40", logo=logo_shown, texts=words)


def templates_in_all_languages() -> tuple[Sample, ...]:
    """What the suite looks at. `samples()` is all there is, which takes minutes to judge."""
    first, others = LANGUAGES[:1], LANGUAGES[1:]
    return *samples(TEMPLATES, first), *samples(TRANSLATED, others)


def _to_parent(kind: Kind, language: str, fragments: Fragments) -> Mail:
    told = edition(*kind.items, language=language, of=walvisboot(), kind=kind.run, welcome=kind.welcome)
    return render(replace(told, agenda=kind.agenda), fragments).mail


def _to_staff(name: str, language: str) -> Mail:
    of, texts = walvisboot(), templates().letters[language].texts
    if name == "summary":
        text = summary(_went(), of, texts)
    else:
        names = Names(pupils={}, groups={0: "groep 3a", 1: "groep 4"})
        before = datetime(2026, 11, 20, 15, 30, tzinfo=ZONE)
        reader = Reader(address="hanneke@walvisboot.example", management=True)
        text = bundle(reader, _news(), [_unreachable()], names, of, texts, before=before)
    return render_notice(text, of, language, templates(), COLOUR)


def _news() -> Iterator[News]:
    posts = {kind.name: kind.items[0].post for kind in kinds.every()}
    for what, name in ((What.POST_HELD, "event"), (What.POST_WAITING, "text")):
        yield News(trouble=Trouble(what=what, post=posts[name]), what=what)
    post = posts["two-groups"]
    for picture in post.content.photos:
        trouble = Trouble(what=What.PHOTO_NOT_LISTED, post=post, photo=picture)
        yield News(trouble=trouble, what=What.PHOTO_NOT_LISTED, again=True)


def _unreachable() -> BadAddress:
    said = "550 5.1.1 no such mailbox"
    return BadAddress(parent=7, id="g7", name="Anna de Vries", address="anna@thuis.example", said=said)


def _went() -> Summary:
    until = datetime(2026, 11, 20, 15, 30, tzinfo=ZONE)
    return Summary(
        key="2026-W47",
        until=until,
        closed_at=until,
        held=None,
        states={"sent": 380, "queued": 0, "failed": 1, "held": 0},
        withheld={"not_approved": 2, "other_channel": 20, "no_news": 9},
        posts=34,
        posts_behind=(),
        photos_behind={},
    )


def _sent(mail: Mail, encoder: Encoder) -> bytes:
    return fill(compose(mail, encoder), _VALUES, _picture)


#: The parent of every sample.
_VALUES = {
    Slot.TO: mailbox("Anna de Vries", "anna@thuis.example"),
    Slot.MESSAGE_ID: message_id("2026-W47.3f9a7c1e5b2d", "walvisboot.example"),
    Slot.DATE: date_header(datetime(2026, 11, 20, 14, 30, tzinfo=UTC).astimezone(ZONE)),
    Slot.UNSUBSCRIBE: list_unsubscribe(
        mailto=mailto_url("info@walvisboot.example", "stop 3f9a"), https=CHANGE
    ),
    Slot.NAME: "Anna de Vries",
    Slot.PREFERENCES: CHANGE,
}


@cache
def _picture(name: str) -> EncodedPhoto:
    """`tests.newsletter.photo` names pictures by their number."""
    if is_logo(name):
        return encode_photo(logo())
    return encode_photo(drawn(int(name.removeprefix("random"))))


def write_page(folder: Path, sample: Sample) -> Path:
    """The mail as a page for a browser, its pictures in files beside it."""

    def keep(kind: str, data: bytes) -> str:
        file = folder / f"{sha256(data).hexdigest()[:16]}.{kind.partition('/')[2]}"
        if not file.exists():
            file.write_bytes(data)
        return file.name

    page = folder / f"{sample.name}.html"
    page.write_text(parts(sample.message, keep)[0], "utf-8")
    return page
