"""A school that follows the README and docs/operations.md to the letter gets what they say it gets."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
FORMATS = (ROOT / "docs" / "formats.md").read_text()
AFTER_WEEK_47 = "2026-11-20T15:31"
BEFORE_WEEK_47 = "2026-11-13T15:31"
MONDAY = "2026-11-23T09:00"  #: more than 48 hours after the newsletter's moment

pytestmark = pytest.mark.xdist_group("docs_steps")  # the imports are done once for all

FILES = {
    "roster.csv": """\
pupil_id,pupil_first_name,pupil_last_name,pupil_birth_date,group,enrolled_from,enrolled_until,\
parent_id,parent_name,parent_email,language,channel,access
p12,Noor,Jansen,2019-03-04,groep 3,2026-08-24,,g7,Femke Jansen,femke@example.nl,nl,,
p12,Noor,Jansen,2019-03-04,groep 3,2026-08-24,,g8,Bas Jansen,bas@example.nl,nl,,blocked
p15,Sami,Vos,2016-05-01,groep 3,2025-08-25,,g9,Ilse Vos,ilse@example.nl,en,,
""",
    "staff.csv": """\
staff_id;name;email;role;groups
s2;juf Sanne;sanne@regenboog.example;teacher;groep 3
s3;Karel Bos;karel@example.nl;class_parent;groep 3
""",
    "consents.csv": """\
pupil_id,purpose,kind,answer,given_by,given_at
p12,mail,photo,yes,g7,2026-09-01T09:30
p15,mail,photo,no,g9,2026-09-01T10:00
""",
    "posts/bos.md": """\
+++
id = "w47-bos"
group = "groep 3"
author = "s2"
title = "Naar het bos"
published = 2026-11-18T14:05:00+01:00
[[photo]]
file = "bos1.jpg"
alt = "Een boom"
shows = []
[[photo]]
file = "bos2.jpg"
alt = "Kinderen bij de boom"
shows = ["p12", "p15"]
+++
Naar het bos.
""",
    "posts/lezen.md": """\
+++
id = "w47-lezen"
group = "groep 3"
author = "s3"
title = "Wie leest voor?"
published = 2026-11-19T10:00:00
+++
Wie komt er?
""",
}


def blocks(text: str) -> list[str]:
    """What stands between fences without a language, without remarks."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S)
    return [re.sub(r" +#.*", "", inside) for language, inside in fenced if not language]


def block(text: str, begins: str) -> str:
    [found] = [each for each in blocks(text) if each.startswith(begins)]
    return found


