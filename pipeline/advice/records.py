"""SPF, DKIM and DMARC records as values (RFC 7208, 6376, 7489). Pure."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

MOST_LOOKUPS = 10  #: that one mail may cost whoever checks SPF (RFC 7208 section 4.6.4)
SHORT_KEY = 1024  #: bits; a shorter one is not accepted (RFC 8301 section 3.2)

_SPF = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
_TERM = re.compile(r"([+?~-]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?:[:/](\S+))?", re.IGNORECASE)
_MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(\S*)", re.IGNORECASE)
_COSTLY = frozenset(("include", "a", "mx", "ptr", "exists"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Spf:
    text: str
    mechanisms: tuple[tuple[str, str, str], ...]  #: qualifier, name, value, the first two in small letters
    redirect: str | None
    wrong: tuple[str, ...]  #: terms that nobody understands: receivers then take no notice of the record

    @property
    def includes(self) -> tuple[str, ...]:
        found = [value.lower() for _, name, value in self.mechanisms if name == "include"]
        return (*found, self.redirect.lower()) if self.redirect and self.ending is None else tuple(found)

    @property
    def ending(self) -> str | None:
        """What becomes of mail from anywhere else: "-", "~", "?" or "+"; None: not said."""
        return next((qualifier for qualifier, name, _ in self.mechanisms if name == "all"), None)

    @property
    def lookups(self) -> int:
        """Without those of what it includes."""
        costly = sum(name in _COSTLY for _, name, _ in self.mechanisms)
        return costly + (self.redirect is not None and self.ending is None)


def is_spf(text: str) -> bool:
    return _SPF.match(text) is not None


def parse_spf(text: str) -> Spf:
    mechanisms, redirect, wrong = [], None, []
    for term in text.split()[1:]:
        if found := _TERM.fullmatch(term):
            mechanisms.append((found[1] or "+", found[2].lower(), found[3] or ""))
        elif modifier := _MODIFIER.fullmatch(term):
            redirect = modifier[2] if modifier[1].lower() == "redirect" else redirect
        else:
            wrong.append(term)
    return Spf(text=text, mechanisms=tuple(mechanisms), redirect=redirect, wrong=tuple(wrong))


def with_mechanism(text: str, mechanism: str, *, ending: str = "~all") -> str:
    """``text`` with ``mechanism`` in it, before what is said of everybody else."""
    terms = text.split()
    last = next((i for i, term in enumerate(terms) if term.lower().endswith("all") and len(term) <= 4), None)
    if last is not None:
        return " ".join([*terms[:last], mechanism, *terms[last:]])
    redirected = any(term.lower().startswith("redirect=") for term in terms)
    return " ".join([*terms, mechanism, *([] if redirected else [ending])])


def joined(texts: Sequence[str]) -> str:
    """Several SPF records as the one that there may be; the mildest of their endings."""
    terms = [term for text in texts for term in text.split()[1:]]
    endings = [term for term in terms if term.lower().lstrip("+?~-") == "all"]
    others = dict.fromkeys(term for term in terms if term not in endings)
    ending = next((end for end in ("~all", "-all") if end in endings), "~all")
    return " ".join(["v=spf1", *others, ending])


def ended(text: str, ending: str = "~all") -> str:
    """``text`` with another ending."""
    return " ".join([*(term for term in text.split() if term.lower().lstrip("+?~-") != "all"), ending])


def parse_tags(text: str) -> Mapping[str, str]:
    """A tag list (RFC 6376 section 3.2), as DMARC has too: names in small letters, the first of a name."""
    told: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            told.setdefault(name.strip().lower(), value.strip())
    return told


def key_bits(tags: Mapping[str, str]) -> int | None:
    """The length of a DKIM record's key; 0: withdrawn (RFC 6376 section 3.6.1); None: no key can be read."""
    told = "".join(tags.get("p", "-").split())
    if not told:
        return 0
    try:
        data = b64decode(told, validate=True)
        if tags.get("k", "rsa").lower() == "ed25519":
            return 256 if len(data) == 32 else None
        key = load_der_public_key(data)
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return None
    return key.key_size if isinstance(key, RSAPublicKey) else None


def is_dmarc(text: str) -> bool:
    return re.match(r"v\s*=\s*DMARC1\s*(;|$)", text) is not None
