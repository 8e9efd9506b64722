"""schedules.toml: what it may say, and what it says back when it cannot be used."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from pipeline import settings
from pipeline.model import RuleSettings
from pipeline.palette import contrast
from pipeline.problems import BadInput, Problem
from pipeline.settings import (
    FIRST_SCHOOL_DAY,
    Holidays,
    Immediate,
    InHolidays,
    LiveSettings,
    Moment,
    Notices,
    OwnTexts,
    Photos,
    Retention,
    Settings,
)

GOOD = """\
database = "sqlite:///weekbrief.db"
media = "media"

[relay]
url = "smtp+starttls://user@mail.example.nl:587"
connections = 4
per_minute = 600
per_day = 10000

[[school]]
id = "regenboog"
name = "KBS de Regenboog"
language = "nl"
timezone = "Europe/Amsterdam"
sender = "nieuws@regenboog.example"
reply_to = "info@regenboog.example"
management = ["directie@regenboog.example"]
newsletter = { day = "fri", time = "15:30" }
"""
SECRET = {"WEEKBRIEF_SECRET": "0123456789abcdef"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "schedules.toml"


def load(
    file: Path, text: str, environ: dict[str, str] | None = None, *, need_relay: bool = False
) -> Settings:
    file.write_text(text, "utf-8")
    return settings.load(file, environ or {}, need_relay=need_relay)


def mistakes(
    file: Path, text: str, environ: dict[str, str] | None = None, *, need_relay: bool = False
) -> tuple[Problem, ...]:
    with pytest.raises(BadInput) as bad:
        load(file, text, environ, need_relay=need_relay)
    return bad.value.problems


def changed(key: str, line: str) -> str:
    """The good file with ``line`` in place of the line of ``key``."""
    text, count = re.subn(rf"(?m)^{key} = .*$", lambda _: line, GOOD)
    assert count == 1
    return text


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), start=1) if part in line)


def test_the_example_of_the_contract_is_read(file: Path) -> None:
    found = load(file, GOOD)
    school = found.school(None)
    assert found.relay.url == "smtp+starttls://user@mail.example.nl:587"
    assert (found.relay.connections, found.relay.per_minute, found.relay.per_day) == (4, 600, 10000)
    assert (school.id, school.name, school.language) == ("regenboog", "KBS de Regenboog", "nl")
    assert school.zone.key == "Europe/Amsterdam"
    assert (school.sender, school.reply_to) == ("nieuws@regenboog.example", "info@regenboog.example")
    assert school.management == ("directie@regenboog.example",)
    assert school.newsletter == (Moment(weekday=5, time=time(15, 30)),)
    assert school.rules == RuleSettings()
    assert school.retention == Retention(mails=90, photos=365, after_leaving=365)
    assert found.photos is Photos.INLINE


def test_the_starter_loads_as_it_is_and_sends_to_a_folder(file: Path) -> None:
    found = load(file, settings.starter())
    assert found.relay.url == f"file://{file.parent}/mails"
    assert found.school(None).id == "regenboog"


def test_every_option_of_the_starter_can_be_switched_on_and_shows_its_default(file: Path) -> None:
    option = re.compile(r"(?m)^# (?=(?:[a-z_.]+ = |\[relay\.timeouts\]))")
    switched_on = option.sub("", settings.starter().replace("# notices = true", ""))
    (file.parent / "authority.pem").write_text("")
    (file.parent / "logo.png").write_text("")
    (file.parent / "mail-templates").mkdir()
    (file.parent / "mail-templates" / "post.txt").write_text("")
    (file.parent / "dkim.pem").write_text("-----BEGIN PRIVATE KEY-----")
    (file.parent / "dkim.pem").chmod(0o600)
    plain, full = load(file, settings.starter()), load(file, switched_on, SECRET)
    assert full.base_url == "https://ouders.example.nl"
    assert full.relay.timeouts == plain.relay.timeouts
    assert full.relay.connections == plain.relay.connections
    assert full.school(None).colour == "#1f6b3a"
    assert full.metrics == ("127.0.0.1", 9464)
    told = full.school(None)
    assert told.holidays.region == "midden"
    assert told.holidays.free
    assert told.holidays.open
    assert told.texts.greeting == {"": "Beste {name},"}
    assert told.dkim is not None
    holidays = replace(told.holidays, region=None, free=(), open=())
    assert told.rules.text_checks.extra
    assert told.rules.text_checks.never
    rules = replace(told.rules, text_checks=replace(told.rules.text_checks, extra=(), never=()))
    look = {
        "logo": None,
        "templates": None,
        "texts": OwnTexts(),
        "dkim": None,
        "colour": None,
        "rules": rules,
    }
    assert replace(told, **look, contact=None, holidays=holidays) == plain.school(None)  # type: ignore[arg-type]


def test_relative_paths_are_relative_to_the_file(
    file: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(GOOD, "utf-8")
    monkeypatch.chdir(file.parent)
    found = settings.load(Path("schedules.toml"), {})
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert found.database == f"sqlite:///{file.parent}/weekbrief.db"
    assert found.media == file.parent / "media"
    assert found.file == file


@pytest.mark.parametrize(
    "url",
    ["sqlite:////var/lib/x.db", "postgresql+psycopg://u@h/db", "postgresql://postgres:@/x?host=/tmp/s"],
)
def test_other_databases_stay_as_they_are_written(file: Path, url: str) -> None:
    assert load(file, changed("database", f'database = "{url}"')).database == url


def test_the_environment_goes_before_the_file(file: Path) -> None:
    environ = {"WEEKBRIEF_DATABASE": "sqlite:///other.db", "WEEKBRIEF_RELAY": "file://out box"}
    found = load(file, GOOD, environ)
    assert found.database == f"sqlite:///{file.parent}/other.db"
    assert found.relay.url == f"file://{file.parent}/out%20box"
    assert found.relay.per_minute == 600


def test_an_empty_variable_is_no_variable(file: Path) -> None:
    environ = dict.fromkeys(("WEEKBRIEF_DATABASE", "WEEKBRIEF_RELAY", "WEEKBRIEF_SECRET"), "")
    assert load(file, GOOD, environ) == load(file, GOOD)


def test_a_bad_variable_is_named(file: Path) -> None:
    environ = {"WEEKBRIEF_DATABASE": "nonsense", "WEEKBRIEF_RELAY": "smtp://mail.example.nl"}
    found = mistakes(file, GOOD, environ)
    assert {problem.file for problem in found} == set(environ)
    assert all(problem.line is None for problem in found)


def test_secrets_show_in_no_representation(file: Path) -> None:
    environ = {
        "WEEKBRIEF_DATABASE": "postgresql://u:hunter2@db/x",
        "WEEKBRIEF_SMTP_PASSWORD": "hunter2",
        "WEEKBRIEF_SECRET": "hunter2hunter2hunter2",
    }
    found = load(file, GOOD, environ)
    assert found.smtp_password(found.relay) == "hunter2"
    assert found.secret == "hunter2hunter2hunter2"
    assert "hunter2" not in repr(found)


def test_moments_stand_in_the_order_of_the_week_however_they_are_written(file: Path) -> None:
    line = 'newsletter = [{ day = "Friday", time = "9:05" }, { day = "TUE", time = 16:00:00 }]'
    tables = changed("newsletter", "") + "[[school.newsletter]]\nday = 'fri'\ntime = '09:05'\n"
    tables += "[[school.newsletter]]\nday = 'tuesday'\ntime = '16:00'\n"
    expected = (Moment(weekday=2, time=time(16)), Moment(weekday=5, time=time(9, 5)))
    assert load(file, changed("newsletter", line)).school(None).newsletter == expected
    assert load(file, tables).school(None).newsletter == expected


def test_a_newsletter_can_be_a_table_of_its_own(file: Path) -> None:
    text = changed("newsletter", "") + "[school.newsletter]\nday = 'mon'\ntime = '08:15'\n"
    assert load(file, text).school(None).newsletter == (Moment(weekday=1, time=time(8, 15)),)


def test_a_newsletter_may_stand_on_the_first_school_day(file: Path) -> None:
    line = 'newsletter = [{ day = "fri", time = "15:30" }, { day = "First", time = "08:30" }]'
    assert load(file, changed("newsletter", line)).school(None).newsletter == (
        Moment(weekday=FIRST_SCHOOL_DAY, time=time(8, 30)),
        Moment(weekday=5, time=time(15, 30)),
    )


CHANNELS = """\
late_hours = 24
school_days = ["thursday", "mon", "tue", "fri", "mon"]
[school.holidays]
region = "Zuid"
newsletter = "send"
immediate = "skip"
free = ["2026-12-04", 2026-12-07, "2027-02-13/2027-02-21"]
open = ["2027-05-05", 2027-05-06]
[school.immediate]
pause = 0
bundle = 300
quiet_from = 22:00:00
quiet_until = "06:30"
[school.notices]
time = "08:00"
summary = false
"""


def test_what_is_set_around_schedules_is_read(file: Path) -> None:
    school = load(file, GOOD + CHANNELS).school(None)
    assert school.late == timedelta(hours=24)
    assert school.school_days == (1, 2, 4, 5)
    assert school.holidays == Holidays(
        region="zuid",
        newsletter=InHolidays.SEND,
        immediate=InHolidays.SKIP,
        free=(
            (date(2026, 12, 4), date(2026, 12, 4)),
            (date(2026, 12, 7), date(2026, 12, 7)),
            (date(2027, 2, 13), date(2027, 2, 21)),
        ),
        open=(date(2027, 5, 5), date(2027, 5, 6)),
    )
    assert school.immediate == Immediate(
        pause=timedelta(0), bundle=timedelta(minutes=5), quiet_from=time(22), quiet_until=time(6, 30)
    )
    assert school.notices == Notices(time=time(8), summary=False)


def test_what_is_left_out_around_schedules_has_the_defaults_that_are_documented(file: Path) -> None:
    school = load(file, GOOD).school(None)
    assert (school.school_days, school.late) == ((1, 2, 3, 4, 5), timedelta(hours=48))
    assert school.holidays == Holidays(newsletter=InHolidays.SKIP, immediate=InHolidays.SEND)
    assert school.immediate == Immediate(
        pause=timedelta(seconds=60),
        bundle=timedelta(seconds=30),
        quiet_from=time(19),
        quiet_until=time(7),
    )
    assert school.notices == Notices(time=time(16), held=True, addresses=True, summary=True)


@pytest.mark.parametrize("line, notices", [("notices = true", Notices()), ("notices = false", None)])
def test_notices_may_be_only_on_or_off(file: Path, line: str, notices: Notices | None) -> None:
    assert load(file, GOOD + line + "\n").school(None).notices == notices


@pytest.mark.parametrize("written", ["127.0.0.1:9464", "localhost:9464", "[::1]:9464"])
def test_figures_are_for_this_machine_alone(file: Path, written: str) -> None:
    found = load(file, f'metrics = "{written}"\n' + GOOD)
    assert found.metrics is not None
    assert found.metrics[1] == 9464


@pytest.mark.parametrize("header", ["", "[school.rules]\n"])
def test_rule_settings_stand_with_the_school_or_in_a_table_of_their_own(file: Path, header: str) -> None:
    text = GOOD + header + 'own_child_photo = true\nschool_year_starts = "09-01"\nowed_days = 14\n'
    assert load(file, text).school(None).rules == RuleSettings(
        own_child_photo=True, school_year_starts=(9, 1), owed_days=14
    )


def test_a_rule_setting_in_both_places_is_a_mistake(file: Path) -> None:
    text = GOOD + "owed_days = 14\n[school.rules]\nowed_days = 21\n"
    (found,) = mistakes(file, text)
    assert found.line == line_of(text, "owed_days = 21")


def test_retention_is_the_schools_to_set(file: Path) -> None:
    text = GOOD + "keep_mails_days = 30\nkeep_photos_days = 60\nkeep_after_leaving_days = 1\n"
    assert load(file, text).school(None).retention == Retention(mails=30, photos=60, after_leaving=1)


def test_reply_to_is_the_sender_when_left_out(file: Path) -> None:
    assert load(file, changed("reply_to", "")).school(None).reply_to == "nieuws@regenboog.example"


@pytest.mark.parametrize("written", ["a@school.test", "a@school.example", "info@bücher.example"])
def test_addresses_are_judged_by_their_syntax_alone(file: Path, written: str) -> None:
    assert load(file, changed("sender", f'sender = "{written}"')).school(None).sender == written


def test_a_file_from_notepad_is_read(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert settings.load(file, {}).school(None).id == "regenboog"
    file.write_bytes(b"\xef\xbb\xbf" + changed("sender", "sender = 1").replace("\n", "\r\n").encode())
    with pytest.raises(BadInput) as bad:
        settings.load(file, {})
    assert bad.value.problems[0].line == line_of(GOOD, "sender =")


def test_a_file_that_is_not_utf_8_says_where(file: Path) -> None:
    file.write_bytes(changed("name", 'name = "De Zo\u00ebven"').encode("cp1252"))
    with pytest.raises(BadInput) as bad:
        settings.load(file, {})
    (found,) = bad.value.problems
    assert (found.line, found.column) == (line_of(GOOD, "name ="), len('name = "De Zo') + 1)
    assert "UTF-8" in found.message


def test_a_missing_file_points_to_init(file: Path) -> None:
    with pytest.raises(BadInput, match="weekbrief init"):
        settings.load(file, {})


def test_a_folder_in_place_of_the_file_is_told(file: Path) -> None:
    file.mkdir()
    with pytest.raises(BadInput, match="cannot be read"):
        settings.load(file, {})


EVERYTHING_WRONG = """\
databse = "sqlite:///weekbrief.db"
photos = "links"
per_minute = 3

