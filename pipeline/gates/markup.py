"""A post's Markdown as the blocks of text that its readers see, and the addresses behind its links."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
#: What a definition or a table has: nothing else can be dropped.
_DROPS = re.compile(r"\]:|\|")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")


def visible(source: str) -> Iterator[str]:
    """Each paragraph, heading, list item, cell and piece of code, without its markup; then what links hide.

    A softly broken line is one line, a hard break a new one. What Markdown would drop (a definition that
    nothing refers to, a cell too many) comes as it was written, as the mail shows it then.
    """
    blocks = list(_blocks(_PARSER.parse(source)))
    yield from blocks
    if _DROPS.search(source) and not _letters(html.unescape(source)) <= _letters(
        html.unescape("".join(blocks))
    ):
        yield from source.split("\n\n")


def _blocks(tokens: list[Token]) -> Iterator[str]:
    hidden: list[str] = []
    for token in tokens:
        if token.children is not None:
            text = "".join(_inline(token.children, hidden))
            yield _TAG.sub("", text)
            hidden += _TAG.findall(text)
        elif token.type in {"fence", "code_block"}:
            yield from filter(None, (token.info, token.content))
    yield from map(unquote, hidden)


def _inline(tokens: list[Token], hidden: list[str]) -> Iterator[str]:
    for token in tokens:
        if token.children:
            yield from _inline(token.children, hidden)
        elif token.type in {"softbreak", "hardbreak"}:
            yield "\n" if token.type == "hardbreak" else " "
        else:
            yield token.content
        hidden += [str(token.attrs[name]) for name in ("title", "href", "src") if token.attrs.get(name)]


def _letters(text: str) -> Counter[str]:
    return Counter(filter(str.isalnum, unquote(text)))
