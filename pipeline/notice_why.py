"""Why a post or a photo stays behind, in the words of one reader (rule 23). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pipeline.found_words import by_subject, places_of
from pipeline.gates.words import Gate
from pipeline.model import Purpose
from pipeline.notices import Doubt, News, Reader, What
from pipeline.text_rules import Held
from pipeline.texts import Texts, line


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """What keys are called. Pupils' and parents' names are for teachers and management only."""

    pupils: Mapping[int, str]  #: first and last name
    groups: Mapping[int, str]
    parents: Mapping[int, str] = field(default_factory=dict)  #: with their id


def why(new: News, reader: Reader, names: Names, texts: Texts) -> str:
    """One or more sentences; a class parent's name no child, no parent and no words that matched."""
    trouble = new.trouble
    if new.what is What.PHOTO_NO_CONSENT:
        pupils = texts.all_of(line(names.pupils[key]) for key in trouble.pupils)
        film = trouble.photo is not None and trouble.photo.video is not None
        return texts.say(_NO_CONSENT[film], pupils=pupils)
    if new.what is What.PHOTO_UNKNOWN_PUPIL:
        ids = texts.all_of(line(id) for id in trouble.unknown)
        return texts.say("It lists somebody who is not in the roster: %(ids)s.", ids=ids)
    if reader.discreet:
        return texts.say(_DISCREET.get(new.what) or _WHY[new.what])
    if new.what is What.POST_TEXT:
        return " ".join((*_found(trouble.held, names, texts), _decide(trouble.post.id, texts)))
    if new.what is What.POST_DOUBT:
        return " ".join((*_reported(trouble.doubts, names, texts), _decide(trouble.post.id, texts)))
    return texts.say(_WHY[new.what])


def _found(held: Iterable[Held], names: Names, texts: Texts) -> Iterator[str]:
    for rows in by_subject(held):
        found = places_of(rows)
        where = texts.all_of(
            dict.fromkeys(f"“{line(each.words)}” ({texts.say(_WHERE[each.place])})" for each in found)
        )
        pupil = line(names.pupils.get(rows[0].pupil or 0, ""))
        purposes = frozenset(row.purpose for row in rows)
        yield texts.say(_FOUND[rows[0].gate], words=where, pupil=pupil, purposes=_for(purposes, texts))


def _for(purposes: frozenset[Purpose], texts: Texts) -> str:
    if len(purposes) > 1:
        return texts.say("mail and the app")
    return texts.say("the app") if Purpose.APP in purposes else texts.say("mail")


def _reported(doubts: Iterable[Doubt], names: Names, texts: Texts) -> Iterator[str]:
    for doubt in doubts:
        parent = line(names.parents.get(doubt.parent, ""))
        yield texts.say("%(parent)s has doubts about it: “%(why)s”.", parent=parent, why=line(doubt.why))
    yield texts.say(_WHY[What.POST_HELD])


def _decide(post: str, texts: Texts) -> str:
    reason = f'--why "{texts.say("reason")}"'
    return texts.say(
        "Let it go: %(release)s. Or stop it for good: %(withdraw)s.",
        release=f"weekbrief release {line(post)} {reason}",
        withdraw=f"weekbrief withdraw {line(post)} {reason}",
    )


#: For a photo, for a video.
_NO_CONSENT = (
    "No consent for a photo in a mail: %(pupils)s.",
    "No consent for a video or its still picture in a mail: %(pupils)s.",
)
_FOUND = {
    Gate.NAME: "It names %(words)s, and %(pupil)s has no consent to be named in %(purposes)s.",
    Gate.PERSONAL: "It says something personal about %(pupil)s: %(words)s.",
    Gate.TONE: "Its words are not for such a letter: %(words)s.",
}
_WHERE = {
    "title": "title",
    "text": "text",
    "caption": "caption",
    "alt": "description of a photo",
    "location": "place of the event",
    "link": "title of a link",
}
_WHY = {
    What.POST_HELD: "It is held, and goes to nobody until a person decides.",
    What.POST_WAITING: "It waits for a teacher of the group or the management.",
    What.POST_AUTHOR: "Its author may not post there, so it goes to nobody.",
    What.PHOTO_NOT_LISTED: (
        "Nobody has said who is recognisable on it. List the pupils, or nobody, and import the post again."
    ),
    What.PHOTO_REFUSED: "The file could not be used. Save it anew and import the post again.",
    What.PHOTO_STAYS: "This photo will not go along. The teacher can tell you more.",
    What.POST_STAYS: "This post does not go along for now. The teacher can tell you more.",
}
_DISCREET = {
    What.POST_TEXT: (
        "It waits: the text names a child, says something personal or could be put more kindly."
        " Change it, or ask the teacher."
    ),
    What.POST_DOUBT: "It waits: somebody has doubts about it. The teacher can tell you more.",
}
