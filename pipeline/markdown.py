"""A post's Markdown as safe, styled HTML and as readable plain text.

CommonMark with tables and strikethrough. Raw HTML is shown as the text it is. Bare
addresses are left to the reader's mail program, which makes links of them by itself.
No picture is ever loaded: an image becomes a link to it (rule 19).
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import unquote

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from pipeline.languages import Direction, first_strong
from pipeline.texts import lines

SCHEMES = ("http", "https", "mailto")

#: The post's title is an h3, so its own headings begin below it.
_TOP_HEADING = 4

_ATTRIBUTES = {
    **{"a": {"href", "title"}, "ol": {"start"}, "td": {"align"}, "th": {"align"}},
    **{tag: {"dir", "align"} for tag in ("p", "h4", "h5", "h6")},
}
_TAGS = {
    *("p", "br", "hr", "h4", "h5", "h6", "strong", "em", "s", "a", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "div"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    html: str  #: clean, every element with its own style
    text: str


class Markdown:
    """Turns bodies into `Body`; ``styles`` maps element names to the CSS that they carry."""

    def __init__(self, styles: Mapping[str, str], flow: Direction = Direction.LTR) -> None:
        """``flow`` is how the text is written as a whole."""
        self._flow = flow
        self._full = _parser(flow.side)
        self._literal = _parser(flow.side).disable(["reference", "table"])
        self._cleaner = nh3.Cleaner(
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            url_schemes=set(SCHEMES),
            url_relative="deny",
            set_tag_attribute_values={tag: {"style": css} for tag, css in styles.items() if tag in _TAGS},
        )

    def render(self, source: str) -> Body:
        """Both forms of ``source``; never raises, whatever staff wrote."""
        source = lines(source)
        tokens = self._full.parse(source)
        text = _plain(tokens)
        if not _keeps_all(source, text):
            # An unused link definition or a table row with a cell too many: Markdown would drop it.
            tokens = self._literal.parse(source)
            text = _plain(tokens)
        tokens = _fit_headings(list(_show_info(tokens)))
        _turn_others(tokens, self._flow)
        markup = self._full.renderer.render(tokens, self._full.options, {})
        cleaned = self._cleaner.clean(markup).strip()
        # Only a title's element carries a mark; nobody's words may look like one to the guard on bytes.
        return Body(html=cleaned.replace('id="p-', "id=&quot;p-"), text=text)


def allowed(url: str) -> bool:
    """Whether a link may lead there: web and mail only, always with its scheme."""
    return url.partition(":")[0].lower() in SCHEMES and ":" in url


def _parser(side: str) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.normalizeLink = _with_scheme  # type: ignore[method-assign]
    parser.validateLink = allowed  # type: ignore[method-assign]
    parser.core.ruler.push("pictures", lambda state: _unpicture(state.tokens))
    parser.add_render_rule("table_open", lambda *_: "<div><table>")  # a wide one scrolls in its own room
    parser.add_render_rule("table_close", lambda *_: "</table></div>")
    parser.add_render_rule("th_open", lambda _, *args: _aligned(side, *args))
    parser.add_render_rule("td_open", lambda _, *args: _aligned(side, *args))
    return parser


def _with_scheme(url: str) -> str:
    """Staff write ``www.school.nl`` and mean a web page."""
    return normalizeLink(f"https://{url}" if url.lower().startswith("www.") else url)


def _keeps_all(source: str, text: str) -> bool:
    """Whether no letter or digit of ``source`` is missing from ``text``, counted, in any order."""
    shown = _letters(text)
    return _letters(source) <= shown or _letters(html.unescape(source)) <= shown


def _letters(text: str) -> Counter[str]:
    """``mailto:`` is left out: the plain form of a link to an address is the address."""
    return Counter(filter(str.isalnum, unquote(text).replace("mailto:", "")))


def _unpicture(tokens: Iterable[Token]) -> None:
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


def _show_info(tokens: Iterable[Token]) -> Iterator[Token]:
    """A fence's first line (``~~~ Let op!``) is meant for programs; here it is words, so show them."""
    for token in tokens:
        if token.type == "fence" and token.info.strip():
            words = Token("inline", "", 0, content=token.info, children=[Token("text", "", 0)])
            words.children[0].content = token.info.strip()  # type: ignore[index]
            yield from (Token("paragraph_open", "p", 1), words, Token("paragraph_close", "p", -1))
            token.info = ""
        yield token


def _fit_headings(tokens: list[Token]) -> list[Token]:
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


def _turn_others(tokens: Sequence[Token], flow: Direction) -> None:
    """A paragraph or heading in another script than the rest runs, and begins, as it is written."""
    for token, inside in pairwise(tokens):
        own = first_strong(inside.content) if token.type in {"paragraph_open", "heading_open"} else None
        if own not in {None, flow}:
            token.attrs |= {"dir": own, "align": own.side}


def _aligned(side: str, tokens: Sequence[Token], index: int, *_: object) -> str:
    """A table cell whose alignment survives the cleaner, which lets no author's style through."""
    token = tokens[index]
    side = str(token.attrs.get("style", side)).removeprefix("text-align:")
    return f'<{token.tag} align="{side}">'


def _plain(tokens: Sequence[Token]) -> str:
    return "\n".join(_blocks(SyntaxTreeNode(tokens).children, loose=True)).strip("\n")


def _blocks(nodes: Iterable[SyntaxTreeNode], *, loose: bool) -> list[str]:
    out: list[str] = []
    for node in nodes:
        if out and loose:
            out.append("")
        out += _block(node)
    return out


def _block(node: SyntaxTreeNode) -> list[str]:
    match node.type:
        case "bullet_list" | "ordered_list":
            return _items(node)
        case "blockquote":
            return [f"> {part}".rstrip() for part in _blocks(node.children, loose=True)]
        case "fence" | "code_block":
            info = [node.info.strip()] if node.info.strip() else []
            return [*info, *node.content.rstrip("\n").split("\n")]
        case "hr":
            return ["* * *"]
        case "table":
            return [" | ".join(map(_words, row.children)) for part in node.children for row in part.children]
        case _:
            return _words(node).split("\n")


def _items(node: SyntaxTreeNode) -> list[str]:
    number = int(node.attrs.get("start", 1))
    out: list[str] = []
    for at, item in enumerate(node.children, number):
        mark = f"{at}. " if node.type == "ordered_list" else "- "
        inner = _blocks(item.children, loose=False) or [""]
        out.append(f"{mark}{inner[0]}".rstrip())
        out += [f"{' ' * len(mark)}{part}".rstrip() for part in inner[1:]]
    return out


def _words(node: SyntaxTreeNode) -> str:
    inner = "".join(map(_words, node.children))
    match node.type:
        case "text" | "code_inline":
            return node.content
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "strong":
            return f"*{inner}*"
        case "s":
            return f"~{inner}~"
        case "link":
            return _spelled(inner, str(node.attrs.get("href", "")), str(node.attrs.get("title", "")))
        case _:
            return inner


def _spelled(words: str, url: str, title: str) -> str:
    """A link as a reader without links needs it: ``words (address)``."""
    notes = [note for note in (title, url.removeprefix("mailto:")) if note and note != words]
    return f"{words} ({', '.join(notes)})" if words and notes else words or ", ".join(notes)
