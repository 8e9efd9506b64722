"""What an import changed about posts that are held for their texts, as staff are told."""

from __future__ import annotations

from pipeline.commands.console import say
from pipeline.found_words import found_words
from pipeline.store.screen import Screened


def say_texts(texts: Screened) -> None:
    """Posts whose texts are held, or not any more, by what was imported."""
    for post in sorted(texts.new, key=texts.refs.__getitem__):
        for words in found_words(texts.held[post]):
            say(f"  now held: {texts.refs[post]} {words}")
    for post in sorted(texts.lifted, key=texts.refs.__getitem__):
        left = "in part" if post in texts.held else "and can go"
        say(f"  not held for its text any more: {texts.refs[post]}, {left}")
