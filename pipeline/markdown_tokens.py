"""What we change in parsed Markdown before it is shown: pictures, headings, the numbers of lists, directions.

Each pass takes the tokens of one body as markdown-it made them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from markdown_it.token import Token

from pipeline.languages import Direction, first_strong

#: The post's title is an h3, so its own headings begin below it.
_TOP_HEADING = 4

_DEEPEST = 40


def too_deep(tokens: Iterable[Token]) -> bool:
    """Whether emphasis stands in emphasis deeper than anybody means it, and than Python can follow."""
    return any(part.level > _DEEPEST for token in tokens for part in token.children or ())


def break_lines(tokens: Iterable[Token]) -> None:
    """Keep every line of the source a line."""
    for token in tokens:
        for part in token.children or ():
            part.type = "hardbreak" if part.type == "softbreak" else part.type


def unpicture(tokens: Iterable[Token]) -> None:
    """Put a link in place of every image, or its words and address where a link stands already."""
    for token in tokens:
        if token.children:
            token.children = list(_linked(token.children))


def _linked(tokens: Iterable[Token]) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        depth += token.nesting if token.type.startswith("link_") else 0
        if token.type == "image":
            yield from _picture_words(token, inside_link=depth > 0)
        else:
            yield token


def _picture_words(image: Token, *, inside_link: bool) -> list[Token]:
    url = str(image.attrs.get("src", ""))
    words = "".join(_inline_words(image.children or ())) or url
    text = Token("text", "", 0)
    text.content = words if not inside_link or words == url else f"{words} ({url})"
    if inside_link or not url:
        return [text]
    opening = Token("link_open", "a", 1)
    opening.attrs = {k: v for k, v in {"href": url, "title": image.attrs.get("title", "")}.items() if v}
    return [opening, text, Token("link_close", "a", -1)]


def _inline_words(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        yield from _inline_words(token.children) if token.children else [token.content]


def show_info(tokens: Iterable[Token]) -> Iterator[Token]:
    """A fence's first line (``~~~ Let op!``) is meant for programs; here it is words, so show them."""
    for token in tokens:
        if token.type == "fence" and token.info.strip():
            words = Token("inline", "", 0, content=token.info, children=[Token("text", "", 0)])
            words.children[0].content = token.info.strip()  # type: ignore[index]
            yield from (Token("paragraph_open", "p", 1), words, Token("paragraph_close", "p", -1))
            token.info = ""
        yield token


def fit_headings(tokens: list[Token]) -> list[Token]:
    """Headings below the post's title that never skip a level, as a reader's outline needs (WCAG 1.3.1)."""
    open_levels: list[int] = []
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1])
            while open_levels and open_levels[-1] >= level:
                open_levels.pop()
            open_levels.append(level)
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(_TOP_HEADING - 1 + len(open_levels), 6)}"
    return tokens


def number(tokens: Iterable[Token]) -> None:
    """Number ordered lists as their author did: ``3. 7.`` stays so, but ``1. 1. 1.`` means count for me."""
    for items in ordered(tokens):
        first, alike = int(items[0].info), len({item.info for item in items}) == 1
        expected = first
        for at, item in enumerate(items):
            number = item.meta["number"] = first + at if alike else int(item.info)
            if number != expected:
                item.attrs["value"] = number
            expected = number + 1


def ordered(tokens: Iterable[Token]) -> Iterator[list[Token]]:
    """The items of each ordered list."""
    open_lists: list[list[Token]] = []
    for token in tokens:
        if token.type in {"ordered_list_open", "bullet_list_open"}:
            open_lists.append([])
        elif token.type == "list_item_open" and token.info:
            open_lists[-1].append(token)
        elif token.type in {"ordered_list_close", "bullet_list_close"} and (items := open_lists.pop()):
            yield items


def without_lone_zeros(source: str, tokens: Iterable[Token]) -> str:
    """``06. 123`` alone is no list of one thing with the number 6: say so to Markdown with a backslash."""
    rows = source.split("\n")
    for first, *more in ordered(tokens):
        if first.info.startswith("0") and first.info != "0" and not more and first.map:
            mark, row = f"{first.info}{first.markup}", first.map[0]
            rows[row] = rows[row].replace(mark, f"{first.info}\\{first.markup}", 1)
    return "\n".join(rows)


def turn_others(tokens: Sequence[Token], flow: Direction) -> None:
    """A paragraph or heading in another script than the rest runs, and begins, as it is written."""
    for at, (token, inside) in enumerate(pairwise(tokens)):
        own = first_strong(inside.content) if token.type in {"paragraph_open", "heading_open"} else None
        if own is None or own is flow:
            continue
        if token.hidden:  # in a list without room between its items
            tokens[at - 1].attrs["dir"] = own
        else:
            token.attrs |= {"dir": own, "align": own.side}