[relay]
url = "smtp://mail.example.nl"
connections = "4"
password = "hunter2"

[[school]]
id = "Regenboog School"
name = "KBS de Regenboog
language = "tlh"
timezone = "Amsterdam"
sender = "nieuws@regenboog"
management = ["directie@regenboog.example",
   # the secretary
   "x@"]
newsletter = { day = "vrijdag", time = "15.30" }
colour = "#ffcc00"
keep_mail_days = 4
[school.rules]
owed_days = 0

[[school]]
id = "b"
"""
ITS_MISTAKES = [
    (1, 1, "do you mean `database`?"),
    (2, 1, "web part"),
    (3, 1, "in [relay]"),
    (6, 1, "smtp+starttls://mail.example.nl:587"),
    (7, 1, "whole number"),
    (8, 1, "WEEKBRIEF_SMTP_PASSWORD"),
    (11, 1, '"regenboog-school"'),
    (12, 25, "not closed"),
    (13, 1, '"nl", "en", "de"'),
    (14, 1, '"Europe/Amsterdam"'),
    (15, 1, "not an e-mail address"),
    (18, 4, "not an e-mail address"),
    (19, 16, '"fri"'),
    (19, 33, '"15:30"'),
    (20, 1, "darker"),
    (21, 1, "do you mean `keep_mails_days`?"),
    (23, 1, "at least 1"),
    *[(25, 1, f"`{key}` is missing in [[school]]") for key in
      ("language", "management", "name", "newsletter", "sender", "timezone")],
]  # fmt: skip


def test_every_mistake_is_told_at_once_each_with_its_place(file: Path) -> None:
    found = sorted(mistakes(file, EVERYTHING_WRONG))
    assert [(p.line, p.column) for p in found] == [(line, column) for line, column, _ in ITS_MISTAKES]
    for problem, (_, _, part) in zip(found, ITS_MISTAKES, strict=True):
        assert part in problem.message
    assert all(problem.file == str(file) for problem in found)
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    "key, line, part",
    [
        ("database", 'database = "postgres://u@h/x"', "postgresql://"),
        ("database", 'database = "weekbrief.db"', "sqlite:///weekbrief.db"),
        ("database", 'database = "sqlite://"', "forgets"),
        ("database", 'database = "postgresql://u:hunter2@h/x"', "WEEKBRIEF_DATABASE"),
        ("database", 'database = "postgresql://u@h/x?password=hunter2"', "WEEKBRIEF_DATABASE"),
        ("url", 'url = "smtps://u:hunter2@mail.example.nl"', "WEEKBRIEF_SMTP_PASSWORD"),
        ("url", 'url = "mail.example.nl"', "smtps://"),
        ("connections", "connections = 0", "at least 1"),
        ("connections", "connections = true", "whole number"),
        ("per_day", "per_day = 1.5", "whole number"),
        ("per_day", 'ca_file = "no.pem"', "there is no file"),
        ("per_day", 'helo = "my machine"', "mail.example.nl"),
        ("per_day", "timeouts = { data = 0 }", "more than 0"),
        ("per_day", "timeouts = { dat = 10 }", "`data`"),
        ("name", 'name = " "', "nothing between"),
        ("name", 'name = "a\\nBcc: x"', "one line"),
        ("name", f'name = "{"x" * 121}"', "at most 120"),
        ("timezone", 'timezone = "europe/amsterdam"', '"Europe/Amsterdam"'),
        ("timezone", 'timezone = "right/Europe/Amsterdam"', "no time zone"),
        ("timezone", 'timezone = "Europe"', "no time zone"),
        ("timezone", 'timezone = "../../etc/passwd"', "no time zone"),
        ("timezone", "timezone = 1", "double quotes"),
        ("sender", 'sender = "De Regenboog <a@b.example>"', "only the address"),
        ("sender", 'sender = "zoë@regenboog.example"', "before the @"),
        ("management", "management = []", "at least one"),
        ("management", 'management = "a@b.example"', "between [ and ]"),
        ("newsletter", 'newsletter = "fri 15:30"', "between [ and ]"),
        ("newsletter", "newsletter = []", "at least one"),
        ("newsletter", 'newsletter = { day = "fri" }', "`time` is missing"),
        ("newsletter", 'newsletter = { day = 5, time = "15:30" }', "double quotes"),
        ("newsletter", 'newsletter = { day = "fri", time = "24:00" }', '"15:30"'),
        ("newsletter", 'newsletter = { day = "fri", time = 15:30 }', "{"),
        ("newsletter", 'newsletter = [{day="fri",time="9:00"},{day="fri",time="09:00"}]', "same day"),
        ("name", "name = KBS de Regenboog", "double quotes"),
        ("name", "name = “KBS”", "curly"),
        ("name", "name KBS", "name = value"),
        ("name", 'name = "a"\nname = "b"', "twice"),
        ("reply_to", "own_child_photo = 'yes'", "true or false"),
        ("reply_to", 'school_year_starts = "02-29"', '"08-01"'),
        ("reply_to", 'school_year_starts = "1-8"', '"08-01"'),
        ("reply_to", "secret = 'x'", "WEEKBRIEF_SECRET"),
        ("media", 'photos = "link"', 'write "inline" or "links"'),
        ("media", 'metrics = "0.0.0.0:9464"', '"127.0.0.1:9464"'),
        ("media", 'metrics = "127.0.0.1"', '"127.0.0.1:9464"'),
        ("media", "metrics = 9464", "double quotes"),
        ("newsletter", 'newsletter = { day = "frist", time = "15:30" }', 'for this one write "first"'),
        ("newsletter", 'newsletter = { day = "eerste", time = "15:30" }', '"first"'),
        ("newsletter", "newsletter = ['fri 15:30']", '{ day = "fri", time = "15:30" }'),
        ("reply_to", 'school_days = "mon"', "between [ and ]"),
        ("reply_to", "school_days = []", "at least one"),
        ("reply_to", 'school_days = ["mon", "dinsdag"]', '"tue"'),
        ("reply_to", 'school_days = ["first"]', "is not a day"),
        ("reply_to", "late_hours = 0", "at least 1"),
        ("reply_to", 'late_hours = "48"', "whole number"),
        ("reply_to", "late = 48", "`late_hours`"),
        ("reply_to", 'holidays.region = "mid"', 'for this one write "midden"'),
        ("reply_to", 'holidays.region = "nederland"', '"noord", "midden", "zuid"'),
        ("reply_to", "holidays.region = 1", "double quotes"),
        ("reply_to", 'holidays = "midden"', '{ region = "midden" }'),
        ("reply_to", 'holidays = { regio = "midden" }', "do you mean `region`"),
        ("reply_to", 'holidays.newsletter = "no"', '"skip"'),
        ("reply_to", "holidays.immediate = true", '"send"'),
        ("reply_to", 'holidays.free = "2026-12-04"', "between [ and ]"),
        ("reply_to", 'holidays.free = ["4-12-2026"]', '"2026-12-04"'),
        ("reply_to", 'holidays.free = ["2026-02-30"]', "no day '2026-02-30'"),
        ("reply_to", 'holidays.free = ["20261204"]', '"2026-12-04"'),
        ("reply_to", 'holidays.free = ["2027-02-21/2027-02-13"]', '"2027-02-13/2027-02-21"'),
        ("reply_to", 'holidays.free = ["2026-07-04/2027-08-16"]', "look at the year"),
        ("reply_to", 'holidays.free = ["1026-07-04"]', "between 2000 and 2199"),
        ("reply_to", "holidays.free = [2026-07-04T12:00:00]", '"2026-12-04"'),
        ("reply_to", 'holidays.open = ["2026-07-04/2026-07-05"]', "by itself"),
        ("reply_to", "immediate = 'skip'", "belong in holidays"),
        ("reply_to", "immediate.pause = -1", "at least 0"),
        ("reply_to", "immediate.pause = 1.5", "whole number"),
        ("reply_to", 'immediate.quiet_from = "7pm"', "hours and minutes"),
        ("reply_to", 'immediate.quiet = "19:00"', "quiet_from"),
        ("reply_to", 'quiet_from = "19:00"', "but in immediate"),
        ("reply_to", 'notices = "no"', "true, false"),
        ("reply_to", "notices = { held = 1 }", "true or false"),
        ("reply_to", 'notices = { tijd = "16:00" }', "there are time"),
    ],
)
def test_a_mistake_says_what_to_write_instead(file: Path, key: str, line: str, part: str) -> None:
    text = changed(key, line)
    (found,) = mistakes(file, text)
    assert found.line == line_of(text, line.splitlines()[-1])
    assert part in found.message
    assert "hunter2" not in found.message


def test_each_bad_day_of_a_list_is_told_with_its_place(file: Path) -> None:
    text = GOOD + 'holidays.free = [\n  "2026-13-01",\n  "2026-12-04",\n  "2026-12-31/2026-12-01",\n]\n'
    found = mistakes(file, text)
    assert [(problem.line, problem.column) for problem in found] == [
        (line_of(text, "2026-13"), 3),
        (line_of(text, "2026-12-31/"), 3),
    ]


def test_a_newsletter_written_below_the_header_of_the_holidays_is_told_where_it_belongs(file: Path) -> None:
    below = '[school.holidays]\nregion = "zuid"\nnewsletter = { day = "fri", time = "15:30" }\n'
    missing, misplaced = sorted(mistakes(file, changed("newsletter", "") + below), key=lambda p: p.line or 0)
    assert "`newsletter` is missing in [[school]]" in missing.message
    assert "move the line above this table" in misplaced.message


@pytest.mark.parametrize("header", ["[[school]", "[school]"])
def test_a_school_with_too_few_brackets_is_told(file: Path, header: str) -> None:
    (found,) = mistakes(file, GOOD.replace("[[school]]", header))
    assert found.line == line_of(GOOD, "[[school]]")
    assert "[[" in found.message


def test_a_list_that_is_not_closed_gives_no_follow_up_mistakes(file: Path) -> None:
    assert len(mistakes(file, changed("management", 'management = ["a@b.example"'))) == 1
    assert len(mistakes(file, changed("management", 'management = ["a@b.example",\n  "b@b.example'))) == 1


def test_a_line_that_begins_a_list_is_not_set_aside_without_its_end(file: Path) -> None:
    (found,) = mistakes(file, changed("management", 'management = [a@b.example,\n  "b@b.example"]'))
    assert found.line == line_of(GOOD, "management =")


def test_a_line_is_told_of_once_however_wrong_it_is(file: Path) -> None:
    text = changed("name", 'name = "a"\nname KBS')
    (found,) = mistakes(file, text)
    assert found.line == line_of(text, "name KBS")


def test_two_syntax_mistakes_are_told_together(file: Path) -> None:
    text = changed("name", "name = De Regenboog").replace('language = "nl"', "language = nl")
    assert [p.line for p in mistakes(file, text)] == [line_of(text, "name ="), line_of(text, "language =")]


def test_an_empty_file_lacks_a_relay_and_a_school(file: Path) -> None:
    found = mistakes(file, "")
    assert [problem.line for problem in found] == [1, 1]
    assert {problem.message.split("`")[1] for problem in found} == {"relay", "school"}


def test_a_second_school_with_the_same_id_points_to_the_first(file: Path) -> None:
    second = GOOD[GOOD.index("[[school]]") :]
    (found,) = mistakes(file, GOOD + second)
    assert found.line == len(GOOD.splitlines()) + 2
    assert f"line {line_of(GOOD, 'id =')}" in found.message


def test_parents_pages_need_a_secret_that_cannot_be_guessed(file: Path) -> None:
    text = 'base_url = "https://ouders.example.nl/"\n' + GOOD
    (missing,) = mistakes(file, text)
    assert missing.line == 1
    assert "WEEKBRIEF_SECRET" in missing.message
    (short,) = mistakes(file, text, {"WEEKBRIEF_SECRET": "hunter2"})
    assert short.file == "WEEKBRIEF_SECRET"
    assert "hunter2" not in short.message
    found = load(file, text, SECRET)
    assert (found.base_url, found.photos) == ("https://ouders.example.nl", Photos.INLINE)


def test_photos_as_links_are_refused_while_no_web_part_answers_them(file: Path) -> None:
    text = 'base_url = "https://ouders.example.nl/"\nphotos = "links"\n' + GOOD
    (refused,) = mistakes(file, text, SECRET)
    assert (refused.line, "web part" in refused.message) == (2, True)


@pytest.mark.parametrize("url", ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:80/x"])
def test_pages_on_this_machine_may_go_without_https(file: Path, url: str) -> None:
    assert load(file, f'base_url = "{url}"\n' + GOOD, SECRET).base_url == url


@pytest.mark.parametrize(
    "url", ["http://ouders.example.nl", "ftp://x", "ouders.nl", "https://", "https://x?y", "http://[:1"]
)
def test_pages_elsewhere_need_https(file: Path, url: str) -> None:
    (found,) = mistakes(file, f'base_url = "{url}"\n' + GOOD, SECRET)
    assert "https://" in found.message


def test_a_relay_user_needs_a_password_only_when_mail_goes_out(file: Path) -> None:
    load(file, GOOD)
    (found,) = mistakes(file, GOOD, need_relay=True)
    assert found.line == line_of(GOOD, "url =")
    assert "WEEKBRIEF_SMTP_PASSWORD" in found.message
    load(file, GOOD, {"WEEKBRIEF_SMTP_PASSWORD": "x"}, need_relay=True)
    load(file, GOOD, {"WEEKBRIEF_RELAY": "smtp://localhost:2525"}, need_relay=True)


def test_a_pale_colour_is_refused_with_one_that_can_be_read(file: Path) -> None:
    (found,) = mistakes(file, GOOD + 'colour = "#FC0"\n')
    better = re.findall(r'"(#[0-9a-f]{6})"', found.message)
    assert contrast(better[0], "#ffffff") >= 4.5
    assert load(file, GOOD + f'colour = "{better[0].upper()}"\n').school(None).colour == better[0]


def test_a_school_is_found_by_its_id_or_as_the_only_one(file: Path) -> None:
    second = GOOD[GOOD.index("[[school]]") :].replace('"regenboog"', '"de-linde"')
    found = load(file, GOOD + second)
    assert found.school("de-linde").id == "de-linde"
    for asked in (None, "linde"):
        with pytest.raises(BadInput, match="regenboog, de-linde"):
            found.school(asked)


def test_the_digest_of_the_rules_differs_when_a_rule_or_the_zone_does(file: Path) -> None:
    found = load(file, GOOD)
    school = found.school(None)
    digest = found.rules_digest(school)
    others = [
        load(file, GOOD + "owed_days = 14\n"),
        load(file, GOOD + "class_parent_waits = false\n"),
        load(file, GOOD + 'school_year_starts = "08-02"\n'),
        load(file, changed("timezone", 'timezone = "Europe/Brussels"')),
    ]
    assert len({digest, *(other.rules_digest(other.school(None)) for other in others)}) == 5
    assert found.rules_digest(replace(school, name="Other", colour="#000000")) == digest


def test_the_stages_get_the_school_with_its_key(file: Path) -> None:
    school = load(file, GOOD + "owed_days = 14\n").school(None)
    value = settings.school_value(school, 7)
    assert (value.key, value.id, value.zone, value.rules.owed_days) == (7, "regenboog", school.zone, 14)


def rewrite(file: Path, text: str) -> None:
    """As an editor does: a new file in place of the old, so that even the same size and time is a change."""
    new = file.with_suffix(".new")
    new.write_text(text, "utf-8")
    os.replace(new, file)  # noqa: PTH105


def test_a_running_process_follows_the_file(file: Path) -> None:
    file.write_text(GOOD, "utf-8")
    live = LiveSettings(file, {})
    first = live.current()
    assert live.current() is first
    rewrite(file, changed("name", 'name = "De Linde"'))
    second = live.current()
    assert second.school(None).name == "De Linde"
    assert live.current() is second
    assert live.problem is None


def test_a_change_that_keeps_the_size_is_seen(file: Path) -> None:
    file.write_text(GOOD, "utf-8")
    live = LiveSettings(file, {})
    rewrite(file, GOOD.replace("15:30", "16:45"))
    assert live.current().school(None).newsletter[0].time == time(16, 45)


@pytest.mark.parametrize("broken", ["", changed("sender", "sender = 1"), None])
def test_a_running_process_keeps_the_last_good_settings(file: Path, broken: str | None) -> None:
    file.write_text(GOOD, "utf-8")
    live = LiveSettings(file, {})
    first = live.current()
    file.unlink() if broken is None else rewrite(file, broken)
    assert live.current() is first
    problem = live.problem
    assert isinstance(problem, BadInput)
    assert live.current() is first
    assert live.problem is problem
    rewrite(file, changed("name", 'name = "De Linde"'))
    assert live.current().school(None).name == "De Linde"
    assert live.problem is None


def test_a_process_does_not_start_on_bad_settings(file: Path) -> None:
    file.write_text("", "utf-8")
    with pytest.raises(BadInput):
        LiveSettings(file, {})
