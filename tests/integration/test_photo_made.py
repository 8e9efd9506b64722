"""`weekbrief photo crop` and `photo blur`: a new photo with its own list, in the old one's place."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from PIL import Image, ImageStat

from tests.installation import (
    FRIDAY,
    NEXT_FRIDAY,
    Installation,
    Said,
    answer,
    child,
    mail,
    photo,
    post,
    teacher,
)

RED, BLUE = (220, 30, 40), (30, 60, 200)


def halves(width: int = 800, height: int = 400) -> bytes:
    """Red on the left; on the right blue with fine stripes, which stand for a face."""
    image = Image.new("RGB", (width, height), RED)
    stripes = Image.new("RGB", (width // 2, height), BLUE)
    for x in range(0, width // 2, 8):
        stripes.paste((250, 250, 250), (x, 0, x + 4, height))
    image.paste(stripes, (width // 2, 0))
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "Jan in de klas"
    image.save(out, "JPEG", quality=95, exif=exif)
    return out.getvalue()


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = Installation(folder=tmp_path_factory.mktemp("standing") / "school", relay="file://mails")
    made.roster(child("p1", "groep 3", "g1"), child("p2", "groep 3", "g2"))
    made.staff(
        teacher("s1", "groep 3"),
        teacher("s4", "groep 4"),
        teacher("dir", "", role="management"),
        teacher("kp", "groep 3", role="class_parent"),
    )
    made.consents(answer("p1", "g1"), answer("p2", "g2", "no"))
    for name in ("bos1.jpg", "bos2.jpg"):
        made.write(f"posts/{name}", halves())
    made.posts(week())
    return made


def week(**first: str) -> str:
    one = photo("bos1.jpg", ["p1", "p2"], alt="Twee kinderen", caption="Samen", **first)
    return post("bos", "groep 3", "Een verhaal.", one, photo("bos2.jpg", ["p1"]))


@pytest.fixture
def school(tmp_path: Path, standing: Installation) -> Installation:
    return standing.copied(tmp_path / "school")


def went(school: Installation, parent: str = "g1") -> dict[str, object]:
    """File -> True, or why it stays."""
    [item] = school.explain(parent, "bos")["items"]
    return {each["file"]: each["included"] or each["reason"] for each in item["photos"]}


def stored(school: Installation, file: str) -> Image.Image:
    [(name,)] = school.sql("SELECT name FROM photo WHERE file = :file", file=file)
    picture = (school.folder / "media" / str(name)[:2] / f"{name}-mail.jpg").read_bytes()
    image = Image.open(io.BytesIO(picture))
    image.load()
    assert not image.getexif()
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    return image


def colour(image: Image.Image, x: float, y: float) -> tuple[int, ...]:
    pixel = image.getpixel((round(x * image.width), round(y * image.height)))
    assert isinstance(pixel, tuple)
    return pixel


def near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 25 for a, b in zip(one, other, strict=True))


def crop(
    school: Installation, *more: str, box: str = "0,0,400,400", file: str = "bos1.jpg", expect: int = 0
) -> Said:
    return school("photo", "crop", "bos", file, "--box", box, *more, expect=expect)


def test_a_child_without_consent_is_cut_out_and_the_rest_goes(school: Installation) -> None:
    assert went(school) == {"bos1.jpg": "no_consent", "bos2.jpg": True}
    crop(school, "--shows", "p1", "--by", "s1", "--why", "p2 zonder toestemming")
    assert went(school) == {"bos1-crop.jpg": True, "bos2.jpg": True}
    cut = stored(school, "bos1-crop.jpg")
    assert cut.size == (400, 400)
    assert near(colour(cut, 0.95, 0.5), RED)
    [(what, by, why)] = school.sql('SELECT what, "by", why FROM decision')
    [(old,), (new,)] = school.sql("SELECT id FROM photo WHERE file LIKE 'bos1%' ORDER BY id")
    assert (what, by, why) == (f"photo crop {old} to {new}", "s1", "p2 zonder toestemming")


def test_it_stands_where_the_old_one_stood_in_its_words(school: Installation) -> None:
    crop(school, "--shows", "p1")
    rows = school.sql(
        "SELECT file, alt, caption FROM revision_photo JOIN photo ON photo.id = photo_id"
        " WHERE revision_id = (SELECT revision_id FROM post WHERE ref = 'bos') ORDER BY position"
    )
    assert rows == [("bos1-crop.jpg", "Twee kinderen", "Samen"), ("bos2.jpg", "", "")]


def test_what_is_not_listed_is_held(school: Installation) -> None:
    said = crop(school, expect=1)
    assert "held" in said.out
    assert went(school)["bos1-crop.jpg"] == "not_listed"
    needs = school("status", "--json", expect=None).json["needs"]
    assert {"photo_not_listed"} == {need["what"] for need in needs if need.get("photo") == "bos1-crop.jpg"}


def test_a_blurred_part_cannot_be_told_and_the_rest_is_as_it_was(school: Installation) -> None:
    school("photo", "blur", "bos", "bos1.jpg", "--box", "50%,0%,50%,100%", "--shows", "p1")
    image = stored(school, "bos1-blur.jpg")
    assert image.size == (800, 400)
    assert near(colour(image, 0.25, 0.5), RED)
    detail = ImageStat.Stat(image.crop((440, 40, 760, 360)).convert("L")).stddev[0]
    assert detail < 3
    assert went(school)["bos1-blur.jpg"] is True


def test_two_faces_are_blurred_at_once(school: Installation) -> None:
    boxes = ("--box", "400,0,200,400", "--box", "600,0,200,400")
    school("photo", "blur", "bos", "bos1.jpg", *boxes, "--nobody")
    image = stored(school, "bos1-blur.jpg")
    assert ImageStat.Stat(image.crop((420, 20, 780, 380)).convert("L")).stddev[0] < 6


def test_an_import_of_the_same_folder_changes_nothing(school: Installation) -> None:
    crop(school, "--shows", "p1")
    crop(school, "--beside", "--nobody", box="0,0,50%,50%", file="bos2.jpg")
    before = but_the_look(school)
    assert "0 new and 0 changed posts; 1 were the same" in school.posts(week()).out
    assert but_the_look(school) == before


def but_the_look(school: Installation) -> dict[str, list[tuple[Any, ...]]]:
    """All but up to when texts were searched, which every import brings up to date."""
    return {table: rows for table, rows in school.dump().items() if table != "text_screen"}


def test_what_its_author_changes_in_words_reaches_the_new_photo(school: Installation) -> None:
    crop(school, "--shows", "p1", "--alt", "Een kind")
    school.posts(week().replace("Samen", "In het bos"))
    rows = school.sql(
        "SELECT file, alt, caption FROM revision_photo JOIN photo ON photo.id = photo_id"
        " WHERE revision_id = (SELECT revision_id FROM post WHERE ref = 'bos') AND position = 0"
    )
    assert rows == [("bos1-crop.jpg", "Een kind", "In het bos")]
    crop(school, "--shows", "p1", file="bos1-crop.jpg", box="0,0,200,200")
    assert list(went(school)) == ["bos1-crop-crop.jpg", "bos2.jpg"]


def test_a_photo_that_its_author_takes_out_goes_with_what_was_made_of_it(school: Installation) -> None:
    crop(school, "--shows", "p1")
    school.posts(post("bos", "groep 3", "Een verhaal.", photo("bos2.jpg", ["p1"])))
    assert went(school) == {"bos2.jpg": True}
    school.posts(week())
    assert went(school) == {"bos1-crop.jpg": True, "bos2.jpg": True}


def test_other_bytes_under_the_old_name_are_the_authors_photo_again(school: Installation) -> None:
    crop(school, "--shows", "p1")
    school.write("posts/bos1.jpg", halves(600, 300))
    school.posts(week())
    assert went(school) == {"bos1.jpg": "no_consent", "bos2.jpg": True}


def test_a_second_try_replaces_the_first(school: Installation) -> None:
    crop(school, "--shows", "p1", box="0,0,100,100")
    crop(school, "--shows", "p1", box="0,0,300,300")
    assert list(went(school)) == ["bos1-crop2.jpg", "bos2.jpg"]
    crop(school, "--nobody", "--beside", box="400,0,300,300")
    assert list(went(school)) == ["bos1-crop2.jpg", "bos1-crop3.jpg", "bos2.jpg"]


def test_mail_that_waits_loses_the_old_one_and_does_not_gain_the_new_one(
    tmp_path: Path, standing: Installation
) -> None:
    """Rule 16: later decisions only take away."""
    school = standing.copied(tmp_path / "school")
    school.settings(late_hours=1)
    school("run", "--at", "2026-11-20T20:00", expect=1)  # held for being late
    crop(school, "--shows", "p1", file="bos2.jpg")
    school("release", "2026-W47", "--why", "alsnog")
    school("run", "--at", "2026-11-20T20:30")
    assert went(school) == {"bos1.jpg": "no_consent", "bos2.jpg": "removed"}


def test_the_posts_event_and_its_place_in_parents_calendars_stay_as_they_were(school: Installation) -> None:
    when = '[event]\nstarts = 2026-12-04T19:00:00\nlocation = "Aula"'
    told = week().replace("\n+++\nEen", f"\n{when}\n+++\nEen")
    school.posts(told)
    before = calendar_told(school, FRIDAY)
    crop(school, "--shows", "p1")
    school.posts(told, post("later", "groep 3", published="2026-11-24T10:00:00"))
    assert calendar_told(school, NEXT_FRIDAY) == before != []
    assert len(list((school.folder / "mails").glob("*-g1@*.eml"))) == 2


def calendar_told(school: Installation, moment: str) -> list[dict[str, str]]:
    """What tells each event in g1's newest mail."""
    school("run", "--at", moment)
    message = mail(sorted((school.folder / "mails").glob("*-g1@*.eml"))[-1].read_bytes())
    [attached] = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    events = Calendar.from_ical(attached.get_content()).walk("VEVENT")
    return [{key: str(each.get(key)) for key in ("UID", "SEQUENCE", "LOCATION", "STATUS")} for each in events]


