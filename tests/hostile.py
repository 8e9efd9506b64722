"""Text that staff might paste, or somebody might try: what means something to any program on a mail's way."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random

#: Pieces that mean something to Markdown, Jinja, MJML, HTML or us, to be put together in any order.
PIECES = [
    *("# ", "- ", "1. ", "> ", "```", "~~~", "|", "|--|", "\n", "\n\n", "    ", "  \n", "**", "_", "~~", "`"),
    *("[", "]", "](", ")", "![", "<", ">", "</div>", "</td></tr></table>", "<!--", "-->", "<script>", "]]>"),
    *("{{ 7*7 }}", "{% raw %}", "((title))", "((slot.NAME))", "<!--% endif %-->", "<!-- fragment: foot -->"),
    *("javascript:alert(1)", "https://x.example/?a=b&c", "data:text/html,x", "www.x.nl", "mailto:a@b.nl"),
    *(
        '"',
        "'",
        "&",
        "&amp;",
        "&#0;",
        "\\",
        "\0",
        "\u202e",
        "\u2028",
        "\ufeff",
        "\x1b",
        "é",
        "字",
        "🐿️",
        "bos",
    ),
    *(' onclick="x"', 'style="color:red"', 'id="p-1-1"', "cid:x", "[ref]: ", "#ac0001", "9999px", "%(num)s"),
]
#: More of what could act, turn around or break out, for the long form.
FURTHER = [
    *("${7*7}", "<%= 7*7 %>", "#{7*7}", "{{7*7}}", "{{ slot.NAME }}", "((slot.CHANGE))", "((7*7))"),
    *(
        "<!--# x #-->",
        "<!-- fragment: item -->",
        "{# fragment: foot #}",
        "<mj-raw>",
        "<mj-include path='x' />",
    ),
    *("<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<iframe src=//x.example>", "<base href=//x>"),
    *("<style>*{display:none}</style>", "<link rel=stylesheet href=//x.example/x.css>", "expression(1)"),
    *("![](http://x.example/pixel.gif)", "[x](javascript:alert(1))", "[x](data:text/html;base64,PHN2Zz4=)"),
    *("[x](vbscript:x)", "[x](//x.example)", "[x](/local)", "[x](http://[::)", "[é](http://café.example/é)"),
    *("<http://x.example/>", "<a@b.example>", "[x]: http://x.example 't'", "\n[x]: <> ''\n", "&lt;b&gt;"),
    *("\r\n", "\r", "\x85", "\u2029", "\v", "\f", "\t", "\x00", "\x7f", "\ud800", "\uffff", "\u00ad"),
    *("\u200b", "\u202a", "\u202b", "\u202c", "\u202d", "\u2066", "\u2067", "\u2068", "\u2069", "\u200f"),
    *("\u061c", "مرحبا", "שלום", "ไทย", "Ω", "ǆ", "İ", "ß", "a\u0301\u0302", "🇳🇱", "\U000e0041"),
    *("\U0001f468\u200d\U0001f469\u200d\U0001f467", "=?utf-8?q?=0ABcc:_x?=", "\nBcc: x@x.example\n"),
    *(
        "\n.\n",
        "\nFrom ",
        "--=_a_",
        "\n--\n",
        "=3D=\n",
        "..",
        "x" * 90,
        "06. ",
        "00.",
        "7) ",
        "0. ",
        "- [ ] ",
    ),
    *("***", "\n===\n", "\n---\n", "|:-:|--:|", "\\|", "~~~ info\n", "> " * 25),
]


@cache
def naughty() -> tuple[str, ...]:
    """The big list of naughty strings, where it lies beside the checkout."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    file = Path(os.environ.get("WEEKBRIEF_SHARED_DATA") or beside) / "strings" / "blns" / "blns.json"
    return tuple(json.loads(file.read_text("utf-8"))) if file.is_file() else ()


def text(dice: Random, most: int) -> str:
    """Up to ``most`` pieces put together, most of them short; sometimes one many times, or cut somewhere."""
    kind = dice.random()
    if kind < 0.04 and naughty():
        return dice.choice(naughty())
    if kind < 0.045:
        return dice.choice(_ALL) * dice.randrange(2, 300)
    made = "".join(dice.choices(_pool(dice), k=dice.randrange(most)))
    if kind < 0.15:
        made = made[dice.randrange(len(made) + 1) :]
    return made


_ALL: Sequence[str] = (*PIECES, *FURTHER)
_WORDS = ("we ", "gingen ", "naar het bos ", "en ", "terug. ", "groep 3 ", "\n", "\n\n", "12 ", "3x ", " ")


def _pool(dice: Random) -> Sequence[str]:
    """Few kinds of pieces at a time nest and meet each other more often than many do."""
    few = dice.sample(_ALL, dice.choice((2, 4, 8, 30)))
    return [*few, *dice.sample(_WORDS, 4), _character(dice)]


def _character(dice: Random) -> str:
    """Any code point, a lone surrogate among them."""
    return chr(dice.choice((dice.randrange(0x80), dice.randrange(0x3000), dice.randrange(0x110000))))
