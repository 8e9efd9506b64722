"""Header values as exact characters: nothing a person typed can fold, open or end a header line.

Every function gives a `str` that stands after ``Name: ``, already folded with CRLF SP, and
ASCII unless an address has a local part that is not (RFC 6532, sent with SMTPUTF8).
Python's own header writer is not used: it loses spaces, encodes long URLs, and has let
encoded line breaks through (CVE-2024-6923).
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from base64 import b64encode
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

import idna

#: RFC 5322 section 2.1.1: what a line should not and must not pass, without its CRLF.
LINE_SHOULD, LINE_MUST = 78, 998
FOLD = "\r\n "

#: An encoded word may have 75 characters (RFC 2047 section 2). 39 octets give 64, so that one fits
#: behind the longest header name we use and no decoder ever meets half a character.
_WORD_OCTETS = 39
_WORD_START, _WORD_END = "=?utf-8?b?", "?="
#: Encoded rather than left plain: longer runs without a space could not be folded at 78.
_LONGEST_RUN = 66
_LONGEST_QUOTED = 60

_LINE_BREAKING = re.compile("[\t-\r\x1c-\x1f\x85\u2028\u2029]")
_NOT_CHARACTERS = "\ufdd0-\ufdef" + "".join(
    chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)
)
_FORBIDDEN = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{_NOT_CHARACTERS}]")
_TO_QUOTE = re.compile(r'(["\\])')
#: RFC 5322's atext and all beyond Latin-1's controls, said by what it is not: that is read in a moment.
_ATOM = r'[^\x00-\x20"(),.:;<>@\[\\\]\x7f-\xa0]+'
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LIST_ID = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")
_URL = re.compile(r"[!#-;=?-Z_a-z~\[\]]+")  # RFC 3986, so neither space nor angle bracket
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")


def clean(text: str) -> str:
    """``text`` on one line: breaking controls (TAB to CR, FS to US, NEL, U+2028/9) become a space,
    every other C0, DEL, C1, lone surrogate and noncharacter disappears. Nothing else changes."""
    if text.isprintable():
        return text
    return _FORBIDDEN.sub("", _LINE_BREAKING.sub(" ", text))


def unstructured(text: str, *, column: int = len("Subject: ")) -> str:
    """Free text such as a Subject, beginning in ``column``.

    Plain ASCII stays readable and is folded at its spaces; what folding would change, what looks
    like an encoded word, and all the rest goes into base64 words (RFC 2047).
    """
    text = clean(text)
    if not _stays_plain(text):
        return FOLD.join(encoded_words(text))
    if column + len(text) <= LINE_SHOULD:
        return text
    lines = textwrap.wrap(
        text,
        LINE_SHOULD - 1,
        initial_indent="x" * (column - 1),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return FOLD.join(lines)[column - 1 :]


def _stays_plain(text: str) -> bool:
    if not text.isascii() or "=?" in text or "  " in text or text != text.strip():
        return False
    return len(text) <= _LONGEST_RUN or max(map(len, text.split(" "))) <= _LONGEST_RUN


@lru_cache(256)  # a week's subjects are few
def encoded_words(text: str) -> tuple[str, ...]:
    """Base64 words of at most 39 octets, each of whole characters and, where it fits, whole graphemes."""
    octets = text.encode()
    if len(octets) <= _WORD_OCTETS:
        return (_word(octets),) if octets else ()
    words, current = [], b""
    for cluster in _clusters(text):
        if len(current) + len(cluster) > _WORD_OCTETS:
            words.append(_word(current))
            current = b""
        current += cluster
    return (*words, _word(current))


def _word(octets: bytes) -> str:
    return f"{_WORD_START}{b64encode(octets).decode('ascii')}{_WORD_END}"


def _clusters(text: str) -> list[bytes]:
    """``text`` cut where a reader would; a longer cluster than a word holds is cut between characters."""
    clusters: list[bytes] = []
    joined = True  # the first character has nothing to be joined to
    for character in text:
        octets = character.encode()
        extends = joined or _extends(character)
        if clusters and extends and len(clusters[-1]) + len(octets) <= _WORD_OCTETS:
            clusters[-1] += octets
        else:
            clusters.append(octets)
        joined = character == "\u200d"
    return clusters


def _extends(character: str) -> bool:
    """Whether it belongs to the character before it: a mark, a joiner or a skin tone."""
    if character < "\u0300":
        return False
    return (
        character == "\u200d"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or unicodedata.category(character)[0] == "M"
    )


def phrase(name: str) -> str:
    """A display name (RFC 5322 ``phrase``): a quoted string, or encoded words; "" when nothing is left."""
    name = clean(name)
    if not name.strip():
        return ""
    if not name.isascii() or "=?" in name or len(name) > _LONGEST_QUOTED:
        return FOLD.join(encoded_words(name))
    return '"' + _TO_QUOTE.sub(r"\\\1", name) + '"'


def mailbox(display_name: str, address: str, *, column: int = len("Reply-To: ")) -> str:
    """``"Name" <address>`` for From, To or Reply-To; the bare address when the name is empty.

    The domain becomes ASCII; a local part that is not ASCII stays UTF-8. Raises `ValueError`
    for anything but one dot-atom address, so a list or a comment can never come out.
    """
    return _named(phrase(display_name), ascii_domain(address), column)


def list_id(description: str, identifier: str) -> str:
    """RFC 2919: ``"Description" <identifier>``; the identifier looks like a domain name."""
    if not _LIST_ID.fullmatch(identifier) or len(identifier) > 255:
        raise ValueError(f"not a list identifier: {identifier!r}")
    return _named(phrase(description), identifier, len("List-Id: ")) if description else f"<{identifier}>"


def _named(name: str, address: str, column: int) -> str:
    if not name:
        return address
    last = len(name) - name.rfind("\n") - 1 if "\n" in name else column + len(name)
    room = last + len(address) + 3 <= LINE_SHOULD
    return f"{name}{' ' if room else FOLD}<{address}>"


@lru_cache(4096)  # the sender's and the recipient's are asked for several times for each mail
def ascii_domain(address: str) -> str:
    """``address`` with its domain in ASCII (IDNA 2008 after UTS 46). Raises `ValueError` for no address."""
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        domain = _idna(domain)
    short = len(local) <= 64 and len(domain) <= 253  # RFC 5321 section 4.5.3.1, and the DNS
    if not (short and _LOCAL.fullmatch(local) and local.isprintable() and _DOMAIN.fullmatch(domain)):
        raise ValueError(f"not an address we can write: {address!r}")
    return f"{local}@{domain}"


def _idna(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return ""  # which is no domain


def needs_smtputf8(address: str) -> bool:
    """Whether only a relay with SMTPUTF8 (RFC 6531) can carry it: a domain can be made ASCII, this cannot."""
    return not address.rpartition("@")[0].isascii()


def message_id(unique: str, domain: str) -> str:
    """``<unique@domain>``, both plain dot-atoms. Raises `ValueError` otherwise."""
    if not unique.isascii():
        raise ValueError(f"not a Message-ID: {unique!r}")
    return f"<{ascii_domain(f'{unique}@{domain}')}>"


def date_header(moment: datetime) -> str:
    """RFC 5322 date with the moment's own offset. Raises `ValueError` without one."""
    if moment.tzinfo is None:
        raise ValueError("a Date needs an offset")
    return format_datetime(moment)


