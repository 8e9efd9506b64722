"""A school's own logo, words and templates, from schedules.toml to the finished mail."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipeline.office import opened
from pipeline.run import Call, run
from pipeline.schedule import parse_at
from pipeline.template_files import find_folder
from tests.installation import (
    FRIDAY,
    SCHOOL,
    WEEK,
    Installation,
    answer,
    child,
    html_of,
    mail,
    photo,
    picture,
    post,
    teacher,
    text_of,
)

MAIL = find_folder() / "mail"
WORDS = {
    "greeting": {"nl": "Dag {name}!", "en": "Hi {name}!"},
    "rights": "Deel <niets> verder.",
    "footer": {"nl": "De ouderraad zoekt nog leden."},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    school = Installation(folder=tmp_path_factory.mktemp("made") / "school", relay="file://mails")
    school.roster(child("p1", "groep 3", "g1"), child("p2", "groep 3", "g2", language="en"))
    school.staff(teacher("s1", "groep 3"))
    school.consents(answer("p1", "g1"))
    school.write("posts/bos.jpg", picture())
    school.posts(post("bos", "groep 3", "Een verhaal.", photo("bos.jpg", ["p1"])))
    return school


@pytest.fixture
def school(made: Installation, tmp_path: Path) -> Installation:
    return made.copied(tmp_path / "school")


def drawing(colour: str = "#b3001b", size: tuple[int, int] = (900, 300)) -> bytes:
    out = io.BytesIO()
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    image.paste(colour, (200, 50, 700, 250))
    image.save(out, "PNG", comment="geheim")
    return out.getvalue()


def own(school: Installation, name: str, was: str, is_now: str) -> None:
    source = (MAIL / name).read_text("utf-8")
    assert was in source
    school.write(f"own/{name}", source.replace(was, is_now, 1))


def sent(school: Installation) -> dict[str, EmailMessage]:
    found = [mail(path.read_bytes()) for path in sorted((school.folder / "mails").rglob("*.eml"))]
    return {str(message["To"]).partition("<")[2].partition("@")[0]: message for message in found}


def logo_of(message: EmailMessage) -> tuple[str, bytes]:
    (part,) = (part for part in message.walk() if part.get_content_type() == "image/png")
    content: Any = part.get_payload(decode=True)
    return str(part["Content-ID"]).strip("<>"), content


def test_logo_and_words_are_in_every_mail_and_the_guard_lets_them_pass(school: Installation) -> None:
    school.write("logo.png", drawing())
    school.settings(logo="logo.png", texts=WORDS)
    school("run", "--at", FRIDAY)
    mails = sent(school)
    dutch, english = mails["g1"], mails["g2"]
    name, png = logo_of(dutch)
    assert logo_of(english) == (name, png)
    assert f'<img src="cid:{name}" width="168" height="56" alt="KBS de Regenboog"' in html_of(dutch)
    shown = Image.open(io.BytesIO(png))
    assert shown.size == (336, 112)
    assert shown.convert("RGB").getpixel((2, 2)) == (255, 255, 255)  # on white, whatever the band's colour
    assert b"geheim" not in png
    assert "Dag Ouder g1!" in text_of(dutch)
    assert "Hi Ouder g2!" in text_of(english)
    for message in mails.values():
        assert "De ouderraad zoekt nog leden." in text_of(message)
        assert '<p class="small" lang="nl"' in html_of(message)
        assert "Deel &lt;niets&gt; verder." in html_of(message)
    assert "niet verder" in text_of(dutch)  # rule 22 in our words comes first
    assert not list((school.folder / "media").rglob("*.part"))


def test_mail_that_was_made_keeps_the_logo_it_was_made_with(school: Installation, tmp_path: Path) -> None:
    school.write("logo.png", drawing())
    school.settings(logo="logo.png")
    school("run", "--at", FRIDAY)
    before = logo_of(sent(school)["g1"])
    school.write("logo.png", drawing("#0033aa"))
    school("preview", "g1", "--week", WEEK, "--out", tmp_path / "made")
    school("preview", "g1", "--week", "2026-W48", "--out", tmp_path / "coming", expect=None)
    assert logo_of(mail((tmp_path / "made" / "g1.eml").read_bytes())) == before


def test_an_own_template_goes_before_ours_and_is_made_ready_once(school: Installation) -> None:
    own(school, "newsletter.mjml", "((covers))", "((covers)), voor thuis")
    school.settings(templates="own")
    school("run", "--at", FRIDAY)
    assert ", voor thuis" in html_of(sent(school)["g1"])
    kept = {path.name: path.stat().st_mtime_ns for path in (school.folder / "media" / "look").iterdir()}
    assert {Path(name).suffix for name in kept} == {".html", ".good"}
    assert modules_of_an_idle_run(school) == "[]"
    again = {path.name: path.stat().st_mtime_ns for path in (school.folder / "media" / "look").iterdir()}
    assert again == kept


def modules_of_an_idle_run(school: Installation) -> str:
    """Which of those that making a look ready takes are taken in by a run with nothing to do."""
    code = (
        "import sys; from pipeline.cli import main; status = main(sys.argv[1:]);"
        "print([name for name in ('lxml', 'PIL', 'premailer', 'pipeline.lint') if name in sys.modules]);"
        "sys.exit(status)"
    )
    command = [sys.executable, "-c", code, "--config", str(school.config), "run", "--at", FRIDAY]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("command", [("run", "--at", FRIDAY), ("preview", "--all", "--week", WEEK)])
def test_with_a_mistake_in_a_template_nothing_is_sent_and_no_other_look_taken(
    school: Installation, command: tuple[str, ...]
) -> None:
    own(school, "newsletter.mjml", 'id="((mark))" ', "")
    school.settings(templates="own")
    before = school.dump()
    said = school(*command, expect=2)
    assert "own/newsletter.mjml:" in said.err
    assert "nothing was changed" in said.err
    assert sent(school) == {}
    assert school.dump() == before
    shutil.rmtree(school.folder / "own")
    school.settings()
    school(*command)


def test_mail_that_waits_is_not_lost_when_a_template_breaks(school: Installation) -> None:
    own(school, "newsletter.mjml", "((covers))", "((covers)), voor thuis")
    school.settings(templates="own")
    (school.folder / "mails").write_text("no folder, so nothing can be handed over")
    with opened(school.config, {}) as office:
        told = office.settings.schools
        at = parse_at(FRIDAY, told[0].zone)
        run(Call(office=office, schools=told, at=lambda _: at, patience=timedelta(0)))
    assert school.status()["queued"] == 2
    own(school, "newsletter.mjml", 'id="((mark))" ', "")
    school("run", "--at", FRIDAY, expect=2)
    assert school.status()["queued"] == 2


def test_a_logo_that_is_no_picture_is_told_and_nothing_sent(school: Installation) -> None:
    school.write("logo.png", "geen plaatje")
    school.settings(logo="logo.png")
    said = school("run", "--at", FRIDAY, expect=2)
    assert "logo.png: the logo cannot be used" in said.err
    assert sent(school) == {}


def test_a_rehearsal_keeps_nothing(school: Installation) -> None:
    own(school, "post.txt", "{{ letter }}", "{{ letter }}!")
    school.settings(templates="own")
    school("run", "--at", FRIDAY, "--dry-run")
    assert not (school.folder / "media" / "look").exists()


def test_lint_ends_as_what_it_found(school: Installation) -> None:
    assert school("lint", "--json").json["schools"] == [
        {"id": SCHOOL["id"], "errors": 0, "warnings": 0, "findings": []}
    ]
    own(school, "newsletter.mjml", '<a href="((contact_url))">', '<a href="http://school.example">')
    said = school("lint", school.folder / "own", expect=1)
    assert "write https:" in said.out
    own(school, "newsletter.mjml", "((title))", "((title | safe))")
    school.settings(templates="own")
    (found,) = school("lint", "--json", expect=2).json["schools"][0]["findings"]
    assert (found["check"], found["severity"]) == ("not_allowed", "error")
    assert isinstance(found["line"], int)


def test_staff_read_an_own_template_too(school: Installation) -> None:
    own(school, "notice.txt", "{{ heading }}", "{{ heading }} voor ons team")
    school.settings(templates="own", notices={"time": "16:00"})
    school("run", "--at", FRIDAY)
    found = [mail(path.read_bytes()) for path in (school.folder / "mails").rglob("*.eml")]
    (notice,) = (each for each in found if "directie@" in str(each["To"]))
    assert "voor ons team" in text_of(notice)