def sh(folder: Path, command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """As a person types it: ``weekbrief`` is on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    mine = {name: value for name, value in os.environ.items() if not name.startswith("WEEKBRIEF_")}
    return subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env={**mine, "PATH": path, **environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Steps 1 to 3: begun and imported."""
    top = tmp_path_factory.mktemp("steps")
    app = top / "app" / ".venv" / "bin"
    app.mkdir(parents=True)
    (app / "weekbrief").symlink_to(Path(sys.executable).with_name("weekbrief"))
    [begin] = [line for line in block(README, "git clone").splitlines() if " init " in line]
    assert sh(top, begin).returncode == 0
    folder = top / "school"
    (folder / "posts").mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    for name in ("bos1.jpg", "bos2.jpg"):
        Image.new("RGB", (40, 30), "green").save(folder / "posts" / name)
    statuses = [sh(folder, line).returncode for line in block(README, "weekbrief import").splitlines()]
    assert statuses == [0, 0, 0, 1], "a post waits for a teacher, and nothing else is wrong"
    return top


@pytest.fixture
def school(imported: Path, tmp_path: Path) -> Path:
    """A copy for one test: everything in it is relative."""
    shutil.copytree(imported, tmp_path, symlinks=True, dirs_exist_ok=True)
    return tmp_path / "school"


def run_at(school: Path, moment: str, expect: int = 0) -> str:
    done = sh(school, f"weekbrief run --at {moment}")
    assert done.returncode == expect, done
    return done.stdout


def mails(school: Path, folder: str = "mails") -> list[tuple[str, str]]:
    """(address, subject) of every mail that stands in a relay's folder."""
    files = (school / folder).glob("*.eml")
    read = (message_from_bytes(file.read_bytes(), policy=default) for file in files)
    return sorted((str(mail["To"].addresses[0].addr_spec), str(mail["Subject"])) for mail in read)


def newsletters(school: Path, folder: str = "mails") -> list[str]:
    """Whom a newsletter went to; notices to staff have another subject."""
    return [address for address, subject in mails(school, folder) if "(week 47)" in subject]


def add_post(school: Path, id: str, published: str) -> None:
    front = f'id = "{id}"\ngroup = "groep 3"\nauthor = "s2"\ntitle = "{id}"\npublished = {published}'
    (school / "posts" / f"{id}.md").write_text(f"+++\n{front}\n+++\nTekst.\n")
    assert sh(school, "weekbrief import posts posts").returncode == 1, "a post waits, and nothing else"


def test_step_4_shows_what_the_readme_shows(school: Path) -> None:
    said = sh(school, "weekbrief explain femke@example.nl --week 2026-W47")
    assert said.stdout == block(README, "parent g7")
    for command in block(README, "weekbrief preview").splitlines():
        assert sh(school, command).returncode == 0
    assert not (school / "mails").exists(), "looking sends nothing"


def test_each_channel_brings_what_the_readme_says(school: Path) -> None:
    """The table of channels: mail pauses and keeps quiet hours, the app does not, and nothing comes twice."""
    run_at(school, BEFORE_WEEK_47)
    assert sh(school, "weekbrief prefer g7 mail && weekbrief prefer g9 app").returncode == 0
    add_post(school, "w47-avond", "2026-11-19T20:00:00")
    run_at(school, "2026-11-18T14:05:50")
    assert "Naar het bos" not in subjects_to(school, "femke@example.nl"), "it pauses"
    run_at(school, "2026-11-18T14:07")
    assert subjects_to(school, "femke@example.nl") == ["Naar het bos"]
    run_at(school, "2026-11-19T20:02")
    assert subjects_to(school, "femke@example.nl") == ["Naar het bos"], "not at night"
    assert feed(school, "g9") == ["w47-avond", "w47-bos"]
    run_at(school, "2026-11-20T07:00")
    run_at(school, AFTER_WEEK_47)
    assert subjects_to(school, "femke@example.nl") == ["Naar het bos", "w47-avond"]
    assert newsletters(school) == []


def subjects_to(school: Path, address: str) -> list[str]:
    return [subject for to, subject in mails(school) if to == address]


def feed(school: Path, parent: str) -> list[str]:
    return [
        post["post"] for post in json.loads(sh(school, f"weekbrief feed {parent} --json").stdout)["posts"]
    ]


def test_the_json_that_the_docs_show_is_of_the_shape_that_comes(school: Path) -> None:
    [status, _, stream, shown, _] = map(json.loads, re.findall(r"^```json\n(.*?)^```", FORMATS, re.M | re.S))
    run_at(school, BEFORE_WEEK_47)
    assert sh(school, "weekbrief prefer g9 app").returncode == 0
    run_at(school, "2026-11-18T14:07")
    [entry] = json.loads(sh(school, "weekbrief feed g9 --json").stdout)["posts"]
    [example] = shown["posts"]
    assert (list(entry), list(entry["photos"][0])) == (list(example), list(example["photos"][0]))
    explained = json.loads(sh(school, "weekbrief explain g9 --json").stdout)
    had, waits = explained["items"]
    assert (set(explained), set(had), set(waits)) == (
        set(stream),
        set(stream["items"][0]),
        set(stream["items"][2]),
    )
    came = json.loads(sh(school, "weekbrief status --json").stdout)
    assert [[*run] for run in came["runs"]] == [[*run] for run in status["runs"]]
    assert (list(came), [run["kind"] for run in came["runs"]]) == (list(status), ["weekly", "immediate"])


def test_the_crontab_line_sends_once_and_stays_silent_when_all_is_well(school: Path) -> None:
    for text in (README, OPERATIONS):
        [line] = [each for each in block(text, "MAILTO").splitlines() if each.startswith("*/15")]
        command = line.split(maxsplit=5)[5].replace("/srv/weekbrief/school", str(school))
        command = command.replace("weekbrief run", f"weekbrief run --at {AFTER_WEEK_47}")
        assert sh(school, command).stdout == ""
        assert (school / "run.log").stat().st_mode & 0o777 == 0o600
    assert newsletters(school) == ["femke@example.nl", "ilse@example.nl"]
    told = {to for to, subject in mails(school)} - {"femke@example.nl", "ilse@example.nl"}
    assert told == {"directie@regenboog.example"}, "one page for the management, and nobody else"
    shown, said = block(README, "regenboog 2026-W47"), (school / "run.log").read_text().splitlines()
    assert without_numbers(said[0]) == without_numbers(shown)
    assert said[1:] == ["nothing is due"]


def test_the_crontab_line_mails_the_status_when_something_is_wrong(school: Path) -> None:
    [line] = [each for each in block(README, "MAILTO").splitlines() if each.startswith("*/15")]
    command = line.split(maxsplit=5)[5].replace("/srv/weekbrief/school", str(school))
    command = command.replace("weekbrief run", f"weekbrief run --week 2026-W46 --at {AFTER_WEEK_47}")
    command = f"weekbrief run --at {AFTER_WEEK_47} && {command}"
    assert "relay" in sh(school, command).stdout


def without_numbers(line: str) -> str:
    return re.sub(r"\d+ ", "", line.partition("(")[0])


def test_a_newsletter_that_came_too_late_is_let_go_as_the_docs_say(school: Path) -> None:
    run_at(school, MONDAY, expect=1)
    assert newsletters(school) == []
    assert "newsletter held" in sh(school, "weekbrief status").stdout
    assert sh(school, block(OPERATIONS, "weekbrief release 2026-W47")).returncode == 0
    run_at(school, MONDAY)
    assert newsletters(school) == ["femke@example.nl", "ilse@example.nl"]


RESTORED_ON = "2026-11-23T22:00"  #: at night, and too late for a newsletter


@pytest.fixture
def restored(school: Path) -> Path:
    """The database is of a Tuesday; what was imported, mailed and shown in the app came after it."""
    run_at(school, BEFORE_WEEK_47)
    with (school / "roster.csv").open("a") as roster:
        roster.write("p15,Sami,Vos,2016-05-01,groep 3,2025-08-25,,g10,Omar Vos,omar@example.nl,nl,app,\n")
    assert sh(school, "weekbrief import roster roster.csv --approve").returncode == 0
    assert sh(school, "weekbrief prefer g7 mail").returncode == 0
    assert sh(school, block(OPERATIONS, "(umask")).returncode == 0
    assert (school / "backup.db").stat().st_mode & 0o777 == 0o600
    add_post(school, "w47-lied", "2026-11-19T10:00:00")
    for moment in ("2026-11-18T14:07", "2026-11-19T10:02", AFTER_WEEK_47):
        run_at(school, moment)
    assert (len(subjects_to(school, "femke@example.nl")), newsletters(school)) == (2, ["ilse@example.nl"])
    (school / "backup.db").replace(school / "weekbrief.db")
    return school


def test_a_restored_backup_can_be_brought_up_to_date_without_a_second_mail(restored: Path) -> None:
    """The recipe of docs/operations.md as it stands there, after what it says comes first."""
    sent = mails(restored)
    run_at(restored, RESTORED_ON, expect=1)
    assert "backup restored" in sh(restored, "weekbrief status").stdout
    recipe = block(OPERATIONS, "weekbrief import posts").replace(
        "/srv/weekbrief/not-sent", f"{restored}/not-sent"
    )
    for line in recipe.splitlines():
        done = sh(restored, line)
        held = "import posts" in line  # a post waits, as it did before
        assert done.returncode == (1 if held else 0), done
    for moment in (RESTORED_ON, "2026-11-24T09:00"):
        run_at(restored, moment)
    to_parents = [each for each in mails(restored) if each not in sent and "example.nl" in each[0]]
    assert to_parents == [], "nobody got a second copy"
    assert newsletters(restored, "not-sent") == ["ilse@example.nl"]
    assert feed(restored, "g10") == ["w47-lied", "w47-bos"]