def language_tag(tag: str) -> str:
    """A BCP 47 tag for Content-Language. Raises `ValueError` otherwise."""
    if not _LANGUAGE.fullmatch(tag):
        raise ValueError(f"not a language tag: {tag!r}")
    return tag


def mailto_url(address: str, subject: str = "") -> str:
    """RFC 6068: what is not plain in the address or subject is percent-encoded UTF-8."""
    url = "mailto:" + quote(ascii_domain(address), safe="@!$*+-._~")
    return f"{url}?subject={quote(clean(subject), safe='')}" if subject else url


def list_unsubscribe(*, mailto: str, https: str | None = None) -> str:
    """The complete header line or lines, without the last CRLF (RFC 2369, RFC 8058).

    URLs are never encoded, cut or folded inside: Gmail ignores one that is. Raises `ValueError`
    for a URL with a character that would need it, a comma, or more octets than a line may have.
    """
    if not mailto.startswith("mailto:") or not (https is None or https.startswith("https://")):
        raise ValueError("unsubscribing needs a mailto: and perhaps an https: URL")
    urls = [_bracketed(url) for url in (mailto, https) if url is not None]
    name = "List-Unsubscribe:"
    gap = " " if len(name) + 1 + len(urls[0]) < LINE_SHOULD else FOLD
    lines = f"{name}{gap}{f',{FOLD}'.join(urls)}"
    return lines if https is None else f"{lines}\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click"


def _bracketed(url: str) -> str:
    if not _URL.fullmatch(url) or "," in url or len(url) > LINE_MUST - 4:
        raise ValueError(f"not a URL for a header: {url!r}")
    return f"<{url}>"
