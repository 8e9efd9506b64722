"""What a mail says of a video beside its still picture: how long it lasts, where it can be seen (rule 11)."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.links import post_page
from pipeline.model import Item, Video
from pipeline.texts import Texts, line, playing_time

#: By the key of the still picture: ``words`` for all, then either ``watch`` and ``url``, or ``ask``.
Films = Mapping[int, Mapping[str, str]]


def film_words(item: Item, texts: Texts, base_url: str, contact: str) -> Films:
    """Of each video in ``item``; without a ``base_url`` there is no place to watch it."""
    url = post_page(base_url, item.post.key) if base_url else ""
    return {photo.key: _said(photo.video, texts, url, line(contact)) for photo in item.photos if photo.video}


def _said(video: Video, texts: Texts, url: str, contact: str) -> Mapping[str, str]:
    time = playing_time(video.seconds)
    words = texts.say("Video, %(time)s", time=time)
    if url:
        return {
            "words": words,
            "watch": texts.say("Watch the video (%(time)s)", time=time),
            "url": url,
            "ask": "",
        }
    sentence = "The video itself is not in this mail. Would you like to see it? Ask: %(contact)s."
    return {"words": words, "watch": "", "url": "", "ask": texts.say(sentence, contact=contact)}