def test_a_preview_changes_nothing(school: Installation, tmp_path: Path) -> None:
    before, to = school.dump(), tmp_path / "proef.jpg"
    crop(school, "--preview", str(to), box="10%,10%,25%,50%")
    with Image.open(to) as image:
        assert image.size == (200, 200)
    assert school.dump() == before
    assert len(list((school.folder / "media").rglob("*.jpg"))) == 4


@pytest.mark.parametrize(
    "words, told",
    [
        (("--box", "0,0,900,100"), "does not lie within the picture, which is 800 by 400 pixels"),
        (("--box", "0,0,100"), "is no box"),
        (("--box", "0,0,2,2"), "is smaller than 8 by 8 pixels"),
        (("--box", "0,0,100,100", "--shows", "p9"), "the roster does not know p9"),
        (("--box", "0,0,100,100", "--by", "kp"), "class parent"),
        (("--box", "0,0,100,100", "--by", "s4"), "no teacher of this post's group"),
        (("--box", "0,0,100,100", "--box", "0,0,50,50"), "one box"),
    ],
)
def test_what_cannot_be_done_is_told_and_nothing_is_changed(
    school: Installation, words: tuple[str, ...], told: str
) -> None:
    before = school.dump()
    said = school("photo", "crop", "bos", "bos1.jpg", *words, expect=2)
    assert told in said.err
    assert school.dump() == before


@pytest.mark.parametrize("post_id, file", [("bos", "beuk.jpg"), ("heide", "bos1.jpg")])
def test_what_is_not_there_is_told(school: Installation, post_id: str, file: str) -> None:
    said = school("photo", "crop", post_id, file, "--box", "0,0,50%,50%", expect=2)
    assert "nothing was changed" in said.err


def test_its_pictures_go_with_the_posts(school: Installation) -> None:
    crop(school, "--shows", "p1")
    assert len(list((school.folder / "media").rglob("*.jpg"))) == 6
    school.settings(keep_photos_days=1)
    school("run", "--at", FRIDAY)
    school("run", "--at", "2026-12-20T12:00")
    assert not list((school.folder / "media").rglob("*.jpg"))
