"""Photos in whole mails: each read and encoded once per run, and no more of them than there is room for."""

from __future__ import annotations

import io
import weakref
from collections import Counter
from cProfile import Profile
from pathlib import Path
from types import CodeType

import pytest
from PIL import Image

from pipeline.desk import object_to
from pipeline.guard import Guard
from pipeline.octets import Base64Lines, Message
from pipeline.press import _Pictures
from pipeline.relay.recording import RecordingRelay
from pipeline.rules import Cleared
from tests.installation import (
    FRIDAY,
    Installation,
    answer,
    child,
    html_of,
    mail,
    photo,
    picture,
    pictures_of,
    post,
    teacher,
    text_of,
)
from tests.week import week_made

GROUPS = ("groep 3", "groep 4", "groep 5")


def test_a_photo_is_read_and_encoded_once_however_many_editions_hold_it(tmp_path: Path) -> None:
    told = Installation(folder=tmp_path / "school", relay="file://mails")
    told.roster(*(child(f"p{n}", GROUPS[n % 3], f"g{n}") for n in range(9)))
    told.staff(teacher("dir", "", role="management"))
    names = [f"foto{n}.jpg" for n in range(5)]
    for number, name in enumerate(names):
        told.write(f"posts/{name}", picture((40 * number, 90, 90)))
    told.posts(
        post("allen", "school", "Voor allen.", *(photo(name) for name in names), author="dir"),
        *(post(group.replace(" ", ""), group, "Voor ons.", author="dir") for group in GROUPS),
    )
    seen: list[Message] = []

    def looks(guard: Guard, cleared: Cleared) -> str | None:
        assert isinstance(cleared.message, Message)
        seen.append(cleared.message)
        return object_to(guard, cleared)

    relay, profile = RecordingRelay(), Profile()
    with week_made(told) as week:
        desk = week.desk(object_to=looks)
        profile.runcall(week.deliver, relay, desk)
    assert {name: calls(profile, name) for name in ONCE} == dict.fromkeys(ONCE, 5)
    assert [pictures_of(mail(each.message)) for each in relay.sent] == [5] * 9
    shared = {id(message.shared): message.shared for message in seen}
    assert len(shared) == len(GROUPS)  # one for each edition, not for each parent
    pictures = Counter(id(piece) for end in shared.values() for piece in end.pieces if is_picture(piece))
    assert list(pictures.values()) == [len(GROUPS)] * 5  # the very same object in every edition


def is_picture(piece: object) -> bool:
    return isinstance(piece, Base64Lines)


#: What is done with a picture: read from disk, encoded, checked line by line, decoded by the second guard.
ONCE = ("read_rendition", "base64_lines", "Base64Lines.__init__", "a2b_base64")


def calls(profile: Profile, name: str) -> int:
    """How often it was called; a name that nothing has counts as never."""
    found = [entry for entry in profile.getstats() if called(entry.code).endswith(name)]
    return sum(entry.callcount for entry in found)


def called(code: CodeType | str) -> str:
    """Built-in functions stand in a profile as a text such as ``<built-in method binascii.a2b_base64>``."""
    return code.rstrip(">") if isinstance(code, str) else code.co_qualname


def test_memory_does_not_grow_with_the_pictures_of_a_run() -> None:
    """Ten times as many octets as are kept at hand: what is kept stays the same."""
    reading = _Pictures(lambda name: Base64Lines(b"QUJD\r\n" * 100), most=3_000)
    held = [weakref.ref(reading.get(f"{number}")) for number in range(50)]
    assert sum(1 for each in held if each()) == 5
    assert held[-1]() is reading.get("49")


# ---------------------------------------------------------------- no larger than the school says


def noisy() -> bytes:
    """Some 400 kB as a mailed picture."""
    grain = Image.effect_noise((1200, 900), 30).convert("RGB")
    out = io.BytesIO()
    grain.save(out, "JPEG", quality=70)
    return out.getvalue()


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    told = Installation(folder=tmp_path_factory.mktemp("crowded") / "school", relay="file://mails")
    told.settings(mail_size="1,5 MB")
    told.roster(
        child("p1", "groep 3", "g1"),
        child("p2", "groep 4", "g2"),
        child("p1", "groep 3", "app", channel="app"),
        child("p1", "groep 3", "post", channel="mail"),
    )
    told.staff(teacher("dir", "", role="management"))
    told.consents(answer("p1", "g1"), answer("p1", "g1", purpose="app"))
    files = [f"{name}{n}.jpg" for name in ("bos", "gym") for n in range(2)]
    data = noisy()
    for file in files:
        told.write(f"posts/{file}", data)
    told.posts(
        post("bos", "groep 3", "Naar het bos.", *(photo(file) for file in files[:2]), author="dir"),
        post("gym", "school", "Gym!", *(photo(file) for file in files[2:]), author="dir"),
    )
    told("run", "--at", FRIDAY)
    return told


def test_no_mail_is_larger_and_each_post_shows_its_first_photos(crowded: Installation) -> None:
    mails = {each.stem.partition("-")[2]: each.read_bytes() for each in (crowded.folder / "mails").iterdir()}
    assert sorted(mails) == ["g1@ouders.example", "g2@ouders.example", "post@ouders.example"]
    assert all(len(each) <= 1_500_000 for each in mails.values())
    assert {who: pictures_of(mail(each)) for who, each in mails.items()} == {
        "g1@ouders.example": 2,
        "g2@ouders.example": 2,
        "post@ouders.example": 2,
    }
    told = mail(mails["g1@ouders.example"])
    assert html_of(told).count("Nog één foto paste niet in deze mail.") == 2
    assert text_of(told).count("Nog één foto paste niet in deze mail.") == 2
    assert "paste" not in html_of(mail(mails["g2@ouders.example"]))


def test_explain_says_why_and_the_app_has_them_all(crowded: Installation) -> None:
    def photos(parent: str) -> list[dict[str, object]]:
        items = crowded.explain(parent)["items"]
        return [each for item in items for each in item["photos"]]

    left = {"included": False, "reason": "no_room"}
    assert (
        photos("g1")
        == photos("post")
        == [
            {"file": "bos0.jpg", "included": True},
            {"file": "bos1.jpg", **left},
            {"file": "gym0.jpg", "included": True},
            {"file": "gym1.jpg", **left},
        ]
    )
    assert all(each["included"] for each in photos("app"))
