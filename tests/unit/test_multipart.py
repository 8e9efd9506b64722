"""`pipeline.multipart` finds what Python's own mail parser finds."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
from hypothesis import given, strategies as st

from pipeline.multipart import leaves


def built(text: str, html: str, pictures: list[bytes]) -> bytes:
    mail = EmailMessage(policy=policy.SMTP)
    mail["To"] = "a@school.example"
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    for number, picture in enumerate(pictures):
        mail.get_payload()[1].add_related(picture, "image", "jpeg", cid=f"<p{number}@photo.example>")  # type: ignore[union-attr, index]
    return mail.as_bytes()


def found_by_python(message: bytes) -> list[tuple[str, str, bytes]]:
    mail = BytesParser(policy=policy.SMTP).parsebytes(message)
    return [
        (part.get_content_type(), str(part.get("Content-ID", "")).strip("<> "), part.get_payload(decode=True))
        for part in mail.walk()
        if not part.is_multipart()
    ]


words = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), max_size=200
)


@given(words, words, st.lists(st.binary(max_size=300), max_size=3))
def test_the_same_parts_with_the_same_content(text: str, html: str, pictures: list[bytes]) -> None:
    message = built(text, html, pictures)
    ours = [(leaf.kind, leaf.content_id, leaf.data()) for leaf in leaves(message)]
    theirs = found_by_python(message)
    assert [one[:2] for one in ours] == [one[:2] for one in theirs]
    # A line break at the end of a part belongs to the boundary for one reader and to the text for the other.
    for (_, _, mine), (_, _, other) in zip(ours, theirs, strict=True):
        assert mine.rstrip(b"\r\n") == other.rstrip(b"\r\n")


def test_what_stands_outside_the_delimiters_is_no_part() -> None:
    message = (
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\nbefore\r\n'
        b"--b  \r\nContent-Type: text/plain\r\n\r\n"
        b"inside --b\r\n--b--\r\nContent-Type: text/html\r\n\r\nafter"
    )
    assert [(leaf.kind, leaf.data()) for leaf in leaves(message)] == [("text/plain", b"inside --b")]


@pytest.mark.parametrize(
    "message", [b"", b"\r\n\r\n", b"Subject: x", b"Content-Type: multipart/mixed\r\n\r\nx"]
)
def test_a_message_without_parts_is_one_leaf(message: bytes) -> None:
    assert len(list(leaves(message))) == 1
