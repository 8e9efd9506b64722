"""What providers are documented to answer, and whether that is about the mail, about today, or about us."""

from __future__ import annotations

import pytest

from pipeline.deliver import Account, Answer, AnswerKind
from pipeline.relay.presets import HABITS, Preset, habits
from pipeline.relay.replies import Replies, answer_to
from pipeline.relay.settings import Server, parse_url

FULL = [
    "550-5.4.5 Daily user sending limit exceeded. For more information on Gmail\r\n550 5.4.5 gsmtp",
    "550 5.4.5 Daily SMTP relay limit exceeded for customer. - gsmtp",
    "550 5.7.1 Daily SMTP relay sending limit exceeded for user. - gsmtp",
    "550 5.7.1 Email quota exceeded. - gsmtp",
    "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
    "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message",
    "550 5.7.232 Your message can't be sent because your trial tenant has exceeded its daily limit",
    "550 5.7.233 Your message can't be sent because your tenant exceeded its daily limit",
    "454 Throttling failure: Daily message quota exceeded.",
    "452 4.5.3 Daily sending quota of this account is used up",
    "421 4.7.0 Daily limit of this connection exceeded",
]
SHUT = [
    "530 5.7.0 Authentication Required. For more information, go to",
    "530 5.7.57 Client not authenticated to send mail.",
    "534 5.7.9 Application-specific password required.",
    "535 5.7.8 Username and Password not accepted.",
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
    "535 Authentication Credentials Invalid",
    "550 5.7.30 Basic authentication is not supported for Client Submission.",
    "554 5.7.30 Basic authentication is not supported for Client Submission.",
    "550 5.1.8 Access denied, bad outbound sender",
    "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
    "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
    "550 5.7.501 Access denied, spam abuse detected.",
    "550 5.7.705 Access denied, tenant has exceeded threshold.",
    "554 5.2.252 SendAsDenied; nieuws@school.example not allowed to send as info@school.example",
    "554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied",
    "554 5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceededException.MapiExceptionQuotaExceeded",
    "550 5.7.1 Invalid credentials for relay [192.0.2.1]. The IP address you've registered",
    "550 5.7.1 The IP you're using to send mail is not authorized to send email directly to our servers.",
    "550 5.7.0 Mail relay denied [192.0.2.1].",
    "550 5.7.0 Mail Sending denied.",
    "554 Message rejected: Email address is not verified. The following identities failed the check",
    "554 Message rejected: Sending paused for this account.",
    "554 Access denied: User `arn:aws:iam::1:user/x' is not authorized to perform `ses:SendRawEmail'",
    "554 5.7.1 <ouder@post.example>: Relay access denied",
    "553 5.7.1 <nieuws@school.example>: Sender address rejected: not owned by user info",
    "550 5.1.0 <nieuws@school.example>: Sender address rejected: User unknown in local recipient table",
]
PUT_OFF = [
    "450 4.2.1 Peak SMTP relay limit exceeded for customer. This is a temporary error.",
    "450 4.2.1 The user you are trying to contact is receiving mail too quickly.",
    "421 4.7.0 Try again later, closing connection.",
    "432 4.3.2 Concurrent connections limit exceeded.",
    "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded",
    "454 Throttling failure: Maximum sending rate exceeded.",
    "454 4.7.0 Temporary authentication failure",
    "421 Too many concurrent SMTP connections",
    "452 4.2.2 The email account that you tried to reach is over quota.",
    "451 4.7.500 Server busy. Please try again later",
]
THE_MAILS = [
    "550 5.1.1 The email account that you tried to reach does not exist.",
    "552 5.2.2 The email account that you tried to reach is over quota.",
    "554 5.2.2 mailbox full",
    "550 5.7.1 Our system has detected that this message is likely unsolicited mail.",
    "552 5.3.4 Message size exceeds fixed maximum message size",
    "554 5.6.0 Invalid message content",
    "554 Transaction failed: Local address contains control or whitespace",
    "550 5.1.1 <o@post.example>: Recipient address rejected: undeliverable address: host mx.post.example"
    " said: 554 5.7.1 <o@post.example>: Relay access denied",
    "550 5.1.1 undeliverable: host mx.post.example said: 550 5.4.5 Daily user sending limit exceeded",
]


def judged(reply: str) -> Answer:
    replies = Replies()
    replies.feed(reply.encode() + b"\r\n")
    return answer_to(replies.done.popleft())


@pytest.mark.parametrize("reply", FULL)
def test_no_more_today_is_put_off_whatever_its_code(reply: str) -> None:
    assert (judged(reply).kind, judged(reply).account) == (AnswerKind.TEMPORARY, Account.FULL)


@pytest.mark.parametrize("reply", SHUT)
def test_what_refuses_us_is_no_refusal_of_the_mail(reply: str) -> None:
    assert (judged(reply).kind, judged(reply).account) == (AnswerKind.TEMPORARY, Account.SHUT)


@pytest.mark.parametrize("reply", PUT_OFF)
def test_what_only_is_put_off_says_nothing_of_the_day(reply: str) -> None:
    assert (judged(reply).kind, judged(reply).account) == (AnswerKind.TEMPORARY, None)


@pytest.mark.parametrize("reply", THE_MAILS)
def test_what_is_about_one_mail_or_one_address_stops_nothing_else(reply: str) -> None:
    assert (judged(reply).kind, judged(reply).account) == (AnswerKind.PERMANENT, None)


def test_a_mail_that_was_taken_is_taken_whatever_its_words() -> None:
    assert judged("250 2.0.0 Ok, daily limit: 3 left").kind is AnswerKind.ACCEPTED


def test_every_preset_has_its_habits_and_an_address_that_can_be_used() -> None:
    assert HABITS.keys() == set(Preset)
    for preset in Preset:
        if url := habits(preset).url:
            server = parse_url(url.replace("{user}", "nieuws%40school.example"))
            assert isinstance(server, Server)
    assert habits(None) == habits(None).__class__()
