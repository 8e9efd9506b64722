"""The relays that send nothing: a folder of files, and memory."""

from __future__ import annotations

import asyncio
import multiprocessing
import stat
from pathlib import Path

import pytest

from pipeline.deliver import Answer, AnswerKind, Envelope, RelayUnavailable
from pipeline.relay import RelaySettings, open_relay
from pipeline.relay.file import safe_name
from pipeline.relay.recording import RecordingRelay
from tests.relay_scene import MESSAGE, to


async def write(folder: Path, *recipients: str) -> list[Answer]:
    session = await open_relay(RelaySettings(url=f"file://{folder}"), password=None).connect()
    answers = [await session.send(to(recipient), MESSAGE) for recipient in recipients]
    await session.close()
    return answers


def write_many(folder: Path, who: str) -> None:
    asyncio.run(write(folder, *(f"{who}{number}@x.example" for number in range(40)), "same@x.example"))


async def test_each_mail_is_one_private_file_with_exactly_its_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "mails"
    answers = await write(folder, "a@x.example", "b@x.example")
    assert [(answer.kind, answer.text) for answer in answers] == [
        (AnswerKind.ACCEPTED, "0001-a@x.example.eml"),
        (AnswerKind.ACCEPTED, "0002-b@x.example.eml"),
    ]
    assert sorted(path.name for path in folder.iterdir()) == [answer.text for answer in answers]
    assert {path.read_bytes() for path in folder.iterdir()} == {MESSAGE}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_numbers_go_on_where_an_earlier_session_stopped(tmp_path: Path) -> None:
    await write(tmp_path, "a@x.example")
    (tmp_path / "0041-someone.eml").touch()
    assert [answer.text for answer in await write(tmp_path, "a@x.example")] == ["0042-a@x.example.eml"]


async def test_relative_folder_stands_under_the_base(tmp_path: Path) -> None:
    relay = open_relay(RelaySettings(url="file://mails"), password="unused", base=tmp_path)
    session = await relay.connect()
    assert (await session.send(to(), MESSAGE)).kind is AnswerKind.ACCEPTED
    assert len(list((tmp_path / "mails").iterdir())) == 1


async def test_two_sessions_that_begin_at_one_number_overwrite_nothing(tmp_path: Path) -> None:
    relay = open_relay(RelaySettings(url=f"file://{tmp_path}"), password=None)
    one, two = await relay.connect(), await relay.connect()
    answers = [await session.send(to("a@x.example"), MESSAGE) for session in (one, two, one)]
    assert [answer.text[:5] for answer in answers] == ["0001-", "0002-", "0003-"]
    assert len(list(tmp_path.iterdir())) == 3


def test_many_processes_into_one_folder_lose_and_overwrite_nothing(tmp_path: Path) -> None:
    start = multiprocessing.get_context("spawn")
    writers = [start.Process(target=write_many, args=(tmp_path, who)) for who in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    names = [path.name for path in tmp_path.iterdir()]
    assert len(names) == 3 * 41
    assert sum(name.endswith("-same@x.example.eml") for name in names) == 3
    assert all(path.read_bytes() == MESSAGE for path in tmp_path.iterdir())


async def test_folder_that_went_away_is_a_temporary_refusal_and_the_session_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "mails"
    session = await open_relay(RelaySettings(url=f"file://{folder}"), password=None).connect()
    folder.rmdir()
    answer = await session.send(to(), MESSAGE)
    assert (answer.kind, answer.lost) == (AnswerKind.TEMPORARY, False)
    assert str(folder) in answer.text
    folder.mkdir()
    assert (await session.send(to(), MESSAGE)).kind is AnswerKind.ACCEPTED


async def test_folder_that_cannot_be_made_is_no_relay_for_now(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    relay = open_relay(RelaySettings(url=f"file://{tmp_path}/file/mails"), password=None)
    with pytest.raises(RelayUnavailable) as refusal:
        await relay.connect()
    assert not refusal.value.permanent


async def test_address_with_a_path_in_it_stays_inside_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "mails"
    await write(folder, "../../etc/x@x.example", '"/../a b"@x.example', "zoë@x.example")
    assert [path.name for path in tmp_path.iterdir()] == ["mails"]
    assert all(path.parent == folder and path.is_file() for path in folder.rglob("*"))


async def test_what_is_no_address_is_refused_for_good(tmp_path: Path) -> None:
    answers = await write(tmp_path, "a@x.example\r\nz", "")
    assert [answer.kind for answer in answers] == [AnswerKind.PERMANENT] * 2
    assert list(tmp_path.iterdir()) == []


def test_file_names_are_safe_and_short() -> None:
    assert safe_name("jan.de.boer+x@post.example") == "jan.de.boer+x@post.example"
    assert safe_name('"../a b\\/:*?"@x.example') == "_._" + "_a_b______@x.example"
    assert len(safe_name("a" * 300)) == 100


async def test_recording_relay_keeps_every_mail_with_its_answer() -> None:
    full = Answer(kind=AnswerKind.TEMPORARY, code=452, text="full", lost=True)

    def answer(envelope: Envelope, message: bytes) -> Answer:
        return full if envelope.recipient == "b@x.example" else Answer(kind=AnswerKind.ACCEPTED, code=250)

    relay = RecordingRelay(answer)
    session = await relay.connect()
    assert (await session.send(to("a@x.example"), MESSAGE)).kind is AnswerKind.ACCEPTED
    assert await session.send(to("b@x.example"), MESSAGE) == full
    assert not session.usable
    assert (await session.send(to("c@x.example"), MESSAGE)).lost
    assert [mail.envelope.recipient for mail in relay.sent] == ["a@x.example", "b@x.example"]
    assert [(mail.envelope, mail.message) for mail in relay.accepted] == [(to("a@x.example"), MESSAGE)]
