"""What the checks may find, each with its reason. What is not found any more has to go from here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_OUTLOOK = "MJML writes it for Outlook on Windows, which lays out with Word and reads only this"

#: What html-validate objects to: (rule, message) -> why it stays.
HTML: Mapping[tuple[str, str], str] = {
    **{
        ("no-deprecated-attr", f'Attribute "{attribute}" is deprecated on <{element}> element'): _OUTLOOK
        for attribute, element in (
            ("align", "table"),
            ("align", "td"),
            ("cellpadding", "table"),
            ("cellspacing", "table"),
            ("width", "table"),
        )
    },
    ("no-deprecated-attr", 'Attribute "align" is deprecated on <th> element'): (
        "ours, in a post's table: the cleaner lets no author's style through, and Outlook reads this"
    ),
    ("no-deprecated-attr", 'Attribute "align" is deprecated on <p> element'): (
        "ours, on a paragraph that runs the other way than its post does: Outlook reads this"
    ),
    ("no-deprecated-attr", 'Attribute "width" is deprecated on <td> element'): (
        "ours, in a row of photos: Outlook reads this"
    ),
    ("prefer-native-element", "Prefer to use the native <article> element"): (
        "MJML's: some webmail turns elements it does not know into nothing, a div with a role stays"
    ),
}

#: Rules of axe-core that do not fit a mail.
AXE: Mapping[str, str] = {
    "landmark-one-main": "the page around a mail is the mail program's, and has its own main landmark",
    "region": "for the same reason a mail has no landmarks; it is one article",
}

#: Rules of SpamAssassin that a mail may meet.
SPAM: Mapping[str, str] = {
    "MIXED_ES": "1.0 for e's of two alphabets in one mail: a Dutch post for a Ukrainian reader has them",
}

#: Hosts that are neither the school's nor an author's: pages that an event's links open, once a reader asks.
CALENDARS = frozenset({"calendar.google.com", "outlook.live.com"})

#: What caniemail found when somebody last looked: feature -> client -> "none" or "partial".
SUPPORT = Path(__file__).parent / "support.json"
