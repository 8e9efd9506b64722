"""Taking a finished message apart, part by part, without copying what nobody asks for.

Python's parser reads the headers of each part; the bodies are cut at their boundaries. Its feed
parser would go through a mail with photos line by line, 50 ms for one, and the second guard and the
demo's pages read hundreds. `tests/unit/test_multipart.py` holds the two against each other.
"""

from __future__ import annotations

from binascii import a2b_base64, a2b_qp
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from functools import lru_cache
from typing import NamedTuple

_DECODERS: Mapping[str, Callable[[bytes], bytes]] = {"base64": a2b_base64, "quoted-printable": a2b_qp}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part that is no multipart itself."""

    kind: str  #: such as "text/html"
    content_id: str  #: without angle brackets; "" for none
    encoding: str
    body: bytes  #: as it stands in the message

    def data(self) -> bytes:
        """The content, decoded from its transfer encoding."""
        return _DECODERS.get(self.encoding, bytes)(self.body)


def leaves(message: bytes) -> Iterator[Leaf]:
    """Every leaf, in order (RFC 2046 section 5.1)."""
    lines, _, body = message.partition(b"\r\n\r\n")
    head = _head(lines)
    if head.boundary:
        for part in _cut(body, head.boundary):
            yield from leaves(part)
        return
    yield Leaf(head.kind, head.content_id, head.encoding, body)


class _Head(NamedTuple):
    kind: str
    boundary: bytes  #: b"" for no multipart
    content_id: str
    encoding: str


@lru_cache(256)  # the parts of all messages have the same few
def _head(lines: bytes) -> _Head:
    headers = Message()
    for line in lines.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ").split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower().startswith(b"content-"):
            headers[name.decode("latin-1")] = value.decode("latin-1").strip()
    boundary = headers.get_boundary() if headers.get_content_maintype() == "multipart" else None
    return _Head(
        headers.get_content_type(),
        (boundary or "").encode(),
        str(headers.get("Content-ID", "")).strip("<> "),
        str(headers.get("Content-Transfer-Encoding", "")).strip().lower(),
    )


def _cut(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """The parts between the delimiter lines; what stands before the first and after the last is nothing."""
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary)[1:]:
        if part.startswith(b"--"):
            return
        yield part.partition(b"\r\n")[2]
