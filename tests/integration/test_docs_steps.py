"""A school that follows the README and docs/operations.md to the letter gets what they say it gets."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
AFTER_WEEK_47 = "2026-11-20T15:31"

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


def test_step_4_shows_what_the_readme_shows(school: Path) -> None:
    said = sh(school, "weekbrief explain femke@example.nl --week 2026-W47")
    assert said.stdout == block(README, "parent g7")
    for command in block(README, "weekbrief preview").splitlines():
        assert sh(school, command).returncode == 0
    assert not (school / "mails").exists(), "looking sends nothing"


def test_the_crontab_line_sends_once_and_stays_silent_when_all_is_well(school: Path) -> None:
    for text in (README, OPERATIONS):
        [line] = [each for each in block(text, "MAILTO").splitlines() if each.startswith("*/15")]
        command = line.split(maxsplit=5)[5].replace("/srv/weekbrief/school", str(school))
        command = command.replace("weekbrief run", f"weekbrief run --at {AFTER_WEEK_47}")
        assert sh(school, command).stdout == ""
        assert (school / "run.log").stat().st_mode & 0o777 == 0o600
    assert len(list((school / "mails").glob("*.eml"))) == 2
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


def test_a_restored_backup_can_be_brought_up_to_date_without_a_second_mail(school: Path) -> None:
    """The recipe of docs/operations.md, with the calendar's time named."""
    assert sh(school, block(OPERATIONS, "(umask")).returncode == 0
    assert (school / "backup.db").stat().st_mode & 0o777 == 0o600
    assert sh(school, f"weekbrief run --at {AFTER_WEEK_47}").returncode == 0
    sent = sorted(path.name for path in (school / "mails").iterdir())
    (school / "backup.db").replace(school / "weekbrief.db")
    recipe = block(OPERATIONS, "weekbrief run --dry-run").replace(
        "/srv/weekbrief/not-sent", f"{school}/not-sent"
    )
    for line in recipe.splitlines():
        timed = line.replace("weekbrief run", f"weekbrief run --at {AFTER_WEEK_47}")
        assert sh(school, timed).returncode == 0
    assert sh(school, f"weekbrief run --at {AFTER_WEEK_47}").stdout == "nothing is due\n"
    assert sorted(path.name for path in (school / "mails").iterdir()) == sent
    assert len(list((school / "not-sent").glob("*.eml"))) == len(sent)
