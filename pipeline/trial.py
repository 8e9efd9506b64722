"""Trying a relay out: one session as a run opens it, what is known of it, and at most one mail to oneself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from pipeline.deliver import Answer, AnswerKind, Envelope, RelayUnavailable, Session
from pipeline.mime import EncodedPhoto, Mail, Slot, compose, fill
from pipeline.mime_headers import ascii_domain, date_header, mailbox, message_id
from pipeline.office import Office
from pipeline.relay import RelaySettings
from pipeline.relay.about import About
from pipeline.settings import SchoolSettings
from pipeline.store.relay_budget import note_use
from pipeline.store.relay_health import RelayHealth

#: Subject and text, by the school's language; whoever tries a relay out works at the school or for it.
_WORDS = {
    "nl": (
        "Proefmail van {school}",
        "Dit is een proefmail van Weekbrief voor {school}.\n\n"
        "Hij is verstuurd over {relay}, zoals de nieuwsbrief verstuurd wordt. Staat hij bij de ongewenste\n"
        "mail? Dan zegt `weekbrief check` wat er aan de instellingen van het domein ontbreekt.\n",
    ),
    "en": (
        "Test mail from {school}",
        "This is a test mail from Weekbrief for {school}.\n\n"
        "It was sent over {relay}, as the newsletter is. Does it stand among the unwanted mail? Then\n"
        "`weekbrief check` says what is missing in the settings of the domain.\n",
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """What came of it."""

    about: About | None = None  #: None for a folder, and when there was no session
    trouble: RelayUnavailable | None = None  #: why there was no session
    full_until: datetime | None = None  #: the relay's budget has no room before that, so nothing was sent
    answer: Answer | None = None  #: to the mail; None when none was sent


async def try_relay(office: Office, relay: RelaySettings, school: SchoolSettings, to: str | None) -> Trial:
    """Connect, and hand over one mail to ``to``. Raises `ValueError` for settings that can never work."""
    health = RelayHealth(office.database, relay.url, office.clock)
    try:
        session = await office.relay(relay).connect()
    except RelayUnavailable as trouble:  # no failure of the relay's: nobody's mail waits longer for it
        return Trial(trouble=trouble)
    try:
        about = getattr(session, "about", None)
        if to is None:
            return Trial(about=about)
        if wait := health.room_at(office.budget(relay)):
            return Trial(about=about, full_until=wait)
        answer = await _send(office, relay, school, session, to)
    finally:
        await session.close()
    if answer.kind is AnswerKind.ACCEPTED or answer.account:
        await health.answered(answer)
    return Trial(about=about, answer=answer)


async def _send(
    office: Office, relay: RelaySettings, school: SchoolSettings, session: Session, to: str
) -> Answer:
    """Counted before it goes, as every mail is."""
    now = office.clock()
    sender, recipient = ascii_domain(school.sender), ascii_domain(to)
    message = test_mail(school, relay, to, now, unique=office.new_name())
    if sign := office.sign(school):
        message = sign((message,), now) + message
    await asyncio.to_thread(_count, office, relay, now)
    return await session.send(Envelope(sender=sender, recipient=recipient), message)


def _count(office: Office, relay: RelaySettings, now: datetime) -> None:
    with office.database.write() as connection:
        note_use(connection, relay.url, now)


def test_mail(school: SchoolSettings, relay: RelaySettings, to: str, now: datetime, *, unique: str) -> bytes:
    """The whole mail; from the school as parents will see it."""
    language = "nl" if school.language == "nl" else "en"
    subject, text = (words.format(school=school.name, relay=relay.url) for words in _WORDS[language])
    mail = Mail(
        subject=subject,
        from_name=school.name,
        from_address=school.sender,
        reply_to=school.reply_to,
        language=language,
        text=(text,),
    )
    values = {
        Slot.TO: mailbox("", to),
        Slot.MESSAGE_ID: message_id(unique, ascii_domain(school.sender).partition("@")[2]),
        Slot.DATE: date_header(now.astimezone(school.zone)),
    }
    return fill(compose(mail), values, _no_photo)


def _no_photo(name: str) -> EncodedPhoto:
    raise KeyError(name)
