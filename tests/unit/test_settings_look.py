"""What schedules.toml may say about a school's look, words and signature, and what it says back."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import settings
from pipeline.logs import fault_fields
from pipeline.problems import BadInput, Problem
from pipeline.settings import SchoolSettings, starter

PEM = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "logo.png").write_bytes(b"x")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "post.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / "newsleter.mjml").write_text("x")
    for name, mode in (("dkim.pem", 0o600), ("open.pem", 0o640)):
        (tmp_path / name).write_text(PEM)
        (tmp_path / name).chmod(mode)
    return tmp_path


def load(folder: Path, *lines: str, environ: dict[str, str] | None = None) -> SchoolSettings:
    told = starter().replace('id = "regenboog"', "\n".join(['id = "regenboog"', *lines]), 1)
    (folder / "schedules.toml").write_text(told, "utf-8")
    return settings.load(folder / "schedules.toml", environ or {}).schools[0]


def test_a_look_of_ones_own_is_read(folder: Path) -> None:
    read = load(
        folder,
        'logo = "logo.png"',
        'templates = "own"',
        'dkim = { selector = "WB2026", key_file = "dkim.pem" }',
        'texts = { greeting = "Dag {name},", footer = { nl = "Tot  ziens", en = "Bye" } }',
    )
    assert (read.logo, read.templates) == (folder / "logo.png", folder / "own")
    assert read.texts.greeting == {"": "Dag {name},"}
    assert read.texts.footer == {"nl": "Tot ziens", "en": "Bye"}
    assert read.dkim is not None
    assert (read.dkim.selector, read.dkim.domain, read.dkim.key_file) == ("wb2026", None, folder / "dkim.pem")


def test_a_key_may_stand_in_the_environment(folder: Path) -> None:
    read = load(folder, 'dkim = { selector = "wb2026" }', environ={"WEEKBRIEF_DKIM_KEY": PEM})
    assert read.dkim is not None
    assert read.dkim.key_file is None


@pytest.mark.parametrize(
    "line, says",
    [
        ('logo = "weg.png"', "there is no file"),
        ('logo = "schedules.toml"', "save it as PNG"),
        ('templates = "weg"', "there is no folder"),
        ('templates = "empty"', "holds no template"),
        ('templates = "strange"', "newsleter.mjml is no template of ours"),
        ('texts = { greeting = "Dag!" }', "{name} once"),
        ('texts = { footer = { xx = "Dag" } }', "no language that we have"),
        ('texts = { footer = "" }', "nothing between the quotes"),
        ('texts = { foter = "x" }', "do you mean `footer`?"),
        ('texts = "x"', "greeting, rights and footer"),
        ('dkim = { selector = "wb2026" }', "has no key"),
        ('dkim = { key_file = "dkim.pem" }', "`selector` is missing"),
        ('dkim = { selector = "wb_26", key_file = "dkim.pem" }', "no selector"),
        ('dkim = { selector = "wb", key_file = "open.pem" }', "chmod 600"),
        ('dkim = { selector = "wb", key_file = "weg.pem" }', "weekbrief dkim --new weg.pem"),
        ('dkim = { selector = "wb", key_file = "logo.png" }', "no private key"),
        ('dkim = { selector = "wb", key_file = "dkim.pem", domain = "x.example" }', "regenboog.example"),
        ('dkim = { selector = "wb", private_key = "AAAA" }', "WEEKBRIEF_DKIM_KEY"),
    ],
)
def test_a_mistake_says_what_to_write_instead(folder: Path, line: str, says: str) -> None:
    with pytest.raises(BadInput) as bad:
        load(folder, line)
    problem = next(each for each in bad.value.problems if says in each.message)
    text = (folder / "schedules.toml").read_text("utf-8")
    assert problem.line == text.count("\n", 0, text.index(line)) + 1


def test_the_log_says_where_a_mistake_is_and_not_what_stands_there() -> None:
    fault = BadInput([Problem(file="/srv/school/own/post.mjml", line=12, message="x stands twice")])
    fields = fault_fields(fault)
    assert fields["places"] == ["post.mjml:12"]
    assert "twice" not in str(fields)
