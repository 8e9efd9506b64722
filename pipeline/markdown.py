"""A post's Markdown as safe, styled HTML and as readable plain text.

CommonMark with tables and strikethrough. Raw HTML is shown as the text it is. Bare
addresses are left to the reader's mail program, which makes links of them by itself.
No picture is ever loaded: an image becomes a link to it (rule 19).
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from pipeline.languages import Direction
from pipeline.markdown_tokens import (
    break_lines,
    fit_headings,
    number,
    ordered,
    show_info,
    too_deep,
    turn_others,
    unpicture,
    without_lone_zeros,
)
from pipeline.texts import lines

SCHEMES = ("http", "https", "mailto")

_ATTRIBUTES = {
    **{"a": {"href", "title"}, "ol": {"start"}, "li": {"dir", "value"}, "div": {"tabindex"}},
    **{"td": {"align"}, "th": {"align", "scope"}},
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
        self._bare = _bare_parser()
        self._cleaner = nh3.Cleaner(
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            url_schemes=set(SCHEMES),
            url_relative="deny",
            set_tag_attribute_values={tag: {"style": css} for tag, css in styles.items() if tag in _TAGS},
        )

    def render(self, source: str) -> Body:
        """Both forms of ``source``; never raises, whatever staff wrote."""
        tokens, text = self._read(lines(source))
        tokens = fit_headings(list(show_info(tokens)))
        turn_others(tokens, self._flow)
        markup = self._full.renderer.render(tokens, self._full.options, {})
        cleaned = self._cleaner.clean(markup).strip()
        # Only a title's element carries a mark; nobody's words may look like one to the guard on bytes.
        return Body(html=cleaned.replace('id="p-', "id=&quot;p-"), text=text)

    def _read(self, source: str) -> tuple[list[Token], str]:
        """The tokens and plain text of ``source``, with as much of Markdown as loses none of its words."""
        tokens = self._full.parse(source)
        source, told = without_lone_zeros(source, tokens), source
        if source != told:
            tokens = self._full.parse(source)
        if not too_deep(tokens):
            text = _plain(tokens)
            if _keeps_all(source, text, tokens):
                return tokens, text
            # An unused link definition or a table row with a cell too many: Markdown would drop it.
            tokens = self._literal.parse(source)
            text = _plain(tokens)
            if _keeps_all(source, text, tokens):
                return tokens, text
        # Quotes in quotes in quotes and the like: no one means that, and Markdown drops what is inside.
        tokens = self._bare.parse(told)
        return tokens, _plain(tokens)


def allowed(url: str) -> bool:
    """Whether a link may lead there: web and mail only, always with its scheme."""
    return url.partition(":")[0].lower() in SCHEMES and ":" in url


def _parser(side: str) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.normalizeLink = _with_scheme  # type: ignore[method-assign]
    parser.validateLink = _followable  # type: ignore[method-assign]
    parser.core.ruler.push("pictures", lambda state: unpicture(state.tokens))
    parser.core.ruler.push("numbers", lambda state: number(state.tokens))
    # A wide one scrolls in its own room, which those without a mouse must be able to reach (WCAG 2.1.1).
    parser.add_render_rule("table_open", lambda *_: '<div tabindex="0"><table>')
    parser.add_render_rule("table_close", lambda *_: "</table></div>")
    parser.add_render_rule("th_open", lambda _, *args: _aligned(side, *args))
    parser.add_render_rule("td_open", lambda _, *args: _aligned(side, *args))
    return parser


def _bare_parser() -> MarkdownIt:
    """Paragraphs and lines, every character as it was typed."""
    parser = MarkdownIt("zero", {"breaks": True, "html": False}).enable("newline")
    parser.core.ruler.push("lines", lambda state: break_lines(state.tokens))
    return parser


#: What the cleaner drops as no address, such as http://[::, must not become a link that leads nowhere.
_ADDRESS = nh3.Cleaner(tags={"a"}, attributes={"a": {"href"}}, url_schemes=set(SCHEMES), url_relative="deny")


def _followable(url: str) -> bool:
    return allowed(url) and " href=" in _ADDRESS.clean(f'<a href="{html.escape(url)}">x</a>')


def _with_scheme(url: str) -> str:
    """Staff write ``www.school.nl`` and mean a web page."""
    return normalizeLink(f"https://{url}" if url.lower().startswith("www.") else url)


def _keeps_all(source: str, text: str, tokens: Iterable[Token]) -> bool:
    """Whether no letter or digit of ``source`` is missing from ``text``, counted, in any order."""
    shown = _letters(text)
    for item in (item for items in ordered(tokens) for item in items):
        shown += _letters(item.info) - _letters(str(item.meta["number"]))  # counted anew, not lost
    return _letters(source) <= shown or _letters(html.unescape(source)) <= shown


def _letters(text: str) -> Counter[str]:
    """``mailto:`` is left out: the plain form of a link to an address is the address. A host is as its author
    wrote it, not as a browser spells it."""
    spelled = _SPELLED.sub(_unspelled, unquote(text).replace("mailto:", ""))
    return Counter(filter(str.isalnum, spelled.casefold()))


_SPELLED = re.compile(r"\bxn--[a-zA-Z0-9-]+")


def _unspelled(host: re.Match[str]) -> str:
    try:
        return host[0].encode().decode("idna")
    except UnicodeError:
        return host[0]


def _aligned(side: str, tokens: Sequence[Token], index: int, *_: object) -> str:
    """A table cell whose alignment survives the cleaner, which lets no author's style through."""
    token = tokens[index]
    side = str(token.attrs.get("style", side)).removeprefix("text-align:")
    scope = ' scope="col"' if token.tag == "th" else ""
    return f'<{token.tag}{scope} align="{side}">'


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
    out: list[str] = []
    for item in node.children:
        mark = f"{item.meta['number']}. " if node.type == "ordered_list" else "- "
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
