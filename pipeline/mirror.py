"""A page for languages written from right to left, made from the page for the others.

MJML knows ``direction:ltr`` and ``text-align:left`` only, whatever its ``dir`` says, so the finished page
is turned: sides, paddings, columns. There is one look to keep, and what a school changes in it is turned
as well (docs/decisions/0029).
"""

from __future__ import annotations

import re

#: What has a side in CSS as we write it: inline and in style sheets.
_DECLARATION = re.compile(
    r"(?<![\w-])(direction|text-align|(?:padding|margin|border)(?:-left|-right)?)(\s*:\s*)([^;\"'{}]+)"
)
_ATTRIBUTE = re.compile(r'(?<= )(align|dir)="(left|right|ltr)"')
_TABLE = re.compile(r"<table(?= )(?![^>]* dir=)")

_OTHER = {"left": "right", "right": "left", "ltr": "rtl", "rtl": "ltr"}
_SIDES = 4  #: values of a padding that names each side: top, right, bottom, left


def mirrored(page: str) -> str:
    """``page`` from right to left. What Jinja fills in later, such as a post's own direction, stays."""
    page = _ATTRIBUTE.sub(lambda found: f'{found[1]}="{_OTHER[found[2]]}"', mirrored_css(page))
    # Outlook takes the order of columns from the table itself.
    return _TABLE.sub('<table dir="rtl"', page)


def mirrored_css(css: str) -> str:
    """The same for CSS alone."""
    return _DECLARATION.sub(_turned, css)


def _turned(found: re.Match[str]) -> str:
    name, colon, value = found.groups()
    values = value.split()
    important = values[-1:] == ["!important"] and [values.pop()]
    if name in ("direction", "text-align"):
        values = [_OTHER.get(each, each) for each in values]
    elif len(values) == _SIDES and "-" not in name:
        values[1], values[3] = values[3], values[1]
    property, dash, side = name.partition("-")
    if side in _OTHER:
        name = f"{property}{dash}{_OTHER[side]}"
    return f"{name}{colon}{' '.join([*values, *(important or [])])}"
