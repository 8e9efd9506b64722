"""The shape of schedules.toml, and its mistakes as `Problem`s with their lines."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pipeline import settings_checks as checks, settings_look as look
from pipeline.problems import Problem
from pipeline.settings_relays import OF_PRESETS, check_relays
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
from pipeline.toml_lines import Document, Path as Keys

_TABLES: Mapping[tuple[str, ...], tuple[str, type[BaseModel]]] = {
    (): ("at the top of the file, above [relay]", FileShape),
    ("relay",): ("in [relay]", RelayShape),
    ("relay", "timeouts"): ("in [relay.timeouts]", TimeoutsShape),
    ("relays",): ("in [relays.NAME]", RelayShape),
    ("relays", "timeouts"): ("in [relays.NAME.timeouts]", TimeoutsShape),
    ("school",): ("in [[school]]", SchoolShape),
    ("school", "rules"): ("in [school.rules]", RulesShape),
    ("school", "newsletter"): ("in newsletter", MomentShape),
    ("school", "holidays"): ("in holidays", HolidaysShape),
    ("school", "immediate"): ("in immediate", ImmediateShape),
    ("school", "notices"): ("in notices", NoticesShape),
    ("school", "texts"): ("in texts", TextsShape),
    ("school", "text_checks"): ("in text_checks", TextChecksShape),
    ("school", "rules", "text_checks"): ("in text_checks", TextChecksShape),
    ("school", "dkim"): ("in dkim", DkimShape),
    ("school", "video"): ("in video", VideoShape),
}
_EXAMPLES = {
    "relay": '[relay]  and below it  url = "file://mails"',
    "school": "[[school]]  with its lines; `weekbrief init` in an empty folder shows them",
    "url": 'url = "smtp+starttls://user@mail.example.nl:587"',
    "id": 'id = "regenboog"',
    "name": 'name = "KBS de Regenboog"',
    "language": 'language = "nl"',
    "timezone": 'timezone = "Europe/Amsterdam"',
    "sender": 'sender = "nieuws@regenboog.example"',
    "management": 'management = ["directie@regenboog.example"]',
    "newsletter": 'newsletter = { day = "fri", time = "15:30" }',
    "day": 'day = "fri"',
    "time": 'time = "15:30"',
    "selector": 'selector = "wb2026"',
}
#: What stands where something else than a table was written.
_TABLE_EXAMPLES = {
    "newsletter": 'write it as { day = "fri", time = "15:30" }',
    "holidays": 'write it as { region = "midden" }; noord, midden and zuid are the regions',
    "immediate": 'write it as { quiet_from = "19:00" }; "skip" and "send" belong in holidays',
    "text_checks": 'write a table such as { tone = true, extra = ["sukkel"], never = ["kak"] }',
    "texts": 'write it as { footer = "..." }; there are greeting, rights and footer',
    "dkim": 'write it as { selector = "wb2026", key_file = "dkim.pem" }',
    "video": "write it as { seconds = 180, megabytes = 200 }",
    "notices": 'write true, false, or a table such as { time = "16:00", summary = false }',
}
_KINDS = {
    "string_type": "write it as text between double quotes",
    "int_type": "write a whole number without quotes, such as 4",
    "int_from_float": "write a whole number without quotes, such as 4",
    "float_type": "write a number of seconds without quotes, such as 30",
    "finite_number": "write a number of seconds, such as 30",
    "bool_type": "write true or false, without quotes",
    "list_type": "write a list between [ and ], with a comma between its parts",
    "model_type": "this needs to be a table",
    "too_short": "the list is empty: put at least one in it",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}
_SECRETS = {
    **dict.fromkeys(("password", "passwd", "pass", "smtp_password", "wachtwoord"), "WEEKBRIEF_SMTP_PASSWORD"),
    **dict.fromkeys(("secret", "secret_key", "signing_key"), "WEEKBRIEF_SECRET"),
    **dict.fromkeys(("key", "private_key", "dkim_key"), "WEEKBRIEF_DKIM_KEY"),
    **dict.fromkeys(("client_secret", "oauth_secret"), "WEEKBRIEF_OAUTH_SECRET"),
}


def check(
    document: Document, *, file: str, folder: Path, environ: Mapping[str, str], need_relay: bool
) -> tuple[FileShape | None, list[Problem]]:
    """The file with the environment over it, or None and every mistake in the two."""
    if document.data is None:
        return None, list(document.problems)
    checker = _Checker(document, file, folder, environ)
    shape = checker.shape()
    checker.across(need_relay)
    return shape, [*document.problems, *checker.problems]


class _Checker:
    def __init__(self, document: Document, file: str, folder: Path, environ: Mapping[str, str]) -> None:
        self.document, self.file, self.folder, self.environ = document, file, folder, environ
        self.problems: list[Problem] = []
        self.overridden: dict[Keys, str] = {}
        self.data = self._with_environment(dict(document.data or {}))

    def shape(self) -> FileShape | None:
        data = dict(self.data)
        if isinstance(schools := data.get("school"), list):
            data["school"] = [_in_full(school) for school in schools]
        try:
            return FileShape.model_validate(data)
        except ValidationError as error:
            for mistake in error.errors(include_url=False, include_input=False):
                self._report(mistake["loc"], _in_words(mistake))
        return None

    def across(self, need_relay: bool) -> None:
        """What no single value shows. Works on raw data, so that it is told together with the rest."""
        self._schools()
        self._web()
        self._database_password()
        check_relays(self.data, self.folder, self.environ, self._report, need_relay=need_relay)

    def _with_environment(self, data: dict[str, Any]) -> dict[str, Any]:
        if url := self.environ.get("WEEKBRIEF_DATABASE"):
            self.overridden["database",] = "WEEKBRIEF_DATABASE"
            data["database"] = url
        relay = data.get("relay", {})
        if (url := self.environ.get("WEEKBRIEF_RELAY")) and isinstance(relay, dict):
            self.overridden["relay", "url"] = "WEEKBRIEF_RELAY"
            without = OF_PRESETS if "per_day" in relay else (*OF_PRESETS, "reserve")
            kept = {name: value for name, value in relay.items() if name not in without}
            data["relay"] = {**kept, "url": url}
            data.pop("relays", None)  # whoever rehearses means every school
            if isinstance(schools := data.get("school"), list):
                data["school"] = [_without_relay(each) for each in schools]
        return data

    def _report(self, keys: Keys, message: str) -> None:
        if keys in self.overridden:
            self.problems.append(Problem(file=self.overridden[keys], message=message))
            return
        place = self.document.place(keys)
        line, column = (place.line, place.column) if place else (1, None)
        if line not in self.document.mended or place is None:
            self.problems.append(Problem(file=self.file, line=line, column=column, message=message))

    def _schools(self) -> None:
        first: dict[object, int] = {}
        for i, school in enumerate(_tables(self.data.get("school"))):
            name = school.get("id")
            if isinstance(name, str) and first.setdefault(name, i) != i:
                place = self.document.place(("school", first[name], "id"))
                where = f" on line {place.line}" if place else ""
                self._report(("school", i, "id"), f"`id`: {name!r} is also the id of the school{where}")
            rules = school.get("rules")
            for key in (rules if isinstance(rules, dict) else {}).keys() & school.keys():
                words = f"`{key}` stands twice for this school: keep one of the two"
                self._report(("school", i, "rules", key), words)
            for keys, words in look.mistakes(school, self.folder, self.environ):
                self._report(("school", i, *keys), words)

    def _web(self) -> None:
        if self.data.get("photos") == "links":
            # A link nobody answers would lose every photo: better no mail than that.
            words = '`photos`: "links" needs the web part, which this version does not have: write "inline"'
            self._report(("photos",), words)
        if "base_url" not in self.data:
            return
        secret = self.environ.get("WEEKBRIEF_SECRET", "")
        if not secret:
            words = "set the environment variable WEEKBRIEF_SECRET to 16 or more random characters"
            self._report(("base_url",), f"`base_url` needs a secret with which links are signed: {words}")
        elif len(secret) < 16:
            words = f"this is {len(secret)} characters long and can be guessed: use 16 or more random ones"
            self.problems.append(Problem(file="WEEKBRIEF_SECRET", message=words))

    def _database_password(self) -> None:
        url = (self.document.data or {}).get("database")
        if isinstance(url, str) and checks.has_password(url):
            place = self.document.place(("database",))
            words = "`database`: a password does not belong here: put the whole into WEEKBRIEF_DATABASE"
            self.problems.append(Problem(file=self.file, line=place.line if place else 1, message=words))


def _without_relay(school: object) -> object:
    if not isinstance(school, dict):
        return school
    return {name: value for name, value in school.items() if name != "relay"}


def _in_full(school: object) -> object:
    """A school with its short forms written out: one newsletter, notices that are only on or off."""
    if not isinstance(school, dict):
        return school
    told = dict(school)
    if isinstance(told.get("newsletter"), dict):
        told["newsletter"] = [told["newsletter"]]
    if isinstance(told.get("notices"), bool):
        told["notices"] = {} if told["notices"] else None
    return told


def _tables(value: object) -> list[dict[str, Any]]:
    return [table if isinstance(table, dict) else {} for table in value] if isinstance(value, list) else []


def _in_words(mistake: ErrorDetails) -> str:
    names = tuple(step for step in mistake["loc"] if isinstance(step, str))
    if names[0] == "relays" and len(names) > 1:
        if names[-1] == "[key]":
            return f"`[relays.{names[1]}]`: {mistake['ctx']['error']}"
        names = (names[0], *(names[2:] or names[1:]))  # without its own name
    key, kind, context = names[-1], mistake["type"], mistake.get("ctx", {})
    if kind == "missing":
        return f"`{key}` is missing {_TABLES[names[:-1]][0]}: add  {_EXAMPLES[key]}"
    if kind == "extra_forbidden":
        return _unknown(names[:-1], key)
    if names == ("school",) and kind in {"list_type", "too_short"}:
        return "each school begins with [[school]], with two brackets on either side"
    if kind == "value_error":
        return f"`{key}`: {context['error']}"
    if kind == "literal_error":
        return f"`{key}`: write {context['expected']}".replace("'", '"')
    if kind == "model_type" and key in _TABLE_EXAMPLES:
        return f"`{key}`: {_TABLE_EXAMPLES[key]}"
    return f"`{key}`: {_KINDS.get(kind, mistake['msg']).format(**context)}"


def _unknown(table: tuple[str, ...], key: str) -> str:
    where, shape = _TABLES[table]
    if variable := _SECRETS.get(key.lower()):
        return f"`{key}`: secrets do not belong in this file: take this line out and set {variable} instead"
    homes = [place for place, other in _TABLES.values() if key in other.model_fields and other is not shape]
    if homes:
        return f"`{key}` does not belong {where} but {homes[0]}: move the line there"
    longer = [name for name in shape.model_fields if name.startswith(f"{key.lower()}_")]
    near = longer or difflib.get_close_matches(key.lower(), shape.model_fields, 1)
    if near:
        return f"`{key}` is not known {where}: do you mean `{near[0]}`?"
    return f"`{key}` is not known {where}: there are {', '.join(shape.model_fields)}"
