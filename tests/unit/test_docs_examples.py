"""What the docs give as an example is what the program takes, and what they list is all there is."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline import settings
from pipeline.intake import consents_csv, roster_check, staff_csv
from pipeline.intake.posts import read_posts
from pipeline.settings_shape import (
    DkimShape,
    FileShape,
    HolidaysShape,
    ImmediateShape,
    MomentShape,
    NoticesShape,
    RelayShape,
    RulesShape,
    SchoolShape,
    TextChecksShape,
    TextsShape,
    TimeoutsShape,
    VideoShape,
)
from pipeline.words import PhotoReason, PostReason, Withheld

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
FORMATS = (ROOT / "docs" / "formats.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
RULES = (ROOT / "docs" / "rules.md").read_text()


def blocks(text: str, language: str) -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.M | re.S)
    return [inside for found, inside in fenced if found == language]


def test_the_readmes_settings_are_taken(tmp_path: Path) -> None:
    [text] = blocks(README, "toml")
    file = tmp_path / "schedules.toml"
    file.write_text(text)
    loaded = settings.load(file, {"WEEKBRIEF_SMTP_PASSWORD": "x"}, need_relay=True)
    assert loaded.school(None).id == "regenboog"


def test_the_example_post_is_read_without_a_remark(tmp_path: Path) -> None:
    [text] = [block for block in blocks(FORMATS, "") if block.startswith("+++")]
    (tmp_path / "bos.md").write_text(text)
    (tmp_path / "bos1.jpg").write_bytes(b"x")
    posts = read_posts(tmp_path, zone=ZoneInfo("Europe/Amsterdam"))
    assert not posts.remarks
    [post] = posts.posts
    assert [(photo.file, photo.caption) for photo in post.photos] == [("bos1.jpg", "Op zoek naar sporen")]
    assert (post.event is not None, len(post.links)) == (True, 1)


def test_every_setting_is_listed() -> None:
    tables = {
        "holidays": HolidaysShape, "immediate": ImmediateShape, "notices": NoticesShape,
        "texts": TextsShape, "dkim": DkimShape, "video": VideoShape, "text_checks": TextChecksShape,
    }  # fmt: skip
    plain = (FileShape, RelayShape, TimeoutsShape, SchoolShape, RulesShape)
    wanted = {name for shape in plain for name in shape.model_fields} - {
        "relay", "relays", "school", "rules", "timeouts", *tables,
    }  # fmt: skip
    wanted |= {f"{table}.{name}" for table, shape in tables.items() for name in shape.model_fields}
    section = FORMATS.partition("### Environment")[0]
    assert wanted - set(re.findall(r"`([\w.]+)`", section)) == set()
    assert all(f"{name} = " in section for name in MomentShape.model_fields)


def test_every_variable_is_listed_and_read() -> None:
    sources = [path.read_text() for path in (ROOT / "pipeline").rglob("*.py")]
    read = set(re.findall(r"WEEKBRIEF_[A-Z]+(?:_[A-Z]+)*", "\n".join(sources)))
    told = set(re.findall(r"^\| `(WEEKBRIEF_\w+)`", FORMATS, flags=re.M))
    assert told == read
    everywhere = README + OPERATIONS + RULES
    assert set(re.findall(r"WEEKBRIEF_[A-Z_]+", everywhere)) <= read


def test_the_columns_are_those_that_the_readers_want() -> None:
    for columns in (roster_check.COLUMNS, staff_csv.COLUMNS, consents_csv.COLUMNS, consents_csv.OPTIONAL):
        assert f"`{', '.join(columns)}`" in " ".join(FORMATS.split())


def test_the_json_examples_are_json_and_add_up() -> None:
    status, explained, stream, feed, schedule = map(json.loads, blocks(FORMATS, "json"))
    [moment] = schedule["schools"][0]["moments"]
    assert datetime.fromisoformat(moment["since"]) < datetime.fromisoformat(moment["at"])
    for run in status["runs"]:
        states = run["sent"] + run["queued"] + run["failed"] + run["held"]
        assert run["parents"] == states + sum(run["withheld"].values())
        assert list(run["withheld"]) == [reason for reason in Withheld if reason in run["withheld"]]
    assert [run["until"] for run in status["runs"]] == sorted(run["until"] for run in status["runs"])
    reasons = {*Withheld, *PostReason, *PhotoReason}
    shown = set(re.findall(r'"reason": "(\w+)"', json.dumps([explained, stream])))
    assert shown == {"no_consent", "not_in_audience", "waiting_for_teacher"} & reasons
    assert {post["run"] for post in feed["posts"]} == {stream["run"]}


def test_every_reason_of_rule_17_is_listed_in_its_order() -> None:
    rule = RULES.partition("### 17.")[2].partition("###")[0]
    listed = [word for word in re.findall(r"`(\w+)`", rule) if word in set(Withheld)]
    assert listed == list(Withheld)


def test_everything_that_can_need_a_person_is_listed() -> None:
    places = ("report.py", "commands/status.py", "store/notice_rows.py")
    sources = "".join((ROOT / "pipeline" / place).read_text() for place in places)
    kinds = set(re.findall(r'"what": "(\w+)"', sources)) | {"post_held", "post_waiting"}
    kinds |= set(re.findall(r'"(photo_\w+)"', (ROOT / "pipeline" / "report.py").read_text())) - {
        "photo_shows"
    }
    assert {"backup_restored", "newsletter_held", "notice_failed", "photo_refused"} <= kinds
    assert kinds <= set(re.findall(r"`(\w+)`", FORMATS))
    assert kinds - set(re.findall(r"`(\w+)`", OPERATIONS)) == set()
