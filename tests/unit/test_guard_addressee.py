"""The guard reads the To line by itself: what we write it understands, everything else it refuses."""

from __future__ import annotations

from email import policy
from email.parser import BytesHeaderParser

import pytest
from hypothesis import given, strategies as st

from pipeline.guard import addressee
from pipeline.mime_headers import mailbox


def message(to: str) -> bytes:
    return f"From: x@y.nl\r\nTo: {to}\r\nSubject: to: z@y.nl\r\n\r\nTo: body@y.nl\r\n".encode()


@given(
    st.text(max_size=120),
    st.sampled_from(["a@x.nl", "jäger@x.nl", "o'neil+x@bücher.example", "a.b=c@x-y.nl"]),
)
def test_every_mailbox_that_we_write_is_read_as_a_mail_program_reads_it(name: str, address: str) -> None:
    written = message(mailbox(name, address))
    (read,) = BytesHeaderParser(policy=policy.SMTPUTF8).parsebytes(written)["To"].addresses
    # Python keeps octets that are not ASCII as surrogates.
    assert addressee(written) == read.addr_spec.encode("utf-8", "surrogateescape").decode()


@pytest.mark.parametrize(
    "to",
    [
        "a@x.nl, b@x.nl",
        "a@x.nl\r\n ,b@x.nl",
        '"A" <a@x.nl>, <b@x.nl>',
        '"A" <a@x.nl> <b@x.nl>',
        '"A" <b@x.nl>" <a@x.nl>',
        "group:a@x.nl;",
        "a@x.nl (b@x.nl)",
        "a@x.nl\r\nTo: b@x.nl",
        "a@x.nl\r\nto : b@x.nl",
        "",
    ],
)
def test_a_second_recipient_in_any_shape_is_no_addressee(to: str) -> None:
    assert addressee(message(to)) is None


def test_a_mail_without_a_to_line_has_no_addressee() -> None:
    assert addressee(b"From: x@y.nl\r\n\r\nTo: a@x.nl\r\n") is None
