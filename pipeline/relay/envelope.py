"""The commands of one mail transaction, or the reason why this relay cannot carry it. No I/O.

RFC 5321 section 4.1.2 (addresses), RFC 1870 (SIZE), RFC 6152 (8BITMIME), RFC 6531 (SMTPUTF8).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.deliver import Envelope
from pipeline.octets import Message, Octets, own, parts

MAX_ADDRESS = 254  #: octets; RFC 5321 section 4.5.3.1.3 less the angle brackets

# Not email-validator: that costs more than the whole transaction, and the addresses have been through
# it when they were imported. This is the last gate before the wire and asks one thing only: can these
# characters stand between < and > and mean one address. Beyond ASCII (RFC 6531) everything printable.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\u2027\u202f-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff-]+"
_QUOTED = r'"(?:[ !#-\[\]-~\u00a1-\u2027\u202f-\ud7ff]|\\[ -~])*"'
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_DOMAIN = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[A-Za-z0-9:.-]+\])"
_ADDRESS = re.compile(rf"(?:{_ATOM}(?:\.{_ATOM})*|{_QUOTED})@{_DOMAIN}")


#: A third of the time that ``in`` takes: every mail is looked through, and hardly one has such a line.
_LEADING_DOT = re.compile(rb"\n\.")


class CannotCarry(Exception):
    """This message can never go over this relay; the text says why and what would help."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """What the relay's EHLO promises."""

    pipelining: bool = False
    eight_bit: bool = False
    smtputf8: bool = False
    size: bool = False
    max_size: int | None = None  #: octets; None when the relay states no limit


def read_offer(extensions: Mapping[str, str]) -> Offer:
    """Read the EHLO keywords (lower case, with their parameters)."""
    size = extensions.get("size", "").strip()
    limit = int(size) if size.isascii() and size.isdigit() else 0
    return Offer(
        pipelining="pipelining" in extensions,
        eight_bit="8bitmime" in extensions,
        smtputf8="smtputf8" in extensions,
        size="size" in extensions,
        max_size=limit or None,  # RFC 1870: 0 is "no fixed limit"
    )


def commands(envelope: Envelope, message: Octets, offer: Offer) -> tuple[bytes, bytes]:
    """Give the MAIL and RCPT command lines, with CRLF. Raises `CannotCarry`."""
    for address in (envelope.sender, envelope.recipient):
        if not is_address(address):
            raise CannotCarry(f"{printable_address(address)} is not an address that SMTP can carry")
    parameters = _parameters(envelope, message, offer)
    mail = f"MAIL FROM:<{envelope.sender}>{parameters}\r\n".encode()
    return mail, f"RCPT TO:<{envelope.recipient}>\r\n".encode()


def stuffed(message: Octets) -> list[bytes]:
    """Give ``message`` as it stands after DATA: ended by CRLF, dots doubled, final dot (RFC 5321 4.5.2).

    A dot after a bare LF is doubled too: some servers take a bare LF for a line's end, and then an
    undoubled dot would let a message end early and begin another one. What mails share has no such dots.
    """
    first, *rest = parts(message)
    if _LEADING_DOT.search(first):
        first = first.replace(b"\n.", b"\n..")
    if first.startswith(b"."):
        first = b"." + first
    return [first, *rest, b".\r\n" if ends_in_crlf(message) else b"\r\n.\r\n"]


def ends_in_crlf(message: Octets) -> bool:
    last = message.shared.octets[-1] if isinstance(message, Message) else message
    return last.endswith(b"\r\n")


def is_address(text: str) -> bool:
    """Whether ``text`` is one mailbox that can stand between the angle brackets of a command."""
    return _ADDRESS.fullmatch(text) is not None and len(text.encode()) <= MAX_ADDRESS


def printable_address(text: str) -> str:
    return ascii(text)[:120] if text else "an empty address"


def _parameters(envelope: Envelope, message: Octets, offer: Offer) -> str:
    parameters = ""
    if offer.size:
        parameters += f" SIZE={_checked_size(message, offer)}"
    if not own(message).isascii():
        if not offer.eight_bit:
            raise CannotCarry("the message has 8-bit octets and this relay does not take them (no 8BITMIME)")
        parameters += " BODY=8BITMIME"
    if not (envelope.recipient.isascii() and envelope.sender.isascii()):
        if not offer.smtputf8:
            raise CannotCarry(
                f"{envelope.recipient} has letters beyond ASCII before the @, and this relay "
                "does not take such addresses (no SMTPUTF8): use another address or relay"
            )
        parameters += " SMTPUTF8"
    return parameters


def _checked_size(message: Octets, offer: Offer) -> int:
    size = len(message) if ends_in_crlf(message) else len(message) + 2
    if offer.max_size is not None and size > offer.max_size:
        raise CannotCarry(
            f"the message is {size} octets and this relay takes at most {offer.max_size}: set the school's "
            f'mail_size to at most "{offer.max_size // 100_000 / 10} MB", or ask whose relay it is for more'
        )
    return size
